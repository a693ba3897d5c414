"""Checks evidence with nothing but the site's public key: no store, no configuration, no network.

Whatever was changed, added, removed or renamed is named by file. Zips come from strangers: nothing is unpacked to disk,
no more is read than the signed manifest announces, and names that point outside the package are refused.
"""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from evidence.vault import ledger
from evidence.vault.findings import Finding
from evidence.vault.keys import PublicKey
from evidence.vault.manifest import (
    MANIFEST_BYTES_MAX,
    MANIFEST_FILE,
    SIGNATURE_FILE,
    FileEntry,
    Manifest,
    parse_manifest,
)
from models.errors import EvidenceError

ENTRIES_MAX = 64  # a package has about eight files
SIGNATURE_BYTES = 64
_CHUNK_BYTES = 2**20
_UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)
"""What reading a damaged disk, or a damaged, encrypted or exotically packed zip raises."""


@dataclass(frozen=True, slots=True)
class _Content:
    """The files of a package by name, and how to open them."""

    names: tuple[str, ...]
    open: Callable[[str], IO[bytes]]


def verify(path: Path, public_key: PublicKey) -> list[Finding]:
    """Check one package (folder or zip), a ledger file, or a folder of packages with its ledger.

    Returns what is wrong, file by file; empty means that everything is as the site sealed it.
    Raises EvidenceError when there is nothing to check at `path`.
    """
    if path.name == ledger.LEDGER_FILE and path.is_file():
        return verify_ledger(path, public_key)
    if path.is_dir() and not (path / MANIFEST_FILE).exists() and _holds_packages(path):
        return verify_vault(path, public_key)
    with _content_of(path) as content:
        return content if isinstance(content, list) else list(_package_findings(content, public_key))


def verify_vault(packages: Path, public_key: PublicKey) -> list[Finding]:
    """Check every package of a folder and the ledger against each other."""
    findings = [
        Finding(f"{folder.name}/{finding.file}", finding.what)
        for folder in package_folders(packages)
        for finding in verify(folder, public_key)
    ]
    return findings + verify_ledger(packages / ledger.LEDGER_FILE, public_key)


def verify_ledger(path: Path, public_key: PublicKey) -> list[Finding]:
    """Check the chain, and that it names exactly the packages that lie beside it (a ledger alone: only the chain)."""
    file = path / ledger.LEDGER_FILE if path.is_dir() else path
    folders = package_folders(file.parent) if file.parent.is_dir() else []
    if not file.is_file():
        if path.is_dir() or folders:
            return [Finding(file.name, "the ledger is missing")]
        raise EvidenceError("there is no ledger here", where=str(path), remedy="Give a ledger.jsonl or its folder")
    try:
        with file.open("rb") as lines:
            findings = list(ledger.check_lines(lines, public_key, file=file.name))
        if findings or not folders:
            return findings
        return list(_ledger_against_packages(file, folders))
    except OSError as error:
        return [Finding(file.name, f"cannot be read ({error.strerror})")]


def package_folders(packages: Path) -> list[Path]:
    """The packages in a folder, by name. Names with a dot in front are the vault's own affairs."""
    return sorted(path for path in packages.iterdir() if path.is_dir() and not path.name.startswith("."))


def _holds_packages(path: Path) -> bool:
    return (path / ledger.LEDGER_FILE).exists() or any((one / MANIFEST_FILE).exists() for one in package_folders(path))


def _ledger_against_packages(file: Path, folders: list[Path]) -> Iterator[Finding]:
    sealed = {entry.case_id: entry for entry in ledger.read_entries(file)}
    for folder in folders:
        entry = sealed.pop(folder.name, None)
        if entry is None:
            yield Finding(
                file.name, f"has no entry for the package {folder.name} (removed from the ledger, or added later)"
            )
            continue
        manifest = folder / MANIFEST_FILE
        if manifest.is_file() and hashlib.sha256(manifest.read_bytes()).hexdigest() != entry.manifest_sha256:
            yield Finding(
                f"{folder.name}/{MANIFEST_FILE}", f"is not the one that entry {entry.seq} of the ledger sealed"
            )
    for case_id, entry in sealed.items():
        yield Finding(case_id, f"the package of entry {entry.seq} of the ledger is missing")


