#!/usr/bin/python3
"""Does a test fail when the code is wrong?  Changes one place of the code at a time and runs the tests.

    mutants.py [--count N] [--seed S] [--only PATH] [--part K/N] [--near] [--list]

A mutant is the program with one operator, condition or call changed, in the rooms where a mistake costs most.
It is built in build/mutants, a copy of what git tracks, and tried first on the unit test that mirrors the file,
then on the stories that are likely to see it (LIKELY), and at last on all of them.  Killed is one that some test
fails on, or that hangs.  One that lives is a test that is missing, unless tests/support/mutants.txt says why
nobody could tell it from the program.  The last line counts; the status is 1 if less than 95 % were killed.
--part 3/10 tries the third tenth of them, so that a long run can be spread; --near stops at the likely stories, so
what lives is not yet known to outlive all of them."""

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutants"
EXPLAINED = ROOT / "tests" / "support" / "mutants.txt"
PLACES = ("lib/oauth", "lib/account", "lib/signin", "server/gate", "server/oauth", "server/pages", "server/admin")
GOAL, HANGS_S, DISTURBANCES = 0.95, 1200, 3

# A path's beginning, and the stories that are likely to see a change there.
LIKELY = (
    ("lib/oauth/grant_device", "device"), ("lib/oauth/device", "device"), ("lib/oauth/code_pace", "user_codes"),
    ("lib/oauth/user_code", "device or user_codes"), ("lib/oauth/consent", "resource or code_flow"), ("server/oauth/device", "device"),
    ("server/pages/device", "device or pages"), ("lib/oauth/grant_refresh", "refresh"),
    ("lib/oauth/refresh", "refresh"), ("lib/oauth/grant_auth_code", "code_flow or code_grant"),
    ("lib/oauth/grant_client", "token_endpoint"), ("lib/oauth/authorize", "code_flow or oidc"),
    ("lib/oauth/redirect", "code_flow or register"), ("lib/oauth/pkce", "code_flow or code_grant"),
    ("lib/oauth/register", "register"), ("lib/oauth/client_ways", "token_endpoint"), ("lib/oauth/claims_request", "oidc"), ("lib/oauth/discovery", "test_tokens or oidc"),
    ("lib/oauth/client", "register or admin_edit or test_admin"),
    ("lib/oauth/introspect", "introspect"), ("lib/oauth/logout", "logout or notices"), ("lib/oauth/resource", "resource"),
    ("lib/oauth/keys", "key"), ("lib/oauth/issuer", "key or starting"), ("lib/oauth/takeback", "admin or account"),
    ("lib/oauth/scope", "scope or token_endpoint"), ("lib/oauth/id_token", "oidc or userinfo"),
    ("lib/oauth/extra_claims", "extra_claims"), ("lib/account/login_pace", "signing_in or limits"),
    ("lib/account/password", "account"), ("lib/account/user_admin", "test_admin"), ("lib/account/seed", "starting"),
    ("lib/account", "account or signing_in"), ("lib/signin", "signing_in or provider or http_api"),
    ("server/gate/limit", "limits"), ("server/gate/csrf", "pages or signing_in or account"),
    ("server/gate/cors", "cors"), ("server/gate/way", "ways"), ("server/gate/standing", "limits"), ("server/gate/known", "signing_in or limits"), ("server/gate", "http_layer or pages"),
    ("server/pages/account", "account"), ("server/pages/authorize", "code_flow"), ("server/pages/end", "logout"),
    ("server/pages", "pages or signing_in or account"), ("server/oauth/token", "token_endpoint"),
    ("server/oauth/userinfo", "userinfo"), ("server/oauth", "token_endpoint or introspect or register"),
    ("server/admin", "admin or audit"), ("lib/oauth", "token or grant"),
)

# What is looked for, and what comes in its place.
CHANGES = (
    (r" == ", " != "), (r" != ", " == "), (r" <= ", " < "), (r" < ", " <= "), (r" >= ", " > "), (r" > ", " >= "),
    (r" && ", " || "), (r" \|\| ", " && "), (r"\bif \(!", "if ("), (r"return ERR_\w+;", "return OK;"),
    (r"\? OK : ERR_\w+;", "? OK : OK;"), (r" \+ ", " - "), (r"^\t+(?!return|goto)\w[\w.>-]*\([^;{}]*\);$", ";"),
    (r"= true;", "= false;"), (r"= false;", "= true;"),
)
# Layout, declarations, includes, and what only tells a story in the log.
PASSED_OVER = re.compile(r"^\s*(/?\*|#|static |const |enum |struct |assert|HOLDS|log_|case |default)|STR\(\"[^\"]*\"\)$")


