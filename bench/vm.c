// SPDX-License-Identifier: GPL-2.0-or-later
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/falloc.h>

#include "fatal.h"
#include "softtdx.h"

/* Memory slots. */
enum { SLOT_BOOT, SLOT_SHARED, SLOT_TEST };

/*
 * x86 page-table bits. Accessed and dirty are set beforehand: a TD's page tables must not be
 * written.
 */
#define PT_TABLE	0x063ull	/* present, writable, accessed, dirty */
#define PT_LEAF_2M	0x0e3ull	/* and page size */
#define LARGE_BYTES	(1ull << 21)

extern const char guest_image[], guest_image_end[];
extern const char guest_convert_image[], guest_convert_image_end[];
extern const char guest_large_image[], guest_large_image_end[];

int __vm_ioctl(int fd, unsigned long req, unsigned long arg)
{
	int r = ioctl(fd, req, arg);

	return r < 0 ? -errno : r;
}

int vm_ioctl_named(int fd, const char *name, unsigned long req, unsigned long arg)
{
	int r = __vm_ioctl(fd, req, arg);

	if (r < 0)
		die("%s: %s", name, strerror(-r));
	return r;
}

int __vm_enable_cap(struct vm *vm, uint32_t cap, uint64_t arg)
{
	struct kvm_enable_cap c = { .cap = cap, .args = { arg } };

	return __vm_ioctl(vm->fd, KVM_ENABLE_CAP, (unsigned long)&c);
}

int __vm_capability(uint32_t cap)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = __vm_ioctl(fd, KVM_CHECK_EXTENSION, cap);
	close(fd);
	return r;
}

int __vm_types(void)
{
	int r = __vm_capability(KVM_CAP_VM_TYPES);

	/* A KVM older than the capability has the one type. */
	return r ? r : 1 << KVM_X86_DEFAULT_VM;
}

struct kvm_cpuid2 *vm_cpuid_room(union vm_cpuid *u)
{
	memset(u, 0, sizeof(*u));
	u->c.nent = VM_MAX_CPUID;
	return &u->c;
}

struct kvm_cpuid2 *vm_supported_cpuid(struct vm *vm)
{
	static union vm_cpuid u;
	struct kvm_cpuid2 *cpuid = vm_cpuid_room(&u);

	vm_ioctl(vm->kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid);
	return cpuid;
}

struct kvm_cpuid_entry2 *vm_cpuid_find(struct kvm_cpuid2 *cpuid, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];
		bool indexed = e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX;

		if (e->function == function && (!indexed || e->index == index))
			return e;
	}
	return NULL;
}

static char *map_anon(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("memory of the guest, %zu bytes: %s", len, strerror(errno));
	return p;
}

/* KVM maps 2M only where GPA and user address are aligned alike, private memory too. */
static char *map_anon_aligned(size_t len)
{
	char *p = map_anon(len), *room, *end;

	if (len < LARGE_BYTES || !((uintptr_t)p & (LARGE_BYTES - 1)))
		return p;
	munmap(p, len);
	room = map_anon(len + LARGE_BYTES);
	end = room + len + LARGE_BYTES;
	p = room + (-(uintptr_t)room & (LARGE_BYTES - 1));
	munmap(room, (size_t)(p - room));
	munmap(p + len, (size_t)(end - p) - len);
	return p;
}

static int make_gmem(struct vm *vm, size_t len, uint64_t flags)
{
	struct kvm_create_guest_memfd g = { .size = len, .flags = flags };

	return vm_ioctl(vm->fd, KVM_CREATE_GUEST_MEMFD, &g);
}

static int __set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, size_t len, const char *host,
		      int gmem)
{
	struct kvm_userspace_memory_region2 r = {
		.slot = slot,
		.flags = gmem < 0 ? 0 : KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = gpa,
		.memory_size = len,
		.userspace_addr = (uintptr_t)host,
		.guest_memfd = gmem < 0 ? 0 : (uint32_t)gmem,
	};

	return __vm_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION2, (unsigned long)&r);
}

static void set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, size_t len, const char *host,
		     int gmem)
{
	int r = __set_slot(vm, slot, gpa, len, host, gmem);

	if (r)
		die("KVM_SET_USER_MEMORY_REGION2 of slot %u: %s", slot, strerror(-r));
}

