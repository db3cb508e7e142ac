// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for QEMU's TCG: which code executed the instructions of a block's timed part. It sees
 * what the guest runs and changes nothing of it: no instruction is added to the guest, and the
 * guest's time is its own instructions.
 *
 * Every instruction adds one to a counter; blocks, calls, returns and marks are called for.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "tree.h"

#define VMRUN_OPCODE	"\x0f\x01\xd8"

/* Of an x86 instruction. */
#define MAX_LEN		15

int qemu_plugin_version = 1;

/* QEMU reads the version once this is loaded. */
static void __attribute__((constructor)) choose_version(void)
{
	if (!qemu_plugin_register_vcpu_insn_exec_inline)
		qemu_plugin_version = 2;
}

static struct tree *tree;
static bool copies;		/* qemu_plugin_insn_data() does */
static uint64_t insns;
static bool moving[TREE_MAX_CPUS];	/* a call or return has begun */
static unsigned int current;	/* vCPU that runs its block */

/*
 * QEMU 10 with one thread for all vCPUs translates the number that it gives to callbacks to a
 * constant: that of the vCPU for which the block was translated, whoever runs it. What tells them
 * apart then is the address of a vCPU's state, @states.
 */
static bool numbers_lie;
static const void *states[TREE_MAX_CPUS];
static unsigned int nr_states, nr_cpus;

/* A call: both words, since the argument of a callback is one pointer. */
struct call {
	uint64_t site, target;
};

static void on_insn(unsigned int cpu, void *unused)
{
	(void)cpu;
	(void)unused;
	insns++;
}

/*
 * From version 2 on what counts in line is of a vCPU. QEMU 10.0.13 with one thread for all vCPUs
 * translates it to an address that is nobody's, and dies. A call is slower and as exact.
 */
static void count(struct qemu_plugin_insn *insn)
{
	if (qemu_plugin_register_vcpu_insn_exec_inline)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &insns,
							   1);
	else
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/* The bytes of @insn, at @room or wherever QEMU has them. */
static const uint8_t *bytes_of(struct qemu_plugin_insn *insn, uint8_t room[MAX_LEN])
{
	uintptr_t at = qemu_plugin_insn_data(insn, room, MAX_LEN);

	return copies ? room : (const uint8_t *)at;
}

static void check(void)
{
	if (!tree_failed(tree))
		return;
	fprintf(stderr, "septbench: the profile ran out of memory or disk\n");
	exit(3);
}

static void *address(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

/* The vCPU whose state is at @state. */
static unsigned int cpu_of(const void *state)
{
	for (unsigned int i = 0; i < nr_states; i++)
		if (states[i] == state)
			return i;
	if (nr_states == nr_cpus) {
		fprintf(stderr, "septbench: the profile cannot tell this QEMU's CPUs apart\n");
		exit(3);
	}
	states[nr_states] = state;
	return nr_states++;
}

/*
 * Translated code calls this, and on x86-64 has in RBP where its vCPU's state is. A function with a
 * frame saves that first, where the frame begins.
 *
 * Only blocks tell who runs: between two of them, and nowhere else, the thread goes on to another
 * vCPU. The memory callbacks of helpers come from QEMU itself, which has anything in RBP.
 */
static void on_run(unsigned int cpu, void *addr)
{
	const void *const *frame = __builtin_frame_address(0);

	current = numbers_lie ? cpu_of(*frame) : cpu % TREE_MAX_CPUS;
	tree_run(tree, current, (uintptr_t)addr, insns);
}

/*
 * QEMU 7.2 mixes up reads and writes when it is asked for one of them, and so it is asked for both.
 * It forgets to end the memory callbacks of an instruction that ends its block, as calls and
 * returns do: they go on for what helpers read and write after it (IRET its segments, an interrupt
 * its frame). What counts is the first read or write after the instruction began.
 */
static void on_move(unsigned int cpu, void *unused)
{
	(void)cpu;
	(void)unused;
	moving[current] = true;
}

static bool take_move(void)
{
	bool was = moving[current];

	moving[current] = false;
	return was;
}

static void on_call(unsigned int cpu, uint32_t info, uint64_t slot, void *arg)
{
	const struct call *c = arg;

	(void)cpu;
	if (qemu_plugin_mem_is_store(info) && take_move())
		tree_call(tree, current, slot, c->site, c->target);
}

static void on_return(unsigned int cpu, uint32_t info, uint64_t slot, void *unused)
{
	(void)cpu;
	(void)unused;
	if (!qemu_plugin_mem_is_store(info) && take_move())
		tree_return(tree, current, slot);
}

static void on_vmrun(unsigned int cpu, void *resume)
{
	(void)cpu;
	tree_enter(tree, current, (uintptr_t)resume);
}

static void on_mark(unsigned int cpu, void *mark)
{
	(void)cpu;
	tree_mark(tree, (enum mark)(uintptr_t)mark, insns);
	check();
}

/* Prefixes that may stand before CALL and RET: sizes, segments, REP and the like, REX. */
static bool is_prefix(uint8_t b)
{
	return b == 0x66 || b == 0x67 || b == 0x2e || b == 0x3e || b == 0xf2 || b == 0xf3 ||
	       b == 0x64 || b == 0x65 || (b & 0xf0) == 0x40;
}

static void hook_call(struct qemu_plugin_insn *insn, uint64_t target)
{
	/* As long as QEMU may run its translation of the block: for ever. */
	struct call *c = malloc(sizeof(*c));

	if (!c) {
		fprintf(stderr, "septbench: the profile ran out of memory\n");
		exit(3);
	}
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_move, QEMU_PLUGIN_CB_NO_REGS, NULL);
	*c = (struct call) { qemu_plugin_insn_vaddr(insn), target };
	qemu_plugin_register_vcpu_mem_cb(insn, on_call, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
					 c);
}

