#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# PID 1 of the guest of tests/lab/t/host.sh: a machine whose distribution's KVM modules are swapped for a
# variant's, and back. Prints "RESULT ok|FAIL NAME" lines on the console. /modules/freeze is a folder of
# kmod/build-variant, /bad/* are spoiled copies of it.
export PATH=/bin HOME=/

mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mount -t debugfs debug /sys/kernel/debug
exec </dev/console >/dev/console 2>&1

# rc STATUS COMMAND...: its messages go to /tmp/msg.
rc()
{
	want=$1
	shift
	"$@" >/tmp/out 2>/tmp/msg
	got=$?
	[ $got -eq "$want" ] && return 0
	echo "exit status $got, not $want: $*"
	cat /tmp/out /tmp/msg
	return 1
}

says()
{
	while read -r line; do
		case $line in *"$1"*) return 0 ;; esac
	done </tmp/msg
	echo "nobody said: $1"
	cat /tmp/msg
	return 1
}

has()
{
	case $(cat "$1") in *"$2"*) return 0 ;; esac
	return 1
}

holds()
{
	has "$1" "$2" && return 0
	echo "$1 does not hold $2"
	cat "$1"
	return 1
}

state()
{
	septbench host status
	cat /sys/module/kvm_amd/parameters/nested /sys/module/kvm/parameters/halt_poll_ns
}

as_before()
{
	now=$(state)
	[ "$now" = "$own" ] && return 0
	echo "before: $own"
	echo "now: $now"
	return 1
}

is_variant()
{
	case $(septbench host status) in *"variant freeze, substrate soft"*) return 0 ;; esac
	septbench host status
	return 1
}

wait_for_variant()
{
	tries=300
	while [ $((tries -= 1)) -gt 0 ]; do
		is_variant >/tmp/out && return 0
		sleep 1
	done
	cat /tmp/out /tmp/msg
	return 1
}

load="septbench host load freeze --modules /modules/freeze"
small="--pages 64 --blocks 1 --vcpus 1"

no_tdx_type()
{
	rc 4 septbench run --cases zap $small -o /tmp/zap.jsonl && says 'has no TDX VMs' && [ ! -e /tmp/zap.jsonl ]
}

plain_on_the_distributions_kvm()
{
	rc 0 septbench run --cases plain $small -o /tmp/plain.jsonl &&
		holds /tmp/plain.jsonl '"substrate":"none"' && holds /tmp/plain.jsonl '"conditions":{'
}

# What was measured before the disk was full can be read.
on_a_full_and_a_read_only_disk()
{
	mount -t tmpfs -o size=16k full /full
	rc 3 septbench run --cases plain --pages 64 --blocks 40 --vcpus 1 -o /full/plain.jsonl &&
		says 'cannot be written: No space left on device; those before are kept' &&
		rc 3 septbench export go /full/plain.jsonl && holds /tmp/out 'Benchmark' && says 'cut short' &&
		mount -o remount,ro /full &&
		rc 4 septbench run --cases plain $small -o /full/new.jsonl && says 'new.jsonl: Read-only file system'
}

# Numbers of linux/kvm.h.
refused_by_an_older_kvm()
{
	for cap in 203:KVM_GET_STATS_FD 231:KVM_SET_USER_MEMORY_REGION2 236:KVM_PRE_FAULT_MEMORY; do
		(
			export NOCAP=${cap%:*} LD_PRELOAD=/nocap.so
			rc 4 septbench run --cases plain $small -o /tmp/old.jsonl
		) && says "this KVM has no ${cap#*:}: it needs Linux" && [ ! -e /tmp/old.jsonl ] || return 1
	done
}

# vcpu_thread PID CPU: the driver's thread that has nowhere to run but there.
vcpu_thread()
{
	for task in /proc/"$1"/task/*; do
		[ "${task##*/}" = "$1" ] || ! has "$task/status" "Cpus_allowed_list:	$2
" || echo "${task##*/}"
	done 2>/dev/null
}

wait_for_vcpu_thread()
{
	tries=600
	until thread=$(vcpu_thread $pid 1) && [ -n "$thread" ]; do
		[ $((tries -= 1)) -gt 0 ] || { echo "no thread on CPU 1"; cat /tmp/msg; return 1; }
		sleep 0.1
	done
}

