/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A specification of the TDX module to hold the core against: the rules of S-EPT states, locks,
 * epochs and life cycle, said a second time and in another way. There is no page table, no packed
 * word and no atomic here: entries are a small array indexed by level and path, locks are counts,
 * an epoch is a number. It shares with the core the numbers of its interface (leaves, statuses,
 * states, operand ids) and no code.
 *
 * The world is small: SPEC_CPUS processors in two packages, SPEC_TDS TDs, five 2M blocks of
 * memory, and of each level of a TD's S-EPT only the entries on 64 paths. A call is taken in steps:
 * up to where it holds its locks, and from there to its end, so that calls of other processors can
 * come in between. See walk/walk.h for who drives it.
 *
 * May include: core, hash.
 */
#ifndef SOFTTDX_CORE_SPEC_H
#define SOFTTDX_CORE_SPEC_H

#include "core/core.h"
#include "hash/hash.h"	/* a library's, in either surroundings */

#define SPEC_CPUS	4
#define SPEC_PACKAGES	2
#define SPEC_TDS	3
#define SPEC_VPS	6
#define SPEC_WORDS	(SPEC_VPS + 1)	/* of a page, and one that the host reads and writes */
#define SPEC_HKIDS	4	/* 0 is the host's */
#define SPEC_BLOCKS	5
#define SPEC_PAGES	(SPEC_BLOCKS * 512)
#define SPEC_PATHS	64
#define SPEC_NARROW	32	/* those whose GPA has 47 bits at most */
#define SPEC_LEVELS	5
#define SPEC_GPAS	32	/* zero-step remembers */
#define SPEC_ZERO_STEP	3	/* parameters of the module under test */
#define SPEC_HP_TIMEOUT	2
#define SPEC_MAX_VPS	2	/* of a TD, as the parameter page says */
#define SPEC_RTMRS	4
#define SPEC_NONE	0xff

/* Page operands: a page number, or an address that is none. */
#define SPEC_MISALIGNED	0xfffe
#define SPEC_BEYOND	0xfffd
#define SPEC_KEY_BITS	0xfffc	/* TD_PARAMS, with key id bits */
#define SPEC_TAIL	SPEC_PAGES	/* the block in which memory ends: no page of it is used */
/*
 * Never given to a TD: TD_PARAMS good, of a debug TD, of one with 5 levels of S-EPT and of one that
 * has GPAs of 52 bits beside, and bad; sources of PAGE.ADD. The second and the fourth have
 * SEPT_VE_DISABLE. Of CPUID the first chooses nothing, the second something of each leaf, the third
 * no more than the processor's signature, the fourth all it can; four pages choose what it cannot.
 * The host's table of shared memory, a page for each level from the lowest up.
 */
enum {
	SPEC_P_ZERO, SPEC_P_PARAMS, SPEC_P_DEBUG_PARAMS, SPEC_P_DEEP_PARAMS, SPEC_P_WIDE_PARAMS,
	SPEC_P_BAD_PARAMS, SPEC_P_BAD_CPUID, SPEC_P_SRC0 = SPEC_P_BAD_CPUID + 4, SPEC_P_SRC1,
	SPEC_P_SHARED, SPEC_P_FIRST = SPEC_P_SHARED + 5
};

/* What a processor does next. SEAMCALLs go by their leaf number. */
enum spec_op {
	SPEC_RESUME = SX_NR_LEAVES,	/* go on from the yield point where the call stands */
	SPEC_EXIT,			/* TD exit */
	SPEC_ACCEPT,			/* TDG.MEM.PAGE.ACCEPT */
	SPEC_TOUCH,			/* the guest reads and writes a word, through its TLB */
	SPEC_VIOLATION,			/* EPT violation; a private one is followed by SPEC_EXIT */
	SPEC_FATAL,			/* a machine check in the TD */
	SPEC_RTMR,			/* TDG.MR.RTMR.EXTEND */
	SPEC_VP_RD, SPEC_VP_WR,		/* TDG.VP.RD, TDG.VP.WR */
	SPEC_VE,			/* the guest does what is a #VE */
	SPEC_VEINFO,			/* TDG.VP.VEINFO.GET */
	SPEC_NMI,			/* an NMI can be delivered */
	SPEC_CPUIDVE,			/* TDG.VP.CPUIDVE.SET */
	SPEC_CR,			/* the guest writes CR0, CR4 or CR8 */
	SPEC_REPORT,			/* TDG.MR.REPORT */
	SPEC_NR_OPS
};

