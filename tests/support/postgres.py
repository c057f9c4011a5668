"""PostgreSQL servers that a test may crash, cut off, replicate and promote (postgres.sh)."""

import contextlib
import itertools
import os
import pathlib
import signal
import subprocess
import time

from database import Postgres
from sanitizer import patience

SCRIPT = pathlib.Path(__file__).with_name("postgres.sh")


def script(*words):
    return subprocess.run([SCRIPT, *words], check=True, capture_output=True,
                          text=True).stdout.strip()


class Instance:
    """One server in a directory of its own, which must be short: sockets are in it."""

    numbers = itertools.count()

    def __init__(self):
        self.place = f"/tmp/authgate-pg-{os.getpid()}-{next(self.numbers)}"
        self.dsn = None

    def __enter__(self):
        self.dsn = script("start", self.place)
        return self

    def __exit__(self, *_):
        script("stop", self.place)

    @property
    def settings(self):
        return dict(word.split("=", 1) for word in self.dsn.split())

    def crash(self):
        """Ends at once, recovers, serves again."""
        script("crash", self.place)

    def _postmaster(self):
        with open(f"{self.place}/data/postmaster.pid", encoding="ascii") as file:
            return int(file.readline())

    def end(self):
        """As `pg_ctl stop -m immediate`, without waiting."""
        os.kill(self._postmaster(), signal.SIGQUIT)

    @contextlib.contextmanager
    def paused(self):
        """Neither it nor what serves its connections moves."""
        postmaster = self._postmaster()
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], check=True,
                                  capture_output=True, text=True).stdout.split()
        everybody = [postmaster, *map(int, children)]
        self._signal(everybody, signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(everybody, signal.SIGCONT)

    @staticmethod
    def _signal(pids, number):
        """To those that are still there: its children come and go."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def run(self, *statements):
        """Outside of a transaction; the rows of the last one."""
        with contextlib.closing(Postgres(self.dsn).open()) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for sql in statements:
                cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def configure(self, **settings):
        self.run(*[f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()],
                 "SELECT pg_reload_conf()")


class Pair:
    """A primary and a synchronous standby, which change places."""

    def __init__(self):
        self.primary, self.standby = Instance(), Instance()
        self.dsn = None

    def __enter__(self):
        try:
            self.primary.__enter__()
            self.standby.dsn = script("standby", self.standby.place, self.primary.place)
            self.synchronise()
        except BaseException:
            self.__exit__()
            raise
        self.dsn = "host={},{} port={},{} user=postgres dbname=postgres " \
            "target_session_attrs=read-write".format(*(
                instance.settings[name] for name in ("host", "port")
                for instance in (self.primary, self.standby)))
        return self

    def __exit__(self, *_):
        for instance in (self.primary, self.standby):
            script("stop", instance.place)

    def synchronise(self):
        """From now on no COMMIT is answered that the standby has not got."""
        self.primary.configure(synchronous_standby_names="*")
        deadline = time.monotonic() + patience(20)
        while self.primary.run("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            assert time.monotonic() < deadline, "the standby does not follow"
            time.sleep(0.05)

    def fail_over(self):
        """The primary is gone for good and the standby takes its place."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            self.primary.end()
        script("promote", self.standby.place)
        self.primary, self.standby = self.standby, self.primary
        # The settings came with the copy; there is nobody to wait for.
        self.primary.configure(synchronous_standby_names="")

    def replace_standby(self):
        """The lost one comes back, empty, under its old address."""
        self.standby.dsn = script("standby", self.standby.place, self.primary.place,
                                  self.standby.settings["port"])
        self.synchronise()
