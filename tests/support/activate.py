"""Runs a program as the service manager does that has opened its socket: activate.py FD PROGRAM..."""

import os
import sys

FIRST = 3  # sd_listen_fds(3)

os.dup2(int(sys.argv[1]), FIRST)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
