// SPDX-License-Identifier: GPL-2.0-only
/* CPUID virtualisation. */
#include "priv.h"
#include "tdg.h"

#define ANY	0xff
#define CR4_OSXSAVE	(1ULL << 18)
#define XFAM_AVX	4ULL

/*
 * A register of the guest's is the processor's own & native | fixed. A leaf that is not here is a
 * #VE: the host answers. Marked (T): as the module's published interface has it; (S): what this
 * module switches, and no more. The others are what Linux reads before it can handle #VE, and
 * must find empty or as on any TDX host.
 */
static const struct row {
	u32 leaf;
	u8 sub;
	u32 native[4], fixed[4];
} rows[] = {
	/* (T) "GenuineIntel", up to the leaf that says TDX. */
	{ 0, ANY, { 0 }, { 0x21, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	/* Signature of the TDX era; (T) x2APIC, TSC deadline, hypervisor, MCE, MTRR, MCA, HTT */
	{ 1, ANY, { 0, 0, 0x76d83203, 0x0f8ba97f },
	  { SX_SIGNATURE, 8 << 8, 1u << 21 | 1u << 24 | 1u << 31,
	    1 << 7 | 1 << 9 | 1 << 12 | 1 << 14 | 1 << 28 } },
	{ 3, ANY, { 0 }, { 0 } },
	/* (T) Of caches the line's size alone; the rest of four is as the host has chosen. */
	{ 4, 0, { 0, 0xfff, 0, 0 }, { 0 } },
	{ 4, 1, { 0, 0xfff, 0, 0 }, { 0 } },
	{ 4, 2, { 0, 0xfff, 0, 0 }, { 0 } },
	{ 4, 3, { 0, 0xfff, 0, 0 }, { 0 } },
	{ 4, ANY, { 0 }, { 0 } },
	/* (S) FSGSBASE BMI1 AVX2 SMEP BMI2 RDSEED ADX SMAP CLFLUSHOPT CLWB SHA */
	{ 7, 0, { 0, 0x219c01a9, 0, 0 }, { 0 } },
	{ 7, ANY, { 0 }, { 0 } },
	{ 8, ANY, { 0 }, { 0 } },
	{ 0xa, ANY, { 0 }, { 0 } },	/* no performance counters: ATTRIBUTES.PERFMON is 0 */
	{ 0xd, 0, { 0 }, { 0 } },	/* by XFAM: see below */
	{ 0xd, 1, { 5, 0, 0, 0 }, { 0 } },	/* (S) XSAVEOPT, XGETBV of 1 */
	{ 0xd, ANY, { 0 }, { 0 } },
	{ 0xe, ANY, { 0 }, { 0 } },
	{ 0x11, ANY, { 0 }, { 0 } },
	{ 0x13, ANY, { 0 }, { 0 } },
	{ 0x14, ANY, { 0 }, { 0 } },
	/* (T) The crystal is 25 MHz, EBX from TD_PARAMS. Any other ratio overflows in Linux. */
	{ 0x15, ANY, { 0 }, { 1, 0, 25000000, 0 } },
	{ 0x17, ANY, { 0 }, { 0 } },
	{ 0x18, ANY, { 0 }, { 0 } },
	{ 0x19, ANY, { 0 }, { 0 } },
	{ 0x1a, ANY, { 0 }, { 0 } },
	{ 0x1c, ANY, { 0 }, { 0 } },
	{ 0x1d, ANY, { 0 }, { 0 } },
	{ 0x1e, ANY, { 0 }, { 0 } },
	/* (T) "IntelTDX    " */
	{ 0x21, 0, { 0 }, { 0, 0x65746e49, 0x20202020, 0x5844546c } },
	{ 0x21, ANY, { 0 }, { 0 } },
	{ 0x80000000, ANY, { 0 }, { 0x80000008, 0, 0, 0 } },
	/* (S) LAHF, ABM, PREFETCHW; SYSCALL, NX, 1G pages, long mode; no RDTSCP, nor TSC_AUX */
	{ 0x80000001, ANY, { 0, 0, 0x121, 0x24100800 }, { 0 } },
	{ 0x80000002, ANY, { 0 }, { 0x74666f73, 0x20786474, 0, 0 } },	/* "softtdx " */
	{ 0x80000003, ANY, { 0 }, { 0 } },
	{ 0x80000004, ANY, { 0 }, { 0 } },
	{ 0x80000007, ANY, { 0 }, { 0, 0, 0, 1 << 8 } },	/* (T) invariant TSC */
	/* The TD's GPAW; its own page tables have 4 levels. */
	{ 0x80000008, ANY, { 0 }, { 48 << 8, 0, 0, 0 } },
};

/* Features that are AVX's. */
#define LEAF1_ECX_AVX	(1u << 12 | 1u << 28 | 1u << 29)
#define LEAF7_EBX_AVX	(1u << 5)

void sx_set_native_cpuid(struct sx_sys *sys, void (*cpuid)(u32 leaf, u32 sub, u32 out[4]))
{
	sys->native_cpuid = cpuid;
}

u64 sx_td_xfam(struct sx_td *td)
{
	return td->g.xfam;
}

static const struct row *find(u32 leaf, u32 sub)
{
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].leaf == leaf && (rows[i].sub == ANY || rows[i].sub == sub))
			return &rows[i];
	return NULL;
}

/* SMT level of one, and all vCPUs as cores of one package. */
#define CORE_SHIFT	12

