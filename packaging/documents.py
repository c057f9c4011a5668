#!/usr/bin/python3
"""What documents take from the source: documents.py metrics writes docs/METRICS.md on standard output;
documents.py troubles prints the messages that docs/TROUBLESHOOTING.md does not have; documents.py options PROGRAM where
the help of a command and its manual page name different options."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
STRINGS = r'(?:"(?:[^"\\]|\\.)*"\s*)+'


def joined(strings):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', strings)).replace('\\"', '"')


# ---- metrics ----

KINDS = {"COUNTER": "counter", "HISTOGRAM": "histogram", "LEVEL": "gauge", "GAUGE": "gauge"}
METRIC = re.compile(r'^METRIC\(\w+,\s*(\w+),\s*\w+,\s*"(\w+)",\s*(\w+),\s*(\w+),\s*(' + STRINGS + r")\)", re.M)
VALUE = re.compile(r'^VALUE\((\w+),\s*\w+,\s*"(.*)"\)$', re.M)
GIVEN = re.compile(r"^GIVEN\((\w+)\)(?:\s*/\* (.*?) \*/)?", re.M)
HEAD = """\
# Metrics

<!-- Made by packaging/documents.py from lib/metrics/metrics.def and labels.def. -->

What `GET /metrics` says; how to turn it on, and what to do about an alert: [MONITORING.md](MONITORING.md). Names and labels are those of
the Go original where it has the metric. No label comes from outside.

| name | kind | labels | what it says |
|---|---|---|---|
"""


def label_names():
    text = (ROOT / "lib/metrics/labels.def").read_text()
    values = {}
    for label, pair in VALUE.findall(text):
        name, value = re.fullmatch(r'(\w+)=\\"(.*)\\"', pair).groups()
        values.setdefault(label, (name, []))[1].append(f"`{value}`")
    given = {"ROUTE": ("method, path", ["the pattern of a route, or `unknown`"]), "STATUS": ("status", ["of HTTP"]),
             "LIMIT": ("limit", ["of rate_limit in the configuration"]), "EVENT": ("event", ["of the audit trail"]),
             "VERSION": ("version", ["of this program"])}
    for label, _ in GIVEN.findall(text):
        values[label] = given[label]
    return values


def metrics():
    labels, out = label_names(), HEAD
    for kind, name, first, second, text in METRIC.findall((ROOT / "lib/metrics/metrics.def").read_text()):
        mine = [labels[label] for label in (first, second) if label in labels]
        shown = "; ".join(f"{label}: {', '.join(values)}" for label, values in mine)
        out += f"| `{name}` | {KINDS[kind]} | {shown} | {joined(text)} |\n"
    return out


# ---- troubles ----

ERROR = re.compile(r'^ERR\((\w+),\s*\d+,\s*"\w*",\s*(' + STRINGS + r")\)", re.M)
LOG = re.compile(r"\blog_(?:info|warning|error)\(\s*(" + STRINGS + ")")


def messages():
    """Sentence and where it is said."""
    for name, text in ERROR.findall((ROOT / "lib/base/err.def").read_text()):
        yield joined(text), f"lib/base/err.def, {name}"
    files = subprocess.run(["git", "ls-files", "server/*.c", "lib/*.c"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in files.split():
        for text in LOG.findall((ROOT / file).read_text()):
            # What follows a colon is advice already.
            yield joined(text).split(": run ")[0], file


def troubles():
    known = (ROOT / "docs/TROUBLESHOOTING.md").read_text()
    return "".join(f"docs/TROUBLESHOOTING.md: nothing about `{text}` ({where})\n" for text, where in messages() if f"`{text}`" not in known)


# ---- options ----

# The manual of admin is made of the same table as its help.
NO_COMMANDS = ("admin", "exit-codes")


def options():
    out = ""
    for page in sorted((ROOT / "docs/man").glob("authgate-*.mdoc")):
        name = page.name.split(".")[0].removeprefix("authgate-")
        if name in NO_COMMANDS:
            continue
        told = subprocess.run([sys.argv[2], name, "--help"], capture_output=True, text=True, check=False)
        helped = set(re.findall(r"--([a-z][a-z-]+)", told.stdout + told.stderr))
        written = set(re.findall(r"\bFl -([a-z][a-z-]+)", page.read_text()))
        out += "".join(f"{page.name}: --{option} is only in --help\n" for option in sorted(helped - written))
        out += "".join(f"{page.name}: --{option} is not in --help\n" for option in sorted(written - helped))
    return out


def main():
    sys.stdout.write({"metrics": metrics, "troubles": troubles, "options": options}[sys.argv[1]]())


if __name__ == "__main__":
    main()
