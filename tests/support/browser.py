"""A browser without a window: cookies, forms, redirects, and the headers that
browsers add to forms."""

import html.parser
import http.cookies
from urllib.parse import urlsplit

from running import ADMIN_PASSWORD


class Form:
    def __init__(self, action, method):
        self.action, self.method, self.fields, self.buttons = action, method, {}, []


class _Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.forms, self.tags, self.words, self.open = [], [], [], None
        self.lines = self.select = None  # the field that is being read
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == "form":
            self.open = Form(attributes.get("action"), attributes.get("method", "get"))
            self.forms.append(self.open)
        elif attributes.get("type") == "checkbox" and "checked" not in attributes:
            pass
        elif tag == "textarea" and self.open:
            self.lines = attributes["name"]
            self.open.fields[self.lines] = ""
        elif tag == "select" and self.open:
            self.select = attributes["name"]
        elif tag == "option" and self.select:
            if "selected" in attributes or self.select not in self.open.fields:
                self.open.fields[self.select] = attributes["value"]
        elif tag == "input" and self.open:
            self.open.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and self.open and "name" in attributes:
            self.open.buttons.append((attributes["name"], attributes["value"]))

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        elif tag == "textarea" and self.lines:
            # The line break behind its beginning is no part of it.
            self.open.fields[self.lines] = self.open.fields[self.lines].removeprefix("\n")
            self.lines = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data):
        if self.lines:
            self.open.fields[self.lines] += data
        self.words.append(data)


class Page:
    """A reply, as a person sees it."""

    def __init__(self, response, target):
        self.response, self.target, self.status = response, target, response.status
        is_html = (response.header("content-type") or "").startswith("text/html")
        parsed = _Page(response.text if is_html else "")
        self.forms, self.tags = parsed.forms, parsed.tags
        self.text = " ".join(" ".join(parsed.words).split())

    @property
    def location(self):
        return self.response.header("location")

    def form(self, action):
        (found,) = [f for f in self.forms if f.action == action]
        return found


class Browser:
    def __init__(self, server, user_agent="Mozilla/5.0 (story)"):
        self.server, self.user_agent = server, user_agent
        self.http = server.client()
        self.cookies = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    # ---- single requests ----

    def headers(self, extra=()):
        headers = [("User-Agent", self.user_agent), ("Accept", "text/html")]
        if self.cookies:
            headers.append(("Cookie", "; ".join(f"{n}={v}" for n, v in self.cookies.items())))
        return [*headers, *extra]

    def _keep_cookies(self, response):
        for line in response.all("set-cookie"):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def _page(self, response, target):
        self._keep_cookies(response)
        return Page(response, target)

    def get(self, target, headers=()):
        return self._page(self.http.get(target, self.headers(headers)), target)

    def post(self, target, fields, headers=None):
        """headers replace those that a browser adds to a form of our own page."""
        if headers is None:
            headers = [("Origin", self.origin), ("Sec-Fetch-Site", "same-origin")]
        return self._page(self.http.post(target, fields, self.headers(headers)), target)

    def post_from_elsewhere(self, target, fields, origin="https://app.example"):
        """A form on a page of another site: cookies that are SameSite=Lax stay at home."""
        mine, self.cookies = self.cookies, {}
        page = self.post(target, fields, [("Origin", origin), ("Sec-Fetch-Site", "cross-site")])
        self.cookies = {**mine, **self.cookies}
        return page

    @property
    def origin(self):
        parts = urlsplit(self.server.url)
        return f"{parts.scheme}://{parts.netloc}"

    # ---- what a person does ----

    def follow(self, page):
        for _ in range(5):
            if page.status != 303:
                return page
            page = self.get(page.location)
        raise AssertionError("redirected for ever")

    def submit(self, form, headers=None, **fields):
        return self.post(form.action, {**form.fields, **fields}, headers)

    def sign_in(self, username="admin", password=ADMIN_PASSWORD, next_target=None):
        target = "/login" + (f"?next={next_target}" if next_target else "")
        return self.submit(self.get(target).form("/login"), username=username, password=password)

    def review(self, user_code):
        """Enters a code at /device; the page that shows what asks."""
        entry = self.follow(self.get("/device"))
        return self.follow(self.submit(entry.form("/device/verify"), user_code=user_code))

    def decide(self, review, action):
        return self.follow(self.submit(review.form("/device/decide"), action=action))

    def approve(self, user_code):
        page = self.decide(self.review(user_code), "approve")
        assert page.status == 200, page.text
        return page

    def deny(self, user_code):
        page = self.decide(self.review(user_code), "deny")
        assert page.status == 200, page.text
        return page
