"""What the groups of another server mean here, by the operator's tables: roles, groups for
applications; given at a sign-in and taken away at the next. And tokens that are kept, sealed."""

import pytest

import upstream as up
from app import App
from browser import Browser
from running import ADMIN_PASSWORD
from test_provider_dialects import TENANT, microsoft
from test_providers import Relying, is_in, who
from upstream import Upstream


@pytest.fixture
def provider():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture
def relying(tmp_path, provider):
    running = []

    def start(**settings):
        server = Relying(tmp_path, [{"name": "corp", "issuer": provider.url, **settings}])
        running.append(server)
        return server.start()
    yield start
    for server in running:
        if server.process:
            server.stop()


def sign_in(server, provider, groups="absent"):
    if groups == "absent":
        provider.claims.pop("groups", None)
    else:
        provider.claims["groups"] = groups
    browser = Browser(server)
    page = up.sign_in(browser, provider)
    assert page.location == "/", (page.status, page.location)
    return browser


def role(server, name="casey"):
    return server.database.value("SELECT role FROM users WHERE username = ?", name)


def test_a_role_comes_with_a_group_and_goes_with_it(relying, provider):
    server = relying(roles=["ops=admin"])
    first = sign_in(server, provider, ["staff"])
    assert role(server) == "user"
    sign_in(server, provider, ["staff", "ops"])
    assert role(server) == "admin"
    assert is_in(first, "casey")  # who rises keeps what is open
    kept = sign_in(server, provider, ["ops"])
    sign_in(server, provider, ["staff"])
    assert role(server) == "user"
    assert who(kept) is None  # who falls does not
    events = server.database.events("USER_ROLE_CHANGED")
    assert [actor for actor, _, _ in events] == ["provider:corp"] * 2


@pytest.mark.parametrize("groups", ["absent", [], "ops", [["ops"]], ["OPS"], ["ops "], ["ops\nx"],
                                    {"ops": 1}, ["ops=admin"], None])
def test_what_is_not_the_group_gives_no_role(relying, provider, groups):
    server = relying(roles=["ops=admin"])
    sign_in(server, provider, groups)
    assert role(server) == "user"


def test_somebody_new_may_be_an_admin_at_once(relying, provider):
    server = relying(roles=["ops=admin"])
    sign_in(server, provider, ["ops"])
    assert role(server) == "admin"


def test_without_a_table_roles_are_given_here(relying, provider):
    server = relying()
    sign_in(server, provider, ["admin"])
    assert role(server) == "user"
    server.database.execute("UPDATE users SET role = 'admin' WHERE username = 'casey'")
    sign_in(server, provider, [])
    assert role(server) == "admin"


def test_the_last_admin_stays_one(relying, provider):
    server = relying(roles=["ops=admin"])
    sign_in(server, provider, ["ops"])
    server.database.set_disabled("admin")
    sign_in(server, provider, [])
    assert role(server) == "admin" and "the last active admin keeps the role" in server.log


def test_a_local_admin_who_connects_the_provider_is_what_the_table_says(relying, provider):
    server = relying(roles=["ops=admin"])
    server.database.add_user("boss")
    server.database.execute("UPDATE users SET role = 'admin' WHERE username = 'boss'")
    with Browser(server) as browser:
        browser.sign_in("boss", ADMIN_PASSWORD)
        page = browser.get("/account/connections")
        away = browser.submit(page.form("/auth/login/corp"))
        browser.get(up.local(browser, provider.consent(away.location)))
    assert role(server, "boss") == "admin"  # connecting is no sign-in
    sign_in(server, provider, [])
    assert role(server, "boss") == "user"
    with Browser(server) as browser:
        assert browser.sign_in("boss", ADMIN_PASSWORD).status == 303
    assert role(server, "boss") == "user"


def groups_of(server, browser, scope="openid groups"):
    """As an application sees them: in the ID token, and at userinfo."""
    app = App.register(server, server.client(), secret="s", scope=scope,
                       scopes="openid profile groups")
    tokens = app.tokens(browser)
    claims = app.id_claims(tokens["id_token"])
    info = app.userinfo(tokens["access_token"]).json()
    assert claims.get("groups") == info.get("groups")
    return claims.get("groups")


def test_groups_reach_applications_under_the_operators_names(relying, provider):
    server = relying(groups=["ops", "11-22=Finance"])
    with sign_in(server, provider, ["ops", "11-22", "secret-project"]) as browser:
        assert groups_of(server, browser) == ["Finance", "ops"]
        assert groups_of(server, browser, "openid profile") is None
    with sign_in(server, provider, ["ops"]) as browser:
        assert groups_of(server, browser) == ["ops"]
    with sign_in(server, provider) as browser:
        assert groups_of(server, browser) == []
    assert server.database.count("user_groups") == 0


