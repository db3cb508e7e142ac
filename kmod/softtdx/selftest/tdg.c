// SPDX-License-Identifier: GPL-2.0-only
/* Conformance checks of the guest's side: TDCALL leaves, #VE, page tables, CPUID, MSRs, APIC. */
#include "priv.h"

void check_tdg_info(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0);
	struct sx_tdg_regs r = { 0 };

	OK(st_tdcall(vp, SX_TDG_VP_INFO, &r));
	EXPECT(r.rcx, 48);
	EXPECT(r.rdx, 0);
	EXPECT(r.r8, 2 | (u64)ST_MAX_VPS << 32);
	EXPECT(r.r9, 0);
	EXPECT(r.r10, 1);
	OK(st_tdcall(sx_vp_of(t->sys, t->d.vp[1]), SX_TDG_VP_INFO, &r));
	EXPECT(r.r9, 1);
	/* No such leaf, or not in this module; a version is no leaf either. */
	EXPECT(st_tdcall(vp, 12, &r), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(st_tdcall(vp, 1 | 1 << 16, &r), SX_OPERAND_INVALID | SX_OP_RAX);
	st_exit(t, t->d.vp[0]);
}

#define SYS_MINOR	0x0800000100000003ULL
#define SYS_MAJOR	0x0800000100000004ULL
#define SYS_FEATURES0	0x0a00000300000008ULL

/* Versions and features are for guests, and what the host needs is not. */
void check_tdg_sys_rd(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0);
	struct sx_tdg_regs r = { .rdx = ~0ULL };

	/* Each read tells the next field, and the first is asked for by none. */
	EXPECT(st_tdcall(vp, SX_TDG_SYS_RD, &r), SX_METADATA_FIRST_FIELD_ID);
	EXPECT(r.rdx, SYS_MINOR);
	OK(st_tdcall(vp, SX_TDG_SYS_RD, &r));
	EXPECT(r.r8, 5);
	EXPECT(r.rdx, SYS_MAJOR);
	OK(st_tdcall(vp, SX_TDG_SYS_RD, &r));
	EXPECT(r.r8, 1);
	EXPECT(r.rdx, SYS_FEATURES0);
	OK(st_tdcall(vp, SX_TDG_SYS_RD, &r));
	EXPECT(r.r8 & (1ULL << 18), 1ULL << 18);
	EXPECT(r.rdx, ~0ULL);
	/* The context in the identifier says nothing. */
	r.rdx = SYS_MAJOR | 2ULL << 52;
	OK(st_tdcall(vp, SX_TDG_SYS_RD, &r));
	EXPECT(r.r8, 1);
	r.rdx = SYS_MAJOR + 1;	/* update version */
	EXPECT(st_tdcall(vp, SX_TDG_SYS_RD, &r), SX_METADATA_FIELD_NOT_READABLE);
	EXPECT(r.r8, 0);
	EXPECT(r.rdx, ~0ULL);
	r.rdx = 0x1234;
	EXPECT(st_tdcall(vp, SX_TDG_SYS_RD, &r), SX_METADATA_FIELD_ID_INCORRECT);
	EXPECT(r.r8, 0);
	st_exit(t, t->d.vp[0]);
}

void check_tdg_ve(struct st *t)
{
	const struct sx_ve_info first = { .reason = 48, .len = 3, .qual = 2, .gla = 0x1000,
					  .gpa = 0x2000 };
	const struct sx_ve_info second = { .reason = 10, .len = 2 };
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0);
	struct sx_tdg_regs r = { .rcx = 1, .r10 = 1 };

	EXPECT(st_tdcall(vp, SX_TDG_VP_VEINFO_GET, &r), SX_NO_VALID_VE_INFO);
	EXPECT(r.rcx, 0);
	EXPECT(r.r10, 0);
	EXPECT(sx_ve(vp, &first), SX_VE);
	/* The area holds one: what comes before it is fetched is #DF, and does not change it. */
	EXPECT(sx_ve(vp, &second), SX_DF);
	OK(st_tdcall(vp, SX_TDG_VP_VEINFO_GET, &r));
	EXPECT(r.rcx, 48);
	EXPECT(r.rdx, 2);
	EXPECT(r.r8, 0x1000);
	EXPECT(r.r9, 0x2000);
	EXPECT(r.r10, 3);
	EXPECT(st_tdcall(vp, SX_TDG_VP_VEINFO_GET, &r), SX_NO_VALID_VE_INFO);
	EXPECT(sx_ve(vp, &second), SX_VE);
	st_exit(t, t->d.vp[0]);
}

