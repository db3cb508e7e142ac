// SPDX-License-Identifier: GPL-2.0-or-later
/* The call tree of the TCG plugin, driven by hand. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <lab/tcg/tree.h>

#define KERNEL	0xffffffff81000000ull
#define STACK	0xffffc90000014000ull	/* top of a kernel stack: 16K and its alignment */
#define OTHER	0xffffc9000001c000ull
#define USER	0x7ffff7000000ull
#define GUEST	0xffff1000ull

struct run {
	struct tree *t;
	FILE *f;
	char *text;
	size_t len;
};

static void begin(struct run *r)
{
	/* The stream keeps the addresses. */
	r->f = open_memstream(&r->text, &r->len);
	cr_assert(r->f);
	r->t = tree_new(r->f);
	cr_assert(r->t);
}

/* What was written so far. */
static void wrote(struct run *r, const char *want)
{
	fflush(r->f);
	cr_assert_str_eq(r->text, want);
	cr_assert(!tree_failed(r->t));
	tree_free(r->t);
	fclose(r->f);
	free(r->text);
}

Test(tree, calls_and_returns_make_paths)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, KERNEL + 0x100, 0);
	tree_mark(r.t, MARK_START, 0);
	tree_call(r.t, 0, STACK - 8, KERNEL + 0x108, KERNEL + 0x200);
	tree_run(r.t, 0, KERNEL + 0x200, 5);
	tree_return(r.t, 0, STACK - 8);
	tree_run(r.t, 0, KERNEL + 0x10d, 12);
	tree_mark(r.t, MARK_STOP, 15);
	tree_mark(r.t, MARK_BLOCK, 99);
	wrote(&r, "node 1 0 ffffffff81000108 ffffffff81000200\n"
		  "cell 0 ffffffff81000100 5\n"
		  "cell 1 ffffffff81000200 7\n"
		  "cell 0 ffffffff8100010d 3\n"
		  "block 0 15\n");
}

/* An indirect call is to where the CPU goes on. */
Test(tree, a_call_without_a_target_learns_it)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 3, KERNEL, 0);
	tree_mark(r.t, MARK_START, 0);
	tree_call(r.t, 3, STACK - 8, KERNEL + 2, 0);
	tree_run(r.t, 3, KERNEL + 0x300, 1);
	tree_mark(r.t, MARK_STOP, 3);
	tree_mark(r.t, MARK_BLOCK, 3);
	wrote(&r, "node 1 0 ffffffff81000002 ffffffff81000300\n"
		  "cell 0 ffffffff81000000 1\n"
		  "cell 1 ffffffff81000300 2\n"
		  "block 0 3\n");
}

/* Frames that nobody returned from end with the return of a caller. */
Test(tree, a_return_past_frames_ends_them)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, KERNEL, 0);
	tree_call(r.t, 0, STACK - 8, KERNEL, KERNEL + 0x100);
	tree_call(r.t, 0, STACK - 64, KERNEL + 0x100, KERNEL + 0x200);
	tree_return(r.t, 0, STACK - 8);
	tree_mark(r.t, MARK_START, 0);
	tree_run(r.t, 0, KERNEL + 5, 0);
	tree_mark(r.t, MARK_STOP, 4);
	tree_mark(r.t, MARK_BLOCK, 4);
	wrote(&r, "node 1 0 ffffffff81000000 ffffffff81000100\n"
		  "node 2 1 ffffffff81000100 ffffffff81000200\n"
		  "cell 0 ffffffff81000005 4\n"
		  "block 0 4\n");
}

/*
 * One CPU, two tasks: the return on the other stack is the switch, and the first task finds its
 * path.
 */
Test(tree, a_task_switch_keeps_both_paths)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, KERNEL, 0);
	tree_call(r.t, 0, STACK - 8, KERNEL, KERNEL + 0x100);
	tree_return(r.t, 0, OTHER - 176);
	tree_run(r.t, 0, KERNEL + 0x900, 0);
	tree_mark(r.t, MARK_START, 0);
	tree_call(r.t, 0, OTHER - 200, KERNEL + 0x900, KERNEL + 0x100);
	tree_return(r.t, 0, STACK - 64);
	tree_run(r.t, 0, KERNEL + 0x110, 2);
	tree_mark(r.t, MARK_STOP, 5);
	tree_mark(r.t, MARK_BLOCK, 5);
	wrote(&r, "node 1 0 ffffffff81000000 ffffffff81000100\n"
		  "node 2 0 ffffffff81000900 ffffffff81000100\n"
		  "cell 0 ffffffff81000900 2\n"
		  "cell 1 ffffffff81000110 3\n"
		  "block 0 5\n");
}

