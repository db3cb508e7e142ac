// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/falloc.h>
#include <linux/kvm_para.h>

#include "../fatal.h"
#include "../td.h"
#include "image.h"
#include "shim_abi.h"
#include "tables.h"

enum { SLOT_MEMORY, SLOT_SHIM };

#define MARK		"septmark "
#define PANIC		"Kernel panic - not syncing"
#define PT_TABLE	0x063ull	/* present, writable, accessed, dirty */
#define PT_LEAF_2M	0x0e3ull
#define CHUNK		(4ull << 20)	/* what one vCPU accepts at a time, as Linux does */

extern const char linux_shim[], linux_shim_end[], linux_initrd[], linux_initrd_end[];
extern const char linux_work[], linux_work_end[];

/*
 * Quiet: each character of the console is an exit to user space. no5lvl: softtdx knows 4 levels.
 * devkmsg: marks are never too many. noruntime: there are no EFI services.
 */
static const char command_line[] =
	"earlyprintk=serial,ttyS0,115200 console=ttyS0 nokaslr panic=-1 loglevel=2 no5lvl"
	" printk.devkmsg=on efi=noruntime ";

/* --- memory --- */

static char *map_memory(void *at, size_t len)
{
	char *p = mmap(at, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0), -1, 0);

	if (p == MAP_FAILED)
		die("memory of the Linux guest, %zu bytes: %s", len, strerror(errno));
	return p;
}

static void set_private(struct linux_guest *g, uint64_t gpa, uint64_t len, bool on)
{
	int r = __vm_set_private(g->vm, gpa, len, on);

	if (r)
		die("KVM_SET_MEMORY_ATTRIBUTES at 0x%llx: %s", (unsigned long long)gpa, strerror(-r));
}

static int add_slot(struct linux_guest *g, uint32_t slot, uint64_t gpa, size_t len, char *host)
{
	struct kvm_create_guest_memfd file = { .size = len };
	int fd = vm_ioctl(g->vm->fd, KVM_CREATE_GUEST_MEMFD, &file);
	struct kvm_userspace_memory_region2 r = {
		.slot = slot,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = gpa,
		.memory_size = len,
		.userspace_addr = (uintptr_t)host,
		.guest_memfd = (uint32_t)fd,
	};

	vm_ioctl(g->vm->fd, KVM_SET_USER_MEMORY_REGION2, &r);
	set_private(g, gpa, len, true);
	return fd;
}

static bool is_added(const struct linux_guest *g, uint64_t page)
{
	return g->added[page / 8] >> page % 8 & 1;
}

/* @bytes of @data at @gpa, zeros up to @size: added to the TD before it runs. */
static void put(struct linux_guest *g, const char *what, uint64_t gpa, const void *data,
		uint64_t bytes, uint64_t size)
{
	if (gpa > g->memory || size > g->memory - gpa)
		die("the guest's %s ends at %llu MiB, and it has %llu MiB of memory", what,
		    (unsigned long long)(gpa + size) >> 20, (unsigned long long)g->memory >> 20);
	if (bytes)
		memcpy(g->mem + gpa, data, bytes);
	for (uint64_t p = gpa / PAGE_BYTES; p < (gpa + size + PAGE_BYTES - 1) / PAGE_BYTES; p++)
		g->added[p / 8] |= (unsigned char)(1 << p % 8);
}

/* 2M of memory: does the shim accept it, since some page of it is there? The first: always. */
static bool unit_accepted(uint64_t unit, const void *guest)
{
	const struct linux_guest *g = guest;
	const unsigned char *bits = g->added + unit * (LINUX_UNIT / PAGE_BYTES / 8);

	for (unsigned int i = 0; i < LINUX_UNIT / PAGE_BYTES / 8; i++)
		if (bits[i])
			return true;
	return !unit;
}

/* --- what is in it --- */

static char *read_whole(const char *what, const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p;

	if (fd < 0 || fstat(fd, &st))
		die("the guest's %s %s: %s", what, path, strerror(errno));
	*len = (size_t)st.st_size;
	p = *len ? mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (p == MAP_FAILED)
		die("the guest's %s %s cannot be read", what, path);
	close(fd);
	return p;
}

