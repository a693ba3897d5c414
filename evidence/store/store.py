"""The store's door: opens SQLite or PostgreSQL, migrates, hands out transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from models.errors import StoreError

_BUSY_TIMEOUT_S = 30  # longer than any transaction of ours; a lock held longer is a fault worth an error
_MIGRATION_LOCK = 7_404_168_2024 % 2**31  # any fixed number: two starting processes must not migrate at once
_MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """Cases, accounts, ledger and audit log in one database.

    `session()` is one read-write transaction: committed when the block ends, rolled back when it raises. On SQLite it
    takes the single write lock at its beginning, so keep it short. `reading()` never writes and waits for no writer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def open(cls, url: str) -> "Store":
        """Open `sqlite:///PATH` or `postgresql+psycopg://…`. Raises StoreError for any other URL."""
        parsed = _parse(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite_engine(parsed))
        try:
            return cls(create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=10))
        except ModuleNotFoundError as error:
            raise StoreError(
                "PostgreSQL needs the psycopg driver", where=_shown(parsed), remedy="pip install 'phatnguoi[postgres]'"
            ) from error

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def migrate(self) -> None:
        """Bring the schema to this program's version; safe to call at every start and from several processes."""
        config = _alembic_config()
        with _refusals(self._engine.url), self._engine.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            self._refuse_newer_schema(connection, config)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _refuse_newer_schema(self, connection: Connection, config: Config) -> None:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
        if unknown:
            raise StoreError(
                f"the store has schema {', '.join(sorted(unknown))}, which this version does not know",
                where=_shown(self._engine.url),
                remedy="Install the version of phatnguoi that wrote it, or a newer one",
            )

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One read-write transaction."""
        with _refusals(self._engine.url), self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One read-only transaction, rolled back at its end."""
        with _refusals(self._engine.url), self._engine.connect() as plain:
            connection = plain.execution_options(phatnguoi_reading=True, postgresql_readonly=True)
            with Session(connection, expire_on_commit=False, autoflush=False) as session:
                yield session

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(
            "not a database URL", where="store", remedy="Use sqlite:///PATH or postgresql+psycopg://…"
        ) from error
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise StoreError(
        "this database is not supported", where=_shown(parsed), remedy="Use sqlite:///PATH or postgresql+psycopg://…"
    )


def _sqlite_engine(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of the store ({error.strerror})", where=str(path.parent)) from error
    # As many connections as a server has worker threads: none waits for another that only reads.
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S}, pool_size=20, max_overflow=40)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_S * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",  # a decision that was answered with "done" survives a power cut
            "foreign_keys=ON",
            "recursive_triggers=ON",  # else INSERT OR REPLACE deletes rows past the append-only triggers
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail at once when another wrote in between; taking the
        # write lock first makes it wait instead.
        reading = connection.get_execution_options().get("phatnguoi_reading", False)
        connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


@contextmanager
def _refusals(url: URL) -> Iterator[None]:
    """Turn what only the operator can mend (no server, disk full, locked, no schema) into one line."""
    try:
        yield
    except DBAPIError as error:
        name = type(error).__name__
        if name not in ("OperationalError", "DatabaseError", "InterfaceError"):
            raise
        reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else name
        raise StoreError(reason, where=_shown(url), remedy=_remedy(reason)) from error


def _remedy(reason: str) -> str:
    known = {
        "no such table": "Migrate the store first",
        "database or disk is full": "Free some disk space and try again",
        "database is locked": "Another program holds the store; close it and try again",
        "unable to open": "Check the folder and its permissions",
        "readonly": "Check the folder's permissions",
        "not a database": "Restore the file from a backup",
    }
    return next((remedy for key, remedy in known.items() if key in reason), "Check the database and try again")
