#!/usr/bin/python3
"""Checks every #include against the two tables in docs/ARCHITECTURE.md."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "ARCHITECTURE.md"
INCLUDE = re.compile(r'^\s*#\s*include\s+(<([^>]+)>|"([^"]+)")', re.M)


def table(first_header):
    """The rows of the Markdown table whose first heading is first_header."""
    rows, inside = [], False
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and cells[0] == first_header:
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and not set(cells[0]) <= set("-:"):
            rows.append(cells)
    if not rows:
        sys.exit(f"{DOCUMENT}: no table starts with {first_header!r}")
    return rows


def layer(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "lib" else parts[0]


def third_party_homes():
    return {header: [word.strip(" ,") for word in re.findall(r"[\w./-]+/[\w./-]+", home)]
            for header, home in table("header")}


def home_allows(homes, header, path):
    for pattern, places in homes.items():
        prefix = pattern[:-1] if pattern.endswith("*") else None
        if header == pattern or (prefix and header.startswith(prefix)):
            return any(path == place or path.startswith(place + "/") for place in places)
    return True


def main():
    may = {row[0]: set(row[1].replace(",", " ").split()) for row in table("layer")}
    homes = third_party_homes()
    problems, count = [], 0
    for top in ("cmd", "lib", "server", "admin-tui", "clients"):
        for source in sorted((ROOT / top).rglob("*.[ch]")):
            path = str(source.relative_to(ROOT))
            if path.startswith("cmd/tools/"):
                continue
            for match in INCLUDE.finditer(source.read_text()):
                count += 1
                system, own = match.group(2), match.group(3)
                if system and not home_allows(homes, system, path):
                    problems.append(f"{path}: <{system}> has another home")
                if own and "/" in own and layer(own) not in may.get(layer(path), set()) | {layer(path)}:
                    problems.append(f"{path}: {layer(path)} may not include \"{own}\"")
                if own and "/" not in own and not own.endswith((".def", "_gen.h")) \
                        and own not in ("sql.h", "migrations.h", "assets.h"):
                    problems.append(f"{path}: \"{own}\" is not rooted at the repository")
    print("\n".join(problems + [f"layers: {count} includes, {len(problems)} problems"]))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
