# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of what a run leaves when it is killed, or when its disk is full. Sourced by tests/lab/run.

# The whole evidence is `tests/crash/kills PROGRAM`, 200 points.
test_killed_runs_go_on()
{
	# This seed has one kill early, one when blocks are there, and one as a run goes on; three boots are enough for it.
	"$ROOT/tests/crash/kills" "$SEPTBENCH" --points 3 --seed 9 --boots 1 --kinds count >"$DIR/out" 2>"$DIR/msg" ||
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
	unshare -m "${own[@]}" bash -c 'mount -t tmpfs -o size="$1k${READ_ONLY:+,ro}" none "$2" || exit 99
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
	[ $rc -eq 3 ] || fail "exit status $rc of a run that was cut short"
	[ -s "$DIR/go" ] || fail "no block can be read"
	lab_resumes "$DIR/kept/r" "${run[@]}"
	json "$DIR/kept/r" "len(blocks) == 31 and $CLEAN and end[0]['blocks'] == 31"
	rc=0
	READ_ONLY=1 on_small_disk 64 "$SEPTBENCH" lab -o "$DIR/small/r" "${run[@]}" >"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 4 ] || fail "exit status $rc on a read-only disk"
	says 'no result can be written into .*: Read-only file system'
}

# On a disk of any size a night ends with a line that says so; what is in the history is whole, and the night goes on.
test_a_full_disk_spoils_no_history()
{
	local size cell=small.debian.count.vcpus2
	nightly_config "vcpus = 2"
	python3 "$HERE/checks.py" cell "$ROOT/results/reference/quick.jsonl" freeze zap 2 >"$DIR/$cell.jsonl"
	for size in 4 20 36; do
		sed -i 's,^state.*,state = small/state,' "$DIR/n.ini"
		night_on_small_disk "$size" 3
		says 'small/state/.*: No space left on device'
		[ -z "$(find "$DIR/kept" -name '*.new')" ] || fail "$size: half a file was left"
		sed -i 's,^state.*,state = kept/state,' "$DIR/n.ini"
		nightly_rc 3 --collect "$DIR/$cell.jsonl"
		! grep -q 'No space' "$DIR/msg" || fail "the disk was full again"
		[ "$(find "$DIR/kept/state/store" -name '*.jsonl' | wc -l)" -ge 1 ] || fail "$size: no result is kept"
		find "$DIR/kept/state/store" -name '*.jsonl' -print0 | xargs -0 "$SEPTBENCH" export go >/dev/null ||
			fail "$size: a result that is not whole"
		rm -rf "$DIR/kept"
	done
	sed -i 's,^state.*,state = small/state,' "$DIR/n.ini"
	READ_ONLY=1 night_on_small_disk 100 4
	says 'small/state: Read-only file system'
}

# night_on_small_disk KILOBYTES STATUS: of a result that is there; what it leaves is in $DIR/kept.
night_on_small_disk()
{
	local rc=0
	mkdir -p "$DIR/kept"
	on_small_disk "$1" "$ROOT/ci/nightly" --program "$SEPTBENCH" "$DIR/n.ini" --collect "$DIR/$cell.jsonl" \
		>"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ $rc -eq "$2" ] || { cat "$DIR/stdout" "$DIR/msg" >&2; fail "exit status $rc on a disk of $1 kB"; }
	! grep -q Traceback "$DIR/msg" || { cat "$DIR/msg" >&2; fail "a traceback"; }
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

# refuses_patch PATH [LINE]: a patch that names PATH is refused before anything is copied or built.
refuses_patch()
{
	local rc=0 series
	rm -rf "$DIR/patches"
	cp -r "$ROOT/patches" "$DIR/patches"
	for series in "$DIR"/patches/*/freeze; do
		printf 'x.patch\n' >"$series/series"
		printf -- '%s--- %s\n+++ %s\n@@ -0,0 +1 @@\n+x\n' "${2:-}" "$1" "$1" >"$series/x.patch"
	done
	SEPTBENCH_PATCHES=$DIR/patches "$ROOT/kmod/build-variant" --kernel "$TREE" --list >"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || fail "exit status $rc for $1"
	says 'a patch reaches out of the kernel tree: .*/x.patch'
}

test_patches_stay_in_the_tree()
{
	refuses_patch b/../../../etc/motd
	refuses_patch /etc/motd
	refuses_patch ../motd
	refuses_patch b/arch/x86/kvm/x.c $'new file mode 120000\n'
	SEPTBENCH_PATCHES=$ROOT/patches "$ROOT/kmod/build-variant" --kernel "$TREE" --list >"$DIR/out"
	grep -qx freeze "$DIR/out" || fail "our own are refused"
}

# What an ordinary user has: no capability, and no way to get one.
test_the_lab_needs_no_privilege()
{
	local own=()
	[ "$(id -u)" -ne 0 ] || own=(--bounding-set -all --inh-caps -all)
	setpriv --no-new-privs "${own[@]}" bash -c 'grep -qx "CapEff:.0000000000000000" /proc/self/status' ||
		fail "it would have privileges"
	setpriv --no-new-privs "${own[@]}" "$SEPTBENCH" lab -o "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap \
		--variants freeze >"$DIR/stdout" 2>"$DIR/msg" || { tail -n 9 "$DIR/msg" >&2; fail "exit status $?"; }
	json "$DIR/r" "len(blocks) == 2 and $CLEAN"
}

# An archive that Debian did not sign, in the place of Debian's: nothing of it is taken.
test_a_forged_archive_is_refused()
{
	local rc=0 server port
	mkdir -p "$DIR/www"
	python3 "$HERE/forged_archive.py" >"$DIR/port" 2>"$DIR/asked" &
	server=$!
	for _ in {1..100}; do [ ! -s "$DIR/port" ] || break; sleep 0.1; done
	port=$(cat "$DIR/port")
	XDG_CACHE_HOME=$DIR/cache http_proxy=http://127.0.0.1:$port timeout 120 "$ROOT/kmod/kernel-source" \
		>"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	kill "$server"
	grep -q Release "$DIR/asked" || fail "the forged archive was not asked: $(cat "$DIR/msg")"
	[ $rc -eq 4 ] || fail "exit status $rc"
	says 'cannot fetch the package lists'
	[ -z "$(find "$DIR/cache" -name '*.deb' -o -name Makefile)" ] || fail "something of it was kept"
}
