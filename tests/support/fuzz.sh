#!/bin/sh
# Runs every fuzz target for some seconds, or with 0 only replays its corpus: fuzz.sh SECONDS targets...
set -u
seconds=$1
shift
failed=0
for target in "$@"; do
	name=$(basename "$target")
	found=build/fuzz/found/$name
	mkdir -p "$found"
	corpus=tests/fuzz/corpus/${name%_fuzz}
	[ -d "$corpus" ] || corpus=
	if [ "$seconds" -eq 0 ]; then
		limits='-runs=20000 -max_total_time=2'
	else
		limits="-max_total_time=$seconds"
	fi
	# $limits and $corpus are words, or nothing.
	# shellcheck disable=SC2086
	if "$target" -artifact_prefix="$found/crash-" -timeout=10 -rss_limit_mb=1024 $limits \
		"$found" $corpus >"$found.log" 2>&1; then
		printf '  fuzz: %s: ok (%s)\n' "$name" "$(grep -a '^Done' "$found.log" | tail -1)"
	else
		tail -40 "$found.log"
		printf '  fuzz: %s: FAILED, see %s\n' "$name" "$found.log"
		failed=$((failed + 1))
	fi
done
printf 'fuzz targets: %d run, %d bad\n' "$#" "$failed"
[ "$failed" -eq 0 ]
