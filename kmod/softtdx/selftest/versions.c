// SPDX-License-Identifier: GPL-2.0-only
/* Checks of the version in a leaf's number: which there are, what they return, how others end. */
#include "priv.h"

#define VERSION(leaf, v)	((u64)(leaf) | (u64)(v) << 16)
#define NOTHING	(~0ULL)

static bool has_version(u64 leaf)
{
	switch (leaf) {
	case SX_MEM_SEPT_ADD:
	case SX_MEM_SEPT_REMOVE:
	case SX_MEM_PAGE_PROMOTE:
	case SX_MNG_RD:
	case SX_VP_RD:
	case SX_VP_INIT:
		return true;
	default:
		return false;
	}
}

/* Refused whatever else is wrong, and before a register is changed. */
static void refused(struct st *t, u64 leaf, unsigned int version)
{
	EXPECT(st_call(t, VERSION(leaf, version), 3, 4, 5, 6), SX_OPERAND_INVALID | SX_OP_RAX);
	if (has_version(leaf) && leaf != SX_MEM_SEPT_ADD && leaf != SX_VP_INIT)
		return;
	EXPECT(t->out.rcx, 3);
	EXPECT(t->out.rdx, 4);
	EXPECT(t->out.r8, 5);
	EXPECT(t->out.r9, 6);
}

/* Of the leaves with more than one, how the others end. */
static void refused_with_registers(struct st *t)
{
	EXPECT(st_call(t, VERSION(SX_MEM_SEPT_REMOVE, 2), 3, 4, 5, 6),
	       SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	EXPECT(t->out.r9 & t->out.r10 & t->out.r11, NOTHING);
	EXPECT(st_call(t, VERSION(SX_VP_RD, 2), t->d.vp[0], 0x4000, 5, 6),
	       SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(t->out.rdx, NOTHING);
	EXPECT(t->out.r8, 0);
}

void check_versions(struct st *t)
{
	u64 page, leaf;

	st_td_run(t, &t->d, 1);
	for (leaf = 0; leaf < SX_NR_LEAVES; leaf++) {
		if (!has_version(leaf) && leaf != SX_SYS_INIT)
			refused(t, leaf, 1);
		refused(t, leaf, 2);
		refused(t, leaf, 255);
	}
	refused_with_registers(t);
	page = st_page(t, 0);
	OK(st_call(t, VERSION(SX_MEM_SEPT_ADD, 1), REGION(1) | 1, t->d.tdr, page, 0));
	st_block_track(t, REGION(1), 1);
	OK(st_call(t, VERSION(SX_MEM_SEPT_REMOVE, 1), REGION(1) | 1, t->d.tdr, 0, 6));
	EXPECT(t->out.rcx, page);
	EXPECT(t->out.r9 & t->out.r10 & t->out.r11, NOTHING);
	OK(st_call(t, VERSION(SX_MNG_RD, 1), t->d.tdr, 17ULL << 56 | 11, 0, 0));
	EXPECT(t->out.r8, 1ULL << 48);
	EXPECT(t->out.rdx, NOTHING);
	OK(st_call(t, VERSION(SX_VP_RD, 1), t->d.vp[0], 0x4000, 5, 0));
	EXPECT(t->out.r8, 0);
	EXPECT(t->out.rdx, NOTHING);
	/* Without one they leave those registers alone. */
	OK(st_call(t, SX_MNG_RD, t->d.tdr, 17ULL << 56 | 11, 0, 6));
	EXPECT(t->out.rdx, 17ULL << 56 | 11);
	/* Nor is any call known that is not ready. */
	t->sys->boot.state = BOOT_SYSINIT_PENDING;
	EXPECT(st_call(t, VERSION(SX_MNG_RD, 1), t->d.tdr, 0, 0, 0), SX_SYS_NOT_READY);
	EXPECT(st_call(t, VERSION(SX_SYS_INIT, 2), 0, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(st_call(t, VERSION(SX_SYS_LP_INIT, 1), 0, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(st_call(t, VERSION(SX_SYS_INIT, 1), 0, 0, 0, 0),
	       sx_since(t->sys, SX_R_1_5_16) ? SX_SUCCESS : SX_OPERAND_INVALID | SX_OP_RAX);
	t->sys->boot.state = BOOT_READY;
}
