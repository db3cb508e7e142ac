// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench host`: a variant's modules on this machine, and its own back. */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <util/options.h>

#include "conditions.h"
#include "fatal.h"
#include "guard.h"
#include "modules.h"
#include "state.h"
#include "swap.h"
#include "tune.h"

struct load {
	const char *variant, *modules, *kernel;
	struct option_words command;
	char dir[LAB_PATH];
	enum swap_set set;
};

static const struct option table[] = {
	{ "modules", "DIR", "of kmod/build-variant; nothing is built", OPTION_STRING(struct load, modules) },
	{ "kernel", "DIR", "source tree of the running kernel (default: Debian's)",
	  OPTION_STRING(struct load, kernel) },
	{ "substrate", "none|soft|tdx", "(default: tdx, or soft where the CPU is AMD's)",
	  OPTION_CHOICE(struct load, set) },
	{ 0 }
};

static const struct options options = {
	.verb = "host",
	.usage = "status\nhost load VARIANT [option]... [[--] COMMAND...]\nhost unload\nhost restore",
	.text = "status says what is loaded, and what would be put back. load puts VARIANT's modules in place of\n"
		"this machine's KVM; with a command, only until that has ended. unload puts this machine's\n"
		"modules back. restore does the same and undoes a tuning, also after a kill. Options of load:",
	.table = table,
	.words = { OPTION_REST(struct load, command) },
};

int host_build(const char *kernel, const char *variant, char dir[LAB_PATH])
{
	char tree[LAB_PATH], build[LAB_PATH];
	struct utsname u;
	int r = lab_tree(kernel, tree);

	if (r)
		return r;
	uname(&u);
	snprintf(build, sizeof(build), "/lib/modules/%s/build", u.release);
	if (access(build, R_OK))
		return complain(BENCH_CANNOT,
				"%s: %s; install the running kernel's headers (linux-headers-%s)",
				build, strerror(errno), u.release);
	return lab_modules(tree, build, variant, NULL, dir);
}

int host_claim(bool modules, bool tuning)
{
	int r = state_lock();

	if (!r &&
	    ((modules && state_exists(STATE_MODULES)) || (tuning && state_exists(STATE_TUNING))))
		r = complain(
			BENCH_CANNOT,
			"this machine is changed already, by `host load` or by a septbench that was "
			"killed: `septbench host restore` first");
	return r;
}

static int enter(void *arg)
{
	struct load *l = arg;
	int r = swap_begin();

	return r ? r : swap_in(l->dir, l->variant, l->set);
}

static int run_command(void *arg)
{
	struct load *l = arg;

	execvp(l->command.v[0], l->command.v);
	return complain(BENCH_USAGE, "%s: %s", l->command.v[0], strerror(errno));
}

static int leave(void *arg)
{
	(void)arg;
	return swap_restore();
}

int host_modules(const char *given, char dir[LAB_PATH])
{
	char *path = realpath(given, NULL);
	int r = 0;

	/* Absolute, for it is noted for whoever restores, wherever that is called. */
	if (!path || snprintf(dir, LAB_PATH, "%s", path) >= LAB_PATH)
		r = complain(BENCH_USAGE, "--modules %s: %s", given,
			     path ? "too long" : strerror(errno));
	free(path);
	return r;
}

static int load(int argc, char **argv)
{
	struct load l = { .variant = argc > 1 ? argv[1] : "-", .set = swap_td_set() };
	int r;

	if (*l.variant == '-')
		return options_refuse("host", "load which variant?");
	r = options_parse(&options, &l, argc - 1, argv + 1);
	if (r)
		return r < 0 ? 0 : r;
	if (l.modules && l.kernel)
		return options_refuse("host", "--modules or --kernel, not both");
	if (strlen(l.variant) >= BENCH_NAME_LEN)
		return complain(BENCH_USAGE, "the variant's name is too long");
	r = l.modules ? host_modules(l.modules, l.dir) : host_build(l.kernel, l.variant, l.dir);
	if (!r)
		r = swap_check(l.dir);
	if (!r)
		r = swap_check_set(l.dir, l.set);
	if (!r)
		r = host_claim(true, false);
	if (!r && l.command.nr)
		return guard_run(enter, run_command, leave, &l);
	if (!r) {
		r = enter(&l);
		if (r)
			leave(&l);
	}
	if (!r)
		complain(0,
			"%s is loaded (substrate %s); `septbench host unload` puts this machine's modules back",
			l.variant, swap_set_name(l.set));
	return r;
}

static int restore(bool tuning)
{
	int r = state_lock(), undone = 0;

	if (r)
		return r;
	if (!state_exists(STATE_MODULES) && !(tuning && state_exists(STATE_TUNING)))
		complain(0, "there is nothing to put back");
	r = swap_restore();
	if (tuning)
		undone = tune_undo();
	return r ? r : undone;
}

static int status(void)
{
	static const char * const mods[] = { "kvm", "kvm_intel", "kvm_amd" };
	char id[BUILD_ID_HEX], variant[BENCH_NAME_LEN], dir[LAB_PATH];
	enum swap_set set;

	for (size_t i = 0; i < sizeof(mods) / sizeof(mods[0]); i++)
		if (!modules_build_id(mods[i], id))
			printf("loaded %s, build id %s\n", mods[i], id);
	if (swap_loaded(variant, dir, &set))
		printf("variant %s, substrate %s, from %s\n", variant, swap_set_name(set), dir);
	printf("modules: %s\n",
	       state_exists(STATE_MODULES)
		       ? "this machine's own are to be put back by `septbench host restore`"
		       : "this machine's own");
	printf("tuning: %s\n", state_exists(STATE_TUNING) ?
	       "to be undone by `septbench host restore`, unless a run is under way" : "none");
	return 0;
}

int cmd_host(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct load l = { 0 };
	int r;

	if (!strcmp(what, "load"))
		return load(argc - 1, argv + 1);
	if (!strcmp(what, "unload") && argc == 2)
		return restore(false);
	if (!strcmp(what, "restore") && argc == 2)
		return restore(true);
	if (!strcmp(what, "status") && argc == 2)
		return status();
	r = *what == '-' ? options_parse(&options, &l, argc, argv) : 0;
	if (r)
		return r < 0 ? 0 : r;
	return options_refuse("host", "status, load VARIANT, unload or restore");
}
