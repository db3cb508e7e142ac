// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYS leaves: how a host brings the module up. Memory given as TDMRs is checked and accounted; the
 * PAMT of the model lies elsewhere and covers all of memory.
 */
#include "priv.h"
#include "tdg.h"

#define SYS_RSVD_AREAS	16
#define SYS_PAMT_ENTRY	16
#define SYS_1G		(1ULL << 30)
#define CONFIG_DPAMT	(1ULL << 16)
#define DPAMT_ADDRESS_BITS	48

/* What the host puts into memory for SYS.CONFIG. */
struct tdmr_info {
	u64 base, size;
	struct {
		u64 base, size;
	} pamt[3];		/* of 1G, 2M and 4K entries */
	struct {
		u64 offset, size;
	} reserved[SYS_RSVD_AREAS];
};

/* Metadata, in ascending order of ids. What depends on the release is told apart, by name. */
#define FIELD_MINOR		0x0800000100000003ULL
#define FIELD_MAJOR		0x0800000100000004ULL
#define FIELD_UPDATE		0x0800000100000005ULL
#define FIELD_FEATURES0		0x0a00000300000008ULL
#define FIELD_BITMAP_BITS	0x9100000100000013ULL	/* of a page in dynamic PAMT's bitmap */
#define FIELD_HKID_BITS		0x9100000100000014ULL
#define FEATURES0		(1ULL << 18 | 1ULL << 20)	/* NO_RBP_MOD, TOPOLOGY_ENUM */
#define FEATURES0_DPAMT		(1ULL << 36)
/* CPUID leaves that the host configures, and of each the bits, two registers to a field. */
#define FIELD_LEAVES		0x9900000300000400ULL
#define FIELD_BITS		0x9900000300000500ULL
#define LEAF(n)			{ FIELD_LEAVES + (n), 0 }
#define BITS(n)			{ FIELD_BITS + 2 * (n), 0 }, { FIELD_BITS + 2 * (n) + 1, 0 }
static const struct field {
	u64 id, value;
} fields[] = {
	{ FIELD_MINOR, 5 },
	{ FIELD_MAJOR, 1 },
	{ FIELD_UPDATE, 0 },
	{ FIELD_FEATURES0, FEATURES0 },
	{ 0x1900000300000000ULL, SX_ATTR_SEPT_VE_DISABLE },	/* ATTRIBUTES that may be set */
	{ 0x1900000300000001ULL, 0 },		/* ... that must be */
	{ 0x1900000300000002ULL, 7 },		/* XFAM that may be set: x87, SSE, AVX */
	{ 0x1900000300000003ULL, 3 },		/* ... that must be */
	{ 0x9100000100000008ULL, SX_MAX_TDMRS },
	{ 0x9100000100000009ULL, SYS_RSVD_AREAS },
	{ 0x9100000100000010ULL, SYS_PAMT_ENTRY },
	{ 0x9100000100000011ULL, SYS_PAMT_ENTRY },
	{ 0x9100000100000012ULL, SYS_PAMT_ENTRY },
	{ FIELD_BITMAP_BITS, 1 },
	{ FIELD_HKID_BITS, 0 },	/* fewest of the key id's, with dynamic PAMT */
	{ 0x9800000100000000ULL, SX_PAGE_SIZE },			/* TDR */
	{ 0x9800000100000100ULL, SX_TDCS_PAGES * SX_PAGE_SIZE },
	{ 0x9800000100000200ULL, (1 + SX_TDCX_PAGES) * SX_PAGE_SIZE },	/* TDVPS */
	{ 0x9900000100000004ULL, SX_CPUID_CONFIGS },
	{ 0x9900000100000008ULL, 0xffff },	/* vCPUs of a TD */
	LEAF(0), LEAF(1), LEAF(2), LEAF(3), LEAF(4), LEAF(5), LEAF(6),
	BITS(0), BITS(1), BITS(2), BITS(3), BITS(4), BITS(5), BITS(6),
};
#define NR_FIELDS	(sizeof(fields) / sizeof(fields[0]))

