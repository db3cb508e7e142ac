# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the event metrics: what happens twice is counted twice, whoever asked for it, and a block in
# which it does is a good one. Sourced by tests/lab/run.

# Metric, case, what it is with everything once, and with everything twice.
DOUBLED='
blocks_per_page   zap         1      2
tracks_per_page   zap         1      2
kicks_per_page    zap         1      2
removes_per_page  zap         1      2
wbinvds_per_page  zap         1      2
kicks_per_page    zap-running 1      2
augs_per_fault    populate    1      2
sept_adds_per_fault      populate  0.03125 0.0625
flush_requests_per_page  plain-zap 0.015625 0.03125
'

test_each_event_that_happens_twice_is_counted_twice()
{
	mkdir -p "$DIR/p"
	cp -r "$ROOT/patches/7.3" "$DIR/p/"
	cp -r "$ROOT/tests/planted/7.3/doubled" "$DIR/p/7.3/doubled"
	export SEPTBENCH_PATCHES=$DIR/p
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --boots 1 --vcpus 1 --variants freeze,doubled \
		--cases populate,zap,zap-running,plain-zap
	json "$DIR/r" "$CLEAN"
	check doubled "$DIR/r" "$DOUBLED"
}

# What is planted in a fault shows as what it is, with the same events otherwise: 64 bytes taken and given back,
# and mmu_lock held for 200 turns of an empty loop more.
test_allocations_and_lock_holds_are_counted()
{
	mkdir -p "$DIR/p/7.3/planted"
	cp -r "$ROOT"/patches/7.3/{base,freeze} "$DIR/p/7.3/"
	cp "$ROOT"/tests/planted/7.3/{extra-allocation,lock-held-longer}.patch "$DIR/p/7.3/planted/"
	printf '# A slab object and a long hold.\nextra-allocation.patch\nlock-held-longer.patch\n' >"$DIR/p/7.3/planted/series"
	export SEPTBENCH_PATCHES=$DIR/p
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --boots 1 --vcpus 1 --variants freeze,planted --cases populate
	json "$DIR/r" "$CLEAN"
	check planted_shows "$DIR/r"
}

# An exit that nobody needed is one more per fault: the payload accepts before it touches.
test_exits_of_populating_are_counted_by_their_cause()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --boots 1 --vcpus 1 --variants freeze --cases populate,prefault
	json "$DIR/r" "$CLEAN"
	json "$DIR/r" "all(b['metrics']['sept_exits_per_fault']['v'] == (b['case'] == 'populate') for b in blocks)"
}
