/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the softtdx core: module, TD and vCPU state, and what the core's files share. They call
 * one way (tests/style/circles): enter.c, core.c, the leaves, sept.c and epoch.c, life.c with the
 * checks that open each leaf, pamt.c, pair.c.
 */
#ifndef SOFTTDX_CORE_PRIV_H
#define SOFTTDX_CORE_PRIV_H

#include "core.h"
#include "hash/hash.h"
#include "lock.h"
#include "tdg.h"

#define SX_PAGE_SHIFT	12
#define SX_PAGE_SIZE	4096ULL
#define SX_NR_CPUS	1024
#define SX_NONE		(~0u)

/* What a TD begins as: GPAW 48, in which GPA bit 47 says shared, and a root at level 3. */
#define SX_GPAW		48
#define SX_ROOT_LEVEL	3
#define SX_ANY_LEVEL	7	/* any that the TD's tree has */
#define SX_ENTRIES	512

/*
 * One PAMT entry; 4K, 2M and 1G entries are alike. Type and owner change under the exclusive lock.
 */
struct sx_pamt {
	u16 lock;		/* sharex_hp */
	u8 type;		/* enum sx_page_type; the oracle reads it unlocked, hence atomic */
	u8 mark;		/* sx_td_check()'s own */
	u32 owner;		/* page number of the TDR */
	u64 bepoch;		/* TD epoch at BLOCK; written under the tree lock, hence atomic */
};
_Static_assert(sizeof(struct sx_pamt) == 16, "PAMT entry size is part of sx_sys_size()'s contract");

enum sx_hkid_state { HKID_FREE, HKID_ASSIGNED, HKID_FLUSHED };

/*
 * Key ownership table. Changed under the KOT lock held exclusively, but wb_pkgs: CACHE.WB is a
 * reader.
 */
struct sx_kot {
	u64 wb_pkgs;		/* packages that flushed this key id */
	u32 wb_left;		/* packages that have yet to */
	u32 state;
	u64 wbinvd[SX_NR_CLASSES];	/* PAGE.WBINVD calls since assigned, by status */
};

/* CACHE.WB session of a package; under its own lock. */
struct sx_wbt {
	u32 lock;
	bool resumable;
	u64 hkids[SX_MAX_HKIDS / 64];	/* that were FLUSHED when the session began */
};

/* A logical processor. Only calls from it touch it; relaxed atomics since a caller may migrate. */
struct sx_lp {
	u64 rng;		/* 0 until used */
	u64 last_tdvpr;
	u32 injected;
} __attribute__((aligned(64)));

#define SX_NR_SLOTS	35	/* implemented leaves */

/* Counts, with a dense leaf index so that they fit into the TDR page. */
struct sx_counts {
	u64 leaf[SX_NR_SLOTS][SX_NR_CLASSES];
	u64 count[SX_NR_COUNTS];
};

/* How far the host has brought the module up; SYS leaves change it under their lock. */
enum sx_boot_state { BOOT_READY, BOOT_SYSINIT_PENDING, BOOT_SYSINIT_DONE, BOOT_SYSCONFIG_DONE };

#define SX_MAX_TDMRS	64
struct sx_tdmr {
	u64 base, end, next;	/* next: not yet initialised from here on */
};

struct sx_boot {
	u32 state;		/* every call looks at it */
	u32 lock;
	u32 nr_lps, init_lps;
	u32 init_pkgs;
	u32 hkid;		/* the module's own key id; 0 until SYS.CONFIG */
	u32 nr_tdmrs;
	bool dynamic;		/* PAMT */
	u64 pkgs;
	bool lps[SX_NR_CPUS];
	struct sx_tdmr tdmrs[SX_MAX_TDMRS];
};

struct sx_sys {
	struct sx_params params;
	u64 seed;
	void (*yield)(void *arg, enum sx_yield where);
	void *yield_arg;
	u64 nr_pages;
	u64 nr_direct;		/* leaves below need their function alone; 0 with dynamic PAMT */
	u32 nr_hkids;
	struct sx_pamt *pamt[3];	/* by level */
	u16 kot_lock;
	struct sx_boot boot;
	struct sx_kot kot[SX_MAX_HKIDS];
	struct sx_wbt wbt[SX_MAX_PACKAGES];
	struct sx_lp lp[SX_NR_CPUS];
	struct sx_counts totals;
	void (*native_cpuid)(u32 leaf, u32 sub, u32 out[4]);
};

