// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification: a vCPU's own fields, its #VE and its NMI. Nobody else sees them while it is
 * inside.
 */
#include "spec.h"

/*
 * Fields: 0 VCPU_INDEX, read-only; 1 and 2 CPUID_SUPERVISOR_VE and CPUID_USER_VE; 3 PEND_NMI, the
 * host's; 4 none such. With anything in RCX it is none of them.
 */
static void field(struct spec_vp *vp, struct spec_cpu *c)
{
	bool write = c->act.op == SPEC_VP_WR;
	u8 nr = c->act.arg;

	c->out.r8 = 0;
	if (c->act.bad) {
		c->out.status = SX_OPERAND_INVALID | SX_OP_RCX;
	} else if (nr == 4) {
		c->out.status = SX_METADATA_FIELD_ID_INCORRECT;
	} else if (nr == 1 || nr == 2) {
		c->out.r8 = vp->cpuid_ve[nr - 1];
		/* The walk writes the path, but for its lowest bit. */
		if (write)
			vp->cpuid_ve[nr - 1] = (u8)((vp->cpuid_ve[nr - 1] & 1) | c->act.path);
	} else if (write) {
		c->out.status = SX_METADATA_FIELD_NOT_WRITABLE;
	} else if (nr == 3) {
		c->out.status = SX_METADATA_FIELD_NOT_READABLE;
	} else {
		c->out.r8 = vp->index;
	}
}

void spec_inside(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->guest];

	switch (c->act.op) {
	case SPEC_VE:		/* one at a time, and the second is #DF */
		c->out.status = vp->ve ? SX_DF : SX_VE;
		vp->ve = vp->ve ? vp->ve : c->act.arg;
		break;
	case SPEC_VEINFO:
		c->out.status = vp->ve ? 0 : SX_NO_VALID_VE_INFO;
		c->out.r8 = vp->ve;
		vp->ve = 0;
		break;
	case SPEC_NMI:		/* the guest is to ask about its #VE first */
		c->out.r8 = !vp->ve && vp->pend_nmi & 1;
		vp->pend_nmi = vp->ve ? vp->pend_nmi : 0;
		break;
	case SPEC_CPUIDVE:	/* both fields, a bit each; there is no third */
		c->out.status = c->act.arg > 3 ? SX_OPERAND_INVALID | SX_OP_RCX : 0;
		if (c->act.arg > 3)
			break;
		vp->cpuid_ve[0] = c->act.arg % 2;
		vp->cpuid_ve[1] = c->act.arg / 2;
		break;
	case SPEC_CR:
		spec_cr(vp, c);
		break;
	case SPEC_REPORT:
		c->out.status = spec_report(s, c);
		break;
	default:
		field(vp, c);
	}
}
