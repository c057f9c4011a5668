"""authgate doctor: what is wrong is found, with what to do, and nothing secret is shown."""

import json
import os
import pathlib
import subprocess
import time

import pytest

import certificate
from running import BINARY, Server
from sanitizer import patience
from waiting import until


def doctor(server, *arguments, **variables):
    """The exit status, and what was found: {check: [(result, text, advice)]}."""
    done = subprocess.run([BINARY, "doctor", "--json", *arguments], cwd=server.directory,
                          env={**server.environment, **variables}, capture_output=True, text=True,
                          check=False, timeout=patience(60))
    assert not done.stderr, done.stderr
    for name in ("SESSION_SECRET", "DEFAULT_ADMIN_PASSWORD"):
        assert server.environment[name] not in done.stdout
    report = json.loads(done.stdout)
    found = {}
    for line in report["checks"]:
        found.setdefault(line["check"], []).append(
            (line["result"], line["text"], line.get("advice", "")))
    results = [line["result"] for line in report["checks"]]
    assert report["worst"] == ("fail" if "fail" in results else "warn" if "warn" in results else "ok")
    assert done.returncode == (report["worst"] == "fail")
    return done.returncode, found


def worst(found, check):
    order = ["ok", "warn", "fail"]
    return order[max(order.index(result) for result, _, _ in found[check])]


def told(found, check):
    return " ".join(f"{text} {advice}" for _, text, advice in found[check])


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("doctor")) as server:
        server.published_keys()
        os.remove(server.environment["CREDENTIALS_FILE"])
        yield server


def is_file(server):
    return server.environment["DATABASE_DRIVER"] == "sqlite"


def test_a_server_that_is_well(own):
    status, found = doctor(own, "--deep", ENABLE_RATE_LIMIT="true")
    assert status == 0
    for check in ("configuration", "files", "disk", "database", "schema", "writing", "integrity",
                  "clock", "keys", "id tokens", "admin socket", "proxy", "public address"):
        assert worst(found, check) == "ok", found[check]


def test_how_id_tokens_are_signed_is_told_with_its_cost(own):
    own.database.set_client(own.database.add_client("One"), "id_token_alg", "RS256")
    own.database.set_client(own.database.add_client("Two"), "id_token_alg", "ES256")
    _, found = doctor(own)
    assert told(found, "id tokens").startswith("RS256 for 1 clients") and \
        told(found, "id tokens").strip().endswith("ES256 for 2")  # the first client has no choice


