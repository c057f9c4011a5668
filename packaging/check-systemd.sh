#!/bin/sh
# Boots a Debian in a container with the packages of build/deb and runs packaging/systemd/test-inside.sh in it.
# Needs root, mmdebstrap and systemd-nspawn.
set -eu

top=$PWD
root=$(mktemp -d /var/tmp/authgate-systemd-XXXXXX)
base=$top/build/debian-systemd.tar
trap 'rm -rf --one-file-system "$root"' EXIT

if [ ! -s "$base" ]; then
	mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,curl bookworm "$base.new.tar"
	mv "$base.new.tar" "$base"
fi
tar -x -C "$root" -f "$base" --exclude='./dev/*'
mkdir -p "$root/packages" "$root/dev"
for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
cp build/deb/*.deb "$root/packages/"
# The same packages as those of a version before, to be upgraded from.
mkdir "$root/packages/before"
for package in authgate authgate-server; do
	dpkg-deb -R build/deb/${package}_*.deb "$root/packages/before/$package"
	sed -i '/^Version:/s/:.*/: 0.9-1/; s/authgate (>= [^)]*), authgate (<< [^)]*)/authgate (= 0.9-1)/' \
		"$root/packages/before/$package/DEBIAN/control"
	dpkg-deb -b "$root/packages/before/$package" "$root/packages/before/" >/dev/null
	rm -rf "$root/packages/before/$package"
done
cp packaging/systemd/test-inside.sh "$root/packages/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
# The container has no network: what the packages depend on is fetched now.
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" sh -c \
	'apt-get update -qq && apt-get install -y -qq --no-install-recommends --download-only /packages/authgate_*.deb \
	/packages/authgate-server_*.deb' >"$root/fetch.log" 2>&1 || { cat "$root/fetch.log" >&2; exit 1; }
cat >"$root/etc/systemd/system/try.service" <<'UNIT'
[Unit]
After=multi-user.target dbus.service
[Service]
Type=oneshot
Environment=DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
ExecStart=/bin/sh -c 'sh /packages/test-inside.sh >/result 2>&1; systemctl poweroff --no-block'
StandardInput=null
UNIT
mkdir -p "$root/etc/systemd/system/default.target.wants"
ln -s ../try.service "$root/etc/systemd/system/default.target.wants/try.service"

timeout -s KILL 600 systemd-nspawn -q -D "$root" --register=no --keep-unit --boot --private-network \
	--console=read-only </dev/null >"$root/boot.log" 2>&1 || true
[ -s "$root/result" ] || { tail -20 "$root/boot.log"; echo '0 passed, 1 failed'; exit 1; }
sed -n '/^ok:\|^FAILED:\|^[^od]/s/^/  systemd: /p' "$root/result"
passed=$(grep -c '^ok:' "$root/result" || true)
failed=$(grep -c '^FAILED:' "$root/result" || true)
grep -q '^done$' "$root/result" || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
