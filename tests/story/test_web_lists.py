"""Long lists: a page looks at so many rows and no more, and nothing is lost between two pages."""

import re
import uuid

import pytest

from admin import ByRequest
from database import now_ms, uuid7
from running import Server

REACH = 5000  # lib/store/search.h
COUNTED = 10_000
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One with more ended grants, and more people, than a page looks at; the oldest two of each live."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        client = uuid.UUID(running.database.add_client("Long", secret="of nobody")).bytes
        running.database.add_user("heavy")
        (heavy,) = running.database.rows("SELECT id FROM users WHERE username = 'heavy'")[0]
        running.stop()  # it would sweep grants away that have no tokens yet
        fill(running.database, client, heavy)
        running.start()
        yield running


def fill(database, client, heavy):
    now = now_ms()
    ids = [uuid7(now - DAY_MS + i, i) for i in range(2 * REACH)]
    database.load("families", ("id", "kind", "client_id", "user_id", "scope", "created_ms", "revoked_ms"),
                  [(one, "code", client, heavy, "openid", now, now if i > 1 else None) for i, one in enumerate(ids)])
    database.load("access_tokens", ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms"),
                  [(uuid7(now - DAY_MS // 2 + i, i), one, bytes(32), "openid", now, now + DAY_MS)
                   for i, one in enumerate(ids)])
    database.load("users", ("id", "username", "full_name", "role", "created_ms", "updated_ms"),
                  [(one, f"person{i:05}", f"Mia Rossi {i:05}", "user", now, now) for i, one in enumerate(ids)])
    database.load("consents", ("user_id", "client_id", "scope", "granted_ms"), [(one, client, "openid", now) for one in ids])


@pytest.fixture
def api(server):
    return ByRequest(server)


@pytest.fixture
def client(database):
    return str(uuid.UUID(bytes=database.value("SELECT id FROM clients WHERE name = 'Long'")))


def pages(api, noun, verb, plural, name=None, **query):
    after = {}
    for _ in range(300):
        answer = api(noun, verb, name, **query, **after) if name else api(noun, verb, **query, **after)
        yield answer[plural]
        if "next" not in answer:
            return
        after = {"after": answer["next"]}
    raise AssertionError("there is no end")


def whole(*arguments, **query):
    return [row["id"] for page in pages(*arguments, **query) for row in page]


@pytest.mark.parametrize("noun", ["grant", "token"])
@pytest.mark.parametrize("narrowed", [(), ("user",), ("client",), ("user", "client")], ids="-".join)
def test_what_has_ended_is_passed_over_piece_by_piece(api, client, noun, narrowed):
    query = {"user": "heavy", "client": client}
    query = {name: query[name] for name in narrowed}
    found = list(pages(api, noun, "list", noun + "s", active=True, **query))
    assert found[0] == [] and sum(map(len, found)) == 2 and len(found) <= 2 * REACH // (REACH - 1) + 1


@pytest.mark.parametrize("noun", ["grant", "token"])
def test_a_whole_list_has_each_row_once(api, noun):
    rows = whole(api, noun, "list", noun + "s", user="heavy", limit=199)
    assert len(rows) == len(set(rows)) == 2 * REACH
    assert rows == sorted(rows, reverse=True)


def test_tokens_go_on_behind_one_that_has_been_swept_away(api, database):
    first = api("token", "list", user="heavy", limit=3)
    gone = uuid.UUID(first["next"]).bytes
    (row,) = database.rows("SELECT family_id, digest, scope, issued_ms, expires_ms FROM access_tokens WHERE id = ?", gone)
    database.execute("DELETE FROM access_tokens WHERE id = ?", gone)
    try:
        behind = api("token", "list", user="heavy", limit=199, after=first["next"])
        assert {row["id"] for row in api("token", "list", user="heavy", limit=5)["tokens"]} <= {
            row["id"] for row in first["tokens"] + behind["tokens"]}
    finally:
        database.load("access_tokens", ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms"), [(gone, *row)])


def test_who_let_a_client_in_is_passed_over_piece_by_piece(api, client, database):
    assert len(whole_users(api, client)) == 2 * REACH
    database.execute("UPDATE clients SET epoch_ms = 1 WHERE name = 'Long'")
    try:
        assert whole_users(api, client) == []
        assert "next" in api("client", "authorizations", client)
    finally:
        database.execute("UPDATE clients SET epoch_ms = 0 WHERE name = 'Long'")


def whole_users(api, client):
    return [row["user_id"] for page in pages(api, "client", "authorizations", "authorizations", client, limit=200)
            for row in page]


def test_counts_end_where_nobody_reads_on(admin, api):
    assert api("server", "status")["users"] == COUNTED
    assert f"{COUNTED}+ Users" in admin.get("/admin").text


def test_a_part_of_a_username_address_or_name_is_found(admin, api, database):
    found = lambda text, **query: [u["username"] for page in pages(  # noqa: E731
        api, "user", "list", "users", search=text, **query) for u in page]
    database.execute("UPDATE users SET email = 'somebody@rossi.example' WHERE username = 'person00007'")
    assert found("son00007") == ["person00007"]
    assert found("ROSSI 09999") == ["person09999"]
    assert found("@rossi.ex") == ["person00007"]
    assert found("Somebody@rossi.example") == ["person00007"]
    assert found("Rossi 0999", role="admin") == [] and len(found("Rossi 0999", role="user")) == 10
    assert found("%") == [] and found("_") == []
    page = admin.get("/admin/users?search=person0000&role=user")
    assert page.form("/admin/users").fields["search"] == "person0000"
    assert len(re.findall(r">person0000\d<", page.response.text)) == 10


def test_whoever_is_meant_comes_first_and_only_once(api, database):
    (one,) = database.rows("SELECT id FROM users WHERE username = 'person00003'")[0]
    database.execute("UPDATE users SET full_name = 'person00003 the second' WHERE username = 'person09000'")
    for text in ("person00003", "PERSON00003"):
        first, *others = pages(api, "user", "list", "users", search=text)
        assert [u["username"] for u in first] == ["person00003"]
        assert [u["username"] for page in others for u in page] == ["person09000"]
    assert next(pages(api, "user", "list", "users", search=str(uuid.UUID(bytes=one))))[0]["username"] == "person00003"
    assert next(pages(api, "user", "list", "users", search="person00003", role="admin")) == []
