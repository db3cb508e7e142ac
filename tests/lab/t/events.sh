# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: performance events of the timed part. Sourced by tests/lab/run.

# What KVM's tracepoints count must be what softtdx and KVM's statistics count; what is not there says so.
test_events_count_the_timed_part()
{
	"$SEPTBENCH" list --events | grep -q 'with libperf' || { echo "    built without libperf: nothing to test" >&2; return; }
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --cases populate,zap --variants freeze \
		--events 'cycles,page-faults,kvm:kvm_page_fault,kvmmmu:*,ipi:*,nosuch:thing'
	json "$DIR/r" "$CLEAN and all(b['params']['events'].startswith('cycles,') for b in blocks)"
	says 'events nosuch:thing: no such tracepoint in this kernel'
	json "$DIR/r" "all(m['perf.cycles']['v'] is None and 'PMU' in m['perf.cycles']['reason'] and
		m['perf.nosuch:thing']['v'] is None for b in blocks for m in [b['metrics']])"
	# One fault per page in populate, none in the hole that zap punches.
	json "$DIR/r" "all(b['metrics']['perf.kvm:kvm_page_fault']['v'] == (b['case'] == 'populate') for b in blocks)"
	json "$DIR/r" "all(b['counters']['perf.kvm:kvm_page_fault'] == b['counters']['kvm.pf_taken'] for b in blocks)"
	# At least one change per zapped SPTE.
	json "$DIR/r" "all(b['metrics']['perf.kvmmmu:kvm_tdp_mmu_spte_changed']['v'] >= 1 for b in blocks if b['case'] == 'zap')"
}

# The same run without them counts nothing of the kind, and has the same parameters as ever.
test_slow_events_are_off_unless_asked_for()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --cases populate --variants freeze
	json "$DIR/r" "all('events' not in b['params'] for b in blocks)"
	json "$DIR/r" "not any(k.startswith('perf.') for b in blocks for k in list(b['metrics']) + list(b['counters']))"
}
