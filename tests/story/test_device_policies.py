"""What an operator lets the device grant do (RFC 10027): for all clients by the configuration, for one
by the admin API or command. Every policy is tried in both places."""

import itertools
import time

import pytest

from admin import AdminClient, ByCommand, ByRequest
from browser import Browser
from device import Device
from running import ADMIN_PASSWORD, Server

FORWARDED = "X-Forwarded-For"
DEVICE_AT, PERSON_AT = "192.0.2.10", "198.51.100.20"
numbers = itertools.count(1)


def start(tmp_path_factory, **environment):
    return Server(tmp_path_factory.mktemp("policies"), TRUSTED_PROXIES="127.0.0.1",
                  DEVICE_POLL_INTERVAL="1s", **environment)


@pytest.fixture(scope="module", name="plain")
def _plain(tmp_path_factory):
    with start(tmp_path_factory) as server:
        yield server


@pytest.fixture(name="operator", params=[ByRequest, ByCommand], ids=["socket", "command"])
def _operator(plain, request):
    return request.param(plain)


@pytest.fixture(name="client_with")
def _client_with(operator):
    """A client with this policy: its id."""
    def make(**policy):
        made = operator("client", "create", name=f"Device {next(numbers)}", type="public",
                        grants=["device", "refresh"], **policy)
        shown = operator("client", "show", made["client_id"])
        assert {name: shown[name] for name in policy} == policy
        return made["client_id"]
    return make


def ask(server, client_id, address=DEVICE_AT, **fields):
    with server.client() as http:
        return http.post("/oauth/device/code", {"client_id": client_id, **fields}, [(FORWARDED, address)])


def review(browser, device, address=PERSON_AT):
    """The page that shows what asks, as somebody elsewhere sees it."""
    at = [(FORWARDED, address)]
    page = browser.get("/device", at)
    page = browser.post("/device/verify", {**page.form("/device/verify").fields, "user_code": device.user_code},
                        [("Origin", browser.origin), *at])
    assert page.status == 303, page.text
    return browser.get(page.location, at) if page.location.startswith("/device") else page


def decide(browser, page, address=PERSON_AT, **fields):
    form = page.form("/device/decide")
    return browser.post(form.action, {**form.fields, **fields}, [("Origin", browser.origin), (FORWARDED, address)])


@pytest.fixture(name="admin")
def _admin(plain):
    with Browser(plain) as browser:
        browser.sign_in()
        yield browser


def device_of(server, client_id, address=DEVICE_AT, **options):
    return Device(server, client_id=client_id, headers=[(FORWARDED, address)], **options)


# ---- the link with the code in it ----


def test_no_link_with_the_code_where_policy_says_so(plain, client_with):
    assert "verification_uri_complete" in ask(plain, client_with()).json()
    answer = ask(plain, client_with(device_complete="never")).json()
    assert "verification_uri_complete" not in answer
    assert answer["verification_uri"].endswith("/device")


# ---- life of a code ----


def test_codes_live_as_long_as_policy_says(plain, client_with):
    assert ask(plain, client_with()).json()["expires_in"] == 600
    client_id = client_with(device_code_expiration="2m")
    assert ask(plain, client_id).json()["expires_in"] == 120
    lives = plain.database.rows("SELECT expires_ms - created_ms FROM device_codes ORDER BY created_ms DESC LIMIT 1")
    assert lives == [(120_000,)]


# ---- networks that may ask ----


def test_only_networks_that_are_named_may_ask(plain, client_with):
    client_id = client_with(device_networks=["192.0.2.0/24", "2001:db8::/32"])
    for address in (DEVICE_AT, "2001:db8::1"):
        assert ask(plain, client_id, address).status == 200
    before = plain.database.rows("SELECT count(*) FROM device_codes")
    refused = ask(plain, client_id, PERSON_AT)
    assert (refused.status, refused.error) == (400, "unauthorized_client")
    assert "network" in refused.json()["error_description"]
    assert plain.database.rows("SELECT count(*) FROM device_codes") == before


# ---- a ceiling of scopes ----


