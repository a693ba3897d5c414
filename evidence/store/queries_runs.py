"""How far footage was processed: lets a second run skip what is done. Keyed by what decides the verdicts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from evidence.store.tables import FootageRunRow


class RunStatus(StrEnum):
    """`COMPLETE`: every frame was seen and every violation recorded."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunKey:
    """Same footage, same geometry, same settings (thresholds, weights, program): same verdicts."""

    source_sha256: str
    camera_sha256: str
    settings_sha256: str


@dataclass(frozen=True, slots=True)
class FootageRun:
    """Where a run stands."""

    key: RunKey
    status: RunStatus
    frames_done: int
    started_at: datetime
    updated_at: datetime


def find(session: Session, key: RunKey) -> FootageRun | None:
    """The run with this key."""
    row = session.get(FootageRunRow, _identity(key), populate_existing=True)
    if row is None:
        return None
    return FootageRun(key, RunStatus(row.status), row.frames_done, row.started_at, row.updated_at)


def begin(session: Session, key: RunKey, *, at: datetime) -> FootageRun:
    """Start the run, or go on with the one that was interrupted (its `frames_done` is kept)."""
    row = session.get(FootageRunRow, _identity(key), populate_existing=True)
    if row is None:
        row = FootageRunRow(
            source_sha256=key.source_sha256,
            camera_sha256=key.camera_sha256,
            settings_sha256=key.settings_sha256,
            frames_done=0,
            started_at=at,
        )
        session.add(row)
    row.status, row.updated_at = RunStatus.RUNNING.value, at
    session.flush()
    return FootageRun(key, RunStatus.RUNNING, row.frames_done, row.started_at, at)


def advance(session: Session, key: RunKey, *, status: RunStatus, frames_done: int, at: datetime) -> None:
    """Note how far the run has come and how it stands."""
    session.execute(
        update(FootageRunRow)
        .where(
            FootageRunRow.source_sha256 == key.source_sha256,
            FootageRunRow.camera_sha256 == key.camera_sha256,
            FootageRunRow.settings_sha256 == key.settings_sha256,
        )
        .values(status=status.value, frames_done=frames_done, updated_at=at)
    )


def _identity(key: RunKey) -> tuple[str, str, str]:
    return (key.source_sha256, key.camera_sha256, key.settings_sha256)
