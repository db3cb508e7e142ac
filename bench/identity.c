// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity.h"

#include <json-c/json.h>
#include <pwd.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void identity_add(struct json_object *env, const struct bench_options *o)
{
	struct json_object *who;
	struct passwd *user;
	struct utsname u;

	if (!o->identify)
		return;
	user = getpwuid(getuid());
	who = json_object_new_object();
	json_object_object_add(who, "host", json_object_new_string(uname(&u) ? "" : u.nodename));
	json_object_object_add(who, "user", json_object_new_string(user ? user->pw_name : ""));
	json_object_object_add(env, "identity", who);
}

const char *identity_profile(const struct bench_options *o)
{
	const char *slash = strrchr(o->profile, '/');

	return slash ? slash + 1 : o->profile;
}
