/* SPDX-License-Identifier: GPL-2.0-or-later */
/* softtdx's files under debugfs, as far as the driver reads them. */
#ifndef BENCH_SOFTTDX_H
#define BENCH_SOFTTDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "ledger.h"

/* Is the TDX module of this machine softtdx? */
bool softtdx_present(void);

/*
 * The newest TD that this process made, as the path of its directory: @path gets at most @len
 * bytes. False if there is none.
 */
bool softtdx_find_td(char *path, size_t len);

/*
 * Maps softtdx's ledger, LEDGER_BYTES of it and read-only, over what is at @at, or anywhere if that
 * is NULL. 0, or -errno: -ENOENT without softtdx.
 */
int softtdx_map_ledger(void *at, const volatile struct ledger **ledger);

/* Adds the counters of the TD at @td. 0 or -errno. */
int softtdx_add_counters(struct counters *cs, const char *td);

/* Adds the counters of TDs that are gone and of SEAMCALLs that name none. 0 or -errno. */
int softtdx_add_totals(struct counters *cs);

/*
 * Runs the oracle on the TD at @td and calls @fault for each line that is not "ok ...". Returns the
 * number of such lines, or -errno if it cannot be run; an oracle that says nothing is -ENODATA.
 */
int softtdx_oracle(const char *td, void (*fault)(void *arg, const char *line), void *arg);

/*
 * For the test of the oracle: changes the S-EPT entry of @gpa behind everybody's back. 0 or -errno.
 */
int softtdx_corrupt(const char *td, uint64_t gpa);

/* Seed of the schedules of TDs that are made from now on. 0 or -errno. */
int softtdx_set_seed(uint64_t seed);

/* Lock attempts, of 1000, that TDs made from now on see turned away. 0 or -errno. */
int softtdx_set_busy(unsigned int permille);

/* Pages that the module holds for any TD; -errno. 0 when no TD lives. */
int64_t softtdx_pages_in_use(void);

/* Pairs of pages that it holds for dynamic PAMT; 0 if the PAMT is static, or no TD lives. */
int64_t softtdx_pamt_pairs(void);

#endif