int __vm_set_test_slot(struct vm *vm, bool present)
{
	return __set_slot(vm, SLOT_TEST, GUEST_TEST_GPA, present ? vm->test_size : 0, vm->test,
			  vm->test_gmem);
}

int __vm_set_private(struct vm *vm, uint64_t gpa, uint64_t len, bool on)
{
	struct kvm_memory_attributes a = {
		.address = gpa,
		.size = len,
		.attributes = on ? KVM_MEMORY_ATTRIBUTE_PRIVATE : 0,
	};

	return __vm_ioctl(vm->fd, KVM_SET_MEMORY_ATTRIBUTES, (unsigned long)&a);
}

static void set_private(struct vm *vm, uint64_t gpa, uint64_t len, bool on)
{
	int r = __vm_set_private(vm, gpa, len, on);

	if (r)
		die("KVM_SET_MEMORY_ATTRIBUTES: %s", strerror(-r));
}

void vm_convert(struct vm *vm, bool to_private)
{
	uint64_t step = vm->stride * PAGE_BYTES;

	if (vm->stride == 1) {
		set_private(vm, GUEST_TEST_GPA, vm->test_size, to_private);
		return;
	}
	/* KVM keeps attributes per page: what lies between is many pages that nobody touches. */
	vm_convert_pages(vm, 0, step, to_private);
}

void vm_convert_pages(struct vm *vm, uint64_t from, uint64_t step, bool to_private)
{
	for (uint64_t at = from; at < vm->test_size; at += step)
		set_private(vm, GUEST_TEST_GPA + at, PAGE_BYTES, to_private);
}

void vm_delete_test_slot(struct vm *vm)
{
	int r = __vm_set_test_slot(vm, false);

	if (r)
		die("the test range's memory slot cannot be deleted: %s", strerror(-r));
}

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/*
 * The memory policy of a file's pages is set through a mapping of it. Private pages cannot be
 * touched through that, and need not be.
 */
static int make_bound_gmem(struct vm *vm, size_t len, const struct memory_policy *memory)
{
	int fd, r;
	void *p;

	if (!memory_binds(memory))
		return make_gmem(vm, len, 0);
	if (!(__vm_ioctl(vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS) &
	      GUEST_MEMFD_FLAG_MMAP))
		die("this KVM cannot map a guest_memfd: only --memory local works");
	fd = make_gmem(vm, len, GUEST_MEMFD_FLAG_MMAP);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die("a guest_memfd of %zu bytes cannot be mapped: %s", len, strerror(errno));
	r = memory_bind(memory, p, len);
	if (r)
		die("the guest_memfd's memory policy: %s", strerror(-r));
	/* The policy is the file's and stays. */
	munmap(p, len);
	return fd;
}

/* Shared: the common page, the mailboxes, order lists, times for each entry, the ledger. */
static void plan_shared(struct vm *vm)
{
	size_t orders = vm->pages * sizeof(uint32_t);

	vm->mailbox_stride = round_up(sizeof(struct guest_mailbox), PAGE_BYTES);
	vm->order_offset = PAGE_BYTES + vm->nr_vcpus * vm->mailbox_stride;
	vm->shared_size = round_up(vm->order_offset + (1 + GUEST_NR_PARTS) * orders, PAGE_BYTES) +
			  LEDGER_BYTES;
}

/* On hardware, and in an ordinary VM, it is a page of zeros. */
static void map_ledger(struct vm *vm)
{
	const volatile struct ledger *unused;
	int r;

	vm->ledger = vm->shared + vm->shared_size - LEDGER_BYTES;
	r = vm->td ? softtdx_map_ledger(vm->ledger, &unused) : -ENOENT;
	if (r && r != -ENOENT)
		die("softtdx's ledger cannot be mapped: %s", strerror(-r));
}

