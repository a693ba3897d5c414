"""The camera: its geometry and what it may judge, read from one YAML file (DESIGN §8).

Values here are frozen; the Pydantic door that checks the file is `detector.camera_file`. All geometry is in pixels
of the camera's own `resolution_wh` (x right, y down); it is never scaled silently.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import yaml

from detector.ground import GroundPlane, MeasuredPoint
from detector.reference import Reference
from detector.vocabulary import Box, JsonValue, Movement, Point, VehicleClass

ALL_CLASSES = frozenset(VehicleClass)
UNIT_LENGTH_SLACK = 2e-6  # a unit vector rounded to 6 decimals is this close to length 1: it is not scaled again


class RuleName(StrEnum):
    """The rules a camera may judge by."""

    HELMET = "helmet"
    RED_LIGHT = "red_light"
    SOLID_LINE = "solid_line"
    WRONG_LANE = "wrong_lane"
    WRONG_WAY = "wrong_way"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the camera stands, as the notice prints it. Latitude and longitude in degrees (WGS 84)."""

    address: str | None = None
    commune: str | None = None
    province: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One lamp head: where it is seen and the movements it governs. `lamp_box` may reach over the picture's edge."""

    name: str
    lamp_box: Box
    governs: frozenset[Movement]


@dataclass(frozen=True, slots=True)
class StopLine:
    """A polyline of two or more points; `direction` is the unit vector of legal travel across it."""

    name: str
    points: tuple[Point, ...]
    direction: Point


