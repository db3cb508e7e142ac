# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: `septbench bisect` with real kernels. What a search does with every kind of history is
# tested without the lab, in tests/bisect/histories. Sourced by tests/lab/run.

# Reads tdp_mmu.c, writes it with 400 instructions more in the path of every fault.
plant()
{
	sed '/^\tkvm_mmu_hugepage_adjust(vcpu, fault);/i\	asm volatile(".rept 400\\n\\tnop\\n\\t.endr");'
}

# bisect_rc STATUS OPTION...: output in $DIR/out, messages in $DIR/msg.
bisect_rc()
{
	local want=$1 rc=0
	shift
	"$SEPTBENCH" bisect "$@" --case populate --metric fault_p50 --pages 64 --blocks 1 >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq "$want" ] || { cat "$DIR/out" "$DIR/msg" >&2; fail "exit status $rc, not $want: bisect $*"; }
}

prints()
{
	grep -qE -- "$1" "$DIR/out" || { cat "$DIR/out" >&2; fail "not in the result: $1"; }
}

# edited VARIANT COMMAND...: $DIR/patches, whose VARIANT has a patch more, of what COMMAND makes of tdp_mmu.c.
edited()
{
	local file=arch/x86/kvm/mmu/tdp_mmu.c variant=$1 series
	shift
	rm -rf "$DIR/patches" "$DIR/a" "$DIR/b"
	cp -r "$ROOT/patches" "$DIR/patches"
	mkdir -p "$DIR/a/${file%/*}" "$DIR/b/${file%/*}"
	cp "$TREE/$file" "$DIR/a/$file"
	"$@" <"$TREE/$file" >"$DIR/b/$file"
	(cd "$DIR" && diff -u "a/$file" "b/$file") >"$DIR/edit.patch" && fail "nothing was edited"
	for series in "$DIR"/patches/*/"$variant"; do
		cp "$DIR/edit.patch" "$series/"
		echo edit.patch >>"$series/series"
	done
	export SEPTBENCH_PATCHES=$DIR/patches
}

test_bisect_names_the_patch_of_a_series()
{
	# Under the name of freeze, whose work folder is warm.
	edited freeze plant
	bisect_rc 0 --series freeze
	prints '^found +patch 1  freeze/edit.patch'
	prints '^effect .* \+(39|40)[0-9] .*, worse; 100% of the difference'
	bisect_rc 0 --series freeze
	prints '^spent .* 0 measurements, 2 more from the cache; 0 module builds'
	prints '^found +patch 1  freeze/edit.patch'
}

# A check of KVM's own, which costs instructions in every fault; then one that there is not.
test_slow_bisect_between_two_values_of_an_option()
{
	bisect_rc 0 --option KVM_PROVE_MMU=n,y
	prints '^found +KVM_PROVE_MMU=y'
	prints '^before it +KVM_PROVE_MMU=n'
	prints '^effect .* \+[0-9]+ .*, worse; 100% of the difference'
	bisect_rc 0 --option KVM_PROVE_MMU=n,y
	prints '^spent .* 0 measurements, 2 more from the cache; 0 module builds, 0 kernel builds'
	bisect_rc 3 --option NOSUCH=n,y
	says 'the bad end cannot be measured: NOSUCH=y .*did not take effect: wanted CONFIG_NOSUCH=y'
	[ ! -s "$DIR/out" ] || fail "named something"
}

# The benchmark of docs/bisect.md.
through_1024_commits()
{
	local bad=317 git=(git -C "$DIR/linux")
	"${git[@]}" checkout -q -f base
	python3 "$HERE/commits.py" "$DIR/linux" 1024 $bad | "${git[@]}" fast-import --quiet
	[ "$("${git[@]}" rev-list --count base..many)" -eq 1024 ] || fail "no 1,024 commits"
	bisect_rc 0 --kernel "$DIR/linux" --good base --bad many
	cat "$DIR/out" >&2
	prints "^found +$("${git[@]}" rev-parse many~$((1024 - bad)))  change $bad"
	prints '^spent .* ([0-9]|1[0-2]) module builds, 0 kernel builds'
}

# $DIR/linux: a repository of the whole kernel, one commit. Its kernel image must not stay in the cache.
kernel_repository()
{
	export XDG_CACHE_HOME=$DIR/cache
	local git=(git -C "$DIR/linux" -c user.name=t -c user.email=t@example.org)
	cp -r "$TREE" "$DIR/linux"
	rm -f "$DIR/linux/.septbench-source"
	"${git[@]}" init -q
	"${git[@]}" -c core.looseCompression=1 add -A -f .
	"${git[@]}" commit -qm base
	"${git[@]}" branch base
}

# A repository of the whole kernel and an image of its own: minutes.
test_slow_bisect_in_a_kernel_repository()
{
	local file=arch/x86/kvm/mmu/tdp_mmu.c git=(git -C "$DIR/linux" -c user.name=t -c user.email=t@example.org) i before
	kernel_repository
	for i in 1 2 3 4 5 6 7 8; do
		case $i in
		4) echo "this is no C;" >>"$DIR/linux/$file" ;;
		5) sed -i '/^this is no C;/d' "$DIR/linux/$file" ;;
		7) plant <"$DIR/linux/$file" >"$DIR/new" && cp "$DIR/new" "$DIR/linux/$file" ;;
		*) echo "/* change $i */" >>"$DIR/linux/$file" ;;
		esac
		"${git[@]}" commit -qam "change $i"
	done
	before=$("${git[@]}" status --porcelain; "${git[@]}" rev-parse HEAD)
	bisect_rc 0 --kernel "$DIR/linux" --good HEAD~8 --bad HEAD
	prints "^found +$("${git[@]}" rev-parse HEAD~1)  change 7"
	prints '^skipped .*this is no C|^skipped .*error:'
	prints '1 kernel builds'
	[ "$before" = "$("${git[@]}" status --porcelain; "${git[@]}" rev-parse HEAD)" ] || fail "the repository has changed"
	# A change of the work tree, judged by itself.
	sed -i '/\.rept 400/d' "$DIR/linux/$file"
	bisect_rc 0 --kernel "$DIR/linux" --good HEAD --bad worktree
	prints '^effect .* -(39|40)[0-9] .*, better'
	through_1024_commits
}

