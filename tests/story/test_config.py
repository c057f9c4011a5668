"""A wrong configuration stops the start: at once, with status 78, saying where,
and without showing a secret."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import pytest

import sanitizer
from sanitizer import BINARY as AUTHGATE
from sanitizer import ROOT, patience

SECRET = "kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7"
EX_CONFIG = 78


def run(directory, *arguments, **variables):
    """Runs the program in directory with nothing else in its environment."""
    return subprocess.run(
        [AUTHGATE, *arguments], cwd=directory, env={**sanitizer.ENVIRONMENT, **variables},
        timeout=patience(2), capture_output=True, text=True, check=False)


def write(path, text, mode=0o600):
    path.write_text(text)
    path.chmod(mode)
    return str(path)


BAD_YAML = {
    "not yaml": ("server: [\n", ":2:1: not YAML"),
    "tab": ("server:\n\taddr: ':1'\n", ":2:1: not YAML"),
    "unknown key": ("server:\n  adr: ':1'\n", ':2:3: unknown key "server.adr", did you mean'),
    "duplicate key": ("server:\n  loops: 1\n  loops: 2\n", ":3:3: \"server.loops\" occurs twice"),
    "wrong type": ("server:\n  loops: many\n", ":2:10: server.loops: expected a whole number"),
    "alias": ("server: &a {}\njwt: *a\n", ":1:9: anchors are not supported"),
    "binary": ("\x01\x02\n", "not YAML"),
}


@pytest.mark.parametrize("name", BAD_YAML)
@pytest.mark.parametrize("command", [["server", "--config"], ["config", "check"]])
def test_bad_yaml_is_refused_with_its_place(tmp_path, command, name):
    """M15"""
    text, told = BAD_YAML[name]
    path = write(tmp_path / "c.yaml", text)
    result = run(tmp_path, *command, path, SESSION_SECRET=SECRET)
    assert result.returncode == EX_CONFIG
    assert told in result.stderr
    assert SECRET not in result.stderr + result.stdout


BAD_VARIABLES = {
    "missing secret": ({}, "secrets.session_secret: missing"),
    "short secret": ({"SESSION_SECRET": "hunter2hunter2"}, "at least 32 bytes"),
    "default secret": ({"SESSION_SECRET": "session-secret-change-in-production"}, "well-known"),
    "default jwt secret": (
        {"SESSION_SECRET": SECRET, "JWT_SECRET": "your-256-bit-secret-change-in-production"},
        "JWT_SECRET (jwt.secret): is a well-known"),
    "short jwt secret": ({"SESSION_SECRET": SECRET, "JWT_SECRET": "hunter2hunter2"},
                         "JWT_SECRET (jwt.secret)"),
    "weak secret": ({"SESSION_SECRET": "abcabcabc" * 5}, "repeats itself"),
    "http in production": (
        {"SESSION_SECRET": SECRET, "ENVIRONMENT": "production", "BASE_URL": "http://a.example"},
        "production needs an https URL"),
    "hs256 without secret": (
        {"SESSION_SECRET": SECRET, "JWT_SIGNING_ALGORITHM": "HS256"}, "HS256 needs JWT_SECRET"),
    "key without file": (
        {"SESSION_SECRET": SECRET, "JWT_PRIVATE_KEY_PATH": "/nonexistent.pem"}, "No such file"),
    "bad number": ({"SESSION_SECRET": SECRET, "TOKEN_RATE_LIMIT": "lots"},
                   "environment TOKEN_RATE_LIMIT (rate_limit.token): expected"),
    "bad duration": ({"SESSION_SECRET": SECRET, "JWT_EXPIRATION": "10 hours"},
                     "environment JWT_EXPIRATION (jwt.expiration): expected a duration"),
}


@pytest.mark.parametrize("name", BAD_VARIABLES)
def test_bad_variables_are_refused_by_name(tmp_path, name):
    """E4, M15"""
    variables, told = BAD_VARIABLES[name]
    result = run(tmp_path, "server", **variables)
    assert result.returncode == EX_CONFIG
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    for key in ("SESSION_SECRET", "JWT_SECRET"):
        assert variables.get(key, SECRET) not in result.stderr


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_keys_and_secrets_that_others_may_read_are_refused(tmp_path, mode):
    """L2, M15"""
    key = write(tmp_path / "key.pem", "-----BEGIN PRIVATE KEY-----\n", mode)
    secret = write(tmp_path / "secret", SECRET + "\n", mode)
    result = run(tmp_path, "server", SESSION_SECRET_FILE=secret, JWT_PRIVATE_KEY_PATH=key)
    assert result.returncode == EX_CONFIG
    assert result.stderr.count("lets others at it") == 2
    assert SECRET not in result.stderr


def test_a_variable_and_its_file_together_are_refused(tmp_path):
    secret = write(tmp_path / "secret", SECRET)
    result = run(tmp_path, "server", SESSION_SECRET=SECRET, SESSION_SECRET_FILE=secret)
    assert result.returncode == EX_CONFIG
    assert "SESSION_SECRET is set as well" in result.stderr


def test_a_port_in_use_stops_the_start(tmp_path):
    """M15"""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(tmp_path, "server", "--addr", f"127.0.0.1:{port}", SESSION_SECRET=SECRET)
    assert result.returncode != 0
    assert str(port) in result.stderr
    assert SECRET not in result.stderr


def test_a_certificate_of_another_key_stops_the_start(tmp_path):
    for name in ("a", "b"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", "/CN=localhost", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
            cwd=tmp_path, check=True, capture_output=True, timeout=patience(20))
    (tmp_path / "b.key").chmod(0o600)
    result = run(tmp_path, "server", "--addr", "127.0.0.1:0", SESSION_SECRET=SECRET,
                 TLS_CERT_FILE="a.pem", TLS_KEY_FILE="b.key")
    assert result.returncode != 0
    assert "b.key" in result.stderr or "a.pem" in result.stderr


def test_a_good_configuration_is_called_good(tmp_path):
    example = str(ROOT / "configs" / "authgate.yaml")
    result = run(tmp_path, "config", "check", example, SESSION_SECRET=SECRET)
    assert (result.returncode, result.stderr) == (0, "")


def test_dotenv_is_read_only_without_a_config_file(tmp_path):
    write(tmp_path / ".env", f"SESSION_SECRET={SECRET}\nSERVER_LOOPS=3\n")
    empty = write(tmp_path / "c.yaml", "")
    alone = run(tmp_path, "config", "print")
    beside = run(tmp_path, "config", "print", "--config", empty)
    assert alone.returncode == 0 and ".env:2" in alone.stdout
    assert "(set, 32 bytes)" in alone.stdout and SECRET not in alone.stdout
    assert beside.returncode == EX_CONFIG and ".env:" not in beside.stdout


# ---- the file of the service --------------------------------------------------------------------


def installed(tmp_path, yaml, env="", mode=0o640):
    """What an installation has: /etc/authgate, here in a directory that stands for it."""
    place = tmp_path / "etc" / "authgate"
    place.mkdir(parents=True)
    write(place / "authgate.yaml", yaml, mode)
    write(place / "authgate.env", env, 0o600)
    return place


def test_commands_read_the_file_of_the_service_and_the_secrets_beside_it(tmp_path):
    place = installed(tmp_path, f"database:\n  dsn: {tmp_path}/a.db\n",
                      f"SESSION_SECRET={SECRET}\n")
    named = {"AUTHGATE_CONFIG": str(place / "authgate.yaml")}
    assert run(tmp_path, "config", "check", **named).returncode == 0
    assert f"{tmp_path}/a.db" in run(tmp_path, "config", "print", **named).stdout
    assert "applied" in run(tmp_path, "migrate", "up", **named).stdout
    assert "pending" not in run(tmp_path, "migrate", "status", **named).stdout
    assert "checked copy" in run(tmp_path, "backup", "copy.db", **named).stdout
    assert run(tmp_path, "config", "check", AUTHGATE_CONFIG="").returncode == EX_CONFIG


def test_a_file_that_is_named_brings_its_secrets_too(tmp_path):
    """As documented commands name it."""
    place = installed(tmp_path, f"database:\n  dsn: {tmp_path}/a.db\n",
                      f"SESSION_SECRET={SECRET}\n")
    named = str(place / "authgate.yaml")
    assert run(tmp_path, "config", "check", named).returncode == 0
    assert run(tmp_path, "migrate", "up", "--config", named).returncode == 0
    assert run(tmp_path, "migrate", "copy", "--config", named, "--to",
               f"{tmp_path}/b.db").returncode == 0


def test_secrets_that_only_root_may_read_do_not_stop_the_service(tmp_path):
    """systemd has read them for it; anybody else is told where they are."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    place = pathlib.Path(tempfile.mkdtemp(prefix="authgate-etc-"))
    try:
        place.chmod(0o755)
        write(place / "authgate.yaml", "", 0o644)
        write(place / "authgate.env", f"SESSION_SECRET={SECRET}\n", 0o600)
        shutil.copy(AUTHGATE, place / "authgate")
        (place / "authgate").chmod(0o755)

        def check(**variables):
            return subprocess.run(
                ["setpriv", "--reuid=4000", "--regid=4000", "--clear-groups",
                 str(place / "authgate"), "config", "check", str(place / "authgate.yaml")], cwd="/",
                env={**sanitizer.ENVIRONMENT, "PATH": os.environ["PATH"], **variables},
                capture_output=True, text=True, check=False, timeout=patience(20))
        assert check(SESSION_SECRET=SECRET).returncode == 0
        alone = check()
        assert alone.returncode == EX_CONFIG and "authgate.env" in alone.stderr
    finally:
        shutil.rmtree(place)


