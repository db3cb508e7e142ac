# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: the instruments see what is planted. Sourced by tests/lab/run.

test_oracle_sees_a_corrupted_entry()
{
	lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases populate --variants freeze --corrupt
	json "$DIR/r" "any(b['oracle'] and not b['oracle']['ok'] and b['oracle']['faults'] for b in blocks)"
	json "$DIR/r" "not any(b['valid'] for b in blocks if b['oracle'] and not b['oracle']['ok'])"
}

planted()
{
	local bug=$1 clock=$2 case=$3
	shift 3
	lab_rc 3 "$DIR/r" --pages 64 --blocks 1 --boots 1 --vcpus 1 --cases "$case" --variants freeze \
		--clock "$clock" --softtdx "bug=$bug" "$@"
	says 'SEAMCALL .*failed|WARNING:'
	json "$DIR/r" "not all(b['valid'] for b in blocks) and (not end or end[0]['status'] == 3)"
}

test_skipped_track_is_caught_under_count() { planted skip_track count zap; }
test_skipped_track_is_caught_under_wall() { planted skip_track wall zap; }
test_skipped_kick_is_caught_under_count() { planted skip_kick count zap-running; }
# A vCPU that a busy host keeps outside for the whole of a short zap needs no kick: zap more.
test_skipped_kick_is_caught_under_wall() { planted skip_kick wall zap-running --pages 512 --blocks 4; }

# A page that is in the S-EPT and not in the mirror: its fault ends the VM, where it would be retried for ever.
test_a_mirror_that_differs_from_the_sept_ends_the_vm()
{
	local series=$DIR/p/7.3/seamcall-first
	rm -rf "$DIR/p"
	cp -r "$ROOT/patches" "$DIR/p"
	cp "$ROOT/tests/planted/7.3/seamcall-first/diverged.patch" "$series/"
	echo diverged.patch >>"$series/series"
	SEPTBENCH_PATCHES=$DIR/p lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases populate --variants seamcall-first --timeout 60
	says 'WARNING: .*kvm_tdp(_mmu)?_page_fault'
	json "$DIR/r" "blocks and not any(b['valid'] for b in blocks)"
}
