// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What makes a VM a TD: KVM's KVM_TDX_* calls, in the order that the kernel's documentation gives
 * (Documentation/virt/kvm/x86/intel-tdx.rst). Nothing here knows whether the TDX module is the real
 * one.
 */
#include "td.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm_para.h>

#include "fatal.h"
#include "softtdx.h"

#define TD_ATTR_SEPT_VE_DISABLE	(1ull << 28)	/* a touch before ACCEPT is an exit, not a #VE */
#define XFAM_X87_SSE 3ull /* the least the architecture allows; the payload is integer only */
#define XFAM_AVX 4ull		/* what a distribution's programs expect to find */
#define GPAW			48u		/* with 4 page-table levels; any TDX host has it */
#define CPUID_PHYS_BITS		0x80000008u
#define CPUID_1_ECX_X2APIC	(1u << 21)
#define SPLIT_IRQCHIP_PINS	24

/*
 * Of a series (patches/7.3/terminate), and in no header yet: a TD that is dead gives up its key id,
 * and its pages are reclaimed instead of removed. Both numbers are that series' own.
 */
#ifndef KVM_CAP_TDX_TERMINATE_VM
#define KVM_CAP_TDX_TERMINATE_VM 252
#endif
#define TERMINATE_VM		6u	/* KVM_TDX_TERMINATE_VM */

static int __td_command(int fd, uint32_t id, uint32_t flags, uint64_t data, uint64_t *hw_error)
{
	struct kvm_tdx_cmd c = { .id = id, .flags = flags, .data = data };
	int r = __vm_ioctl(fd, KVM_MEMORY_ENCRYPT_OP, (unsigned long)&c);

	*hw_error = c.hw_error;
	return r;
}

static void td_command_named(int fd, const char *name, uint32_t id, uint32_t flags, uint64_t data)
{
	uint64_t hw_error;
	int r;

	do
		r = __td_command(fd, id, flags, data, &hw_error);
	while (r == -EINTR || r == -EBUSY);
	if (r < 0)
		die("%s: %s (TDX status 0x%llx)", name, strerror(-r), (unsigned long long)hw_error);
}

#define td_command(fd, id, flags, data)	td_command_named(fd, #id, id, flags, data)

static void enable_cap(struct vm *vm, const char *name, uint32_t cap, uint64_t arg)
{
	int r = __vm_enable_cap(vm, cap, arg);

	if (r < 0)
		die("KVM_ENABLE_CAP %s: %s", name, strerror(-r));
}

static struct kvm_tdx_capabilities *get_capabilities(struct vm *vm)
{
	struct kvm_tdx_capabilities *caps;

	caps = calloc(1, sizeof(*caps) + VM_MAX_CPUID * sizeof(caps->cpuid.entries[0]));
	if (!caps)
		die("no memory");
	caps->cpuid.nent = VM_MAX_CPUID;
	td_command(vm->fd, KVM_TDX_CAPABILITIES, 0, (uintptr_t)caps);
	return caps;
}

/* EAX[23:16] is how KVM lets user space choose the GPA width, and with it the shared bit. */
static void set_gpaw(struct kvm_cpuid_entry2 *e)
{
	e->eax = (e->eax & ~0xff0000u) | GPAW << 16;
}

/* Of what the module lets us configure, the part that KVM supports. */
static void intersect_cpuid(struct vm *vm, struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid2 *supported = vm_supported_cpuid(vm);

	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];
		struct kvm_cpuid_entry2 *s = vm_cpuid_find(supported, e->function, e->index);

		e->eax &= s ? s->eax : 0;
		e->ebx &= s ? s->ebx : 0;
		e->ecx &= s ? s->ecx : 0;
		e->edx &= s ? s->edx : 0;
		/* KVM lists sub-leaves without it, and would take the first of them for all. */
		e->flags = s ? s->flags : 0;
		if (e->function == CPUID_PHYS_BITS)
			set_gpaw(e);
	}
}

static void init_vm(struct vm *vm, struct kvm_tdx_capabilities *caps)
{
	size_t entries = caps->cpuid.nent * sizeof(caps->cpuid.entries[0]);
	struct kvm_tdx_init_vm *init = calloc(1, sizeof(*init) + entries);
	struct kvm_cpuid_entry2 *e;

	if (!init)
		die("no memory");
	if ((caps->supported_xfam & XFAM_X87_SSE) != XFAM_X87_SSE)
		die("the TDX module offers XFAM 0x%llx, without x87 and SSE",
		    (unsigned long long)caps->supported_xfam);
	init->attributes = caps->supported_attrs & TD_ATTR_SEPT_VE_DISABLE;
	init->xfam = XFAM_X87_SSE | (vm->linux_guest ? caps->supported_xfam & XFAM_AVX : 0);
	memcpy(&init->cpuid, &caps->cpuid, sizeof(init->cpuid) + entries);
	intersect_cpuid(vm, &init->cpuid);
	e = vm_cpuid_find(&init->cpuid, CPUID_PHYS_BITS, 0);
	if (!e)
		die("the TDX module does not let CPUID 0x80000008 be configured: no way to set the GPA width");
	vm->shared_bit = 1ull << ((e->eax >> 16 & 0xff) - 1);
	td_command(vm->fd, KVM_TDX_INIT_VM, 0, (uintptr_t)init);
	free(init);
}

