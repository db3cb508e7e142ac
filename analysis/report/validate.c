// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `septbench validate FILE...`: what others have published about TDX, what the model makes of the
 * counts in these files, and which counts those are. Markdown, for docs/validation.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <util/options.h>

#include "analysis/analysis.h"
#include "analysis/data/data.h"

#define MAX_FILES	16
#define VARIANT		"freeze" /* upstream: what was published is of it, or of what came before */
#define TERMINATED	"terminate"
#define NO_KICKS	"the price that meets 32 vCPUs; nothing in it depends on how many there are"
#define TOLERANCE	0.10		/* farther off is not reproduced */

/*
 * A figure of somebody's, in nanoseconds per 4K page, and the case whose counts are priced for it.
 */
static const struct anchor {
	const char *what, *source;
	double published;
	const char *case_name;
	unsigned int vcpus,
		base_vcpus; /* base: the slope per vCPU between the two; 0: the value itself */
	bool fitted;			/* the profile's prices were chosen to meet it */
	bool other;			/* not the same operation: the ratio decides nothing */
	const char *why;		/* what to know; "": nothing */
	const char *variant;		/* NULL: upstream */
	/*
	 * The slope per page between the TDs of most and of fewest pages in the files: published of
	 * TDs so large that what their end costs whatever their size does not count.
	 */
	bool by_page;
} anchors[] = {
	{ "live removal of a page, 4 vCPUs, none in the guest",
	  "cover letter of KVM_TDX_TERMINATE_VM, 18 GB in 72 s",
	  15300, "zap", 4, 0, true, false, "", NULL, false },
	{ "the same, 32 vCPUs", "same, 107 GB in 517 s", 18400, "zap", 32, 0, true, false,
	  "KVM's instructions for each vCPU that it kicks are priced beside the kick, whose price has them too", NULL, false },
	{ "the same, 64 vCPUs", "same, 400 GB in 5,539 s", 52800, "zap", 64, 0, false, false,
	  "nothing in the model grows like this; more than one socket is likely", NULL, false },
	{ "each further vCPU in the guest, per removed page",
	  "dstack PR 1220: 259 us with 248 spinning, 23 us halted",
	  950, "zap-running", 32, 4, true, false,
	  "of it the kicks alone, as fitted, meet what was published; the rest is every vCPU's own exit and entry (below), "
	  "which hardware does side by side, and the model adds up the work of all CPUs", NULL, false },
	{ "accept fault: TD exit, AUG, entry, ACCEPT", "dstack PR 1220, quiet machine", 8000,
	  "populate", 4, 0, true, false,
	  "the prices assumed 0.7 us for KVM's own part; its instructions at 0.4 ns each are three times that", NULL, false },
	{ "lazy accept in a booting guest", "Asterinas PR 1691: 8 GiB in 30 s", 14300, "populate",
	  4, 0, false, true,
	  "the published figure has the guest kernel's own work, which no case does", NULL, false },
	{ "private to shared, vCPUs halted", "dstack PR 1220: 1 GiB in 6 s with 248 vCPUs", 23000,
	  "convert", 32, 0, false, true,
	  "priced for 32 vCPUs and for the way back and its faults too, not for 248", NULL, false },
	{ "the end of a terminated TD, a page, 4 vCPUs",
	  "cover letter of KVM_TDX_TERMINATE_VM, 18 GB in 24 s", 5090, "teardown", 4, 0, true,
	  false, NO_KICKS, TERMINATED, true },
	{ "the same, 32 vCPUs", "same, 107 GB in 134 s", 4780, "teardown", 32, 0, true, false, "",
	  TERMINATED, true },
	{ "the same, 64 vCPUs", "same, 400 GB in 467 s", 4450, "teardown", 64, 0, true, false, NO_KICKS,
	  TERMINATED, true },
};

struct found {
	double v;
	double part[MODEL_NR_PARTS];	/* of ->v */
	uint64_t n;			/* pages or faults behind it */
	double insns;			/* priced, for each of these */
	bool unpriced;			/* as in struct model_value */
};

