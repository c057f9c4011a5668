#!/bin/sh
# Debian's archives of other people's sources, checked by apt: fetch.sh DIRECTORY NAME...  Bookworm's, or trixie's where
# that one is gone.
set -eu

place=$1
shift
mkdir -p "$place/lists/partial"
chmod 755 "$place" "$place/lists"
place=$(cd "$place" && pwd)
options="-o Dir::Etc::SourceList=$place/sources.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$place/lists
	-o APT::Sandbox::User=root"
has() { find "$place" -name "$1_*.orig.tar.*" ! -name '*.asc' | grep -q .; }

for name in "$@"; do
	! has "$name" || continue
	for release in bookworm trixie; do
		echo "deb-src http://deb.debian.org/debian $release main" >"$place/sources.list"
		# The archive lacks Debian's own part of some; what upstream made is all that is needed, and is checked.
		# shellcheck disable=SC2086
		(cd "$place" && apt-get $options update -qq && apt-get $options source -qq --download-only "$name") >/dev/null 2>&1 || true
		! has "$name" || break
	done
	has "$name" || { echo "fetch.sh: there is no source of $name" >&2; exit 1; }
done
