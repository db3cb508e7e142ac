// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench host`: a variant's modules on this machine, and its own back. */
#include "host.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "conditions.h"
#include "fatal.h"
#include "guard.h"
#include "modules.h"
#include "state.h"
#include "swap.h"
#include "tune.h"

static const char usage[] =
	"usage: septbench host status                 what is loaded, and what would be put back\n"
	"       septbench host load VARIANT [--modules DIR | --kernel TREE] [--substrate none|soft|tdx]\n"
	"                           [-- COMMAND...]   loads it in place of this machine's KVM; with a\n"
	"                                             command, only until that has ended\n"
	"       septbench host unload                 puts this machine's modules back\n"
	"       septbench host restore                the same, and undoes a tuning, also after a kill\n";

struct load {
	const char *variant, *modules, *kernel;
	char **command;
	char dir[LAB_PATH];
	enum swap_set set;
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

static int parse_load(struct load *l, int argc, char **argv)
{
	static const struct option options[] = {
		{ "modules", required_argument, NULL, 'm' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "substrate", required_argument, NULL, 's' },
		{ 0 }
	};
	int c, set = -1;

	for (optind = 0; (c = getopt_long(argc, argv, "+:", options, NULL)) != -1;) {
		if (c == 'm')
			l->modules = optarg;
		else if (c == 'k')
			l->kernel = optarg;
		else if (c == 's' && (set = swap_set_parse(optarg)) >= 0)
			l->set = (enum swap_set)set;
		else
			return BENCH_USAGE;
	}
	if (set < 0)
		l->set = swap_td_set();
	if (optind < argc)
		l->command = argv + optind;
	return l->modules && l->kernel ? BENCH_USAGE : 0;
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

	execvp(l->command[0], l->command);
	return complain(BENCH_USAGE, "%s: %s", l->command[0], strerror(errno));
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
	struct load l = { .variant = argc > 1 ? argv[1] : NULL };
	int r;

	if (!l.variant || *l.variant == '-' || parse_load(&l, argc - 1, argv + 1)) {
		fputs(usage, stderr);
		return BENCH_USAGE;
	}
	if (strlen(l.variant) >= BENCH_NAME_LEN)
		return complain(BENCH_USAGE, "the variant's name is too long");
	r = l.modules ? host_modules(l.modules, l.dir) : host_build(l.kernel, l.variant, l.dir);
	if (!r)
		r = swap_check(l.dir);
	if (!r)
		r = swap_check_set(l.dir, l.set);
	if (!r)
		r = host_claim(true, false);
	if (!r && l.command)
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

	if (!strcmp(what, "load"))
		return load(argc - 1, argv + 1);
	if (!strcmp(what, "unload") && argc == 2)
		return restore(false);
	if (!strcmp(what, "restore") && argc == 2)
		return restore(true);
	if (!strcmp(what, "status") && argc == 2)
		return status();
	if (!strcmp(what, "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (*what == '-')
		return complain(BENCH_USAGE, "host: unknown option %s; --help tells more", what);
	fputs(usage, stderr);
	return BENCH_USAGE;
}
