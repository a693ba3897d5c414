"""What really happened in a clip, as a truth file tells it.

A truth file `NAME.truth.json` stands beside `NAME.mp4` and its camera file `NAME.yaml`. It names what a careful person
saw: `vehicles` (all that pass the stop line or stand on it: `cross_frame`, `box_at_cross`, `violation`, `helmets`),
`motorcycles` (helmet clips: when and where seen, `helmets`; drawn clips also tell `places`, [frame, box] each) and
`other_violations` (`type`, `frames`, `box`). Entries marked doubtful are neither hits nor misses. Frames count decoded
pictures from 0, boxes are (x1, y1, x2, y2) in pixels.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.geometry import iou
from detector.vocabulary import Box
from models.errors import FootageError

HELMET = "HELMET"
HELMET_OF = " helmet"
CODES = {
    "red_light": "RED_LIGHT",
    "stop_over_line": "STOP_OVER_LINE",
    "solid_line": "SOLID_LINE",
    "wrong_lane": "WRONG_LANE",
    "wrong_way": "WRONG_WAY",
    "no_helmet": HELMET,
}
TIME_SLACK_S = 0.7  # a crossing seen this much earlier or later is the same crossing
OVERLAP_MIN = 0.3  # of boxes of one vehicle, one of them drawn by eye
RIDERS_SLACK_S = 3.0  # heads of a listed vehicle are judged this long before and after it passes the line


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One thing that happened: `code` as in violations (both helmet codes are `HELMET`), somewhere in the frames from
    `first_frame` to `last_frame`; `box` where the vehicle was in one of them. `happened`: False for what was looked at
    and was lawful, None for what the eye could not tell. `tolerance_frames`: how exactly the frame of a crossing is known.
    `also`: further boxes of it in those frames. `places`: (frame, box) of where it was all the time, where that is known."""

    name: str
    code: str
    first_frame: int
    last_frame: int
    box: Box
    happened: bool | None
    tolerance_frames: int = 0
    also: tuple[Box, ...] = ()
    places: tuple[tuple[int, Box], ...] = ()

    @property
    def middle_frame(self) -> int:
        """Of a crossing: the frame in which it was seen."""
        return (self.first_frame + self.last_frame) // 2


@dataclass(frozen=True, slots=True)
class Truth:
    """A clip's truth. `lists_all_riders`: helmets were judged on every motorcycle, not only on those at the line."""

    fps: float
    events: tuple[TrueEvent, ...]
    lists_all_riders: bool


def read_truth(clip: Path) -> Truth:
    """The truth beside a clip. Raises FootageError where there is none or it cannot be read."""
    path = clip.with_suffix(".truth.json")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        fps = float(told["fps"])
        riders = list(_rider_events(told.get("motorcycles", [])))
        named = _names(told.get("other_violations", []))
        vehicles = list(_vehicle_events(told.get("vehicles", []), fps))
        road_users = [*_once(vehicles, {event.name for event in riders}), *riders]
        listed = [event for event in road_users if not (event.happened and (_who(event), event.code) in named)]
        others = list(_other_events(told.get("other_violations", []), told.get("vehicles", []), road_users))
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise FootageError(
            f"is not a truth file: {failure!r}", where=str(path), remedy="See sample_videos for an example."
        ) from failure
    return Truth(fps, tuple(_together(listed, others)), lists_all_riders="motorcycles" in told)


