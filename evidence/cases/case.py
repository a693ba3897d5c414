"""A case as the rooms above see it: frozen values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detector.vocabulary import Certainty, VehicleClass
from evidence.cases.case_states import CaseState, EventKind, RejectReason
from evidence.vault.manifest import Manifest
from ocr.reading import ReadingStatus


@dataclass(frozen=True, slots=True)
class CasePlate:
    """The plate as it stands now. `verified`: an officer vouches for it; `corrected`: it differs from `machine_text`.
    `text` is without separators; None where nothing could be read and nobody has corrected it."""

    text: str | None
    verified: bool
    machine_text: str | None
    machine_status: ReadingStatus
    machine_confidence: float
    lines: int

    @property
    def corrected(self) -> bool:
        return self.text != self.machine_text


@dataclass(frozen=True, slots=True)
class CaseViolation:
    """One of a case's violations; number 1 is the main one. `dropped`: why an officer left it out, None while it
    stands."""

    number: int
    code: str
    certainty: Certainty
    captured_at: datetime
    dropped: RejectReason | None


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One line of the queue. `version` grows with every event: hand it back with a decision.

    `code`, `captured_at` and `certainty` are the main violation's, dropped or not; `violations` lists all, the main one
    first. `notice_due_at` is 10 days (TT 73 Art. 24.1.a), `expires_at` one year after the earliest act (NĐ 168 Art. 4);
    both None while the clock is unknown.
    """

    id: str
    version: int
    state: CaseState
    code: str
    camera_id: str
    camera_name: str
    place: str
    vehicle_class: VehicleClass
    captured_at: datetime
    clock_state: str
    certainty: Certainty
    plate: CasePlate
    recorded_at: datetime
    notice_due_at: datetime | None
    expires_at: datetime | None
    violations: tuple[CaseViolation, ...]

    @property
    def kept(self) -> tuple[CaseViolation, ...]:
        """The violations that stand; never none."""
        return tuple(violation for violation in self.violations if violation.dropped is None)

    @property
    def cursor(self) -> str:
        """Where this case stands in the queue; opaque, made for `queue(after=…)` and `queue(before=…)`."""
        return f"{self.captured_at.isoformat()}~{self.id}"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing that happened to a case. `details` by kind: confirmed {"plate", "codes"}, rejected {"reason", "note"},
    plate_* {"text", "was"}, violation_dropped {"violation", "code", "reason", "note"}, violation_kept {"violation", "code"},
    reopened {"note"}, notice_issued {"number"}; "note" may be ""."""

    seq: int
    kind: EventKind
    state: CaseState
    at: datetime
    actor: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseView:
    """All there is to see of a case. The package's files lie in `Vault.folder(package_name)`."""

    summary: CaseSummary
    manifest: Manifest
    manifest_sha256: str
    package_name: str
    events: tuple[CaseEvent, ...]
    notice_number: str | None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """An issued notice. `number` is as printed, e.g. "12/2026/TB-PC08"."""

    case_id: str
    number: str
    issued_at: datetime
    issued_by: str
    pdf: bytes
    pdf_sha256: str
    fields: Mapping[str, Any]
    is_new: bool


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What a renderer is given: the case, the number allocated to the notice and who issues it when."""

    case: CaseView
    number: str
    issued_at: datetime
    issued_by: str


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """What a renderer gives back: the PDF and the fields it was set from (kept as JSON)."""

    pdf: bytes
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many cases there are, by state, and the undecided ones by camera and by code: under each of its codes once."""

    by_state: Mapping[CaseState, int]
    undecided_by_code: Mapping[str, int]
    undecided_by_camera: Mapping[str, int]
