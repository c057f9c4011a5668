"""GitHub, Gitea, GitLab and Microsoft Entra ID as their documentation has them, played by a real
HTTP server: names and paths of the Go original, each quirk one case."""

import contextlib
from urllib.parse import parse_qs, urlsplit

import pytest

import upstream as up
from browser import Browser
from running import Server
from upstream import Upstream

TENANT = "11111111-2222-3333-4444-555555555555"
OTHER_TENANT = "99999999-2222-3333-4444-555555555555"


@pytest.fixture
def provider():
    upstream = Upstream()
    upstream.override = {"id_token": None}
    yield upstream
    upstream.close()


@pytest.fixture
def serving(tmp_path, provider):
    with contextlib.ExitStack() as stack:
        def start(kind, **environment):
            name = kind.upper()
            return stack.enter_context(Server(tmp_path, **{
                f"{name}_OAUTH_ENABLED": "true", f"{name}_URL": provider.url,
                f"{name}_CLIENT_ID": "the-client", f"{name}_CLIENT_SECRET": "the-secret",
                **environment}))
        yield start


def who(browser):
    page = browser.get("/account")
    return page.text if page.status == 200 else ""


def problem_of(page):
    assert page.status == 303, page.text
    return parse_qs(urlsplit(page.location).query)["problem"][0]


def enter(server, provider, kind):
    """Signs in; the page behind, and what the account page shows then."""
    with Browser(server) as browser:
        page = up.sign_in(browser, provider, kind, iss=None)
        return page, who(browser)


# ---- GitHub ---------------------------------------------------------------------------------------


def github(provider, user=None, emails=None, **more):
    provider.answers.update({
        "/api/v3/user": (200, {"id": 583231, "login": "octocat", "name": "The Octocat",
                               "email": "public@anything.example", **(user or {})}),
        "/api/v3/user/emails": (200, emails if emails is not None else [
            {"email": "old@corp.example", "primary": False, "verified": True, "visibility": None},
            {"email": "octo@corp.example", "primary": True, "verified": True,
             "visibility": "private"}]), **more})


def test_github(serving, provider):
    github(provider)
    server = serving("github")
    with Browser(server) as browser:
        assert "Sign in with GitHub" in browser.get("/login").text
        away = up.begin(browser, "github")
        assert away.location.startswith(provider.url + "/login/oauth/authorize?")
        asked = parse_qs(urlsplit(away.location).query)
        assert asked["scope"] == ["user:email"] and "nonce" not in asked
        assert asked["redirect_uri"] == [server.url + "/auth/callback/github"]
        browser.get(up.local(browser, provider.consent(away.location, iss=None)))
        assert "octocat" in who(browser) and "The Octocat" in who(browser)
    ((provider_name, subject, email),) = server.database.rows(
        "SELECT provider, subject, email FROM identities")
    assert (provider_name, subject, email) == ("github", "583231", "octo@corp.example")
    asked = [r for r in provider.requests if r[1].startswith("/api/v3/")]
    assert all(r[3]["Authorization"] == "Bearer the upstream access token" for r in asked)
    ((_, _, form, headers),) = [r for r in provider.requests if r[1].endswith("access_token")]
    assert form["client_secret"] == "the-secret" and headers["Accept"] == "application/json"


def test_a_sign_in_that_fails_there_counts_as_an_error(serving, provider):
    github(provider)
    server = serving("github", METRICS_ENABLED="true")
    assert "octocat" in enter(server, provider, "github")[1]
    github(provider, user={"id": None})
    assert problem_of(enter(server, provider, "github")[0]) == "upstream"
    assert [server.metric(f'auth_oauth_callback_total{{provider="github",result="{result}"}}')
            for result in ("success", "error")] == [1, 1]


def test_github_known_by_the_number_and_not_by_the_login(serving, provider):
    """A login that is given up may be taken by somebody else."""
    github(provider)
    server = serving("github")
    assert "octocat" in enter(server, provider, "github")[1]
    github(provider, user={"id": 999}, emails=[])
    page, shown = enter(server, provider, "github")
    assert page.location == "/auth/name" and not shown
    github(provider, user={"login": "renamed"})
    assert "octocat" in enter(server, provider, "github")[1]


@pytest.mark.parametrize("emails", [
    [{"email": "victim@corp.example", "primary": True, "verified": False}],
    [{"email": "victim@corp.example", "primary": False, "verified": True}],
    [{"email": "victim@corp.example", "primary": True, "verified": "true"}], []])
def test_github_addresses_count_if_primary_and_verified(serving, provider, emails):
    github(provider, user={"email": "victim@corp.example"}, emails=emails)
    server = serving("github", GITHUB_LINK_BY_EMAIL="true")
    server.database.add_user("victim")
    server.database.execute("UPDATE users SET email = 'victim@corp.example'"
                            " WHERE username = 'victim'")
    assert "octocat" in enter(server, provider, "github")[1]
    assert server.database.value("SELECT email FROM users WHERE username = 'octocat'") is None


