"""People who may log in: roles, passwords, sessions.

Passwords are argon2id hashes. A session is a random 256-bit token of which the store keeps only the SHA-256. Failed
logins are counted in the store per username and per address, so a lockout holds across processes and restarts.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from evidence.cases import passwords
from evidence.store import queries_accounts as queries
from evidence.store.tables import AccountRow, LoginFailureRow, LoginSessionRow
from models.errors import StoreError

FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_MAX_PER_USER = 5
FAILURES_MAX_PER_IP = 20  # a whole office may sit behind one address
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)  # one shift
TOUCH_EVERY = timedelta(minutes=1)  # the idle clock need not be finer, and each touch is a write

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")


class AccountError(StoreError):
    """An account cannot be made or changed. `status` is the HTTP status that says the same."""

    def __init__(self, username: str, what: str, *, status: int, remedy: str | None = None) -> None:
        self.status = status
        super().__init__(what, where=f"account {username[:80]}", remedy=remedy)


class Role(StrEnum):
    """What an account may do. One account has one role."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def decides(self) -> bool:
        """Whether the role may confirm and reject cases and issue notices."""
        return self in (Role.OFFICER, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Account:
    """A person. Never carries the password hash."""

    id: int
    username: str
    full_name: str
    role: Role
    is_active: bool
    created_at: datetime


class LoginRefusal(StrEnum):
    """Why a login failed. `WRONG` covers unknown username, wrong password and closed account alike."""

    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class LoginResult:
    """Exactly one of the two is set. `retry_after` is set with LOCKED."""

    account: Account | None
    refusal: LoginRefusal | None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A live session. `touch_due`: call `touch_session` in a writing transaction to keep the idle clock right."""

    account: Account
    csrf_token: str
    expires_at: datetime
    touch_due: bool


def create_user(session: Session, *, username: str, full_name: str, role: Role, password: str, at: datetime) -> Account:
    """Add an account. Raises AccountError (status 409 when the name is taken, 422 for a bad name or password)."""
    name = username.strip().lower()
    if not _USERNAME.fullmatch(name):
        remedy = "Use 3 to 64 letters a-z, digits, dots, dashes or underscores, a letter or digit at both ends"
        raise AccountError(name, "not a username", status=422, remedy=remedy)
    _refuse_bad_password(name, password)
    row = AccountRow(
        username=name,
        full_name=full_name.strip()[:200] or name,
        role=role.value,
        password_hash=passwords.hashed(password),
        is_active=True,
        created_at=at,
    )
    try:
        queries.add_account(session, row)
    except IntegrityError as error:
        raise AccountError(name, "the username is taken", status=409, remedy="Choose another one") from error
    return _account(row)


def set_password(session: Session, *, username: str, password: str) -> None:
    """Change a password and end every session of the account. Raises AccountError (404, 422)."""
    row = _required(session, username)
    _refuse_bad_password(row.username, password)
    row.password_hash = passwords.hashed(password)
    queries.drop_sessions_of(session, row.id)
    queries.drop_failures_of(session, row.username)


def set_active(session: Session, *, username: str, is_active: bool) -> None:
    """Close or reopen an account; closing ends its sessions. Raises AccountError (404)."""
    row = _required(session, username)
    row.is_active = is_active
    if not is_active:
        queries.drop_sessions_of(session, row.id)


def list_accounts(session: Session) -> list[Account]:
    """All accounts by username."""
    return [_account(row) for row in queries.accounts(session)]


def find_account(session: Session, username: str) -> Account | None:
    """The account called `username`, in upper or lower case."""
    row = queries.account(session, username.strip().lower())
    return _account(row) if row else None


def authenticate(session: Session, username: str, password: str, *, ip: str, at: datetime) -> LoginResult:
    """Check a password. Returns a refusal instead of raising, so that the failure is committed and counts.

    After 5 failures for a username or 20 from an address within 15 minutes further tries are refused unread, so neither
    a right guess nor the time taken tells the guesser anything.
    """
    name = username.strip().lower()[:80]
    row = queries.account_held(session, name)
    wait = _lockout(session, name, ip, at)
    if wait is not None:
        return LoginResult(None, LoginRefusal.LOCKED, wait)
    right = passwords.matches(row.password_hash if row else None, password)
    if row is None or not right or not row.is_active:
        queries.drop_failures(session, before=at - FAILURE_WINDOW)
        queries.add_failure(session, LoginFailureRow(username=name, ip=ip[:64], at=at))
        return LoginResult(None, LoginRefusal.WRONG)
    if passwords.is_outdated(row.password_hash):
        row.password_hash = passwords.hashed(password)
    queries.drop_failures_of(session, name)
    return LoginResult(_account(row), None)


def open_session(session: Session, account: Account, *, ip: str | None, at: datetime) -> str:
    """Start a session and return its token (for the cookie; it cannot be read back)."""
    queries.drop_ended_sessions(session, at)
    token = secrets.token_urlsafe(32)
    row = LoginSessionRow(
        token_sha256=_token_sha256(token),
        account_id=account.id,
        created_at=at,
        last_seen_at=at,
        expires_at=at + SESSION_LIFE,
        ip=ip[:64] if ip else None,
    )
    queries.add_session(session, row)
    return token


def live_session(session: Session, token: str, *, at: datetime) -> LoginSession | None:
    """Who this token belongs to, or None when unknown, idle for too long, past its end or closed. Writes nothing."""
    found = queries.session_and_account(session, _token_sha256(token))
    if found is None:
        return None
    row, owner = found
    if at >= row.expires_at or at - row.last_seen_at >= SESSION_IDLE or not owner.is_active:
        return None
    return LoginSession(
        account=_account(owner),
        csrf_token=csrf_token(token),
        expires_at=row.expires_at,
        touch_due=at - row.last_seen_at >= TOUCH_EVERY,
    )


def touch_session(session: Session, token: str, *, at: datetime) -> None:
    """Note that the session was used."""
    queries.touch(session, _token_sha256(token), at)


def close_session(session: Session, token: str) -> None:
    """Log out."""
    queries.drop_session(session, _token_sha256(token))


def csrf_token(token: str) -> str:
    """What a form of this session must carry: follows from the cookie, cannot be turned back into it."""
    return hashlib.sha256(f"csrf:{token}".encode()).hexdigest()


def _account(row: AccountRow) -> Account:
    return Account(row.id, row.username, row.full_name, Role(row.role), row.is_active, row.created_at)


def _required(session: Session, username: str) -> AccountRow:
    row = queries.account(session, username.strip().lower())
    if row is None:
        raise AccountError(username, "there is no such account", status=404)
    return row


def _refuse_bad_password(username: str, password: str) -> None:
    fault = passwords.fault_of(password)
    if fault is None and password.strip().lower() == username:
        fault = "the password must not be the username"
    if fault:
        raise AccountError(username, fault, status=422)


def _lockout(session: Session, username: str, ip: str, at: datetime) -> timedelta | None:
    """How long this username or address must wait, or None."""
    since = at - FAILURE_WINDOW
    waits = []
    for failures, maximum in (
        (queries.failures_of(session, username=username, since=since), FAILURES_MAX_PER_USER),
        (queries.failures_of(session, ip=ip[:64], since=since), FAILURES_MAX_PER_IP),
    ):
        if len(failures) >= maximum:
            waits.append(failures[-maximum] + FAILURE_WINDOW - at)
    return max(waits, default=None)


def _token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