/* A bzImage's room to unpack itself into is the shim's to accept: pages without content. */
static void reserve(struct linux_guest *g, uint64_t from, uint64_t to)
{
	uint64_t first = (from + LINUX_UNIT - 1) / LINUX_UNIT;

	for (uint64_t u = first; u < (to + LINUX_UNIT - 1) / LINUX_UNIT; u++)
		put(g, "kernel", u * LINUX_UNIT, NULL, 0, PAGE_BYTES);
}

/* The init, and modules in an archive of their own: the kernel takes one behind the other. */
static void put_initrd(struct linux_guest *g, const struct linux_config *c, uint64_t *at,
		       uint64_t *len)
{
	const char *init = c->work ? linux_work : linux_initrd;
	uint64_t n = (uint64_t)((c->work ? linux_work_end : linux_initrd_end) - init);
	size_t more = 0;
	char *modules = c->modules ? read_whole("modules", c->modules, &more) : NULL;

	*len = c->no_initrd ? 0 : n + more;
	if (*len + CHUNK > g->memory)
		die("the guest's modules are too large for its memory");
	*at = (g->memory - *len - CHUNK) & ~(PAGE_BYTES - 1);
	if (*len)
		put(g, "initrd", *at, init, n, n);
	if (*len && more)
		put(g, "modules", *at + n, modules, more, more);
	if (modules)
		munmap(modules, more);
}

static void put_command_line(struct linux_guest *g, const struct linux_config *c)
{
	char line[LINUX_MAX_COMMAND + 1];
	int n = snprintf(line, sizeof(line), "%s%s%s%s", command_line, c->words,
			 *c->words ? " " : "", c->append);

	if (n >= (int)sizeof(line))
		die("the guest's command line is longer than %d characters", LINUX_MAX_COMMAND);
	put(g, "command line", LINUX_COMMAND_LINE, line, (uint64_t)n + 1, (uint64_t)n + 1);
}

/* Last, since they tell of all the rest. */
static void put_tables(struct linux_guest *g, const struct linux_config *c, const void *header)
{
	static unsigned char tables[LINUX_TABLES_SIZE];
	static struct boot_params bp;
	uint64_t initrd, initrd_size;

	memset(tables, 0, sizeof(tables));
	memset(&bp, 0, sizeof(bp));
	put_initrd(g, c, &initrd, &initrd_size);
	linux_boot_params(&bp, header, g->memory, initrd, initrd_size, !c->eager);
	put(g, "boot parameters", LINUX_BOOT_PARAMS, &bp, sizeof(bp), sizeof(bp));
	put(g, "mailbox", LINUX_MAILBOX, NULL, 0, PAGE_BYTES);
	linux_acpi(tables, g->vm->nr_vcpus);
	if (!c->eager)
		linux_efi(tables + LINUX_EFI_AT, g->memory, unit_accepted, g);
	put(g, "tables", LINUX_TABLES, tables, sizeof(tables), sizeof(tables));
}

static uint64_t put_kernel(struct linux_guest *g, const struct linux_config *c)
{
	struct linux_image image;
	size_t len;
	char *file = read_whole("kernel", c->kernel, &len);
	const char *why = linux_image_parse(file, len, &image);
	uint64_t end = 0;

	if (why)
		die("the guest's kernel %s: %s", c->kernel, why);
	for (unsigned int i = 0; i < image.nr; i++) {
		const struct linux_part *p = &image.part[i];

		put(g, "kernel", p->gpa, file + p->offset, p->bytes, p->size);
		end = p->gpa + p->size > end ? p->gpa + p->size : end;
	}
	reserve(g, end, image.end);
	put_command_line(g, c);
	put_tables(g, c, image.setup_header);
	munmap(file, len);
	return image.entry;
}

/* --- the shim --- */

static void shim_word(struct linux_guest *g, unsigned int at, uint64_t v)
{
	memcpy(g->shim + at, &v, sizeof(v));
}

