// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other readers of analysis/ on any bytes. The first byte of an input names the reader, the
 * rest is the file:
 *   p  a cost profile         b  a baseline      c  instruction profiles beside a result
 *   i  the index of a store   n  a night of it   s  the name of one
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <unistd.h>

#include "analysis/data/data.h"
#include "analysis/explain/explain.h"
#include "analysis/history/baseline.h"
#include "analysis/history/store.h"
#include "fuzz.h"
#include "record/internal.h"

static char dir[] = "/dev/shm/septbench-fuzz.XXXXXX";
static char path[64], written[64];

static void remove_dir(void)
{
	unlink(path);
	unlink(written);
	rmdir(dir);
}

static void make_dir(void)
{
	if (*path)
		return;
	if (!mkdtemp(dir)) {
		strcpy(dir, "/tmp/septbench-fuzz.XXXXXX");	/* slower, and not longer */
		insist(mkdtemp(dir), "no folder");
	}
	snprintf(path, sizeof(path), "%s/r.code", dir);
	snprintf(written, sizeof(written), "%s/written", dir);
	atexit(remove_dir);
}

static void write_input(const uint8_t *data, size_t size)
{
	int fd;

	make_dir();
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	insist(fd >= 0 && write(fd, data, size) == (ssize_t)size, "the input cannot be written");
	close(fd);
}

static void price(const struct model_profile *p)
{
	struct record_counter c[] = { { "seamcall.mem_page_aug.ok", 3 }, { "softtdx.kick", 2 },
				      { "seamcall.mem_page_aug.busy", 1 } };
	struct record_metric m = { .name = "fault_mean", .unit = "insn/fault", .v = 7, .n = 1 };
	struct record_block b = { .counters = c, .nr_counters = 3, .metrics = &m, .nr_metrics = 1 };
	struct model_value v;

	insist(model_price(p, &b, &v) && v.v >= 0, "a price below nothing");
	model_profile_prices_module(p);
}

static int read_profile(const uint8_t *data, size_t size, FILE *msgs)
{
	struct model_profile *p;

	write_input(data, size);
	p = model_profile_load(path, msgs);
	if (!p)
		return 3;
	fprintf(msgs, "%s\n", model_profile_name(p));	/* as tables do */
	price(p);
	model_profile_free(p);
	return -1;
}

struct agreed {
	struct baseline *b;
	FILE *msgs;
	size_t nr;
};

static void check_agreed(void *arg, const char *key)
{
	struct agreed *a = arg;
	struct baseline_entry e;

	a->nr++;
	insist(baseline_exact(a->b, key, &e), "a value that is not found");
	insist(isfinite(e.value) && e.within >= 0, "a value that is none");
	fprintf(a->msgs, "%s %s %s %s\n", key, e.night, e.reason, e.commit);
	for (size_t i = 0; i < baseline_nr_accepted(a->b, key); i++)
		baseline_accepted(a->b, key, i, &e);
}

static int read_baseline(const uint8_t *data, size_t size, FILE *msgs)
{
	struct agreed a = { .msgs = msgs }, again = a;

	write_input(data, size);
	if (baseline_read(path, false, &a.b, msgs))
		return 3;
	baseline_each_exact(a.b, check_agreed, &a);
	insist(!baseline_write(a.b, written, msgs), "a baseline that cannot be written");
	insist(!baseline_read(written, false, &again.b, msgs), "what was written cannot be read");
	baseline_each_exact(again.b, check_agreed, &again);
	insist(a.nr == again.nr, "values got lost");
	baseline_free(a.b);
	baseline_free(again.b);
	return -1;
}

/* A result with two blocks, that the profiles are of. */
static struct record_file *result(void)
{
#define BLOCK(variant)                                                                            \
	"{\"type\":\"block\",\"variant\":\"" variant "\",\"case\":\"zap\",\"params\":{\"pages\":8},"  \
	"\"boot\":0,\"block\":1,\"warmup\":false,\"valid\":true,\"invalid_reason\":\"\","          \
	"\"metrics\":{\"zap_insn_per_page\":{\"v\":10,\"unit\":\"insn/page\",\"better\":\"lower\"," \
	"\"class\":\"bounded\",\"gated\":false,\"n\":8}},\"counters\":{\"timed.insn\":80,"        \
	"\"timed.units\":8},\"hists\":{},\"oracle\":null}\n"
	static const char text[] =
		"{\"type\":\"run\",\"schema\":1,\"version\":\"0\",\"substrate\":\"soft\","
		"\"clock\":\"count\",\"profile\":\"all-zero\",\"seed\":1,\"flavour\":\"plain\","
		"\"env\":{}}\n" BLOCK("freeze") BLOCK("other")
		"{\"type\":\"end\",\"blocks\":2,\"status\":0}\n";
	FILE *in = fmemopen((void *)text, sizeof(text) - 1, "r");
	struct record_file *f = NULL;
	char name[64];

