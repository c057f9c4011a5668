#!/bin/sh
# Makes rpm packages of the last commit in build/rpm, with Debian's rpmbuild: rpm.sh VERSION.  It is a trial of
# packaging/rpm/authgate.spec: the dependencies have Debian's names.  Installs them into an empty root, too.
set -eu

version=$1
top=$PWD
out=$top/build/rpm
h2o=$top/build/h2o-source

# Debian's archive of h2o's source; the lists for it are read in a place of their own.
if ! ls "$h2o"/h2o_*.orig.tar.xz >/dev/null 2>&1; then
	mkdir -p "$h2o/lists/partial"
	chmod 755 "$h2o" "$h2o/lists"
	echo 'deb-src http://deb.debian.org/debian bookworm main' >"$h2o/sources.list"
	options="-o Dir::Etc::SourceList=$h2o/sources.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$h2o/lists
		-o APT::Sandbox::User=root"
	# shellcheck disable=SC2086
	(cd "$h2o" && apt-get $options update -qq && apt-get $options source -qq --download-only h2o)
fi

rm -rf "$out"
mkdir -p "$out/SOURCES" "$out/tmp"
git archive --prefix="authgate-$version/" HEAD | gzip -n9 >"$out/SOURCES/authgate-$version.tar.gz"
cp "$h2o"/h2o_*.orig.tar.xz "$out/SOURCES/"
unset MAKEFLAGS MAKELEVEL MFLAGS BUILD CC
rpmbuild -ba --nodeps --load packaging/rpm/macros.debian --define "_topdir $out" --define "_tmppath $out/tmp" \
	--define "_buildhost reproducible" --define "use_source_date_epoch_as_buildtime 1" \
	--define "clamp_mtime_to_source_date_epoch 1" --define "source_date_epoch_from_changelog 1" \
	--define "authgate_version $version" packaging/rpm/authgate.spec >"$out/build.log" 2>&1 ||
	{ tail -40 "$out/build.log" >&2; exit 1; }
find "$out/RPMS" "$out/SRPMS" -name '*.rpm' -exec cp {} "$out/" \;

# Installed where nothing else is: the program runs, and the files belong to whom they should.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
rpm --root "$root" --initdb
rpm --root "$root" -ivh --nodeps --noscripts --quiet "$out"/authgate-"$version"*.x86_64.rpm "$out"/authgate-server-*.rpm \
	"$out"/authgate-keyring-*.rpm "$out"/authgate-doc-*.rpm 2>/dev/null
[ "$("$root/usr/bin/authgate" --version | head -1)" = "authgate $version" ]
[ -f "$root/usr/lib/systemd/system/authgate.service" ] && [ -f "$root/etc/authgate/authgate.yaml" ]
rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]' "$out"/authgate-server-*.noarch.rpm |
	grep -q '^-rw-r----- root authgate /etc/authgate/authgate.yaml$'
said=$(rpmlint -r packaging/rpm/authgate.rpmlintrc "$out"/*.rpm 2>&1 | grep -E '^[^ ]+: [EW]: ' || true)
[ -z "$said" ] || { printf '%s\n' "$said" >&2; exit 1; }
ls "$out"/*.rpm
