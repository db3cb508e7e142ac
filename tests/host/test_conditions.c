// SPDX-License-Identifier: GPL-2.0-or-later
/* What is read off a machine, and what is said about it. */
#include <criterion/criterion.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conditions.h"
#include "fake.h"

static const char *value_of(const struct conditions *c, const char *name)
{
	for (size_t i = 0; i < c->nr; i++)
		if (!strcmp(c->c[i].name, name))
			return c->c[i].value;
	cr_assert(false, "no condition %s", name);
	return NULL;
}

static char *report(const struct conditions *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	conditions_report(c, f);
	fclose(f);
	return text;
}

Test(conditions, of_an_untuned_machine, .init = fake_machine, .fini = fake_end)
{
	struct conditions c;
	char *text;

	fake_untuned();
	fake_file(FAKE_CPU "smt/control", "on\n");
	fake_file(FAKE_CPU "isolated", "\n");
	fake_file(FAKE_CPU "nohz_full", "(null)\n");
	fake_file("/proc/stat", "cpu  1 2 3 4 5 6 7 88 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n");
	fake_file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	fake_file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	fake_file("/sys/devices/faux/tdx_host/version", "1.5.06\n");
	conditions_read(&c);
	cr_assert_str_eq(value_of(&c, "governor"), "powersave x1, schedutil x1");
	cr_assert_str_eq(value_of(&c, "turbo"), "on");
	cr_assert_str_eq(value_of(&c, "cstates"), "C6 (133 us)");
	cr_assert_str_eq(value_of(&c, "smt"), "on");
	cr_assert_str_eq(value_of(&c, "isolcpus"), "none");
	cr_assert_str_eq(value_of(&c, "nohz_full"), "none");
	cr_assert_str_eq(value_of(&c, "numa_balancing"), "on");
	cr_assert_str_eq(value_of(&c, "thp"), "always");
	cr_assert_str_eq(value_of(&c, "steal"), "88");
	cr_assert_str_eq(value_of(&c, "lockdown"), "integrity");
	cr_assert_str_eq(value_of(&c, "tdx_module"), "1.5.06");
	text = report(&c);
	cr_assert(strstr(text, "--  turbo: on: "));
	cr_assert(strstr(text, "--  slowest C-state: C6 (133 us): "));
	cr_assert(strstr(text, "--  clock source: hpet: "));
	cr_assert(strstr(text, "--  kernel lockdown: integrity: "));
	cr_assert(strstr(text, "ok  TDX module: 1.5.06\n"));
	free(text);
}

Test(conditions, of_a_machine_that_says_nothing, .init = fake_machine, .fini = fake_end)
{
	struct conditions c;
	struct json_object *o;
	char *text;

	conditions_read(&c);
	o = conditions_json(&c);
	cr_assert_eq(json_object_object_length(o), 0, "%s", json_object_to_json_string(o));
	text = report(&c);
	cr_assert_not(strstr(text, "--"), "%s", text);
	free(text);
	json_object_put(o);
}

Test(conditions, a_change_is_named_with_both_values, .init = fake_machine, .fini = fake_end)
{
	struct conditions before, after;
	char *changed;

	fake_untuned();
	fake_file("/proc/stat", "cpu  1 2 3 4 5 6 7 88 0 0\n");
	conditions_read(&before);
	conditions_read(&after);
	cr_assert_null(conditions_changed(&before, &after));
	fake_file(FAKE_CPU "intel_pstate/no_turbo", "1");
	fake_file("/proc/stat", "cpu  1 2 3 4 5 6 7 90 0 0\n");
	conditions_read(&after);
	changed = conditions_changed(&before, &after);
	cr_assert_str_eq(changed, "turbo: on -> off; steal: 88 -> 90");
	free(changed);
}

/* Counts alone could stay the same while one mitigation is exchanged for another. */
Test(conditions, mitigations_are_told_apart_by_their_texts, .init = fake_machine, .fini = fake_end)
{
	struct conditions before, after;
	char *changed;

	fake_file(FAKE_CPU "vulnerabilities/spectre_v2", "Mitigation: Retpolines\n");
	fake_file(FAKE_CPU "vulnerabilities/tsa", "Vulnerable\n");
	conditions_read(&before);
	cr_assert(strstr(value_of(&before, "mitigations"), "1 mitigated, 1 vulnerable of 2"));
	fake_file(FAKE_CPU "vulnerabilities/spectre_v2", "Mitigation: IBRS\n");
	conditions_read(&after);
	changed = conditions_changed(&before, &after);
	cr_assert(changed && strstr(changed, "mitigations: "));
	free(changed);
}

Test(conditions, the_smi_count_is_msr_0x34, .init = fake_machine, .fini = fake_end)
{
	struct conditions c;
	char file[HOST_PATH];
	FILE *f;

	fake_file("/dev/cpu/0/msr", "");
	root_path(file, "/dev/cpu/0/msr");
	f = fopen(file, "w");
	fseek(f, 0x34, SEEK_SET);
	fwrite("\x2a\0\0\0\0\0\0\0", 8, 1, f);
	fclose(f);
	conditions_read(&c);
	cr_assert_str_eq(value_of(&c, "smi"), "42");
}
