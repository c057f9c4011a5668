#!/bin/sh
# Unpacks the image in build/oci and starts it as its configuration says, as an engine would: another user,
# a root that is read only, nothing but the environment.  A device signs in.  Needs root.
set -eu

top=$PWD
root=$(mktemp -d /tmp/authgate-oci-XXXXXX)
data=$(mktemp -d /tmp/authgate-oci-data-XXXXXX)
server=
chmod 755 "$root" "$data"
clean() {
	[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true
	rm -rf --one-file-system "$root" "$data"
}
trap clean EXIT
passed=0
check() { # what, command...
	what=$1
	shift
	"$@" || { echo "  oci: $what: FAILED"; cat "$data/log" 2>/dev/null; echo "$passed passed, 1 failed"; exit 1; }
	passed=$((passed + 1))
	echo "  oci: $what: ok"
}
blob() { echo "$top/build/oci/blobs/sha256/${1#sha256:}"; }

manifest=$(blob "$(jq -r '.manifests[0].digest' build/oci/index.json)")
config=$(blob "$(jq -r .config.digest "$manifest")")
layer=$(blob "$(jq -r '.layers[0].digest' "$manifest")")
check 'every blob has the digest of its name' sh -c 'cd build/oci/blobs/sha256 && for f in *; do echo "$f  $f"; done | sha256sum --quiet -c'
check 'the layer is the one of the configuration' [ "sha256:$(zcat "$layer" | sha256sum | cut -d' ' -f1)" = "$(jq -r '.rootfs.diff_ids[0]' "$config")" ]
check 'it is 25 MB at most' [ "$(stat -c %s "$layer")" -le 25000000 ]
check 'it is nobody in particular' [ "$(jq -r .config.User "$config")" = 10001:10001 ]
if command -v skopeo >/dev/null; then
	check 'skopeo reads it' sh -c 'skopeo inspect oci:build/oci >/dev/null'
fi
tar -xz -C "$root" -f "$layer"
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
install -m 440 /dev/null "$data/secret"
openssl rand -base64 48 >"$data/secret"
mkdir "$data/state"
# A secret as Kubernetes mounts it: root's, readable by the group.
chown 0:10001 "$data/secret"
chown 10001:10001 "$data/state"
# Mounts as an engine makes them: seen by this process alone, and gone with it.
run() { # environment: as root, which then becomes the user of the configuration
	jq -r '.config.Env[]' "$config" >"$data/environment"
	# shellcheck disable=SC2016,SC2046
	exec unshare --mount --propagation private sh -ec '
		root=$1 data=$2 place=$3
		shift 3
		mount --bind "$root" "$root"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
		mount -t tmpfs tmpfs "$root/run"
		touch "$root/run/secret"
		mount --bind "$data/secret" "$root/run/secret"
		mount --bind "$data/state" "$root$place"
		mount -o remount,bind,ro "$root"
		exec env -i "$@"' sh "$root" "$data" "$(jq -r .config.WorkingDir "$config")" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin $(grep -v ^PATH= "$data/environment") "$@" \
		setpriv --no-new-privs chroot --userspec="$(jq -r .config.User "$config")" "$root" \
		$(jq -r '.config.Entrypoint[], .config.Cmd[]' "$config")
}
run SERVER_ADDR="127.0.0.1:$port" BASE_URL="$url" SESSION_SECRET_FILE=/run/secret DATABASE_PATH=/var/lib/authgate/named.db \
	>"$data/log" 2>&1 &
server=$!
tries=100
until curl -fs "$url/readyz" >/dev/null; do
	tries=$((tries - 1))
	[ $tries -gt 0 ] || break
	sleep 0.1
done
check 'it serves with a root that is read only' curl -fsS -o /dev/null "$url/readyz"
check 'DATABASE_PATH is where it keeps everything' [ -s "$data/state/named.db" ]
check 'a device signs in' packaging/debian/tests/device-login "$url" "$data/state/authgate-credentials.txt"
kill "$server"
wait "$server" || true
server=
echo "$passed passed, 0 failed"
