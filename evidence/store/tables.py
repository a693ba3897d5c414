"""Tables of the store. Rows stay inside `evidence`; the rooms above see frozen dataclasses.

`cases`, `case_violation`, `case_event`, `notice`, `audit_log` and `ledger_entry` are append-only: triggers made by the
migrations refuse UPDATE and DELETE (and TRUNCATE on PostgreSQL). Every time is UTC and comes back timezone-aware from
both databases.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

APPEND_ONLY = ("cases", "case_violation", "case_event", "notice", "audit_log", "ledger_entry")


class UtcDateTime(TypeDecorator[datetime]):
    """Stores UTC, refuses naive times, returns aware ones (SQLite keeps no zone, PostgreSQL returns the server's)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only INTEGER primary keys up


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own protocol


class CaseRow(Base):
    """What was recorded, once and for ever: code, certainty and `captured_at` are the main violation's. What officers did
    with it is in `case_event`."""

    __tablename__ = "cases"
    __table_args__ = (Index(None, "captured_at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(64), unique=True)
    code: Mapped[str] = mapped_column(String(40), index=True)
    camera_id: Mapped[str] = mapped_column(String(100), index=True)
    camera_name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(500))
    vehicle_class: Mapped[str] = mapped_column(String(20))
    captured_at: Mapped[datetime]
    clock_state: Mapped[str] = mapped_column(String(20))
    certainty: Mapped[str] = mapped_column(String(20))
    plate_text: Mapped[str | None] = mapped_column(String(40))
    plate_status: Mapped[str] = mapped_column(String(20))
    plate_confidence: Mapped[float]
    plate_lines: Mapped[int]
    package_name: Mapped[str] = mapped_column(String(64), unique=True)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    manifest_json: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    violations: Mapped[list["CaseViolationRow"]] = relationship(
        order_by="CaseViolationRow.number", lazy="selectin", viewonly=True
    )


class CaseViolationRow(Base):
    """One of the violations of a case, as recorded; number 1 is the main one. Which of them an officer has dropped is in
    the last `case_event`. The unique key makes recording a violation twice impossible, alone or with others."""

    __tablename__ = "case_violation"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unique_key: Mapped[str] = mapped_column(String(64), unique=True)
    code: Mapped[str] = mapped_column(String(40), index=True)
    certainty: Mapped[str] = mapped_column(String(20))
    captured_at: Mapped[datetime]


class CaseEventRow(Base):
    """One thing that happened to a case. `state`, the plate columns and `dropped` (number of a violation -> reason) are
    what the event leaves behind, so the last event alone tells where the case stands. The primary key makes two
    officers' decisions collide."""

    __tablename__ = "case_event"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq"),
        CheckConstraint("state IN ('recorded', 'confirmed', 'rejected', 'noticed')", name="state"),
        CheckConstraint("(kind = 'rejected') = (state = 'rejected')", name="rejected"),
        CheckConstraint("(kind = 'notice_issued') = (state = 'noticed')", name="noticed"),
        CheckConstraint("(kind = 'confirmed') = (state = 'confirmed')", name="confirmed"),
        CheckConstraint("(kind = 'recorded') = (seq = 1)", name="recorded_first"),
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(20), index=True)
    plate_text: Mapped[str | None] = mapped_column(String(40), index=True)
    plate_verified: Mapped[bool]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]]
    dropped: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class NoticeRow(Base):
    """An issued notice: one per case, numbered without gaps per unit and year."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("unit", "year", "number"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    number: Mapped[int]
    printed_number: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(80))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    fields: Mapped[dict[str, Any]]


class LedgerRow(Base):
    """One link of the hash chain over all sealed packages (evidence/vault/ledger.py)."""

    __tablename__ = "ledger_entry"

    seq: Mapped[int] = mapped_column(_BigId, primary_key=True, autoincrement=False)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), unique=True)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    previous_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    entry_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    signature: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]


class AuditRow(Base):
    """Who did or saw what, when and from where (LAW.md §4.2)."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(80), index=True)
    what: Mapped[str] = mapped_column(String(60))
    case_id: Mapped[str | None] = mapped_column(String(32), index=True)
    ip: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]


class AccountRow(Base):
    """A person who may log in. `username` is lower case."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("role IN ('officer', 'supervisor', 'operator', 'admin')", name="role"),)

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(255))
    is_active: Mapped[bool]
    created_at: Mapped[datetime]


class LoginSessionRow(Base):
    """A logged-in browser. Only the SHA-256 of its token is kept, so a stolen store opens no session."""

    __tablename__ = "login_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ip: Mapped[str | None] = mapped_column(String(64))


class LoginFailureRow(Base):
    """A failed login, counted per username and per address within a window."""

    __tablename__ = "login_failure"
    __table_args__ = (Index(None, "username", "at"), Index(None, "ip", "at"))

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(80))
    ip: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class FootageRunRow(Base):
    """How far one piece of footage was processed with one camera geometry and one set of settings."""

    __tablename__ = "footage_run"
    __table_args__ = (CheckConstraint("status IN ('running', 'complete', 'failed')", name="status"),)

    source_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    camera_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    settings_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    frames_done: Mapped[int]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
