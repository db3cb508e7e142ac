# SPDX-License-Identifier: GPL-2.0-or-later
# What quickstart and test share: packages, and a build of the program. Sourced, never run.
# shellcheck shell=bash

set -eu -o pipefail
export LC_ALL=C.UTF-8

ROOT=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
BUILD=$ROOT/build
SEPTBENCH=$BUILD/cli/septbench

# Debian packages: the program, the kernel build, the lab, the plots.
PACKAGES=(
	gcc libc6-dev meson ninja-build pkg-config binutils
	libjson-c-dev libsqlite3-dev libhwloc-dev libnuma-dev libcriterion-dev
	make flex bison bc libelf-dev libssl-dev rsync xz-utils lz4 patch util-linux
	debian-archive-keyring kmod
	qemu-system-x86 gnuplot-nox python3 git
	help2man man-db spin python3-yaml
)

# shellcheck source=kmod/say.sh
. "$ROOT/kmod/say.sh"

missing_packages()
{
	local p
	for p in "${PACKAGES[@]}"; do
		dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || echo "$p"
	done
}

# As root, or through sudo for this alone.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die 4 "packages are missing, and this is neither root nor is there sudo; as root: apt-get install --no-install-recommends ${MISSING[*]}"
	fi
}

apt_install()
{
	# Locks: another apt may be at work, as on a machine that has just started.
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		install --no-install-recommends "${MISSING[@]}" >&2
}

install_packages()
{
	command -v dpkg-query >/dev/null ||
		die 4 "this is no Debian machine; install the equivalents of: ${PACKAGES[*]}"
	mapfile -t MISSING < <(missing_packages)
	[ ${#MISSING[@]} -gt 0 ] || return 0
	say "installing packages: ${MISSING[*]}"
	# The lists may be there and good; only a failure is a reason to fetch them.
	apt_install && return 0
	as_root apt-get -q -o DPkg::Lock::Timeout=300 update >&2 && apt_install ||
		die 4 "cannot install packages: ${MISSING[*]}; see apt's message above"
}

# build_program KERNEL_TREE [TARGET]: "" is the tree that kernel-source fetches; without a target the
# program alone, "all" builds its tests too.
build_program()
{
	local tree headers libperf options
	tree=${1:-$("$ROOT/kmod/kernel-source")}
	headers=$("$ROOT/kmod/kernel-headers" "$tree")
	# A tree without it has said so; all but --events works.
	libperf=$("$ROOT/kmod/kernel-libperf" "$tree") || libperf=
	options=(-Dkernel_headers="$headers" -Dlibperf="$libperf")
	say "building the program (about 20 s)"
	# Two at once in one build folder would trip over each other.
	exec {BUILD_LOCK}>"$ROOT/.build.lock"
	flock "$BUILD_LOCK"
	if [ -f "$BUILD/build.ninja" ]; then
		# Not `configure`: that knows no option that came after the folder was set up.
		meson setup --reconfigure "$BUILD" "$ROOT" "${options[@]}" >&2
	else
		meson setup "$BUILD" "$ROOT" "${options[@]}" >&2
	fi
	ninja -C "$BUILD" "${2:-cli/septbench}" >&2
	ln -sfn cli/septbench "$BUILD/septbench"
	flock -u "$BUILD_LOCK"
}
