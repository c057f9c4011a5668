"""The same password, however it is typed: one form of Unicode for all (NIST SP 800-63B 5.1.1.2)."""

import subprocess
import unicodedata
import uuid

import pytest

from browser import Browser
from sanitizer import ROOT, patience

COMPOSED = unicodedata.normalize("NFC", "Pässwört-Grün-Größe-7")
APART = unicodedata.normalize("NFD", COMPOSED)


def signs_in(server, username, password):
    with Browser(server) as browser:
        return browser.sign_in(username, password).status == 303


@pytest.mark.parametrize("chosen,typed", [(COMPOSED, APART), (APART, COMPOSED), (APART, APART)])
def test_marks_and_letters_are_the_same_password_together_or_apart(server, do, chosen, typed):
    name = "u" + uuid.uuid4().hex[:12]
    do("user", "create", username=name, password=chosen)
    assert signs_in(server, name, typed)
    assert not signs_in(server, name, "Passwort-Grun-Grosse-7"), "marks count"


def test_compatibility_characters_stay_different(server, do):
    name = "u" + uuid.uuid4().hex[:12]
    do("user", "create", username=name, password="ﬁne-Passwort-7")
    assert not signs_in(server, name, "fine-Passwort-7")


def test_a_hash_of_the_bytes_as_they_came_still_lets_in_and_is_replaced(server, do, database):
    """From before there was a form, or brought along from elsewhere."""
    import crypt
    old = "u" + uuid.uuid4().hex[:12]
    do("user", "create", username=old, password="to be replaced")
    before = crypt.crypt(APART, "$2b$10$CCCCCCCCCCCCCCCCCCCCC.")
    database.execute("UPDATE users SET password_hash = ? WHERE username = ?", before, old)
    assert not signs_in(server, old, COMPOSED)
    assert signs_in(server, old, APART)
    assert database.value("SELECT password_hash FROM users WHERE username = ?", old) != before
    assert signs_in(server, old, COMPOSED)


def test_a_new_password_is_compared_in_one_form(server, do):
    name = "u" + uuid.uuid4().hex[:12]
    do("user", "create", username=name, password=COMPOSED)
    with Browser(server) as browser:
        browser.sign_in(name, APART)
        same = browser.submit(browser.get("/account").form("/account/password"),
                              current=COMPOSED, new=APART, again=APART)
        assert "the one you have" in same.text


def test_the_tables_are_those_of_unicode():
    """Against another implementation, if it knows the same version."""
    table = (ROOT / "lib" / "base" / "nfc.def").read_text()
    if f"Unicode {unicodedata.unidata_version}:" not in table:
        pytest.skip(f"Python knows Unicode {unicodedata.unidata_version}")
    made = subprocess.run(["/usr/bin/python3", str(ROOT / "packaging" / "nfc.py")], check=True,
                          capture_output=True, text=True, timeout=patience(60)).stdout
    assert made == table
