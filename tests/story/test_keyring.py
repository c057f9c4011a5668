"""Sign-ins kept in the desktop's keyring: the file then holds no secret."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
from shell import signals_of_a_child, AUTHGATE, age, environment, files, run  # noqa: E402

HELPER = pathlib.Path(AUTHGATE).with_name("authgate-keyring")
NEEDED = ("dbus-daemon", "gnome-keyring-daemon")


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


@pytest.fixture(name="session")
def _session(home):
    """A session bus with an unlocked keyring."""
    if not HELPER.exists() or not all(map(shutil.which, NEEDED)):
        pytest.skip("needs authgate-keyring, dbus-daemon and gnome-keyring")
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    where = {"XDG_RUNTIME_DIR": str(runtime)}
    with subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"],
                          env=environment(home, **where), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as bus:
        where["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        with subprocess.Popen(
                ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                env=environment(home, **where), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as keyring:
            keyring.stdin.write("password")
            keyring.stdin.close()
            keyring.stdout.readline()
            yield where
            keyring.terminate()
        bus.terminate()


def login(home, server, *arguments, **variables):
    return run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
               *arguments, **variables)


def test_keyring_holds_the_tokens_and_the_file_none(home, session):
    with FakeServer(refresh="rotate") as server:
        result = login(home, server, **session)
        assert result.returncode == 0, result.stderr
        (file,) = files(home)
        text = file.read_text()
        assert server.access_token not in text and "refresh-0" not in text
        assert json.loads(text)["kept_in"] == "keyring"
        assert run(home, "token", **session).stdout == server.access_token + "\n"
        assert "keyring" in run(home, "status", **session).stdout
        age(home)
        assert run(home, "token", **session).stdout == server.access_token + "\n"
        assert server.refreshes == 1 and "refresh-1" not in files(home)[0].read_text()
        assert run(home, "logout", **session).returncode == 0
        assert server.revoked[0] == ("refresh_token", "refresh-1")


def test_exec_leaves_signals_as_they_were_also_after_it_wrote_to_the_keyring(home, session):
    with FakeServer(refresh="rotate") as server:
        login(home, server, **session)
        age(home)
        assert signals_of_a_child(home, **session) == (0, 0)
        assert server.refreshes == 1


def test_without_the_session_it_says_what_to_do(home, session):
    with FakeServer() as server:
        assert login(home, server, "--store", "keyring", **session).returncode == 0
        result = run(home, "token")
        assert result.returncode == 4 and "keyring" in result.stderr
        assert "locked" in run(home, "status").stdout
        assert run(home, "logout").returncode == 6
        assert login(home, server, "--store", "file").returncode == 0
        assert run(home, "token").stdout == server.access_token + "\n"


def test_no_keyring_means_a_file_unless_it_was_demanded(home):
    with FakeServer() as server:
        assert login(home, server).returncode == 0
        assert server.access_token in files(home)[0].read_text()
        result = login(home, server, "--force", "--store", "keyring")
        assert result.returncode == 6 and "--store file" in result.stderr


def test_store_none_prints_the_token_and_keeps_nothing(home):
    with FakeServer() as server:
        result = login(home, server, "--store", "none")
        assert result.stdout == server.access_token + "\n" and not files(home)
        assert login(home, server, "--store", "none", "--json").returncode == 2


@pytest.mark.parametrize("script", ["exit 2", "kill -9 $$", "cat >/dev/null; yes | head -c 300000",
                                    "exec sleep 100"])
def test_broken_helper_is_survived(home, script):
    helper = home / "helper"
    helper.write_text("#!/bin/sh\n" + script + "\n")
    helper.chmod(0o755)
    with FakeServer() as server:
        result = login(home, server, AUTHGATE_KEYRING=str(helper))
        assert result.returncode == 0, result.stderr
        assert server.access_token in files(home)[0].read_text()
    assert os.environ.get("AUTHGATE_KEYRING") is None