#define TD_CTLS		0x1110000300000017ULL
#define CONFIG_FLAGS	0x1110000300000016ULL
#define ENUM_TOPOLOGY	2ULL
#define REDUCE_VE	8ULL

void check_tdg_vm_fields(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0), *other;
	struct sx_tdg_regs r = { .rdx = TD_CTLS };
	struct sx_cpuid_state s = { 0 };
	u32 out[4];

	OK(st_tdcall(vp, SX_TDG_VM_RD, &r));
	EXPECT(r.r8, 0);
	EXPECT(sx_guest_cpuid(vp, &s, 0xb, 0, out), SX_VE);
	r = (struct sx_tdg_regs){ .rdx = TD_CTLS, .r8 = REDUCE_VE, .r9 = REDUCE_VE };
	EXPECT(st_tdcall(vp, SX_TDG_VM_WR, &r), SX_OPERAND_INVALID | SX_OP_R8);
	r = (struct sx_tdg_regs){ .rdx = TD_CTLS, .r8 = ENUM_TOPOLOGY | REDUCE_VE,
				  .r9 = ENUM_TOPOLOGY };
	OK(st_tdcall(vp, SX_TDG_VM_WR, &r));
	EXPECT(r.r8, 0);
	OK(st_tdcall(vp, SX_TDG_VM_RD, &r));
	EXPECT(r.r8, ENUM_TOPOLOGY);
	/* It is the TD's: the other vCPU's CPUID and APIC id have it too. */
	other = sx_vp_of(t->sys, t->d.vp[1]);
	EXPECT(sx_guest_cpuid(other, &s, 0xb, 1, out), SX_RESUME);
	EXPECT(out[1], 2);
	EXPECT(out[3], 1);
	r = (struct sx_tdg_regs){ .rdx = CONFIG_FLAGS, .r8 = 1, .r9 = 1 };
	EXPECT(st_tdcall(vp, SX_TDG_VM_WR, &r), SX_OPERAND_INVALID | SX_OP_R8);
	r = (struct sx_tdg_regs){ .rdx = 0x1234, .r8 = 1 };
	EXPECT(st_tdcall(vp, SX_TDG_VM_RD, &r), SX_METADATA_FIELD_ID_INCORRECT | SX_OP_RDX);
	EXPECT(r.r8, 0);
	EXPECT(st_tdcall(vp, SX_TDG_VM_WR, &r), SX_METADATA_FIELD_ID_INCORRECT | SX_OP_RDX);
	st_exit(t, t->d.vp[0]);
}

#define PG		(1ULL << 31)
#define LMA		(1ULL << 10)
#define LINEAR		0xffff888000201000ULL
#define AT(linear, level) sx_gpa_index(linear, level)

/* Tables in GPA(0) to GPA(3), from the root down, which map LINEAR and LINEAR + 4K to @a and @b. */
static void make_tables(struct sx_vp *vp, u64 a, u64 b)
{
	unsigned int i;
	u64 *table;

	for (i = 0; i < 3; i++) {
		table = sx_guest_page(vp, GPA(i));
		sx_clear_page(table);
		table[AT(LINEAR, 3 - i)] = GPA(i + 1) | 1;
	}
	table = sx_guest_page(vp, GPA(3));
	sx_clear_page(table);
	table[AT(LINEAR, 0)] = a | 1;
	table[AT(LINEAR, 0) + 1] = b | 1;
}

