# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: where the instructions went. Sourced by tests/lab/run.

# patches/ with one variant more: kvm_tdp_mmu_map() turns 500 times round two instructions.
slower_variant()
{
	local series dir file=arch/x86/kvm/mmu/tdp_mmu.c
	rm -rf "$DIR/patches" "$DIR/src"
	cp -r "$ROOT/patches" "$DIR/patches"
	for series in "$DIR"/patches/*/; do
		mkdir -p "$series/slower" "$DIR/src/a/$(dirname $file)" "$DIR/src/b/$(dirname $file)"
		cp "$TREE/$file" "$DIR/src/a/$file"
		sed '/^int kvm_tdp_mmu_map(/,/^}/s/^\tKVM_MMU_WARN_ON(!root .*/&\n\t{\n\t\tint n = 500;\n\n\t\tasm volatile("1: decl %0\\n\\tjnz 1b" : "+r"(n));\n\t}/' \
			"$TREE/$file" >"$DIR/src/b/$file"
		dir=$series/slower
		printf '# As freeze, and slower.\nslower.patch\n' >"$dir/series"
		(cd "$DIR/src" && diff -u "a/$file" "b/$file") >"$dir/slower.patch" || true
		grep -q '^+.*decl' "$dir/slower.patch" || fail "nothing planted: $file has changed"
	done
}

# The profile changes no figure, adds up, and has the planted loop on top; the picture is whole.
test_explain_finds_a_planted_loop()
{
	local what=("${SMALL[@]}" --vcpus 1 --cases populate --variants "freeze,slower")
	slower_variant
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 0 "$DIR/plain" "${what[@]}"
	SEPTBENCH_PATCHES=$DIR/patches lab_rc 0 "$DIR/r" "${what[@]}" --explain
	cmp "$DIR/plain" "$DIR/r" >&2 || fail "the profile changes what is measured"
	"$SEPTBENCH" explain "$DIR/r" --format json -o "$DIR/svg" >"$DIR/json" 2>"$DIR/msg" ||
		fail "explain: $(cat "$DIR/msg")"
	check explained "$DIR/json" "$DIR/svg/populate-slower.svg"
}

# A Linux guest has a kernel where the lab's lies: what it executes is the guest's, and not the lab kernel's functions.
test_explain_tells_a_guest_s_kernel_from_the_host_s()
{
	lab_rc 0 "$DIR/r" --variants freeze --cases boot-lazy --vcpus 1 --seed 1 --explain
	json "$DIR/r" "$CLEAN"
	check guest_alone "$DIR/r" "$DIR/r.code"
}

test_explain_needs_instructions()
{
	lab_rc 2 "$DIR/r" --explain --clock wall --variants freeze
	says 'needs --clock count'
	[ ! -e "$DIR/r" ] || fail "a result file was made"
}
