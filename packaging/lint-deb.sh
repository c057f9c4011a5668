#!/bin/sh
# What Debian's own tools say of the packages in build/deb: nothing, or it is a failure.
set -eu

cd build/deb
said=$(lintian -EvIL +pedantic --allow-root ./*.changes 2>&1 | grep '^[A-Z]: ' | grep -v '^[N]: ' || true)
profile=$(apparmor_parser -Q -K -S ../../packaging/apparmor/authgate-server 2>&1 >/dev/null | grep -v 'Cache read/write disabled\|^$' || true)
hardening=$(blhc --all build.log || true)
for part in lintian apparmor hardening; do
	case $part in
	lintian) found=$said ;;
	apparmor) found=$profile ;;
	*) found=$hardening ;;
	esac
	[ -z "$found" ] || printf '%s\n' "$found"
	echo "  deb: $part: $([ -z "$found" ] && echo ok || echo FAILED)"
done
[ -z "$said$profile$hardening" ]
