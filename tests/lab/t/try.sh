# SPDX-License-Identifier: GPL-2.0-or-later
# From somebody's patch to the table, in one command.

# Costs two builds of the modules: an mbox on stdin, and a folder with a series that changes nothing.
test_try_holds_patches_against_their_base()
{
	local rc=0
	mkdir "$DIR/quiet"
	cp "$ROOT/tests/planted/7.3/harmless/padding.patch" "$DIR/quiet/"
	"$SEPTBENCH" try --clock count --pages 64 --vcpus 1 --cases zap,plain -o "$DIR/r" - "$DIR/quiet" \
		<"$ROOT/tests/planted/7.3/extra-track.patch" >"$DIR/out" 2>"$DIR/msg" || rc=$?
	[ $rc -eq 1 ] || { tail "$DIR/msg" >&2; fail "exit status $rc"; }
	grep -q '^track-and-kick-twice-per-removed-page against freeze: [1-9]' "$DIR/out" &&
		grep -q '^code-that-never-runs against freeze: 0 of' "$DIR/out" || fail "$(head -n 5 "$DIR/out")"
	says 'result file: .*/r$'
	json "$DIR/r" "len({b['variant'] for b in blocks}) == 3 and $CLEAN"
}