# ended STATUS: the run in the background, $pid.
ended()
{
	wait $pid
	got=$?
	[ $got -eq "$1" ] && return 0
	echo "exit status $got, not $1"
	cat /tmp/msg
	return 1
}

# Another process takes the vCPU's thread from its CPU and back, until a block shows it; later ones are good again.
invalid_if_a_thread_was_moved()
{
	septbench run --cases plain --pages 16384 --blocks 8 --vcpus 1 --placement list:0,1 -o /tmp/moved.jsonl 2>/tmp/msg &
	pid=$!
	wait_for_vcpu_thread || return 1
	until has /tmp/moved.jsonl '"valid":false' || ! kill -0 $pid; do
		for task in $(vcpu_thread $pid 1); do
			taskset -pc 0 "$task"
			taskset -pc 1 "$task"
		done
	done >/tmp/out 2>&1
	ended 3 && says 'of 9 blocks are invalid' &&
		holds /tmp/moved.jsonl '"invalid_reason":"the thread of vCPU 0 ran off its CPU 1"' &&
		holds /tmp/moved.jsonl '"valid":true'
}

invalid_if_a_cpu_went_away()
{
	septbench run --cases plain --pages 65536 --blocks 1 --vcpus 1 --placement list:0,1 -o /tmp/gone.jsonl 2>/tmp/msg &
	pid=$!
	wait_for_vcpu_thread || return 1
	echo 0 >/sys/devices/system/cpu/cpu1/online
	ended 3
	r=$?
	echo 1 >/sys/devices/system/cpu/cpu1/online
	[ $r -eq 0 ] && holds /tmp/gone.jsonl '"invalid_reason":"the thread of vCPU 0 ran off its CPU 1"' &&
		holds /tmp/gone.jsonl '"placement":{"control":[[0,' && ! has /tmp/gone.jsonl '"valid":true'
}

# All that --tune may set, as this kernel has it.
tunables()
{
	for f in $cpus/cpu*/cpufreq/scaling_governor $cpus/intel_pstate/no_turbo $cpus/cpufreq/boost \
		$cpus/cpu*/cpuidle/state*/disable /proc/sys/kernel/numa_balancing $thp; do
		[ ! -e "$f" ] || echo "$f $(cat "$f")"
	done
}

cpus=/sys/devices/system/cpu
thp=/sys/kernel/mm/transparent_hugepage/enabled

as_untuned()
{
	now=$(tunables)
	[ "$now" = "$untuned" ] && [ ! -e /run/septbench/tuning.json ] && return 0
	echo "before: $untuned"
	echo "now: $now"
	return 1
}

tuned_for_a_run()
{
	holds $thp '[always]' && rc 0 septbench run --tune --cases plain $small -o /tmp/tune.jsonl || return 1
	says "tuned $thp: always -> madvise" && as_untuned && ! has /tmp/msg 'changed during the run' &&
		holds /tmp/tune.jsonl '"tuned":true' && holds /tmp/tune.jsonl '"thp":"madvise"'
}

# start_tuned: a run that goes on for long; its process is $pid.
start_tuned()
{
	septbench run --tune --cases plain --pages 4096 --blocks 200 --vcpus 1 -o "/tmp/tuned-$1.jsonl" 2>/tmp/msg &
	pid=$!
	tries=600
	until has /tmp/msg 'block 1 of'; do
		[ $((tries -= 1)) -gt 0 ] || { cat /tmp/msg; return 1; }
		sleep 0.1
	done
	holds $thp '[madvise]'
}

# Not SIGINT, which a shell lets its background jobs ignore.
untuned_on_a_signal()
{
	for sig in TERM HUP; do
		start_tuned $sig || return 1
		kill -$sig $pid
		ended 3 && as_untuned || return 1
	done
}

untuned_after_a_kill()
{
	start_tuned KILL || return 1
	kill -KILL $pid
	wait $pid
	holds $thp '[madvise]' && rc 4 septbench run --tune --cases plain $small -o /tmp/no.jsonl && says 'changed already' &&
		rc 0 septbench host restore && as_untuned
}

refused_while_kvm_is_open()
{
	exec 9</dev/kvm
	rc 4 $load && says 'is in use (1 times) by 1 (' && as_before
	r=$?
	exec 9<&-
	return $r
}