static void shim_tables(struct linux_guest *g)
{
	uint64_t *t = (void *)(g->shim + SHIM_TABLES), base = SHIM_BASE + SHIM_TABLES;

	t[0] = (base + 0x1000) | PT_TABLE;
	for (unsigned int i = 0; i < 4; i++)
		t[512 + i] = (base + 0x2000 + i * 0x1000) | PT_TABLE;
	for (uint64_t i = 0; i < 4 * 512; i++)
		t[1024 + i] = i << 21 | PT_LEAF_2M;
}

static void shim_range(struct linux_guest *g, unsigned int *n, uint64_t start, uint64_t end)
{
	if (*n == SHIM_MAX_RANGES)
		die("the shim cannot accept more than %d ranges of memory", SHIM_MAX_RANGES);
	shim_word(g, SHIM_RANGES + 16 * *n, start);
	shim_word(g, SHIM_RANGES + 16 * *n + 8, end);
	++*n;
}

/* What the shim accepts: all there is, in chunks that vCPUs share; or the units that are begun. */
static void shim_ranges(struct linux_guest *g, bool eager)
{
	uint64_t step = eager && g->memory > SHIM_MAX_RANGES * CHUNK ? 4 * CHUNK : CHUNK;
	unsigned int n = 0;

	for (uint64_t at = 0; eager && at < g->memory; at += step)
		shim_range(g, &n, at, at + step < g->memory ? at + step : g->memory);
	for (uint64_t u = 0, from; !eager && u < g->memory / LINUX_UNIT; u++) {
		from = u;
		while (u < g->memory / LINUX_UNIT && unit_accepted(u, g))
			u++;
		if (u > from)
			shim_range(g, &n, from * LINUX_UNIT, u * LINUX_UNIT);
	}
	shim_word(g, SHIM_NR, n);
}

static void make_shim(struct linux_guest *g, uint64_t entry, bool eager)
{
	/* Up to the reset vector; most of it is zeros. */
	memcpy(g->shim + 0x1000, linux_shim, (size_t)(linux_shim_end - linux_shim));
	shim_tables(g);
	shim_word(g, SHIM_CR3, SHIM_BASE + SHIM_TABLES);
	shim_word(g, SHIM_ENTRY, entry);
	shim_word(g, SHIM_BOOT_PARAMS, LINUX_BOOT_PARAMS);
	shim_word(g, SHIM_MAILBOX, LINUX_MAILBOX);
	shim_ranges(g, eager);
}

static void add_pages(struct linux_guest *g)
{
	uint64_t pages = g->memory / PAGE_BYTES, from;

	for (uint64_t p = 0; p < pages; p++) {
		from = p;
		while (p < pages && is_added(g, p))
			p++;
		if (p > from)
			td_add_memory(g->vm, from * PAGE_BYTES, g->mem + from * PAGE_BYTES,
				      p - from);
	}
	td_add_memory(g->vm, SHIM_BASE, g->shim, SHIM_SIZE / PAGE_BYTES);
}

/* --- its life --- */

static void end_because(struct linux_guest *g, const char *why)
{
	if (!g->ended)
		snprintf(g->why, sizeof(g->why), "%s", why);
	g->ended = true;
}

static void said(void *guest, const char *line)
{
	struct linux_guest *g = guest;
	const char *mark = strstr(line, MARK);
	char why[96];

	if (*line)
		snprintf(g->last[g->nr_last++ % LINUX_LAST], SERIAL_LINE, "%s", line);
	/* What it does then is wait, or try to restart a machine that has no way to. */
	if (strstr(line, PANIC))
		end_because(g, "its kernel panicked");
	if (!mark)
		return;
	if (!strncmp(mark + strlen(MARK), "fail ", 5)) {
		snprintf(why, sizeof(why), "its init: %s", mark + strlen(MARK) + 5);
		end_because(g, why);
		return;
	}
	g->marked(g->arg, mark + strlen(MARK));
	if (!strcmp(mark + strlen(MARK), "end"))
		g->ended = true;
}

