/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event counts of a VM by name: KVM's binary statistics as "kvm.<name>" (VM's, and vCPUs' summed),
 * and softtdx's as "softtdx.<name>" and "seamcall.<leaf>.<class>".
 */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTER_NAME_LEN	64
#define COUNTERS_MAX		1024

struct counter {
	char name[COUNTER_NAME_LEN];
	int64_t v;
};

struct counters {
	size_t nr;
	struct counter c[COUNTERS_MAX];
};

/*
 * Adds @v to the counter "@prefix@name", making it if needed. -ENOSPC if there is no room for it.
 */
int counters_add(struct counters *cs, const char *prefix, const char *name, int64_t v);

/* NULL if there is no such counter. */
const int64_t *counters_find(const struct counters *cs, const char *name);

/* Takes out those whose names match @pattern (fnmatch). */
void counters_drop(struct counters *cs, const char *pattern);

/* @after := @after - @before, by name. */
void counters_subtract(struct counters *after, const struct counters *before);

/*
 * Adds the scalar cumulative statistics of a KVM_GET_STATS_FD descriptor (its layout is under that
 * name in the kernel's Documentation/virt/kvm/api.rst) with prefix "kvm.". 0 or -errno; -EBADMSG
 * for a layout that contradicts itself.
 */
int counters_add_kvm(struct counters *cs, int stats_fd);

/* The same for the statistics that say how much there is now, and how much there was at most. */
int counters_add_kvm_gauges(struct counters *cs, int stats_fd);

/*
 * Adds the "name value" lines of a softtdx counters file. 0 or -errno; -EBADMSG for another kind of
 * line.
 */
int counters_add_file(struct counters *cs, const char *path);

#endif
