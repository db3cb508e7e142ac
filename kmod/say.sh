# SPDX-License-Identifier: GPL-2.0-only
# What scripts say: to people one line on stderr, to programs one line at the end. Sourced, never run.
# shellcheck shell=bash

say()
{
	echo "septbench: $*" >&2
}

# tell STATUS REASON TEXT...: the one line in the file SEPTBENCH_WHY that the caller reads when this script has ended
# (lab/why.h names the reasons). A line stands for the exit status in it: what was got over does not count.
tell()
{
	local text="${*:3}"
	[ -z "${SEPTBENCH_WHY:-}" ] || echo "$1 $2 ${text//$'\n'/ }" 2>/dev/null >"$SEPTBENCH_WHY" || true
}

# die STATUS TEXT...: WHY=REASON before it says more than the status does.
die()
{
	local code=$1 by_status=([2]=usage [3]=build)
	shift
	say "$*"
	tell "$code" "${WHY:-${by_status[$code]:-machine}}" "$@"
	exit "$code"
}
