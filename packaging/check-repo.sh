#!/bin/sh
# Installs from build/repo in a fresh minimal Debian, as README.md says it, and sees that another key is refused: check-repo.sh.
# Needs root and the archive that check-deb.sh makes.
set -eu

top=$PWD
root=$(mktemp -d /tmp/authgate-repo-XXXXXX)
base=$top/build/debian.tar
clean() {
	umount "$root/proc" 2>/dev/null || true
	rm -rf --one-file-system "$root"
}
trap clean EXIT

[ -s "$base" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates,curl,jq bookworm "$base.new.tar"
[ -s "$base" ] || mv "$base.new.tar" "$base"
tar -x -C "$root" -f "$base" --exclude=./dev
mkdir -p "$root/dev" "$root/etc/apt/keyrings"
for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
cp -a build/repo "$root/srv/repo"
cp build/repo/authgate-archive-keyring.gpg "$root/etc/apt/keyrings/authgate.gpg"
echo 'deb [signed-by=/etc/apt/keyrings/authgate.gpg] file:/srv/repo ./' >"$root/etc/apt/sources.list.d/authgate.list"
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive HOME=/root LC_ALL=C.UTF-8 chroot "$root" "$@"; }
passed=0
check() { # what, command...
	what=$1
	shift
	"$@" >"$root/log" 2>&1 || { echo "  repo: $what: FAILED"; tail -20 "$root/log"; echo "$passed passed, 1 failed"; exit 1; }
	passed=$((passed + 1))
	echo "  repo: $what: ok"
}
check 'apt trusts the key' inside apt-get update
check 'apt installs from it' inside apt-get install -y --no-install-recommends authgate
check 'the program runs' inside authgate --version
printf 'x' >>"$root/srv/repo/Packages"
rm -f "$root/srv/repo/Packages.gz" "$root"/var/lib/apt/lists/*srv_repo*
check 'what was changed afterwards is refused' sh -c "! env -i PATH=/usr/sbin:/usr/bin chroot $root apt-get update -o APT::Update::Error-Mode=any"
echo "$passed passed, 0 failed"
