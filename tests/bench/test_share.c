// SPDX-License-Identifier: GPL-2.0-or-later
/* Who had the time: the parts add up to the clock, and what cannot be is said. */
#include <criterion/criterion.h>

#include "share.h"

static const struct ledger_sums from = { .module = 100, .waiting = 7 };
static const struct ledger_sums to = { .module = 30100, .waiting = 20007 };

Test(share, the_four_add_up_to_the_clock)
{
	struct share s = share_between(5, &from, 100005, &to, 1000, true);

	cr_assert_eq(s.ticks, 100000);
	cr_assert_eq(s.module, 30000);
	cr_assert_eq(s.waiting, 20000);
	cr_assert_eq(share_kernel(&s), 49000);
	cr_assert_eq(share_kernel(&s) + s.module + s.waiting + s.driver, s.ticks);
	cr_assert_null(share_fault(&s, 30500));
	cr_assert_null(share_fault(&s, 0));
}

/* Where nobody tells, all of it is one figure, whatever the page holds. */
Test(share, untold_is_whole)
{
	struct share s = share_between(5, &from, 100005, &to, 1000, false);

	cr_assert_eq(s.module + s.waiting + s.driver, 0);
	cr_assert_eq(share_kernel(&s), 100000);
	cr_assert_null(share_fault(&s, 1));
}

/* A sum booked twice, a page that is not the ledger, one that stands still. */
Test(share, what_cannot_be_is_said)
{
	struct share s = share_between(0, &from, 40000, &to, 1000, true);

	cr_assert_not_null(share_fault(&s, 0));
	cr_assert_eq(share_kernel(&s), 0);
	s = share_between(0, &from, 100000, &to, 0, true);
	cr_assert_not_null(share_fault(&s, 15000), "booked twice");
	s = share_between(0, &from, 100000, &from, 0, true);
	cr_assert_not_null(share_fault(&s, 30000), "the page stands still");
}
