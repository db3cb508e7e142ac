# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: whose time it is (docs/time.md). Sourced by tests/lab/run.

# What the blocks say of their time against what executed, function by function, as the profile saw it.
test_parts_are_what_executes()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1-2 --variants freeze --explain \
		--cases populate,zap,zap-running,zap-vs-fault,teardown
	check parts "$DIR/r" "$DIR/r.code"
}

# A planted 1 % of KVM's own instructions of a fault moves the kernel's part, and the others not at all; so do 60
# instructions in the wrapper of a SEAMCALL, which is the kernel's too.
test_parts_hold_still()
{
	local series
	cp -r "$ROOT/patches" "$DIR/patches"
	for series in "$DIR"/patches/*/; do
		mkdir "$series/planted" "$series/wrapper"
		printf '# As freeze, and 1 %% longer.\none-percent.patch\n' >"$series/planted/series"
		cp "$ROOT/tests/planted/7.3/one-percent.patch" "$series/planted/"
		printf '# As freeze, and 60 instructions longer.\nlonger-aug.patch\n' >"$series/wrapper/series"
		cp "$ROOT/tests/planted/7.3/wrappers/longer-aug.patch" "$series/wrapper/"
	done
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --seeds 1-4 --variants freeze,planted,wrapper \
		--cases populate
	json "$DIR/r" '[(b["variant"], b["seed"], b["metrics"]["fault_p50"]["v"] - a["metrics"]["fault_p50"]["v"],
		b["metrics"]["fault_p50"]["parts"] == a["metrics"]["fault_p50"]["parts"])
		for a in blocks for b in blocks if a["variant"] == "freeze" and b["variant"] != "freeze"
		and a["seed"] == b["seed"] and a["warmup"] == b["warmup"] == False] == [
		(v, s, n, True) for s in (1, 2, 3, 4) for v, n in (("planted", 56), ("wrapper", 60))]'
}

# With CPUs side by side a zap keeps nobody from the CPU: the guest's longest stall is a way out of the guest and back, no
# longer the whole of the zap. A seed repeats as ever, and times are told whole.
test_short_turns_put_cpus_side_by_side()
{
	local zap=(--pages 256 --blocks 1 --clock count --cases zap-running --variants split-zap --vcpus 4 --seeds 1-2)
	lab_rc 0 "$DIR/long" "${zap[@]}"
	lab_rc 0 "$DIR/short" "${zap[@]}" --turn 1000 --boots 2
	json "$DIR/short" "$CLEAN"' and run["env"]["turn"] == 1000 and "parts" not in blocks[0]["metrics"]["zap_per_page"]'
	json "$DIR/short" 'len(blocks) >= 4 and all({**a, "boot": 1} == b for a, b in zip([b for b in blocks if b["boot"] == 0],
		[b for b in blocks if b["boot"] == 1]))'
	check shorter_stall "$DIR/long" "$DIR/short" 50
	lab_rc 2 "$DIR/r" "${zap[@]}" --clock wall --turn 1000
	says '^septbench: --turn: is of instructions, it needs --clock count$'
	"$SEPTBENCH" run --turn 1000 --cases zap >/dev/null 2>"$DIR/msg" && fail "run --turn"
	says '^septbench: --turn is for the lab'
}

# Faults of eight CPUs side by side take as long each as that of one, and together an eighth of it; unless they wait for
# each other, which adds no instruction to any. Then a fault takes eight times as long as mmu_lock is held in one.
test_faults_that_wait_for_each_other_show_side_by_side()
{
	mkdir -p "$DIR/p/7.3/exclusive"
	cp "$ROOT/tests/planted/7.3/exclusive-fault.patch" "$DIR/p/7.3/exclusive/"
	echo exclusive-fault.patch >"$DIR/p/7.3/exclusive/series"
	SEPTBENCH_PATCHES=$DIR/p lab_rc 0 "$DIR/r" --clock count --turn 1000 --cases populate --variants freeze,exclusive \
		--vcpus 1,8 --pages 256 --blocks 1 --seeds 1-2
	json "$DIR/r" "$CLEAN"' and "mmu_lock_write_held_per_fault" not in blocks[0]["metrics"]'
	check side_by_side "$DIR/r"
}

# What is preloaded ends QEMU so, after a line of its own, if this QEMU's turns cannot be cut.
test_qemu_whose_turns_cannot_be_cut_is_not_measured()
{
	mkdir "$DIR/bin"
	printf '#!/bin/sh\ncase "$*" in *-smp*) exit 4 ;; esac\nexec %s "$@"\n' "$(command -v qemu-system-x86_64)" \
		>"$DIR/bin/qemu-system-x86_64"
	chmod +x "$DIR/bin/qemu-system-x86_64"
	PATH=$DIR/bin:$PATH lab_rc 4 "$DIR/r" "${SMALL[@]}" --cases zap --variants freeze --turn 1000
}

# One boot, eight seeds; another boot of them is the same to the last bit.
test_parts_repeat_by_seed()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 2 --seeds 1-8 --variants freeze --cases populate,zap --boots 2
	json "$DIR/r" '[b["seed"] for b in blocks if not b["warmup"] and b["boot"] == 0 and b["case"] == "zap"] == list(range(1, 9))'
	json "$DIR/r" 'all({**a, "boot": 1} == b for a, b in zip([b for b in blocks if b["boot"] == 0],
		[b for b in blocks if b["boot"] == 1]))'
	json "$DIR/r" 'len({b["metrics"]["fault_mean"]["v"] for b in blocks if b["case"] == "populate"}) > 4'
}

# Time that is charged twice at yield points is not waited less than nothing.
test_waits_for_mmu_lock_are_not_below_zero()
{
	lab_rc 0 "$DIR/r" --quick --clock count --variants freeze,freeze-batched --cases zap-vs-fault
	json "$DIR/r" "$CLEAN and any(b['counters'].get('mmu_lock.write_waited') for b in blocks)"
}

# Where QEMU ends a time slice inside softtdx what the other CPUs do then is not softtdx's: among so many seeds some
# tick falls so, and would add a tick's work on another CPU, 30,000 instructions, to the module's part.
test_a_time_slice_is_booked_to_nobody_else()
{
	lab_rc 0 "$DIR/r" --clock count --pages 256 --vcpus 2 --seeds 1-64 --variants freeze-batched --cases zap-running
	json "$DIR/r" "$CLEAN and len(blocks) == 65"
	json "$DIR/r" 'all(v / sorted(all_)[32] < 1.04 for all_ in
		[[b["metrics"]["zap_per_page"]["parts"]["module"] for b in blocks]] for v in all_)'
	# Every vCPU is inside when the zap begins.
	json "$DIR/r" 'all(0.7 < v / sorted(all_)[32] < 1.3 for all_ in
		[[b["metrics"]["zap_per_page"]["v"] for b in blocks]] for v in all_)'
	# A zap may end before a vCPU that it kicked is back: no turn of the payload's, in few blocks.
	json "$DIR/r" 'sum(b["time"]["driver"] > 0 for b in blocks) >= 58'
}