void check_guest_memory(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 6);
	struct sx_paging p = { .cr0 = PG, .efer = LMA, .cr3 = GPA(0) };
	u8 *code = sx_guest_page(vp, GPA(4)), *next = sx_guest_page(vp, GPA(5));
	u64 gpa = 0, *table, pending;

	if (!code || !next) {
		EXPECT(code && next, true);
		return;
	}
	make_tables(vp, GPA(4), GPA(5));
	EXPECT(sx_guest_translate(vp, &p, LINEAR + 0x123, &gpa), true);
	EXPECT(gpa, GPA(4) + 0x123);
	memcpy(code + 16, "\x66\x0f\x01\xcc", 4);
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 16), true);
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 17), false);
	/* UD2 is a #UD too, and none of ours. */
	memcpy(code + 32, "\x0f\x0b", 2);
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 32), false);
	/* Over the edge of a page, and where the second page is not there. */
	memcpy(code + 4094, "\x66\x0f", 2);
	memcpy(next, "\x01\xcc", 2);
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 4094), true);
	table = sx_guest_page(vp, GPA(3));
	table[AT(LINEAR, 0) + 1] = GPA(5);
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 4094), false);
	/* Tables or pages that are shared, pending or not there are none. */
	table[AT(LINEAR, 0)] = GPA(4) | ST_SHARED | 1;
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 16), false);
	pending = st_page(t, 0);
	memcpy((u8 *)sx_page_va(t->sys, pending) + 16, "\x66\x0f\x01\xcc", 4);
	OK(st_aug(t, GPA(6), 0, pending));
	table[AT(LINEAR, 0)] = GPA(6) | 1;
	EXPECT(sx_guest_is_tdcall(vp, &p, LINEAR + 16), false);
	EXPECT(sx_guest_translate(vp, &p, 0x0000888000201000ULL, &gpa), false);
	p.cr3 = GPA(7);
	EXPECT(sx_guest_translate(vp, &p, LINEAR, &gpa), false);
	/* A large page of the guest's; then paging off. */
	p.cr3 = GPA(0);
	table = sx_guest_page(vp, GPA(2));
	table[AT(LINEAR, 1)] = REGION(0) | 0x81;
	EXPECT(sx_guest_translate(vp, &p, LINEAR, &gpa), true);
	EXPECT(gpa, REGION(0) + (LINEAR & 0x1fffff));
	p.la57 = true;
	EXPECT(sx_guest_translate(vp, &p, LINEAR, &gpa), false);
	p.cr0 = 0;
	EXPECT(sx_guest_translate(vp, &p, 0x1fffffff0ULL, &gpa), true);
	EXPECT(gpa, 0xfffffff0ULL);
	st_exit(t, t->d.vp[0]);
}

static void every_bit(u32 leaf, u32 sub, u32 out[4])
{
	(void)leaf;
	(void)sub;
	out[0] = out[1] = out[2] = out[3] = ~0u;
}

