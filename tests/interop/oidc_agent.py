#!/usr/bin/python3
"""Debian's oidc-agent: an account made by the device flow, tokens from the running agent, and an
account that is stored, unlocked and refreshed."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import requests

from part import Part, settings
from person import link

given = settings()
part = Part()
SCOPE = "openid profile offline_access"


def start_agent(home):
    """The agent forks; it says where it listens, and as which process."""
    done = subprocess.run(["oidc-agent", "--no-autoload"], env=home, text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(done.stdout)
    found = dict(re.findall(r"(OIDC_SOCK|OIDCD_PID)=([^;\s]+)", done.stdout))
    wait_for(found["OIDC_SOCK"])
    return {**home, "OIDC_SOCK": found["OIDC_SOCK"]}, int(found["OIDCD_PID"])


def wait_for(path):
    """It says where it will listen before it does."""
    deadline = time.monotonic() + 10
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(path) == 0:
                return
        assert time.monotonic() < deadline, "the agent does not listen"
        time.sleep(0.05)


def run(env, *command):
    done = subprocess.run(command, env=env, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    print(command, done.returncode, done.stdout)
    return done


def generate(env, name, client):
    """oidc-gen, while somebody approves the code that it shows."""
    command = ["oidc-gen", name, "--manual", "--flow=device", f"--issuer={given['issuer']}",
               f"--client-id={client['id']}", "--client-secret=", f"--scope={SCOPE}",
               "--redirect-uri=", "--pw-env", "--prompt=none", "--confirm-default",
               f"--dae={given['issuer']}/oauth/device/code"]
    process = subprocess.Popen(command, env=env, text=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = ""
    for line in process.stdout:
        text += line
        code = re.search(r"\b([A-Z2-9]{4}-[A-Z2-9]{4})\b", line)
        if code:
            reply = requests.get(link(given["person"], "approve", user_code=code[1]), timeout=30)
            assert reply.ok, reply.text
    print(text)
    assert process.wait(60) == 0, text[-400:]


def userinfo(token):
    return requests.get(given["issuer"] + "/oauth/userinfo", timeout=10,
                        headers={"Authorization": f"Bearer {token}"})


def main():
    with tempfile.TemporaryDirectory() as directory:
        home = {"PATH": os.environ["PATH"], "HOME": directory, "TMPDIR": directory,
                "OIDC_CONFIG_DIR": str(Path(directory) / "oidc"),
                "OIDC_ENCRYPTION_PW": "a password"}
        Path(home["OIDC_CONFIG_DIR"]).mkdir(mode=0o700)
        env, pid = start_agent(home)
        try:
            cases(env)
        finally:
            os.kill(pid, signal.SIGTERM)
            time.sleep(0.2)


def cases(env):
    with part.case("device flow"):
        generate(env, "here", given["clients"]["device"])

    with part.case("an access token from the agent"):
        token = run(env, "oidc-token", "here").stdout.strip()
        assert userinfo(token).status_code == 200

    with part.case("a fresh one by the refresh token"):
        again = run(env, "oidc-token", "here", "--time=999999").stdout.strip()
        assert again != token and userinfo(again).status_code == 200

    with part.case("the stored account is unlocked again"):
        assert run(env, "oidc-add", "--remove", "here").returncode == 0
        assert run(env, "oidc-add", "here", "--pw-env").returncode == 0
        assert userinfo(run(env, "oidc-token", "here").stdout.strip()).status_code == 200

    with part.case("deleting the account revokes it"):
        last = run(env, "oidc-token", "here").stdout.strip()
        assert run(env, "oidc-gen", "--delete", "here", "--pw-env", "--confirm-yes").returncode == 0
        assert userinfo(last).status_code == 401


main()
part.end()
