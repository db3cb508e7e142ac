# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: the modules that a variant is built into, and what it may not touch. Sourced by
# tests/lab/run.

# What kvm-intel.ko of the modules in $1 can link against: the kernel of build folder $2, its kvm.ko, and
# what the patches $3... would export if the kernel image were rebuilt with them.
symbols_there()
{
	awk '{ print $2 }' "$2/Module.symvers"
	nm "$1"/*.ko | sed -n 's/.* __ksymtab_//p'
	sed -n 's/^+EXPORT_SYMBOL[A-Z_]*(\([a-z0-9_]*\)).*/\1/p' "${@:3}"
}

# The full kvm-intel.ko of variant $1, for a TDX host: it is there, it is what the manifest says, it is for
# this kernel and all that it needs is there.
check_tdx_module()
{
	local variant=$1 build mods ko missing patches
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	mods=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant "$variant")
	ko=$mods/tdx/kvm-intel.ko
	[ -s "$ko" ] || fail "$variant: there is no $ko"
	readelf -n "$ko" | grep "Build ID: $(sed -n 's/^buildid-tdx kvm_intel //p' "$mods/manifest")" >/dev/null ||
		fail "$variant: $ko is not the build of the manifest"
	readelf -p .modinfo "$ko" | grep "vermagic=$(sed -n 's/^kernel //p' "$mods/manifest") " >/dev/null ||
		fail "$variant: $ko is for another kernel"
	nm "$ko" | grep ' [tT] tdx_sept_set_private_spte' >/dev/null || fail "$variant: $ko has no vmx/tdx.c"
	nm "$ko" | grep ' [tT] vmx_vcpu_run' >/dev/null || fail "$variant: $ko has no vmx/vmx.c: it is the soft one"
	mapfile -t patches < <("$ROOT/kmod/build-variant" --kernel "$TREE" --variant "$variant" --patches)
	missing=$(comm -23 <(nm -u "$ko" | awk '{ print $2 }' | sort -u) \
		<(symbols_there "$mods" "$build" "${patches[@]}" | sort -u))
	[ -z "$missing" ] || fail "$variant: $ko needs ${missing//$'\n'/ }, which nobody exports"
}

test_tdx_modules_link()
{
	local v
	for v in freeze freeze-batched seamcall-first rcu-zap rcu-zap-prune rcu-zap-seamcall-first; do
		check_tdx_module "$v"
	done
}

# A series that counts on leaves which the module has not is told so: each once, however often it is called.
test_a_leaf_that_the_module_has_not_is_named()
{
	local series
	cp -r "$ROOT/patches" "$DIR/patches"
	for series in "$DIR"/patches/*/; do
		mkdir "$series/asks"
		printf '# As freeze, and calls leaves that are not there.\nunknown-leaf.patch\n' >"$series/asks/series"
		cp "$ROOT/tests/planted/7.3/wrappers/unknown-leaf.patch" "$series/asks/"
	done
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 0 "$DIR/r" "${SMALL[@]}" --vcpus 1 --seed 1 --variants asks --cases populate \
		--module 1.5.05
	says 'softtdx: SEAMCALL leaf 58, TDH.PHYMEM.PAMT.ADD, is of a later release than 1.5.05: OPERAND_INVALID; see --module'
	says 'softtdx: SEAMCALL leaf 24, TDH.PHYMEM.PAGE.RDMD, is not modelled: OPERAND_INVALID'
	says 'softtdx: SEAMCALL leaf 99 is in no release of the module: OPERAND_INVALID'
	says 'softtdx: SEAMCALL leaf 38 has no version 3 in 1.5.05: OPERAND_INVALID'
	[ "$(grep -c 'softtdx: SEAMCALL leaf' "$DIR/msg")" -eq 4 ] || fail "not each once: $(cat "$DIR/msg")"
	json "$DIR/r" "$CLEAN and run['env']['module'] == '1.5.05'"
}

# Where locks are counted KVM's code is what it is where they are not: other names of what it calls, no more.
test_counting_locks_leaves_the_code_as_it_is()
{
	local build mods section
	build=$("$ROOT/kmod/kernel-build" "$TREE")
	mods=$("$ROOT/kmod/build-variant" --kernel "$TREE" --build "$build" --variant unpatched)
	for section in .text .noinstr.text .rodata .data; do
		objcopy --dump-section "$section=$DIR/as-is" "$mods/kvm.ko" /dev/null
		objcopy --dump-section "$section=$DIR/counting" "$mods/soft/kvm.ko" /dev/null
		[ -s "$DIR/as-is" ] || fail "$mods/kvm.ko has no $section"
		cmp "$DIR/as-is" "$DIR/counting" >&2 || fail "$section differs"
	done
	nm -u "$mods/soft/kvm.ko" | grep ' sept_write_lock$' >/dev/null || fail "nothing is counted"
	! nm -u "$mods/soft/kvm.ko" | grep -E ' (_raw_(read|write)_(lock|unlock|trylock)|__cond_resched_rwlock_(read|write))$' >&2 ||
		fail "some of it is not counted"
}

test_slow_tdx_modules_of_all_variants_link()
{
	local v list
	mapfile -t list < <("$ROOT/kmod/build-variant" --kernel "$TREE" --list)
	[ ${#list[@]} -ge 8 ] || fail "only ${#list[@]} variants"
	for v in "${list[@]}"; do
		check_tdx_module "$v"
		echo "    $v" >&2
	done
}

# Ordinary and software-protected VMs do the same under a variant's modules as under the tree's own: the same
# events. Their code is not the same: the median fault may be a few instructions longer or shorter.
test_slow_other_vms_do_not_notice_a_variant()
{
	lab_rc 0 "$DIR/r" --pages 512 --blocks 1 --boots 1 --clock count --vcpus 2 \
		--variants unpatched,freeze,rcu-zap-seamcall-first \
		--cases plain,plain-zap,protected,protected-zap,protected-convert
	json "$DIR/r" "$CLEAN and len({b['case'] for b in blocks}) == 5"
	json "$DIR/r" "all(len(v) == 3 and max(v) - min(v) <= most * min(v) for c, m, most in (
		('plain', 'fault_p50', 0.005), ('protected', 'fault_p50', 0.005),
		('protected-convert', 'fault_p50', 0.005), ('plain-zap', 'flush_requests_per_page', 0),
		('protected-zap', 'flush_requests_per_page', 0))
		for v in [[b['metrics'][m]['v'] for b in blocks if b['case'] == c and not b['warmup']]])"
}