static const u8 updates[SX_NR_RELEASES] = {
	[SX_R_1_5_01] = 1, [SX_R_1_5_05] = 5, [SX_R_1_5_16] = 16, [SX_R_1_5_25] = 25,
};

void sx_sys_boot(struct sx_sys *sys, u32 nr_lps)
{
	sys->nr_direct = SX_NR_LEAVES;
	sys->boot = (struct sx_boot){ .state = BOOT_SYSINIT_PENDING, .nr_lps = nr_lps };
}

static u64 sys_init(struct sx_sys *sys, struct sx_args *a)
{
	if (sys->boot.state != BOOT_SYSINIT_PENDING)
		return SX_SYS_INIT_NOT_PENDING;
	if (a->rcx)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	sys->boot.state = BOOT_SYSINIT_DONE;
	return SX_SUCCESS;
}

static bool lp_is_init(struct sx_sys *sys, u32 cpu)
{
	return sys->boot.state == BOOT_READY || sys->boot.lps[cpu % SX_NR_CPUS];
}

static u64 lp_init(struct sx_sys *sys, u32 cpu)
{
	if (sys->boot.state != BOOT_SYSINIT_DONE)
		return SX_SYS_LP_INIT_NOT_PENDING;
	if (lp_is_init(sys, cpu))
		return SX_SYS_LP_INIT_DONE;
	sys->boot.lps[cpu % SX_NR_CPUS] = true;
	sys->boot.init_lps++;
	return SX_SUCCESS;
}

/* So many bits of an address are the key id. */
static u32 hkid_bits(struct sx_sys *sys)
{
	u32 bits = 0;

	while (1u << bits < sys->nr_hkids)
		bits++;
	return bits;
}

/* With dynamic PAMT they have to begin at bit 48 at the highest. */
static u64 field_value(struct sx_sys *sys, const struct field *f)
{
	u32 end = sys->params.hkid_shift + hkid_bits(sys);
	u32 n = (u32)f->id & 0xff;

	switch (f->id & ~0xffULL) {
	case FIELD_LEAVES:
		return sx_cpuid_config_leaf(n);
	case FIELD_BITS:
		return sx_cpuid_config_values(sys, n / 2, n % 2 * 2);
	}
	switch (f->id) {
	case FIELD_UPDATE:
		return updates[sys->params.release];
	case FIELD_FEATURES0:
		return f->value | (sx_since(sys, SX_R_1_5_25) ? FEATURES0_DPAMT : 0);
	case FIELD_HKID_BITS:
		return end > DPAMT_ADDRESS_BITS ? end - DPAMT_ADDRESS_BITS : 0;
	default:
		return f->value;
	}
}

/* The first field from @i on that the release has; NR_FIELDS: none. */
static unsigned int next_field(struct sx_sys *sys, unsigned int i)
{
	while (i < NR_FIELDS && !sx_since(sys, SX_R_1_5_25) &&
	       (fields[i].id == FIELD_BITMAP_BITS || fields[i].id == FIELD_HKID_BITS))
		i++;
	return i;
}

static u64 sys_rd(struct sx_sys *sys, struct sx_args *a, u32 cpu)
{
	u64 id = a->rdx;
	unsigned int i;

	a->rdx = ~0ULL;
	a->r8 = 0;
	if (!lp_is_init(sys, cpu))
		return SX_SYS_LP_INIT_NOT_DONE;
	for (i = 0; i < NR_FIELDS && fields[i].id != id; i = next_field(sys, i + 1))
		;
	if (i == NR_FIELDS)
		return SX_METADATA_FIELD_ID_INCORRECT;
	a->r8 = field_value(sys, &fields[i]);
	i = next_field(sys, i + 1);
	if (i < NR_FIELDS)
		a->rdx = fields[i].id;
	return SX_SUCCESS;
}

/* What a guest may read of it. */
static bool is_guests(const struct field *f)
{
	return f->id == FIELD_MINOR || f->id == FIELD_MAJOR || f->id == FIELD_FEATURES0;
}

