"""What README.md tells a newcomer to type, typed."""

import pathlib
import re
import shlex
import signal
import subprocess
import tarfile

import pytest

import certificate
from browser import Browser
from running import Server, free_port
from sanitizer import BINARY, ENVIRONMENT, ROOT, patience
from shell import run
from waiting import until


class Run:
    """`make run` or `make phone` without the building."""

    def __init__(self, directory, *kind, **variables):
        (directory / "build").mkdir(exist_ok=True)
        link = directory / "build" / "authgate"
        if not link.exists():
            link.symlink_to(BINARY)
        self.directory, self.port = directory, free_port()
        self.log = directory / "output"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", ROOT / "packaging" / "run.sh", "build/authgate",
                 *kind], cwd=directory, stdout=output, stderr=output,
                env={**ENVIRONMENT, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PORT": str(self.port),
                     **variables})

    def __enter__(self):
        until(lambda: "Stop with Ctrl-C" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=patience(20)) == 0, self.said

    @property
    def said(self):
        return self.log.read_text()

    @property
    def login(self):
        """The command it shows, as arguments of the program."""
        (line,) = [line for line in self.said.splitlines() if "authgate login" in line]
        return shlex.split(line)[1:]

    def people(self, tls=None):
        """A browser's view of it."""
        server = Server(self.directory)
        server.port, server.tls = self.port, tls
        server.environment["BASE_URL"] = re.search(r"serves +(\S+)", self.said).group(1)
        path = re.search(r"are in\s+(\S+)", self.said).group(1)
        server.environment["CREDENTIALS_FILE"] = path
        return server


def approve(process, server):
    text = ""
    while "and enter code" not in text:
        line = process.stderr.readline()
        assert line, text
        text += line
    code = re.search(r"enter code +(\S+)", text).group(1)
    with Browser(server) as browser:
        browser.sign_in(password=server.credentials["password"])
        browser.approve(code)


def sign_in(here, home, tls=None):
    home.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [BINARY, *here.login], cwd=here.directory, stdin=subprocess.DEVNULL,
        env={**ENVIRONMENT, "PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        approve(process, here.people(tls))
        _, err = process.communicate(timeout=patience(30))
        assert process.returncode == 0, err


def test_make_run_says_what_works_as_it_is_written(tmp_path):
    with Run(tmp_path) as here:
        sign_in(here, tmp_path / "home")
        assert "admin" in run(tmp_path / "home", "whoami").stdout
        assert "path=/" not in here.said, "no request is logged over what it says"


def test_make_phone_serves_https_with_a_certificate_that_the_command_trusts(tmp_path):
    with Run(tmp_path, "phone", ADDRESS="127.0.0.1") as here:
        place = tmp_path / "build" / "phone"
        assert "--ca-file" in here.login
        sign_in(here, tmp_path / "home", certificate.trusting(place / "cert.pem"))
        assert (place / "key.pem").stat().st_mode & 0o777 == 0o600
        digest = subprocess.run(["openssl", "x509", "-in", place / "cert.pem", "-noout",
                                 "-fingerprint", "-sha256"], capture_output=True, text=True,
                                check=True).stdout.strip().split("=")[1]
        assert digest in here.said
    first = (place / "cert.pem").read_bytes()
    with Run(tmp_path, "phone", ADDRESS="127.0.0.1") as here:
        assert (place / "cert.pem").read_bytes() == first, "it is kept"
    with Run(tmp_path, "phone", ADDRESS="127.0.0.2") as here:
        assert (place / "cert.pem").read_bytes() != first, "another address, another certificate"
        assert "https://127.0.0.2:" in here.said


def test_help_of_make_is_not_cut(tmp_path):
    said = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True,
                          check=True, timeout=patience(20)).stdout
    assert "LINT_BASE=commit: tidy changed files only)" in said


def test_an_archive_knows_its_version(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("no history here to make an archive of")
    made = subprocess.run(["make", "-s", "dist"], cwd=ROOT, capture_output=True, text=True,
                          check=True, timeout=patience(60)).stdout.strip()
    with tarfile.open(ROOT / made) as archive:
        archive.extractall(tmp_path)
    (place,) = tmp_path.iterdir()
    version = (place / "VERSION").read_text().strip()
    assert place.name.startswith("authgate-") and pathlib.Path(made).name.startswith(place.name)
    told = subprocess.run(["make", "-pn", "help"], cwd=place, capture_output=True, text=True,
                          check=True, timeout=patience(20)).stdout
    assert re.search(rf"^VERSION := {re.escape(version)}(\+|$)", told, re.M)
