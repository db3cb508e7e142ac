// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a TD is, as somebody far away can check it: MRTD, which building it extends. In the first
 * TDCS page, with the RTMRs; those and the report are the guest's, in report.c.
 */
#include "priv.h"

#define EXTENSION	128	/* bytes of an extension buffer */
#define CHUNK		256

void sx_measure_begin(struct sx_td *td, const void *ids)
{
	struct sx_measure *m = sx_measure_of(td);

	sx_sha384_init(&m->building);
	memcpy(m->ids, ids, sizeof(m->ids));
}

static void add_extension(struct sx_measure *m, const char *name, size_t len, u64 gpa)
{
	u8 buf[EXTENSION] = { 0 };

	memcpy(buf, name, len);
	memcpy(buf + 16, &gpa, sizeof(gpa));
	sx_sha384_add(&m->building, buf, sizeof(buf));
}

/* The page's address alone: what is in it only if the host asks for that by MR.EXTEND. */
void sx_measure_page(struct sx_td *td, u64 gpa)
{
	add_extension(sx_measure_of(td), "MEM.PAGE.ADD", 12, gpa);
}

void sx_measure_chunk(struct sx_td *td, u64 gpa, const void *chunk)
{
	struct sx_measure *m = sx_measure_of(td);

	add_extension(m, "MR.EXTEND", 9, gpa);
	sx_sha384_add(&m->building, chunk, CHUNK);
}

void sx_measure_end(struct sx_td *td)
{
	struct sx_measure *m = sx_measure_of(td);

	sx_sha384_end(&m->building, m->mrtd);
}

bool sx_td_register(struct sx_td *td, unsigned int i, u8 out[SX_MR_SIZE])
{
	struct sx_measure *m = sx_measure_of(td);

	if (i > SX_NR_RTMRS || td->op_state != OP_RUNNABLE)
		return false;
	memcpy(out, i ? m->rtmr[i - 1] : m->mrtd, SX_MR_SIZE);
	return true;
}
