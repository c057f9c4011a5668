"""The authorization endpoint on an ordinary day and under attack (RFC 6749 section 4.1, RFC 9700).
Ids in docstrings, as A3, are rows of the catalogue of attacks."""

import concurrent.futures
import re
import socket
import uuid
from urllib.parse import quote, urlencode

import jwt
import pytest

from app import CALLBACK, DECIDE, App, challenge_of, location_of
from browser import Browser
from database import DEVICE_GRANT, now_ms
from running import Server


NOBODY = "018f0000-0000-7000-8000-000000000000"


def short(value):
    """The name of a case."""
    return repr(value)[:24]


def sent_back(app, page, error):
    """The application is told, and nobody else."""
    answer = app.answer(page)
    assert answer["error"] == error, answer
    assert answer.get("state") == "the state" and "code" not in answer
    return answer


def told(page, status=400):
    """The person is told; nothing leaves the server."""
    assert page.status == status, (page.status, page.location)
    assert page.location is None
    assert page.response.header("content-type") == "text/html; charset=utf-8"
    assert page.response.header("content-security-policy")
    return page


# ---- the ordinary way ---------------------------------------------------------------------------


def test_signing_in_consenting_and_redeeming_gives_tokens(app, visitor):
    page = app.start(visitor)
    assert page.status == 303 and page.location.startswith("/login?next=")
    code = app.answer(app.walk(visitor, page))["code"]
    answer = app.redeem(code).json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert (answer["token_type"], answer["scope"]) == ("Bearer", "openid profile")
    assert app.is_alive(answer["access_token"])


def test_the_login_page_names_the_application(new_app, visitor):
    page = visitor.get(new_app("Photo album").start(visitor).location)
    assert "Photo album" in page.text


def test_the_consent_page_says_who_asks_for_what_and_where_it_leads(new_app, admin):
    app = new_app("Photo album", scope="openid email offline_access read")
    page = admin.follow(app.start(admin))
    for words in ("Photo album", "https://app.example", "openid", "email", "offline_access",
                  "read", "admin"):
        assert words in page.text, words


def test_denying_tells_the_application(app, admin, database):
    tokens = database.count("auth_codes")
    page = app.walk(admin, app.start(admin), action="deny")
    sent_back(app, page, "access_denied")
    assert database.count("auth_codes") == tokens


def test_an_app_allowed_before_is_not_asked_again(app, admin):
    app.code(admin)
    page = app.start(admin)
    assert app.answer(page)["code"]


def test_consent_is_asked_again_when_the_app_wants_more(app, admin):
    """A36"""
    app.code(admin, scope="openid")
    page = admin.follow(app.start(admin, scope="openid email"))
    assert page.form(DECIDE)
    app.walk(admin, page)
    assert "code" in app.answer(app.start(admin, scope="email"))


def test_consent_of_one_person_is_not_that_of_another(app, admin, database, server):
    app.code(admin)
    database.add_user("consent-other")
    with Browser(server) as other:
        other.sign_in("consent-other")
        assert other.follow(app.start(other)).form(DECIDE)


def test_native_apps_are_asked_every_time(new_app, admin):
    """RFC 8252 section 8.6: anybody can pretend to be one."""
    app = new_app(redirect_uris="com.example.app:/cb", columns={"application_type": "native"})
    app.code(admin)
    assert admin.follow(app.start(admin)).form(DECIDE)


def test_each_decision_is_in_the_audit_trail_once(app, admin, database):
    before = set(map(tuple, database.rows("SELECT chain, seq FROM audit_log")))
    code = app.code(admin)
    assert app.redeem(code).status == 200
    app.walk(admin, app.start(admin, prompt="consent"), action="deny")
    # The server's own events and notes on earlier replies may be written meanwhile.
    rows = database.rows("SELECT chain, seq, event, target, detail FROM audit_log ORDER BY id")
    events = [event for chain, seq, event, target, detail in rows
              if (chain, seq) not in before and app.client_id in target + detail
              and not target.startswith("route:")]
    assert events == ["AUTHORIZATION_CODE_GENERATED", "ACCESS_TOKEN_ISSUED",
                      "AUTHORIZATION_CODE_DENIED"]


# ---- who asks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("client_id", [
    None, "", "x", "%00", NOBODY, "' OR 1=1 --", "A" * 3000, "../admin"], ids=short)
