# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of `septbench host` and `run`, in a guest that stands for a host: a distribution's modules in
# /lib/modules, a real kernel, no init but a script. Sourced by tests/lab/run.

# A line for each file that PROGRAM needs, itself as NAME.
program_lines()
{
	local name=$1 path=$2
	echo "file $name $path 0755 0 0"
	ldd "$path" | grep -o '/[^ ]*' | sort -u | while read -r path; do
		echo "file $path $(readlink -f "$path") 0755 0 0"
	done
}

host_modules()
{
	local build=$1 release=$2 root=$DIR/root to mods=$3 batched=$4 unpatched=$5 bad
	to=$root/lib/modules/$release
	mkdir -p "$to"
	cp "$unpatched"/*.ko "$unpatched/tdx/kvm-intel.ko" "$to/"
	cp "$build"/modules.{order,builtin,builtin.modinfo} "$to/"
	depmod -b "$root" "$release" 2>/dev/null
	mkdir -p "$root/modules" "$root/bad"
	cp -r "$mods" "$root/modules/freeze"
	cp -r "$batched" "$root/modules/freeze-batched"
	for bad in vermagic kernel vendor; do
		cp -r "$mods" "$root/bad/$bad"
	done
	sed -i "s/vermagic=./vermagic=9/" "$root/bad/vermagic/kvm.ko"
	sed -i 's/^vmlinux ../vmlinux 00/' "$root/bad/kernel/manifest"
	truncate -s 5000 "$root/bad/vendor/soft/kvm-intel.ko"
}

host_initramfs()
{
	local build=$1 tool
	for tool in killat nocap; do
		gcc -shared -fPIC -o "$DIR/$tool.so" "$ROOT/tests/host/$tool.c" -ldl
	done
	{
		for tool in dash:sh cat:cat sleep:sleep mount:mount taskset:taskset kmod:modprobe kmod:modinfo; do
			program_lines "/bin/${tool#*:}" "$(command -v "${tool%:*}")"
		done
		program_lines /bin/septbench "$SEPTBENCH"
		for tool in killat nocap; do
			echo "file /$tool.so $DIR/$tool.so 0755 0 0"
		done
		echo "file /init $ROOT/tests/host/guest.sh 0755 0 0"
		for tool in dev proc sys run tmp full; do
			echo "dir /$tool 0755 0 0"
		done
		echo "nod /dev/console 0600 0 0 c 5 1"
		(cd "$DIR/root" && find . -mindepth 1 -printf '%y %P\n') | sed -e "s,^d \(.*\),dir /\1 0755 0 0," \
			-e "s,^f \(.*\),file /\1 $DIR/root/\1 0644 0 0,"
	} >"$DIR/list.all"
	# Libraries come once, and every folder before what is in it.
	sort -u "$DIR/list.all" >"$DIR/list.files"
	{
		awk '$1 != "dir" { n = split($2, p, "/"); d = ""; for (i = 2; i < n; i++) { d = d "/" p[i]; print "dir " d " 0755 0 0" } }' \
			"$DIR/list.files"
		grep '^dir' "$DIR/list.files"
	} | sort -u >"$DIR/list"
	grep -v '^dir' "$DIR/list.files" >>"$DIR/list"
	"$build/usr/gen_init_cpio" "$DIR/list" >"$DIR/initrd.cpio"
}

test_modules_of_a_host_are_swapped_and_put_back()
{
	local build mods batched unpatched
	build=$("$ROOT/kmod/kernel-build" "$TREE" plain)
	unpatched=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant unpatched)
	mods=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant freeze)
	batched=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant freeze-batched)
	host_modules "$build" "$(cat "$build/include/config/kernel.release")" "$mods" "$batched" "$unpatched"
	host_initramfs "$build"
	timeout 900 qemu-system-x86_64 -no-user-config -nodefaults -display none -no-reboot -smp 2 -m 2048M \
		-cpu max,vendor=AuthenticAMD,phys-bits=48,+svm,+npt,-la57,-erms,-fsrm,-hypervisor -accel tcg,thread=single \
		-serial "file:$DIR/console.log" -kernel "$build/arch/x86/boot/bzImage" -initrd "$DIR/initrd.cpio" \
		-append "console=ttyS0 no5lvl panic=-1 tsc=reliable loglevel=4 no_timer_check" || true
	tr -d '\r' <"$DIR/console.log" >"$DIR/msg"
	grep -q '^RESULT end' "$DIR/msg" || { tail -n 30 "$DIR/msg" >&2; fail "the guest did not come to its end"; }
	! grep -B 12 '^RESULT FAIL' "$DIR/msg" >&2 || fail "see above"
	[ "$(grep -c '^RESULT ok' "$DIR/msg")" -eq 19 ] || fail "not every part was run"
}
