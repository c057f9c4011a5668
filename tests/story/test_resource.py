"""Which servers a token is meant for (RFC 8707), from the authorization to the last refresh."""

import jwt
import pytest

from running import Server
from wire import basic

ONE, TWO, THREE = "https://one.example/v1", "https://two.example/", "https://three.example"
NOT_RESOURCES = ["x", "/relative", "https://api.example/#f", "https://api.example\\evil",
                 "api.example", "https://api.example/a b", " ", "https://" + "a" * 2100]


def audience(reply):
    assert reply.status == 200, reply.text
    return jwt.decode(reply.json()["access_token"], options={"verify_signature": False})["aud"]


def refused(reply):
    return reply.status == 400 and reply.error == "invalid_target"


@pytest.mark.parametrize("resource", NOT_RESOURCES)
def test_a_resource_is_an_absolute_uri(server, http, database, app, admin, resource):
    machine = database.add_client("Machine", secret="s")
    tokens = app.lasting_tokens(admin)
    with database.unchanged():
        assert app.answer(app.start(admin, resource=resource))["error"] == "invalid_target"
        assert refused(app.refresh(tokens["refresh_token"], resource=resource))
        assert refused(http.post("/oauth/token", {"grant_type": "client_credentials",
                                                  "resource": [ONE, resource]},
                                 [basic(machine, "s")]))
        assert refused(http.post("/oauth/device/code", {"client_id": server.client_id,
                                                        "resource": resource}))


def test_a_code_is_for_what_was_authorized_or_less(app, admin):
    def code(*resources):
        return app.code(admin, resource=list(resources))
    assert audience(app.redeem(code(ONE))) == ONE
    assert audience(app.redeem(code(ONE, TWO))) == [ONE, TWO]
    assert audience(app.redeem(code(ONE, TWO, ONE))) == [ONE, TWO]
    assert audience(app.redeem(code(ONE, TWO), resource=TWO)) == TWO
    assert audience(app.redeem(code(ONE, TWO), resource=[TWO, ONE])) == [TWO, ONE]


def test_a_code_is_for_nothing_else_and_not_spoilt_by_asking(app, admin, database):
    code = app.code(admin, resource=[ONE, TWO])
    with database.unchanged():
        assert refused(app.redeem(code, resource=THREE))
        assert refused(app.redeem(code, resource=[ONE, THREE]))
        assert refused(app.redeem(code, resource=ONE + "/more"))
    assert audience(app.redeem(code, resource=ONE)) == ONE


def test_without_a_resource_a_grant_is_for_the_default_audience(server, app, admin, database):
    code = app.code(admin)
    with database.unchanged():
        assert refused(app.redeem(code, resource=ONE))
    assert audience(app.redeem(code, resource=server.url)) == server.url
    assert audience(app.redeem(app.code(admin))) == server.url


def test_a_refresh_narrows_one_access_token_only(app, admin):
    tokens = app.lasting_tokens(admin, resource=[ONE, TWO])
    text = tokens["refresh_token"]
    narrow = app.refresh(text, resource=TWO)
    assert audience(narrow) == TWO
    assert refused(app.refresh(text, resource=[TWO, THREE]))
    assert audience(app.refresh(text)) == [ONE, TWO]
    assert app.introspect(narrow.json()["access_token"]).json()["aud"] == TWO
    assert app.introspect(tokens["access_token"]).json()["aud"] == [ONE, TWO]


def test_a_rotated_token_keeps_all_resources(spa, admin):
    tokens = spa.lasting_tokens(admin, resource=[ONE, TWO])
    first = spa.refresh(tokens["refresh_token"], resource=ONE)
    assert audience(first) == ONE
    assert audience(spa.refresh(first.json()["refresh_token"], resource=TWO)) == TWO


def test_a_device_names_its_resources_when_it_begins(new_device, admin):
    device = new_device(resource=[ONE, TWO])
    admin.approve(device.user_code)
    assert refused(device.poll(resource=THREE))
    assert audience(device.poll(resource=TWO)) == TWO
    device = new_device()
    admin.approve(device.user_code)
    assert refused(device.poll(resource=ONE))
    assert device.poll().status == 200


