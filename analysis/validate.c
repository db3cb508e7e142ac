// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `septbench validate FILE...`: what others have published about TDX, what the model makes of the
 * counts in these files, and which counts those are. Markdown, for docs/validation.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "model.h"
#include "record/record.h"

#define MAX_FILES	16
#define VARIANT		"freeze" /* upstream: what was published is of it, or of what came before */
#define TOLERANCE	0.10		/* farther off is not reproduced */

/*
 * A figure of somebody's, in nanoseconds per 4K page, and the case whose counts are priced for it.
 */
static const struct anchor {
	const char *what, *source;
	double published;
	const char *case_name;		/* NULL: no case of this suite does it */
	unsigned int vcpus,
		base_vcpus; /* base: the slope per vCPU between the two; 0: the value itself */
	bool fitted;			/* the profile's prices were chosen to meet it */
	bool other;			/* not the same operation: the ratio decides nothing */
	const char *why; /* what to know; for one without a case: why there is none */
} anchors[] = {
	{ "live removal of a page, 4 vCPUs, none in the guest",
	  "cover letter of KVM_TDX_TERMINATE_VM, 18 GB",
	  15300, "zap", 4, 0, true, false, "" },
	{ "the same, 32 vCPUs", "same, 107 GB", 18400, "zap", 32, 0, true, false,
	  "KVM's instructions for kicking each vCPU are priced, and the price of a kick has them once more" },
	{ "the same, 64 vCPUs", "same, 400 GB", 52800, "zap", 64, 0, false, false,
	  "nothing in the model grows like this; more than one socket is likely" },
	{ "each further vCPU in the guest, per removed page",
	  "dstack PR 1220: 259 us with 248 spinning, 23 us halted",
	  950, "zap-running", 32, 4, true, false,
	  "the model adds up what all CPUs do: exits and entries that hardware does side by side come one after the other" },
	{ "accept fault: TD exit, AUG, entry, ACCEPT", "dstack PR 1220, quiet machine", 8000,
	  "populate", 4, 0, true, false,
	  "the prices assumed 0.7 us for KVM's own part; its instructions at 0.4 ns each are three times that" },
	{ "lazy accept in a booting guest", "Asterinas PR 1691: 8 GiB in 30 s", 14300, "populate",
	  4, 0, false, true,
	  "the published figure has the guest kernel's own work, which no case does" },
	{ "private to shared, vCPUs halted", "dstack PR 1220: 1 GiB in 6 s with 248 vCPUs", 23000,
	  "convert", 32, 0, false, true,
	  "priced for 32 vCPUs and for the way back and its faults too, not for 248" },
	{ "reclaim after the key id is gone", "cover letter of KVM_TDX_TERMINATE_VM, 32 vCPUs",
	  4800, NULL, 0, 0, true, false,
	  "Linux 7.3 removes a TD's pages live: this path is not in the kernel under test, see `teardown`" },
};

struct found {
	double v;
	uint64_t n;			/* pages or faults behind it */
	double insns;			/* per page or fault, module's own left out */
	const struct record_file *f;
};

static bool is_of(const struct record_block *b, const char *case_name, unsigned int vcpus)
{
	char want[32];

	snprintf(want, sizeof(want), "vcpus=%u", vcpus);
	/* The parameters are sorted by name: vcpus is the last. */
	return b->valid && !b->warmup && !strcmp(b->variant, VARIANT) &&
	       !strcmp(b->case_name, case_name) && strlen(b->params) >= strlen(want) &&
	       !strcmp(b->params + strlen(b->params) - strlen(want), want);
}

static double own_insns(const struct record_block *b, uint64_t n)
{
	const struct record_metric *m = record_block_metric(b, "zap_insn_per_page");
	bool found;

	m = m ? m : record_block_metric(b, "insn_per_fault");
	return m ? m->v - (double)record_block_counter(b, "softtdx.insn", &found) / (double)n : NAN;
}

