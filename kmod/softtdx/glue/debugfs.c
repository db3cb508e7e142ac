// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/softtdx: what the driver reads after each block. Text, "name value" per line.
 *   counters	of dead TDs and of SEAMCALLs that name no TD
 *   ledger	to be mapped: softtdx's own ticks and waiting (ledger.c)
 *   pamt	pages that are not NDA
 *   hold_rcu	for tests: a write of N is an RCU reader that stays for N ms, so that no grace
 * period ends tdN/	one live TD: counters, pid of its creator, oracle (reading runs it), corrupt
 * (tests only)
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/seq_file.h>
#include "glue.h"
#include "vmx/tdx.h"

static struct dentry *soft_dir;

static const char * const soft_count_names[SOFT_NR_COUNTS] = {
	[SOFT_KICK] = "kick",
	[SOFT_KICK_INSIDE] = "kick_inside",
	[SOFT_KICK_OUTSIDE] = "kick_outside",
	[SOFT_EXIT_INTR] = "exit_intr",
	[SOFT_EXIT_TDVMCALL] = "exit_tdvmcall",
	[SOFT_EXIT_SHARED] = "exit_ept_shared",
	[SOFT_TDCALL] = "tdcall",
	[SOFT_VE] = "ve",
	[SOFT_IRQ] = "irq",
	[SOFT_GUEST_TICKS] = "guest_insn",
};

static void show_stats(struct seq_file *m, const struct sx_stats *st)
{
	unsigned int i, c;

	for (i = 0; i < SX_NR_LEAVES; i++) {
		const char *leaf = sx_leaf_name(i);

		for (c = 0; leaf && c < SX_NR_CLASSES; c++) {
			if (st->leaf[i][c])
				seq_printf(m, "seamcall.%s.%s %llu\n", leaf, sx_class_name(c),
					   st->leaf[i][c]);
		}
	}
	for (i = 0; i < SX_NR_COUNTS; i++)
		seq_printf(m, "softtdx.%s %llu\n", sx_count_name(i), st->count[i]);
}

static u64 calls(const struct sx_stats *st, enum sx_leaf leaf)
{
	u64 n = 0;
	unsigned int c;

	for (c = 0; c < SX_NR_CLASSES; c++)
		n += st->leaf[leaf][c];
	return n;
}

/* Leaves that know no TD, of a host that has asked for dynamic PAMT: failed calls too. */
static void show_pamt(struct seq_file *m, struct sx_stats *st)
{
	sx_sys_stats(soft_sys, st);
	if (!calls(st, SX_PHYMEM_PAMT_ADD))
		return;
	seq_printf(m, "pamt.adds %llu\n", calls(st, SX_PHYMEM_PAMT_ADD));
	seq_printf(m, "pamt.removes %llu\n", calls(st, SX_PHYMEM_PAMT_REMOVE));
}

static void show_met(struct seq_file *m)
{
	static const char * const where[SOFT_NR_YIELDS] = {
		[SX_YIELD_BEGIN] = "begin",
		[SX_YIELD_LOCKED] = "locked",
		[SX_YIELD_END] = "end",
		[SX_YIELD_ENTER] = "enter",
	};
	unsigned int i;

	for (i = 0; i < SOFT_NR_YIELDS; i++)
		seq_printf(m, "softtdx.met_%s %lld\n", where[i],
			   (long long)atomic64_read(&soft_met[i]));
}

static int totals_show(struct seq_file *m, void *unused)
{
	struct sx_stats *st = kmalloc(sizeof(*st), GFP_KERNEL);

	if (!st)
		return -ENOMEM;
	sx_sys_stats(soft_sys, st);
	show_stats(m, st);
	show_pamt(m, st);
	seq_printf(m, "softtdx.yield_pauses %lld\n", (long long)atomic64_read(&soft_yields));
	seq_printf(m, "softtdx.reset_paddr %lld\n", (long long)atomic64_read(&soft_resets));
	kfree(st);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(totals);

static int pamt_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "in_use %llu\n", sx_pamt_in_use(soft_sys));
	if (sx_pamt_pairs(soft_sys))
		seq_printf(m, "pairs %llu\n", sx_pamt_pairs(soft_sys));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pamt);

static int hold_rcu_set(void *unused, u64 ms)
{
	if (ms > 1000)
		return -EINVAL;
	rcu_read_lock();
	mdelay(ms);
	rcu_read_unlock();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hold_rcu_fops, NULL, hold_rcu_set, "%llu\n");

