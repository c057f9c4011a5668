"""Pages for administrators: what the API does, for people, with the same judges and changes."""

import re

import pytest

from admin import ByRequest
from browser import Browser
from routes import face_routes
from running import ADMIN_PASSWORD

NOBODY = "0190b5c0-0000-7000-8000-000000000000"


@pytest.fixture
def api(server):
    return ByRequest(server)


@pytest.fixture
def made(api):
    return api("client", "create", name="Dashboard", grants=["code", "refresh"],
               redirect_uris=["https://dash.example/callback"])


@pytest.fixture(scope="module")
def bob_cookies(server):
    server.database.add_user("bob")
    with Browser(server) as browser:
        assert browser.sign_in("bob").status == 303
        return dict(browser.cookies)


@pytest.fixture
def bob(server, bob_cookies):
    with Browser(server) as browser:
        browser.cookies = dict(bob_cookies)
        yield browser


def age_newest_session(database, ms=16 * 60 * 1000):
    database.execute(f"UPDATE sessions SET created_ms = created_ms - {ms} WHERE id = "
                     "(SELECT id FROM sessions ORDER BY id DESC LIMIT 1)")


# ---- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [r for r, *_ in face_routes()], ids=str)
def test_a_stranger_to_the_role_is_refused_and_changes_nothing(bob, visitor, database, made, route):
    """I1, F10: an ordinary person with a good form token of their own."""
    token = bob.get("/account").form("/account/password").fields["csrf_token"]
    before = database.rows("SELECT id, status, updated_ms, name FROM clients ORDER BY id")
    path = re.sub(r":\w+", made["client_id"], route.pattern)
    fields = {"csrf_token": token, "client_name": "Mine", "enable_device_flow": "true", "version": ""}
    page = bob.get(path) if route.method == "GET" else bob.post(path, fields)
    assert page.status == 403, page.text
    page = visitor.get(path) if route.method == "GET" else visitor.post(path, fields)
    assert page.status == 303 and page.location.startswith("/login?next=%2Fadmin")
    assert database.rows("SELECT id, status, updated_ms, name FROM clients ORDER BY id") == before


@pytest.mark.parametrize("route", [r for r, *_ in face_routes() if r.method == "POST"], ids=str)
def test_a_form_from_elsewhere_or_without_its_token_changes_nothing(admin, database, made, route):
    """F10, F11."""
    before = database.rows("SELECT id, status, updated_ms, name FROM clients ORDER BY id")
    path = re.sub(r":\w+", made["client_id"], route.pattern)
    good = admin.get("/account").form("/account/password").fields["csrf_token"]
    assert admin.post(path, {"client_name": "x", "enable_device_flow": "true"}).status == 403
    assert admin.post(path, {"csrf_token": "A" * 43, "client_name": "x"}).status == 403
    for headers in ([("Origin", "https://evil.example")], [("Origin", "null")],
                    [("Sec-Fetch-Site", "cross-site")]):
        assert admin.post(path, {"csrf_token": good, "client_name": "x"}, headers).status == 403
    assert database.rows("SELECT id, status, updated_ms, name FROM clients ORDER BY id") == before


SHOWN = {"clients", "users"}  # what has a page of its own


@pytest.mark.parametrize("route", [r for r, *_ in face_routes() if ":" in r.pattern], ids=str)
def test_what_is_not_there_is_not_found(admin, route):
    token = admin.get("/account").form("/account/password").fields["csrf_token"]
    for name in (NOBODY, "%00", "..%2f", "x" * 300):
        path = re.sub(r":\w+", name, route.pattern)
        page = admin.get(path) if route.method == "GET" else admin.post(path, {"csrf_token": token})
        asks = route.method == "GET" and route.pattern.split("/")[2] not in SHOWN
        assert page.status in (400, 404, 409) or (asks and page.status == 200), (path, page.status, page.text)


def test_whoever_loses_the_role_loses_the_pages_at_once(server, database):
    """F7: a session of before."""
    database.add_user("carol")
    database.execute("UPDATE users SET role = 'admin' WHERE username = 'carol'")
    with Browser(server) as carol:
        carol.sign_in("carol")
        assert carol.get("/admin/clients").status == 200
        database.execute("UPDATE users SET role = 'user' WHERE username = 'carol'")
        assert carol.get("/admin/clients").status == 403


