# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317
# Tests of the lab: which trees have one kernel image. Sourced by tests/lab/run.

# A copy of the kernel tree, whose files are links to the first until they are changed, in a cache that borrows the
# kernels; nothing can be compiled.
copied_tree()
{
	local real=${XDG_CACHE_HOME:-$HOME/.cache}/septbench
	own_cache
	mkdir "$DIR/bin" "$DIR/cache/septbench/content"
	cp "$real"/content/* "$DIR/cache/septbench/content/" 2>/dev/null || true
	cp -al "$TREE" "$DIR/tree"
	rm "$DIR/cache/septbench/kernel"
	mkdir "$DIR/cache/septbench/kernel"
	ln -s "$real"/kernel/* "$DIR/cache/septbench/kernel/"
	printf '#!/bin/sh\nexit 1\n' >"$DIR/bin/make"
	chmod +x "$DIR/bin/make"
}

# change FILE [LINE]: without touching the file of the first tree.
change()
{
	sed -i "1i ${2:-/* changed */}" "$DIR/tree/$1"
}

kernel_of()
{
	PATH=$DIR/bin:$PATH "$ROOT/kmod/kernel-build" "$1" 2>"$DIR/msg"
}

test_a_tree_that_differs_in_kvm_alone_has_the_same_image()
{
	local image rc=0
	image=$("$ROOT/kmod/kernel-build" "$TREE")
	copied_tree
	change arch/x86/kvm/mmu/tdp_mmu.c
	change virt/kvm/kvm_main.c
	change include/linux/kvm_host.h
	change arch/x86/include/asm/kvm-x86-ops.h
	change Documentation/index.rst
	[ "$(basename "$(kernel_of "$DIR/tree")")" = "$(basename "$image")" ] || fail "another image: $(cat "$DIR/msg")"
	# Its modules have that image, and the headers of the tree.
	change arch/x86/include/asm/kvm_host.h '#error is read'
	"$ROOT/kmod/build-variant" --kernel "$DIR/tree" --build "$image" --variant unpatched >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 3 ] || fail "exit status $rc"
	says 'error: #error is read'
}

test_a_tree_that_differs_elsewhere_has_an_image_of_its_own()
{
	local file first
	copied_tree
	for file in mm/memory.c arch/x86/kvm/Kconfig include/linux/kvm_types.h arch/x86/virt/hw.c drivers/virtio/virtio.c; do
		change "$file"
		! kernel_of "$DIR/tree" || fail "an image without a compiler"
		says 'the lab kernel of image-[0-9a-f]+ cannot be configured'
		first=${first:-$(cat "$DIR/msg")}
		cp -l --remove-destination "$TREE/$file" "$DIR/tree/$file"
	done
	# A new file counts too, and a second look gives the same answer.
	touch "$DIR/tree/include/linux/new.h"
	! kernel_of "$DIR/tree" || fail "an image without a compiler"
	rm "$DIR/tree/include/linux/new.h"
	change mm/memory.c
	! kernel_of "$DIR/tree" || fail "an image without a compiler"
	grep -o 'image-[0-9a-f]*' "$DIR/msg" | grep -q "$(grep -om1 'image-[0-9a-f]*' <<<"$first")" || fail "the same content, another key"
}
