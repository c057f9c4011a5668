#!/bin/sh
# Installs and purges the packages of build/deb where nothing else happens, and looks at what they leave: piuparts' judgement.
# Needs root and the archive that check-deb.sh makes.
set -eu

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
base=build/debian.tar
[ -s "$base" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates,curl,jq bookworm "$base.new.tar"
[ -s "$base" ] || mv "$base.new.tar" "$base"
gzip -1c "$base" >"$place/base.tar.gz"
# systemd leaves directories that its package does not own, and people's accounts stay (README.Debian).
if piuparts --basetgz "$place/base.tar.gz" -d bookworm --no-eatmydata \
	--ignore /var/lib/authgate --ignore-regex '/var/(lib|log|cache)/private.*' --ignore-regex '/var/lib/systemd.*' \
	--ignore-regex '/root/\.ssh.*' --ignore-regex '/var/log/(journal|README|private).*' \
	build/deb/authgate_*.deb build/deb/authgate-server_*.deb >build/piuparts.log 2>&1; then
	echo '  deb: piuparts: ok'
	echo '1 passed, 0 failed'
else
	grep -E 'ERROR|FAIL|not owned' build/piuparts.log | tail -20
	echo '  deb: piuparts: FAILED'
	echo '0 passed, 1 failed'
	exit 1
fi
