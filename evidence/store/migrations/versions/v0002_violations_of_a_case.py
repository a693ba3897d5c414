"""Several violations in one case: every case recorded before becomes one with one violation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, fill it from the cases, then make it append-only as the others are."""
    op.create_table(
        "case_violation",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unique_key", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("certainty", sa.String(length=20), nullable=False),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_case_violation_number")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_violation_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_case_violation")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_case_violation_unique_key")),
    )
    op.create_index(op.f("ix_case_violation_code"), "case_violation", ["code"], unique=False)
    op.execute(
        "INSERT INTO case_violation (case_id, number, unique_key, code, certainty, captured_at) "
        "SELECT id, 1, unique_key, code, certainty, captured_at FROM cases"
    )
    op.add_column("case_event", sa.Column("dropped", sa.JSON(), server_default="{}", nullable=False))
    _append_only()


def _append_only() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for change in ("UPDATE", "DELETE"):
        refusal = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgresql
            else "BEGIN SELECT RAISE(ABORT, 'case_violation is append-only'); END"
        )
        op.execute(f"CREATE TRIGGER case_violation_no_{change.lower()} BEFORE {change} ON case_violation {refusal}")
    if postgresql:
        op.execute(
            "CREATE TRIGGER case_violation_no_truncate BEFORE TRUNCATE ON case_violation "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
