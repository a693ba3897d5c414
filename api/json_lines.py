"""JSON lines as other programs read them (DESIGN §8). The keys and their order are a promise."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from detector.vocabulary import Box, Detection, JsonValue, Violation
from models.errors import UserError
from ocr.reading import PlateReading


class LineSink(Protocol):
    """Takes one JSON value a line."""

    def __call__(self, line: Mapping[str, JsonValue]) -> None:
        """Write one line."""


@contextmanager
def json_lines(target: str | None) -> Iterator[LineSink]:
    """A sink for FILE, `-` (standard output) or None (nothing is written). Every line is flushed at once.

    Raises:
        UserError: the file cannot be written (also later, when the disk is full).
    """
    if target is None:
        yield lambda line: None
        return
    if target == "-":

        def to_stdout(line: Mapping[str, JsonValue]) -> None:
            sys.stdout.write(encode(line) + "\n")
            sys.stdout.flush()

        yield to_stdout
        return
    try:
        with Path(target).open("w", encoding="utf-8") as file:

            def to_file(line: Mapping[str, JsonValue]) -> None:
                file.write(encode(line) + "\n")
                file.flush()

            yield to_file
    except OSError as error:
        raise UserError(
            f"cannot write JSON lines: {error.strerror}", where=target, remedy="Choose another file or free some space."
        ) from error


def encode(line: Mapping[str, JsonValue]) -> str:
    """One line: keys in the given order, letters as they are, no spaces to spare."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def time_text(at: datetime) -> str:
    """UTC with milliseconds, e.g. 2026-11-22T00:30:00.040Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def violation_line(violation: Violation, reading: PlateReading | None) -> dict[str, JsonValue]:
    """One violation as `process --jsonl` prints it."""
    return {
        "code": violation.code,
        "rule": violation.rule,
        "track_id": violation.track_id,
        "vehicle_class": violation.vehicle_class.value,
        "captured_at": time_text(violation.captured_at),
        "frame": violation.frame,
        "from_frame": violation.from_frame,
        "to_frame": violation.to_frame,
        "box": box_list(violation.box_xyxy),
        "movement": violation.movement.value,
        "signal_phase": violation.signal_phase.value if violation.signal_phase else None,
        "plate": reading_line(reading) if reading else None,
        "certainty": violation.certainty.value,
        "facts": dict(violation.facts),
    }


def reading_line(reading: PlateReading) -> dict[str, JsonValue]:
    """A plate reading; the text has no separators."""
    return {
        "text": reading.text,
        "status": reading.status.value,
        "confidence": round(reading.confidence, 4),
        "char_confidences": [round(value, 4) for value in reading.char_confidences],
        "lines": reading.lines,
    }


def detection_lines(detections: tuple[Detection, ...]) -> list[JsonValue]:
    """Vehicles, and the heads found on them, as `detect` prints them."""
    rows: list[JsonValue] = []
    for detection in detections:
        rows.append(_row(detection.vehicle_class.value, detection.confidence, detection.box_xyxy))
        rows.extend(
            _row("helmet" if head.has_helmet else "no_helmet", head.confidence, head.box_xyxy)
            for head in detection.heads or ()
        )
    return rows


def _row(label: str, confidence: float, box: Box) -> JsonValue:
    return {"label": label, "confidence": confidence, "box": box_list(box)}


def box_list(box: Box) -> list[JsonValue]:
    """A box as JSON: [x1, y1, x2, y2] in pixels of the frame, to a hundredth."""
    return [round(float(side), 2) for side in box]
