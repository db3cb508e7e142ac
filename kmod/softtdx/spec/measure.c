// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification: what is measured. MRTD is the hash of one long text: 128 bytes for each page
 * that is added, 384 for each 256 that the host has measured. An RTMR is the hash of what it was
 * and of 48 bytes.
 */
#include "spec.h"

void spec_measure_begin(struct spec_td *td)
{
	unsigned int i, b;

	sx_sha384_init(&td->building);
	for (i = 0; i < SPEC_RTMRS; i++) {
		for (b = 0; b < SX_MR_SIZE; b++)
			td->rtmr[i][b] = 0;
	}
}

static void heading(struct spec_td *td, const char *text, u64 gpa)
{
	u8 line[128];
	unsigned int i;

	for (i = 0; i < sizeof(line); i++)
		line[i] = i >= 16 && i < 24 ? (u8)(gpa >> 8 * (i - 16)) : 0;
	for (i = 0; text[i]; i++)
		line[i] = (u8)text[i];
	sx_sha384_add(&td->building, line, sizeof(line));
}

void spec_measure_page(struct spec_td *td, u64 gpa)
{
	heading(td, "MEM.PAGE.ADD", gpa);
}

/* The first 256 bytes of a page: its words from the eighth on, nothing else. */
void spec_measure_chunk(struct spec_td *td, u64 gpa, const struct spec_page *p)
{
	u64 chunk[32];
	unsigned int i;

	for (i = 0; i < 32; i++)
		chunk[i] = i >= 8 && i < 8 + SPEC_WORDS ? p->word[i - 8] : 0;
	heading(td, "MR.EXTEND", gpa);
	sx_sha384_add(&td->building, chunk, sizeof(chunk));
}

void spec_measure_end(struct spec_td *td)
{
	sx_sha384_end(&td->building, td->mrtd);
}

/*
 * By 48 bytes of a page that is mapped, whatever the vCPU's TLB says; there all pages have zeros.
 * Nobody else is at the registers: a vCPU is never stopped within.
 */
u64 spec_rtmr(struct spec *s, struct spec_cpu *c)
{
	struct spec_td *td = &s->td[s->vp[c->guest].td];
	u8 text[2 * SX_MR_SIZE] = { 0 };
	struct sx_sha384 sum;
	unsigned int b;
	u8 at;

	if (c->act.bad || spec_walk(td, c->act.path, 0, &at)->state != SX_MAPPED)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (c->act.arg >= SPEC_RTMRS)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	for (b = 0; b < SX_MR_SIZE; b++)
		text[b] = td->rtmr[c->act.arg][b];
	sx_sha384_init(&sum);
	sx_sha384_add(&sum, text, sizeof(text));
	sx_sha384_end(&sum, td->rtmr[c->act.arg]);
	return 0;
}

static void put(u8 *at, u64 value)
{
	unsigned int b;

	for (b = 0; b < 8; b++)
		at[b] = (u8)(value >> 8 * b);
}

static void copy(u8 *to, const u8 *from, unsigned int n)
{
	while (n--)
		*to++ = *from++;
}

/* The last 512 bytes: what the TD is. */
static void info(const struct spec_td *td, u8 *at)
{
	unsigned int i;

	put(at, (td->debug ? SX_ATTR_DEBUG : 0) | (td->no_ve ? SX_ATTR_SEPT_VE_DISABLE : 0));
	put(at + 8, 3);
	copy(at + 16, td->mrtd, SX_MR_SIZE);
	for (i = 0; i < SPEC_RTMRS; i++)
		copy(at + 208 + i * SX_MR_SIZE, td->rtmr[i], SX_MR_SIZE);
}

/*
 * By 64 bytes of the page that the report goes into; arg 1: R8 is not 0; 2: they are not aligned;
 * 3: they are in shared memory. R8 is the beginning of the hash of what the guest then has.
 */
u64 spec_report(struct spec *s, struct spec_cpu *c)
{
	const struct spec_act *a = &c->act;
	struct spec_td *td = &s->td[s->vp[c->guest].td];
	u8 report[1024] = { 0x81 }, sum[SX_MR_SIZE], at;
	bool there = spec_walk(td, a->path, 0, &at)->state == SX_MAPPED;
	struct sx_sha384 hash;
	unsigned int i;

	if (a->bad == SPEC_GPA_LOW_BITS)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (!there || a->arg == 2 || a->arg == 3)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	if (a->arg == 1)
		return SX_OPERAND_INVALID | SX_OP_R8;
	if (a->bad == SPEC_GPA_SHARED)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	info(td, report + 512);
	sx_sha384_init(&hash);
	sx_sha384_add(&hash, report + 512, 512);
	sx_sha384_end(&hash, report + 80);
	for (i = 0; i < 64; i++)
		report[128 + i] = SPEC_REPORT_DATA(a);
	copy(report + 224, (const u8 *)"softtdx: no MAC, not a TDX host", 31);
	sx_sha384_init(&hash);
	sx_sha384_add(&hash, report, sizeof(report));
	sx_sha384_end(&hash, sum);
	for (i = 0; i < 8; i++)
		c->out.r8 |= (u64)sum[i] << 8 * i;
	return 0;
}
