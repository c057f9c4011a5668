"""Runs authgate as a person at a shell would: a home of its own, a clean
environment, a terminal when one is wanted."""
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time
from fcntl import ioctl

import sanitizer
from sanitizer import BINARY as AUTHGATE
from sanitizer import patience


def environment(home, **more):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color",
            "LANG": "C.UTF-8", "TZ": "UTC", **sanitizer.ENVIRONMENT, **more}


def run(home, *arguments, timeout=20, **variables):
    return subprocess.run([AUTHGATE, *arguments], cwd=home, env=environment(home, **variables),
                          timeout=patience(timeout), capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def signals_of_a_child(home, **variables):
    """Blocked and ignored signals (1 to 31) of what `authgate exec` starts that it did not inherit."""
    result = run(home, "exec", "--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", **variables)
    inherited = subprocess.run(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"], capture_output=True, text=True,
                               check=True).stdout
    ours, theirs = (dict(line.split(":\t") for line in text.splitlines()) for text in (result.stdout, inherited))
    return tuple(int(ours[name], 16) & ~int(theirs[name], 16) & 0x7fffffff for name in ("SigBlk", "SigIgn"))


def files(home):
    return sorted((home / ".local/state/authgate").glob("*.json"))


def age(home):
    """Lets every access token that is kept come to its end."""
    for file in files(home):
        file.write_text(json.dumps({**json.loads(file.read_text()), "expires_at": 1}))


def on_terminal(home, *arguments, rows=24, columns=80, **variables):
    """Runs with a terminal as standard error and output; returns (status, screen bytes)."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    with subprocess.Popen([AUTHGATE, *arguments], cwd=home, env=environment(home, **variables),
                          stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        deadline = time.monotonic() + patience(20)
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    part = os.read(ours, 65536)
                except OSError:
                    break
                if not part:
                    break
                seen += part
        status = process.wait(timeout=patience(5))
    os.close(ours)
    return status, seen
