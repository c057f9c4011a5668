"""A command that could not keep or say what it is asked for finds out before it asks a person
or changes a server; what cannot be kept is printed or taken back, and the exit status says it."""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
from running import Server  # noqa: E402
from sanitizer import patience  # noqa: E402
from shell import AUTHGATE, age, environment, files, run  # noqa: E402

EX_IOERR = 74
EXIT_STORAGE = 8


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


@pytest.fixture(name="small")
def _small(tmp_path):
    """A home with room for little."""
    home = tmp_path / "small"
    home.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", home],
                      capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small file system")
    yield home
    subprocess.run(["umount", "-l", home], check=True)


def fill(home):
    """Until nothing more fits."""
    with open(home / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


def login(home, server, *arguments, **variables):
    return run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
               *arguments, **variables)


def asked(server, path):
    return [r for r in server.requests if r[1].endswith(path)]


def rooms(home):
    return list((home / ".local/state/authgate").glob(".room-*"))


# ---- refreshing ---------------------------------------------------------------------------------


def test_a_full_disk_at_refresh_costs_nothing(small):
    """The server would rotate the token, and a token that was lost looks like a stolen one."""
    with FakeServer(refresh="rotate") as server:
        assert login(small, server, "--store", "file").returncode == 0
        age(small)
        fill(small)
        result = run(small, "token")
        assert result.returncode == EXIT_STORAGE and "no room" in result.stderr
        assert server.refreshes == 0
        (small / "filler").unlink()
        result = run(small, "token")
        assert (result.returncode, result.stdout) == (0, server.access_token + "\n")
        assert not rooms(small)


def test_a_disk_that_fills_up_while_the_server_answers_keeps_the_token_all_the_same(small):
    with FakeServer(refresh="rotate") as server:
        assert login(small, server, "--store", "file").returncode == 0
        age(small)
        server.refresh_hook = lambda: fill(small)
        result = run(small, "token")
        assert (result.returncode, result.stdout) == (0, server.access_token + "\n"), result.stderr
        (file,) = files(small)
        assert json.loads(file.read_text())["refresh_token"] == "refresh-1"


def test_a_token_that_cannot_be_kept_is_printed_and_the_status_says_so(home):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server, "--store", "file").returncode == 0
        age(home)
        server.refresh_hook = lambda: [room.unlink() for room in rooms(home)]
        result = run(home, "token")
        assert result.stdout == server.access_token + "\n"
        assert result.returncode == EXIT_STORAGE
        assert "could not be kept" in result.stderr and "authgate login" in result.stderr


def test_a_program_still_gets_the_token_that_cannot_be_kept(home):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server, "--store", "file").returncode == 0
        age(home)
        server.refresh_hook = lambda: [room.unlink() for room in rooms(home)]
        result = run(home, "exec", "--", "sh", "-c", "echo $AUTHGATE_ACCESS_TOKEN")
        assert (result.returncode, result.stdout) == (0, server.access_token + "\n")
        assert "could not be kept" in result.stderr


def test_room_that_a_dead_process_took_is_swept_up(home):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server, "--store", "file").returncode == 0
        left = home / ".local/state/authgate/.room-1-0"
        left.write_text("half a secret")
        age(home)
        assert run(home, "token").returncode == 0
        assert not rooms(home)


def a_keyring(home, verbs):
    """One that answers the verbs, and refuses all others."""
    helper = home / "keyring"
    helper.write_text("#!/bin/sh\nexec 2>/dev/null\nread key; read label\n"
                      f"case $1 in {'|'.join(verbs)}) ;; *) exit 2;; esac\n"
                      f"at={home}/kept-$key\n"
                      "case $1 in get) [ -e $at ] && cat $at || exit 1;;\n"
                      "store) cat >$at;; erase) rm -f $at;; esac\n")
    helper.chmod(0o700)
    return {"AUTHGATE_KEYRING": str(helper)}


def test_a_keyring_that_refuses_is_noticed_before_the_server_rotates(home):
    with FakeServer(refresh="rotate") as server:
        good = a_keyring(home, ["get", "store", "erase"])
        result = login(home, server, "--store", "keyring", **good)
        assert result.returncode == 0, result.stderr
        age(home)
        result = run(home, "token", **a_keyring(home, ["get"]))
        assert result.returncode != 0 and server.refreshes == 0
        result = run(home, "token", **a_keyring(home, ["get", "store", "erase"]))
        assert (result.returncode, result.stdout) == (0, server.access_token + "\n")


# ---- signing in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["auto", "file", "keyring"])
def test_nobody_is_asked_to_sign_in_where_nothing_can_be_kept(home, store):
    (home / ".local").write_text("a file, not a directory")
    with FakeServer() as server:
        result = login(home, server, "--store", store)
        assert result.returncode == EXIT_STORAGE and ".local" in result.stderr
        assert not server.requests


def test_nobody_is_asked_to_sign_in_on_a_full_disk(small):
    with FakeServer() as server:
        (small / ".local/state/authgate").mkdir(0o700, parents=True)
        fill(small)
        result = login(small, server, "--store", "file")
        assert result.returncode == EXIT_STORAGE and "No space" in result.stderr
        assert not server.requests


def test_nobody_is_asked_to_sign_in_without_a_home(home):
    with FakeServer() as server:
        result = login(home, server, HOME="")
        assert result.returncode == EXIT_STORAGE and "HOME" in result.stderr
        assert not server.requests
        result = login(home, server, "--store", "none", HOME="")
        assert (result.returncode, result.stdout) == (0, server.access_token + "\n")


