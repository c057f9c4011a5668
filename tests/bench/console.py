#!/usr/bin/python3
"""The console over a long list: how long until its first screen, how long until a key is answered, and how much
memory it takes.  console.py [TOKENS]"""

import fcntl
import os
import pathlib
import pty
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support"), str(pathlib.Path(__file__).resolve().parent)]

import fill  # noqa: E402
from running import BINARY, Server  # noqa: E402

SIZE = (40, 120)
KEYS = 200


class Screen:
    """The console on a pseudo-terminal that nobody looks at."""

    def __init__(self, socket):
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(BINARY, [BINARY, "admin", "--socket", socket],
                      {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))

    def until(self, wanted, timeout=10):
        """Milliseconds until a text has come that has this pattern."""
        seen, began = b"", time.monotonic()
        while not re.search(wanted, seen):
            if not select.select([self.fd], [], [], timeout)[0]:
                raise TimeoutError(seen[-400:])
            seen += os.read(self.fd, 65536)
        return (time.monotonic() - began) * 1000

    def press(self, keys):
        os.write(self.fd, keys)

    def drain(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                os.read(self.fd, 65536)

    def quit(self):
        """It waits until all that it has written has been read."""
        self.press(b"Q")
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    @property
    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())[1])


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as directory, Server(directory) as server:
        fill.tokens(server.database, count)
        firsts = []
        for _ in range(5):
            screen = Screen(server.admin_socket)
            screen.until(rb"updated 0 s")
            firsts.append((time.monotonic() - screen.began) * 1000)
            screen.quit()
        screen = Screen(server.admin_socket)
        screen.until(rb"updated 0 s")
        screen.press(b"4")
        tokens = screen.until(rb"1/100\+")
        times = []
        for _ in range(KEYS):
            screen.drain(0.02)
            screen.press(b"j")
            times.append(screen.until(rb"."))
        for _ in range(60):
            screen.press(b"\x1b[6~")
            screen.drain(0.05)
        print(f"tokens             {count}")
        print(f"first screen       {statistics.median(firsts):.0f} ms (of 5: {min(firsts):.0f} to {max(firsts):.0f})")
        print(f"tokens, first page {tokens:.0f} ms")
        print(f"a key              {statistics.median(times):.1f} ms, slowest of {KEYS} {max(times):.1f} ms")
        print(f"memory             {screen.resident_kib / 1024:.1f} MiB resident after {60 * 35} rows of scrolling")
        screen.quit()


if __name__ == "__main__":
    main()