def test_an_unknown_client_is_never_redirected(app, admin, database, client_id):
    """A1"""
    with database.unchanged():
        told(app.start(admin, client_id=client_id))


def test_a_client_id_with_a_nul_does_not_end_there(app, admin, database):
    """A1, B4"""
    with database.unchanged():
        told(app.start(admin, client_id=app.client_id + "\0evil"))


@pytest.mark.parametrize("status", ["disabled", "pending", "rejected"])
def test_a_client_that_is_not_active_is_never_redirected(new_app, admin, database, status):
    """A19"""
    app = new_app()
    database.set_client(app.client_id, "status", status)
    with database.unchanged():
        told(app.start(admin))


def test_a_client_without_the_grant_is_told(new_app, admin, database):
    """A18"""
    app = new_app(grants=[DEVICE_GRANT])
    with database.unchanged():
        sent_back(app, app.start(admin), "unauthorized_client")


# ---- where to -----------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", [
    "https://evil.example/cb", "https://app.example/cb/evil", "https://app.example/cb.evil",
    "https://app.example/cbx", "https://app.example/cb?x=1", "https://app.example/cb?",
    "https://app.example/cb/", "https://app.example/", "https://app.example",
    "https://app.example/cb#", "https://app.example/cb#x", "https://app.example:443/cb",
    "http://app.example/cb", "https://app.example.evil/cb", "https://evil.app.example/cb",
    "https://app.example/CB", "https://app.example/./cb", "https://app.example/x/../cb",
    "https://app.example/%63b", "https://app.example//cb", "https://%61pp.example/cb",
    "https://аpp.example/cb", "https://app.example./cb", " https://app.example/cb",
    "https://app.example/cb ", "https://app.example/cb https://evil.example/",
    "https://app.example\\@evil.example/cb", "https://app.example/cb\r\nX: y",
    "https://app.example/cb\0", "https://app.example/cb\t", "//app.example/cb", "/cb", "cb",
    "javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "*",
    "https://*.example/cb", ".*", "https://app.example/cb&redirect_uri=https://evil.example"])
def test_only_the_registered_address_is_redirected_to(app, admin, database, uri):
    """A2, A3, A6, A7, A8, CVE-2024-21637"""
    with database.unchanged():
        told(app.start(admin, redirect_uri=uri))


@pytest.mark.parametrize("uri", [
    "HTTPS://app.example/cb", "https://APP.example/cb", "https://app.example/Cb"])
def test_cve_2020_15234_redirect_uris_are_compared_with_their_case(app, admin, database, uri):
    """A4"""
    with database.unchanged():
        told(app.start(admin, redirect_uri=uri))


@pytest.mark.parametrize("uri", [
    "https://app.example@evil.example/cb", "https://app.example:x@evil.example/cb",
    "https://user@app.example/cb", "https://app.example%40evil.example/cb"])
def test_cve_2026_28512_user_info_in_a_redirect_uri_is_refused(app, admin, database, uri):
    """A5"""
    with database.unchanged():
        told(app.start(admin, redirect_uri=uri))


@pytest.mark.parametrize("registered,uri", [
    ("https://app.example/*", "https://app.example/evil"),
    ("https://*.example/cb", "https://evil.example/cb"),
    ("https://app.example/.*", "https://app.example/evil"),
    ("https://.*", "https://evil.example")])
def test_cve_2024_52289_cve_2023_6927_registered_uris_are_no_patterns(
        new_app, admin, database, registered, uri):
    """A8: should one ever get past registration."""
    app = new_app(redirect_uris=registered)
    with database.unchanged():
        told(app.start(admin, redirect_uri=uri))


@pytest.mark.parametrize("uri", [
    "http://127.0.0.1:49152/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1/cb",
    "http://[::1]:51004/cb"])
def test_native_apps_listen_on_any_port_of_the_loopback(new_app, admin, uri):
    """A9, RFC 8252 section 7.3"""
    app = new_app(redirect_uris="http://127.0.0.1/cb http://[::1]/cb", redirect_uri=uri,
                  columns={"application_type": "native"})
    assert app.tokens(admin)["access_token"]


