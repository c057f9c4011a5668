"""The Python SDK of the Model Context Protocol: finds, registers, signs in, all by itself."""

import asyncio
import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import urlopen

import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from part import Part, settings  # noqa: E402

given = settings()
part = Part()
PORT = given["ports"]["mcp_pypi"]
RESOURCE = f"http://127.0.0.1:{PORT}/mcp"


class Guarded(BaseHTTPRequestHandler):
    """The resource: says who guards it, and to whom it was shown."""

    def do_GET(self):  # pylint: disable=invalid-name
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        if self.path.startswith("/.well-known/oauth-protected-resource"):
            self.answer(200, {"resource": RESOURCE,
                              "authorization_servers": [given["open_issuer"]]})
        elif token:
            payload = token.split(".")[1]
            self.answer(200, json.loads(base64.urlsafe_b64decode(
                payload + "=" * (-len(payload) % 4))))
        else:
            self.answer(401, {})

    def answer(self, status, members):
        self.send_response(status)
        if status == 401:
            self.send_header("www-authenticate", "Bearer")
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(members).encode())

    def log_message(self, *_):
        pass


class Storage:
    """What it keeps."""
    client = kept = None

    async def get_tokens(self):
        return self.kept

    async def set_tokens(self, tokens):
        self.kept = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def use_it():
    asked = []

    async def redirect(url):
        asked.append(url)

    async def callback():
        with urlopen(f"{given['open_person']}/sign-in?url={quote(asked[-1], safe='')}") as reply:
            answer = parse_qs(urlsplit(reply.read().decode()).query)
        return AuthorizationCodeResult(
            code=answer["code"][0], state=answer["state"][0], iss=answer["iss"][0])

    storage = Storage()
    provider = OAuthClientProvider(
        server_url=RESOURCE, storage=storage, redirect_handler=redirect, callback_handler=callback,
        client_metadata=OAuthClientMetadata(
            client_name="MCP client", redirect_uris=["http://localhost:3030/callback"],
            grant_types=["authorization_code", "refresh_token"], response_types=["code"]))
    async with httpx2.AsyncClient(auth=provider) as http:
        reply = await http.get(RESOURCE)
    return reply, storage


httpd = ThreadingHTTPServer(("127.0.0.1", PORT), Guarded)
threading.Thread(target=httpd.serve_forever, daemon=True).start()
with part.case("finds, registers, signs in"):
    answered, kept = asyncio.run(use_it())
    assert answered.status_code == 200, answered.text
    assert answered.json()["aud"] == RESOURCE
    assert kept.kept.refresh_token
httpd.shutdown()
part.end()
