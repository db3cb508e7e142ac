// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For t/exec.sh: a TD of one vCPU, whose kernel has an IDT and no more. It writes CR8 and TPR,
 * touches a page that it has not accepted, and is sent NMIs. With -DRACE it has three vCPUs, which
 * write the same pages and accept them by #VE while the host punches holes there.
 *
 * Exit status: 0, the guest had its #VE and its NMIs; with -DVE_DISABLE, the touch was an exit that
 * KVM ends the TD for; with -DRACE, no KVM_RUN ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE		4096u
#define IMAGE		0xffffa000u	/* six pages, the last with the reset vector */
#define IMAGE_SIZE	(6 * PAGE)
#define TEST		0x100000000ull	/* the page that is not accepted; the first of them */
#define GPAW		48u
#define PORT		0x5e
#define READY_FOR_NMI	0x99		/* what the guest says */

#ifdef VE_DISABLE
#define ATTRIBUTES	(1ull << 28)
#else
#define ATTRIBUTES	0
#endif

#ifdef RACE
#define TEST_SIZE	(64 * PAGE)
#define NR_VCPUS	3
#define HOLES		50
#else
#define TEST_SIZE	PAGE
#define NR_VCPUS	1
#endif

/* Of the image: tables, what is data, then the code. */
#define AT_PML4		(0 * PAGE)
#define AT_PDPT		(1 * PAGE)
#define AT_PD		(2 * PAGE)	/* of the fourth GiB, and of the fifth */
#define AT_DATA		(4 * PAGE)	/* words, IDT; the stack grows down from its end */
#define AT_IDT		(AT_DATA + 256)
#define AT_CODE		(5 * PAGE)

#define STR_(x)		#x
#define STR(x)		STR_(x)

/* Words of the data: #VEs, reason and GPA of the last, status of ACCEPT, NMIs. */
__asm__(
	"	.pushsection .rodata\n"
	"	.set	base, 0xffffa000\n"
	"	.set	data, base + 0x4000\n"
	"	.set	code, base + 0x5000\n"
	"	.globl	guest_code, guest_ve, guest_nmi\n"
	"	.balign	4096\n"
	"guest_code:\n"
	"	.code32\n"
	"	movl	%cr4, %eax\n"
	"	orl	$0x20, %eax\n"
	"	movl	%eax, %cr4\n"
	"	movl	$base, %eax\n"
	"	movl	%eax, %cr3\n"
	"	lgdt	code + (gdt_desc - guest_code)\n"
	"	movl	%cr0, %eax\n"
	"	orl	$0x80000000, %eax\n"
	"	movl	%eax, %cr0\n"
	"	ljmp	$8, $code + (start64 - guest_code)\n"
	"	.code64\n"
	"start64:\n"
	"	movl	$16, %eax\n"
	"	movl	%eax, %ds\n"
	"	movl	%eax, %es\n"
	"	movl	%eax, %ss\n"
	"	shll	$10, %esi\n"			/* at reset the vCPU's number */
	"	movl	$code, %esp\n"
	"	subl	%esi, %esp\n"
	"	movl	$data, %ebx\n"
	"	lidt	idt_desc(%rip)\n"
	"	movl	$1, %eax\n"			/* VP.INFO */
	"	.byte	0x66, 0x0f, 0x01, 0xcc\n"
#ifdef RACE
	"	movabsq	$0x100000000, %rdi\n"
	"race:	movl	$0x1234, (%rdi)\n"
	"	addl	$0x1000, %edi\n"
	"	andl	$0x3ffff, %edi\n"
	"	btsq	$32, %rdi\n"
	"	jmp	race\n"
#endif
	"	movl	$5, %eax\n"
	"	movq	%rax, %cr8\n"
	"	movl	$0x808, %ecx\n"		/* the virtual APIC's TPR */
	"	rdmsr\n"
	"	movl	%eax, %r15d\n"
	"	call	say\n"
	"	movl	$0x808, %ecx\n"
	"	movl	$0x30, %eax\n"
	"	xorl	%edx, %edx\n"
	"	wrmsr\n"
	"	movq	%cr8, %r15\n"
	"	call	say\n"
	"	movabsq	$0x100000000, %rdi\n"
	"	movl	$0x1234, (%rdi)\n"		/* #VE */
	"	movl	(%rdi), %r15d\n"
	"	call	say\n"
	"	movl	(%rbx), %r15d\n"
	"	call	say\n"
	"	movl	8(%rbx), %r15d\n"
	"	call	say\n"
	"	movq	16(%rbx), %r15\n"
	"	shrq	$12, %r15\n"
	"	call	say\n"
	"	movl	24(%rbx), %r15d\n"
	"	call	say\n"
	"again:\n"
	"	movl	$" STR(READY_FOR_NMI) ", %r15d\n"
	"	call	say\n"
	"	movl	32(%rbx), %r15d\n"
	"	call	say\n"
	"	jmp	again\n"
	/* TDG.VP.VMCALL<Instruction.IO>: writes R15 to the port. */
	"say:\n"
	"	xorl	%eax, %eax\n"
	"	movl	$0xfc00, %ecx\n"
	"	xorl	%r10d, %r10d\n"
	"	movl	$30, %r11d\n"
	"	movl	$4, %r12d\n"
	"	movl	$1, %r13d\n"
	"	movl	$" STR(PORT) ", %r14d\n"
	"	.byte	0x66, 0x0f, 0x01, 0xcc\n"
	"	ret\n"
	"guest_ve:\n"
	"	incl	(%rbx)\n"
	"	movl	$3, %eax\n"			/* VEINFO.GET */
	"	.byte	0x66, 0x0f, 0x01, 0xcc\n"
	"	movl	%ecx, 8(%rbx)\n"
	"	movq	%r9, 16(%rbx)\n"
	"	movl	$6, %eax\n"			/* ACCEPT */
	"	movq	%r9, %rcx\n"
	"	andq	$-4096, %rcx\n"
	"	.byte	0x66, 0x0f, 0x01, 0xcc\n"
	"	movl	%eax, 24(%rbx)\n"
	"	iretq\n"
	"guest_nmi:\n"
	"	incl	32(%rbx)\n"
	"	iretq\n"
	"	.balign	8\n"
	/* Accessed bits are set. */
	"gdt:	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff\n"
	"gdt_desc: .word . - gdt - 1\n"
	"	.long	code + (gdt - guest_code)\n"
	"idt_desc: .word 21 * 16 - 1\n"
	"	.quad	data + 256\n"
	"	.org	guest_code + 0xff0, 0xf4\n"
	"	.code32\n"
	"	jmp	guest_code\n"
	"	.org	guest_code + 0x1000, 0xf4\n"
	"	.code64\n"
	"	.popsection\n");

