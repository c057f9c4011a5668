"""TLS at the server itself (J13)."""

import shutil
import ssl
import time

import pytest

import certificate
from browser import Browser
from device import Device
from load import Load
from running import Server
from wire import Client, Connection


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("secure")
    certificate.write(tmp_path, "first")
    server = Server(tmp_path, TLS_CERT_FILE=str(tmp_path / "cert.pem"),
                    TLS_KEY_FILE=str(tmp_path / "key.pem"))
    server.environment["BASE_URL"] = f"https://127.0.0.1:{server.port}"
    server.tls = certificate.trusting(tmp_path / "cert.pem")
    with server:
        yield server


def subject(server, context):
    with Connection(server.port, context) as connection:
        return dict(pair for part in connection.socket.getpeercert()["subject"] for pair in part)[
            "commonName"]


def test_a_device_is_signed_in_over_tls(secure):
    with Browser(secure) as browser, Device(secure) as device:
        browser.sign_in()
        assert "__Host-authgate" in browser.cookies
        browser.approve(device.user_code)
        assert device.poll().status == 200


def test_http_on_the_port_of_https_gets_nothing(secure):
    with Connection(secure.port) as connection:
        connection.send(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.is_closed() and not connection.buffer.startswith(b"HTTP")
    assert secure.is_ready()


def test_half_a_handshake_harms_nobody(secure):
    """J9"""
    for data in (b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 99):
        connection = Connection(secure.port)
        connection.send(data)
        connection.reset()
    assert secure.is_ready()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version,accepted", [
    (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)])
def test_old_versions_are_refused(secure, version, accepted):
    context = certificate.trusting(secure.directory / "cert.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    if accepted:
        with Connection(secure.port, context) as connection:
            assert connection.request("GET", "/livez").status == 200
    else:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            Connection(secure.port, context)


@pytest.mark.parametrize("ciphers", ["aNULL:@SECLEVEL=0", "eNULL:@SECLEVEL=0",
                                     "AES128-SHA:@SECLEVEL=0"])
def test_weak_ciphers_are_refused(secure, ciphers):
    context = certificate.trusting(secure.directory / "cert.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        Connection(secure.port, context)


def test_http2_is_not_offered(secure):
    """J6"""
    context = certificate.trusting(secure.directory / "cert.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with Connection(secure.port, context) as connection:
        assert connection.socket.selected_alpn_protocol() in ("http/1.1", None)
        assert connection.request("GET", "/livez").status == 200


def test_a_new_certificate_is_taken_under_load_without_a_failed_request(secure):
    """J13: clients that come and go while the files are replaced three times."""
    names = ["second", "third", "fourth"]
    for name in names:
        (secure.directory / name).mkdir()
        certificate.write(secure.directory / name, name)
    (secure.directory / "first.pem").write_bytes((secure.directory / "cert.pem").read_bytes())
    trust = certificate.trusting(secure.directory / "first.pem",
                                 *[secure.directory / name / "cert.pem" for name in names])

    def step():
        with Client(secure.port, trust) as client:
            return [client.get("/livez").status for _ in range(3)]

    with Load(step, threads=3) as load:
        for name in names:
            shutil.copy(secure.directory / name / "key.pem", secure.directory)
            shutil.copy(secure.directory / name / "cert.pem", secure.directory)
            secure.reload()
            done = len(load.results)
            while len(load.results) < done + 20 and not load.errors:
                time.sleep(0.01)
            assert subject(secure, trust) == name
    assert not load.errors, load.errors[0]
    assert all(statuses == [200, 200, 200] for statuses in load.results)
    secure.tls = trust


def test_a_reload_waits_for_handshakes_that_have_begun(secure):
    """J13: connections that have said nothing yet when the certificate is replaced."""
    for _ in range(3):
        crowd = [Connection(secure.port) for _ in range(12)]
        assert secure.is_ready()  # so they have been accepted
        secure.reload()
        assert secure.is_ready()
        for connection in crowd:
            connection.socket = secure.tls.wrap_socket(connection.socket,
                                                       server_hostname="localhost")
            assert connection.request("GET", "/livez").status == 200
            connection.close()


def test_a_bad_new_certificate_changes_nothing(secure):
    """J13: the old one stays, and the log says why."""
    before = subject(secure, secure.tls)
    (secure.directory / "cert.pem").write_text("not a certificate\n")
    secure.reload()
    assert "nothing is changed" in secure.log
    assert subject(secure, secure.tls) == before
