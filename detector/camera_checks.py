"""What types cannot say: geometry that means nothing, names said twice, rules without what they need."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from shapely import LineString, Polygon
from shapely.validation import explain_validity

from detector.camera import ALL_CLASSES, Camera, RuleName
from detector.camera_entries import REMEDY, CameraEntry, SignalEntry, SolidLineEntry, StopLineEntry
from detector.ground import GroundPlane, MeasuredPoint
from detector.reference import DRAW_ANEW, read_reference
from detector.view import AGREEING_MIN, view_of
from detector.vocabulary import Movement, Point
from detector.yaml_lines import Location
from models.errors import CameraFileError

ALONG_THE_LINE_SINE = 0.1  # closer than about 6° to the line, "across it" cannot be told from "along it"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a location of the file."""

    location: Location
    what: str
    remedy: str


class Need(NamedTuple):
    """What a rule needs of the file, in words and as a test."""

    words: str
    is_met: Callable[[CameraEntry], bool]


NEEDS = {
    RuleName.HELMET: Need("nothing", lambda entry: True),
    RuleName.RED_LIGHT: Need("`signals` and `stop_lines`", lambda entry: bool(entry.signals and entry.stop_lines)),
    RuleName.SOLID_LINE: Need("`solid_lines`", lambda entry: bool(entry.solid_lines)),
    RuleName.WRONG_LANE: Need(
        "`lanes` with `allowed` or `arrows`",
        lambda entry: any(lane.arrows or (lane.allowed and ALL_CLASSES - {*lane.allowed}) for lane in entry.lanes),
    ),
    RuleName.WRONG_WAY: Need(
        "`lanes` with `direction`", lambda entry: any(lane.direction is not None for lane in entry.lanes)
    ),
}


def problems(entry: CameraEntry) -> Iterator[Problem]:
    """What types cannot say: geometry, names, and what each rule needs."""
    yield from _source_problems(entry)
    yield from _repeated_names(entry)
    for i, signal in enumerate(entry.signals):
        yield from _lamp_problems(signal, entry.resolution, ("signals", i))
    for i, line in enumerate(entry.stop_lines):
        yield from _stop_line_problems(line, entry.resolution, ("stop_lines", i))
    for i, painted in enumerate(entry.solid_lines):
        yield from _solid_line_problems(painted, entry.resolution, ("solid_lines", i))
    yield from _ground_problems(entry)
    for i, movement in enumerate(entry.movements):
        yield from _movement_problems([movement.name], ("movements", i, "name"))
        yield from _polygon_problems(movement.exit, entry.resolution, ("movements", i, "exit"))
    for i, lane in enumerate(entry.lanes):
        yield from _polygon_problems(lane.polygon, entry.resolution, ("lanes", i, "polygon"))
        yield from _movement_problems(lane.arrows, ("lanes", i, "arrows"))
        if lane.direction is not None:
            yield from _direction_problems(lane.direction, ("lanes", i, "direction"))
    yield from _rule_problems(entry)


def reference_path(written: str, folder: Path) -> Path:
    """Where the reference picture lies: beside the camera file in `folder`, or at a path of its own."""
    return (folder / written).absolute()


def reference_problems(entry: CameraEntry, folder: Path) -> Iterator[Problem]:
    """A reference picture that cannot be read, is of another size, or shows nothing to recognise a view by."""
    if entry.reference is None:
        return
    try:
        _, pixels = read_reference(reference_path(entry.reference, folder))
    except CameraFileError as wrong:
        yield Problem(("reference",), wrong.what, wrong.remedy or "")
        return
    size_wh = (pixels.shape[1], pixels.shape[0])
    if size_wh != entry.resolution:
        what = f"is a picture of {size_wh[0]}×{size_wh[1]} pixels, the camera's have {entry.resolution[0]}×{entry.resolution[1]}"
        yield Problem(("reference",), what, DRAW_ANEW)
    elif view_of(pixels, Camera(entry.id, entry.resolution)).corners < AGREEING_MIN:
        yield Problem(("reference",), "shows too little to recognise a view by", DRAW_ANEW)


def _source_problems(entry: CameraEntry) -> Iterator[Problem]:
    if entry.source is not None:
        try:
            parts = urlsplit(entry.source)
            good = parts.scheme in {"rtsp", "rtsps"} and bool(parts.hostname)
        except ValueError:
            good = False
        if not good:
            yield Problem(("source",), "is not the address of an RTSP stream", REMEDY["source"])


def _repeated_names(entry: CameraEntry) -> Iterator[Problem]:
    """Movements may repeat: two exits of one movement are two zones."""
    rows = {
        "signals": [signal.name for signal in entry.signals],
        "stop_lines": [line.name for line in entry.stop_lines],
        "lanes": [lane.name for lane in entry.lanes],
        "solid_lines": [line.name for line in entry.solid_lines],
    }
    for key, names in rows.items():
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Problem((key, i, "name"), f"{name!r} names two of the {key}", "Give each its own name.")