/* What a TD's guest side keeps; set by MNG.INIT, fields that the guest writes are atomic. */
#define SX_TD_CTLS_ENUM_TOPOLOGY	2ULL
struct sx_td_guest {
	u64 xfam;
	u64 config_flags, td_ctls, notify_enables, topology_configured;	/* as TDG.VM.RD sees them */
	u32 tsc_25mhz;
	u64 tdcs;		/* the first of the TDCS pages */
};

/* And a vCPU's; its own. */
struct sx_vp_guest {
	struct sx_ve_info ve;
	bool ve_valid;
	u8 cpuid_ve[2];		/* CPUID_SUPERVISOR_VE, CPUID_USER_VE */
	u8 tpr;
	u64 irr[4], isr[4];
};

enum sx_lifecycle { TD_HKID_ASSIGNED, TD_KEYS_CONFIGURED, TD_BLOCKED, TD_TEARDOWN };
enum sx_op_state { OP_UNINITIALIZED, OP_INITIALIZED, OP_RUNNABLE };

/*
 * A TD, all of it in the TDR page; the TDCS pages hold the root page only. Life cycle, op_state and
 * everything MNG.INIT sets change under the TDR's PAMT lock held exclusively and are read under it.
 */
struct sx_td {
	struct sx_sys *sys;
	u64 tdr;
	u64 attributes;
	u64 root;
	u64 key_pkgs;		/* packages that did KEY.CONFIG */
	u32 key_left;
	u32 hkid;
	u32 nr_tdcs;
	u32 max_vps;
	u8 lifecycle;
	u8 op_state;
	u8 fatal;		/* atomic: set from anywhere */
	u8 root_level;		/* of the S-EPT */
	u8 gpaw;		/* address bits of the guest, the shared one among them */
	u64 children;		/* atomic: CHLDCNT */
	u32 nr_vps;		/* atomic */
	u32 nr_assoc;		/* atomic */
	u16 op_lock;		/* sharex_hp */

	/*
	 * Contended; each on its own line so that the false sharing does not become part of a
	 * result.
	 */
	u16 tree_lock __attribute__((aligned(64)));	/* sharex_hp */
	u16 epoch_lock __attribute__((aligned(64)));	/* sharex */
	u64 epoch;					/* sx_epoch_*(); atomic */
	struct sx_counts counts __attribute__((aligned(64)));
	/* Behind all else: what a payload runs through stays where it was. */
	struct sx_td_guest g;
};
_Static_assert(sizeof(struct sx_td) <= SX_PAGE_SIZE, "TD state must fit into the TDR page");

enum sx_vp_state { VP_UNINITIALIZED, VP_READY, VP_ACTIVE };

#define SX_GPA_LIST	32	/* zero-step: faulting GPAs remembered */
#define SX_VP_FIELDS	8	/* fields that VP.RD and VP.WR know */

/* A page of PAMT locks held: the path to a leaf, or for an implicit lock the leaf alone. */
struct sx_hold {
	struct sx_pamt *leaf;
	u64 pa;
	u8 level;
	u8 mode;		/* enum sx_mode */
	bool path;		/* larger-page entries above the leaf are held shared too */
};

/*
 * A vCPU, in its TDVPR page. Created and initialised under the TDVPR's PAMT lock held exclusively;
 * the rest belongs to the logical processor the vCPU is associated with.
 */
struct sx_vp {
	struct sx_td *td;
	u64 tdvpr;
	u64 initial_rcx;
	u32 index;
	u32 nr_tdcx;
	u32 lp;			/* associated with, or SX_NONE; atomic */
	u8 state;		/* atomic */
	bool fresh;		/* associated since its last entry */
	bool flush_due;		/* stale translations, not yet flushed by an entry */
	u64 epoch;		/* TD epoch of its last entry */
	u64 entry_rip;
	u32 faults;		/* private violations at entry_rip, up to the threshold */
	u32 nr_gpas;
	u64 gpas[SX_GPA_LIST];
	u64 hp_tries;		/* ACCEPTs in a row that met host priority */
	struct sx_hold tdvpr_hold, tdr_hold;	/* while in the guest */
	u64 fields[SX_VP_FIELDS];
	struct sx_vp_guest g;
};
_Static_assert(sizeof(struct sx_vp) <= SX_PAGE_SIZE, "vCPU state must fit into the TDVPR page");

/* One SEAMCALL under way: operands, what it found, and the locks to give back. */
struct sx_call {
	struct sx_sys *sys;
	struct sx_args *a;
	enum sx_leaf leaf;
	u32 version;
	u32 cpu;
	u32 pkg;
	bool inject;		/* may still be failed on purpose */
	bool saved;		/* @a is a struct sx_args_saved's */
	struct sx_td *td;	/* set while its TDR is held */
	struct sx_vp *vp;
	struct sx_hold tdr, tdvpr, page;
	u8 op, tree, kot;	/* enum sx_mode held */
	u8 level;
	u64 gpa;
	u64 *entry;		/* target entry; held if @entry_held */
	u64 val;		/* its value, without lock bits */
	bool entry_held;
};

