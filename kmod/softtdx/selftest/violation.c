// SPDX-License-Identifier: GPL-2.0-only
/* Conformance checks of EPT violations: which are the guest's to handle, by #VE. */
#include "priv.h"

static struct sx_vp *vp_of(struct st *t)
{
	return sx_vp_of(t->sys, t->d.vp[0]);
}

/* A page that waits for ACCEPT is a #VE, nothing else of private memory is. */
void check_pending_is_ve(struct st *t)
{
	enum sx_state seen;

	st_td_run(t, &t->d, 1);
	EXPECT(sx_violation_is_ve(vp_of(t), GPA(0), &seen), false);	/* the host adds it */
	EXPECT(seen, SX_FREE);
	EXPECT(sx_violation_is_ve(vp_of(t), REGION(1), &seen), false);	/* nor is its table there */
	EXPECT(seen, SX_FREE);
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	EXPECT(sx_violation_is_ve(vp_of(t), GPA(0), &seen), true);
	EXPECT(seen, SX_PENDING);
	EXPECT(sx_violation_is_ve(vp_of(t), GPA(0) + 0xff8, &seen), true);
	OK(st_aug(t, REGION(1), 1, st_page(t, 1)));
	EXPECT(sx_violation_is_ve(vp_of(t), REGION(1) + 0x5000, &seen), true);
	/* Blocked, it is the host's, which is about to take it away. */
	st_block_track(t, GPA(0), 0);
	EXPECT(sx_violation_is_ve(vp_of(t), GPA(0), &seen), false);
	EXPECT(seen, SX_PENDING_BLOCKED);
	/* With SEPT_VE_DISABLE it is always the host's. */
	t->d.td->attributes |= SX_ATTR_SEPT_VE_DISABLE;
	EXPECT(sx_violation_is_ve(vp_of(t), REGION(1) + 0x5000, &seen), false);
	EXPECT(seen, SX_PENDING);
	t->d.td->attributes &= ~SX_ATTR_SEPT_VE_DISABLE;
}

#define SUPPRESS	(1ULL << 63)
#define SHARED(i)	(ST_SHARED | GPA(i))

/* The host's tables: four levels down to SHARED(0) and its neighbours. */
static u64 *shared_tables(struct st *t, u64 *root, u64 **middle)
{
	u64 page = *root = st_page(t, 0), *table = NULL;
	int level;

	for (level = 3; level >= 0; level--) {
		unsigned int i;

		if (level == 1)
			*middle = sx_page_va(t->sys, page);
		table = sx_page_va(t->sys, page);
		for (i = 0; i < SX_ENTRIES; i++)
			table[i] = SUPPRESS;
		if (!level)
			break;
		page = st_page(t, 0);
		table[sx_gpa_index(SHARED(0), (u32)level)] = page | 7;
	}
	return table;
}

void check_mmio_is_ve(struct st *t)
{
	u64 root, *leaf, *middle = NULL;
	enum sx_state seen;

	st_td_run(t, &t->d, 1);
	leaf = shared_tables(t, &root, &middle);
	t->cpu = 0;
	OK(st_call(t, SX_VP_WR, t->d.vp[0], 0x203c, root, ~0ULL));
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(0), &seen), false);
	leaf[0] = 0;			/* as KVM marks MMIO */
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(0), &seen), true);
	EXPECT(seen, SX_FREE);
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(1), &seen), false);
	leaf[0] = root | 1;		/* mapped, read-only: a write's violation is the host's */
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(0), &seen), false);
	/* Where a table is absent, or in its place a large page. */
	middle[sx_gpa_index(SHARED(0), 1)] = SUPPRESS;
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(0), &seen), false);
	middle[sx_gpa_index(SHARED(0), 1)] = 0;
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(0), &seen), true);
	middle[sx_gpa_index(SHARED(0), 1)] = 0x87;
	EXPECT(sx_violation_is_ve(vp_of(t), SHARED(0), &seen), false);
}
