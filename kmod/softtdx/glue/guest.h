/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU of the soft module, and the way into a guest that is more than a payload. */
#ifndef SOFTTDX_GUEST_H
#define SOFTTDX_GUEST_H

#include "glue.h"
#include "core/core.h"
#include "vmcb.h"

#define SHARED_GPA	BIT_ULL(47)

/* #VMEXITs of TDCALL and VMMCALL end alike; what the one is longer is made up for in guest.c. */
#define VMMCALL_LEN	3

/* What a whole guest needs besides, in a page of its own. */
struct soft_guest {
	u8 fpu[1024] __aligned(64);	/* XSAVE area, or FXSAVE's where the host has no XSAVE */
	u64 xcr0;
	u64 tdcall_at;		/* RIP of a TDCALL under way, + 1; 0: none */
	u32 offered;		/* vector in V_IRQ; 0: none */
	bool in_nmi;		/* IRET is waited for */
	bool hashed;		/* since the last #VMEXIT, more than a block */
	enum sx_state seen;	/* at the last violation that was no #VE */
};
static_assert(sizeof(struct soft_guest) <= PAGE_SIZE);

struct soft_vp {
	struct soft_vmcb *vmcb;
	u64 *root;		/* hardware root page: [0..255] S-EPT, [256..511] shared EPT */
	struct soft_regs regs;
	struct soft_td *td;
	struct sx_vp *vp;
	u64 vmcb_pa;
	u64 vmcall_mask;	/* registers a pending TDG.VP.VMCALL gets back; 0: none pending */
	bool root_all;
	struct soft_guest *guest;
	/* The way into the guest: soft_vmrun(), until it does what no payload does. */
	void (*run)(u64 vmcb_pa, struct soft_regs *regs, u64 host_vmcb_pa);
};

/* Once, when the module is there. */
void soft_guest_init(void);

/* Allocates and frees ->guest. */
int soft_guest_alloc(struct soft_vp *s);
void soft_guest_free(struct soft_vp *s);

/*
 * An exit that no payload has: true, and from now on ->run is the whole module, which gets the same
 * exit again; false if it is none that a guest may cause.
 */
bool soft_guest_begins(struct soft_vp *s);

/*
 * A private violation whose entry is PENDING by now: was it when the vCPU faulted? A whole guest's
 * was looked at before; another vCPU may have had the page added since, and the host would end the
 * TD for an access to a pending page that there never was.
 */
static inline bool soft_faulted_on_pending(const struct soft_vp *s)
{
	return s->run == soft_vmrun || s->guest->seen == SX_PENDING;
}

/* Opens the MSRs that a guest has to itself in @map, which starts as all ones. */
void soft_guest_open_msrs(u8 *map);

#endif
