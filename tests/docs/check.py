#!/usr/bin/python3
"""Follows the documents: check.py BUILD [PAGE...]

A page takes part with the line `<!-- docs: bare -->`, `installed` or `serving` (machine.sh says what each finds).
Its fenced blocks are then run from top to bottom, each page in a copy of this machine (copy.sh):

    ```sh                      run, and must end with 0
    ```sh fails                run, and must not
    ```sh background           run beside the rest; `ready=URL` waits until that answers, `terminal` gives it one
    ```text                    what the block before printed; "…" stands for anything
    ```LANGUAGE file=PATH      written to PATH
    <!-- person: URL TEXT -->  Mia opens URL, signs in and agrees; the last page holds TEXT.  A URL may be `output`:
                               the first address that the background block printed

Every other block is for the eye.  A block whose first line is `# not run: REASON`
is shown with its reason and counted.  `needs=PROGRAM` skips a block, with a word, where the program is missing."""

import html
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parents[1]
BLOCK_S = 300
READY_S = 60
STATE = Path("/run/docs-state")
PARTS = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$|^<!-- person: (?P<person>\S+) (?P<text>.*?) -->$", re.M | re.S)


class Problem(Exception):
    pass


class Page:
    def __init__(self, path):
        self.path, self.text = path, path.read_text()
        found = re.search(r"^<!-- docs: (bare|installed|serving)(?: needs=(\S+))? -->$", self.text, re.M)
        self.kind, self.needs = (found[1], (found[2] or "").split(",")) if found else (None, [])

    def parts(self):
        for part in PARTS.finditer(self.text):
            yield self.text.count("\n", 0, part.start()) + 1, part


def is_here(program):
    return not program or subprocess.run(["which", program], capture_output=True, check=False).returncode == 0


class Follower:
    """Whoever follows one page, inside the copy."""

    def __init__(self):
        self.output, self.background, self.person = "", [], None
        self.counts = {"run": 0, "not run": 0, "skipped": 0}
        STATE.write_text("cd /root\n")

    def shell(self, body):
        """Variables and the directory outlive a block, as in a terminal."""
        return ["bash", "-c", f". {STATE} 2>/dev/null; set -eu -o pipefail\n{body}\n"
                f"{{ declare -p | grep -vE '^declare -[a-zA-Z]*r|BASH|SHELLOPTS'; echo \"cd $(printf %q \"$PWD\")\"; }} >{STATE}"]

    def run(self, body, must_fail):
        self.log = Path(f"/run/docs-{self.counts['run']}.log")
        with self.log.open("wb") as log:
            process = subprocess.Popen(self.shell(body), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            try:
                status = process.wait(BLOCK_S)
            except subprocess.TimeoutExpired as late:
                os.killpg(process.pid, signal.SIGKILL)
                raise Problem(f"not done after {BLOCK_S} s:\n{self.log.read_text()}") from late
        self.output = self.log.read_text(errors="replace")
        if (status != 0) != must_fail:
            raise Problem(f"status {status}:\n{self.output}")

    def run_beside(self, body, ready, has_terminal):
        self.log = Path(f"/run/docs-{self.counts['run']}.log")
        command = self.shell(body)
        if has_terminal:
            command = ["script", "-qefc", shlex.join(command), "/dev/null"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log.open("wb"), stderr=subprocess.STDOUT,
                                   start_new_session=True)
        self.background.append(process)
        end = time.monotonic() + READY_S
        while ready and not self.answers(ready):
            if process.poll() is not None or time.monotonic() > end:
                raise Problem(f"{ready} does not answer:\n{self.log.read_text()}")
            time.sleep(0.1)

    @staticmethod
    def answers(url):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def compare(self, wanted):
        pattern = ".*?".join(re.escape(piece) for piece in wanted.strip().split("…"))
        shown = "\n".join(line.rstrip() for line in self.output.strip().splitlines())
        if not re.fullmatch(pattern, shown, re.S):
            raise Problem(f"printed\n{self.output}\nnot\n{wanted}")

    def shown(self):
        """The address that the program printed, and the code, if it printed one."""
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.log.read_text(errors="replace"))
            found, code = re.search(r"https?://\S+(?=\s)", text), re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4,}\b", text)
            if found and (code or "/authorize" in found[0]):
                return found[0], code and code[0]
            time.sleep(0.1)
        raise Problem(f"no address in:\n{self.log.read_text()}")

    def act(self, url, text):
        from person import Person
        self.person = self.person or Person()
        here, words = self.person.open(*self.shown() if url == "output" else (url,))
        if text not in words:
            raise Problem(f"{here} says: {words}")
        # What waited for her ends by itself.
        if url == "output":
            self.background[-1].wait(READY_S)
            self.output = self.log.read_text(errors="replace")
            if self.background[-1].returncode:
                raise Problem(f"status {self.background[-1].returncode}:\n{self.output}")

    def block(self, info, body):
        words = shlex.split(info)
        language, options = (words[0] if words else ""), dict(w.partition("=")[::2] for w in words[1:])
        if body.startswith("# not run: "):
            self.counts["not run"] += 1
            return
        if not is_here(options.get("needs")):
            self.counts["skipped"] += 1
            print(f"skipped - docs: there is no {options['needs']}")
            return
        if "file" in options:
            path = Path(options["file"].replace("~", "/root", 1))
            path = path if path.is_absolute() else Path(self.directory()) / path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
        elif language == "sh" and "background" in options:
            self.run_beside(body, options.get("ready"), "terminal" in options)
        elif language == "sh":
            self.run(body, "fails" in options)
        elif language == "text":
            self.compare(body)
        else:
            return
        self.counts["run"] += 1

    @staticmethod
    def directory():
        return shlex.split(STATE.read_text().rstrip().splitlines()[-1])[1]

    def follow(self, page):
        try:
            for line, part in page.parts():
                try:
                    if part["person"]:
                        self.act(part["person"], html.unescape(part["text"]))
                    else:
                        self.block(part["info"], textwrap.dedent(part["body"]))
                except Problem as problem:
                    raise Problem(f"{page.path}:{line}: {problem}") from problem
        finally:
            for process in self.background:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)


