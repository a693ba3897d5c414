"""Records violations as cases: seals the package, then adds case, first event and ledger entry in one transaction.

The violations of one vehicle that are recorded together make one case. Each keeps a key of its own, so none is recorded
twice, whatever it stands together with the next time.

A crash at any moment loses nothing and doubles nothing: an unfinished package is removed at the next start, a finished
one without its case is adopted from its own manifest, and a ledger file that lags behind the store catches up.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from detector.camera import Camera
from detector.source import ClipSource
from detector.vocabulary import SignalPhase, TrailPoint, Violation
from evidence.gathering import main_first
from evidence.store import Store, queries_cases, queries_ledger
from evidence.store.tables import CaseEventRow, CaseRow, CaseViolationRow, LedgerRow
from evidence.vault import ledger
from evidence.vault.identity import case_id_of
from evidence.vault.manifest import (
    MANIFEST_FILE,
    VIOLATIONS_MAX,
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
        violations: Sequence[Violation],
        *,
        camera: Camera,
        reading: PlateReading | None,
        source: ClipSource,
        trail: Sequence[TrailPoint],
        signal_timeline: Sequence[SignalPhase],
        provenance: ProvenancePart,
        clock_note: str = "",
    ) -> tuple[str, ...]:
        """Record the violations of one vehicle, 1 to VIOLATIONS_MAX, as one case; return the ids of the cases made: none
        when all are recorded already, two where a crash had left the package of some of them behind.

        Raises EvidenceError, FootageError or StoreError; the violations can then simply be recorded again.
        """
        whole = Evidence(
            main_first(violations),
            camera,
            source,
            reading,
            trail,
            signal_timeline,
            provenance,
            self._unit,
            clock_note,
        )
        if len(whole.violations) > VIOLATIONS_MAX:
            raise ValueError(f"{len(whole.violations)} violations in one case; at most {VIOLATIONS_MAX}")
        made: list[str] = []
        for _ in range(2 * len(whole.violations) + 1):  # each round records one at least, or meets another program
            open_ones = self._unrecorded(whole)
            if not open_ones:
                return tuple(made)
            evidence = replace(whole, violations=open_ones)
            name = case_id_of(evidence.keys[0])
            if not self._has_sound_package(name):
                with suppress(FileExistsError):  # another program sealed the same violation in this moment
                    self._vault.seal(evidence)
            if self._adopt(name, evidence.keys[0]) is _Adoption.MADE:
                made.append(name)
        raise EvidenceError("other programs keep recording the same violations", where=camera.id, remedy="Run it again")

    def _unrecorded(self, evidence: Evidence) -> tuple[Violation, ...]:
        """The violations that are no case's yet, each once, in the order given."""
        by_key = dict(zip(evidence.keys, evidence.violations, strict=True))
        with self._store.reading() as session:
            recorded = queries_cases.recorded_keys(session, list(by_key))
        return tuple(violation for key, violation in by_key.items() if key not in recorded)

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
                continue
            adoption = self._adopt(name)
            if adoption is _Adoption.MADE:
                adopted.append(name)
            elif adoption is _Adoption.REFUSED:
                refused.append(name)
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

    def _adopt(self, package_name: str, key: str | None = None) -> "_Adoption":
        """Make a case of a sealed package, from its manifest alone, unless it is one already.

        A package that holds a violation of another case beside its own is set aside: nobody is accused twice.
        """
        manifest, sha256 = self._manifest(package_name)
        if key is not None and manifest.unique_key != key:
            raise EvidenceError(
                "another violation has the same case id", where=package_name, remedy="Report this; nothing was changed"
            )
        with self._store.session() as session:
            queries_ledger.hold(session)
            recorded = queries_cases.recorded_keys(session, [one.unique_key for one in manifest.violations])
            if manifest.unique_key in recorded:
                adoption = _Adoption.KNOWN
            elif recorded:
                self._vault.refuse(package_name)
                adoption = _Adoption.REFUSED
            else:
                self._add(session, package_name, manifest, sha256)
                adoption = _Adoption.MADE
        self.export_ledger()
        return adoption

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
        queries_cases.add_case(session, case, _violation_rows(manifest), _first_event(case, now))
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


class _Adoption(StrEnum):
    """What became of a sealed package."""

    MADE = "made"
    KNOWN = "known"
    REFUSED = "refused"


def _case_row(manifest: Manifest, package_name: str, sha256: str, now: datetime) -> CaseRow:
    violation, plate = manifest.main, manifest.plate
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


def _violation_rows(manifest: Manifest) -> list[CaseViolationRow]:
    return [
        CaseViolationRow(
            case_id=manifest.case_id,
            number=number,
            unique_key=violation.unique_key,
            code=violation.code,
            certainty=violation.certainty,
            captured_at=violation.captured_at,
        )
        for number, violation in enumerate(manifest.violations, start=1)
    ]


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
        dropped={},
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
