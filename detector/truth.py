"""What really happened in a clip, and how the rules' verdicts compare: event by event, by code, time and place.

A truth file `NAME.truth.json` stands beside `NAME.mp4` and its camera file `NAME.yaml`. It names what a careful person
saw: `vehicles` (all that pass the stop line or stand on it: `cross_frame`, `box_at_cross`, `violation`, `helmets`),
`motorcycles` (helmet clips: when and where seen, `helmets`) and `other_violations` (`type`, `frames`, `box`). Entries
marked doubtful are neither hits nor misses. Frames count decoded pictures from 0, boxes are (x1, y1, x2, y2) in pixels.
"""

import dataclasses
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.camera import load_camera
from detector.footage import FootageFile
from detector.geometry import between, iou, length
from detector.observe import Observer
from detector.pipeline import Step, run
from detector.thresholds import Thresholds, load_thresholds
from detector.vocabulary import Box, Certainty, Violation
from models.errors import FootageError

HELMET = "HELMET"
HELMET_OF = " helmet"
CODES = {
    "red_light": "RED_LIGHT",
    "stop_over_line": "STOP_OVER_LINE",
    "wrong_lane": "WRONG_LANE",
    "wrong_way": "WRONG_WAY",
    "no_helmet": HELMET,
}
TIME_SLACK_S = 0.7  # a crossing seen this much earlier or later is the same crossing
OVERLAP_MIN = 0.3  # of a track's box and a box drawn by eye...
DISTANCE_HEIGHTS = 0.35  # ...or their middles at most this far apart
RIDERS_SLACK_S = 3.0  # heads of a listed vehicle are judged this long before and after it passes the line


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One thing that happened: `code` as in violations (both helmet codes are `HELMET`), somewhere in the frames from
    `first_frame` to `last_frame`; `box` where the vehicle was in one of them. `happened`: False for what was looked at
    and was lawful, None for what the eye could not tell."""

    name: str
    code: str
    first_frame: int
    last_frame: int
    box: Box
    happened: bool | None


@dataclass(frozen=True, slots=True)
class Truth:
    """A clip's truth. `lists_all_riders`: helmets were judged on every motorcycle, not only on those at the line."""

    fps: float
    events: tuple[TrueEvent, ...]
    lists_all_riders: bool


@dataclass(frozen=True, slots=True)
class EventScore:
    """One row of the table. `unjudged`: reported on somebody whom the truth leaves in doubt or does not list.
    `wrong_ones` and `missed_ones` say which, for looking at the frames; `frame_errors` of the right crossings."""

    clip: str
    code: str
    right: int
    wrong: int
    missed: int
    unjudged: int
    wrong_ones: tuple[str, ...] = ()
    missed_ones: tuple[str, ...] = ()
    frame_errors: tuple[int, ...] = ()


def read_truth(clip: Path) -> Truth:
    """The truth beside a clip. Raises FootageError where there is none or it cannot be read."""
    path = clip.with_suffix(".truth.json")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        fps = float(told["fps"])
        riders = list(_rider_events(told.get("motorcycles", [])))
        named = _names(told.get("other_violations", []))
        vehicles = list(_vehicle_events(told.get("vehicles", []), fps))
        listed = [
            event
            for event in [*_once(vehicles, {event.name for event in riders}), *riders]
            if not (event.happened and (event.name.removesuffix(HELMET_OF), event.code) in named)
        ]
        others = list(_other_events(told.get("other_violations", []), told.get("vehicles", [])))
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
        slack = round(TIME_SLACK_S * fps) + (vehicle.get("cross_frame_tolerance") or 0)
        code = CODES.get(vehicle["violation"], "RED_LIGHT")
        bare = _is_any_bare(vehicle["helmets"], sure=sure)
        if frame is None:
            here = vehicle.get("box_frame", 0)
            happened = None if vehicle["violation"] != "none" or not sure else False
            yield TrueEvent(vehicle["id"], code, here, here, box, happened)
            heads_from, heads_to = 0, here
        else:
            broken = vehicle["violation"] != "none"
            yield TrueEvent(vehicle["id"], code, frame - slack, frame + slack, box, broken if sure else None)
            around = round(RIDERS_SLACK_S * fps)
            heads_from, heads_to = frame - around, frame + around
        if vehicle["class"] == "motorcycle":
            yield TrueEvent(f"{vehicle['id']}{HELMET_OF}", HELMET, heads_from, heads_to, box, bare)


def _rider_events(motorcycles: Sequence[Mapping[str, Any]]) -> Iterator[TrueEvent]:
    for seen in motorcycles:
        bare = _is_any_bare(seen["helmets"], sure=seen["certainty"] == "sure")
        yield TrueEvent(seen["id"], HELMET, seen["first_frame"], seen["last_frame"], _box(seen["box_at_best"]), bare)


def _other_events(others: Sequence[Mapping[str, Any]], vehicles: Sequence[Mapping[str, Any]]) -> Iterator[TrueEvent]:
    """Standing over the line before running the light is part of it: one vehicle gets one of the two codes."""
    part_of_run = [
        vehicle["stood_over_line"]
        for vehicle in vehicles
        if vehicle.get("stood_over_line") and vehicle["violation"] == "red_light"
    ]
    for number, other in enumerate(others, 1):
        first, last = other["frames"]
        absorbed = other["type"] == "stop_over_line" and other["frames"] in part_of_run
        happened = None if absorbed or other["certainty"] != "sure" else True
        yield TrueEvent(f"{other['type']} {number}", CODES[other["type"]], first, last, _box(other["box"]), happened)


