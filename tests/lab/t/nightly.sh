# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of ci/nightly, over real runs of the lab. Sourced by tests/lab/run.

# A configuration in $DIR; each further argument is a line of its matrix.
nightly_config()
{
	cat >"$DIR/n.ini" <<-END
		[nightly]
		state = state
		baseline = baseline
		exports = go, bmf
		keep_nights = 3

		[kernel debian]
		tree = $TREE

		[matrix small]
		kernels = debian
		variants = freeze
		cases = zap
		pages = 64
		blocks = 1
	END
	printf '%s\n' "$@" >>"$DIR/n.ini"
}

# nightly_rc STATUS OPTION...: messages in $DIR/msg.
nightly_rc()
{
	local want=$1 rc=0
	shift
	"$ROOT/ci/nightly" --program "$SEPTBENCH" "$DIR/n.ini" "$@" >"$DIR/stdout" 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq "$want" ] ||
		{ cat "$DIR/stdout" "$DIR/msg" >&2; fail "exit status $rc, not $want: ci/nightly $*"; }
}

# bad_line LINE MESSAGE EDIT: after this sed command the configuration is refused, and the line is named.
bad_line()
{
	nightly_config "vcpus = 1"
	sed -i "$3" "$DIR/n.ini"
	nightly_rc 2 --list-cells
	says "n\.ini:$1: .*$2"
}

test_nightly_names_a_bad_line()
{
	bad_line 4 'xml is none of' 's/^exports.*/exports = xml/'
	bad_line 5 'not a number' 's/^keep_nights.*/keep_nights = few/'
	bad_line 2 'knows .*state' 's/^state/status/'
	bad_line 7 'use \[nightly\]' 's/^\[kernel debian\]/[kernel]/'
	bad_line 8 'not a Linux kernel tree' 's,^tree.*,tree = /nosuch,'
	bad_line 11 'no section \[kernel other\]' 's/^kernels.*/kernels = other/'
	bad_line 12 'no variant nosuch' 's/^variants.*/& nosuch/'
	bad_line 13 'no case nosuch' 's/^cases.*/cases = nosuch/'
	bad_line 16 '99 is not a number from 1 to 64' 's/^vcpus.*/vcpus = 99/'
	bad_line 16 'pages is there twice' 's/^vcpus.*/pages = 3/'
	bad_line 16 'hello: not' 's/^vcpus.*/hello/'
	bad_line 10 'needs cases' '/^cases/d'
	nightly_config
	nightly_rc 2 --cell nosuch -o "$DIR/x"
	says 'there is no cell nosuch'
	[ ! -e "$DIR/state" ] || fail "something was written"
}

# A night from nothing, a second at once, the agreement; then a night that is killed, and goes on.
test_nightly_is_alone_and_goes_on_after_a_kill()
{
	local first rc=0
	nightly_config "vcpus = 1, 2"
	"$ROOT/ci/nightly" --program "$SEPTBENCH" "$DIR/n.ini" >"$DIR/first" 2>&1 &
	first=$!
	until [ -s "$DIR/state/lock" ]; do sleep 0.1; done
	nightly_rc 4
	says 'another ci/nightly is at work there, process [0-9]'
	wait "$first" || rc=$?
	[ "$rc" -eq 3 ] || { cat "$DIR/first" >&2; fail "exit status $rc of a first night"; }
	nightly_rc 0 --accept '*' --reason 'first night'
	kill_after 1
	nightly_rc 0
	! grep -qF 'vcpus1 (1 of 2)' "$DIR/msg" || fail "a cell was done that had been done"
	check_nights 2
}


# kill_after N: starts a night, and kills it when N cells are in the history of this night.
kill_after()
{
	local pid before
	before=$(find "$DIR/state/store" -name '*.jsonl' | wc -l)
	"$ROOT/ci/nightly" --program "$SEPTBENCH" "$DIR/n.ini" >"$DIR/killed" 2>&1 &
	pid=$!
	until [ "$(find "$DIR/state/store" -name '*.jsonl' | wc -l)" -ge $((before + $1)) ]; do
		kill -0 "$pid" || fail "the night ended before it could be killed"
		sleep 0.1
	done
	sleep 2
	kill -KILL "$pid"
	wait "$pid" || true
}

