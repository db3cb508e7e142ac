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

test_linux_guest_kernel_that_is_none()
{
	lab_rc 4 "$DIR/r.jsonl" "${BOOT[@]}" --guest-kernel "$DIR/nosuch"
	says '^septbench: --guest-kernel .*/nosuch: No such file or directory'
	echo "no kernel" >"$DIR/none"
	lab_rc 3 "$DIR/r.jsonl" "${BOOT[@]}" --guest-kernel "$DIR/none"
	says "the guest's kernel .*: neither a vmlinux nor a bzImage"
}