/* Which blocks are meant. */
struct wanted {
	const char *variant, *case_name;
	unsigned int vcpus;
	uint64_t pages;			/* 0: any */
};

static struct wanted wanted_of(const struct anchor *a)
{
	return (struct wanted) { .variant = a->variant ? a->variant : VARIANT,
				 .case_name = a->case_name, .vcpus = a->vcpus };
}

/* Of a block's parameters; 0: it has none of that name. */
static uint64_t number_of(const struct record_block *b, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = b->params; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (!strncmp(at, name, len) && at[len] == '=')
			return strtoull(at + len + 1, NULL, 10);
	}
	return 0;
}

static bool is_of(const struct record_file *f, const struct record_block *b,
		  const struct wanted *w)
{
	return !strcmp(f->run.clock, "count") && b->valid && !b->warmup &&
	       !strcmp(b->variant, w->variant) && !strcmp(b->case_name, w->case_name) &&
	       number_of(b, "vcpus") == w->vcpus && !number_of(b, "tds") &&
	       (!w->pages || number_of(b, "pages") == w->pages);
}

static void add_value(struct found *out, const struct model_value *v)
{
	out->v += v->v;
	out->insns += v->insns;
	out->unpriced |= v->unpriced;
	for (size_t k = 0; k < MODEL_NR_PARTS; k++)
		out->part[k] += v->part[k];
	out->n += v->n;
}

/* What @f is times @times, and @g times @more added. */
static void combine(struct found *f, double times, const struct found *g, double more)
{
	f->v = times * f->v + more * g->v;
	f->insns = times * f->insns + more * g->insns;
	for (size_t k = 0; k < MODEL_NR_PARTS; k++)
		f->part[k] = times * f->part[k] + more * g->part[k];
}

/* The mean over all blocks that fit: under clock count they are equal, or nearly. */
static bool price(struct record_file *const *files, size_t nr, const struct model_profile *p,
		  const struct wanted *w, struct found *out)
{
	static const struct found none;
	unsigned int blocks = 0;
	struct model_value v;

	*out = none;
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < files[i]->nr_blocks; j++) {
			const struct record_block *b = &files[i]->blocks[j];

			if (!is_of(files[i], b, w) || !model_price(p, b, &v))
				continue;
			add_value(out, &v);
			blocks++;
		}
	if (!blocks)
		return false;
	combine(out, 1.0 / blocks, &none, 0);
	return true;
}

/* The fewest and the most pages of blocks that fit; false: they all have as many. */
static bool page_range(struct record_file *const *files, size_t nr, const struct wanted *w,
		       uint64_t *fewest, uint64_t *most)
{
	*fewest = UINT64_MAX;
	*most = 0;
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < files[i]->nr_blocks; j++) {
			uint64_t pages = number_of(&files[i]->blocks[j], "pages");

			if (!pages || !is_of(files[i], &files[i]->blocks[j], w))
				continue;
			*fewest = pages < *fewest ? pages : *fewest;
			*most = pages > *most ? pages : *most;
		}
	return *fewest < *most;
}

static const char *verdict(const struct anchor *a, double ratio)
{
	if (a->other)
		return "**not comparable**";
	if (fabs(ratio - 1) > TOLERANCE)
		return "**not reproduced**";
	return a->fitted ? "met, as fitted" : "reproduced";
}

static bool slope_by_page(struct record_file *const *files, size_t nr,
			  const struct model_profile *p, struct wanted w, struct found *out)
{
	uint64_t fewest, most;
	struct found base;
	double more;

	if (!page_range(files, nr, &w, &fewest, &most))
		return false;
	w.pages = most;
	if (!price(files, nr, p, &w, out))
		return false;
	w.pages = fewest;
	if (!price(files, nr, p, &w, &base))
		return false;
	out->unpriced |= base.unpriced;
	more = (double)(most - fewest);
	combine(out, (double)most / more, &base, -(double)fewest / more);
	return true;
}

/*
 * What is modelled for @a: the value, or the slope per vCPU or page. ->n is of the more of these,
 * and so is ->insns but for the slope per page.
 */
