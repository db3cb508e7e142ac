# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of ci/kselftests in guests; how it judges their logs is tests/ci/kselftests. Sourced by tests/lab/run.

# own_tests STATUS VARIANT TEST: KVM's own under one variant and unpatched.
own_tests()
{
	local rc=0
	"$ROOT/ci/kselftests" --variants "$2" --tests "$3" >"$DIR/msg" 2>"$DIR/err" || rc=$?
	[ "$rc" -eq "$1" ] || { tail -n 25 "$DIR/err" "$DIR/msg" >&2; fail "exit status $rc, not $1"; }
}

test_slow_kvms_own_tests_see_no_difference()
{
	own_tests 0 freeze pre-fault,guest-memfd
	says '^2 tests, unpatched and 1 variants: 0 differences; 4 pass$'
}

test_slow_a_difference_in_kvms_own_tests_is_seen()
{
	mkdir -p "$DIR/p/7.3/planted"
	cp -r "$ROOT/patches/7.3/base" "$ROOT/patches/7.3/unpatched" "$DIR/p/7.3/"
	cp "$ROOT/tests/planted/7.3/kselftests/pre-fault.patch" "$DIR/p/7.3/planted/"
	printf '# Pre-faulting is broken.\npre-fault.patch\n' >"$DIR/p/7.3/planted/series"
	SEPTBENCH_PATCHES=$DIR/p own_tests 1 planted pre-fault
	says '^pre-fault .* pass +fail +DIFFERS$'
	says '^1 tests, unpatched and 1 variants: 1 differences; 1 pass, 1 fail$'
}
