/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of `septbench lab`, shared by the files that carry it out; nobody else includes this. */
#ifndef LAB_STATE_H
#define LAB_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "build.h"
#include "exec.h"
#include "options.h"
#include "qemu.h"
#include "schedule.h"
#include "scratch.h"
#include "why.h"

/* Preloaded into QEMU under count (lab/tcg/lockstep.c); its name in the folder of a run. */
#define LAB_LOCKSTEP	"septbench-lockstep.so"

struct code;
struct json_object;
struct record_file;
struct record_writer;

struct lab {
	struct bench_options o;
	const char *kernel;		/* --kernel, NULL: fetched */
	const char *at;			/* --at, NULL: the work tree of ->kernel */
	char start[LAB_PATH];		/* of the ranges of commits among the variants, "": none */
	char guest_kernel[LAB_PATH];	/* where ->o's is, if the lab found one itself */
	char guest_modules[LAB_PATH + 32];	/* the same */
	bool try;			/* the verb is `try`: the base is chosen to fit */
	struct exec exec;		/* programs in place of cases */
	const char *flavour;
	unsigned int smp, numa, boots, timeout;
	bool adaptive;			/* ->boots is the most there may be */
	unsigned int look[SCHEDULE_MAX_LOOKS], looks;
	struct {
		char name[BENCH_NAME_LEN];
		char modules[LAB_PATH];	/* folder */
		char series[LAB_PATH];	/* folder of somebody's patches; "": of patches/ */
	} variants[BENCH_MAX_LIST];
	size_t nr_variants;
	size_t base;			/* variant that the others are compared with */
	bool aa;			/* and that is booted as one arm more, the last */
	struct lab_source source;
	char build[LAB_PATH];
	struct scratch scratch;		/* folder of this run, removed at its end */
	char out[LAB_PATH];
	struct json_object *env;
	struct record_writer *w;
	bool resume;
	struct record_file *kept; /* with --resume: what the result file held; NULL: nothing */
	bool unwritable;		/* the result file takes no more */
	struct {			/* the boot under way */
		char arm[BENCH_NAME_LEN + sizeof(AA_SUFFIX)];
		unsigned int nr;
		bool warmup;
	} boot;
	bool explain;
	struct code *code;		/* NULL without --explain */
	char invalid[WHY_TEXT];		/* the first invalid block of the boot under way; "": none */
	int status;			/* of the first that went wrong */
	struct why why;			/* and its reason */
};

/*
 * The run goes on, but will end with that, unless something went wrong before. Status 0 changes
 * nothing. lab_worsen(): the reason is that of the last script, if it ended so, else it is the
 * machine's. The text is the last complaint.
 */
void lab_fail(struct lab *l, const struct why *why);
void lab_worsen(struct lab *l, int status);
void lab_worsen_by(struct lab *l, enum why_reason reason, int status);

/*
 * The steps of a run, in this order. Each returns 0, or an exit status after one line on stderr.
 *
 * args.c: options and their defaults (BENCH_OPTIONS_HELP too); a result file that is new and can be
 * written. prepare.c: kernel, modules of each variant, the arms, the folder of this run. result.c:
 * the result file with its run line; then a line from the guest (@arg is the struct lab; false if
 * the file does not take it), and the end of a boot.
 * rounds.c: the boots that are not in the file yet; what goes wrong in them goes to ->status.
 */
int lab_parse(struct lab *l, int argc, char **argv);
int lab_choose_out(struct lab *l);
int lab_prepare(struct lab *l);
int lab_open_result(struct lab *l);
bool lab_take_result(const char *line, size_t len, const char *bad_log, void *arg);
void lab_write_boot(struct lab *l, const struct boot *b, int status);
void lab_write_end(struct lab *l);

/* Is all there that --resume could go on with? Then ->status is that of the whole run. */
bool lab_is_whole(struct lab *l);
void lab_run_rounds(struct lab *l);

/* The machine that all boots of the run are of. */
struct qemu_machine lab_machine(const struct lab *l);

#endif
