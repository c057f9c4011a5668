"""What a sanitizer in the program changes for its tests: everything takes longer, a report of any
process is a failure, and a few tests cannot hold."""

import atexit
import os
import pathlib
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.path.abspath(os.environ.get("AUTHGATE_BINARY", ROOT / "build" / "authgate"))
SLOWER = {None: 1, "address": 3, "thread": 6}


def _built_with():
    try:
        content = pathlib.Path(BINARY).read_bytes()
    except FileNotFoundError:
        return None
    for kind, mark in (("address", b"__asan_init"), ("thread", b"__tsan_init")):
        if mark in content:
            return kind
    return None


def _place():
    place = tempfile.mkdtemp(prefix="authgate-reports-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return pathlib.Path(place)


KIND = _built_with()
REPORTS = _place() if KIND else None
# Of every process that runs the program. Reports go to files, because a test may start a process
# whose standard error nobody reads, and may kill it.
ENVIRONMENT = {
    "AUTHGATE_CONFIG": "",  # not what this machine may serve
    "ASAN_OPTIONS": f"log_path={REPORTS}/asan:detect_leaks=1:abort_on_error=1",
    "UBSAN_OPTIONS": f"log_path={REPORTS}/ubsan:print_stacktrace=1",
    "LSAN_OPTIONS": f"print_suppressions=0:suppressions={ROOT}/tests/support/leaks.supp",
    "TSAN_OPTIONS": f"log_path={REPORTS}/tsan:second_deadlock_stack=1",
} if KIND else {}
# And of one that strace watches: only one may.
WATCHED = {"ASAN_OPTIONS": ENVIRONMENT["ASAN_OPTIONS"] + ":detect_leaks=0"} if KIND else {}


def patience(seconds):
    """How long to wait for what takes at most so many seconds in an ordinary build."""
    return seconds * SLOWER[KIND]


def cannot_hold(reason, kinds=("address", "thread")):
    """Marks what a test asserts as not true of a program with a sanitizer in it."""
    import pytest  # not at the top: the benches do without it
    return pytest.mark.skipif(KIND in kinds, reason=f"with a sanitizer: {reason}")


def assert_silence():
    """No process has reported anything since the last question."""
    told = ""
    for path in sorted(REPORTS.iterdir()) if REPORTS else ():
        told += path.read_text(errors="replace")
        path.unlink()
    assert not told, told[:20_000]
