"""Links with which somebody chooses their first password: made by operators, good once and for a while."""

import itertools
import re
import threading

import pytest

from admin import ByCommand, ByRequest, refused
from browser import Browser

PASSWORD = "four unrelated words here"
numbers = itertools.count()


@pytest.fixture
def api(server):
    return ByRequest(server)


def new_name():
    return f"guest{next(numbers)}"


@pytest.fixture
def invited(api):
    """Somebody new, with the way of their link: the answer of the operation, and the path."""
    made = api("user", "create", username=new_name(), full_name="Mia <Rossi>", invite=True)
    return made, path_of(made["invitation"])


def path_of(link):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/invitation\?token=[\w-]{22}\.[\w-]{43}", link)
    return "/" + link.split("/", 3)[3]


def accept(browser, path, password=PASSWORD, again=None):
    return browser.submit(browser.get(path).form("/invitation"), new=password, again=again or password)


def signs_in(server, name, password=PASSWORD):
    with Browser(server) as browser:
        return browser.sign_in(name, password).status == 303


def test_a_guest_chooses_a_password_and_signs_in(server, visitor, invited, database):
    made, path = invited
    assert "password" not in made and not signs_in(server, made["username"])
    page = visitor.get(path)
    assert page.status == 200 and "Mia <Rossi>" in page.text and "<Rossi>" not in page.response.text
    assert page.response.header("cache-control") == "no-store"
    done = accept(visitor, path)
    assert done.status == 303 and done.location == "/login?next=%2Faccount"
    assert signs_in(server, made["username"])
    assert [actor for actor, *_ in database.events("INVITATION_ACCEPTED", f"user:{made['id']}")] == [f"user:{made['username']}"]
    assert database.events("USER_INVITED", f"user:{made['id']}")


def test_a_link_is_good_once(server, visitor, invited, database):
    made, path = invited
    form = visitor.get(path).form("/invitation")
    assert accept(visitor, path).status == 303
    with database.unchanged():
        assert visitor.get(path).status == 404 and "no longer works" in visitor.get(path).text
        assert visitor.submit(form, new="another password of mine", again="another password of mine").status == 404
    assert signs_in(server, made["username"])


def test_of_many_at_once_one_is_first(server, invited, database):
    _, path = invited
    answers = []

    def race(password):
        with Browser(server) as browser:
            answers.append(accept(browser, path, password).status)
    with Browser(server) as browser:
        browser.get(path)
    threads = [threading.Thread(target=race, args=(f"{PASSWORD} {i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(303) == 1, answers
    assert len(database.events("INVITATION_ACCEPTED", f"user:{invited[0]['id']}")) == 1


@pytest.mark.parametrize("what", ["UPDATE invitations SET expires_ms = created_ms + 1", "UPDATE users SET disabled_ms = 1",
                                  "DELETE FROM invitations"])
def test_a_link_ends(visitor, invited, database, what):
    made, path = invited
    form = visitor.get(path).form("/invitation")
    column = "id" if "users" in what else "user_id"
    database.execute(f"{what} WHERE {column} = (SELECT id FROM users WHERE username = ?)", made["username"])
    with database.unchanged(("sessions", "audit_log", "invitations")):
        assert visitor.get(path).status == 404
        assert visitor.submit(form, new=PASSWORD, again=PASSWORD).status == 404


def test_a_newer_link_and_a_password_take_its_place(server, api, visitor, invited):
    made, path = invited
    newer = path_of(api("user", "invite", made["id"], life="1h")["invitation"])
    assert newer != path and visitor.get(path).status == 404 and visitor.get(newer).status == 200
    api("user", "reset-password", made["id"], password=PASSWORD)
    assert visitor.get(newer).status == 404 and signs_in(server, made["username"])
    assert "reset it" in refused(409, api, "user", "invite", made["id"])


@pytest.mark.parametrize("life", ["31d", "0s", "-1h", "soon", "99999999999d"])
def test_a_life_is_limited(api, invited, database, life):
    with database.unchanged():
        assert "30 days" in refused(400, api, "user", "invite", invited[0]["id"], life=life)


def test_who_is_invited_gets_no_password(api, database):
    with database.unchanged():
        assert "chooses" in refused(400, api, "user", "create", username=new_name(), invite=True, password=PASSWORD)


@pytest.mark.parametrize("password, again, why", [
    ("short", None, "8 characters"), ("another good password", "another good passwort", "same"), ("x" * 600, None, "long")])
def test_a_password_that_will_not_do_is_refused_and_the_link_stays(visitor, invited, database, password, again, why):
    _, path = invited
    with database.unchanged():
        page = accept(visitor, path, password, again)
        assert page.status == 400 and password not in page.response.text
    assert accept(visitor, path).status == 303


@pytest.mark.parametrize("token", ["", "x", "A" * 22 + "." + "A" * 43, "a.b.c", "%00", "x" * 4000, "%C3%28", "'--", "<script>"])
def test_what_is_no_token_opens_nothing(visitor, database, token):
    with database.unchanged():
        page = visitor.get("/invitation?token=" + token)
    assert page.status in (400, 404, 414) and "<script>" not in page.response.text


def test_the_secret_is_nowhere_in_clear(server, invited, database):
    """L1: not in the database, not in the log."""
    secret = invited[1].split(".")[-1]
    with Browser(server) as browser:
        browser.get(invited[1])
        accept(browser, invited[1])
    assert secret.encode() not in database.contents() and secret not in server.log


def test_the_web_and_the_command_make_links_too(server, admin, visitor):
    name = new_name()
    page = admin.submit(admin.get("/admin/users/new").form("/admin/users"), username=name, invite="true")
    assert page.status == 200 and page.response.header("cache-control") == "no-store" and "shown only once" in page.text
    (link,) = re.findall(r"http://127[^<]+/invitation\?token=[^<]+", page.response.text)
    assert visitor.get(path_of(link)).status == 200
    again = admin.submit(admin.get(f"/admin/users/{name}/invite").forms[0], life="2h")
    (newer,) = re.findall(r"http://127[^<]+/invitation\?token=[^<]+", again.response.text)
    assert newer != link and newer not in admin.get(f"/admin/users/{name}").response.text
    made = ByCommand(server)("user", "create", username=new_name(), invite=True)
    assert accept(visitor, path_of(made["invitation"])).status == 303
