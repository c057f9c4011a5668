"""The device grant on an ordinary day and under attack (RFC 8628).  Ids in
docstrings, as C1, are rows of the catalogue of attacks."""

import collections
import hashlib
import re
import threading

import pytest

from browser import Browser
from database import DEVICE_GRANT, now_ms
from race import ROUNDS
from wire import basic

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def refused(response, error, status=400):
    assert (response.status, response.error) == (status, error), response.text
    assert response.header("cache-control") == "no-store"
    assert response.header("content-type") == "application/json"


# ---- the ordinary way ---------------------------------------------------------------------------


def test_a_device_gets_a_token_after_approval(new_device, admin, database):
    device = new_device(scope="openid email")
    refused(device.poll(), "authorization_pending")
    assert "Device approved" in admin.approve(device.user_code).text
    answer = device.poll().json()
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "openid email"
    assert answer["expires_in"] == 36000
    assert database.device_code(device.user_code, "state") == "redeemed"


def test_the_answer_names_addresses_of_the_issuer(new_device, server):
    answer = new_device().answer
    assert answer["verification_uri"] == server.url + "/device"
    assert answer["verification_uri_complete"] == \
        f"{server.url}/device?user_code={answer['user_code']}"
    assert (answer["expires_in"], answer["interval"]) == (600, 5)


def test_every_step_is_in_the_audit_trail_once(new_device, admin, database):
    def events_so_far():
        """Without what the server does by itself; two may share a millisecond."""
        return collections.Counter(event for (event,) in database.rows(
            "SELECT event FROM audit_log WHERE actor <> 'system'"))

    before = events_so_far()
    device = new_device()
    admin.approve(device.user_code)
    assert device.poll().status == 200
    assert events_so_far() - before == collections.Counter(
        ["DEVICE_CODE_GENERATED", "DEVICE_CODE_AUTHORIZED", "ACCESS_TOKEN_ISSUED"])


# ---- polling ------------------------------------------------------------------------------------


def test_polling_too_fast_lengthens_the_interval_each_time(new_device, database):
    """C1"""
    device = new_device()
    refused(device.poll(), "authorization_pending")
    for interval in (10, 15, 20):
        refused(device.poll(), "slow_down")
        assert database.device_code(device.user_code, "interval_s") == interval


def test_polling_slowly_enough_is_never_slowed_down(new_device, database):
    """C1"""
    device = new_device()
    database.set_device_code(device.user_code, "interval_s", 1)
    threading.Event().wait(1.1)
    refused(device.poll(), "authorization_pending")
    threading.Event().wait(1.1)
    refused(device.poll(), "authorization_pending")
    assert database.device_code(device.user_code, "interval_s") == 1


def test_each_fate_of_a_code_has_its_error(new_device, admin, database):
    """C2"""
    denied, expired, used = new_device(), new_device(), new_device()
    admin.deny(denied.user_code)
    admin.approve(used.user_code)
    assert used.poll().status == 200
    database.set_device_code(expired.user_code, "expires_ms", now_ms() - 1)
    unknown = new_device()
    unknown.code = unknown.code[:-1] + ("A" if unknown.code[-1] != "A" else "Q")
    with database.unchanged():
        refused(denied.poll(), "access_denied")
        refused(expired.poll(), "expired_token")
        refused(used.poll(), "invalid_grant")
        refused(unknown.poll(), "invalid_grant")


@pytest.mark.parametrize("code", ["", "x", "a.b", "A" * 66, "A" * 22 + "." + "A" * 43,
                                  "%00", "🦊", "A" * 5000])
def test_codes_that_were_never_issued_are_refused(http, server, database, code):
    """C2"""
    with database.unchanged():
        response = http.post("/oauth/token", {
            "grant_type": DEVICE_GRANT, "device_code": code, "client_id": server.client_id})
    refused(response, "invalid_grant" if code else "invalid_request")


def test_another_client_cannot_poll_with_the_code(new_device, admin, database, http):
    """C3, CVE-2023-2585"""
    device = new_device()
    admin.approve(device.user_code)
    stranger = database.add_client("Stranger")
    known = database.add_client("Known", secret="s3cret-of-known")
    fields = {"grant_type": DEVICE_GRANT, "device_code": device.code}
    with database.unchanged():
        refused(http.post("/oauth/token", {**fields, "client_id": stranger}), "invalid_grant")
        refused(http.post("/oauth/token", fields, [basic(known, "s3cret-of-known")]),
                "invalid_grant")
    assert device.poll().status == 200