@dataclass(frozen=True, slots=True)
class ExitZone:
    """Where a vehicle that makes this movement leaves the junction. A movement may have several zones."""

    movement: Movement
    polygon: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: `direction` is the unit vector of legal travel (None: not said), `allowed` the classes that may drive
    in it, `arrows` the movements painted on it (empty: no arrow, every movement)."""

    name: str
    polygon: tuple[Point, ...]
    direction: Point | None = None
    allowed: frozenset[VehicleClass] = ALL_CLASSES
    arrows: frozenset[Movement] = frozenset()


@dataclass(frozen=True, slots=True)
class SolidLine:
    """A painted line that may not be crossed, as a polyline; `free_direction` is the unit vector of the crossing that
    is allowed where the line is broken on one side (None: from neither)."""

    name: str
    points: tuple[Point, ...]
    free_direction: Point | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera. `source` may carry a password and is therefore left out of repr, `content` and the version."""

    id: str
    resolution_wh: tuple[int, int]
    name: str = ""
    source: str | None = field(default=None, repr=False)
    place: Place | None = None
    signals: tuple[Signal, ...] = ()
    stop_lines: tuple[StopLine, ...] = ()
    movements: tuple[ExitZone, ...] = ()
    lanes: tuple[Lane, ...] = ()
    solid_lines: tuple[SolidLine, ...] = ()
    ground_points: tuple[MeasuredPoint, ...] = ()
    reference: Reference | None = None
    rules: tuple[RuleName, ...] = ()

    @property
    def ground(self) -> GroundPlane | None:
        """The road in metres; None where it was not measured."""
        return GroundPlane.of(self.ground_points) if self.ground_points else None

    @property
    def sha256(self) -> str:
        """The geometry version: SHA-256 (hex) of everything that decides verdicts, in canonical JSON.

        Name, place and source are not in it: renaming a camera or changing its password changes no verdict.
        """
        canonical = json.dumps(_verdict_content(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def unit(vector: Point) -> Point:
    """The direction as a vector of length 1, to 6 decimals; scaling a result again gives the same result.

    Raises ValueError for a vector without length.
    """
    length = math.hypot(*vector)
    if length == 0:
        raise ValueError("a direction needs a length")
    if abs(length - 1) <= UNIT_LENGTH_SLACK:
        return (round(vector[0], 6) + 0.0, round(vector[1], 6) + 0.0)
    return (round(vector[0] / length, 6) + 0.0, round(vector[1] / length, 6) + 0.0)  # + 0.0 turns -0.0 into 0.0


def load_camera(path: Path) -> Camera:
    """The camera that the YAML file at `path` describes.

    Raises CameraFileError, `file:line: key: what. remedy`, for the first of its errors in order of lines;
    `check_camera_file` lists all of them.
    """
    from detector.camera_file import read_camera_file  # here: the door builds the values of this module

    return read_camera_file(path)


def dump_camera(camera: Camera) -> str:
    """The camera as YAML text; `load_camera` of it gives an equal camera. Carries `source` with its password."""
    lines = [_line("id", camera.id), _line("name", camera.name)]
    if camera.source is not None:
        lines.append(_line("source", camera.source))
    if camera.place is not None:
        place = {key: getattr(camera.place, key) for key in Place.__slots__}
        lines.append(_line("place", {key: value for key, value in place.items() if value is not None}))
    content = _verdict_content(camera)
    lines.append(_line("resolution", content["resolution"]))
    for key in ("signals", "stop_lines", "movements", "lanes", "solid_lines", "ground_points"):
        rows = content.get(key)
        if rows:
            lines.append(f"{key}:\n")
            lines.extend(f"  - {_flow(row)}\n" for row in rows)
    if camera.reference is not None:
        lines.append(_line("reference", str(camera.reference.path)))
    lines.append(_line("rules", content["rules"]))
    return "".join(lines)


def _verdict_content(camera: Camera) -> dict[str, list[JsonValue]]:
    """The keys and values of the camera file that decide verdicts, sets sorted and whole numbers as integers.

    The last three came later: cameras without them keep the version that sealed cases name. The reference picture is
    its content, wherever it lies."""
    later: dict[str, list[JsonValue]] = {
        "solid_lines": [_solid_line_content(line) for line in camera.solid_lines],
        "ground_points": [
            {"pixel": _numbers(point.pixel), "metres": _numbers(point.metres)} for point in camera.ground_points
        ],
        "reference": [camera.reference.sha256] if camera.reference else [],
    }
    return {
        "id": [camera.id],
        "resolution": list(camera.resolution_wh),
        "signals": [
            {"name": signal.name, "lamp_box": _numbers(signal.lamp_box), "governs": _names(signal.governs)}
            for signal in camera.signals
        ],
        "stop_lines": [
            {"name": line.name, "line": _points(line.points), "direction": _numbers(line.direction)}
            for line in camera.stop_lines
        ],
        "movements": [{"name": zone.movement.value, "exit": _points(zone.polygon)} for zone in camera.movements],
        "lanes": [_lane_content(lane) for lane in camera.lanes],
        "rules": [rule.value for rule in camera.rules],
        **{key: rows for key, rows in later.items() if rows},
    }


def _solid_line_content(line: SolidLine) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {"name": line.name, "line": _points(line.points)}
    if line.free_direction is not None:
        row["free_direction"] = _numbers(line.free_direction)
    return row


def _lane_content(lane: Lane) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {"name": lane.name, "polygon": _points(lane.polygon)}
    if lane.direction is not None:
        row["direction"] = _numbers(lane.direction)
    if lane.allowed != ALL_CLASSES:
        row["allowed"] = _names(lane.allowed)
    if lane.arrows:
        row["arrows"] = _names(lane.arrows)
    return row


def _numbers(values: Iterable[float]) -> list[JsonValue]:
    return [int(value) if value == int(value) else value for value in values]


def _points(points: Iterable[Point]) -> list[JsonValue]:
    return [_numbers(point) for point in points]


def _names(members: Iterable[StrEnum]) -> list[JsonValue]:
    return [*sorted(member.value for member in members)]


def _line(key: str, value: object) -> str:
    return f"{key}: {_flow(value)}\n"


def _flow(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf)
    return text.removesuffix("\n").removesuffix("\n...")
