"""Sessions, passwords and limits.  Ids in docstrings are rows of the catalogue of
attacks."""

import contextlib
import http.cookies
import os
import statistics
import time
from urllib.parse import quote, unquote

import pytest

from browser import Browser
from database import now_ms
from device import Device
from running import ADMIN_PASSWORD, Server
from wire import Client

SESSION = "authgate_session"


@contextlib.contextmanager
def signed_in(server, **options):
    with Browser(server) as browser:
        assert browser.sign_in(**options).status == 303
        yield browser


def is_signed_in(browser):
    page = browser.get("/")
    assert page.status in (200, 303)
    return page.status == 200


def with_cookie(server, value, name=SESSION):
    browser = Browser(server)
    browser.cookies[name] = value
    return browser


# ---- sessions -----------------------------------------------------------------------------------


def test_links_of_the_go_original_lead_on(visitor):
    """Its sign-in page calls the way on `redirect`; what leads elsewhere leads to the start."""
    for where, expected in (("/device%3Fuser_code%3DAB", "/device?user_code=AB"),
                            ("https%3A%2F%2Fevil.example%2F", "/"), ("%2F%2Fevil.example", "/"),
                            ("%2F%5Cevil.example", "/")):
        visitor.cookies.clear()
        page = visitor.get(f"/login?redirect={where}")
        done = visitor.submit(page.form("/login"), username="admin", password=ADMIN_PASSWORD)
        assert (done.status, done.location) == (303, expected)


def test_signing_in_goes_where_it_was_asked_to(server):
    with Browser(server) as browser:
        page = browser.follow(browser.get("/device?user_code=ABCD-EFGH"))
        assert page.form("/login").fields["next"] == "/device?user_code=ABCD-EFGH"
        page = browser.submit(page.form("/login"), username="admin", password=ADMIN_PASSWORD)
        assert (page.status, page.location) == (303, "/device?user_code=ABCD-EFGH")
        assert browser.follow(page).form("/device/verify").fields["user_code"] == "ABCD-EFGH"


def test_a_session_planted_before_signing_in_does_not_survive(server, admin, database):
    """F1: the attacker's own session is not promoted, and its row is gone."""
    planted = signed_in_cookie(server)
    victim = with_cookie(server, planted)
    token = victim.get("/device").form("/device/verify").fields["csrf_token"]
    page = victim.post("/login", {"csrf_token": token, "username": "admin",
                                  "password": ADMIN_PASSWORD})
    assert page.status == 303
    assert victim.cookies[SESSION] != planted
    assert not is_signed_in(with_cookie(server, planted))
    assert is_signed_in(victim)


def signed_in_cookie(server):
    with signed_in(server) as browser:
        return browser.cookies[SESSION]


def test_made_up_session_cookies_are_nobodys(server):
    """F1: no session begins with an id that somebody else chose."""
    chosen = "A" * 22 + "." + "B" * 43
    with with_cookie(server, chosen) as browser:
        assert browser.sign_in().status == 303
        assert browser.cookies[SESSION] != chosen
    assert not is_signed_in(with_cookie(server, chosen))


def test_changed_cookies_are_nobodys(server, admin):
    """F2, F3: bits flipped, cut, lengthened, swapped halves, quoted, twice."""
    good = admin.cookies[SESSION]
    ident, secret = good.split(".")
    other_ident, other_secret = signed_in_cookie(server).split(".")
    flipped = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1:]
               for i in range(len(good)) if good[i] != "."][::7]
    wrong = flipped + [good[:-1], good + "A", ident, "." + secret, ident + ".", good + ".x",
                       f"{other_ident}.{secret}", f"{ident}.{other_secret}", good.lower(),
                       good + "%00", good + "=", "", ".", "x" * 4000]
    for value in wrong:
        assert not is_signed_in(with_cookie(server, value)), value
    doubled = Browser(server)
    for first, second in ((good, "x"), ("x", good), (good, good)):
        headers = [("Cookie", f"{SESSION}={first}; {SESSION}={second}")]
        assert doubled.get("/", headers).status == 303
    assert is_signed_in(admin)


