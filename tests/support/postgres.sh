#!/bin/sh
# A private PostgreSQL for tests: a Unix socket and a loopback port of its own, below a temporary
# directory, run by an unprivileged user.
#
#	postgres.sh run COMMAND...   start, run the command with TEST_POSTGRES set to a DSN, stop
#	postgres.sh with COMMAND...  the same, but only the command if TEST_POSTGRES is set already, or
#	                             if PostgreSQL is not installed
#	postgres.sh start DIRECTORY  the directory must not exist; prints the DSN
#	postgres.sh stop DIRECTORY   stops it and removes the directory
#	postgres.sh crash DIRECTORY  stops it as a crash would, and starts it again
#	postgres.sh standby DIRECTORY OF [PORT]
#	                             what DIRECTORY holds is replaced by a standby of the one in OF
#	postgres.sh promote DIRECTORY
#	                             the standby takes writes from now on
#
# POSTGRES_OPTIONS are more options for the server, as '-c fsync=on'.
set -eu

bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || bin=$(dirname "$(command -v pg_ctl || echo /)")

if [ "${1:-}" = with ]; then
	shift
	[ -z "${TEST_POSTGRES:-}" ] || exec "$@"
	if [ ! -x "$bin/initdb" ]; then
		echo 'postgres.sh: PostgreSQL is not installed: tests run on SQLite only' >&2
		exec "$@"
	fi
	set -- run "$@"
fi
[ -x "$bin/initdb" ] || { echo 'postgres.sh: PostgreSQL is not installed' >&2; exit 3; }

# PostgreSQL refuses to be run by root.
as_owner() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid postgres --regid postgres --init-groups env HOME=/ "$@"
	else
		"$@"
	fi
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# run_on DIRECTORY PORT: starts what is in the directory.
run_on() {
	as_owner "$bin/pg_ctl" -D "$1/data" -l "$1/log" -w -t 30 -s -o "-p $2 -k $1 -c listen_addresses=127.0.0.1 \
		-c fsync=off -c wal_retrieve_retry_interval=200 -c max_connections=500 -c shared_buffers=32MB ${POSTGRES_OPTIONS:-}" start >/dev/null || return
	echo "host=$1 port=$2 user=postgres dbname=postgres" >"$1/dsn"
	cat "$1/dsn"
}

start() {
	mkdir -m 700 "$1"
	[ "$(id -u)" -ne 0 ] || chown postgres:postgres "$1"
	as_owner "$bin/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$1/initdb.log" 2>&1 ||
		{ cat "$1/initdb.log" >&2; return 1; }
	# Two that start at once may be given the same port: the loser draws again.
	for attempt in 1 2 3; do
		! run_on "$1" "$(free_port)" || return 0
		[ "$attempt" -lt 3 ] || cat "$1/log" >&2
	done
	return 1
}

# Follows another; synchronously if the other wants that.
standby() {
	as_owner "$bin/pg_ctl" -D "$1/data" -m immediate -s stop 2>/dev/null || true
	rm -rf "$1"
	mkdir -m 700 "$1"
	[ "$(id -u)" -ne 0 ] || chown postgres:postgres "$1"
	as_owner "$bin/pg_basebackup" -d "$(cat "$2/dsn")" -D "$1/data" -R -X stream -c fast --no-sync
	run_on "$1" "${3:-$(free_port)}"
}

stop() {
	as_owner "$bin/pg_ctl" -D "$1/data" -m immediate -s stop || true
	rm -rf "$1"
}

verb=${1:-}
[ $# -ge 2 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shift
case $verb in
start) start "$1" ;;
stop) stop "$1" ;;
standby) standby "$@" ;;
promote) as_owner "$bin/pg_ctl" -D "$1/data" -w -s promote ;;
crash) as_owner "$bin/pg_ctl" -D "$1/data" -m immediate -w -s -l "$1/log" restart ;;
run)
	place=$(mktemp -d /tmp/authgate-pg.XXXXXX)
	chmod 711 "$place"
	trap 'stop "$place/pg"; rm -rf "$place"' EXIT
	trap 'exit 130' INT TERM
	TEST_POSTGRES=$(start "$place/pg")
	export TEST_POSTGRES
	"$@"
	;;
*) exit 2 ;;
esac
