# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: patches, module builds, the cache. Sourced by tests/lab/run.

# patches/ with one variant more, whose patch puts "this is no C;" between two lines of tdp_mmu.c.
bad_variant()
{
	local series
	rm -rf "$DIR/patches"
	cp -r "$ROOT/patches" "$DIR/patches"
	for series in "$DIR"/patches/*/; do
		mkdir "$series/bad"
		echo bad.patch >"$series/bad/series"
		printf -- '--- a/%s\n+++ b/%s\n@@ -1,2 +1,3 @@\n %s\n+this is no C;\n %s\n' \
			arch/x86/kvm/mmu/tdp_mmu.c{,} "$1" "$2" >"$series/bad/bad.patch"
	done
}

test_a_patch_that_does_not_apply_stops_one_variant_only()
{
	bad_variant 'no such line' 'nor this'
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants bad,freeze
	says 'variant bad: .*bad.patch does not apply .*tdp_mmu.c: Hunk #1'
	json "$DIR/r" "{b['variant'] for b in blocks} == {'freeze'} and $CLEAN"
}

test_a_patch_that_does_not_compile_shows_the_error()
{
	local lines
	mapfile -t -n 2 lines <"$TREE/arch/x86/kvm/mmu/tdp_mmu.c"
	bad_variant "${lines[0]}" "${lines[1]}"
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 3 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants bad
	says 'tdp_mmu.c:2.*error'
	says 'whole log: '
	[ ! -s "$DIR/r" ] || fail "a result without a measurement"
}

# softtdx's modules are of the tree's own files: one line more in one of them, which no patch has put there.
test_modules_of_changed_files_of_the_tree_are_refused()
{
	local build rc=0
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	cp -r "$ROOT/kmod" "$DIR/kmod"
	ln -s "$ROOT/patches" "$DIR/patches"
	sed -i '/^	redirect_makefile "$tmp"$/a echo "/* more */" >>"$tmp/arch/x86/virt/vmx/tdx/tdx.c"' "$DIR/kmod/build-variant"
	! cmp -s "$ROOT/kmod/build-variant" "$DIR/kmod/build-variant" || fail "build-variant is as it was"
	"$DIR/kmod/build-variant" --kernel "$TREE" --build "$build" --variant unpatched >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || fail "exit status $rc: $(cat "$DIR/msg")"
	says "arch/x86/virt/vmx/tdx/tdx.c is not the tree's own, and no patch touches it"
}

# A cache of our own that borrows the kernels.
own_cache()
{
	local real=${XDG_CACHE_HOME:-$HOME/.cache}/septbench dir
	mkdir -p "$DIR/cache/septbench"
	for dir in source kernel headers; do
		ln -sfn "$real/$dir" "$DIR/cache/septbench/$dir"
	done
	export XDG_CACHE_HOME=$DIR/cache
}

test_a_killed_module_build_is_not_trusted()
{
	local build
	own_cache
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	timeout -s KILL 6 "$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant freeze \
		>"$DIR/killed" 2>&1 && fail "it was too fast to be killed"
	[ ! -d "$DIR/cache/septbench/modules" ] || [ -z "$(ls "$DIR/cache/septbench/modules")" ] ||
		fail "a killed build left modules"
	# On the way: of modules that nobody used, the build forgets those of last month.
	mkdir -p "$DIR/cache/septbench/modules"/{old,used}
	touch -d '31 days ago' "$DIR/cache/septbench/modules/old"
	touch -d '29 days ago' "$DIR/cache/septbench/modules/used"
	lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	json "$DIR/r" "$CLEAN"
	[ ! -d "$DIR/cache/septbench/modules/old" ] || fail "modules of last month are still there"
	[ -d "$DIR/cache/septbench/modules/used" ] || fail "modules in use were removed"
}

# compiled BUILD VARIANT: how many objects the last build of the variant's modules compiled.
compiled()
{
	cat "$DIR/cache/septbench/log/$(basename "$1")-$2"-{kvm,softtdx}.log | grep -c '^  CC \[M\]'
}