void check_guest_cpuid(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0);
	struct sx_cpuid_state s = { .xcr0 = 3 };
	u32 out[4];

	sx_set_native_cpuid(t->sys, every_bit);
	EXPECT(sx_guest_cpuid(vp, &s, 0, 0, out), SX_RESUME);
	EXPECT(out[0], 0x21);
	EXPECT(out[1], 0x756e6547);
	EXPECT(sx_guest_cpuid(vp, &s, 0x21, 0, out), SX_RESUME);
	EXPECT(out[1], 0x65746e49);
	EXPECT(out[3], 0x5844546c);
	EXPECT(sx_guest_cpuid(vp, &s, 1, 0, out), SX_RESUME);
	EXPECT(out[2] >> 21 & 1, 1);		/* x2APIC */
	EXPECT(out[2] >> 5 & 1, 0);		/* VMX */
	EXPECT(out[2] >> 3 & 1, 0);		/* MONITOR */
	EXPECT(out[2] >> 28 & 1, 0);		/* AVX: XFAM has not got it */
	EXPECT(out[2] >> 27 & 1, 0);		/* OSXSAVE follows CR4 */
	s.cr4 = 1 << 18;
	EXPECT(sx_guest_cpuid(vp, &s, 1, 0, out), SX_RESUME);
	EXPECT(out[2] >> 27 & 1, 1);
	EXPECT(sx_guest_cpuid(vp, &s, 7, 0, out), SX_RESUME);
	EXPECT(out[1] >> 5 & 1, 0);		/* AVX2 */
	EXPECT(out[1] >> 16 & 1, 0);		/* AVX-512: never */
	EXPECT(sx_guest_cpuid(vp, &s, 0xd, 0, out), SX_RESUME);
	EXPECT(out[0], 3);
	EXPECT(out[1], 576);
	EXPECT(sx_guest_cpuid(vp, &s, 0xd, 1, out), SX_RESUME);
	EXPECT(out[0], 5);
	vp->td->g.xfam = 7;
	sx_tdcs_of(vp->td)->cpuid[0][2] = 1 << 28;	/* and the host lets it have */
	s.xcr0 = 7;
	EXPECT(sx_guest_cpuid(vp, &s, 1, 0, out), SX_RESUME);
	EXPECT(out[2] >> 28 & 1, 1);
	EXPECT(sx_guest_cpuid(vp, &s, 0xd, 0, out), SX_RESUME);
	EXPECT(out[1], 832);
	EXPECT(sx_guest_cpuid(vp, &s, 0xd, 2, out), SX_RESUME);
	EXPECT(out[1], 576);
	vp->td->g.tsc_25mhz = 40;
	EXPECT(sx_guest_cpuid(vp, &s, 0x15, 0, out), SX_RESUME);
	EXPECT(out[0], 1);
	EXPECT(out[1], 40);
	EXPECT(sx_guest_cpuid(vp, &s, 0x40000000, 0, out), SX_VE);
	EXPECT(sx_guest_cpuid(vp, &s, 2, 0, out), SX_VE);
	EXPECT(sx_guest_xsetbv(vp, 0, 7), SX_RESUME);
	EXPECT(sx_guest_xsetbv(vp, 0, 5), SX_GP);
	EXPECT(sx_guest_xsetbv(vp, 0, 2), SX_GP);
	EXPECT(sx_guest_xsetbv(vp, 0, 0x207), SX_GP);
	EXPECT(sx_guest_xsetbv(vp, 1, 3), SX_GP);
	vp->td->g.xfam = 3;
	EXPECT(sx_guest_xsetbv(vp, 0, 7), SX_GP);
	st_exit(t, t->d.vp[0]);
}

void check_guest_msr(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0), *second = sx_vp_of(t->sys, t->d.vp[1]);
	struct sx_msr_state s = { .efer = 0x1d01, .tsc = 77 };
	u64 v = 0;

	EXPECT(sx_guest_rdmsr(vp, &s, 0x10, &v), SX_RESUME);
	EXPECT(v, 77);
	EXPECT(sx_guest_rdmsr(vp, &s, 0x1b, &v), SX_RESUME);
	EXPECT(v, 0xfee00d00);
	EXPECT(sx_guest_rdmsr(second, &s, 0x1b, &v), SX_RESUME);
	EXPECT(v, 0xfee00c00);
	EXPECT(sx_guest_rdmsr(vp, &s, 0xc0000080, &v), SX_RESUME);
	EXPECT(v, 0xd01);			/* SVME is ours */
	EXPECT(sx_guest_wrmsr(vp, &s, 0xc0000080, 0xd00), SX_RESUME);
	EXPECT(s.efer, 0x1d00);
	EXPECT(sx_guest_wrmsr(vp, &s, 0xc0000080, 0x501), SX_GP);	/* NXE is fixed to 1 */
	EXPECT(sx_guest_wrmsr(vp, &s, 0xc0000080, 0xc01), SX_GP);	/* and LME */
	EXPECT(sx_guest_wrmsr(vp, &s, 0xc0000080, 0x1d01), SX_GP);
	EXPECT(sx_guest_wrmsr(vp, &s, 0x277, 0x0007040600070406ULL), SX_RESUME);
	EXPECT(s.pat, 0x0007040600070406ULL);
	EXPECT(sx_guest_wrmsr(vp, &s, 0x277, 2), SX_GP);
	EXPECT(sx_guest_wrmsr(vp, &s, 0xda0, 0), SX_RESUME);
	EXPECT(sx_guest_wrmsr(vp, &s, 0xda0, 0x800), SX_GP);
	EXPECT(sx_guest_rdmsr(vp, &s, 0x480, &v), SX_GP);
	EXPECT(sx_guest_wrmsr(vp, &s, 0x491, 0), SX_GP);
	EXPECT(sx_guest_rdmsr(vp, &s, 0x6e0, &v), SX_VE);	/* TSC deadline: KVM's */
	EXPECT(sx_guest_wrmsr(vp, &s, 0x830, 0), SX_VE);	/* ICR */
	EXPECT(sx_guest_rdmsr(vp, &s, 0x802, &v), SX_VE);	/* APIC id: without ENUM_TOPOLOGY */
	EXPECT(sx_guest_rdmsr(vp, &s, 0x4b564d00, &v), SX_VE);
	st_exit(t, t->d.vp[0]);
}

