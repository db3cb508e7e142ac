// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When modules are not touched. That they are swapped, and back, is proved in the lab:
 * tests/lab/t/host.sh.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "fatal.h"
#include "host.h"
#include "state.h"
#include "swap.h"

static void setup(void)
{
	fake_machine();
	fake_file("/sys/module/kvm/refcnt", "1\n");
	fake_file("/sys/module/kvm_amd/refcnt", "0\n");
	fake_file("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	cr_redirect_stderr();
}

static void expect_refusal(const char *why)
{
	char text[1024] = "";
	FILE *err;

	cr_assert_eq(swap_check("/no/such/modules"), BENCH_CANNOT);
	fflush(stderr);
	err = cr_get_redirected_stderr();
	cr_assert(fgets(text, sizeof(text), err));
	cr_assert(strstr(text, geteuid() ? "root alone" : why), "%s", text);
}

Test(swap, refused_under_lockdown, .init = setup, .fini = fake_end)
{
	fake_file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	expect_refusal("locked down");
}

Test(swap, refused_without_kvm, .init = fake_machine, .fini = fake_end)
{
	cr_redirect_stderr();
	expect_refusal("KVM is not loaded");
}

Test(swap, refused_with_kvm_built_in, .init = fake_machine, .fini = fake_end)
{
	fake_file("/sys/module/kvm/parameters/tdp_mmu", "Y\n");
	cr_redirect_stderr();
	expect_refusal("built into this kernel");
}

Test(swap, refused_while_in_use_and_says_by_whom, .init = setup, .fini = fake_end)
{
	char root[512], link[512];

	fake_file("/sys/module/kvm_amd/refcnt", "2\n");
	fake_file("/proc/4711/comm", "qemu-system-x86\n");
	fake_file("/proc/4711/fd/x", "");
	strcpy(root, getenv("SEPTBENCH_ROOT"));
	snprintf(link, sizeof(link), "%.400s/proc/4711/fd/9", root);
	cr_assert_eq(symlink("anon_inode:kvm-vm", link), 0);
	expect_refusal("4711 (qemu-system-x86)");
}

Test(swap, refused_while_something_else_holds_kvm, .init = setup, .fini = fake_end)
{
	fake_file("/sys/module/kvm/refcnt", "2\n");
	expect_refusal("besides its vendor module");
}

Test(swap, refused_without_modules_to_load, .init = setup, .fini = fake_end)
{
	expect_refusal("/no/such/modules/kvm.ko");
}

/* As built for Debian's own 7.3 kernels. */
Test(swap, refused_for_tds_with_modules_that_have_none, .init = setup, .fini = fake_end)
{
	cr_assert_eq(swap_check_set("/no/such/modules", SWAP_SOFT), BENCH_CANNOT);
	cr_assert_eq(swap_check_set("/no/such/modules", SWAP_NONE), 0);
}

Test(swap, claimed_by_one_at_a_time, .init = setup, .fini = fake_end)
{
	cr_assert_eq(host_claim(true, true), 0);
	cr_assert_eq(host_claim(true, true), BENCH_CANNOT);
}