extern const char guest_code[], guest_ve[], guest_nmi[];

struct cpuid {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 e[256];
};

struct td {
	int kvm, vm, vcpu, file;	/* of vCPUs and files the last one made */
	struct kvm_run *run;
};

static void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static int request(int fd, const char *what, unsigned long nr, void *arg)
{
	int r;

	do
		r = ioctl(fd, nr, arg);
	while (r < 0 && (errno == EINTR || errno == EBUSY));
	if (r < 0)
		fail(what);
	return r;
}

static void command(int fd, const char *what, uint32_t id, const void *data)
{
	struct kvm_tdx_cmd c = { .id = id, .data = (uintptr_t)data };

	request(fd, what, KVM_MEMORY_ENCRYPT_OP, &c);
}

static struct kvm_cpuid_entry2 *leaf(struct kvm_cpuid2 *cpuid, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == function && cpuid->entries[i].index == index)
			return &cpuid->entries[i];
	return NULL;
}

static void set_width(struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 *e = leaf(cpuid, 0x80000008, 0);

	if (e)
		e->eax = (e->eax & ~0xff0000u) | GPAW << 16;
}

static void init_vm(struct td *td, struct kvm_cpuid2 *supported)
{
	static union {
		struct kvm_tdx_capabilities c;
		char room[sizeof(struct kvm_tdx_capabilities) + sizeof(struct cpuid)];
	} caps;
	static union {
		struct kvm_tdx_init_vm i;
		char room[sizeof(struct kvm_tdx_init_vm) + sizeof(struct cpuid)];
	} init;
	struct kvm_cpuid2 *to = &init.i.cpuid, *from = &caps.c.cpuid;

	from->nent = 256;
	command(td->vm, "KVM_TDX_CAPABILITIES", KVM_TDX_CAPABILITIES, &caps);
	init.i.attributes = ATTRIBUTES;
	init.i.xfam = 3;
	to->nent = from->nent;
	for (uint32_t i = 0; i < from->nent; i++) {
		struct kvm_cpuid_entry2 *e = &to->entries[i], *s;

		*e = from->entries[i];
		s = leaf(supported, e->function, e->index);
		e->eax &= s ? s->eax : 0;
		e->ebx &= s ? s->ebx : 0;
		e->ecx &= s ? s->ecx : 0;
		e->edx &= s ? s->edx : 0;
	}
	set_width(to);
	command(td->vm, "KVM_TDX_INIT_VM", KVM_TDX_INIT_VM, &init);
}