static u64 rd(struct sx_vp *vp, u32 msr)
{
	struct sx_msr_state s = { 0 };
	u64 v = 0;

	return sx_guest_rdmsr(vp, &s, msr, &v) == SX_RESUME ? v : ~0ULL;
}

static enum sx_verdict wr(struct sx_vp *vp, u32 msr, u64 v)
{
	struct sx_msr_state s = { 0 };

	return sx_guest_wrmsr(vp, &s, msr, v);
}

void check_guest_apic(struct st *t)
{
	const u64 nmi = 32ULL << 56 | 11, details = 1ULL << 63 | 17ULL << 56 | 0x100;
	struct sx_vp *vp = st_run_guest(t, 2, 0, 0);

	EXPECT(sx_vapic_next(vp), 0);
	sx_vapic_post(vp, 0, 1ULL << 0x31);
	sx_vapic_post(vp, 3, 1ULL << (0xec & 63));
	EXPECT(sx_vapic_next(vp), 0xec);
	EXPECT(rd(vp, 0x827), 1 << (0xec & 31));
	sx_vapic_taken(vp, 0xec);
	EXPECT(rd(vp, 0x817), 1 << (0xec & 31));
	EXPECT(rd(vp, 0x80a), 0xe0);		/* PPR */
	/* A lower one waits, and VCPU_STATE_DETAILS says nothing of it: it cannot be delivered. */
	EXPECT(sx_vapic_next(vp), 0);
	EXPECT(wr(vp, 0x80b, 1), SX_GP);
	EXPECT(wr(vp, 0x80b, 0), SX_RESUME);	/* EOI */
	EXPECT(rd(vp, 0x80a), 0);
	EXPECT(sx_vapic_next(vp), 0x31);
	EXPECT(wr(vp, 0x808, 0x30), SX_RESUME);	/* TPR of the same class holds it back */
	EXPECT(sx_vapic_next(vp), 0);
	EXPECT(sx_guest_read_cr8(vp), 3);
	EXPECT(wr(vp, 0x808, 0x100), SX_GP);
	EXPECT(sx_guest_write_cr8(vp, 2), SX_RESUME);
	EXPECT(rd(vp, 0x808), 0x20);
	EXPECT(sx_vapic_next(vp), 0x31);
	EXPECT(sx_guest_write_cr8(vp, 16), SX_GP);
	EXPECT(sx_guest_write_cr8(vp, 3), SX_RESUME);
	EXPECT(sx_vapic_next(vp), 0);
	EXPECT(wr(vp, 0x808, 0), SX_RESUME);
	EXPECT(wr(vp, 0x83f, 0x41), SX_RESUME);	/* self IPI */
	EXPECT(wr(vp, 0x83f, 15), SX_GP);
	EXPECT(sx_vapic_next(vp), 0x41);
	EXPECT(wr(vp, 0x810, 0), SX_GP);
	EXPECT(rd(vp, 0x80b), ~0ULL);
	sx_vapic_exit(vp);
	st_exit(t, t->d.vp[0]);
	OK(st_call(t, SX_VP_RD, t->d.vp[0], details, 0, 0));
	EXPECT(t->out.r8, 1);
	sx_vapic_taken(vp, 0x41);
	sx_vapic_exit(vp);
	OK(st_call(t, SX_VP_RD, t->d.vp[0], details, 0, 0));
	EXPECT(t->out.r8, 0);
	EXPECT(sx_vp_take_nmi(vp), false);
	OK(st_call(t, SX_VP_WR, t->d.vp[0], nmi, 1, 0xff));
	EXPECT(sx_vp_take_nmi(vp), true);
	EXPECT(sx_vp_take_nmi(vp), false);
	OK(st_call(t, SX_VP_WR, t->d.vp[0], 0x2016, 0x5000, ~0ULL));
	EXPECT(sx_vp_pi_desc(vp), 0x5000);
}

