// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The search over lines that hold every mixture of a change and a stretch that cannot be measured.
 */
#include <bisect/search.h>
#include <criterion/criterion.h>

/* A line: bad from @change on, not measurable from @first up to and without @end. */
struct truth {
	size_t nr, change, first, end;
};

static enum side look(const struct truth *t, size_t i)
{
	if (i >= t->first && i < t->end)
		return SIDE_SKIP;
	return i < t->change ? SIDE_GOOD : SIDE_BAD;
}

static unsigned int run(const struct truth *t, struct search *s)
{
	unsigned int steps = 0;
	size_t i;

	cr_assert_eq(search_init(s, t->nr), 0);
	while (search_next(s, &i)) {
		cr_assert(i > s->last_good && i < s->first_bad, "%zu is not between %zu and %zu", i,
			  s->last_good, s->first_bad);
		cr_assert_eq(s->side[i], SIDE_UNKNOWN, "%zu is looked at twice", i);
		cr_assert_lt(++steps, t->nr);
		search_tell(s, i, look(t, i));
	}
	return steps;
}

static unsigned int log2_up(size_t n)
{
	unsigned int k = 0;

	while ((size_t)1 << k < n)
		k++;
	return k;
}

Test(search, finds_every_change_in_the_fewest_steps)
{
	for (size_t nr = 2; nr <= 130; nr++)
		for (size_t change = 1; change < nr; change++) {
			struct truth t = { .nr = nr, .change = change };
			struct search s;
			unsigned int steps = run(&t, &s);

			cr_assert_eq(s.first_bad, change);
			cr_assert_eq(s.last_good, change - 1);
			cr_assert_leq(steps, log2_up(nr - 1));
			search_free(&s);
		}
}

Test(search, a_thousand_commits_take_ten_steps)
{
	struct truth t = { .nr = 1025, .change = 700 };
	struct search s;

	cr_assert_eq(search_init(&s, t.nr), 0);
	cr_assert_eq(search_steps_left(&s), 10);
	search_free(&s);
	cr_assert_eq(run(&t, &s), 10);
	cr_assert_eq(s.first_bad, 700);
	search_free(&s);
}

/* The answer is exact if the change can be seen, else it is the whole stretch and no more. */
Test(search, a_stretch_is_named_as_a_range)
{
	for (size_t nr = 20; nr <= 34; nr += 7)
		for (size_t first = 1; first < nr - 1; first++)
			for (size_t end = first + 1; end < nr; end++)
				for (size_t change = 1; change < nr; change++) {
					struct truth t = { nr, change, first, end };
					struct search s;
					bool hidden = change >= first && change <= end;

					run(&t, &s);
					cr_assert_eq(s.last_good, hidden ? first - 1 : change - 1);
					cr_assert_eq(s.first_bad, hidden ? end : change);
					cr_assert_eq(search_between(&s, SIDE_UNKNOWN), 0);
					search_free(&s);
				}
}

Test(search, one_broken_commit_costs_little)
{
	for (size_t change = 1; change < 1024; change++) {
		struct truth t = { 1025, change, 512, 513 };
		struct search s;

		cr_assert_leq(run(&t, &s), 13);
		search_free(&s);
	}
}

/* Nobody builds four hundred broken commits to learn that they are broken. */
Test(search, gives_up_in_a_long_stretch)
{
	struct truth t = { 1025, 500, 300, 700 };
	struct search s;

	cr_assert_leq(run(&t, &s), 70);
	cr_assert_geq(search_between(&s, SIDE_SKIP), SEARCH_MAX_SKIPS);
	cr_assert_gt(search_between(&s, SIDE_UNKNOWN), 0);
	cr_assert_lt(s.last_good, 300);
	cr_assert_geq(s.first_bad, 700);
	search_free(&s);
}

/* Good, bad, good again, bad: whatever it ends at is a place where good turns to bad. */
Test(search, ends_at_a_true_change_where_there_are_several)
{
	for (size_t a = 1; a < 60; a++)
		for (size_t b = a + 1; b < 61; b++)
			for (size_t c = b + 1; c < 63; c++) {
				struct search s;
				size_t i;

				cr_assert_eq(search_init(&s, 64), 0);
				while (search_next(&s, &i))
					search_tell(&s, i,
						    (i >= a && i < b) || i >= c ? SIDE_BAD
										: SIDE_GOOD);
				cr_assert_eq(s.last_good + 1, s.first_bad);
				cr_assert(s.first_bad == a || s.first_bad == c);
				search_free(&s);
			}
}
