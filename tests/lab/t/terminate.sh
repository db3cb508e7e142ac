# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: the end of a TD whose key id goes before its memory. Sourced by tests/lab/run.

# Of an expression for json(): a metric of teardown, by variant.
TEARDOWN='(lambda variant, name: [b["metrics"][name]["v"] for b in blocks if b["case"] == "teardown" and b["variant"] == variant and not b["warmup"]][0])'

# No page is removed from a TD that is dead: all are reclaimed. While it lives they are removed, as upstream.
test_a_terminated_td_is_reclaimed()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1 --variants freeze,terminate --cases zap,teardown
	json "$DIR/r" "$CLEAN"
	json "$DIR/r" "all($TEARDOWN('terminate', n) == 0 for n in ('blocks_per_page', 'tracks_per_page', 'removes_per_page'))"
	json "$DIR/r" "$TEARDOWN('terminate', 'reclaims_per_page') > 1 and $TEARDOWN('terminate', 'wbinvds_per_page') < 0.1"
	json "$DIR/r" "$TEARDOWN('freeze', 'removes_per_page') > 1 > $TEARDOWN('freeze', 'reclaims_per_page')"
	json "$DIR/r" 'all(b["metrics"]["removes_per_page"]["v"] == 1 for b in blocks if b["case"] == "zap")'
}

# The module has nothing left of a TD that is gone: planted, a page is not reclaimed.
test_a_page_that_is_not_reclaimed_is_found()
{
	with_planted forgets-reclaim
	lab_rc 3 "$DIR/r" "${SMALL[@]}" --boots 1 --vcpus 1 --seeds 1 --variants forgets-reclaim --cases zap
	says "oracle: [0-9]+ pages still belong to a TD after teardown"
}
