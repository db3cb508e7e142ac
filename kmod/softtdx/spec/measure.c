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
