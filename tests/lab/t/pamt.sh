# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: dynamic PAMT. Sourced by tests/lab/run.

# Of an expression for json(): the metrics of a case by a variant.
PAMT='(lambda case, variant: [b["metrics"] for b in blocks if b["case"] == case and b["variant"] == variant and not b["warmup"]][0])'

# Every page gets and puts: with one lock each is an acquisition, and with the count looked at first only those are which
# add or remove a pair. Of one frame that is at most one each in a whole range.
test_dynamic_pamt_is_counted()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze,pamt-lock,pamt-refcount --cases populate,zap,teardown
	json "$DIR/r" "$CLEAN"
	json "$DIR/r" "not any(n.startswith('pamt_') for n in $PAMT('populate', 'freeze'))"
	json "$DIR/r" "$PAMT('populate', 'pamt-lock')['pamt_lock_per_fault']['v'] >= 1"
	json "$DIR/r" "$PAMT('zap', 'pamt-lock')['pamt_lock_per_page']['v'] == 1"
	json "$DIR/r" "$PAMT('zap', 'pamt-refcount')['pamt_lock_per_page']['v'] == $PAMT('zap', 'pamt-refcount')['pamt_removes_per_page']['v'] < 0.2"
	json "$DIR/r" "$PAMT('populate', 'pamt-refcount')['pamt_lock_per_fault']['v'] == $PAMT('populate', 'pamt-refcount')['pamt_adds_per_fault']['v'] < 0.2"
	json "$DIR/r" "all($PAMT('teardown', v)['pamt_removes_per_page']['v'] > 0 for v in ('pamt-lock', 'pamt-refcount'))"
}

# A module that has no dynamic PAMT is used as before.
test_an_old_module_has_a_static_pamt()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --seeds 1 --variants pamt-refcount --cases populate --module 1.5.05
	json "$DIR/r" "$CLEAN and not any(n.startswith('pamt_') for n in $PAMT('populate', 'pamt-refcount'))"
}

# A pair that nobody needs any more is the kernel's again: planted, one put is forgotten.
test_a_forgotten_pair_is_found()
{
	with_planted forgets-put
	lab_rc 3 "$DIR/r" "${SMALL[@]}" --boots 1 --vcpus 1 --seeds 1 --variants forgets-put --cases zap
	says "oracle: [0-9]+ PAMT pairs are left after teardown"
}
