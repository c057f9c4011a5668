#!/usr/bin/python3
"""Makes an OCI image layout of a directory, without an engine: image.py ROOT OUT VERSION ARCHITECTURE EPOCH.

One layer, whose bytes depend on the files alone: names in order, owners by rule, one time."""

import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile
from datetime import datetime, timezone

USER = 10001  # nobody on a Debian, Fedora or Alpine has this number
OWN = "var/lib/authgate"
MEDIA = "application/vnd.oci.image."


def layer(root, epoch):
    """The tar archive of everything below root."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(root.rglob("*")):
            info = archive.gettarinfo(path, str(path.relative_to(root)))
            owner = USER if info.name == OWN else 0
            info.uid = info.gid = owner
            info.uname = info.gname = ""
            info.mtime = epoch
            with path.open("rb") if info.isfile() else io.BytesIO() as file:
                archive.addfile(info, file if info.isfile() else None)
    return out.getvalue()


class Layout:
    def __init__(self, place):
        self.place = place
        (place / "blobs" / "sha256").mkdir(parents=True)

    def put(self, content, kind):
        """Stores a blob; what others say of it."""
        digest = hashlib.sha256(content).hexdigest()
        (self.place / "blobs" / "sha256" / digest).write_bytes(content)
        return {"mediaType": MEDIA + kind, "digest": f"sha256:{digest}", "size": len(content)}

    def put_json(self, value, kind):
        return self.put(json.dumps(value, sort_keys=True).encode(), kind)


def main():
    root, out, version, architecture, epoch = sys.argv[1:]
    epoch = int(epoch)
    created = datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    layout = Layout(pathlib.Path(out))
    content = layer(pathlib.Path(root), epoch)
    packed = layout.put(gzip.compress(content, 9, mtime=0), "layer.v1.tar+gzip")
    labels = {"org.opencontainers.image.title": "authgate", "org.opencontainers.image.version": version,
              "org.opencontainers.image.licenses": "MIT", "org.opencontainers.image.created": created}
    config = layout.put_json({
        "created": created, "architecture": architecture, "os": "linux",
        "config": {
            "User": f"{USER}:{USER}", "Entrypoint": ["/usr/bin/authgate"], "Cmd": ["server"],
            "WorkingDir": f"/{OWN}", "Volumes": {f"/{OWN}": {}}, "ExposedPorts": {"8080/tcp": {}},
            "StopSignal": "SIGTERM", "Labels": labels,
            "Env": ["PATH=/usr/bin", f"STATE_DIRECTORY=/{OWN}"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(content).hexdigest()}"]},
        "history": [{"created": created, "created_by": "packaging/oci/build.sh"}],
    }, "config.v1+json")
    manifest = layout.put_json({"schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json", "config": config,
                                "layers": [packed], "annotations": labels}, "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": version}
    manifest["platform"] = {"architecture": architecture, "os": "linux"}
    place = pathlib.Path(out)
    (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (place / "index.json").write_text(json.dumps(
        {"schemaVersion": 2, "mediaType": MEDIA + "index.v1+json", "manifests": [manifest]}, sort_keys=True))
    print(f"{out}: {packed['size'] / 1e6:.1f} MB compressed, {len(content) / 1e6:.1f} MB")


main()