static void td_init(struct vm *vm)
{
	int max_vcpus = vm_ioctl(vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
	struct kvm_tdx_capabilities *caps;

	enable_cap(vm, "KVM_CAP_SPLIT_IRQCHIP", KVM_CAP_SPLIT_IRQCHIP, SPLIT_IRQCHIP_PINS);
	if (max_vcpus < (int)vm->nr_vcpus)
		die("a TD has at most one vCPU per CPU of the host, here %d: %u are too many",
		    max_vcpus, vm->nr_vcpus);
	enable_cap(vm, "KVM_CAP_EXIT_HYPERCALL", KVM_CAP_EXIT_HYPERCALL, 1 << KVM_HC_MAP_GPA_RANGE);
	caps = get_capabilities(vm);
	init_vm(vm, caps);
	free(caps);
	vm->can_terminate = vm_ioctl(vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_TDX_TERMINATE_VM) > 0;
	vm->call = softtdx_present() ? GUEST_CALL_VMMCALL : GUEST_CALL_TDCALL;
}

#define CPUID_KVM_FEATURES		0x40000001u

/* What the TDX module answers this TD's guest with. */
static struct kvm_cpuid2 *td_cpuid(struct vcpu *vcpu)
{
	static union vm_cpuid u;
	struct kvm_cpuid2 *cpuid = vm_cpuid_room(&u);

	td_command(vcpu->fd, KVM_TDX_GET_CPUID, 0, (uintptr_t)cpuid);
	return cpuid;
}

/*
 * What KVM answers a Linux guest with, or goes by: where the module answers, what it does (its
 * vendor, whatever the host's is; the TSC-deadline timer); of KVM's own features none, since their
 * MSRs are not for TDs.
 */
static void set_linux_cpuid(struct vcpu *vcpu, struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid2 *own = td_cpuid(vcpu);
	struct kvm_cpuid_entry2 *e;

	for (uint32_t i = 0; i < own->nent; i++) {
		e = vm_cpuid_find(cpuid, own->entries[i].function, own->entries[i].index);
		if (!e)
			continue;
		e->eax = own->entries[i].eax;
		e->ebx = own->entries[i].ebx;
		e->ecx = own->entries[i].ecx;
		e->edx = own->entries[i].edx;
	}
	e = vm_cpuid_find(cpuid, CPUID_KVM_FEATURES, 0);
	if (e)
		e->eax = e->edx = 0;
}

static void td_vcpu_init(struct vm *vm, struct vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid = vm_supported_cpuid(vm);
	struct kvm_cpuid_entry2 *e = vm_cpuid_find(cpuid, 1, 0);

	/* A TD's APIC is an x2APIC; KVM refuses KVM_TDX_INIT_VCPU otherwise. */
	if (e)
		e->ecx |= CPUID_1_ECX_X2APIC;
	e = vm_cpuid_find(cpuid, CPUID_PHYS_BITS, 0);
	if (e)
		set_gpaw(e);
	if (vm->linux_guest)
		set_linux_cpuid(vcpu, cpuid);
	vm_ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid);
	td_command(vcpu->fd, KVM_TDX_INIT_VCPU, 0, 0);
}

void td_add_memory(struct vm *vm, uint64_t gpa, const void *from, uint64_t pages)
{
	struct kvm_tdx_init_mem_region r = {
		.source_addr = (uintptr_t)from,
		.gpa = gpa,
		.nr_pages = pages,
	};

	/* KVM writes back what is left, so that an interrupted call goes on where it stopped. */
	td_command(vm->vcpu[0].fd, KVM_TDX_INIT_MEM_REGION, 0, (uintptr_t)&r);
}

void td_finalize(struct vm *vm)
{
	td_command(vm->fd, KVM_TDX_FINALIZE_VM, 0, 0);
}

static void add_boot_range(struct vm *vm, size_t offset, size_t len)
{
	td_add_memory(vm, GUEST_BOOT_GPA + offset, vm->boot + offset, len / PAGE_BYTES);
}

static void td_load_and_finalize(struct vm *vm)
{
	add_boot_range(vm, 0, vm->tables_size);
	add_boot_range(vm, vm->stacks_offset, GUEST_BOOT_SIZE - vm->stacks_offset);
	td_finalize(vm);
}

/*
 * If it does not work out, such as for a TD that KVM has declared dead, pages go as without: a case
 * that wants them reclaimed looks at the counters.
 */
static void td_end(struct vm *vm)
{
	uint64_t hw_error;
	int r;

	if (!vm->can_terminate)
		return;
	do
		r = __td_command(vm->fd, TERMINATE_VM, 0, 0, &hw_error);
	while (r == -EINTR || r == -EBUSY);
}

const struct vm_ops td_ops = {
	.init = td_init,
	.vcpu_init = td_vcpu_init,
	.load = td_load_and_finalize,
	.end = td_end,
};

const struct vm_ops td_convert_ops = {
	.init = td_init,
	.vcpu_init = td_vcpu_init,
	.load = td_load_and_finalize,
	.end = td_end,
	.converts = true,
};

const struct vm_ops td_large_ops = {
	.init = td_init,
	.vcpu_init = td_vcpu_init,
	.load = td_load_and_finalize,
	.large = true,
};