def _lamp_problems(signal: SignalEntry, size_wh: tuple[int, int], at: tuple[str, int]) -> Iterator[Problem]:
    x1, y1, x2, y2 = signal.lamp_box
    if x1 >= x2 or y1 >= y2:
        yield Problem((*at, "lamp_box"), "has no area: it needs x1 < x2 and y1 < y2", REMEDY["lamp_box"])
    elif x2 <= 0 or y2 <= 0 or x1 >= size_wh[0] or y1 >= size_wh[1]:
        yield Problem(
            (*at, "lamp_box"),
            f"lies outside the picture of {size_wh[0]}×{size_wh[1]} pixels",
            "It may be cut by the edge, but part of the lamp must be seen.",
        )
    yield from _movement_problems(signal.governs, (*at, "governs"))


def _movement_problems(movements: list[Movement], at: Location) -> Iterator[Problem]:
    if Movement.UNKNOWN in movements:
        yield Problem(at, "'unknown' is not a movement", "Choose one of straight, left, right, u_turn.")


def _stop_line_problems(line: StopLineEntry, size_wh: tuple[int, int], at: tuple[str, int]) -> Iterator[Problem]:
    yield from _polyline_problems(line.line, size_wh, (*at, "line"))
    yield from _direction_problems(line.direction, (*at, "direction"))
    if _runs_along(line.direction, line.line):
        yield Problem((*at, "direction"), "runs along the stop line", "It must point across, the way vehicles drive.")


def _solid_line_problems(line: SolidLineEntry, size_wh: tuple[int, int], at: tuple[str, int]) -> Iterator[Problem]:
    yield from _polyline_problems(line.line, size_wh, (*at, "line"))
    if line.free_direction is None:
        return
    yield from _direction_problems(line.free_direction, (*at, "free_direction"))
    if _runs_along(line.free_direction, line.line):
        remedy = "It must point across, from the broken side to the solid one."
        yield Problem((*at, "free_direction"), "runs along the line", remedy)


def _polyline_problems(points: list[Point], size_wh: tuple[int, int], at: Location) -> Iterator[Problem]:
    yield from _outside_problems(points, size_wh, at)
    if any(a == b for a, b in pairwise(points)):
        yield Problem(at, "has a piece without length", "Remove the repeated point.")
    elif not LineString(points).is_simple:
        yield Problem(at, "crosses itself", "List its points from one end to the other.")


def _runs_along(direction: Point, points: list[Point]) -> bool:
    (ax, ay), (bx, by) = points[0], points[-1]
    dx, dy = direction
    lengths = math.hypot(bx - ax, by - ay) * math.hypot(dx, dy)
    return lengths > 0 and abs((bx - ax) * dy - (by - ay) * dx) < ALONG_THE_LINE_SINE * lengths


def _direction_problems(direction: Point, at: Location) -> Iterator[Problem]:
    if math.hypot(*direction) == 0:
        yield Problem(at, "has no length", REMEDY["direction"])


def _polygon_problems(points: list[Point], size_wh: tuple[int, int], at: Location) -> Iterator[Problem]:
    yield from _outside_problems(points, size_wh, at)
    polygon = Polygon(points)
    if polygon.area == 0 and len({*points}) < 3:
        yield Problem(at, "has fewer than three different points", "List the corners in order.")
    elif not polygon.is_valid:
        why = explain_validity(polygon)
        place = why[why.find("[") :].replace(" ", ", ") if "[" in why else ""
        what = f"crosses itself near {place}" if place else "crosses itself"
        yield Problem(at, what, "List the corners in order, once round the area.")


def _outside_problems(points: list[Point], size_wh: tuple[int, int], at: Location) -> Iterator[Problem]:
    """Points on the border itself are inside: polygons that end at the picture's edge are drawn so."""
    width, height = size_wh
    for i, (x, y) in enumerate(points):
        if not (0 <= x <= width and 0 <= y <= height):
            yield Problem(
                (*at, i),
                f"[{x:g}, {y:g}] lies outside the picture of {width}×{height} pixels",
                "Move the point into the picture, or correct `resolution`.",
            )


def _ground_problems(entry: CameraEntry) -> Iterator[Problem]:
    for i, point in enumerate(entry.ground_points):
        yield from _outside_problems([point.pixel], entry.resolution, ("ground_points", i, "pixel"))
    if entry.ground_points:
        try:
            GroundPlane.of([MeasuredPoint(point.pixel, point.metres) for point in entry.ground_points])
        except ValueError as wrong:
            remedy = "Measure four points of the road that no line joins in threes, in the order they are seen."
            yield Problem(("ground_points",), str(wrong), remedy)


def _rule_problems(entry: CameraEntry) -> Iterator[Problem]:
    for i, rule in enumerate(entry.rules or []):
        if not NEEDS[rule].is_met(entry):
            yield Problem(
                ("rules", i),
                f"{rule} needs {NEEDS[rule].words}, which this file has not",
                f"Add them or remove {rule}.",
            )
        if rule in (entry.rules or [])[:i]:
            yield Problem(("rules", i), f"{rule} is listed twice", "Keep one of the two.")
