// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance checks of measurement registers and the report. The values are those that sha384sum
 * prints for the same bytes, put together by hand.
 */
#include "priv.h"

static unsigned int differing(const u8 *a, const u8 *b, unsigned int n)
{
	unsigned int i, bad = 0;

	for (i = 0; i < n; i++)
		bad += a[i] != b[i];
	return bad;
}

/* "MEM.PAGE.ADD" and GPA in 128 bytes, "MR.EXTEND" and GPA in 128, and 256 of the page. */
void check_measured(struct st *t)
{
	static const u8 want[SX_MR_SIZE] = {
		0xcd, 0x13, 0x69, 0xb5, 0xb4, 0x59, 0x40, 0x3d, 0x48, 0x78, 0xab, 0x75,
		0xac, 0xf1, 0x3f, 0xc5, 0xc5, 0xa7, 0xdf, 0xca, 0xa4, 0x51, 0x98, 0x7a,
		0xd6, 0x3f, 0xf8, 0x10, 0xb9, 0xcf, 0xa4, 0x0f, 0x93, 0x69, 0x03, 0xe1,
		0xcb, 0x4b, 0xdf, 0x5e, 0x96, 0x8a, 0xf0, 0x54, 0x19, 0xd9, 0xbc, 0x41
	};
	u64 src, *s, tdr;
	u8 got[SX_MR_SIZE];

	st_td_build(t, &t->d, 1);
	st_tables(t, GPA(0));
	tdr = t->d.tdr;
	src = st_page(t, 0);
	s = sx_page_va(t->sys, src);
	sx_clear_page(s);
	s[511] = 0x3344;
	OK(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, st_page(t, 0), src));
	/* What is refused is not measured, nor is a page that the guest will have to accept. */
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, st_page(t, 0), src),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(2), tdr, tdr, src), SX_OPERAND_BUSY | SX_OP_R8);
	OK(st_aug(t, GPA(1), 0, st_page(t, 0)));
	EXPECT(st_call(t, SX_MR_EXTEND, GPA(1), tdr, 0, 0), SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX);
	OK(st_call(t, SX_MR_EXTEND, GPA(0) + 0xf00, tdr, 0, 0));
	EXPECT(sx_td_register(t->d.td, 0, got), false);
	OK(st_call(t, SX_MR_FINALIZE, tdr, 0, 0, 0));
	EXPECT(sx_td_register(t->d.td, 0, got), true);
	EXPECT(differing(got, want, SX_MR_SIZE), 0);
	EXPECT(sx_td_register(t->d.td, 5, got), false);
}

static u64 call(struct sx_vp *vp, u64 leaf, u64 rcx, u64 rdx, u64 r8)
{
	struct sx_tdg_regs r = { .rcx = rcx, .rdx = rdx, .r8 = r8 };

	return st_tdcall(vp, leaf, &r);
}

static u64 extend(struct sx_vp *vp, u64 gpa, u64 index)
{
	return call(vp, SX_TDG_MR_RTMR_EXTEND, gpa, index, 0);
}

