# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A guest of our own making, where the lab's does not do: a few programs, a script as init. Sourced.

# A line for each file that PROGRAM needs, itself as NAME.
program_lines()
{
	local name=$1 path=$2
	echo "file $name $path 0755 0 0"
	{ ldd "$path" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | sort -u | while read -r path; do
		echo "file $path $(readlink -f "$path") 0755 0 0"
	done
}

# tool_lines NAME[:AS]...: programs of this machine, in the guest's /bin.
tool_lines()
{
	local tool
	for tool; do
		program_lines "/bin/${tool#*:}" "$(command -v "${tool%:*}")"
	done
}

# write_initramfs KERNEL-BUILD OUT: from lines of gen_init_cpio on stdin, in any order; adds the folders that they need.
write_initramfs()
{
	local tmp dir
	tmp=$(mktemp "$2.XXXXXX")
	# Files come once, and every folder before what is in it.
	{
		for dir in dev proc sys run tmp; do
			echo "dir /$dir 0755 0 0"
		done
		echo "nod /dev/console 0600 0 0 c 5 1"
		cat
	} | sort -u | awk '{
		n = split($2, p, "/"); d = ""
		for (i = 2; i < n + ($1 == "dir"); i++) { d = d "/" p[i]; if (!seen[d]++) print "dir " d " 0755 0 0" }
		if ($1 != "dir") print
	}' >"$tmp"
	"$1/usr/gen_init_cpio" "$tmp" >"$2"
	rm -f "$tmp"
}

# boot_guest KERNEL-BUILD FOLDER SECONDS ARGUMENT...: FOLDER has initrd.cpio and gets console.log; the arguments are
# QEMU's. Memory ends at a multiple of 64 pages: page_idle's bitmap has whole words alone, and that is how it is read.
boot_guest()
{
	local build=$1 dir=$2 seconds=$3
	shift 3
	timeout "$seconds" qemu-system-x86_64 -no-user-config -nodefaults -display none -no-reboot -m 2048M \
		-cpu max,vendor=AuthenticAMD,phys-bits=48,+svm,+npt,-la57,-erms,-fsrm,-hypervisor \
		-serial "file:$dir/console.log" -kernel "$build/arch/x86/boot/bzImage" -initrd "$dir/initrd.cpio" \
		-append "console=ttyS0 no5lvl nokaslr mem=2040M panic=-1 tsc=reliable loglevel=5 no_timer_check" "$@"
}