def test_a_machine_names_whom_it_will_talk_to(server, http, database):
    machine = database.add_client("Machine", secret="s")

    def ask(**fields):
        return http.post("/oauth/token", {"grant_type": "client_credentials", **fields},
                         [basic(machine, "s")])
    both = ask(resource=[ONE, TWO])
    assert audience(both) == [ONE, TWO] and audience(ask(resource=ONE)) == ONE
    assert audience(ask()) == server.url
    seen = http.post("/oauth/introspect", {"token": both.json()["access_token"]},
                     [basic(machine, "s")]).json()
    assert seen["active"] and seen["aud"] == [ONE, TWO]


def test_a_configured_audience_of_several_is_an_array_everywhere(tmp_path):
    with Server(tmp_path, JWT_AUDIENCE=f"{ONE} {TWO}") as server, server.client() as http:
        machine = server.database.add_client("Machine", secret="s")
        reply = http.post("/oauth/token", {"grant_type": "client_credentials"},
                          [basic(machine, "s")])
        assert audience(reply) == [ONE, TWO]
        seen = http.post("/oauth/introspect", {"token": reply.json()["access_token"]},
                         [basic(machine, "s")]).json()
        assert seen["aud"] == [ONE, TWO]


@pytest.mark.parametrize("name", ["scope", "client_id", "grant_type", "code"])
def test_no_other_parameter_may_be_repeated(http, name):
    """B5"""
    fields = {"grant_type": "authorization_code", "code": "x", "client_id": "y", name: ["x", "z"]}
    assert http.post("/oauth/token", fields).error == "invalid_request"


# ---- what a person agrees to --------------------------------------------------------------------


def asks(app, browser, **changes):
    """Whether the person is asked; the page that asks."""
    page = app.start(browser, **changes)
    while page.status == 303 and page.location.startswith("/"):
        page = browser.get(page.location)
    return page if page.status == 200 else None


def test_the_person_sees_for_what_a_client_asks(new_app, new_device, admin, database):
    app = new_app(secret="s")
    assert ONE in asks(app, admin, resource=ONE).text
    device = new_device(resource=TWO)
    review = admin.review(device.user_code)
    assert TWO in review.text


def test_a_consent_is_for_what_was_shown(new_app, admin):
    """Agreed to once, it is not good for another server."""
    app = new_app(secret="s")
    app.code(admin)
    assert not asks(app, admin)
    assert asks(app, admin, resource=ONE)
    answer = app.answer(app.start(admin, resource=ONE, prompt="none"))
    assert answer["error"] == "consent_required"
    app.code(admin, resource=ONE)
    assert not asks(app, admin, resource=ONE)
    assert not asks(app, admin)
    assert asks(app, admin, resource=[ONE, TWO])


@pytest.mark.parametrize("column,value", [
    ("redirect_uris", "https://app.example/cb https://two.example/cb"), ("name", "Another")])
def test_a_consent_is_for_the_client_that_was_shown(new_app, admin, database, column, value):
    """Where the answer goes and what the client is called are what a person judges by."""
    app = new_app(secret="s")
    app.code(admin)
    assert not asks(app, admin)
    database.set_client(app.client_id, column, value)
    assert app.answer(app.start(admin, prompt="none"))["error"] == "consent_required"
    assert asks(app, admin)
    app.code(admin)
    assert not asks(app, admin)


def test_a_consent_of_an_older_version_counts_until_the_client_changes(new_app, admin, database):
    app = new_app(secret="s")
    app.code(admin)
    database.execute("UPDATE consents SET shown = ''")
    assert not asks(app, admin)
    database.execute("UPDATE clients SET updated_ms = updated_ms + 100000000")
    assert asks(app, admin)


def test_resources_may_be_a_list(tmp_path):
    with Server(tmp_path, JWT_RESOURCES=f"{ONE}, {TWO}") as server, server.client() as http:
        authorization = [basic(server.database.add_client("Machine", secret="s"), "s")]

        def ask(resource):
            return http.post("/oauth/token", {"grant_type": "client_credentials",
                                              "resource": resource}, authorization)

        for allowed in (ONE, TWO, server.url):
            assert audience(ask(allowed)) == allowed
        for refusal in (THREE, ONE + "/more", [ONE, THREE]):
            assert refused(ask(refusal))
        assert refused(http.post("/oauth/device/code", {"client_id": server.client_id,
                                                        "resource": THREE}))