enum spec_bad { SPEC_GPA_OK, SPEC_GPA_SHARED, SPEC_GPA_LOW_BITS };

/* One step of a sequence. Fields that an operation does not take are 0. */
struct spec_act {
	u8 cpu;
	u8 op;		/* enum sx_leaf or enum spec_op */
	u8 level;	/* of the GPA, 0..7 */
	u8 path;	/* 0..SPEC_PATHS-1 */
	u8 bad;		/* enum spec_bad */
	u8 arg;		/* HKID, field, RIP, source or flag, by operation */
	u8 version;	/* of the leaf */
	u16 page;	/* TDR or TDVPR */
	u16 page2;	/* page given, or TD_PARAMS */
	u16 pair[2];	/* pages for 4K PAMT entries */
};

struct spec_lock {
	u8 ex, sh;
	bool lost;	/* by a call, since it was last taken; of the tree alone */
};

struct spec_page {
	u8 type;	/* enum sx_page_type */
	u8 td, vp;	/* owner; of a TDVPR its vCPU, of a TDR itself */
	bool pamt;	/* one of a pair that holds 4K PAMT entries */
	struct spec_lock lock;
	u64 bepoch;
	u64 word[SPEC_WORDS];	/* content: one for each vCPU, the last for MEM.RD and MEM.WR */
};

struct spec_entry {
	u8 state;	/* enum sx_state */
	bool locked, prio;
	u8 rest;	/* of a table that DEMOTE made: state of the entries that are on no path */
	u16 page, rest_page;	/* rest_page: of the first entry, as DEMOTE made it */
};

enum spec_life { SPEC_ASSIGNED, SPEC_KEYED, SPEC_BLOCKED, SPEC_TEARDOWN };
enum spec_ops { SPEC_UNINIT, SPEC_INIT, SPEC_RUNNABLE };

struct spec_td {
	bool exists, fatal, debug, wide, no_ve;	/* no_ve: SEPT_VE_DISABLE */
	u8 levels;
	u16 tdr, params;	/* the TD_PARAMS it has */
	u8 life, ops, hkid, key_pkgs, nr_tdcs, nr_vps, nr_assoc;
	u32 children;
	u64 epoch;
	u32 inside[2];
	struct spec_lock tree, epoch_lock, op_lock;
	struct spec_entry e[SPEC_LEVELS][SPEC_PATHS];
	u64 count[SX_NR_COUNTS];
	struct sx_sha384 building;	/* of all that MRTD is the hash of, up to here */
	u8 mrtd[SX_MR_SIZE], rtmr[SPEC_RTMRS][SX_MR_SIZE];
};

enum spec_vp_state { SPEC_VP_UNINIT, SPEC_VP_READY, SPEC_VP_ACTIVE };

struct spec_vp {
	bool exists, fresh, flush_due;
	u8 td, state, nr_tdcx, lp;
	u16 tdvpr;
	u64 epoch;	/* of the last entry */
	u8 rip, faults, nr_gpas, hp_tries;
	u8 gpas[SPEC_GPAS];
	u64 pend_nmi;	/* the field that VP.WR writes here */
	u8 index;	/* in the order of VP.INIT */
	u8 cpuid_ve[2];	/* fields that the guest writes */
	u8 ve;		/* qualification of the #VE it has not asked about, 0: none */
	bool shared;	/* its SHARED_EPT_POINTER is set */
	u8 tpr;
	u64 tlb;	/* paths with a translation */
	u16 tlb_page[SPEC_PATHS];
	u64 tags;	/* words written */
};