/* TDG.SYS.RD: -1 in RDX asks for the first field. A field that is the host's has no value here. */
u64 sx_tdg_sys_rd(struct sx_sys *sys, struct sx_tdg_regs *r)
{
	bool first = (r->rdx | SX_FIELD_CONTEXT) == ~0ULL;
	u64 id = sx_field(r->rdx);
	unsigned int i = 0;

	r->rdx = ~0ULL;
	r->r8 = 0;
	if (!first) {
		while (i < NR_FIELDS && sx_field(fields[i].id) != id)
			i = next_field(sys, i + 1);
		if (i == NR_FIELDS)
			return SX_METADATA_FIELD_ID_INCORRECT;
		if (!is_guests(&fields[i]))
			return SX_METADATA_FIELD_NOT_READABLE;
		r->r8 = field_value(sys, &fields[i++]);
	}
	while (i < NR_FIELDS && !is_guests(&fields[i]))
		i++;
	if (i < NR_FIELDS)
		r->rdx = fields[i].id;
	return first ? SX_METADATA_FIRST_FIELD_ID : SX_SUCCESS;
}

static bool in_memory(struct sx_sys *sys, u64 pa)
{
	return !(pa & 511) && pa >> SX_PAGE_SHIFT < sys->nr_pages;
}

/* In bytes; of 4K pages a dynamic PAMT has a bitmap alone. */
static u64 pamt_size(const struct tdmr_info *t, unsigned int i, bool dynamic)
{
	u64 entries = t->size >> (30 - 9 * i);

	return i == 2 && dynamic ? entries / 8 : entries * SYS_PAMT_ENTRY;
}

static u64 check_pamt(const struct tdmr_info *t, u32 nr, bool dynamic)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if ((t->pamt[i].base | t->pamt[i].size) & (SX_PAGE_SIZE - 1) ||
		    t->pamt[i].size < pamt_size(t, i, dynamic))
			return SX_INVALID_PAMT | (u64)(2 - i) << 8 | nr;
	}
	return SX_SUCCESS;
}

static u64 check_reserved(const struct tdmr_info *t, u32 nr)
{
	u64 end = 0;
	unsigned int i;

	for (i = 0; i < SYS_RSVD_AREAS && t->reserved[i].size; i++) {
		u64 offset = t->reserved[i].offset, size = t->reserved[i].size;

		if ((offset | size) & (SX_PAGE_SIZE - 1) || offset > t->size ||
		    size > t->size - offset || (i && offset < end))
			return SX_INVALID_RESERVED_IN_TDMR | i << 8 | nr;
		end = offset + size;
	}
	return SX_SUCCESS;
}

static u64 take_tdmr(struct sx_sys *sys, const struct tdmr_info *t, u32 nr)
{
	struct sx_tdmr *own = &sys->boot.tdmrs[nr];
	u64 st;

	if (!t->size || (t->base | t->size) & (SYS_1G - 1) || t->size > ~t->base)
		return SX_INVALID_TDMR | nr;
	if (nr && t->base < own[-1].end)
		return SX_NON_ORDERED_TDMR | nr;
	st = check_pamt(t, nr, sys->boot.dynamic);
	if (!st)
		st = check_reserved(t, nr);
	*own = (struct sx_tdmr){ .next = t->base, .base = t->base, .end = t->base + t->size };
	return st;
}

/*
 * R8: the module's own key id, and whether the PAMT is to be dynamic, which 1.5.16 lets pass and
 * does not do. False: not as the release wants it.
 */
static bool config_options(struct sx_sys *sys, u64 r8)
{
	u64 hkid = r8 & 0xffff, options = r8 & ~0xffffULL;

	if (!hkid || hkid >= sys->nr_hkids ||
	    options & ~(sx_since(sys, SX_R_1_5_16) ? CONFIG_DPAMT : 0))
		return false;
	sys->boot.dynamic = options && sx_since(sys, SX_R_1_5_25);
	return !sys->boot.dynamic || sys->params.hkid_shift <= DPAMT_ADDRESS_BITS;
}

