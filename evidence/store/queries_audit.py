"""Queries over the audit log."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.store.tables import AuditRow


def add(session: Session, row: AuditRow) -> None:
    """Add a line."""
    session.add(row)
    session.flush()


def page(
    session: Session, *, who: str | None, case_id: str | None, before_id: int | None, limit: int
) -> Sequence[AuditRow]:
    """Lines, newest first."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if who is not None:
        query = query.where(AuditRow.who == who)
    if case_id is not None:
        query = query.where(AuditRow.case_id == case_id)
    if before_id is not None:
        query = query.where(AuditRow.id < before_id)
    return session.scalars(query).all()