static void topology(struct sx_vp *vp, u32 sub, u32 out[4])
{
	out[0] = sub == 1 ? CORE_SHIFT : 0;
	out[1] = sub == 0 ? 1 : sub == 1 ? __atomic_load_n(&vp->td->nr_vps, __ATOMIC_RELAXED) : 0;
	out[2] = (sub & 255) | (sub < 2 ? (sub + 1) << 8 : 0);
	out[3] = vp->index;
}

/* The XSAVE area: 512 bytes of x87 and SSE, 64 of header, 256 of AVX. */
static u32 xsave_size(u64 features)
{
	return features & XFAM_AVX ? 832 : 576;
}

/* What does not depend on a vCPU: how much it has switched on is left 0. */
static void xsave_leaf(u64 xfam, u32 sub, u32 out[4])
{

	if (sub == 0) {
		out[0] = (u32)xfam;
		out[2] = xsave_size(xfam);
	} else if (sub == 2 && xfam & XFAM_AVX) {
		out[0] = 256;
		out[1] = 576;
	}
}

static void adjust_td(struct sx_td *td, u32 leaf, u32 sub, u32 out[4])
{
	bool avx = td->g.xfam & XFAM_AVX;

	switch (leaf) {
	case 1:
		out[2] &= avx ? ~0u : ~LEAF1_ECX_AVX;
		break;
	case 7:
		out[1] &= avx ? ~0u : ~LEAF7_EBX_AVX;
		break;
	case 0xd:
		xsave_leaf(td->g.xfam, sub, out);
		break;
	case 0x15:
		out[1] = td->g.tsc_25mhz;
		break;
	case 0x80000008:	/* whatever is chosen: no TD here has MAXPA_VIRT */
		out[0] = (out[0] & ~0xffu) | td->gpaw;
		break;
	}
}

static void adjust_vp(struct sx_vp *vp, const struct sx_cpuid_state *s, u32 leaf, u32 sub,
		      u32 out[4])
{
	if (leaf == 1) {
		out[1] |= (vp->index & 255) << 24;
		out[2] |= s->cr4 & CR4_OSXSAVE ? 1u << 27 : 0;
	} else if (leaf == 0xd && sub < 2) {
		out[1] = xsave_size(s->xcr0);
	}
}

static void own_values(struct sx_sys *sys, const struct row *row, u32 leaf, u32 sub, u32 out[4])
{
	u32 native[4] = { 0 };
	int i;

	if (sys->native_cpuid)
		sys->native_cpuid(leaf, sub, native);
	for (i = 0; i < 4; i++)
		out[i] = (native[i] & row->native[i]) | row->fixed[i];
}

/*
 * CPUID_CONFIG_VALUES of SYS.RD: the bits of a row that make a difference; two registers, from @reg
 * on. The signature is left out: the one that a host would fill in is its processor's, and what a
 * guest is told is another.
 */
u64 sx_cpuid_config_values(struct sx_sys *sys, unsigned int n, unsigned int reg)
{
	const struct sx_cpuid_config *row = &sx_cpuid_configs[n];
	u32 own[4], bits[4], sub;
	unsigned int i;

	sub = row->sub == SX_NO_SUBLEAF ? 0 : row->sub;
	own_values(sys, find(row->leaf, sub), row->leaf, sub, own);
	for (i = 0; i < 4; i++)
		bits[i] = row->direct[i] | (row->allow[i] & own[i]);
	if (row->leaf == 1)
		bits[0] = 0;
	return bits[reg] | (u64)bits[reg + 1] << 32;
}

static void td_values(struct sx_td *td, const struct row *row, u32 leaf, u32 sub, u32 out[4])
{
	own_values(td->sys, row, leaf, sub, out);
	sx_cpuid_chosen(td, leaf, sub, out);
	adjust_td(td, leaf, sub, out);
}

/* Sub-leaves that the host can name (T); 0: the leaf has none. */
static u32 nr_subleaves(u32 leaf)
{
	switch (leaf) {
	case 4: return 5;
	case 7: return 3;
	case 0xb: return 3;
	case 0xd: return 19;
	case 0x14: return 2;
	case 0x18: return 9;
	case 0x1d: return 2;
	case 0x1f: return 6;
	case 0x21: return 1;
	default: return 0;
	}
}

bool sx_td_cpuid(struct sx_td *td, u32 leaf, u32 sub, u32 out[4])
{
	static const struct row topology = { 0 };	/* all of it is a vCPU's */
	const struct row *row = leaf == 0xb || leaf == 0x1f ? &topology : find(leaf, sub);
	u32 n = nr_subleaves(leaf);

	if (!row || (n ? sub >= n : sub != SX_NO_SUBLEAF))
		return false;
	td_values(td, row, leaf, n ? sub : 0, out);
	return true;
}

enum sx_verdict sx_guest_cpuid(struct sx_vp *vp, const struct sx_cpuid_state *s, u32 leaf, u32 sub,
			       u32 out[4])
{
	const struct row *row = find(leaf, sub);

	/* (T) The guest may have asked for all of them, of its kernel's or its users' programs. */
	if (vp->g.cpuid_ve[s->cpl != 0])
		return SX_VE;
	if (leaf == 0xb || leaf == 0x1f) {
		if (!sx_td_enum_topology(vp->td))
			return SX_VE;
		topology(vp, sub, out);
		return SX_RESUME;
	}
	if (!row)
		return SX_VE;
	td_values(vp->td, row, leaf, sub, out);
	adjust_vp(vp, s, leaf, sub, out);
	return SX_RESUME;
}

enum sx_verdict sx_guest_xsetbv(struct sx_vp *vp, u32 index, u64 value)
{
	/* x87 is always on, and AVX wants SSE. */
	if (index || value & ~vp->td->g.xfam || !(value & 1) || (value & 6) == 4)
		return SX_GP;
	return SX_RESUME;
}
