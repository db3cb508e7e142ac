/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * softtdx core: a software model of the TDX module's S-EPT, PAMT, TLB epochs, locks and life cycle.
 *
 * One body of C, compiled into the kernel module (kvm-intel.ko of the soft substrate) and into a
 * user-space library for the tests. It knows nothing of KVM, SVM or Linux: a host VMM calls
 * sx_seamcall() and sx_vp_enter(), and whoever runs the guest calls the sx_tdg_*() and sx_vp_*()
 * functions. Rules and status codes follow the TDX 1.5 module as docs/softtdx.md records them, with
 * the divergences listed there.
 *
 * May include: hash.
 *
 * Units: addresses are physical byte addresses; levels are the module's own (0 = 4K, 1 = 2M, ...).
 * Context: nothing here sleeps or allocates, except sx_sys_init()'s caller-provided memory. Every
 * lock is try-only; a failed try is a status, never a wait. All functions may be called from any
 * CPU at any time, concurrently; that is what the locks are for.
 */
#ifndef SOFTTDX_CORE_H
#define SOFTTDX_CORE_H

#include "shim.h"	/* u8..u64, bool; sx_page_va(), sx_clear_page(): kernel or user space */

/* SEAMCALL leaf numbers (TDH.*), as in the TDX module's interface. */
enum sx_leaf {
	SX_VP_ENTER = 0,
	SX_MNG_ADDCX = 1,
	SX_MEM_PAGE_ADD = 2,
	SX_MEM_SEPT_ADD = 3,
	SX_VP_ADDCX = 4,
	SX_MEM_PAGE_RELOCATE = 5,
	SX_MEM_PAGE_AUG = 6,
	SX_MEM_RANGE_BLOCK = 7,
	SX_MNG_KEY_CONFIG = 8,
	SX_MNG_CREATE = 9,
	SX_VP_CREATE = 10,
	SX_MNG_RD = 11,
	SX_MEM_RD = 12,
	SX_MEM_WR = 14,
	SX_MEM_PAGE_DEMOTE = 15,
	SX_MR_EXTEND = 16,
	SX_MR_FINALIZE = 17,
	SX_VP_FLUSH = 18,
	SX_MNG_VPFLUSHDONE = 19,
	SX_MNG_KEY_FREEID = 20,
	SX_MNG_INIT = 21,
	SX_VP_INIT = 22,
	SX_MEM_PAGE_PROMOTE = 23,
	SX_MEM_SEPT_RD = 25,
	SX_VP_RD = 26,
	SX_PHYMEM_PAGE_RECLAIM = 28,
	SX_MEM_PAGE_REMOVE = 29,
	SX_MEM_SEPT_REMOVE = 30,
	SX_SYS_KEY_CONFIG = 31,
	SX_SYS_INIT = 33,
	SX_SYS_RD = 34,
	SX_SYS_LP_INIT = 35,
	SX_SYS_TDMR_INIT = 36,
	SX_MEM_TRACK = 38,
	SX_MEM_RANGE_UNBLOCK = 39,
	SX_PHYMEM_CACHE_WB = 40,
	SX_PHYMEM_PAGE_WBINVD = 41,
	SX_VP_WR = 43,
	SX_SYS_CONFIG = 45,
	SX_PHYMEM_PAMT_ADD = 58,
	SX_PHYMEM_PAMT_REMOVE = 59,
	SX_NR_LEAVES = 60,	/* SYS leaves are not counted */
};

