#!/usr/bin/python3
"""Other people's clients against a fresh server: run.py PROGRAM OUT [PART...].

Each part is a program that prints "ok - NAME" or "not ok - NAME: REASON" per case. A table at the
end says which library did what. npm's packages are in OUT, the rest is Debian's."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = str(Path(sys.argv[1]).resolve())
OUT = Path(sys.argv[2]).resolve()
os.environ["AUTHGATE_BINARY"] = PROGRAM
PART_SECONDS = 120

from person import Person  # noqa: E402  (it puts tests/support on the path)
from app import CODE_GRANTS, App  # noqa: E402
from database import DEVICE_GRANT  # noqa: E402
from running import Server, free_port  # noqa: E402

# name, command, what it is. The short ones come first; `make check` runs those.
PARTS = {
    "oauth4webapi": (["node", str(OUT / "oauth4webapi.mjs")], "npm oauth4webapi"),
    "authlib": ([sys.executable, str(HERE / "authlib_client.py")], "Debian python3-authlib"),
    "requests-oauthlib": ([sys.executable, str(HERE / "requests_oauthlib_client.py")],
                          "Debian python3-requests-oauthlib"),
    "mod_auth_openidc": ([sys.executable, str(HERE / "apache.py")],
                         "Debian libapache2-mod-auth-openidc"),
    "oidc-agent": ([sys.executable, str(HERE / "oidc_agent.py")], "Debian oidc-agent-cli"),
    "login-elsewhere": ([sys.executable, str(HERE / "login_elsewhere.py")],
                        "authgate login at npm oidc-provider"),
    "glewlwyd": ([sys.executable, str(HERE / "glewlwyd.py")],
                 "authgate login at Debian glewlwyd"),
    "oidc-client-ts": (["node", str(OUT / "spa.mjs")], "npm oidc-client-ts in Chromium"),
}
QUICK = ("oauth4webapi", "authlib", "requests-oauthlib", "mod_auth_openidc")

REGISTRATION_TOKEN = "the initial access token"
SCOPES = "openid profile email offline_access read write"


def clients_of(server, http, ports):
    """What an administrator would have set up: name -> client_id and secret."""
    web = f"http://127.0.0.1:{ports['web']}"
    spa = f"http://localhost:{ports['spa']}"
    wanted = {
        "basic": {"secret": "basic-secret_1", "auth_method": "client_secret_basic"},
        # As RFC 6749 section 2.3.1 encodes it; most libraries only manage plain letters.
        "odd": {"secret": "odd: %41&+ü", "auth_method": "client_secret_basic"},
        "post": {"secret": "post secret", "auth_method": "client_secret_post"},
        "public": {},
        "native": {"redirect_uris": "http://127.0.0.1/cb",
                   "columns": {"application_type": "native"}},
        "machine": {"secret": "machine secret", "grants": ["client_credentials"]},
        "device": {"grants": [DEVICE_GRANT, "refresh_token"]},
        "apache": {"secret": "apache secret", "redirect_uris": f"{web}/private/callback",
                   "columns": {"require_pkce": 1}},
        "spa": {"redirect_uris": f"{spa}/callback",
                "columns": {"post_logout_redirect_uris": f"{spa}/"}},
    }
    found = {}
    for name, options in wanted.items():
        app = App.register(server, http, name, scopes=SCOPES,
                           **{"grants": (*CODE_GRANTS, DEVICE_GRANT), **options})
        found[name] = {"id": app.client_id, "secret": app.secret,
                       "redirect_uri": app.redirect_uri}
    return found


def run_part(name, settings):
    command, _ = PARTS[name]
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, env={**os.environ, "INTEROP": json.dumps(settings)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PART_SECONDS, check=False)
        text, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        text, status = (late.stdout or b"").decode(errors="replace"), "timeout"
    except OSError as problem:
        text, status = str(problem), "not started"
    (OUT / f"{name}.log").write_text(text)
    good = re.findall(r"^ok - (.*)$", text, re.M)
    bad = re.findall(r"^not ok - (.*)$", text, re.M)
    if status not in (0, 1) or not good + bad:
        bad.append(f"ended with {status}: {text[-300:]}")
    return good, bad, time.monotonic() - started


def prepare_node():
    for path in [*HERE.glob("*.mjs"), *HERE.glob("*.html"), *HERE.glob("package*.json")]:
        shutil.copy(path, OUT)
    if not (OUT / "node_modules" / "oauth4webapi").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=OUT,
                       env={**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}, check=True)


def main():
    names = sys.argv[3:] or list(PARTS)
    names = list(QUICK) if names == ["quick"] else names
    OUT.mkdir(parents=True, exist_ok=True)
    prepare_node()
    ports = {"web": free_port(), "spa": free_port()}
    failed, passed, rows = 0, 0, []
    with tempfile.TemporaryDirectory() as directory, Server(
            directory, CORS_ENABLED="true",
            CORS_ALLOWED_ORIGINS=f"http://localhost:{ports['spa']}",
            ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
            DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false",
            DYNAMIC_CLIENT_REGISTRATION_TOKEN=REGISTRATION_TOKEN) as server, \
            server.client() as http, Person(server) as person:
        settings = {"issuer": server.url, "person": person.url, "ports": ports, "out": str(OUT),
                    "initial_token": REGISTRATION_TOKEN,
                    "clients": clients_of(server, http, ports), "support": str(HERE.parent)}
        for name in names:
            good, bad, seconds = run_part(name, settings)
            rows.append((PARTS[name][1], len(good), len(bad), seconds))
            passed, failed = passed + len(good), failed + len(bad)
            for case in good:
                print(f"ok - {name}: {case}")
            for case in bad:
                print(f"not ok - {name}: {case}")
    print()
    for what, good, bad, seconds in rows:
        verdict = "FAILED" if bad else "ok"
        print(f"{what:36} {verdict:7} {good:3} of {good + bad:3}  {seconds:5.1f} s")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
