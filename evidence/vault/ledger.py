"""The ledger: one hash chain over all sealed packages, so that none can be removed, added or swapped unseen.

Each entry names a package's manifest by hash and the entry before it by hash, and is signed by the site. The entries
live in the store and are copied to `ledger.jsonl` beside the packages, so that they can be checked without the store.
The chain cannot tell that its newest entries were cut off; the packages they belonged to can (verify.py).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evidence.vault.findings import Finding
from evidence.vault.keys import PublicKey, SiteKey
from evidence.vault.manifest import Sha256, canonical_json, utc_text

LEDGER_FILE = "ledger.jsonl"
START = "0" * 64
"""What stands for the entry before the first one."""
LINE_BYTES_MAX = 4096


class LedgerEntry(BaseModel):
    """One link. `entry_sha256` covers the five fields above it; `signature` (hex) signs those same bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq: int = Field(ge=1)
    case_id: str
    manifest_sha256: Sha256
    previous_sha256: Sha256
    created_at: str
    entry_sha256: Sha256
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    def content(self) -> bytes:
        """What is hashed and signed."""
        return _content(self.seq, self.case_id, self.manifest_sha256, self.previous_sha256, self.created_at)

    def line(self) -> bytes:
        """The entry as a line of ledger.jsonl."""
        return canonical_json(self.model_dump(mode="json")) + b"\n"


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain ends: the newest entry's number and hash."""

    seq: int
    entry_sha256: str


BEFORE_FIRST = Link(0, START)


def next_entry(last: Link, key: SiteKey, *, case_id: str, manifest_sha256: str, created_at: datetime) -> LedgerEntry:
    """The entry that follows `last`."""
    moment = utc_text(created_at)
    content = _content(last.seq + 1, case_id, manifest_sha256, last.entry_sha256, moment)
    return LedgerEntry(
        seq=last.seq + 1,
        case_id=case_id,
        manifest_sha256=manifest_sha256,
        previous_sha256=last.entry_sha256,
        created_at=moment,
        entry_sha256=hashlib.sha256(content).hexdigest(),
        signature=key.sign(content).hex(),
    )


def created_at_of(entry: LedgerEntry) -> datetime:
    """The entry's time as a value."""
    return datetime.fromisoformat(entry.created_at).astimezone(UTC)


def parse_line(line: bytes) -> LedgerEntry:
    """One line of ledger.jsonl. Raises ValueError unless it is canonical and complete."""
    if len(line) > LINE_BYTES_MAX:
        raise ValueError("the line is too long")
    try:
        entry = LedgerEntry.model_validate(json.loads(line))
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("the line is no ledger entry") from error
    if entry.line() != line:
        raise ValueError("the line is not in canonical form")
    return entry


def check_lines(lines: Iterable[bytes], public_key: PublicKey, *, file: str = LEDGER_FILE) -> Iterator[Finding]:
    """Every fault of the chain, as `file:line`. Ends at the first line that is unreadable or out of place."""
    last = BEFORE_FIRST
    for number, line in enumerate(lines, start=1):
        where = f"{file}:{number}"
        try:
            entry = parse_line(line)
        except ValueError as error:
            yield Finding(where, str(error))
            return
        if entry.seq != last.seq + 1:
            yield Finding(where, f"entry {entry.seq} stands where entry {last.seq + 1} should (removed or reordered)")
            return
        yield from _faults(entry, last, public_key, where)
        last = Link(entry.seq, entry.entry_sha256)


def read_entries(path: Path) -> list[LedgerEntry]:
    """The entries of a ledger file that has been checked."""
    with path.open("rb") as file:
        return [parse_line(line) for line in file]


def _faults(entry: LedgerEntry, last: Link, public_key: PublicKey, where: str) -> Iterator[Finding]:
    if entry.previous_sha256 != last.entry_sha256:
        yield Finding(where, f"entry {entry.seq} does not follow the entry before it (edited, removed or reordered)")
    if entry.entry_sha256 != hashlib.sha256(entry.content()).hexdigest():
        yield Finding(where, f"entry {entry.seq} was edited: its hash does not match")
    if not public_key.verifies(bytes.fromhex(entry.signature), entry.content()):
        yield Finding(where, f"entry {entry.seq} is not signed by this key")


def _content(seq: int, case_id: str, manifest_sha256: str, previous_sha256: str, created_at: str) -> bytes:
    return canonical_json(
        {
            "seq": seq,
            "case_id": case_id,
            "manifest_sha256": manifest_sha256,
            "previous_sha256": previous_sha256,
            "created_at": created_at,
        }
    )