/* What a call has to return. */
struct spec_out {
	u64 status;
	bool entry;		/* RCX and RDX describe an entry: */
	u8 level, state;
	u16 page;
	bool hpa;		/* RCX is the address of @page */
	bool given;		/* RCX and RDX are as they were given */
	bool unchanged;		/* and all other registers */
	u64 rcx, rdx, r8;	/* else, where @values */
	bool values;
	bool rdx_page;		/* RDX is the address of @page */
	bool last;		/* of its frame: the hint in RCX, of RECLAIM in R9 */
	bool r8_page;		/* R8 is the address of @page */
	bool pair;		/* RDX and R8, of PROMOTE R12 and R13, are addresses of @pages */
	u16 pages[2];
	u64 r9, r10, r11, r12, r13;
	bool nothing;		/* R9 to R11 are all ones, of MNG.RD and VP.RD RDX is */
	bool flush, synth, violation, touched, ve;
	u8 gpa_path;
	u64 word;		/* TOUCH: what is read */
};

/* Where a call stands. */
enum spec_stop { SPEC_DONE, SPEC_LOCKED, SPEC_ENTERING };

struct spec_cpu {
	u8 stop;		/* enum spec_stop; SPEC_DONE: no call under way */
	u8 guest;		/* vCPU that runs here, or SPEC_NONE */
	bool must_exit;		/* after a violation */
	u16 last_tdvpr;		/* of the vCPU that ran here last */
	struct spec_act act;
	u8 td, vp;
	struct spec_lock *held[12];
	u8 mode[12];		/* 1 shared, 2 exclusive */
	u8 nr_held;
	struct spec_entry *entry, *pieces;
	bool entry_held;
	u8 nr_pieces;		/* that are held too */
	struct spec_lock *keep[4];	/* held while the guest runs */
	u8 nr_keep;
	struct spec_out out;
};

struct spec_kot {
	u8 state;		/* 0 free, 1 assigned, 2 flushed */
	u8 pkgs;		/* that have written back */
};

/* What dynamic PAMT adds to a 2M block: pages that hold the entries of its 4K pages. */
struct spec_pair {
	bool there;
	u16 page[2];
};

struct spec {
	struct spec_page page[SPEC_PAGES];
	struct spec_page big[SPEC_BLOCKS + 1];	/* and the tail */
	struct spec_pair pair[SPEC_BLOCKS + 1];
	struct spec_td td[SPEC_TDS];
	struct spec_vp vp[SPEC_VPS];
	struct spec_cpu cpu[SPEC_CPUS];
	struct spec_kot kot[SPEC_HKIDS];
	u8 release;		/* enum sx_release: the rules that hold */
	bool dynamic;		/* PAMT */
	bool stale;		/* a guest used a translation of a page that has left it */
};

#define SPEC_POISON	0xdeadbeefdeadbeefULL
#define SPEC_SRC_WORD	0x5eed0000ULL
#define SPEC_HOST_WORD	0xdeb0000ULL	/* MEM.WR writes it and arg */

/* @s zeroed but for its release and dynamic. */
void spec_init(struct spec *s);

/*
 * Begins @a on its processor, which must be free of calls. SPEC_DONE: s->cpu[].out is the answer;
 * else the call stands at a yield point with its locks held and goes on with spec_resume().
 */
enum spec_stop spec_start(struct spec *s, const struct spec_act *a);
enum spec_stop spec_resume(struct spec *s, unsigned int cpu);

/* No call under way and no vCPU inside. */
bool spec_quiet(const struct spec *s);

/* The entry where a walk to @level of @path ends; *@at is its level. */
struct spec_entry *spec_walk(struct spec_td *td, u8 path, u8 level, u8 *at);
static inline u8 spec_index(u8 path, u8 level)
{
	return level ? path >> (level + 1) : path;
}

/* Paths that are private GPAs of the TD. */
static inline u8 spec_paths(const struct spec_td *td)
{
	return td->wide ? SPEC_PATHS : SPEC_NARROW;
}

/* Page that a guest access to @path reaches, or SPEC_BEYOND if it cannot. */
u16 spec_translate(struct spec_td *td, u8 path);
/* Page number within its 2M that the last index of @path selects: 0, 1, 2, 511. */
u16 spec_low_index(u8 path);

/* What spec.c and mem.c share. */
struct spec_page *spec_leaf(struct spec *s, u16 page);
u64 spec_lock_page(struct spec *s, struct spec_cpu *c, u16 page, u8 level, u8 mode);
bool spec_take(struct spec_cpu *c, struct spec_lock *l, u8 mode);
bool spec_take_tree(struct spec_cpu *c, struct spec_td *td, u8 mode);
u64 spec_lock_tdr(struct spec *s, struct spec_cpu *c, u16 page, u8 mode, u8 operand);
u64 spec_lock_tdvpr(struct spec *s, struct spec_cpu *c, u16 page, u8 mode, u8 tdr_mode,
		    u8 operand);