/* Status words: high half is the code, low half an operand id or detail. See docs/softtdx.md. */
#define SX_STATUS_MASK			0xffffffff00000000ULL
#define SX_SUCCESS			0x0000000000000000ULL
#define SX_INTERRUPTED_RESUMABLE	0x8000000300000000ULL
#define SX_INTERRUPTED_RESTARTABLE	0x8000000400000000ULL
#define SX_OPERAND_INVALID		0xc000010000000000ULL
#define SX_OPERAND_ADDR_RANGE_ERROR	0xc000010100000000ULL
#define SX_OPERAND_BUSY			0x8000020000000000ULL
#define SX_PREVIOUS_TLB_EPOCH_BUSY	0x8000020100000000ULL
#define SX_SYS_BUSY			0x8000020200000000ULL
#define SX_BUSY_HOST_PRIORITY		0x8000020400000000ULL
#define SX_HP_BUSY_TIMEOUT		0x9000020500000000ULL
#define SX_INTERRUPTED_BUSY		0x8000020600000000ULL
#define SX_PAGE_METADATA_INCORRECT	0xc000030000000000ULL
#define SX_PAGE_NOT_FREE		0xc000030300000000ULL
#define SX_HPA_RANGE_NOT_FREE		0xc000030400000000ULL
#define SX_NO_PAMT_PAGE_PAIR		0xc000030500000000ULL
#define SX_PAMT_PAGE_NOT_EMPTY		0xc000030600000000ULL
#define SX_MISSING_PAMT_PAGE_PAIR	0x8000030800000000ULL
#define SX_TD_ASSOCIATED_PAGES_EXIST	0xc000040000000000ULL
#define SX_SYS_INIT_NOT_PENDING		0xc000050000000000ULL
#define SX_SYS_LP_INIT_NOT_DONE		0xc000050200000000ULL
#define SX_SYS_LP_INIT_DONE		0xc000050300000000ULL
#define SX_SYS_NOT_READY		0xc000050500000000ULL
#define SX_SYS_KEY_CONFIG_NOT_PENDING	0xc000050700000000ULL
#define SX_SYS_LP_INIT_NOT_PENDING	0xc000050b00000000ULL
#define SX_SYS_CONFIG_NOT_PENDING	0xc000050c00000000ULL
#define SX_TD_FATAL			0xe000060400000000ULL
#define SX_TD_NON_DEBUG			0xc000060500000000ULL
#define SX_TDCS_NOT_ALLOCATED		0xc000060600000000ULL
#define SX_LIFECYCLE_STATE_INCORRECT	0xc000060700000000ULL
#define SX_OP_STATE_INCORRECT		0xc000060800000000ULL
#define SX_NO_VCPUS			0xc000060900000000ULL
#define SX_VCPU_STATE_INCORRECT		0xc000070000000000ULL
#define SX_VCPU_ASSOCIATED		0x8000070100000000ULL
#define SX_VCPU_NOT_ASSOCIATED		0x8000070200000000ULL
#define SX_TDCX_NUM_INCORRECT		0xc000061000000000ULL
#define SX_MAX_VCPUS_EXCEEDED		0xc000070500000000ULL
#define SX_NO_VALID_VE_INFO		0xc000070400000000ULL
#define SX_TD_KEYS_NOT_CONFIGURED	0x8000081000000000ULL
#define SX_KEY_CONFIGURED		0x0000081500000000ULL
#define SX_WBCACHE_NOT_COMPLETE		0x8000081700000000ULL
#define SX_HKID_NOT_FREE		0xc000082000000000ULL
#define SX_NO_HKID_READY_TO_WBCACHE	0x0000082100000000ULL
#define SX_WBCACHE_RESUME_ERROR		0xc000082300000000ULL
#define SX_FLUSHVP_NOT_DONE		0x8000082400000000ULL
#define SX_INVALID_TDMR			0xc0000a0000000000ULL
#define SX_NON_ORDERED_TDMR		0xc0000a0100000000ULL
#define SX_TDMR_ALREADY_INITIALIZED	0x00000a0300000000ULL
#define SX_INVALID_PAMT			0xc0000a1000000000ULL
#define SX_INVALID_RESERVED_IN_TDMR	0xc0000a2000000000ULL
#define SX_EPT_WALK_FAILED		0xc0000b0000000000ULL
#define SX_EPT_ENTRY_NOT_PRESENT	0xc0000b0300000000ULL
#define SX_GPA_RANGE_NOT_BLOCKED	0xc0000b0600000000ULL
#define SX_GPA_RANGE_ALREADY_BLOCKED	0x00000b0700000000ULL
#define SX_TLB_TRACKING_NOT_DONE	0xc0000b0800000000ULL
#define SX_EPT_INVALID_PROMOTE_CONDITIONS 0xc0000b0900000000ULL
#define SX_PAGE_ALREADY_ACCEPTED	0x00000b0a00000000ULL
#define SX_PAGE_SIZE_MISMATCH		0xc0000b0b00000000ULL
#define SX_EPT_ENTRY_STATE_INCORRECT	0xc0000b0d00000000ULL
#define SX_EPT_PAGE_NOT_FREE		0xc0000b0e00000000ULL
#define SX_METADATA_FIELD_ID_INCORRECT	0xc0000c0000000000ULL
#define SX_METADATA_FIELD_NOT_WRITABLE	0xc0000c0100000000ULL
#define SX_METADATA_FIELD_NOT_READABLE	0xc0000c0200000000ULL
#define SX_METADATA_FIRST_FIELD_ID	0x00000c0b00000000ULL

