"""The three full frames of a package, decoded from its own clip so that anyone can decode them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2

from detector.footage import FootageFile
from detector.source import Clip
from detector.vocabulary import Frame, Pixels, Violation
from models.errors import EvidenceError

JPEG_QUALITY = 95
APART = timedelta(seconds=1)
"""How far before and after lie where the rule gives one moment only: UK practice shows 0.5 to 1 s (LAW.md §6)."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One full frame. `source_frame` counts the source's frames, None where they are not counted."""

    captured_at: datetime
    source_frame: int | None
    pixels: Pixels


def wanted_times(violation: Violation) -> dict[str, datetime]:
    """When before, during and after are: the violation's own bounds, or a second away where they fall together."""
    during = violation.captured_at
    return {
        "before": violation.from_at if violation.from_at < during else during - APART,
        "during": during,
        "after": violation.to_at if violation.to_at > during else during + APART,
    }


def decode_stills(clip: Clip, times: Mapping[str, datetime]) -> dict[str, Still]:
    """For each wanted time the clip's nearest frame. Raises FootageError when the clip does not decode."""
    nearest: dict[str, Frame] = {}
    last_wanted = max(times.values())
    for frame in FootageFile(clip.path, start_at=clip.first_at).frames():
        for name, wanted in times.items():
            best = nearest.get(name)
            if best is None or abs(frame.captured_at - wanted) < abs(best.captured_at - wanted):
                nearest[name] = frame
        if frame.captured_at > last_wanted:
            break
    if not nearest:
        raise EvidenceError("the clip holds no picture", where=str(clip.path), remedy="Check the footage")
    first = clip.first_frame_index
    return {
        name: Still(frame.captured_at, None if first is None else first + frame.index, frame.pixels)
        for name, frame in nearest.items()
    }


def jpeg(pixels: Pixels) -> bytes:
    """A picture (height, width, 3) BGR as JPEG."""
    done, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {pixels.shape} cannot be coded as JPEG")
    return coded.tobytes()