def test_a_cookie_among_many_is_found(server, admin):
    """F3, CVE-2024-24814"""
    others = "; ".join(f"c{i}={'x' * 20}" for i in range(100))
    browser = Browser(server)
    headers = [("Cookie", others), ("Cookie", f"{SESSION}={admin.cookies[SESSION]}")]
    assert browser.get("/", headers).status in (200, 400)
    headers = [("Cookie", f"{others}; {SESSION}={admin.cookies[SESSION]}")]
    assert browser.get("/", headers).status == 200


def test_a_session_of_another_installation_is_nobodys(server, tmp_path):
    """F2"""
    with Server(tmp_path) as other:
        foreign = signed_in_cookie(other)
    assert not is_signed_in(with_cookie(server, foreign))


def test_signing_out_ends_the_session_on_the_server(server, database):
    """F2, F9"""
    with signed_in(server) as browser:
        cookie = browser.cookies[SESSION]
        with database.unchanged():
            page = browser.get("/logout")
        assert page.status == 200 and is_signed_in(browser)
        before = database.count("sessions")
        assert browser.submit(page.form("/logout")).location == "/login"
        assert SESSION not in browser.cookies
        assert database.count("sessions") == before - 1
    assert not is_signed_in(with_cookie(server, cookie))


@pytest.mark.parametrize("column,age_s", [("seen_ms", 1801), ("expires_ms", 1)])
def test_sessions_end_when_idle_and_at_their_latest(server, database, column, age_s):
    """F5"""
    with signed_in(server) as browser:
        database.execute(f"UPDATE sessions SET {column} = ? WHERE id = "
                         "(SELECT id FROM sessions ORDER BY id DESC LIMIT 1)", now_ms() - age_s * 1000)
        assert not is_signed_in(browser)


def test_using_a_session_keeps_it_from_idling_away(server, database):
    """F5"""
    with signed_in(server) as browser:
        database.execute("UPDATE sessions SET seen_ms = ? WHERE id = "
                         "(SELECT id FROM sessions ORDER BY id DESC LIMIT 1)", now_ms() - 1700 * 1000)
        assert is_signed_in(browser)
        seen = database.value("SELECT seen_ms FROM sessions ORDER BY id DESC LIMIT 1")
        assert now_ms() - seen < 10_000


@pytest.mark.nodes
def test_a_disabled_user_is_signed_out_everywhere_at_once(server, database):
    """F7"""
    database.add_user("fired")
    with signed_in(server, username="fired") as one, signed_in(server, username="fired") as two:
        database.set_disabled("fired")
        assert not is_signed_in(one) and not is_signed_in(two)


def cookie_lines(server):
    """Name -> morsel of every cookie that the pages set."""
    with Browser(server) as browser:
        first = browser.get("/login")
        second = browser.submit(first.form("/login"), username="admin", password=ADMIN_PASSWORD)
        lines = first.response.all("set-cookie") + second.response.all("set-cookie")
    return {name: morsel for line in lines
            for name, morsel in http.cookies.SimpleCookie(line).items()}


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(server):
    """F6"""
    morsels = cookie_lines(server)
    assert set(morsels) == {"authgate_session", "authgate_csrf", "authgate_known"}
    for morsel in morsels.values():
        assert morsel["httponly"] and morsel["samesite"] == "Lax" and morsel["path"] == "/"
        assert not morsel["domain"] and not morsel["secure"]


def test_with_https_cookies_are_bound_to_it(tmp_path):
    """F6: behind a proxy that speaks TLS."""
    with Server(tmp_path, BASE_URL="https://auth.example") as server:
        morsels = cookie_lines(server)
        assert set(morsels) == {"__Host-authgate", "__Host-authgate_csrf", "__Host-authgate_known"}
        for morsel in morsels.values():
            assert morsel["secure"] and morsel["httponly"] and morsel["samesite"] == "Lax"
            assert morsel["path"] == "/" and not morsel["domain"]
        with Browser(server) as browser:
            page = browser.get("/login")
            assert page.response.header("strict-transport-security")
            browser.sign_in()
            assert is_signed_in(browser)
        with with_cookie(server, browser.cookies["__Host-authgate"]) as plain:
            assert not is_signed_in(plain)  # the name without the prefix means nothing


@pytest.mark.parametrize("next_target", [
    "//evil.example", "/%5cevil.example", "https:evil.example", "https://evil.example/",
    "%2f%2fevil.example", "/%0d%0aLocation:%20https://evil.example", "javascript:alert(1)",
    "/%09/evil.example", "%20/device", "evil.example", "", "/" + "a" * 4000,
    "///evil.example", "/%5c/evil.example", "\\\\evil.example".replace("\\", "%5c"), "/\u00e9"])