def test_a_ceiling_of_scopes(plain, client_with, admin):
    client_id = client_with(scopes=["openid", "profile", "email", "offline_access"],
                            device_scopes=["openid", "profile"])
    with device_of(plain, client_id, scope="openid") as device:
        admin.approve(device.user_code)
        assert device.poll().json()["scope"] == "openid"
    with device_of(plain, client_id, scope="") as device:
        admin.approve(device.user_code)
        tokens = device.poll().json()
        assert set(tokens["scope"].split()) == {"openid", "profile"}
        assert "refresh_token" not in tokens
    assert ask(plain, client_id, scope="email profile").error == "invalid_scope"


# ---- how long a device stays signed in ----


def test_a_device_has_to_be_approved_again(plain, client_with, admin):
    client_id = client_with(device_refresh_lifetime="1h")
    with device_of(plain, client_id, scope="openid offline_access") as device:
        admin.approve(device.user_code)
        tokens = device.poll().json()
        assert tokens["refresh_token"]
        (lives,) = plain.database.rows(
            "SELECT expires_ms - created_ms FROM families ORDER BY created_ms DESC LIMIT 1")
        assert lives == (3_600_000,)


# ---- who approves has signed in lately ----


def test_who_approves_must_have_signed_in_lately(plain, client_with, admin):
    """A browser that was left alone for the day is not enough; after signing in again it is."""
    client_id = client_with(device_sign_in_within="1m")
    with device_of(plain, client_id) as device:
        page = review(admin, device)
        assert page.form("/device/decide")
        plain.database.execute("UPDATE sessions SET created_ms = created_ms - 120000")
        page = decide(admin, page, action="approve")
        assert page.status == 303 and page.location.startswith("/login?next=%2Fdevice%3Fuser_code%3D")
        assert device.poll().error == "authorization_pending"
        page = review(admin, device)
        assert page.location.startswith("/login?")
        login = admin.get(page.location)
        assert login.status == 200, "the old sign-in does not count"
        page = admin.follow(admin.submit(login.form("/login"), username="admin", password=ADMIN_PASSWORD))
        assert page.form("/device/verify").fields["user_code"] == device.user_code
        page = decide(admin, review(admin, device), action="approve")
        assert page.location == "/device/done"
        time.sleep(1.1)
        assert device.poll().status == 200


def test_denying_needs_no_new_sign_in(plain, client_with, admin):
    with device_of(plain, client_with(device_sign_in_within="1m")) as device:
        page = review(admin, device)
        plain.database.execute("UPDATE sessions SET created_ms = created_ms - 120000")
        assert decide(admin, page, action="deny").location == "/device/done"
        assert device.poll().error == "access_denied"


# ---- open requests ----


def test_open_requests_of_a_client_and_network_are_limited(plain, client_with, admin):
    """RFC 8628 section 5.1: what is open can be guessed."""
    client_id = client_with(device_open_max=3)
    codes = [ask(plain, client_id).json() for _ in range(3)]
    refused = ask(plain, client_id)
    assert (refused.status, refused.error) == (429, "slow_down")
    assert ask(plain, client_id, "192.0.2.99").status == 200, "another network"
    assert ask(plain, client_with(device_open_max=3)).status == 200, "another client"
    admin.deny(codes[0]["user_code"])
    assert ask(plain, client_id).status == 200, "one has been decided"
    assert ask(plain, client_id).status == 429


# ---- the same network ----


def test_another_network_is_told_and_nothing_more(plain, client_with, admin):
    with device_of(plain, client_with()) as device:
        page = review(admin, device)
        assert "a different network" in page.text
        assert decide(admin, page, action="approve").location == "/device/done"
        assert device.poll().status == 200


def test_another_network_has_to_be_confirmed(plain, client_with, admin):
    with device_of(plain, client_with(device_same_network="confirm")) as device:
        page = review(admin, device)
        assert "I know this device" in page.text
        refused = decide(admin, page, action="approve")
        assert refused.status == 400 and "tick the box" in refused.text
        assert device.poll().error == "authorization_pending"
        page = review(admin, device)
        assert decide(admin, page, action="approve", other_network="yes").location == "/device/done"
        time.sleep(1.1)
        assert device.poll().status == 200


def test_another_network_is_refused(plain, client_with, admin):
    """A stranger's code, sent by mail, is of no use; and no edited form changes that."""
    with device_of(plain, client_with(device_same_network="refuse")) as device:
        page = review(admin, device)
        assert "only be approved from their own network" in page.text
        assert ("action", "approve") not in page.form("/device/decide").buttons
        refused = decide(admin, page, action="approve", other_network="yes")
        assert refused.status == 403
        assert device.poll().error == "authorization_pending"
        page = review(admin, device, DEVICE_AT)
        assert decide(admin, page, DEVICE_AT, action="approve").location == "/device/done"
        time.sleep(1.1)
        assert device.poll().status == 200


