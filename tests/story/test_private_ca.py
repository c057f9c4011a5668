"""A server whose certificate comes from an authority of one's own."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import certificate  # noqa: E402
from fake_as import FakeServer  # noqa: E402
from running import Server  # noqa: E402
from sanitizer import BINARY, patience  # noqa: E402
from shell import age, run  # noqa: E402


@pytest.fixture(name="home")
def _home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory):
    place = tmp_path_factory.mktemp("authority")
    certificate.write(place, "private")
    other = place / "other"
    other.mkdir()
    certificate.write(other, "other")
    hashed = place / "hashed"
    hashed.mkdir()
    (hashed / "ours.pem").write_bytes((place / "cert.pem").read_bytes())
    subprocess.run(["openssl", "rehash", str(hashed)], check=True, capture_output=True)
    return place


def login(home, server, *arguments, **variables):
    return run(home, "login", "--device", "--store", "file", "--issuer", server.issuer,
               "--client-id", "cli", *arguments, **variables)


def test_a_stranger_is_refused_with_the_way_to_trust_it(home, place):
    with FakeServer(certificate=place) as server:
        result = login(home, server)
        assert result.returncode == 6
        assert "--ca-file" in result.stderr and "SSL_CERT_FILE" in result.stderr


@pytest.mark.parametrize("variable,path", [
    ("SSL_CERT_FILE", "cert.pem"), ("SSL_CERT_DIR", "hashed"), ("CURL_CA_BUNDLE", "cert.pem"),
    ("AUTHGATE_CA_FILE", "cert.pem")])
def test_the_environment_names_whom_to_trust(home, place, variable, path):
    with FakeServer(certificate=place) as server:
        result = login(home, server, **{variable: str(place / path)})
        assert result.returncode == 0, result.stderr
        assert login(home, server, "--force", **{variable: ""}).returncode == 6 or \
            variable == "AUTHGATE_CA_FILE"


def test_an_option_is_kept_with_the_sign_in(home, place):
    """Later commands reach the server without it."""
    with FakeServer(certificate=place, refresh="rotate") as server:
        result = login(home, server, "--ca-file", str(place / "cert.pem"))
        assert result.returncode == 0, result.stderr
        age(home)
        assert run(home, "token").stdout == server.access_token + "\n"
        assert "confirmed" in run(home, "whoami").stdout
        assert run(home, "logout").returncode == 0
        assert server.revoked


def test_a_profile_keeps_it_too(home, place):
    with FakeServer(certificate=place) as server:
        added = run(home, "profile", "add", "work", "--issuer", server.issuer, "--client-id", "cli",
                    "--ca-file", str(place / "cert.pem"))
        assert added.returncode == 0, added.stderr
        result = run(home, "login", "--device", "--store", "file")
        assert result.returncode == 0, result.stderr


def test_a_file_that_was_named_is_the_only_one_that_counts(home, place):
    with FakeServer(certificate=place) as server:
        result = login(home, server, "--ca-file", str(place / "other" / "cert.pem"),
                       SSL_CERT_FILE=str(place / "cert.pem"))
        assert result.returncode == 6


@pytest.mark.parametrize("name", ["missing.pem", "key.pem"])
def test_a_file_that_holds_no_certificate_is_named(home, place, name):
    with FakeServer(certificate=place) as server:
        result = login(home, server, "--ca-file", str(place / name))
        assert result.returncode != 0
        assert name in result.stderr or "--ca-file" in result.stderr
        assert not server.requests


def test_doctor_says_how_clients_come_to_trust_the_server(tmp_path):
    certificate.write(tmp_path, "private")
    server = Server(tmp_path, TLS_CERT_FILE=str(tmp_path / "cert.pem"),
                    TLS_KEY_FILE=str(tmp_path / "key.pem"))
    server.environment["BASE_URL"] = f"https://127.0.0.1:{server.port}"
    server.tls = certificate.trusting(tmp_path / "cert.pem")
    with server:
        def doctor(*arguments):
            return subprocess.run([BINARY, "doctor", *arguments], cwd=tmp_path, check=False,
                                  env=server.environment, capture_output=True, text=True,
                                  timeout=patience(60)).stdout
        assert "--ca-file FILE" in doctor()
        assert "clients reach the server" in doctor("--ca-file", str(tmp_path / "cert.pem"))
