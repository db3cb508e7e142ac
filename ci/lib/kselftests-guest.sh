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
while read -r seconds name program args; do
	# shellcheck disable=SC2086 # several words
	timeout -k 5 "$seconds" "/tests/$program" $args </dev/null >/tmp/out 2>&1
	rc=$?
	[ $rc -eq 0 ] || tail -n 12 /tmp/out | while read -r line; do echo "KST| $line"; done
	echo "KST $name $rc"
done </tests.list
for module in kvm_amd kvm irqbypass; do
	[ ! -d /sys/module/$module/holders ] || rmmod $module || echo "KST unload 1"
done
echo "KST end 0"
# The end of init is a panic, which does not wait for what the serial port still has to send.
sleep 2
