"""docs/openapi.yaml tells of every address of the API, and of nothing else.  That answers are as it says,
stories of operators see (tests/support/admin.py)."""

import re

import pytest
from admin import API, actions
from openapi import KINDS, document, flat
from routes import OPEN_TO_OTHERS, routes

DOCUMENT = document()
FOUND = ("/robots.txt", "/favicon.ico", "/.well-known/security.txt", "/api/openapi.json")
METHODS = {"get", "post", "put", "patch", "delete"}
OPERATIONS = {(method.upper(), path): operation
              for path, item in DOCUMENT["paths"].items()
              for method, operation in item.items() if method in METHODS}


def documented_rows():
    """All but pages, what they load, and what says whom to ask; of pages the two that clients send people to."""
    return [row for row in routes() if not row.pattern.startswith(("/static", "/ui", *FOUND))
            and (row.errors != "ERRORS_PAGE" or row.pattern in OPEN_TO_OTHERS)]


def test_it_has_the_rows_of_the_table():
    rows = {(row.method, re.sub(r":(\w+)", r"{\1}", row.pattern)) for row in documented_rows()}
    assert set(OPERATIONS) == rows


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_an_operation_names_what_its_path_and_body_need(key):
    method, path = key
    operation = OPERATIONS[key]
    named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", path))
    (row,) = [r for r in documented_rows()
              if (r.method, re.sub(r":(\w+)", r"{\1}", r.pattern)) == key]
    takes_body = row.flags & {"ROUTE_FORM", "ROUTE_MAYBE_FORM", "ROUTE_JSON", "ROUTE_MAYBE_JSON"}
    assert ("requestBody" in operation) == bool(takes_body)
    assert operation["summary"] and operation["responses"] and method.lower() in METHODS


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_bodies_and_filters_are_those_of_the_command():
    for action in actions().values():
        (operation,) = [operation for (method, path), operation in OPERATIONS.items()
                        if (method, re.sub(r"\{\w+\}", ":", path)) == (action.method, action.pattern)]
        if action.method == "GET":
            told = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
        else:
            body = operation.get("requestBody", {"content": {"application/json": {"schema": {}}}})
            told = set(body["content"]["application/json"]["schema"].get("properties", {}))
        assert set(action.options) <= told, str(action)


def spelled_out(schema):
    """Whether every part of a schema says what it is."""
    schema = flat(schema)
    parts = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return schema["type"] in KINDS and (schema["type"] != "object" or parts) and all(map(spelled_out, parts))


@pytest.mark.parametrize("key", [key for key in OPERATIONS if key[1].startswith(API)], ids=" ".join)
def test_what_an_operator_is_answered_is_spelled_out(key):
    responses = OPERATIONS[key]["responses"]
    for status in set(responses) - {"default"}:
        assert spelled_out(responses[status]["content"]["application/json"]["schema"])
