"""Observations on disk: one JSON line each, so that rules run again without a model, and a broken run goes on.

The first line says what the observations depend on: the footage, its start, the camera file and the weights. A file
made from anything else is not used. Lines are only ever appended; a crash can tear the last one, which is dropped.
"""

import contextlib
import fcntl
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from detector.precision import rounded
from detector.vocabulary import (
    Box,
    Detection,
    Frame,
    Head,
    LampReading,
    Observation,
    Phase,
    PictureCheck,
    SignalTold,
    VehicleClass,
)
from models.errors import FootageError

SCHEMA = 2


class Observing(Protocol):
    """Whoever turns frames into observations, in order of time."""

    def is_due(self, captured_at: datetime) -> bool:
        """Whether a frame of this time is worth looking at, or too close to the last one."""

    def observe(self, frame: Frame) -> Observation:
        """What is seen in the frame."""

    def follow(self, frame: Frame, observation: Observation) -> None:
        """Take note of a frame whose observation is known already, so that what is carried from frame to frame (the
        last picture, when heads were last looked for) is the same as if it had been observed here."""


@dataclass(frozen=True, slots=True)
class RecordingHeader:
    """What the observations depend on. `source` is the SHA-256 of the file (or a stream's address); `weights` maps
    each network, and every setting of the observer that changes what it says, to its hash or value."""

    source: str
    started_at: str
    camera_sha256: str
    weights: Mapping[str, str]


