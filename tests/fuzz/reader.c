// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The result reader on any bytes. With libFuzzer this is the target; replay.c runs the same over
 * the corpus kept here. A broken promise of record.h ends the program.
 */
#include "fuzz.h"
#include "record/internal.h"

/* One message a line, each with the file's name. */
static void check_messages(const char *said, int status)
{
	const char *line;

	insist((status == 0) == (*said == '\0'), "status and messages disagree");
	insist_printable(said);
	for (line = said; *line; line = strchr(line, '\n') + 1) {
		insist(!strncmp(line, "f:", 2), "a message without the file's name");
		insist(strchr(line, '\n'), "a message without end");
	}
}

static void check_hist(const struct hist *h)
{
	uint64_t total = h->overflow, low = hist_quantile(h, 1), high = hist_quantile(h, 999999);
	unsigned int i;

	for (i = 0; i < HIST_BUCKETS; i++)
		total += h->bucket[i];
	insist(total == h->n, "a histogram whose buckets are not its n");
	insist(low <= high, "quantiles that fall");
	insist(!h->n || (h->min <= low && high <= h->max), "a quantile outside of min and max");
}

static void check_block(const struct record_block *b)
{
	bool found;
	size_t i;

	insist(b->variant && *b->variant && b->case_name && b->params && b->json, "a bare block");
	for (i = 0; i < b->nr_metrics; i++)
		insist(record_block_metric(b, b->metrics[i].name), "a metric that is not found");
	for (i = 0; i < b->nr_counters; i++) {
		record_block_counter(b, b->counters[i].name, &found);
		insist(found, "a counter that is not found");
	}
	for (i = 0; i < b->nr_hists; i++) {
		insist(record_block_hist(b, b->hists[i].name), "a histogram that is not found");
		check_hist(&b->hists[i].h);
	}
}

static void check_file(const struct record_file *f)
{
	size_t i;

	insist(f->run.version && f->run.env, "a run without its fields");
	record_env(f, "variants.freeze.patch", "");
	record_env(f, "kernel", "");
	for (i = 0; i < f->nr_blocks; i++)
		check_block(&f->blocks[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *said = NULL;
	size_t len;
	FILE *in = size ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "re");
	FILE *msgs = open_memstream(&said, &len);
	struct record_file *f;
	int status;

	insist(in && msgs, "no memory");
	status = record_read_stream(in, "f", &f, msgs);
	fclose(in);
	fclose(msgs);
	insist(status == 0 || status == 3, "another status");
	insist(f || status == 3, "no file and no error");
	check_messages(said, status);
	if (f)
		check_file(f);
	record_file_free(f);
	free(said);
	return 0;
}
