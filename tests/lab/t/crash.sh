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

# on_small_disk KILOBYTES COMMAND...: with a file system of that size on $DIR/small.
on_small_disk()
{
	local size=$1 own=()
	shift
	[ "$(id -u)" -eq 0 ] || own=(-r)
	mkdir -p "$DIR/small"
	# shellcheck disable=SC2016 # expanded in there
	unshare -m "${own[@]}" bash -c 'mount -t tmpfs -o size="$1k" none "$2" || exit 99
		rc=0; "${@:4}" || rc=$?; cp -r "$2/." "$3"; exit $rc' sh "$size" "$DIR/small" "$DIR/kept" "$@"
}

test_a_full_disk_keeps_what_was_measured()
{
	local rc=0 run=(--pages 64 --blocks 30 --clock count --vcpus 1 --cases zap --variants freeze)
	mkdir -p "$DIR/kept"
	on_small_disk 64 "$SEPTBENCH" lab -o "$DIR/small/r" "${run[@]}" >"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || { tail -n 9 "$DIR/msg" >&2; fail "exit status $rc"; }
	says 'No space left on device; the blocks before are kept, --resume goes on'
	[ "$(grep -c 'No space left' "$DIR/msg")" -eq 1 ] || fail "said more than once"
	rc=0
	"$SEPTBENCH" export go "$DIR/kept/r" >"$DIR/go" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] && [ -s "$DIR/go" ] || fail "exit status $rc, or no block can be read"
	lab_resumes "$DIR/kept/r" "${run[@]}"
	json "$DIR/kept/r" "len(blocks) == 31 and $CLEAN and end[0]['blocks'] == 31"
}

lab_resumes()
{
	"$SEPTBENCH" lab -o "$@" --resume >"$DIR/stdout" 2>"$DIR/msg" || { tail -n 9 "$DIR/msg" >&2; fail "it does not go on"; }
}

REAL_SEPTBENCH=$SEPTBENCH

# The program on a host of a name that is nowhere else.
lab_on_named_host()
{
	local own=()
	[ "$(id -u)" -eq 0 ] || own=(-r)
	# shellcheck disable=SC2016 # expanded in there
	unshare -u "${own[@]}" bash -c 'hostname septbench-own-host && exec "$@"' sh "$REAL_SEPTBENCH" "$@"
}

# A run with everything that could name its machine: host, user's home, where the sources and the result are.
test_results_do_not_say_whose_they_are()
{
	local word profile=$DIR/own.json
	cp "$ROOT/analysis/profiles/tdx-estimate.json" "$profile"
	SEPTBENCH=lab_on_named_host lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze --profile "$profile"
	for word in septbench-own-host "$HOME" "$DIR" "$ROOT"; do
		! grep -qF -- "$word" "$DIR/r" || fail "the result says $word"
	done
	! grep -qiE '([0-9a-f]{2}:){5}[0-9a-f]{2}' "$DIR/r" || fail "the result has a MAC address"
	json "$DIR/r" "run['profile'] == 'own.json' and 'identity' not in run['env']"
	SEPTBENCH=lab_on_named_host lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze --identify
	json "$DIR/r" "run['env']['identity'] == {'host': 'septbench-own-host', 'user': '$(id -un)'}"
}
