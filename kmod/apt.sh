# SPDX-License-Identifier: GPL-2.0-only
# Debian's archive with its own source list and state folder: signatures are checked, the system's lists stay as they
# are. Sourced after lib.sh, never run.
# shellcheck shell=bash disable=SC2034 # used by those who source this

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

apt_opts()
{
	local state=$CACHE/apt
	mkdir -p "$state/parts" "$state/lists/partial" "$state/cache/archives/partial"
	: >>"$state/status"
	cat >"$state/parts/septbench.sources" <<-END
		Types: deb
		URIs: http://deb.debian.org/debian
		Suites: trixie-backports sid
		Components: main
		Signed-By: $KEYRING
	END
	# Sandbox::User: apt's own user cannot write below a root's home folder, and would say so.
	APT_OPTS=(-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$state/parts"
		-o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/status"
		-o Dir::Cache="$state/cache" -o Acquire::Languages=none -o Acquire::Retries=3
		-o APT::Sandbox::User="$(id -un)")
}
