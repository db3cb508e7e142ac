// SPDX-License-Identifier: GPL-2.0-or-later
#include "counters.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/kvm.h>

#define STATS_MAX_BYTES (1u << 20) /* more than any kernel's; a larger size is a broken header */

static struct counter *lookup(struct counters *cs, const char *name)
{
	for (size_t i = 0; i < cs->nr; i++)
		if (!strcmp(cs->c[i].name, name))
			return &cs->c[i];
	return NULL;
}

int counters_add(struct counters *cs, const char *prefix, const char *name, int64_t v)
{
	char full[COUNTER_NAME_LEN];
	struct counter *c;

	if (snprintf(full, sizeof(full), "%s%s", prefix, name) >= (int)sizeof(full))
		return -ENOSPC;
	c = lookup(cs, full);
	if (!c) {
		if (cs->nr == COUNTERS_MAX)
			return -ENOSPC;
		c = &cs->c[cs->nr++];
		memcpy(c->name, full, sizeof(full));
		c->v = 0;
	}
	c->v += v;
	return 0;
}

const int64_t *counters_find(const struct counters *cs, const char *name)
{
	for (size_t i = 0; i < cs->nr; i++)
		if (!strcmp(cs->c[i].name, name))
			return &cs->c[i].v;
	return NULL;
}

void counters_drop(struct counters *cs, const char *pattern)
{
	size_t kept = 0;

	for (size_t i = 0; i < cs->nr; i++)
		if (fnmatch(pattern, cs->c[i].name, 0))
			cs->c[kept++] = cs->c[i];
	cs->nr = kept;
}

void counters_subtract(struct counters *after, const struct counters *before)
{
	for (size_t i = 0; i < after->nr; i++) {
		const int64_t *b;

		/*
		 * Both come from the same files, so the same place is the same name but for
		 * surprises.
		 */
		if (i < before->nr && !strcmp(before->c[i].name, after->c[i].name))
			b = &before->c[i].v;
		else
			b = counters_find(before, after->c[i].name);
		if (b)
			after->c[i].v -= *b;
	}
}

static int read_at(int fd, void *buf, size_t len, off_t at)
{
	ssize_t n = pread(fd, buf, len, at);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EBADMSG;
}

/* One scalar: adds its value if it is of @type. */
static int add_stat(struct counters *cs, int fd, const struct kvm_stats_header *h,
		    const struct kvm_stats_desc *d, uint32_t type)
{
	uint64_t v;
	int r;

	if (!memchr(d->name, 0, h->name_size))
		return -EBADMSG;
	if (d->size != 1 || (d->flags & KVM_STATS_TYPE_MASK) != type)
		return 0;
	r = read_at(fd, &v, sizeof(v), (off_t)h->data_offset + d->offset);
	if (r)
		return r;
	return counters_add(cs, "kvm.", d->name, (int64_t)v);
}

static int add_stats(struct counters *cs, int stats_fd, uint32_t type)
{
	struct kvm_stats_header h;
	size_t each, bytes;
	char *descs;
	int r;

	r = read_at(stats_fd, &h, sizeof(h), 0);
	if (r)
		return r;
	each = sizeof(struct kvm_stats_desc) + h.name_size;
	if (!h.name_size || h.name_size > 4096 || each % _Alignof(struct kvm_stats_desc) ||
	    __builtin_mul_overflow(each, (size_t)h.num_desc, &bytes) || bytes > STATS_MAX_BYTES)
		return -EBADMSG;
	descs = malloc(bytes ? bytes : 1);
	if (!descs)
		return -ENOMEM;
	r = read_at(stats_fd, descs, bytes, h.desc_offset);
	for (size_t at = 0; !r && at < bytes; at += each)
		r = add_stat(cs, stats_fd, &h, (const struct kvm_stats_desc *)(descs + at), type);
	free(descs);
	return r;
}

int counters_add_kvm(struct counters *cs, int stats_fd)
{
	return add_stats(cs, stats_fd, KVM_STATS_TYPE_CUMULATIVE);
}

int counters_add_kvm_gauges(struct counters *cs, int stats_fd)
{
	int r = add_stats(cs, stats_fd, KVM_STATS_TYPE_INSTANT);

	return r ? r : add_stats(cs, stats_fd, KVM_STATS_TYPE_PEAK);
}

int counters_add_file(struct counters *cs, const char *path)
{
	char line[256], name[COUNTER_NAME_LEN];
	FILE *f = fopen(path, "re");
	int64_t v;
	int r = 0;

	if (!f)
		return -errno;
	while (!r && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %" SCNd64, name, &v) != 2)
			r = -EBADMSG;
		else
			r = counters_add(cs, "", name, v);
	}
	if (!r && ferror(f))
		r = -EIO;
	fclose(f);
	return r;
}
