"""mozilla-django-oidc with its defaults, but for the algorithm: its own default is HS256, with the
client's secret for a key, which it asks everybody to change."""

import sys
import threading
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from part import Part, settings as interop  # noqa: E402

given = interop()
client = given["clients"]["made django"]
ISSUER = given["issuer"]

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure(
    SECRET_KEY="of the application", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], USE_TZ=True,
    LOGIN_REDIRECT_URL="/done", LOGIN_REDIRECT_URL_FAILURE="/failed",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": "file:interop?mode=memory&cache=shared"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "mozilla_django_oidc"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    OIDC_RP_CLIENT_ID=client["id"], OIDC_RP_CLIENT_SECRET=client["secret"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/oauth/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/oauth/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/oauth/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/.well-known/jwks.json")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
import requests  # noqa: E402

urlpatterns = [
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("done", lambda request: HttpResponse(request.user.email if request.user.is_authenticated
                                              else "nobody")),
    path("failed", lambda request: HttpResponse("failed", status=403)),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


part = Part()
call_command("migrate", verbosity=0)
port = given["ports"]["django"]
httpd = make_server("127.0.0.1", port, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=httpd.serve_forever, daemon=True).start()
with part.case("a sign-in and its user"):
    here = f"http://127.0.0.1:{port}"
    browser = requests.Session()
    asked = browser.get(f"{here}/oidc/authenticate/", allow_redirects=False)
    assert asked.status_code == 302, asked.text
    where = asked.headers["location"]
    with urlopen(f"{given['person']}/sign-in?url={quote(where, safe='')}") as reply:
        back = reply.read().decode()
    assert urlsplit(back).path == "/oidc/callback/", back
    done = browser.get(back)
    assert (done.status_code, done.text) == (200, "admin@localhost"), done.text
httpd.shutdown()
part.end()
