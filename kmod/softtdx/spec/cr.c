// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification: what a TD may write to its control registers, a letter for each bit from the
 * lowest up. What the processor refuses comes before what the module does not let be.
 */
#include "spec.h"

/*
 * f: as written; k: stays as it was; h: reads 1, whatever is written; g: must be 1, #GP; v: must be
 * 1, #VE; n: must be 0, #VE. All above: must be 0, #GP, as is x.
 */
static const char cr0_bits[] = "vfffhgkkkkkkkkkkfkfkkkkkkkkkknnf";
static const char cr4_bits[] = "ffffffvffffxxnnxfxfxff";

static bool bit(u64 value, unsigned int i)
{
	return i < 64 && value >> i & 1;
}

static u64 by_bits(const char *bits, u64 value, bool kept, u64 *becomes)
{
	u64 st = SX_RESUME;
	unsigned int i;

	*becomes = 0;
	for (i = 0; bits[i]; i++) {
		bool is = bits[i] == 'k' ? kept : bits[i] == 'h' || bit(value, i);

		if ((bits[i] == 'x' && is) || (bits[i] == 'g' && !is))
			return SX_GP;
		if ((bits[i] == 'n' && is) || (bits[i] == 'v' && !is))
			st = SX_VE;
		*becomes |= (u64)is << i;
	}
	return value >> i ? (u64)SX_GP : st;
}

static u64 cr0(const struct spec_act *a, u64 value, u64 *becomes)
{
	bool pe = bit(value, 0), nw = bit(value, 29), cd = bit(value, 30), pg = bit(value, 31);
	bool cs_l = a->arg & 1, paged = a->arg & 2, pae = a->arg & 4;
	u64 st = by_bits(cr0_bits, value, a->arg & 16, becomes);

	if ((pg && !pe) || (nw && !cd))
		return SX_GP;
	if (pg != paged && (cs_l || (pg && !pae)))
		return SX_GP;
	return st;
}

void spec_cr(struct spec_vp *vp, struct spec_cpu *c)
{
	const struct spec_act *a = &c->act;
	u64 value = spec_cr_value(a), becomes = 0;

	switch (a->level) {
	case 0:
		c->out.status = cr0(a, value, &becomes);
		break;
	case 4:		/* PAE is long mode's */
		c->out.status = by_bits(cr4_bits, value, false, &becomes);
		if (a->arg & 8 && !bit(value, 5))
			c->out.status = SX_GP;
		break;
	default:	/* the upper half of TPR; the lower becomes 0 */
		c->out.status = value > 15 ? SX_GP : SX_RESUME;
		if (value <= 15)
			vp->tpr = (u8)value;
		c->out.r8 = vp->tpr;
		return;
	}
	c->out.r8 = c->out.status == SX_RESUME ? becomes : 0;
}

/*
 * The host's table, the same for all TDs: a page for each level, so that what a walk meets depends
 * on the address alone. Of the four entries that paths have at the lowest level the first and the
 * last are of MMIO, the second is of memory that may come, the third of memory that is there; 511
 * one level up is a 2M page, and of the highest but one the last is MMIO's as a whole.
 */
u64 spec_shared_entry(u8 level, u16 index)
{
	const u64 suppress = 1ULL << 63;

	if (!level)
		return index == 1 ? suppress : index == 2 ? 7 : 0;
	if (level == 1 && index == 3)
		return 0x87;
	return level == 2 && index == 511 ? 0 : 7;
}
