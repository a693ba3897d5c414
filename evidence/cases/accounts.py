"""People who may log in: roles, passwords, sessions.

Passwords are argon2id hashes. A session is a random 256-bit token of which the store keeps only the SHA-256. Failed
logins are counted in the store per username and per address, so a lockout holds across processes and restarts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session


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
    """Add an account. Raises AccountError (status 409 taken, 422 bad name or password)."""
    raise NotImplementedError


def set_password(session: Session, *, username: str, password: str) -> None:
    """Change a password and end every session of the account."""
    raise NotImplementedError


def set_active(session: Session, *, username: str, is_active: bool) -> None:
    """Close or reopen an account; closing ends its sessions."""
    raise NotImplementedError


def list_accounts(session: Session) -> list[Account]:
    """All accounts by username."""
    raise NotImplementedError


def find_account(session: Session, username: str) -> Account | None:
    """The account called `username`, in any spelling of case."""
    raise NotImplementedError


def authenticate(session: Session, username: str, password: str, *, ip: str, at: datetime) -> LoginResult:
    """Check a password. Returns a refusal instead of raising, so that the failure is committed and counts."""
    raise NotImplementedError


def open_session(session: Session, account: Account, *, ip: str | None, at: datetime) -> str:
    """Start a session and return its token (for the cookie; it cannot be read back)."""
    raise NotImplementedError


def live_session(session: Session, token: str, *, at: datetime) -> LoginSession | None:
    """Who this token belongs to, or None when unknown, idle for too long, past its end or closed. Writes nothing."""
    raise NotImplementedError


def touch_session(session: Session, token: str, *, at: datetime) -> None:
    """Note that the session was used."""
    raise NotImplementedError


def close_session(session: Session, token: str) -> None:
    """Log out."""
    raise NotImplementedError
