"""Signing in with other servers: a second authgate, and one that lies. Attacks are those of the
takeover list and of a hostile provider: none signs anybody in, the operator is told why, the
stranger little."""

import contextlib
import json
import os
import time
from urllib.parse import parse_qs, urlsplit

import pytest

import upstream as up
from admin import AdminClient
from app import App
from browser import Browser
from device import Device
from running import Server, free_port
from sanitizer import patience
from upstream import SecondAuthgate, Upstream
from waiting import until


def write_config(directory, providers, extra=""):
    secret = directory / "client-secret"
    secret.touch(0o600)
    secret.write_text("a client secret\n")
    lines = ["providers:"]
    for provider in providers:
        pairs = {"type": "oidc", "client_id": "authgate", "client_secret_file": str(secret),
                 **provider}
        lines += [f"  {'- ' if i == 0 else '  '}{k}: {json.dumps(v)}"
                  for i, (k, v) in enumerate(pairs.items()) if v is not None]
    path = directory / "authgate.yaml"
    path.write_text("\n".join(lines) + "\n" + extra)
    return path


class Relying(Server):
    """A server with a configuration file."""

    def __init__(self, directory, providers, extra="", **environment):
        super().__init__(directory, **environment)
        self.config = write_config(self.directory, providers, extra)
        self.environment["AUTHGATE_CONFIG"] = str(self.config)

    def launch(self, binary=None):
        self.prefix = ["sh", "-c", 'exec "$@" --config "$AUTHGATE_CONFIG"', "sh"]
        return super().launch(binary)


@pytest.fixture(scope="module")
def provider():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, provider):
    with Relying(tmp_path_factory.mktemp("relying"), [
            {"name": "corp", "issuer": provider.url, "label": "Corp Login"}]) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(request, provider):
    """Each test begins with a provider that tells the truth, about somebody new."""
    provider.__dict__.update(userinfo={}, metadata={}, answers={}, override={}, delay_s=0,
                             headers={"alg": "RS256"}, bearer="the upstream access token")
    name = f"p{abs(hash(request.node.nodeid)) % 10**9}"
    provider.claims = {"sub": f"sub-{name}", "preferred_username": name, "name": "Casey",
                       "email": f"{name}@corp.example", "email_verified": True}
    return name


def who(browser):
    """The username that pages show, or None."""
    page = browser.get("/account")
    return None if page.status == 303 else page.text


def is_in(browser, name):
    shown = who(browser)
    return shown is not None and name in shown


# ---- a real one -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A second authgate, and one that lets people sign in with it."""
    with Server(tmp_path_factory.mktemp("second")) as second:
        directory = tmp_path_factory.mktemp("first")
        first = Relying(directory, [])
        other = SecondAuthgate(second, first.url + "/auth/callback/corp")
        (directory / "secret").touch(0o600)
        (directory / "secret").write_text(other.secret)
        first.config.write_text(
            "providers:\n"
            f"  - name: corp\n    type: oidc\n    issuer: {second.url}\n"
            f"    client_id: {other.client_id}\n"
            f"    client_secret_file: {directory / 'secret'}\n    label: Corp\n")
        with first:
            yield first, other


def cross(two, browser, **person):
    """There and back."""
    first, other = two
    away = up.begin(browser)
    assert away.status == 303, away.text
    return browser.get(up.local(browser, other.walk(away.location, **person)))


def test_a_person_of_a_second_authgate_signs_in(two):
    """The same person comes back to the same account; somebody else gets another."""
    first, other = two
    other.server.database.add_user("robin", full_name="Robin Hood")
    with Browser(first) as browser:
        assert cross(two, browser, username="robin").location == "/"
        assert is_in(browser, "robin") and is_in(browser, "Robin Hood")
    with Browser(first) as browser:
        cross(two, browser, username="robin")
        assert is_in(browser, "robin")
    assert first.database.value("SELECT count(*) FROM users WHERE username = 'robin'") == 1
    assert first.database.value("SELECT count(*) FROM identities") == 1
    ((issuer, provider),) = first.database.rows("SELECT issuer, provider FROM identities")
    assert (issuer, provider) == (other.server.url, "corp")
    assert len(first.database.events("AUTHENTICATION_SUCCESS", "user:robin")) == 2
    assert len(first.database.events("OAUTH_AUTHENTICATION", "user:robin")) == 1


