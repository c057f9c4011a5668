"""A small authorization server that does the device grant right, but for one planted fault.

    with FaultyServer("never_slow_down") as server:
        run("probe", server.issuer, "--client-id", CLIENT, ...)

FAULTS names each fault and the cases of `authgate probe` that have to fail on it, and no other. As a
program it is the person: `faulty_as.py approve|deny ISSUER URI USER_CODE ...`.
"""
import http.server
import json
import random
import secrets
import sys
import threading
import time
import urllib.parse
import urllib.request

CLIENT, OTHER = "the-device", "another-device"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
SCOPES = {"openid", "profile"}
EXPIRES_S, INTERVAL_S = 17, 1
OPEN_MOST = 100

# fault: cases that must fail, in the order of the probe
FAULTS = {
    "no_metadata": "metadata.found",
    "metadata_is_html": "metadata.type",
    "metadata_of_another_issuer": "metadata.issuer",
    "no_token_endpoint": "metadata.token_endpoint",
    "no_device_endpoint": "metadata.device_endpoint",
    "device_grant_not_listed": "metadata.grant",
    "plain_http_endpoint": "metadata.safe",
    "documents_differ": "metadata.agree",
    "none_not_listed": "metadata.methods",
    "no_iss": "metadata.iss",
    "metadata_open_with_cookies": "metadata.cors",
    "no_expires_in": "request.answer request.expires",
    "codes_are_html": "request.type",
    "codes_are_cached": "request.no_store",
    "expires_in_is_text": "request.expires",
    "interval_is_text": "request.interval",
    "plain_http_page": "request.uri",
    "uri_holds_code": "request.uri_plain",
    "link_holds_device_code": "request.complete",
    "any_client": "request.unknown_client",
    "no_client_needed": "request.no_client",
    "request_errors_are_html": "request.error_json",
    "codes_by_get": "request.get",
    "codes_by_json": "request.json",
    "request_takes_two": "request.repeated",
    "scope_is_a_crash": "request.scope",
    "codes_open_with_cookies": "request.cors",
    "one_user_code": "code.unique code.user_entropy",
    "device_codes_counted": "code.device_entropy",
    "device_codes_short": "code.device_entropy",
    "user_codes_short": "code.user_entropy",
    "user_codes_counted": "code.user_entropy",
    "device_code_tells_user_code": "code.apart",
    "user_codes_not_typable": "code.typable",
    "pending_is_success": "poll.pending poll.recovers page.harmless",
    "poll_errors_are_text": "poll.error_json",
    "polls_are_cached": "poll.no_store",
    "never_slow_down": "poll.slow_down",
    "slow_down_for_ever": "poll.recovers",
    "slow_down_for_all": "poll.honest",
    "unknown_code_is_pending": "poll.unknown_code poll.altered_code poll.user_code",
    "no_code_is_a_crash": "poll.no_code",
    "compares_the_beginning": "poll.altered_code",
    "user_code_is_device_code": "poll.user_code",
    "pending_for_any_client": "poll.other_client",
    "pending_for_nobody": "poll.no_client",
    "unknown_grant_is_invalid_request": "poll.unknown_grant",
    "polls_by_get": "poll.get",
    "poll_takes_two": "poll.repeated",
    "bytes_are_a_crash": "poll.hostile",
    "tokens_open_with_cookies": "poll.cors",
    "page_is_a_crash": "page.answers page.frames",
    "page_may_be_framed": "page.frames",
    "page_open_to_origins": "page.cors",
    "link_approves": "page.harmless",
    "page_does_not_escape": "page.escapes",
    "page_tells_referrer": "page.referrer",
    "approved_for_any_client": "approve.bound approve.tokens",
    "never_tokens": "approve.tokens approve.parallel",
    "no_token_type": "approve.type",
    "tokens_without_end": "approve.expires",
    "tokens_are_cached": "approve.no_store",
    "more_scope": "approve.scope",
    "tokens_do_not_work": "approve.userinfo",
    "works_twice": "approve.once approve.parallel",
    "race": "approve.parallel",
    "denied_is_pending": "deny.refused deny.stays",
    "denied_works_later": "deny.stays",
    "guesses_are_a_crash": "guess.device_codes",
    "page_tells_codes": "guess.user_codes",
    "open_without_limit": "guess.requests",
    "never_expires": "expire.refused",
    "expired_is_unknown": "expire.refused",
}
INTRUSIVE = {"guesses_are_a_crash", "page_tells_codes", "open_without_limit"}


