# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: threads and memory on the NUMA nodes where they are wanted. Sourced by tests/lab/run.

# One boot: vCPUs by turns on both nodes, all memory on node 1. What vCPU 0 allocates is then remote.
test_numa_placement_and_memory()
{
	lab_rc 0 "$DIR/r" --pages 512 --blocks 1 --clock count --variants freeze --vcpus 2 --cases populate \
		--numa 2 --placement cross-node --memory node:1
	json "$DIR/r" "$CLEAN and all([v[2] for v in b['placement']['vcpus']] == [0, 1] for b in blocks)"
	json "$DIR/r" "all(b['placement']['vcpus'][0][0] != b['placement']['vcpus'][1][0] and
		b['placement']['control'][0][0] not in [v[0] for v in b['placement']['vcpus']] for b in blocks)"
	json "$DIR/r" "all(b['params']['memory'] == 'node:1' for b in blocks)"
	# 256 pages each, and the page tables of both.
	json "$DIR/r" "all(c['numa.node1.local'] >= 256 and c['numa.node1.remote'] >= 256 and
		c['numa.node0.local'] + c['numa.node0.remote'] < 32 for b in blocks for c in [b['counters']])"
}

# The kernel's default: each page on the node of the vCPU that faults it, prefaults too.
test_slow_numa_other_policies()
{
	lab_rc 0 "$DIR/r" --pages 512 --blocks 1 --clock count --variants freeze --vcpus 2 \
		--cases populate,prefault,convert --numa 2 --placement cross-node
	lab_rc 0 "$DIR/b" --pages 64 --blocks 1 --clock count --variants freeze --vcpus 2 --cases all \
		--numa 2 --placement spread --memory interleave
	json "$DIR/b" "$ALL_CASES and $CLEAN"
	json "$DIR/r" "$CLEAN and all('memory' not in b['params'] for b in blocks)"
	json "$DIR/r" "all(c['numa.node0.local'] >= 256 and c['numa.node1.local'] >= 256 and
		c['numa.node0.remote'] + c['numa.node1.remote'] < 32
		for b in blocks if b['case'] == 'populate' for c in [b['counters']])"
}
