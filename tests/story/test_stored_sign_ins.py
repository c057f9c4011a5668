"""What is kept after a sign-in: refreshed by one of many, ended at the server,
handed to other programs."""

import json
import os
import pathlib
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
import sanitizer  # noqa: E402
from sanitizer import patience  # noqa: E402
from shell import AUTHGATE, age, environment, files, run, signals_of_a_child  # noqa: E402
from waiting import until  # noqa: E402


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


def login(home, server, *arguments):
    result = run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                 *arguments)
    assert result.returncode == 0, result.stderr


def refresh_requests(server):
    return [r for r in server.requests if (r[2] or {}).get("grant_type") == "refresh_token"]


# ---- refresh ------------------------------------------------------------------------------------


def test_fifty_at_once_refresh_once_and_all_print_the_new_token(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        age(home)
        old = server.access_token
        with ThreadPoolExecutor(50) as pool:
            jobs = [pool.submit(run, home, "token", timeout=60) for _ in range(50)]
            results = [job.result() for job in jobs]
        assert {(r.returncode, r.stdout, r.stderr) for r in results} == {
            (0, server.access_token + "\n", "")}
        assert server.access_token != old
        assert len(refresh_requests(server)) == 1
        (file,) = files(home)
        assert json.loads(file.read_text())["refresh_token"] == "refresh-1"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert os.listdir(file.parent) == [file.name]


def test_token_with_life_left_is_not_refreshed_until_more_is_asked_for(home):
    with FakeServer(refresh="rotate", token_lifetime=60) as server:
        login(home, server)
        assert run(home, "token").returncode == 0
        assert not refresh_requests(server)
        assert run(home, "token", "--min-ttl", "5m").returncode == 0
        assert len(refresh_requests(server)) == 1
        result = run(home, "token", "--min-ttl", "5h")
        assert result.returncode == 4 and "lives that long" in result.stderr


def test_ended_session_is_exit_4_and_is_asked_for_once(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        age(home)
        server.refresh_token = "rotated away"
        result = run(home, "token")
        assert result.returncode == 4 and "authgate login" in result.stderr
        assert result.stdout == ""
        assert len(refresh_requests(server)) == 1


def test_refusal_is_forgiven_when_a_new_sign_in_came_between(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        age(home)
        (file,) = files(home)
        server.refresh_token = "rotated away"
        server.refresh_hook = lambda: file.write_text(json.dumps({
            **json.loads(file.read_text()), "access_token": "newer", "refresh_token": "newer-r",
            "expires_at": int(time.time()) + 3600}))
        result = run(home, "token")
        assert (result.returncode, result.stdout) == (0, "newer\n"), result.stderr


def test_server_that_is_away_is_exit_6_and_costs_nothing(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        age(home)
        server.refresh = "down"
        assert run(home, "token").returncode == 6
        server.refresh = "rotate"
        assert run(home, "token").returncode == 0
    assert run(home, "token", "--min-ttl", "2h").returncode == 6


def test_forged_id_token_in_a_refresh_is_refused(home):
    with FakeServer(refresh="rotate", id_token="good") as server:
        login(home, server)
        age(home)
        server.id_token = "forged"
        before = files(home)[0].read_text()
        result = run(home, "token")
        assert result.returncode == 1 and "signature" in result.stderr
        assert files(home)[0].read_text() == before


def test_holder_that_dies_lets_the_next_one_in(home):
    """The lock is the system's: no age, nothing to steal."""
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        age(home)
        over = threading.Event()
        server.refresh_hook = lambda: over.wait(patience(30))
        with subprocess.Popen([AUTHGATE, "token"], env=environment(home),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as holder:
            until(lambda: refresh_requests(server))
            holder.kill()
            holder.wait()
            server.refresh_hook = None
            assert run(home, "token").returncode == 0
            over.set()


def test_id_token_is_printed_on_request(home):
    with FakeServer(id_token="good") as server:
        login(home, server)
        assert run(home, "token", "--id-token").stdout.count(".") == 2
    with FakeServer() as server:
        login(home, server)
        result = run(home, "token", "--id-token", "--issuer", server.issuer)
        assert result.returncode == 1 and "openid" in result.stderr


# ---- logout -------------------------------------------------------------------------------------


def test_logout_revokes_the_refresh_token_first_and_deletes(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        result = run(home, "logout")
        assert result.returncode == 0 and "signed out" in result.stderr
        assert server.revoked == [("refresh_token", "refresh-0"),
                                  ("access_token", server.access_token)]
        assert not files(home)
        assert run(home, "token").returncode == 4


def test_logout_without_the_server_is_exit_6_and_the_next_login_revokes(home):
    with FakeServer(refresh="rotate", revoke="down") as server:
        login(home, server)
        result = run(home, "logout")
        assert result.returncode == 6 and "not yet revoked" in result.stderr
        assert not files(home)
        (buried,) = (home / ".local/state/authgate").glob("*.revoke")
        assert stat.S_IMODE(buried.stat().st_mode) == 0o600
        assert run(home, "token").returncode == 4
        server.revoke = "good"
        server.revoked.clear()
        login(home, server)
        assert server.revoked[0] == ("refresh_token", "refresh-0")
        assert not buried.exists()
        assert run(home, "token").returncode == 0


def test_logout_can_stay_local(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        result = run(home, "logout", "--local-only")
        assert result.returncode == 0 and "not told" in result.stderr
        assert not server.revoked and not files(home)


def test_logout_of_a_server_that_cannot_revoke_says_so(home):
    with FakeServer(extra={"revocation_endpoint": ""}) as server:
        login(home, server)
        result = run(home, "logout")
        assert result.returncode == 0 and "cannot revoke" in result.stderr
        assert not files(home)


def test_logout_never_guesses(home):
    with FakeServer() as one, FakeServer() as two:
        login(home, one)
        login(home, two)
        assert run(home, "logout").returncode == 1
        assert run(home, "logout", "--issuer", one.issuer).returncode == 0
        assert not two.revoked and len(files(home)) == 1
        assert run(home, "logout", "--all").returncode == 0


# ---- handing tokens on --------------------------------------------------------------------------


def test_exec_puts_the_token_into_its_commands_environment_only(home):
    with FakeServer() as server:
        login(home, server)
        result = run(home, "exec", "--", "sh", "-c", 'echo "$AUTHGATE_ACCESS_TOKEN $0"', "--x")
        assert (result.returncode, result.stdout) == (0, server.access_token + " --x\n")
        result = run(home, "exec", "--as", "TOKEN", "--", "sh", "-c", 'echo "$TOKEN"; exit 7')
        assert (result.returncode, result.stdout) == (7, server.access_token + "\n")
        assert run(home, "exec", "--", "no-such-program").returncode == 127
        assert run(home, "exec", "--", "/").returncode == 126
        assert run(home, "exec").returncode == 2
        assert run(home, "exec", "--as", "A=B", "--", "true").returncode == 2


def test_exec_leaves_signals_as_they_were(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        age(home)
        assert signals_of_a_child(home) == (0, 0)
        assert refresh_requests(server)


def test_status_lists_without_asking_and_without_tokens(home):
    assert run(home, "status").returncode == 4
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        asked = len(server.requests)
        result = run(home, "status")
        assert result.returncode == 0 and "mia at " + server.issuer in result.stdout
        assert "refreshed when needed" in result.stdout
        found = json.loads(run(home, "status", "--json").stdout)
        assert found["state"] == "valid" and found["refreshable"] is True
        assert server.access_token not in result.stdout and "refresh-0" not in str(found)
        assert len(server.requests) == asked


def ask(home, *arguments, given=""):
    return subprocess.run([AUTHGATE, "credential", *arguments], env=environment(home), input=given,
                          capture_output=True, text=True, timeout=patience(20), check=False)


def test_git_gets_a_token_for_the_issuers_host_only(home):
    with FakeServer() as server:
        login(home, server)
        host = server.issuer.split("//")[1]
        result = ask(home, "git", "get", given="protocol=http\nhost=%s\n\n" % host)
        assert "username=mia\npassword=%s\n" % server.access_token in result.stdout
        assert "password_expiry_utc=" in result.stdout
        for given in ("protocol=https\nhost=evil.example\n", "protocol=https\nhost=127.0.0.1\n",
                      "protocol=http\nhost=evil.example\n", "", "host=%s@evil.example\n" % host):
            result = ask(home, "git", "get", given=given)
            assert (result.returncode, result.stdout) == (0, ""), given
        named = ask(home, "git", "--host", "git.example.com", "get",
                    given="protocol=https\nhost=git.example.com\n")
        assert server.access_token in named.stdout
        plain = ask(home, "git", "--host", "git.example.com", "get",
                    given="protocol=http\nhost=git.example.com\n")
        assert plain.stdout == ""
        assert ask(home, "git", "store", given="password=x\n").stdout == ""


def test_git_itself_uses_the_helper(home):
    with FakeServer() as server:
        login(home, server)
        result = subprocess.run(
            ["git", "-c", "credential.helper=", "-c",
             "credential.helper=!%s credential git --host git.example.com" % AUTHGATE,
             "credential", "fill"], env={**environment(home), "GIT_TERMINAL_PROMPT": "0"},
            input="protocol=https\nhost=git.example.com\n\n", capture_output=True, text=True,
            check=False, timeout=patience(20))
        assert "password=" + server.access_token in result.stdout, result.stderr


def test_docker_and_kube_get_their_own_form(home):
    with FakeServer() as server:
        login(home, server)
        found = json.loads(ask(home, "docker", "--host", "registry.example.com", "get",
                               given="registry.example.com\n").stdout)
        assert found["Secret"] == server.access_token and found["Username"] == "mia"
        other = ask(home, "docker", "--host", "registry.example.com", "get",
                    given="https://evil.example/v2/")
        assert other.returncode == 1 and "not found" in other.stdout
        assert ask(home, "docker", "list").stdout == "{}\n"
        found = json.loads(ask(home, "kube").stdout)
        assert found["kind"] == "ExecCredential"
        assert found["status"]["token"] == server.access_token
        assert found["status"]["expirationTimestamp"].endswith("Z")
        assert ask(home, "kubectl").returncode == 2 and ask(home).returncode == 2


@pytest.mark.parametrize("version,answers", [
    ("client.authentication.k8s.io/v1", True), ("client.authentication.k8s.io/v1beta1", True),
    ("client.authentication.k8s.io/v1alpha1", False), ("client.authentication.k8s.io/v9", False),
    ("", False)])
def test_kubectl_is_answered_in_the_version_it_speaks_or_told_why_not(home, version, answers):
    info = {"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": False}}
    with FakeServer() as server:
        login(home, server)
        result = run(home, "credential", "kube", KUBERNETES_EXEC_INFO=json.dumps(info))
    if answers:
        assert json.loads(result.stdout)["apiVersion"] == version
    else:
        assert result.returncode == 1 and result.stdout == "" and "v1beta1" in result.stderr


def test_docker_is_not_told_that_a_password_was_stored(home):
    result = ask(home, "docker", "store",
                 given='{"ServerURL":"https://r.example","Username":"u","Secret":"s"}')
    assert result.returncode == 1 and "authgate login" in result.stdout
    assert ask(home, "docker", "erase", given="https://r.example").returncode == 0
    assert "docker-credential-authgate" in ask(home, "docker", "version").stdout
    assert ask(home, "docker", "frobnicate").returncode == 1


@pytest.mark.parametrize("protocol", ["ftp", "smtp", "imap", ""])
def test_git_gets_no_token_for_anything_but_the_web(home, protocol):
    with FakeServer() as server:
        login(home, server)
        host = server.issuer.split("//")[1]
        result = ask(home, "git", "get", given=f"protocol={protocol}\nhost={host}\n\n")
        assert (result.returncode, result.stdout) == (0, "")


# ---- profiles and completion --------------------------------------------------------------------


def test_profiles_name_servers_and_the_first_one_is_in_use(home):
    with FakeServer() as one, FakeServer() as two:
        assert run(home, "profile", "list").returncode == 0
        assert run(home, "profile", "add", "x").returncode == 1
        for name, server in (("work", one), ("home", two)):
            assert run(home, "profile", "add", name, "--issuer", server.issuer, "--client-id",
                       "cli", "--flow", "device").returncode == 0
        shown = run(home, "profile", "list").stdout
        assert "* work" in shown and "  home" in shown
        assert run(home, "login").returncode == 0
        assert run(home, "login", "--profile", "home").returncode == 0
        assert run(home, "token").stdout == one.access_token + "\n"
        assert run(home, "token", "--profile", "home").stdout == two.access_token + "\n"
        assert run(home, "token", AUTHGATE_PROFILE="home").stdout == two.access_token + "\n"
        assert run(home, "profile", "use", "home").returncode == 0
        assert run(home, "token").stdout == two.access_token + "\n"
        assert run(home, "profile", "remove", "home").returncode == 0
        assert run(home, "profile", "show").returncode == 1


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", "x" * 65, "."])
def test_profile_names_are_no_paths(home, name):
    result = run(home, "profile", "add", name, "--issuer", "https://a.example", "--client-id", "c")
    assert result.returncode in (1, 2)
    assert run(home, "token", "--profile", name or "../x").returncode == 2
    assert not list(home.rglob("*.json"))


@pytest.mark.parametrize("line, offered", [
    ("login --fl", "--flow"), ("migrate co", "copy"), ("to", "token"), ("login --flow ", "auto browser device paste"),
    ("login --flow d", "device"), ("login --issuer ", ""), ("login --flow auto --js", "--json"),
    ("admin cl", "client"), ("admin client l", "list"), ("admin client rotate-secret X --keep", "--keep-old-for"),
    ("admin client create --type ", "public confidential"), ("admin client create --type p", "public"),
    ("admin --json client cr", "create"), ("admin --socket list client cr", "create"),
    ("admin client edit X --no-r", "--no-require-pkce --no-refresh-always"), ("admin audit export --format c", "csv"),
    ("help cre", "credential"), ("config check kn", "known"), ("server --config kn", "known"), ("backup kn", "known"),
    ("completion z", "zsh"), ("token --profile ", "work")], ids=str)
def test_completion_offers_what_fits_there(home, line, offered):
    (home / "known").write_text("")
    run(home, "profile", "add", "work", "--issuer", "https://a.example", "--client-id", "c")
    words = ["authgate", *line.split(" ")]
    script = run(home, "completion", "bash").stdout + (
        f"\nCOMP_WORDS=({' '.join(word or chr(39) * 2 for word in words)}) COMP_CWORD={len(words) - 1}"
        f"\nCOMP_WORDS[0]={AUTHGATE}; _authgate; echo \"${{COMPREPLY[@]}}\"")
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd=home,
                            env={"PATH": os.environ["PATH"], **environment(home)})
    assert result.stdout == offered + "\n", result.stderr


def test_completion_is_there_for_three_shells(home):
    for shell in ("bash", "zsh", "fish"):
        result = run(home, "completion", shell)
        assert result.returncode == 0
        for word in ("login", "credential", "min-ttl", "client-secret-stdin", "from-go", "admin client create",
                     "public,confidential", "--no-require-pkce", "rotate-secret"):
            assert word in result.stdout
    assert run(home, "completion", "csh").returncode == 2


# ---- where tokens must not be seen --------------------------------------------------------------


def test_no_token_in_arguments_environments_or_files_others_can_read(home):
    """What the kernel saw of a whole life: sign-in, refresh, use, sign-out."""
    with FakeServer(refresh="rotate") as server:
        trace = home / "trace"

        def traced(*arguments):
            subprocess.run(["strace", "-f", "-v", "-s", "100000", "-e",
                            "trace=execve,execveat,openat,open,creat,chmod,fchmod,umask", "-o",
                            str(trace), "-A", AUTHGATE, *arguments],
                           env=environment(home, **sanitizer.WATCHED), capture_output=True,
                           check=False, timeout=patience(60))

        traced("login", "--device", "--issuer", server.issuer, "--client-id", "cli")
        age(home)
        tokens = {server.access_token, "refresh-0"}
        traced("token")
        traced("exec", "--", "/bin/true")
        tokens |= {server.access_token, "refresh-1"}
        traced("logout")
        lines = trace.read_text().splitlines()
        assert sum("execve(" in line for line in lines) >= 5
        shown = [line for line in lines if any(token in line for token in tokens)]
        assert len(shown) == 1 and '/bin/true' in shown[0], shown
        assert shown[0].count(server.access_token) == 1
        for line in lines:
            if "O_CREAT" in line and "/dev/" not in line:
                assert "0600" in line, line
