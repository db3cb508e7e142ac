/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that runs the payload: a TD (td.h) or an ordinary VM (plain.h) with the same memory layout,
 * the same payload and the same commands.
 *
 * vm_verb() does it or dies with one line; __vm_verb() returns -errno.
 */
#ifndef BENCH_VM_H
#define BENCH_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm.h>

#include "crew.h"
#include "guest/abi.h"

#define VM_MAX_VCPUS	(PLACEMENT_MAX_CPUS - 1)
#define VM_MAX_PAGES	(1ull << 22)	/* 16 GiB of test range */
#define PAGE_BYTES	4096ull

/* vCPU CPUID entries that KVM may report. */
#define VM_MAX_CPUID	256

struct vm;

struct vcpu {
	struct vm *vm;
	int fd, stats_fd;
	unsigned int index;
	struct kvm_run *run;
	struct guest_mailbox *mailbox;	/* the host's view; NULL without the payload */
};

/*
 * Steps of vm_create() in which kinds of VM differ: td_ops, td_convert_ops, td_large_ops (td.h) or
 * plain_ops (plain.h).
 */
struct vm_ops {
	void (*init)(struct vm *vm);			/* after KVM_CREATE_VM */
	void (*vcpu_init)(struct vm *vm, struct vcpu *vcpu);
	void (*load)(struct vm *vm);	/* after slots, vCPUs and the boot image */
	void (*end)(struct vm *vm);	/* before its files are closed; NULL: nothing */
	bool converts;			/* its payload is the one that knows GUEST_CONVERT */
	bool large;			/* or the one that knows GUEST_TOUCH_LARGE */
};

struct vm {
	const struct vm_ops *ops;
	unsigned long type;		/* KVM_X86_*_VM */
	bool td;			/* its type is KVM_X86_TDX_VM */
	bool linux_guest;		/* a whole kernel is to run in it, not the payload */
	bool can_terminate;		/* a TD's key id can be released before its memory goes */
	int kvm_fd, fd, stats_fd;
	int boot_gmem, test_gmem; /* -1 where memory is ordinary: test_gmem in an ordinary VM */
	unsigned int nr_vcpus;
	uint64_t pages;			/* of the test range */
	uint64_t stride;		/* from one to the next, in 4K pages */
	uint64_t shared_bit;		/* GPA bit that means shared; 0 in an ordinary VM */
	uint64_t tsc_khz;
	enum guest_call call;
	struct vcpu vcpu[VM_MAX_VCPUS];
	/*
	 * For KVM_RUN's -errno: true to enter again, whatever it is. NULL: interruptions alone are.
	 */
	bool (*forgive)(struct vcpu *vcpu, int error);
	/*
	 * For an exit to user space: true if it was one that it has an answer to, and the vCPU is
	 * to go on. NULL: a command's end is all that there is.
	 */
	bool (*answer)(struct vcpu *vcpu);
	size_t run_size;
	/* The host's view of guest memory; of a TD's private ranges, what they are made from. */
	char *boot, *shared, *test;
	size_t shared_size, test_size;
	size_t tables_size, stacks_offset;	/* of the boot range: what lies between is unused */
	size_t mailbox_stride, order_offset;
	struct guest_common *common;
	uint32_t *order;		/* host view of room for ->pages page numbers */
	uint32_t *samples;		/* and for GUEST_NR_PARTS times for each of those */
	char *ledger;			/* the last page: softtdx's, or zeros */
};

/* ioctl() that dies, naming the request. */
#define vm_ioctl(fd, req, arg)	vm_ioctl_named(fd, #req, req, (unsigned long)(arg))
int vm_ioctl_named(int fd, const char *name, unsigned long req, unsigned long arg);
int __vm_ioctl(int fd, unsigned long req, unsigned long arg);

/* KVM_ENABLE_CAP on the VM with one argument. */
int __vm_enable_cap(struct vm *vm, uint32_t cap, uint64_t arg);

/*
 * What KVM says of capability @cap: 0 if it has not got it, -errno if there is no usable /dev/kvm.
 */
int __vm_capability(uint32_t cap);