def _is_any_bare(helmets: Sequence[str], *, sure: bool) -> bool | None:
    if not sure or "unclear" in helmets or not helmets:
        return None
    return "no" in helmets


def _once(vehicles: Iterable[TrueEvent], riders: set[str]) -> list[TrueEvent]:
    """Without the helmets of vehicles whose riders are listed among the motorcycles as well."""
    return [event for event in vehicles if event.code != HELMET or event.name.removesuffix(HELMET_OF) not in riders]


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


def compare(clip: str, truth: Truth, steps: Iterable[Step]) -> list[EventScore]:
    """One row per code that happened or was reported. Doubtful violations are not counted."""
    boxes: dict[int, dict[int, Box]] = defaultdict(dict)
    reported: list[Violation] = []
    for step in steps:
        for track in step.scene.tracks:
            boxes[track.track_id][step.scene.frame_index] = track.box_xyxy
        reported += [v for v in step.violations if v.certainty is Certainty.SURE]
    codes = {event.code for event in truth.events if event.happened} | {_family(v) for v in reported}
    return [_score(clip, code, truth, [v for v in reported if _family(v) == code], boxes) for code in sorted(codes)]


def _score(
    clip: str, code: str, truth: Truth, reported: Sequence[Violation], boxes: Mapping[int, Mapping[int, Box]]
) -> EventScore:
    events = [event for event in truth.events if event.code == code]
    near = {
        (v, e): closeness
        for v, violation in enumerate(reported)
        for e, event in enumerate(events)
        if (closeness := _closeness(violation, event, boxes[violation.track_id], truth.fps)) > 0
    }
    hits = _assign({pair: closeness for pair, closeness in near.items() if events[pair[1]].happened})
    wrong: list[str] = []
    unjudged = 0
    for v, violation in enumerate(reported):
        matched = [events[e] for other, e in near if other == v]
        if v in hits or any(event.happened for event in matched):
            continue
        unlisted_rider = code == HELMET and not matched and not truth.lists_all_riders
        if unlisted_rider or any(event.happened is None for event in matched):
            unjudged += 1
        else:
            names = ", ".join(event.name for event in matched) or "nobody listed"
            wrong.append(f"{violation.code} track {violation.track_id} frame {violation.frame}: {names}")
    missed = [event.name for e, event in enumerate(events) if event.happened and e not in hits.values()]
    errors = [reported[v].frame - (events[e].first_frame + events[e].last_frame) // 2 for v, e in sorted(hits.items())]
    return EventScore(
        clip,
        code,
        len(hits),
        len(wrong),
        len(missed),
        unjudged,
        tuple(wrong),
        tuple(sorted(missed)),
        tuple(errors) if code == CODES["red_light"] else (),
    )


def _assign(near: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Violations to events, the closest pairs first, each event and each violation once."""
    assigned: dict[int, int] = {}
    for v, e in sorted(near, key=lambda pair: (-near[pair], pair)):
        if v not in assigned and e not in assigned.values():
            assigned[v] = e
    return assigned


def _closeness(violation: Violation, event: TrueEvent, boxes: Mapping[int, Box], fps: float) -> float:
    """How well the reported vehicle sits where the eye saw it, at the moment (crossing) or at some moment of the act;
    0: not this event."""
    slack = round(TIME_SLACK_S * fps)
    if event.code == CODES["red_light"]:
        in_time = event.first_frame <= violation.frame <= event.last_frame
        return _overlap(violation.box_xyxy, event.box) if in_time else 0.0
    if violation.from_frame > event.last_frame + slack or event.first_frame - slack > violation.to_frame:
        return 0.0
    near = (box for frame, box in boxes.items() if event.first_frame - slack <= frame <= event.last_frame + slack)
    return max((_overlap(box, event.box) for box in near), default=0.0)


def _overlap(box: Box, drawn: Box) -> float:
    """Overlap of the boxes; a small one for a box of like size near enough (boxes drawn by eye are approximate)."""
    overlap = iou(box, drawn)
    if overlap >= OVERLAP_MIN:
        return overlap
    distance = length(between(_middle(box), _middle(drawn))) / (drawn[3] - drawn[1])
    similar = 0.6 <= (box[3] - box[1]) / (drawn[3] - drawn[1]) <= 1.7
    return OVERLAP_MIN * (1 - distance) if similar and distance <= DISTANCE_HEIGHTS else 0.0


def _family(violation: Violation) -> str:
    return HELMET if violation.code.startswith(HELMET) else violation.code


def _box(values: Sequence[float]) -> Box:
    x1, y1, x2, y2 = values
    return (float(x1), float(y1), float(x2), float(y2))


def _middle(box: Box) -> tuple[float, float]:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def without_tolerances(thresholds: Thresholds) -> Thresholds:
    """The truth counts every start before green: nothing is forgiven at red onset and before green."""
    strict = dataclasses.replace(thresholds.red_light, after_red_onset_s=0.0, before_green_s=0.0)
    return dataclasses.replace(thresholds, red_light=strict)


def bench(clips: Iterable[Path], thresholds: Thresholds | None = None) -> Iterator[EventScore]:
    """Analyse each clip with the camera file and the truth beside it, and compare; rows as they come.

    Raises UserError for a clip, camera file or truth that cannot be read.
    """
    strict = without_tolerances(thresholds or load_thresholds())
    for clip in clips:
        truth = read_truth(clip)
        camera = load_camera(clip.with_suffix(".yaml"))
        yield from compare(clip.stem, truth, run(FootageFile(clip).frames(), Observer(camera), camera, strict))