def test_all_groups_may_be_kept(relying, provider):
    server = relying(groups=["*"])
    many = [f"group-{n:03}" for n in range(300)]
    with sign_in(server, provider, ["ops", "x" * 200, *many]) as browser:
        found = groups_of(server, browser)
        assert "ops" not in found or len(found) <= 200
        assert 100 < len(found) <= 200 and all(len(g) <= 128 for g in found)


def test_groups_of_nobody_are_an_empty_list(relying, provider):
    server = relying(groups=["ops"])
    with Browser(server) as browser:
        browser.sign_in()
        assert groups_of(server, browser) == []


def test_disconnecting_takes_the_groups_away(relying, provider):
    server = relying(groups=["ops"])
    sign_in(server, provider, ["ops"])
    assert server.database.count("user_groups") == 1
    server.database.execute("UPDATE users SET password_hash = 'x' WHERE username = 'casey'")
    with sign_in(server, provider, ["ops"]) as browser:
        page = browser.get("/account/connections")
        (form,) = [f for f in page.forms if f.action.endswith("/delete")]
        browser.submit(form)
    assert server.database.count("user_groups") == 0


def test_somebody_who_has_to_choose_a_name_keeps_the_groups(relying, provider):
    """They travel in the sealed cookie: those that a table names."""
    server = relying(allowed_groups=["staff"], roles=["ops=admin"], groups=["ops"])
    provider.claims.update(preferred_username="admin",
                           groups=["staff", "ops", *[f"noise-{n}" for n in range(400)]])
    with Browser(server) as browser:
        page = browser.follow(up.sign_in(browser, provider))
        assert browser.submit(page.form("/auth/name"), username="casey").location == "/"
        assert role(server) == "admin" and groups_of(server, browser) == ["ops"]


@pytest.mark.parametrize("table, why", [
    ({"roles": ["ops"]}, "GROUP=admin or GROUP=user"),
    ({"roles": ["ops=root"]}, "GROUP=admin or GROUP=user"),
])
def test_a_table_that_cannot_be_read_is_refused(tmp_path, provider, table, why):
    import subprocess
    from sanitizer import BINARY
    server = Relying(tmp_path, [{"name": "corp", "issuer": provider.url, **table}])
    run = subprocess.run([BINARY, "config", "check", str(server.config)],
                         env=server.environment, cwd=tmp_path, capture_output=True, text=True,
                         check=False)
    assert run.returncode != 0 and why in run.stdout + run.stderr


# ---- groups of Microsoft above two hundred ----------------------------------------------------------


def test_more_groups_than_microsoft_tells_change_no_role(tmp_path, provider):
    """A reference in the place of the list is no list without the group."""
    microsoft(provider, preferred_username="casey@corp.example")
    server = Relying(tmp_path, [{
        "name": "corp", "type": "microsoft", "issuer": provider.url, "tenants": [TENANT],
        "roles": ["ops=admin"], "groups": ["ops"]}])

    def enter(groups):
        provider.claims.update(groups=groups)
        with Browser(server) as browser:
            assert up.sign_in(browser, provider, iss=None).location == "/"

    with server.start():
        enter(["ops"])
        assert role(server) == "admin"
        provider.claims["_claim_names"] = {"groups": "src1"}
        enter(None)
        assert role(server) == "admin" and server.database.count("user_groups") == 1
        del provider.claims["_claim_names"]
        enter(None)
        assert role(server) == "user" and server.database.count("user_groups") == 0


# ---- tokens -------------------------------------------------------------------------------------


def sealed(server):
    return server.database.value("SELECT tokens_sealed FROM identities")


def test_tokens_are_kept_only_if_asked_for_and_only_sealed(relying, provider):
    server = relying(store_tokens=True)
    provider.bearer = "bearer-that-must-be-sealed"
    provider.override = {"refresh_token": "refresh-that-must-be-sealed"}
    sign_in(server, provider)
    assert len(sealed(server)) > 100
    kept = server.kept()
    assert b"that-must-be-sealed" not in kept
    before = sealed(server)
    sign_in(server, provider)
    assert sealed(server) != before


def test_tokens_are_forgotten_when_they_are_not_wanted_any_more(relying, provider):
    server = relying(store_tokens=True)
    sign_in(server, provider)
    assert sealed(server)
    text = server.config.read_text().replace("store_tokens: true", "store_tokens: false")
    server.config.write_text(text)
    server.stop()
    with server.start():
        sign_in(server, provider)
        assert sealed(server) is None


def test_tokens_that_are_too_long_are_not_kept(relying, provider):
    server = relying(store_tokens=True)
    provider.bearer = "b" * 60000
    sign_in(server, provider)
    assert sealed(server) is None
