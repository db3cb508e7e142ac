# SPDX-License-Identifier: GPL-2.0-only
# Shared by the kernel scripts in this folder; sourced, never run. Results go to stdout, people's
# text to stderr. Exit codes: 2 usage, 3 a build or patch failed, 4 cannot run here.
# shellcheck shell=bash

set -eEu -o pipefail
# A status that is not one of ours is a command that failed where nobody expected it: 1 would be a regression.
trap 'rc=$?; case $rc in [234]) ;; *) die 4 "$0:$LINENO: unexpected failure ($rc)" ;; esac' ERR
export LC_ALL=C

# shellcheck source=kmod/say.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/say.sh"

[ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] ||
	die 4 "neither HOME nor XDG_CACHE_HOME is set: there is no place for what is built; set XDG_CACHE_HOME to a folder you can write"
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/septbench
# shellcheck disable=SC2034 # used by those who source this
JOBS=${SEPTBENCH_JOBS:-$(nproc)}

# A folder of the cache, which may be another's: of root's runs, say.
need_folder()
{
	mkdir -p "$1" 2>/dev/null || die 4 "cannot create $1; set XDG_CACHE_HOME to a folder you can write"
	[ -w "$1" ] || die 4 "$1 is $(stat -c %U "$1")'s and cannot be written; set XDG_CACHE_HOME to a folder of your own"
}

# need_space DIR MEGABYTES WHAT
need_space()
{
	local free_kb
	need_folder "$1"
	free_kb=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
	[ "$((free_kb / 1024))" -ge "$2" ] ||
		WHY=space die 4 "$3 needs $2 MB under $1, $((free_kb / 1024)) MB are free; free some or set XDG_CACHE_HOME"
}

LOCKS=()

# take_lock NAME [-s]: held until the script ends. Locks are by name under the cache, so that two
# runs that need the same thing build it once: the second waits and then finds it done.
take_lock()
{
	local file="$CACHE/lock/$1"
	need_folder "$CACHE/lock"
	[ ! -e "$file" ] || [ -w "$file" ] ||
		die 4 "$file is $(stat -c %U "$file")'s and cannot be written; set XDG_CACHE_HOME to a folder of your own"
	exec {LOCK_FD}>"$file"
	LOCKS+=("$LOCK_FD")
	if ! flock -n ${2:+"$2"} "$LOCK_FD"; then
		say "waiting for another run that holds $file"
		flock ${2:+"$2"} "$LOCK_FD"
	fi
}

# A half-done directory must never be taken for a whole one: work happens in a folder of this name
# beside the target, and a rename makes it real. Left-overs of killed runs go first; the caller
# holds the lock for the target, so nobody else is at work in them.
fresh_tmp()
{
	rm -rf "$1".tmp.*
	mktemp -d "$1.tmp.XXXXXX"
}

# forget_old DIR: what nobody has used for a month goes. Users touch what they use.
forget_old()
{
	find "$1" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +
}

hash_text()
{
	sha256sum | cut -c1-16
}

# how_far FILES SECONDS: "300 of about 1800 files in 60 s, about 5 min still". FILES_EXPECTED is the caller's; empty: nobody knows.
# Of fewer than 50 files nothing follows: the first minute is make's own.
how_far()
{
	local total=${FILES_EXPECTED:-0} still
	if [ "$1" -lt 50 ] || [ "$1" -ge "$total" ]; then
		echo "$1 files in $2 s"
		return
	fi
	still=$(($2 * (total - $1) / $1))
	[ $still -lt 90 ] && still="$still s" || still="$(((still + 30) / 60)) min"
	echo "$1 of about $total files in $2 s, about $still still"
}

# Says every half minute how far the log has got, for as long as the caller lives.
report_progress()
{
	local log=$1 what=$2 fd never start=$SECONDS
	# The locks end with the caller, not with this.
	for fd in "${LOCKS[@]}"; do
		exec {fd}>&-
	done
	# A read that times out instead of a sleep, which would outlive the kill and hold the caller's pipes.
	exec {never}<> <(:)
	while ! read -r -t 30 -u "$never" && kill -0 $$ 2>/dev/null; do
		say "$what: $(how_far "$(grep -c '^  [A-Z]' "$log" || true)" $((SECONDS - start)))"
	done
}

