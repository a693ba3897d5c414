"""Queries over the ledger."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.store.tables import LedgerRow


def hold(session: Session) -> None:
    """Let one transaction at a time append (SQLite: the transaction already holds the only write lock)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE"))


def last(session: Session) -> LedgerRow | None:
    """The newest entry."""
    return session.scalar(select(LedgerRow).order_by(LedgerRow.seq.desc()).limit(1))


def add(session: Session, row: LedgerRow) -> None:
    """Append an entry."""
    session.add(row)
    session.flush()


def after(session: Session, seq: int, limit: int) -> Sequence[LedgerRow]:
    """Entries that follow `seq`, in order."""
    return session.scalars(select(LedgerRow).where(LedgerRow.seq > seq).order_by(LedgerRow.seq).limit(limit)).all()
