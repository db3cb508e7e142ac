# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of what a run leaves when it is killed, or when its disk is full. Sourced by tests/lab/run.

# The whole evidence is `tests/crash/kills PROGRAM`, 200 points.
test_killed_runs_go_on()
{
	"$ROOT/tests/crash/kills" "$SEPTBENCH" --points 3 --seed 11 --boots 1 >"$DIR/out" 2>"$DIR/msg" ||
		{ tail -n 25 "$DIR/msg" >&2; fail "$(cat "$DIR/out")"; }
	grep -q 'lost = 0, invalid = 0, orphans = 0, left = 0$' "$DIR/out" || fail "$(cat "$DIR/out")"
}

test_only_the_same_run_goes_on()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	cp "$DIR/r" "$DIR/whole"
	"$SEPTBENCH" lab -o "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze --resume 2>"$DIR/msg" >&2 ||
		fail "a whole run is no error"
	says 'is whole: no boot is missing'
	local rc=0
	"$SEPTBENCH" lab -o "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases populate --variants freeze --resume 2>"$DIR/msg" >&2 ||
		rc=$?
	[ $rc -eq 2 ] || fail "exit status $rc for another case"
	says 'is of another run'
	cmp "$DIR/r" "$DIR/whole" || fail "the file was changed"
}

# The file may grow to 4 KiB: the run line and some blocks, and not the whole of one more.
test_a_full_disk_keeps_what_was_measured()
{
	local rc=0
	(ulimit -f 24; trap '' XFSZ
	"$SEPTBENCH" lab -o "$DIR/r" --pages 64 --blocks 40 --clock count --vcpus 1 --cases zap --variants freeze) \
		>"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || { tail -n 9 "$DIR/msg" >&2; fail "exit status $rc"; }
	says 'File too large; the blocks before are kept, --resume goes on'
	[ "$(grep -c 'File too large' "$DIR/msg")" -eq 1 ] || fail "said more than once"
	rc=0
	"$SEPTBENCH" export go "$DIR/r" >"$DIR/go" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] && [ -s "$DIR/go" ] || fail "exit status $rc, and no block can be read"
	"$SEPTBENCH" lab -o "$DIR/r" --pages 64 --blocks 40 --clock count --vcpus 1 --cases zap --variants freeze --resume \
		>"$DIR/stdout" 2>"$DIR/msg" || { tail -n 9 "$DIR/msg" >&2; fail "it does not go on"; }
	json "$DIR/r" "len(blocks) == 41 and $CLEAN and end[0]['blocks'] == 41"
}