/* core.c */
void sx_release(struct sx_call *c);
static SX_INLINE void sx_yield(struct sx_sys *sys, enum sx_yield where)
{
	if (__builtin_expect(!!sys->yield, 0))
		sys->yield(sys->yield_arg, where);
}
static SX_INLINE bool sx_since(struct sx_sys *sys, enum sx_release r)
{
	return __atomic_load_n(&sys->params.release, __ATOMIC_RELAXED) >= (u32)r;
}
static SX_INLINE struct sx_lp *sx_lp(struct sx_sys *sys, u32 cpu)
{
	return &sys->lp[cpu % SX_NR_CPUS];
}
void sx_inject_begin(struct sx_call *c);
void sx_inject_end(struct sx_call *c, u64 status);

/* inject.c */
bool sx_inject_slow(struct sx_call *c);
/* True if this lock attempt is to fail although nobody holds the lock. */
static SX_INLINE bool sx_inject(struct sx_call *c)
{
	return __builtin_expect(c->inject, 0) && sx_inject_slow(c);
}

/*
 * A field identifier: what of it says which field is meant. Size, increment, mask and context say
 * nothing beside; any other bit makes it another field's.
 */
#define SX_FIELD_CONTEXT	(7ULL << 52)
#define SX_FIELD_IGNORED	(3ULL << 32 | 3ULL << 50 | SX_FIELD_CONTEXT)
static SX_INLINE u64 sx_field(u64 id)
{
	return id & ~SX_FIELD_IGNORED;
}

/* sys.c */
u64 sx_sys_leaf(struct sx_call *c, u64 leaf);
struct sx_tdg_regs;
u64 sx_tdg_sys_rd(struct sx_sys *sys, struct sx_tdg_regs *r);

/* pamt.c: statuses come without operand id */
u64 sx_check_pa(struct sx_sys *sys, u64 pa, u64 size);
u64 sx_pamt_lock(struct sx_sys *sys, u64 pa, unsigned int level, enum sx_mode mode,
		 struct sx_hold *hold);
u64 sx_pamt_lock_leaf(struct sx_sys *sys, u64 pa, enum sx_mode mode, struct sx_hold *hold);
u64 sx_pamt_lock_implicit(struct sx_sys *sys, u64 pa, unsigned int level, enum sx_mode mode,
			  struct sx_hold *hold);
void sx_pamt_unlock(struct sx_sys *sys, struct sx_hold *hold);
u64 sx_pamt_take(struct sx_call *c, u64 pa, unsigned int level, enum sx_operand op);
void sx_pamt_assign(struct sx_hold *hold, enum sx_page_type type, struct sx_td *td);
void sx_pamt_split(struct sx_sys *sys, struct sx_hold *big);
void sx_pamt_merge(struct sx_call *c, struct sx_hold *big);
static SX_INLINE struct sx_pamt *sx_pamt_entry(struct sx_sys *sys, u64 pa, unsigned int level)
{
	return &sys->pamt[level][pa >> (SX_PAGE_SHIFT + 9 * level)];
}
static SX_INLINE enum sx_page_type sx_pamt_type(struct sx_pamt *p)
{
	return (enum sx_page_type)__atomic_load_n(&p->type, __ATOMIC_ACQUIRE);
}
/* The first entry of @level from @i on whose page is not NDA; none: the number of entries. */
u64 sx_pamt_next_used(struct sx_sys *sys, unsigned int level, u64 i);

/* pair.c: what differs with dynamic PAMT, below pamt.c; and above it, dpamt.c */
void sx_pamt_settle(struct sx_call *c, u64 st);
void sx_pamt_count_in(struct sx_call *c, struct sx_hold *hold);
u64 sx_pamt_take_other(struct sx_call *c, unsigned int level, enum sx_operand op);
bool sx_pamt_without_pair(struct sx_call *c);
void sx_pamt_return_pair(struct sx_call *c, struct sx_hold *big);
u64 sx_pamt_split_dynamic(struct sx_call *c, struct sx_hold *big);

