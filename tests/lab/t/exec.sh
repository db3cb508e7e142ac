# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of lab --exec: somebody's programs over softtdx. Sourced by tests/lab/run.

EXEC_C=$HERE/exec_program.c

# program NAME OPTION...: a static program without a C library, which does what -DDO says.
program()
{
	local name=$1
	shift
	cc -O1 -ffreestanding -fno-stack-protector -nostdlib -static -o "$DIR/$name" "$@" "$EXEC_C"
}

# Every way to end, told apart; the one after a bad one runs all the same, and so does the next variant.
test_programs_run_over_softtdx()
{
	program td -DDO_TD
	program seven -DDO_SEVEN
	program crash -DDO_CRASH
	program loop -DDO_LOOP
	lab_rc 3 "$DIR/log" --variants freeze,freeze-batched --exec "$DIR/td" --exec "$DIR/crash" --exec "$DIR/loop" \
		--exec "$DIR/seven" --exec-limit 2
	for variant in freeze freeze-batched; do
		grep -qx "$variant: td: exit status 0" "$DIR/stdout" || fail "td: $(cat "$DIR/stdout")"
		grep -qx "$variant: seven: exit status 7" "$DIR/stdout" || fail "seven: $(cat "$DIR/stdout")"
		grep -qx "$variant: crash: crashed: signal 11, Segmentation fault" "$DIR/stdout" || fail "crash"
		grep -qx "$variant: loop: ended: the time limit of 2 s was over" "$DIR/stdout" ||
			fail "loop: $(tail -n 20 "$DIR/msg")"
	done
	# KVM_CAP_VM_TYPES of KVM's TDX code over softtdx: TDs are there.
	[ "$(grep -cx 'this KVM has TDs' "$DIR/log")" -eq 2 ] || fail "the log: $(cat "$DIR/log")"
	says '^septbench: 2 of 8 ended with exit status 0; what they said: .*/log$'
	lab_rc 0 "$DIR/log2" --variants freeze --exec "$DIR/td"
}

# The lab's kernel is a TDX host's, no guest's. A guest's spinlocks are test-and-set: a CPU that asked for one in turns of
# QEMU's got it never, as another looped in user space and held that lock whenever it was the first one's turn (40 s of the
# guest's and more, by seed and binary).
test_the_lab_s_kernel_queues_for_its_locks()
{
	program bare -DDO_BARE
	lab_rc 0 "$DIR/log" --variants freeze --exec "$DIR/bare"
}

# Each gets its own, and another none.
test_programs_get_their_arguments()
{
	cc -O1 -static -o "$DIR/args" -x c - <<-'C'
		#include <stdio.h>
		int main(int argc, char **argv) { return argc < 2 ? 0 : printf("%s;%s\n", argv[1], argv[argc - 1]) - 1; }
	C
	lab_rc 3 "$DIR/log" --variants freeze --exec "$DIR/args" --exec-arg -d --exec-arg n=2 --exec "$DIR/args"
	grep -qx 'freeze: args: exit status 6' "$DIR/stdout" || fail "$(cat "$DIR/stdout")"
	grep -qx 'freeze: args: exit status 0' "$DIR/stdout" || fail "$(cat "$DIR/stdout")"
	grep -qx -- '-d;n=2' "$DIR/log" || fail "the log: $(cat "$DIR/log")"
}

# A guest's kernel gets a #VE for a page that it has not accepted, unless the TD has SEPT_VE_DISABLE, and the NMIs that
# its host sends. Its CR8 is the virtual APIC's TPR. Its VMM is told the processor's CPUID before there is any vCPU.
test_a_guest_gets_ve_of_a_pending_page_and_nmis()
{
	local headers
	headers=$("$ROOT/kmod/kernel-headers" "$TREE")
	cc -std=gnu11 -O1 -static -isystem "$headers" -o "$DIR/events" "$HERE/exec_events.c"
	cc -std=gnu11 -O1 -static -isystem "$headers" -DVE_DISABLE -o "$DIR/disabled" "$HERE/exec_events.c"
	lab_rc 0 "$DIR/log" --variants freeze --exec "$DIR/events" --exec "$DIR/disabled" --exec-limit 20 ||
		fail "$(cat "$DIR/log")"
	grep -qx 'TPR by CR8: 0x50' "$DIR/log" || fail "the log: $(cat "$DIR/log")"
	grep -qx 'ACCEPT: 0x0' "$DIR/log" || fail "the log: $(cat "$DIR/log")"
	grep -qx 'KVM_RUN: Input/output error' "$DIR/log" || fail "the log: $(cat "$DIR/log")"
}

# A page that another vCPU had added between a vCPU's fault and its exit was not pending when it faulted: the host,
# which would end the TD for that, is not told so. The yield point between the two lets others in.
test_a_page_added_meanwhile_was_not_pending()
{
	local headers
	headers=$("$ROOT/kmod/kernel-headers" "$TREE")
	cc -std=gnu11 -O1 -static -pthread -isystem "$headers" -DRACE -o "$DIR/race" "$HERE/exec_events.c"
	lab_rc 0 "$DIR/log" --clock count --seed 1 --vcpus 3 --softtdx yield=4 --variants freeze,split-zap \
		--exec "$DIR/race" --exec-limit 60 || fail "$(cat "$DIR/log")"
	[ "$(grep -cx 'holes: 50' "$DIR/log")" -eq 2 ] || fail "the log: $(cat "$DIR/log")"
}

test_programs_that_cannot_run_are_refused()
{
	cc -o "$DIR/dynamic" -x c - <<<'int main(void) { return 0; }'
	lab_rc 4 "$DIR/log" --variants freeze --exec "$DIR/dynamic"
	says '^septbench: --exec .*/dynamic: not static: it wants a loader'
	printf '#!/bin/sh\n' >"$DIR/script"
	lab_rc 4 "$DIR/log" --variants freeze --exec "$DIR/script"
	says '^septbench: --exec .*/script: not executable$'
	chmod +x "$DIR/script"
	lab_rc 4 "$DIR/log" --variants freeze --exec "$DIR/script"
	says '^septbench: --exec .*/script: not an ELF file'
	lab_rc 4 "$DIR/log" --variants freeze --exec "$DIR/nosuch"
	says '^septbench: --exec .*/nosuch: No such file or directory$'
	lab_rc 2 "$DIR/log" --variants freeze --exec-arg -d
	says '^septbench: --exec-arg -d: of no program'
	program td -DDO_TD
	lab_rc 2 "$DIR/log" --variants freeze --exec "$DIR/td" --exec-arg 'a b'
	says '^septbench: --exec-arg a b: has to be printable'
	lab_rc 2 "$DIR/log" --variants freeze --exec "$DIR/td" --explain
	says '^septbench: --exec measures nothing: not with'
}