def test_signing_in_never_leads_elsewhere(server, admin, next_target):
    """A40, J11: as asked for by the address, and by the form."""
    target = quote(unquote(next_target), safe="")
    page = admin.get("/login?next=" + target)
    assert (page.status, page.location) == (303, "/")
    with Browser(server) as visitor:
        form = visitor.get("/login?next=" + target).form("/login")
        assert form.fields["next"] == "/"
        page = visitor.submit(form, next=unquote(next_target), username="admin",
                              password=ADMIN_PASSWORD)
        assert page.status in (303, 400)
        assert page.location in ("/", None)


def test_the_host_of_a_request_is_never_part_of_a_page(server, admin):
    """F17"""
    headers = admin.headers([("X-Forwarded-Host", "evil.example"),
                             ("X-Forwarded-Proto", "https"), ("X-Original-URL", "/evil")])
    for path in ("/", "/device", "/login?next=/device", "/nowhere"):
        response = admin.http.request("GET", path, headers, host="evil.example")
        assert "evil" not in response.text + str(response.headers)


# ---- passwords ----------------------------------------------------------------------------------


def shown(page):
    """What a stranger sees: everything but what differs from request to request."""
    changing = ("date", "x-request-id", "set-cookie")
    headers = tuple(h for h in page.response.headers if h[0] not in changing)
    token = page.form("/login").fields["csrf_token"]
    name = page.form("/login").fields["username"]
    return page.status, headers, page.response.text.replace(token, "").replace(name, "")


@pytest.fixture
def attempt(server):
    with Browser(server) as browser:
        form = browser.get("/login").form("/login")

        def post(username, password):
            return browser.submit(form, username=username, password=password)
        yield post


def test_unknown_disabled_and_wrong_look_the_same(database, attempt):
    """G1, G2: status, headers and body, for names of the same length in bytes."""
    database.add_user("known1")
    database.add_user("known2")
    database.set_disabled("known2")
    database.add_user("known3")
    database.execute("UPDATE users SET password_hash = '' WHERE username = 'known3'")
    seen = {shown(attempt(name, "wrong password")) for name in
            ("known1", "known2", "known3", "nobody", "no one", "ööö")}
    assert len(seen) == 1
    assert seen.pop()[0] == 401
    assert shown(attempt("known3", ""))[0] == 401


def test_only_who_knows_the_password_learns_that_an_account_is_disabled(database, attempt):
    """G2"""
    database.add_user("sleeper")
    database.set_disabled("sleeper")
    page = attempt("sleeper", ADMIN_PASSWORD)
    assert page.status == 403 and "disabled" in page.text
    assert not [c for c in page.response.all("set-cookie") if c.startswith(SESSION)]


def test_unknown_users_take_as_long_as_known_ones(attempt):
    """G1: Welch's t over as many attempts as LOGIN_TIMES says; without the hash, the ratio would
    be hundreds."""
    times = {"admin": [], "nobody": []}
    for _ in range(int(os.environ.get("LOGIN_TIMES", "16"))):
        for name, taken in times.items():
            started = time.perf_counter()
            attempt(name, "wrong password")
            taken.append(time.perf_counter() - started)
    assert 0.2 < min(times["admin"]) / min(times["nobody"]) < 5
    means = [statistics.mean(taken) for taken in times.values()]
    error = sum(statistics.variance(taken) / len(taken) for taken in times.values()) ** 0.5
    assert abs(means[0] - means[1]) / error < 4.5


def test_every_attempt_is_in_the_audit_trail_without_the_password(server, database, attempt):
    before = len(database.events("AUTHENTICATION_FAILURE"))
    attempt("admin", "a-wrong-password")
    events = database.events("AUTHENTICATION_FAILURE")[before:]
    assert len(events) == 1 and events[0][1] == "user:admin"
    assert "a-wrong-password" not in str(events) + server.log


@pytest.mark.parametrize("change", [
    lambda p: p[:-1], lambda p: p + "x", lambda p: p.upper(), lambda p: p + "\n", lambda p: " " + p,
    lambda p: "", lambda p: p + "x" * 72, lambda p: p + "x" * 1000, lambda p: "x" * 5000])