# fake_qemu COMMAND: first in PATH, and does this. Its version is its own: bisect keeps what it measured by QEMU's
# version, and what this one says must not be taken for the real one's, here or by the next run of the test.
fake_qemu()
{
	PATH=${PATH#"$DIR/bin:"}
	mkdir -p "$DIR/bin"
	cat >"$DIR/bin/qemu-system-x86_64" <<-END
		#!/bin/sh
		[ "\$1" != --version ] || { echo "$(qemu-system-x86_64 --version | head -n 1) of ${DIR##*/}"; exit; }
		$1
	END
	chmod +x "$DIR/bin/qemu-system-x86_64"
	PATH=$DIR/bin:$PATH
}

skips() { says "the good end cannot be measured: base .*$1"; }
stops() { says "$1"; ! grep -q 'cannot be measured' "$DIR/msg" || fail "the machine's failure is the commit's"; }

test_a_repository_that_is_not_there_is_said_in_one_line()
{
	bisect_rc 2 --kernel "$DIR/none" --good a --bad b
	[ "$(cat "$DIR/msg")" = "septbench: --kernel $DIR/none: No such file or directory" ] || fail "said: $(cat "$DIR/msg")"
}

# None of it boots a kernel: the end that is measured first fails, in each of the ways in which it can.
test_bisect_tells_what_does_not_build_from_a_machine_that_fails()
{
	export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
	edited base sed '$a this is no C;'
	bisect_rc 3 --series seamcall-first
	skips 'error: '
	sed -i 's/^ /  /' "$DIR"/patches/*/base/edit.patch
	bisect_rc 3 --series seamcall-first
	skips 'base/edit.patch does not apply to '
	# The same step, of a source that builds: no file may grow beyond 1 MiB, as if the disk were full.
	edited base sed '$a /* a comment */'
	(ulimit -f 1024 && bisect_rc 4 --series seamcall-first)
	stops 'no space left in .*; free some'
	# A word of the compiler's is no disk that is full.
	edited base sed '$a #error No space left on device, QEMU failed'
	bisect_rc 3 --series seamcall-first
	skips 'No space left on device, QEMU failed'
	export SEPTBENCH_PATCHES=
	fake_qemu 'exit 1'
	bisect_rc 4 --series seamcall-first
	stops 'QEMU failed'
	fake_qemu 'kill -KILL $$'
	bisect_rc 4 --series seamcall-first
	stops 'QEMU failed'
	fake_qemu 'exit 0'
	bisect_rc 3 --series seamcall-first
	skips 'the guest ended without a word'
	says 'once more with seed 5'
	[ ! -s "$DIR/out" ] || fail "named something"
}
