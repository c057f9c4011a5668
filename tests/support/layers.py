#!/usr/bin/python3
"""Checks every #include against the tables in docs/ARCHITECTURE.md, of this tree or of the one that is given."""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../../..").resolve()
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


class Rooms:
    """The rooms of server/.  What stands directly in it is `ground`, except the files that the row `top` names."""

    def __init__(self, rows):
        self.may = {row[0].split()[0].strip(":"): set(row[2].split()) for row in rows}
        self.top = next((set(re.findall(r"\w+", row[0])[1:]) for row in rows if row[0].startswith("top:")), set())

    def room(self, path):
        parts = path.split("/")
        if len(parts) > 2:
            return parts[1]
        return "top" if pathlib.Path(path).stem in self.top else "ground"

    def problems(self, path, included):
        """Of one include; everybody may include the ground."""
        if layer(path) != "server" or layer(included) != "server":
            return []
        here, there = self.room(path), self.room(included)
        if there in (here, "ground") or there in self.may.get(here, ()):
            return []
        return [f"{path}: server's {here} may not include \"{included}\" of {there}"]


def circle(includes):
    """The first circle of those that include each other, or nothing: {one: what it includes}."""
    done = set()

    def walk(one, way):
        if one in way:
            return way[way.index(one):] + [one]
        if one in done:
            return []
        done.add(one)
        return next(filter(None, (walk(other, way + [one]) for other in sorted(includes.get(one, ())))), [])

    return next(filter(None, (walk(one, []) for one in sorted(includes))), [])


def circles(what, includes):
    found = circle(includes)
    return [f"a circle of {what}: " + " > ".join(found)] if found else []


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
    rooms = Rooms(table("room"))
    problems, count = circles("layers", may) + circles("rooms", rooms.may), 0
    for top in ("cmd", "lib", "server", "admin-tui", "clients", "probe"):
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
                    problems += rooms.problems(path, own)
                    if path.endswith(".h") and layer(path) == layer(own) == "server":
                        headers.setdefault(path, set()).add(own)
                if own and "/" in own and layer(own) not in may.get(layer(path), set()) | {layer(path)}:
                    problems.append(f"{path}: {layer(path)} may not include \"{own}\"")
                if own and "/" not in own and not own.endswith((".def", "_gen.h")) \
                        and own not in ("sql.h", "migrations.h", "assets.h"):
                    problems.append(f"{path}: \"{own}\" is not rooted at the repository")
    problems += circles("headers", headers)
    print("\n".join(problems + [f"layers: {count} includes, {len(problems)} problems"]))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