def test_github_refuses_a_code_with_status_200(serving, provider):
    github(provider)
    provider.override = {"error": "bad_verification_code", "access_token": None}
    server = serving("github")
    page, shown = enter(server, provider, "github")
    assert problem_of(page) == "upstream" and not shown and "bad_verification_code" in server.log


@pytest.mark.parametrize("user", [{"id": None}, {"id": "583231"}, {"id": 0}, {"id": -1}])
def test_github_without_a_number_is_nobody(serving, provider, user):
    github(provider, user=user)
    page, shown = enter(serving("github"), provider, "github")
    assert problem_of(page) == "upstream" and not shown


@pytest.mark.parametrize("allowed, let_in", [
    ("acme", True), ("acme/ops", True), ("other", False), ("acme/dev", False), ("ops", False)])
def test_github_organizations_and_teams(serving, provider, allowed, let_in):
    github(provider, **{
        "/api/v3/user/orgs": (200, [{"login": "acme"}]),
        "/api/v3/user/teams": (200, [{"slug": "ops", "organization": {"login": "acme"}}])})
    server = serving("github", GITHUB_ALLOWED_GROUPS=allowed)
    page, shown = enter(server, provider, "github")
    assert bool(shown) == let_in
    assert let_in or problem_of(page) == "not_a_member"


# ---- Gitea ---------------------------------------------------------------------------------------


def gitea(provider, verified=True, **more):
    provider.answers.update({
        "/api/v1/user": (200, {"id": 7, "login": "gina", "full_name": "Gina G.",
                               "email": "gina@corp.example"}),
        "/api/v1/user/emails": (200, [
            {"email": "gina@corp.example", "verified": verified, "primary": True}]), **more})


@pytest.mark.parametrize("verified", [True, False])
def test_gitea(serving, provider, verified):
    gitea(provider, verified)
    server = serving("gitea")
    page, shown = enter(server, provider, "gitea")
    assert page.location == "/" and "gina" in shown and "Gina G." in shown
    assert server.database.value("SELECT email FROM users WHERE username = 'gina'") == \
        ("gina@corp.example" if verified else None)


@pytest.mark.parametrize("allowed, let_in", [("makers", True), ("others", False)])
def test_gitea_organizations(serving, provider, allowed, let_in):
    gitea(provider, **{"/api/v1/user/orgs": (200, [{"username": "makers"}])})
    _, shown = enter(serving("gitea", GITEA_ALLOWED_GROUPS=allowed), provider, "gitea")
    assert bool(shown) == let_in


@pytest.mark.parametrize("organization, role, kept", [
    ("makers", "admin", ["Makers"]), ("others", "user", [])])
def test_roles_and_groups_by_variables(serving, provider, organization, role, kept):
    gitea(provider, **{"/api/v1/user/orgs": (200, [{"username": organization}])})
    server = serving("gitea", GITEA_ROLES="makers=admin", GITEA_GROUPS="makers=Makers")
    enter(server, provider, "gitea")
    assert server.database.value("SELECT role FROM users WHERE username = 'gina'") == role
    assert [name for (name,) in server.database.rows("SELECT name FROM user_groups")] == kept


# ---- GitLab --------------------------------------------------------------------------------------


def gitlab(provider, **changes):
    provider.answers["/api/v4/user"] = (200, {
        "id": 12, "username": "lab", "name": "Lab", "state": "active",
        "email": "lab@corp.example", "confirmed_at": "2020-01-01T00:00:00Z", **changes})


@pytest.mark.parametrize("confirmed", ["2020-01-01T00:00:00Z", None])
def test_gitlab(serving, provider, confirmed):
    gitlab(provider, confirmed_at=confirmed)
    server = serving("gitlab")
    with Browser(server) as browser:
        away = up.begin(browser, "gitlab")
        assert away.location.startswith(provider.url + "/oauth/authorize?")
    page, shown = enter(server, provider, "gitlab")
    assert page.location == "/" and "lab" in shown
    assert server.database.value("SELECT email FROM users WHERE username = 'lab'") == \
        ("lab@corp.example" if confirmed else None)


def test_gitlab_blocked_people_stay_out(serving, provider):
    gitlab(provider, state="blocked")
    page, shown = enter(serving("gitlab"), provider, "gitlab")
    assert problem_of(page) == "upstream_denied" and not shown


@pytest.mark.parametrize("allowed, let_in", [("acme/platform", True), ("acme", False)])
def test_gitlab_groups(serving, provider, allowed, let_in):
    gitlab(provider)
    provider.answers["/api/v4/groups"] = (200, [{"full_path": "acme/platform"}])
    _, shown = enter(serving("gitlab", GITLAB_ALLOWED_GROUPS=allowed), provider, "gitlab")
    assert bool(shown) == let_in


# ---- Microsoft -----------------------------------------------------------------------------------


