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
	python3 - "$DIR/json" "$DIR/svg/populate-slower.svg" <<-'END' >&2 || fail "see above"
		import json, sys, xml.etree.ElementTree
		e, = json.load(open(sys.argv[1]))
		top = e["functions"][0]
		assert top["function"] == "kvm_tdp_mmu_map`kvm", top
		assert 1000 <= top["self"][1] - top["self"][0] <= 1010, top
		p50 = e["measured"]["fault_p50"]
		assert 950 < p50[1] - p50[0] < 1070, p50
		for side in 0, 1:
		    total = sum(f["self"][side] for f in e["functions"])
		    assert abs(total - e["seen"][side]) < 1e-6 * total, (total, e["seen"])
		    assert abs(total - e["timed"][side]) < 0.001 * total, (total, e["timed"])
		names = {f["function"] for f in e["functions"]}
		assert {"do_syscall_64", "tdx_sept_set_private_spte`kvm_intel", "[guest]"} <= names, names
		assert not "[unknown]" in names
		xml.etree.ElementTree.parse(sys.argv[2])
	END
}

test_explain_needs_instructions()
{
	lab_rc 2 "$DIR/r" --explain --clock wall --variants freeze
	says 'needs --clock count'
	[ ! -e "$DIR/r" ] || fail "a result file was made"
}
