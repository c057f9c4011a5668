"""Tokens that nobody may believe, made from one that is right (group E of the catalogue)."""

import base64
import hashlib
import hmac
import json


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(token):
    header, payload, signature = token.split(".")
    return json.loads(unb64(header)), json.loads(unb64(payload)), unb64(signature)


def join(header, payload, signature):
    encode = [part if isinstance(part, bytes) else json.dumps(part).encode()
              for part in (header, payload)]
    return ".".join([b64(encode[0]), b64(encode[1]), b64(signature)])


def mac(header, payload, key):
    head = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"
    return f"{head}.{b64(hmac.new(key, head.encode(), hashlib.sha256).digest())}"


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def negated(signature):
    """The other signature that the same ECDSA key could have made."""
    half = len(signature) // 2
    s = int.from_bytes(signature[half:], "big")
    return signature[:half] + ((ORDER - s) % ORDER).to_bytes(half, "big")


def der(signature):
    half = len(signature) // 2
    numbers = b""
    for part in (signature[:half], signature[half:]):
        part = part.lstrip(b"\0")
        part = (b"\0" if part[0] & 0x80 else b"") + part
        numbers += bytes([2, len(part)]) + part
    return bytes([0x30, len(numbers)]) + numbers


def _unsigned(header, payload):
    """E1"""
    for alg in ("none", "None", "nOnE", "NONE", ""):
        yield f"alg {alg}", join({**header, "alg": alg}, payload, b"")
    without = {k: v for k, v in header.items() if k != "alg"}
    yield "no alg", join(without, payload, b"")
    yield "alg as array", join({**header, "alg": ["none"]}, payload, b"")


def _confused(header, payload, jwk, pem):
    """E2, E3: public things as the secret of an HMAC."""
    hs = {**header, "alg": "HS256"}
    for name, key in (("pem", pem), ("pem without newline", pem.strip()),
                      ("jwk", json.dumps(jwk).encode()), ("empty", b""), ("nul", b"\0" * 32),
                      ("coordinate", unb64(jwk.get("x") or jwk["n"]))):
        yield f"HS256 {name}", mac(hs, payload, key)
        yield f"no kid HS256 {name}", mac({"alg": "HS256", "typ": hs["typ"]}, payload, key)


def _named_keys(header, payload, signature):
    """E5, E6, E7"""
    kids = ["../../dev/null", "/dev/null", "' OR 1=1 --", "x" * 65536, "", "unknown", ["a"], None,
            {"a": 1}, 7]
    for kid in kids:
        yield f"kid {str(kid)[:12]}", join({**header, "kid": kid}, payload, signature)
        hs = {**header, "alg": "HS256", "kid": kid}
        yield f"kid {str(kid)[:12]} HS256", mac(hs, payload, b"")
    for name in ("jku", "x5u"):
        yield name, join({**header, name: "http://127.0.0.1:9/keys"}, payload, signature)
    yield "jwk", join({**header, "jwk": {"kty": "oct", "k": ""}}, payload, signature)
    yield "x5c", join({**header, "x5c": ["MIIB"]}, payload, signature)
    yield "crit", join({**header, "crit": ["exp"]}, payload, signature)
    yield "crit unknown", join({**header, "crit": ["x"], "x": 1}, payload, signature)
    yield "b64", join({**header, "crit": ["b64"], "b64": False}, payload, signature)


def _claims(header, payload, signature):
    """E8, E9: without the key, these are as good as any."""
    for name, values in {
            "exp": (9999999999, "9999999999", 1e15, -1, None), "nbf": (9999999999,),
            "iat": (9999999999,), "iss": ("https://evil.example", None),
            "aud": ([], "", "https://other.example"), "sub": ("admin", "", None)}.items():
        for value in values:
            changed = {k: v for k, v in {**payload, name: value}.items() if v is not None}
            yield f"{name} {value}", join(header, changed, signature)
    yield "exp huge", join(header, b'{"exp":1e400}', signature)


def _bytes(token, header, payload, signature):
    """E10, E12, E13"""
    head, body, tail = token.split(".")
    for name, text in {
            "cut": token[:-1], "two parts": f"{head}.{body}", "no signature": f"{head}.{body}.",
            "four parts": token + ".x", "five parts": token + ".x.x", "extra dot": token + ".",
            "leading dot": "." + token, "padding": token + "=", "padded": token + "==",
            "space": token + " x", "empty payload": f"{head}..{tail}", "only dots": "..",
            "empty head": f".{body}.{tail}", "standard alphabet": token.replace("-", "+"),
            "reversed": ".".join((tail, body, head)), "jwe": ".".join([head, "", body, body, tail]),
            "long": f"{head}.{body}.{'A' * 60000}", "no json": join(b"x", b"x", b"x"),
            "list": join([], [], b"x"), "deep": join(b"[" * 9000, b"[" * 9000, b"x")}.items():
        if text != token:
            yield name, text
    yield "zero signature", f"{head}.{body}.{b64(bytes(len(signature)))}"
    yield "one signature", f"{head}.{body}.{b64((b'%c' % 0) * (len(signature) - 1) + b'%c' % 1)}"
    if header["alg"] == "ES256":
        yield "negated", f"{head}.{body}.{b64(negated(signature))}"
        yield "der", f"{head}.{body}.{b64(der(signature))}"
    for at in (0, len(signature) - 1):
        flipped = bytearray(signature)
        flipped[at] ^= 1
        yield f"bit flip {at}", f"{head}.{body}.{b64(bytes(flipped))}"
    twice = json.dumps(payload)[:-1].encode() + b',"sub":"evil"}'
    yield "duplicate member", join(header, twice, signature)
    yield "invalid utf-8", join(header, b'{"sub":"\xff"}', signature)


def forgeries(token, jwk, pem):
    """(name, text) of every wrong token."""
    header, payload, signature = read(token)
    yield from _unsigned(header, payload)
    yield from _confused(header, payload, jwk, pem)
    yield from _named_keys(header, payload, signature)
    yield from _claims(header, payload, signature)
    yield from _bytes(token, header, payload, signature)