@pytest.mark.parametrize("verbs", [["get"], ["get", "erase"], []])
def test_a_keyring_that_was_asked_for_and_refuses_is_noticed_first(home, verbs):
    with FakeServer() as server:
        result = login(home, server, "--store", "keyring", **a_keyring(home, verbs))
        assert result.returncode == 6 and "--store file" in result.stderr
        assert not server.requests
        assert login(home, server, "--store", "auto", **a_keyring(home, verbs)).returncode == 0
        (file,) = files(home)
        assert json.loads(file.read_text())["access_token"] == server.access_token


@pytest.mark.parametrize("arguments", [["--store", "none"], ["--json"]])
def test_nobody_is_asked_to_sign_in_for_an_output_that_takes_nothing(home, arguments):
    with FakeServer() as server, open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(
            [AUTHGATE, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
             *arguments], env=environment(home), stdout=full, stderr=subprocess.PIPE,
            text=True, check=False, timeout=patience(20), stdin=subprocess.DEVNULL)
        assert result.returncode == EXIT_STORAGE and "No space" in result.stderr
        assert not server.requests


def test_a_sign_in_that_cannot_be_kept_after_all_is_taken_back(home):
    with FakeServer(pending=1, refresh="rotate") as server:
        def take_the_room():
            deadline = time.monotonic() + patience(20)
            while not asked(server, "/oauth/token") and time.monotonic() < deadline:
                time.sleep(0.01)
            for room in rooms(home):
                room.unlink()
        thread = threading.Thread(target=take_the_room)
        thread.start()
        result = login(home, server, "--store", "file")
        thread.join()
        assert result.returncode == EXIT_STORAGE and "ended again" in result.stderr
        assert ("refresh_token", "refresh-0") in server.revoked
        assert not files(home)


# ---- signing out --------------------------------------------------------------------------------


def test_a_sign_in_that_cannot_be_deleted_is_not_revoked_behind_its_back(small):
    with FakeServer(refresh="rotate") as server:
        assert login(small, server, "--store", "file").returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", small], check=True)
        result = run(small, "logout")
        assert result.returncode == EXIT_STORAGE and "Read-only" in result.stderr
        assert not server.revoked
        subprocess.run(["mount", "-o", "remount,rw", small], check=True)
        assert run(small, "logout").returncode == 0


# ---- standard output ----------------------------------------------------------------------------


def closed_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return writer


OUTPUTS = {
    "full": lambda home: os.open("/dev/full", os.O_WRONLY),
    "read-only": lambda home: os.open("/dev/null", os.O_RDONLY),
    "nobody reads": lambda home: closed_pipe(),
    "closed": None,
}
PRINTING = [["help"], ["version"], ["--version"], ["config", "print-default"],
            ["config", "print"], ["config", "check"], ["completion", "bash"], ["status"], ["token"],
            ["status", "--json"], ["migrate", "status"], ["doctor"], ["doctor", "--json"],
            ["profile", "list"]]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_no_command_succeeds_when_nobody_could_hear_it(home, command, output):
    variables = environment(home, SESSION_SECRET="kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7",
                            AUTHGATE_TOKEN="a-token", DATABASE_DSN=str(home / "a.db"))
    with FakeServer() as server:
        run(home, "profile", "add", "one", "--issuer", server.issuer, "--client-id", "cli")
        login(home, server, "--store", "file")
    make = OUTPUTS[output]
    line = [AUTHGATE, *command]
    handle = make(home) if make else subprocess.DEVNULL
    if not make:
        line = ["sh", "-c", 'exec "$@" >&-', "sh", *line]
    result = subprocess.run(line, cwd=home, env=variables, stdout=handle, stderr=subprocess.PIPE,
                            text=True, check=False, timeout=patience(20), stdin=subprocess.DEVNULL)
    if make:
        os.close(handle)
    assert result.returncode not in (0, -6, -11), result.stderr
    assert result.returncode == -13 or "cannot be written" in result.stderr or \
        "cannot write" in result.stderr, result


def test_a_file_on_a_full_disk_is_known_to_be_too_small(small):
    fill(small)
    with open(small / "out", "w", encoding="ascii") as out:
        result = subprocess.run([AUTHGATE, "config", "print-default"], env=environment(small),
                                stdout=out, stderr=subprocess.PIPE, text=True, check=False,
                                timeout=patience(20))
    assert result.returncode == EX_IOERR and "No space" in result.stderr


def test_a_secret_that_nobody_could_see_is_not_made(tmp_path):
    with Server(tmp_path) as server, open("/dev/full", "w", encoding="ascii") as full:
        before = server.database.count("clients")
        result = subprocess.run(
            [AUTHGATE, "admin", "client", "create", "--name", "x", "--type", "confidential",
             "--grant", "client", "--json"], env=server.environment, stdout=full,
            stderr=subprocess.PIPE, text=True, check=False, timeout=patience(20))
        assert result.returncode == EX_IOERR
        assert server.database.count("clients") == before


def test_a_closed_output_is_no_database(tmp_path):
    """Descriptor 1 belongs to nobody, so what is printed lands nowhere."""
    server = Server(tmp_path)
    line = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", AUTHGATE, "migrate", "up"]
    subprocess.run(line, cwd=tmp_path, env=server.environment, check=False, timeout=patience(20))
    with server:
        assert server.database.is_intact()
