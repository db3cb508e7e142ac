# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: guests that run Linux. Sourced by tests/lab/run. The first needs Debian's kernel, from the cache or
# the network.

BOOT=(--variants freeze --cases boot-lazy --vcpus 1 --seed 1)

# A stock kernel gets to its init, and what the host did for it fits together.
test_linux_boots()
{
	lab_rc 0 "$DIR/r.jsonl" "${BOOT[@]}"
	json "$DIR/r.jsonl" "$CLEAN"
	json "$DIR/r.jsonl" 'len(blocks) == 1 and blocks[0]["params"]["guest_mib"] == 256'
	# SWIOTLB's 64 MiB and two pools of 32 pages: each page is taken from the guest once.
	json "$DIR/r.jsonl" 'all(blocks[0]["metrics"][m]["v"] == 16448 for m in ("converted_pages", "tracks", "removes"))'
	json "$DIR/r.jsonl" 'blocks[0]["metrics"]["augs"]["v"] == blocks[0]["metrics"]["accepted_pages"]["v"] > 40000'
	json "$DIR/r.jsonl" 'all("phase." + p + ".insn" in blocks[0]["counters"] for p in ("early", "swiotlb", "kernel", "init"))'
}

# What ends badly makes its block invalid, with one line that says why and what was said last.
test_linux_guests_that_die()
{
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --guest-no-initrd
	says 'boot-lazy: the Linux guest: its kernel panicked; it last said: .*Kernel panic - not syncing'
	# The lab's own kernel is a bzImage without INTEL_TDX_GUEST: its first port or MSR is its end.
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --guest-kernel "$(find "$("$ROOT/kmod/kernel-build" "$TREE" plain)" -name bzImage -type f | head -n 1)"
	says 'boot-lazy: the Linux guest: triple fault; it said nothing'
	json "$DIR/r.jsonl" 'not blocks[0]["valid"] and "triple fault" in str(blocks[0])'
}

test_linux_guest_that_loops()
{
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --guest-append septbench.loop --guest-limit 3
	says 'boot-lazy: the Linux guest: not at its end after 3 s \(--guest-limit\); it last said: .*septmark init'
}

# Words without end are no end: a line, what was said last, and the block of the next case as if nothing had been.
test_linux_guest_that_floods_its_console()
{
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --cases boot-lazy,populate --pages 64 --seeds 1 --blocks 1 \
		--guest-append septbench.flood --guest-limit 3
	says '^septbench: .*boot-lazy: the Linux guest: not at its end after 3 s \(--guest-limit\); it last said: .*flood'
	[ "$(grep -c septmark "$DIR/msg")" -le 2 ] || fail "more of it than its line and the block's"
	json "$DIR/r.jsonl" '[b["valid"] for b in blocks if b["case"] == "boot-lazy"] == [False]'
	json "$DIR/r.jsonl" 'len(blocks) > 1 and all(b["valid"] for b in blocks if b["case"] == "populate")'
	[ "$(stat -c %s "$DIR/r.jsonl")" -lt 1000000 ] || fail "the result has grown"
}

# Two runs of a seed have the same of everything, whatever is in the guest and with several vCPUs.
test_slow_guests_repeat_by_seed()
{
	local run
	for run in a b; do
		lab_rc 0 "$DIR/$run" --variants freeze --cases boot-smp,swiotlb,accept-runtime,map-gpa --vcpus 2,4 --seed 1 --pages 64 --blocks 1 \
			--timeout 1800
	done
	json "$DIR/a" "len(blocks) >= 8 and $CLEAN"
	cmp "$DIR/a" "$DIR/b" >&2 || { check differing "$DIR/a" "$DIR/b"; fail "two runs with the same seed differ"; }
}

test_linux_guest_kernel_that_is_none()
{
	lab_rc 4 "$DIR/r.jsonl" "${BOOT[@]}" --guest-kernel "$DIR/nosuch"
	says '^septbench: --guest-kernel .*/nosuch: No such file or directory'
	echo "no kernel" >"$DIR/none"
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --guest-kernel "$DIR/none"
	says "the guest's kernel .*: neither a vmlinux nor a bzImage"
}

# A vmlinux that lies at 512 MiB, for a guest of 256.
test_linux_guest_kernel_that_is_too_large()
{
	cc -nostdlib -static -Wl,-Ttext=0x20000000 -o "$DIR/large" -x c - <<<'void _start(void) { }'
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --guest-kernel "$DIR/large"
	says "the guest's kernel ends at [0-9]+ MiB, and it has 256 MiB of memory"
	json "$DIR/r.jsonl" 'not blocks[0]["valid"] and "256 MiB of memory" in blocks[0]["invalid_reason"]'
}