# check_nights N: so many in each cell's history, all alike but for their name, since nothing changed.
check_nights()
{
	local cell
	for cell in "$DIR"/state/store/*/; do
		check alike "$1" "$cell"
	done
}

test_slow_nightly_survives_kills_at_random_points()
{
	local i pid rc
	nightly_config "vcpus = 1, 2"
	for ((i = 0; i < 8; i++)); do
		"$ROOT/ci/nightly" --program "$SEPTBENCH" "$DIR/n.ini" >"$DIR/killed" 2>&1 &
		pid=$!
		sleep "$((RANDOM % 30)).$((RANDOM % 10))"
		kill -KILL "$pid" 2>/dev/null || true
		rc=0
		wait "$pid" || rc=$?
		echo "    kill $i: status $rc, $(find "$DIR/state/store" -name '*.jsonl' 2>/dev/null | wc -l) results" >&2
	done
	nightly_rc 3
	nightly_rc 0 --accept '*' --reason 'after all those kills'
	nightly_rc 0
	check_nights "$(find "$DIR/state/nights" -mindepth 1 -maxdepth 1 | wc -l)"
}

# An unchanged tree, a changed one, and the change taken back; the evidence of each.
test_slow_nightly_over_a_changed_tree()
{
	nightly_config "vcpus = 1"
	nightly_rc 3
	nightly_rc 0 --accept '*' --reason 'first night'
	nightly_rc 0
	cp -r "$ROOT/patches" "$DIR/patches"
	cp "$ROOT/tests/planted/7.3/extra-track.patch" "$DIR/patches/7.3/freeze/"
	echo extra-track.patch >>"$DIR/patches/7.3/freeze/series"
	SEPTBENCH_PATCHES=$DIR/patches nightly_rc 1
	grep -q 'REGRESSED' "$DIR/stdout" || fail "nobody said so"
	grep -q 'tracks_per_page' "$(find "$DIR/state/nights" -name index.html | sort | tail -n 1)" || fail "not on the page"
	nightly_rc 0
	[ "$(find "$DIR/state/nights" -mindepth 1 -maxdepth 1 | wc -l)" -eq 3 ] || fail "retention"
	[ "$(find "$DIR/state/store" -name '*.jsonl' | wc -l)" -eq 4 ] || fail "the history was touched"
}

# Cells measured one by one, as on other machines, and brought together by copying files.
test_slow_nightly_collects_what_others_measured()
{
	local cell
	command -v parallel >/dev/null || fail "install parallel"
	nightly_config "vcpus = 1, 2"
	mkdir "$DIR/out"
	nightly_rc 0 --list-cells
	parallel --sshlogin : "$ROOT/ci/nightly" --program "$SEPTBENCH" "$DIR/n.ini" --cell {} -o "$DIR/out/{}.jsonl" \
		<"$DIR/stdout" >/dev/null 2>"$DIR/msg" || fail "a cell failed"
	nightly_rc 3 --collect "$DIR"/out/*.jsonl
	nightly_rc 0 --accept '*' --reason 'collected'
	nightly_rc 0 --collect "$DIR"/out/*.jsonl
	check_nights 2
	for cell in "$DIR"/out/*.jsonl; do
		head -n 3 "$cell" >"$DIR/$(basename "$cell")"
		nightly_rc 3 --collect "$DIR/$(basename "$cell")"
		says 'not a whole and sound result'
	done
	mv "$DIR/out/small.debian.count.vcpus1.jsonl" "$DIR/small.debian.count.vcpus2.jsonl"
	nightly_rc 3 --collect "$DIR/small.debian.count.vcpus2.jsonl"
	says 'not of small.debian.count.vcpus2'
}

# quick_night STATUS NIGHT [OPTION...]: collects the result of the repository; no kernel runs.
quick_night()
{
	nightly_rc "$1" --night "$2" "${@:3}" --collect "$DIR/in/quick.debian.count.vcpus2.jsonl"
}

# A configuration for that result, and the result under its cell's name.
quick_config()
{
	mkdir "$DIR/in"
	cp "$ROOT/results/reference/quick.jsonl" "$DIR/in/quick.debian.count.vcpus2.jsonl"
	QUICK=$DIR/in/quick.debian.count.vcpus2.jsonl
	machine n ''
	sed -i '/^postgres/d' "$DIR/n.ini"
}

# The evidence of the oldest nights goes until the rest fits; history and baseline stay.
test_nightly_forgets_by_size()
{
	local i
	quick_config
	sed -i '/^state/a keep_mb = 10' "$DIR/n.ini"
	quick_night 3 n1
	nightly_rc 0 --accept '*' --reason 'first night'
	quick_night 0 n2
	for i in 1 2; do
		head -c 5000000 /dev/zero >"$DIR/n/nights/n$i/quick.debian.count.vcpus2.log"
	done
	quick_night 0 n3
	[ "$(ls "$DIR/n/nights")" = $'n2\nn3' ] || fail "kept: $(ls "$DIR/n/nights")"
	[ "$(find "$DIR/n/store" -name '*.jsonl' | wc -l)" -eq 3 ] || fail "the history was touched"
	[ -s "$DIR/baseline/quick.debian.count.vcpus2.json" ] || fail "the baseline was touched"
	# A night too large by itself stays: it is the one that somebody wants to read.
	sed -i 's/^keep_mb.*/keep_mb = 1/' "$DIR/n.ini"
	mkdir "$DIR/n/nights/n4"
	head -c 1500000 /dev/zero >"$DIR/n/nights/n4/console"
	quick_night 0 n4
	[ "$(ls "$DIR/n/nights")" = n4 ] || fail "kept: $(ls "$DIR/n/nights")"
}

