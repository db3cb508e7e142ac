# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: the largest TD that the driver makes. Sourced by tests/lab/run.

# 64 vCPUs, 64 GiB of private memory with a page in each 2M: minutes. What it costs the driver is bounded.
test_slow_64_vcpus_and_64_gib()
{
	lab_rc 0 "$DIR/r" --pages 32768 --blocks 1 --clock count --variants freeze --vcpus 64 --cases sparse \
		--timeout 3600
	json "$DIR/r" "$CLEAN and len(blocks) == 2 and all(b['oracle']['ok'] for b in blocks)"
	json "$DIR/r" "all(b['hists']['fault']['n'] == 32768 and len(b['placement']['vcpus']) == 64 for b in blocks)"
	json "$DIR/r" "all(b['counters']['driver.peak_rss_kib'] < 64 << 10 for b in blocks)"
	[ "$(stat -c %s "$DIR/r")" -lt 65536 ] || fail "the result is $(stat -c %s "$DIR/r") bytes"
}

# As many as an APIC has ids; a kernel image of its own: minutes.
test_slow_254_vcpus()
{
	lab_rc 0 "$DIR/r" --flavour wide --pages 508 --blocks 1 --clock count --seeds 1 --variants freeze --vcpus 254 \
		--cases populate --timeout 1200
	json "$DIR/r" "$CLEAN and len(blocks) == 2 and all(len(b['placement']['vcpus']) == 254 for b in blocks)"
}
