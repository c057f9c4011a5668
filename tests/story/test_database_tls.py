"""TLS on the way to PostgreSQL, as the DSN asks for it."""

import os
import secrets
import shutil
import time

import pytest

import certificate
from postgres import Instance
from running import Server
from sanitizer import patience

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgres", reason="make story-postgres")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Certificates that are their own authorities: ours, and somebody's."""
    place = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "theirs"):
        (place / name).mkdir()
        certificate.write(place / name, "database")
    return place


@pytest.fixture(scope="module")
def postgres(place):
    with Instance() as instance:
        for name in ("cert.pem", "key.pem"):
            copy = shutil.copy(place / "ours" / name, f"{instance.place}/data/{name}")
            owner = os.stat(f"{instance.place}/data")
            os.chown(copy, owner.st_uid, owner.st_gid)
            os.chmod(copy, 0o600)
        instance.configure(ssl_cert_file="cert.pem", ssl_key_file="key.pem", ssl="on")
        yield instance


SECRET = secrets.token_urlsafe(32)  # one installation


def dsn(postgres, place, host="localhost", authority="ours", mode="verify-full"):
    """A name that nobody resolves, because hostaddr is given."""
    return f"host={host} hostaddr=127.0.0.1 port={postgres.settings['port']} user=postgres " \
        f"dbname=postgres sslmode={mode} sslrootcert={place / authority / 'cert.pem'}"


def test_every_connection_is_encrypted_and_verified(postgres, place, tmp_path):
    with Server(tmp_path, SESSION_SECRET=SECRET, DATABASE_DRIVER="postgres",
                DATABASE_DSN=dsn(postgres, place)):
        assert postgres.run(
            "SELECT bool_and(ssl), count(*) > 3 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE application_name = 'authgate'") == [(True, True)]


@pytest.mark.parametrize("wrong", [
    {"host": "db.example"}, {"authority": "theirs"}, {"authority": "theirs", "mode": "verify-ca"},
    {"authority": "nowhere"}], ids=["host", "authority", "authority-only", "no-file"])
def test_a_server_that_cannot_be_verified_stops_the_start(postgres, place, tmp_path, wrong):
    """In good time, and says that it is about the certificate."""
    server = Server(tmp_path, SESSION_SECRET=SECRET, DATABASE_DRIVER="postgres",
                    DATABASE_DSN=dsn(postgres, place, **wrong))
    began = time.monotonic()
    server.launch()
    assert server.ended() != 0
    assert time.monotonic() - began < patience(10)
    assert "certificate" in server.log and "listening" not in server.log


def test_verify_ca_does_not_ask_for_the_name(postgres, place, tmp_path):
    with Server(tmp_path, SESSION_SECRET=SECRET, DATABASE_DRIVER="postgres",
                DATABASE_DSN=dsn(postgres, place, host="db.example", mode="verify-ca")) as server:
        assert server.is_ready()
