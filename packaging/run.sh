#!/bin/sh
# Serves http://localhost:8080 from build/run: run.sh build/authgate.  The first run makes a
# configuration with fresh secrets; later runs keep it, and the data.
set -eu

program=$PWD/$1
directory=$PWD/build/run
url=http://localhost:${PORT:-8080}

random() { # 32 bytes as 64 hex digits
	head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'
}

umask 077
mkdir -p "$directory"
cd "$directory"
if [ ! -f session-secret ]; then
	random >session-secret.new
	mv session-secret.new session-secret
fi
if [ ! -f authgate.yaml ]; then
	cat >authgate.yaml.new <<YAML
# Made by \`make run\`; yours to change.  All keys: docs/CONFIGURATION.md.
server:
  addr: "127.0.0.1:${PORT:-8080}"
  base_url: "$url"
database:
  dsn: "$directory/authgate.db"
secrets:
  session_secret_file: "$directory/session-secret"
auth:
  credentials_file: "$directory/credentials.txt"
YAML
	mv authgate.yaml.new authgate.yaml
fi

# Changed by hand, perhaps; where it listens is not what PORT says then.
url=$(sed -n 's/^ *base_url: *"\{0,1\}\([^" ]*\).*/\1/p' authgate.yaml)

# Who has noted the password may have removed the file.
welcome() {
	client='<client_id>'
	printf '\n  authgate serves   %s\n' "$url"
	if [ -f credentials.txt ]; then
		client=$(sed -n 's/^client_id=//p' credentials.txt)
		printf "  the admin's name and password are in\n                    %s\n" \
			"$directory/credentials.txt"
		printf '  client_id         %s\n' "$client"
	fi
	cat <<TEXT

  Sign in from a second terminal:

    build/authgate login --device --issuer $url --client-id $client

  Stop with Ctrl-C; the next \`make run\` keeps the data.

TEXT
}

# The server is a child so that we can say where things are once it is ready.  Ctrl-C reaches it
# without us, and a second signal would end it before it has drained.
"$program" server --config authgate.yaml &
server=$!
trap : INT
trap 'kill -TERM $server 2>/dev/null || true' TERM HUP

tries=0
while kill -0 $server 2>/dev/null && [ $tries -lt 100 ]; do
	if curl -fsS -o /dev/null "$url/readyz" 2>/dev/null; then
		welcome
		break
	fi
	tries=$((tries + 1))
	sleep 0.1
done

# A trapped signal ends the first wait early; the second has the server's own status.
status=0
wait $server || status=$?
if kill -0 $server 2>/dev/null; then
	status=0
	wait $server || status=$?
fi
exit $status
