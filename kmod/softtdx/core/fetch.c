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

#define EPT_SUPPRESS_VE	(1ULL << 63)

/* An entry that is not present and in which the host has cleared "suppress #VE". */
static bool is_mmio(struct sx_vp *vp, u64 gpa)
{
	u64 table = sx_vp_shared_root(vp), *entries;
	int level;

	for (level = vp->td->root_level; level >= 0; level--) {
		entries = sx_page_va(vp->td->sys, table & PTE_ADDRESS);
		table = __atomic_load_n(&entries[sx_gpa_index(gpa, (u32)level)], __ATOMIC_RELAXED);
		if (!(table & PTE_PRESENT))
			return !(table & EPT_SUPPRESS_VE);
		if (level && table & PTE_LARGE)
			return false;
	}
	return false;
}

bool sx_violation_is_ve(struct sx_vp *vp, u64 gpa, enum sx_state *seen)
{
	unsigned int level = 0;
	u64 val;

	*seen = SX_FREE;
	if (!sx_gpa_private(vp->td, gpa))
		return is_mmio(vp, gpa);
	sx_walk(vp->td, gpa, &level, &val);
	*seen = sx_entry_state(val);
	if (vp->td->attributes & SX_ATTR_SEPT_VE_DISABLE)
		return false;
	return sx_entry_kind(val) == E_PENDING;
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

static bool is_prefix(u8 byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf2 || byte == 0xf3 || byte == 0x64 ||
	       byte == 0x65 || (byte & ~0x18) == 0x26;
}

bool sx_guest_cr_write(struct sx_vp *vp, const struct sx_paging *p, u64 linear, bool cs_l,
		       struct sx_cr_write *w)
{
	unsigned int n = 0, rex = 0;
	u8 b[3];

	do {
		if (n == 12 || !fetch(vp, p, linear + n++, b, 1))
			return false;
	} while (is_prefix(b[0]));
	if (cs_l && (b[0] & 0xf0) == 0x40) {
		rex = b[0];
		if (!fetch(vp, p, linear + n++, b, 1))
			return false;
	}
	if (b[0] != 0x0f || !fetch(vp, p, linear + n, b + 1, 2))
		return false;
	/* LMSW is /6, of a register where ModRM's upper bits are set; MOV ignores those. */
	w->lmsw = b[1] == 0x01 && (b[2] & 0xf8) == 0xf0;
	w->cr = w->lmsw ? 0 : (u8)((b[2] >> 3 & 7) | (rex & 4) << 1);
	w->gpr = (u8)((b[2] & 7) | (rex & 1) << 3);
	w->len = (u8)(n + 2);
	return w->lmsw || b[1] == 0x22;
}

bool sx_guest_is_tdcall(struct sx_vp *vp, const struct sx_paging *p, u64 linear)
{
	static const u8 tdcall[SX_TDCALL_LEN] = { 0x66, 0x0f, 0x01, 0xcc };
	u8 buf[SX_TDCALL_LEN];

	return fetch(vp, p, linear, buf, sizeof(buf)) && !memcmp(buf, tdcall, sizeof(buf));
}
