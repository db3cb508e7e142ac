# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: what a run counts, and that it counts the same twice. Sourced by tests/lab/run.

test_batching_saves_tracks()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze,freeze-batched
	json "$DIR/r" "all(b['metrics']['tracks_per_page']['v'] == 1 for b in blocks if b['variant'] == 'freeze')"
	json "$DIR/r" "all(b['metrics']['tracks_per_page']['v'] < 0.1 for b in blocks if b['variant'] == 'freeze-batched')"
}

# The second run has the machine's other CPUs kept busy.
test_count_is_bit_identical_on_a_busy_host()
{
	local busy=() i
	lab_rc 0 "$DIR/a" "${SMALL[@]}" --vcpus 1,2 --variants freeze
	for ((i = 0; i < $(nproc); i++)); do
		timeout 300 sh -c 'while :; do :; done' &
		busy+=($!)
	done
	lab_rc 0 "$DIR/b" "${SMALL[@]}" --vcpus 1,2 --variants freeze
	kill "${busy[@]}"
	json "$DIR/a" "len(blocks) > 10"
	cmp "$DIR/a" "$DIR/b" >&2 || fail "two runs with the same seed differ"
}

test_a_seed_is_a_schedule()
{
	"$HERE/sweep" "$SEPTBENCH" >&2
}