void linux_last_words(const struct linux_guest *g, char *out, size_t len)
{
	unsigned int first = g->nr_last > 3 ? g->nr_last - 3 : 0;
	size_t at = 0;

	*out = 0;
	for (unsigned int i = first; i < g->nr_last && at < len; i++)
		at += (size_t)snprintf(out + at, len - at, "%s%s", at ? " | " : "",
				       g->last[i % LINUX_LAST]);
}

static void wake(int sig)
{
	(void)sig;
}

void linux_create(struct linux_guest *g, struct vm *vm, struct crew *crew,
		  const struct linux_config *c)
{
	/* Without SA_RESTART: KVM_RUN is to return. */
	struct sigaction sa = { .sa_handler = wake };
	uint64_t entry;

	memset(g, 0, sizeof(*g));
	g->vm = vm;
	g->memory = (uint64_t)c->mib << 20;
	g->serial = (struct serial){ .said = said, .arg = g };
	pthread_mutex_init(&g->lock, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	vm_create_empty(vm, KVM_X86_TDX_VM, &td_ops, crew);
	g->mem = map_memory(NULL, g->memory);
	g->shim = map_memory(NULL, SHIM_SIZE);
	g->added = calloc(1, g->memory / PAGE_BYTES / 8);
	if (!g->added)
		die("no memory");
	g->gmem = add_slot(g, SLOT_MEMORY, 0, g->memory, g->mem);
	g->shim_gmem = add_slot(g, SLOT_SHIM, SHIM_BASE, SHIM_SIZE, g->shim);
	entry = put_kernel(g, c);
	make_shim(g, entry, c->eager);
	add_pages(g);
	td_finalize(vm);
	/* What private memory was made from is not needed any more; shared memory starts empty. */
	map_memory(g->mem, g->memory);
}

void linux_destroy(struct linux_guest *g)
{
	close(g->gmem);
	close(g->shim_gmem);
	munmap(g->mem, g->memory);
	munmap(g->shim, SHIM_SIZE);
	free(g->added);
	pthread_mutex_destroy(&g->lock);
}

/*
 * Ports without a device. The timer and the clock must not read as ones: Linux would wait for a
 * bit to go away. Bit 5 of port 61h is the timer's output.
 */
static uint8_t no_device(uint16_t port)
{
	switch (port) {
	case 0x40: case 0x42: case 0x71:
		return 0;
	case 0x61:
		return 0x20;
	default:
		return 0xff;
	}
}

static void exit_io(struct linux_guest *g, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	unsigned int reg = (unsigned int)run->io.port - SERIAL_PORT;
	bool serial = reg < SERIAL_PORTS;

	for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
		if (run->io.direction == KVM_EXIT_IO_OUT) {
			if (serial)
				serial_write(&g->serial, reg, *data);
			continue;
		}
		memset(data, serial ? 0 : no_device(run->io.port), run->io.size);
		if (serial)
			*data = serial_read(&g->serial, reg);
	}
}

static void exit_mmio(struct kvm_run *run)
{
	/* Nobody is there. */
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
}

/* To shared: the private pages are given back. To private: the shared ones are. */
static void convert(struct linux_guest *g, uint64_t gpa, uint64_t len, bool private)
{
	if (gpa >= g->memory || len > g->memory - gpa) {
		end_because(g, "the guest converts memory that it has not got");
		return;
	}
	set_private(g, gpa, len, private);
	if (private) {
		map_memory(g->mem + gpa, len);
		g->to_private += len / PAGE_BYTES;
		return;
	}
	if (fallocate(g->gmem, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)gpa, (off_t)len))
		die("hole of %llu bytes in the guest_memfd: %s", (unsigned long long)len,
		    strerror(errno));
	g->to_shared += len / PAGE_BYTES;
}

static void exit_hypercall(struct linux_guest *g, struct kvm_run *run)
{
	if (run->hypercall.nr != KVM_HC_MAP_GPA_RANGE) {
		run->hypercall.ret = (uint64_t)-ENOSYS;
		return;
	}
	convert(g, run->hypercall.args[0], run->hypercall.args[1] * PAGE_BYTES,
		run->hypercall.args[2] & KVM_MAP_GPA_RANGE_ENCRYPTED);
	run->hypercall.ret = 0;
}

