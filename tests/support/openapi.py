"""Is an answer as docs/openapi.yaml says?  A small part of JSON Schema 2020-12: what the document uses, and
a word that is not here fails.  Members that the document does not name fail too, so that it tells of all."""

import datetime
import functools
import re
import uuid

import yaml

from running import ROOT

KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
WORDS = {"$ref", "allOf", "type", "description", "required", "properties", "items", "enum", "const", "format",
         "minimum", "maximum"}
FORMATS = {
    "date-time": lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo,
    "uuid": lambda text: str(uuid.UUID(text)) == text,
}


@functools.cache
def document():
    return yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())


@functools.cache
def operations():
    """By method and path, the parameters of which are {} here."""
    return {(method.upper(), re.sub(r"\{\w+\}", "{}", path)): operation
            for path, item in document()["paths"].items() for method, operation in item.items()}


def found(reference):
    part = document()
    for word in reference.removeprefix("#/").split("/"):
        part = part[word]
    return part


def flat(schema):
    """The same without $ref and allOf."""
    unknown = set(schema) - WORDS
    assert not unknown, f"openapi.py does not know {unknown}"
    if "$ref" in schema:
        return flat(found(schema["$ref"]))
    if "allOf" not in schema:
        return schema
    parts = [flat(part) for part in schema["allOf"]]
    return {"type": "object", "required": sum((part.get("required", []) for part in parts), []),
            "properties": {name: value for part in parts for name, value in part["properties"].items()}}


def check(value, schema, where):
    schema = flat(schema)
    kind = schema["type"]
    assert isinstance(value, KINDS[kind]) and not (kind == "integer" and value is True), (where, value, kind)
    assert value in schema.get("enum", [value]) and value == schema.get("const", value), (where, value)
    if "format" in schema:
        assert FORMATS[schema["format"]](value), (where, value)
    if kind == "array":
        for i, item in enumerate(value):
            check(item, schema["items"], f"{where}[{i}]")
    if kind == "object":
        members = schema.get("properties", {})
        assert set(schema.get("required", [])) <= set(value), (where, set(value))
        for name, member in value.items():
            assert name in members, f"{where}.{name} is not in docs/openapi.yaml"
            check(member, members[name], f"{where}.{name}")


def check_reply(method, path, reply):
    """path as the keys of operations() have it."""
    responses = operations()[method, path]["responses"]
    response = responses.get(str(reply.status)) or responses["default"]
    if "$ref" in response:
        response = found(response["$ref"])
    check(reply.json(), response["content"]["application/json"]["schema"], f"{method} {path} {reply.status}")