def inside(build, path):
    page = Page(Path(path))
    subprocess.run([HERE / "machine.sh", build, page.kind], check=True)
    cache = f"{build}/docs"
    os.environ.update(HOME="/root", LC_ALL="C.UTF-8", USER="root", GOPROXY=f"file://{cache}/go/cache/download", GOSUMDB="off",
                      GOTOOLCHAIN="local", GOCACHE=f"{cache}/go-build", npm_config_offline="true", npm_config_cache=f"{cache}/npm",
                      PATH="/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    follower = Follower()
    try:
        follower.follow(page)
    except Problem as problem:
        print(problem)
        return 1
    print(", ".join(f"{count} {what}" for what, count in follower.counts.items() if count))
    return 0


def main():
    if sys.argv[1] == "--inside":
        return inside(*sys.argv[2:])
    build, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    paths = [Path(n) for n in names] or [TREE / "README.md", *sorted((TREE / "docs").glob("*.md"))]
    subprocess.run([HERE / "prepare.sh", f"{build}/docs"], check=True)
    failed = passed = 0
    for page in (page for page in map(Page, paths) if page.kind):
        name = os.path.relpath(page.path, TREE)
        missing = [program for program in page.needs if not is_here(program)]
        if missing:
            print(f"skipped - docs: {name} needs {', '.join(missing)}")
            continue
        start = time.monotonic()
        status = subprocess.run([HERE / "copy.sh", "/bin/sh", "-c", 'cd "$0" && exec "$@"', str(TREE), "/usr/bin/python3",
                                 str(HERE / "check.py"), "--inside", build, str(page.path.resolve())], check=False).returncode
        if status == 77:
            print("skipped - docs: this machine lets nobody make a copy of it (root, namespaces, overlayfs)")
            return 0
        print(f"  docs: {name}: {'FAILED' if status else 'ok'}, {time.monotonic() - start:.1f} s", flush=True)
        failed, passed = failed + (status != 0), passed + (status == 0)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
