"""`authgate probe` against our own server, where everything is right, and against one with planted
faults, each of which it has to find."""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from faulty_as import CLIENT, FAULTS, INTRUSIVE, FaultyServer  # noqa: E402
from running import Server  # noqa: E402
from sanitizer import patience  # noqa: E402
from shell import AUTHGATE, environment  # noqa: E402
from waiting import until  # noqa: E402

SUPPORT = ROOT / "tests" / "support"
AT_ONCE = 40  # probes mostly wait


def probe(*arguments, timeout=240):
    return subprocess.run([AUTHGATE, "probe", *arguments], env=environment("/nonexistent"),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=patience(timeout), check=False)


def failures(report):
    return {case["id"]: case["why"] for case in report["cases"] if case["result"] == "fail"}


def probe_fault(fault):
    person = f"{sys.executable} {SUPPORT}/faulty_as.py"
    with FaultyServer(fault) as server:
        result = probe(server.issuer, "--client-id", CLIENT, "--scope", "openid", "--json",
                       "--patience", "60s", "--approve-command", f"{person} approve {server.issuer}",
                       "--deny-command", f"{person} deny {server.issuer}",
                       *(["--intrusive"] if fault is None or fault in INTRUSIVE else []))
    assert result.stdout, result.stderr
    return result, json.loads(result.stdout)


