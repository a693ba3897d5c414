"""Queries over cases, their events and their notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, defer

from evidence.store.tables import CaseEventRow, CaseRow, CaseViolationRow, NoticeRow

_OtherEvent = aliased(CaseEventRow)
_Query = Select[*tuple[Any, ...]]

CaseAndLast = tuple[CaseRow, CaseEventRow]
"""A case and its last event, which tells where the case stands."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the queue, which is ordered by time of capture, then by id."""

    captured_at: datetime
    case_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page of the queue is narrowed to; None is everything. `code` may be any of a case's; `plate_part` holds only
    0-9 and A-Z."""

    state: str | None = None
    code: str | None = None
    camera_id: str | None = None
    plate_part: str | None = None


def add_case(session: Session, case: CaseRow, violations: Sequence[CaseViolationRow], first: CaseEventRow) -> None:
    """Add a case with its violations and its first event. Raises IntegrityError when a key, the id or the package is
    already there."""
    session.add(case)
    session.flush()
    session.add_all((*violations, first))
    session.flush()


def recorded_keys(session: Session, unique_keys: Sequence[str]) -> set[str]:
    """Those of the keys under which a violation is already recorded, alone or in a case with others."""
    query = select(CaseViolationRow.unique_key).where(CaseViolationRow.unique_key.in_(unique_keys))
    return set(session.scalars(query))


def known_packages(session: Session) -> dict[str, str]:
    """Name and manifest hash of every recorded package."""
    rows = session.execute(select(CaseRow.package_name, CaseRow.manifest_sha256))
    return {row[0]: row[1] for row in rows}


def find_case(session: Session, case_id: str) -> CaseAndLast | None:
    """One case and its last event."""
    row = session.execute(_with_last().where(CaseRow.id == case_id).execution_options(populate_existing=True)).first()
    return (row[0], row[1]) if row else None


def events(session: Session, case_id: str) -> Sequence[CaseEventRow]:
    """Everything that happened to a case, first to last."""
    return session.scalars(select(CaseEventRow).where(CaseEventRow.case_id == case_id).order_by(CaseEventRow.seq)).all()


def append_event(session: Session, event: CaseEventRow) -> bool:
    """Add an event. False when another transaction has already added the event with this number."""
    try:
        with session.begin_nested():
            session.add(event)
            session.flush()
    except IntegrityError:
        if session.get(CaseEventRow, (event.case_id, event.seq), populate_existing=True) is None:
            raise
        return False
    return True


def page_after(session: Session, wanted: Wanted, position: Position | None, limit: int) -> list[CaseAndLast]:
    """The cases that follow `position`, or the first ones."""
    query = _narrowed(_summaries(), wanted)
    if position:
        query = query.where(_place() > tuple_(position.captured_at, position.case_id))
    rows = session.execute(query.order_by(CaseRow.captured_at, CaseRow.id).limit(limit))
    return [(case, last) for case, last in rows]


def page_before(session: Session, wanted: Wanted, position: Position, limit: int) -> list[CaseAndLast]:
    """The cases just before `position`, in the order of the queue."""
    query = _narrowed(_summaries(), wanted).where(_place() < tuple_(position.captured_at, position.case_id))
    rows = session.execute(query.order_by(CaseRow.captured_at.desc(), CaseRow.id.desc()).limit(limit))
    return [(case, last) for case, last in rows][::-1]


def count_by_state(session: Session) -> dict[str, int]:
    """How many cases stand in each state."""
    query = _join_last(select(CaseEventRow.state, func.count())).group_by(CaseEventRow.state)
    return _pairs(session, query)


def count_by_code(session: Session, state: str) -> dict[str, int]:
    """How many cases in `state` there are of each code; a case counts once under each of its codes."""
    code = CaseViolationRow.code
    query = _join_last(select(code, func.count(CaseRow.id.distinct()))).where(CaseEventRow.state == state)
    query = query.join(CaseViolationRow, CaseViolationRow.case_id == CaseRow.id)
    return _pairs(session, query.group_by(code).order_by(code))


def count_by_camera(session: Session, state: str) -> dict[str, int]:
    """How many cases in `state` there are of each camera."""
    query = _join_last(select(CaseRow.camera_id, func.count())).where(CaseEventRow.state == state)
    query = query.group_by(CaseRow.camera_id).order_by(CaseRow.camera_id)
    return _pairs(session, query)


def notice_of(session: Session, case_id: str) -> NoticeRow | None:
    """The notice of a case."""
    return session.get(NoticeRow, case_id, populate_existing=True)


def notice_number_of(session: Session, case_id: str) -> str | None:
    """The printed number of a case's notice, without loading the PDF."""
    return session.scalar(select(NoticeRow.printed_number).where(NoticeRow.case_id == case_id))


def next_notice_number(session: Session, unit: str, year: int) -> int:
    """The number that follows the unit's last one of the year. Holds other issuers back until this transaction ends,
    so numbers have neither gaps nor twins (SQLite: the transaction already holds the only write lock)."""
    last = session.scalar(select(func.max(NoticeRow.number)).where(NoticeRow.unit == unit, NoticeRow.year == year))
    return (last or 0) + 1


def hold_notice_numbers(session: Session) -> None:
    """Let one transaction at a time issue notices; taken before anything is read that the decision depends on."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE notice IN SHARE ROW EXCLUSIVE MODE"))


def add_notice(session: Session, notice: NoticeRow) -> None:
    """Add an issued notice."""
    session.add(notice)
    session.flush()


def _pairs(session: Session, query: _Query) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in session.execute(query)}


def _place() -> ColumnElement[Any]:
    return tuple_(CaseRow.captured_at, CaseRow.id)


def _with_last() -> _Query:
    return _join_last(select(CaseRow, CaseEventRow))


def _summaries() -> _Query:
    # A page of the queue has no use for a hundred manifests of up to some 100 kB each.
    return _with_last().options(defer(CaseRow.manifest_json))


def _join_last(query: _Query) -> _Query:
    last_seq = (
        select(func.max(_OtherEvent.seq)).where(_OtherEvent.case_id == CaseRow.id).correlate(CaseRow).scalar_subquery()
    )
    on = (CaseEventRow.case_id == CaseRow.id) & (CaseEventRow.seq == last_seq)
    return query.select_from(CaseRow).join(CaseEventRow, on)


def _narrowed(query: _Query, wanted: Wanted) -> _Query:
    if wanted.state is not None:
        query = query.where(CaseEventRow.state == wanted.state)
    if wanted.code is not None:
        query = query.where(CaseRow.violations.any(CaseViolationRow.code == wanted.code))
    if wanted.camera_id is not None:
        query = query.where(CaseRow.camera_id == wanted.camera_id)
    if wanted.plate_part:
        query = query.where(CaseEventRow.plate_text.contains(wanted.plate_part, autoescape=True))
    return query
