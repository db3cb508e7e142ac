# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: how a run in real time is laid out. Sourced by tests/lab/run.

test_slow_timed_run_has_a_warm_up_and_an_aa_arm()
{
	local rc=0 want=0
	"$SEPTBENCH" lab -o "$DIR/r" --pages 64 --blocks 1 --vcpus 1 --cases zap --clock wall --boots 4 \
		--variants freeze,freeze-batched >"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	# By chance an A/A arm fails in one run of 35 or so; then the run must say so.
	! grep -q 'A/A arm differs' "$DIR/msg" || want=3
	[ "$rc" -eq "$want" ] || { tail -n 25 "$DIR/msg" >&2; fail "exit status $rc, not $want"; }
	says 'of 1 gated metrics undecided after 4 boots|A/A arm differs'
	json "$DIR/r" "{b['variant'] for b in blocks} == {'freeze', 'freeze@aa', 'freeze-batched'} and $CLEAN"
	json "$DIR/r" "{b['boot'] for b in blocks if b['variant'] == 'freeze@aa'} == {1, 2, 3, 4}"
	json "$DIR/r" "all(b['warmup'] and b['variant'] == 'freeze' for b in blocks if b['boot'] == 0)"
	json "$DIR/r" "[b['boot'] for b in blocks] == sorted(b['boot'] for b in blocks)"
	json "$DIR/r" "end[0]['status'] == $want and all(b['metrics']['zap_per_page']['gated'] for b in blocks)"
	"$SEPTBENCH" compare "$DIR/r" --format json >"$DIR/report" 2>"$DIR/msg" || true
	grep -q '"variant": "freeze@aa"' "$DIR/report" || fail "compare does not know the A/A arm"
}

# Looks at 8 and 16 boots: batching shows at once, so the run ends at one of them.
test_slow_adaptive_run_names_its_looks()
{
	local rc=0
	"$SEPTBENCH" lab -o "$DIR/r" --pages 64 --blocks 1 --vcpus 1 --cases zap --clock wall --boots 16 \
		--adaptive --variants freeze,freeze-batched >"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq 0 ] || grep -q 'A/A arm differs' "$DIR/msg" || fail "exit status $rc"
	says 'after 8 boots|A/A arm differs'
	json "$DIR/r" "run['looks'] == [8, 16] and max(b['boot'] for b in blocks) in (8, 16)"
}

test_adaptive_is_for_real_time_and_several_variants()
{
	lab_rc 2 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze,freeze-batched --adaptive
	says 'adaptive is for --clock wall'
	lab_rc 2 "$DIR/r" --clock wall --vcpus 1 --cases zap --variants freeze,freeze-batched --adaptive --boots 7
	says 'adaptive --boots 7: at least 8'
	lab_rc 2 "$DIR/r" --clock wall --vcpus 1 --cases zap --variants freeze --adaptive
	says 'name two or more'
}