@contextmanager
def _content_of(path: Path) -> Iterator[_Content | list[Finding]]:
    """The package's files, or why nobody should look into it."""
    if path.is_dir():
        strange = [Finding(one.name, "is not a plain file") for one in sorted(path.iterdir()) if not _is_plain(one)]
        names = tuple(sorted(one.name for one in path.iterdir() if _is_plain(one)))
        yield strange or _Content(names, lambda name: (path / name).open("rb"))
        return
    if not path.is_file():
        raise EvidenceError("there is no evidence package here", where=str(path), remedy="Give a folder or a zip")
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        remedy = "Give a package folder, a zip of one, or a ledger.jsonl"
        raise EvidenceError("neither a package nor a readable zip", where=str(path), remedy=remedy) from error
    with archive:
        yield _zip_content(archive)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _zip_content(archive: zipfile.ZipFile) -> _Content | list[Finding]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(archive.infolist()) > ENTRIES_MAX:
        return [Finding("(zip)", f"has {len(archive.infolist())} entries; a package has at most {ENTRIES_MAX}")]
    faults = [Finding(_shown(member.filename), fault) for member in members if (fault := _name_fault(member))]
    tops = {PurePosixPath(member.filename).parent for member in members}
    if not faults and len(tops) > 1:
        faults = [Finding("(zip)", "holds more than one folder; a package is one folder without folders in it")]
    by_name = {PurePosixPath(member.filename).name: member for member in members}
    if not faults and len(by_name) < len(members):
        faults = [Finding("(zip)", "holds two files of the same name")]
    return faults or _Content(tuple(sorted(by_name)), lambda name: archive.open(by_name[name]))


def _name_fault(member: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename:
        return "the name points outside the package"
    if len(path.parts) > 2:
        return "lies deeper than a package's files do"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, not a file"
    return None


def _package_findings(content: _Content, public_key: PublicKey) -> Iterator[Finding]:
    absent = [name for name in (MANIFEST_FILE, SIGNATURE_FILE) if name not in content.names]
    if absent:
        yield from (Finding(name, "is missing") for name in absent)
        return
    try:
        signed = _read(content, MANIFEST_FILE, MANIFEST_BYTES_MAX)
        signature = _read(content, SIGNATURE_FILE, SIGNATURE_BYTES)
    except _ReadFault as fault:
        yield fault.finding
        return
    try:
        manifest = parse_manifest(signed, where=MANIFEST_FILE)
    except EvidenceError as error:
        yield Finding(MANIFEST_FILE, f"was altered: {error.what}")
        return
    if not public_key.verifies(signature, signed):
        yield _signature_fault(manifest, public_key)
        return  # an unsigned list of files proves nothing about the files
    yield from _file_findings(content, manifest)


def _signature_fault(manifest: Manifest, public_key: PublicKey) -> Finding:
    if manifest.signer.key_sha256 != public_key.sha256:
        signer, given = manifest.signer.key_sha256[:16], public_key.sha256[:16]
        return Finding(SIGNATURE_FILE, f"wrong key: sealed with key {signer}…, checked with key {given}…")
    return Finding(SIGNATURE_FILE, f"was altered: it does not sign {MANIFEST_FILE}")


def _file_findings(content: _Content, manifest: Manifest) -> Iterator[Finding]:
    listed = {entry.name for entry in manifest.files}
    for name in content.names:
        if name not in listed and name not in (MANIFEST_FILE, SIGNATURE_FILE):
            yield Finding(name, "was added: the manifest does not list it")
    for entry in manifest.files:
        if entry.name not in content.names:
            yield Finding(entry.name, "is missing")
            continue
        try:
            fault = _content_fault(content, entry)
        except _UNREADABLE as error:
            fault = f"cannot be read ({error})"
        if fault:
            yield Finding(entry.name, fault)


def _content_fault(content: _Content, entry: FileEntry) -> str | None:
    """Compare one file with its entry, reading at most one byte more than it should have."""
    digest, left = hashlib.sha256(), entry.size_bytes + 1
    with content.open(entry.name) as file:
        while left > 0 and (chunk := file.read(min(_CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
    size = entry.size_bytes + 1 - left
    if size != entry.size_bytes:
        return f"has {'more' if left == 0 else size} bytes, the manifest says {entry.size_bytes}"
    return None if digest.hexdigest() == entry.sha256 else "was altered: its SHA-256 is not the manifest's"


class _ReadFault(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.line())


def _read(content: _Content, name: str, bytes_max: int) -> bytes:
    try:
        with content.open(name) as file:
            read = file.read(bytes_max + 1)
    except _UNREADABLE as error:
        raise _ReadFault(Finding(name, f"cannot be read ({error})")) from error
    if len(read) > bytes_max:
        raise _ReadFault(Finding(name, f"was altered: more than {bytes_max} bytes"))
    return read


def _shown(name: str) -> str:
    return name.encode("unicode_escape").decode()[:200]