/* Bit mask of KVM_CAP_VM_TYPES, or -errno if there is no usable /dev/kvm. */
int __vm_types(void);

/* A VM of @type and nothing in it: its file, or -1. */
int __vm_open_empty(unsigned long type);

/*
 * Makes a VM of @type (KVM_X86_TDX_VM by td_ops, _SW_PROTECTED_VM or _DEFAULT_VM by plain_ops) with
 * one vCPU per member of @crew and @pages of test range, @stride 4K pages from each to the next,
 * ready to take commands; a TD is finalized. The test range is private in the first two, and then
 * bound to @memory whoever faults it. Each vCPU is made by its own thread, so that its structures
 * are where the thread's memory policy wants them; the rest of the VM by the caller.
 */
void vm_create(struct vm *vm, unsigned long type, const struct vm_ops *ops, struct crew *crew,
	       uint64_t pages, uint64_t stride, const struct memory_policy *memory);

/* Its vCPUs must be out of KVM_RUN. Where KVM can terminate a TD, that comes first. */
void vm_destroy(struct vm *vm);

/* The same without memory and payload, for a kernel: that is the caller's (td.h). */
void vm_create_empty(struct vm *vm, unsigned long type, const struct vm_ops *ops,
		     struct crew *crew);

/*
 * Runs vCPU @index with what its mailbox says until the payload reports the command done.
 * Interrupted system calls are taken up again. Dies if the guest leaves in any other way.
 */
void vm_run_command(struct vm *vm, unsigned int index);

/*
 * Clears the mailbox's answers and histogram and fills in a command. The vCPU must be out of the
 * guest.
 */
void vm_set_command(struct vm *vm, unsigned int index, enum guest_cmd cmd);

/* Virtual address, in the guest, of @p, which points into vm->shared. */
uint64_t vm_shared_va(const struct vm *vm, const void *p);

/* The other way round: where in vm->shared the guest's @va is. */
void *vm_shared_host(const struct vm *vm, uint64_t va);

/* KVM_PRE_FAULT_MEMORY for @bytes at @gpa by vCPU @index. */
int __vm_prefault(struct vm *vm, unsigned int index, uint64_t gpa, uint64_t bytes);
void vm_prefault(struct vm *vm, unsigned int index, uint64_t gpa, uint64_t bytes);

/* Gives @bytes of the test range from @offset back to the host: a hole in the guest_memfd. */
int __vm_punch_hole(struct vm *vm, uint64_t offset, uint64_t bytes);
void vm_punch_hole(struct vm *vm, uint64_t offset, uint64_t bytes);

/* Takes the pages of an ordinary VM's test range away: the host maps new memory in their place. */
void vm_discard(struct vm *vm);

/* Makes all of the test range private or shared. What was there is lost to the guest. */
void vm_convert(struct vm *vm, bool to_private);

/* The same of one 4K page in each @step bytes of it, the first of them @from bytes in. */
void vm_convert_pages(struct vm *vm, uint64_t from, uint64_t step, bool to_private);
int __vm_set_private(struct vm *vm, uint64_t gpa, uint64_t bytes, bool on);	/* a part */

/* Takes the test range out of the VM: its memory slot goes, the guest_memfd stays. */
void vm_delete_test_slot(struct vm *vm);
int __vm_set_test_slot(struct vm *vm, bool present);	/* or puts it back */

/* Room for VM_MAX_CPUID entries, and an empty list in it for an ioctl of KVM to fill. */
union vm_cpuid {
	struct kvm_cpuid2 c;
	char room[sizeof(struct kvm_cpuid2) + VM_MAX_CPUID * sizeof(struct kvm_cpuid_entry2)];
};
struct kvm_cpuid2 *vm_cpuid_room(union vm_cpuid *u);

/* The CPUID that KVM supports, in static storage, with room for VM_MAX_CPUID entries. */
struct kvm_cpuid2 *vm_supported_cpuid(struct vm *vm);
struct kvm_cpuid_entry2 *vm_cpuid_find(struct kvm_cpuid2 *cpuid, uint32_t function, uint32_t index);

#endif
