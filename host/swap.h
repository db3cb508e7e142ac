/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distribution's KVM modules out, a variant's in, and back. What was loaded is written down
 * before anything is unloaded, so that swap_restore() brings it back from wherever a swap was cut
 * short.
 */
#ifndef HOST_SWAP_H
#define HOST_SWAP_H

#include <stdbool.h>

#include "build.h"
#include "options.h"

/* What stands for the TDX module decides which build of the vendor module is loaded. */
enum swap_set { SWAP_NONE, SWAP_SOFT, SWAP_TDX };

/* "none", "soft", "tdx" */
const char *swap_set_name(enum swap_set set);

/* The set in which TDs can run on this machine: TDX where kvm_intel is loaded, softtdx on AMD-V. */
enum swap_set swap_td_set(void);

/*
 * May the variant in @dir (of kmod/build-variant) be loaded here and now? BENCH_CANNOT after one
 * line with the reason: not root, lockdown, KVM built in or not loaded, in use, another kernel than
 * the one the modules were built for. Changes nothing.
 */
int swap_check(const char *dir);

/*
 * Has @dir what @set needs? BENCH_CANNOT after one line for softtdx modules of a kernel that was
 * configured without TDX.
 */
int swap_check_set(const char *dir, enum swap_set set);

/* Notes what is loaded and unloads it. 0, or an exit status after one line. */
int swap_begin(void);

/*
 * Loads @variant of @dir, after swap_begin() or swap_out(), and checks that it is what is loaded.
 * 0, or an exit status after one line.
 */
int swap_in(const char *dir, const char *variant, enum swap_set set);

/* Unloads it again. */
int swap_out(void);

/* The distribution's modules and their parameters as they were; nothing if nothing was changed. */
int swap_restore(void);

/* The variant that is loaded, its folder and set, as far as swap_in() came. False: none. */
bool swap_loaded(char variant[BENCH_NAME_LEN], char dir[LAB_PATH], enum swap_set *set);

#endif