@pytest.mark.parametrize("operation", ["edit", "delete", "disable"])
def test_an_old_sign_in_may_look_and_is_asked_again_before_it_changes(server, database, made, api, operation):
    with Browser(server) as browser:
        browser.sign_in()
        path = f"/admin/clients/{made['client_id']}/{operation}"
        form = browser.get(path).forms[0]
        age_newest_session(database)
        assert browser.get("/admin/clients").status == 200
        page = browser.get(path)
        assert page.status == 303 and page.location.startswith("/login?next=%2Fadmin%2Fclients%2F")
        asked = browser.get(page.location)
        assert asked.form("/login").fields["username"] == "admin"
        sent = browser.submit(form)
        assert sent.status == 303 and sent.location == page.location
        wrong = browser.submit(asked.form("/login"), password="wrong wrong wrong")
        assert wrong.status == 401 and wrong.form("/login").fields["confirm"] == "1"
        page = browser.submit(asked.form("/login"), password=ADMIN_PASSWORD)
        assert page.location == path
        assert browser.get(path).status == 200
        assert api("client", "show", made["client_id"])["status"] == "active"


# ---- clients --------------------------------------------------------------------------------------


def test_a_client_is_made_shown_changed_and_deleted(admin, api, database):
    page = admin.get("/admin/clients/new")
    once = admin.submit(page.form("/admin/clients"), client_name="Shop", redirect_uris="https://shop.example/a\r\n"
                        "https://shop.example/b,c, https://shop.example/d", enable_auth_code_flow="true",
                        **{"grants.refresh": "true"}, scopes="openid profile")
    assert once.status == 200 and "shown only once" in once.text
    assert once.response.header("cache-control") == "no-store"
    secret = re.search(r"ags_[A-Za-z0-9_-]+|[A-Za-z0-9_-]{40,}", once.response.text.split("Client secret")[1]).group()
    address = next(a["href"] for tag, a in once.tags if tag == "a" and a.get("class") == "button main")
    made = api("client", "show", address.rsplit("/", 1)[1])
    assert made["redirect_uris"] == ["https://shop.example/a", "https://shop.example/b,c", "https://shop.example/d"]
    assert sorted(made["grants"]) == ["authorization_code", "refresh_token"]
    item = admin.get(address)
    assert item.status == 200 and "Shop" in item.text and secret not in item.response.text
    edit = admin.get(address + "/edit").form(address)
    done = admin.submit(edit, client_name="Shop 2", require_pkce="true")
    assert done.status == 303, done.text
    assert admin.get(done.location).status == 200
    made = api("client", "show", address.rsplit("/", 1)[1])
    assert made["name"] == "Shop 2" and made["require_pkce"] is True and len(made["redirect_uris"]) == 3
    again = admin.get(address + "/edit").form(address)
    again.fields.pop("require_pkce")
    assert admin.submit(again).status == 303
    assert api("client", "show", address.rsplit("/", 1)[1])["require_pkce"] is False
    gone = admin.submit(admin.get(address + "/delete").forms[0])
    assert gone.location == "/admin/clients?done=client.delete"
    assert "Done" in admin.get(gone.location).text and admin.get(address).status == 404


def test_what_the_original_s_programs_send_is_taken(admin, api):
    """Its form fields, without those that our forms add."""
    token = admin.get("/admin/clients/new").form("/admin/clients").fields["csrf_token"]
    page = admin.post("/admin/clients", {"csrf_token": token, "client_name": "Go", "client_type": "public",
                                         "enable_device_flow": "true", "enable_auth_code_flow": "true",
                                         "scopes": "openid email", "redirect_uris": "https://a.example/,https://b.example/"})
    assert page.status == 303, page.text
    address = page.location.split("?")[0]
    token = admin.get(address + "/edit").form(address).fields["csrf_token"]
    assert admin.post(address, {"csrf_token": token, "client_name": "Go 2"}).status == 303
    made = api("client", "show", address.rsplit("/", 1)[1])
    assert made["name"] == "Go 2" and made["type"] == "public" and len(made["grants"]) == 2
    assert made["redirect_uris"] == ["https://a.example/", "https://b.example/"]


