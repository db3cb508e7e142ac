// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the core's conformance checks against this build of it, on real pages and a module of its
 * own.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/vmalloc.h>
#include "glue.h"
#include "selftest/selftest.h"
#include "walk/walk.h"

static u64 st_alloc(void *arg, unsigned int level)
{
	struct page *p = alloc_pages(GFP_KERNEL, 9 * level);

	return p ? page_to_phys(p) : 0;
}

static void st_free(void *arg, u64 pa, unsigned int level)
{
	__free_pages(pfn_to_page(PHYS_PFN(pa)), 9 * level);
}

static void st_report(void *arg, const char *check, const char *what, u64 got, u64 want)
{
	pr_err("softtdx: selftest %s: %s: got 0x%llx, want 0x%llx\n", check, what, got, want);
}

/* On blocks of real memory; the line it ends with is what user space prints for the same seed. */
static bool random_walk(void *mem, u64 nr_pages, enum sx_release release, u64 steps, u64 seed)
{
	struct walk_env env = { .mem = mem, .nr_pages = nr_pages };
	struct walk *w = vzalloc(sizeof(*w));
	u64 first = seed, hash = 0;
	bool ok = w;
	int i;

	for (i = 0; i < SPEC_BLOCKS; i++) {
		env.block[i] = st_alloc(NULL, 1);
		ok &= !!env.block[i];
	}
	if (!ok) {
		pr_err("softtdx: selftest: no memory for a random walk\n");
		goto out;
	}
	ok = walk_many(w, &env, release, &seed, steps, &hash);
	if (ok)
		pr_warn("softtdx: selftest: %llu steps of seed %llu: hash 0x%016llx\n", steps,
			first, hash);
	else
		pr_err("softtdx: selftest: seed %llu, step %llu: %s %s: got 0x%llx, want 0x%llx\n",
		       seed, w->steps, walk_op_name(w->fault.act.op), w->fault.what, w->fault.got,
		       w->fault.want);
out:
	for (i = 0; i < SPEC_BLOCKS; i++) {
		if (env.block[i])
			st_free(NULL, env.block[i], 1);
	}
	vfree(w);
	return ok;
}

int soft_selftest(u64 memory, enum sx_release release, u64 steps, u64 seed)
{
	/* So that it ends within a frame, of which no page is touched. */
	const u64 nr_pages = (memory | 511) + 1 + 200;
	struct sx_st_env env = {
		.mem = vzalloc(sx_sys_size(nr_pages)),
		.nr_pages = nr_pages,
		.release = release,
		.alloc = st_alloc,
		.free = st_free,
		.report = st_report,
	};
	unsigned int faults;

	if (!env.mem) {
		pr_err("softtdx: selftest: no memory for a second PAMT of %llu pages\n", nr_pages);
		return -ENOMEM;
	}
	faults = sx_selftest_all(&env);
	/* Asked for, so to be seen at the lab's console level. */
	pr_warn("softtdx: selftest: %u checks, %u faults\n", SX_NR_SELFTESTS, faults);
	if (steps > 1 && !random_walk(env.mem, nr_pages, release, steps, seed))
		faults++;
	vfree(env.mem);
	return faults ? -EIO : 0;
}
