"""What a forger does to sealed evidence, and how findings are named."""

import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.vault import Finding, SiteKey, ledger

KEY = SiteKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def resign(package: Path, key: SiteKey, **changes: object) -> None:
    """What a forger with a key of his own would do."""
    manifest = json.loads((package / "manifest.json").read_bytes()) | changes
    del manifest["content_sha256"]
    manifest["content_sha256"] = hashlib.sha256(ledger.canonical_json(manifest)).hexdigest()
    (package / "manifest.json").write_bytes(ledger.canonical_json(manifest))
    (package / "manifest.sig").write_bytes(key.sign((package / "manifest.json").read_bytes()))


def files_named(findings: list[Finding]) -> set[str]:
    return {finding.file for finding in findings}
