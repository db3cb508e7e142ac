# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: every variant, every case: oracle and kernel log stay clean. Sourced by tests/lab/run.

test_every_variant_runs_every_case_clean()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1,2 --variants freeze,freeze-batched
	json "$DIR/r" "$ALL_CASES and $CLEAN and end[0]['status'] == 0"
	json "$DIR/r" "{b['variant'] for b in blocks} == {'freeze', 'freeze-batched'}"
	json "$DIR/r" "sum(1 for b in blocks if b['oracle']) >= 20"
}

test_debug_kernel_stays_quiet_under_count()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --variants freeze,freeze-batched --flavour debug
	json "$DIR/r" "$ALL_CASES and $CLEAN and run['flavour'] == 'debug'"
}

test_debug_kernel_stays_quiet_under_wall()
{
	lab_rc 0 "$DIR/r" --pages 64 --blocks 1 --vcpus 2 --clock wall --boots 1 \
		--variants freeze,freeze-batched --flavour debug
	json "$DIR/r" "$ALL_CASES and $CLEAN and run['clock'] == 'wall'"
}

test_debug_kernel_stays_quiet_with_schedules()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 3 --variants freeze,freeze-batched --flavour debug \
		--cases populate-shared,same-page,zap --softtdx yield=8,busy_permille=100 --seed 5
	json "$DIR/r" "$CLEAN"
}

test_slow_older_kernel_series_builds_and_runs()
{
	local tree
	tree=$(find "${XDG_CACHE_HOME:-$HOME/.cache}/septbench/source" -maxdepth 1 -name 'linux-7.2_*' | tail -n 1)
	[ -n "$tree" ] || tree=$("$ROOT/kmod/kernel-source" --series 7.2)
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --variants freeze,freeze-batched --kernel "$tree"
	json "$DIR/r" "$ALL_CASES and $CLEAN and run['env']['kernel'].startswith('7.2')"
}

# walk_in_kernel STEPS SEED: the checks of the module core and a random walk against its specification, in
# the kernel's build of it; a fault refuses the load, and user space must have walked the same way.
walk_in_kernel()
{
	local want
	want=$("${SEPTBENCH%/cli/*}/tests/softtdx/softtdx-walk" --steps "$1" --seed "$2" | sed -E 's/.*hash (0x[0-9a-f]+).*/\1/')
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --boots 1 --vcpus 1 --cases zap --variants freeze --timeout 3600 \
		--softtdx "selftest=$1,selftest_seed=$2"
	json "$DIR/r" "blocks and $CLEAN"
	says 'softtdx: selftest: [0-9]+ checks, 0 faults'
	says "softtdx: selftest: $1 steps of seed $2: hash $want"
}

test_softtdx_checks_itself_in_the_kernel()
{
	walk_in_kernel 20000 1
}

# The steps of tests/softtdx/conformance, of the same seeds.
test_slow_softtdx_walks_ten_million_steps_in_the_kernel()
{
	walk_in_kernel 10000000 100000
}

test_other_designs_run_clean()
{
	lab_rc 0 "$DIR/r" --pages 512 --blocks 1 --boots 1 --clock count --vcpus 2 --cases populate-shared,zap \
		--variants seamcall-first,rcu-zap,rcu-zap-prune,rcu-zap-seamcall-first
	json "$DIR/r" "len({b['variant'] for b in blocks}) == 4 and $CLEAN"
	json "$DIR/r" "all(b['counters'].get('seamcall.mem_page_remove.walk_failed', 0) > 0
		for b in blocks if b['variant'] == 'rcu-zap-prune' and b['case'] == 'zap')"
}

KCSAN=("${SMALL[@]}" --boots 1 --vcpus 2 --flavour kcsan --softtdx yield=4)

# Where vCPUs and a zapper meet, under the design that frees page tables under RCU.
test_slow_kcsan_stays_quiet()
{
	lab_rc 0 "$DIR/r" "${KCSAN[@]}" --variants rcu-zap --cases same-page,zap-vs-fault
	json "$DIR/r" "blocks and $CLEAN and run['flavour'] == 'kcsan'"
}

test_slow_kcsan_sees_a_planted_race()
{
	mkdir -p "$DIR/p/7.3/racy"
	cp -r "$ROOT/patches/7.3/base" "$DIR/p/7.3/"
	cp "$ROOT/tests/planted/7.3/kcsan/data-race.patch" "$DIR/p/7.3/racy/"
	printf '# A data race.\ndata-race.patch\n' >"$DIR/p/7.3/racy/series"
	SEPTBENCH_PATCHES=$DIR/p lab_rc 3 "$DIR/r" "${KCSAN[@]}" --variants racy --cases same-page
	says 'BUG: KCSAN: data-race in kvm_tdp_mmu_map'
}
