"""Requests to other servers: counted, logged with their host, tried by the doctor, and never all of the
threads for one of them."""

import base64
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import certificate
import pytest

import upstream as up
from browser import Browser
from forward_proxy import ForwardProxy
from running import Server
from sanitizer import patience
from test_doctor import doctor, told, worst
from test_providers import Relying, is_in, write_config
from token_service import token_service
from upstream import Upstream
from waiting import until


@pytest.fixture
def provider():
    upstream = Upstream()
    yield upstream
    upstream.close()


def outbound(server, kind, outcome):
    return server.metric(
        f'authgate_outbound_requests_total{{provider="{kind}",outcome="{outcome}"}}')


def test_what_came_of_a_request_is_counted_and_logged_with_its_host(tmp_path, provider):
    with Relying(tmp_path, [{"name": "corp", "issuer": provider.url}],
                 METRICS_ENABLED="true") as server:
        with Browser(server) as browser:
            up.sign_in(browser, provider)
        assert outbound(server, "oidc", "answered") == 3  # description, token, keys
        provider.answers = {"/token": (503, {})}
        with Browser(server) as browser:
            up.sign_in(browser, provider)
        assert outbound(server, "oidc", "failed") == 1
        provider.answers = {"/token": (403, {})}
        with Browser(server) as browser:
            up.sign_in(browser, provider)
        assert outbound(server, "oidc", "refused") == 1
        provider.close()
        with Browser(server) as browser:
            away = up.begin(browser)  # its description is remembered
            for _ in range(7):
                browser.get(up.local(browser, provider.consent(away.location)))
                away = up.begin(browser)
        assert outbound(server, "oidc", "unreachable") == 5
        assert outbound(server, "oidc", "left_alone") == 2
        lines = [line for line in server.log.splitlines() if "request to another server" in line]
        assert len(lines) == 10 and all("host=127.0.0.1" in line for line in lines)
        assert all("request_id=" in line and "provider=corp" in line for line in lines)


def test_one_slow_provider_leaves_threads_for_another(tmp_path, provider):
    """Whatever their number: with PostgreSQL there are few."""
    slow = Upstream()
    try:
        with Relying(tmp_path, [{"name": "corp", "issuer": provider.url},
                                {"name": "slow", "issuer": slow.url}],
                     METRICS_ENABLED="true") as server:
            slow.delay_s = 8
            with ThreadPoolExecutor(30) as pool:
                def begin(_):
                    with Browser(server) as browser:
                        return up.begin(browser, "slow").status
                waiting = [pool.submit(begin, n) for n in range(30)]
                until(lambda: outbound(server, "oidc", "crowded") > 0, 20)
                began = time.monotonic()
                with Browser(server) as browser:
                    assert up.sign_in(browser, provider).location == "/"
                    assert is_in(browser, "casey")
                assert time.monotonic() - began < patience(5)
                assert {w.result() for w in waiting} <= {303, 503}
    finally:
        slow.close()


def test_the_doctor_tries_each_of_them(tmp_path, provider):
    with token_service() as tokens:
        server = Relying(tmp_path, [
            {"name": "corp", "issuer": provider.url}, {"name": "dead", "issuer": "http://127.0.0.1:9"},
            {"name": "forge", "type": "gitea", "issuer": provider.url}],
            TOKEN_API_URL=tokens.url, AUTH_MODE="http_api", HTTP_API_URL="http://127.0.0.1:9/auth")
        with server.start():
            status, found = doctor(server, "--config", str(server.config))
            text = told(found, "other servers")
            assert status == 1 and worst(found, "other servers") == "fail"
            assert "corp: its description is in order, and it has 1 keys" in text
            assert "dead: " in text and "firewall" in text
            assert "forge: it answers" in text and "http_api: " in text
            assert "token_provider: it answers" in text
            assert not tokens.requests  # nobody's name or password, no token
            provider.jwks = {"keys": []}
            assert "publishes no keys" in told(
                doctor(server, "--config", str(server.config))[1], "other servers")
            provider.metadata = {"issuer": "https://evil.example"}
            assert "names another issuer" in told(
                doctor(server, "--config", str(server.config))[1], "other servers")


