#!/usr/bin/python3
"""A person who decides on a device code: decide.py approve|deny VERIFICATION_URI USER_CODE ..."""

import sys
from urllib.parse import urlsplit

from browser import Browser
from wire import Client


class Place:
    """As much of a server as a browser needs."""

    def __init__(self, uri):
        parts = urlsplit(uri)
        self.url, self.port = f"{parts.scheme}://{parts.netloc}", parts.port

    def client(self):
        return Client(self.port, None)


def main():
    action, uri, user_code = sys.argv[1:4]
    with Browser(Place(uri)) as browser:
        browser.sign_in()
        getattr(browser, action)(user_code)


if __name__ == "__main__":
    main()
