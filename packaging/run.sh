#!/bin/sh
# Serves from a directory of its own below build: run.sh build/authgate.  The first run makes a
# configuration with fresh secrets; later runs keep it, and the data.
#
#	run.sh PROGRAM		http://localhost:8080, from build/run
#	run.sh PROGRAM phone	https://ADDRESS:8443 for a phone on the same network, from build/phone,
#				with a certificate of its own making
#
# PORT and, for a phone, ADDRESS (of this machine, as the phone reaches it) may be set.
set -eu

program=$PWD/$1
kind=${2:-run}
directory=$PWD/build/$kind
shown=build/$kind

random() { # 32 bytes as 64 hex digits
	head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'
}

# Of this machine on the way to everywhere else; nothing is sent.
own_address() {
	found=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
	[ -n "$found" ] || found=$(hostname -I 2>/dev/null | cut -d' ' -f1)
	[ -n "$found" ] || { echo 'run.sh: which address does this machine have? Set ADDRESS=' >&2 && exit 1; }
	echo "$found"
}

# Made anew when the address is another one.  Phones take no certificate of more than 398 days.
make_certificate() { # ADDRESS
	if [ -f cert.pem ] && openssl x509 -in cert.pem -noout -checkip "$1" 2>/dev/null | grep -q 'does match' &&
		openssl x509 -in cert.pem -noout -checkend 86400 >/dev/null; then
		return
	fi
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 \
		-subj "/CN=authgate on $(hostname 2>/dev/null || echo this machine)" \
		-addext "subjectAltName=IP:$1,IP:127.0.0.1,DNS:localhost" \
		-addext 'extendedKeyUsage=serverAuth' \
		-keyout key.pem.new -out cert.pem.new 2>/dev/null
	mv key.pem.new key.pem
	mv cert.pem.new cert.pem
}

umask 077
mkdir -p "$directory"
cd "$directory"
if [ ! -f session-secret ]; then
	random >session-secret.new
	mv session-secret.new session-secret
fi
if [ "$kind" = phone ]; then
	address=${ADDRESS:-$(own_address)}
	port=${PORT:-8443}
	# Where it listens is what the file says, once there is one.
	[ ! -f authgate.yaml ] || port=$(sed -n 's/^  addr: ".*:\([0-9]*\)"/\1/p' authgate.yaml)
	make_certificate "$address"
	url=https://$address:$port
	listen=":$port"
	tls="
  tls:
    cert_file: \"$directory/cert.pem\"
    key_file: \"$directory/key.pem\""
	trust=" --ca-file $shown/cert.pem"
else
	url=http://localhost:${PORT:-8080}
	listen="127.0.0.1:${PORT:-8080}"
	tls=""
	trust=""
fi
if [ ! -f authgate.yaml ]; then
	cat >authgate.yaml.new <<YAML
# Made by \`make $kind\`; yours to change.  All keys: docs/CONFIGURATION.md.
server:
  addr: "$listen"
  base_url: "$url"$tls
log:
  requests: false
database:
  dsn: "$directory/authgate.db"
secrets:
  session_secret_file: "$directory/session-secret"
auth:
  credentials_file: "$directory/authgate-credentials.txt"
YAML
	mv authgate.yaml.new authgate.yaml
fi

# A network may give this machine another address from one day to the next.
if [ "$kind" = phone ]; then
	sed "s|^  base_url: .*|  base_url: \"$url\"|" authgate.yaml >authgate.yaml.new
	mv authgate.yaml.new authgate.yaml
fi

# Changed by hand, perhaps; where it listens is not what PORT says then.
of_yaml() { # KEY
	sed -n "s/^ *$1: *\"\{0,1\}\([^\" ]*\).*/\1/p" authgate.yaml
}
url=$(of_yaml base_url)
credentials=$(of_yaml credentials_file)

# Who has noted the password may have removed the file.
welcome() {
	client='<client_id>'
	printf '\n  authgate serves   %s\n' "$url"
	if [ -f "$credentials" ]; then
		client=$(sed -n 's/^client_id=//p' "$credentials")
		printf "  the admin's name and password are in\n                    %s\n" "$credentials"
		printf '  client_id         %s\n' "$client"
	fi
	cat <<TEXT

  Sign in from a second terminal:

    build/authgate login --device --issuer $url --client-id $client$trust

TEXT
	[ "$kind" != phone ] || cat <<TEXT
  and scan the QR code with a phone on the same network. It does not know the
  certificate and warns: compare its fingerprint, and go on.

    $(openssl x509 -in cert.pem -noout -fingerprint -sha256 | sed 's/^.*=//')

TEXT
	cat <<TEXT
  Stop with Ctrl-C; the next \`make $kind\` keeps the data.

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
	if curl -kfsS -o /dev/null "$url/readyz" 2>/dev/null; then
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