def test_people_read_lines(own):
    done = subprocess.run([BINARY, "doctor"], cwd=own.directory, env=own.environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any(line.startswith("ok    database ") for line in lines)
    at = next(i for i, line in enumerate(lines) if "rate limits are off" in line)
    assert lines[at].startswith("warn") and "-> set rate_limit.enabled" in lines[at + 1]


def test_a_configuration_with_mistakes_ends_the_examination(own):
    status, found = doctor(own, JWT_EXPIRATION="soon")
    assert status == 1 and set(found) == {"configuration"}
    assert "JWT_EXPIRATION" in told(found, "configuration")


def test_a_database_that_is_not_there(own):
    status, found = doctor(own, DATABASE_DRIVER="sqlite", DATABASE_DSN="/nowhere/a.db")
    assert status == 1 and worst(found, "database") == "fail" and "schema" not in found


def test_an_old_schema(own):
    newest = own.database.rows("SELECT version, name, sha256, applied_ms FROM schema_migrations "
                               "ORDER BY version DESC LIMIT 1")[0]
    own.database.execute("DELETE FROM schema_migrations WHERE version = ?", newest[0])
    try:
        status, found = doctor(own)
        assert status == 1 and worst(found, "schema") == "fail"
        assert newest[1] in told(found, "schema") and "migrate" in told(found, "schema")
        deadline = time.monotonic() + patience(10)
        while "older" not in told(found, "public address"):
            assert time.monotonic() < deadline, found
            _, found = doctor(own)
    finally:
        own.database.execute("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)", *newest)
        own.wait()


def test_another_session_secret(own):
    status, found = doctor(own, SESSION_SECRET="another secret that is as long as it must be")
    assert status == 1 and worst(found, "keys") == "fail"
    assert "SESSION_SECRET" in told(found, "keys")


def test_files_that_others_may_read(own, tmp_path):
    yaml = tmp_path / "authgate.yaml"
    yaml.write_text("jwt:\n  secret: kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7\n")
    yaml.chmod(0o644)
    _, found = doctor(own, "--config", str(yaml))
    assert worst(found, "files") == "warn" and f"chmod go= {yaml}" in told(found, "files")
    if not is_file(own):
        return
    database = pathlib.Path(own.environment["DATABASE_DSN"])
    database.chmod(0o644)
    try:
        _, found = doctor(own)
        assert worst(found, "files") == "warn" and f"chmod go= {database}" in told(found, "files")
    finally:
        database.chmod(0o600)


def test_the_password_of_the_first_start(own):
    path = pathlib.Path(own.environment["CREDENTIALS_FILE"])
    path.write_text("password=hunter2\n")
    path.chmod(0o600)
    try:
        _, found = doctor(own)
        assert worst(found, "files") == "warn" and str(path) in told(found, "files")
        assert "hunter2" not in str(found)
    finally:
        path.unlink()


def test_an_address_that_is_anothers(own):
    status, found = doctor(own, BASE_URL=own.url.replace("127.0.0.1", "localhost"))
    assert status == 1 and "another issuer" in told(found, "public address")
    status, found = doctor(own, BASE_URL="http://127.0.0.1:1")
    assert status == 0 and worst(found, "public address") == "warn"


def test_a_proxy_that_is_not_trusted(own):
    https = own.url.replace("http:", "https:")
    _, found = doctor(own, BASE_URL=https)
    assert worst(found, "proxy") == "warn" and "trusted_proxies" in told(found, "proxy")
    _, found = doctor(own, BASE_URL=https, TRUSTED_PROXIES="127.0.0.1")
    assert worst(found, "proxy") == "ok"


def test_certificates(own, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        certificate.write(tmp_path / name, name)
    files = {"TLS_CERT_FILE": str(tmp_path / "one" / "cert.pem"),
             "TLS_KEY_FILE": str(tmp_path / "one" / "key.pem")}
    _, found = doctor(own, BASE_URL="https://localhost:1", **files)
    assert worst(found, "certificate") == "warn" and "0 more days" in told(found, "certificate")
    status, found = doctor(own, BASE_URL="https://login.example.org:1", **files)
    assert status == 1 and "login.example.org" in told(found, "certificate")
    files["TLS_KEY_FILE"] = str(tmp_path / "two" / "key.pem")
    status, found = doctor(own, BASE_URL="https://localhost:1", **files)
    assert status == 1 and "another key" in told(found, "certificate")


def test_too_few_open_files(own):
    done = subprocess.run(["prlimit", "--nofile=256:256", BINARY, "doctor", "--json"],
                          cwd=own.directory, env=own.environment, capture_output=True, text=True,
                          check=False)
    limits = [line for line in json.loads(done.stdout)["checks"] if line["check"] == "limits"]
    assert limits[0]["result"] == "warn" and "LimitNOFILE=8256" in limits[0]["advice"]


def test_a_clock_that_went_back(own):
    if not is_file(own):
        pytest.skip("a file has a time")
    path = own.environment["DATABASE_DSN"]
    before = os.stat(path)
    os.utime(path, (before.st_atime + 7200, before.st_mtime + 7200))
    try:
        status, found = doctor(own)
        assert status == 1 and "went back" in told(found, "clock")
    finally:
        os.utime(path, (before.st_atime, before.st_mtime))


def test_a_key_from_the_future_is_noticed_and_dated_anew(tmp_path):
    """A first start with a wrong clock: the key would not rotate for as long as that."""
    with Server(tmp_path) as server:
        kids = {key["kid"] for key in server.published_keys()}
        server.stop()
        future = int((time.time() + 400 * 86400) * 1000)
        server.database.execute("UPDATE signing_keys SET created_ms = ?", future)
        _, found = doctor(server)
        assert worst(found, "keys") == "warn" and "from the future" in told(found, "keys")
        server.start()
        until(lambda: server.database.value("SELECT max(created_ms) FROM signing_keys")
              < time.time() * 1000 + 1000)
        assert {key["kid"] for key in server.published_keys()} == kids, "it signs on"
        assert "from the future" not in told(doctor(server)[1], "keys")
