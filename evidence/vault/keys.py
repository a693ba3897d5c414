"""The site's signing key (Ed25519): made on first use, never leaves its folder.

The public half goes to whoever verifies.

`manifest.sig` is the plain 64-byte signature of manifest.json, so a court needs no program of ours:
`openssl pkeyutl -verify -pubin -inkey site.pub.pem -rawin -in manifest.json -sigfile manifest.sig`.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from evidence.vault.durable import flush, make_folder, refusals
from models.errors import EvidenceError

PRIVATE_FILE = "site.pem"
PUBLIC_FILE = "site.pub.pem"
_PEM_BYTES_MAX = 4096


class PublicKey:
    """Verifies. `sha256` (of the raw 32 bytes) is how packages and ledger entries name it."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.sha256 = hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Whether the signature is ours for exactly this content."""
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """The key as a PEM file."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class SiteKey:
    """Signs. Made by `load_or_create`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    def __repr__(self) -> str:
        return f"SiteKey({self.public.sha256[:16]})"

    def sign(self, content: bytes) -> bytes:
        """The 64-byte signature of the content."""
        return self._key.sign(content)


def load_or_create(folder: Path) -> SiteKey:
    """The site's key. The first call makes it (folder 0700, private file 0600) and writes the public half beside it.

    Raises EvidenceError when the key cannot be read or written, is damaged, or can be read by others.
    """
    private = folder / PRIVATE_FILE
    with refusals(folder, "cannot use the signing key"):
        if not private.exists():
            _create(folder, private)
        if private.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            remedy = f"chmod 600 {private} after finding out who could have copied it"
            raise EvidenceError("the private key can be read by others", where=str(private), remedy=remedy)
        content = private.read_bytes()
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(private) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(private)
    site_key = SiteKey(key)
    _publish(folder, site_key.public)
    return site_key


def load_public_key(path: Path) -> PublicKey:
    """A public key from a PEM file. Raises EvidenceError when it is none of ours."""
    with refusals(path, "cannot read the public key"):
        content = path.read_bytes()[: _PEM_BYTES_MAX + 1]
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _not_public(path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _not_public(path)
    return PublicKey(key)


def _create(folder: Path, private: Path) -> None:
    make_folder(folder, 0o700)
    folder.chmod(0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = _written(folder, pem)
    try:
        with suppress(FileExistsError):  # of two starting programs one key wins, and never half a file
            os.link(temporary, private)
        flush(folder)
    finally:
        temporary.unlink()


def _written(folder: Path, content: bytes) -> Path:
    """A flushed file under a name of its own, readable by nobody else."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")  # mkstemp makes it 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _publish(folder: Path, public: PublicKey) -> None:
    path = folder / PUBLIC_FILE
    with refusals(path, "cannot write the public key"):
        if path.exists() and path.read_bytes() == public.pem():
            return
        temporary = _written(folder, public.pem())
        temporary.chmod(0o644)
        temporary.replace(path)
        flush(folder)


def _damaged(path: Path) -> EvidenceError:
    return EvidenceError("not an Ed25519 private key", where=str(path), remedy="Restore the key from its backup")


def _not_public(path: Path) -> EvidenceError:
    remedy = "Give the site.pub.pem of the site that sealed the evidence"
    return EvidenceError("not an Ed25519 public key", where=str(path), remedy=remedy)
