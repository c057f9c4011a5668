"""A database as the Go original leaves it: the tables that GORM makes of its models, and rows as its
drivers write them. Both kinds, SQLite and PostgreSQL, are made of the same description."""

import contextlib
import datetime
import hashlib
import itertools
import json
import secrets
import sqlite3
import uuid
import warnings

from database import Postgres

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

# column -> kind, or kind and default; a key is said with it.
TABLES = {
    "users": {
        "id": "key", "username": "unique", "email": "unique", "password_hash": "text",
        "role": ("text", "user"), "full_name": "text", "avatar_url": "text",
        "is_active": ("bool", True), "email_verified": ("bool", False), "external_id": "text",
        "auth_source": ("text", "local"), "created_at": "time", "updated_at": "time"},
    "oauth_applications": {
        "id": "serial", "client_id": "unique", "client_secret": "text", "client_name": "text",
        "description": "text", "user_id": "text", "scopes": "text",
        "grant_types": ("text", "device_code"), "redirect_uris": "json",
        "client_type": ("text", "public"), "enable_device_flow": ("bool", True),
        "enable_auth_code_flow": ("bool", False),
        "enable_client_credentials_flow": ("bool", False), "status": ("text", "active"),
        "token_profile": ("text", "standard"), "project": "text", "service_account": "text",
        "created_by": "text", "created_at": "time", "updated_at": "time"},
    "device_codes": {
        "id": "serial", "device_code_hash": "unique", "device_code_salt": "text",
        "device_code_id": "text", "user_code": "unique", "client_id": "text", "scopes": "text",
        "expires_at": "time", "interval": "number", "user_id": "text",
        "authorized": ("bool", False), "authorized_at": "time", "created_at": "time",
        "updated_at": "time"},
    "authorization_codes": {
        "id": "serial", "uuid": "unique", "code_hash": "unique", "code_prefix": "text",
        "application_id": "number", "client_id": "text", "user_id": "text",
        "redirect_uri": "text", "scopes": "text", "code_challenge": ("text", ""),
        "code_challenge_method": ("text", "S256"), "nonce": ("text", ""), "expires_at": "time",
        "used_at": "time", "created_at": "time"},
    "access_tokens": {
        "id": "key", "token_hash": "unique", "token_type": ("text", "Bearer"),
        "token_category": ("text", "access"), "status": ("text", "active"), "user_id": "text",
        "client_id": "text", "scopes": "text", "expires_at": "time", "created_at": "time",
        "last_used_at": "time", "parent_token_id": "text", "token_family_id": ("text", ""),
        "authorization_id": "number"},
    "user_authorizations": {
        "id": "serial", "uuid": "unique", "user_id": "text", "application_id": "number",
        "client_id": "text", "scopes": "text", "granted_at": "time", "revoked_at": "time",
        "is_active": ("bool", True), "created_at": "time", "updated_at": "time"},
    "oauth_connections": {
        "id": "key", "user_id": "text", "provider": "text", "provider_user_id": "text",
        "provider_username": "text", "provider_email": "text", "avatar_url": "text",
        "access_token": "text", "refresh_token": "text", "token_expiry": "time",
        "last_used_at": "time", "created_at": "time", "updated_at": "time"},
    "audit_logs": {
        "id": "key", "event_type": "text", "event_time": "time", "severity": "text",
        "actor_user_id": "text", "actor_username": "text", "actor_ip": "text",
        "resource_type": "text", "resource_id": "text", "resource_name": "text",
        "action": "text", "details": "json", "success": "bool", "error_message": "text",
        "user_agent": "text", "request_path": "text", "request_method": "text",
        "created_at": "time"},
}

KINDS = {
    "sqlite": {"key": "text PRIMARY KEY", "serial": "integer PRIMARY KEY AUTOINCREMENT",
               "unique": "text NOT NULL UNIQUE", "text": "text", "bool": "numeric",
               "time": "datetime", "json": "json", "number": "integer"},
    "postgres": {"key": "text PRIMARY KEY", "serial": "bigserial PRIMARY KEY",
                 "unique": "text NOT NULL UNIQUE", "text": "text", "bool": "boolean",
                 "time": "timestamptz", "json": "json", "number": "bigint"},
}


def now():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=2)))