/* Operand ids, ORed into the low half. */
enum sx_operand {
	SX_OP_RAX = 0, SX_OP_RCX = 1, SX_OP_RDX = 2, SX_OP_R8 = 8, SX_OP_R9 = 9,
	SX_OP_R12 = 12, SX_OP_R13 = 13, SX_OP_EPTP_CONTROLS = 0x43, SX_OP_MAX_VCPUS = 0x44,
	SX_OP_CPUID_CONFIG = 0x45,
	SX_OP_TDR = 0x80, SX_OP_TDCX = 0x81, SX_OP_TDVPR = 0x82, SX_OP_TDCS = 0x90,
	SX_OP_TDVPS = 0x91, SX_OP_SEPT_TREE = 0x92, SX_OP_SEPT_ENTRY = 0x93,
	SX_OP_RTMR = 0xa8, SX_OP_TD_EPOCH = 0xa9, SX_OP_OP_STATE = 0xac, SX_OP_KOT = 0xba,
	SX_OP_WBCACHE = 0xbc,
};

/* Public S-EPT entry states, as reported in RDX[15:8] of a failing or SEPT.RD call. */
enum sx_state {
	SX_FREE = 0, SX_BLOCKED = 1, SX_PENDING = 2, SX_PENDING_BLOCKED = 3, SX_MAPPED = 4,
	SX_NL_BLOCKED = 129, SX_NL_MAPPED = 132,
};

/* Page types in the PAMT, as RECLAIM returns them in RCX; those before REG it never does. */
enum sx_page_type {
	SX_PT_NDA = 0, SX_PT_RSVD = 1, SX_PT_NO_PAIR = 2 /* core/pair.h */,
	SX_PT_REG = 3, SX_PT_TDR = 4, SX_PT_TDCX = 5,
	SX_PT_TDVPR = 6, SX_PT_EPT = 8,
};

/* Control pages the host gives: MNG.ADDCX per TD, VP.ADDCX per vCPU (besides TDR and TDVPR). */
#define SX_TDCS_PAGES	6
#define SX_TDCX_PAGES	5

/* Highest nr_hkids, packages and vCPUs of a TD that the model takes. */
#define SX_MAX_HKIDS	256
#define SX_MAX_PACKAGES	64
#define SX_MAX_VCPUS	4095

/*
 * In: operands as the leaf takes them. Out: as it returns them (RCX entry, RDX level|state<<8,
 * ...).
 */
struct sx_args {
	u64 rcx, rdx, r8, r9, r10, r11;
};

/* The same of a call that passes the registers a callee saves, too. */
struct sx_args_saved {
	struct sx_args a;
	u64 r12, r13;
};

/* In the address of a page that comes back: the last that its frame's pair of PAMT pages had. */
#define SX_HINT_LAST	(1ULL << 62)

struct sx_sys;	/* one TDX module: KOT, PAMT, parameters, totals (core-private; see sys.h) */
struct sx_td;	/* TD state, lives in the TDCS pages the host adds (sx_td_of()) */
struct sx_vp;	/* vCPU state, lives in the TDVPR page */

/* Where a yield point stands. A yield hook may run other vCPUs' code; it must not sleep. */
enum sx_yield {
	SX_YIELD_BEGIN,		/* SEAMCALL begin: no lock held */
	SX_YIELD_LOCKED,	/* all locks held, before the commit; VP.ENTER: epoch lock held */
	SX_YIELD_END,		/* SEAMCALL end: no lock held */
	SX_YIELD_ENTER,		/* VP.ENTER, epoch taken, before the guest runs */
};

/*
 * Releases of the module whose rules differ; those in between follow the one before. What changes
 * stands at each use; docs/softtdx.md, *Releases*, has the table.
 */
