"""The three full frames of a package, decoded from its own clip so that anyone can decode them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2

from detector.footage import FootageFile
from detector.source import Clip
from detector.vocabulary import Box, Frame, Pixels, TrailPoint, Violation
from models.errors import EvidenceError

JPEG_QUALITY = 95
GAP = timedelta(seconds=0.5)  # a vehicle not seen for longer has gone; a shorter gap is a missed box
EDGE_PX = 3.0  # a box this near to the picture's edge is of a vehicle that is leaving it
APART = timedelta(seconds=1)
"""How far before and after lie where the rule gives one moment only: UK practice shows 0.5 to 1 s (LAW.md §6)."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One full frame. `source_frame` counts the source's frames, None where they are not counted."""

    captured_at: datetime
    source_frame: int | None
    pixels: Pixels


def wanted_times(
    violation: Violation, trail: Sequence[TrailPoint], frame_size_wh: tuple[int, int]
) -> dict[str, datetime]:
    """When before, during and after are: the violation's own bounds, or a second away where they fall together.

    A rule may be certain only when the vehicle has left the picture: `after` is then the last time at which all of the
    vehicle was still to be seen (`trail`, in pixels of a frame of `frame_size_wh`).
    """
    during = violation.captured_at
    after = violation.to_at if violation.to_at > during else during + APART
    seen = [point for point in trail if during < point.captured_at <= after]
    whole = [point.captured_at for point in seen if _is_whole(point.box_xyxy, frame_size_wh)]
    in_sight = bool(seen) and _is_whole(seen[-1].box_xyxy, frame_size_wh) and after - seen[-1].captured_at <= GAP
    return {
        "before": violation.from_at if violation.from_at < during else during - APART,
        "during": during,
        "after": after if in_sight else max(whole, default=after),
    }


def _is_whole(box_xyxy: Box, frame_size_wh: tuple[int, int]) -> bool:
    x1, y1, x2, y2 = box_xyxy
    return min(x1, y1) > EDGE_PX and x2 < frame_size_wh[0] - EDGE_PX and y2 < frame_size_wh[1] - EDGE_PX


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