def bcrypt(password):
    """As Go writes it, but cheap."""
    salt = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(21))
    return crypt.crypt(password, f"$2a$04${salt}u")


def new_secret():
    return "ago_" + "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(52))


class GoOriginal:
    """One installation of it; times_as says how its SQLite driver writes an instant."""

    def __init__(self, kind, directory, times_as="{:%Y-%m-%d %H:%M:%S.%f}+02:00"):
        self.kind, self.times_as = kind, times_as
        self.dsn = str(directory / "oauth.db") if kind == "sqlite" else Postgres.create()
        self.numbers, self.run = itertools.count(1), None
        with self.connect() as run:
            for table, columns in TABLES.items():
                run(f"CREATE TABLE {table} ({', '.join(self.column(*c) for c in columns.items())})")

    @property
    def place(self):
        return f"{self.kind}:{self.dsn}"

    def column(self, name, kind):
        kind, default = kind if isinstance(kind, tuple) else (kind, None)
        clause = "" if default is None else f" NOT NULL DEFAULT {self.literal(default)}"
        return f'"{name}" {KINDS[self.kind][kind]}{clause}'

    @staticmethod
    def literal(value):
        return str(value).lower() if isinstance(value, bool) else f"'{value}'"

    @contextlib.contextmanager
    def connect(self):
        if self.kind == "postgres":
            with Postgres(self.dsn).connect() as run:
                yield run
            return
        with contextlib.closing(sqlite3.connect(self.dsn)) as connection, connection:
            yield connection.execute

    def value(self, value):
        if isinstance(value, datetime.datetime) and self.kind == "sqlite":
            return self.times_as.format(value)
        # A []byte, as its Value() gives it.
        if isinstance(value, list):
            text = json.dumps(value)
            return text.encode() if self.kind == "sqlite" else text
        return value

    @contextlib.contextmanager
    def at_once(self):
        """Rows that are added inside are committed together."""
        with self.connect() as run:
            self.run = run
            yield
        self.run = None

    def add(self, table, **row):
        if TABLES[table].get("id") == "serial":
            row.setdefault("id", next(self.numbers))
        stamps = {"created_at": now(), "updated_at": now()}
        row = {**{name: at for name, at in stamps.items() if name in TABLES[table]}, **row}
        names = ", ".join(f'"{name}"' for name in row)
        with contextlib.nullcontext(self.run) if self.run else self.connect() as run:
            run(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})",
                tuple(self.value(v) for v in row.values()))
        return row

    def execute(self, sql, *values):
        with self.connect() as run:
            run(sql, values)

    # ---- what it writes ----

    def add_user(self, username, password=None, **columns):
        """Returns the id."""
        row = {"id": str(uuid.uuid4()), "username": username, "email": f"{username}@example.org",
               "password_hash": bcrypt(password) if password else "", "full_name": "",
               "avatar_url": "", "external_id": "", **columns}
        return self.add("users", **row)["id"]

    def add_client(self, name="App", secret=None, **columns):
        """Returns the client_id."""
        row = {"client_id": str(uuid.uuid4()), "client_secret": bcrypt(secret or new_secret()),
               "client_name": name, "description": "", "user_id": "", "scopes": "email profile",
               "redirect_uris": [], "project": "", "service_account": "", "created_by": "",
               "client_type": "confidential" if secret else "public", **columns}
        return self.add("oauth_applications", **row)["client_id"]

    def add_token(self, user_id, client_id, category="refresh", lives_s=3600, **columns):
        """Returns its text, which is not stored: a JWT, or what looks like one."""
        text = ".".join(secrets.token_urlsafe(n) for n in (30, 200, 32))
        self.add("access_tokens", **{
            "id": str(uuid.uuid4()), "token_hash": hashlib.sha256(text.encode()).hexdigest(),
            "token_category": category, "user_id": user_id, "client_id": client_id,
            "scopes": "email profile", "parent_token_id": "",
            "expires_at": now() + datetime.timedelta(seconds=lives_s), **columns})
        return text

    def add_consent(self, user_id, client_id, **columns):
        return self.add("user_authorizations", **{
            "uuid": str(uuid.uuid4()), "user_id": user_id, "client_id": client_id,
            "application_id": next(self.numbers), "scopes": "email profile", "granted_at": now(),
            **columns})["uuid"]