enum sx_release {
	SX_R_1_5_01,
	SX_R_1_5_05,	/* UNBLOCK of an untracked entry names RCX */
	SX_R_1_5_16,
	/*
	 * Since 1.5.20: zero-step shares the tree, DEMOTE and PROMOTE give way, PROMOTE has the
	 * tree to itself, OP_STATE_INCORRECT says which, an entry's host priority outlives a
	 * change of it, there is dynamic PAMT.
	 */
	SX_R_1_5_25,
	SX_NR_RELEASES,
	SX_R_NEWEST = SX_R_1_5_25,
};

const char *sx_release_name(enum sx_release r);	/* "1.5.01", ...; NULL: none */

/* Parameters; may be changed at run time by plain stores, each call reads a field once. */
struct sx_params {
	u32 release;			/* enum sx_release; not to be changed while a TD exists */
	u32 zero_step_threshold;	/* faults at one RIP before entry takes the tree; 0 = off */
	u32 busy_permille;		/* injected BUSY, 0..1000; never twice in a row on a CPU */
	bool walk_through_blocked;	/* hypothetical module, never TDX: walk passes NL_BLOCKED */
	bool bug_skip_track;		/* planted: TRACK succeeds without moving the epoch */
	bool five_levels;		/* the machine walks S-EPTs of 5 levels; read by MNG.INIT */
	u64 hp_timeout;			/* host-priority timeout in guest attempts; 0 = never */
	u32 packages;			/* for KEY.CONFIG and CACHE.WB; 1..SX_MAX_PACKAGES */
	u32 hkid_shift;			/* WBINVD takes page | hkid << this: MAXPHYADDR */
};

/* Per-TD event counts. Integers, never reset while the TD lives; relaxed atomics inside. */
enum sx_count {
	SX_C_INJECTED_BUSY,		/* BUSY that softtdx made up */
	SX_C_EPOCH_FLUSH,		/* VP.ENTER found a newer epoch: INVEPT on hardware */
	SX_C_ASSOC_FLUSH,		/* VP.ENTER on a freshly associated LP */
	SX_C_LP_FLUSH,			/* VP.ENTER on an LP where another vCPU ran last */
	SX_C_TD_EXIT,			/* real exits from the guest (sx_vp_exit()) */
	SX_C_EXIT_EPT_PRIVATE,		/* of those: private EPT violations */
	SX_C_EXIT_EPT_ACCEPT,		/* of those: by ACCEPT */
	SX_C_ZERO_STEP_ARMED,		/* entries that took the tree for zero-step */
	SX_C_ZERO_STEP_SYNTH,		/* EPT violations synthesised without entering */
	SX_C_ACCEPT,			/* TDG.MEM.PAGE.ACCEPT calls */
	SX_C_ACCEPT_OK,
	SX_C_ACCEPT_BUSY,		/* guest lost the entry lock or met host priority */
	SX_NR_COUNTS,
};

/* Statuses are counted per leaf in these classes (sx_status_class()). */
enum sx_class {
	SX_S_OK, SX_S_BUSY_TREE, SX_S_BUSY_ENTRY, SX_S_BUSY_EPOCH, SX_S_BUSY_OTHER, SX_S_PREV_EPOCH,
	SX_S_WALK_FAILED, SX_S_STATE_INCORRECT, SX_S_NOT_BLOCKED, SX_S_ALREADY_BLOCKED,
	SX_S_NOT_TRACKED, SX_S_NOT_FREE, SX_S_OTHER, SX_NR_CLASSES,
};

struct sx_stats {
	u64 leaf[SX_NR_LEAVES][SX_NR_CLASSES];
	u64 count[SX_NR_COUNTS];
};

const char *sx_leaf_name(enum sx_leaf leaf);	/* "mem_page_aug"; NULL if not implemented */
const char *sx_class_name(enum sx_class c);	/* "ok", "busy_tree", ... */
const char *sx_count_name(enum sx_count c);
enum sx_class sx_status_class(u64 status);
/* @leaf without its version, in release @r; SYS leaves and VP.ENTER too. */
bool sx_leaf_known(u64 leaf, enum sx_release r);

/*
 * Name of a leaf that TDX has and the model has not, or not in every release, "TDH.MEM.RD", and the
 * first release with it. NULL: no published release has that leaf, or the model has it in all.
 */
const char *sx_leaf_left_out(u64 leaf, enum sx_release *since);