static void hook_kernel_insn(struct qemu_plugin_insn *insn, const uint8_t *b, size_t len)
{
	size_t at = 0;
	int32_t rel;

	while (at < len && is_prefix(b[at]))
		at++;
	if (at + 5 == len && b[at] == 0xe8) {
		memcpy(&rel, b + at + 1, sizeof(rel));
		hook_call(insn, qemu_plugin_insn_vaddr(insn) + len + (uint64_t)(int64_t)rel);
	} else if (at + 1 < len && b[at] == 0xff && (b[at + 1] >> 3 & 7) == 2) {
		hook_call(insn, 0);
	} else if (at < len && (b[at] == 0xc3 || b[at] == 0xc2)) {
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_move, QEMU_PLUGIN_CB_NO_REGS, NULL);
		qemu_plugin_register_vcpu_mem_cb(insn, on_return, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
	} else if (at + 3 == len && !memcmp(b + at, VMRUN_OPCODE, 3)) {
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, on_vmrun, QEMU_PLUGIN_CB_NO_REGS,
			address(qemu_plugin_insn_vaddr(insn) + len));
	}
}

static void hook_mark(struct qemu_plugin_insn *insn, const uint8_t *b, size_t len)
{
	uint32_t disp, m;

	if (len != 7 || memcmp(b, MARK_OPCODE, 3))
		return;
	memcpy(&disp, b + 3, sizeof(disp));
	m = disp - MARK_MAGIC;
	if (m >= MARK_PART && m <= MARK_BLOCK)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
						       address(m));
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_run, QEMU_PLUGIN_CB_NO_REGS, address(addr));
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint8_t room[MAX_LEN];
		const uint8_t *bytes = bytes_of(insn, room);
		size_t len = qemu_plugin_insn_size(insn);

		count(insn);
		if (tree_is_kernel(addr))
			hook_kernel_insn(insn, bytes, len);
		else
			hook_mark(insn, bytes, len);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	const char *path = argc == 1 && !strncmp(argv[0], "out=", 4) ? argv[0] + 4 : NULL;
	FILE *out = path ? fopen(path, "we") : NULL;

	copies = info->version.cur >= 3;
	numbers_lie = info->version.min >= 2;
	nr_cpus = info->system.smp_vcpus < TREE_MAX_CPUS ? (unsigned int)info->system.smp_vcpus :
							   TREE_MAX_CPUS;
	tree = out ? tree_new(out) : NULL;
	if (!tree) {
		fprintf(stderr,
			"septbench: the profile needs out=FILE, and to be able to write there\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
