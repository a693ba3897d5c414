"""The store: the same promises on SQLite and PostgreSQL."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from evidence_samples import NOW, Record
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from evidence.cases import audit
from evidence.store import Store, queries_runs
from evidence.store.queries_runs import RunKey, RunStatus
from evidence.store.tables import APPEND_ONLY, Base
from models.errors import StoreError


def test_migrated_schema_is_the_tables_of_the_code(empty_store_url: str) -> None:
    store = Store.open(empty_store_url)
    store.migrate()
    store.migrate()
    with store._engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    store.close()
    assert differences == []


def test_programs_that_start_together_migrate_once(empty_store_url: str) -> None:
    faults: list[Exception] = []

    def start() -> None:
        store = Store.open(empty_store_url)
        try:
            store.migrate()
        except Exception as error:
            faults.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_schema_from_the_future_is_refused(empty_store_url: str) -> None:
    store = Store.open(empty_store_url)
    store.migrate()
    with store.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999.*newer"):
        store.migrate()
    store.close()


@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_record_is_append_only(store: Store, record: Record, table: str, change: str) -> None:
    case_id = record()
    with store.session() as session:
        audit.append(session, who="huong", what="seen", at=NOW, case_id=case_id)
        session.execute(
            text("INSERT INTO notice VALUES (:id, 'PC08', 2026, 1, '1/2026/TB-PC08', :at, 'huong', :pdf, 'x', '{}')"),
            {"id": case_id, "at": NOW, "pdf": b"%PDF"},
        )
        before = session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
    column = {"audit_log": "who"}.get(table, "case_id" if table != "cases" else "code")
    with pytest.raises(IntegrityError, match="append-only"), store.session() as session:
        session.execute(text(change.format(table, column, column)))
    with store.reading() as session:
        assert before == 1
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == before


def test_postgresql_refuses_truncate_and_sqlite_refuses_replace(store: Store, record: Record) -> None:
    record()
    statement = (
        "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry" if store.is_sqlite else "TRUNCATE ledger_entry"
    )
    with pytest.raises(IntegrityError, match="append-only"), store.session() as session:
        session.execute(text(statement))


def test_the_schema_refuses_an_event_whose_state_is_not_its_own(store: Store, record: Record) -> None:
    case_id = record()
    with pytest.raises(IntegrityError), store.session() as session:
        session.execute(
            text(
                "INSERT INTO case_event (case_id, seq, kind, state, plate_verified, at, actor, details) "
                "VALUES (:id, 2, 'rejected', 'confirmed', true, :at, 'x', '{}')"
            ),
            {"id": case_id, "at": NOW},
        )


def test_times_come_back_as_utc_and_naive_ones_are_refused(store: Store) -> None:
    hanoi = datetime(2026, 1, 1, 6, 30, tzinfo=timezone(timedelta(hours=7)))
    with store.session() as session:
        audit.append(session, who="huong", what="seen", at=hanoi)
    with store.reading() as session:
        at = audit.list_entries(session)[0].at
    assert (at, at.tzinfo) == (hanoi, UTC)
    with pytest.raises(Exception, match="without a zone"), store.session() as session:
        audit.append(session, who="huong", what="seen", at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_session_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.session() as session:
        audit.append(session, who="huong", what="seen", at=NOW)
        raise RuntimeError
    with store.reading() as session:
        assert audit.list_entries(session) == []


def test_reading_sees_a_steady_store_while_another_writes(store: Store) -> None:
    with store.session() as writer:
        audit.append(writer, who="huong", what="seen", at=NOW)
        with store.reading() as reader:
            assert audit.list_entries(reader) == []


def test_reading_does_not_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"read-only|readonly"), store.reading() as session:
        audit.append(session, who="huong", what="seen", at=NOW)


def test_audit_is_listed_newest_first_in_pages(store: Store) -> None:
    with store.session() as session:
        for n in range(5):
            audit.append(session, who="huong" if n % 2 else "linh", what=f"act {n}", at=NOW, ip="10.0.0.1")
    with store.reading() as session:
        first = audit.list_entries(session, limit=2)
        second = audit.list_entries(session, limit=2, before_id=first[-1].id)
        assert [entry.what for entry in first + second] == ["act 4", "act 3", "act 2", "act 1"]
        assert [entry.what for entry in audit.list_entries(session, who="huong")] == ["act 3", "act 1"]


def test_a_footage_run_goes_on_and_is_complete(store: Store) -> None:
    key = RunKey("a" * 64, "b" * 64, "c" * 64)
    with store.session() as session:
        assert queries_runs.find(session, key) is None
        queries_runs.begin(session, key, at=NOW)
        queries_runs.advance(session, key, status=RunStatus.RUNNING, frames_done=120, at=NOW)
    with store.session() as session:
        assert queries_runs.begin(session, key, at=NOW).frames_done == 120
        queries_runs.advance(session, key, status=RunStatus.COMPLETE, frames_done=300, at=NOW + timedelta(seconds=9))
    with store.reading() as session:
        run = queries_runs.find(session, key)
    assert run is not None
    assert (run.status, run.frames_done, run.started_at) == (RunStatus.COMPLETE, 300, NOW)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://localhost/x", "not supported"),
        ("sqlite://", "not supported"),
        ("postgresql://user:geheim@127.0.0.1:1/x?connect_timeout=2", r"\*\*\*"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_line(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as refused:
        Store.open(url).migrate()
    assert "\n" not in refused.value.line()
    assert "geheim" not in refused.value.line()


def test_a_file_that_is_no_store_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"this is a text file and no database at all" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{path}").migrate()


def test_the_store_before_its_first_migration_says_so(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    with pytest.raises(StoreError, match="Migrate the store first"), store.reading() as session:
        audit.list_entries(session)


def test_the_store_opens_without_alembics_own_files(tmp_path: Path) -> None:
    """From an installed wheel there is no working folder with an alembic.ini."""
    code = f"from evidence.store import Store; Store.open('sqlite:///{tmp_path}/s.sqlite3').migrate()"
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": str(root), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