@pytest.mark.parametrize("method", [None, "client_secret_post", "client_secret_basic"])
def test_a_confidential_client_has_to_authenticate_when_it_redeems(
        new_device, admin, database, http, method):
    """C4. Where it begins its name is enough, as golang.org/x/oauth2, oauth2c and others send
    no more; but a wrong secret is wrong there, too."""
    client = database.add_client("Kiosk", secret="kiosk-secret", auth_method=method)
    with database.unchanged():
        for wrong in ({"fields": {}, "headers": [basic(client, "wrong")]},
                      {"fields": {"client_id": client, "client_secret": "wrong"}, "headers": []}):
            refused(http.post("/oauth/device/code", *wrong.values()), "invalid_client", 401)
    device = new_device(client_id=client)
    device.secret = "kiosk-secret"
    device.credentials = lambda: [basic(client, "kiosk-secret")] if method != "client_secret_post" \
        else []
    device.identity = lambda: {} if method != "client_secret_post" else {
        "client_id": client, "client_secret": "kiosk-secret"}
    admin.approve(device.user_code)
    with database.unchanged():
        refused(http.post("/oauth/token", {
            "grant_type": DEVICE_GRANT, "device_code": device.code, "client_id": client}),
            "invalid_client", 401)
    assert device.poll().status == 200


@pytest.mark.nodes
def test_of_parallel_polls_after_approval_one_wins(new_device, admin, server, database):
    """C5, R4"""
    for _ in range(ROUNDS):
        device = new_device()
        admin.approve(device.user_code)
        tokens = database.count("access_tokens")
        assert sorted(poll_at_once(server, device, 64)) == [200] + [400] * 63
        assert database.count("access_tokens") == tokens + 1