/* A guest is under the kernel's path that entered it; a process is not. */
Test(tree, guests_are_inside_and_processes_outside)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, KERNEL, 0);
	tree_call(r.t, 0, STACK - 8, KERNEL, KERNEL + 0x100);
	tree_mark(r.t, MARK_START, 0);
	tree_enter(r.t, 0, KERNEL + 0x110);
	tree_run(r.t, 0, GUEST, 0);
	tree_run(r.t, 0, KERNEL + 0x110, 4);
	tree_run(r.t, 0, USER, 7);
	tree_mark(r.t, MARK_STOP, 9);
	tree_mark(r.t, MARK_BLOCK, 9);
	wrote(&r, "node 1 0 ffffffff81000000 ffffffff81000100\n"
		  "cell 1 ffe00000 4\n"
		  "cell 1 ffffffff81000110 3\n"
		  "cell 0 7ffff7000000 2\n"
		  "block 0 9\n");
}

/* Its kernel may lie where the lab's does, and have stacks there. */
Test(tree, a_guest_s_own_kernel_is_the_guest)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, KERNEL, 0);
	tree_call(r.t, 0, STACK - 8, KERNEL, KERNEL + 0x100);
	tree_mark(r.t, MARK_START, 0);
	tree_enter(r.t, 0, KERNEL + 0x110);
	tree_run(r.t, 0, KERNEL + 0x300, 0);
	tree_call(r.t, 0, STACK - 16, KERNEL + 0x300, KERNEL + 0x400);
	tree_call(r.t, 0, OTHER - 16, KERNEL + 0x400, 0);
	tree_run(r.t, 0, KERNEL + 0x500, 2);
	tree_run(r.t, 0, USER, 3);
	tree_return(r.t, 0, STACK - 8);
	/* Another CPU is in no guest. */
	tree_run(r.t, 1, KERNEL + 0x600, 5);
	tree_run(r.t, 0, KERNEL + 0x110, 6);
	tree_mark(r.t, MARK_STOP, 9);
	tree_mark(r.t, MARK_BLOCK, 9);
	wrote(&r, "node 1 0 ffffffff81000000 ffffffff81000100\n"
		  "cell 1 ffe00000 5\n"
		  "cell 0 ffffffff81000600 1\n"
		  "cell 1 ffffffff81000110 3\n"
		  "block 0 9\n");
}

/*
 * From the first start to the last stop; what is between two shares is in, what is after the last
 * is not.
 */
Test(tree, shares_of_one_part_are_one)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, USER, 0);
	tree_mark(r.t, MARK_START, 10);
	tree_mark(r.t, MARK_START, 12);
	tree_mark(r.t, MARK_STOP, 15);
	tree_mark(r.t, MARK_STOP, 20);
	tree_mark(r.t, MARK_START, 30);
	tree_mark(r.t, MARK_STOP, 40);
	tree_mark(r.t, MARK_BLOCK, 90);
	wrote(&r, "cell 0 7ffff7000000 30\nblock 0 30\n");
}

/* Set-up has marks as well: a new part begins from nothing, and so does a new block. */
Test(tree, a_new_part_forgets)
{
	struct run r;

	begin(&r);
	tree_run(r.t, 0, USER, 0);
	tree_mark(r.t, MARK_START, 10);
	tree_mark(r.t, MARK_STOP, 20);
	tree_mark(r.t, MARK_PART, 25);
	tree_mark(r.t, MARK_START, 30);
	tree_mark(r.t, MARK_STOP, 31);
	tree_mark(r.t, MARK_BLOCK, 32);
	tree_mark(r.t, MARK_BLOCK, 40);
	wrote(&r, "cell 0 7ffff7000000 1\nblock 0 1\nblock 1 0\n");
}

/* More of everything than the first allocation holds. */
Test(tree, many_paths_add_up)
{
	struct run r;
	uint64_t all = 0, n, sum = 0;
	char *at;

	begin(&r);
	tree_mark(r.t, MARK_START, 0);
	for (uint64_t i = 0; i < 20000; i++) {
		tree_run(r.t, 0, KERNEL + i * 16, all);
		tree_call(r.t, 0, STACK - 8 - i % 500 * 8, KERNEL + i * 16, KERNEL + i * 16 + 16);
		all += i % 7;
	}
	tree_mark(r.t, MARK_STOP, all);
	tree_mark(r.t, MARK_BLOCK, all);
	fflush(r.f);
	for (at = r.text; (at = strstr(at, "\ncell ")); at++)
		if (sscanf(at, "\ncell %*u %*x %lu", &n) == 1)
			sum += n;
	cr_assert_eq(sum, all);
	cr_assert(!tree_failed(r.t));
	tree_free(r.t);
	fclose(r.f);
	free(r.text);
}