class Code:
    def __init__(self, server):
        self.device_code = server.new_device_code()
        self.user_code = server.new_user_code()
        self.state = "pending"
        self.asked = time.monotonic()
        self.expires = self.asked + EXPIRES_S
        self.interval = INTERVAL_S
        self.polled = None
        self.slowed = False
        self.denials = 0


class FaultyServer:
    def __init__(self, fault=None):
        assert fault is None or fault in FAULTS, fault
        self.fault = fault
        self.lock = threading.RLock()
        self.codes, self.count, self.guesses, self.tokens = [], 0, 0, set()
        handler = type("Handler", (Handler,), {"server_": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.issuer = "http://127.0.0.1:%d" % self.http.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def has(self, *faults):
        return self.fault in faults

    def new_device_code(self):
        self.count += 1
        if self.has("device_codes_counted"):
            return "0123456789abcdefghijklmnopqrst%08d" % self.count
        if self.has("device_codes_short"):
            return secrets.token_hex(6)
        return secrets.token_urlsafe(32)

    def new_user_code(self):
        if self.has("one_user_code"):
            return "BCDF-GHJK"
        if self.has("user_codes_short"):
            return "%04d" % random.randrange(10000)
        if self.has("user_codes_counted"):
            return "%09d" % (100000000 + self.count)
        if self.has("user_codes_not_typable"):
            return "".join(random.choices(LETTERS + "§~|", k=6)) + "|" + str(self.count % 10)
        letters = random.choices(LETTERS, k=8)
        return "".join(letters[:4]) + "-" + "".join(letters[4:])

    def by_device_code(self, text):
        for code in self.codes:
            if self.has("device_code_tells_user_code"):
                known = code.user_code + "." + code.device_code
            else:
                known = code.device_code
            if text == known or (self.has("compares_the_beginning") and text.startswith(known)):
                return code
            if self.has("user_code_is_device_code") and text == code.user_code:
                return code
        return None

    def by_user_code(self, text):
        return next((c for c in reversed(self.codes) if c.user_code == text), None)

    def document(self, openid):
        url = self.issuer
        found = {
            "issuer": url, "token_endpoint": url + "/token",
            "device_authorization_endpoint": url + "/device_authorization",
            "authorization_endpoint": url + "/authorize", "userinfo_endpoint": url + "/userinfo",
            "jwks_uri": url + "/jwks", "grant_types_supported": [GRANT],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
        }
        changes = {
            "metadata_of_another_issuer": {"issuer": "https://another.example"},
            "no_token_endpoint": {"token_endpoint": None},
            "no_device_endpoint": {"device_authorization_endpoint": None},
            "device_grant_not_listed": {"grant_types_supported": ["authorization_code"]},
            "plain_http_endpoint": {"jwks_uri": "http://keys.example/jwks"},
            "documents_differ": {"jwks_uri": url + "/other"} if openid else {},
            "none_not_listed": {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
            "no_iss": {"authorization_response_iss_parameter_supported": None},
        }
        found.update(changes.get(self.fault, {}))
        return {name: value for name, value in found.items() if value is not None}


class Handler(http.server.BaseHTTPRequestHandler):
    server_ = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    # ---- answers ----

    def send(self, status, body, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def cookies_allowed(self, fault):
        if not (self.server_.has(fault) and self.headers.get("Origin")):
            return []
        return [("Access-Control-Allow-Origin", self.headers["Origin"]),
                ("Access-Control-Allow-Credentials", "true")]

    # ---- requests ----

    def do_GET(self):
        me, parts = self.server_, urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        if parts.path.startswith("/.well-known/"):
            self.metadata(parts.path.endswith("openid-configuration"))
        elif parts.path == "/device_authorization" and me.has("codes_by_get"):
            self.new_code([*query.items()])
        elif parts.path == "/token" and me.has("polls_by_get"):
            self.token([*query.items()])
        elif parts.path in ("/device_authorization", "/token"):
            self.send(405, {"error": "invalid_request"})
        elif parts.path == "/device":
            self.page(query)
        elif parts.path == "/userinfo":
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            good = token in me.tokens and not me.has("tokens_do_not_work")
            self.send(200 if good else 401, {"sub": "mia"} if good else {"error": "invalid_token"})
        else:
            self.send(404, {"error": "not_found"})

    def do_POST(self):
        me = self.server_
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/decide":
            asked = dict(urllib.parse.parse_qsl(body.decode()))
            with me.lock:
                me.by_user_code(asked["code"]).state = asked["action"]
            self.send(200, {})
            return
        fields = self.fields(body)
        if fields is None and self.path == "/device_authorization":
            self.send(415, {"error": "invalid_request"})
        elif fields is None:
            self.send(500 if me.has("bytes_are_a_crash") else 400, {"error": "invalid_request"})
        elif self.path == "/device_authorization":
            self.new_code(fields)
        elif self.path == "/token":
            self.token(fields)
        else:
            self.send(404, {"error": "not_found"})

    def fields(self, body):
        """The form, or nothing if it is none that could be good."""
        if self.headers.get("Content-Type", "").startswith("application/json"):
            known = self.server_.has("codes_by_json")
            return [*json.loads(body).items()] if known else None
        try:
            fields = urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
        except (UnicodeDecodeError, ValueError):
            return None
        return None if any("\0" in value or "\r" in value for _, value in fields) else fields

    def metadata(self, openid):
        me = self.server_
        if me.has("no_metadata"):
            self.send(404, {"error": "not_found"})
            return
        kind = "text/html" if me.has("metadata_is_html") else "application/json"
        self.send(200, me.document(openid), kind, self.cookies_allowed("metadata_open_with_cookies"))

    # ---- the device authorization endpoint ----

    def refuse(self, error, status=400, fault=None, headers=()):
        if fault and self.server_.has(fault):
            kind = "text/html" if fault == "request_errors_are_html" else "text/plain"
            body = b"<p>no" if kind == "text/html" else json.dumps({"error": error}).encode()
            self.send(status, body, kind, headers)
        else:
            self.send(status, {"error": error}, headers=headers)

    def new_code(self, fields):
        me, form = self.server_, dict(fields)
        client = form.get("client_id", "")
        if len(fields) != len(form) and not me.has("request_takes_two"):
            self.refuse("invalid_request")
        elif not client and not me.has("no_client_needed"):
            self.refuse("invalid_request")
        elif client not in (CLIENT, OTHER, "") and me.has("request_errors_are_html"):
            # The right error, in the wrong clothes: a parser of JSON still reads it.
            self.send(401, {"error": "invalid_client"}, "text/html")
        elif client not in (CLIENT, OTHER, "") and not me.has("any_client"):
            self.refuse("invalid_client", 401)
        elif not set(form.get("scope", "openid").split()) <= SCOPES:
            if me.has("scope_is_a_crash"):
                self.send(500, b"oh no", "text/plain")
            else:
                self.refuse("invalid_scope")
        else:
            self.issue(me)

    def issue(self, me):
        with me.lock:
            now = time.monotonic()
            waiting = sum(c.state == "pending" and c.expires > now for c in me.codes)
            if waiting >= OPEN_MOST and not me.has("open_without_limit"):
                self.send(429, {"error": "slow_down"})
                return
            code = Code(me)
            me.codes.append(code)
        shown = code.device_code
        if me.has("device_code_tells_user_code"):
            shown = code.user_code + "." + shown
        uri = me.issuer + "/device"
        answer = {"device_code": shown, "user_code": code.user_code, "verification_uri": uri,
                  "verification_uri_complete": uri + "?user_code=" + urllib.parse.quote(code.user_code),
                  "expires_in": EXPIRES_S, "interval": INTERVAL_S}
        changes = {
            "no_expires_in": {"expires_in": None},
            "expires_in_is_text": {"expires_in": str(EXPIRES_S)},
            "interval_is_text": {"interval": "1"},
            "plain_http_page": {"verification_uri": "http://device.example/device"},
            "uri_holds_code": {"verification_uri": uri + "?c=" + code.user_code},
            "link_holds_device_code": {"verification_uri_complete": uri + "?d=" + shown},
        }
        answer.update(changes.get(me.fault, {}))
        kind = "text/html" if me.has("codes_are_html") else "application/json"
        cache = [] if me.has("codes_are_cached") else [("Cache-Control", "no-store")]
        self.send(200, {n: v for n, v in answer.items() if v is not None}, kind,
                  cache + self.cookies_allowed("codes_open_with_cookies"))

    # ---- the token endpoint ----

    def token(self, fields):
        me, form = self.server_, dict(fields)
        self.headers_ = [] if me.has("polls_are_cached") else [("Cache-Control", "no-store")]
        self.headers_ += self.cookies_allowed("tokens_open_with_cookies")
        error, status = self.judge(me, form, len(fields) != len(form))
        if error == "crash":
            self.send(500, b"oh no", "text/plain")
        elif error:
            self.refuse(error, status, "poll_errors_are_text", self.headers_)

    def judge(self, me, form, repeated):
        """An error and its status; nothing if the answer has been sent."""
        client, text = form.get("client_id"), form.get("device_code")
        if repeated and not me.has("poll_takes_two"):
            return "invalid_request", 400
        if form.get("grant_type") != GRANT:
            return ("invalid_request" if me.has("unknown_grant_is_invalid_request")
                    else "unsupported_grant_type"), 400
        if not text:
            return ("crash" if me.has("no_code_is_a_crash") else "invalid_request"), 400
        with me.lock:
            code = me.by_device_code(text)
            state = code.state if code else None
            if state != "approve" or not me.has("approved_for_any_client"):
                if not client and not me.has("pending_for_nobody"):
                    return "invalid_client", 401
                if client not in (CLIENT, None) and not (
                        me.has("pending_for_any_client") and state == "pending"):
                    return "invalid_grant", 400
            if not code:
                return self.unknown(me)
            return self.poll(me, code)

    def unknown(self, me):
        me.guesses += 1
        if me.has("guesses_are_a_crash") and me.guesses > 30:
            return "crash", 500
        return ("authorization_pending" if me.has("unknown_code_is_pending") else "invalid_grant"), 400

    def poll(self, me, code):
        now = time.monotonic()
        if code.state == "used":
            return "invalid_grant", 400
        if code.state == "deny":
            code.denials += 1
            if me.has("denied_works_later") and code.denials > 1:
                return self.give(me, code)
            return ("authorization_pending" if me.has("denied_is_pending") else "access_denied"), 400
        if code.expires < now and not me.has("never_expires"):
            return ("invalid_grant" if me.has("expired_is_unknown") else "expired_token"), 400
        if code.state == "approve" and not me.has("never_tokens"):
            return self.give(me, code)
        early = code.polled is not None and now - code.polled < code.interval - 0.1
        code.polled = now
        if me.has("slow_down_for_all") and not code.slowed and len(me.codes) > 3:
            early = early or now - code.asked > 1.5
        if (early and not me.has("never_slow_down")) or (me.has("slow_down_for_ever") and code.slowed):
            code.interval += 5
            code.slowed = True
            return "slow_down", 400
        return "authorization_pending", 200 if me.has("pending_is_success") else 400

    def give(self, me, code):
        if me.has("race"):
            me.lock.release()  # between looking and writing
            time.sleep(0.3)
            me.lock.acquire()
        if not me.has("works_twice"):
            code.state = "used"
        token = secrets.token_urlsafe(32)
        me.tokens.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3600,
                  "scope": "openid admin" if me.has("more_scope") else "openid"}
        if me.has("no_token_type"):
            del answer["token_type"]
        if me.has("tokens_without_end"):
            del answer["expires_in"]
        self.send(200, answer, headers=[] if me.has("tokens_are_cached") else [("Cache-Control", "no-store")])
        return None, 200

    # ---- the page ----

    def page(self, query):
        me, typed = self.server_, query.get("user_code", "")
        if me.has("page_is_a_crash") and not typed:
            self.send(500, b"oh no", "text/plain")
            return
        with me.lock:
            code = me.by_user_code(typed)
            if code and me.has("link_approves"):
                code.state = "approve"
        headers = [] if me.has("page_may_be_framed") else [("X-Frame-Options", "DENY")]
        if not me.has("page_tells_referrer"):
            headers.append(("Referrer-Policy", "no-referrer"))
        if me.has("page_open_to_origins"):
            headers.append(("Access-Control-Allow-Origin", "*"))
        shown = typed if me.has("page_does_not_escape") else urllib.parse.quote(typed)
        status = 404 if typed and not code and me.has("page_tells_codes") else 200
        self.send(status, b"<p>" + shown.encode(), "text/html", headers)


def main():
    action, issuer, _, code = sys.argv[1:5]
    form = urllib.parse.urlencode({"code": code, "action": action}).encode()
    urllib.request.urlopen(issuer + "/decide", form, timeout=30)


if __name__ == "__main__":
    main()
