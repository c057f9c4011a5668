"""Every operation of the admin API leaves what the audit trail should have of it, and nothing else; and all
answer as docs/openapi.yaml says (tests/support/admin.py looks)."""

import re

import pytest

from admin import WHO, actions
from running import Server
from subjects import CHANGES, Subjects

LOOKS = ("ADMIN_DATA_VIEWED", "AUDIT_LOG_VIEWED", "AUDIT_LOG_EXPORTED")
HEAD = f"audit-head/1/1/1/1/{'A' * 43}/{'A' * 43}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One that knows a secret before its own, so that every operation can be done."""
    with Server(tmp_path_factory.mktemp("server"),
                SESSION_SECRET_PREVIOUS="a-secret-of-the-year-before-this-one") as running:
        yield running


# noun, verb, of what, and the event of it.
LOOKED = [
    ("client", "list", None, "ADMIN_DATA_VIEWED"), ("client", "show", "client", "ADMIN_DATA_VIEWED"),
    ("client", "authorizations", "client", "ADMIN_DATA_VIEWED"),
    ("user", "list", None, "ADMIN_DATA_VIEWED"), ("user", "show", "user", "ADMIN_DATA_VIEWED"),
    ("user", "authorizations", "user", "ADMIN_DATA_VIEWED"),
    ("user", "connections", "user", "ADMIN_DATA_VIEWED"),
    ("grant", "list", None, "ADMIN_DATA_VIEWED"), ("token", "list", None, "ADMIN_DATA_VIEWED"),
    ("session", "list", None, "ADMIN_DATA_VIEWED"), ("device", "list", None, "ADMIN_DATA_VIEWED"),
    ("key", "list", None, "ADMIN_DATA_VIEWED"), ("server", "config", None, "ADMIN_DATA_VIEWED"),
    ("server", "queues", None, None), ("server", "doctor", None, None), ("server", "jobs", None, None),
    ("server", "status", None, None),  # tells of nobody, and machines ask
    ("audit", "list", None, "AUDIT_LOG_VIEWED"), ("audit", "stats", None, "AUDIT_LOG_VIEWED"),
    ("audit", "verify", None, "AUDIT_LOG_VIEWED"), ("audit", "compare", None, "AUDIT_LOG_VIEWED"),
]


@pytest.fixture
def subjects(server, app, new_device):
    return Subjects(server, app, new_device)


def left(database):
    """What operators have left in the trail, newest last, but for looks, which are written later."""
    marks = ", ".join("?" * len(LOOKS))
    return [event for (event,) in database.rows(
        f"SELECT event FROM audit_log WHERE actor = ? AND event NOT IN ({marks}) ORDER BY id", WHO, *LOOKS)]


def test_the_tables_have_every_operation():
    named = [row[:2] for row in CHANGES + LOOKED] + [("audit", "export")]  # the list by another name
    assert sorted(named) == sorted(actions())
    assert {row[:2] for row in CHANGES} == {key for key, action in actions().items() if action.method != "GET"}


@pytest.mark.parametrize("noun, verb, subject, members, event", CHANGES, ids=lambda value: value
                         if isinstance(value, str) else "")
def test_a_change_leaves_its_event_and_no_other(subjects, database, noun, verb, subject, members, event):
    """M11"""
    name = getattr(subjects, subject)() if subject else None
    before = left(database)
    subjects.do(noun, verb, name, **members)
    assert left(database)[len(before):] == ([event] if event else [])


def test_looks_leave_where_they_went_and_nothing_else(tmp_path):
    """M11"""
    expected = set()
    with Server(tmp_path) as own:
        subjects = Subjects(own, None, None)
        for noun, verb, subject, event in LOOKED:
            name = getattr(subjects, subject)() if subject else None
            subjects.do(noun, verb, name, **({"head": HEAD} if verb == "compare" else {}))
            if event:
                expected.add((event, actions()[noun, verb].pattern))
        own.stop()
        marks = ", ".join("?" * len(LOOKS))
        rows = own.database.rows(f"SELECT event, target FROM audit_log WHERE actor = ? AND event IN ({marks})",
                                 WHO, *LOOKS)
    assert {(event, re.sub(r":\w+", ":", target.removeprefix("route:"))) for event, target in rows} == expected


# What could make a look seem to be a part of another, or of nothing.
HOSTILE = ("", "after=00000000-0000-0000-0000-000000000000", "after=ffffffff-ffff-ffff-ffff-ffffffffffff", "after=x",
           "after=1", "limit=1", "limit=1&after=00000000-0000-0000-0000-000000000000", "purpose=export",
           "purpose=none&after=x", "after=")


def seen(own, answered):
    """How often each look is in the trail: several within minutes are one row more."""
    rows = own.database.rows("SELECT event, target, detail FROM audit_log WHERE actor = ?", WHO)
    times = dict.fromkeys(answered, 0)
    for event, target, detail in rows:
        if event in LOOKS:
            found = re.search(r"\btimes=(\d+)", detail)
            times[event, re.sub(r":\w+", ":", target.removeprefix("route:"))] += int(found[1]) if found else 1
    return times


def test_nothing_is_seen_without_a_trace_whatever_is_asked_beside_it(tmp_path):
    """M11: every page of every list, and every thing with every query that is answered."""
    with Server(tmp_path) as own:
        subjects, answered = Subjects(own, None, None), {}
        subjects.do("client", "create", name="A", grants=["client"])
        for noun, verb, subject, event in [*LOOKED, ("audit", "export", None, "AUDIT_LOG_EXPORTED")]:
            name = getattr(subjects, subject)() if subject else None
            action = actions()[noun, verb]
            for query in HOSTILE:
                head = f"head={HEAD}&" if verb == "compare" else ""
                reply = subjects.do.client.send("GET", f"{action.target(name)}?{head}{query}")
                assert reply.status in (200, 400), (noun, verb, query)
                if event and reply.status == 200:
                    answered[event, action.pattern] = answered.get((event, action.pattern), 0) + 1
        own.stop()
        assert all(answered.values()) and seen(own, answered) == answered