static void make_memory(struct vm *vm, const struct memory_policy *memory)
{
	plan_shared(vm);
	vm->test_size = vm->pages * vm->stride * PAGE_BYTES;
	vm->boot = map_anon(GUEST_BOOT_SIZE);
	vm->shared = map_anon(vm->shared_size);
	vm->test = map_anon_aligned(vm->test_size);
	/*
	 * The shared range is the driver's own: in place before anything is timed, each mailbox by
	 * its vCPU's thread.
	 */
	memset(vm->shared, 0, PAGE_BYTES);
	memset(vm->shared + vm->order_offset, 0, vm->shared_size - vm->order_offset);
	map_ledger(vm);
	vm->common = (struct guest_common *)vm->shared;
	vm->order = (uint32_t *)(vm->shared + vm->order_offset);
	vm->samples = vm->order + vm->pages;
	vm->boot_gmem = vm->td ? make_gmem(vm, GUEST_BOOT_SIZE, 0) : -1;
	vm->test_gmem = vm->type == KVM_X86_DEFAULT_VM ? -1
						       : make_bound_gmem(vm, vm->test_size, memory);
	set_slot(vm, SLOT_BOOT, GUEST_BOOT_GPA, GUEST_BOOT_SIZE, vm->boot, vm->boot_gmem);
	set_slot(vm, SLOT_SHARED, GUEST_SHARED_GPA, vm->shared_size, vm->shared, -1);
	set_slot(vm, SLOT_TEST, GUEST_TEST_GPA, vm->test_size, vm->test, vm->test_gmem);
	if (vm->td)
		set_private(vm, GUEST_BOOT_GPA, GUEST_BOOT_SIZE, true);
	if (vm->test_gmem >= 0)
		vm_convert(vm, true);
}

/* Page tables under construction, from the start of the boot range. */
struct tables {
	char *mem;
	size_t used, room;
};

static uint64_t *new_table(struct tables *t, uint64_t *gpa)
{
	uint64_t *table = (uint64_t *)(t->mem + t->used);

	if (t->used + PAGE_BYTES > t->room)
		die("the guest's page tables do not fit their %zu bytes", t->room);
	*gpa = GUEST_BOOT_GPA + t->used;
	t->used += PAGE_BYTES;
	return table;
}

static uint64_t *next_table(struct tables *t, uint64_t *entry)
{
	uint64_t gpa;

	if (*entry)
		return (uint64_t *)(t->mem + ((*entry & ~0xfffull) - GUEST_BOOT_GPA));
	new_table(t, &gpa);
	*entry = gpa | PT_TABLE;
	return (uint64_t *)(t->mem + (gpa - GUEST_BOOT_GPA));
}

static void map_range(struct tables *t, uint64_t va, uint64_t gpa, uint64_t len)
{
	uint64_t *pml4 = (uint64_t *)t->mem;

	for (uint64_t end = va + len; va < end; va += LARGE_BYTES, gpa += LARGE_BYTES) {
		uint64_t *pdpt = next_table(t, &pml4[va >> 39 & 511]);
		uint64_t *pd = next_table(t, &pdpt[va >> 30 & 511]);

		pd[va >> 21 & 511] = gpa | PT_LEAF_2M;
	}
}

/* The payload that the guest's commands need: in all others the code of the rest is the same. */
static void copy_image(const struct vm *vm, void *to)
{
	const char *image = guest_image, *end = guest_image_end;

	if (vm->ops->converts) {
		image = guest_convert_image;
		end = guest_convert_image_end;
	} else if (vm->ops->large) {
		image = guest_large_image;
		end = guest_large_image_end;
	}
	memcpy(to, image, (size_t)(end - image));
}

/* Page tables first, stacks above them, the image at the end: everything the guest starts from. */
static void make_boot_image(struct vm *vm)
{
	size_t stacks = vm->nr_vcpus * GUEST_STACK_SIZE;
	struct tables t = {
		.mem = vm->boot,
		.room = GUEST_BOOT_SIZE - GUEST_IMAGE_SIZE - stacks,
	};
	struct guest_params *params = (void *)(vm->boot + GUEST_BOOT_SIZE - GUEST_IMAGE_SIZE);

	copy_image(vm, params);
	new_table(&t, &params->cr3);
	map_range(&t, GUEST_BOOT_GPA, GUEST_BOOT_GPA, GUEST_BOOT_SIZE);
	map_range(&t, GUEST_TEST_GPA, GUEST_TEST_GPA, vm->test_size);
	map_range(&t, GUEST_SHARED_VA + GUEST_SHARED_GPA, GUEST_SHARED_GPA | vm->shared_bit,
		  vm->shared_size);
	vm->tables_size = t.used;
	vm->stacks_offset = GUEST_BOOT_SIZE - GUEST_IMAGE_SIZE - stacks;
	params->stacks = GUEST_BOOT_GPA + vm->stacks_offset;
	params->call = vm->call;
	params->common = vm_shared_va(vm, vm->common);
	params->mailboxes = vm_shared_va(vm, vm->vcpu[0].mailbox);
	params->mailbox_stride = vm->mailbox_stride;
	params->ledger = vm_shared_va(vm, vm->ledger);
	params->shared_bit = vm->shared_bit;
}

