# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the gate over real kernels with planted regressions. Sourced by tests/lab/run.

sensitivity()
{
	"$ROOT/ci/sensitivity" --program "$SEPTBENCH" "$@" >"$DIR/table" 2>"$DIR/msg" ||
		{ cat "$DIR/table" "$DIR/msg" >&2; fail "ci/sensitivity ended with a failure"; }
}

test_planted_regressions_are_flagged_and_the_same_tree_is_not()
{
	sensitivity --small
	grep -q '^ok  *planted  *one-percent .*fault_p50' "$DIR/table" || fail "no row: one-percent"
	grep -q '^ok  *harmless  *A/A .*not flagged' "$DIR/table" || fail "no row: A/A"
	grep -q '^2 planted, 1 harmless, 0 wrong' "$DIR/table" || fail "the sum"
}

# One run of 160 seeds, judged as twenty runs of eight.
test_slow_one_percent_of_a_zap_is_found_by_eight_seeds()
{
	mkdir "$DIR/p"
	cp -r "$ROOT/patches/7.3" "$DIR/p/"
	cp -r "$ROOT/tests/planted/7.3/one-percent-of-a-zap" "$DIR/p/7.3/planted"
	SEPTBENCH_PATCHES=$DIR/p lab_rc 0 "$DIR/r" --clock count --cases zap --vcpus 2 --pages 256 \
		--seeds 160 --variants freeze,planted
	check by_eights "$SEPTBENCH" "$DIR/r" zap_per_page
}

test_slow_all_planted_regressions_and_harmless_rebuilds()
{
	sensitivity
	cat "$DIR/table" >&2
}

test_slow_bisect_finds_all_that_is_planted()
{
	sensitivity --bisect
	grep -q '^6 of 6 found' "$DIR/table" || fail "the sum"
}