/* sept.c */
/* Entry state as kept in the entry: the public states 0..4, then the non-leaf ones. */
enum sx_kind {
	E_FREE, E_BLOCKED, E_PENDING, E_PENDING_BLOCKED, E_MAPPED, E_NL_BLOCKED, E_NL_MAPPED,
	E_NR_KINDS
};
#define SX_E_STATE_SHIFT	53
#define SX_E_HPA		0x000ffffffffff000ULL
static SX_INLINE enum sx_kind sx_entry_kind(u64 val)
{
	return (enum sx_kind)((val >> SX_E_STATE_SHIFT) & 15);
}
static SX_INLINE bool sx_kind_is_leaf(enum sx_kind k)
{
	return k >= E_BLOCKED && k <= E_MAPPED;
}
static SX_INLINE bool sx_kind_is_blocked(enum sx_kind k)
{
	return k == E_BLOCKED || k == E_PENDING_BLOCKED || k == E_NL_BLOCKED;
}
static SX_INLINE u64 sx_level_size(unsigned int level)
{
	return SX_PAGE_SIZE << (9 * level);
}
static SX_INLINE u64 sx_gpa_index(u64 gpa, unsigned int level)
{
	return (gpa >> (SX_PAGE_SHIFT + 9 * level)) & (SX_ENTRIES - 1);
}
enum sx_state sx_entry_state(u64 val);
u64 sx_entry_make(enum sx_kind kind, u64 hpa, unsigned int level);
u64 *sx_walk(struct sx_td *td, u64 gpa, unsigned int *level, u64 *val);
u64 sx_mem_word(struct sx_call *c, u64 **word);
u64 sx_mem_begin(struct sx_call *c, enum sx_mode tdr, u32 op_states, unsigned int min_level,
		 unsigned int max_level, enum sx_mode tree);
void sx_report_entry(struct sx_call *c);
u64 sx_fail_entry(struct sx_call *c, u64 status);
void sx_commit(struct sx_call *c, u64 val);
static SX_INLINE bool sx_gpa_private(struct sx_td *td, u64 gpa)
{
	return !(gpa >> (td->gpaw - 1));
}

/* life.c: the checks that open a leaf; @op is the operand id of the page */
#define OPS_INIT	(1u << OP_INITIALIZED)
#define OPS_BUILT	(1u << OP_INITIALIZED | 1u << OP_RUNNABLE)
#define OPS_RUNNABLE	(1u << OP_RUNNABLE)
#define OPS_UNINIT	(1u << OP_UNINITIALIZED)
u64 sx_lock_tdr(struct sx_call *c, u64 pa, enum sx_operand op, enum sx_mode mode);
u64 sx_lock_tdvpr(struct sx_call *c, u64 pa, enum sx_operand op, enum sx_mode mode,
		  enum sx_mode tdr);
u64 sx_td_check_state(struct sx_call *c, enum sx_mode op_lock, u32 op_states);
u64 sx_associate(struct sx_call *c);

/* epoch.c, enter.c: the epoch word, 40 bits of TD epoch below two 12-bit counts of vCPUs inside */
#define SX_EPOCH_BITS	40
#define SX_EPOCH_MASK	((1ULL << SX_EPOCH_BITS) - 1)
static SX_INLINE u64 sx_epoch_ref(u64 epoch)
{
	return 1ULL << (SX_EPOCH_BITS + 12 * (epoch & 1));
}
static SX_INLINE u32 sx_epoch_inside(u64 word, u64 epoch)
{
	return (u32)(word >> (SX_EPOCH_BITS + 12 * (epoch & 1))) & 0xfff;
}
bool sx_tracked(struct sx_td *td, u64 bepoch);

/* count.c */
void sx_count_call(struct sx_sys *sys, struct sx_td *td, enum sx_leaf leaf, u64 status);
void sx_count_fold(struct sx_td *td);
void sx_count_fold_hkid(struct sx_td *td);
void sx_count_wbinvd(struct sx_sys *sys, u32 hkid, u64 status);
static SX_INLINE void sx_count(struct sx_counts *n, enum sx_count which)
{
	__atomic_fetch_add(&n->count[which], 1, __ATOMIC_RELAXED);
}

