#!/bin/sh
# Runs as a unit of a booted Debian that has the packages in /packages: installs them and tries what only a
# real systemd can show.  A line "ok: ..." or "FAILED: ..." each.
set -u
url=http://127.0.0.1:8080

check() { # what, command...
	what=$1
	shift
	if "$@" >/tmp/said 2>&1; then echo "ok: $what"; else
		echo "FAILED: $what"
		tail -5 /tmp/said
	fi
}
until_true() { # seconds, command...
	tries=$(($1 * 5))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}
property() { systemctl show -p "$1" --value authgate; }
serves() { curl -fsS -o /dev/null "${1:-$url}/readyz"; }
restarts_by() { # signal: the service manager brings it back
	before=$(property NRestarts)
	systemctl kill --signal="$1" authgate
	until_true 60 sh -c "[ \$(systemctl show -p NRestarts --value authgate) -gt $before ]" && until_true 30 serves
}
upgraded() { # while somebody asks all the time
	before=$(property MainPID) restarts=$(property NRestarts)
	: >/tmp/failures
	(while [ ! -e /tmp/enough ]; do curl -fsS -o /dev/null $url/readyz 2>>/tmp/failures; done) &
	apt-get install -y --no-install-recommends /packages/authgate_*.deb /packages/authgate-server_*.deb
	until_true 30 sh -c "[ \$(systemctl show -p MainPID --value authgate) != $before ]"
	changed=$?
	until_true 30 sh -c "! [ -d /proc/$before ]" && sleep 1
	touch /tmp/enough
	[ $changed = 0 ] && [ "$(property NRestarts)" = "$restarts" ] && [ "$(property ActiveState)" = active ]
}
exposure_is_low() {
	level=$(systemd-analyze security --no-pager authgate | sed -n 's/.*Overall exposure level for authgate.service: \([0-9.]*\).*/\1/p')
	echo "exposure $level"
	[ "$(printf '%s\n1.3\n' "$level" | sort -g | tail -1)" = 1.3 ]
}
drop_in() { # lines of [Service]
	mkdir -p /run/systemd/system/authgate.service.d
	{ echo '[Service]'; printf '%s\n' "$@"; } >/run/systemd/system/authgate.service.d/test.conf
	systemctl daemon-reload
}
restarted() { systemctl restart authgate && until_true 30 serves "$@"; }

check 'apt installs the packages' apt-get install -y --no-install-recommends /packages/before/*.deb
check 'the first start is ready without a command' until_true 30 serves
check 'it says so to systemd' sh -c '[ "$(systemctl show -p StatusText --value authgate)" = ready ]'
check 'its secret is its own' sh -c '[ "$(stat -c "%a %U" /var/lib/authgate/session-secret)" = "600 authgate" ]'
check 'its configuration is not for everybody' sh -c '! runuser -u nobody -- cat /etc/authgate/authgate.yaml'
check 'the sandbox leaves little' exposure_is_low
check 'root administers it' authgate admin --socket /run/authgate/admin.sock client list
check 'nobody else does' sh -c '! runuser -u nobody -- authgate admin --socket /run/authgate/admin.sock client list'
check 'a reload is waited for' systemctl reload authgate
check 'a restart serves again' restarted
check 'what is killed comes back' restarts_by KILL
check 'an upgrade of the package gives it a new process' upgraded
check 'of the new version' sh -c '[ "$(dpkg-query -W -f "\${Version}" authgate-server)" != 0.9-1 ]'
check 'which serves' serves
check 'and no request failed meanwhile' sh -c '[ ! -s /tmp/failures ]'
check 'which comes back when it is killed' restarts_by KILL
drop_in 'WatchdogSec=3s'
check 'a restart with a short watchdog' restarted
check 'what stands still is restarted' restarts_by STOP
drop_in 'LoadCredential=session-secret:/root/secret' 'Environment=STATE_DIRECTORY=/nowhere'
cp /var/lib/authgate/session-secret /root/secret
sed -i 's|session_secret_file:.*|session_secret_file: "/run/credentials/authgate.service/session-secret"|' /etc/authgate/authgate.yaml
check 'a secret may come as a credential' restarted
check 'a changed configuration survives an upgrade' sh -c 'apt-get install -y --reinstall --no-install-recommends /packages/authgate-server_*.deb &&
	grep -q /run/credentials /etc/authgate/authgate.yaml'
check 'and the service runs after it' until_true 30 serves
check 'port 443 without a capability' sh -c 'systemctl stop authgate && systemctl enable --now authgate.socket && systemctl start authgate'
check 'is served' until_true 30 serves http://127.0.0.1:443
check 'and waits for a server that is stopped' sh -c 'systemctl stop authgate; curl -fsS -m 30 http://127.0.0.1:443/readyz'
drop_in 'Environment=AUDIT_ANCHOR=journald' 'LoadCredential=session-secret:/root/secret'
check 'a restart with an anchor' restarted http://127.0.0.1:443
check 'the trail is anchored in the journal' until_true 100 sh -c 'journalctl -q -t authgate -o cat | grep audit-head/ >/tmp/heads'
check 'and verified against it' authgate admin --socket /run/authgate/admin.sock audit verify --anchor /tmp/heads
check 'the journal holds no secret' sh -c '! journalctl -q -u authgate | grep -F "$(cat /root/secret)"'
check 'a removed package leaves the accounts' sh -c 'apt-get purge -y authgate-server && [ -s /var/lib/authgate/authgate.db ] &&
	[ ! -e /etc/authgate/authgate.yaml ]'
echo done
