#!/bin/sh
# An apt repository of the packages in build/deb, signed: repo.sh [KEY].  Leaves build/repo, which any web server gives away as
# it is, and the public key beside it.  Without a key that gpg knows, one is made that is thrown away: a trial.
set -eu

key=${1:-}
out=$PWD/build/repo
home=
clean() {
	[ -z "$home" ] || { GNUPGHOME=$home gpgconf --kill all 2>/dev/null || true; rm -rf "$home"; }
}
trap clean EXIT

rm -rf "$out"
mkdir -p "$out/pool"
cp build/deb/*.deb "$out/pool/"
if [ -z "$key" ]; then
	home=$(mktemp -d)
	export GNUPGHOME="$home"
	key='authgate trial <trial@authgate.example>'
	gpg --batch --quiet --passphrase '' --quick-generate-key "$key" ed25519 sign 1d
fi
cd "$out"
dpkg-scanpackages --multiversion pool >Packages 2>/dev/null
gzip -n9k Packages
apt-ftparchive -o APT::FTPArchive::Release::Origin=authgate -o APT::FTPArchive::Release::Label=authgate \
	-o APT::FTPArchive::Release::Suite=stable release . >Release.new
mv Release.new Release
gpg --batch --yes --quiet --local-user "$key" --clearsign -o InRelease Release
gpg --batch --yes --quiet --local-user "$key" --armor --detach-sign -o Release.gpg Release
gpg --batch --quiet --export "$key" >authgate-archive-keyring.gpg
ls "$out"
