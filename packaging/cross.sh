#!/bin/sh
# Builds the last commit for another processor with Debian's cross tools: cross.sh ARCH program|deb|unit VERSION.  They, and the
# libraries of that processor, are in a Debian of their own, so that this machine's packages stay as they are.
#
# program: build/linux_ARCH/authgate; unit: the unit tests too, run by qemu-user; deb: build/deb/*_ARCH.deb.
set -eu

arch=$1 what=$2 version=$3
top=$PWD
base=$top/build/cross-$arch.tar
root=$top/build/cross-$arch
machine=$(dpkg-architecture -a"$arch" -qDEB_HOST_GNU_TYPE 2>/dev/null)
emulator=qemu-$(dpkg-architecture -a"$arch" -qDEB_HOST_GNU_CPU 2>/dev/null)-static
native="build-essential crossbuild-essential-$arch make pkg-config debhelper dh-apparmor dpkg-dev fakeroot libssl-dev libsqlite3-dev git qemu-user-static"
foreign=$(sed -n '/^Build-Depends:/,/^[A-Z]/p' packaging/debian/control | grep -oE 'lib[a-z0-9.+-]+-dev')

if [ ! -s "$base" ]; then
	include=$(echo "$native" | tr ' ' ',')
	for package in libc6-dev libcmocka-dev $foreign; do include=$include,$package:$arch; done
	mmdebstrap --quiet --variant=minbase --architectures="$(dpkg --print-architecture),$arch" --include="$include" bookworm "$base.new.tar"
	mv "$base.new.tar" "$base"
fi
if [ ! -e "$root/unpacked" ]; then
	rm -rf --one-file-system "$root"
	mkdir -p "$root/dev"
	tar -x -C "$root" -f "$base" --exclude='./dev/*'
	for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
	touch "$root/unpacked"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
clean() { umount "$root/proc" 2>/dev/null || true; }
trap clean EXIT
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
# What the program has come to need since the archive was made.
wanted="$native $(for package in libc6-dev libcmocka-dev $foreign; do echo "$package:$arch"; done)"
# shellcheck disable=SC2086
if ! inside dpkg-query -W $wanted >/dev/null 2>&1; then
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
	inside apt-get update -qq
	inside apt-get install -y -qq --no-install-recommends $wanted >"$root/install.log" 2>&1 || { tail -5 "$root/install.log" >&2; exit 1; }
fi

case $what in
program | unit)
	mkdir -p "$root/source"
	git archive HEAD | tar -x -C "$root/source"
	target=all
	[ "$what" = program ] || target='all build/linux/unit-programs'
	# shellcheck disable=SC2086
	inside env PKG_CONFIG_LIBDIR="/usr/lib/$machine/pkgconfig:/usr/share/pkgconfig" make -s -C /source -j2 BUILD=build/linux \
		VERSION="$version" CC="$machine-gcc" HOSTCC=gcc $target
	mkdir -p "$top/build/linux_$arch"
	cp "$root/source/build/linux/authgate" "$top/build/linux_$arch/authgate.$arch"
	inside "$machine-strip" -o /source/build/linux/stripped /source/build/linux/authgate
	cp "$root/source/build/linux/stripped" "$top/build/linux_$arch/authgate"
	# What runs it here, for stories: AUTHGATE_BINARY.
	printf '#!/bin/sh\nexec %s -L %s %s "$@"\n' "$root/usr/bin/$emulator" "$root" "$top/build/linux_$arch/authgate" \
		>"$top/build/linux_$arch/emulated"
	chmod +x "$top/build/linux_$arch/emulated"
	[ "$what" = unit ] || exit 0
	passed=0 failed=0
	# One runs a tool of the build, which is this machine's.
	for test in $(cd "$root/source" && find build/linux/tests/unit -name '*_test' -type f ! -name tplc_test | sort); do
		if inside sh -c "cd /source && $emulator -L / $test" >"$root/log" 2>&1; then passed=$((passed + 1)); else
			failed=$((failed + 1))
			echo "  $arch: $test: FAILED"
			tail -5 "$root/log"
		fi
	done
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	;;
deb)
	rm -rf "$root/packages"
	mkdir -p "$root/packages"
	git archive --prefix=source/ HEAD | tar -x -C "$root/packages"
	# Its archive of the source needs a commit.
	inside sh -c 'cd /packages/source && git init -q && git add -A && git -c user.name=x -c user.email=x commit -qm x'
	inside sh -c "cd /packages/source && packaging/deb.sh '$version' '$arch'"
	mkdir -p build/deb
	cp "$root"/packages/source/build/deb/*_"$arch".deb build/deb/
	ls build/deb/*_"$arch".deb
	;;
esac