/* TDG.VP.VMCALL<ReportFatalError>: R12 is the code; the text, if any, is in the registers. */
static void exit_fatal(struct linux_guest *g, const struct kvm_run *run)
{
	/* KVM gives all registers in their order; the text's own order is this. */
	static const unsigned char order[] = { 14, 15, 3, 7, 6, 8, 9, 2 };
	char text[8 * sizeof(order) + 1] = "", why[160];

	if (run->system_event.type != KVM_SYSTEM_EVENT_TDX_FATAL) {
		end_because(g, "the guest has switched itself off");
		return;
	}
	for (size_t i = 0; i < sizeof(order) && run->system_event.ndata == 16; i++)
		memcpy(text + 8 * i, &run->system_event.data[order[i]], 8);
	text[strcspn(text, "\n")] = 0;
	snprintf(why, sizeof(why), "the guest reported a fatal error: %s", text);
	end_because(g, why);
}

/*
 * The first conversions are SWIOTLB's, all of them in a row: a phase of its own, whose end shows at
 * the next exit of another kind.
 */
static void find_swiotlb(struct linux_guest *g, bool converts)
{
	if (converts && !g->swiotlb)
		g->marked(g->arg, "swiotlb");
	else if (!converts && g->swiotlb == 1)
		g->marked(g->arg, "kernel");
	else
		return;
	g->swiotlb++;
}

static void handle_exit(struct linux_guest *g, struct kvm_run *run)
{
	char why[128];

	g->exits++;
	find_swiotlb(g, run->exit_reason == KVM_EXIT_HYPERCALL);
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		exit_io(g, run);
		return;
	case KVM_EXIT_MMIO:
		exit_mmio(run);
		return;
	case KVM_EXIT_HYPERCALL:
		exit_hypercall(g, run);
		return;
	case KVM_EXIT_SYSTEM_EVENT:
		exit_fatal(g, run);
		return;
	case KVM_EXIT_SHUTDOWN:
		end_because(g, "triple fault");
		return;
	case KVM_EXIT_MEMORY_FAULT:
		snprintf(why, sizeof(why), "memory fault at 0x%llx, as %s memory",
			 (unsigned long long)run->memory_fault.gpa,
			 run->memory_fault.flags & KVM_MEMORY_EXIT_FLAG_PRIVATE ? "private" : "shared");
		end_because(g, why);
		return;
	case KVM_EXIT_TDX:
		/* GetQuote and the like: there is nobody to ask, as KVM's answer has it already. */
		return;
	}
	snprintf(why, sizeof(why), "unexpected exit, reason %u, 0x%llx", run->exit_reason,
		 run->exit_reason == KVM_EXIT_INTERNAL_ERROR && run->internal.ndata ?
			 (unsigned long long)run->internal.data[0] : 0);
	end_because(g, why);
}

void linux_run(unsigned int index, void *guest)
{
	struct linux_guest *g = guest;
	struct vcpu *v = &g->vm->vcpu[index];
	char why[128];
	int r;

	while (!g->ended) {
		r = __vm_ioctl(v->fd, KVM_RUN, 0);
		if (r == -EINTR || r == -EAGAIN)
			continue;
		pthread_mutex_lock(&g->lock);
		if (r < 0 && !(r == -EFAULT && v->run->exit_reason == KVM_EXIT_MEMORY_FAULT)) {
			snprintf(why, sizeof(why), "KVM_RUN of vCPU %u: %s%s", index, strerror(-r),
				 r == -EIO ? " (KVM declared the VM dead; the kernel log says why)" : "");
			end_because(g, why);
		} else if (!g->ended) {
			handle_exit(g, v->run);
		}
		pthread_mutex_unlock(&g->lock);
	}
}

void linux_stop(struct linux_guest *g, struct crew *crew, const char *why)
{
	pthread_mutex_lock(&g->lock);
	if (*why)
		end_because(g, why);
	g->ended = true;
	pthread_mutex_unlock(&g->lock);
	for (unsigned int i = 0; i < crew->nr; i++) {
		g->vm->vcpu[i].run->immediate_exit = 1;
		pthread_kill(crew->member[i].thread, SIGUSR1);
	}
}
