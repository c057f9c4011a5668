#!/usr/bin/python3
"""Checks every #include against the tables in docs/ARCHITECTURE.md."""

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


def room(path):
    """Of a file of server/; "ground" for what stands directly in it."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "ground"


def room_problems(path, included, rooms):
    if layer(path) != "server" or layer(included) != "server" or room(included) in (room(path), "ground"):
        return []
    if room(included) in rooms[room(path)]:
        return []
    return [f"{path}: server/{room(path)} may not include \"{included}\""]


def circle(includes):
    """The first circle of headers that include each other, or nothing: {header: what it includes}."""
    done = set()

    def walk(header, way):
        if header in way:
            return way[way.index(header):] + [header]
        if header in done:
            return []
        done.add(header)
        return next(filter(None, (walk(other, way + [header]) for other in sorted(includes.get(header, ())))), [])

    return next(filter(None, (walk(header, []) for header in sorted(includes))), [])


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
    homes, headers = third_party_homes(), {}
    rooms = {row[0]: set(row[2].split()) for row in table("room")}
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
                if own and "/" in own:
                    problems += room_problems(path, own, rooms)
                    if path.endswith(".h") and layer(path) == layer(own) == "server":
                        headers.setdefault(path, set()).add(own)
                if own and "/" in own and layer(own) not in may.get(layer(path), set()) | {layer(path)}:
                    problems.append(f"{path}: {layer(path)} may not include \"{own}\"")
                if own and "/" not in own and not own.endswith((".def", "_gen.h")) \
                        and own not in ("sql.h", "migrations.h", "assets.h"):
                    problems.append(f"{path}: \"{own}\" is not rooted at the repository")
    if found := circle(headers):
        problems.append("a circle of headers: " + " > ".join(found))
    print("\n".join(problems + [f"layers: {count} includes, {len(problems)} problems"]))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
