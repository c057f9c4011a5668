"""The worked examples of docs/CONTRIBUTING.md, followed to the letter in a copy of the tree."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import upstream
from browser import Browser
from running import Server
from sanitizer import ROOT

DOCUMENT = ROOT / "docs" / "CONTRIBUTING.md"
# `path`, new:   `path`, below `what stands there`:   ... and the block that is meant.
STEP = re.compile(r"^ {3}`(?P<path>[^`]+)`, (?P<how>new|below|above|in place of each|in place of)"
                  r"(?: `(?P<anchor>.+)`)?:\n\n(?P<block>(?:(?: {8}.*)?\n)+)", re.M)

pytestmark = [
    pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite", reason="builds a program of its own"),
    pytest.mark.skipif("san" in str(pathlib.Path(os.environ.get("AUTHGATE_BINARY", "")).parent.name),
                       reason="builds a program of its own"),
]


def code(block):
    """A block as it stands in a file: eight blanks are a tab."""
    lines = [line[8:] for line in block.rstrip("\n").split("\n")]
    return "\n".join(re.sub(r"^( {8})+", lambda m: "\t" * (len(m[0]) // 8), line) for line in lines)


def follow(step, tree):
    """Does what one step says."""
    highest = max(int(path.name[:4]) for path in (tree / "migrations").iterdir() if "contact_email" not in path.name)
    path = tree / step["path"].replace("NNNN", f"{highest + 1:04}")
    text, block, anchor = path.read_text() if path.exists() else None, code(step["block"]), step["anchor"]
    if step["how"] == "new":
        assert text is None, f"{step['path']} is there already"
        path.write_text(block + "\n")
        return
    assert text is not None and anchor in text, f"{step['path']} has no {anchor}"
    if step["how"] in ("below", "above"):
        lines = text.split("\n")
        at = next(i for i, line in enumerate(lines) if anchor in line)
        lines[at + (step["how"] == "below"):at + (step["how"] == "below")] = block.split("\n")
        path.write_text("\n".join(lines))
        return
    assert step["how"].endswith("each") or text.count(anchor) == 1, f"{step['path']} has several {anchor}"
    path.write_text(text.replace(anchor, block))


@pytest.fixture(name="tree", scope="module")
def _tree(tmp_path_factory):
    """A copy of the tree with all examples in it, and its program."""
    tree = tmp_path_factory.mktemp("examples") / "tree"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    steps = list(STEP.finditer(DOCUMENT.read_text()))
    assert len(steps) > 20
    for step in steps:
        follow(step, tree)
    subprocess.run(["git", "init", "-q", "."], cwd=tree, check=True)
    made = subprocess.run(["make", "-s", "-j2", "all", "CFLAGS=-O0", "LDFLAGS="], cwd=tree, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert made.returncode == 0, made.stdout[-4000:]
    return tree


@pytest.fixture(name="server", scope="module")
def _server(tree, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"), SERVER_MOTTO="Slow and steady")
    server.launch(binary=str(tree / "build/authgate"))
    with server.wait():
        yield server


def admin(tree, server, *words):
    done = subprocess.run([tree / "build/authgate", "admin", "--socket", server.admin_socket, *words],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return done.stdout


def test_a_route(server):
    with server.client() as http:
        assert http.post("/oauth/ping", {"client_id": server.client_id}).json() == {"known": True}
        assert http.post("/oauth/ping", {"client_id": "nobody"}).error == "invalid_client"


def test_a_configuration_key(tree, server):
    text = subprocess.run([tree / "build/authgate", "config", "print"], env=server.environment, cwd=server.directory,
                          check=True, capture_output=True, text=True).stdout
    assert re.search(r"^server.motto +Slow and steady +environment SERVER_MOTTO$", text, re.M)


def test_an_admin_operation(tree, server):
    assert "ask Mia" not in admin(tree, server, "audit", "list")
    admin(tree, server, "client", "note", server.client_id, "--text", "ask Mia before you change it")
    ((detail,),) = server.database.rows("SELECT detail FROM audit_log WHERE event = 'CLIENT_NOTED'")
    assert detail == "ask Mia before you change it"
    assert "leave a note" in admin(tree, server, "client", "note", "--help")


def test_a_field_of_a_client(tree, server):
    admin(tree, server, "client", "edit", server.client_id, "--contact-email", "mia@example.org")
    assert "mia@example.org" in admin(tree, server, "client", "show", server.client_id)


def test_a_way_of_client_authentication(tree, server):
    made = json.loads(admin(tree, server, "client", "create", "--name", "Header", "--grant", "client",
                            "--auth-method", "client_secret_header", "--json"))
    fields, proof = {"client_id": made["client_id"]}, [("X-Client-Secret", made["client_secret"])]
    with server.client() as http:
        assert http.post("/oauth/ping", fields, proof).json() == {"known": True}
        assert http.post("/oauth/ping", fields, [("X-Client-Secret", "wrong")]).error == "invalid_client"
        assert http.post("/oauth/ping", {**fields, "client_secret": made["client_secret"]}).error == "invalid_client"


def test_a_login_provider(tree, tmp_path):
    configuration = tmp_path / "mastodon.yaml"
    account = "/api/v1/accounts/verify_credentials"
    with contextlib.closing(upstream.Upstream()) as there:
        there.answers[account] = (200, {"id": "23634", "username": "gargron", "display_name": "Eugen"})
        configuration.write_text(f"providers:\n  - name: fediverse\n    type: mastodon\n    issuer: {there.url}\n"
                                 "    client_id: the-client\n    client_secret: the-secret\n")
        configuration.chmod(0o600)
        server = Server(tmp_path, AUTHGATE_CONFIG=str(configuration), METRICS_ENABLED="true")
        with server.launch(binary=str(tree / "build/authgate")).wait():
            with Browser(server) as browser:
                upstream.sign_in(browser, there, "fediverse", iss=None)
                assert "gargron" in browser.get("/account").text
            assert server.database.rows("SELECT provider, issuer, subject FROM identities") == [
                ("fediverse", there.url, "23634")]
            there.answers[account] = (200, {"username": "gargron"})
            with Browser(server) as browser:
                assert "problem=upstream" in upstream.sign_in(browser, there, "fediverse", iss=None).location
            for result in ("success", "error"):
                assert server.metric(f'auth_oauth_callback_total{{provider="mastodon",result="{result}"}}') == 1


@pytest.mark.parametrize("rule", ["layers"])
def test_the_rules_of_the_house_hold(tree, rule):
    (tree / "tests/support").mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / "tests/support/layers.py", tree / "tests/support/layers.py")
    done = subprocess.run([sys.executable, tree / f"tests/support/{rule}.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
