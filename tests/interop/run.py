#!/usr/bin/python3
"""Other people's clients against a fresh server: run.py PROGRAM OUT [PART...].

Each part is a program that prints "ok - NAME" or "not ok - NAME: REASON" per case. A table at the
end says which library did what. What is not Debian's is in OUT. A part that cannot be made ready
is skipped with the reason; no part may fail."""

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
PART_SECONDS, SLOW_PART_SECONDS = 120, 400

from person import Person  # noqa: E402  (it puts tests/support on the path)
from admin import AdminClient  # noqa: E402
from app import CODE_GRANTS, App  # noqa: E402
from database import DEVICE_GRANT  # noqa: E402
from running import Server, free_port  # noqa: E402


def npm(directory, marker):
    """Packages of npm in OUT, or why they cannot be had."""
    def prepare():
        place = OUT / directory
        place.mkdir(exist_ok=True)
        for path in [p for p in (HERE / directory).iterdir()
                     if p.suffix in (".mjs", ".html", ".json")]:
            shutil.copy(path, place)
        if (place / "node_modules" / marker).is_dir():
            return None
        return run_tool(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error",
                         "--legacy-peer-deps"], place, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD="1")
    return prepare


def go_module():
    """One program with zitadel/oidc and x/oauth2 in it."""
    return run_tool(["go", "build", "-o", OUT / "go-client", "."], HERE / "go")


def go_proxy():
    if (OUT / "oauth2-proxy").is_file():
        return None
    return run_tool(["go", "install", OAUTH2_PROXY], OUT, GOBIN=str(OUT))


def crate():
    return run_tool(["cargo", "build", "--quiet", "--locked", "--target-dir", OUT / "rust"],
                    HERE / "rust")


def maven():
    lib = OUT / "java"
    if not lib.is_dir():
        problem = run_tool(["mvn", "-q", "-B", "dependency:copy-dependencies",
                            f"-DoutputDirectory={lib}"], HERE / "java")
        if problem:
            shutil.rmtree(lib, ignore_errors=True)
            return problem
    return run_tool(["javac", "-proc:none", "-cp", f"{lib}/*", "-d", OUT / "java-classes",
                     HERE / "java" / "Interop.java"], OUT)


def keycloak():
    """Its distribution, of Maven Central: 150 MB, unpacked once."""
    if (OUT / KEYCLOAK).is_dir():
        return None
    problem = run_tool(["mvn", "-q", "-B", "dependency:copy",
                        f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{KEYCLOAK_VERSION}:zip",
                        f"-DoutputDirectory={OUT}", "-Dmdep.stripVersion=false"], OUT)
    if problem:
        return problem
    shutil.unpack_archive(OUT / f"keycloak-quarkus-dist-{KEYCLOAK_VERSION}.zip", OUT)
    return None


def python_packages():
    """A virtual environment, as these are not Debian's."""
    python = OUT / "pypi" / "bin" / "python"
    if not python.is_file():
        problem = run_tool([sys.executable, "-m", "venv", OUT / "pypi"], OUT)
        if problem:
            return problem
    return run_tool([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                     "-r", HERE / "pypi" / "requirements.txt", "requests"], OUT)


