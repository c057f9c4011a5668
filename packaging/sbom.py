#!/usr/bin/python3
"""What a program was made of, as CycloneDX 1.5: sbom.py PROGRAM VERSION EPOCH [SOURCES] >FILE.

A program of Debian's packages loads libraries: whom dpkg names as the owner of each.  A portable one has
them linked in: the packages whose archives were taken, and the sources in SOURCES that others were built from."""

import json
import pathlib
import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone

# Linked in from Debian's -dev packages, and loaded by lib/base/library.h when they are needed.
ARCHIVES = ["libsqlite3-dev", "libssl-dev", "libsodium-dev", "libncurses-dev", "libjansson-dev", "libyaml-dev", "libcrypt-dev", "zlib1g-dev", "libc6"]
LOADED = ["libcurl4", "libpq5", "libhiredis0.14"]


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def debian_package(name):
    """A component for an installed package; None if it is not there."""
    fields = said_by("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${db:Status-Abbrev}\n", name)
    for line in fields.splitlines():
        package, version, architecture, source, status = line.split("\t")
        if status.startswith("ii"):
            return {"type": "library", "name": package, "version": version,
                    "bom-ref": f"pkg:deb/debian/{package}@{version}?arch={architecture}",
                    "purl": f"pkg:deb/debian/{package}@{version}?arch={architecture}",
                    "properties": [{"name": "debian:source", "value": source}]}
    return None


def owners(program):
    """The packages of the libraries that the dynamic linker finds for it."""
    files = re.findall(r"(/\S+\.so\S*)", said_by("ldd", program))
    for file in files:
        for path in (file, str(pathlib.Path(file).resolve())):
            owner = said_by("dpkg", "-S", path).split(":")[0]
            if owner:
                yield owner
                break


def source_archives(place):
    for path in sorted(pathlib.Path(place).glob("*.orig.tar.*")):
        found = re.match(r"(.+)_([^_]+)\.orig\.tar\.[a-z0-9]+$", path.name)
        if found:
            name, version = found.groups()
            digest = said_by("sha256sum", str(path)).split()[0]
            yield {"type": "library", "name": name, "version": version, "bom-ref": f"pkg:deb/debian/{name}@{version}?arch=source",
                   "purl": f"pkg:deb/debian/{name}@{version}?arch=source",
                   "hashes": [{"alg": "SHA-256", "content": digest}]}


def main():
    program, version, epoch, *sources = sys.argv[1:]
    names = ARCHIVES if sources else [*sorted(set(owners(program))), *LOADED]
    components = [found for name in names if (found := debian_package(name))]
    components += [component for place in sources for component in source_archives(place)]
    components.sort(key=lambda c: c["bom-ref"])
    digest = said_by("sha256sum", program).split()[0]
    me = {"type": "application", "name": "authgate", "version": version, "bom-ref": "authgate",
          "licenses": [{"license": {"id": "MIT"}}], "hashes": [{"alg": "SHA-256", "content": digest}]}
    print(json.dumps({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "metadata": {"timestamp": datetime.fromtimestamp(int(epoch), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                     "component": me},
        "components": components,
        "dependencies": [{"ref": "authgate", "dependsOn": [c["bom-ref"] for c in components]}],
    }, indent=1, sort_keys=True))


main()
