# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: pages of 2M. Sourced by tests/lab/run.

# Of an expression for json(): a metric of a case by a variant.
LARGE='(lambda case, variant, name: [b["metrics"][name]["v"] for b in blocks if b["case"] == case and b["variant"] == variant and not b["warmup"]][0])'

# One AUG, one exit, one REMOVE where there were 512; a page is written back by 4K all the same.
test_a_2m_page_is_one()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze,huge --cases populate-2m,zap-2m
	json "$DIR/r" "$CLEAN"
	for name in augs_per_fault sept_exits_per_fault; do
		json "$DIR/r" "$LARGE('populate-2m', 'freeze', '$name') == 512 and $LARGE('populate-2m', 'huge', '$name') == 1"
	done
	for name in blocks_per_page tracks_per_page kicks_per_page removes_per_page; do
		json "$DIR/r" "$LARGE('zap-2m', 'freeze', '$name') == 1 and $LARGE('zap-2m', 'huge', '$name') == 1 / 512"
	done
	json "$DIR/r" "all($LARGE('zap-2m', v, 'wbinvds_per_page') == 1 for v in ('freeze', 'huge'))"
}

# 4K out of 2M: one DEMOTE, with a TRACK and a kick of its own, and the rest of the 2M is still there.
test_a_hole_in_a_2m_page_splits_it()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze,huge --cases convert-hole
	json "$DIR/r" "$CLEAN"
	json "$DIR/r" "$LARGE('convert-hole', 'freeze', 'demotes_per_page') == 0 and $LARGE('convert-hole', 'huge', 'demotes_per_page') == 1"
	json "$DIR/r" "$LARGE('convert-hole', 'freeze', 'kicks_per_page') == 1 and $LARGE('convert-hole', 'huge', 'kicks_per_page') == 2"
	json "$DIR/r" "$LARGE('convert-hole', 'huge', 'removes_per_page') == 1"
}

# vCPUs that differ about the size of what they accept: a page that nobody has accepted is split, under BUSY and interrupts too.
test_accepting_a_part_of_a_2m_page_splits_it()
{
	lab_rc 0 "$DIR/r" --pages 1024 --clock count --vcpus 2,4 --sweep --seeds 1-4 --softtdx yield=4,busy_permille=100 \
		--variants huge --cases same-2m,convert-hole
	json "$DIR/r" "$CLEAN"
	json "$DIR/r" 'any("seamcall.mem_page_demote.ok" in b["counters"] for b in blocks if b["case"] == "same-2m")'
	json "$DIR/r" 'any("seamcall.mem_page_demote.other" in b["counters"] for b in blocks)'
}

# Where the guest accepts 4K, all is as with 4K pages, though guest_memfd has folios of 2M.
test_4k_accepts_get_4k_pages()
{
	lab_rc 0 "$DIR/r" --pages 512 --blocks 1 --clock count --vcpus 2 --seeds 1 --variants huge --cases populate,prefault,zap-vs-fault
	json "$DIR/r" "$CLEAN and all($LARGE(case, 'huge', 'augs_per_fault') == 1 for case in ('populate', 'prefault'))"
	json "$DIR/r" 'not any("seamcall.mem_page_demote.ok" in b["counters"] and b["counters"]["seamcall.mem_page_demote.ok"] for b in blocks)'
}