@pytest.mark.parametrize("uri", [
    "http://localhost:49152/cb", "http://127.0.0.1:49152/evil", "http://127.0.0.1:49152/cb/",
    "http://127.0.0.1:49152/cb?x=1", "https://127.0.0.1:49152/cb", "http://127.0.0.2:49152/cb",
    "http://127.0.0.1.evil.example:80/cb", "http://127.0.0.1:80@evil.example/cb",
    "http://127.0.0.1:99999/cb", "http://127.0.0.1:x/cb", "http://[::2]:80/cb",
    "http://127.1:80/cb", "http://0x7f000001:80/cb", "http://evil.example:80/cb"])
def test_cve_2020_15233_cve_2024_8883_loopback_leniency_is_for_the_port_only(
        new_app, admin, database, uri):
    """A9"""
    app = new_app(redirect_uris="http://127.0.0.1/cb", columns={"application_type": "native"})
    with database.unchanged():
        told(app.start(admin, redirect_uri=uri))


def test_web_apps_get_no_leniency_for_ports(new_app, admin, database):
    """A9"""
    app = new_app(redirect_uris="http://127.0.0.1:8000/cb")
    with database.unchanged():
        told(app.start(admin, redirect_uri="http://127.0.0.1:8001/cb"))


def test_with_two_addresses_one_has_to_be_named(new_app, admin, database):
    """A10"""
    app = new_app(redirect_uris="https://app.example/a https://app.example/b")
    with database.unchanged():
        told(app.start(admin, redirect_uri=None))
    assert app.code(admin)


def test_the_only_address_need_not_be_named(app, admin):
    """A11: and then it is not named at the token endpoint either."""
    code = app.code(admin, redirect_uri=None)
    assert app.redeem(code, redirect_uri=None).status == 200


def test_an_address_that_was_not_named_may_not_be_named_later(app, admin):
    code = app.code(admin, redirect_uri=None)
    assert app.redeem(code).error == "invalid_grant"


@pytest.mark.parametrize("second", [CALLBACK, "https://evil.example/cb"])
def test_cve_2026_9689_two_redirect_uris_are_no_request(app, admin, database, second):
    """A12"""
    pairs = [*app.params().items(), ("redirect_uri", second)]
    with database.unchanged():
        told(admin.get("/oauth/authorize?" + urlencode(pairs)))
        told(admin.get("/oauth/authorize?" + urlencode(pairs[::-1])))


@pytest.mark.parametrize("name", [
    "state", "scope", "client_id", "code_challenge", "code_challenge_method", "response_type"])
def test_no_parameter_may_be_repeated(app, admin, database, name):
    """A13"""
    query = urlencode([*app.params().items(), (name, app.params()[name])])
    with database.unchanged():
        told(admin.get("/oauth/authorize?" + query))


# ---- what is asked ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [
    "token", "id_token", "code token", "code id_token", "id_token token", "none", "CODE",
    "code code", "x"])
def test_cve_2026_7571_nothing_but_codes_is_issued(app, admin, database, kind):
    """A14"""
    with database.unchanged():
        sent_back(app, app.start(admin, response_type=kind), "unsupported_response_type")


def test_a_response_type_is_required(app, admin, database):
    """A14"""
    with database.unchanged():
        sent_back(app, app.start(admin, response_type=None), "invalid_request")


@pytest.mark.parametrize("mode", ["fragment", "web_message", "jwt", "x"])
def test_unknown_response_modes_are_refused(app, admin, database, mode):
    """A16"""
    with database.unchanged():
        sent_back(app, app.start(admin, response_mode=mode), "invalid_request")


def test_a_sign_in_ignores_scopes_that_are_not_known(new_app, admin):
    """OpenID Connect Core section 3.1.2.1; the answer says what was granted."""
    app = new_app(secret="s", scopes="openid profile")
    for scope in ("openid profile offline_access", "openid address phone profile",
                  "groups openid profile"):
        assert app.tokens(admin, scope=scope)["scope"] == "openid profile"
    assert app.tokens(admin, scope="openid groups")["scope"] == "openid"
    sent_back(app, app.start(admin, scope="openid email"), "invalid_scope")


def test_offline_access_is_not_said_where_there_is_no_refresh_token(new_app, admin):
    """OpenID Connect Core section 11"""
    app = new_app(secret="s", grants=["authorization_code"])
    for scope, granted in (("openid offline_access", "openid"),
                           ("read offline_access", "read"), (None, None)):
        tokens = app.tokens(admin, scope=scope)
        assert "refresh_token" not in tokens and "offline_access" not in tokens["scope"]
        assert granted in (None, tokens["scope"])
    sent_back(app, app.start(admin, scope="offline_access"), "invalid_scope")


