"""Records violations as cases: seals the package, then adds case, first event and ledger entry in one transaction.

A crash at any moment loses nothing and doubles nothing: an unfinished package is removed at the next start, a finished
one without its case is adopted from its own manifest, and a ledger file that lags behind the store catches up.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from detector.camera import Camera
from detector.source import ClipSource
from detector.vocabulary import SignalPhase, TrailPoint, Violation
from evidence.store import Store, queries_cases, queries_ledger
from evidence.store.tables import CaseEventRow, CaseRow, LedgerRow
from evidence.vault import ledger
from evidence.vault.identity import case_id_of, unique_key
from evidence.vault.manifest import (
    MANIFEST_FILE,
    Manifest,
    ProvenancePart,
    UnitPart,
    manifest_bytes,
    parse_manifest,
    utc_text,
)
from evidence.vault.package import Evidence
from evidence.vault.vault import LedgerFile, Vault
from models.errors import EvidenceError
from ocr.reading import PlateReading, ReadingStatus

SYSTEM = "system"
"""Who recorded a case: no person."""
_EXPORT_BATCH = 1000


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What the start-up sweep found: cases adopted, unfinished packages removed, damaged ones set aside."""

    adopted: tuple[str, ...]
    removed: int
    refused: tuple[str, ...]


class Recorder:
    """Turns violations into cases of one store and one vault. `now` stamps recorded_at and the ledger; verdicts never
    depend on it."""

    def __init__(
        self, store: Store, vault: Vault, *, unit: UnitPart, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._vault = vault
        self._unit = unit
        self._now = now

    def record(
        self,
        violation: Violation,
        *,
        camera: Camera,
        reading: PlateReading | None,
        source: ClipSource,
        trail: Sequence[TrailPoint],
        signal_timeline: Sequence[SignalPhase],
        provenance: ProvenancePart,
        clock_note: str = "",
    ) -> str | None:
        """Record one violation and return its case id, or None when it is already recorded.

        Raises EvidenceError, FootageError or StoreError; the violation can then simply be recorded again.
        """
        key = unique_key(source.identity, camera.id, violation, source.clock)
        if self.is_recorded(key):
            return None
        evidence = Evidence(
            violation, camera, source, reading, trail, signal_timeline, provenance, self._unit, clock_note
        )
        name = case_id_of(key)
        if not self._has_sound_package(name):
            with suppress(FileExistsError):  # another program sealed the same violation in this moment: one package
                self._vault.seal(evidence)
        return self._adopt(name, key)

    def is_recorded(self, key: str) -> bool:
        """Whether the violation with this unique key (`evidence.vault.identity`) is already a case."""
        with self._store.reading() as session:
            return queries_cases.id_of_key(session, key) is not None

    def sweep(self) -> SweepReport:
        """Mend what a crash left; call it once at every start. Safe while other programs record."""
        removed = self._vault.remove_abandoned()
        with self._store.reading() as session:
            known = queries_cases.known_packages(session)
        adopted, refused = [], []
        for name in self._vault.package_names():
            if name in known:
                continue
            if self._vault.findings(name):
                self._vault.refuse(name)
                refused.append(name)
            elif self._adopt(name) is not None:
                adopted.append(name)
        self.export_ledger()
        return SweepReport(tuple(adopted), removed, tuple(refused))

    def export_ledger(self) -> None:
        """Copy the entries that ledger.jsonl lacks from the store.

        Raises EvidenceError when the file and the store tell different stories.
        """
        with self._vault.appending() as file, self._store.reading() as session:
            self._refuse_other_story(session, file)
            seq = file.last_seq
            while rows := queries_ledger.after(session, seq, _EXPORT_BATCH):
                file.append([_entry(row) for row in rows])
                seq = rows[-1].seq

    def _has_sound_package(self, package_name: str) -> bool:
        """Whether a crash left the finished package of this violation. A damaged one is set aside."""
        if not self._vault.folder(package_name).exists():
            return False
        if self._vault.findings(package_name):
            self._vault.refuse(package_name)
            return False
        return True

    def _adopt(self, package_name: str, key: str | None = None) -> str | None:
        """Make a case of a sealed package, from its manifest alone. None when it already is one."""
        manifest, sha256 = self._manifest(package_name)
        if key is not None and manifest.unique_key != key:
            raise EvidenceError(
                "another violation has the same case id", where=package_name, remedy="Report this; nothing was changed"
            )
        with self._store.session() as session:
            queries_ledger.hold(session)
            recorded_as = queries_cases.id_of_key(session, manifest.unique_key)
            if recorded_as is None:
                self._add(session, package_name, manifest, sha256)
        self.export_ledger()
        return None if recorded_as else manifest.case_id

    def _manifest(self, package_name: str) -> tuple[Manifest, str]:
        path = self._vault.folder(package_name) / MANIFEST_FILE
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EvidenceError(f"cannot read the manifest ({error.strerror})", where=str(path)) from error
        return parse_manifest(content, where=str(path)), hashlib.sha256(content).hexdigest()

    def _add(self, session: Session, package_name: str, manifest: Manifest, sha256: str) -> None:
        now = self._now()
        case = _case_row(manifest, package_name, sha256, now)
        queries_cases.add_case(session, case, _first_event(case, now))
        last = queries_ledger.last(session)
        link = ledger.Link(last.seq, last.entry_sha256) if last else ledger.BEFORE_FIRST
        entry = ledger.next_entry(link, self._vault.key, case_id=case.id, manifest_sha256=sha256, created_at=now)
        queries_ledger.add(session, _ledger_row(entry))

    def _refuse_other_story(self, session: Session, file: LedgerFile) -> None:
        if file.last_seq == 0:
            return
        stored = queries_ledger.after(session, file.last_seq - 1, 1)
        if not stored or _entry(stored[0]).line() != file.last_line:
            raise EvidenceError(
                f"entry {file.last_seq} of the ledger file is not the store's",
                where=str(self._vault.ledger_file),
                remedy="Use the packages folder that belongs to this store, or restore the store from its backup",
            )


def _case_row(manifest: Manifest, package_name: str, sha256: str, now: datetime) -> CaseRow:
    violation, plate = manifest.violation, manifest.plate
    return CaseRow(
        id=manifest.case_id,
        unique_key=manifest.unique_key,
        code=violation.code,
        camera_id=manifest.camera.id,
        camera_name=manifest.camera.name or manifest.camera.id,
        place=manifest.place.line(),
        vehicle_class=violation.vehicle_class,
        captured_at=violation.captured_at,
        clock_state=manifest.clock.state,
        certainty=violation.certainty,
        plate_text=(plate.text or None) if plate else None,
        plate_status=plate.status if plate else ReadingStatus.UNREADABLE.value,
        plate_confidence=plate.confidence if plate else 0.0,
        plate_lines=plate.lines if plate else 0,
        package_name=package_name,
        manifest_sha256=sha256,
        manifest_json=manifest_bytes(manifest).decode(),
        recorded_at=now,
    )


def _first_event(case: CaseRow, now: datetime) -> CaseEventRow:
    return CaseEventRow(
        case_id=case.id,
        seq=1,
        kind="recorded",
        state="recorded",
        plate_text=case.plate_text,
        plate_verified=False,
        at=now,
        actor=SYSTEM,
        details={"manifest_sha256": case.manifest_sha256},
    )


def _ledger_row(entry: ledger.LedgerEntry) -> LedgerRow:
    return LedgerRow(
        seq=entry.seq,
        case_id=entry.case_id,
        manifest_sha256=entry.manifest_sha256,
        previous_sha256=entry.previous_sha256,
        entry_sha256=entry.entry_sha256,
        signature=entry.signature,
        created_at=ledger.created_at_of(entry),
    )


def _entry(row: LedgerRow) -> ledger.LedgerEntry:
    return ledger.LedgerEntry(
        seq=row.seq,
        case_id=row.case_id,
        manifest_sha256=row.manifest_sha256,
        previous_sha256=row.previous_sha256,
        created_at=utc_text(row.created_at),
        entry_sha256=row.entry_sha256,
        signature=row.signature,
    )
