// SPDX-License-Identifier: GPL-2.0-or-later
#include <bisect/judge.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

static const double hundred[] = { 100, 100 }, bad[] = { 110, 110 };

static struct judge exact_judge(void)
{
	struct judge j;

	cr_assert_eq(judge_calibrate(&j, true, hundred, 2, bad, 2, 6), JUDGE_FINE);
	return j;
}

static enum side side_of(const struct judge *j, double v, bool *third)
{
	double values[] = { v, v };

	return judge_side(j, values, 2, 0, third);
}

Test(judge, an_exact_value_belongs_to_the_end_it_equals)
{
	struct judge j = exact_judge();
	bool third;

	cr_assert_eq(side_of(&j, 100, &third), SIDE_GOOD);
	cr_assert_not(third);
	cr_assert_eq(side_of(&j, 110, &third), SIDE_BAD);
	cr_assert_not(third);
}

Test(judge, a_third_value_goes_to_the_nearer_end_and_is_marked)
{
	struct judge j = exact_judge();
	bool third;

	cr_assert_eq(side_of(&j, 104, &third), SIDE_GOOD);
	cr_assert(third);
	cr_assert_eq(side_of(&j, 106, &third), SIDE_BAD);
	cr_assert(third);
	cr_assert_eq(side_of(&j, 90, &third), SIDE_GOOD);
	cr_assert_eq(side_of(&j, 400, &third), SIDE_BAD);
	cr_assert(third);
	cr_assert_float_eq(judge_error(&j, 2), 0, 0);
}

Test(judge, equal_ends_are_refused)
{
	struct judge j;

	cr_assert_eq(judge_calibrate(&j, true, hundred, 2, hundred, 2, 6), JUDGE_SAME);
	cr_assert_eq(judge_calibrate(&j, false, hundred, 2, hundred, 2, 6), JUDGE_SAME);
}

Test(judge, an_end_that_does_not_repeat_is_refused)
{
	static const double odd[] = { 110, 111 };
	struct judge j;

	cr_assert_eq(judge_calibrate(&j, true, hundred, 2, odd, 2, 6), JUDGE_UNSTABLE);
	cr_assert_eq(judge_calibrate(&j, true, odd, 2, hundred, 2, 6), JUDGE_UNSTABLE);
}

Test(judge, two_of_three_boots_decide_and_it_is_said)
{
	static const double two[] = { 5, 6 }, three[] = { 5, 6, 6 }, none[] = { 5, 6, 7 };
	double v;
	bool odd;

	cr_assert_not(judge_agree(two, 2, &v, &odd));
	cr_assert(judge_agree(three, 3, &v, &odd));
	cr_assert_float_eq(v, 6, 0);
	cr_assert(odd);
	cr_assert_not(judge_agree(none, 3, &v, &odd));
	cr_assert(judge_agree(hundred, 2, &v, &odd));
	cr_assert_not(odd);
}

/* Two samples of ten with a pooled standard deviation of 1 that lie @d apart. */
static enum judge_refusal calibrate_at(struct judge *j, double d, unsigned int steps)
{
	double x[10], y[10], half = sqrt(18.0 / 20.0);

	for (size_t i = 0; i < 10; i++) {
		x[i] = -100 + (i % 2 ? half : -half);
		y[i] = x[i] + d;
	}
	return judge_calibrate(j, false, x, 10, y, 10, steps);
}

/* As few as will do, and no fewer the nearer the ends are. */
Test(judge, boots_per_step)
{
	unsigned int last = 0;
	struct judge j;

	for (double d = 8; d >= 2; d -= 0.25) {
		cr_assert_eq(calibrate_at(&j, d, 10), JUDGE_FINE);
		cr_assert_float_eq(j.sd, 1, 1e-9);
		cr_assert_geq(j.boots, last);
		last = j.boots;
		if (last == JUDGE_MAX_BOOTS)
			continue;
		cr_assert_leq(judge_error(&j, last), 0.05 / 10);
		cr_assert(last == 2 || judge_error(&j, last - 1) > 0.05 / 10);
	}
	cr_assert_geq(last, 27,
		      "%u boots at d=2: fewer than if nothing but the step were uncertain", last);
	cr_assert_eq(calibrate_at(&j, 0.9, 10), JUDGE_NOISY);
}

Test(judge, a_count_without_noise_needs_two_boots)
{
	struct judge j;
	bool third;

	cr_assert_eq(judge_calibrate(&j, false, hundred, 2, bad, 2, 10), JUDGE_FINE);
	cr_assert_eq(j.boots, 2);
	cr_assert(j.logs);
	cr_assert_eq(side_of(&j, 101, &third), SIDE_GOOD);
	cr_assert(third);
}

static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
	return sqrt(-2 * log(uniform(state))) * cos(2 * M_PI * uniform(state));
}

static void boots_at(double *v, size_t n, double value, double noise, uint64_t *state)
{
	while (n--)
		v[n] = value * exp(noise * normal(state));
}

/*
 * The change is 2%. Ten steps as a search would take them, on a host that slows down from step to
 * step.
 */
static bool whole_search_is_right(double noise, uint64_t *state)
{
	double x[JUDGE_MAX_BOOTS], y[JUDGE_MAX_BOOTS];
	struct judge j;
	bool third;

	boots_at(x, 10, 1000, noise, state);
	boots_at(y, 10, 1020, noise, state);
	if (judge_calibrate(&j, false, x, 10, y, 10, 10))
		return true;	/* refused: no wrong answer */
	for (unsigned int step = 0; step < 10; step++) {
		double slow = 1 + step * 0.005;
		bool is_bad = step % 2;

		boots_at(x, j.boots, slow * (is_bad ? 1020 : 1000), noise, state);
		boots_at(y, judge_beside(j.boots), slow * 1000, noise, state);
		if (judge_side(&j, x, j.boots, judge_drift(&j, y, judge_beside(j.boots)), &third) !=
		    (is_bad ? SIDE_BAD : SIDE_GOOD))
			return false;
	}
	return true;
}

/* What is planned for is 95%. */
Test(judge, a_noisy_search_is_right_in_19_cases_of_20)
{
	static const double noise[] = { 0.002, 0.004, 0.006 };
	uint64_t state = 1;

	for (size_t k = 0; k < sizeof(noise) / sizeof(noise[0]); k++) {
		unsigned int right = 0;

		for (unsigned int i = 0; i < 1000; i++)
			right += whole_search_is_right(noise[k], &state);
		cr_assert_geq(right, 940, "noise %g: %u of 1000", noise[k], right);
	}
}

/* The host slows down by 3% between calibration and step, more than the change. */
Test(judge, drift_is_taken_out)
{
	double x[] = { 1000, 1001, 1002, 1003 }, y[] = { 1020, 1021, 1022, 1023 };
	double good[] = { 1030, 1031, 1032, 1033 }, same_as_good[] = { 1030, 1032, 1033, 1031 };
	struct judge j;
	bool third;

	cr_assert_eq(judge_calibrate(&j, false, x, 4, y, 4, 6), JUDGE_FINE);
	cr_assert_eq(judge_side(&j, same_as_good, 4, 0, &third), SIDE_BAD);
	cr_assert_eq(judge_side(&j, same_as_good, 4, judge_drift(&j, good, 4), &third), SIDE_GOOD);
}
