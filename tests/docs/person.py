"""Somebody and a browser: opens an address, signs in, agrees to what is asked, and goes where she is sent."""

import http.cookiejar
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from browser import _Page  # noqa: E402

PAGES_MAX = 12


def account():
    """Mia's, or on a machine without her the first admin's."""
    mia, first = Path("/run/mia.json"), Path("/root/authgate/authgate-credentials.txt")
    if mia.exists():
        return json.loads(mia.read_text())
    return dict(line.split("=", 1) for line in first.read_text().splitlines() if "=" in line)


class Person:
    def __init__(self):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.opener.addheaders = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) documents"), ("Accept", "text/html")]
        self.account = account()

    def _open(self, request):
        try:
            reply = self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as refusal:
            reply = refusal
        return reply.url, reply.read().decode(errors="replace")

    def _answer(self, form):
        """The fields of a form as they are filled in; None for a form that is not needed."""
        fields = dict(form.fields)
        if "password" in fields:
            return {**fields, "username": self.account["username"], "password": self.account["password"]}
        yes = [button for button in form.buttons if button[1] in ("approve", "allow")]
        if yes:
            return {**fields, **dict(yes)}
        if "user_code" in fields and self.user_code:
            return {**fields, "user_code": self.user_code}
        return None

    def open(self, url, user_code=None):
        """The last page: its address and its words."""
        self.user_code = user_code
        request = urllib.request.Request(url)
        for _ in range(PAGES_MAX):
            here, text = self._open(request)
            page = _Page(text)
            answers = [(form, self._answer(form)) for form in page.forms]
            wanted = next(((form, fields) for form, fields in answers if fields is not None), None)
            if not wanted:
                return here, " ".join(" ".join(page.words).split())
            form, fields = wanted
            origin = urllib.parse.urlsplit(here)
            request = urllib.request.Request(urllib.parse.urljoin(here, form.action or ""),
                                             urllib.parse.urlencode(fields).encode(),
                                             {"Origin": f"{origin.scheme}://{origin.netloc}", "Sec-Fetch-Site": "same-origin"})
        return here, "asked for ever: " + " ".join(" ".join(page.words).split())
