"""What officers do with cases. Every function takes the transaction first; every decision writes a case event and an
audit line in that same transaction, and refuses with a `CaseError` (evidence/cases/errors.py).

`version` is `CaseSummary.version` as the officer saw it: when the case has moved on since, the decision is refused.
Of two officers who decide at the same moment exactly one wins: events are numbered, and a number is given once.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from detector.vocabulary import VehicleClass
from evidence.cases import audit
from evidence.cases.accounts import Account, Role
from evidence.cases.case import CaseSummary, NoticeDraft, NoticeRecord, RenderedNotice
from evidence.cases.case_states import MOVES, CaseState, EventKind, RejectReason
from evidence.cases.deadlines import expires_at
from evidence.cases.errors import (
    CaseAlreadyDecided,
    CaseChanged,
    CaseExpired,
    CaseNotConfirmed,
    CaseNotRejected,
    ClockUnknown,
    DecisionIncomplete,
    LastViolation,
    NotAllowed,
    PlateNotVerified,
    PlateTextInvalid,
    ViolationNotFound,
)
from evidence.cases.queue import (
    QUEUE_LIMIT_MAX,
    case_view,
    counts,
    earliest_act,
    found,
    next_case,
    notice_of,
    notice_record,
    queue,
    summary_of,
)
from evidence.local_time import local_year
from evidence.store import queries_cases as queries
from evidence.store.tables import CaseEventRow, CaseRow, CaseViolationRow, NoticeRow
from ocr.grammar import fits, norm
from ocr.reading import ReadingStatus

__all__ = [
    "QUEUE_LIMIT_MAX",
    "case_view",
    "confirm",
    "correct_plate",
    "counts",
    "drop_violation",
    "issue_notice",
    "keep_violation",
    "next_case",
    "notice_of",
    "queue",
    "reject",
    "reopen",
]

NOTE_LENGTH_MAX = 2000


def correct_plate(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, text: str, ip: str | None = None
) -> CaseSummary:
    """The officer says what the plate is; the same text as before affirms it. Either makes the plate verified.

    Raises PlateTextInvalid unless the grammar knows such a plate on such a vehicle; also NotAllowed,
    CaseAlreadyDecided, CaseChanged.
    """
    _require_decider(case_id, officer)
    case, last = found(session, case_id)
    plate = norm(text[:40])
    if fits(plate, 0, VehicleClass(case.vehicle_class)) is None:
        shown = text.strip()[:20] or "(empty)"
        remedy = "Check province code, letters and the number of digits"
        raise PlateTextInvalid(case_id, f"{shown} is no plate of a {case.vehicle_class}", remedy=remedy)
    kind = EventKind.PLATE_AFFIRMED if plate == last.plate_text else EventKind.PLATE_CORRECTED
    event = _event(last, kind, officer, at, {"text": plate, "was": last.plate_text})
    event.plate_text, event.plate_verified = plate, True
    return _append(session, case, last, event, version=version, ip=ip)


def confirm(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, ip: str | None = None
) -> CaseSummary:
    """The officer finds that the violations took place: all that nobody has dropped.

    Raises PlateNotVerified (the reading is not accepted and nobody vouched for the plate), ClockUnknown, CaseExpired
    (one year, LAW.md §2.3), NotAllowed, CaseAlreadyDecided, CaseChanged.
    """
    _require_decider(case_id, officer)
    case, last = found(session, case_id)
    kept = [violation.code for violation in case.violations if str(violation.number) not in last.dropped]
    event = _event(last, EventKind.CONFIRMED, officer, at, {"plate": last.plate_text, "codes": kept})
    _refuse_stale(case_id, last, event, version)
    _refuse_unpunishable(case, last, at)
    return _append(session, case, last, event, version=version, ip=ip)


def drop_violation(
    session: Session,
    case_id: str,
    *,
    officer: Account,
    at: datetime,
    version: int,
    number: int,
    reason: RejectReason,
    note: str = "",
    ip: str | None = None,
) -> CaseSummary:
    """The officer leaves one violation out of the case, and says why; the others stand. Dropped again, the new reason
    holds.

    Raises ViolationNotFound; LastViolation when nothing would be left; DecisionIncomplete for a note that is too long;
    NotAllowed, CaseAlreadyDecided, CaseChanged.
    """
    _require_decider(case_id, officer)
    case, last = found(session, case_id)
    violation = _violation(case, number)
    details = {
        "violation": number,
        "code": violation.code,
        "reason": reason.value,
        "note": _checked_note(case_id, note),
    }
    event = _event(last, EventKind.VIOLATION_DROPPED, officer, at, details)
    event.dropped = {**last.dropped, str(number): reason.value}
    _refuse_stale(case_id, last, event, version)
    if len(event.dropped) == len(case.violations):
        raise LastViolation(case_id, "no violation would be left", remedy="Reject the case instead")
    return _append(session, case, last, event, version=version, ip=ip)


def keep_violation(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, number: int, ip: str | None = None
) -> CaseSummary:
    """The officer takes a dropped violation back into the case.

    Raises ViolationNotFound where none of that number is dropped; NotAllowed, CaseAlreadyDecided, CaseChanged.
    """
    _require_decider(case_id, officer)
    case, last = found(session, case_id)
    violation = _violation(case, number)
    event = _event(last, EventKind.VIOLATION_KEPT, officer, at, {"violation": number, "code": violation.code})
    event.dropped = {name: reason for name, reason in last.dropped.items() if name != str(number)}
    _refuse_stale(case_id, last, event, version)
    if event.dropped == last.dropped:
        raise ViolationNotFound(case_id, f"violation {number} is not dropped", remedy="Look at the case again")
    return _append(session, case, last, event, version=version, ip=ip)


def reject(
    session: Session,
    case_id: str,
    *,
    officer: Account,
    at: datetime,
    version: int,
    reason: RejectReason,
    note: str = "",
    ip: str | None = None,
) -> CaseSummary:
    """The officer finds that nothing of the case is to be punished, and why.

    Raises DecisionIncomplete for a note that is too long; NotAllowed, CaseAlreadyDecided, CaseChanged.
    """
    _require_decider(case_id, officer)
    case, last = found(session, case_id)
    details = {"reason": reason.value, "note": _checked_note(case_id, note)}
    return _append(session, case, last, _event(last, EventKind.REJECTED, officer, at, details), version=version, ip=ip)


def reopen(
    session: Session, case_id: str, *, officer: Account, at: datetime, version: int, note: str, ip: str | None = None
) -> CaseSummary:
    """A supervisor puts a rejected case back into the queue; `note` must say why.

    Raises NotAllowed for anyone else, DecisionIncomplete without a note, CaseNotRejected, CaseChanged.
    """
    if officer.role is not Role.SUPERVISOR:
        raise NotAllowed(case_id, "only a supervisor may reopen a case")
    case, last = found(session, case_id)
    reason = _checked_note(case_id, note)
    if not reason:
        raise DecisionIncomplete(case_id, "reopening needs a note", remedy="Say why the case is looked at again")
    event = _event(last, EventKind.REOPENED, officer, at, {"note": reason})
    return _append(session, case, last, event, version=version, ip=ip)


def issue_notice(
    session: Session,
    case_id: str,
    *,
    officer: Account,
    at: datetime,
    render: Callable[[NoticeDraft], RenderedNotice],
    ip: str | None = None,
) -> NoticeRecord:
    """Issue the notice of a confirmed case. A case has one notice: asked again, the same one comes back.

    `render` sets the document while the number is held: when it raises, no number is used up.
    Raises CaseNotConfirmed, CaseExpired, NotAllowed and whatever `render` raises.
    """
    _require_decider(case_id, officer)
    queries.hold_notice_numbers(session)
    issued = queries.notice_of(session, case_id)
    if issued is not None:
        return notice_record(issued, is_new=False)
    case, last = found(session, case_id)
    event = _event(last, EventKind.NOTICE_ISSUED, officer, at, {})
    _refuse_stale(case_id, last, event, last.seq)
    _refuse_unpunishable(case, last, at)
    view = case_view(session, case_id)
    unit, year = view.manifest.unit.code, local_year(at)
    number = queries.next_notice_number(session, unit, year)
    printed = f"{number}/{year}/TB-{unit}"
    rendered = render(NoticeDraft(case=view, number=printed, issued_at=at, issued_by=officer.full_name))
    notice = NoticeRow(
        case_id=case_id,
        unit=unit,
        year=year,
        number=number,
        printed_number=printed,
        issued_at=at,
        issued_by=officer.username,
        pdf=rendered.pdf,
        pdf_sha256=hashlib.sha256(rendered.pdf).hexdigest(),
        fields=dict(rendered.fields),
    )
    queries.add_notice(session, notice)
    event.details = {"number": printed, "pdf_sha256": notice.pdf_sha256}
    _append(session, case, last, event, version=last.seq, ip=ip)
    return notice_record(notice, is_new=True)


def _require_decider(case_id: str, officer: Account) -> None:
    if not officer.role.decides:
        raise NotAllowed(case_id, f"the role {officer.role.value} may not decide cases", remedy="Ask an officer")


def _event(
    last: CaseEventRow, kind: EventKind, officer: Account, at: datetime, details: Mapping[str, Any]
) -> CaseEventRow:
    """The event that would follow `last`; the plate and what is dropped stay as they are."""
    return CaseEventRow(
        case_id=last.case_id,
        seq=last.seq + 1,
        kind=kind.value,
        state=MOVES[kind][1].value,
        plate_text=last.plate_text,
        plate_verified=last.plate_verified,
        at=at,
        actor=officer.username,
        details=dict(details),
        dropped=last.dropped,
    )


def _violation(case: CaseRow, number: int) -> CaseViolationRow:
    for violation in case.violations:
        if violation.number == number:
            return violation
    raise ViolationNotFound(case.id, f"the case has no violation {number}", remedy="Look at the case again")


def _append(
    session: Session, case: CaseRow, last: CaseEventRow, event: CaseEventRow, *, version: int, ip: str | None
) -> CaseSummary:
    _refuse_stale(case.id, last, event, version)
    if not queries.append_event(session, event):
        _refuse_stale(case.id, found(session, case.id)[1], event, version)
        raise CaseChanged(case.id, "the case has changed meanwhile", remedy="Look at it again")
    audit.append(session, who=event.actor, what=event.kind, at=event.at, case_id=case.id, ip=ip, details=event.details)
    return summary_of(case, event)


def _refuse_stale(case_id: str, last: CaseEventRow, event: CaseEventRow, version: int) -> None:
    """The state must allow the move, and nothing may have happened since the officer looked."""
    kind, state = EventKind(event.kind), CaseState(last.state)
    needed = MOVES[kind][0]
    if state is not needed:
        stands = f"the case is {state.value} (by {last.actor})"
        if needed is CaseState.CONFIRMED:
            raise CaseNotConfirmed(case_id, stands, remedy="Confirm it first")
        if needed is CaseState.REJECTED:
            raise CaseNotRejected(case_id, stands, remedy="Only a rejected case can be reopened")
        raise CaseAlreadyDecided(case_id, stands, remedy="Go on with the next case")
    if last.seq != version:
        what = f"{last.actor} has changed the case meanwhile ({last.kind})"
        raise CaseChanged(case_id, what, remedy="Look at it again and then decide")


def _refuse_unpunishable(case: CaseRow, last: CaseEventRow, at: datetime) -> None:
    """What no officer may confirm, however clear the pictures are."""
    if case.clock_state == "unknown":
        remedy = "Reject it, or process the footage again with its start time"
        raise ClockUnknown(case.id, "nobody knows when this was recorded", remedy=remedy)
    if at >= expires_at(earliest_act(case)):
        raise CaseExpired(case.id, "more than one year has passed since the act", remedy="Reject it as expired")
    if not last.plate_text or not (last.plate_verified or case.plate_status == ReadingStatus.ACCEPTED.value):
        raise PlateNotVerified(case.id, "the plate is not certain", remedy="Correct or affirm the plate first")


def _checked_note(case_id: str, note: str) -> str:
    text = note.strip()
    if len(text) > NOTE_LENGTH_MAX:
        raise DecisionIncomplete(case_id, f"the note is longer than {NOTE_LENGTH_MAX} characters", remedy="Shorten it")
    return text