/*
 * Memory the module needs for @nr_pages of physical memory (its struct sx_sys and the PAMT, one
 * array, 16 bytes a page, of whole 2M frames). 0 on overflow and beyond 16 TiB.
 */
size_t sx_sys_size(u64 nr_pages);

/*
 * Makes a module in @mem (zeroed, at least sx_sys_size(@nr_pages) bytes, 64-byte aligned), covering
 * physical pages [0, @nr_pages), with key ids 1..@nr_hkids-1 for TDs (0 is the host's). Parameters
 * start as release SX_R_NEWEST, zero_step_threshold 6, packages 1, hkid_shift 48, all else 0. NULL
 * if @nr_hkids is out of range.
 */
struct sx_sys *sx_sys_init(void *mem, u64 nr_pages, u32 nr_hkids);
struct sx_params *sx_params(struct sx_sys *sys);

/*
 * Puts the module back to where it is when it has just been loaded on a machine of @nr_lps logical
 * processors: until the host has called SYS.INIT, SYS.LP.INIT on each of them, SYS.CONFIG and
 * SYS.KEY.CONFIG on each package, every other leaf is SYS_NOT_READY. Without this call a module is
 * ready from the start. No call may be under way. SYS leaves are not counted.
 */
void sx_sys_boot(struct sx_sys *sys, u32 nr_lps);

/*
 * Seeds the PRNGs of injected BUSY, one per processor, and starts them. No call may be under way.
 */
void sx_reseed(struct sx_sys *sys, u64 seed);

/* The yield hook and its argument; NULL for none. Set before the first call. */
void sx_set_yield(struct sx_sys *sys, void (*hook)(void *arg, enum sx_yield where), void *arg);

/*
 * Makes the PAMT dynamic, or static again, as SYS.CONFIG does; of a release that has it. No page
 * may be in use and no call under way.
 */
void sx_sys_dynamic_pamt(struct sx_sys *sys, bool on);

/* Pages that are some TD's now (0 when nothing is left behind). O(pages). */
u64 sx_pamt_in_use(struct sx_sys *sys);

/* Frames that have a pair of PAMT pages; 0 of a static PAMT. O(pages). */
u64 sx_pamt_pairs(struct sx_sys *sys);

/*
 * Checks of a dynamic PAMT, with no call under way, that each frame counts the pages in use in it,
 * that a frame without a pair has none, and that the pages of pairs are just those which are marked
 * so. Returns the number of faults found; 0 of a static PAMT. O(pages).
 */
unsigned int sx_pamt_check(struct sx_sys *sys);

/*
 * One SEAMCALL but VP.ENTER, executed by logical processor @cpu of package @pkg. Returns the status
 * word, fills @a with outputs. @leaf has the version in bits 23:16. An unimplemented leaf, or a
 * version that it does not have, is OPERAND_INVALID|RAX.
 */
u64 sx_seamcall(struct sx_sys *sys, u64 leaf, struct sx_args *a, unsigned int cpu,
		unsigned int pkg);

/*
 * The same with R12 and R13, which DEMOTE looks at and PROMOTE returns with dynamic PAMT; else they
 * are 0 and not returned.
 */
u64 sx_seamcall_saved(struct sx_sys *sys, u64 leaf, struct sx_args_saved *a, unsigned int cpu,
		      unsigned int pkg);

/* What VP.ENTER decided when it returns SX_SUCCESS. */
struct sx_enter {
	bool flush;		/* flush private and shared TLB before the guest runs */
	bool synth;		/* do not run the guest: report an EPT violation at @gpa */
	u64 gpa;
};

/*
 * TDH.VP.ENTER up to the point where the guest runs. On SX_SUCCESS without @synth the caller runs
 * the guest and must then call sx_vp_exit() exactly once, on the same CPU. On any other return the
 * guest must not run and sx_vp_exit() must not be called; epoch references are balanced already.
 */
u64 sx_vp_enter(struct sx_sys *sys, u64 tdvpr_pa, unsigned int cpu, u64 guest_rip,
		struct sx_enter *out);
void sx_vp_exit(struct sx_vp *vp);

/* vCPU and TD of a TDVPR or TDR page; NULL if that page is not one. */
struct sx_vp *sx_vp_of(struct sx_sys *sys, u64 tdvpr_pa);
struct sx_td *sx_td_of(struct sx_sys *sys, u64 tdr_pa);
struct sx_td *sx_vp_td(struct sx_vp *vp);