def _vehicle_events(vehicles: Sequence[Mapping[str, Any]], fps: float) -> Iterator[TrueEvent]:
    for vehicle in vehicles:
        frame = vehicle["cross_frame"]
        box = _box(vehicle["box_at_cross"])
        sure = vehicle["certainty"] == "sure"
        tolerance = vehicle.get("cross_frame_tolerance") or 0
        slack = round(TIME_SLACK_S * fps) + tolerance
        code = CODES.get(vehicle["violation"], "RED_LIGHT")
        bare = _is_any_bare(vehicle["helmets"], sure=sure)
        if frame is None:
            here = vehicle.get("box_frame", 0)
            happened = None if vehicle["violation"] != "none" or not sure else False
            yield TrueEvent(vehicle["id"], code, here, here, box, happened)
            heads_from, heads_to = 0, here
        else:
            broken = vehicle["violation"] != "none"
            happened = broken if sure else None
            yield TrueEvent(vehicle["id"], code, frame - slack, frame + slack, box, happened, tolerance)
            around = round(RIDERS_SLACK_S * fps)
            heads_from, heads_to = frame - around, frame + around
        if vehicle["class"] == "motorcycle":
            yield TrueEvent(f"{vehicle['id']}{HELMET_OF}", HELMET, heads_from, heads_to, box, bare)


def _rider_events(motorcycles: Sequence[Mapping[str, Any]]) -> Iterator[TrueEvent]:
    for seen in motorcycles:
        bare = _is_any_bare(seen["helmets"], sure=seen["certainty"] == "sure")
        first, last, box = seen["first_frame"], seen["last_frame"], _box(seen["box_at_best"])
        places = tuple((int(frame), _box(place)) for frame, place in seen.get("places", ()))
        yield TrueEvent(seen["id"], HELMET, first, last, box, bare, places=places)


def _other_events(
    others: Sequence[Mapping[str, Any]], vehicles: Sequence[Mapping[str, Any]], road_users: Sequence[TrueEvent]
) -> Iterator[TrueEvent]:
    """Standing over the line before running the light is part of it: one vehicle gets one of the two codes. Where the same
    vehicle was boxed among `road_users` too, that box is also its."""
    part_of_run = [
        vehicle["stood_over_line"]
        for vehicle in vehicles
        if vehicle.get("stood_over_line") and vehicle["violation"] == "red_light"
    ]
    for number, other in enumerate(others, 1):
        first, last = other["frames"]
        absorbed = other["type"] == "stop_over_line" and other["frames"] in part_of_run
        happened = None if absorbed or other["certainty"] != "sure" else True
        code = CODES[other["type"]]
        also = tuple(event.box for event in road_users if (_who(event), event.code) == (other.get("id"), code))
        yield TrueEvent(f"{other['type']} {number}", code, first, last, _box(other["box"]), happened, also=also)


def _who(event: TrueEvent) -> str:
    return event.name.removesuffix(HELMET_OF)


def _is_any_bare(helmets: Sequence[str], *, sure: bool) -> bool | None:
    if not sure or "unclear" in helmets or not helmets:
        return None
    return "no" in helmets


def _once(vehicles: Iterable[TrueEvent], riders: set[str]) -> list[TrueEvent]:
    """Without the helmets of vehicles whose riders are listed among the motorcycles as well."""
    return [event for event in vehicles if event.code != HELMET or _who(event) not in riders]


def _names(others: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """(vehicle, code) of the acts told once more among the other violations: by id, or named in the note."""
    return {
        (word, CODES[other["type"]])
        for other in others
        if other["certainty"] == "sure"
        for word in re.findall(r"\w+", f"{other.get('id', '')} {other.get('note', '')}")
    }


def _together(listed: Sequence[TrueEvent], others: Sequence[TrueEvent]) -> Iterator[TrueEvent]:
    """The same act told twice (of a vehicle and as another violation) counts once, at its most certain."""
    repeated: set[str] = set()
    for other in others:
        twins = [event for event in listed if _is_twin(event, other)]
        if any(event.happened for event in twins) and not other.happened:
            continue
        repeated.update(event.name for event in twins)
        yield other
    yield from (event for event in listed if event.name not in repeated)


def _is_twin(event: TrueEvent, other: TrueEvent) -> bool:
    together = other.first_frame <= event.last_frame and event.first_frame <= other.last_frame
    known = event.happened is not False
    return known and event.code == other.code and together and iou(event.box, other.box) >= OVERLAP_MIN


def _box(values: Sequence[float]) -> Box:
    x1, y1, x2, y2 = values
    return (float(x1), float(y1), float(x2), float(y2))
