"""The door of the camera file: YAML in, a Camera or one clear line per error (`file:line: key: what. remedy`) out."""

import difflib
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from detector.camera import ALL_CLASSES, Camera, ExitZone, Lane, Place, RuleName, Signal, SolidLine, StopLine, unit
from detector.camera_checks import NEEDS, Problem, problems, reference_path, reference_problems
from detector.camera_entries import ENTRIES, REMEDY, CameraEntry
from detector.ground import MeasuredPoint
from detector.reference import read_reference
from detector.vocabulary import Point
from detector.yaml_lines import Location, YamlLines
from models.errors import CameraFileError


def read_camera_file(path: Path) -> Camera:
    """The camera; raises the first CameraFileError in order of lines."""
    entry, errors = _read(path)
    if errors:
        first = errors[0]
        if len(errors) > 1:
            first.remedy = f"{first.remedy or ''} ({len(errors) - 1} more in this file.)".strip()
            raise CameraFileError(first.what, where=first.where, remedy=first.remedy)
        raise first
    assert entry is not None
    return _camera(entry, path.parent)


def check_camera_file(path: Path) -> list[CameraFileError]:
    """Every error of the file in order of lines; empty for a good one."""
    try:
        return _read(path)[1]
    except CameraFileError as unreadable:
        return [unreadable]


def _read(path: Path) -> tuple[CameraEntry | None, list[CameraFileError]]:
    document = YamlLines(path)
    if not isinstance(document.content, dict):
        what = "is empty" if document.content is None else "is not a list of keys and values"
        raise CameraFileError(what, where=str(path), remedy="A camera file needs at least `id` and `resolution`.")
    try:
        entry = CameraEntry.model_validate(document.content)
    except ValidationError as refused:
        return None, _in_line_order(document, _refusals(refused.errors()))
    return entry, _in_line_order(document, [*problems(entry), *reference_problems(entry, path.parent)])


def _in_line_order(document: YamlLines, problems: list[Problem]) -> list[CameraFileError]:
    placed = sorted(
        ((document.line(p.location), position, p) for position, p in enumerate(problems)), key=lambda row: row[:2]
    )
    return [CameraFileError(p.what, where=document.where(p.location), remedy=p.remedy) for _, _, p in placed]


def _refusals(errors: list[ErrorDetails]) -> list[Problem]:
    """A misspelt key is one problem, not an unknown key and a missing one."""
    meant = {(*error["loc"][:-1], _nearest_key(error["loc"])) for error in errors if error["type"] == "extra_forbidden"}
    return [_problem(error) for error in errors if not (error["type"] == "missing" and error["loc"] in meant)]


def _problem(error: ErrorDetails) -> Problem:
    """Pydantic's error in our words. Its input is never repeated where it could be a password."""
    location = error["loc"]
    kind = error["type"]
    if kind == "extra_forbidden":
        nearest_key = _nearest_key(location)
        remedy = (
            f"Did you mean {nearest_key}?" if nearest_key else f"Known keys here: {', '.join(_known_keys(location))}."
        )
        return Problem(location, "is not a key of a camera file", remedy)
    if kind == "missing":
        return Problem(location, "is missing", REMEDY.get(str(location[-1]), "Add it."))
    if kind == "enum":
        choices = error.get("ctx", {}).get("expected", "")
        known = [choice for choice in choices.replace(" or ", ", ").replace("'", "").split(", ") if choice != "unknown"]
        nearest = difflib.get_close_matches(str(error["input"]), known, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        return Problem(location, f"{error['input']!r} is not known here", f"Choose one of {', '.join(known)}.{hint}")
    if kind == "string_pattern_mismatch":
        return Problem(location, "has letters that a camera id cannot have", REMEDY["id"])
    message = error["msg"].removeprefix("Value error, ")
    return Problem(location, message[0].lower() + message[1:], REMEDY.get(str(location[0]), ""))


def _known_keys(location: Location) -> list[str]:
    model = CameraEntry if len(location) == 1 else ENTRIES.get(str(location[0]), CameraEntry)
    return list(model.model_fields)


def _nearest_key(location: Location) -> str | None:
    nearest = difflib.get_close_matches(str(location[-1]), _known_keys(location), n=1)
    return nearest[0] if nearest else None


def _camera(entry: CameraEntry, folder: Path) -> Camera:
    return Camera(
        id=entry.id,
        name=entry.name or entry.id,
        source=entry.source,
        place=Place(**entry.place.model_dump()) if entry.place else None,
        resolution_wh=entry.resolution,
        signals=tuple(Signal(s.name, s.lamp_box, frozenset(s.governs)) for s in entry.signals),
        stop_lines=tuple(StopLine(s.name, tuple(s.line), unit(s.direction)) for s in entry.stop_lines),
        movements=tuple(ExitZone(m.name, _open(m.exit)) for m in entry.movements),
        lanes=tuple(
            Lane(
                name=lane.name,
                polygon=_open(lane.polygon),
                direction=unit(lane.direction) if lane.direction else None,
                allowed=ALL_CLASSES if lane.allowed is None else frozenset(lane.allowed),
                arrows=frozenset(lane.arrows),
            )
            for lane in entry.lanes
        ),
        solid_lines=tuple(
            SolidLine(line.name, tuple(line.line), unit(line.free_direction) if line.free_direction else None)
            for line in entry.solid_lines
        ),
        ground_points=tuple(MeasuredPoint(point.pixel, point.metres) for point in entry.ground_points),
        reference=read_reference(reference_path(entry.reference, folder))[0] if entry.reference else None,
        rules=_rules(entry),
    )


def _open(points: list[Point]) -> tuple[Point, ...]:
    """The polygon without a repeated closing point."""
    return tuple(points[:-1] if points[0] == points[-1] else points)


def _rules(entry: CameraEntry) -> tuple[RuleName, ...]:
    """In one order whatever the file says; left out: every rule whose needs are met."""
    if entry.rules is None:
        return tuple(rule for rule in RuleName if NEEDS[rule].is_met(entry))
    return tuple(rule for rule in RuleName if rule in entry.rules)
