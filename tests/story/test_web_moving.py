"""Whoever administered the Go original finds each of its pages at its address."""

import pathlib
import re

import pytest

from subjects import Subjects

MOVING = pathlib.Path(__file__).resolve().parents[2] / "docs" / "MOVING.md"
# What the original answers, and what docs/MOVING.md says has another address or none.
PAGES = """/admin
/admin/clients /admin/clients/new /admin/clients/:id /admin/clients/:id/edit /admin/clients/:id/authorizations
/admin/users /admin/users/new /admin/users/:id /admin/users/:id/edit /admin/users/:id/authorizations
/admin/tokens /admin/audit /admin/audit/export /admin/audit/api /admin/audit/api/stats
/account/sessions /account/authorizations""".split()
FORMS = """/admin/clients /admin/clients/:id /admin/clients/:id/delete /admin/clients/:id/regenerate-secret
/admin/clients/:id/revoke-all /admin/clients/:id/approve /admin/clients/:id/reject
/admin/users /admin/users/:id /admin/users/:id/reset-password /admin/users/:id/delete /admin/users/:id/disable
/admin/users/:id/enable /admin/users/:id/authorizations/:client/revoke /admin/tokens/:id/revoke
/account/sessions/revoke-all""".split()
ELSEWHERE = {"/admin/users/:id/connections", "/admin/tokens/:id/disable", "/admin/tokens/:id/enable"}


@pytest.fixture
def subjects(server, app, new_device):
    return Subjects(server, app, new_device)


def filled(subjects, pattern):
    if "/authorizations/:client" in pattern:
        names = iter(subjects.authorization())
    else:
        made = {"clients": subjects.client, "users": subjects.user, "tokens": subjects.token}
        names = iter([made[pattern.split("/")[2]]()] if ":" in pattern else [])
    return re.sub(r":\w+", lambda _: next(names), pattern)


@pytest.mark.parametrize("pattern", PAGES)
def test_a_page_of_the_original_is_at_its_address(admin, subjects, pattern):
    assert admin.get(filled(subjects, pattern)).status == 200


@pytest.mark.parametrize("pattern", FORMS)
def test_a_form_of_the_original_is_taken_at_its_address(admin, subjects, pattern):
    token = admin.get("/account").form("/account/password").fields["csrf_token"]
    page = admin.post(filled(subjects, pattern), {"csrf_token": token})
    assert page.status in (200, 303, 400, 409), page.text


def test_the_document_names_every_page():
    table = MOVING.read_text().split("### Where its pages are")[1].split("###")[0].split("Besides:")[0]
    for pattern in {*PAGES, *FORMS, *ELSEWHERE}:
        last = pattern.replace(":client", ":uuid").rsplit("/", 1)[1]
        assert re.search(rf"/{re.escape(last)}\b|/{re.escape(last)}`", table), pattern