def test_a_device_is_approved_through_a_provider(two):
    """The code that was being entered survives the detour."""
    first, other = two
    other.server.database.add_user("dana")
    with first.client() as http, Browser(first) as browser:
        device = Device(first, http=http)
        page = browser.get(f"/device?user_code={device.user_code}")
        page = browser.get(page.location)
        away = browser.submit(page.form("/auth/login/corp"))
        back = browser.get(up.local(browser, other.walk(away.location, username="dana")))
        assert back.status == 303 and device.user_code in back.location
        entry = browser.get(back.location)
        review = browser.submit(entry.form("/device/verify"))
        browser.follow(browser.decide(review, "approve"))
        assert device.poll().status == 200


def test_an_authorization_request_survives_the_detour(two):
    first, other = two
    other.server.database.add_user("alex")
    with first.client() as http, Browser(first) as browser:
        app = App.register(first, http, "Album", secret="s")
        page = browser.follow(app.start(browser))
        assert "Album" in page.text
        away = browser.submit(page.form("/auth/login/corp"))
        back = browser.get(up.local(browser, other.walk(away.location, username="alex")))
        tokens = app.redeem(app.answer(app.walk(browser, back))["code"]).json()
        assert app.id_claims(tokens["id_token"])["sub"]


# ---- what is sent, and what is checked -----------------------------------------------------------


def test_the_request_has_state_nonce_and_a_challenge(server, visitor, provider):
    away = up.begin(visitor)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(away.location).query).items()}
    assert away.location.startswith(provider.url + "/authorize?")
    assert asked["response_type"] == "code" and asked["client_id"] == "authgate"
    assert asked["redirect_uri"] == server.url + "/auth/callback/corp"
    assert asked["scope"] == "openid profile email"
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 43 and len(asked["nonce"]) >= 43
    again = parse_qs(urlsplit(up.begin(visitor).location).query)
    assert not {asked["state"], asked["nonce"], asked["code_challenge"]} & {
        again["state"][0], again["nonce"][0], again["code_challenge"][0]}


def test_the_code_is_redeemed_with_secret_and_verifier(visitor, provider):
    provider.requests.clear()
    up.sign_in(visitor, provider)
    ((_, _, form, headers),) = [r for r in provider.requests if r[1] == "/token"]
    assert headers["Authorization"].startswith("Basic ")
    assert set(form) == {"grant_type", "code", "redirect_uri", "code_verifier"}
    assert len(form["code_verifier"]) >= 43


def test_signing_in_needs_our_own_form(server, visitor):
    page = visitor.get("/login")
    form = page.form("/auth/login/corp")
    assert "Corp Login" in page.text
    assert visitor.post("/auth/login/corp", {"next": "/"}).status in (400, 403)
    assert visitor.post_from_elsewhere("/auth/login/corp", form.fields).status in (400, 403)
    assert visitor.get("/auth/login/corp").location.startswith("/login")
    assert visitor.post("/auth/login/nobody", form.fields).status == 404


def test_where_somebody_was_going_is_a_place_of_ours(visitor, provider, honest):
    for evil in ("https://evil.example/", "//evil.example", "/%5cevil.example"):
        form = visitor.get("/login").form("/auth/login/corp")
        away = visitor.submit(form, next=evil)
        back = visitor.get(up.local(visitor, provider.consent(away.location)))
        assert back.location == "/"
        visitor.cookies.clear()


def test_a_known_person_keeps_the_account_whatever_changes_there(server, visitor, provider, honest):
    """Renamed, and with another address: the subject is who it is."""
    up.sign_in(visitor, provider)
    assert is_in(visitor, honest)
    provider.claims.update(preferred_username="admin", email="admin@corp.example", name="Other")
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert is_in(browser, honest)


def test_a_new_key_of_the_provider_is_found(visitor, server, provider):
    up.sign_in(visitor, provider)
    provider.new_key("two")
    with Browser(server) as browser:
        assert up.sign_in(browser, provider).location == "/"


def test_what_is_missing_in_the_id_token_comes_from_userinfo(visitor, provider, honest):
    name = provider.claims.pop("preferred_username")
    provider.userinfo = {"preferred_username": name}
    up.sign_in(visitor, provider)
    assert is_in(visitor, honest)


