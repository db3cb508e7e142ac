# SPDX-License-Identifier: GPL-2.0-or-later
# What quickstart and test share: packages, and a build of the program. Sourced, never run.
# shellcheck shell=bash

set -eu -o pipefail
export LC_ALL=C.UTF-8

ROOT=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
BUILD=$ROOT/build
SEPTBENCH=$BUILD/cli/septbench

# shellcheck source=kmod/say.sh
. "$ROOT/kmod/say.sh"

# Debian packages that a script needs beside those of ci/lib/packages.
PACKAGES=()

# results VERB FILE: what the one reader of result files says (ci/lib/results).
results()
{
	PYTHONPATH=$ROOT/ci/lib python3 -m results "$@"
}

# new_stem KIND: where results of now go, without an ending.
new_stem()
{
	mkdir -p "$ROOT/results"
	echo "$ROOT/results/$1-$(date +%Y%m%d-%H%M%S)"
}

# packages COLUMN: "NEED NAME" for each package of that distribution (ci/lib/packages).
packages()
{
	awk -v column="$1" '!/^#/ && $column != "-" { print $1, $column }' "$ROOT/ci/lib/packages"
}

missing_packages()
{
	local p
	{ packages 2 && printf -- '- %s\n' "${PACKAGES[@]}"; } | while read -r _ p; do
		[ -z "$p" ] || dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || echo "$p"
	done
}

have()
{
	case $1 in
	pc:*) pkg-config --exists "${1#pc:}" ;;
	py:*) python3 "$ROOT/ci/lib/has_module.py" "${1#py:}" ;;
	*.h) echo "#include <$1>" | gcc -E -x c - ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# On a machine without dpkg: goes on if all is there, else says what is missing, by the names of this distribution.
check_packages()
{
	local column=2 of=Debian how="install the equivalents of" missing
	case " $(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}") " in
	*" fedora "*) column=3 of=Fedora how="dnf install" ;;
	*" arch "*) column=4 of=Arch how="pacman -S" ;;
	*suse*) column=5 of=openSUSE how="zypper install" ;;
	esac
	missing=$(packages $column | while read -r need name; do
		[ "$need" = - ] || have "$need" || echo "$name"
	done | paste -sd' ')
	[ -z "$missing" ] || die 4 "packages are missing (by the names of $of); as root: $how $missing"
}

# As root, or through sudo for this alone.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		sudo "$@"
	else
		die 4 "packages are missing, and this is neither root nor may it use sudo; as root: apt-get install --no-install-recommends ${MISSING[*]}"
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
	if ! command -v dpkg-query >/dev/null; then
		check_packages
		return
	fi
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
	# What a compiler of tomorrow warns of is shown, and keeps nobody from measuring; the tests take no warning.
	options=(-Dkernel_headers="$headers" -Dlibperf="$libperf" -Dwerror="$([ $# -gt 1 ] && echo true || echo false)")
	say "building the program (about 20 s)"
	# Two at once in one build folder would trip over each other.
	[ -w "$ROOT" ] && { [ ! -e "$ROOT/.build.lock" ] || [ -w "$ROOT/.build.lock" ]; } && { [ ! -e "$BUILD" ] || [ -w "$BUILD" ]; } ||
		die 4 "$ROOT or what was built in it is another user's and cannot be written; take a copy of your own"
	exec {BUILD_LOCK}>"$ROOT/.build.lock"
	flock "$BUILD_LOCK"
	if [ -f "$BUILD/build.ninja" ]; then
		# Not `configure`: that knows no option that came after the folder was set up.
		meson setup --reconfigure "$BUILD" "$ROOT" "${options[@]}" >&2
	else
		meson setup "$BUILD" "$ROOT" "${options[@]}" >&2
	fi || die 4 "meson cannot set up $BUILD; see its message above"
	ninja -C "$BUILD" "${2:-cli/septbench}" >&2 || die 4 "the program does not build in $BUILD; see the message above"
	ln -sfn cli/septbench "$BUILD/septbench"
	flock -u "$BUILD_LOCK"
}
