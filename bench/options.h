/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that `run` and `lab` share, and their way from the lab's command line into the
 * guest's.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <util/options.h>

#include "case.h"
#include "memory.h"
#include "placement.h"

#define BENCH_MAX_VCPUS		256	/* of all TDs together */
#define BENCH_MAX_TDS		16
#define BENCH_MAX_LIST		32	/* entries of any list option */
#define BENCH_NAME_LEN		48	/* variant names, with the NUL */

_Static_assert(BENCH_MAX_VCPUS == PLACEMENT_MAX_CPUS - 1, "the control thread has a CPU too");

/* A constant of these as part of a text. */
#define BENCH_TEXT_(n)	#n
#define BENCH_TEXT(n)	BENCH_TEXT_(n)

enum bench_clock { BENCH_CLOCK_COUNT, BENCH_CLOCK_WALL };

struct bench_options {
	bool all_variants;		/* --variants all; the lab expands it */
	/* As given: what is not bench_is_name() may be a file or a range of commits; owned. */
	char *variants[BENCH_MAX_LIST];
	size_t nr_variants;		/* 0 and !all_variants: not given */
	const struct sept_case *cases[BENCH_MAX_LIST];
	size_t nr_cases;		/* at least 1 after parsing */
	unsigned int vcpus[BENCH_MAX_LIST];	/* 1..BENCH_MAX_VCPUS each */
	size_t nr_vcpus;		/* at least 1 after parsing */
	unsigned int tds;		/* that run each case at once; at least 1 after parsing */
	uint64_t pages;			/* 4K pages of the test range, shared out over the vCPUs */
	/* Measured blocks per case, vCPU count and, under count, seed; warm-up apart. */
	unsigned int blocks;		/* 0: not given; bench_options_blocks() */
	enum bench_clock clock;
	bool clock_given; /* false: ->clock is count, and the verb may choose its own default */
	bool seeds_given;
	uint64_t seed;			/* the first one */
	/*
	 * Under count each boot measures each of these. With ->sweep it is a block per seed, each
	 * in a process of its own, under either clock.
	 */
	uint64_t seed_first, seed_last;
	bool sweep;
	unsigned int inject[BENCH_MAX_LIST];	/* --inject: a pass each, its kinds; inject.h */
	size_t nr_inject;			/* 0: no faults */
	struct placement_spec placement;
	struct memory_policy memory;
	const char *profile;		/* "all-zero", "tdx-estimate" or a file */
	/* Of a CPU of the lab, in instructions; 0: up to the next timer, as QEMU has it. */
	uint32_t turn;
	bool quick;
	bool identify;			/* host and user may be named in the result */
	const char *out;		/* result file, NULL: the default name */
	unsigned int boot;		/* which boot this is: the unit of replication */
	bool corrupt; /* spoil one S-EPT entry before the oracle looks: a test of the oracle */
	const char *events;		/* performance events to count, "" if none */
	const char *module; /* release of the TDX module whose rules softtdx keeps */
	bool module_given;
	const char *guest_kernel;	/* file; NULL: not given */
	const char *guest_modules;	/* file: a cpio archive; NULL: not given */
	char *guest_append;	/* to the kernel's command line; owned */
	unsigned int guest_limit;	/* seconds of the block's clock */
	bool no_initrd;
	char *softtdx; /* "name=value name=value" for the soft kvm_intel; "" if none; owned */
};

/* Where the lab's guest finds ->guest_kernel and ->guest_modules. */
#define BENCH_GUEST_KERNEL	"/guest-kernel"

#define BENCH_GUEST_MODULES	"/guest-modules.cpio"

/* Does a case that was chosen boot Linux, and so need ->guest_kernel? And ->guest_modules? */
bool bench_options_linux(const struct bench_options *o);
bool bench_options_linux_modules(const struct bench_options *o);

/* How many seeds a boot measures: under wall chance is enough, and the first one serves. */
uint64_t bench_options_seeds(const struct bench_options *o);

/* Blocks per case, vCPU count and seed. Depends on the clock, which a verb may still set. */
unsigned int bench_options_blocks(const struct bench_options *o);

/* Blocks of one case and vCPU count. One that boots Linux has one where others run too. */
uint64_t bench_options_case_blocks(const struct bench_options *o, const struct sept_case *c);

/* For options.shared of a verb that measures: its fields are of struct bench_options. */
extern const struct option bench_option_table[];

/*
 * Fills *@to, whose struct bench_options is at @spec->shared_at, from the arguments after the verb:
 * argv[0] is the verb. Strings that are not owned lie in argv. Returns as options_parse().
 * Whatever it returns, bench_options_free() releases the struct bench_options.
 */
int bench_options_parse(const struct options *spec, void *to, int argc, char **argv);
void bench_options_free(struct bench_options *o);

/*
 * Letters, digits and "._-", shorter than BENCH_NAME_LEN: a variant's name is a folder's and goes on
 * a kernel command line.
 */
bool bench_is_name(const char *s);

/* One variant more, if it is not there yet. 0, or an exit status after one line on stderr. */
int bench_options_add_variant(struct bench_options *o, const char *given);

/*
 * The words "run --variants=V --boot=N ..." that make the guest of the lab measure the same thing,
 * for the kernel command line after "--". One line, no quotes needed, fewer than 20 words (the
 * kernel takes 32). The caller frees it. NULL on no memory.
 */
char *bench_options_guest_args(const struct bench_options *o, const char *variant,
			       unsigned int boot);

/*
 * The same from "--cases=" on, for a person to type: "all" where others follow all those that need
 * no name, and no file of the guest's.
 */
char *bench_options_text(const struct bench_options *o);

/*
 * The result file: the one given, or a new one of that @kind ("lab", "run") and this second in
 * results/ of the working directory, which is made. 0, or an exit status after one line on stderr.
 */
int bench_options_out(const struct bench_options *o, const char *kind, char *out, size_t len);

const char *bench_clock_name(enum bench_clock clock);	/* "count", "wall" */

/* The releases that --module takes, oldest first; NULL after the last. */
extern const char *const bench_modules[];
/* Names that --softtdx takes; NULL at the end. */
extern const char *const bench_softtdx[];

#endif