# Phases of a boot, and work after it, are timed alone.
test_linux_phases_that_are_timed()
{
	lab_rc 0 "$DIR/r.jsonl" "${BOOT[@]}" --cases swiotlb-8,fork-exec
	json "$DIR/r.jsonl" "$CLEAN"
	# 8 MiB and two pools of 32 pages; nothing else of the boot is in it.
	json "$DIR/r.jsonl" 'all(blocks[0]["metrics"][m]["v"] == 2112 for m in ("converted_pages", "tracks", "removes"))'
	json "$DIR/r.jsonl" 'blocks[0]["metrics"]["augs"]["v"] < 2000'
	json "$DIR/r.jsonl" 'blocks[1]["counters"]["guest.forks"] == 64 and blocks[1]["metrics"]["tracks"]["v"] == 0'
	json "$DIR/r.jsonl" '64 <= blocks[1]["metrics"]["user_exits"]["v"] < 200 < blocks[1]["metrics"]["part_time"]["v"]'
	json "$DIR/r.jsonl" 'all("phase." + p + ".insn" in blocks[1]["counters"] for p in ("early", "kernel", "init", "work", "done"))'
}

test_linux_accepts_at_run_time()
{
	lab_rc 0 "$DIR/r.jsonl" "${BOOT[@]}" --cases accept-runtime
	json "$DIR/r.jsonl" "$CLEAN"
	json "$DIR/r.jsonl" 'blocks[0]["metrics"]["accepted_pages"]["v"] == blocks[0]["metrics"]["augs"]["v"] >= 8192'
	json "$DIR/r.jsonl" 'blocks[0]["metrics"]["unaccepted_before"]["v"] - blocks[0]["metrics"]["unaccepted_after"]["v"] >= 32768'
}

test_linux_runs_on_each_vcpu()
{
	lab_rc 0 "$DIR/r.jsonl" "${BOOT[@]}" --cases boot-smp --vcpus 4
	json "$DIR/r.jsonl" "$CLEAN"
	json "$DIR/r.jsonl" 'blocks[0]["counters"]["guest.cpus"] == 4 and blocks[0]["metrics"]["kicks_inside"]["v"] > 0'
	# A kernel that leaves some of them alone is found.
	lab_rc 3 "$DIR/s.jsonl" "${BOOT[@]}" --cases boot-smp --vcpus 2 --guest-append maxcpus=1
	says 'boot-smp, .* is invalid: .*guest.cpus is 1, expected 2'
}

# The payload converts its pages, and each is taken and given once for each time.
test_the_guest_asks_for_conversions()
{
	lab_rc 0 "$DIR/r.jsonl" --variants freeze,freeze-batched --cases map-gpa,map-gpa-64k,map-gpa-2m,map-gpa-hot \
		--vcpus 1,3 --pages 96 --seeds 1 --blocks 1
	json "$DIR/r.jsonl" "$CLEAN"
	json "$DIR/r.jsonl" 'all(b["metrics"][m + "_per_page"]["v"] == 1 for b in blocks for m in ("augs", "blocks", "removes"))'
	json "$DIR/r.jsonl" 'all(b["params"]["chunk"] == {"map-gpa-64k": 16, "map-gpa-2m": 96 // b["params"]["vcpus"]}.get(b["case"], 1) for b in blocks)'
	# A TRACK for each page, or for each chunk.
	json "$DIR/r.jsonl" 'all(b["metrics"]["tracks_per_page"]["v"] == (1 if b["variant"] == "freeze" else 1 / b["params"]["chunk"]) for b in blocks)'
}

# The stock kernel's driver makes the same pages shared and private again, each time it comes and goes.
test_linux_loads_a_module()
{
	lab_rc 0 "$DIR/r.jsonl" "${BOOT[@]}" --cases module-load
	json "$DIR/r.jsonl" "$CLEAN"
	json "$DIR/r.jsonl" 'blocks[0]["counters"]["guest.loads"] == 16 and blocks[0]["metrics"]["converted_pages"]["v"] == 32 * 31'
	json "$DIR/r.jsonl" 'blocks[0]["metrics"]["removes"]["v"] == blocks[0]["metrics"]["tracks"]["v"] == 32 * 16'
	# What the guest's kernel shows of its RTMR is the hash of what it was and of what its init wrote.
	json "$DIR/r.jsonl" 'blocks[0]["counters"]["guest.rtmr"] == int(__import__("hashlib").sha384(bytes(48) + bytes(range(48))).hexdigest()[:8], 16)'
	json "$DIR/r.jsonl" 'blocks[0]["counters"]["guest.mrtd"] > 0'
	# Without modules its init says what it misses.
	head -c 512 /dev/zero >"$DIR/none.cpio"
	lab_rc 3 "$DIR/s.jsonl" "${BOOT[@]}" --cases module-load --guest-modules "$DIR/none.cpio"
	says 'module-load: the Linux guest: its init: a file cannot be read'
}
