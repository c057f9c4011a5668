#!/bin/sh
# The Debian packages authgate needs, by purpose.  `deps.sh check PURPOSE...` names those that are
# missing; `deps.sh install PURPOSE...` installs them, and only them, with apt-get.
set -eu

build='gcc make pkg-config curl libc6-dev libh2o-evloop-dev libsqlite3-dev libpq-dev libssl-dev
	libcurl4-openssl-dev libhiredis-dev libjansson-dev libyaml-dev libqrencode-dev libcrypt-dev
	libjwt-dev libsodium-dev
	libncurses-dev'
tests='libcmocka-dev clang valgrind libclang-rt-14-dev python3 python3-pytest python3-yaml python3-pytest-xdist python3-jwt python3-cryptography
	postgresql python3-psycopg2 haproxy redis-server prometheus
	libsecret-1-dev gnome-keyring dbus strace git faketime tmux'
lint='clang-format clang-tidy cppcheck universal-ctags mandoc shellcheck'
browser='nodejs npm chromium'
phone='openssl iproute2'
interop='nodejs npm python3-authlib python3-requests-oauthlib apache2-bin libapache2-mod-auth-openidc'
interop_all='oidc-agent-cli chromium glewlwyd maven openjdk-17-jdk-headless python3-venv'
docs='curl gcc openssl python3 python3-flask python3-authlib python3-requests python3-requests-oauthlib python3-jwt
	python3-cryptography nginx libnginx-mod-http-js apache2 libapache2-mod-auth-openidc libcurl4-openssl-dev
	postgresql haproxy codespell nodejs npm'
model='spin gcc python3'
deb='debhelper dh-apparmor apt-utils gpg gpg-agent dpkg-dev fakeroot libsecret-1-dev'
portable='cmake zlib1g-dev binutils bison flex'
rpm='rpm rpmlint cmake libwslay-dev zlib1g-dev libsecret-1-dev binutils'
cross='mmdebstrap dpkg-dev'
chroot='apparmor piuparts blhc lintian mmdebstrap systemd-container jq curl openssl util-linux'
bench='wrk util-linux valgrind postgresql python3 python3-jwt python3-cryptography python3-psycopg2'

packages() {
	for purpose in "$@"; do
		case $purpose in
		build) echo "$build" ;;
		tests) echo "$tests" ;;
		lint) echo "$lint" ;;
		browser) echo "$browser" ;;
		phone) echo "$phone" ;;
		interop) echo "$interop" ;;
		interop_all) echo "$interop_all" ;;
		bench) echo "$bench" ;;
		docs) echo "$docs" ;;
		model) echo "$model" ;;
		deb) echo "$deb" ;;
		portable) echo "$portable" ;;
		cross) echo "$cross" ;;
		chroot) echo "$chroot" ;;
		rpm) echo "$rpm" ;;
		*) echo "deps.sh: unknown purpose: $purpose" >&2 && exit 2 ;;
		esac
	done
}

# Node.js from nodejs.org or nodesource.com brings npm along and conflicts with Debian's.
is_elsewhere() {
	case $1 in
	nodejs) command -v node >/dev/null ;;
	npm) command -v npm >/dev/null ;;
	*) false ;;
	esac
}

missing() {
	for package in $(packages "$@"); do
		! is_elsewhere "$package" || continue
		status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
		case $status in
		?i*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

verb=${1:-}
[ $# -ge 2 ] || { echo 'usage: deps.sh check|install build|tests|lint|browser|interop|interop_all|bench|docs|model|deb|chroot|rpm...' >&2; exit 2; }
shift
if ! command -v dpkg-query >/dev/null; then
	echo 'deps.sh: this is not Debian; it needs what these packages hold:' >&2
	packages "$@" >&2
	exit 0
fi
wanted=$(missing "$@")
[ -n "$wanted" ] || exit 0
case $verb in
check)
	echo "missing Debian packages: $wanted" >&2
	echo "install them with: packaging/deps.sh install $*" >&2
	exit 1
	;;
install)
	echo "installing Debian packages: $wanted"
	# Without lists apt knows no package at all.
	if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ]; then
		as_root apt-get update -q
	fi
	# $wanted is a list of words.
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends $wanted ||
		{
			# Lists of last month name versions that are gone.
			as_root apt-get update -q
			# shellcheck disable=SC2086
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends $wanted
		}
	;;
*)
	echo "deps.sh: unknown command: $verb" >&2
	exit 2
	;;
esac