/* The TD of an open file, alive until soft_put(); NULL if its TDR was reclaimed meanwhile. */
static struct soft_td *soft_get(void *private)
{
	struct soft_td *td;

	mutex_lock(&soft_tds_lock);
	list_for_each_entry(td, &soft_tds, list) {
		if (td->nr == (unsigned long)private)
			return td;
	}
	mutex_unlock(&soft_tds_lock);
	return NULL;
}

static void soft_put(void)
{
	mutex_unlock(&soft_tds_lock);
}

static int td_counters_show(struct seq_file *m, void *unused)
{
	struct sx_stats *st = kmalloc(sizeof(*st), GFP_KERNEL);
	struct soft_td *td;
	unsigned int i;

	if (!st)
		return -ENOMEM;
	td = soft_get(m->private);
	if (td && sx_td_of(soft_sys, td->tdr_pa)) {
		sx_td_stats(sx_td_of(soft_sys, td->tdr_pa), st);
		show_stats(m, st);
		for (i = 0; i < SOFT_NR_COUNTS; i++) {
			u64 n = __atomic_load_n(&td->count[i], __ATOMIC_RELAXED);

			if (n || i < SOFT_GUEST_COUNTS)
				seq_printf(m, "softtdx.%s %llu\n", soft_count_names[i], n);
		}
		/* What knows no TD: right as long as one TD is at work. */
		seq_printf(m, "softtdx.insn %llu\n", READ_ONCE(soft_ledger->module));
		seq_printf(m, "softtdx.reset_paddr %lld\n", (long long)atomic64_read(&soft_resets));
		show_met(m);
		show_pamt(m, st);
	}
	if (td)
		soft_put();
	kfree(st);
	return td ? 0 : -ENODEV;
}
DEFINE_SHOW_ATTRIBUTE(td_counters);

static int td_pid_show(struct seq_file *m, void *unused)
{
	struct soft_td *td = soft_get(m->private);

	if (!td)
		return -ENODEV;
	seq_printf(m, "%d\n", td->pid);
	soft_put();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(td_pid);

static int td_oracle_show(struct seq_file *m, void *unused)
{
	struct soft_td *td = soft_get(m->private);

	if (!td)
		return -ENODEV;
	soft_oracle(td, m);
	soft_put();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(td_oracle);

static ssize_t td_corrupt_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	struct soft_td *td;
	struct sx_td *sx;
	u64 gpa;
	int r = kstrtou64_from_user(buf, n, 0, &gpa);

	if (r)
		return r;
	td = soft_get(file_inode(file)->i_private);
	if (!td)
		return -ENODEV;
	sx = sx_td_of(soft_sys, td->tdr_pa);
	r = sx && sx_td_corrupt(sx, gpa) ? 0 : -ENOENT;
	soft_put();
	return r ? r : n;
}

static const struct file_operations td_corrupt_fops = {
	.open = simple_open,
	.write = td_corrupt_write,
	.llseek = noop_llseek,
};

void soft_debugfs_add_td(struct soft_td *td)
{
	void *nr = (void *)(unsigned long)td->nr;
	char name[16];

	snprintf(name, sizeof(name), "td%u", td->nr);
	td->dir = debugfs_create_dir(name, soft_dir);
	debugfs_create_file("counters", 0400, td->dir, nr, &td_counters_fops);
	debugfs_create_file("pid", 0400, td->dir, nr, &td_pid_fops);
	debugfs_create_file("oracle", 0400, td->dir, nr, &td_oracle_fops);
	debugfs_create_file("corrupt", 0200, td->dir, nr, &td_corrupt_fops);
}

void soft_debugfs_init(void)
{
	soft_dir = debugfs_create_dir("softtdx", NULL);
	debugfs_create_file("counters", 0400, soft_dir, NULL, &totals_fops);
	/* To be mapped, which debugfs' own guard of files does not pass on. */
	debugfs_create_file_unsafe("ledger", 0400, soft_dir, NULL, &soft_ledger_fops);
	debugfs_create_file("pamt", 0400, soft_dir, NULL, &pamt_fops);
	debugfs_create_file("hold_rcu", 0200, soft_dir, NULL, &hold_rcu_fops);
}

void soft_debugfs_exit(void)
{
	debugfs_remove_recursive(soft_dir);
}
