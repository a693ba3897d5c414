"""The first schema: cases with their events, notices, ledger, accounts, audit log and footage runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("cases", "case_event", "notice", "audit_log", "ledger_entry")
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table, then the triggers that make the record append-only."""
    _cases()
    _case_events()
    _accounts()
    _runs()
    _append_only()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unique_key", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("camera_id", sa.String(length=100), nullable=False),
        sa.Column("camera_name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("vehicle_class", sa.String(length=20), nullable=False),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.Column("clock_state", sa.String(length=20), nullable=False),
        sa.Column("certainty", sa.String(length=20), nullable=False),
        sa.Column("plate_text", sa.String(length=40), nullable=True),
        sa.Column("plate_status", sa.String(length=20), nullable=False),
        sa.Column("plate_confidence", sa.Double(), nullable=False),
        sa.Column("plate_lines", sa.Integer(), nullable=False),
        sa.Column("package_name", sa.String(length=64), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_json", sa.Text(), nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("package_name", name=op.f("uq_cases_package_name")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_cases_unique_key")),
    )
    op.create_index(op.f("ix_cases_camera_id"), "cases", ["camera_id"], unique=False)
    op.create_index(op.f("ix_cases_captured_at_id"), "cases", ["captured_at", "id"], unique=False)
    op.create_index(op.f("ix_cases_code"), "cases", ["code"], unique=False)


def _case_events() -> None:
    op.create_table(
        "case_event",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("plate_text", sa.String(length=40), nullable=True),
        sa.Column("plate_verified", sa.Boolean(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("(kind = 'confirmed') = (state = 'confirmed')", name=op.f("ck_case_event_confirmed")),
        sa.CheckConstraint("(kind = 'notice_issued') = (state = 'noticed')", name=op.f("ck_case_event_noticed")),
        sa.CheckConstraint("(kind = 'recorded') = (seq = 1)", name=op.f("ck_case_event_recorded_first")),
        sa.CheckConstraint("(kind = 'rejected') = (state = 'rejected')", name=op.f("ck_case_event_rejected")),
        sa.CheckConstraint(
            "state IN ('recorded', 'confirmed', 'rejected', 'noticed')", name=op.f("ck_case_event_state")
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_case_event_seq")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_event_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_event")),
    )
    op.create_index(op.f("ix_case_event_plate_text"), "case_event", ["plate_text"], unique=False)
    op.create_index(op.f("ix_case_event_state"), "case_event", ["state"], unique=False)
    op.create_table(
        "notice",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("printed_number", sa.String(length=80), nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        sa.Column("issued_by", sa.String(length=80), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notice_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_notice")),
        sa.UniqueConstraint("unit", "year", "number", name=op.f("uq_notice_unit_year_number")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("seq", _BIG_ID, autoincrement=False, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("entry_sha256", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_ledger_entry_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("case_id", name=op.f("uq_ledger_entry_case_id")),
        sa.UniqueConstraint("entry_sha256", name=op.f("uq_ledger_entry_entry_sha256")),
        sa.UniqueConstraint("previous_sha256", name=op.f("uq_ledger_entry_previous_sha256")),
    )


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.CheckConstraint("role IN ('officer', 'supervisor', 'operator', 'admin')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", _BIG_ID, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_account_id"), "login_session", ["account_id"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index(op.f("ix_login_failure_ip_at"), "login_failure", ["ip", "at"], unique=False)
    op.create_index(op.f("ix_login_failure_username_at"), "login_failure", ["username", "at"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("ip", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_index(op.f("ix_audit_log_case_id"), "audit_log", ["case_id"], unique=False)
    op.create_index(op.f("ix_audit_log_who"), "audit_log", ["who"], unique=False)


def _runs() -> None:
    op.create_table(
        "footage_run",
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("camera_sha256", sa.String(length=64), nullable=False),
        sa.Column("settings_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("frames_done", sa.Integer(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint("status IN ('running', 'complete', 'failed')", name=op.f("ck_footage_run_status")),
        sa.PrimaryKeyConstraint("source_sha256", "camera_sha256", "settings_sha256", name=op.f("pk_footage_run")),
    )


def _append_only() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$"
        )
    for table in _APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            if postgresql:
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
