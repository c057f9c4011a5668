"""What the program says of itself: `authgate admin describe --json`."""

import functools
import json
import os
import subprocess

import sanitizer
from sanitizer import BINARY


@functools.cache
def described():
    done = subprocess.run([BINARY, "admin", "describe", "--json"], capture_output=True, check=True,
                          env={"PATH": os.environ["PATH"], **sanitizer.ENVIRONMENT})
    return json.loads(done.stdout)
