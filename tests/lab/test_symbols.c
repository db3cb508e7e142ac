// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses to names, and a plugin's output to call paths. */
#include <criterion/criterion.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "plugin_fold.h"
#include "plugin_symbols.h"

static const char kernel[] =
	"\n/x/vmlinux:     file format elf64-x86-64\n\nSYMBOL TABLE:\n"
	"ffffffff81000000 l    d  .text\t0000000000000000 .text\n"
	"0000000000000000 l    df *ABS*\t0000000000000000 entry_64.S\n"
	"ffffffff81000000 g       .text\t0000000000000000 _stext\n"
	"ffffffff81000000 g     F .text\t0000000000000100 startup_64\n"
	"ffffffff81000080 l       .text\t0000000000000000 inner_label\n"
	"ffffffff81001190 g       .text\t000000000000002b asm_exc_page_fault\n"
	"ffffffff81002000 l     F .text\t0000000000000040 do_work.isra.0\n"
	"ffffffff81002040 l     F .text\t0000000000000010 do_work.cold\n"
	"ffffffff81003000 g     F .text\t0000000000000020 alias_b\n"
	"ffffffff81003000 g     F .text\t0000000000000020 alias_a\n"
	"ffffffff81004000 g     F .text\t0000000000000020 .hidden hidden_one\n"
	"ffffffff82000000 g     O .data\t0000000000000020 some_data\n";

static const char module[] =
	"0000000000000010 l     F .text\t0000000000000030 tdx_track\n"
	"0000000000000000 l     F .init.text\t0000000000000030 tdx_init\n"
	"0000000000000000 g     F .noinstr.text\t0000000000000008 tdx_enter\n";

static void add(struct symbols *s, const char *name, const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");

	cr_assert_eq(symbols_add_table(s, name, f), 0);
	fclose(f);
}

static struct symbols *both(void)
{
	struct symbols *s = symbols_new();

	add(s, NULL, kernel);
	symbols_add_section(s, "kvm_intel", ".text", 0xffffffffc0100000);
	symbols_add_section(s, "kvm_intel", ".noinstr.text", 0xffffffffc0200000);
	symbols_add_section(s, "kvm", ".init.text", 0xffffffffc0300000);
	add(s, "kvm_intel", module);
	symbols_sort(s);
	return s;
}

static void is(const struct symbols *s, uint64_t addr, const char *want)
{
	cr_expect_str_eq(symbols_name(s, addr), want, "0x%lx is %s, not %s", addr,
			 symbols_name(s, addr), want);
}

Test(symbols, kernel_addresses)
{
	struct symbols *s = both();

	is(s, 0xffffffff81000000, "startup_64");
	is(s, 0xffffffff810000ff, "startup_64");	/* a label inside does not count */
	is(s, 0xffffffff81000100, "[unknown]");
	is(s, 0xffffffff81001191, "asm_exc_page_fault");
	is(s, 0xffffffff81003001, "alias_a");
	is(s, 0xffffffff81004000, "hidden_one");
	is(s, 0xffffffff80ffffff, "[unknown]");
	is(s, 0xffffffff82000000, "[unknown]");
	symbols_free(s);
}

/*
 * What gcc has split off or specialised goes by the function's name: else a rebuild would be a
 * difference.
 */
Test(symbols, suffixes_go)
{
	struct symbols *s = both();

	is(s, 0xffffffff81002000, "do_work");
	is(s, 0xffffffff81002048, "do_work");
	symbols_free(s);
}

Test(symbols, modules_lie_where_their_sections_do)
{
	struct symbols *s = both();

	is(s, 0xffffffffc0100010, "tdx_track`kvm_intel");
	is(s, 0xffffffffc010003f, "tdx_track`kvm_intel");
	is(s, 0xffffffffc0200000, "tdx_enter`kvm_intel");
	is(s, 0xffffffffc0300000, "[unknown]");	/* another module's section of that name */
	symbols_free(s);
}

Test(symbols, user_space)
{
	struct symbols *s = both();

	is(s, 0xffff1000, "[guest]");
	is(s, 0x7ffff7000000, "[user]");
	is(s, 0x100000000, "[user]");
	symbols_free(s);
}

static int fold(const char *raw, struct json_object **stacks, uint64_t *insns)
{
	FILE *f = fmemopen((void *)raw, strlen(raw), "r");
	struct symbols *s = both();
	struct fold *fo = fold_new(f);
	int r = fold_block(fo, s, stacks, insns);

	fold_free(fo);
	symbols_free(s);
	fclose(f);
	return r;
}

/*
 * startup_64 calls tdx_track, which jumps to tdx_enter, and that calls do_work; and once more from
 * another place of startup_64.
 */
Test(fold, jumps_show_and_places_of_one_function_are_one)
{
	struct json_object *stacks;
	uint64_t insns;

	cr_assert_eq(fold("node 1 0 ffffffff81000010 ffffffffc0100010\n"
			  "node 2 1 ffffffffc0200002 ffffffff81002000\n"
			  "node 3 0 ffffffff81000020 ffffffffc0100010\n"
			  "cell 0 ffffffff81000000 1\n"
			  "cell 1 ffffffffc0100010 2\n"
			  "cell 3 ffffffffc0100020 3\n"
			  "cell 1 ffffffffc0200000 4\n"
			  "cell 2 ffffffff81002044 5\n"
			  "block 0 15\n", &stacks, &insns), 1);
	cr_assert_eq(insns, 15);
	cr_expect_str_eq(json_object_to_json_string_ext(stacks, JSON_C_TO_STRING_PLAIN),
		"[[\"startup_64\",1],[\"startup_64;tdx_track`kvm_intel\",5],"
		"[\"startup_64;tdx_track`kvm_intel;tdx_enter`kvm_intel\",4],"
		"[\"startup_64;tdx_track`kvm_intel;tdx_enter`kvm_intel;do_work\",5]]");
	json_object_put(stacks);
}

Test(fold, damage_is_seen)
{
	static const char * const bad[] = {
		"cell 0 ffffffff81000000 1\nblock 0 2\n",		/* does not add up */
		"cell 1 ffffffff81000000 1\nblock 0 1\n",		/* no such path */
		"node 2 0 ffffffff81000000 ffffffff81000000\n",	/* not the next one */
		"node 1 1 ffffffff81000000 ffffffff81000000\n",	/* its own caller */
		"hello\n",
		"cell 0 ffffffff81000000 1\n",				/* no end */
	};
	struct json_object *stacks;
	uint64_t insns;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(fold(bad[i], &stacks, &insns), -EINVAL, "%s", bad[i]);
		cr_expect_null(stacks);
	}
	cr_expect_eq(fold("", &stacks, &insns), 0);
}