def poll_at_once(server, device, number):
    clients = [server.client() for _ in range(number)]
    barrier = threading.Barrier(number)
    statuses = []

    def poll(client):
        client.get("/livez")  # the connection stands before the race begins
        barrier.wait()
        response = device.poll(client)
        assert response.status == 200 or response.error == "invalid_grant", response.text
        statuses.append(response.status)

    threads = [threading.Thread(target=poll, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    return statuses


# ---- user codes ---------------------------------------------------------------------------------


def test_guessing_user_codes_is_throttled_per_person(server, database):
    """C6: without help from the limits per address, which are off here."""
    database.add_user("guesser")
    with Browser(server) as browser:
        browser.sign_in("guesser")
        entry = browser.get("/device").form("/device/verify")
        for _ in range(10):
            assert browser.submit(entry, user_code="AAAA-AAAA").status == 400
        page = browser.submit(entry, user_code="AAAA-AAAA")
        assert page.status == 429
        assert int(page.response.header("retry-after")) >= 1


@pytest.mark.parametrize("spell", [
    str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("-", " "),
    lambda c: "  " + " ".join(c) + "  ", lambda c: c.replace("-", "--")])
def test_user_codes_are_accepted_as_people_type_them(new_device, admin, spell):
    """C7"""
    device = new_device()
    page = admin.review(spell(device.user_code))
    assert page.status == 200 and device.user_code in page.text


@pytest.mark.parametrize("spell", [
    lambda c: "%" * 8, lambda c: c[:-1] + "_", lambda c: c[:-1] + "%", lambda c: c + "A",
    lambda c: "".join(chr(ord(x) + 0xfee0) if x != "-" else x for x in c),
    lambda c: "' OR 1=1 --", lambda c: ""])
def test_user_codes_in_other_spellings_find_nothing(server, database, new_device, spell):
    """C7: full-width letters, wildcards of SQL, and so on.  Another person each
    time, because wrong codes are counted."""
    name = "speller-" + hashlib.sha256(repr(spell("ABCD-EFGH")).encode()).hexdigest()[:8]
    device = new_device()
    database.add_user(name)
    with Browser(server) as browser:
        browser.sign_in(name)
        entry = browser.get("/device").form("/device/verify")
        with database.unchanged():
            page = browser.submit(entry, user_code=spell(device.user_code))
        assert page.status == 400 and "wrong or has expired" in page.text


def test_a_user_code_with_a_nul_is_no_form(new_device, admin, database):
    """C7, B4: nothing ends at the NUL."""
    device = new_device()
    entry = admin.get("/device").form("/device/verify")
    with database.unchanged():
        page = admin.submit(entry, user_code=device.user_code + "\0")
    assert page.status == 400 and "malformed" in page.text


def test_user_codes_cannot_be_told_apart_by_their_fate(new_device, admin, database):
    """C13: unknown, expired, used and denied read the same."""
    expired, used, denied = new_device(), new_device(), new_device()
    admin.approve(used.user_code)
    admin.deny(denied.user_code)
    database.set_device_code(expired.user_code, "expires_ms", now_ms() - 1)
    texts = set()
    for code in ("AAAA-AAAA", expired.user_code, used.user_code, denied.user_code):
        page = admin.review(code)
        assert page.form("/device/verify").fields["user_code"] == code
        texts.add((page.status, page.text, page.response.text.replace(code, "")))
    assert len(texts) == 1


def test_user_codes_use_the_whole_alphabet_evenly(new_device):
    """C17: 3,000 letters over 31 kinds; a bias by modulo of a byte would not show
    here, but a missing or doubled letter does."""
    letters = "".join(new_device().user_code.replace("-", "") for _ in range(375))
    assert set(letters) == set(CODE_ALPHABET)
    expected = len(letters) / len(CODE_ALPHABET)
    assert all(expected / 2 < letters.count(c) < expected * 2 for c in CODE_ALPHABET)


# ---- deciding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("first,second", [("approve", "deny"), ("deny", "approve")])
def test_the_first_decision_is_final(new_device, admin, database, first, second):
    """C8"""
    device = new_device()
    review = admin.review(device.user_code)
    assert admin.decide(review, first).status == 200
    with database.unchanged():
        page = admin.decide(review, second)
    assert page.status == 409 and "decided already" in page.text
    assert device.poll().status == (200 if first == "approve" else 400)


def test_two_people_racing_to_decide_decide_once(new_device, admin, server, database):
    """C8: both have the review page open; the second click finds it decided."""
    database.add_user("rival")
    with Browser(server) as rival:
        rival.sign_in("rival")
        for _ in range(3):
            device = new_device()
            mine, theirs = admin.review(device.user_code), rival.review(device.user_code)
            pages = [None, None]

            def click(at, browser, page, action):
                pages[at] = browser.decide(page, action)

            threads = [threading.Thread(target=click, args=a) for a in (
                (0, admin, mine, "approve"), (1, rival, theirs, "deny"))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(p.status for p in pages) == [200, 409]
            assert device.poll().status == (200 if pages[0].status == 200 else 400)


def test_the_form_of_one_person_is_refused_from_another(new_device, admin, server, database):
    """C9"""
    database.add_user("mallory")
    device = new_device()
    review = admin.review(device.user_code)
    with Browser(server) as mallory:
        mallory.sign_in("mallory")
        with database.unchanged():
            assert mallory.decide(review, "approve").status == 403


def test_reviewing_cannot_be_skipped(new_device, admin, server, database):
    """C9, C11: the form alone, with a token of one's own, does not approve what
    this browser has not been shown."""
    shown, other = new_device(), new_device()
    review = admin.review(shown.user_code).form("/device/decide")
    with database.unchanged():
        assert admin.submit(review, user_code=other.user_code, action="approve").status == 409
    assert other.poll().error == "authorization_pending"


def test_the_complete_link_fills_the_field_and_decides_nothing(new_device, admin, database):
    """C11"""
    device = new_device()
    with database.unchanged():
        page = admin.get(f"/device?user_code={device.user_code}")
    assert page.form("/device/verify").fields["user_code"] == device.user_code
    assert [f.action for f in page.forms] == ["/device/verify"]
    assert device.poll().error == "authorization_pending"


def test_the_review_shows_who_asks_and_warns(server, http, new_device, admin, database):
    """C11, C12"""
    client = database.add_client("Television in the lobby")
    device = new_device(client_id=client, scope="openid read",
                        headers=[("User-Agent", "lobby-tv/1.0")])
    text = admin.review(device.user_code).text
    for told in ("Television in the lobby", device.user_code, "openid", "read", "127.0.0.1",
                 "lobby-tv/1.0", "Did you start this yourself?", "ago", "admin"):
        assert told in text, told


def test_the_device_pages_want_a_person(visitor, new_device):
    """C10"""
    assert visitor.get("/device?user_code=AB").location == \
        "/login?next=%2Fdevice%3Fuser_code%3DAB"
    for target in ("/device/verify", "/device/decide"):
        page = visitor.post(target, {"user_code": "ABCD-EFGH"})
        assert (page.status, page.location) == \
            (303, "/login?next=%2Fdevice%3Fuser_code%3DABCD-EFGH")


# ---- what happens meanwhile ---------------------------------------------------------------------


@pytest.mark.parametrize("column,value", [("status", "disabled"), ("status", "pending")])
def test_a_client_disabled_meanwhile_gets_nothing(
        new_device, admin, database, column, value):
    """C14"""
    client = database.add_client("Soon gone")
    undecided, approved = new_device(client_id=client), new_device(client_id=client)
    admin.approve(approved.user_code)
    database.set_client(client, column, value)
    with database.unchanged():
        refused(approved.poll(), "invalid_client", 401)
        assert admin.review(undecided.user_code).status == 400


def test_a_client_deleted_meanwhile_gets_nothing(new_device, admin, database):
    """C14"""
    client = database.add_client("Soon deleted")
    device = new_device(client_id=client)
    admin.approve(device.user_code)
    database.delete_client(client)
    with database.unchanged():
        refused(device.poll(), "invalid_client", 401)


def test_a_user_disabled_meanwhile_gives_nothing(server, new_device, database):
    """C14"""
    database.add_user("leaver")
    device = new_device()
    with Browser(server) as leaver:
        leaver.sign_in("leaver")
        leaver.approve(device.user_code)
        database.set_disabled("leaver")
        tokens = database.count("access_tokens")
        refused(device.poll(), "access_denied")
        assert database.count("access_tokens") == tokens
        assert leaver.get("/device").status == 303


def test_a_client_without_the_grant_cannot_begin(http, database):
    client = database.add_client("No devices", grants=["authorization_code"])
    with database.unchanged():
        refused(http.post("/oauth/device/code", {"client_id": client}), "unauthorized_client")


def test_a_device_that_signs_in_gets_the_scopes_that_are_known(new_device, admin):
    """OpenID Connect Core section 3.1.2.1"""
    device = new_device(scope="openid groups profile address")
    admin.approve(device.user_code)
    assert device.poll().json()["scope"] == "openid profile"


@pytest.mark.parametrize("scope", ["profile admin", "payroll", "openid\tprofile", "x" * 9000,
                                   'openid "', "öpenid", "   "])
def test_scopes_the_client_may_not_ask_for_are_refused(http, server, database, scope):
    with database.unchanged():
        refused(http.post("/oauth/device/code", {
            "client_id": server.client_id, "scope": scope}), "invalid_scope")


# ---- what is kept -------------------------------------------------------------------------------


def test_no_code_and_no_token_is_kept_or_logged_in_a_usable_form(server, new_device, admin):
    """C16, L1: looks for the text in every file of the server, log included."""
    device = new_device()
    admin.approve(device.user_code)
    token = device.poll().json()["access_token"]
    secret = device.code.split(".")[1]
    session = admin.cookies["authgate_session"].split(".")[1]
    kept = server.kept()
    for text in (device.code, secret, token, token.split(".")[2], session):
        assert text.encode() not in kept
    assert device.user_code.encode() not in kept and \
        device.user_code.replace("-", "") not in server.log
    # The search itself works: ids and digests are there.
    assert hashlib.sha256(token.encode()).digest() in kept


def test_codes_are_long_and_never_repeat(new_device):
    """C16, B39: 256 random bits after the id."""
    codes = {new_device().code for _ in range(20)}
    assert len({c.split(".")[1] for c in codes}) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", c) for c in codes)
