#!/bin/sh
# One program that needs the C library alone: build.sh VERSION.  Leaves build/portable/authgate, the tar
# archive that is given away, and its checksum.  The rest is linked in: Debian's archives where they are
# complete, else what libraries.sh builds.
set -eu

version=$1
top=$PWD
out=$top/build/portable
libraries=$top/build/portable-libraries
architecture=$(uname -m)

packaging/portable/libraries.sh build/sources "$libraries"
mkdir -p "$out"
# Nothing of where and when it was built shows.
flags="-O2 -g -D_FORTIFY_SOURCE=2 -ffile-prefix-map=$top=. -DH2O_USE_EPOLL=1 -DH2O_IS_STATIC"
static() { for name in "$@"; do printf ' -l%s' "$name"; done; }
links="-L$libraries/lib -Wl,-Bstatic -Wl,--start-group $(static h2o-evloop sqlite3 jwt ssl crypto sodium ncursesw tinfo jansson yaml qrencode crypt \
	curl hiredis pq pgcommon_shlib pgport_shlib z) -Wl,--end-group -Wl,-Bdynamic"
# Of the libraries that pkg-config would name, those of $libraries come first.
includes="-isystem $libraries/include"
unset MAKEFLAGS MAKELEVEL MFLAGS BUILD CC
make -s -j2 BUILD="$out/objects" VERSION="$version" SYSTEM_CFLAGS="$includes" CFLAGS="$flags" \
	LINKED="$out/objects/linked.o $out/objects/stand_ins.o" AG_LIBS="$links" "$out/objects/authgate"
cp "$out/objects/authgate" "$out/authgate.debug"
strip --strip-unneeded -o "$out/authgate" "$out/authgate.debug"

name=authgate-$version-linux-$architecture
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
make -s BUILD="$out/objects" VERSION="$version" SYSTEM_CFLAGS="$includes" CFLAGS="$flags" LINKED="$out/objects/linked.o $out/objects/stand_ins.o" \
	AG_LIBS="$links" DESTDIR="$place/$name" PREFIX= STRIP=-s install
# Another member of the archive for each file that somebody may want, in one order, of one time.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -C "$place" -c "$name" |
	gzip -n9 >"$out/$name.tar.gz"
packaging/sbom.py "$out/authgate" "$version" "$(git log -1 --format=%ct)" build/sources >"$out/$name.cdx.json"
(cd "$out" && sha256sum authgate "$name.tar.gz" "$name.cdx.json" >SHA256SUMS)
ls -l "$out/authgate" "$out/$name.tar.gz" "$out/$name.cdx.json"