def test_that_file_is_the_one_in_etc(tmp_path):
    """In a name space of its own, where /etc is ours."""
    installed(tmp_path, "database:\n  dsn: authgate.db\n", f"SESSION_SECRET={SECRET}\n")
    result = subprocess.run(
        ["unshare", "-m", "sh", "-c", 'mount --bind "$1" /etc && shift && exec "$@"', "sh",
         str(tmp_path / "etc"), AUTHGATE, "config", "print"], cwd=tmp_path, capture_output=True,
        env={k: v for k, v in sanitizer.ENVIRONMENT.items() if k != "AUTHGATE_CONFIG"} |
        {"PATH": os.environ["PATH"]},
        text=True, check=False, timeout=patience(20))
    if "unshare" in result.stderr or "mount" in result.stderr:
        pytest.skip("only root can have a name space of its own")
    assert result.returncode == 0, result.stderr
    assert "/var/lib/authgate/authgate.db" in result.stdout
    assert "/etc/authgate/authgate.env:1" in result.stdout


def test_a_dotenv_of_this_directory_does_not_mix_with_the_service(tmp_path):
    place = installed(tmp_path, "", f"SESSION_SECRET={SECRET}\n")
    write(tmp_path / ".env", "SERVER_LOOPS=3\n")
    result = run(tmp_path, "config", "print", AUTHGATE_CONFIG=str(place / "authgate.yaml"))
    assert result.returncode == 0 and ".env:1" not in result.stdout.replace("authgate.env:1", "")