static void expect(const char *what, int64_t got, int64_t want)
{
	printf("%s: 0x%llx\n", what, (unsigned long long)got);
	if (got == want)
		return;
	printf("not 0x%llx\n", (unsigned long long)want);
	exit(1);
}

/* As QEMU asks: before KVM_TDX_INIT_VCPU. What is the processor's own has to be there already. */
static void check_own_cpuid(struct td *td)
{
	static struct cpuid own = { .head.nent = 256 };
	struct kvm_cpuid_entry2 *e;

	command(td->vcpu, "KVM_TDX_GET_CPUID", KVM_TDX_GET_CPUID, &own);
	e = leaf(&own.head, 1, 0);
	expect("FPU, TSC, CMOV of CPUID 1", e ? e->edx & 0x8011 : 0, 0x8011);
}

static void make_vcpu(struct td *td, struct kvm_cpuid2 *supported, uintptr_t id)
{
	struct kvm_cpuid_entry2 *e = leaf(supported, 1, 0);
	size_t len = (size_t)request(td->kvm, "KVM_GET_VCPU_MMAP_SIZE", KVM_GET_VCPU_MMAP_SIZE,
				     NULL);

	td->vcpu = request(td->vm, "KVM_CREATE_VCPU", KVM_CREATE_VCPU, (void *)id);
	if (e)
		e->ecx |= 1u << 21;	/* x2APIC */
	set_width(supported);
	check_own_cpuid(td);
	request(td->vcpu, "KVM_SET_CPUID2", KVM_SET_CPUID2, supported);
	command(td->vcpu, "KVM_TDX_INIT_VCPU", KVM_TDX_INIT_VCPU, NULL);
	td->run = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, td->vcpu, 0);
	if (td->run == MAP_FAILED)
		fail("the vCPU's pages");
}

static int vcpu_fd[NR_VCPUS];

static void make_td(struct td *td)
{
	struct kvm_enable_cap irqchip = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };
	static struct cpuid supported;

	td->kvm = open("/dev/kvm", O_RDWR);
	if (td->kvm < 0)
		fail("/dev/kvm");
	td->vm = request(td->kvm, "KVM_CREATE_VM", KVM_CREATE_VM, (void *)KVM_X86_TDX_VM);
	request(td->vm, "KVM_CAP_SPLIT_IRQCHIP", KVM_ENABLE_CAP, &irqchip);
	supported.head.nent = 256;
	request(td->kvm, "KVM_GET_SUPPORTED_CPUID", KVM_GET_SUPPORTED_CPUID, &supported);
	init_vm(td, &supported.head);
	for (uintptr_t id = 0; id < NR_VCPUS; id++) {
		make_vcpu(td, &supported.head, id);
		vcpu_fd[id] = td->vcpu;
	}
}

static void add_slot(struct td *td, uint32_t slot, uint64_t gpa, size_t len, void *host)
{
	struct kvm_create_guest_memfd file = { .size = len };
	struct kvm_userspace_memory_region2 r = {
		.slot = slot, .flags = KVM_MEM_GUEST_MEMFD, .guest_phys_addr = gpa,
		.memory_size = len, .userspace_addr = (uintptr_t)host,
	};
	struct kvm_memory_attributes a = { .address = gpa, .size = len,
					   .attributes = KVM_MEMORY_ATTRIBUTE_PRIVATE };

	td->file = request(td->vm, "KVM_CREATE_GUEST_MEMFD", KVM_CREATE_GUEST_MEMFD, &file);
	r.guest_memfd = (uint32_t)td->file;
	request(td->vm, "KVM_SET_USER_MEMORY_REGION2", KVM_SET_USER_MEMORY_REGION2, &r);
	request(td->vm, "KVM_SET_MEMORY_ATTRIBUTES", KVM_SET_MEMORY_ATTRIBUTES, &a);
}

