// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util/file.h>

#include "fatal.h"
#include "root.h"

#define DIR	"/run/septbench"
#define BOOT_ID	"/proc/sys/kernel/random/boot_id"

static void file_of(char path[HOST_PATH], const char *name, const char *suffix)
{
	char below[HOST_PATH];

	snprintf(below, sizeof(below), DIR "/%s%s", name, suffix);
	root_path(path, below);
}

static int make_dir(void)
{
	char path[HOST_PATH];

	root_path(path, DIR);
	if (mkdir(path, 0755) && errno != EEXIST)
		return complain(BENCH_CANNOT, "%s: %s; changing the machine needs root", path,
				strerror(errno));
	return 0;
}

int state_save(const char *name, struct json_object *o)
{
	char path[HOST_PATH], tmp[HOST_PATH], boot[HOST_TEXT];
	const char *text;
	int r = make_dir();

	if (r)
		return r;
	root_read(BOOT_ID, boot);
	json_object_object_add(o, "boot", json_object_new_string(boot));
	file_of(path, name, ".json");
	file_of(tmp, name, ".tmp");
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY);
	r = file_write_sync(tmp, text, strlen(text));
	if (!r && rename(tmp, path))
		r = -errno;
	return r ? complain(BENCH_CANNOT, "%s: %s; nothing is changed without it", path,
			    strerror(-r))
		 : 0;
}

struct json_object *state_load(const char *name)
{
	char path[HOST_PATH], boot[HOST_TEXT];
	struct json_object *o, *of;

	file_of(path, name, ".json");
	if (access(path, F_OK))
		return NULL;
	o = json_object_from_file(path);
	root_read(BOOT_ID, boot);
	if (o && json_object_object_get_ex(o, "boot", &of) &&
	    !strcmp(json_object_get_string(of), boot))
		return o;
	json_object_put(o);
	return NULL;
}

bool state_exists(const char *name)
{
	struct json_object *o = state_load(name);

	json_object_put(o);
	return o != NULL;
}

void state_drop(const char *name)
{
	char path[HOST_PATH];

	file_of(path, name, ".json");
	unlink(path);
}

int state_lock(void)
{
	char path[HOST_PATH];
	int fd, r = make_dir();

	if (r)
		return r;
	file_of(path, "lock", "");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return complain(BENCH_CANNOT, "%s: %s", path, strerror(errno));
	/* Small kernels are built without file locks: then nobody can be waited for. */
	if (flock(fd, LOCK_EX | LOCK_NB) && errno != ENOSYS) {
		close(fd);
		return complain(BENCH_CANNOT,
				"another septbench is changing this machine; wait for its end");
	}
	return 0;
}
