"""Messages of signal controllers on disk: a log beside recorded footage, and the tail of what is being pushed.

A log has one JSON object a line, in order of time for each head: {"signal": "main", "phase": "red", "at": "2026-…+07:00"}.
A phase holds until the head's next line; the last one for a heartbeat only, so a log ends with a repetition.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from detector.recording import read_told
from detector.told import CLOCKS_APART_S, HEARTBEAT_S
from detector.vocabulary import Phase, SignalTold
from models.errors import UserError

log = structlog.get_logger(__name__)

LOG_BYTES_MAX = 32 * 2**20  # a day of a busy junction has some megabytes
HOLDS_MAX_S = 300.0  # no phase lasts longer without a word: the log has a hole
TAKE_BYTES_MAX = 64 * 1024  # of a live tail at one frame: some 400 messages, far more than a controller sends


class PhaseLogError(UserError):
    """A log of signal phases says what it may not say: `file:line: key: what. remedy`."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    signal: Annotated[str, Field(min_length=1, max_length=100)]
    phase: Literal[Phase.RED, Phase.YELLOW, Phase.GREEN, Phase.OFF]
    at: AwareDatetime


class PhaseLog:
    """A whole log, read once: a `PhaseSource` for recorded footage. `sha256` is that of the file."""

    def __init__(self, path: Path, signals: Iterable[str]) -> None:
        """Raises PhaseLogError for a file that cannot be read, and for the first line that says what it may not."""
        content = _content(path)
        self.name = path.name
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._told = _told(path, content, tuple(signals))
        self._taken = 0

    def take(self, at: datetime) -> tuple[SignalTold, ...]:
        """See `PhaseSource.take`: messages are at hand when their phase begins."""
        first = self._taken
        while self._taken < len(self._told) and self._told[self._taken].at <= at:
            self._taken += 1
        return self._told[first : self._taken]

    def versions(self) -> Mapping[str, str]:
        """See `PhaseSource.versions`."""
        return {"phases": self.sha256}

    def anew(self) -> "PhaseLog":
        """The log for another run: from its beginning."""
        other = object.__new__(PhaseLog)
        other.name, other.sha256, other._told, other._taken = self.name, self.sha256, self._told, 0
        return other


class LivePhases:
    """The tail of a file that the API appends to: a `PhaseSource` for live cameras. Begins with what comes next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._open(at_end=True)

    def take(self, at: datetime) -> tuple[SignalTold, ...]:
        """See `PhaseSource.take`: everything that has arrived."""
        lines = self._new_lines()
        if self._was_replaced():
            self._open(at_end=False)
            lines += self._new_lines()
        return tuple(told for line in lines if (told := _read(line)) is not None)

    def versions(self) -> Mapping[str, str]:
        """See `PhaseSource.versions`: what is pushed stands in the observations themselves."""
        return {}

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()
            self._file = None

    def _open(self, *, at_end: bool) -> None:
        self.close()
        try:
            self._file = self._path.open("rb")
            self._file.seek(0, 2 if at_end else 0)
        except OSError:
            self._file = None  # nothing was pushed yet

    def _new_lines(self) -> list[bytes]:
        """Whole lines only: one that is being written waits for the next frame."""
        if self._file is None:
            return []
        start = self._file.tell()
        content = self._file.read(TAKE_BYTES_MAX)
        whole = content[: content.rfind(b"\n") + 1]
        self._file.seek(start + len(whole))
        return whole.splitlines()

    def _was_replaced(self) -> bool:
        """Whether the file was begun anew, or begun at all, since it was opened."""
        try:
            there = self._path.stat()
        except OSError:
            return False
        if self._file is None:
            return True
        here = os.fstat(self._file.fileno())
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


def _read(line: bytes) -> SignalTold | None:
    try:
        return read_told(json.loads(line))
    except (ValueError, TypeError):
        log.warning("a pushed signal phase cannot be read", line=line[:200].decode(errors="replace"))
        return None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LOG_BYTES_MAX + 1)
    except OSError as failure:
        raise PhaseLogError(
            f"cannot be read: {failure.strerror}", where=str(path), remedy="Check the path and its permissions."
        ) from failure
    if len(content) > LOG_BYTES_MAX:
        raise PhaseLogError(
            f"has more than {LOG_BYTES_MAX // 2**20} MiB", where=str(path), remedy="Cut out the time of the footage."
        )
    return content


def _told(path: Path, content: bytes, signals: tuple[str, ...]) -> tuple[SignalTold, ...]:
    lines = [
        (number, _line(f"{path}:{number}", text, signals))
        for number, text in enumerate(content.splitlines(), 1)
        if text.strip()
    ]
    told: list[SignalTold] = []
    following: dict[str, tuple[int, datetime]] = {}
    for number, line in reversed(lines):
        next_number, next_at = following.get(line.signal, (number, line.at + timedelta(seconds=HEARTBEAT_S)))
        if next_at < line.at:
            raise PhaseLogError(
                f"time goes backwards: line {number} said {line.at.isoformat()} of `{line.signal}` before",
                where=f"{path}:{next_number}: at",
                remedy="Sort the lines of each signal by time.",
            )
        holds_until = min(next_at, line.at + timedelta(seconds=HOLDS_MAX_S))
        told.append(SignalTold(line.signal, Phase(line.phase), line.at, holds_until, CLOCKS_APART_S))
        following[line.signal] = (number, line.at)
    return tuple(sorted(told, key=lambda one: (one.at, one.signal)))


def _line(where: str, text: bytes, signals: tuple[str, ...]) -> _Line:
    try:
        line = _Line.model_validate_json(text)
    except ValidationError as refused:
        first = refused.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise PhaseLogError(
            f"{first['msg'][0].lower()}{first['msg'][1:]}",
            where=f"{where}: {key}" if key else where,
            remedy='Write {"signal": "main", "phase": "red", "at": "2026-11-20T07:30:00+07:00"}.',
        ) from None
    if line.signal not in signals:
        known = ", ".join(signals) or "none"
        raise PhaseLogError(
            f"`{line.signal}` is no signal of the camera", where=f"{where}: signal", remedy=f"Its signals: {known}."
        )
    return line
