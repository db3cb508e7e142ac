/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The derived clock `model`: what a block would cost on TDX if every SEAMCALL, kick and exit that
 * was counted cost what a cost profile says, and every instruction of KVM the same. An estimate, to
 * be marked as one wherever it is shown.
 */
#ifndef ANALYSIS_MODEL_H
#define ANALYSIS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "record/record.h"

struct model_profile;

/*
 * @name: "tdx-estimate", "all-zero", or a file (anything with a dot or slash) of the same form as
 * those in profiles/. NULL after one line on @msgs.
 */
struct model_profile *model_profile_load(const char *name, FILE *msgs);
void model_profile_free(struct model_profile *p);
const char *model_profile_name(const struct model_profile *p);

/* Does it price anything but instructions? If not, the model says no more than the count does. */
bool model_profile_prices_module(const struct model_profile *p);

/* What a price is made of. */
enum model_part {
	MODEL_INSNS,		/* instructions, the module's own left out */
	MODEL_LEAVES,		/* SEAMCALLs but VP.ENTER, TDCALLs, clearing of pages */
	MODEL_KICKS,
	MODEL_CROSSINGS,	/* TD exits and entries */
	MODEL_NR_PARTS,
};

struct model_value {
	const char *name;	/* "model_ns_per_fault", "model_ns_per_page"; static */
	const char *unit;
	double v;		/* the sum of the parts */
	double part[MODEL_NR_PARTS];
	double insns;		/* that were priced */
	/*
	 * softtdx's own are more than the whole, so that none are left to price: what KVM defers
	 * is done after the call whose instructions these are; and softtdx takes its time in TSC
	 * ticks, which under `count` are the instructions of all CPUs, so that many CPUs in turn
	 * count them more than once.
	 */
	bool unpriced;
	uint64_t n;		/* faults, or zapped pages */
};

/*
 * Prices @b: (instructions - softtdx's own) * ps_per_insn + the priced counters, per fault, or per
 * page where there are no faults. False: the block does not count instructions, so there is no
 * model of it.
 */
bool model_price(const struct model_profile *p, const struct record_block *b,
		 struct model_value *out);

#endif