def test_passwords_have_to_be_exact(attempt, change):
    """G3"""
    assert attempt("admin", change(ADMIN_PASSWORD)).status in (400, 401)


def test_passwords_are_not_cut(tmp_path):
    """G3: what comes after byte 72 counts, and letters of two bytes are letters."""
    password = "é" * 40 + "-the-end"
    with Server(tmp_path, DEFAULT_ADMIN_PASSWORD=password) as server:
        with Browser(server) as browser:
            assert browser.sign_in(password=password[:-1] + "x").status == 401
            assert browser.sign_in(password="e" * 40 + "-the-end").status == 401
            assert browser.sign_in(password=password).status == 303
        with Browser(server) as browser:
            assert browser.sign_in(password="e\u0301" * 40 + "-the-end").status == 303


def test_a_password_with_a_nul_or_of_a_megabyte_is_no_password(server, attempt):
    """G3"""
    assert attempt("admin", ADMIN_PASSWORD + "\0x").status == 400
    assert attempt("admin", "x" * 60_000).status in (400, 401)
    assert attempt("admin", "x" * 1_000_000).status == 413


@pytest.mark.parametrize("name", ["ADMIN", "Admin", "  admin ", "admin\t"])
def test_a_name_is_one_person_however_it_is_typed(server, name):
    """G11"""
    with Browser(server) as browser:
        assert browser.sign_in(username=name).status == 303


@pytest.mark.parametrize("name", ["ad min", "admın", "аdmin", "admin%00", "admin\u200b", "ⓐdmin"])
def test_look_alikes_are_somebody_else(attempt, name):
    """G11"""
    assert attempt(name, ADMIN_PASSWORD).status == 401


def test_the_first_password_is_only_in_its_file(server, database):
    """L6"""
    credentials = server.directory / "credentials"
    assert credentials.stat().st_mode & 0o777 == 0o600
    assert server.credentials["username"] == "admin"
    assert server.credentials["password"] == ADMIN_PASSWORD
    assert ADMIN_PASSWORD not in server.log
    for path in server.directory.glob("authgate.db*"):
        assert ADMIN_PASSWORD.encode() not in path.read_bytes()


# ---- limits -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """The limits as they are by default, behind a proxy at 127.0.0.1."""
    with Server(tmp_path_factory.mktemp("limited"), ENABLE_RATE_LIMIT="true",
                INTROSPECT_RATE_LIMIT="15",
                TRUSTED_PROXIES="127.0.0.1/32 10.0.0.0/8") as server:
        yield server


def from_address(server, address, target, fields, header="X-Forwarded-For"):
    with Client(server.port) as client:
        return client.post(target, fields, [(header, address)])


def exhausts(server, target, fields, limit, addresses, header="X-Forwarded-For"):
    """All but the last of limit + 1 requests are let through; returns the last."""
    for i in range(limit):
        response = from_address(server, addresses[i % len(addresses)], target, fields, header)
        assert response.status != 429, i
    return from_address(server, addresses[limit % len(addresses)], target, fields, header)


LIMITS = [("/login", 5), ("/oauth/device/code", 10), ("/oauth/token", 20), ("/device/verify", 10), ("/oauth/introspect", 15)]


@pytest.mark.parametrize("target,limit", LIMITS)
def test_too_many_requests_are_told_when_to_come_back(limited, database, target, limit):
    """G4, C15, D12"""
    address = f"192.0.2.{limit + len(target)}"
    with limited.database.unchanged():
        response = exhausts(limited, target, {"grant_type": "x"}, limit, [address])
    assert response.status == 429
    assert 1 <= int(response.header("retry-after")) <= 60
    other = from_address(limited, "192.0.2.250", target, {"grant_type": "x"})
    assert other.status != 429


def test_wrong_passwords_run_into_the_limit_and_a_right_one_too(limited):
    """G4: per address, so that nobody can lock somebody else out."""
    with Browser(limited) as browser:
        form = browser.get("/login").form("/login")

        def post(address, password):
            headers = [("X-Forwarded-For", address)]
            return browser.submit(form, headers, username="admin", password=password).status
        assert [post("198.51.100.7", "wrong password") for _ in range(5)] == [401] * 5
        assert post("198.51.100.7", ADMIN_PASSWORD) == 429
        assert post("198.51.100.8", ADMIN_PASSWORD) == 303