def test_without_openid_the_scope_that_is_too_much_is_named(app, admin):
    page = app.start(admin, scope="read payroll:write")
    sent_back(app, page, "invalid_scope")
    assert "payroll:write" in location_of(page)[1]["error_description"]


@pytest.mark.parametrize("scope", [
    "read admin", "authgate:admin openid", "OPENID", "openid\tprofile", "openid\nprofile", 'openid "', "x" * 5000,
    "öpenid", "   ", "openid\0"], ids=short)
def test_scopes_are_never_silently_changed(app, admin, database, scope):
    """A17"""
    with database.unchanged():
        page = app.start(admin, scope=scope)
        if "\0" in scope:
            told(page)
        else:
            sent_back(app, page, "invalid_scope")


def test_public_apps_need_pkce(spa, admin, database):
    """A20"""
    with database.unchanged():
        sent_back(spa, spa.start(admin, code_challenge=None, code_challenge_method=None),
                  "invalid_request")


def test_confidential_apps_may_be_made_to_use_pkce(new_app, admin, database):
    app = new_app(secret="s", columns={"require_pkce": 1})
    with database.unchanged():
        sent_back(app, app.start(admin, code_challenge=None, code_challenge_method=None),
                  "invalid_request")


@pytest.mark.parametrize("method", ["plain", None, "s256", "S512", ""])
def test_only_s256_challenges_are_taken(spa, app, admin, database, method):
    """A21"""
    with database.unchanged():
        for client in (spa, app):
            sent_back(client, client.start(admin, code_challenge_method=method),
                      "invalid_request")


@pytest.mark.parametrize("challenge", [
    "x", "A" * 42, "A" * 44, "A" * 128, "A" * 42 + "=", "A" * 42 + "+", "A" * 42 + "/",
    "A" * 42 + "ä", "A" * 42 + "B", "A" * 42 + " "])
def test_challenges_are_base64url_of_a_digest(app, admin, database, challenge):
    """A22: also not with stray bits in the last letter."""
    with database.unchanged():
        sent_back(app, app.start(admin, code_challenge=challenge), "invalid_request")


@pytest.mark.parametrize("name,error", [
    ("request", "request_not_supported"), ("request_uri", "request_uri_not_supported"),
    ("registration", "registration_not_supported")])
def test_request_objects_are_refused_by_name(app, admin, database, name, error):
    """A37"""
    with database.unchanged():
        sent_back(app, app.start(admin, **{name: "https://127.0.0.1:9/x"}), error)