@pytest.mark.parametrize("rule", ["confirm", "refuse"])
def test_one_ipv6_network_is_the_same_network(plain, client_with, admin, rule):
    with device_of(plain, client_with(device_same_network=rule), "2001:db8:1:2::a") as device:
        page = review(admin, device, "2001:db8:1:2::b")
        assert decide(admin, page, "2001:db8:1:2::b", action="approve").location == "/device/done"


# ---- for all ----


@pytest.fixture(scope="module", name="strict")
def _strict(tmp_path_factory):
    with start(tmp_path_factory, DEVICE_VERIFICATION_URI_COMPLETE="false", DEVICE_CODE_EXPIRATION="3m",
               DEVICE_NETWORKS="192.0.2.0/24", DEVICE_SCOPES="openid profile offline_access",
               DEVICE_REFRESH_LIFETIME="2h", DEVICE_SIGN_IN_WITHIN="1m", DEVICE_SAME_NETWORK="refuse",
               DEVICE_OPEN_MAX="2") as server:
        yield server


def test_all_clients_at_once(strict):
    client_id = strict.client_id
    answer = ask(strict, client_id)
    assert answer.status == 200
    assert answer.json()["expires_in"] == 180 and "verification_uri_complete" not in answer.json()
    assert ask(strict, client_id, PERSON_AT).error == "unauthorized_client"
    assert ask(strict, client_id, scope="openid email profile").status in (200, 400)
    with Browser(strict) as browser, device_of(strict, client_id, "192.0.2.77", scope="openid offline_access") as device:
        browser.sign_in()
        page = review(browser, device)
        assert decide(browser, page, action="approve").status == 403
        strict.database.execute("UPDATE sessions SET created_ms = created_ms - 120000")
        assert decide(browser, page, "192.0.2.77", action="approve").location.startswith("/login?")
        browser.cookies.clear()
        browser.sign_in()
        assert decide(browser, review(browser, device, "192.0.2.77"), "192.0.2.77", action="approve").location == "/device/done"
        assert device.poll().json()["refresh_token"]
        assert strict.database.rows("SELECT expires_ms - created_ms FROM families") == [(7_200_000,)]
    address = "192.0.2.200"
    assert [ask(strict, client_id, address).status for _ in range(3)] == [200, 200, 429]


def test_one_client_may_be_let_do_more(strict):
    made = ByRequest(strict)("client", "create", name="More", type="public", grants=["device"],
                             device_complete="always", device_code_expiration="20m",
                             device_networks=["0.0.0.0/0"], device_open_max=10)
    answer = ask(strict, made["client_id"], PERSON_AT).json()
    assert answer["expires_in"] == 1200 and "verification_uri_complete" in answer


# ---- what may be said ----


@pytest.mark.parametrize("policy", [
    {"device_complete": "maybe"}, {"device_code_expiration": "1s"}, {"device_code_expiration": "soon"},
    {"device_networks": ["everywhere"]}, {"device_refresh_lifetime": "-1h"}, {"device_sign_in_within": "1s"},
    {"device_same_network": "sometimes"}, {"device_open_max": -1}, {"device_open_max": 10_000_000},
    {"device_open_max": "three"}, {"device_scopes": "openid"},
])
def test_nonsense_is_refused(plain, policy):
    with AdminClient(plain) as admin:
        answer = admin.send("POST", "/api/admin/v1/clients", {"name": "Nonsense", "type": "public", "grants": ["device"], **policy})
    assert answer.status == 400, answer.text
    assert next(iter(policy)) in answer.text


def test_a_policy_is_taken_back(plain, operator):
    name = operator("client", "create", name="Back", type="public", grants=["device"], device_complete="never",
                    device_open_max=1, device_networks=["192.0.2.0/24"])["client_id"]
    shown = operator("client", "edit", name, device_complete="", device_open_max=0,
                     device_networks=[] if isinstance(operator, ByRequest) else [""])
    assert not any(shown.get(field) for field in ("device_complete", "device_open_max", "device_networks"))
    assert ask(plain, name, PERSON_AT).status == 200
