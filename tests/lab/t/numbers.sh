# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: what a run counts, and that it counts the same twice. Sourced by tests/lab/run.

test_batching_saves_tracks()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze,freeze-batched
	json "$DIR/r" "all(b['metrics']['tracks_per_page']['v'] == 1 for b in blocks if b['variant'] == 'freeze')"
	json "$DIR/r" "all(b['metrics']['tracks_per_page']['v'] < 0.1 for b in blocks if b['variant'] == 'freeze-batched')"
}

# restless_qemu: puts a QEMU in the PATH whose main loop is awake all the time, as on a host that is busy just
# when it matters.
restless_qemu()
{
	local real
	real=$(command -v qemu-system-x86_64)
	cc -O2 -shared -fPIC -o "$DIR/restless.so" "$HERE/restless.c" || fail "restless.c does not compile"
	mkdir "$DIR/bin"
	cat >"$DIR/bin/qemu-system-x86_64" <<-END
		#!/bin/sh
		LD_PRELOAD=\$LD_PRELOAD:$DIR/restless.so exec $real "\$@"
	END
	chmod +x "$DIR/bin/qemu-system-x86_64"
	PATH=$DIR/bin:$PATH
}

# The second run has the machine's CPUs kept busy, and QEMU's main loop at its worst.
test_count_is_bit_identical_on_a_busy_host()
{
	local busy=() i
	lab_rc 0 "$DIR/a" "${SMALL[@]}" --vcpus 1,2 --variants freeze
	for ((i = 0; i < $(nproc); i++)); do
		timeout 300 sh -c 'while :; do :; done' &
		busy+=($!)
	done
	restless_qemu
	lab_rc 0 "$DIR/b" "${SMALL[@]}" --vcpus 1,2 --variants freeze
	kill "${busy[@]}"
	json "$DIR/a" "len(blocks) > 10"
	cmp "$DIR/a" "$DIR/b" >&2 || { check differing "$DIR/a" "$DIR/b"; fail "two runs with the same seed differ"; }
}

test_guests_of_a_round_run_at_a_time_and_as_if_alone()
{
	local real args=("${SMALL[@]}" --vcpus 1 --cases populate,zap --variants freeze,freeze-batched)
	real=$(command -v qemu-system-x86_64)
	mkdir "$DIR/bin"
	cat >"$DIR/bin/qemu-system-x86_64" <<-END
		#!/bin/sh
		case "\$*" in *--version*) exec $real "\$@" ;; esac
		echo begin >>"$DIR/calls"
		$real "\$@"
		rc=\$?
		echo end >>"$DIR/calls"
		exit \$rc
	END
	chmod +x "$DIR/bin/qemu-system-x86_64"
	PATH=$DIR/bin:$PATH
	lab_rc 0 "$DIR/a" "${args[@]}"
	[ "$(nproc)" -eq 1 ] || [ "$(paste -sd' ' "$DIR/calls")" = "begin begin end end" ] ||
		fail "guests ran: $(paste -sd' ' "$DIR/calls")"
	rm "$DIR/calls"
	taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" "$SEPTBENCH" lab -o "$DIR/b" "${args[@]}" \
		>/dev/null 2>"$DIR/msg" || fail "on one CPU: exit status $?"
	[ "$(paste -sd' ' "$DIR/calls")" = "begin end begin end" ] || fail "guests ran: $(paste -sd' ' "$DIR/calls")"
	json "$DIR/a" "len(blocks) > 3 and $CLEAN"
	cmp <(grep -v '"type":"run"' "$DIR/a") <(grep -v '"type":"run"' "$DIR/b") >&2 || fail "the results differ"
}

test_a_seed_is_a_schedule()
{
	"$HERE/sweep" "$SEPTBENCH" >&2
}

# Within 0.01 %: QEMU 10 is 0.008 % from what 7.2 is, whose figures the lab has.
alike()
{
	[ -n "$1" ] && [ $(($1 > $2 ? $1 - $2 : $2 - $1)) -le $(($2 / 10000)) ]
}

# Without the boot parameter the kernel measures the frequency that the lab tells it, and says so.
test_the_timer_that_the_lab_presets_is_what_the_kernel_finds()
{
	local build hz told lpj found
	build=$("$ROOT/kmod/kernel-build" "$TREE" plain)
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	json "$DIR/r" "'septbench_lapic_hz' in run['env']['kernel_added']"
	told=$(grep -o 'septbench_lapic_hz=[0-9]*' "$DIR/r" | head -n 1 | cut -d= -f2)
	hz=$(sed -n 's/^CONFIG_HZ=//p' "$build/.config")
	timeout 600 qemu-system-x86_64 -no-user-config -nodefaults -display none -no-reboot -m 512M \
		-cpu max,vendor=AuthenticAMD,phys-bits=48,+svm,+npt,-la57,-erms,-fsrm,-hypervisor -accel tcg,thread=single \
		-icount shift=0,sleep=off -serial "file:$DIR/console.log" -kernel "$build/arch/x86/boot/bzImage" \
		-append "console=ttyS0 no5lvl nokaslr panic=-1 tsc=reliable ignore_loglevel apic=verbose" || true
	found=$(sed -n 's/.*calibration result: \([0-9]*\).*/\1/p' "$DIR/console.log")
	alike "$found" $((told / hz)) || fail "the kernel finds ${found:-nothing}, the lab says $told Hz"
	found=$(sed -n 's/.*Calibrating delay loop.*(lpj=\([0-9]*\)).*/\1/p' "$DIR/console.log")
	lpj=$(grep -o ' lpj=[0-9]*' "$DIR/r" | head -n 1 | cut -d= -f2)
	alike "$found" "$lpj" || fail "the kernel finds lpj=${found:-nothing}, the lab says $lpj"
}