# telling_lines LOG: for people.
telling_lines()
{
	grep -E 'error:|ERROR:|undefined|No space' "$1" | head -n 8 ||
		grep -F '***' "$1" | head -n 8 || tail -n 8 "$1"
}

# takes_more FOLDER: 16 MB? A quota and a limit on a file's size count as a full disk does.
takes_more()
{
	local probe rc=0
	probe=$(mktemp -p "$1" .septbench-probe.XXXXXX 2>/dev/null) || return 1
	(trap '' XFSZ; head -c 16M /dev/zero >"$probe") 2>/dev/null || rc=$?
	rm -f "$probe"
	return $rc
}

# Processes that the kernel has ended for want of memory; 0 where it does not count them.
oom_kills()
{
	awk '$1 == "oom_kill" { n = $2 } END { print n + 0 }' /proc/vmstat 2>/dev/null || true
}

# blame LOG OOM-KILLS-BEFORE: whose fault a make that failed is, from the machine's state and not from its words.
blame()
{
	local text
	text=$(telling_lines "$1" | sed -n 's/^[[:space:]]*//; /./{p;q}')
	if ! takes_more "$CACHE" || ! takes_more "${TMPDIR:-/tmp}"; then
		tell 3 space "no space left in $CACHE or ${TMPDIR:-/tmp}; free some, or set XDG_CACHE_HOME and TMPDIR: $text"
	elif [ "$(oom_kills)" != "$2" ]; then
		tell 3 machine "out of memory: the kernel ended processes during the build; give SEPTBENCH_JOBS a smaller number: $text"
	else
		tell 3 build "$text"
	fi
}

# log_run LOG WHAT COMMAND...: the output goes to LOG; on failure the telling lines are shown.
log_run()
{
	local log=$1 what=$2 rc=0 reporter killed
	shift 2
	killed=$(oom_kills)
	need_folder "$(dirname "$log")"
	# A log of another user is not ours to empty, but to replace.
	rm -f "$log"
	: >"$log"
	report_progress "$log" "$what" >/dev/null &
	reporter=$!
	# A lab that is killed takes this script with it, and make then ends its own.
	setpriv --pdeathsig TERM "$@" </dev/null >"$log" 2>&1 || rc=$?
	kill "$reporter"
	wait "$reporter" 2>/dev/null || true
	[ "$rc" -eq 0 ] && return 0
	telling_lines "$log" >&2
	blame "$log" "$killed"
	say "$what failed (exit $rc); whole log: $log"
	return 3
}

# cached COMPILER: for make, through ccache where it is installed.
cached()
{
	if command -v ccache >/dev/null; then
		echo "env CCACHE_DIR=${CCACHE_DIR:-$CACHE/ccache} ccache $1"
	else
		echo "$1"
	fi
}

# A tree must have what the suite measures, or nothing later can make sense.
check_hooks()
{
	local tree=$1
	[ -f "$tree/Makefile" ] && [ -d "$tree/arch/x86/kvm" ] ||
		WHY=tree die 4 "$tree is not a Linux kernel tree"
	grep -qs 'KVM_X86_OP_OPTIONAL.*(set_external_spte)' "$tree/arch/x86/include/asm/kvm-x86-ops.h" &&
		grep -qs 'FROZEN_SPTE' "$tree/arch/x86/kvm/mmu/spte.h" &&
		[ -f "$tree/arch/x86/kvm/vmx/tdx.c" ] ||
		WHY=tree die 4 "$tree lacks the TDX MMU hooks (set_external_spte, FROZEN_SPTE, vmx/tdx.c); use Linux 7.2 or 7.3"
}

