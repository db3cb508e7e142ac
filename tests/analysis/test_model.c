// SPDX-License-Identifier: GPL-2.0-or-later
/* The cost profiles against the sums they were chosen to meet. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "analysis/data/data.h"
#include "tests/record/scratch.h"

TestSuite(model, .init = scratch_enter, .fini = scratch_leave);

#define ZAPPED	512

/* What upstream does for each of 512 pages with @vcpus outside of the guest, in instructions of no
 * cost. */
static struct record_block zap_block(struct record_counter *c, uint64_t vcpus,
				     struct record_metric *m)
{
	const struct record_counter counters[] = {
		{ "seamcall.mem_range_block.ok", ZAPPED },
		{ "seamcall.mem_track.ok", ZAPPED },
		{ "seamcall.mem_page_remove.ok", ZAPPED },
		{ "seamcall.phymem_page_wbinvd.ok", ZAPPED },
		{ "softtdx.reset_paddr", ZAPPED },
		{ "softtdx.kick", ZAPPED },
		{ "softtdx.kick_outside", ZAPPED * vcpus },
		{ "kvm.exits", 12345 },
	};

	memcpy(c, counters, sizeof(counters));
	*m = (struct record_metric){
		.name = "zap_insn_per_page", .unit = "insn/page", .v = 0, .n = ZAPPED
	};
	return (struct record_block){ .counters = c,
				      .nr_counters = sizeof(counters) / sizeof(counters[0]),
				      .metrics = m,
				      .nr_metrics = 1 };
}

static struct model_profile *load(const char *name)
{
	struct model_profile *p = model_profile_load(name, stderr);

	cr_assert_not_null(p);
	return p;
}

Test(model, zap_meets_the_published_sum)
{
	struct model_profile *p = load("tdx-estimate");
	struct record_counter c[16];
	struct record_metric m;
	struct record_block b = zap_block(c, 4, &m);
	struct model_value v;

	cr_assert(model_price(p, &b, &v));
	cr_assert_str_eq(v.name, "model_ns_per_page");
	cr_assert_eq(v.n, ZAPPED);
	cr_assert_float_eq(v.v, 13600, 1e-6);
	b = zap_block(c, 32, &m);
	cr_assert(model_price(p, &b, &v));
	cr_assert_float_eq(v.v, 16400, 1e-6);
	model_profile_free(p);
}

/* Prices 5000 instructions a page, @own of all pages' being the module's. */
static struct model_value price_without(uint64_t own)
{
	struct model_profile *p = load("all-zero");
	struct record_counter c[16];
	struct record_metric m;
	struct record_block b = zap_block(c, 4, &m);
	struct model_value v;

	m.v = 5000;
	c[b.nr_counters++] = (struct record_counter){ "softtdx.insn", own };
	cr_assert_not(model_profile_prices_module(p));
	cr_assert(model_price(p, &b, &v));
	model_profile_free(p);
	return v;
}

Test(model, instructions_are_priced_without_the_modules_own)
{
	cr_assert_float_eq(price_without(2000 * ZAPPED).v, 3000 * 0.4, 1e-9);
}

/* More of the module's own than there are of all. */
Test(model, more_of_the_module_than_of_all_is_no_price)
{
	cr_assert_not(price_without(5000 * ZAPPED).unpriced);
	cr_assert(price_without(5000 * ZAPPED + 1).unpriced);
}

/* `convert` counts both, one after the other, and the module's own of both. */
Test(model, a_case_that_zaps_and_faults_is_priced_whole)
{
	struct model_profile *p = load("tdx-estimate");
	struct record_counter c[] = { { "softtdx.insn", 1000 }, { "softtdx.kick_outside", 8 },
				      { "softtdx.td_exit", 2 }, { "seamcall.mem_page_aug.ok", 2 } };
	struct record_metric m[] = {
		{ .name = "insn_per_fault", .unit = "insn/fault", .v = 2000, .n = 2 },
		{ .name = "zap_insn_per_page", .unit = "insn/page", .v = 3000, .n = 2 },
	};
	struct record_block b = { .counters = c, .nr_counters = 4, .metrics = m, .nr_metrics = 2 };
	struct model_value v;

	cr_assert(model_price(p, &b, &v));
	cr_assert_str_eq(v.name, "model_ns_per_fault");
	cr_assert_eq(v.n, 2);
	cr_assert_float_eq(v.insns, 4500, 1e-9);
	cr_assert_float_eq(v.part[MODEL_INSNS], 4500 * 0.4, 1e-9);
	cr_assert_float_eq(v.part[MODEL_KICKS], 400, 1e-9);
	cr_assert_float_eq(v.part[MODEL_CROSSINGS], 1300, 1e-9);
	cr_assert_float_eq(v.part[MODEL_LEAVES], 2300, 1e-9);
	cr_assert_float_eq(v.v, 1800 + 400 + 1300 + 2300, 1e-9);
	model_profile_free(p);
}