# A result that was cut off decides nothing about its own cell, and keeps no other from its verdict.
test_nightly_gates_the_others_when_a_result_is_cut_off()
{
	quick_config
	sed -i '/^\[matrix/i [kernel other]' "$DIR/n.ini"
	sed -i 's/^kernels.*/kernels = debian, other/' "$DIR/n.ini"
	head -n 3 "$QUICK" >"$DIR/in/quick.other.count.vcpus2.jsonl"
	nightly_rc 3 --collect "$DIR"/in/*.jsonl
	says 'quick.other.*not a whole and sound result'
	nightly_rc 0 --accept '*' --reason 'first night'
	nightly_rc 3 --collect "$DIR"/in/*.jsonl
	grep -q '^quick.debian.count.vcpus2: passes' "$DIR/stdout" || fail "the sound one has no verdict"
	grep -q '^quick.other.count.vcpus2: not decided' "$DIR/stdout" || fail "the other has one"
}

# Real time: no value must equal another night's, and ratios to the base advise only while there are few nights,
# whatever the machine does meanwhile.
test_slow_nightly_in_real_time()
{
	nightly_config "clocks = wall" "vcpus = 2" "boots = 2"
	sed -i 's/^variants.*/variants = freeze, freeze-batched/' "$DIR/n.ini"
	nightly_rc 0 --night n1
	nightly_rc 0 --night n2
	[ "$(find "$DIR/state/store/small.debian.wall.vcpus2" -name '*.jsonl' | wc -l)" -eq 2 ] || fail "not two results"
	grep -q 'nights before: 1' "$DIR/state/nights/n2/small.debian.wall.vcpus2.json" || fail "no history"
	grep -qE 'ratios to freeze, gated: .* 0 regressed' "$DIR/state/nights/n2/small.debian.wall.vcpus2.json" ||
		fail "no ratios"
	grep -q 'zap_per_page' "$DIR/state/nights/n2/small.debian.wall.vcpus2.html" || fail "no time on the page"
}

