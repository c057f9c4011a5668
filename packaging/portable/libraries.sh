#!/bin/sh
# Builds the libraries that Debian has no archive (.a) of, or one that brings too much along, from Debian's
# sources: libraries.sh SOURCES PREFIX.  For a program that needs libc alone.
set -eu

sources=$1 prefix=$2
here=$(cd "$(dirname "$0")" && pwd)
stamp=$prefix/built
wanted='h2o qrencode libjwt hiredis postgresql-15 curl'

# $wanted is a list of words.
# shellcheck disable=SC2086
"$here/fetch.sh" "$sources" $wanted
sources=$(cd "$sources" && pwd)
sum=$(cksum <"$0")
[ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || exit 0
rm -rf "$prefix"
mkdir -p "$prefix/lib" "$prefix/include"
prefix=$(cd "$prefix" && pwd)
stamp=$prefix/built
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)
export CFLAGS="-O2 -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffile-prefix-map=$work=."
# The name and time of the build must not show.
export SOURCE_DATE_EPOCH=1
# Of the C library of 2021, as Enterprise Linux 9 has it, not of this one.
export ac_cv_func_arc4random=no ac_cv_func_arc4random_buf=no

unpack() { # name: its source is here, and we are in it
	mkdir -p "$work/$1"
	tar -x -C "$work/$1" --strip-components=1 -f "$(find "$sources" -name "$1_*.orig.tar.*" ! -name '*.asc' | sort | tail -1)"
	cd "$work/$1"
}
quietly() { "$@" >"$work/log" 2>&1 || { tail -40 "$work/log" >&2; exit 1; }; }

# Without wslay it has no web sockets, which nobody here speaks.  The program has parsers of its own under
# two of its names (server/engine/refusal.c).
unpack h2o
PKG_CONFIG_LIBDIR=/nowhere quietly cmake -DWITH_BUNDLED_SSL=off -DWITH_MRUBY=off -DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_C_FLAGS="$CFLAGS -fcommon -DH2O_USE_EPOLL=1" .
quietly make -j"$jobs" libh2o-evloop
ar x libh2o-evloop.a picohttpparser.c.o
objcopy --redefine-sym phr_parse_request=h2o_phr_parse_request \
	--redefine-sym phr_decode_chunked=h2o_phr_decode_chunked picohttpparser.c.o
ar rD libh2o-evloop.a picohttpparser.c.o
cp libh2o-evloop.a "$prefix/lib/"
cp -r include/h2o include/h2o.h "$prefix/include/"

unpack qrencode
quietly ./configure --prefix=/usr --disable-shared --enable-static --without-tools --without-png
quietly make -j"$jobs" install DESTDIR="$work/installed"

# Its base64 is not in Debian's archive; ours stands in for it.
unpack libjwt
printf '#define HAVE_OPENSSL 1\n' >config.h
for file in libjwt/jwt.c libjwt/jwt-openssl.c "$here/base64.c"; do
	# shellcheck disable=SC2086
	quietly gcc $CFLAGS -w -I. -Iinclude -Ilibjwt -I"$here" -c "$file" -o "$(basename "$file" .c).o"
done
ar rcD "$prefix/lib/libjwt.a" jwt.o jwt-openssl.o base64.o
cp include/jwt.h "$prefix/include/"

unpack hiredis
quietly make -j"$jobs" libhiredis.a
mkdir -p "$prefix/include/hiredis"
cp libhiredis.a "$prefix/lib/"
cp -r ./*.h adapters "$prefix/include/hiredis/"

unpack postgresql-15
quietly ./configure --prefix=/usr --without-readline --without-zlib --with-ssl=openssl
quietly make -j"$jobs" -C src/interfaces/libpq install DESTDIR="$work/installed"
quietly make -C src/include install DESTDIR="$work/installed"
for part in common port; do cp src/$part/libpg${part}_shlib.a "$prefix/lib/"; done

unpack curl
quietly ./configure --prefix=/usr --disable-shared --enable-static --with-openssl --without-zlib --without-brotli \
	--without-zstd --without-nghttp2 --without-libidn2 --without-libpsl --without-librtmp --without-libssh2 \
	--disable-ldap --disable-dict --disable-file --disable-ftp --disable-gopher --disable-imap --disable-mqtt --disable-pop3 \
	--disable-rtsp --disable-smb --disable-smtp --disable-telnet --disable-tftp --disable-manual --disable-docs \
	--disable-ntlm --disable-alt-svc --disable-threaded-resolver --enable-threaded-resolver \
	--with-ca-bundle=/etc/ssl/certs/ca-certificates.crt --with-ca-fallback
quietly make -j"$jobs" -C lib install DESTDIR="$work/installed"
quietly make -C include install DESTDIR="$work/installed"
cp -r "$work/installed/usr/include/." "$prefix/include/"
cp "$work"/installed/usr/lib/*.a "$prefix/lib/"
echo "$sum" >"$stamp"
