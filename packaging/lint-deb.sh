#!/bin/sh
# What Debian's own tools say of the packages in build/deb: nothing, or it is a failure.
set -eu

cd build/deb
said=$(lintian -EvIL +pedantic --allow-root ./*.changes 2>&1 | grep '^[A-Z]: ' | grep -v '^[N]: ' || true)
hardening=$(blhc --all build.log || true)
for part in lintian hardening; do
	case $part in
	lintian) found=$said ;;
	*) found=$hardening ;;
	esac
	[ -z "$found" ] || printf '%s\n' "$found"
	echo "  deb: $part: $([ -z "$found" ] && echo ok || echo FAILED)"
done
[ -z "$said$hardening" ]
