"""The append-only record of who did or saw what (LAW.md §4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session


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
    raise NotImplementedError


def list_entries(
    session: Session,
    *,
    who: str | None = None,
    case_id: str | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Newest first, at most 100."""
    raise NotImplementedError
