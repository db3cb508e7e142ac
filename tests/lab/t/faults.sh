# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: bad input, broken guests, interruptions. Sourced by tests/lab/run.

# A source folder like ours, in which one script can be replaced by one of the same name.
fake_source()
{
	local src=$DIR/src
	rm -rf "$src"
	mkdir -p "$src/kmod"
	ln -s "$ROOT"/kmod/* "$src/kmod/"
	ln -s "$ROOT/patches" "$src/patches"
	rm "$src/kmod/$1"
	{ echo "#!/bin/bash"; echo "set -eu -o pipefail"; cat; } >"$src/kmod/$1"
	chmod +x "$src/kmod/$1"
}

test_modules_of_another_variant_are_refused()
{
	fake_source build-variant <<-END
		[ "\${!#}" != --list ] || exec $ROOT/kmod/build-variant "\$@"
		out=\$($ROOT/kmod/build-variant "\$@")
		other=\$($ROOT/kmod/build-variant "\${@:1:5}" freeze-batched)
		rm -rf $DIR/mods && cp -r "\$other" $DIR/mods
		cp "\$out/manifest" $DIR/mods/manifest
		echo $DIR/mods
	END
	SEPTBENCH_SRC=$DIR/src lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	says 'not the variant that was asked for'
	json "$DIR/r" "not blocks"
}

# The kernel's entry point becomes other code: the guest dies, or hangs, before it can say anything.
broken_kernel()
{
	fake_source kernel-build <<-END
		real=\$($ROOT/kmod/kernel-build "\$@")
		mkdir -p $DIR/broken/arch/x86/boot
		image=$DIR/broken/arch/x86/boot/bzImage
		cp "\$real/arch/x86/boot/bzImage" "\$image"
		sects=\$(od -An -tu1 -j497 -N1 "\$image")
		printf '$1' | dd of="\$image" bs=1 seek=\$(((sects + 1) * 512)) conv=notrunc status=none
		printf '%s\n' "\$real" >$DIR/real
		echo $DIR/broken
	END
	rm "$DIR/src/kmod/build-variant"
	cat >"$DIR/src/kmod/build-variant" <<-END
		#!/bin/bash
		args=("\$@")
		for i in "\${!args[@]}"; do [ "\${args[i]}" != $DIR/broken ] || args[i]=\$(cat $DIR/real); done
		exec $ROOT/kmod/build-variant "\${args[@]}"
	END
	chmod +x "$DIR/src/kmod/build-variant"
}

test_triple_fault_is_an_invalid_run()
{
	broken_kernel '\x0f\x0b'
	SEPTBENCH_SRC=$DIR/src lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	says 'ended without a word'
	json "$DIR/r" "not blocks and end[0]['status'] == 3"
}

test_hung_guest_is_ended_and_its_log_kept()
{
	broken_kernel '\xeb\xfe'
	SEPTBENCH_SRC=$DIR/src lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze --timeout 3
	says 'the guest hangs'
	says 'whole console log'
	[ -f "$DIR/r.freeze-boot0.log" ] || fail "no console log was kept"
}

# Here "freeze" is a variant whose kvm.ko never comes to the end of its loading (under that name only one file
# is compiled anew). The one beside it is measured all the same.
test_a_variant_that_hangs_the_guest_stops_itself_only()
{
	local file=arch/x86/kvm/mmu/mmu.c series line
	rm -rf "$DIR/patches"
	cp -r "$ROOT/patches" "$DIR/patches"
	# The first line of its body, and the empty one after it.
	line=$(($(grep -n -m 1 -x 'int kvm_mmu_vendor_module_init(void)' "$TREE/$file" | cut -d: -f1) + 2))
	for series in "$DIR"/patches/*/freeze; do
		echo hang.patch >"$series/series"
		printf -- '--- a/%s\n+++ b/%s\n@@ -%d,2 +%d,4 @@\n %s\n+\twhile (1)\n+\t\tcpu_relax();\n \n' \
			$file $file "$line" "$line" "$(sed -n "${line}p" "$TREE/$file")" >"$series/hang.patch"
	done
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap \
		--variants freeze,freeze-batched --timeout 30
	says 'freeze, boot 0.*the guest hangs'
	[ -f "$DIR/r.freeze-boot0.log" ] || fail "no console log was kept"
	json "$DIR/r" "{b['variant'] for b in blocks} == {'freeze-batched'} and $CLEAN and end[0]['status'] == 3"
}