def test_cve_2026_4874_a_request_uri_is_not_fetched(app, admin):
    """A37, I14: nobody calls."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        port = listener.getsockname()[1]
        app.start(admin, request_uri=f"http://127.0.0.1:{port}/x")
        app.start(admin, registration=f'{{"logo_uri":"http://127.0.0.1:{port}/"}}')
        with pytest.raises(TimeoutError):
            listener.accept()


def test_unknown_parameters_are_ignored(app, admin):
    assert app.code(admin, foo="bar", display="popup", acr_values="1 2", claims="{}",
                    ui_locales="de fr")


# ---- PKCE to the end ----------------------------------------------------------------------------


def test_cve_2023_48228_a_challenge_cannot_be_left_unanswered(app, spa, admin):
    """A23"""
    for client in (app, spa):
        code = client.code(admin)
        assert client.redeem(code, code_verifier=None).error == "invalid_grant"
        assert client.redeem(code, code_verifier="").error == "invalid_grant"


def test_cve_2024_23647_a_verifier_without_a_challenge_is_refused(app, admin):
    """A24, RFC 9700 section 2.1.1: the challenge was stripped on its way."""
    code = app.code(admin, code_challenge=None, code_challenge_method=None)
    assert app.redeem(code).error == "invalid_grant"
    code = app.code(admin, code_challenge=None, code_challenge_method=None)
    assert app.redeem(code, code_verifier=None).status == 200


# ---- what comes back ----------------------------------------------------------------------------


def test_the_issuer_is_in_every_answer(app, admin, http):
    """A25, RFC 9207"""
    issuer = http.get("/.well-known/openid-configuration").json()["issuer"]
    assert app.authorize(admin)["iss"] == issuer
    assert app.answer(app.start(admin, response_type="token"))["iss"] == issuer
    assert app.answer(app.start(admin, prompt="none login"))["iss"] == issuer


@pytest.mark.parametrize("state", [
    '"><script>alert(1)</script>', "a+b/c=d&e#f%20g", "ü🦊", "x" * 6000, "' onload='x", "a b",
    "%0d%0aX-Evil: 1", "\r\nX-Evil: 1", "{{7*7}}", "=?utf-8?q?x?="], ids=short)
def test_state_comes_back_exactly(app, admin, state):
    """A26, A27, CVE-2016-1133: and breaks out of nothing."""
    page = app.walk(admin, app.start(admin, state=state))
    assert app.answer(page)["state"] == state
    assert page.response.header("x-evil") is None


def test_state_is_escaped_in_pages(app, visitor):
    """A26"""
    evil = '"><script>alert(1)</script>'
    page = visitor.follow(app.start(visitor, state=evil, login_hint=evil))
    assert evil not in page.response.text and "<script" not in page.response.text
    page = app.walk(visitor, app.start(visitor, state=evil, response_mode="form_post"))
    assert page.form(CALLBACK).fields["state"] == evil
    assert page.response.text.count("<script") == 1, "the one that posts the form"
    assert evil not in page.response.text


def test_a_state_that_is_too_long_is_refused_and_not_cut(app, admin, database):
    """A27"""
    headers = [("Origin", "https://app.example")]
    page = admin.post("/oauth/authorize", app.params(state="x" * 8192), headers)
    assert app.answer(app.walk(admin, page))["state"] == "x" * 8192
    with database.unchanged():
        told(admin.post("/oauth/authorize", app.params(state="x" * 8193), headers))
        told(app.start(admin, state="x" * 9000), 414)


def test_invalid_utf_8_is_no_request(app, admin, database):
    """A27, B4"""
    with database.unchanged():
        told(admin.get(app.target(state="x") + "%ff"))
        told(admin.get(app.target(state="x") + "%c0%80"))
        told(admin.get(app.target(state="x") + "%zz"))


@pytest.mark.parametrize("nonce", ["n" * 384, 'ü"\\\n</script>', " ", "n" * 1024], ids=short)
def test_the_nonce_is_in_the_id_token_exactly(app, admin, nonce):
    """A28"""
    assert app.id_claims(app.tokens(admin, nonce=nonce)["id_token"])["nonce"] == nonce


def test_a_nonce_that_is_too_long_is_refused(app, admin, database):
    """A28"""
    with database.unchanged():
        sent_back(app, app.start(admin, nonce="n" * 1025), "invalid_request")


def test_no_page_can_be_framed_nor_tells_where_it_was(app, admin, visitor):
    """A29, A39"""
    for page in (visitor.get("/login"), admin.follow(app.start(admin, prompt="consent")),
                 app.start(visitor, client_id="x"), visitor.get("/nowhere"),
                 app.start(admin, redirect_uri="https://evil.example/")):
        header = page.response.header
        assert "frame-ancestors 'none'" in header("content-security-policy")
        assert "default-src 'none'" in header("content-security-policy")
        assert "unsafe-inline" not in header("content-security-policy")
        assert header("x-frame-options") == "DENY"
        assert header("referrer-policy") in ("no-referrer", "same-origin")
        for tag, attributes in page.tags:
            for name in ("src", "href"):
                if tag != "a":
                    assert not attributes.get(name, "").startswith(("http", "//"))


def test_redirects_after_a_form_are_see_other(app, visitor):
    """A41, RFC 9700 section 4.12: 307 would send the password on."""
    page = visitor.get(app.start(visitor).location)
    page = visitor.submit(page.form("/login"), username="admin", password="correct horse battery")
    assert page.status == 303
    page = visitor.get(page.location)
    assert visitor.submit(page.form(DECIDE), action="approve").status == 303


# ---- the waiting request ------------------------------------------------------------------------


def waiting(app, browser, **changes):
    page = app.start(browser, **changes)
    assert page.location.startswith("/oauth/authorize/continue?id="), page.location
    return page.location


def test_fields_of_the_consent_form_are_not_believed(app, admin, database):
    """A34: the server's own copy counts."""
    page = admin.get(waiting(app, admin))
    back = admin.submit(
        page.form(DECIDE), action="approve", scope="openid email write",
        redirect_uri="https://evil.example/", client_id=str(uuid.uuid4()), state="other")
    answer = app.answer(back)
    assert answer["state"] == "the state"
    assert app.redeem(answer["code"]).json()["scope"] == "openid profile"