refused_for_another_kernel()
{
	rc 4 septbench host load freeze --modules /bad/vermagic && says 'is for the kernel "9' && as_before &&
		rc 4 septbench host load freeze --modules /bad/kernel && says 'with build id 00' && as_before
}

refused_under_another_name()
{
	rc 3 septbench host load other --modules /modules/freeze && says 'is of variant "freeze", not of other' && as_before
}

put_back_after_a_module_that_does_not_load()
{
	rc 3 septbench host load freeze --modules /bad/vendor && says 'loading /bad/vendor/soft/kvm-intel.ko' && as_before
}

loaded_for_a_command()
{
	rc 0 $load -- septbench run --cases zap $small -o /tmp/td.jsonl && as_before &&
		holds /tmp/td.jsonl '"substrate":"soft"' && holds /tmp/td.jsonl '"variant":"freeze"'
}

loaded_until_unloaded()
{
	rc 0 $load && is_variant && rc 4 $load && says 'changed already' &&
		rc 0 septbench host unload && as_before && rc 0 septbench host restore && says 'nothing to put back'
}

# Four loads of each are enough to judge, and then the base is an arm twice.
run_loads_in_turns()
{
	rc 0 septbench run --load --modules /modules --variants freeze-batched,freeze --loads 4 --cases zap $small \
		-o /tmp/ab.jsonl || { cat /tmp/ab.jsonl; return 1; }
	as_before && holds /tmp/ab.jsonl '"boot":3' && holds /tmp/ab.jsonl '"patch":' || return 1
	for arm in freeze freeze@aa freeze-batched; do
		lines=0
		while read -r line; do
			case $line in *"\"variant\":\"$arm\",\"boot\""*) : $((lines += 1)) ;; esac
		done </tmp/ab.jsonl
		[ $lines -eq 8 ] || { echo "$lines blocks of $arm"; return 1; }
	done
	septbench compare /tmp/ab.jsonl >/tmp/out 2>/tmp/msg
	holds /tmp/out 'base freeze, ' && holds /tmp/out 'A/A'
}

put_back_on_a_signal()
{
	$load -- sleep 1000 2>/tmp/msg &
	pid=$!
	wait_for_variant || return 1
	kill -TERM $pid
	wait $pid
	[ $? -eq 3 ] && as_before
}

# Before each of the calls that unload and load a module: two out, two in, and then at the command.
restored_after_a_kill()
{
	for n in 1 2 3 4; do
		KILLAT=$n LD_PRELOAD=/killat.so $load 2>/tmp/msg
		[ $? -eq 137 ] && rc 0 septbench host restore && as_before || return 1
	done
	$load -- sleep 1000 2>/tmp/msg &
	pid=$!
	wait_for_variant || return 1
	kill -KILL $pid
	wait $pid
	is_variant && rc 0 septbench host restore && as_before
}

# And in the middle of putting back.
restored_after_a_killed_restore()
{
	for n in 1 2 3; do
		rc 0 $load || return 1
		KILLAT=$n LD_PRELOAD=/killat.so septbench host restore 2>/tmp/msg
		rc 0 septbench host restore && as_before || return 1
	done
}

# What a distribution's administrator has set: one parameter at loading, one later.
modprobe kvm_amd nested=0
echo 12345 >/sys/module/kvm/parameters/halt_poll_ns
own=$(state)
untuned=$(tunables)
for t in no_tdx_type plain_on_the_distributions_kvm on_a_full_and_a_read_only_disk refused_by_an_older_kvm invalid_if_a_thread_was_moved \
	invalid_if_a_cpu_went_away tuned_for_a_run untuned_on_a_signal untuned_after_a_kill refused_while_kvm_is_open refused_for_another_kernel \
	refused_under_another_name put_back_after_a_module_that_does_not_load loaded_for_a_command \
	loaded_until_unloaded run_loads_in_turns put_back_on_a_signal restored_after_a_kill \
	restored_after_a_killed_restore; do
	if $t; then echo "RESULT ok $t"; else echo "RESULT FAIL $t"; fi
done
echo "RESULT end"
# A panic does not wait for what the console has not sent yet.
sleep 3
# The end of PID 1 is the end of the machine: panic=-1, and QEMU does not reboot.
