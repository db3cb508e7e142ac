// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control arm: an ordinary VM under kvm-amd or kvm-intel. Its vCPUs are put where a TD's start,
 * so that the payload runs the same code; its memory is ordinary memory that the host allocates on
 * demand.
 */
#include "plain.h"

#include <string.h>

#include "fatal.h"

#define CR0_PE_ET_NE	0x31ull
/*
 * PAE beforehand: LME without PAE is what softtdx avoids too, since QEMU's TCG mishandles exits
 * there.
 */
#define CR4_PAE_MCE	0x60ull
#define EFER_SCE_LME_NXE 0x901ull
#define SPLIT_IRQCHIP_PINS 24

static void plain_init(struct vm *vm)
{
	int r = __vm_enable_cap(vm, KVM_CAP_SPLIT_IRQCHIP, SPLIT_IRQCHIP_PINS);

	if (r < 0)
		die("KVM_ENABLE_CAP KVM_CAP_SPLIT_IRQCHIP: %s", strerror(-r));
	vm->call = GUEST_CALL_NONE;
}

static void set_reset_state(struct vcpu *vcpu)
{
	struct kvm_segment flat = {
		.limit = 0xffffffff,
		.selector = 16,
		.type = 3,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_regs regs = { .rip = 0xfffffff0, .rsi = vcpu->index, .rflags = 2 };
	struct kvm_sregs s;

	vm_ioctl(vcpu->fd, KVM_GET_SREGS, &s);
	s.ds = s.es = s.ss = s.fs = s.gs = flat;
	flat.selector = 8;
	flat.type = 11;
	s.cs = flat;
	s.cr0 = CR0_PE_ET_NE;
	s.cr4 = CR4_PAE_MCE;
	s.efer = EFER_SCE_LME_NXE;
	vm_ioctl(vcpu->fd, KVM_SET_SREGS, &s);
	vm_ioctl(vcpu->fd, KVM_SET_REGS, &regs);
}

/* The guest's TSC is the host's, as in a TD: one clock for all vCPUs and the driver. */
static void share_tsc(struct vcpu *vcpu)
{
	uint64_t offset = 0;
	struct kvm_device_attr a = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)&offset,
	};

	vm_ioctl(vcpu->fd, KVM_SET_DEVICE_ATTR, &a);
}

static void plain_vcpu_init(struct vm *vm, struct vcpu *vcpu)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };

	vm_ioctl(vcpu->fd, KVM_SET_CPUID2, vm_supported_cpuid(vm));
	/* Not waiting for INIT and SIPI, which nobody would send. */
	vm_ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable);
	set_reset_state(vcpu);
	share_tsc(vcpu);
}

/* A TD's initial memory is mapped before it runs; so is this VM's. */
static void plain_load(struct vm *vm)
{
	vm_prefault(vm, 0, GUEST_BOOT_GPA, GUEST_BOOT_SIZE);
}

const struct vm_ops plain_ops = {
	.init = plain_init,
	.vcpu_init = plain_vcpu_init,
	.load = plain_load,
};