	make_dir();
	snprintf(name, sizeof(name), "%s/r", dir);
	insist(in && !record_read_stream(in, name, &f, stderr), "our own result is not sound");
	fclose(in);
	return f;
}

static void draw(struct code_pair *p, FILE *out)
{
	struct code_function *all;
	size_t nr;

	all = code_functions(p, &nr);
	insist(all, "no memory");
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%s %.3f\n", all[i].name, all[i].self[0]);
	free(all);
	explain_print_svg(p, out);
}

static int read_code(const uint8_t *data, size_t size, FILE *msgs)
{
	static struct record_file *f;
	static struct dataset *ds;
	struct code_file *cf;
	struct code_pair p;
	int status, err;

	if (!f) {
		f = result();
		ds = dataset_build(&f, 1, NULL);
		insist(ds && ds->nr_arms == 2, "no data set");
	}
	write_input(data, size);
	status = code_file_read(f, &cf);
	p = (struct code_pair) { .ds = ds, .arm = { 0, 1 } };
	err = status ? 0 : code_pair_build(&p, cf, cf);
	insist(!err || err == -ENODATA, "no memory");
	if (!status && !err)
		draw(&p, msgs);
	code_pair_clear(&p);
	code_file_free(cf);
	return -1;	/* what is wrong went to stderr */
}

static int read_index(const uint8_t *data, size_t size, FILE *msgs)
{
	struct store s = { .dir = (char *)"f", .base = (char *)STORE_BASE, .msgs = msgs };
	unsigned char *copy = size ? sqlite3_malloc64(size) : NULL;
	struct history h;
	int status = -1;

	if (!copy)
		return -1;
	memcpy(copy, data, size);
	insist(sqlite3_open(":memory:", &s.db) == SQLITE_OK, "no memory");
	if (sqlite3_deserialize(s.db, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size,
				SQLITE_DESERIALIZE_FREEONCLOSE) == SQLITE_OK &&
	    store_is_ours(&s)) {
		status = store_load(&s, NULL, SIZE_MAX, &h);
		for (size_t i = 0; !status && i < h.nr_series; i++)
			fprintf(msgs, "%s %s\n", h.series[i].key, h.series[i].unit);
		status = status ? 3 : -1;
		history_clear(&h);
	}
	sqlite3_close(s.db);
	return status;
}

static int read_night(const uint8_t *data, size_t size, FILE *msgs)
{
	FILE *in = size ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "re");
	struct record_file *f;
	struct points p;

	insist(in, "no memory");
	record_read_stream(in, "f", &f, msgs);
	fclose(in);
	if (!f)
		return 3;
	insist(!points_build(f, STORE_BASE, &p), "no memory");
	for (size_t i = 0; i < p.nr; i++)
		fprintf(msgs, "%s %s\n", p.p[i].series.key, p.p[i].series.unit);
	points_clear(&p);
	record_file_free(f);
	return -1;
}

static int read_name(const uint8_t *data, size_t size, FILE *msgs)
{
	char *text = strndup((const char *)data, size), *name, stamp[STORE_STAMP];

	(void)msgs;
	insist(text && (name = store_night_name(text)), "no memory");
	store_stamp(name, stamp);
	insist(strspn(stamp, "0123456789") == strlen(stamp), "a stamp that is no number");
	insist(!*stamp || strlen(stamp) == 8 || strlen(stamp) == 14, "half a stamp");
	free(name);
	free(text);
	return -1;
}

/* Each returns 3 if it refused the file, and then must have said why; else -1. */
static const struct {
	char name;
	int (*read)(const uint8_t *data, size_t size, FILE *msgs);
} readers[] = {
	{ 'p', read_profile }, { 'b', read_baseline }, { 'c', read_code },
	{ 'i', read_index },   { 'n', read_night },    { 's', read_name },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *said = NULL;
	size_t len;
	FILE *msgs;
	int status = -1;

	if (!size)
		return 0;
	msgs = open_memstream(&said, &len);
	insist(msgs, "no memory");
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].name == data[0])
			status = readers[i].read(data + 1, size - 1, msgs);
	fclose(msgs);
	insist(status != 3 || *said, "refused without a word");
	insist_printable(said);
	free(said);
	return 0;
}

#ifdef WITH_LIBFUZZER
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

/* An input stays with its reader. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	(void)seed;
	return size && max > 1 ? 1 + LLVMFuzzerMutate(data + 1, size - 1, max - 1) : 0;
}
#endif
