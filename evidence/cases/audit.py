"""The append-only record of who did or saw what (LAW.md §4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from evidence.store import queries_audit
from evidence.store.tables import AuditRow

LIMIT_MAX = 100


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log."""

    id: int
    at: datetime
    who: str
    what: str
    case_id: str | None
    ip: str | None
    details: Mapping[str, Any]


def append(
    session: Session,
    *,
    who: str,
    what: str,
    at: datetime,
    case_id: str | None = None,
    ip: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, in the same transaction as the act itself."""
    row = AuditRow(at=at, who=who[:80], what=what, case_id=case_id, ip=ip, details=dict(details or {}))
    queries_audit.add(session, row)


def list_entries(
    session: Session,
    *,
    who: str | None = None,
    case_id: str | None = None,
    before_id: int | None = None,
    limit: int = LIMIT_MAX,
) -> list[AuditEntry]:
    """Newest first, at most 100; `before_id` is the last id of the page before."""
    rows = queries_audit.page(
        session, who=who, case_id=case_id, before_id=before_id, limit=min(max(limit, 1), LIMIT_MAX)
    )
    return [AuditEntry(row.id, row.at, row.who, row.what, row.case_id, row.ip, row.details) for row in rows]
