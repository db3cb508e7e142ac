// SPDX-License-Identifier: GPL-2.0-or-later
/* KVM's binary statistics and softtdx's counter files, and what metrics make of them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "metrics.h"

#define NAME_LEN	16

struct stat {
	const char *name;
	unsigned int type, size, offset;
};

static struct counters cs, before;

/* A statistics file as KVM lays it out: header, id, descriptors, data. */
static int stats_file(const struct stat *st, unsigned int n, const uint64_t *data, size_t nr_data)
{
	struct kvm_stats_header h = {
		.name_size = NAME_LEN,
		.num_desc = n,
		.id_offset = sizeof(h),
		.desc_offset = sizeof(h) + 8,
	};
	FILE *f = tmpfile();
	int fd;

	h.data_offset =
		h.desc_offset + n * (unsigned int)(sizeof(struct kvm_stats_desc) + NAME_LEN);
	fwrite(&h, sizeof(h), 1, f);
	fwrite("kvm-1\0\0", 8, 1, f);
	for (unsigned int i = 0; i < n; i++) {
		struct kvm_stats_desc d = { .flags = st[i].type, .size = (unsigned short)st[i].size,
					    .offset = st[i].offset };
		char name[NAME_LEN] = "";

		memcpy(name, st[i].name, strnlen(st[i].name, NAME_LEN));
		fwrite(&d, sizeof(d), 1, f);
		fwrite(name, NAME_LEN, 1, f);
	}
	fwrite(data, sizeof(*data), nr_data, f);
	fflush(f);
	fd = dup(fileno(f));
	fclose(f);
	return fd;
}

static int64_t value(const char *name)
{
	const int64_t *v = counters_find(&cs, name);

	cr_assert_not_null(v, "no counter %s", name);
	return *v;
}

Test(kvm_stats, scalars_by_name_summed_over_files)
{
	static const struct stat st[] = {
		{ "pf_taken", KVM_STATS_TYPE_CUMULATIVE, 1, 8 },
		{ "exits", KVM_STATS_TYPE_CUMULATIVE, 1, 0 },
		{ "pages_4k", KVM_STATS_TYPE_INSTANT, 1, 16 },
		{ "halt_hist", KVM_STATS_TYPE_LOG_HIST, 2, 24 },
	};
	static const uint64_t data[] = { 5, 7, 9, 11, 13 };
	int fd = stats_file(st, 4, data, 5);

	cr_assert_eq(counters_add_kvm(&cs, fd), 0);
	cr_assert_eq(counters_add_kvm(&cs, fd), 0);
	cr_assert_eq(cs.nr, 2);
	cr_assert_eq(value("kvm.pf_taken"), 14);
	cr_assert_eq(value("kvm.exits"), 10);
	close(fd);
}

Test(kvm_stats, contradictions_are_refused)
{
	static const struct stat beyond[] = { { "exits", KVM_STATS_TYPE_CUMULATIVE, 1, 4096 } };
	static const struct stat unending[] = { { "sixteen_letters_", KVM_STATS_TYPE_CUMULATIVE, 1,
						  0 } };
	static const uint64_t data[] = { 5 };
	struct kvm_stats_header huge = { .name_size = 48, .num_desc = 0xffffffff };
	FILE *f = tmpfile();
	int fd;

	fd = stats_file(beyond, 1, data, 1);
	cr_assert_eq(counters_add_kvm(&cs, fd), -EBADMSG);
	close(fd);
	fd = stats_file(unending, 1, data, 1);
	cr_assert_eq(counters_add_kvm(&cs, fd), -EBADMSG);
	close(fd);
	cr_assert_eq(counters_add_kvm(&cs, fileno(f)), -EBADMSG, "an empty file");
	fwrite(&huge, sizeof(huge), 1, f);
	fflush(f);
	cr_assert_eq(counters_add_kvm(&cs, fileno(f)), -EBADMSG);
	fclose(f);
}

static int add_text(const char *text)
{
	char path[] = "/tmp/septbench-test-XXXXXX";
	int fd = mkstemp(path), r;

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = counters_add_file(&cs, path);
	unlink(path);
	return r;
}

Test(counter_file, lines)
{
	cr_assert_eq(add_text("seamcall.mem_track.ok 3\nsofttdx.kick 18446744073709\n"), 0);
	cr_assert_eq(value("seamcall.mem_track.ok"), 3);
	cr_assert_eq(value("softtdx.kick"), 18446744073709);
	cr_assert_eq(add_text("softtdx.kick\n"), -EBADMSG);
	cr_assert_eq(add_text("\n"), -EBADMSG);
	cr_assert_eq(counters_add_file(&cs, "/nonexistent/file"), -ENOENT);
}

Test(counters, differences_by_name)
{
	counters_add(&before, "", "a", 5);
	counters_add(&before, "", "b", 1);
	counters_add(&cs, "", "new", 2);	/* softtdx shows a counter once it is not zero */
	counters_add(&cs, "", "a", 9);
	counters_add(&cs, "", "b", 1);
	counters_subtract(&cs, &before);
	cr_assert_eq(value("new"), 2);
	cr_assert_eq(value("a"), 4);
	cr_assert_eq(value("b"), 0);
}

Test(counters, limits)
{
	char name[COUNTER_NAME_LEN + 1];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	cr_assert_eq(counters_add(&cs, "", name, 1), -ENOSPC);
	for (int i = 0; i < COUNTERS_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		cr_assert_eq(counters_add(&cs, "", name, 1), 0);
	}
	cr_assert_eq(counters_add(&cs, "", "one more", 1), -ENOSPC);
	cr_assert_eq(counters_add(&cs, "", "c7", 1), 0);
	cr_assert_eq(value("c7"), 2);
}

Test(metrics, patterns)
{
	int64_t sum;

	counters_add(&cs, "", "seamcall.mem_track.ok", 3);
	counters_add(&cs, "", "seamcall.mem_track.busy_epoch", 4);
	counters_add(&cs, "", "seamcall.mem_page_aug.busy_tree", 5);
	counters_add(&cs, "", "kvm.tdx_tracks", 3);
	cr_assert(metrics_sum(&cs, "seamcall.mem_track.*", &sum));
	cr_assert_eq(sum, 7);
	cr_assert(metrics_sum(&cs, "seamcall.*.busy_*", &sum));
	cr_assert_eq(sum, 9);
	cr_assert(metrics_sum(&cs, "seamcall.mem_track.ok kvm.tdx_tracks", &sum));
	cr_assert_eq(sum, 6);
	/* Alternatives: the first that exists, not the sum. */
	cr_assert(metrics_sum(&cs, "kvm.nothing|kvm.tdx_tracks|seamcall.mem_track.ok", &sum));
	cr_assert_eq(sum, 3);
	cr_assert_not(metrics_sum(&cs, "kvm.nothing", &sum));
}