def test_the_environment_wins_over_the_secrets_beside_the_file(tmp_path):
    place = installed(tmp_path, "", f"SESSION_SECRET={SECRET}\nSERVER_LOOPS=2\n")
    result = run(tmp_path, "config", "print", AUTHGATE_CONFIG=str(place / "authgate.yaml"),
                 SERVER_LOOPS="3")
    assert re.search(r"server\.loops +3 ", result.stdout), result.stdout


@pytest.mark.parametrize("command", [["backup", "copy.db"], ["migrate", "status"],
                                     ["migrate", "up"], ["migrate", "verify"]])
def test_what_needs_no_secret_asks_for_none(tmp_path, command):
    variables = {"DATABASE_DSN": str(tmp_path / "a.db")}
    assert run(tmp_path, "migrate", "up", **variables).returncode == 0
    result = run(tmp_path, *command, **variables)
    assert result.returncode == 0, result.stderr


# ---- meaning ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/auth", "/a/b", "/auth/", "//auth", "/."])
def test_a_base_url_with_a_path_is_refused_because_nothing_is_served_there(tmp_path, path):
    result = run(tmp_path, "config", "check", SESSION_SECRET=SECRET,
                 BASE_URL="https://auth.example.com" + path)
    assert result.returncode == EX_CONFIG and "no path" in result.stderr
    assert run(tmp_path, "config", "check", SESSION_SECRET=SECRET,
               BASE_URL="https://auth.example.com/").returncode == 0


def test_a_daring_production_is_warned_of_each_thing(tmp_path):
    variables = {"SESSION_SECRET": SECRET, "ENVIRONMENT": "production", "METRICS_ENABLED": "false",
                 "BASE_URL": "https://a.example", "ENABLE_RATE_LIMIT": "false",
                 "ENABLE_DYNAMIC_CLIENT_REGISTRATION": "true", "ADMIN_HTTP": "true",
                 "CORS_ENABLED": "true", "CORS_ALLOWED_ORIGINS": "*",
                 "DYNAMIC_CLIENT_REGISTRATION_APPROVAL": "false"}
    result = run(tmp_path, "config", "check", **variables)
    assert result.returncode == 0
    assert result.stderr.count("authgate: warning: ") == 4, result.stderr
    variables["ENVIRONMENT"] = "development"
    assert run(tmp_path, "config", "check", **variables).stderr == ""


# ---- secrets in files ---------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_a_secret(tmp_path):
    password = tmp_path / "password"
    password.write_bytes(b"\xef\xbb\xbfcorrect horse battery\r\n")
    password.chmod(0o600)
    result = run(tmp_path, "config", "print", SESSION_SECRET=SECRET,
                 DEFAULT_ADMIN_PASSWORD_FILE=str(password))
    assert "(set, 21 bytes)" in result.stdout


def test_a_secret_in_utf16_is_named(tmp_path):
    password = tmp_path / "password"
    password.write_bytes("correct horse battery".encode("utf-16"))
    password.chmod(0o600)
    result = run(tmp_path, "config", "check", SESSION_SECRET=SECRET,
                 DEFAULT_ADMIN_PASSWORD_FILE=str(password))
    assert result.returncode == EX_CONFIG and "UTF-16" in result.stderr


