"""What holds for every page and every form: nobody else can send it, frame it or write
into it.  Ids in docstrings are rows of the catalogue of attacks."""

import re
from urllib.parse import quote

import pytest

from browser import Browser
from device import Device
from routes import routes
from waiting import until
from wire import Connection

EVIL = "https://evil.example"
FORMS = [r for r in routes() if r.is_form]
PAYLOADS = ['"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>",
            "</title></textarea><svg onload=alert(1)>", "{{7*7}}${7*7}", "javascript:alert(1)",
            "<!--", "&lt;b&gt;", "\u202egnp.exe"]
TAGS = {"html", "head", "meta", "title", "link", "body", "a", "header", "img", "p", "span", "bdi",
        "main", "div", "h1", "h2", "form", "input", "label", "button", "section", "ul", "li", "dl",
        "dt", "dd", "code", "footer"}


def of_routes(rows):
    return pytest.mark.parametrize("route", rows, ids=str)


# ---- forms of others ----------------------------------------------------------------------------


@pytest.fixture
def other_token(server):
    """The form token of somebody else's visit."""
    with Browser(server) as other:
        return other.get("/login").form("/login").fields["csrf_token"]


@pytest.fixture
def own_token(admin):
    return admin.get("/device").form("/device/verify").fields["csrf_token"]


def test_the_table_of_forms_is_read():
    assert {"/login", "/logout", "/device/verify", "/device/decide"} <= {r.path for r in FORMS}


@of_routes(FORMS)
def test_every_form_is_guarded(route):
    """F10"""
    assert "ROUTE_CSRF" in route.flags and "ROUTE_FORM" in route.flags


@of_routes(FORMS)
def test_forms_without_our_token_are_refused(admin, own_token, other_token, database, route):
    """F10, C10: missing, empty, foreign, cut, changed, and twice."""
    changed = own_token[:-2] + ("AA" if own_token[-2:] != "AA" else "BB")
    wrong = [{}, {"csrf_token": ""}, {"csrf_token": other_token}, {"csrf_token": own_token[:-1]},
             {"csrf_token": changed}, {"csrf_token": own_token + "A"},
             {"csrf_token": own_token.swapcase()}]
    with database.unchanged():
        for fields in wrong:
            page = admin.post(route.path, {"username": "admin", "action": "approve", **fields})
            assert page.status == 403, fields
        assert admin.post(route.path, [("csrf_token", own_token)] * 2).status == 400


@of_routes(FORMS)
@pytest.mark.parametrize("headers", [
    [("Origin", EVIL)], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
    [("Origin", EVIL), ("Sec-Fetch-Site", "same-origin")],
    [("Origin", "http://127.0.0.1")]], ids=str)
def test_forms_from_elsewhere_are_refused_even_with_our_token(
        admin, own_token, database, route, headers):
    """F10: `null` is what sandboxed frames send; a port more or less is another origin."""
    with database.unchanged():
        page = admin.post(route.path, {"csrf_token": own_token}, headers)
    assert page.status == 403


@of_routes(FORMS)
def test_forms_of_our_pages_pass_the_guard(server, route):
    """F10: the opposite, so that the tests above cannot pass for another reason.
    Each sent by somebody of its own, because some of them end what others hold."""
    sender = f"sender{server.database.count('users')}"
    server.database.add_user(sender)
    if "ROUTE_OPERATE" in route.flags:
        server.database.execute(f"UPDATE users SET role = 'admin' WHERE username = '{sender}'")
    with Browser(server) as browser:
        browser.sign_in(sender)
        token = browser.get("/device").form("/device/verify").fields["csrf_token"]
        assert browser.post(route.path, {"csrf_token": token}).status != 403