def test_cve_2022_39222_a_waiting_request_belongs_to_its_browser(app, admin, database, server):
    """A34, A38: the id alone, even with a session, is nothing."""
    target = waiting(app, admin)
    form = admin.get(target).form(DECIDE)
    database.add_user("thief")
    with Browser(server) as thief:
        thief.sign_in("thief")
        mine = thief.get(waiting(app, thief)).form(DECIDE)
        with database.unchanged():
            told(thief.get(target))
            told(thief.submit(mine, id=form.fields["id"], action="approve"))
            assert thief.submit(form, action="approve").status == 403
    assert app.answer(admin.submit(form, action="approve"))["code"]


@pytest.mark.parametrize("id", ["", "x", NOBODY, "' OR 1=1 --", "%00"])
def test_waiting_requests_cannot_be_guessed(admin, database, id):
    """A38, CVE-2023-0264"""
    with database.unchanged():
        told(admin.get("/oauth/authorize/continue?id=" + quote(id)))


def test_a_decision_counts_once(app, admin, database):
    """A35: the other one is not taken afterwards, and the same one not once its code is used."""
    form = admin.get(waiting(app, admin)).form(DECIDE)
    code = app.answer(admin.submit(form, action="approve"))["code"]
    with database.unchanged():
        page = admin.submit(form, action="deny")
        assert page.status == 303 and page.location.startswith("/oauth/authorize/continue?")
    assert app.redeem(code).status == 200
    with database.unchanged():
        for action in ("approve", "deny"):
            page = admin.follow(admin.submit(form, action=action))
            assert page.status == 200 and "already allowed" in page.text


@pytest.mark.nodes
def test_parallel_decisions_give_one_code(app, admin, admin_cookies, server, database):
    """A35"""
    form = admin.get(waiting(app, admin)).form(DECIDE)
    codes = database.count("auth_codes")

    def decide(_):
        with Browser(server) as browser:
            browser.cookies = dict(admin.cookies)
            return app.answer(browser.submit(form, action="approve"))["code"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(decide, range(16)))
    assert database.count("auth_codes") == codes + 1
    assert sorted(app.redeem(code).status for code in answers).count(200) == 1


def test_an_expired_request_cannot_be_decided(app, admin, database):
    form = admin.get(waiting(app, admin)).form(DECIDE)
    database.execute("UPDATE authorize_requests SET expires_ms = ?", now_ms() - 1)
    with database.unchanged():
        told(admin.submit(form, action="approve"))


def test_cve_2024_4540_the_request_is_judged_again_after_the_detour(app, admin, database):
    """A15: what was true before the sign-in may not be true any more."""
    form = admin.get(waiting(app, admin)).form(DECIDE)
    database.set_client(app.client_id, "redirect_uris", "https://app.example/other")
    with database.unchanged():
        told(admin.submit(form, action="approve"))
    database.set_client(app.client_id, "redirect_uris", CALLBACK)
    database.set_client(app.client_id, "scopes", "openid")
    with database.unchanged():
        sent_back(app, admin.submit(form, action="approve"), "invalid_scope")
    database.set_client(app.client_id, "status", "disabled")
    with database.unchanged():
        told(admin.submit(form, action="approve"))


def test_the_request_in_the_browser_holds_nothing_to_tamper_with(app, visitor):
    """A15: neither address nor cookie speak of it, but for an id."""
    page = app.start(visitor)
    assert re.fullmatch(r"/login\?next=%2Foauth%2Fauthorize%2Fcontinue%3Fid%3D[0-9a-f-]{36}",
                        page.location)
    assert app.client_id not in repr(visitor.cookies)


@pytest.mark.parametrize("action", ["", "Approve", "yes"])
def test_a_decision_is_one_of_two_words(app, admin, database, action):
    form = admin.get(waiting(app, admin)).form(DECIDE)
    with database.unchanged():
        told(admin.submit(form, action=action))


