"""The console in a real terminal: tmux holds it, keys are typed into it, its screen is read."""

import os
import secrets
import shlex
import subprocess
import tempfile

import sanitizer
from sanitizer import BINARY, patience
from waiting import until

WAIT_S = 10


def seen():
    """A place where the console has been seen before: nobody is new here."""
    state = f"{tempfile.gettempdir()}/authgate-console-seen-{os.getuid()}"
    os.makedirs(f"{state}/authgate/console", mode=0o700, exist_ok=True)
    return state


class Terminal:
    """`authgate admin` in a tmux of its own.  type("j", "Enter") presses keys by tmux's names; see("text")
    waits until the screen shows it."""

    def __init__(self, socket, columns=80, rows=24, term="screen-256color", options=(), shell=False, **environment):
        self.tmux = f"{tempfile.gettempdir()}/authgate-tmux-{secrets.token_hex(6)}"
        self.options = ["--socket", str(socket), *options] if socket else list(options)
        settings = {"TERM": term, "LC_ALL": "C.UTF-8", "HOME": tempfile.gettempdir(), "TZ": "UTC",
                    "XDG_STATE_HOME": seen(),
                    "PATH": os.environ["PATH"], **sanitizer.ENVIRONMENT, **environment}
        words = ["env", "-i", *(f"{name}={value}" for name, value in settings.items()), BINARY, "admin", *self.options]
        line = f"stty -a >{self.tmux}.before; {shlex.join(words)}; code=$?; stty -a >{self.tmux}.after; " \
            "echo \"ended with $code\""
        # A shell with jobs, or one that only waits.
        line = ["bash", "--norc", "--noprofile", "-i"] if shell else ["sh", "-c", line + "; exec sleep 3600"]
        subprocess.run([*self._tmux(), "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                        *line], check=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        self.run("set-option", "-g", "escape-time", "0")
        if shell:
            self.write(shlex.join(words) + "; echo ended with $?").type("Enter")

    def _tmux(self):
        return ["tmux", "-S", self.tmux]

    def run(self, *words):
        return subprocess.run([*self._tmux(), *words], check=True, capture_output=True, text=True).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self._tmux(), "kill-server"], check=False, capture_output=True)
        for name in (self.tmux, self.tmux + ".before", self.tmux + ".after"):
            if os.path.exists(name):
                os.unlink(name)

    # ---- its screen ----

    @property
    def lines(self):
        return self.run("capture-pane", "-p").split("\n")

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def line_here(self):
        """The line of the terminal's own cursor: what a screen reader speaks."""
        return self.lines[int(self.run("display", "-p", "#{cursor_y}"))]

    def see(self, *texts, not_=(), timeout=WAIT_S):
        """Waits until all of them are to be seen, and none of the others."""
        hidden = (not_,) if isinstance(not_, str) else not_
        try:
            until(lambda: (now := self.text) is not None and all(text in now for text in texts)
                  and not any(text in now for text in hidden), patience(timeout))
        except AssertionError:
            raise AssertionError(f"{texts} not {hidden}:\n{self.text}") from None
        return self

    def at(self, text):
        """Waits until the terminal's cursor stands in a line with that text."""
        try:
            until(lambda: text in self.line_here, patience(WAIT_S))
        except AssertionError:
            raise AssertionError(f"not at {text}, but at {self.line_here}:\n{self.text}") from None
        return self

    def find(self, text):
        """Row and column, both counted from 0."""
        return next((row, line.index(text)) for row, line in enumerate(self.lines) if text in line)

    @property
    def pid(self):
        """Of the console."""
        shell = self.run("display", "-p", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell, "authgate"], check=True, capture_output=True, text=True).stdout)

    # ---- its keys ----

    def type(self, *keys):
        self.run("send-keys", *keys)
        return self

    def write(self, text):
        """Text as it is, not names of keys."""
        self.run("send-keys", "-l", "--", text)
        return self

    def click(self, column, row):
        """As a terminal tells it to a program that asked for the mouse (SGR)."""
        return self.write(f"\033[<0;{column + 1};{row + 1}M\033[<0;{column + 1};{row + 1}m")

    def wheel(self, column, row, down):
        return self.write(f"\033[<{65 if down else 64};{column + 1};{row + 1}M")

    def resize(self, columns, rows):
        self.run("resize-window", "-x", str(columns), "-y", str(rows))
        return self

    def ended(self, status=0):
        """It has ended, and the terminal is as it was."""
        self.see(f"ended with {status}")
        before, after = (open(self.tmux + when).read() for when in (".before", ".after"))
        assert before == after
        return self
