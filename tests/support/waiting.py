"""Waiting for a condition, never for a time."""

import time

from sanitizer import patience


def until(condition, seconds=45):
    """Asks again and again until it is true; returns after how many seconds that was."""
    began, seconds = time.monotonic(), patience(seconds)
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began