def test_the_hop_before_the_trusted_proxies_counts(limited):
    """G5: what the client writes in front of it does not."""
    forged = [f"203.0.113.{i}, 198.51.100.20, 10.1.2.3" for i in range(12)]
    assert exhausts(limited, "/oauth/device/code", {}, 10, forged).status == 429


@pytest.mark.parametrize("header", ["X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_other_headers_name_no_address(limited, header):
    """G5: they all count as the proxy's own; the header alone would make 12 of them."""
    addresses = [f"for=203.0.113.{i}" if header == "Forwarded" else f"203.0.113.{i}"
                 for i in range(12)]
    for address in addresses:
        last = from_address(limited, address, "/oauth/device/code", {}, header)
    assert last.status == 429


@pytest.mark.parametrize("header,form", [
    ("x-forwarded-for", "{}"), ("x-forwarded-for", "{}:4711"), ("x-real-ip", "{}"),
    ("forwarded", "for={}"), ("forwarded", 'proto=https;For="{}:4711";by=10.0.0.1'),
    ("forwarded", "for=203.0.113.200, for={}")])
def test_the_header_that_was_chosen_names_the_client_however_it_writes(tmp_path, header, form):
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1",
                FORWARDED_HEADER=header) as server:
        addresses = [form.format(f"203.0.113.{i}") for i in range(12)]
        for address in addresses:
            last = from_address(server, address, "/oauth/device/code", {}, header)
            assert last.status != 429
        assert exhausts(server, "/oauth/device/code", {}, 10, [form.format("203.0.113.99")],
                        header).status == 429


@pytest.mark.parametrize("hop", ["unknown", "_obfuscated", "garbage", "203.0.113.5, "])
def test_an_address_that_cannot_be_read_is_not_taken_for_the_proxys_own(tmp_path, hop):
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1") as server:
        assert exhausts(server, "/oauth/device/code", {}, 10, [hop]).status == 429
        with Client(server.port) as client:
            assert client.post("/oauth/device/code", {}).status != 429, "the proxy itself"
        assert "cannot be read" in server.log and "ip=unknown" in server.log


def test_a_proxy_that_names_clients_elsewhere_is_noticed(tmp_path):
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1") as server:
        for _ in range(3):
            from_address(server, "203.0.113.7", "/oauth/device/code", {}, "X-Real-IP")
        assert server.log.count("set server.forwarded_header") == 1


def test_without_trusted_proxies_nothing_is_believed(tmp_path):
    """G5"""
    with Server(tmp_path, ENABLE_RATE_LIMIT="true") as server:
        addresses = [f"203.0.113.{i}" for i in range(12)]
        assert exhausts(server, "/oauth/device/code", {}, 10, addresses).status == 429
        assert "203.0.113" not in server.log


def test_a_household_of_ipv6_counts_once(limited):
    """G6"""
    inside = [f"2001:db8:1:1::{i:x}" for i in range(12)]
    assert exhausts(limited, "/oauth/device/code", {}, 10, inside).status == 429
    assert from_address(limited, "2001:db8:1:2::1", "/oauth/device/code", {}).status != 429


def test_an_ipv4_address_in_ipv6_clothes_is_the_same(limited):
    """G6"""
    spellings = ["198.51.100.66", "::ffff:198.51.100.66", "::ffff:c633:6442"]
    assert exhausts(limited, "/oauth/device/code", {}, 10, spellings).status == 429


@pytest.mark.parametrize("text", ["fe80::1%eth0", "not an address", "198.51.100.300", "", ",,,",
                                  "1.2.3.4:80:90", "x" * 5000])
def test_broken_lists_of_hops_are_survived(limited, text):
    """G5, G6"""
    assert from_address(limited, text, "/login", {}).status in (403, 429, 431)


def test_polls_of_a_known_code_do_not_count(limited):
    """C1, G4: devices behind one address do not starve each other; guesses count."""
    with Device(limited, headers=[("X-Forwarded-For", "198.51.100.90")]) as device:
        for _ in range(30):
            response = from_address(limited, "198.51.100.91", "/oauth/token", device.fields())
            assert response.error in ("authorization_pending", "slow_down")
            assert response.status == 400
        device.code = "x.y"
        guesses = {from_address(limited, "198.51.100.91", "/oauth/token", device.fields()).status
                   for _ in range(25)}
    assert guesses == {400, 429}
