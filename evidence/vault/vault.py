"""The vault's door: the folder of packages, its key and its ledger file."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evidence.vault import ledger
from evidence.vault.durable import flush, make_folder, refusals
from evidence.vault.findings import Finding
from evidence.vault.keys import SiteKey, load_or_create
from evidence.vault.package import Evidence, SealedPackage, remove_abandoned, seal
from evidence.vault.verify import package_folders, verify
from models.errors import EvidenceError

REFUSED = ".refused"
_LOCK = ".ledger.lock"


class Vault:
    """Sealed packages under one folder. Opening it makes the folder and, the first time, the site's key."""

    def __init__(self, packages: Path, key: SiteKey) -> None:
        self.packages = packages
        self.key = key

    @classmethod
    def open(cls, packages: Path, keys: Path) -> "Vault":
        """Raises EvidenceError when a folder or the key cannot be used."""
        with refusals(packages, "cannot make the evidence folder"):
            make_folder(packages, 0o750)
        return cls(packages, load_or_create(keys))

    @property
    def ledger_file(self) -> Path:
        """The ledger beside the packages: the folder is complete evidence when it is copied."""
        return self.packages / ledger.LEDGER_FILE

    def folder(self, package_name: str) -> Path:
        """Where a package lies. Raises EvidenceError for a name that is no package's."""
        if package_name != Path(package_name).name or package_name.startswith("."):
            raise EvidenceError("not the name of a package", where=package_name[:80])
        return self.packages / package_name

    def seal(self, evidence: Evidence) -> SealedPackage:
        """Write a package. See `package.seal`."""
        return seal(evidence, packages=self.packages, key=self.key)

    def package_names(self) -> list[str]:
        """Every package there is, recorded or not."""
        return [folder.name for folder in package_folders(self.packages)]

    def findings(self, package_name: str) -> list[Finding]:
        """What is wrong with one of our own packages."""
        return verify(self.folder(package_name), self.key.public)

    def remove_abandoned(self) -> int:
        """Remove packages that were never finished."""
        return remove_abandoned(self.packages)

    def refuse(self, package_name: str) -> Path:
        """Set a damaged package that belongs to no case aside, for a person to look at. Nothing is deleted."""
        with refusals(self.packages, "cannot set a damaged package aside"):
            shelf = self.packages / REFUSED
            shelf.mkdir(exist_ok=True)
            free = next(path for n in range(1, 10_000) if not (path := shelf / f"{package_name}-{n}").exists())
            self.folder(package_name).rename(free)
            flush(shelf)
            flush(self.packages)
        return free

    @contextmanager
    def appending(self) -> Iterator["LedgerFile"]:
        """Hold the ledger file against other programs."""
        with refusals(self.packages, "cannot write the ledger"):
            descriptor = os.open(self.packages / _LOCK, os.O_RDWR | os.O_CREAT, 0o640)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield LedgerFile(self.ledger_file)
            finally:
                os.close(descriptor)


class LedgerFile:
    """ledger.jsonl, open for appending. A line torn by a crash is cut off: the store still has the entry."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.last_line = self._mended_last_line()

    @property
    def last_seq(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        if not self.last_line:
            return 0
        try:
            return ledger.parse_line(self.last_line).seq
        except ValueError as error:
            remedy = "Move it away; it is written again from the store"
            raise EvidenceError(
                f"the ledger ends in a damaged line ({error})", where=str(self._path), remedy=remedy
            ) from error

    def append(self, entries: Sequence[ledger.LedgerEntry]) -> None:
        """Add entries and flush them to the disk."""
        if not entries:
            return
        is_new = not self._path.exists()
        with self._path.open("ab") as file:
            file.write(b"".join(entry.line() for entry in entries))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            flush(self._path.parent)

    def _mended_last_line(self) -> bytes:
        if not self._path.exists():
            return b""
        with self._path.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 2 * ledger.LINE_BYTES_MAX)
            file.seek(start)
            tail = file.read()
            complete = tail[: tail.rfind(b"\n") + 1]
            if len(complete) < len(tail):
                file.truncate(start + len(complete))
                os.fsync(file.fileno())
        lines = complete.splitlines(keepends=True)
        return lines[-1] if lines else b""
