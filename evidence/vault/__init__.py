"""Sealed evidence packages, the site's key, the ledger and verification without us."""

from evidence.vault.findings import Finding
from evidence.vault.keys import PublicKey, SiteKey, load_or_create, load_public_key
from evidence.vault.manifest import HashedPart, Manifest, ProvenancePart, UnitPart
from evidence.vault.package import Evidence, SealedPackage
from evidence.vault.vault import Vault
from evidence.vault.verify import verify, verify_ledger, verify_vault

__all__ = [
    "Evidence",
    "Finding",
    "HashedPart",
    "Manifest",
    "ProvenancePart",
    "PublicKey",
    "SealedPackage",
    "SiteKey",
    "UnitPart",
    "Vault",
    "load_or_create",
    "load_public_key",
    "verify",
    "verify_ledger",
    "verify_vault",
]
