"""Whoever sits at the browser, for client libraries that have none."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from app import App  # noqa: E402
from browser import Browser  # noqa: E402


def target_of(url):
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def sign_in(server, url):
    """Opens the address, signs in and agrees; the address the application is called back at."""
    app = App(server, None, None)
    with Browser(server) as browser:
        page = app.walk(browser, browser.get(target_of(url)))
        # A stranger is not sent anywhere with an error: who has signed in is.
        if page.status == 400:
            browser.sign_in()
            page = app.walk(browser, browser.get(target_of(url)))
        assert page.status == 303, (page.status, page.text)
        return page.location


def approve_device(server, user_code):
    with Browser(server) as browser:
        browser.sign_in()
        browser.approve(user_code)


class Person:
    """The same over HTTP, for programs in other languages:
    GET /sign-in?url=... answers the callback address; GET /approve?user_code=... answers "done"."""

    def __init__(self, server):
        acts = {
            "/sign-in": lambda query: sign_in(server, query["url"][0]),
            "/approve": lambda query: approve_device(server, query["user_code"][0]) or "done",
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                parts = urlsplit(self.path)
                try:
                    status, text = 200, acts[parts.path](parse_qs(parts.query))
                except Exception as problem:  # pylint: disable=broad-except
                    status, text = 500, repr(problem)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.httpd.shutdown()
        self.httpd.server_close()


def link(person_url, act, **query):
    (name, value), = query.items()
    return f"{person_url}/{act}?{name}={quote(value, safe='')}"
