#!/bin/sh
# Makes of a copy of this machine the one that the documents speak of: machine.sh BUILD bare|installed|serving
#
# bare:    authgate is installed as `make install PREFIX=/usr` does it, nothing runs.
# installed: besides, /etc/authgate has the configuration of the packages.
# serving: it serves https://auth.example.com with a certificate of the machine's own authority, and
#          mia has an account; who follows the page is root and signed in nowhere.
set -eu
build=$1
kind=$2

printf '127.0.0.1 localhost docs auth.example.com wiki.example.com api.example.com app.example.com\n' >/etc/hosts
mkdir -p /run/lock
install -m 755 "$(dirname "$0")/systemctl" /usr/local/bin/systemctl
rm -rf /root/.local/state/authgate /root/.config/authgate /etc/authgate /var/lib/authgate
make -s install PREFIX=/usr BUILD="$build"
systemd-sysusers /usr/lib/sysusers.d/authgate.conf 2>/dev/null || useradd -r -d /var/lib/authgate authgate
[ "$kind" != bare ] || exit 0
install -d -m 750 -g authgate /etc/authgate
install -m 640 -g authgate packaging/authgate.yaml /etc/authgate/
[ "$kind" = serving ] || exit 0

# An authority that this machine trusts, and the certificate of every name above.
mkdir -p /etc/ssl/docs && cd /etc/ssl/docs
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Example CA" \
	-addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem 2>/dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=auth.example.com" \
	-keyout key.pem -out request.pem 2>/dev/null
printf 'subjectAltName=DNS:auth.example.com,DNS:wiki.example.com,DNS:api.example.com,DNS:app.example.com\n' >names
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out cert.pem 2>/dev/null
cat ca.pem >>/etc/ssl/certs/ca-certificates.crt
install -m 600 -o authgate cert.pem /etc/authgate/cert.pem
install -m 600 -o authgate key.pem /etc/authgate/key.pem
cat >/etc/authgate/authgate.yaml <<YAML
server:
  addr: ":443"
  base_url: "https://auth.example.com"
  tls:
    cert_file: "/etc/authgate/cert.pem"
    key_file: "/etc/authgate/key.pem"
database:
  dsn: "/var/lib/authgate/authgate.db"
secrets:
  session_secret_file: "/var/lib/authgate/session-secret"
YAML
systemctl start authgate
authgate admin user create --username mia --email mia@example.com --json >/run/mia.json