/* xorshift64; goes on from check to check. */
static u64 random_state = 88172645463325252ULL;

static u64 random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* An address, or a number, that is often near something. */
static u64 random_near(void)
{
	u64 r = random_u64();

	switch (r & 7) {
	case 0:
		return GPA(r >> 8 & 7) + (r >> 16 & 0xfff);
	case 1:
		return GPA(r >> 8 & 7) | 1 | (r >> 16 & 1) << 7;
	case 2:
		return LINEAR + (r >> 8 & 0x3fff);
	case 3:
		return r >> 8 & 0xfff;
	case 4:
		return 0xc0000080 + (r >> 8 & 0x1ff);
	default:
		return r >> (r >> 8 & 63);
	}
}

static void random_step(struct st *t, struct sx_vp *vp)
{
	struct sx_paging p = { .cr0 = random_u64() & PG, .efer = LMA, .cr3 = random_near(),
			       .la57 = !(random_u64() & 15) };
	struct sx_msr_state m = { .efer = 0x1d01 };
	struct sx_cpuid_state c = { .cr4 = random_u64(), .xcr0 = random_u64() & 7 };
	struct sx_tdg_regs r = { random_u64() % 12, random_near(), random_near(), random_near(),
				 random_near(), random_near(), random_near() };
	struct sx_cr_write w;
	u64 v = random_u64(), cr = random_near();
	u64 *word = sx_guest_page(vp, GPA(v & 7) + (v >> 3 & 0xff8));
	u32 out[4];

	if (word)
		*word = random_near();
	sx_guest_is_tdcall(vp, &p, random_near());
	if (sx_guest_cr_write(vp, &p, random_near(), v & 1, &w))
		EXPECT(w.gpr < 16 && w.cr < 16 && w.len >= 3 && w.len <= 15, true);
	EXPECT(sx_guest_write_cr4(&p, random_near()) <= SX_GP, true);
	if (sx_guest_write_cr0(&p, v & 2, &cr) == SX_RESUME)
		EXPECT(cr & 0x60000021, 0x21);
	sx_tdg_call(vp, &r);
	EXPECT(sx_guest_cpuid(vp, &c, (u32)random_near(), (u32)v & 3, out) <= SX_VE, true);
	EXPECT(sx_guest_rdmsr(vp, &m, (u32)random_near(), &v) <= SX_UD, true);
	EXPECT(sx_guest_wrmsr(vp, &m, (u32)random_near(), random_near()) <= SX_UD, true);
	/* Whatever it writes: long mode, NX and SVM stay on. */
	EXPECT(m.efer & 0x1900, 0x1900);
	sx_vapic_post(vp, (u32)v, random_u64() & random_u64() & random_u64());
	sx_vapic_taken(vp, sx_vapic_next(vp));
}

/* A hostile guest: any bytes in memory and tables, any operand. It may touch its own alone. */
void check_guest_random(struct st *t)
{
	struct sx_vp *vp = st_run_guest(t, 2, 0, 8);
	unsigned int i;

	make_tables(vp, GPA(4), GPA(5));
	sx_set_native_cpuid(t->sys, every_bit);
	for (i = 0; i < 20000; i++)
		random_step(t, vp);
	st_exit(t, t->d.vp[0]);
}
