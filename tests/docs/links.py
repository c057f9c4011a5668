#!/usr/bin/python3
"""Every link of README.md and docs/ that leads into this tree leads somewhere: links.py prints those that do not."""

import re
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def anchors(path):
    """As GitHub names headings."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.M | re.S)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def broken(path):
    text = re.sub(r"^```.*?^```$|^ {4}.*?$", "", path.read_text(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        goal = (path.parent / file).resolve() if file else path
        if not goal.exists():
            yield f"{path.relative_to(TREE)}: {target}: there is no such file"
        elif anchor and goal.suffix == ".md" and anchor not in anchors(goal):
            yield f"{path.relative_to(TREE)}: {target}: there is no such heading"


def main():
    problems = [line for path in [TREE / "README.md", *sorted((TREE / "docs").glob("*.md"))] for line in broken(path)]
    print("\n".join(problems), end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