/* Extended by 0, 1, ... 47 once, and then again. */
void check_rtmr(struct st *t)
{
	static const u8 once[SX_MR_SIZE] = {
		0xfe, 0x83, 0xf7, 0x42, 0xd1, 0xca, 0xb5, 0xc7, 0x09, 0xa0, 0xc4, 0x24,
		0x72, 0x98, 0x31, 0xfb, 0xff, 0x9b, 0x5b, 0xb9, 0x74, 0x8a, 0x61, 0x8f,
		0x0b, 0x6e, 0xa0, 0x4f, 0xe1, 0xfd, 0xe4, 0xd5, 0x46, 0xf4, 0x04, 0x0e,
		0x7f, 0xc9, 0x58, 0x7b, 0x2e, 0x6b, 0xad, 0xad, 0xa6, 0xc9, 0x41, 0xb0
	}, twice[SX_MR_SIZE] = {
		0x80, 0xe8, 0xe1, 0x9c, 0x7a, 0xb3, 0x9d, 0x81, 0xcd, 0x40, 0x22, 0xd3,
		0x17, 0x07, 0x87, 0xb7, 0x2a, 0x97, 0xd4, 0xdb, 0x30, 0xc8, 0xfd, 0x56,
		0xbc, 0xb1, 0xb7, 0x43, 0xa1, 0x89, 0x80, 0x93, 0x9d, 0x6a, 0xe5, 0x05,
		0x7d, 0xd4, 0xc9, 0x47, 0x07, 0x39, 0xac, 0x48, 0x52, 0xd8, 0xf5, 0x9d
	}, none[SX_MR_SIZE];
	struct sx_vp *vp = st_run_guest(t, 1, 0, 1);
	u8 *page = sx_guest_page(vp, GPA(0)), got[SX_MR_SIZE];
	unsigned int i;

	for (i = 0; page && i < SX_MR_SIZE; i++)
		page[64 + i] = (u8)i;
	OK(extend(vp, GPA(0) + 64, 3));
	EXPECT(sx_td_register(t->d.td, 4, got), true);
	EXPECT(differing(got, once, SX_MR_SIZE), 0);
	OK(extend(vp, GPA(0) + 64, 3));
	EXPECT(sx_td_register(t->d.td, 4, got), true);
	EXPECT(differing(got, twice, SX_MR_SIZE), 0);
	/* The address comes before the index; a refused call extends nothing. */
	EXPECT(extend(vp, GPA(0) + 32, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(extend(vp, GPA(1), 4), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(extend(vp, GPA(0) | ST_SHARED, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(extend(vp, GPA(0), 4), SX_OPERAND_INVALID | SX_OP_RDX);
	/* Another vCPU is at them; a report only reads them. */
	sx_measure_of(vp->td)->rtmr_lock = SHAREX_READER;
	EXPECT(extend(vp, GPA(0), 0), SX_OPERAND_BUSY | SX_OP_RTMR);
	OK(call(vp, SX_TDG_MR_REPORT, GPA(0) + 1024, GPA(0), 0));
	sx_measure_of(vp->td)->rtmr_lock = SHAREX_EX;
	EXPECT(call(vp, SX_TDG_MR_REPORT, GPA(0) + 1024, GPA(0), 0), SX_OPERAND_BUSY | SX_OP_RTMR);
	sx_measure_of(vp->td)->rtmr_lock = 0;
	for (i = 1; i < 4; i++) {
		EXPECT(sx_td_register(t->d.td, i, got), true);
		EXPECT(differing(got, none, SX_MR_SIZE), 0);
	}
	st_exit(t, t->d.vp[0]);
}

/* Where things are in TDREPORT_STRUCT, and in TDINFO_STRUCT, its second half. */
#define DATA_AT		128
#define MAC_AT		224
#define INFO_AT		512
#define INFO_HASH_AT	80
#define MRTD_AT		(INFO_AT + 16)
#define IDS_AT		(MRTD_AT + 48)
#define RTMR_AT		(IDS_AT + 3 * 48)

static void report_fields(struct st *t, struct sx_vp *vp, const u8 *page)
{
	u8 got[SX_MR_SIZE], sum[SX_MR_SIZE];
	struct sx_sha384 h;
	unsigned int i;

	EXPECT(page[0], 0x81);
	EXPECT(page[192], 0);
	EXPECT(page[MAC_AT], 's');		/* no MAC, and it says so */
	EXPECT(page[INFO_AT + 8], 3);		/* XFAM */
	for (i = 0; i < 5; i++) {
		EXPECT(sx_td_register(vp->td, i, got), true);
		EXPECT(differing(got, page + (i ? RTMR_AT + 48 * (i - 1) : MRTD_AT), SX_MR_SIZE),
		       0);
	}
	EXPECT(page[IDS_AT], 0xc1);		/* as set_params() has them */
	EXPECT(page[IDS_AT + 48], 0xc2);
	EXPECT(page[IDS_AT + 96], 0xc3);
	sx_sha384_init(&h);
	sx_sha384_add(&h, page + INFO_AT, 512);
	sx_sha384_end(&h, sum);
	EXPECT(differing(sum, page + INFO_HASH_AT, SX_MR_SIZE), 0);
}

void check_report(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 1, 0, 2);
	u8 *page = sx_guest_page(vp, GPA(0)), *other = sx_guest_page(vp, GPA(1) + 64);

	if (!page || !other) {
		EXPECT(page && other, true);
		return;
	}
	memset(other, 0x5a, 64);
	memset(page + 1024, 0x77, 8);
	OK(extend(vp, GPA(1) + 64, 2));
	OK(call(vp, SX_TDG_MR_REPORT, GPA(0), GPA(1) + 64, 0));
	report_fields(t, vp, page);
	EXPECT(page[DATA_AT], 0x5a);
	EXPECT(page[DATA_AT + 63], 0x5a);
	EXPECT(page[1024], 0x77);	/* and no more */
	/* The data may lie where the report goes. */
	memset(page + 64, 0x33, 64);
	OK(call(vp, SX_TDG_MR_REPORT, GPA(0), GPA(0) + 64, 0));
	EXPECT(page[DATA_AT], 0x33);
	st_exit(t, t->d.vp[0]);
}

void check_report_refused(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 1, 0, 2);
	const u64 leaf = SX_TDG_MR_REPORT;

	EXPECT(call(vp, leaf, GPA(0) + 64, GPA(1), 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(call(vp, leaf, GPA(0), GPA(1) + 8, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(call(vp, leaf, GPA(0), GPA(2), 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(call(vp, leaf, GPA(2), GPA(1), 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(call(vp, leaf, GPA(2), GPA(1), 1), SX_OPERAND_INVALID | SX_OP_R8);
	st_exit(t, t->d.vp[0]);
}