# What is built of a tree is kept under this name: the Debian version for one that we unpacked, the path for one
# that was given (its content may change under us, so nothing about it is trusted without asking make). Our mark
# counts in our cache alone: a copy of a tree has it too, and is somebody's to change.
source_id()
{
	local tree cache
	tree=$(readlink -f "$1")
	cache=$(readlink -m "$CACHE/source")	# which may be a link
	if [[ $tree == "$cache"/* ]] && [ -f "$tree/.septbench-source" ]; then
		head -n 1 "$tree/.septbench-source"
	else
		echo "tree-$(hash_text <<<"$tree")"
	fi
}

# What a tree is, in lines for a manifest: "source ID", and of a git tree "commit ID", "subject TEXT" and, where files are not
# as in that commit, "dirty HASH". A commit that we exported has them in a file; other trees are known by all they hold.
source_lines()
{
	local id
	id=$(source_id "$1")
	if [ "${id#tree-}" = "$id" ] && [ -f "$1/.septbench-commit" ]; then
		cat "$1/.septbench-commit"
	elif [ "${id#tree-}" = "$id" ]; then
		echo "source $id"
	elif [ -e "$1/.git" ]; then
		git_lines "$1"
	else
		echo "source files-$(tree_hash "$1")"
	fi
}

git_lines()
{
	local commit dirty
	commit=$(git -C "$1" rev-parse --verify HEAD) || die 4 "$1: git cannot read it"
	dirty=$(git -C "$1" -c core.fsmonitor=false diff --no-ext-diff --no-textconv HEAD | hash_text)
	[ "$dirty" != "$(hash_text </dev/null)" ] || dirty=
	echo "source git-${commit:0:12}${dirty:++$dirty}"
	echo "commit $commit"
	echo "subject $(git -C "$1" log -1 --no-show-signature --format=%s)"
	[ -z "$dirty" ] || echo "dirty $dirty"
}

# What a build reads of it; half a gigabyte of drivers and documents that the lab kernel has not is left out.
tree_hash()
{
	(cd "$1" && find arch/x86 virt include kernel mm lib fs block init ipc security crypto io_uring net scripts tools/objtool tools/include \
		Makefile Kbuild Kconfig -type f ! -name '.*' -print0 | sort -z | xargs -0 sha256sum) | hash_text
}

# Headers that are KVM's own though they are not in its folders: modules read them from their own tree, and the image
# has nothing of them (kernel-build sees to it).
KVM_HEADERS="arch/x86/include/asm/kvm-x86-nested-ops.h
arch/x86/include/asm/kvm-x86-ops.h
arch/x86/include/asm/kvm-x86-pmu-ops.h
arch/x86/include/asm/kvm_host.h
arch/x86/include/asm/kvm_page_track.h
include/kvm/iodev.h
include/linux/kvm_dirty_ring.h
include/linux/kvm_host.h
include/linux/kvm_irqfd.h"

# "PATH<tab>SIZE TIME INODE" of each file that may go into a kernel image: all but KVM, whose Kconfig files do, other
# architectures and what is not built. Hidden files are git's and ours.
image_files()
{
	(cd "$1" && find . -mindepth 1 \( -name '.*' -o -path ./Documentation -o -path ./samples -o -path ./LICENSES \
		-o -path './arch/[!x]*' -type d -o -path ./arch/xtensa -o -path './tools/testing' -o -path './tools/perf' \
		-o -path './tools/tracing' -o -path './tools/power' -o -path './tools/net' -o -path './tools/verification' \) -prune \
		-o -type f -printf '%P\t%s %C@ %i\n') |
		awk -F'\t' -v headers="$KVM_HEADERS" 'BEGIN { n = split(headers, h, "\n"); while (n) own[h[n--]] }
			!($1 in own) && ($1 !~ /^(arch\/x86|virt)\/kvm\// || $1 ~ /\/Kconfig$/)' | sort
}

# Where it is kept what the files of a tree hold, so that only changed ones are read again.
content_index()
{
	echo "$CACHE/content/$(hash_text <<<"$1")"
}

# image_content TREE: a hash of what of it goes into a kernel image.
image_content()
{
	local index new
	index=$(content_index "$1")
	need_folder "$CACHE/content"
	if [ ! -f "$index" ]; then
		say "reading $(source_title "$1") for the first time, for what of it goes into the kernel image (1.3 GB)"
	elif [[ $(source_id "$1") == linux-source-* ]]; then
		cut -f1,3 "$index" | hash_text	# nobody changes that
		return
	fi
	new=$(mktemp "$index.tmp.XXXXXX")
	image_files "$1" >"$new"
	[ -f "$index" ] || : >"$index"
	# Of unchanged ones the line with the hash, of others an empty third column.
	awk -F'\t' 'FILENAME == ARGV[1] { known[$1 FS $2] = $3; next } { print $0 FS known[$0] }' "$index" "$new" >"$new.known"
	(cd "$1" && awk -F'\t' '$3 == "" { printf "%s%c", $1, 0 }' "$new.known" | xargs -0r sha256sum) >"$new.hashes"
	awk -F'\t' 'FILENAME == ARGV[1] { new[substr($0, 67)] = substr($0, 1, 64); next }
		{ print $1 FS $2 FS ($3 == "" ? new[$1] : $3) }' "$new.hashes" "$new.known" >"$new"
	rm "$new.known" "$new.hashes"
	mv "$new" "$index"
	find "$CACHE/content" -type f -mtime +30 -delete
	cut -f1,3 "$index" | hash_text
}

# For people: "linux-source-7.3_7.3.4-1", "commit 0123456789ab (its subject), with changes".
source_title()
{
	source_lines "$1" | awk '{ key = $1; sub(/^[^ ]* /, ""); v[key] = $0 }
		END { print v["commit"] == "" ? v["source"] : "commit " substr(v["commit"], 1, 12) " (" v["subject"] ")" (v["dirty"] == "" ? "" : ", with changes") }'
}

kernel_version()
{
	sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = //p' "$1/Makefile" | paste -sd.
}

# Patches may be a stranger's, and what they name is copied out of the tree before patch(1) looks at it.
check_patches()
{
	local bad
	bad=$(find "$1" -type f -exec awk '
		function look(path) { if (path ~ /(^|\/)\.\.(\/|$)/ || (path ~ /^\// && path != "/dev/null")) print FILENAME ": " path }
		/^(---|\+\+\+) / { look($2) }
		/^diff --git / { look($3); look($4) }
		/^(rename|copy) (from|to) / { look($3) }
		/^new (file )?mode 12/ { print FILENAME ": a link" }' {} +)
	[ -z "$bad" ] || WHY=apply die 3 "a patch reaches out of the kernel tree: ${bad%%$'\n'*}"
}

# The folders of patches for a tree, by kernel series, of which the first that holds a variant is the one to take it from:
# the tree's own and those of newer kernels, oldest first, or else the newest. A variant whose patches apply to
# two series is kept once.
patch_folders()
{
	local patches=$1 series name names own=()
	series=$(kernel_version "$2" | cut -d. -f1,2)
	names=$(find -L "$patches" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -printf '%f\n' | sort -V)
	[ -n "$names" ] || die 4 "no patches for any kernel series under $patches"
	for name in $names; do
		[ "$(printf '%s\n' "$series" "$name" | sort -V | head -n 1)" != "$series" ] || own+=("$patches/$name")
	done
	[ ${#own[@]} -gt 0 ] || own=("$patches/$(tail -n 1 <<<"$names")")
	for name in "${own[@]}"; do
		check_patches "$name"
		readlink -f "$name"
	done
}

# folder_of VARIANT FOLDER...: prints the first of these that is there of a variant, or of base; nothing if there is none.
folder_of()
{
	local name=$1 folder
	shift
	for folder in "$@"; do
		[ ! -f "$folder/$name/series" ] || { echo "$folder/$name" && return; }
	done
}
