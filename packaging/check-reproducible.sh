#!/bin/sh
# Builds the last commit in two places, at other times of day and with other locales and file modes, and compares every byte:
# check-reproducible.sh [deb] [rpm] [portable].
set -eu

top=$PWD
one=$(mktemp -d /tmp/authgate-one-XXXXXX)
two=$(mktemp -d /var/tmp/authgate-another-XXXXXX)
trap 'rm -rf "$one" "$two"' EXIT
[ $# -gt 0 ] || set -- deb rpm portable

build() { # place, what...
	place=$1
	shift
	git clone -q "$top" "$place/source"
	# What was fetched once is not fetched again.
	mkdir -p "$place/source/build"
	for cache in sources h2o-source; do
		[ ! -d "$top/build/$cache" ] || cp -a "$top/build/$cache" "$place/source/build/"
	done
	for what in "$@"; do make -s -C "$place/source" "$what" >"$place/log" 2>&1 || { tail -20 "$place/log" >&2; exit 1; }; done
}
(umask 022; TZ=UTC LC_ALL=C.UTF-8 build "$one" "$@")
(umask 027; TZ=Pacific/Auckland LC_ALL=C LANGUAGE=de build "$two" "$@")
passed=0 failed=0
for file in $(cd "$one/source/build" && find deb rpm portable -maxdepth 1 -name '*.deb' -o -maxdepth 1 -name '*.rpm' \
	-o -maxdepth 1 -name '*.tar.gz' -o -maxdepth 1 -name 'authgate' -type f -o -maxdepth 1 -name '*.json' 2>/dev/null); do
	if cmp -s "$one/source/build/$file" "$two/source/build/$file"; then
		passed=$((passed + 1))
		echo "  reproducible: $file: ok"
	else
		failed=$((failed + 1))
		echo "  reproducible: $file: FAILED"
		mkdir -p build/differing/1 build/differing/2
		cp "$one/source/build/$file" build/differing/1/
		cp "$two/source/build/$file" build/differing/2/
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
