"""What the JSON API speaks. Strict on the way in; times are UTC, ISO 8601; plates are without separators."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from evidence.cases.accounts import Account, Role
from evidence.cases.case import CaseCounts, CaseEvent, CaseSummary, CaseView, CaseViolation, NoticeRecord
from evidence.cases.case_states import CaseState, EventKind, RejectReason
from evidence.vault.manifest import Manifest
from ocr.reading import ReadingStatus

NOTE_CHARS_MAX = 1000
PLATE_CHARS_MAX = 20


class Wire(BaseModel):
    """Base of all bodies: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorBody(Wire):
    """The one error shape. `error` is a stable name, `detail` one line for a person."""

    error: str
    detail: str


class LoginBody(Wire):
    """Who logs in."""

    username: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class SessionBody(Wire):
    """Who is logged in. Send `csrf_token` as header `X-CSRF-Token` with everything that changes something."""

    username: str
    full_name: str
    role: Role
    csrf_token: str

    @classmethod
    def of(cls, account: Account, csrf_token: str) -> "SessionBody":
        return cls(username=account.username, full_name=account.full_name, role=account.role, csrf_token=csrf_token)


class PlateBody(Wire):
    """A case's plate as it stands now, and what the machine read."""

    text: str | None
    verified: bool
    machine_text: str | None
    machine_status: ReadingStatus
    machine_confidence: float
    lines: int


class ViolationBody(Wire):
    """One of a case's violations; number 1 is the main one. `dropped` says why an officer left it out, null while it
    stands."""

    number: int
    code: str
    certainty: str
    captured_at: datetime
    dropped: RejectReason | None

    @classmethod
    def of(cls, violation: CaseViolation) -> "ViolationBody":
        return cls(
            number=violation.number,
            code=violation.code,
            certainty=violation.certainty,
            captured_at=violation.captured_at,
            dropped=violation.dropped,
        )


class CaseBody(Wire):
    """A case as listed in the queue. Send `version` back with a decision. `code`, `captured_at` and `certainty` are the
    main violation's, whether it was dropped or not; `violations` lists all."""

    id: str
    version: int
    state: CaseState
    code: str
    camera_id: str
    camera_name: str
    place: str
    vehicle_class: str
    captured_at: datetime
    clock_state: str
    certainty: str
    plate: PlateBody
    recorded_at: datetime
    notice_due_at: datetime | None
    expires_at: datetime | None
    violations: list[ViolationBody]

    @classmethod
    def of(cls, case: CaseSummary) -> "CaseBody":
        plate = PlateBody(
            text=case.plate.text,
            verified=case.plate.verified,
            machine_text=case.plate.machine_text,
            machine_status=case.plate.machine_status,
            machine_confidence=case.plate.machine_confidence,
            lines=case.plate.lines,
        )
        return cls(
            id=case.id,
            version=case.version,
            state=case.state,
            code=case.code,
            camera_id=case.camera_id,
            camera_name=case.camera_name,
            place=case.place,
            vehicle_class=case.vehicle_class,
            captured_at=case.captured_at,
            clock_state=case.clock_state,
            certainty=case.certainty,
            plate=plate,
            recorded_at=case.recorded_at,
            notice_due_at=case.notice_due_at,
            expires_at=case.expires_at,
            violations=[ViolationBody.of(violation) for violation in case.violations],
        )


class QueueBody(Wire):
    """A page of the queue, oldest first. `next_after` asks for the following page; null at the end."""

    cases: list[CaseBody]
    next_after: str | None


class CountsBody(Wire):
    """How many cases there are: by state, and those that wait by camera and by code (a case counts under each of its)."""

    state: dict[str, int]
    code: dict[str, int]
    camera: dict[str, int]
    total: int

    @classmethod
    def of(cls, counts: CaseCounts) -> "CountsBody":
        return cls(
            state={state.value: count for state, count in counts.by_state.items()},
            code=dict(counts.undecided_by_code),
            camera=dict(counts.undecided_by_camera),
            total=sum(counts.by_state.values()),
        )


class EventBody(Wire):
    """One thing that happened to a case."""

    seq: int
    kind: EventKind
    state: CaseState
    at: datetime
    actor: str
    details: dict[str, Any]

    @classmethod
    def of(cls, event: CaseEvent) -> "EventBody":
        return cls(
            seq=event.seq,
            kind=event.kind,
            state=event.state,
            at=event.at,
            actor=event.actor,
            details=dict(event.details),
        )


class CaseDetailBody(Wire):
    """All of a case. Its files are at `/cases/{id}/files/{name}`."""

    case: CaseBody
    manifest: Manifest
    manifest_sha256: str
    events: list[EventBody]
    notice_number: str | None

    @classmethod
    def of(cls, view: CaseView) -> "CaseDetailBody":
        return cls(
            case=CaseBody.of(view.summary),
            manifest=view.manifest,
            manifest_sha256=view.manifest_sha256,
            events=[EventBody.of(event) for event in view.events],
            notice_number=view.notice_number,
        )


class ConfirmBody(Wire):
    """The officer finds that the violations took place: all that are not dropped."""

    version: Annotated[int, Field(ge=1)]


class RejectBody(Wire):
    """The officer finds that nothing of the case (or, where one violation is dropped, of that) is to be punished, and
    why."""

    version: Annotated[int, Field(ge=1)]
    reason: RejectReason
    note: Annotated[str, Field(max_length=NOTE_CHARS_MAX)] = ""


class KeepBody(Wire):
    """The officer takes a dropped violation back."""

    version: Annotated[int, Field(ge=1)]


class ReopenBody(Wire):
    """A supervisor puts a rejected case back into the queue, and why."""

    version: Annotated[int, Field(ge=1)]
    note: Annotated[str, Field(min_length=1, max_length=NOTE_CHARS_MAX)]


class CorrectPlateBody(Wire):
    """What the officer reads on the plate, in any spelling; the same text as before affirms it."""

    version: Annotated[int, Field(ge=1)]
    text: Annotated[str, Field(min_length=1, max_length=PLATE_CHARS_MAX)]


class DecidedBody(Wire):
    """The case after a decision, and the one that waits next."""

    case: CaseBody
    next_id: str | None


class NoticeBody(Wire):
    """An issued notice; the PDF is at `/cases/{id}/notice.pdf`."""

    case_id: str
    number: str
    issued_at: datetime
    issued_by: str
    pdf_sha256: str
    is_new: bool

    @classmethod
    def of(cls, notice: NoticeRecord) -> "NoticeBody":
        return cls(
            case_id=notice.case_id,
            number=notice.number,
            issued_at=notice.issued_at,
            issued_by=notice.issued_by,
            pdf_sha256=notice.pdf_sha256,
            is_new=notice.is_new,
        )


class PlateCheckBody(Wire):
    """Whether a text is a Vietnamese plate. `tone`: good, warn (fits another vehicle), bad or empty."""

    tone: str
    text: str
    kind: str | None
    message: str


class FindingBody(Wire):
    """One fault: the file of the package, and what is wrong with it."""

    file: str
    what: str


class VerificationBody(Wire):
    """`is_whole`: signature, hashes and manifest agree."""

    is_whole: bool
    findings: list[FindingBody]