@pytest.mark.parametrize("mode,fine", [(0o440, True), (0o640, True), (0o400, False),
                                       (0o444, False), (0o660, False), (0o644, False)])
def test_a_secret_that_root_lets_a_group_read_is_private(tmp_path, mode, fine):
    """As a container gets it: root:fsGroup, and a server that is in the group."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    place = pathlib.Path(tempfile.mkdtemp(prefix="authgate-secrets-"))
    try:
        place.chmod(0o755)
        secret = place / "secret"
        secret.write_text(SECRET + "\n")
        os.chown(secret, 0, 4000)
        secret.chmod(mode)
        program = place / "authgate"
        shutil.copy(AUTHGATE, program)
        program.chmod(0o755)
        result = subprocess.run(
            ["setpriv", "--reuid=4000", "--regid=4000", "--clear-groups", str(program), "config",
             "check"], cwd="/", env={**sanitizer.ENVIRONMENT, "PATH": os.environ["PATH"],
                                     "SESSION_SECRET_FILE": str(secret)},
            capture_output=True, text=True, check=False, timeout=patience(20))
        assert (result.returncode == 0) == fine, result.stderr
    finally:
        shutil.rmtree(place)


DSNS_WITH_A_PASSWORD = [
    "postgres://u:hunter2@h/x", "postgres:/u:hunter2@h/x", "postgres://u:hunter2",
    "postgresql:u:hunter2@h", "host=h passwort=hunter2", "host=h password='hunter2",
    "u:hunter2@tcp(h:3306)/x", "postgres://h/x?password=hunter2", "postgres://u:hunter2/y@h/x",
    "postgres://u:1/hunter2@h/x",
]


@pytest.mark.parametrize("dsn", DSNS_WITH_A_PASSWORD)
@pytest.mark.parametrize("driver", ["sqlite", "postgres"])
def test_no_command_shows_the_password_of_a_dsn_whether_or_not_it_parses(tmp_path, driver, dsn):
    """And every command ends: there is nobody to connect to."""
    variables = {"SESSION_SECRET": SECRET, "DATABASE_DRIVER": driver, "DATABASE_DSN": dsn,
                 "DB_INIT_TIMEOUT": "0s", "SERVER_ADDR": "127.0.0.1:0"}
    for command in (["config", "print"], ["config", "print", "--json"], ["config", "check"],
                    ["server"], ["migrate", "status"], ["backup", "x.db"], ["doctor"]):
        result = run(tmp_path, *command, **variables)
        assert "hunter2" not in result.stdout + result.stderr, command
    result = run(tmp_path, "migrate", "copy", "--from", "env:DATABASE_DSN", "--to", "@dsn",
                 **variables)
    assert "hunter2" not in result.stdout + result.stderr


def test_help_fits_the_narrowest_terminal(tmp_path):
    overview = run(tmp_path, "help").stdout
    commands = re.findall(r"^  (\w+)", overview, re.M)
    assert "login" in commands and "server" in commands
    for text in (overview, *(run(tmp_path, "help", command).stdout for command in commands)):
        assert text and max(len(line) for line in text.splitlines()) <= 80, text


def test_unknown_commands_name_the_nearest(tmp_path):
    result = run(tmp_path, "sevrer")
    assert result.returncode == 2
    assert 'did you mean "server"?' in result.stderr


@pytest.mark.parametrize("document,path", [
    ("print-default", "configs/authgate.yaml"), ("print-docs", "docs/CONFIGURATION.md")])
def test_committed_documents_are_fresh(tmp_path, document, path):
    assert run(tmp_path, "config", document).stdout == (ROOT / path).read_text()


def test_print_json_is_json_without_secrets(tmp_path):
    import json
    result = run(tmp_path, "config", "print", "--json", SESSION_SECRET=SECRET)
    values = json.loads(result.stdout)
    assert values["secrets.session_secret"]["value"] == "(set, 32 bytes)"
    assert values["server.addr"] == {"value": ":8080", "origin": "default"}


def test_the_example_of_the_environment_is_a_configuration(tmp_path):
    """Each variable, those that are commented out as well, is one that the server knows."""
    example = (ROOT / ".env.example").read_text()
    names = set(re.findall(r"^#?([A-Z_]+)=", example, re.M))
    known = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', (ROOT / "lib" / "config" / "config.def").read_text()))
    assert names and names <= known
    write(tmp_path / ".env", example.replace("#SESSION_SECRET=", f"SESSION_SECRET={SECRET}"))
    printed = run(tmp_path, "config", "print")
    assert printed.returncode == 0, printed.stderr
    assert re.search(r"^device.code_expiration +10m +\.env:", printed.stdout, re.M), printed.stdout
