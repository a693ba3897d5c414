"""Queries over accounts, their sessions and failed logins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from evidence.store.tables import AccountRow, LoginFailureRow, LoginSessionRow


def account(session: Session, username: str) -> AccountRow | None:
    """The account with this (lower case) username."""
    return session.scalar(select(AccountRow).where(AccountRow.username == username))


def account_held(session: Session, username: str) -> AccountRow | None:
    """The same, holding back other logins of this account until the transaction ends: guesses come one by one."""
    return session.scalar(select(AccountRow).where(AccountRow.username == username).with_for_update())


def accounts(session: Session) -> Sequence[AccountRow]:
    """All accounts by username."""
    return session.scalars(select(AccountRow).order_by(AccountRow.username)).all()


def add_account(session: Session, row: AccountRow) -> None:
    """Add an account. Raises IntegrityError when the username is taken."""
    with session.begin_nested():
        session.add(row)
        session.flush()


def add_session(session: Session, row: LoginSessionRow) -> None:
    """Add a login session."""
    session.add(row)
    session.flush()


def session_and_account(session: Session, token_sha256: str) -> tuple[LoginSessionRow, AccountRow] | None:
    """The login session with this token's hash and whose it is."""
    query = select(LoginSessionRow, AccountRow).join(AccountRow, AccountRow.id == LoginSessionRow.account_id)
    row = session.execute(query.where(LoginSessionRow.token_sha256 == token_sha256)).first()
    return (row[0], row[1]) if row else None


def touch(session: Session, token_sha256: str, at: datetime) -> None:
    """Note when the session was last seen."""
    session.execute(update(LoginSessionRow).where(LoginSessionRow.token_sha256 == token_sha256).values(last_seen_at=at))


def drop_session(session: Session, token_sha256: str) -> None:
    """End one session."""
    session.execute(delete(LoginSessionRow).where(LoginSessionRow.token_sha256 == token_sha256))


def drop_sessions_of(session: Session, account_id: int) -> None:
    """End every session of an account."""
    session.execute(delete(LoginSessionRow).where(LoginSessionRow.account_id == account_id))


def drop_ended_sessions(session: Session, at: datetime) -> None:
    """Forget sessions past their end, so the table stays as small as the number of people logged in."""
    session.execute(delete(LoginSessionRow).where(LoginSessionRow.expires_at <= at))


def failures_of(
    session: Session, *, username: str | None = None, ip: str | None = None, since: datetime
) -> list[datetime]:
    """When logins failed since `since`, for one username or one address, oldest first."""
    query = select(LoginFailureRow.at).where(LoginFailureRow.at > since).order_by(LoginFailureRow.at)
    if username is not None:
        query = query.where(LoginFailureRow.username == username)
    if ip is not None:
        query = query.where(LoginFailureRow.ip == ip)
    return list(session.scalars(query))


def add_failure(session: Session, row: LoginFailureRow) -> None:
    """Note a failed login."""
    session.add(row)
    session.flush()


def drop_failures(session: Session, *, before: datetime) -> None:
    """Forget failures that no longer count."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.at <= before))


def drop_failures_of(session: Session, username: str) -> None:
    """Forget the failures of a username after a good login."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.username == username))


def count_accounts(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(AccountRow)) or 0