test_bad_options_are_usage_errors()
{
	lab_rc 2 "$DIR/r" "${SMALL[@]}" --variants nosuch
	says 'no variant, file or folder "nosuch"'
	lab_rc 2 "$DIR/r" "${SMALL[@]}" --cases nosuch
	says 'no case "nosuch"'
	lab_rc 2 "$DIR/r" --nosuch
	says 'unknown option'
	lab_rc 2 "$DIR/r" --flavour nosuch
	lab_rc 2 "$DIR/r" --profile nosuch
	says '--profile nosuch: No such file or directory; all-zero and tdx-estimate are built in'
	lab_rc 2 "$DIR/r" --numa 3 --smp 2
	lab_rc 2 "$DIR/r" --variants freeze --vcpus 128
	says '129 CPUs for the vCPUs and the control thread: the lab has 128, --flavour wide 255'
	lab_rc 4 "$DIR/no/such/folder/r" --variants freeze
	[ ! -e "$DIR/r" ] || fail "a result file was made"
}

test_help_of_a_verb_is_what_its_option_says()
{
	local verb verbs
	mapfile -t verbs < <("$SEPTBENCH" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	[ ${#verbs[@]} -ge 15 ] || fail "only ${#verbs[@]} verbs"
	for verb in "${verbs[@]}"; do
		"$SEPTBENCH" help "$verb" >"$DIR/help" || fail "help $verb: exit status $?"
		"$SEPTBENCH" "$verb" --help | cmp - "$DIR/help" >&2 || fail "help $verb is not $verb --help"
	done
	! "$SEPTBENCH" help nosuch 2>"$DIR/msg" || fail "help of no verb"
	says 'there is no verb "nosuch"'
}

test_results_are_not_overwritten()
{
	local rc=0
	echo precious >"$DIR/old"
	"$SEPTBENCH" lab -o "$DIR/old" --variants freeze 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq 2 ] || fail "exit status $rc"
	says 'not overwritten'
	[ "$(cat "$DIR/old")" = precious ] || fail "the file was changed"
}

test_no_qemu_cannot_run()
{
	mkdir -p "$DIR/bin"
	ln -sf /usr/bin/* /usr/sbin/* "$DIR/bin/"
	rm -f "$DIR"/bin/qemu-system-*
	PATH=$DIR/bin lab_rc 4 "$DIR/r" --variants freeze
	says 'install qemu-system-x86'
	PATH=$DIR/bin "$SEPTBENCH" doctor >"$DIR/msg" && fail "doctor found nothing wrong"
	says '--  qemu-system-x86_64: install'
}

test_trees_without_hooks_are_refused()
{
	mkdir -p "$DIR/tree/arch/x86/kvm/mmu" "$DIR/tree/arch/x86/include/asm"
	lab_rc 4 "$DIR/r" --variants freeze --kernel "$DIR/tree"
	says 'not a Linux kernel tree'
	printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n' >"$DIR/tree/Makefile"
	lab_rc 4 "$DIR/r" --variants freeze --kernel "$DIR/tree"
	says 'lacks the TDX MMU hooks'
	lab_rc 2 "$DIR/r" --variants freeze --kernel "$DIR/nosuch"
	says '^septbench: --kernel .*/nosuch: No such file or directory$'
}

test_an_interrupted_run_keeps_its_blocks()
{
	local pid qemu rc=0 i
	"$SEPTBENCH" lab -o "$DIR/r" --pages 1024 --blocks 50 --clock count --vcpus 1 --cases populate,zap \
		--variants freeze,freeze-batched >/dev/null 2>"$DIR/msg" &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		[ ! -f "$DIR/r" ] || [ "$(wc -l <"$DIR/r")" -lt 3 ] || break
		sleep 0.2
	done
	qemu=$(pgrep -P "$pid") || fail "no QEMU runs"
	kill -TERM "$pid"
	wait "$pid" || rc=$?
	[ "$rc" -eq 3 ] || fail "exit status $rc"
	says 'interrupted'
	json "$DIR/r" "len(blocks) >= 2 and $CLEAN and end[0]['status'] == 3 and end[0]['blocks'] == len(blocks)"
	for qemu in $qemu; do
		! kill -0 "$qemu" 2>/dev/null || fail "QEMU lives on"
	done
}

test_a_truncated_file_is_still_read()
{
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze,freeze-batched
	head -c -40 "$DIR/r" >"$DIR/cut"
	local rc=0
	"$SEPTBENCH" compare "$DIR/cut" --base freeze >"$DIR/table" 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq 3 ] || fail "exit status $rc"
	[ "$(wc -l <"$DIR/msg")" -ge 1 ] || fail "nothing was said about it"
	echo '{"hello": 1}' >"$DIR/foreign"
	rc=0
	"$SEPTBENCH" compare "$DIR/foreign" >/dev/null 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq 3 ] || [ "$rc" -eq 2 ] || fail "exit status $rc for a foreign file"
}