def test_two_tabs_do_not_disturb_each_other(visitor, provider, honest):
    one, two = up.begin(visitor, next_target="/device"), up.begin(visitor, next_target="/account")
    assert visitor.get(up.local(visitor, provider.consent(two.location))).location == "/account"
    assert visitor.get(up.local(visitor, provider.consent(one.location))).location == "/device"
    assert is_in(visitor, honest)


def test_the_back_button_after_signing_in_leads_on(visitor, provider, honest):
    address = up.local(visitor, provider.consent(up.begin(visitor).location))
    visitor.get(address)
    assert visitor.get(address).location == "/"
    assert is_in(visitor, honest)


# ---- who may have an account ---------------------------------------------------------------------


def test_a_name_that_is_taken_is_asked_about(server, visitor, provider, honest):
    provider.claims["preferred_username"] = "admin"
    assert up.sign_in(visitor, provider).location == "/auth/name"
    page = visitor.get("/auth/name")
    assert page.form("/auth/name").fields["username"] == "admin"
    taken = visitor.submit(page.form("/auth/name"), username="admin")
    assert taken.status == 409 and who(visitor) is None
    odd = visitor.submit(taken.form("/auth/name"), username="no spaces")
    assert odd.status == 400 and who(visitor) is None
    done = visitor.submit(odd.form("/auth/name"), username=honest)
    assert done.location == "/" and is_in(visitor, honest)
    assert server.database.value("SELECT role FROM users WHERE username = ?", honest) == "user"


@pytest.mark.parametrize("name", [None, "", "жук", "a b", "x" * 65, "a\nb", "<b>"])
def test_a_name_that_cannot_be_used_is_asked_about(visitor, provider, honest, name):
    provider.claims["preferred_username"] = name
    up.sign_in(visitor, provider)
    page = visitor.get("/auth/name")
    done = visitor.submit(page.form("/auth/name"), username=honest)
    assert done.location == "/" and is_in(visitor, honest)


def test_nobody_chooses_a_name_without_having_signed_in_there(server, visitor, provider, honest):
    provider.claims["preferred_username"] = "admin"
    up.sign_in(visitor, provider)
    form = visitor.get("/auth/name").form("/auth/name")
    with Browser(server) as other:
        other.get("/login")
        assert other.get("/auth/name").location.startswith("/login")
        mine = other.get("/login").form("/login").fields["csrf_token"]
        assert other.post("/auth/name", {"username": "x", "csrf_token": mine}).status == 303
        assert who(other) is None


@pytest.fixture
def relying(tmp_path, provider):
    """A server with other settings: relying(registration="off")."""
    with contextlib.ExitStack() as stack:
        def start(extra="", environment=None, **settings):
            return stack.enter_context(Relying(tmp_path, [
                {"name": "corp", "issuer": provider.url, "label": "Corp", **settings}], extra,
                **(environment or {})))
        yield start


def problem_of(page):
    assert page.status == 303, page.text
    query = parse_qs(urlsplit(page.location).query)
    return query["problem"][0]


def test_registration_off_lets_nobody_new_in(relying, provider, honest):
    server = relying(registration="off")
    with Browser(server) as browser:
        assert problem_of(up.sign_in(browser, provider)) == "not_registered"
        assert who(browser) is None
    assert server.database.count("users") == 1 and server.database.count("identities") == 0


def test_oauth_auto_register_false_is_registration_off(relying, provider):
    server = relying(environment={"OAUTH_AUTO_REGISTER": "false"})
    with Browser(server) as browser:
        assert problem_of(up.sign_in(browser, provider)) == "not_registered"


def test_approval_is_an_operators(relying, provider, honest):
    server = relying(registration="approve")
    with Browser(server) as browser:
        page = up.sign_in(browser, provider)
        assert page.status == 200 and honest in page.text and who(browser) is None
        assert problem_of(up.sign_in(browser, provider)) == "not_approved"
        server.database.set_disabled(honest, False)
        assert up.sign_in(browser, provider).location == "/"
        assert is_in(browser, honest)


