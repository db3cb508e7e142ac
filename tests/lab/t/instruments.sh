# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: an instrument that is broken on purpose says so. Sourced by tests/lab/run. Barriers and histograms
# are broken in tests/bench/test_barrier.c and tests/record/test_read.c, the oracle and the tracking in planted.sh.

# QEMU as it is, but for the clock: a tick is two instructions.
test_a_clock_that_counts_no_instructions_is_refused()
{
	local qemu
	qemu=$(command -v qemu-system-x86_64)
	mkdir "$DIR/bin"
	# shellcheck disable=SC2016 # for that script to expand
	printf '#!/bin/bash\nexec %s "${@/shift=0/shift=1}"\n' "$qemu" >"$DIR/bin/qemu-system-x86_64"
	chmod +x "$DIR/bin/qemu-system-x86_64"
	PATH=$DIR/bin:$PATH lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	says 'TSC ticks passed in 20000 instructions'
	json "$DIR/r" "blocks and not any(b['valid'] for b in blocks)"
}

# A softtdx that counts every AUG twice: nothing is wrong but the counter.
test_slow_a_counter_that_counts_wrong_is_caught()
{
	rm -rf "$DIR/src"
	mkdir "$DIR/src"
	cp -r "$ROOT/kmod" "$ROOT/patches" "$DIR/src/"
	sed -i 's/^\(\tadd(&n->leaf\[leaf_names\[leaf\].*\], \)1);/\11 + (leaf == SX_MEM_PAGE_AUG));/' \
		"$DIR/src/kmod/softtdx/core/count.c"
	! cmp -s "$ROOT/kmod/softtdx/core/count.c" "$DIR/src/kmod/softtdx/core/count.c" || fail "nothing was changed"
	SEPTBENCH_SRC=$DIR/src lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases populate --variants freeze
	json "$DIR/r" "any('mem_page_aug.ok is 128, expected 64' in f for b in blocks for f in b['oracle']['faults'])"
}

# What the base patches count must not be what is measured: instructions per fault, with them and without.
test_slow_counters_cost_nothing_that_shows()
{
	lab_rc 0 "$DIR/r" --pages 512 --blocks 3 --clock count --vcpus 1,2 --cases populate,populate-shared,zap \
		--variants unpatched,freeze
	check counters_cost "$DIR/r"
}
