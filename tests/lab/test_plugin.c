// SPDX-License-Identifier: GPL-2.0-or-later
/* The TCG plugin, with this in QEMU's place: which vCPU a block is said to have run on. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bench/mark.h>
#include <lab/tcg/abi.h>

#define ENTRY	0xffffffff81000000ull	/* ends in VMRUN */
#define HOST	0xffffffff81000100ull	/* something else of the kernel */
#define USER	0x400000ull		/* a mark for each 16 bytes */
#define MAX	8

/* An instruction, and a block of that one. */
struct qemu_plugin_insn {
	uint64_t addr;
	uint8_t bytes[8];
	size_t len;
	plugin_exec_fn fn[MAX];
	void *arg[MAX];
	size_t nr;
};

struct qemu_plugin_tb {
	struct qemu_plugin_insn insn;
	plugin_exec_fn begin;
	void *arg;
};

static plugin_trans_fn translate;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, plugin_trans_fn fn)
{
	(void)id;
	translate = fn;
}

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, plugin_exec_fn fn, int flags,
					  void *arg)
{
	(void)flags;
	tb->begin = fn;
	tb->arg = arg;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_exec_fn fn,
					    int flags, void *arg)
{
	(void)flags;
	cr_assert_lt(insn->nr, MAX);
	insn->fn[insn->nr] = fn;
	insn->arg[insn->nr++] = arg;
}

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, plugin_mem_fn fn, int flags,
				      int rw, void *arg)
{
	(void)insn;
	(void)fn;
	(void)flags;
	(void)rw;
	(void)arg;
}

bool qemu_plugin_mem_is_store(uint32_t info)
{
	return info;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	(void)tb;
	return 1;
}

uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb)
{
	return tb->insn.addr;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t nr)
{
	(void)nr;
	return (struct qemu_plugin_insn *)&tb->insn;
}

uintptr_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len)
{
	memcpy(to, insn->bytes, insn->len < len ? insn->len : len);
	return (uintptr_t)insn->bytes;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn)
{
	return insn->len;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn)
{
	return insn->addr;
}

/* As translated code calls: with its vCPU's state in RBP. */
void call_with(const void *state, plugin_exec_fn fn, unsigned int cpu, void *arg);
__asm__(".text\n"
	"call_with:\n\t"
	"endbr64\n\t"
	"push %rbp\n\t"
	"mov %rdi, %rbp\n\t"
	"mov %rsi, %rax\n\t"
	"mov %edx, %edi\n\t"
	"mov %rcx, %rsi\n\t"
	"call *%rax\n\t"
	"pop %rbp\n\t"
	"ret\n");

static void run(const void *state, unsigned int cpu, uint64_t addr, const void *bytes, size_t len)
{
	struct qemu_plugin_tb tb = { .insn = { .addr = addr, .len = len } };

	memcpy(tb.insn.bytes, bytes, len);
	translate(0, &tb);
	call_with(state, tb.begin, cpu, tb.arg);
	for (size_t i = 0; i < tb.insn.nr; i++)
		call_with(state, tb.insn.fn[i], cpu, tb.insn.arg[i]);
}

static void run_mark(const void *state, unsigned int cpu, enum mark m)
{
	uint32_t disp = MARK_MAGIC + m;
	uint8_t bytes[7] = MARK_OPCODE;

	memcpy(bytes + 3, &disp, sizeof(disp));
	run(state, cpu, USER + 16 * m, bytes, sizeof(bytes));
}

/* The plugin in a QEMU that speaks versions @min to @cur, with two CPUs. Returns its output. */
static FILE *install(int min, int cur)
{
	const struct qemu_info info = { .version = { min, cur }, .system = { 2, 2 } };
	char path[] = "/tmp/test_plugin.XXXXXX", arg[64], *argv[] = { arg };
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	snprintf(arg, sizeof(arg), "out=%s", path);
	cr_assert_eq(qemu_plugin_install(0, &info, 1, argv), 0);
	unlink(path);
	return fdopen(fd, "r");
}

/* One vCPU enters a guest; then another, by state and number, runs a timed part of two. */
static void check_other(FILE *out, const void *state, unsigned int cpu)
{
	char text[256] = "";
	int first = 0;

	run(&first, 0, ENTRY, "\x0f\x01\xd8", 3);
	run_mark(state, cpu, MARK_START);
	run(state, cpu, HOST, "\x90", 1);
	run_mark(state, cpu, MARK_STOP);
	run_mark(state, cpu, MARK_BLOCK);
	text[fread(text, 1, sizeof(text) - 1, out)] = 0;
	cr_assert_str_eq(text, "cell 0 ffffffff81000100 1\ncell 0 400030 1\nblock 0 2\n");
	fclose(out);
}

/* QEMU 10 gives the number of the vCPU that a block was translated for. */
Test(plugin, vcpus_are_told_by_their_state_where_numbers_lie)
{
	int second = 0;

	check_other(install(2, 4), &second, 0);
}

/* QEMU 7.2 gives the right ones. */
Test(plugin, vcpus_are_told_by_their_number_where_it_is_right)
{
	check_other(install(0, 1), NULL, 1);
}

Test(plugin, more_states_than_vcpus_are_no_profile, .exit_code = 3)
{
	int states[3] = { 0 };

	install(2, 4);
	for (int i = 0; i < 3; i++)
		run(&states[i], 0, HOST, "\x90", 1);
}