def candidates():
    """(path, line number, the line, what becomes of it), in the order of the files."""
    listed = subprocess.run(["git", "ls-files", *(f"{place}/*.c" for place in PLACES)], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split()
    for path in listed:
        inside = False  # of a function: what begins in column 0 is none
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
            inside = line == "{" or (inside and not line.startswith("}"))
            if not inside or PASSED_OVER.search(line):
                continue
            for pattern, instead in CHANGES:
                for match in re.finditer(pattern, line):
                    yield path, number, line, line[:match.start()] + instead + line[match.end():]


def chosen(count, seed, only):
    """As many of every file as its size asks for."""
    pool = [mutant for mutant in candidates() if mutant[0].startswith(only)]
    random.Random(seed).shuffle(pool)
    return sorted(pool[:count])


def part_of(mutants, part):
    """The K-th of N slices that are as long as each other; every slice has mutants of all rooms."""
    which, parts = (int(number) for number in part.split("/"))
    return mutants[which - 1::parts]


def told(*words, **variables):
    """(Did that go well?, what it printed).  Warnings are no matter here, and optimizing takes time."""
    with subprocess.Popen(["make", "-s", "CFLAGS=-O1 -g -w", *words], cwd=COPY, start_new_session=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **variables}) as process:
        try:
            printed = process.communicate(timeout=HANGS_S)[0]
            return process.returncode == 0, printed
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False, ""


def make(*words):
    return told(*words)[0]


def killer(selection):
    """The story that fails, or None.  One that fails and then passes was disturbed, and kills nothing."""
    # The worked examples of CONTRIBUTING ask git for the tree, and the copy is none: they would kill everything.
    words = ["story", f"TESTS=({selection}) and not contributing" if selection else "TESTS=not contributing"]
    for options in (["-x"] + [""] * (DISTURBANCES - 1)):
        well, printed = told(*words, PYTEST_ADDOPTS=options)
        if well:
            return None
        failed = re.findall(r"^(?:FAILED|ERROR) tests/story/(\w+)\.py(?:::(\w+))?", printed, re.MULTILINE)
        if not failed:
            return "all, or hangs"
        for name in dict.fromkeys(test or file for file, test in failed):
            if not make("story", f"TESTS={name}"):
                return name
    return None


def fate(path, near):
    """What kills the mutant that the copy holds, or how it came off."""
    if not make("-j2", "all"):
        return "does not compile"
    unit = f"tests/unit/{path[:-2]}_test"
    if (COPY / f"{unit}.c").exists() and not (make(f"build/{unit}") and make("unit", f"TESTS={unit}")):
        return "killed by its unit test"
    likely = next(selection for start, selection in LIKELY if path.startswith(start))
    story = killer(likely) or (None if near else killer(""))
    return f"killed by {story}" if story else "lives"


def explanations():
    """The lines of mutants.txt: a path, the line as it is, the line changed, and the reason, with tabs between."""
    rows = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    return {tuple(row.split("\t")[:3]) for row in rows if row and not row.startswith("#")}


def copy_tree():
    """A copy of the commit; that of the last part, if it is of the same one."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    stamp = COPY / "build" / "commit"
    if stamp.exists() and stamp.read_text() == commit:
        return
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", COPY], input=archive, check=True)
    if not make("-j2", "all"):
        sys.exit("mutants: the program itself does not build")
    stamp.write_text(commit)


def tried(mutant, near):
    path, number, line, instead = mutant
    file = COPY / path
    before = file.read_text()
    lines = before.split("\n")
    assert lines[number - 1] == line, f"{path}:{number}: commit first"
    lines[number - 1] = instead
    file.write_text("\n".join(lines))
    try:
        return fate(path, near)
    finally:
        file.write_text(before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--near", action="store_true", help="try the likely stories only")
    asked = parser.parse_args()
    mutants, known = part_of(chosen(asked.count, asked.seed, asked.only), asked.part), explanations()
    if asked.list:
        print("\n".join(f"{m[0]}:{m[1]}:{m[3]}" for m in mutants))
        return 0
    copy_tree()
    killed = lived = explained = 0
    for mutant in mutants:
        end = tried(mutant, asked.near)
        if end == "lives" and (mutant[0], mutant[2].strip(), mutant[3].strip()) in known:
            end = "lives, explained"
        killed += end.startswith("killed")
        explained += end == "lives, explained"
        lived += end == "lives"
        print(f"{end}: {mutant[0]}:{mutant[1]}: {mutant[3].strip()}", flush=True)
    print(f"{killed + lived} mutants: {killed} killed, {lived} alive; {explained} that nobody could tell")
    return killed < GOAL * (killed + lived)


if __name__ == "__main__":
    sys.exit(main())
