// SPDX-License-Identifier: GPL-2.0-only
/* Runs the core's conformance checks against this build of it, on real pages and a module of its own. */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/vmalloc.h>
#include "glue.h"
#include "core_selftest.h"

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

int soft_selftest(u64 nr_pages)
{
	struct sx_st_env env = {
		.mem = vzalloc(sx_sys_size(nr_pages)),
		.nr_pages = nr_pages,
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
	vfree(env.mem);
	pr_info("softtdx: selftest: %u checks, %u faults\n", SX_NR_SELFTESTS, faults);
	return faults ? -EIO : 0;
}