def run_tool(command, cwd, **environment):
    """None, or why it did not work, in one line."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=cwd, text=True, check=False,
                              env={**os.environ, **environment}, timeout=TOOL_SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        return f"there is no {command[0]}"
    except subprocess.TimeoutExpired:
        return f"{command[0]} took more than {TOOL_SECONDS} s"
    if not done.returncode:
        return None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return f"{command[0]} {command[1]} failed: {' '.join((lines or [''])[-1].split())[:200]}"


def debian(*words):
    return [sys.executable, *(str(HERE / word) if word.endswith(".py") else word for word in words)]


KEYCLOAK_VERSION = "26.3.0"
KEYCLOAK = f"keycloak-{KEYCLOAK_VERSION}"
OAUTH2_PROXY = "github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6"
TOOL_SECONDS = 1200
WEB, MORE = npm("node", "oauth2-mock-server"), npm("npm", "express-openid-connect")
PYTHON = str(OUT / "pypi" / "bin" / "python")

# name, command, what it is, and what makes it ready. The short ones come first; `make check` runs
# those. What cannot be had, because a tool or a registry is not there, is skipped, and said.
PARTS = {
    "oauth4webapi": (["node", str(OUT / "node" / "oauth4webapi.mjs")], "npm oauth4webapi", WEB),
    "authlib": (debian("authlib_client.py"), "Debian python3-authlib", None),
    "requests-oauthlib": (debian("requests_oauthlib_client.py"),
                          "Debian python3-requests-oauthlib", None),
    "mod_auth_openidc": (debian("apache.py"), "Debian libapache2-mod-auth-openidc", None),
    "oidc-agent": (debian("oidc_agent.py"), "Debian oidc-agent-cli", None),
    "login-elsewhere": (debian("login_elsewhere.py"), "authgate login at npm oidc-provider", WEB),
    "signin-elsewhere": (debian("signin_elsewhere.py"), "signing in with npm oidc-provider, oauth2-mock-server",
                         WEB),
    "glewlwyd": (debian("glewlwyd.py"), "authgate login at, and signing in with, Debian glewlwyd", None),
    "oidc-client-ts": (["node", str(OUT / "node" / "spa.mjs")], "npm oidc-client-ts in Chromium",
                       WEB),
    "express": (["node", str(OUT / "npm" / "express.mjs")], "npm express-openid-connect", MORE),
    "next-auth": (["node", str(OUT / "npm" / "next_auth.mjs")], "npm next-auth 4", MORE),
    "mcp": (["node", str(OUT / "npm" / "mcp.mjs")], "npm @modelcontextprotocol/sdk", MORE),
    "mcp-python": ([PYTHON, str(HERE / "pypi" / "mcp_client.py")], "PyPI mcp", python_packages),
    "django": ([PYTHON, str(HERE / "pypi" / "django_app.py")], "PyPI mozilla-django-oidc",
               python_packages),
    "go": ([str(OUT / "go-client")], "Go zitadel/oidc, x/oauth2", go_module),
    "oauth2-proxy": (debian("oauth2_proxy.py", str(OUT / "oauth2-proxy")), "Go oauth2-proxy",
                     go_proxy),
    "rust": ([str(OUT / "rust" / "debug" / "interop")], "crates.io openidconnect", crate),
    "java": (["java", "-cp", f"{OUT}/java/*:{OUT}/java-classes", "Interop"],
             "Maven Spring Security, Nimbus", maven),
    "keycloak": (debian("keycloak.py", str(OUT / KEYCLOAK)), "signing in with Keycloak, of Maven", keycloak),
}
SLOW = ("keycloak",)
QUICK = ("oauth4webapi", "authlib", "requests-oauthlib", "mod_auth_openidc", "signin-elsewhere")

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
    command = PARTS[name][0]
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, env={**os.environ, "INTEROP": json.dumps(settings)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            timeout=SLOW_PART_SECONDS if name in SLOW else PART_SECONDS)
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


def made_by_operator(server, ports):
    """Clients with all the defaults of `authgate admin client create`."""
    wanted = {
        "web": {}, "tool": {"type": "public", "redirect_uris": ["http://localhost:8000/callback"]},
        "spring": {"access_token_typ": "JWT"},
        "express": {"redirect_uris": [f"http://127.0.0.1:{ports['express']}/callback"]},
        "next": {"redirect_uris": [f"http://127.0.0.1:{ports['next']}/api/auth/callback/authgate"]},
        "django": {"redirect_uris": [f"http://127.0.0.1:{ports['django']}/oidc/callback/"]},
        "proxy": {"redirect_uris": [f"http://127.0.0.1:{ports['proxy']}/oauth2/callback"]},
    }
    made = {}
    with AdminClient(server) as admin:
        for name, said in wanted.items():
            said = {"name": name, "grants": ["code", "refresh", "device"],
                    "redirect_uris": ["https://app.example/cb"], **said}
            reply = admin.send("POST", "/api/admin/v1/clients", said)
            assert reply.status == 201, reply.text
            client = reply.json()
            made[f"made {name}"] = {"id": client["client_id"],
                                    "secret": client.get("client_secret"),
                                    "redirect_uri": client["redirect_uris"][0]}
    return made


def run_all(names, settings):
    rows = []
    for name in names:
        _, what, prepare = PARTS[name]
        problem = prepare() if prepare else None
        if problem:
            print(f"skipped - {name}: {problem}")
            rows.append((what, None, problem, 0.0))
            continue
        good, bad, seconds = run_part(name, settings)
        rows.append((what, good, bad, seconds))
        for case in good:
            print(f"ok - {name}: {case}")
        for case in bad:
            print(f"not ok - {name}: {case}", flush=True)
    return rows


def tell(rows):
    print()
    for what, good, bad, seconds in rows:
        if good is None:
            print(f"{what:36} SKIPPED {bad}")
            continue
        verdict = "FAILED" if bad else "ok"
        print(f"{what:36} {verdict:7} {len(good):3} of {len(good + bad):3}  {seconds:5.1f} s")
    failed = sum(len(bad) for _, good, bad, _ in rows if good is not None)
    skipped = sum(good is None for _, good, _, _ in rows)
    print(f"{sum(len(good or []) for _, good, _, _ in rows)} passed, {failed} failed, "
          f"{skipped} parts skipped")
    return failed > 0


def main():
    names = sys.argv[3:] or list(PARTS)
    names = list(QUICK) if names == ["quick"] else names
    OUT.mkdir(parents=True, exist_ok=True)
    ports = {name: free_port() for name in (
        "web", "spa", "express", "next", "mcp_npm", "mcp_pypi", "django", "proxy")}
    with tempfile.TemporaryDirectory() as directory, Server(
            directory, CORS_ENABLED="true",
            CORS_ALLOWED_ORIGINS=f"http://localhost:{ports['spa']}",
            ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
            DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false",
            DYNAMIC_CLIENT_REGISTRATION_TOKEN=REGISTRATION_TOKEN) as server, \
            server.client() as http, Person(server) as person, \
            tempfile.TemporaryDirectory() as second, Server(
                second, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false") as open_server, \
            Person(open_server) as open_person:
        server.published_keys()
        settings = {"issuer": server.url, "person": person.url, "ports": ports,
                    "out": str(OUT / "node"), "initial_token": REGISTRATION_TOKEN,
                    "open_issuer": open_server.url, "open_person": open_person.url,
                    "clients": {**clients_of(server, http, ports),
                                **made_by_operator(server, ports)},
                    "support": str(HERE.parent)}
        rows = run_all(names, settings)
    return tell(rows)


if __name__ == "__main__":
    sys.exit(main())