static void set_gate(char *image, unsigned int vector, const char *handler)
{
	uint64_t at = IMAGE + AT_CODE + (uint64_t)(handler - guest_code);
	uint64_t gate[2] = { (at & 0xffff) | 8 << 16 | 0x8eull << 40 | (at >> 16 & 0xffff) << 48,
			     at >> 32 };

	memcpy(image + AT_IDT + 16 * vector, gate, sizeof(gate));
}

/* One to one by 2M: the GiB of the image and that of the test page. Accessed and dirty are set. */
static void fill_image(char *image)
{
	uint64_t *pdpt = (uint64_t *)(image + AT_PDPT), *pd = (uint64_t *)(image + AT_PD);

	*(uint64_t *)(image + AT_PML4) = (IMAGE + AT_PDPT) | 0x23;
	for (unsigned int i = 0; i < 2; i++)
		pdpt[3 + i] = (IMAGE + AT_PD + i * PAGE) | 0x23;
	for (uint64_t i = 0; i < 1024; i++)
		pd[i] = ((3ull << 30) + (i << 21)) | 0xe3;
	set_gate(image, 2, guest_nmi);
	set_gate(image, 20, guest_ve);
	memcpy(image + AT_CODE, guest_code, PAGE);
}

static void *pages(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("memory");
	return p;
}

static void add_memory(struct td *td)
{
	struct kvm_tdx_init_mem_region r = { .gpa = IMAGE, .nr_pages = IMAGE_SIZE / PAGE };

	char *image = pages(IMAGE_SIZE);

	fill_image(image);
	add_slot(td, 0, IMAGE, IMAGE_SIZE, image);
	add_slot(td, 1, TEST, TEST_SIZE, pages(TEST_SIZE));
	r.source_addr = (uintptr_t)image;
	command(td->vcpu, "KVM_TDX_INIT_MEM_REGION", KVM_TDX_INIT_MEM_REGION, &r);
	command(td->vm, "KVM_TDX_FINALIZE_VM", KVM_TDX_FINALIZE_VM, NULL);
}

#ifdef RACE
static void *run_vcpu(void *fd)
{
	int r;

	do
		r = ioctl(*(int *)fd, KVM_RUN, NULL);
	while (r < 0 && (errno == EINTR || errno == EAGAIN));
	printf("KVM_RUN: %s\n", r < 0 ? strerror(errno) : "an exit");
	exit(1);
}

static void check(struct td *td)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	pthread_t thread;

	for (int i = 0; i < NR_VCPUS; i++)
		if (pthread_create(&thread, NULL, run_vcpu, &vcpu_fd[i]))
			fail("a thread");
	for (int i = 0; i < HOLES; i++) {
		nanosleep(&pause, NULL);
		if (fallocate(td->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, TEST_SIZE))
			fail("a hole");
	}
	printf("holes: %d\n", HOLES);
}
#else
/* What the guest says next; -1 if KVM runs it no more. */
static int64_t listen(struct td *td)
{
	const struct kvm_run *run = td->run;
	int r;

	do
		r = ioctl(td->vcpu, KVM_RUN, NULL);
	while (r < 0 && (errno == EINTR || errno == EAGAIN));
	if (r < 0)
		return -1;
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != PORT) {
		printf("exit %u, suberror %u\n", run->exit_reason, run->internal.suberror);
		exit(1);
	}
	return *(const uint32_t *)((const char *)run + run->io.data_offset);
}

#endif

#ifdef VE_DISABLE
static void check(struct td *td)
{
	int64_t said;

	listen(td);
	listen(td);
	said = listen(td);

	printf("KVM_RUN: %s\n", strerror(errno));
	expect("what the guest says", said, -1);
	expect("error", errno, EIO);
}
#elif !defined(RACE)
static void check(struct td *td)
{
	expect("TPR by CR8", listen(td), 0x50);
	expect("CR8 by TPR", listen(td), 3);
	expect("what it wrote", listen(td), 0x1234);
	expect("#VEs", listen(td), 1);
	expect("reason", listen(td), 48);
	expect("page", listen(td), TEST >> 12);
	expect("ACCEPT", listen(td), 0);
	for (int nmis = 0; nmis < 4; nmis++) {
		expect("ready", listen(td), READY_FOR_NMI);
		/* After the last none is sent. */
		if (nmis < 3)
			request(td->vcpu, "KVM_NMI", KVM_NMI, NULL);
		expect("NMIs", listen(td), nmis < 3 ? nmis + 1 : 3);
	}
}
#endif

int main(void)
{
	struct td td;

	make_td(&td);
	add_memory(&td);
	check(&td);
	return 0;
}
