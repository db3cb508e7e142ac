// SPDX-License-Identifier: GPL-2.0-only
/* The guest's side of measurement: RTMRs, which it extends, and the report of them and MRTD. */
#include "priv.h"
#include "tdg.h"

/* RCX: 48 bytes, aligned to 64; RDX: which. The register becomes the hash of itself and of them. */
u64 sx_tdg_rtmr_extend(struct sx_vp *vp, const struct sx_tdg_regs *r)
{
	struct sx_measure *m = sx_measure_of(vp->td);
	u8 data[SX_SHA384_SIZE], *from;
	struct sx_sha384 sum;

	from = r->rcx & 63 ? NULL : sx_guest_page(vp, r->rcx);
	if (!from)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	memcpy(data, from, sizeof(data));
	if (r->rdx >= SX_NR_RTMRS)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	if (!sharex_try(&m->rtmr_lock, SX_EXCLUSIVE))
		return SX_OPERAND_BUSY | SX_OP_RTMR;
	sx_sha384_init(&sum);
	sx_sha384_add(&sum, m->rtmr[r->rdx], SX_SHA384_SIZE);
	sx_sha384_add(&sum, data, sizeof(data));
	sx_sha384_end(&sum, m->rtmr[r->rdx]);
	sharex_release(&m->rtmr_lock, SX_EXCLUSIVE);
	return SX_SUCCESS;
}

/* TDINFO_STRUCT; what there is no service TD for stays 0. */
struct td_info {
	u64 attributes, xfam;
	u8 mrtd[SX_SHA384_SIZE], ids[SX_MR_IDS][SX_SHA384_SIZE], rtmr[SX_NR_RTMRS][SX_SHA384_SIZE];
	u8 servtd_hash[SX_SHA384_SIZE], reserved[64];
};

/*
 * TDREPORT_STRUCT. Nobody can check it: the MAC is words that say so, and what would be the
 * processor's and the module's own measurements is 0.
 */
#define REPORT_DATA	64
struct td_report {
	u8 type, subtype, version, reserved0[13];
	u8 cpusvn[16], tcb_info_hash[SX_SHA384_SIZE], info_hash[SX_SHA384_SIZE];
	u8 data[REPORT_DATA], reserved1[32];
	char mac[32];
	u8 tcb_info[256];
	struct td_info info;
};
_Static_assert(sizeof(struct td_info) == 512, "TDINFO_STRUCT");
_Static_assert(sizeof(struct td_report) == 1024, "TDREPORT_STRUCT");
#define REPORT_OF_A_TD	0x81
static const char soft_mac[32] = "softtdx: no MAC, not a TDX host";

static bool get_info(struct sx_td *td, struct td_info *info)
{
	struct sx_measure *m = sx_measure_of(td);

	if (!sharex_try(&m->rtmr_lock, SX_SHARED))
		return false;
	*info = (struct td_info){ .attributes = td->attributes, .xfam = td->g.xfam };
	memcpy(info->mrtd, m->mrtd, sizeof(info->mrtd));
	memcpy(info->ids, m->ids, sizeof(info->ids));
	memcpy(info->rtmr, m->rtmr, sizeof(info->rtmr));
	sharex_release(&m->rtmr_lock, SX_SHARED);
	return true;
}

static void write_report(struct td_report *out, const u8 *data, const struct td_info *info)
{
	struct sx_sha384 sum;

	memset(out, 0, sizeof(*out));
	out->type = REPORT_OF_A_TD;
	memcpy(out->data, data, REPORT_DATA);
	memcpy(out->mac, soft_mac, sizeof(soft_mac));
	memcpy(&out->info, info, sizeof(*info));
	sx_sha384_init(&sum);
	sx_sha384_add(&sum, info, sizeof(*info));
	sx_sha384_end(&sum, out->info_hash);
}

/* RCX: where the report goes; RDX: 64 bytes of the guest's in it; R8: 0. */
u64 sx_tdg_report(struct sx_vp *vp, const struct sx_tdg_regs *r)
{
	struct td_info info;
	u8 data[REPORT_DATA];
	void *at;

	if (r->rcx & (sizeof(struct td_report) - 1))
		return SX_OPERAND_INVALID | SX_OP_RCX;
	at = r->rdx & (REPORT_DATA - 1) ? NULL : sx_guest_page(vp, r->rdx);
	if (!at)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	/* The guest's driver keeps the data within the room for the report. */
	memcpy(data, at, sizeof(data));
	if (r->r8)
		return SX_OPERAND_INVALID | SX_OP_R8;
	if (!get_info(vp->td, &info))
		return SX_OPERAND_BUSY | SX_OP_RTMR;
	at = sx_guest_page(vp, r->rcx);
	if (!at)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	write_report(at, data, &info);
	return SX_SUCCESS;
}
