"""A server for which days pass when a test says so (Debian's faketime)."""

import glob
import os

import pytest

from running import Server
from sanitizer import cannot_hold

LIBRARY = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
MINUTE, HOUR, DAY = 60, 3600, 86_400

needs_clock = [pytest.mark.skipif(LIBRARY is None, reason="needs faketime"),
               cannot_hold("faketime and it stop each other from starting")]


class Clock:
    def __init__(self, directory):
        self.path = directory / "clock"
        self.ahead_s = 0
        self.forward(0)

    def forward(self, seconds):
        """Time passes; all clocks of the server show it at once."""
        self.ahead_s += seconds
        new = self.path.with_suffix(".new")
        new.write_text(f"{self.ahead_s:+d}\n")
        os.replace(new, self.path)

    def environment(self):
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.path),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "1"}


class TimedServer(Server):
    """server.clock.forward(7 * DAY)"""

    def __init__(self, directory, **environment):
        self.clock = Clock(directory)
        super().__init__(directory, **self.clock.environment(), **environment)