# A PostgreSQL server in $PG, of an ordinary user, reached by a socket there and by nothing else.
start_postgres()
{
	local bin as=()
	bin=$(dirname "$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)")
	[ -x "$bin/initdb" ] || fail "install postgresql"
	PG=$(mktemp -d "${TMPDIR:-/tmp}/septbench-pg.XXXXXX")
	[ "$(id -u)" -ne 0 ] || { as=(runuser -u nobody --); chown nobody "$PG"; }
	PG_STOP=("${as[@]}" "$bin/pg_ctl" -D "$PG/data" -m immediate stop)
	# shellcheck disable=SC2154 # RC is set in the trap
	trap 'RC=$?; (cd "$PG" && "${PG_STOP[@]}") >/dev/null 2>&1 || true; rm -rf "$PG"; exit $RC' EXIT
	(cd "$PG" && "${as[@]}" "$bin/initdb" -D "$PG/data" -A trust -U septbench --no-sync &&
		"${as[@]}" "$bin/pg_ctl" -D "$PG/data" -w -l "$PG/log" -o "-k $PG -c listen_addresses=" start) \
		>"$DIR/msg" 2>&1 || { cat "$DIR/msg" >&2; fail "no server"; }
}

# machine NAME CONNECTION: a configuration with a state folder of its own, for the result of the repository.
machine()
{
	cat >"$DIR/$1.ini" <<-END
		[nightly]
		state = $1
		baseline = baseline
		postgres = $2
		[kernel debian]
		tree = $TREE
		[matrix quick]
		kernels = debian
		variants = freeze, freeze-batched
		cases = $(python3 -m results cases "$QUICK" | paste -sd,)
	END
}

# night_on MACHINE STATUS OPTION...
night_on()
{
	cp "$DIR/$1.ini" "$DIR/n.ini"
	nightly_rc "${@:2}"
}

test_slow_nightly_shares_its_history_through_postgres()
{
	local db store=quick.debian.count.vcpus2
	start_postgres
	db="host=$PG user=septbench dbname=postgres"
	mkdir "$DIR/in"
	QUICK=$DIR/in/$store.jsonl
	cp "$ROOT/results/reference/quick.jsonl" "$QUICK"
	machine one "$db"
	machine two "$db"
	night_on one 3 --night 20260101 --collect "$QUICK"
	says 'nothing is agreed on yet'
	night_on one 0 --night 20260101 --accept '*' --reason 'first night'
	night_on two 0 --night 20260102 --collect "$QUICK"
	says 'took night 20260101 from the database'
	cmp "$DIR/one/store/$store/20260101.jsonl" "$DIR/two/store/$store/20260101.jsonl" >&2 || fail "not the same"
	night_on one 0 --night 20260103 --collect "$QUICK"
	says 'took night 20260102 from the database'
	grep -q 'nights before: 2' "$DIR/one/nights/20260103/index.html" || fail "the history is not whole"
	# The same name for another result: the first stays.
	sed -i 's/"seed":1,"flavour"/"seed":2,"flavour"/' "$QUICK"
	night_on two 3 --night 20260103 --collect "$QUICK"
	says 'the database has another result of night 20260103, which stays'
	# Somebody changed what is there.
	psql -q -d "$db" -c "UPDATE septbench_result SET result = result || ' ' WHERE night = '20260101'"
	machine three "$db"
	night_on three 3 --night 20260104 --collect "$QUICK"
	says 'is not what was put there'
	(cd "$PG" && "${PG_STOP[@]}") >/dev/null 2>&1
	night_on one 3 --night 20260105 --collect "$QUICK"
	says 'PostgreSQL: .*the results are in the store'
	[ -s "$DIR/one/store/$store/20260105.jsonl" ] || fail "the result is lost"
}
