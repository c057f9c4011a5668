"""The program under test, as a process."""

import ctypes
import os
import pathlib
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time

import sanitizer
from database import new_database, open_database
from sanitizer import BINARY, ROOT, patience
from waiting import until
from wire import Client, Closed, Connection

START_S = 30
ADMIN_PASSWORD = "correct horse battery"
COMPLAINTS = ("assertion", "Assertion")


def free_port():
    """A port below those the kernel gives to clients: two servers may share a
    port (SO_REUSEPORT), so a port that is only probably free is not enough."""
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Adopted:
    """A process that a child of ours started, and left to us; used as a Popen is."""

    def __init__(self, pid):
        self.pid, self.returncode = pid, None

    def poll(self):
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # its parent has not left it yet
                return None
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout=None):
        until(lambda: self.poll() is not None, timeout or START_S)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def adopt_orphans(on=True):
    """Whether processes whose parent ends become children of this one."""
    set_child_subreaper = 36
    assert not ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, int(on), 0, 0, 0)


class Server:
    """`authgate server` in a directory of its own.  Keyword arguments are
    environment variables of the server."""

    def __init__(self, directory, **environment):
        self.directory = pathlib.Path(directory)
        self.process = None
        self.port = free_port()
        self.tls = None  # the SSLContext of its clients
        self.prefix = []  # a program that runs it, such as valgrind
        self.inherited = None  # a listening socket that it gets from whoever starts it
        self.log_path = self.directory / "server.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "SERVER_ADDR": f"127.0.0.1:{self.port}",
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            **(new_database(self.directory) if "DATABASE_DSN" not in environment else {}),
            "SESSION_SECRET": secrets.token_urlsafe(32),
            "DEFAULT_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "CREDENTIALS_FILE": str(self.directory / "credentials"),
            "ENABLE_RATE_LIMIT": "false",
            # Not in the directory: a socket's path has at most 107 bytes.
            "ADMIN_SOCKET": f"{tempfile.gettempdir()}/authgate-{secrets.token_hex(6)}.sock",
            **sanitizer.ENVIRONMENT,
            **environment,
        }

    # ---- what it is ----

    @property
    def url(self):
        return self.environment["BASE_URL"]

    @property
    def admin_socket(self):
        return self.environment["ADMIN_SOCKET"]

    @property
    def database(self):
        return open_database(self.environment)

    @property
    def credentials(self):
        text = pathlib.Path(self.environment["CREDENTIALS_FILE"]).read_text()
        return dict(line.split("=", 1) for line in text.splitlines())

    @property
    def client_id(self):
        return self.credentials["client_id"]

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def kept(self):
        """All that it has written: its files, its log, its database."""
        files = [path for path in self.directory.iterdir() if path.is_file()]
        return b"".join(path.read_bytes() for path in files) + self.database.contents()

    def client(self):
        return Client(self.port, self.tls)

    def metric(self, series):
        """The value of one series, labels and all."""
        with self.client() as http:
            lines = http.get("/metrics").text.splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines
                    if line.rsplit(" ", 1)[0] == series)

    def listens(self):
        try:
            Connection(self.port).close()
        except OSError:
            return False
        return True

    # ---- its life ----

    def __enter__(self):
        return self.wait() if self.process else self.start()

    def __exit__(self, kind, *_):
        if self.process:
            self.stop(careful=kind is None)

    def launch(self, binary=None, log=None):
        """Starts it without waiting.  It ends with the test, however that ends.  log: what it
        gets as standard error in place of its file."""
        assert self.process is None, "it runs already"
        handed = [self.inherited.fileno()] if self.inherited else []
        activate = [sys.executable, str(ROOT / "tests/support/activate.py"), *map(str, handed)] if handed else []
        with log or self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *activate, *self.prefix, binary or BINARY, "server"],
                cwd=self.directory, env=self.environment, pass_fds=handed,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def is_ready(self):
        try:
            with self.client() as client:
                return client.get("/readyz").status == 200
        except (OSError, Closed):
            return False

    def wait(self):
        deadline = time.monotonic() + patience(START_S)
        while not self.is_ready():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)
        return self

    def start(self):
        return self.launch().wait()

    def published_keys(self):
        with self.client() as http:
            keys = http.get("/.well-known/jwks.json").json()["keys"]
        return sorted(keys, key=lambda k: k["kid"])

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def ended(self, timeout=20):
        """Waits for the end; returns the exit status."""
        status = self.process.wait(patience(timeout))
        self.process = None
        pathlib.Path(self.admin_socket).unlink(missing_ok=True)
        return status

    def stop(self, careful=True):
        self.terminate()
        try:
            status = self.ended()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        if careful:
            sanitizer.assert_silence()
            assert status == 0, f"exit {status}\n{self.log[-4000:]}"
            self.assert_sound()

    def assert_sound(self):
        for complaint in COMPLAINTS:
            assert complaint not in self.log, self.log[-8000:]

    def kill(self):
        self.process.kill()
        status = self.ended()
        assert status == -signal.SIGKILL, f"it had ended: {status}\n{self.log[-4000:]}"

    def restart(self):
        self.stop()
        return self.start()

    def hand_over(self, number=signal.SIGUSR2):
        """Lets it start the program that has its name by now; the process of before, which still
        answers whom it has.  Needs adopt_orphans."""
        seen = self.log.count('msg="handed over"')
        before = self.process
        before.send_signal(number)
        until(lambda: self.log.count('msg="handed over"') > seen, START_S)
        self.process = Adopted(int(re.findall(r'msg="handed over" pid=(\d+)', self.log)[-1]))
        return before

    def reload(self):
        """SIGHUP; returns when the log tells what came of it."""
        seen = self.log.count("reloaded")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.log.count("reloaded") > seen, START_S)
