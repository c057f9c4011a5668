#!/bin/sh
# Makes the Debian packages of the last commit in build/deb: deb.sh VERSION [ARCH].  debian/ is laid out
# where the tools want it, from packaging/debian and the units and tables that every system shares.
set -eu

version=$1
arch=${2:-$(dpkg --print-architecture)}
top=$PWD
out=$top/build/deb
source=$out/authgate-$version

rm -rf "$out"
mkdir -p "$out"
git archive --prefix="authgate-$version/" HEAD | gzip -n9 >"$out/authgate_$version.orig.tar.gz"
tar -xzf "$out/authgate_$version.orig.tar.gz" -C "$out"
cp -a "$source/packaging/debian" "$source/debian"
for file in service socket; do
	cp "$source/packaging/systemd/authgate.$file" "$source/debian/authgate-server.authgate.$file"
done
cp "$source/packaging/systemd/authgate.sysusers" "$source/debian/authgate-server.sysusers"
cp "$source/packaging/systemd/authgate.tmpfiles" "$source/debian/authgate-server.tmpfiles"
# The changelog names releases; what is built between two of them sorts behind the older one.
sed -i "1s/([^)]*)/($version-1)/" "$source/debian/changelog"

# What the make that called us was told is not for the package.
unset MAKEFLAGS MAKELEVEL MFLAGS BUILD CC
cd "$source"
if [ "$arch" = "$(dpkg --print-architecture)" ]; then
	dpkg-buildpackage -us -uc >"$out/build.log" 2>&1 || { tail -40 "$out/build.log" >&2; exit 1; }
else
	dpkg-buildpackage -us -uc -b -a"$arch" -Pcross,nocheck >"$out/build.log" 2>&1 ||
		{ tail -40 "$out/build.log" >&2; exit 1; }
fi
cd "$top"
if [ "$arch" = "$(dpkg --print-architecture)" ]; then
	packaging/sbom.py "$source/debian/authgate/usr/bin/authgate" "$version" "$(git log -1 --format=%ct)" >"$out/authgate_${version}_$arch.cdx.json"
fi
(cd "$out" && sha256sum ./*.deb ./*.json 2>/dev/null >SHA256SUMS) || true
rm -rf "$source"
ls "$out"/*.deb