# A variant whose work folder is new compiles what differs from another's, and its modules are the same to the last byte.
test_a_variant_starts_from_the_objects_of_another()
{
	local build mods whole part
	own_cache
	mkdir -p "$DIR/p/7.3/planted"
	cp "$ROOT/tests/planted/7.3/one-percent.patch" "$DIR/p/7.3/planted/"
	echo one-percent.patch >"$DIR/p/7.3/planted/series"
	export SEPTBENCH_PATCHES=$DIR/p
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	mods=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant planted)
	whole=$(compiled "$build" planted)
	"$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant freeze >/dev/null
	mv "$mods" "$DIR/whole"
	rm -r "$DIR/cache/septbench/work/$(basename "$build")-planted"
	[ "$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant planted)" = "$mods" ] || fail "another folder"
	part=$(compiled "$build" planted)
	diff -r "$DIR/whole" "$mods" >&2 || fail "other modules"
	[ "$part" -gt 0 ] && [ $((part * 4)) -lt "$whole" ] || fail "$part of $whole objects compiled again"
}

test_two_labs_side_by_side()
{
	local first rc=0
	own_cache
	"$SEPTBENCH" lab -o "$DIR/one" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze >/dev/null 2>"$DIR/msg1" &
	first=$!
	lab_rc 0 "$DIR/two" "${SMALL[@]}" --vcpus 1 --cases zap --variants freeze
	wait "$first" || rc=$?
	[ "$rc" -eq 0 ] || { cat "$DIR/msg1" >&2; fail "the first ended with $rc"; }
	cmp "$DIR/one" "$DIR/two" >&2 || fail "they measured different things"
}

# A series that starts from another, from itself, from none; the copies that a bisection makes are of this kind.
test_series_that_starts_from_another()
{
	local list rc=0
	cp -r "$ROOT/patches" "$DIR/patches"
	export SEPTBENCH_PATCHES=$DIR/patches
	mkdir "$DIR/patches/7.3/child"
	printf '# A child.\ndemonstration\nfrom seamcall-first\nown.patch\n' >"$DIR/patches/7.3/child/series"
	cp "$ROOT"/patches/7.3/no-freeze/0001-* "$DIR/patches/7.3/child/own.patch"
	list=$("$ROOT/kmod/build-variant" --kernel "$TREE" --variant child --patches | sed 's,.*/\([^/]*/\),\1,;s,/000.*,,')
	[ "$(tr '\n' ' ' <<<"$list")" = "base base base seamcall-first seamcall-first child/own.patch " ] || fail "$list"
	"$ROOT/kmod/build-variant" --kernel "$TREE" --list | grep -qx child || fail "not listed"
	! "$ROOT/kmod/build-variant" --kernel "$TREE" --list --candidates | grep -qxE 'child|no-freeze' ||
		fail "a demonstration is a candidate"
	printf 'from child\n' >"$DIR/patches/7.3/child/series"
	"$ROOT/kmod/build-variant" --kernel "$TREE" --variant child --patches >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || fail "exit status $rc"
	says '/child/series starts from itself'
	printf 'from nobody\n' >"$DIR/patches/7.3/child/series"
	rc=0
	"$ROOT/kmod/build-variant" --kernel "$TREE" --variant child --patches >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || fail "exit status $rc"
	says 'there is no variant to start from nobody'
}

# Patches of newer series serve a tree too, an older series those of its files whose text differs; never the other way.
test_patches_of_several_kernel_series()
{
	local patches=$DIR/patches list rc=0
	mkdir -p "$patches"/7.{2,3,10}/both
	printf 'shared.patch\nown.patch\n' >"$patches/7.10/both/series"
	touch "$patches"/7.{2,3,10}/both/own.patch "$patches"/7.{2,10}/both/shared.patch
	export SEPTBENCH_PATCHES=$patches
	list=$("$ROOT/kmod/build-variant" --kernel "$TREE" --variant both --patches | grep -v /base/ | sed "s,^$patches/,,")
	[ "$(tr '\n' ' ' <<<"$list")" = "7.10/both/shared.patch 7.3/both/own.patch " ] || fail "$list"
	list=$("$ROOT/kmod/build-variant" --kernel "$TREE" --folders | sed "s,^$patches/,own/,;s,^$ROOT/patches/,,")
	[ "$(tr '\n' ' ' <<<"$list")" = "own/7.3 own/7.10 7.3 " ] || fail "$list"
	rm "$patches"/7.{2,3,10}/both/own.patch
	touch "$patches/7.2/both/own.patch"
	"$ROOT/kmod/build-variant" --kernel "$TREE" --variant both --patches >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || fail "exit status $rc"
	says '/7.10/both/series names own.patch, which is not there'
}

