# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: several TDs at once. Sourced by tests/lab/run.

# Another TD's conversions are not seen by a fault: its median (an instruction is 0.02 %) and its events are those of a TD alone.
test_a_neighbour_is_there_and_not_in_the_way()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze --cases populate,neighbour
	json "$DIR/r" '(lambda alone, beside: abs(beside["fault_p50"]["v"] / alone["fault_p50"]["v"] - 1) < 0.001
		and beside["conversions_per_fault"]["v"] > 0.1 and "conversions_per_fault" not in alone
		and all(beside[n]["v"] == alone[n]["v"] for n in ("augs_per_fault", "tracks_per_fault", "kicks_per_fault")))(
		*[[b["metrics"] for b in blocks if b["case"] == c and not b["warmup"]][0] for c in ("populate", "neighbour")])'
	# The neighbour's own: softtdx counts them for all TDs.
	json "$DIR/r" 'not any("softtdx.reset_paddr" in b["counters"] for b in blocks if b["case"] == "neighbour")'
}

# Each of three TDs faults all of its pages in, and what is counted is of all three; alone a TD has no such parameter.
test_a_case_runs_in_several_tds()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze --cases populate --tds 3
	json "$DIR/r" "$CLEAN"
	json "$DIR/r" 'all(b["params"]["tds"] == 3 and b["counters"]["seamcall.mem_page_aug.ok"] == 3 * 64
		and b["metrics"]["augs_per_fault"]["v"] == 1 and b["metrics"]["fault_p50"]["n"] == 3 * 64
		and len(b["placement"]["vcpus"]) == 6 for b in blocks)'
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze --cases populate --tds 1
	json "$DIR/r" 'not any("tds" in b["params"] for b in blocks)'
	lab_rc 2 "$DIR/r" "${SMALL[@]}" --variants freeze --cases zap --tds 2
	says "--tds 2: case zap runs in one TD"
}