uint64_t vm_shared_va(const struct vm *vm, const void *p)
{
	return GUEST_SHARED_VA + GUEST_SHARED_GPA + (uint64_t)((const char *)p - vm->shared);
}

void *vm_shared_host(const struct vm *vm, uint64_t va)
{
	return vm->shared + (va - GUEST_SHARED_VA - GUEST_SHARED_GPA);
}

static void make_vcpu(unsigned int index, void *arg)
{
	struct vm *vm = arg;
	struct vcpu *v = &vm->vcpu[index];

	*v = (struct vcpu) { .vm = vm, .index = index };
	if (!vm->linux_guest) {
		v->mailbox = (void *)(vm->shared + PAGE_BYTES + index * vm->mailbox_stride);
		memset(v->mailbox, 0, vm->mailbox_stride);
	}
	v->fd = vm_ioctl(vm->fd, KVM_CREATE_VCPU, index);
	v->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		die("struct kvm_run of vCPU %u: %s", index, strerror(errno));
	v->stats_fd = vm_ioctl(v->fd, KVM_GET_STATS_FD, 0);
	vm->ops->vcpu_init(vm, v);
}

int __vm_open_empty(unsigned long type)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), fd;

	if (kvm < 0)
		return -1;
	fd = ioctl(kvm, KVM_CREATE_VM, type);
	close(kvm);
	return fd;
}

static void open_vm(struct vm *vm)
{
	/*
	 * A page of the guest is a page of the host, in every arm. By prctl() and not madvise(),
	 * which small kernels are built without; one without huge pages says EINVAL.
	 */
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) && errno != EINVAL)
		die("prctl(PR_SET_THP_DISABLE): %s", strerror(errno));
	vm->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm_fd < 0)
		die("/dev/kvm: %s", strerror(errno));
	vm->run_size = (size_t)vm_ioctl(vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->fd = vm_ioctl(vm->kvm_fd, KVM_CREATE_VM, vm->type);
	vm->stats_fd = vm_ioctl(vm->fd, KVM_GET_STATS_FD, 0);
}

static void make_vcpus(struct vm *vm, struct crew *crew)
{
	/* One after the other, so that a vCPU's index in KVM is its number here. */
	for (unsigned int i = 0; i < vm->nr_vcpus; i++)
		crew_run_one(crew, i, make_vcpu, vm);
	vm->tsc_khz = (uint64_t)vm_ioctl(vm->vcpu[0].fd, KVM_GET_TSC_KHZ, 0);
}

void vm_create_empty(struct vm *vm, unsigned long type, const struct vm_ops *ops,
		     struct crew *crew)
{
	memset(vm, 0, sizeof(*vm));
	vm->ops = ops;
	vm->type = type;
	vm->td = type == KVM_X86_TDX_VM;
	vm->linux_guest = true;
	vm->nr_vcpus = crew->nr;
	vm->boot_gmem = vm->test_gmem = -1;
	open_vm(vm);
	ops->init(vm);
	make_vcpus(vm, crew);
}

void vm_create(struct vm *vm, unsigned long type, const struct vm_ops *ops, struct crew *crew,
	       uint64_t pages, uint64_t stride, const struct memory_policy *memory)
{
	memset(vm, 0, sizeof(*vm));
	vm->ops = ops;
	vm->type = type;
	vm->td = type == KVM_X86_TDX_VM;
	vm->nr_vcpus = crew->nr;
	vm->pages = pages;
	vm->stride = stride;
	open_vm(vm);
	ops->init(vm);
	make_memory(vm, memory);
	make_vcpus(vm, crew);
	make_boot_image(vm);
	ops->load(vm);
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vm_destroy(struct vm *vm)
{
	if (vm->ops->end)
		vm->ops->end(vm);
	/* A mapping of struct kvm_run holds the vCPU, and that the VM: all go before the VM can. */
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		munmap(vm->vcpu[i].run, vm->run_size);
		close(vm->vcpu[i].stats_fd);
		close(vm->vcpu[i].fd);
	}
	close_if(vm->test_gmem);
	close_if(vm->boot_gmem);
	close(vm->stats_fd);
	close(vm->fd);
	close(vm->kvm_fd);
	vm->nr_vcpus = 0;
	if (vm->linux_guest)
		return;
	munmap(vm->boot, GUEST_BOOT_SIZE);
	munmap(vm->shared, vm->shared_size);
	munmap(vm->test, vm->test_size);
}

