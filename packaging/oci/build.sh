#!/bin/sh
# An OCI image in build/oci, assembled without an engine: build.sh VERSION.  It holds the portable program, the C library
# that it needs, and the certificates of the authorities that the world trusts; no shell, nothing else.
set -eu

version=$1
top=$PWD
program=$top/build/portable/authgate
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) architecture=$(uname -m) ;;
esac

install -D -m 755 "$program" "$root/usr/bin/authgate"
# What ldd names.
for file in $(ldd "$program" | grep -oE "/[^ ]+\.so[^ ]*"); do
	install -D -m 755 "$(readlink -f "$file")" "$root$file"
done
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/:/nonexistent\nauthgate:x:10001:10001:authgate:/var/lib/authgate:/nonexistent\n' >"$root/etc/passwd"
printf 'root:x:0:\nauthgate:x:10001:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
install -D -m 644 LICENSE "$root/usr/share/doc/authgate/copyright"
install -D -m 644 /usr/share/doc/libc6/copyright "$root/usr/share/doc/libc6/copyright"
mkdir -p "$root/tmp" "$root/run" "$root/proc" "$root/dev" "$root/sys" "$root/var/lib/authgate"
chmod 1777 "$root/tmp"
chmod 755 "$root" "$root/etc" "$root/usr" "$root/var"
find "$root/etc" -type f -exec chmod 644 {} +
chmod 750 "$root/var/lib/authgate"

rm -rf "$top/build/oci"
packaging/oci/image.py "$root" "$top/build/oci" "$version" "$architecture" "$(git log -1 --format=%ct)"
size=$(find "$top/build/oci/blobs" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
[ "$size" -le 25000000 ] || { echo "oci: $size bytes are too many" >&2; exit 1; }