/* The mean over all blocks that fit: under clock count they are equal, or nearly. */
static bool price(struct record_file *const *files, size_t nr, const struct model_profile *p,
		  const char *case_name, unsigned int vcpus, struct found *out)
{
	unsigned int blocks = 0;
	struct model_value v;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < files[i]->nr_blocks; j++) {
			const struct record_block *b = &files[i]->blocks[j];

			if (strcmp(files[i]->run.clock, "count") || !is_of(b, case_name, vcpus) ||
			    !model_price(p, b, &v))
				continue;
			out->v += v.v;
			out->insns += own_insns(b, v.n);
			out->n += v.n;
			out->f = files[i];
			blocks++;
		}
	if (!blocks)
		return false;
	out->v /= blocks;
	out->insns /= blocks;
	return true;
}

static const char *verdict(const struct anchor *a, double ratio)
{
	if (a->other)
		return "**not comparable**";
	if (fabs(ratio - 1) > TOLERANCE)
		return "**not reproduced**";
	return a->fitted ? "met, as fitted" : "reproduced";
}

static void print_anchor(const struct anchor *a, struct record_file *const *files, size_t nr,
			 const struct model_profile *p)
{
	struct found at, base = { 0 };
	double v;

	printf("| %s | %s | %.4g | ", a->what, a->source, a->published / 1000);
	if (!a->case_name || !price(files, nr, p, a->case_name, a->vcpus, &at) ||
	    (a->base_vcpus && !price(files, nr, p, a->case_name, a->base_vcpus, &base))) {
		printf("- | - | - | - | **not reproduced**: %s |\n",
		       a->case_name ? "not measured in these files" : a->why);
		return;
	}
	v = a->base_vcpus ? (at.v - base.v) / (a->vcpus - a->base_vcpus) : at.v;
	printf("%.4g | %s, %u vCPUs: %.0f insn | %llu | %.2f | %s%s%s |\n", v / 1000, a->case_name,
	       a->vcpus, at.insns, (unsigned long long)at.n, v / a->published,
	       verdict(a, v / a->published), *a->why ? ": " : "", a->why);
}

static void print_page(struct record_file *const *files, size_t nr, const struct model_profile *p)
{
	const struct record_file *f = files[0];

	printf("# The model against what others have published\n\n"
	       "Generated by `ci/validate`. Nobody has published what single leaves of the TDX module cost: the prices\n"
	       "of profile `%s` were chosen so that sums over a page meet published totals. Rows marked \"fitted\"\n"
	       "are therefore no evidence that the prices are right; they show that the counts which KVM's own code\n"
	       "produces over the software module are those the sums assumed. **No row was measured on TDX hardware.**\n\n"
	       "Published: us per 4K page. Modelled: the same, clock `model`. Measured: the instructions per page or\n"
	       "fault that were priced, KVM's and the driver's, on substrate `%s`, clock `%s`, kernel %s, variant\n"
	       "`" VARIANT "`; n: pages or faults. Farther off than %.0f %% is not reproduced.\n\n",
	       model_profile_name(p), f->run.substrate, f->run.clock,
	       record_env(f, "kernel", "unknown"), 100 * TOLERANCE);
	printf("| what | published by | us | modelled us | measured | n | ratio | verdict |\n"
	       "|---|---|---:|---:|---|---:|---:|---|\n");
	for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++)
		print_anchor(&anchors[i], files, nr, p);
}

int cmd_validate(int argc, char **argv)
{
	struct record_file *files[MAX_FILES] = { NULL };
	struct model_profile *p;
	size_t nr = 0;
	int status = 0;

	if (argc < 2 || argc > MAX_FILES + 1 || argv[1][0] == '-') {
		fprintf(stderr, "usage: septbench validate FILE...\n");
		return 2;
	}
	p = model_profile_load("tdx-estimate", stderr);
	if (!p)
		return 3;
	for (int i = 1; i < argc && !status; i++) {
		status = record_read(argv[i], &files[nr], stderr);
		nr += files[nr] != NULL;
	}
	if (!status)
		print_page(files, nr, p);
	while (nr)
		record_file_free(files[--nr]);
	model_profile_free(p);
	return status;
}
