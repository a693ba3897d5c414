"""Reading cases: the queue, its counts and one case in full."""

from datetime import datetime

from sqlalchemy.orm import Session

from detector.vocabulary import Certainty, VehicleClass
from evidence.cases.case import CaseCounts, CaseEvent, CasePlate, CaseSummary, CaseView, CaseViolation, NoticeRecord
from evidence.cases.case_states import CaseState, EventKind, RejectReason
from evidence.cases.deadlines import expires_at, notice_due_at
from evidence.cases.errors import CaseNotFound
from evidence.store import queries_cases as queries
from evidence.store.tables import CaseEventRow, CaseRow, NoticeRow
from evidence.vault.manifest import parse_manifest
from models.errors import StoreError
from ocr.grammar import norm
from ocr.reading import ReadingStatus

QUEUE_LIMIT_MAX = 100


def queue(
    session: Session,
    *,
    state: CaseState | None = CaseState.RECORDED,
    code: str | None = None,
    camera_id: str | None = None,
    plate: str | None = None,
    before: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[CaseSummary]:
    """Cases by time of capture, oldest first: their deadlines run. `plate` finds parts of plates in any spelling, `code`
    any of a case's violations.

    `after`/`before` take `CaseSummary.cursor`: the page that follows it, or the page that ends just before it.
    Raises StoreError for a cursor that is not ours.
    """
    wanted = queries.Wanted(
        state=state.value if state else None,
        code=code,
        camera_id=camera_id,
        plate_part=norm(plate) if plate else None,
    )
    size = min(max(limit, 1), QUEUE_LIMIT_MAX)
    if before is not None:
        rows = queries.page_before(session, wanted, _position(before), size)
    else:
        rows = queries.page_after(session, wanted, _position(after) if after is not None else None, size)
    return [summary_of(case, last) for case, last in rows]


def counts(session: Session) -> CaseCounts:
    """How many cases wait and how many are done."""
    by_state = queries.count_by_state(session)
    waiting = CaseState.RECORDED.value
    return CaseCounts(
        by_state={state: by_state.get(state.value, 0) for state in CaseState},
        undecided_by_code=queries.count_by_code(session, waiting),
        undecided_by_camera=queries.count_by_camera(session, waiting),
    )


def case_view(session: Session, case_id: str) -> CaseView:
    """All of one case. Raises CaseNotFound."""
    case, last = found(session, case_id)
    return CaseView(
        summary=summary_of(case, last),
        manifest=parse_manifest(case.manifest_json.encode(), where=case.id),
        manifest_sha256=case.manifest_sha256,
        package_name=case.package_name,
        events=tuple(_event(row) for row in queries.events(session, case_id)),
        notice_number=queries.notice_number_of(session, case_id),
    )


def next_case(session: Session, after: str | None = None) -> str | None:
    """The undecided case that follows case `after` in the queue, from the front again at its end; None when done."""
    wanted = queries.Wanted(state=CaseState.RECORDED.value)
    here = queries.find_case(session, after) if after else None
    position = queries.Position(here[0].captured_at, here[0].id) if here else None
    rows = queries.page_after(session, wanted, position, 1) or queries.page_after(session, wanted, None, 1)
    return rows[0][0].id if rows and rows[0][0].id != after else None


def notice_of(session: Session, case_id: str) -> NoticeRecord | None:
    """The notice that was issued for the case, if any."""
    row = queries.notice_of(session, case_id)
    return notice_record(row, is_new=False) if row else None


def found(session: Session, case_id: str) -> queries.CaseAndLast:
    """A case and its last event. Raises CaseNotFound."""
    pair = queries.find_case(session, case_id)
    if pair is None:
        raise CaseNotFound(case_id[:80], "there is no such case")
    return pair


def summary_of(case: CaseRow, last: CaseEventRow) -> CaseSummary:
    """Rows as the value that the rooms above see."""
    timed = case.clock_state != "unknown"
    first_act_at = earliest_act(case)
    return CaseSummary(
        id=case.id,
        version=last.seq,
        state=CaseState(last.state),
        code=case.code,
        camera_id=case.camera_id,
        camera_name=case.camera_name,
        place=case.place,
        vehicle_class=VehicleClass(case.vehicle_class),
        captured_at=case.captured_at,
        clock_state=case.clock_state,
        certainty=Certainty(case.certainty),
        plate=CasePlate(
            text=last.plate_text,
            verified=last.plate_verified,
            machine_text=case.plate_text,
            machine_status=ReadingStatus(case.plate_status),
            machine_confidence=case.plate_confidence,
            lines=case.plate_lines,
        ),
        recorded_at=case.recorded_at,
        notice_due_at=notice_due_at(first_act_at) if timed else None,
        expires_at=expires_at(first_act_at) if timed else None,
        violations=tuple(
            CaseViolation(
                number=one.number,
                code=one.code,
                certainty=Certainty(one.certainty),
                captured_at=one.captured_at,
                dropped=RejectReason(last.dropped[str(one.number)]) if str(one.number) in last.dropped else None,
            )
            for one in case.violations
        ),
    )


def earliest_act(case: CaseRow) -> datetime:
    """The moment from which the deadlines of all of a case's violations run, dropped or not."""
    return min(violation.captured_at for violation in case.violations)


def notice_record(row: NoticeRow, *, is_new: bool) -> NoticeRecord:
    """A row as the value that the rooms above see."""
    return NoticeRecord(
        case_id=row.case_id,
        number=row.printed_number,
        issued_at=row.issued_at,
        issued_by=row.issued_by,
        pdf=row.pdf,
        pdf_sha256=row.pdf_sha256,
        fields=row.fields,
        is_new=is_new,
    )


def _event(row: CaseEventRow) -> CaseEvent:
    return CaseEvent(row.seq, EventKind(row.kind), CaseState(row.state), row.at, row.actor, row.details)


def _position(cursor: str) -> queries.Position:
    moment, _, case_id = cursor.partition("~")
    try:
        captured_at = datetime.fromisoformat(moment)
    except ValueError:
        captured_at = None
    if captured_at is None or captured_at.utcoffset() is None or not case_id:
        raise StoreError("not a place in the queue", where=f"cursor {cursor[:60]}", remedy="Start from the first page")
    return queries.Position(captured_at, case_id)
