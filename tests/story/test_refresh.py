"""Refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14). Ids in docstrings, as B31, are rows
of the catalogue of attacks.

Public apps rotate and confidential ones do not, unless the configuration says otherwise."""

import pytest

from browser import Browser
from cluster import serve
from database import DEVICE_GRANT, now_ms
from device import Device
from race import ROUNDS, at_once
from running import Server
from app import App


def refused(response, error, status=400):
    assert (response.status, response.error) == (status, error), response.text
    assert response.header("cache-control") == "no-store"


def renewed(response):
    assert response.status == 200, response.text
    return response.json()


def age_uses(database, by_ms=31_000):
    """As if all uses of rotated tokens were longer ago."""
    database.execute("UPDATE refresh_tokens SET used_ms = used_ms - ?", by_ms)


# ---- the ordinary way ---------------------------------------------------------------------------


def test_a_fixed_token_stays_as_it_is(app, admin):
    first = app.lasting_tokens(admin)
    seen = {first["access_token"]}
    for _ in range(3):
        answer = renewed(app.refresh(first["refresh_token"]))
        assert answer["refresh_token"] == first["refresh_token"]
        assert answer["scope"] == "openid profile offline_access"
        seen.add(answer["access_token"])
    assert len(seen) == 4 and all(app.is_alive(token) for token in seen)


def test_a_rotating_token_changes_every_time(spa, admin):
    tokens = spa.lasting_tokens(admin)
    seen = set()
    for _ in range(4):
        seen.add(tokens["refresh_token"])
        tokens = renewed(spa.refresh(tokens["refresh_token"]))
    assert len(seen | {tokens["refresh_token"]}) == 5


def test_each_refresh_is_in_the_audit_trail_once(app, admin, database):
    token = app.lasting_tokens(admin)["refresh_token"]
    before = len(database.events("TOKEN_REFRESHED"))
    renewed(app.refresh(token))
    assert len(database.events("TOKEN_REFRESHED")) == before + 1


