"""Write the bill of materials of a lock: CycloneDX 1.6 in JSON, from the lock alone, the same bytes every time.

python supply/sbom.py requirements/runtime.txt build/sbom.cdx.json
"""

import json
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

from lock import Pinned, read_lock

ROOT = Path(__file__).resolve().parents[1]


def bill_of(packages: list[Pinned], *, version: str) -> dict[str, Any]:
    """Give the document. Its serial number is made from what is in it."""
    own = f"pkg:pypi/openbell@{version}"
    seed = "\n".join([own, *(f"{one.purl} {','.join(one.hashes)}" for one in packages)])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "openbell",
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(one) for one in packages],
        "dependencies": [{"ref": own, "dependsOn": [one.purl for one in packages]}],
    }


def _component(one: Pinned) -> dict[str, Any]:
    # A lock names the hash of every file a package may be installed from; each is a file of the same component.
    files = [
        {"type": "distribution", "url": one.purl, "hashes": [{"alg": "SHA-256", "content": h}]} for h in one.hashes
    ]
    found: dict[str, Any] = {"type": "library", "bom-ref": one.purl, "name": one.name, "version": one.version}
    found |= {"purl": one.purl, "externalReferences": files}
    return found | ({"properties": [{"name": "openbell:installed-when", "value": one.when}]} if one.when else {})


def main(lock: str, target: str) -> None:
    """Write one."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    packages = sorted(read_lock(Path(lock)), key=lambda one: (one.name, one.version))
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bill_of(packages, version=version), indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{path}: {len(packages)} packages\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
