# SPDX-License-Identifier: GPL-2.0-only
# One line to people on stderr, and the same followed by the end: die STATUS TEXT... Sourced, never run.
# shellcheck shell=bash

say()
{
	echo "septbench: $*" >&2
}

die()
{
	local code=$1
	shift
	say "$*"
	exit "$code"
}
