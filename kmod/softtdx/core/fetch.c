// SPDX-License-Identifier: GPL-2.0-only
/* The guest's memory as the module reads it: its page tables, its instructions. */
#include "priv.h"
#include "tdg.h"

#define CR0_PG		(1ULL << 31)
#define EFER_LMA	(1ULL << 10)
#define PTE_PRESENT	1ULL
#define PTE_LARGE	(1ULL << 7)
#define PTE_ADDRESS	0x000ffffffffff000ULL

/*
 * Where the byte at @gpa is, if it is private memory that the guest has accepted; what follows it
 * in its 4K page is there too.
 */
void *sx_guest_page(struct sx_vp *vp, u64 gpa)
{
	unsigned int level = 0;
	u64 val, hpa;

	if (!sx_gpa_private(vp->td, gpa))
		return NULL;
	sx_walk(vp->td, gpa, &level, &val);
	if (sx_entry_kind(val) != E_MAPPED)
		return NULL;
	hpa = (val & SX_E_HPA) | (gpa & (sx_level_size(level) - 1));
	return sx_page_va(vp->td->sys, hpa);
}

static bool canonical(u64 linear)
{
	u64 top = linear >> 47;

	return !top || top == (1ULL << 17) - 1;
}

bool sx_guest_translate(struct sx_vp *vp, const struct sx_paging *p, u64 linear, u64 *gpa)
{
	u64 table = p->cr3, mask, *entry;
	int level;

	if (!(p->cr0 & CR0_PG)) {
		*gpa = (u32)linear;
		return true;
	}
	if (!(p->efer & EFER_LMA) || p->la57 || !canonical(linear))
		return false;
	for (level = 3; level >= 0; level--) {
		entry = sx_guest_page(vp, (table & PTE_ADDRESS) +
						  8 * sx_gpa_index(linear, (u32)level));
		if (!entry)
			return false;
		/* Another vCPU may write it now. */
		table = __atomic_load_n(entry, __ATOMIC_RELAXED);
		if (!(table & PTE_PRESENT))
			return false;
		if (!level || (level < 3 && table & PTE_LARGE))
			break;
	}
	mask = sx_level_size((u32)level) - 1;
	*gpa = (table & PTE_ADDRESS & ~mask) | (linear & mask);
	return true;
}

static bool fetch(struct sx_vp *vp, const struct sx_paging *p, u64 linear, u8 *buf, unsigned int n)
{
	u64 gpa;
	u8 *at = NULL;
	unsigned int i;

	for (i = 0; i < n; i++, linear++) {
		if (!at || !(linear & (SX_PAGE_SIZE - 1))) {
			if (!sx_guest_translate(vp, p, linear, &gpa))
				return false;
			at = sx_guest_page(vp, gpa);
			if (!at)
				return false;
		}
		buf[i] = __atomic_load_n(at++, __ATOMIC_RELAXED);
	}
	return true;
}

bool sx_guest_is_tdcall(struct sx_vp *vp, const struct sx_paging *p, u64 linear)
{
	static const u8 tdcall[SX_TDCALL_LEN] = { 0x66, 0x0f, 0x01, 0xcc };
	u8 buf[SX_TDCALL_LEN];

	return fetch(vp, p, linear, buf, sizeof(buf)) && !memcmp(buf, tdcall, sizeof(buf));
}
