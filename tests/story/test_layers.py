"""tests/support/layers.py sees each include that docs/ARCHITECTURE.md does not allow."""

import subprocess
import sys

import pytest

from sanitizer import ROOT

DOCUMENT = "docs/ARCHITECTURE.md"


@pytest.fixture(name="tree")
def _tree(tmp_path):
    """An empty tree with our tables."""
    (tmp_path / "docs").mkdir()
    (tmp_path / DOCUMENT).write_text((ROOT / DOCUMENT).read_text())
    return tmp_path


def plant(tree, path, *included):
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_text("".join(f"#include {name}\n" for name in included))


def check(tree):
    done = subprocess.run([sys.executable, ROOT / "tests/support/layers.py", tree], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("path,included", [
    ("server/engine/work.c", '"server/exchange.h"'),
    ("server/gate/limit.c", '"server/engine/work.h"'),
    ("server/keep/trail.c", '"server/engine/work.h"'),
    ("server/oauth/token.c", '"server/gate/client.h"'),
    ("server/prepare.c", '"server/pages/problem.h"'),
    ("server/serve.c", '"server/prepare.h"'),
    ("lib/oauth/token.c", '"lib/store/token.h"'),
    ("lib/http/fetch.c", "<curl/curl.h>"),
])
def test_an_include_that_looks_down_is_taken(tree, path, included):
    plant(tree, path, included)
    assert check(tree) == (0, "layers: 1 includes, 0 problems\n")


@pytest.mark.parametrize("path,included", [
    ("server/engine/work.c", '"server/gate/dispatch.h"'),
    ("server/engine/commit.c", '"server/keep/trail.h"'),
    ("server/engine/delivery.c", '"server/prepare.h"'),
    ("server/gate/dispatch.c", '"server/keep/metrics.h"'),
    ("server/keep/trail.c", '"server/admin/admin.h"'),
    ("server/oauth/token.c", '"server/pages/page.h"'),
    ("server/pages/login.c", '"server/admin/admin.h"'),
    ("server/reply.c", '"server/pages/problem.h"'),
    ("server/server.h", '"server/engine/work.h"'),
    ("server/settings.c", '"server/serve.h"'),
    ("server/new_room/file.c", '"server/gate/limit.h"'),
    ("lib/store/token.c", '"lib/oauth/token.h"'),
    ("lib/oauth/token.c", '"server/exchange.h"'),
    ("cmd/admin.c", '"token.h"'),
    ("server/gate/guard.c", "<h2o.h>"),
    ("lib/oauth/token.c", "<curl/curl.h>"),
])
def test_an_include_that_looks_up_or_aside_is_refused(tree, path, included):
    plant(tree, path, included)
    code, told = check(tree)
    assert code == 1 and told.startswith(path + ": ") and told.endswith(" 1 problems\n"), told


def test_headers_that_include_each_other_are_refused(tree):
    for header, other in (("exchange", "server"), ("server", "settings"), ("settings", "exchange")):
        plant(tree, f"server/{header}.h", f'"server/{other}.h"')
    code, told = check(tree)
    assert code == 1
    assert "a circle of headers: server/exchange.h > server/server.h > server/settings.h > server/exchange.h" in told


@pytest.mark.parametrize("what,row,wrong", [
    ("rooms", "| gate | what every request passes before its handler | engine |",
     "| gate | what every request passes before its handler | engine keep |"),
    ("layers", "| lib/crypto | lib/base |", "| lib/crypto | lib/base lib/store |"),
])
def test_a_table_that_allows_a_circle_is_refused(tree, what, row, wrong):
    text = (tree / DOCUMENT).read_text()
    assert text.count(row) == 1
    (tree / DOCUMENT).write_text(text.replace(row, wrong))
    code, told = check(tree)
    assert code == 1 and told.startswith(f"a circle of {what}: "), told