static u64 sys_config(struct sx_sys *sys, struct sx_args *a)
{
	struct sx_boot *b = &sys->boot;
	u64 *list, st = 0;
	u32 i;

	if (b->state != BOOT_SYSINIT_DONE || b->init_lps < b->nr_lps)
		return SX_SYS_CONFIG_NOT_PENDING;
	if (!in_memory(sys, a->rcx))
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (!a->rdx || a->rdx > SX_MAX_TDMRS)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	if (!config_options(sys, a->r8))
		return SX_OPERAND_INVALID | SX_OP_R8;
	list = sx_page_va(sys, a->rcx);
	for (i = 0; i < a->rdx && !st; i++)
		st = in_memory(sys, list[i]) ? take_tdmr(sys, sx_page_va(sys, list[i]), i) :
					       SX_OPERAND_INVALID | SX_OP_RCX;
	if (st)
		return st;
	b->nr_tdmrs = i;
	b->hkid = (u16)a->r8;
	sys->kot[b->hkid].state = HKID_ASSIGNED;	/* never a TD's */
	sx_sys_dynamic_pamt(sys, b->dynamic);
	sys->nr_direct = SX_NR_LEAVES;	/* until they are ready */
	b->state = BOOT_SYSCONFIG_DONE;
	return SX_SUCCESS;
}

static void sys_ready(struct sx_sys *sys)
{
	sys->boot.state = BOOT_READY;
	if (sys->boot.dynamic)
		sys->nr_direct = 0;
}

static u64 key_config(struct sx_sys *sys, u32 pkg)
{
	struct sx_boot *b = &sys->boot;
	u64 bit = 1ULL << (pkg % SX_MAX_PACKAGES);

	if (b->state != BOOT_SYSCONFIG_DONE)
		return SX_SYS_KEY_CONFIG_NOT_PENDING;
	if (b->pkgs & bit)
		return SX_KEY_CONFIGURED;
	b->pkgs |= bit;
	if (++b->init_pkgs == sys->params.packages)
		sys_ready(sys);
	return SX_SUCCESS;
}

/* One call does 1 GiB. */
static u64 tdmr_init(struct sx_sys *sys, struct sx_args *a)
{
	u64 base = a->rcx;
	u32 i;

	a->rdx = 0;
	if (sys->boot.state != BOOT_READY)
		return SX_SYS_NOT_READY;
	for (i = 0; i < sys->boot.nr_tdmrs && sys->boot.tdmrs[i].base != base; i++)
		;
	if (i == sys->boot.nr_tdmrs)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (sys->boot.tdmrs[i].next == sys->boot.tdmrs[i].end)
		return SX_TDMR_ALREADY_INITIALIZED;
	sys->boot.tdmrs[i].next += SYS_1G;
	a->rdx = sys->boot.tdmrs[i].next;
	return SX_SUCCESS;
}

static u64 sys_leaf(struct sx_call *c, u64 leaf)
{
	struct sx_sys *sys = c->sys;

	switch (leaf) {
	case SX_SYS_KEY_CONFIG:
		return key_config(sys, c->pkg);
	case SX_SYS_INIT:
		return sys_init(sys, c->a);
	case SX_SYS_RD:
		return sys_rd(sys, c->a, c->cpu);
	case SX_SYS_LP_INIT:
		return lp_init(sys, c->cpu);
	case SX_SYS_TDMR_INIT:
		return tdmr_init(sys, c->a);
	case SX_SYS_CONFIG:
		return sys_config(sys, c->a);
	default:
		return SX_OPERAND_INVALID | SX_OP_RAX;
	}
}

/* SYS.INIT has a version 1 since 1.5.16, with no other effect here; none has another. */
u64 sx_sys_leaf(struct sx_call *c, u64 leaf)
{
	struct sx_sys *sys = c->sys;
	u64 st;

	if (c->version > (leaf == SX_SYS_INIT && sx_since(sys, SX_R_1_5_16)))
		return SX_OPERAND_INVALID | SX_OP_RAX;
	if (__atomic_exchange_n(&sys->boot.lock, 1, __ATOMIC_ACQUIRE))
		return SX_SYS_BUSY;
	st = sys_leaf(c, leaf);
	__atomic_store_n(&sys->boot.lock, 0, __ATOMIC_RELEASE);
	return st;
}
