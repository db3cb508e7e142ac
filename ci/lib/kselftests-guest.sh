#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# PID 1 of the guest of ci/kselftests: loads KVM, runs the tests of /tests.list (SECONDS NAME PROGRAM ARGUMENT...), each
# followed by "KST NAME STATUS" on the console, and before that what it said last as "KST| ..." if it did not pass.
export PATH=/bin HOME=/

mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mount -t debugfs debug /sys/kernel/debug
exec </dev/console >/dev/console 2>&1

for module in irqbypass kvm kvm-amd; do
	[ ! -f /modules/$module.ko ] || insmod /modules/$module.ko || echo "KST| insmod $module failed"
done
# What dirty_log_page_splitting_test wants, and x86/nx_huge_pages_test with what its script sets.
huge=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
[ ! -f $huge ] || echo 32 >$huge
parameters=/sys/module/kvm/parameters
nx_huge_pages()
{
	echo "$1" >$parameters/nx_huge_pages
	echo "$2" >$parameters/nx_huge_pages_recovery_ratio
	echo "$3" >$parameters/nx_huge_pages_recovery_period_ms
}

while read -r seconds name program args; do
	[ "$name" != nx-huge-pages ] || nx_huge_pages force 1 100
	read -r start _ </proc/uptime
	# shellcheck disable=SC2086 # several words
	timeout -k 5 "$seconds" "/tests/$program" $args </dev/null >/tmp/out 2>&1
	rc=$?
	[ "$name" != nx-huge-pages ] || nx_huge_pages auto 60 0
	[ $rc -eq 0 ] || tail -n 12 /tmp/out | while read -r line; do echo "KST| $line"; done
	read -r now _ </proc/uptime
	echo "KST $name $rc $start $now"
done </tests.list
for module in kvm_amd kvm irqbypass; do
	[ ! -d /sys/module/$module/holders ] || rmmod $module || echo "KST unload 1"
done
echo "KST end 0"
# The end of init is a panic, which does not wait for what the serial port still has to send.
sleep 2