@pytest.mark.parametrize("wrong, why", [
    ({"client_name": ""}, "name"),
    ({"redirect_uris": "javascript:alert(1)"}, "redirect_uris"),
    ({"redirect_uris": "https://shop.example/#x"}, "redirect_uris"),
    ({"client_type": "secret"}, "type"),
    ({"scopes": 'a"b'}, "scope"),
])
def test_what_is_wrong_is_said_on_the_form_with_what_was_typed(admin, database, wrong, why):
    """A6, A7, F13: nothing is made, and what was typed is text."""
    count = database.count("clients")
    form = admin.get("/admin/clients/new").form("/admin/clients")
    page = admin.submit(form, **{"client_name": "<img src=x>", "redirect_uris": "https://shop.example/",
                                 "enable_auth_code_flow": "true", **wrong})
    assert page.status == 400 and why in page.text, page.text
    again = page.form("/admin/clients")
    assert again.fields["client_name"] == wrong.get("client_name", "<img src=x>")
    assert "<img src=x>" not in page.response.text
    assert again.fields["enable_auth_code_flow"] == "true"
    assert database.count("clients") == count


def test_what_somebody_else_has_changed_is_not_overwritten(admin, api, made):
    form = admin.get(f"/admin/clients/{made['client_id']}/edit").forms[0]
    api("client", "edit", made["client_id"], name="Theirs")
    page = admin.submit(form, client_name="Mine")
    assert page.status == 412 and "Somebody else" in page.text
    assert page.forms[0].fields["client_name"] == "Mine"
    assert api("client", "show", made["client_id"])["name"] == "Theirs"
    old = admin.get(f"/admin/clients/{made['client_id']}/disable").forms[0]
    api("client", "edit", made["client_id"], name="Theirs again")
    assert admin.submit(old).status == 412
    assert api("client", "show", made["client_id"])["status"] == "active"


def test_what_makes_no_sense_in_its_state_is_not_offered(admin, api, database, made):
    address = f"/admin/clients/{made['client_id']}"

    def offered():
        return {a["href"].rsplit("/", 1)[1] for tag, a in admin.get(address).tags
                if tag == "a" and a.get("href", "").startswith(address + "/")}
    assert {"disable", "edit", "regenerate-secret", "revoke-all", "delete", "authorizations"} == offered()
    assert admin.submit(admin.get(address + "/disable").forms[0]).location == address + "?done=client.disable"
    assert "enable" in offered() and "disable" not in offered()
    assert admin.submit(admin.get(address + "/enable").forms[0]).status == 303
    database.set_client(made["client_id"], "status", "pending")
    assert {"approve", "reject"} < offered()
    assert admin.submit(admin.get(address + "/approve").forms[0]).status == 303
    assert api("client", "show", made["client_id"])["status"] == "active"
    assert admin.submit(admin.get(address + "/regenerate-secret").forms[0], keep_old_for="tomorrow").status == 400
    page = admin.submit(admin.get(address + "/regenerate-secret").forms[0], keep_old_for="1h")
    assert page.status == 200 and "Client secret" in page.text


def test_a_search_finds_part_of_a_name_an_id_and_nothing_else(admin, api, made):
    api("client", "create", name="100% sure_thing", grants=["client"])
    found = lambda text: admin.get(f"/admin/clients?search={text}").text  # noqa: E731
    assert "Dashboard" in found("ASHB") and "sure_thing" not in found("ASHB")
    assert "sure_thing" in found("100%25") and "Dashboard" not in found("%25")
    assert "sure_thing" in found("e_t") and "Dashboard" not in found("_")
    assert "Dashboard" in found(made["client_id"])
    assert "Nothing matches" in found("%27%20OR%201=1--")
    assert "Nothing matches" in found("<script>") and "<script" not in found("%3Cscript%3E")
    assert [c["name"] for c in api("client", "list", search="sure_")["clients"]] == ["100% sure_thing"]


def test_a_list_goes_on_and_keeps_what_narrows_it(admin, api):
    for i in range(5):
        api("client", "create", name=f"Paged {i}", grants=["client"])
    seen, target = [], "/admin/clients?search=Paged&status=active&limit=2"
    while target:
        page = admin.get(target)
        seen += re.findall(r"Paged \d", " ".join(w for w in page.text.split("Name")[1:]))
        target = next((a["href"] for tag, a in page.tags if tag == "a" and "after=" in a.get("href", "")), None)
    assert sorted(seen) == [f"Paged {i}" for i in range(5)]


def test_every_look_is_in_the_trail_under_the_person(admin, database, made, api):
    admin.get(f"/admin/clients/{made['client_id']}")
    admin.submit(admin.get(f"/admin/clients/{made['client_id']}/disable").forms[0])
    (event, *_) = api("audit", "list", event="CLIENT_UPDATED")["events"]
    assert event["actor"] == "user:admin" and made["client_id"] in event["target"]