/* measure.c; @ids: MRCONFIGID, MROWNER and MROWNERCONFIG as they follow each other in TD_PARAMS */
#define SX_MR_IDS	3
#define SX_NR_RTMRS	4
struct sx_measure {
	struct sx_sha384 building;	/* MRTD, until MR.FINALIZE */
	u8 mrtd[SX_MR_SIZE], ids[SX_MR_IDS][SX_MR_SIZE], rtmr[SX_NR_RTMRS][SX_MR_SIZE];
	u16 rtmr_lock;			/* sharex */
};
/* What a TD keeps in its first TDCS page. */
#define SX_CPUID_CONFIGS	7	/* leaves that the host configures */
struct sx_tdcs {
	struct sx_measure measure;
	u32 cpuid[SX_CPUID_CONFIGS][4];	/* as the host has chosen it */
};
_Static_assert(sizeof(struct sx_tdcs) <= SX_PAGE_SIZE, "it must fit into a TDCS page");
static SX_INLINE struct sx_tdcs *sx_tdcs_of(const struct sx_td *td)
{
	return sx_page_va(td->sys, td->g.tdcs);
}
static SX_INLINE struct sx_measure *sx_measure_of(struct sx_td *td)
{
	return &sx_tdcs_of(td)->measure;
}
void sx_measure_begin(struct sx_td *td, const void *ids);
void sx_measure_page(struct sx_td *td, u64 gpa);
void sx_measure_chunk(struct sx_td *td, u64 gpa, const void *chunk);
void sx_measure_end(struct sx_td *td);

/* report.c */
u64 sx_tdg_rtmr_extend(struct sx_vp *vp, const struct sx_tdg_regs *r);
u64 sx_tdg_report(struct sx_vp *vp, const struct sx_tdg_regs *r);

/* config.c */
#define SX_SIGNATURE	0x806f8	/* family, model and stepping that a guest is told */
struct sx_cpuid_config {
	u32 leaf, sub;		/* SX_NO_SUBLEAF: it has none */
	u32 direct[4], allow[4];
};
extern const struct sx_cpuid_config sx_cpuid_configs[SX_CPUID_CONFIGS];
struct sx_cpuid_values {	/* the end of TD_PARAMS */
	u32 chosen[SX_CPUID_CONFIGS][4];
	u32 rest[(768 - SX_CPUID_CONFIGS * 16) / 4];
};
u64 sx_cpuid_choose(struct sx_td *td, const struct sx_cpuid_values *values, u64 *refused);
void sx_cpuid_chosen(const struct sx_td *td, u32 leaf, u32 sub, u32 out[4]);
u64 sx_cpuid_config_leaf(unsigned int n);
/* cpuid.c */
u64 sx_cpuid_config_values(struct sx_sys *sys, unsigned int n, unsigned int reg);

/* fetch.c */
void *sx_guest_page(struct sx_vp *vp, u64 gpa);
static SX_INLINE bool sx_td_enum_topology(struct sx_td *td)
{
	return __atomic_load_n(&td->g.td_ctls, __ATOMIC_RELAXED) & SX_TD_CTLS_ENUM_TOPOLOGY;
}

/* Leaves; the order of checks in each is that of docs/softtdx.md. */
u64 sx_mem_page_add(struct sx_call *c);
u64 sx_mem_sept_add(struct sx_call *c);
u64 sx_mem_page_aug(struct sx_call *c);
u64 sx_mem_range_block(struct sx_call *c);
u64 sx_mem_range_unblock(struct sx_call *c);
u64 sx_mem_page_remove(struct sx_call *c);
u64 sx_mem_sept_remove(struct sx_call *c);
u64 sx_mem_sept_rd(struct sx_call *c);
u64 sx_mem_page_demote(struct sx_call *c);
u64 sx_mem_page_promote(struct sx_call *c);
u64 sx_mem_page_relocate(struct sx_call *c);
u64 sx_mem_rd(struct sx_call *c);
u64 sx_mem_wr(struct sx_call *c);
u64 sx_mem_track(struct sx_call *c);
u64 sx_mng_create(struct sx_call *c);
u64 sx_mng_addcx(struct sx_call *c);
u64 sx_mng_key_config(struct sx_call *c);
u64 sx_mng_init(struct sx_call *c);
u64 sx_mng_rd(struct sx_call *c);
u64 sx_mng_vpflushdone(struct sx_call *c);
u64 sx_mng_key_freeid(struct sx_call *c);
u64 sx_mr_extend(struct sx_call *c);
u64 sx_mr_finalize(struct sx_call *c);
u64 sx_vp_create(struct sx_call *c);
u64 sx_vp_addcx(struct sx_call *c);
u64 sx_vp_init(struct sx_call *c);
u64 sx_vp_flush(struct sx_call *c);
u64 sx_vp_rd(struct sx_call *c);
u64 sx_vp_wr(struct sx_call *c);
u64 sx_phymem_cache_wb(struct sx_call *c);
u64 sx_phymem_page_wbinvd(struct sx_call *c);
u64 sx_phymem_page_reclaim(struct sx_call *c);
u64 sx_phymem_pamt_add(struct sx_call *c);
u64 sx_phymem_pamt_remove(struct sx_call *c);

#endif
