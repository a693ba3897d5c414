"""What `watch` and other processes tell each other of a camera, in small files of HOME/watch.

watch ──tell──▶ CAMERA.suspended.json ──suspended──▶ /metrics, `phatnguoi camera clear`
`phatnguoi camera clear` ──clear──▶ CAMERA.cleared.json ──clearance──▶ watch
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from detector.camera import Camera
from models.errors import UserError

log = structlog.get_logger(__name__)

TELL_EVERY = timedelta(seconds=5)
STALE = timedelta(seconds=30)  # without a word for this long a camera is no longer watched: its process was killed


@dataclass(frozen=True, slots=True)
class Clearance:
    """An operator's word that a camera is right again, with this geometry."""

    camera_sha256: str
    at: str


class WatchBoard:
    """All cameras of one installation. Files are replaced as a whole: a reader never sees half of one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: dict[str, tuple[tuple[str, ...], datetime]] = {}

    def tell(self, camera_id: str, causes: tuple[str, ...], *, now: datetime) -> None:
        """The camera is watched, and suspended for `causes` (words of `Trouble`). Asked often, it writes seldom; where it
        cannot, the camera goes on."""
        before = self._told.get(camera_id)
        if before is not None and before[0] == causes and timedelta(0) <= now - before[1] < TELL_EVERY:
            return
        self._told[camera_id] = (causes, now)
        try:
            self._write(self._suspended_file(camera_id), {"causes": causes, "at": now.isoformat()})
        except OSError as error:
            log.warning("suspensions cannot be told", folder=str(self._folder), why=error.strerror)

    def forget(self, camera_id: str) -> None:
        """The camera is not watched any longer."""
        self._told.pop(camera_id, None)
        try:
            self._suspended_file(camera_id).unlink(missing_ok=True)
        except OSError as error:
            log.warning("suspensions cannot be told", folder=str(self._folder), why=error.strerror)

    def suspended(self, *, now: datetime) -> dict[str, tuple[str, ...]]:
        """The causes of suspensions of every camera that is watched now, by its id; a good camera has none."""
        return {
            path.name.removesuffix(_SUSPENDED): causes
            for path in sorted(self._folder.glob(f"*{_SUSPENDED}"))
            if (causes := _causes(path, now)) is not None
        }

    def clear(self, camera: Camera, *, now: datetime) -> None:
        """Ask the camera's `watch` to start its rules anew with this geometry. Raises UserError."""
        try:
            self._write(self._cleared_file(camera.id), {"camera_sha256": camera.sha256, "at": now.isoformat()})
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise UserError(what, where=str(self._folder), remedy="Check space and permissions.") from error

    def clearance(self, camera_id: str) -> Clearance | None:
        """The newest one of the camera, however old."""
        try:
            content = json.loads(self._cleared_file(camera_id).read_text(encoding="utf-8"))
            return Clearance(str(content["camera_sha256"]), str(content["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, path: Path, content: dict[str, object]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(path)

    def _suspended_file(self, camera_id: str) -> Path:
        return self._folder / f"{camera_id}{_SUSPENDED}"

    def _cleared_file(self, camera_id: str) -> Path:
        return self._folder / f"{camera_id}.cleared.json"


_SUSPENDED = ".suspended.json"


def _causes(path: Path, now: datetime) -> tuple[str, ...] | None:
    """None where the file is stale or cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        is_fresh = abs(now - datetime.fromisoformat(content["at"])) <= STALE
        return tuple(str(cause) for cause in content["causes"]) if is_fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
