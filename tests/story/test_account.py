"""People look at their account, change their password, and take access back. Ids in docstrings, as
F7, are rows of the catalogue of attacks."""

import itertools
import re
import uuid

import pytest

from app import App
from browser import Browser
from database import now_ms
from device import Device
from race import at_once
from running import ADMIN_PASSWORD

SESSIONS = "/account/sessions"
APPS = "/account/authorizations"
NEW_PASSWORD = "four unrelated words here"
NOBODY = "0190b5c0-0000-7000-8000-000000000000"
people = itertools.count()


@pytest.fixture
def person(server, database):
    """A browser of somebody whom no other test knows."""
    name = f"person{next(people)}"
    database.add_user(name)
    with Browser(server, "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0") as browser:
        assert browser.sign_in(name).status == 303
        browser.name = name
        yield browser


@pytest.fixture
def second(server, person):
    """Another browser of the same person."""
    with Browser(server, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Safari/604.1") as browser:
        assert browser.sign_in(person.name).status == 303
        yield browser


@pytest.fixture
def stranger(server, database):
    name = f"stranger{next(people)}"
    database.add_user(name)
    with Browser(server) as browser:
        assert browser.sign_in(name).status == 303
        yield browser


def is_signed_in(browser):
    page = browser.get("/account")
    assert page.status in (200, 303)
    return page.status == 200


def forms(page, action):
    return [f for f in page.forms if re.fullmatch(action.replace(":id", "[0-9a-f-]{36}"), f.action)]


def only_form(page, action):
    (form,) = forms(page, action)
    return form


def device_tokens(server, http, browser, **options):
    device = Device(server, http=http, **options)
    browser.approve(device.user_code)
    answer = device.poll()
    assert answer.status == 200, answer.text
    return answer.json()


def change(browser, current=ADMIN_PASSWORD, new=NEW_PASSWORD, again=None, **more):
    form = browser.get("/account").form("/account/password")
    return browser.submit(form, current=current, new=new, again=again or new, **more)


# ---- the password -------------------------------------------------------------------------------


def test_the_account_page_says_who_you_are(server, database):
    database.add_user("ada", full_name="Ada <b>Lovelace</b>")
    with Browser(server) as ada:
        ada.sign_in("ada")
        page = ada.get("/account")
    assert "Ada <b>Lovelace</b>" in page.text and "ada" in page.text
    assert page.response.header("cache-control") == "no-store"


def test_a_changed_password_is_the_only_one_that_works(server, person, database):
    page = person.follow(change(person))
    assert "Your password has been changed." in page.text
    for password, status in ((ADMIN_PASSWORD, 401), (NEW_PASSWORD, 303)):
        with Browser(server) as browser:
            assert browser.sign_in(person.name, password).status == status
    assert database.events("PASSWORD_CHANGED", f"user:{person.name}") == [
        (f"user:{person.name}", f"user:{person.name}", "tokens=revoked")]


def test_a_changed_password_ends_all_other_sessions(person, second, stranger):
    """F7"""
    assert change(person).status == 303
    assert is_signed_in(person) and is_signed_in(stranger)
    assert not is_signed_in(second)


def test_a_stolen_cookie_of_this_browser_ends_too(server, person):
    """F7"""
    with Browser(server) as thief:
        thief.cookies = dict(person.cookies)
        assert change(person).status == 303
        assert is_signed_in(person)
        assert not is_signed_in(thief)


def test_a_changed_password_ends_tokens_unless_the_box_is_cleared(app, person):
    token = app.tokens(person)["access_token"]
    assert change(person, end_access="").status == 303
    assert app.is_alive(token)
    assert change(person, NEW_PASSWORD, ADMIN_PASSWORD).status == 303
    assert not app.is_alive(token)


@pytest.mark.parametrize("box", ["1", ""])
def test_what_was_approved_before_a_changed_password_is_never_redeemed(server, http, app, person, box):
    """B23: whether tokens stay or not."""
    code, device = app.code(person), Device(server, http=http)
    person.approve(device.user_code)
    assert change(person, end_access=box).status == 303
    assert app.redeem(code).error == "invalid_grant"
    assert device.poll().error == "access_denied"
    assert app.redeem(app.code(person)).status == 200, "what is approved later counts"


def test_a_device_reviewed_before_a_changed_password_has_to_be_reviewed_again(server, http, person):
    device = Device(server, http=http)
    review = person.review(device.user_code)
    assert change(person).status == 303
    assert person.decide(review, "approve").status in (400, 403, 409)
    assert device.poll().error == "authorization_pending"


@pytest.mark.parametrize("fields, reason", [
    ({"current": "not my password"}, "The current password is wrong."),
    ({"new": "1234567"}, "at least 8 characters"),
    ({"new": "ééééééé"}, "at least 8 characters"),
    ({"new": "x" * 513}, "too long"),
    ({"again": "another password"}, "The two new passwords differ."),
    ({"new": ADMIN_PASSWORD}, "the one you have"),
], ids=["wrong", "short", "short in characters", "long", "different", "same"])
def test_a_password_that_will_not_do_changes_nothing(person, second, database, fields, reason):
    with database.unchanged():
        page = change(person, **fields)
    assert page.status == 400 and reason in page.text
    assert not [value for tag, a in page.tags for value in a.values() if value in fields.values()]
    assert is_signed_in(person) and is_signed_in(second)


@pytest.mark.parametrize("fields,wrong", [
    ({"current": "guess"}, "current"), ({"new": "short", "again": "short"}, "new"), ({"again": "something else"}, "again")],
    ids=["current", "new", "again"])
def test_only_the_field_that_is_wrong_is_marked(person, fields, wrong):
    page = change(person, **fields)
    assert [a["id"] for _, a in page.tags if a.get("aria-invalid")] == [wrong]
    assert [a["id"] for _, a in page.tags if "autofocus" in a] == [wrong]


def test_a_username_is_no_password(server, database, stranger):
    database.add_user("longusername")
    with Browser(server) as browser:
        browser.sign_in("longusername")
        assert "must not be your username" in change(browser, new="LongUserName").text


def test_wrong_current_passwords_run_into_a_limit_and_are_known(person, database):
    for _ in range(5):
        assert change(person, current="guess").status == 400
    page = change(person)
    assert page.status == 429 and page.response.header("retry-after")
    assert len(database.events("PASSWORD_CHANGE_FAILURE", f"user:{person.name}")) == 5


@pytest.mark.nodes
def test_of_two_changes_at_once_one_wins(server, person):
    form = person.get("/account").form("/account/password")

    def post(http, i):
        new = f"password number {i}"
        return http.post(form.action, {**form.fields, "current": ADMIN_PASSWORD, "new": new,
                                       "again": new}, person.headers()).status

    statuses = at_once(server, post, 4)
    assert statuses.count(303) == 1 and set(statuses) <= {303, 401, 409}, statuses


@pytest.mark.nodes
def test_a_sign_in_with_the_old_password_does_not_outlive_its_change(server, person):
    """F7: a sign-in that races the change comes before it and is ended, or fails."""
    form = person.get("/account").form("/account/password")
    with Browser(server) as visitor:
        login = visitor.get("/login").form("/login")
        headers = visitor.headers()

    def race(http, i):
        if i:
            return http.post("/login", {**login.fields, "username": person.name,
                                        "password": ADMIN_PASSWORD}, headers)
        return http.post(form.action, {**form.fields, "current": ADMIN_PASSWORD,
                                       "new": NEW_PASSWORD, "again": NEW_PASSWORD},
                         person.headers())

    changed, *signed_in = at_once(server, race, 6)
    assert changed.status == 303
    for response in signed_in:
        assert response.status in (303, 401), response.text
        with Browser(server) as browser:
            browser._keep_cookies(response)  # pylint: disable=protected-access
            assert ("authgate_session" in browser.cookies) == (response.status == 303)
            assert not is_signed_in(browser)


def test_people_without_a_password_have_none_to_change(person, database):
    database.execute("UPDATE users SET password_hash = '' WHERE username = ?", person.name)
    page = person.get("/account")
    assert not forms(page, "/account/password") and "another service" in page.text


def test_password_managers_find_the_page(visitor):
    assert visitor.get("/.well-known/change-password").location == "/account"


def test_more_fields_than_the_form_has_mean_nothing(person, database):
    """I3"""
    change(person, role="admin", id=NOBODY, username="admin", disabled_ms="1", user_id=NOBODY)
    assert database.rows("SELECT role, disabled_ms FROM users WHERE username = ?",
                         person.name) == [("user", None)]
    assert is_signed_in(person)


# ---- sessions -----------------------------------------------------------------------------------


def test_the_sessions_page_lists_browsers_and_tokens(server, http, app, person, second):
    app.tokens(person)
    device_tokens(server, http, person, scope="openid email")
    page = person.get(SESSIONS)
    for words in ("Firefox on Linux This browser", "Safari on iPhone", "AuthGate CLI", "App",
                  "Device", "openid email", "127.0.0.1", "Signed in a moment ago"):
        assert words in page.text, words


def test_a_heap_of_dead_sign_ins_is_passed_in_pages(app, person, database):
    """A page ends after a thousand families and says where to go on: the living one is found."""
    app.tokens(person)
    client, user = uuid.UUID(app.client_id).bytes, database.value(
        "SELECT id FROM users WHERE username = ?", person.name)
    database.load("families", ("id", "kind", "client_id", "user_id", "scope", "created_ms",
                               "revoked_ms"),
                  [(b"\xff" + n.to_bytes(15, "big"), "device", client, user, "read", 1, 2)
                   for n in range(1100)])
    page = person.get(SESSIONS)
    assert "No app or device" not in page.text and "Show older ones" in page.text
    (older,) = re.findall(SESSIONS + r"\?after=[-0-9a-f]+", page.response.text)
    page = person.get(older)
    assert "127.0.0.1" in page.text and "Show older ones" not in page.text
    only_form(page, SESSIONS + "/:id/disable")
    database.execute("DELETE FROM families WHERE user_id = ? AND created_ms = 1", user)


def assert_was_done_already(person, page):
    """In another tab, or by a second click: back to the list, which says so."""
    assert page.status == 303 and page.location.endswith("?done=already")
    assert "already been changed" in person.get(page.location).text


def test_a_browser_can_be_signed_out_from_another(person, second, database):
    page = person.follow(person.submit(only_form(person.get(SESSIONS), SESSIONS + "/:id/revoke")))
    assert "revoked" in page.text and "iPhone" not in page.text
    assert is_signed_in(person) and not is_signed_in(second)
    assert [a for a, _, _ in database.events("SESSION_REVOKED")].count(
        f"user:{person.name}") == 1


def test_a_family_is_off_while_it_is_disabled(app, person):
    tokens = app.lasting_tokens(person)
    disable = only_form(person.get(SESSIONS), SESSIONS + "/:id/disable")
    page = person.follow(person.submit(disable))
    assert "Disabled" in page.text
    assert not app.is_alive(tokens["access_token"])
    assert app.introspect(tokens["access_token"]).json() == {"active": False}
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert_was_done_already(person, person.submit(disable))
    page = person.follow(person.submit(only_form(page, SESSIONS + "/:id/enable")))
    assert app.is_alive(tokens["access_token"])
    assert app.refresh(tokens["refresh_token"]).status == 200


def test_a_token_revoked_while_its_family_is_disabled_stays_dead(app, person):
    tokens = app.lasting_tokens(person)
    page = person.follow(
        person.submit(only_form(person.get(SESSIONS), SESSIONS + "/:id/disable")))
    assert app.revoke(tokens["access_token"]).status == 200
    person.submit(only_form(page, SESSIONS + "/:id/enable"))
    assert not app.is_alive(tokens["access_token"])


def test_a_revoked_family_is_gone_for_good(app, person):
    tokens = app.lasting_tokens(person)
    page = person.get(SESSIONS)
    revoke, disable, = (only_form(page, f"{SESSIONS}/:id/{verb}") for verb in ("revoke", "disable"))
    assert person.submit(revoke).status == 303
    assert not app.is_alive(tokens["access_token"])
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"
    for form in (revoke, disable):
        assert_was_done_already(person, person.submit(form))
    enable = disable.action.replace("disable", "enable")
    assert_was_done_already(person, person.post(enable, disable.fields))
    assert not forms(person.get(SESSIONS), SESSIONS + "/:id/revoke")


@pytest.mark.nodes
def test_everything_else_can_be_ended_at_once(server, http, app, person, second, stranger):
    tokens = app.lasting_tokens(person)
    device = device_tokens(server, http, person)
    others = app.tokens(stranger)["access_token"]
    page = person.follow(person.submit(person.get(SESSIONS).form(SESSIONS + "/revoke-all")))
    assert "Everything else has been signed out." in page.text
    assert "No app or device is signed in" in page.text
    assert is_signed_in(person) and not is_signed_in(second)
    assert not app.is_alive(tokens["access_token"])
    assert not app.is_alive(device["access_token"])
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert app.introspect(tokens["refresh_token"]).json() == {"active": False}
    assert app.is_alive(others) and is_signed_in(stranger)
    assert app.is_alive(app.tokens(person)["access_token"]), "what is granted later lives"


def test_codes_that_were_not_redeemed_end_with_all(server, http, app, person):
    code = app.code(person)
    device = Device(server, http=http)
    person.approve(device.user_code)
    person.submit(person.get(SESSIONS).form(SESSIONS + "/revoke-all"))
    assert app.redeem(code).error == "invalid_grant"
    assert device.poll().error == "access_denied"


@pytest.mark.parametrize("how", ["all", "one", "app"])
@pytest.mark.nodes
def test_nothing_that_was_issued_during_a_revocation_lives(server, app, person, how):
    """A refresh that races a revocation comes before it or fails; either way its token is dead."""
    tokens = app.lasting_tokens(person)
    form = {"all": lambda: person.get(SESSIONS).form(SESSIONS + "/revoke-all"),
            "one": lambda: only_form(person.get(SESSIONS), SESSIONS + "/:id/revoke"),
            "app": lambda: person.get(APPS).form(f"{APPS}/{app.client_id}/revoke")}[how]()

    def race(http, i):
        if i == 5:
            return http.post(form.action, form.fields, person.headers())
        return app.refresh(tokens["refresh_token"], http)

    answers = at_once(server, race, 12)
    assert answers.pop(5).status == 303
    for answer in answers:
        assert answer.status in (200, 400), answer.text
        assert answer.status != 200 or not app.is_alive(answer.json()["access_token"])
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"


def test_nothing_survives_a_clock_that_steps_back(app, person, database):
    """The epoch of a user only grows, whatever the clock says."""
    database.execute("UPDATE users SET epoch_ms = ? WHERE username = ?",
                     now_ms() + 3_600_000, person.name)
    first = app.tokens(person)["access_token"]
    assert app.is_alive(first)
    person.submit(person.get(SESSIONS).form(SESSIONS + "/revoke-all"))
    assert not app.is_alive(first)
    assert app.is_alive(app.tokens(person)["access_token"])


def test_what_has_expired_is_not_listed(app, person, database):
    tokens = app.tokens(person)
    assert app.is_alive(tokens["access_token"])
    database.execute("UPDATE access_tokens SET expires_ms = ? WHERE family_id IN (SELECT f.id"
                     " FROM families f JOIN users u ON u.id = f.user_id WHERE u.username = ?)",
                     now_ms() - 1, person.name)
    assert not forms(person.get(SESSIONS), SESSIONS + "/:id/revoke")


def test_long_lists_come_in_pages_without_gaps(server, database, person):
    (user, ) = database.rows("SELECT id FROM users WHERE username = ?", person.name)[0]
    client = uuid.UUID(server.client_id).bytes
    start = now_ms()
    for n in range(30):
        family = (start - n).to_bytes(6, "big") + uuid.uuid4().bytes[6:]
        database.execute("INSERT INTO families (id, kind, client_id, user_id, scope, created_ms)"
                         " VALUES (?, 'code', ?, ?, ?, ?)", family, client, user, f"s{n}", start)
        database.execute("INSERT INTO access_tokens (id, family_id, digest, scope, issued_ms,"
                         " expires_ms) VALUES (?, ?, ?, '', ?, ?)",
                         uuid.uuid4().bytes, family, b"x", start, start + 60_000)
    seen, page = [], person.get(SESSIONS)
    for expected in (25, 5):
        found = forms(page, SESSIONS + "/:id/disable")
        assert len(found) == expected
        seen += [f.action for f in found]
        links = [a["href"] for tag, a in page.tags if tag == "a" and "after=" in a["href"]]
        page = person.get(links[0]) if links else None
    assert len(set(seen)) == 30 and page is None


@pytest.mark.parametrize("target", [
    SESSIONS + "?after=1", SESSIONS + "?browsers_after=%27", APPS + "?after=x",
    SESSIONS + "?after=" + "0" * 36])
def test_an_address_that_names_no_id_is_404(person, target):
    assert person.get(target).status == 404


def test_text_of_the_address_is_never_shown(person):
    """F13"""
    for path in ("/account", SESSIONS, APPS):
        page = person.get(path + "?done=Call+555-0199+to+confirm&error=Call+555-0199")
        assert page.status == 200 and "555-0199" not in page.response.text


# ---- ids of others ------------------------------------------------------------------------------


def test_ids_of_others_are_404_and_nothing_changes(app, person, second, stranger, database):
    """I2, CVE-2026-4630, CVE-2021-45379"""
    tokens = app.lasting_tokens(person)
    page, token = person.get(SESSIONS), stranger.get("/account").form("/account/password").fields
    own = [f.action for f in forms(page, SESSIONS + "/:id/(revoke|disable)")]
    assert len(own) == 3
    paths = own + [p.replace("disable", "enable") for p in own if "disable" in p]
    paths += [f"{APPS}/{app.client_id}/revoke", f"{SESSIONS}/{NOBODY}/revoke",
              f"{SESSIONS}/{NOBODY}/disable", f"{APPS}/{NOBODY}/revoke",
              f"{SESSIONS}/junk/revoke", f"{SESSIONS}/%00/disable", f"{APPS}/junk/revoke"]
    with database.unchanged():
        for path in paths:
            assert stranger.post(path, token).status == 404, path
    assert app.is_alive(tokens["access_token"]) and is_signed_in(second)


def test_ids_in_the_body_mean_nothing(app, person, stranger):
    """I2, I3"""
    token = app.tokens(person)["access_token"]
    mine = app.tokens(stranger)["access_token"]
    theirs = only_form(person.get(SESSIONS), SESSIONS + "/:id/revoke").action.split("/")[3]
    form = only_form(stranger.get(SESSIONS), SESSIONS + "/:id/revoke")
    assert stranger.submit(form, id=theirs, user="admin").status == 303
    assert app.is_alive(token) and not app.is_alive(mine)


# ---- apps ---------------------------------------------------------------------------------------


def test_an_app_is_listed_with_all_it_was_granted(server, http, new_app, person):
    spa = new_app(name="My <i>SPA</i>")
    spa.tokens(person, scope="openid email")
    device_tokens(server, http, person, client_id=server.client_id, scope="profile")
    page = person.get(APPS)
    assert "My <i>SPA</i>" in page.text and "AuthGate CLI" in page.text
    for words in ("See your e-mail address email", "See your name and username profile",
                  "Will not ask again", "Signed in: 1"):
        assert words in page.text, words


def test_a_revoked_app_loses_all_and_has_to_ask_again(server, http, database, person, stranger):
    client = database.add_client("Both ways", secret="a secret of both", scopes=
                                 "openid profile offline_access",
                                 grants=("authorization_code", "refresh_token",
                                         "urn:ietf:params:oauth:grant-type:device_code"))
    database.set_client(client, "redirect_uris", "https://app.example/cb")
    app = App(server, http, client, "a secret of both")
    tokens = app.lasting_tokens(person)
    by_device = device_tokens(server, http, person, client_id=client, secret="a secret of both")
    elsewhere = device_tokens(server, http, person)["access_token"]
    of_others = app.tokens(stranger)["access_token"]
    code = app.code(person)
    form = person.get(APPS).form(f"{APPS}/{client}/revoke")
    page = person.follow(person.submit(form))
    assert "Both ways" not in page.text and "AuthGate CLI" in page.text
    for token in (tokens["access_token"], by_device["access_token"]):
        assert not app.is_alive(token)
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert app.redeem(code).error == "invalid_grant"
    assert app.is_alive(elsewhere) and app.is_alive(of_others)
    assert "/oauth/authorize/decide" in [
        f.action for f in person.follow(app.start(person)).forms], "the consent is forgotten"
    assert_was_done_already(person, person.submit(form))
    assert app.is_alive(app.tokens(person)["access_token"]), "what is granted later lives"
    assert database.events("USER_AUTHORIZATION_REVOKED", f"client:{client}") == [
        (f"user:{person.name}", f"client:{client}", "")]


def test_a_remembered_consent_alone_can_be_forgotten(app, person, database):
    app.tokens(person)
    person.submit(only_form(person.get(SESSIONS), SESSIONS + "/:id/revoke"))
    page = person.get(APPS)
    assert "Not signed in now" in page.text
    assert person.submit(page.form(f"{APPS}/{app.client_id}/revoke")).status == 303
    assert "No app has access" in person.get(APPS).text


def test_apps_come_in_pages(database, person):
    (user, ) = database.rows("SELECT id FROM users WHERE username = ?", person.name)[0]
    for n in range(30):
        client = database.add_client(f"App number {n}")
        database.execute("INSERT INTO consents (user_id, client_id, scope, granted_ms)"
                         " VALUES (?, ?, 'openid', ?)", user, uuid.UUID(client).bytes, now_ms())
    first = person.get(APPS)
    (link,) = [a["href"] for tag, a in first.tags if tag == "a" and "after=" in a["href"]]
    second = person.get(link)
    counts = [len(forms(page, APPS + "/:id/revoke")) for page in (first, second)]
    assert counts == [25, 5] and "after=" not in second.response.text


# ---- this was not me ------------------------------------------------------------------------------


def test_a_sign_in_that_was_not_theirs_ends_with_all_that_was_given_to_it(person, second, app, database):
    """F7: the other browser and its application are out, the trail says so, a new password is offered."""
    tokens = app.lasting_tokens(second)
    mine = app.lasting_tokens(person)
    (form,) = forms(person.get(SESSIONS), SESSIONS + "/:id/disown")[:1]
    page = person.submit(form)
    assert page.location == "/account?done=disowned"
    offered = person.get(page.location)
    assert "choose a new one" in offered.text and offered.form("/account/password")
    assert not is_signed_in(second) and is_signed_in(person)
    assert app.refresh(tokens["refresh_token"]).status == 400
    assert app.refresh(mine["refresh_token"]).status == 200
    assert [row[0] for row in database.events("ACCESS_DISOWNED")][-1] == f"user:{person.name}"


def test_nobody_disowns_what_is_anothers(person, stranger, database):
    """I2"""
    (theirs,) = database.rows("SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = ?",
                              person.name)
    token = stranger.get("/account").form("/account/password").fields["csrf_token"]
    page = stranger.post(f"{SESSIONS}/{uuid.UUID(bytes=bytes(theirs[0]))}/disown", {"csrf_token": token})
    assert page.status == 404 and is_signed_in(person)
