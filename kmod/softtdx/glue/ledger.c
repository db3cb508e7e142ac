// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the time was not the kernel's: softtdx's own ticks, and those in which no CPU had work.
 * One page of running sums, which the driver and its guests map and read without a call.
 *
 * Exact where one CPU runs at a time, as under QEMU with one thread, and meant for that clock: with
 * several at once ticks of all CPUs add up to more than the time that passed.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/power.h>
#include "glue.h"

struct soft_ledger *soft_ledger;
DEFINE_PER_CPU(u64, soft_length);
static u64 *soft_book_before;
static DEFINE_PER_CPU(bool, soft_asleep);
static atomic_t soft_sleepers;
static u64 soft_asleep_since;		/* when the last CPU fell asleep */

noinline s64 soft_long_stretch(s64 n, u64 most)
{
	return n <= (s64)most ? n : this_cpu_read(soft_length);
}

static void soft_fall_asleep(void)
{
	u64 begun = soft_begin();
	int n;

	this_cpu_write(soft_asleep, true);
	n = atomic_inc_return(&soft_sleepers);
	soft_end(begun, SOFT_OUTSIDE_PROBE);
	if (n == num_online_cpus())
		WRITE_ONCE(soft_asleep_since, rdtsc());
}

static void soft_wake_up(void)
{
	u64 now = rdtsc(), begun;

	if (!this_cpu_read(soft_asleep))
		return;
	this_cpu_write(soft_asleep, false);
	if (atomic_dec_return(&soft_sleepers) == num_online_cpus() - 1)
		__atomic_fetch_add(&soft_ledger->waiting, now - READ_ONCE(soft_asleep_since),
				   __ATOMIC_RELAXED);
	/* Of what this took, the part until the sums were right is lost in waiting's. */
	begun = soft_begin();
	soft_end(begun, SOFT_OUTSIDE_PROBE);
}

static void soft_probe_idle(void *unused, unsigned int state, unsigned int cpu)
{
	if (state == PWR_EVENT_EXIT)
		soft_wake_up();
	else
		soft_fall_asleep();
}

/* An interrupt's work comes before the idle loop says that it goes on. */
static void soft_probe_vector(void *unused, int vector)
{
	soft_wake_up();
}

static void soft_probe_irq(void *unused, int irq, struct irqaction *action)
{
	soft_wake_up();
}

static struct sept_probe soft_probes[] = {
	{ "cpu_idle", soft_probe_idle },
	{ "local_timer_entry", soft_probe_vector },
	{ "reschedule_entry", soft_probe_vector },
	{ "call_function_entry", soft_probe_vector },
	{ "call_function_single_entry", soft_probe_vector },
	{ "irq_work_entry", soft_probe_vector },
	{ "irq_handler_entry", soft_probe_irq },
};

static int soft_ledger_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE || vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYWRITE);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(soft_ledger));
}

const struct file_operations soft_ledger_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.mmap = soft_ledger_mmap,
};

int __init soft_ledger_init(void)
{
	soft_ledger = (void *)get_zeroed_page(GFP_KERNEL);
	if (!soft_ledger)
		return -ENOMEM;
	soft_ledger->magic = SOFT_LEDGER_MAGIC;
	/* Without all of them waiting cannot be told from work: the ledger says so. */
	soft_ledger->told = !sept_probes_on(soft_probes, ARRAY_SIZE(soft_probes));
	/* septcount's probes book here too. */
	soft_book_before = sept_ticks;
	WRITE_ONCE(sept_ticks, &soft_ledger->module);
	return 0;
}

void soft_ledger_exit(void)
{
	WRITE_ONCE(sept_ticks, soft_book_before);
	sept_probes_off(soft_probes, ARRAY_SIZE(soft_probes));
	/* The last of septcount's that found the old address. */
	synchronize_rcu();
	free_page((unsigned long)soft_ledger);
}