#define SX_ATTR_DEBUG		(1ULL << 0)	/* the host reads and writes its memory */
#define SX_ATTR_SEPT_VE_DISABLE	(1ULL << 28)
u64 sx_td_attributes(struct sx_td *td);	/* ATTRIBUTES of MNG.INIT's TD_PARAMS; 0 before it */
u64 sx_vp_shared_root(struct sx_vp *vp);	/* SHARED_EPT_POINTER as VP.WR left it */
u64 sx_vp_initial_rcx(struct sx_vp *vp);	/* VP.INIT's RDX: RCX and R8 at reset */
u32 sx_vp_index(struct sx_vp *vp);		/* 0.. in the order of VP.INIT */

/* As a machine check in the TD: every later call on it but teardown is TD_FATAL. */
void sx_td_set_fatal(struct sx_td *td);

/* Copies the TD's counts. WBINVD is counted for the TD that owns the key id of its operand. */
void sx_td_stats(struct sx_td *td, struct sx_stats *out);

/*
 * What no live TD counts: the final counts of every TD whose TDR has been reclaimed, calls that
 * name no TD (CACHE.WB, WBINVD with key id 0, the RECLAIM of a TDR) and calls that failed before
 * they held their TD. Module totals are this plus sx_td_stats() of each live TD.
 */
void sx_sys_stats(struct sx_sys *sys, struct sx_stats *out);

/*
 * Runs TDG.MEM.PAGE.ACCEPT, @gpa_level = gpa | level. Call it between sx_vp_enter() and
 * sx_vp_exit(): it walks without a lock, and only the epoch reference of the running vCPU keeps
 * S-EPT pages from being removed under it (VCPU_STATE_INCORRECT otherwise).
 * Returns the TDCALL status for the guest's RAX. If *@violation is set, the guest gets no status,
 * the call must be reported to the host as an EPT violation of type ACCEPT, and is re-executed
 * later. On SX_HP_BUSY_TIMEOUT the guest gets OPERAND_BUSY|RCX and VP.ENTER must return this status
 * to the host.
 */
u64 sx_tdg_mem_page_accept(struct sx_vp *vp, u64 gpa_level, bool *violation);

/*
 * Tells the module of a TD exit by a private EPT violation at @gpa with the guest at @rip, for
 * zero-step; not for the violations that ACCEPT reports. Call it before sx_vp_exit(), for the
 * reason given above.
 * Returns the state of the entry that stopped the walk, so that the caller can report PENDING
 * accesses.
 */
enum sx_state sx_vp_private_violation(struct sx_vp *vp, u64 gpa, u64 rip);

/*
 * The S-EPT root page of a TD, for the page-table root that the guest runs on (512 entries at its
 * VA).
 */
u64 sx_td_root(struct sx_td *td);

/*
 * Oracle access: S-EPT entry for @gpa at @level without locks; the TD must be quiet. Returns false
 * and the stopping level in *@level if the walk cannot reach it; *@hpa and *@state describe the
 * entry.
 */
bool sx_td_lookup(struct sx_td *td, u64 gpa, int *level, u64 *hpa, enum sx_state *state);

/* Pages of the TD by kind, from its counters; they must match a walk (sx_td_check()). */
struct sx_census {
	u64 leaf[7];	/* leaf pages, in 4K, by state SX_FREE..SX_MAPPED; FREE not counted */
	u64 tables;	/* S-EPT pages below the root */
	u64 children;	/* TDR.CHLDCNT */
};

/*
 * Walks the whole S-EPT and checks it against PAMT ownership and types, CHLDCNT and epoch
 * refcounts. The TD must be quiet (no call on it, no vCPU inside), and not be checked twice at
 * once. O(pages of memory). After FREEID only locks and refcounts are checked: pages then leave in
 * any order.
 * Returns the number of faults found (0 = clean) and calls @report (may be NULL) for each, in plain
 * text.
 */
unsigned int sx_td_check(struct sx_td *td, struct sx_census *out,
			 void (*report)(void *arg, const char *what, u64 gpa, u64 value),
			 void *arg);

/* For the tests of the oracle only: flips the HPA of the entry for @gpa. False if there is none. */
bool sx_td_corrupt(struct sx_td *td, u64 gpa);

#include "tdg.h"	/* the guest's side */

#endif