@of_routes(FORMS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_forms_are_only_posted(admin, database, route, method):
    """F11, F9: looking at an address changes nothing."""
    with database.unchanged():
        response = admin.http.request(method, route.path, admin.headers())
    # A page about something that is not there.
    assert response.status in (200, 303, 405) or (response.status == 404 and (":" in route.pattern or route.pattern == "/invitation"))


@of_routes([r for r in FORMS if "ROUTE_LOGIN" in r.flags])
def test_forms_of_people_want_a_person(visitor, database, route):
    """C10"""
    token = visitor.get("/login").form("/login").fields["csrf_token"]
    with database.unchanged():
        page = visitor.post(route.path, {"csrf_token": token, "user_code": "ABCD-EFGH"})
    assert page.status in (303, 401)


@of_routes([r for r in routes() if "ROUTE_LOGIN" in r.flags and r.method == "GET"])
def test_pages_of_people_send_strangers_to_sign_in(visitor, route):
    page = visitor.get(route.path)
    assert page.status == 303 and page.location.startswith("/login")


# ---- headers ------------------------------------------------------------------------------------


def every_reply(admin):
    for route in routes():
        yield route, admin.http.request(route.method, route.path, admin.headers())
        yield route, admin.http.request("PATCH", route.path, admin.headers())
    yield None, admin.http.get("/nowhere", admin.headers())
    yield None, admin.http.get("/login?next=%zz", admin.headers())
    yield None, admin.http.post("/login", b"a=1&a=2", admin.headers())
    yield None, admin.http.get("/nowhere")


def test_every_reply_forbids_framing_sniffing_and_foreign_content(server, admin):
    """A29, F14, F16"""
    for route, response in every_reply(admin):
        about = f"{route}: {response}"
        policy = dict(p.strip().split(" ", 1)
                      for p in response.header("content-security-policy").split(";"))
        assert policy["default-src"] == "'none'", about
        assert policy["frame-ancestors"] == "'none'", about
        assert policy["base-uri"] == "'none'" and policy["form-action"] == "'self'", about
        assert "unsafe" not in str(policy) and "script-src" not in policy, about
        assert response.header("x-frame-options") == "DENY", about
        assert response.header("x-content-type-options") == "nosniff", about
        assert response.header("referrer-policy") == "same-origin", about
        assert response.header("cross-origin-opener-policy") == "same-origin", about
        assert response.header("strict-transport-security") is None, about
        assert response.header("server") in (None, ""), about
        assert response.header("x-request-id"), about
        if not (route and "ROUTE_CACHE" in route.flags and response.status == 200):
            assert response.header("cache-control") == "no-store", about
        if (response.header("content-type") or "").startswith("text/html"):
            assert response.header("content-type") == "text/html; charset=utf-8", about


def test_refusals_of_the_guard_of_heads_forbid_framing_too(server):
    """A29"""
    with Connection(server.port) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nAccept: text/html\r\n\r\n")
        assert connection.read().header("x-frame-options") == "DENY"


def test_static_files_are_cached_for_ever_by_their_hash(visitor):
    """F16"""
    found = [a.get("href") or a.get("src") for _, a in visitor.get("/login").tags]
    files = {f for f in found if f and f.startswith("/static/")}
    assert {f.rsplit(".", 1)[1] for f in files} == {"css", "svg"}
    for file in files:
        response = visitor.http.get(file)
        assert response.status == 200
        assert "immutable" in response.header("cache-control")
        assert visitor.http.get(file.replace(".", "x.")).status == 404


def test_pages_load_nothing_from_elsewhere(server, admin, visitor):
    """A39, F15, CVE-2024-1249: there is no script to talk to, and no frame for one."""
    assert "check_session_iframe" not in visitor.http.get(
        "/.well-known/openid-configuration").json()
    with Device(server) as device:
        pages = [visitor.get("/login"), admin.get("/"), admin.get("/device"),
                 admin.review(device.user_code), admin.get("/logout"), admin.get("/nowhere")]
    for page in pages:
        for tag, attributes in page.tags:
            assert tag not in ("script", "iframe", "frame", "object", "embed")
            for name in ("href", "src", "action"):
                assert not re.match(r"[a-z]*:|//", attributes.get(name, "/")), attributes


# ---- text of others -----------------------------------------------------------------------------


def assert_is_clean(page, payload=None):
    """Only elements and attributes of our templates; the payload is text."""
    for tag, attributes in page.tags:
        assert tag in TAGS, tag
        assert not [a for a in attributes if a.startswith("on") or a == "style"]
        for name in ("href", "src", "action"):
            assert attributes.get(name, "/").startswith(("/", "#")), attributes
    if payload:
        assert payload in page.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_request_brings_is_shown_as_text(admin, visitor, payload):
    """F13: in every field that is shown again, and in errors."""
    page = admin.get(f"/device?user_code={quote(payload)}")
    assert_is_clean(page)
    assert page.form("/device/verify").fields["user_code"] == payload
    page = admin.review(payload)
    assert_is_clean(page)
    assert_is_clean(visitor.get(f"/login?next={quote(payload)}"))
    login = visitor.get("/login").form("/login")
    page = visitor.submit(login, username=payload, password="x")
    assert_is_clean(page)
    assert page.form("/login").fields["username"] == payload
    assert_is_clean(visitor.post("/login", [(payload, "1"), (payload, "2")]))
    assert_is_clean(visitor.get("/" + quote(payload)))
    assert_is_clean(visitor.get("/login?" + quote(payload) + "=1&" + quote(payload) + "=2"))


@pytest.mark.parametrize("target", [
    "/login?error=You+were+hacked", "/login?message=You+were+hacked", "/?flash=You+were+hacked",
    "/device?error=You+were+hacked", "/nowhere?error_description=You+were+hacked"])
def test_no_text_of_ours_comes_from_the_address(admin, visitor, target):
    """F13"""
    for browser in (admin, visitor):
        assert "hacked" not in browser.follow(browser.get(target)).text


@pytest.fixture
def marked(server, database):
    """Somebody signed in whose name a test may change."""
    database.add_user("marked")
    with Browser(server) as browser:
        browser.sign_in("marked")
        yield browser
    database.execute("DELETE FROM users WHERE id = (SELECT user_id FROM sessions WHERE id = "
                     "(SELECT id FROM sessions ORDER BY id DESC LIMIT 1)) AND username <> 'admin'")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_the_database_holds_is_shown_as_text(server, marked, database, payload):
    """F12: client name, scope, User-Agent and username, on every page that shows them."""
    scope = "".join(c for c in payload if c.isascii() and c not in '" \\') or "x"
    client = database.add_client(payload, scopes=scope)
    database.execute("UPDATE users SET username = ? WHERE username = 'marked'", payload)
    agent = payload.encode("ascii", "replace").decode()
    for action in ("approve", "deny"):
        with Device(server, client_id=client, scope=scope,
                    headers=[("User-Agent", agent)]) as device:
            review = marked.review(device.user_code)
        assert_is_clean(review, payload)
        for text in (scope, agent):
            assert text in review.text
        assert_is_clean(marked.decide(review, action), payload)
    assert_is_clean(marked.get("/"), payload)
    assert_is_clean(marked.get("/logout"), payload)
    assert_is_clean(marked.get("/nowhere"))


def test_log_lines_stay_lines(server, http):
    """I12: line breaks, escapes and quotes of others do not make lines of ours."""
    # A line is written after its reply: that of the request before may still be on its way.
    last = http.get("/nowhere").header("x-request-id")
    until(lambda: last in server.log)
    before = len(server.log.splitlines())
    for evil in ("%0d%0atime=1%20level=error", "%1b[2J", "%e2%80%a8x", "%22x", "%c2%9b"):
        http.get("/" + evil, [("User-Agent", "a\tb"), ("X-Request-ID", 'x" level=error')])
    until(lambda: len(server.log.splitlines()) >= before + 5)
    lines = server.log.splitlines()[before:]
    assert len(lines) == 5
    assert all(re.match(r"time=\S+ level=info msg=", line) and line.isascii() and
               line.isprintable() for line in lines), lines