@pytest.mark.parametrize("claims, allowed", [
    ({}, True), ({"email_verified": False}, False), ({"email": "x@evil.example"}, False),
    ({"email": "x@corp.example.evil.example"}, False), ({"email": None}, False)])
def test_only_verified_addresses_of_allowed_domains(relying, provider, claims, allowed):
    server = relying(allowed_domains=["corp.example"])
    provider.claims.update(claims)
    with Browser(server) as browser:
        page = up.sign_in(browser, provider)
        assert (page.location == "/") == allowed
        assert allowed or problem_of(page) == "not_a_member"


def test_who_leaves_the_group_is_kept_out(relying, provider, honest):
    server = relying(allowed_groups=["staff"])
    provider.claims["groups"] = ["staff", "all"]
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert is_in(browser, honest)
    for groups in (["all"], [], None, "staff", ["xstaff"], [["staff"]], ["all\nstaff"]):
        provider.claims["groups"] = groups
        with Browser(server) as browser:
            assert problem_of(up.sign_in(browser, provider)) == "not_a_member"
            assert who(browser) is None


# ---- the takeover list ---------------------------------------------------------------------------


def give_address(server, name, address, role="user"):
    server.database.add_user(name)
    server.database.execute("UPDATE users SET email = ?, role = ? WHERE username = ?", address,
                            role, name)


@pytest.mark.parametrize("verified", [True, False, None, "true", 1])
def test_an_address_alone_never_leads_into_an_account(server, visitor, provider, honest, verified):
    """link_by_email is off: the account with this address is somebody's own."""
    give_address(server, f"v{honest}", f"victim-{honest}@corp.example")
    provider.claims.update(email=f"victim-{honest}@corp.example", email_verified=verified)
    page = up.sign_in(visitor, provider)
    if verified is True:
        assert problem_of(page) == "email_taken" and who(visitor) is None
    else:
        assert is_in(visitor, honest) and not is_in(visitor, f"v{honest}")
        assert server.database.value("SELECT email FROM users WHERE username = ?", honest) is None


@pytest.mark.parametrize("claims, role, linked", [
    ({}, "user", True), ({"email_verified": False}, "user", False),
    ({"email_verified": "true"}, "user", False), ({"email_verified": None}, "user", False),
    ({}, "admin", False)])
def test_link_by_email_takes_verified_addresses_and_no_admins(
        relying, provider, honest, claims, role, linked):
    server = relying(link_by_email=True)
    give_address(server, "mia", "mia@corp.example", role)
    provider.claims.update(email="Mia@Corp.example", **claims)
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert is_in(browser, "mia") == linked
    assert server.database.value(
        "SELECT count(*) FROM identities i JOIN users u ON u.id = i.user_id"
        " WHERE u.username = 'mia'") == int(linked)


@pytest.mark.parametrize("own, has_password, linked", [
    (0, True, False), (0, False, True), (None, True, True), (1, True, True)])
def test_an_account_that_waits_for_the_owner_of_an_address_is_not_linked(
        relying, provider, own, has_password, linked):
    """Somebody had an account made with the victim's address, and knows its password."""
    server = relying(link_by_email=True)
    give_address(server, "trap", "casey@corp.example")
    server.database.execute("UPDATE users SET email_verified = ? WHERE username = 'trap'", own)
    if not has_password:
        server.database.execute("UPDATE users SET password_hash = '' WHERE username = 'trap'")
    provider.claims.update(email="casey@corp.example")
    with Browser(server) as browser:
        page = up.sign_in(browser, provider)
        assert is_in(browser, "trap") == linked
        assert linked or problem_of(page) == "email_taken"