def test_deciding_needs_the_token_of_the_form(app, admin, database):
    """F10"""
    form = admin.get(waiting(app, admin)).form(DECIDE)
    with database.unchanged():
        told(admin.submit(form, action="approve", csrf_token=""), 403)
        told(admin.submit(form, [("Origin", "https://evil.example")], action="approve"), 403)
        told(admin.submit(form, [("Origin", "null")], action="approve"), 403)
        told(admin.submit(form, [("Sec-Fetch-Site", "cross-site")], action="approve"), 403)


@pytest.mark.parametrize("target", [
    "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example",
    "%0d%0aLocation:https://evil.example", "/%09/evil.example", "/%5cevil.example",
    "javascript:alert(1)", "/x%0d%0aSet-Cookie:a=b"])
def test_cve_2024_25715_cve_2021_39191_signing_in_leads_nowhere_else(visitor, target):
    """A40"""
    page = visitor.sign_in(next_target=target)
    assert page.status == 303
    assert page.location == "/"


def test_posting_the_request_works_as_well(app, visitor):
    """OpenID Connect Core section 3.1.2.1: from the page of another site, so without cookies that
    are kept back there."""
    page = visitor.post_from_elsewhere("/oauth/authorize", app.params())
    assert page.status == 303
    assert app.answer(app.walk(visitor, page))["code"]


def test_posting_the_request_finds_who_is_signed_in(app, admin):
    page = admin.post_from_elsewhere("/oauth/authorize", app.params())
    assert [form.action for form in admin.follow(page).forms if "login" in form.action] == []
    assert app.answer(app.walk(admin, page))["code"]
    silent = admin.post_from_elsewhere("/oauth/authorize", app.params(prompt="none"))
    assert app.answer(app.walk(admin, silent))["code"]


def test_posting_a_request_leaves_those_of_other_tabs_alone(app, visitor):
    """Another site may post what it likes; the browser stays who it was."""
    waiting, before = app.start(visitor), dict(visitor.cookies)
    page = visitor.post_from_elsewhere("/oauth/authorize", app.params(state="evil"))
    assert visitor.cookies == before and page.location.startswith("/oauth/authorize?")
    assert app.answer(app.walk(visitor, waiting))["code"]


def test_posting_a_long_request_works_as_well(app, visitor):
    page = visitor.post_from_elsewhere("/oauth/authorize", app.params(state="x" * 5000))
    answer = app.answer(app.walk(visitor, page))
    assert answer["code"] and answer["state"] == "x" * 5000


def test_posting_a_silent_request_without_a_session_is_told_so(app, visitor):
    page = visitor.post_from_elsewhere("/oauth/authorize", app.params(prompt="none"))
    assert app.answer(app.walk(visitor, page))["error"] == "login_required"


def test_answers_are_added_to_the_query_of_the_address(new_app, admin):
    app = new_app(redirect_uris="https://app.example/cb?tenant=7")
    page = app.walk(admin, app.start(admin))
    uri, answer = location_of(page)
    assert uri == "https://app.example/cb" and answer["tenant"] == "7" and answer["code"]


def test_form_post_answers_by_a_form(app, admin):
    page = app.walk(admin, app.start(admin, response_mode="form_post"))
    form = page.form(CALLBACK)
    assert form.method == "post" and set(form.fields) == {"code", "state", "iss"}
    policy = page.response.header("content-security-policy")
    assert "form-action 'self' https://app.example" in policy
    assert app.redeem(form.fields["code"]).status == 200


def test_waiting_requests_of_strangers_are_bounded(app, visitor, database):
    """Nothing grows for ever: each has an end."""
    app.start(visitor)
    assert database.value("SELECT count(*) FROM authorize_requests WHERE expires_ms > ?",
                          now_ms() + 601_000) == 0


def test_a_flood_of_requests_leaves_a_bounded_number_of_rows(tmp_path):
    """A38: anybody can begin one, so the address is limited."""
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", AUTHORIZE_RATE_LIMIT="3") as server, \
            server.client() as http, Browser(server) as stranger:
        app = App.register(server, http)
        pages = [app.start(stranger) for _ in range(8)]
        assert [p.status for p in pages[:3]] == [303] * 3 and pages[-1].status == 429
        assert int(pages[-1].response.header("retry-after")) >= 1
        assert server.database.count("authorize_requests") == \
            sum(p.status == 303 for p in pages) <= 4


def test_challenges_differ_by_verifier():
    """RFC 7636 appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == \
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