Test(model, a_failed_call_costs_its_round_trip)
{
	struct model_profile *p = load("tdx-estimate");
	struct record_counter c[] = { { "seamcall.mem_page_aug.busy_tree", 3 },
				      { "seamcall.mng_rd.ok", 0 } };
	struct record_metric m = { .name = "insn_per_fault", .unit = "insn/fault", .v = 0, .n = 1 };
	struct record_block b = { .counters = c, .nr_counters = 2, .metrics = &m, .nr_metrics = 1 };
	struct model_value v;

	cr_assert(model_price(p, &b, &v));
	cr_assert_str_eq(v.name, "model_ns_per_fault");
	cr_assert_float_eq(v.v, 3 * 1200, 1e-9);
	model_profile_free(p);
}

Test(model, without_instructions_there_is_no_model)
{
	struct model_profile *p = load("tdx-estimate");
	struct record_metric m = { .name = "fault_ns_p50", .unit = "ns", .v = 5, .n = 1 };
	struct record_block b = { .metrics = &m, .nr_metrics = 1 };
	struct model_value v;

	cr_assert_not(model_price(p, &b, &v));
	model_profile_free(p);
}

Test(model, profile_files)
{
	static const char good[] = "{\"name\":\"mine\",\"ps_per_insn\":1,\"seamcall_failed_ns\":0,"
				   "\"seamcall_ns\":{},\"counter_ns\":{\"kvm.exits\":2.5}}";
	static const char bad[] = "{\"name\":\"mine\",\"ps_per_insn\":-1,\"seamcall_failed_ns\":0,"
				  "\"seamcall_ns\":{},\"counter_ns\":{}}";
	struct model_profile *p;
	FILE *msgs = fopen("/dev/null", "w");

	scratch_write("good.json", good, strlen(good));
	scratch_write("bad.json", bad, strlen(bad));
	p = load("./good.json");
	cr_assert_str_eq(model_profile_name(p), "mine");
	cr_assert(model_profile_prices_module(p));
	model_profile_free(p);
	cr_assert_null(model_profile_load("bad.json", msgs));
	cr_assert_null(model_profile_load("no-such.json", msgs));
	scratch_write("bad.json", good, strlen(good) - 1);
	cr_assert_null(model_profile_load("bad.json", msgs));
	cr_assert_null(model_profile_load("unknown", msgs));
	fclose(msgs);
}

/* What `profile @text` is answered with; NULL: it was taken. Caller frees. */
static char *refusal(const char *text, char **name)
{
	char *said = NULL;
	size_t len;
	FILE *msgs = open_memstream(&said, &len);
	struct model_profile *p;

	scratch_write("p.json", text, strlen(text));
	p = model_profile_load("p.json", msgs);
	fclose(msgs);
	*name = p ? strdup(model_profile_name(p)) : NULL;
	model_profile_free(p);
	return said;
}

/* A profile comes by mail, like the patch that it is about. */
Test(model, profiles_from_strangers)
{
#define REST "\"seamcall_failed_ns\":0,\"seamcall_ns\":{},\"counter_ns\":{}}"
	static const struct {
		const char *text, *says;
	} refused[] = {
		{ "{\"name\":\"x\",\"ps_per_insn\":1,\"ps_per_insn\":2," REST, "stands twice" },
		{ "{\"name\":\"x\",\"a\\u001b[31m\":1,\"ps_per_insn\":1," REST, "control characters" },
		{ "{\"name\":\"x\",\"ps_per_insn\":1," REST "{}", "not JSON" },
		{ "{\"a\":\"\xc2\x9b\",\"\xc2\x9b\":1,\"\xc2\x9b\":2}", "key \"?\" stands twice" },
		{ "", "not JSON: incomplete" },
	};
	char *said, *name;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		said = refusal(refused[i].text, &name);
		cr_expect_null(name);
		cr_expect(strstr(said, refused[i].says), "%s: %s", refused[i].says, said);
		free(said);
	}
	said = refusal("{\"name\":\"\\u001b[31mred\\u009b\",\"ps_per_insn\":1," REST, &name);
	cr_assert_str_eq(name, "?[31mred?");
	free(said);
	free(name);
#undef REST
}