def test_who_renames_themselves_or_the_account_stays_in_it(server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    server.database.execute("UPDATE users SET username = ? WHERE username = ?", f"here{honest}", honest)
    provider.claims.update(preferred_username="admin", name="Somebody Else")
    with Browser(server) as browser:
        assert up.sign_in(browser, provider).location == "/"
        assert is_in(browser, f"here{honest}")


def test_who_takes_a_name_that_became_free_there_gets_an_account_of_their_own(
        server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    provider.claims.update(preferred_username=f"new{honest}")
    with Browser(server) as browser:
        up.sign_in(browser, provider)
    provider.claims.update(sub=f"other-{honest}", preferred_username=honest, email=None)
    with Browser(server) as browser:
        assert up.sign_in(browser, provider).location == "/auth/name"
        assert who(browser) is None


def test_an_account_that_was_deleted_here_leaves_no_identity_behind(server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    before = server.database.value("SELECT user_id FROM identities WHERE subject = ?", provider.claims["sub"])
    with AdminClient(server) as admin:
        assert admin.send("DELETE", f"/api/admin/v1/users/{honest}").status in (200, 204)
    assert who(visitor) is None
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert is_in(browser, honest)
    assert server.database.value(
        "SELECT user_id FROM identities WHERE subject = ?", provider.claims["sub"]) != before


def test_a_name_there_that_is_somebodys_here_is_not_theirs(server, visitor, provider, honest):
    """Accounts that were deleted there and made anew by another person have another subject."""
    up.sign_in(visitor, provider)
    provider.claims["sub"] = provider.claims["sub"] + "-another-person"
    provider.claims["email"] = None
    with Browser(server) as browser:
        assert up.sign_in(browser, provider).location == "/auth/name"
        assert who(browser) is None


def test_a_disabled_account_stays_disabled(server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    server.database.set_disabled(honest)
    with Browser(server) as browser:
        assert problem_of(up.sign_in(browser, provider)) in ("account_disabled", "not_approved")
        assert who(browser) is None


def test_the_same_subject_of_another_issuer_is_somebody_else(relying, provider, honest, tmp_path):
    """The operator points the same name at another server."""
    server = relying()
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert is_in(browser, honest)
    server.stop()
    other = Upstream(**provider.claims)
    try:
        write_config(server.directory, [{"name": "corp", "issuer": other.url, "label": "Corp"}])
        with server.start(), Browser(server) as browser:
            assert problem_of(up.sign_in(browser, other)) == "upstream"
            assert who(browser) is None
    finally:
        other.close()


# ---- connections ---------------------------------------------------------------------------------


def connect(browser, provider):
    page = browser.get("/account/connections")
    (form,) = [f for f in page.forms if f.action == "/auth/login/corp"]
    away = browser.submit(form)
    return browser.get(up.local(browser, provider.consent(away.location)))


def test_somebody_connects_and_disconnects_another_server(server, visitor, provider, honest):
    server.database.add_user(honest)
    visitor.sign_in(honest)
    assert connect(visitor, provider).location == "/account/connections?done=connected"
    page = visitor.get("/account/connections?done=connected")
    assert "Corp Login" in page.text
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert is_in(browser, honest)
    (form,) = [f for f in page.forms if f.action.endswith("/delete")]
    assert visitor.submit(form).location == "/account/connections?done=disconnected"
    assert server.database.events("OAUTH_CONNECTION_DELETED", f"user:{honest}")
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        assert not is_in(browser, f"{honest} ") or "connections" in browser.get("/").text
    assert server.database.value(
        "SELECT count(*) FROM identities i JOIN users u ON u.id = i.user_id WHERE u.username = ?",
        honest) == 0


def test_the_last_way_in_is_not_removed(server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    (form,) = [f for f in visitor.get("/account/connections").forms
               if f.action.endswith("/delete")]
    page = visitor.submit(form)
    assert page.status == 409, page.text
    assert server.database.value("SELECT count(*) FROM identities i JOIN users u"
                                 " ON u.id = i.user_id WHERE u.username = ?", honest) == 1


def test_nobody_removes_what_is_anothers(server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    (form,) = [f for f in visitor.get("/account/connections").forms
               if f.action.endswith("/delete")]
    server.database.add_user(f"o{honest}")
    with Browser(server) as other:
        other.sign_in(f"o{honest}")
        token = other.get("/account").form("/account/password").fields["csrf_token"]
        assert other.post(form.action, {"csrf_token": token}).status == 404
    assert server.database.value("SELECT count(*) FROM identities i JOIN users u"
                                 " ON u.id = i.user_id WHERE u.username = ?", honest) == 1


def test_an_identity_of_somebody_is_not_connected_to_another(server, visitor, provider, honest):
    up.sign_in(visitor, provider)
    server.database.add_user(f"o{honest}")
    with Browser(server) as other:
        other.sign_in(f"o{honest}")
        assert connect(other, provider).status == 409


def test_a_link_ends_in_the_browser_and_for_the_person_who_began_it(server, visitor, provider,
                                                                     honest):
    """Somebody sends the end of their own detour to a victim; or the victim's browser has changed
    hands since."""
    server.database.add_user(f"a{honest}")
    server.database.add_user(f"b{honest}")
    visitor.sign_in(f"a{honest}")
    (form,) = [f for f in visitor.get("/account/connections").forms
               if f.action == "/auth/login/corp"]
    address = up.local(visitor, provider.consent(visitor.submit(form).location))
    with Browser(server) as other:
        other.sign_in(f"b{honest}")
        other.get(address)
        kept = dict(other.cookies)
        assert server.database.value("SELECT count(*) FROM identities WHERE subject = ?",
                                     provider.claims["sub"]) == 0
        # The detour's cookie, in the session of somebody else.
        ways = {n: v for n, v in visitor.cookies.items() if "_way_" in n}
        other.cookies = {**kept, **ways}
        assert other.get(address).status == 400
    assert server.database.value("SELECT count(*) FROM identities WHERE subject = ?",
                                 provider.claims["sub"]) == 0


# ---- hostile providers, and strangers between ----------------------------------------------------


def refused(server, browser, page, *why):
    """Nobody is signed in; the log tells the operator why."""
    assert who(browser) is None
    assert page.status in (200, 303, 400, 403), page.status
    assert server.database.count("users") >= 1
    for text in why:
        assert text in server.log, server.log[-2000:]


CLAIMS = {
    "another issuer": ({"iss": "https://evil.example"}, "of another issuer"),
    "another client": ({"aud": "somebody-else"}, "for another client"),
    "several clients, and azp another": ({"aud": ["authgate", "x"], "azp": "x"},
                                         "for another client"),
    "another nonce": ({"nonce": "of another sign-in"}, "nonce is of another sign-in"),
    "no nonce": ({"nonce": None}, "nonce is of another sign-in"),
    "expired": ({"exp": 1000}, "it has ended"),
    "no expiry": ({"exp": None}, "when it was issued"),
    "no iat": ({"iat": None}, "when it was issued"),
    "from the future": ({"iat": 4102444800, "exp": 4102444900}, "from the future"),
    "not yet": ({"nbf": 4102444800}, "from the future"),
    "no subject": ({"sub": None}, "names nobody"),
    "an empty subject": ({"sub": ""}, "names nobody"),
    "a subject that is a number": ({"sub": 7}, "names nobody"),
    "a subject with a line end": ({"sub": "a\nb"}, "odd characters"),
    "a subject with a blank": ({"sub": "a b"}, "odd characters"),
    "a subject with NUL": ({"sub": "a\0b"}, ""),
    "a long subject": ({"sub": "x" * 300}, "who somebody is"),
    "a hash of another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
                                       "another access token"),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_an_id_token_that_is_wrong_signs_nobody_in(server, visitor, provider, case):
    claims, why = CLAIMS[case]
    provider.claims.update(claims)
    refused(server, visitor, up.sign_in(visitor, provider), why)


def test_an_unsigned_id_token_signs_nobody_in(server, visitor, provider):
    provider.headers = {"alg": "none"}
    refused(server, visitor, up.sign_in(visitor, provider), "it is not a signed token")


def test_an_id_token_signed_with_the_public_key_as_a_secret_signs_nobody_in(
        server, visitor, provider):
    def forge(asked):
        import hashlib
        import hmac
        now = int(time.time())
        head = up.b64(json.dumps({"alg": "HS256", "kid": provider.kid}).encode())
        body = up.b64(json.dumps({"iss": provider.url, "aud": "authgate", "iat": now,
                                  "exp": now + 60, "nonce": asked["nonce"], "sub": "x"}).encode())
        key = json.dumps(provider.jwks["keys"][0]).encode()
        mac = hmac.new(key, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{up.b64(mac)}"
    real, provider.id_token = provider.id_token, forge
    try:
        refused(server, visitor, up.sign_in(visitor, provider), "no key that fits")
    finally:
        provider.id_token = real


def test_an_id_token_of_another_key_signs_nobody_in(server, visitor, provider):
    published = provider.jwks
    provider.new_key(provider.kid)
    provider.jwks = published
    refused(server, visitor, up.sign_in(visitor, provider), "signature is wrong")
    provider.new_key("fresh")


def test_userinfo_of_somebody_else_signs_nobody_in(server, visitor, provider):
    provider.claims.pop("preferred_username")
    provider.userinfo = {"sub": "another", "preferred_username": "admin"}
    refused(server, visitor, up.sign_in(visitor, provider), "userinfo is of somebody else")


OVERRIDES = {
    "no ID token": ({"id_token": None}, "no ID token"),
    "no access token": ({"access_token": None}, "no access token"),
    "an access token with a line end": ({"access_token": "a\r\nX-Evil: 1"}, "no access token"),
    "an ID token that is none": ({"id_token": "nonsense"}, "not a signed token"),
    "an error with status 200": ({"error": "bad_verification_code"}, "bad_verification_code"),
}


@pytest.mark.parametrize("case", OVERRIDES)
def test_an_odd_answer_for_the_code_signs_nobody_in(server, visitor, provider, case):
    provider.override, why = OVERRIDES[case]
    refused(server, visitor, up.sign_in(visitor, provider), why)


BIG = b'{"sub": "' + b"x" * 10_000_000 + b'"}'
ANSWERS = {
    "an outage": ("/token", (503, {}), "status 503"),
    "no JSON": ("/token", (200, b"<html>"), "not a JSON document"),
    "a list": ("/token", (200, b"[]"), ""),
    "a JSON document that is endless": ("/token", (200, BIG), "longer than"),
    "deep JSON": ("/token", (200, b"[" * 5000), "not a JSON document"),
    "a redirect to a private address": (
        "/token", (307, {}, "text/plain", [("Location", "http://169.254.169.254/")]),
        "redirects are not followed"),
    "userinfo of 10 MB": ("/userinfo", (200, BIG), "longer than"),
    "userinfo refused": ("/userinfo", (401, {}), "status 401"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_that_cannot_be_used_signs_nobody_in(server, visitor, provider, case):
    path, answer, why = ANSWERS[case]
    provider.claims.pop("preferred_username")
    provider.answers = {path: answer}
    refused(server, visitor, up.sign_in(visitor, provider), why)


CHANGES = {
    "another issuer answers (mix-up)": ({"iss": "https://evil.example"}, "another issuer"),
    "nobody says who answers": ({"iss": None}, "does not name its issuer"),
    "the person said no": ({"code": None, "error": "access_denied"}, "access_denied"),
    "an odd error": ({"code": None, "error": "\u202e<script>"}, "(odd)"),
    "no code": ({"code": None}, "no code"),
    "a long code": ({"code": "x" * 5000}, ""),
    "a code of nobody": ({"code": "unknown"}, "status 400"),
    "another state": ({"state": "x" * 43}, ""),
    "no state": ({"state": None}, ""),
}


@pytest.mark.parametrize("case", CHANGES)
def test_an_answer_that_was_changed_on_the_way_signs_nobody_in(server, visitor, provider, case):
    changes, why = CHANGES[case]
    refused(server, visitor, up.sign_in(visitor, provider, **changes), why)


def test_a_parameter_that_occurs_twice_signs_nobody_in(server, visitor, provider):
    address = up.local(visitor, provider.consent(up.begin(visitor).location))
    assert visitor.get(address + "&code=another").status == 400
    assert who(visitor) is None


def test_a_detour_ends_in_the_browser_that_began_it(server, visitor, provider):
    """Login CSRF: a stranger's answer, opened by somebody else."""
    address = up.local(visitor, provider.consent(up.begin(visitor).location))
    with Browser(server) as other:
        page = other.get(address)
        assert problem_of(page) == "detour_over" and who(other) is None
    ways = {n: v for n, v in visitor.cookies.items() if "_way_" in n}
    (name, value), = ways.items()
    for bad in (value[:-1], value[:-1] + ("A" if value[-1] != "A" else "B"), "", "A" * len(value)):
        visitor.cookies[name] = bad
        assert problem_of(visitor.get(address)) == "detour_over"
        assert who(visitor) is None


def test_an_answer_is_good_once(server, visitor, provider, honest):
    address = up.local(visitor, provider.consent(up.begin(visitor).location))
    ways = dict(visitor.cookies)
    visitor.get(address)
    assert is_in(visitor, honest)
    with Browser(server) as thief:
        thief.cookies = ways
        refused(server, thief, thief.get(address), "status 400")


def test_the_answer_of_one_provider_is_not_taken_for_another(relying, provider, tmp_path):
    other = Upstream()
    try:
        server = relying()
        server.stop()
        write_config(server.directory, [
            {"name": "corp", "issuer": provider.url}, {"name": "evil", "issuer": other.url}])
        with server.start(), Browser(server) as browser:
            away = up.begin(browser, "corp")
            back = up.local(browser, provider.consent(away.location))
            page = browser.get(back.replace("/callback/corp", "/callback/evil"))
            assert problem_of(page) == "detour_over" and who(browser) is None
            assert not [r for r in other.requests if r[1] == "/token"]
    finally:
        other.close()


METADATA = {
    "another issuer": ({"issuer": "https://evil.example"}, "names another issuer"),
    "no keys": ({"jwks_uri": ""}, "jwks_uri"),
    "plain http": ({"token_endpoint": "http://token.example/"}, "token_endpoint"),
    "a file": ({"authorization_endpoint": "file:///etc/passwd"}, "authorization_endpoint"),
    "a script": ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
}


@pytest.mark.parametrize("case", METADATA)
def test_a_description_that_cannot_be_used_begins_nothing(relying, provider, case):
    provider.metadata, why = METADATA[case]
    server = relying()
    with Browser(server) as browser:
        assert problem_of(up.begin(browser)) == "upstream"
        refused(server, browser, browser.get("/login"), why)


def test_a_description_does_not_lead_to_a_private_address(relying, provider, honest):
    """Its own host is the operator's word; another one that it names is not."""
    server = relying()
    provider.metadata = {"token_endpoint": "https://10.0.0.1/token"}
    with Browser(server) as browser:
        assert problem_of(up.sign_in(browser, provider)) == "upstream"
        refused(server, browser, browser.get("/login"), "not on the Internet")


def test_a_provider_that_is_dead_stops_no_other(relying, provider, honest):
    server = relying()
    server.stop()
    write_config(server.directory, [
        {"name": "corp", "issuer": provider.url},
        {"name": "dead", "issuer": "http://127.0.0.1:9"}])
    with server.start(), Browser(server) as browser:
        for _ in range(7):
            assert problem_of(up.begin(browser, "dead")) == "upstream"
        assert "is left alone" in server.log
        assert up.sign_in(browser, provider).location == "/"
        assert is_in(browser, honest)


def test_a_provider_that_is_slow_is_given_up(relying, provider):
    server = relying(environment={"OAUTH_TIMEOUT": "1s"})
    provider.delay_s = 5
    began = time.monotonic()
    with Browser(server) as browser:
        assert problem_of(up.begin(browser)) == "upstream"
    assert time.monotonic() - began < patience(4)


def test_the_stranger_is_told_little(server, visitor, provider):
    provider.claims["iss"] = "https://evil.example"
    page = visitor.follow(up.sign_in(visitor, provider))
    assert "Sign-in failed" not in page.text or "evil" not in page.text
    assert "evil" not in page.text and "issuer" not in page.text


def test_nothing_of_the_other_server_is_kept(server, visitor, provider, honest):
    """Neither codes nor tokens, in the database or the log."""
    provider.bearer = f"bearer-{honest}"
    address = up.local(visitor, provider.consent(up.begin(visitor).location))
    visitor.get(address)
    assert is_in(visitor, honest)
    kept = server.kept()
    code = parse_qs(urlsplit(address).query)["code"][0]
    for secret in (provider.bearer, code, "a client secret"):
        assert secret.encode() not in kept.replace(
            (server.directory / "client-secret").read_bytes(), b"")


def test_a_failed_sign_in_is_in_the_trail(server, visitor, provider):
    provider.claims["aud"] = "somebody-else"
    up.sign_in(visitor, provider)
    until(lambda: any("reason=UPSTREAM provider=corp why=it is for another client" in detail
                      for _, _, detail in server.database.events(
                          "AUTHENTICATION_FAILURE", "provider:corp")))
