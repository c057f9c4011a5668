"""The servers that are measured, and which rows on which, with the ratio to `livez` that each should reach.

To measure one more kind of server, add a row to SETUPS; to measure one more kind of request, add it
to workload.py and name it here."""

import os
import pathlib
import re
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import certificate  # noqa: E402
import fill  # noqa: E402
from database import Postgres  # noqa: E402
from running import BINARY, Server  # noqa: E402

# Counted, as shipped, and never refused: everything comes from one address.
PLENTY = {name: "1000000" for kind in ("LOGIN", "TOKEN", "DEVICE_CODE", "INTROSPECT", "AUTHORIZE",
                                       "DEVICE_VERIFY", "CLIENT", "USERINFO")
          for name in (f"{kind}_RATE_LIMIT", f"{kind}_RATE_LIMIT_BURST")}
TOKENS = "client_credentials"
HOT = (TOKENS, "device poll", "code exchange", "refresh, rotation", "introspection", "userinfo")


@dataclass
class Setup:
    """rows: name -> the ratio to reach, or None; livez, the measure of all, is always there."""

    name: str
    rows: dict
    algorithm: str = "ES256"
    database: str = "sqlite"
    tls: bool = False
    connections: int = 64
    tokens: int = 0  # how many are there already
    environment: dict = field(default_factory=dict)
    full: bool = False  # only measured when asked for by name, or for all


def setup_rows(*names, **goals):
    return {**dict.fromkeys(names), **goals}


SETUPS = [
    Setup("sqlite", {
        "discovery": None, "jwks": None, "login page": None, "device code": None, "device poll": 0.35,
        TOKENS: 0.07, "code exchange": 0.04, "refresh, fixed": None, "refresh, rotation": 0.05,
        "rotation without openid": None,
        "introspection": 0.35, "userinfo": 0.3, "revoke": None, "login": None,
        "client_credentials, 8 sign in": None}),
    Setup("hs256", {TOKENS: 0.13}, algorithm="HS256"),
    Setup("rs256", {TOKENS: None}, algorithm="RS256"),
    Setup("eddsa", {TOKENS: None}, algorithm="EdDSA"),
    Setup("postgres", {TOKENS: 0.03, "introspection": 0.12, **dict.fromkeys(
        ("device poll", "code exchange", "refresh, rotation", "userinfo"))}, database="postgres"),
    Setup("tls", setup_rows("device poll", TOKENS, "introspection"), tls=True),
    Setup("1024", setup_rows("device poll", TOKENS, "introspection"), connections=1024),
    Setup("bare", setup_rows(*HOT), full=True, environment={
        "METRICS_ENABLED": "false", "ENABLE_RATE_LIMIT": "false"}),
    Setup("sqlite 1M", setup_rows(*HOT), tokens=1_000_000, full=True),
    Setup("sqlite 10M", setup_rows(*HOT), tokens=10_000_000, full=True),
    Setup("postgres 1M", setup_rows(*HOT), database="postgres", tokens=1_000_000, full=True),
    Setup("postgres 10M", setup_rows(*HOT), database="postgres", tokens=10_000_000, full=True),
]


class Measured(Server):
    """A server on one processor, of a setup and a program."""

    def __init__(self, setup, directory, binary=BINARY):
        directory.mkdir()
        super().__init__(directory, **self.environment_of(setup, directory))
        self.setup, self.binary = setup, binary
        if setup.tls:
            certificate.write(directory, "bench")
            self.environment["BASE_URL"] = f"https://127.0.0.1:{self.port}"
            self.tls = certificate.trusting(directory / "cert.pem")
        self.start_ms = {}

    @staticmethod
    def environment_of(setup, directory):
        tls = {"TLS_CERT_FILE": str(directory / "cert.pem"), "TLS_KEY_FILE": str(directory / "key.pem")}
        dsn = {"DATABASE_DRIVER": setup.database, "DATABASE_DSN":
               Postgres.create() if setup.database == "postgres" else str(directory / "authgate.db")}
        return {**dsn, **(tls if setup.tls else {}), **PLENTY, "ENABLE_RATE_LIMIT": "true",
                "METRICS_ENABLED": "true", "JWT_SIGNING_ALGORITHM": setup.algorithm,
                "JWT_SECRET": secrets.token_urlsafe(32), "SERVER_LOOPS": "1", "SERVER_MAX_CONNECTIONS": "16384", "SERVER_MAX_CONNECTIONS_PER_ADDRESS": "16384",
                "DEVICE_POLL_INTERVAL": "1s", "DEVICE_CODE_EXPIRATION": "2h",
                "AUTH_CODE_EXPIRATION": "10m", **setup.environment}

    def timed_start(self):
        """How long until it is ready, in milliseconds."""
        began = time.monotonic()
        self.launch(self.binary)
        while not self.is_ready():
            assert self.process.poll() is None and time.monotonic() < began + 60, self.log
            time.sleep(0.001)
        return (time.monotonic() - began) * 1000

    def prepare(self):
        self.start_ms["first"] = self.timed_start()
        self.published_keys()
        self.stop()
        if self.setup.tokens:
            fill.tokens(self.database, self.setup.tokens)
        self.start_ms["again"] = self.timed_start()
        subprocess.run(["taskset", "-apc", "0", str(self.process.pid)], check=True,
                       stdout=subprocess.DEVNULL)
        return self

    # ---- what it costs ----

    def memory_mb(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1)) / 1024

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
