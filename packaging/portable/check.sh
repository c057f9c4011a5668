#!/bin/sh
# Runs build/portable/authgate where nothing else is: in a directory with the C library and /etc/ssl as its root.  Serves,
# and signs a device in that is the same program.  Needs root.
set -eu

top=$PWD
program=$top/build/portable/authgate
root=$(mktemp -d /tmp/authgate-portable-XXXXXX)
server=
chmod 755 "$root"
clean() {
	[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true
	rm -rf --one-file-system "$root"
}
trap clean EXIT
passed=0
check() { # what, command...
	what=$1
	shift
	"$@" || { echo "  portable: $what: FAILED"; cat "$root/log" 2>/dev/null; echo "$passed passed, 1 failed"; exit 1; }
	passed=$((passed + 1))
	echo "  portable: $what: ok"
}

check 'the archive has its checksum' sh -c 'cd build/portable && sha256sum --quiet -c SHA256SUMS'
# shellcheck disable=SC2016
check 'it needs the C library alone' sh -c '! ldd "$1" | grep -v "linux-vdso\|libc\.so\.6\|ld-linux"' sh "$program"
newest=$(objdump -T "$program" | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -1)
check "of version 2.34 or later ($newest)" [ "$(printf '%s\nGLIBC_2.34\n' "$newest" | sort -V | tail -1)" = GLIBC_2.34 ]
for file in $(ldd "$program" | grep -oE '/[^ ]+\.so[^ ]*'); do
	install -D -m 755 "$(readlink -f "$file")" "$root$file"
done
install -D -m 755 "$program" "$root/bin/authgate"
mkdir -p "$root/etc/ssl/certs" "$root/data" "$root/tmp" "$root/dev"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
for device in null urandom; do cp -a "/dev/$device" "$root/dev/"; done
chown 10001:10001 "$root/data"
chmod 1777 "$root/tmp"
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
secret=$(openssl rand -base64 48)
env -i PATH=/usr/sbin:/usr/bin:/bin SESSION_SECRET="$secret" SERVER_ADDR="127.0.0.1:$port" BASE_URL="$url" \
	DATABASE_PATH=/data/authgate.db chroot --userspec=10001:10001 "$root" /bin/authgate server >"$root/log" 2>&1 &
server=$!
tries=100
until curl -fs "$url/readyz" >/dev/null; do
	tries=$((tries - 1))
	[ $tries -gt 0 ] || break
	sleep 0.1
done
check 'it serves in an empty root' curl -fsS -o /dev/null "$url/readyz"
check 'a device signs in' packaging/debian/tests/device-login "$url" "$root/data/authgate-credentials.txt" \
	env -i PATH=/usr/sbin:/usr/bin:/bin HOME=/data chroot --userspec=10001:10001 "$root" /bin/authgate
# shellcheck disable=SC2016
check 'libcurl, libpq and hiredis are inside' sh -c 'chroot "$1" /bin/authgate version --json | grep -q "\"libpq\": *\"" &&
	chroot "$1" /bin/authgate version --json | grep -q "\"libcurl\": *\""' sh "$root"
echo "$passed passed, 0 failed"