static bool model_anchor(const struct anchor *a, struct record_file *const *files, size_t nr,
			 const struct model_profile *p, struct found *out)
{
	struct wanted w = wanted_of(a);
	struct found base;
	double insns, more;

	if (a->by_page)
		return slope_by_page(files, nr, p, w, out);
	if (!price(files, nr, p, &w, out))
		return false;
	if (!a->base_vcpus)
		return true;
	w.vcpus = a->base_vcpus;
	if (!price(files, nr, p, &w, &base))
		return false;
	out->unpriced |= base.unpriced;
	insns = out->insns;
	more = a->vcpus - a->base_vcpus;
	combine(out, 1 / more, &base, -1 / more);
	out->insns = insns;
	return true;
}

static void print_anchor(const struct anchor *a, struct record_file *const *files, size_t nr,
			 const struct model_profile *p)
{
	struct found m;

	printf("| %s | %s | %.4g | ", a->what, a->source, a->published / 1000);
	if (!model_anchor(a, files, nr, p, &m)) {
		printf("- | - | - | - | **not reproduced**: not measured in these files |\n");
		return;
	}
	if (m.unpriced) {
		printf("- | %s, %u vCPUs | %llu | - | **not priced**: the module's share is taken off in TSC ticks, "
		       "which many CPUs in turn count more than once; here it is more than the whole |\n",
		       a->case_name, a->vcpus, (unsigned long long)m.n);
		return;
	}
	printf("%.4g | %s, %u vCPUs%s%s%s: %.0f insn | %llu | %.2f | %s%s%s |\n", m.v / 1000,
	       a->case_name, a->vcpus, a->variant ? ", `" : "", a->variant ? a->variant : "",
	       a->variant ? "`" : "", m.insns, (unsigned long long)m.n, m.v / a->published,
	       verdict(a, m.v / a->published), *a->why ? ": " : "", a->why);
}

static void print_parts(const struct anchor *a, struct record_file *const *files, size_t nr,
			const struct model_profile *p)
{
	struct found m;

	if (!model_anchor(a, files, nr, p, &m))
		return;
	printf("| %s | %.4g |", a->what, a->published / 1000);
	for (size_t k = 0; k < MODEL_NR_PARTS; k++)
		if (k == MODEL_INSNS && m.unpriced)
			printf(" - |");
		else
			printf(" %.2f |", m.part[k] / 1000);
	printf("\n");
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
	       "`" VARIANT "` where none is named; n: pages or faults. Farther off than %.0f %% is not reproduced.\n"
	       "The end of a terminated TD: what a page more costs, between TDs of two sizes.\n\n",
	       model_profile_name(p), f->run.substrate, f->run.clock,
	       record_env(f, "kernel", "unknown"), 100 * TOLERANCE);
	printf("| what | published by | us | modelled us | measured | n | ratio | verdict |\n"
	       "|---|---|---:|---:|---|---:|---:|---|\n");
	for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++)
		print_anchor(&anchors[i], files, nr, p);
	printf("\nWhat the modelled figures are made of, us:\n\n"
	       "| what | published | instructions | SEAMCALLs, ACCEPT, clearing | kicks | TD exits and entries |\n"
	       "|---|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++)
		print_parts(&anchors[i], files, nr, p);
}

struct validate {
	struct option_words paths;
};

static const struct options options = {
	.verb = "validate",
	.usage = "FILE...",
	.text = "Published figures of TDX beside what the model makes of the counts in FILE, as Markdown.",
	.words = { .arg = "a result file", OPTION_WORDS(struct validate, paths, 1, MAX_FILES) },
};

int cmd_validate(int argc, char **argv)
{
	struct record_file *files[MAX_FILES] = { NULL };
	struct validate v;
	struct model_profile *p;
	size_t nr = 0;
	int status = options_parse(&options, &v, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	p = model_profile_load("tdx-estimate", stderr);
	if (!p)
		return 3;
	for (size_t i = 0; i < v.paths.nr && !status; i++) {
		status = record_read(v.paths.v[i], &files[nr], stderr);
		nr += files[nr] != NULL;
	}
	if (!status)
		print_page(files, nr, p);
	while (nr)
		record_file_free(files[--nr]);
	model_profile_free(p);
	return status;
}