void vm_set_command(struct vm *vm, unsigned int index, enum guest_cmd cmd)
{
	struct guest_mailbox *m = vm->vcpu[index].mailbox;
	uint64_t done = m->done;

	memset(m, 0, sizeof(*m));
	m->cmd = cmd;
	m->done = done;
	m->scale = 1ull << 32;
}

static const char *exit_text(const struct kvm_run *run)
{
	switch (run->exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		return "triple fault";
	case KVM_EXIT_MEMORY_FAULT:
		return "memory fault: private access to shared memory or the other way round";
	case KVM_EXIT_FAIL_ENTRY:
		return "VM entry failed";
	case KVM_EXIT_INTERNAL_ERROR:
		return "KVM internal error";
	case KVM_EXIT_SYSTEM_EVENT:
		return "the guest reported a fatal error";
	case KVM_EXIT_HLT:
		return "the guest halted";
	default:
		return "unexpected exit";
	}
}

static _Noreturn void die_of_exit(struct vcpu *v)
{
	const struct kvm_run *run = v->run;
	uint64_t detail = 0;

	if (run->exit_reason == KVM_EXIT_MEMORY_FAULT)
		detail = run->memory_fault.gpa;
	else if (run->exit_reason == KVM_EXIT_FAIL_ENTRY)
		detail = run->fail_entry.hardware_entry_failure_reason;
	else if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		/* What KVM names with it, such as the exit that it did not expect, says more. */
		detail = run->internal.ndata ? run->internal.data[0] : run->internal.suberror;
	die("vCPU %u left the guest: %s (exit reason %u, 0x%llx)", v->index, exit_text(run),
	    run->exit_reason, (unsigned long long)detail);
}

static bool run_again(struct vcpu *v, int r)
{
	if (v->vm->forgive && r < 0 && v->vm->forgive(v, r))
		return true;
	return r == -EINTR || r == -EAGAIN;
}

void vm_run_command(struct vm *vm, unsigned int index)
{
	struct vcpu *v = &vm->vcpu[index];
	int r;

	do
		r = __vm_ioctl(v->fd, KVM_RUN, 0);
	while (run_again(v, r) || (r == 0 && vm->answer && vm->answer(v)));
	if (r < 0)
		die("KVM_RUN of vCPU %u: %s%s", index, strerror(-r),
		    r == -EIO ? " (KVM declared the VM dead; the kernel log says why)" : "");
	if (v->run->exit_reason != KVM_EXIT_IO || v->run->io.port != GUEST_PORT)
		die_of_exit(v);
}

int __vm_prefault(struct vm *vm, unsigned int index, uint64_t gpa, uint64_t bytes)
{
	struct kvm_pre_fault_memory p = { .gpa = gpa, .size = bytes };
	int r;

	/* KVM writes back what is left when a signal or a busy entry stops it. */
	do
		r = __vm_ioctl(vm->vcpu[index].fd, KVM_PRE_FAULT_MEMORY, (unsigned long)&p);
	while ((r == 0 && p.size) || r == -EINTR || r == -EAGAIN);
	return r;
}

void vm_prefault(struct vm *vm, unsigned int index, uint64_t gpa, uint64_t bytes)
{
	int r = __vm_prefault(vm, index, gpa, bytes);

	if (r < 0)
		die("KVM_PRE_FAULT_MEMORY at 0x%llx by vCPU %u: %s", (unsigned long long)gpa, index,
		    strerror(-r));
}

int __vm_punch_hole(struct vm *vm, uint64_t offset, uint64_t bytes)
{
	int r = fallocate(vm->test_gmem, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			  (off_t)bytes);

	return r ? -errno : 0;
}

void vm_punch_hole(struct vm *vm, uint64_t offset, uint64_t bytes)
{
	int r = __vm_punch_hole(vm, offset, bytes);

	if (r)
		die("hole of %llu bytes in the guest_memfd: %s", (unsigned long long)bytes,
		    strerror(-r));
}

void vm_discard(struct vm *vm)
{
	/* A mapping over the old one, since small kernels are built without madvise(). */
	if (mmap(vm->test, vm->test_size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("new memory for the guest, %zu bytes: %s", vm->test_size, strerror(errno));
}
