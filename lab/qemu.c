// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine: what QEMU is asked for, and why. */
#include "qemu.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "fatal.h"

#define MIN_MEMORY_MB	2048
#define KERNEL_MB	1024	/* for the guest's kernel, driver and page metadata */

uint64_t qemu_memory_mb(uint64_t pages)
{
	/* A page of the range, the plain case's twin of it, and room for tables. */
	uint64_t mb = KERNEL_MB + (pages * 3 + 255) / 256;

	return mb < MIN_MEMORY_MB ? MIN_MEMORY_MB : mb;
}

static void add(struct qemu_args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct qemu_args *a, const char *fmt, ...)
{
	va_list ap;

	if (a->nr == QEMU_MAX_ARGS)
		return;
	va_start(ap, fmt);
	if (vasprintf(&a->argv[a->nr], fmt, ap) >= 0)
		a->nr++;
	va_end(ap);
	a->argv[a->nr] = NULL;
}

void qemu_args_add(struct qemu_args *a, const char *option, const char *value)
{
	add(a, "%s", option);
	add(a, "%s", value);
}

/*
 * Instructions as time, and nothing from outside that could change them: one thread, the clock of
 * the guest's own, fixed seeds.
 */
static void add_clock(struct qemu_args *a, const struct qemu_machine *m)
{
	if (m->clock == BENCH_CLOCK_WALL) {
		qemu_args_add(a, "-accel", "tcg,thread=multi");
		return;
	}
	qemu_args_add(a, "-accel", "tcg,thread=single");
	qemu_args_add(a, "-icount", "shift=0,sleep=off");
	qemu_args_add(a, "-rtc", "base=2020-01-01,clock=vm");
	add(a, "-seed");
	add(a, "%" PRIu64, m->seed);
}

static void add_memory(struct qemu_args *a, const struct qemu_machine *m)
{
	uint64_t mb = m->memory_mb;

	if (m->numa)
		mb = (mb + m->numa - 1) / m->numa * m->numa;
	add(a, "-m");
	add(a, "%" PRIu64 "M", mb);
	for (unsigned int i = 0; i < m->numa; i++) {
		unsigned int each = m->smp / m->numa, first = i * each;

		add(a, "-object");
		add(a, "memory-backend-ram,id=mem%u,size=%" PRIu64 "M", i, mb / m->numa);
		add(a, "-numa");
		add(a, "node,nodeid=%u,memdev=mem%u,cpus=%u-%u", i, i, first, first + each - 1);
	}
}

/*
 * Plain files, which always take what the guest writes: a pipe or socket could make it wait, and
 * then the host's speed would show in the instruction count. ioeventfd=off for the same reason: the
 * port's doorbell is answered at once, by the CPU that rang it, not by another thread when it gets
 * to run.
 */
static void add_ports(struct qemu_args *a)
{
	static const char * const ports[] = { "results", "exit" };

	qemu_args_add(a, "-chardev", "file,id=console,path=console.log");
	qemu_args_add(a, "-serial", "chardev:console");
	qemu_args_add(a, "-device", "virtio-serial-pci,ioeventfd=off");
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		add(a, "-chardev");
		add(a, "file,id=%s,path=%s.port", ports[i], ports[i]);
		add(a, "-device");
		add(a, "virtserialport,chardev=%s,name=septbench.%s", ports[i], ports[i]);
	}
}

/*
 * loglevel=5 and not quiet: WARNs go to the console. No random addresses of any kind. Nothing here
 * may depend on the variant or the boot: the kernel seeds its random numbers with its command line,
 * and then two boots would not be the same machine.
 *
 * The last two say what the kernel would find out by waiting, which costs more instructions than
 * all the rest of a boot: that the timer interrupt works (in real time, on a busy host, it would
 * now and then find that it does not), and how fast the local APIC's timer runs (kmod/lab-apic.h):
 * QEMU's counts nanoseconds, and this is what the kernel makes of that by its own TSC.
 * count_cmdline spares all CPUs but the first the same for the delay loop; in real time the TSC is
 * the host's, of any frequency. A test holds both against what the kernel finds.
 */
static const char cmdline[] =
	"console=ttyS0 no5lvl nokaslr norandmaps panic=-1 tsc=reliable loglevel=5"
	" no_timer_check septbench_lapic_hz=999984000";
static const char count_cmdline[] = " lpj=3999936";

int qemu_args_fill(struct qemu_args *a, const struct qemu_machine *m)
{
	memset(a, 0, sizeof(*a));
	add(a, QEMU_PROGRAM);
	add(a, "-no-user-config");
	add(a, "-nodefaults");
	qemu_args_add(a, "-display", "none");
	add(a, "-no-reboot");
	/*
	 * AMD-V with the 48 bits that put the shared bit at 47; no fast strings, which count per
	 * byte. Not a guest, as a TDX host is none: under a hypervisor the kernel's spinlocks are
	 * test-and-set (virt_spin_lock()), which is not fair. In QEMU's turns one CPU can then ask
	 * for a lock for ever, each time in the few instructions for which another holds it.
	 */
	qemu_args_add(a, "-cpu",
		      "max,vendor=AuthenticAMD,phys-bits=48,+svm,+npt,-la57,-erms,-fsrm,-hypervisor");
	add(a, "-smp");
	/* A node is a socket: CPUs of two nodes that share a cache are what the kernel warns of. */
	if (m->numa)
		add(a, "%u,sockets=%u,cores=%u,threads=1", m->smp, m->numa, m->smp / m->numa);
	else
		add(a, "%u", m->smp);
	add_memory(a, m);
	add_clock(a, m);
	add_ports(a);
	qemu_args_add(a, "-kernel", "bzImage");
	qemu_args_add(a, "-initrd", "initrd.cpio");
	add(a, "-append");
	/*
	 * acpi=noirq: the debug kernel's interpreter is so slow that evaluating the PCI bus's _PRT
	 * runs into its 30 s limit, which was two thirds of a boot. The MP table says the same.
	 */
	add(a, "%s%s%s", cmdline, m->clock == BENCH_CLOCK_COUNT ? count_cmdline : "",
	    m->inject ? " kmemleak=on acpi=noirq" : "");
	return a->nr == QEMU_MAX_ARGS ? complain(BENCH_USAGE, "too many NUMA nodes") : 0;
}

void qemu_args_free(struct qemu_args *a)
{
	for (size_t i = 0; i < a->nr; i++)
		free(a->argv[i]);
	a->nr = 0;
}

char *qemu_args_text(const struct qemu_args *a)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < a->nr; i++) {
		const char *quote = strchr(a->argv[i], ' ') ? "'" : "";

		fprintf(f, "%s%s%s%s", i ? " " : "", quote, a->argv[i], quote);
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

int qemu_version(char *text, size_t len)
{
	char *argv[] = { (char *)QEMU_PROGRAM, (char *)"--version", NULL };
	char out[1024];

	if (child_capture(argv, out, sizeof(out)))
		return complain(BENCH_CANNOT,
				"no working " QEMU_PROGRAM " in PATH; install qemu-system-x86");
	out[strcspn(out, "\n")] = 0;
	snprintf(text, len, "%s", out);
	return 0;
}