# The hash in a manifest, and so in a result, is that of the patches as they are, changelogs included.
test_a_changelog_that_changed_changes_the_hash()
{
	local build mods again list
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	cp -r "$ROOT/patches" "$DIR/patches"
	export SEPTBENCH_PATCHES=$DIR/patches
	mods=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant freeze)
	sed -i '0,/^---$/s//In other words.\n---/' "$DIR"/patches/7.3/base/0001-*
	again=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant freeze)
	mapfile -t list < <("$ROOT/kmod/build-variant" --kernel "$TREE" --variant freeze --patches)
	grep -qx "patches $(cat "${list[@]}" | sha256sum | cut -d' ' -f1)" "$again/manifest" || fail "the hash of older patches"
	cmp "$mods/kvm.ko" "$again/kvm.ko" >&2 || fail "other code"
}

# Each series on its base, in a repository of its own that holds what the patches touch.
test_patches_apply_with_git_am()
{
	local v repo list
	for v in $("$ROOT/kmod/build-variant" --kernel "$TREE" --list); do
		mapfile -t list < <("$ROOT/kmod/build-variant" --kernel "$TREE" --variant "$v" --patches)
		[ ${#list[@]} -gt 0 ] || continue
		repo=$DIR/am
		rm -rf "$repo"
		mkdir "$repo"
		git -C "$repo" init -q
		sed -n 's,^--- a/,,p' "${list[@]}" | sort -u | (cd "$TREE" && xargs cp --parents -t "$repo")
		git -C "$repo" add -A
		git -C "$repo" -c user.name=t -c user.email=t@example.org commit -qm base
		git -C "$repo" -c user.name=t -c user.email=t@example.org am -q "${list[@]}" >&2 ||
			fail "$v: see git am above"
	done
}

# wanted_compiler NAME: the modules for the headers in $DIR/headers cannot be built, for want of this one.
wanted_compiler()
{
	local rc=0
	"$ROOT/kmod/build-variant" --kernel "$TREE" --build "$DIR/headers" --variant freeze >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ "$rc" -eq 4 ] || { cat "$DIR/msg" >&2; fail "exit status $rc"; }
	says "are to be built with $1, as the kernel was, and there is none; install gcc-99"
	[ "$(wc -l <"$DIR/msg")" -eq 1 ] || fail "more than one line"
}

# Headers in Debian's form, and those of somebody's own kernel, of a compiler that nobody has.
test_headers_of_another_compiler_name_it()
{
	local build
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	mkdir -p "$DIR/headers/include/config"
	cp "$build/include/config/kernel.release" "$DIR/headers/include/config/"
	cp "$build"/{Makefile,Module.symvers,.config} "$DIR/headers/"
	cat >"$DIR/headers/.kernelvariables" <<-'END'
		override ARCH = x86
		CC = $(if $(DEBIAN_KERNEL_USE_CCACHE),$(CCACHE)) $(CROSS_COMPILE)gcc-99
		override CROSS_COMPILE = x86_64-linux-gnu-
	END
	wanted_compiler x86_64-linux-gnu-gcc-99
	rm "$DIR/headers/.kernelvariables"
	sed -i 's/^CONFIG_CC_VERSION_TEXT=.*/CONFIG_CC_VERSION_TEXT="gcc-99 (Debian 99.1.0-1) 99.1.0"/' "$DIR/headers/.config"
	wanted_compiler gcc-99
}

# A result that names lean-fault: what is looked at are the files, not the figures.
test_mail_writes_a_series_with_its_table()
{
	local nr
	nr=$("$ROOT/kmod/build-variant" --kernel "$TREE" --variant lean-fault --patches | wc -l)
	sed 's/freeze-batched/lean-fault/g' "$ROOT/results/reference/quick.jsonl" >"$DIR/r.jsonl"
	"$ROOT/ci/mail" --program "$SEPTBENCH" lean-fault "$DIR/r.jsonl" "$DIR/mail" 2>"$DIR/msg" || fail "$(cat "$DIR/msg")"
	says 'nobody has signed these off'
	! grep -l Signed-off-by "$DIR"/mail/* || fail "signed off by nobody we know"
	grep -q "PATCH 0/$nr\] KVM: TDX: Leave out what a fault" "$DIR"/mail/0000-* || fail "no title"
	grep -q 'fault' "$DIR"/mail/0000-* && grep -q 'lean-fault, patch' "$DIR"/mail/0000-* || fail "no table"
	rm -r "$DIR/mail"
	"$ROOT/ci/mail" --program "$SEPTBENCH" --from 'A B <ab@example.org>' lean-fault "$DIR/r.jsonl" "$DIR/mail" 2>"$DIR/msg"
	[ "$(grep -l 'Signed-off-by: A B <ab@example.org>' "$DIR"/mail/* | wc -l)" -eq "$nr" ] || fail "not signed off"
}