# PASS COUNTER...: in the line of this pass of --inject, all of these are more than nothing.
injected()
{
	local pass=$1
	shift
	json "$DIR/r" "[b for b in blocks if b['params']['inject'] == '$pass' and not b['valid'] and
		all(b['counters']['injected.' + n] for n in '$*'.split())]"
}

test_tds_live_through_injected_faults()
{
	lab_rc 0 "$DIR/r" --inject busy,signals,busy+slots,kill,grace --seeds 1-2 --vcpus 2 --pages 64 --variants freeze \
		--softtdx hp_timeout=2000
	injected busy busy holes tds_survived
	injected signals signals run_eintr tds_survived
	# A call that is refused and never made again must not leave the guest's ACCEPTs waiting for it.
	injected busy+slots busy slots run_efault tds_survived
	injected kill kills
	injected grace rcu_holds tds_survived
	json "$DIR/r" "not any(b['valid'] for b in blocks)"
}

# A page table goes while other zaps and faults are under way in it: with a SEAMCALL that cannot walk there any more, or a
# table that is taken for empty, the VM would be dead.
test_zaps_of_a_page_table_can_overlap()
{
	lab_rc 0 "$DIR/r" --inject slots --seeds 1-2 --vcpus 2 --pages 64 --variants rcu-zap
	injected slots slots holes pruned_tables tds_survived
}

# What needs the debug kernel; ci/faults does all of it with every variant.
test_slow_tds_live_through_failing_allocations()
{
	lab_rc 0 "$DIR/r" --flavour debug --inject slab,pages,pressure,mix --seeds 1-2 --vcpus 2 --pages 64 \
		--variants freeze
	says 'kmemleak sees 0 leaked objects'
	injected slab slab slots conversions tds_survived
	injected pages pages run_enomem holes tds_survived
	injected pressure pages_reclaimed tds_survived
	injected mix busy slab pages signals slots kills rcu_holds pages_reclaimed
}

# A softtdx that does not kick: the storm must not be taken for calm.
test_slow_an_injected_fault_that_breaks_a_td_is_seen()
{
	lab_rc 3 "$DIR/r" --inject signals --seeds 1-2 --vcpus 2 --pages 64 --variants freeze --softtdx bug=skip_kick
	says 'SEAMCALL .*failed|WARNING:'
}

# A punched hole that forgets some memory, in the debug kernel. Some hundred objects, for to kmemleak the last hundred or
# so are not leaked: SLUB's lists of free objects still have their addresses.
test_slow_a_leak_is_seen()
{
	local file=virt/kvm/guest_memfd.c line
	rm -rf "$DIR/patches"
	cp -r "$ROOT/patches" "$DIR/patches"
	line=$(($(grep -n -m 1 '^static long kvm_gmem_punch_hole(' "$TREE/$file" | cut -d: -f1) + 1))
	while [ "$(sed -n "${line}p" "$TREE/$file")" != '{' ]; do line=$((line + 1)); done
	while [ -n "$(sed -n "${line}p" "$TREE/$file")" ]; do line=$((line + 1)); done
	printf -- '--- a/%s\n+++ b/%s\n@@ -%d,1 +%d,3 @@\n+\tfor (int i = 0; i < 100; i++)\n+\t\t(void)!READ_ONCE(*(char **)kmalloc(64, GFP_KERNEL));\n \n' \
		$file $file "$line" "$line" >"$DIR/patches/7.3/freeze/leak.patch"
	echo leak.patch >"$DIR/patches/7.3/freeze/series"
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 3 "$DIR/r" --flavour debug --inject busy --seeds 1-1 --vcpus 1 \
		--pages 64 --variants freeze
	says 'kmemleak sees [1-9][0-9]* leaked objects'
}
