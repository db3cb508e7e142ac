/* SPDX-License-Identifier: GPL-2.0-only */
/* What the conformance checks share: a module, TDs on it, and comparisons. */
#ifndef SOFTTDX_CORE_SELFTEST_PRIV_H
#define SOFTTDX_CORE_SELFTEST_PRIV_H

#include "core/priv.h"
#include "hash/hash.h"
#include "selftest.h"

#define ST_MAX_VPS	6
#define ST_MAX_PAGES	400

struct st_td {
	u64 tdr, tdcs[SX_TDCS_PAGES];
	u64 vp[ST_MAX_VPS], tdcx[ST_MAX_VPS][SX_TDCX_PAGES];
	unsigned int nr_vps;
	u64 hkid;
	struct sx_td *td;
};

/* One check under way; lives in one page of the environment. */
struct st {
	struct sx_sys *sys;
	const struct sx_st_env *env;
	const char *name;
	unsigned int faults;
	unsigned int cpu, pkg;
	struct sx_args out;	/* of the last call */
	u64 pair[2];		/* R12 and R13, of st_call_saved() */
	/* Run by the yield hook at the first @hook_at after st_hook(), once. */
	void (*hook)(struct st *t);
	enum sx_yield hook_at;
	unsigned int hooks_run;
	u64 pages[ST_MAX_PAGES];	/* to be freed; bit 0: 2M */
	unsigned int nr_pages;
	struct st_td d;		/* the TD that most checks use */
	u64 params;		/* a page with TD_PARAMS */
	u64 hook_status;
	u64 scratch[8];
};
_Static_assert(sizeof(struct st) <= SX_PAGE_SIZE, "check state must fit into a page");

/* GPAs: one 2M region with a table, 4K page @i of it; other 2M regions @r without. */
#define GPA(i)		(0x40000000ULL + (u64)(i) * 0x1000)
#define REGION(r)	(0x40000000ULL + (u64)(r) * 0x200000)
#define ST_SHARED	(1ULL << 47)	/* of a GPA, with GPAW 48 */
#define RIP		0xfffffff0ULL

/* EPTP controls of TD_PARAMS: write-back, and so many levels. */
#define ST_EPTP_4	0x1eULL
#define ST_EPTP_5	0x26ULL

u64 st_call(struct st *t, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r9);
u64 st_enter(struct st *t, u64 vp, struct sx_enter *e);
void st_exit(struct st *t, u64 vp);
u64 st_accept(struct st *t, u64 vp, u64 gpa_level, bool *violation);
u64 st_call_saved(struct st *t, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r12, u64 r13);
/* With dynamic PAMT 4K pages come with a pair for their frame. */
u64 st_page(struct st *t, unsigned int level);
void st_expect(struct st *t, const char *what, u64 got, u64 want);
void st_seen(u64 status);
void st_hook(struct st *t, enum sx_yield at, void (*hook)(struct st *t));

#define EXPECT(got, want)	st_expect(t, __FILE_NAME__ ": " #got, (u64)(got), (u64)(want))
#define OK(got)			EXPECT(got, SX_SUCCESS)

/*
 * TD life: up to keys configured, initialised, with vCPUs, finalised. Every step expects success.
 */
void st_td_create(struct st *t, struct st_td *d, u64 hkid);
void st_td_init(struct st *t, struct st_td *d, u64 attributes);
u64 *st_params(struct st *t, u64 attributes);
void st_vp_add(struct st *t, struct st_td *d);
void st_td_build(struct st *t, struct st_td *d, unsigned int nr_vps);	/* all but FINALIZE */
void st_td_run(struct st *t, struct st_td *d,
	       unsigned int nr_vps); /* all, with REGION(0)'s tables */
void st_td_release_key(struct st *t, struct st_td *d);
void st_td_destroy(struct st *t, struct st_td *d);

/*
 * Dynamic PAMT from here on, if the release has it; else false. st_static() ends the TD, takes back
 * all pairs and goes back: every check that st_dynamic() was true for ends with it.
 */
bool st_dynamic(struct st *t);
void st_static(struct st *t);

/* Leaves on t->d. */
u64 st_sept_add(struct st *t, u64 gpa, unsigned int level);
u64 st_aug(struct st *t, u64 gpa, unsigned int level, u64 page);
u64 st_mem(struct st *t, u64 leaf, u64 gpa, unsigned int level);
/* A TD that runs with one vCPU, ->d, and a 2M page at @gpa, accepted or pending: which page. */
u64 st_big_page(struct st *t, u64 gpa, bool accepted);
u64 st_track(struct st *t);
void st_tables(struct st *t, u64 gpa); /* S-EPT pages down to level 0 of @gpa; existing ones stay */
void st_map(struct st *t, u64 gpa, u64 vp);	/* AUG and ACCEPT */
/* A TD that runs, ->d, its vCPU @inside in the guest; @pages pages, the i-th accepted at GPA(i). */
struct sx_vp *st_run_guest(struct st *t, unsigned int nr_vps, unsigned int inside,
			   unsigned int pages);
u64 st_tdcall(struct sx_vp *vp, u64 leaf, struct sx_tdg_regs *r);
void st_block_track(struct st *t, u64 gpa, unsigned int level);
/* The call until an injected BUSY interrupts it: it says so, and gives its operands back. */
void st_interrupt(struct st *t, u64 leaf, u64 rcx, u64 rdx, u64 r8);
enum sx_state st_state(struct st *t, u64 gpa, unsigned int level);
void st_zero_step_arm(struct st *t, u64 vp, u64 gpa);

/* The low half of OP_STATE_INCORRECT says the state since 1.5.20. */
static inline u64 st_ops_incorrect(struct st *t, enum sx_op_state is)
{
	return SX_OP_STATE_INCORRECT | (sx_since(t->sys, SX_R_1_5_25) ? is : 0);
}

/* RCX of an entry-level status, but for the address of a leaf. */
#define ARCH_TABLE	0x407ULL
#define ARCH_MAPPED	(1ULL << 63 | 0x4f7ULL)
#define ARCH_UNMAPPED	(1ULL << 63 | 0xf0ULL)	/* blocked or pending leaf */

/* The packed RDX of an entry-level status. */
#define ENTRY_INFO(level, state)	((u64)(level) | (u64)(state) << 8)

#define X(name) void check_##name(struct st *t);
SX_SELFTESTS(X)
#undef X

#endif
