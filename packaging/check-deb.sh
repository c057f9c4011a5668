#!/bin/sh
# Installs the packages of build/deb into a fresh minimal Debian and runs debian/tests there, without a
# service manager: check-deb.sh.  Needs root and mmdebstrap; what it unpacks is removed again.
set -eu

top=$PWD
root=$(mktemp -d /tmp/authgate-deb-XXXXXX)
base=$top/build/debian.tar
clean() {
	umount "$root/proc" 2>/dev/null || true
	rm -rf --one-file-system "$root"
}
trap clean EXIT

# A file, so that a second run asks no archive.
[ -s "$base" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates,curl,jq bookworm "$base.new.tar"
[ -s "$base" ] || mv "$base.new.tar" "$base"
tar -x -C "$root" -f "$base" --exclude=./dev
mkdir -p "$root/dev" "$root/packages"
for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Names and addresses of archives that are reached through a proxy.
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
cp build/deb/authgate_*_*.deb build/deb/authgate-server_*.deb build/deb/authgate-keyring_*.deb \
	build/deb/authgate-doc_*.deb "$root/packages/"
cp -a packaging/debian/tests "$root/packages/tests"

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive HOME=/root LC_ALL=C.UTF-8 \
	AUTOPKGTEST_TMP=/tmp chroot "$root" "$@"; }

inside apt-get update -qq
inside sh -c 'apt-get install -y -qq --no-install-recommends /packages/authgate_*.deb /packages/authgate-server_*.deb \
	/packages/authgate-doc_*.deb systemd' >"$root/install.log" 2>&1 || { cat "$root/install.log" >&2; exit 1; }
passed=0 failed=0
for test in smoke server purge; do
	if inside "/packages/tests/$test" >"$root/$test.log" 2>&1; then
		passed=$((passed + 1))
		echo "  deb: $test: ok"
	else
		failed=$((failed + 1))
		tail -30 "$root/$test.log"
		echo "  deb: $test: FAILED"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