def test_the_doctor_tries_other_hosts_that_a_provider_names(tmp_path, provider):
    """The keys may come from where tokens do not."""
    port = provider.http.server_port
    provider.metadata = {"token_endpoint": f"http://localhost:{port}/token",
                         "userinfo_endpoint": "http://[::1]:9/userinfo"}
    server = Relying(tmp_path, [{"name": "corp", "issuer": provider.url}],
                     OUTBOUND_ALLOWED_NETWORKS="127.0.0.0/8 ::1/128")
    with server.start():
        text = told(doctor(server, "--config", str(server.config))[1], "other servers")
    assert "corp: localhost answers" in text and "corp: its description is in order" in text
    assert text.count("corp: ") == 3 and "corp: ::1: Failed" in text, text


def test_the_doctor_says_when_there_is_none(tmp_path):
    with Server(tmp_path) as server:
        assert told(doctor(server)[1], "other servers").strip() == "none is asked"


def test_providers_may_have_a_certificate_of_an_authority_of_ones_own(tmp_path, provider):
    """outbound.ca_file; without it the provider is not believed."""
    certificate.write(tmp_path, "localhost")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    provider.http.socket = context.wrap_socket(provider.http.socket, server_side=True)
    provider.url = provider.url.replace("http://127.0.0.1", "https://localhost")
    server = Relying(tmp_path, [{"name": "corp", "issuer": provider.url}])
    with server.start(), Browser(server) as browser:
        assert "problem=upstream" in up.begin(browser).location
        assert "certificate" in server.log
    write_config(tmp_path, [{"name": "corp", "issuer": provider.url}],
                 f"outbound:\n  ca_file: {cert}\n")
    with server.start(), Browser(server) as browser:
        assert up.sign_in(browser, provider).location == "/"


# ---- behind a company's proxy ----------------------------------------------------------------------


@pytest.fixture
def company(tmp_path, provider):
    """login.corp.example is behind a proxy only, with a certificate of the company's own authority."""
    certificate.write(tmp_path, "login.corp.example", host="login.corp.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    provider.http.socket = context.wrap_socket(provider.http.socket, server_side=True)
    proxy = ForwardProxy({"login.corp.example:443": ("127.0.0.1", provider.http.server_port)})
    provider.url = "https://login.corp.example"
    yield proxy
    proxy.close()


def behind(tmp_path, provider, proxy, trusts=True, **environment):
    return Relying(tmp_path, [{"name": "corp", "issuer": provider.url}],
                   f"outbound:\n  ca_file: {tmp_path / 'cert.pem'}\n" if trusts else "",
                   https_proxy=proxy, **environment)


def test_a_sign_in_goes_through_the_proxy_with_the_authority_of_the_company(tmp_path, provider, company):
    with behind(tmp_path, provider, company.url) as server, Browser(server) as browser:
        assert up.sign_in(browser, provider).location == "/"
        assert set(company.asked) == {"login.corp.example:443"}
        _, found = doctor(server)
        assert worst(found, "other servers") == "ok", told(found, "other servers")


def test_a_proxy_does_not_vouch_for_whom_it_leads_to(tmp_path, provider, company):
    with behind(tmp_path, provider, company.url, trusts=False) as server, Browser(server) as browser:
        assert "problem=upstream" in up.begin(browser).location
        assert "certificate" in server.log and company.asked


def test_a_proxy_that_refuses_is_told_to_the_operator_and_lets_nobody_in(tmp_path, provider, company):
    company.places = {}
    with behind(tmp_path, provider, company.url) as server, Browser(server) as browser:
        assert "problem=upstream" in up.begin(browser).location
        assert "403" in server.log


@pytest.mark.parametrize("wanted, where", [("proxy-secret", "/authorize"), ("another", "problem=upstream")])
def test_a_password_of_the_proxy_is_sent_there_and_in_no_log(tmp_path, provider, company, wanted, where):
    company.credentials = "Basic " + base64.b64encode(b"gate:" + wanted.encode()).decode()
    proxy = company.url.replace("http://", "http://gate:proxy-secret@")
    with behind(tmp_path, provider, proxy) as server, Browser(server) as browser:
        assert where in up.begin(browser).location
        assert company.asked and "proxy-secret" not in server.log


def test_no_proxy_for_those_that_are_excepted(tmp_path, provider, company):
    with behind(tmp_path, provider, company.url, no_proxy="corp.example") as server, \
            Browser(server) as browser:
        assert "problem=upstream" in up.begin(browser).location
        assert not company.asked
