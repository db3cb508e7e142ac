/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the chosen cases on this machine, whoever asked: `septbench run`, or the lab's guest. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "block.h"

/*
 * Opens what all blocks share. @w stays the caller's. 0, or an exit status after one line on
 * stderr. Until session_close(), die() writes the block under way as invalid.
 */
int session_open(struct session *s, const struct bench_options *o, struct record_writer *w,
		 const char *variant);
void session_close(struct session *s);

/* Block lines that one boot with @o writes if nothing goes wrong. */
uint64_t session_blocks(const struct bench_options *o);

/* Has the run a case of this substrate? */
bool session_wants(const struct session *s, enum case_substrate substrate);

/*
 * Has this KVM VMs of @substrate, and what they are made with? 0, or BENCH_CANNOT after one line
 * that says what to do.
 */
int session_check_kvm(enum case_substrate substrate);

/*
 * The modules of @substrate are loaded, and the kernel makes itself ready for VMs. 0, or
 * BENCH_CANNOT after one line if this KVM has no such VMs. session_end() before they are unloaded,
 * in any case.
 */
int session_begin(struct session *s, enum case_substrate substrate);
void session_end(struct session *s);

/*
 * Between the two: every case of that substrate at every vCPU count, a warm-up block and the
 * measured ones. 0, or BENCH_CANNOT after one line if the machine lacks the events that were asked
 * for. Outside of the two nothing is run: BENCH_INVALID after one line.
 */
int session_run(struct session *s);

/* BENCH_INVALID after one line if a block was invalid, else 0. */
int session_verdict(const struct session *s);

#endif
