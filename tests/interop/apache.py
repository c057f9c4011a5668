#!/usr/bin/python3
"""Debian's Apache with mod_auth_openidc as a relying party: code flow with PKCE, its session, and
its sign-out, through a browser without a window."""

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests

from part import Part, settings
from person import link

given = settings()
part = Part()
CLIENT = given["clients"]["apache"]
PORT = given["ports"]["web"]
WEB = f"http://127.0.0.1:{PORT}"
MODULES = Path("/usr/lib/apache2/modules")

CONFIG = """
ServerRoot {root}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {root}/apache.pid
ErrorLog {root}/error.log
LogLevel auth_openidc:warn
DefaultRuntimeDir {root}
Mutex file:{root}
DocumentRoot {root}/www
{modules}
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret "{secret}"
OIDCRedirectURI {web}/private/callback
OIDCPKCEMethod S256
OIDCScope "openid profile email"
OIDCResponseMode {mode}
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCRemoteUserClaim preferred_username
OIDCSSLValidateServer Off
OIDCCookieSameSite On
<Directory {root}/www>
  Require all granted
</Directory>
<Location /private>
  AuthType openid-connect
  Require valid-user
  Header always set X-Who "expr=%{{REMOTE_USER}}"
  Header always set X-Sub "expr=%{{HTTP:OIDC_CLAIM_sub}}"
  Header always set X-Email "expr=%{{HTTP:OIDC_CLAIM_email}}"
</Location>
"""


def write_config(root, mode):
    (root / "www" / "private").mkdir(parents=True)
    (root / "www" / "private" / "index.html").write_text("the private page")
    wanted = ["mpm_event", "authn_core", "authz_core", "authz_user", "dir", "headers",
              "auth_openidc"]
    files = {"auth_openidc": "mod_auth_openidc.so"}
    modules = [(name, MODULES / files.get(name, f"mod_{name}.so")) for name in wanted]
    lines = [f"LoadModule {name}_module {path}" for name, path in modules] + \
        ["DirectoryIndex index.html"]
    config = root / "apache.conf"
    config.write_text(CONFIG.format(
        root=root, port=PORT, web=WEB, modules="\n".join(lines), issuer=given["issuer"],
        client_id=CLIENT["id"], secret=CLIENT["secret"], mode=mode))
    return config


@contextlib.contextmanager
def apache(mode):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        root.chmod(0o755)
        config = write_config(root, mode)
        process = subprocess.Popen(["/usr/sbin/apache2", "-f", str(config), "-DFOREGROUND"])
        try:
            deadline = time.monotonic() + 10
            while True:
                with contextlib.suppress(requests.ConnectionError):
                    requests.get(WEB + "/", timeout=5)
                    break
                assert process.poll() is None and time.monotonic() < deadline, "no apache"
                time.sleep(0.05)
            yield root
        finally:
            process.terminate()
            process.wait(10)
            log = root / "error.log"
            print(log.read_text()[-20000:] if log.exists() else "no log")


def sign_in(browser):
    page = browser.get(WEB + "/private/", allow_redirects=False, timeout=10)
    assert page.status_code == 302, page.status_code
    url = page.headers["location"]
    assert urlsplit(url).path == "/oauth/authorize" and "code_challenge_method=S256" in url
    reply = requests.get(link(given["person"], "sign-in", url=url), timeout=30)
    assert reply.ok, reply.text
    return browser.get(reply.text, timeout=10)


with apache("query"):
    with part.case("a page behind a sign-in, code flow with PKCE"):
        user = requests.Session()
        shown = sign_in(user)
        assert (shown.status_code, shown.text) == (200, "the private page"), shown.text
        assert shown.url == WEB + "/private/"

    with part.case("the page knows who is there"):
        assert shown.headers["x-who"].startswith("admin"), shown.headers

    with part.case("the session lasts"):
        assert user.get(WEB + "/private/", allow_redirects=False, timeout=10).status_code == 200

    with part.case("another browser has to sign in"):
        stranger = requests.get(WEB + "/private/", allow_redirects=False, timeout=10)
        assert stranger.status_code == 302

    with part.case("an answer cannot be used twice"):
        user = requests.Session()
        first = user.get(WEB + "/private/", allow_redirects=False, timeout=10)
        back = requests.get(link(given["person"], "sign-in", url=first.headers["location"]),
                            timeout=30).text
        assert user.get(back, timeout=10).status_code == 200
        again = requests.get(back, timeout=10, allow_redirects=False)
        assert again.status_code != 200 or "private page" not in again.text

part.end()