def write_observation(observation: Observation) -> str:
    """One JSON line (without its end) that `read_observation` turns into an equal observation."""
    row = {
        "frame": observation.frame_index,
        "at": observation.captured_at.isoformat(),
        "size": observation.frame_size_wh,
        "cut": observation.is_cut,
        "vehicles": [
            [d.vehicle_class, d.confidence, d.box_xyxy, None if d.heads is None else [_head_row(h) for h in d.heads]]
            for d in observation.detections
        ],
        "lamps": [[lamp.signal, lamp.phase, lamp.confidence] for lamp in observation.lamps],
        "told": [told_row(told) for told in observation.told],
        "repeat": observation.is_repeat,
        "clock_offset_s": observation.clock_offset_s,
        "check": None if observation.check is None else asdict(observation.check),
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_observation(line: str) -> Observation:
    """The observation of one line. Raises ValueError for a line that is not one, torn ones among them."""
    try:
        row = json.loads(line)
        width, height = row["size"]
        return Observation(
            frame_index=row["frame"],
            captured_at=datetime.fromisoformat(row["at"]),
            frame_size_wh=(width, height),
            detections=tuple(
                Detection(
                    VehicleClass(name), confidence, _box(box), None if heads is None else tuple(map(_head, heads))
                )
                for name, confidence, box, heads in row["vehicles"]
            ),
            lamps=tuple(LampReading(name, Phase(phase), confidence) for name, phase, confidence in row["lamps"]),
            is_cut=row["cut"],
            told=tuple(read_told(told) for told in row.get("told", ())),
            is_repeat=row["repeat"],
            clock_offset_s=row["clock_offset_s"],
            check=None if row["check"] is None else PictureCheck(**row["check"]),
        )
    except (KeyError, TypeError, IndexError) as wrong:
        raise ValueError(f"not an observation: {wrong}") from wrong


def told_row(told: SignalTold) -> list[object]:
    """What a controller said, as JSON."""
    return [told.signal, told.phase, told.at.isoformat(), told.holds_until.isoformat(), told.uncertain_s]


def read_told(row: list[object]) -> SignalTold:
    """What `told_row` wrote. Raises ValueError or TypeError for anything else."""
    signal, phase, at, holds_until, uncertain_s = row
    times = (datetime.fromisoformat(str(at)), datetime.fromisoformat(str(holds_until)))
    if any(moment.utcoffset() is None for moment in times):
        raise ValueError("a time without a zone")
    return SignalTold(str(signal), Phase(str(phase)), *times, float(str(uncertain_s)))


def read_observations(path: Path) -> Iterator[Observation]:
    """Every whole observation of a recording, to its end or to the first torn line, whatever its header says.

    Raises FootageError for a file that cannot be read or is not a recording.
    """
    try:
        with path.open("rb") as file:
            if _header_of(file.readline()) is None:
                raise FootageError(
                    f"is not a recording of schema {SCHEMA}",
                    where=str(path),
                    remedy="Run `process` on the footage again.",
                )
            while (observation := _whole(file.readline())) is not None:
                yield observation
    except OSError as failure:
        raise FootageError(
            f"cannot be read: {failure.strerror}", where=str(path), remedy="Check the path and its permissions."
        ) from failure


class Recorded:
    """An observer that remembers: frames whose observation is on disk are not inferred again.

    `started_anew` says why an existing file was not used, or is None. Close it (or use `with`); it locks its file.
    """

    def __init__(self, path: Path, inner: Observing, header: RecordingHeader) -> None:
        self.path = path
        self.started_anew: str | None = None
        self._inner = inner
        self._remembered = 0
        self._reading = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("a+b")
            self._lock()
            self._begin(header)
        except OSError as failure:
            raise self._unwritable(failure) from failure

    @property
    def remembered(self) -> int:
        """How many frames were answered from disk."""
        return self._remembered

    def is_due(self, captured_at: datetime) -> bool:
        return self._inner.is_due(captured_at)

    def follow(self, frame: Frame, observation: Observation) -> None:
        self._inner.follow(frame, observation)

    def observe(self, frame: Frame) -> Observation:
        """The observation of the next frame, from disk or from `inner`. Frames come in the order of the recording.

        Raises FootageError if it cannot be written (full disk); what was written before stays.
        """
        recalled = self._recall(frame) if self._reading else None
        if recalled is not None:
            self._remembered += 1
            self._inner.follow(frame, recalled)
            return recalled
        observation = rounded(self._inner.observe(frame))
        try:
            self._file.write(write_observation(observation).encode() + b"\n")
            self._file.flush()
        except OSError as failure:
            raise self._unwritable(failure) from failure
        return observation

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise FootageError(
                "is in use by another run", where=str(self.path), remedy="Wait for it to end, or stop it."
            ) from None

    def _begin(self, header: RecordingHeader) -> None:
        """Stands behind a fitting header, or starts the file anew with one."""
        self._file.seek(0)
        first = self._file.readline()
        found = _header_of(first)
        if found == header:
            return
        if first:
            self.started_anew = _difference(found, header)
        self._file.truncate(0)
        self._file.write(json.dumps({"schema": SCHEMA, **asdict(header)}, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        self._reading = False

    def _recall(self, frame: Frame) -> Observation | None:
        """The remembered observation of this frame; from the first missing, torn or foreign line on, None."""
        at = self._file.tell()
        observation = _whole(self._file.readline())
        if observation and (observation.frame_index, observation.captured_at) == (frame.index, frame.captured_at):
            return observation
        self._reading = False
        self._file.truncate(at)  # opened for appending: writing goes on here
        return None

    def _unwritable(self, failure: OSError) -> FootageError:
        with contextlib.suppress(OSError, AttributeError):  # what could not be written cannot be flushed either
            self._file.close()
        return FootageError(
            f"cannot be written: {failure.strerror}",
            where=str(self.path),
            remedy="Check the free space and permissions, then run again: it goes on where it stopped.",
        )


def _header_of(line: bytes) -> RecordingHeader | None:
    try:
        row = json.loads(line)
        if row.pop("schema") != SCHEMA or not line.endswith(b"\n"):
            return None
        return RecordingHeader(**row)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _difference(found: RecordingHeader | None, wanted: RecordingHeader) -> str:
    if found is None:
        return f"the file was not a recording of schema {SCHEMA}"
    names = [name for name in RecordingHeader.__slots__ if getattr(found, name) != getattr(wanted, name)]
    return f"it was made with another {', '.join(names)}"


def _whole(line: bytes) -> Observation | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return read_observation(line.decode())
    except ValueError:
        return None


def _head_row(head: Head) -> list[object]:
    return [head.has_helmet, head.confidence, head.box_xyxy]


def _head(row: list[object]) -> Head:
    has_helmet, confidence, box = row
    return Head(bool(has_helmet), float(str(confidence)), _box(box))


def _box(row: object) -> Box:
    if not isinstance(row, list) or len(row) != 4:
        raise TypeError("a box has four numbers")
    x1, y1, x2, y2 = row
    return (float(x1), float(y1), float(x2), float(y2))
