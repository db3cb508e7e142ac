// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control registers: what a TD may write to CR0 and CR4, by td_cr_access_exit() of the module's
 * published source and, where the processor faults first, by its manual.
 */
#include "priv.h"
#include "tdg.h"

#define CR0_PE	(1ULL << 0)
#define CR0_ET	(1ULL << 4)
#define CR0_NE	(1ULL << 5)
#define CR0_NW	(1ULL << 29)
#define CR0_CD	(1ULL << 30)
#define CR0_PG	(1ULL << 31)
#define CR4_PAE	(1ULL << 5)
#define CR4_MCE	(1ULL << 6)
#define CR4_VMXE (1ULL << 13)
#define CR4_SMXE (1ULL << 14)
#define EFER_LMA (1ULL << 10)

/* Bits 28 to 19, 17 and 15 to 6 of CR0 stay as they are, whatever is written. */
#define CR0_IGNORED	0x1ffaffc0ULL

/*
 * The bits whose features CPUID has (core/cpuid.c): VME to OSXMMEXCPT, FSGSBASE, OSXSAVE, SMEP and
 * SMAP. No XFAM taken here has PKE's, CET's or UINTR's state, no ATTRIBUTES PKS, Key Locker, LASS.
 */
#define CR4_THERE	0x3507ffULL

/* PE and NE are 1 for good, NW and CD 0. NE is a processor's that runs guests at all, so #GP. */
enum sx_verdict sx_guest_write_cr0(const struct sx_paging *p, bool cs_l, u64 *value)
{
	u64 v = *value, turned = (v ^ p->cr0) & CR0_PG;

	if (v >> 32 || !(v & CR0_NE) || (v & (CR0_PE | CR0_PG)) == CR0_PG ||
	    (v & (CR0_NW | CR0_CD)) == CR0_NW)
		return SX_GP;
	/* Paging goes from and to compatibility mode alone, and long mode wants PAE. */
	if (turned && (cs_l || (v & CR0_PG && !(p->cr4 & CR4_PAE))))
		return SX_GP;
	if (!(v & CR0_PE) || v & (CR0_NW | CR0_CD))
		return SX_VE;
	*value = (v & ~CR0_IGNORED) | (p->cr0 & CR0_IGNORED) | CR0_ET;
	return SX_RESUME;
}

/* MCE is 1 for good, VMXE and SMXE 0 as the guest sees them: #VE. What there is not is #GP. */
enum sx_verdict sx_guest_write_cr4(const struct sx_paging *p, u64 value)
{
	if (value & ~(CR4_THERE | CR4_VMXE | CR4_SMXE))
		return SX_GP;
	if (p->efer & EFER_LMA && !(value & CR4_PAE))
		return SX_GP;
	if (!(value & CR4_MCE) || value & (CR4_VMXE | CR4_SMXE))
		return SX_VE;
	return SX_RESUME;
}