u64 spec_associate(struct spec *s, struct spec_cpu *c);
static inline bool spec_since(const struct spec *s, enum sx_release r)
{
	return s->release >= r;
}
u64 spec_check_td(struct spec *s, struct spec_cpu *c, bool lock, u8 ops);
u64 spec_take_free(struct spec *s, struct spec_cpu *c, u16 page, u8 level, u8 operand);
void spec_give(struct spec *s, u16 page, u8 level, u8 type, u8 td);
void spec_return_page(struct spec *s, struct spec_cpu *c, u16 page, u8 level);
void spec_host_has(struct spec *s, u16 page, u64 word);
void spec_release(struct spec_cpu *c);
enum spec_stop spec_fail(struct spec_cpu *c, u64 status);
enum spec_stop spec_fail_entry(struct spec_cpu *c, u64 status, const struct spec_entry *e,
			       u8 level);
bool spec_tracked(const struct spec_td *td, u64 bepoch);
#define SPEC_OPS(x)	(1u << (x))
#define SPEC_BUILT	(SPEC_OPS(SPEC_INIT) | SPEC_OPS(SPEC_RUNNABLE))

u64 spec_at_once(struct spec *s, struct spec_cpu *c);	/* leaves that nothing can come between */
enum spec_stop spec_mem_start(struct spec *s, struct spec_cpu *c);
enum spec_stop spec_mem_resume(struct spec *s, struct spec_cpu *c);
enum spec_stop spec_guest(struct spec *s, struct spec_cpu *c);

/* measure.c */
void spec_measure_begin(struct spec_td *td);
void spec_measure_page(struct spec_td *td, u64 gpa);
void spec_measure_chunk(struct spec_td *td, u64 gpa, const struct spec_page *p);
void spec_measure_end(struct spec_td *td);
u64 spec_rtmr(struct spec *s, struct spec_cpu *c);
#define SPEC_REPORT_DATA(a)	((u8)(0x40 + (a)->cpu * 8 + (a)->arg))	/* a byte, 64 times */
u64 spec_report(struct spec *s, struct spec_cpu *c);
/* The address that a path stands for; walk/ makes its operands of it. */
u64 spec_gpa(u8 level, u8 path);

/* cpuid.c */
#define SPEC_FIELDS	11	/* of MNG.RD */
u64 spec_cpuid_refused(struct spec_cpu *c);
u64 spec_td_field(struct spec_td *td, struct spec_cpu *c);
/* TD_PARAMS: word @i of CPUID's values, as page @page has it; walk/ writes them. */
#define SPEC_CPUID_WORDS	96
u64 spec_cpuid_word(u16 page, unsigned int i);

/* cr.c: by bits 1 and up of @arg CR0.PG, CR4.PAE, EFER.LMA and CR0's bits that stay; bit 0: CS.L */
void spec_cr(struct spec_vp *vp, struct spec_cpu *c);
static inline u64 spec_cr_value(const struct spec_act *a)
{
	return a->page | (u64)a->page2 << 16 | (u64)a->pair[0] << 32 | (u64)a->pair[1] << 48;
}
static inline u16 spec_shared_root(const struct spec_td *td)
{
	return SPEC_P_SHARED + td->levels - 1;
}
/* Entry of the host's table, its address bits aside. */
u64 spec_shared_entry(u8 level, u16 index);

/* inside.c: what a vCPU asks the module for */
void spec_inside(struct spec *s, struct spec_cpu *c);

/* pamt.c */
void spec_unpair(struct spec *s, struct spec_cpu *c, u16 block);
u64 spec_take_pair(struct spec *s, struct spec_cpu *c, u16 block, u8 first, u8 second);
enum spec_stop spec_pamt_start(struct spec *s, struct spec_cpu *c);
enum spec_stop spec_pamt_resume(struct spec *s, struct spec_cpu *c);
unsigned int spec_used(const struct spec *s, u16 block);

#endif
