#!/usr/bin/python3
"""Writes docs/man/authgate.yaml.5.mdoc from lib/config/config.def, on standard output."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROW = re.compile(
    r'SECTION\("(?P<section>[^"]*)",\s*"(?P<about>(?:[^"\\]|\\.)*)"\)'
    r'|(?P<macro>KEY|FIXED)\((?P<type>\w+),\s*\w+,\s*"(?P<key>[^"]*)",\s*"(?P<env>[^"]*)",\s*"(?P<default>[^"]*)",'
    r'\s*"(?P<range>[^"]*)",\s*"(?P<help>(?:[^"\\]|\\.)*)"\)')
HEAD = """\
.\\" Made by packaging/manual.py from lib/config/config.def.
.Dd November 23, 2026
.Dt AUTHGATE.YAML 5
.Os
.Sh NAME
.Nm authgate.yaml
.Nd configuration of the authorization server
.Sh DESCRIPTION
The server reads one YAML file, named by
.Fl -config ,
and variables of its environment, which win over the file.
Without a file, a file
.Pa .env
in the working directory is read too.
Keys that are unknown, occur twice or have the wrong type stop the start, with the line in which they
occur.
.Pp
Secrets may come from files, named by the keys that end in
.Ql _file ;
such a file must not be readable by others.
.Pp
On
.Dv SIGHUP
a running server reads everything again; a configuration with a mistake changes nothing.
"""
TAIL = """\
.Sh SEE ALSO
.Xr authgate-config 1 ,
.Xr authgate-server 8
"""


def text(words):
    """Plain words as roff: no line may look like a request, no backslash like an escape."""
    words = words.replace('\\"', '"').replace("\\", "\\e")
    return "\n".join("\\&" + line if line[:1] in ".'" else line
                     for line in re.sub(r"([.?!]) +(?=[A-Z])", r"\1\n", words).splitlines())


def option(row):
    lines = [f".It Sy {row['key']} Pq Ev {row['env']}"] + ([text(row["help"])] if row["help"] else [])
    if row["range"]:
        lines.append(f"Range or choice: {row['range'].replace('..', ' to ').rstrip()}.".replace(" to .", " bytes or more."))
    if row["default"]:
        lines.append(f"Default: {row['default']}.")
    if row["macro"] == "FIXED":
        lines.append("Read at the start only.")
    return lines


def main():
    source = (ROOT / "lib/config/config.def").read_text()
    lines = []
    for row in ROW.finditer(source[source.index("*/"):]):
        if row["section"] is not None:
            lines += [".El"] if lines else []
            lines += [f".Ss {row['section']}", text(row["about"]), ".Bl -tag -width Ds"]
        else:
            lines += option(row)
    print(HEAD + "\n".join([".Sh KEYS", *lines, ".El"]) + "\n" + TAIL, end="")


if __name__ == "__main__":
    main()