def microsoft(provider, tenant=TENANT, **claims):
    provider.override = {}
    provider.metadata["authorization_response_iss_parameter_supported"] = False
    provider.claims = {
        "iss": f"{provider.url}/{tenant}/v2.0", "tid": tenant, "sub": "pairwise",
        "oid": "00000000-0000-0000-66f3-3332eca7ea81", "ver": "2.0", "name": "Mia",
        "preferred_username": "mia@corp.example", "email": "mia@corp.example", **claims}


def test_microsoft(serving, provider):
    microsoft(provider)
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    with Browser(server) as browser:
        away = up.begin(browser, "microsoft")
        assert "nonce" in parse_qs(urlsplit(away.location).query)
    assert provider.requests[0][1] == f"/{TENANT}/v2.0/.well-known/openid-configuration"
    page, shown = enter(server, provider, "microsoft")
    assert page.location == "/" and "mia" in shown
    ((subject,),) = server.database.rows("SELECT subject FROM identities")
    assert subject == f"{TENANT}:00000000-0000-0000-66f3-3332eca7ea81"
    assert server.database.value("SELECT email FROM users WHERE username = 'mia'") is None


def test_microsoft_of_several_tenants(serving, provider):
    """Their description has a placeholder in its issuer."""
    provider.metadata["issuer"] = f"{provider.url}/{{tenantid}}/v2.0"
    server = serving("microsoft", MICROSOFT_TENANT_ID=f"{TENANT},{OTHER_TENANT}")
    for tenant in (TENANT, OTHER_TENANT):
        microsoft(provider, tenant, oid=f"o-{tenant[:1]}", preferred_username=f"m{tenant[:1]}@x")
        assert f"m{tenant[:1]}" in enter(server, provider, "microsoft")[1]
    assert provider.requests[0][1].startswith("/organizations/v2.0/")


def test_microsoft_of_a_foreign_tenant_is_nobody(serving, provider):
    """nOAuth: the admin of any tenant may give anybody any address."""
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    server.database.add_user("mia")
    server.database.execute("UPDATE users SET email = 'mia@corp.example' WHERE username = 'mia'")
    microsoft(provider, OTHER_TENANT, email_verified=True)
    page, shown = enter(server, provider, "microsoft")
    assert problem_of(page) == "not_a_member" and not shown
    # One that says it is of ours, and is signed by an issuer that is not.
    microsoft(provider, TENANT, iss=f"{provider.url}/{OTHER_TENANT}/v2.0")
    page, shown = enter(server, provider, "microsoft")
    assert problem_of(page) == "upstream" and not shown


def test_an_address_at_microsoft_leads_into_no_account(serving, provider):
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    server.database.add_user("victim")
    server.database.execute("UPDATE users SET email = 'mia@corp.example'"
                            " WHERE username = 'victim'")
    microsoft(provider, email_verified=True)
    assert "victim" not in enter(server, provider, "microsoft")[1]


def test_microsoft_people_are_known_by_their_object(serving, provider):
    """Names and addresses are mutable; sub differs from one app registration to the next."""
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    microsoft(provider)
    enter(server, provider, "microsoft")
    microsoft(provider, sub="of another app", preferred_username="renamed@corp.example",
              email="renamed@corp.example", upn="renamed", unique_name="renamed")
    assert "mia" in enter(server, provider, "microsoft")[1]
    microsoft(provider, oid="another", preferred_username="mia@corp.example")
    assert enter(server, provider, "microsoft")[0].location == "/auth/name"


def test_microsoft_without_an_object_goes_by_the_subject(serving, provider):
    microsoft(provider, oid=None)
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    assert enter(server, provider, "microsoft")[0].location == "/"
    assert server.database.value("SELECT subject FROM identities") == f"{TENANT}:pairwise"


def test_microsoft_accounts_of_consumers_are_a_foreign_tenant(serving, provider):
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    microsoft(provider, "9188040d-6c67-4c5b-b112-36a304b66dad")
    assert problem_of(enter(server, provider, "microsoft")[0]) == "not_a_member"


def test_microsoft_says_how_where_it_says_it(serving, provider):
    """v2.0 has no amr of its own; an optional claim, or v1.0, has."""
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT)
    for claims, kept in (({}, "fed"), ({"amr": ["pwd", "mfa"]}, "pwd mfa")):
        microsoft(provider, **claims)
        enter(server, provider, "microsoft")
        assert (kept,) in server.database.rows("SELECT amr FROM sessions")


@pytest.mark.parametrize("groups, let_in", [(["g-1"], True), (["g-2"], False), (None, False)])
def test_microsoft_groups(serving, provider, groups, let_in):
    """Beyond 200 groups the token names none: then nobody is let in by their group."""
    microsoft(provider, groups=groups)
    server = serving("microsoft", MICROSOFT_TENANT_ID=TENANT, MICROSOFT_ALLOWED_GROUPS="g-1")
    assert bool(enter(server, provider, "microsoft")[1]) == let_in