def test_the_id_token_of_a_refresh_is_of_the_same_sign_in(app, admin):
    """OpenID Connect Core section 12.2"""
    tokens = app.lasting_tokens(admin, nonce="n-1")
    old = app.id_claims(tokens["id_token"])
    new = app.id_claims(renewed(app.refresh(tokens["refresh_token"]))["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "azp", "sid"):
        assert new[name] == old[name], name
    assert new["iat"] >= old["iat"]
    assert new.get("nonce") in (None, "n-1")
    assert new["at_hash"] != old["at_hash"]


def test_device_apps_refresh_as_well(new_app, admin, server, http):
    tv = new_app("Television", grants=[DEVICE_GRANT, "refresh_token"])
    device = Device(server, client_id=tv.client_id, scope="openid offline_access", http=http)
    admin.approve(device.user_code)
    tokens = renewed(device.poll())
    assert renewed(tv.refresh(tokens["refresh_token"]))["access_token"]


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("token", [
    "", "x", "a.b", "A" * 66, "A" * 22 + "." + "A" * 43, "%00", "🦊", "A" * 5000], ids=repr)
def test_tokens_that_were_never_issued_are_refused(app, database, token):
    """B27"""
    with database.unchanged():
        refused(app.refresh(token), "invalid_grant" if token else "invalid_request")


def test_a_token_is_refused_if_one_letter_of_its_secret_differs(app, admin, database):
    """B27: the row is found by the other half."""
    token = app.lasting_tokens(admin)["refresh_token"]
    row, secret = token.split(".")
    other = "A" if secret[0] != "A" else "B"
    with database.unchanged():
        refused(app.refresh(f"{row}.{other}{secret[1:]}"), "invalid_grant")
        refused(app.refresh(f"{row}.{'A' * len(secret)}"), "invalid_grant")
        assert app.introspect(f"{row}.{other}{secret[1:]}").json() == {"active": False}
    renewed(app.refresh(token))


def test_other_kinds_of_tokens_do_not_refresh(app, admin, database):
    """B27, E9"""
    tokens = app.lasting_tokens(admin)
    code = app.code(admin)
    with database.unchanged():
        for text in (tokens["access_token"], tokens["id_token"], code,
                     tokens["refresh_token"].split(".")[0], tokens["refresh_token"] + "\0",
                     tokens["refresh_token"].upper()):
            refused(app.refresh(text), "invalid_grant") if "\0" not in text else \
                refused(app.refresh(text), "invalid_request")


def test_a_token_of_one_app_is_nothing_to_another(app, new_app, spa, admin, database):
    """B28: and harms nothing."""
    token = app.lasting_tokens(admin)["refresh_token"]
    mine = spa.lasting_tokens(admin)["refresh_token"]
    other, public = new_app(secret="other"), new_app()
    with database.unchanged():
        for text in (token, mine):
            refused(other.refresh(text), "invalid_grant")
            refused(public.refresh(text), "invalid_grant")
    renewed(app.refresh(token))
    renewed(spa.refresh(mine))


def test_scopes_narrow_for_one_answer_and_never_widen(app, spa, admin, database):
    """B29"""
    for client in (app, spa):
        token = client.lasting_tokens(admin)["refresh_token"]
        with database.unchanged():
            refused(client.refresh(token, scope="openid email"), "invalid_scope")
            refused(client.refresh(token, scope="openid write"), "invalid_scope")
        # What the sign-in ignored is ignored here, too.
        narrow = renewed(client.refresh(token, scope="openid groups"))
        assert narrow["scope"] == "openid"
        again = renewed(client.refresh(narrow["refresh_token"]))
        assert again["scope"] == "openid profile offline_access"


@pytest.mark.parametrize("table,column", [
    ("refresh_tokens", "revoked_ms"), ("families", "revoked_ms"), ("families", "disabled_ms"),
    ("refresh_tokens", "expires_ms"), ("families", "expires_ms")])
def test_dead_tokens_stay_dead(app, admin, database, table, column):
    """B30"""
    token = app.lasting_tokens(admin)["refresh_token"]
    newest = f"(SELECT id FROM {table} ORDER BY id DESC LIMIT 1)"
    assert database.execute(f"UPDATE {table} SET {column} = ? WHERE id = {newest}",
                            now_ms() - 1) == 1
    with database.unchanged():
        refused(app.refresh(token), "invalid_grant")


def test_a_refresh_token_does_not_outlive_its_family(spa, admin, database):
    """B30: rotating for ever is no way around the absolute lifetime."""
    token = spa.lasting_tokens(admin)["refresh_token"]
    end = now_ms() + 5_000
    database.execute("UPDATE families SET expires_ms = ? WHERE id ="
                     " (SELECT id FROM families ORDER BY id DESC LIMIT 1)",
                     end)
    renewed(spa.refresh(token))
    assert database.value("SELECT expires_ms FROM refresh_tokens ORDER BY id DESC LIMIT 1") <= end


def test_a_disabled_client_gets_nothing(new_app, admin, database):
    """B30"""
    app = new_app(secret="s")
    token = app.lasting_tokens(admin)["refresh_token"]
    database.set_client(app.client_id, "status", "disabled")
    with database.unchanged():
        refused(app.refresh(token), "invalid_client", 401)


def test_the_grant_has_to_be_allowed(new_app, admin, database):
    """B15"""
    app = new_app(secret="s")
    token = app.lasting_tokens(admin)["refresh_token"]
    database.set_client(app.client_id, "grants", "authorization_code")
    with database.unchanged():
        refused(app.refresh(token), "unauthorized_client")


def test_rauthy_0_32_4_what_was_lost_is_lost_at_the_next_refresh(
        new_app, server, database):
    """B36"""
    app = new_app(secret="s")
    database.add_user("refresh-leaver")
    with Browser(server) as leaver:
        leaver.sign_in("refresh-leaver")
        token = app.lasting_tokens(leaver, scope="openid email offline_access")["refresh_token"]
    database.set_client(app.client_id, "scopes", "openid offline_access")
    assert renewed(app.refresh(token))["scope"] == "openid offline_access"
    database.set_disabled("refresh-leaver")
    with database.unchanged():
        refused(app.refresh(token), "invalid_grant")
    database.set_disabled("refresh-leaver", False)
    renewed(app.refresh(token))


# ---- rotation -----------------------------------------------------------------------------------


def test_reuse_after_the_window_kills_the_family(spa, admin, database):
    """B31"""
    first = spa.lasting_tokens(admin)
    second = renewed(spa.refresh(first["refresh_token"]))
    third = renewed(spa.refresh(second["refresh_token"]))
    age_uses(database)
    before = len(database.events("SUSPICIOUS_ACTIVITY"))
    refused(spa.refresh(first["refresh_token"]), "invalid_grant")
    for tokens in (first, second, third):
        assert not spa.is_alive(tokens["access_token"])
        refused(spa.refresh(tokens["refresh_token"]), "invalid_grant")
    assert len(database.events("SUSPICIOUS_ACTIVITY")) == before + 1


def test_reuse_kills_no_other_family(spa, admin, database):
    """B31"""
    other, first = spa.lasting_tokens(admin), spa.lasting_tokens(admin)
    renewed(spa.refresh(first["refresh_token"]))
    age_uses(database)
    refused(spa.refresh(first["refresh_token"]), "invalid_grant")
    assert spa.is_alive(other["access_token"])
    renewed(spa.refresh(other["refresh_token"]))


def test_a_retry_within_the_window_gets_the_same_successor(spa, admin):
    """B33: the reply got lost."""
    token = spa.lasting_tokens(admin)["refresh_token"]
    answers = [renewed(spa.refresh(token)) for _ in range(3)]
    assert len({a["refresh_token"] for a in answers}) == 1
    assert len({a["access_token"] for a in answers}) == 3
    renewed(spa.refresh(answers[0]["refresh_token"]))


def test_a_used_successor_closes_the_window_of_its_predecessor(spa, admin, database):
    """B31, B33: whoever used it had the answer; who comes with the old token now is another."""
    first = spa.lasting_tokens(admin)["refresh_token"]
    second = renewed(spa.refresh(first))["refresh_token"]
    third = renewed(spa.refresh(second))
    before = len(database.events("SUSPICIOUS_ACTIVITY"))
    refused(spa.refresh(first), "invalid_grant")
    refused(spa.refresh(third["refresh_token"]), "invalid_grant")
    assert not spa.is_alive(third["access_token"])
    assert len(database.events("SUSPICIOUS_ACTIVITY")) == before + 1


@pytest.mark.parametrize("replayed", [0, 1, 2])
def test_a_chain_of_refreshes_cannot_be_walked_by_who_holds_an_old_token(spa, admin, replayed):
    chain = [spa.lasting_tokens(admin)["refresh_token"]]
    for _ in range(3):
        chain.append(renewed(spa.refresh(chain[-1]))["refresh_token"])
    if replayed == 2:   # the newest exchange may be repeated: its answer may have got lost
        assert renewed(spa.refresh(chain[2]))["refresh_token"] == chain[3]
        renewed(spa.refresh(chain[3]))
    refused(spa.refresh(chain[replayed], scope="openid"), "invalid_grant")
    refused(spa.refresh(chain[3]), "invalid_grant")


@pytest.mark.nodes
def test_a_retry_that_races_the_use_of_its_successor_is_one_or_the_other(spa, admin):
    """Either the retry came first and got the successor once more, or it ends the family."""
    for _ in range(ROUNDS * 4):
        first = spa.lasting_tokens(admin)["refresh_token"]
        second = renewed(spa.refresh(first))["refresh_token"]
        retry, use = at_once(spa.server, lambda http, i, pair=(first, second): spa.refresh(
            pair[i], http), 2)
        if retry.status == 200:
            assert retry.json()["refresh_token"] == second and use.status == 200
            renewed(spa.refresh(use.json()["refresh_token"]))
        else:
            refused(retry, "invalid_grant")
            assert use.status == 400 or not spa.is_alive(use.json()["access_token"])


def test_the_successor_is_not_kept_in_a_usable_form(spa, admin, server, database):
    """B33, L1"""
    token = spa.lasting_tokens(admin)["refresh_token"]
    successor = renewed(spa.refresh(token))["refresh_token"]
    assert database.value("SELECT count(*) FROM refresh_tokens WHERE successor_sealed IS NOT NULL")
    kept = server.kept()
    assert successor.split(".")[1].encode() not in kept


def test_cve_2026_9802_a_restart_does_not_revive_the_old_token(spa, admin, server, database):
    """B34"""
    first = spa.lasting_tokens(admin)
    second = renewed(spa.refresh(first["refresh_token"]))
    server.restart()
    age_uses(database)
    refused(spa.refresh(first["refresh_token"]), "invalid_grant")
    refused(spa.refresh(second["refresh_token"]), "invalid_grant")
    assert not spa.is_alive(second["access_token"])


def test_a_crash_does_not_revive_the_old_token(spa, admin, server, database):
    """B34, M9"""
    first = spa.lasting_tokens(admin)
    second = renewed(spa.refresh(first["refresh_token"]))
    server.kill()
    server.start()
    age_uses(database)
    refused(spa.refresh(first["refresh_token"]), "invalid_grant")
    refused(spa.refresh(second["refresh_token"]), "invalid_grant")


def test_a_restart_within_the_window_changes_nothing_for_an_honest_client(spa, admin, server):
    """B33"""
    token = spa.lasting_tokens(admin)["refresh_token"]
    successor = renewed(spa.refresh(token))["refresh_token"]
    server.restart()
    assert renewed(spa.refresh(token))["refresh_token"] == successor


# ---- races --------------------------------------------------------------------------------------


@pytest.mark.nodes
def test_parallel_uses_of_a_fixed_token_all_win(app, admin, database):
    """B35, R4"""
    for _ in range(ROUNDS):
        token = app.lasting_tokens(admin)["refresh_token"]
        answers = [renewed(r) for r in at_once(
            app.server, lambda http, _: app.refresh(token, http))]
        assert len({a["access_token"] for a in answers}) == len(answers)
        assert {a["refresh_token"] for a in answers} == {token}
    assert database.value("SELECT max(used_ms) FROM families") <= now_ms()


@pytest.mark.nodes
def test_cve_2026_1035_parallel_uses_of_a_rotating_token_have_one_successor(
        spa, admin, database):
    """B32, R4: the others are retries within the window."""
    for _ in range(ROUNDS):
        token = spa.lasting_tokens(admin)["refresh_token"]
        before = database.count("refresh_tokens")
        answers = [renewed(r) for r in at_once(
            spa.server, lambda http, _: spa.refresh(token, http))]
        assert len({a["refresh_token"] for a in answers}) == 1
        assert database.count("refresh_tokens") == before + 1
        renewed(spa.refresh(answers[0]["refresh_token"]))


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server without a window, that rotates for everybody."""
    with serve(tmp_path_factory.mktemp("strict"), REFRESH_TOKEN_RETRY_WINDOW="0s",
                ENABLE_TOKEN_ROTATION="true") as server:
        yield server


@pytest.fixture
def strict_app(strict):
    with strict.client() as http:
        yield App.register(strict, http, secret="s")


@pytest.fixture(scope="module")
def strict_cookies(strict):
    with Browser(strict) as browser:
        browser.sign_in()
        return dict(browser.cookies)


@pytest.fixture
def strict_admin(strict, strict_cookies):
    with Browser(strict) as browser:
        browser.cookies = dict(strict_cookies)
        yield browser


@pytest.mark.nodes
def test_without_a_window_one_of_parallel_uses_wins_and_the_others_end_the_family(
        strict, strict_app, strict_admin):
    """B32, R4: of two parties at the same instant, nobody knows which is the thief."""
    for _ in range(ROUNDS):
        token = strict_app.lasting_tokens(strict_admin)["refresh_token"]
        before = strict.database.count("refresh_tokens")
        replies = at_once(strict, lambda http, _: strict_app.refresh(token, http))
        winners = [r for r in replies if r.status == 200]
        assert len(winners) == 1
        for reply in replies:
            if reply.status != 200:
                refused(reply, "invalid_grant")
        assert strict.database.count("refresh_tokens") == before + 1
        assert not strict_app.is_alive(winners[0].json()["access_token"])
        refused(strict_app.refresh(winners[0].json()["refresh_token"]), "invalid_grant")


def test_without_a_window_reuse_kills_the_family_at_once(strict, strict_app, strict_admin):
    """B31, B33"""
    first = strict_app.lasting_tokens(strict_admin)
    second = renewed(strict_app.refresh(first["refresh_token"]))
    refused(strict_app.refresh(first["refresh_token"]), "invalid_grant")
    refused(strict_app.refresh(second["refresh_token"]), "invalid_grant")
    assert not strict_app.is_alive(second["access_token"])


@pytest.mark.nodes
def test_revoking_during_refreshes_leaves_nothing_alive(app, spa, admin):
    """R4: whichever comes first."""
    for i in range(ROUNDS * 2):
        client = (app, spa)[i % 2]
        token = client.lasting_tokens(admin)["refresh_token"]

        def act(http, i):
            if i == 7:
                return client.post("/oauth/revoke", {"token": token}, http)
            return client.refresh(token, http)

        replies = at_once(client.server, act, 16)
        assert replies.pop(7).status == 200
        for reply in replies:
            if reply.status == 200:
                assert not client.is_alive(reply.json()["access_token"])
                refused(client.refresh(reply.json()["refresh_token"]), "invalid_grant")
            else:
                refused(reply, "invalid_grant")
        refused(client.refresh(token), "invalid_grant")


# ---- clients that do not ask for it -------------------------------------------------------------


def test_a_client_that_always_lasts_need_not_ask_for_it(new_app, admin, database):
    """As those of the Go original, which gave a refresh token to everybody."""
    lasting = new_app(secret="s", columns={"refresh_always": 1})
    tokens = lasting.tokens(admin, scope="openid read")
    assert tokens["scope"] == "openid read"
    for _ in range(3):
        tokens = renewed(lasting.refresh(tokens["refresh_token"]))
        assert tokens["scope"] == "openid read"
    assert "refresh_token" not in new_app(secret="s").tokens(admin, scope="openid read")
    database.set_client(lasting.client_id, "grants", "authorization_code")
    assert "refresh_token" not in lasting.tokens(admin, scope="openid read")


def test_who_is_asked_is_told_that_the_client_will_last(new_app, new_device, admin, database):
    words = "Keep access while you are away"
    for lasts in (0, 1):
        app = new_app(secret="s", columns={"refresh_always": lasts})
        page = app.start(admin, scope="openid")
        while page.status == 303:
            page = admin.get(page.location)
        assert (words in page.text) == bool(lasts), page.text


def test_the_first_client_lasts(server, new_device, admin):
    """The programs of the Go original ask for `read write`, and expect to be refreshed."""
    device = new_device(scope="read write")
    admin.approve(device.user_code)
    tokens = device.poll().json()
    assert tokens["scope"] == "read write"
    again = device.http.post("/oauth/token", {
        "grant_type": "refresh_token", "client_id": server.client_id,
        "refresh_token": tokens["refresh_token"]}).json()
    assert again["scope"] == "read write" and again["refresh_token"]