@pytest.fixture(scope="module", name="probed")
def _probed():
    """What was found in each faulty server, and in the one without a fault (None)."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip([None, *FAULTS], pool.map(probe_fault, [None, *FAULTS])))


def test_a_server_without_a_fault_passes(probed):
    result, report = probed[None]
    assert failures(report) == {}
    assert result.returncode == 0
    assert report["fail"] == 0 and report["skip"] == 0 and report["pass"] == len(report["cases"])


def test_every_case_finds_a_fault(probed):
    _, report = probed[None]
    found = {case for cases in FAULTS.values() for case in cases.split()}
    assert found == {case["id"] for case in report["cases"]}


@pytest.mark.parametrize("fault", FAULTS)
def test_finds_the_fault(probed, fault):
    result, report = probed[fault]
    found = failures(report)
    assert set(found) == set(FAULTS[fault].split()), found
    assert all(found.values())
    assert result.returncode == 1


# ---- our own server -----------------------------------------------------------------------------


@pytest.fixture(scope="module", name="ours")
def _ours(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("ours"), DEVICE_POLL_INTERVAL="1s",
                DEVICE_CODE_EXPIRATION="30s") as server:
        yield server


def decided_by(action):
    return f"{sys.executable} {SUPPORT}/decide.py {action}"


def test_we_pass(ours):
    result = probe(ours.url, "--client-id", ours.client_id, "--scope", "openid profile", "--json",
                   "--approve-command", decided_by("approve"), "--deny-command", decided_by("deny"))
    report = json.loads(result.stdout)
    assert failures(report) == {}, result.stderr
    assert result.returncode == 0
    assert report["issuer"] == ours.url
    skipped = {case["id"] for case in report["cases"] if case["result"] == "skip"}
    assert skipped == {"guess.device_codes", "guess.user_codes", "guess.requests"}


# ---- the storm ----------------------------------------------------------------------------------


def storm(server, *arguments):
    result = probe(server.url, "--client-id", server.client_id, "--refresh-storm", "--json",
                   "--approve-command", decided_by("approve"), *arguments)
    assert result.stdout, result.stderr
    return result, json.loads(result.stdout)


def test_a_storm_of_refreshes_signs_nobody_out(ours):
    result, report = storm(ours)
    assert failures(report) == {}, result.stderr
    counted = report["storm"]
    assert counted["processes"] == 50 and counted["rounds"] == 4
    assert counted["lost_replies"] > 0 and counted["restarts"] > 0
    assert (counted["sign_outs"], counted["families"], counted["unanswered"]) == (0, 1, 0)
    assert counted["successors"] == 4
    assert [case["id"] for case in report["cases"] if case["result"] == "pass"] == [
        "metadata.found", "storm.begin", "storm.honest", "storm.one_successor", "storm.alive", "storm.theft"]
    assert result.returncode == 0


def test_a_storm_over_restarts_signs_nobody_out(tmp_path):
    """The server goes away and comes back while fifty processes refresh."""
    with Server(tmp_path, DEVICE_POLL_INTERVAL="1s") as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(storm, server)
        until(lambda: server.log.count("path=/oauth/token ") > 5 or running.done())
        for _ in range(3):
            server.restart()
        result, report = running.result()
    assert failures(report) == {}, result.stderr
    assert report["storm"]["sign_outs"] == 0


def test_a_storm_is_seen_to_sign_people_out(tmp_path):
    """Without a window for lost answers, honest processes look like thieves."""
    with Server(tmp_path, DEVICE_POLL_INTERVAL="1s", REFRESH_TOKEN_RETRY_WINDOW="0s") as server:
        result, report = storm(server)
    assert result.returncode == 1
    assert report["storm"]["sign_outs"] > 0
    assert "sign-out" in failures(report)["storm.honest"]


# ---- the report and the command -----------------------------------------------------------------


def test_skips_what_nobody_decides(ours):
    result = probe(ours.url, "--client-id", ours.client_id, "--patience", "1s")
    assert result.returncode == 0, result.stdout
    assert "skip  approve.tokens" in result.stdout
    assert "nobody approves: give --approve-command" in result.stdout
    assert "ok    poll.slow_down" in result.stdout
    assert " passed, 0 failed, " in result.stdout.splitlines()[-1]


def test_is_read_by_test_runners():
    with FaultyServer("metadata_of_another_issuer") as server:
        result = probe(server.issuer, "--junit")
    suite = xml.etree.ElementTree.fromstring(result.stdout)
    assert result.returncode == 1
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert int(suite.get("tests")) == len(cases)
    assert suite.get("failures") == "1"
    assert "another.example" in cases["metadata.issuer"].find("failure").get("message")
    assert cases["poll.pending"].find("skipped").get("message") == "no --client-id was given"
    assert cases["metadata.found"].find("*") is None


@pytest.mark.parametrize("arguments", [
    [], ["http://a.example", "http://b.example"], ["--json"],
    ["http://127.0.0.1:1", "--json", "--junit"], ["http://127.0.0.1:1", "--patience", "soon"],
    ["not-an-address"], ["http://example.com"], ["http://127.0.0.1:1", "--no-such-option"],
])
def test_wrong_usage(arguments):
    assert probe(*arguments).returncode == 2


def test_a_server_that_is_not_there():
    result = probe("http://127.0.0.1:1", "--client-id", "x", "--json")
    assert result.returncode == 6
    assert result.stdout == ""
    assert "127.0.0.1" in result.stderr


def test_a_command_that_fails_is_a_failure():
    """A person who could not decide must not look like a server that passed."""
    with FaultyServer() as server:
        result = probe(server.issuer, "--client-id", CLIENT, "--json", "--patience", "1s",
                       "--approve-command", "exit 3;", "--deny-command", "true #")
    found = failures(json.loads(result.stdout))
    assert found["approve.bound"] == "the command that decides ended with status 3"
    assert "authorization_pending" in found["deny.refused"]


def test_nothing_of_a_server_reaches_the_terminal(tmp_path):
    """What a hostile server says is printed without control characters."""
    with FaultyServer("metadata_of_another_issuer") as server:
        document = server.document
        server.document = lambda openid: {**document(openid), "issuer": "https://\x1b[2J\x07evil"}
        result = probe(server.issuer)
    assert "\x1b" not in result.stdout and "\x07" not in result.stdout
    assert "https://?[2J?evil" in result.stdout
