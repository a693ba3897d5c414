"""The truth of a scenario: what each road user did, and whether anyone could have seen it well enough to say so.

Breaches are judged in metres and seconds on the exact scene. One that is barely a breach (a grey zone around each rule's
declared thresholds) or that the picture hardly shows (pixels of height, share hidden, seconds seen) is marked doubtful.
Lawful driving is sure however badly it is seen: accusing it is wrong in any case.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import oracle
from .camera import box_around
from .camera_file import as_yaml, geometry
from .clip import Actor, Clip, LaneArea
from .figures import Kind
from .geometry import Box, rounded, seen_box, world
from .pose import Placed
from .truth import spans

HEIGHT_PX, INSIDE_SHARE, HIDDEN_SHARE = 34.0, 0.6, 0.5  # a look counts above, above, below these
HEAD_PX, HEAD_HIDDEN_SHARE, HEAD_LOOKS, HEAD_S = 11.0, 0.35, 8, 1.5
CHANGE_S = 0.35  # a crossing this near to a change of the lamp, or 1.5 frames of it, is doubtful
BEFORE_S, BEYOND_S, BEYOND_M, ENDS_S = 0.5, 1.3, 6.0, 1.2  # seen before the line, beyond it, and time left in the clip
STAND_S, STAND_M = 3.6, 0.5
CLOSED_SURE_S, CLOSED_DOUBT_S = 2.6, 1.0
AGAINST_SURE_S, AGAINST_SURE_M, AGAINST_DOUBT_S, AGAINST_DOUBT_M = 1.7, 4.5, 0.5, 0.6
INSIDE_WIDTHS = 0.35
ARROW_LANE_S = 1.2
ARROW_SHOWN_S, ARROW_STRAIGHT_SHOWN_S = 1.8, 4.3  # seen beyond the line: a left-turner keeps straight for four seconds
PLACES_S = 0.4  # between the places told of a motorcycle
SHOWN_HEIGHTS = 2.2  # way in the picture, in its own heights there, that shows where it goes
_WIDTH_M = {Kind.MOTORCYCLE: 0.75, Kind.BICYCLE: 0.6, Kind.CAR: 1.85, Kind.BUS: 2.5, Kind.TRUCK: 2.2}
_GRID = 6


@dataclass(frozen=True, slots=True)
class Look:
    """One road user in one frame: box, share of it inside the picture and hidden by nearer ones; heads (driver first)
    as smaller side in pixels and share hidden; rear wheel on the road."""

    frame: int
    t: float
    box: Box
    inside: float
    hidden: float
    heads: tuple[tuple[float, float], ...]
    wheel: tuple[float, float]

    @property
    def is_clear(self) -> bool:
        return self.box[3] - self.box[1] >= HEIGHT_PX and self.inside >= INSIDE_SHARE and self.hidden <= HIDDEN_SHARE


@dataclass(frozen=True, slots=True)
class AtLine:
    """What happened at the stop line. `violation`: red_light, stop_over_line or none."""

    violation: str = "none"
    is_sure: bool = True
    cross_s: float | None = None


def looks_of(clip: Clip) -> dict[str, list[Look]]:
    """All looks at every road user of the clip, by name."""
    found: dict[str, list[Look]] = {actor.name: [] for actor in (*clip.actors, *clip.scenery)}
    for frame in range(clip.frames):
        t = frame / clip.fps
        here: list[tuple[float, Actor, Placed, Box, float]] = []
        for actor in (*clip.actors, *clip.scenery):
            pose = actor.pose(t)
            seen = seen_box(clip.camera, pose)
            if seen:
                away = float(np.linalg.norm(pose.matrix[:3, 3] - np.asarray(clip.camera.position)))
                here.append((away, actor, pose, *seen))
        here.sort(key=lambda row: row[0])
        for k, (_, actor, pose, box, inside) in enumerate(here):
            nearer = [row[3] for row in here[:k]]
            heads = _heads(clip, pose, nearer)
            hidden = covered(box, nearer)
            found[actor.name].append(Look(frame, t, box, inside, hidden, heads, actor.rear_wheel(t)))
    return found


def covered(box: Box, covers: Sequence[Box]) -> float:
    """Share of a box under others, on a grid of points."""
    if not covers:
        return 0.0
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(box[0] + steps * (box[2] - box[0]), box[1] + steps * (box[3] - box[1]))
    under = np.zeros(x.shape, bool)
    for x1, y1, x2, y2 in covers:
        under |= (x >= x1) & (x <= x2) & (y >= y1) & (y <= y2)
    return float(under.mean())


def _heads(clip: Clip, pose: Placed, nearer: Sequence[Box]) -> tuple[tuple[float, float], ...]:
    """Who sits nearer to the camera hides the other: from behind the passenger, from the front the driver."""
    if pose.figure.design.kind is not Kind.MOTORCYCLE:
        return ()
    boxes: list[Box | None] = []
    for mesh in pose.figure.heads:
        pixels, _ = clip.camera.project(world(pose, mesh.points))
        boxes.append(box_around(pixels, clip.camera.width, clip.camera.height))
    away = [
        float(np.linalg.norm(world(pose, m.points).mean(axis=0) - np.asarray(clip.camera.position)))
        for m in pose.figure.heads
    ]
    told = []
    for k, box in enumerate(boxes):
        before = [other for j, other in enumerate(boxes) if other and away[j] < away[k]]
        told.append((min(box[2] - box[0], box[3] - box[1]), covered(box, [*nearer, *before])) if box else (0.0, 1.0))
    return tuple(told)


def clear_s(clip: Clip, looks: Sequence[Look], from_s: float, to_s: float) -> float:
    """Seconds of clear looks in a span."""
    return sum(1 for look in looks if look.is_clear and from_s <= look.t <= to_s) / clip.fps


def at_line(clip: Clip, actor: Actor, looks: Sequence[Look]) -> AtLine:
    """Red light, stop over the line, or neither."""
    at = oracle.crossing_s(clip, actor)
    if at is None:
        return AtLine(is_sure=not _passes_beside(clip, actor))
    way = oracle.movement(actor)
    phase = oracle.governing_phase(clip, way, at)
    margin = max(CHANGE_S, 1.5 / clip.fps)
    near = {oracle.governing_phase(clip, way, max(0.0, at + shift)) == "red" for shift in (-margin, 0.0, margin)}
    if phase != "red":
        return AtLine(is_sure=len(near) == 1, cross_s=at)
    stand = _stand_beyond(clip, actor, at)
    seen = (
        len(near) == 1
        and clear_s(clip, looks, at - 2.5, at) >= BEFORE_S
        and clear_s(clip, looks, at - 0.4, at + 0.4) >= 0.5
    )
    free_elsewhere = any(plan.phase_at(at) == "green" for plan in clip.signals)
    if stand is None:
        shown = not free_elsewhere or _shows_its_way(looks, at)
        return AtLine("red_light", seen and shown and _goes_on(clip, actor, looks, at), at)
    stood_from, left = stand
    if left is None:
        return AtLine("stop_over_line", is_sure=False, cross_s=at)
    on_red = {oracle.governing_phase(clip, way, left + shift) == "red" for shift in (-margin, 0.0, margin)}
    if True in on_red:
        return AtLine("red_light", seen and len(on_red) == 1 and _goes_on(clip, actor, looks, left), at)
    stood = clear_s(clip, looks, stood_from, left) >= 0.8 * (left - stood_from) and left - stood_from >= STAND_S
    far = actor.rear_wheel(left)[1] >= STAND_M
    return AtLine("stop_over_line", seen and stood and far and _goes_on(clip, actor, looks, left), at)


def _passes_beside(clip: Clip, actor: Actor) -> bool:
    """Passes the line's height on the other half of the road in the line's direction: what that is, is arguable."""
    if not clip.stop_line:
        return False
    (_, y0), (x1, y1) = actor.rear_wheel(0.0), actor.rear_wheel(clip.seconds)
    return y0 < 0 <= y1 and x1 < clip.plan.right_start


def _goes_on(clip: Clip, actor: Actor, looks: Sequence[Look], from_s: float) -> bool:
    (x0, y0), (x1, y1) = actor.rear_wheel(from_s), actor.rear_wheel(clip.seconds - ENDS_S)
    seen_to = [look for look in looks if look.is_clear and look.t >= from_s]
    far = max((np.hypot(look.wheel[0] - x0, look.wheel[1] - y0) for look in seen_to), default=0.0)
    return bool(
        np.hypot(x1 - x0, y1 - y0) >= oracle.GOES_ON_M and far >= BEYOND_M and len(seen_to) / clip.fps >= BEYOND_S
    )


def _shows_its_way(looks: Sequence[Look], at: float) -> bool:
    """Whether the picture shows where it goes: a low camera foreshortens the way beyond the line to nothing."""
    beyond = [look.box for look in looks if look.is_clear and look.t >= at]
    if len(beyond) < 2:
        return False
    (xa, ya), (xb, yb) = (((box[0] + box[2]) / 2, box[3]) for box in (beyond[0], beyond[-1]))
    return bool(np.hypot(xb - xa, yb - ya) >= SHOWN_HEIGHTS * (beyond[-1][3] - beyond[-1][1]))


def _stand_beyond(clip: Clip, actor: Actor, at: float) -> tuple[float, float | None] | None:
    """From when to when it stands beyond the line (None: to the end); None where it does not for a second and more."""
    times = np.arange(at, clip.seconds, 1 / 30)
    still = [
        t
        for t in times
        if abs(actor.motion.speed_m_s(float(t))) < 0.12 and actor.rear_wheel(float(t))[1] < oracle.GOES_ON_M
    ]
    if len(still) < 30:
        return None
    return float(still[0]), float(still[-1]) if still[-1] < times[-1] - 0.1 else None


def _depth(clip: Clip, lane: LaneArea, look: Look, kind: Kind) -> bool | None:
    """Whether the wheels are well inside (True), inside (False) or outside (None) a lane."""
    x0, x1, y0, y1 = lane.area
    x, y = look.wheel
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return None
    return min(x - x0, x1 - x) >= INSIDE_WIDTHS * _WIDTH_M[kind]


def _longest(clip: Clip, looks: Sequence[Look], holds: Sequence[bool]) -> tuple[float, float, list[Look]]:
    """Seconds, metres and looks of the longest unbroken run of `holds`."""
    best: tuple[float, float, list[Look]] = (0.0, 0.0, [])
    run: list[Look] = []
    for look, held in [*zip(looks, holds, strict=True), (None, False)]:
        if held and look is not None and (not run or look.frame == run[-1].frame + 1):
            run.append(look)
            continue
        if run:
            (xa, ya), (xb, yb) = run[0].wheel, run[-1].wheel
            took = run[-1].t - run[0].t
            if took >= best[0]:
                best = (took, float(np.hypot(xb - xa, yb - ya)), run)
        run = [look] if held and look is not None else []
    return best


def closed_lane(clip: Clip, actor: Actor, looks: Sequence[Look]) -> tuple[str, bool, list[Look]] | None:
    """(type, is sure, looks) of driving in a lane closed to its class."""
    kind = actor.design.kind
    for lane in clip.lanes:
        if not lane.allowed or kind.value in lane.allowed:
            continue
        depths = [_depth(clip, lane, look, kind) for look in looks]
        took, way, run = _longest(
            clip, looks, [bool(d) and look.is_clear for d, look in zip(depths, looks, strict=True)]
        )
        if took >= CLOSED_SURE_S and way >= AGAINST_SURE_M:
            return "wrong_lane", True, run
        took, _, run = _longest(clip, looks, [d is not None for d in depths])
        if took >= CLOSED_DOUBT_S:
            return "wrong_lane", False, run
    return None


def against_lane(clip: Clip, actor: Actor, looks: Sequence[Look]) -> tuple[str, bool, list[Look]] | None:
    """(type, is sure, looks) of driving against a lane's direction."""
    kind = actor.design.kind
    for lane in clip.lanes:
        depths = [_depth(clip, lane, look, kind) for look in looks]
        against = [
            lane.ahead * (actor.rear_wheel(look.t + 0.05)[1] - actor.rear_wheel(look.t - 0.05)[1]) < -0.02
            for look in looks
        ]
        sure = [bool(d) and a and look.is_clear for d, a, look in zip(depths, against, looks, strict=True)]
        took, way, run = _longest(clip, looks, sure)
        if took >= AGAINST_SURE_S and way >= AGAINST_SURE_M:
            return "wrong_way", True, run
        took, way, run = _longest(clip, looks, [d is not None and a for d, a in zip(depths, against, strict=True)])
        if took >= AGAINST_DOUBT_S and way >= AGAINST_DOUBT_M:
            return "wrong_way", False, run
    return None


def against_arrow(clip: Clip, actor: Actor, looks: Sequence[Look]) -> tuple[str, bool, list[Look]] | None:
    """(type, is sure, looks) of leaving an arrowed lane over the line by another movement."""
    at = oracle.crossing_s(clip, actor)
    if at is None or "wrong_lane" not in clip.rules:
        return None
    x, _ = actor.rear_wheel(at)
    lane = next((lane for lane in clip.lanes if lane.arrows and lane.area[0] <= x <= lane.area[1]), None)
    way = oracle.movement(actor)
    if lane is None or way in lane.arrows or (way == "u_turn" and "left" in lane.arrows):
        return None
    inside = [look for look in looks if look.t <= at and _depth(clip, lane, look, actor.design.kind) and look.is_clear]
    run = [look for look in looks if at - 1.5 <= look.t <= at + 2.5]
    sure = len(inside) / clip.fps >= ARROW_LANE_S and _goes_on(clip, actor, looks, at) and _shows_its_way(looks, at)
    shown_s = ARROW_STRAIGHT_SHOWN_S if way == "straight" else ARROW_SHOWN_S
    return "wrong_lane", bool(sure and clear_s(clip, looks, at, clip.seconds - 0.3) >= shown_s), run


def heads_are_sure(clip: Clip, actor: Actor, looks: Sequence[Look]) -> bool:
    """Whether every bare head of the vehicle shows well and long enough; always for those who all wear a helmet."""
    for k, look_at in enumerate(actor.design.looks):
        if look_at.headwear.is_helmet:
            continue
        clear = [
            look
            for look in looks
            if look.inside > 0.9
            and look.hidden <= HIDDEN_SHARE
            and len(look.heads) > k
            and look.heads[k][0] >= HEAD_PX
            and look.heads[k][1] <= HEAD_HIDDEN_SHARE
        ]
        if len(clear) < HEAD_LOOKS or len(clear) / clip.fps < HEAD_S:
            return False
    return True


def truth(clip: Clip) -> dict[str, Any]:
    """The truth file's content; frames count from 0 (format: README)."""
    seen = looks_of(clip)
    drivers = [actor for actor in clip.actors if actor.design.kind is not Kind.PEDESTRIAN and seen[actor.name]]
    return {
        "clip": clip.name,
        "fps": clip.fps,
        "width": clip.camera.width,
        "height": clip.camera.height,
        "frames": clip.frames,
        "light": clip.weather.light if clip.weather else "day",
        "camera": geometry(clip),
        "signals": [span for plan in clip.signals for span in spans(clip, plan.lamp.name)],
        "vehicles": [_vehicle(clip, actor, seen[actor.name]) for actor in drivers],
        "motorcycles": [_motorcycle(clip, a, seen[a.name]) for a in drivers if a.design.kind is Kind.MOTORCYCLE],
        "other_violations": [other for actor in drivers for other in _others(clip, actor, seen[actor.name])],
        "near_misses": [{"id": actor.name, "tag": tag} for actor in clip.actors for tag in actor.tells],
    }


def _vehicle(clip: Clip, actor: Actor, looks: list[Look]) -> dict[str, Any]:
    verdict = at_line(clip, actor, looks)
    frame = oracle.frame_at(clip, verdict.cross_s) if verdict.cross_s is not None else None
    shown = min(looks, key=lambda look: abs(look.frame - frame)) if frame is not None else looks[len(looks) // 2]
    way = oracle.movement(actor)
    return {
        "id": actor.name,
        "class": actor.design.kind.value,
        "first_frame": looks[0].frame,
        "last_frame": looks[-1].frame,
        "cross_frame": frame,
        "cross_frame_tolerance": 1,
        "box_frame": shown.frame,
        "box_at_cross": rounded(shown.box),
        "movement": way,
        "signal_at_cross": oracle.governing_phase(clip, way, verdict.cross_s) if verdict.cross_s is not None else None,
        "violation": verdict.violation,
        "certainty": "sure" if verdict.is_sure else "doubtful",
        **_looks_of_riders(actor),
    }


def _looks_of_riders(actor: Actor) -> dict[str, Any]:
    rides = actor.design.kind is Kind.MOTORCYCLE
    return {
        "riders": len(actor.design.looks),
        "helmets": ["yes" if look.headwear.is_helmet else "no" for look in actor.design.looks] if rides else [],
        "plate": actor.design.plate.text if actor.design.plate else None,
        "near_miss": list(actor.tells),
    }


def _motorcycle(clip: Clip, actor: Actor, looks: list[Look]) -> dict[str, Any]:
    best = max(looks, key=lambda look: (look.inside > 0.9, (look.box[2] - look.box[0]) * (look.box[3] - look.box[1])))
    return {
        "id": actor.name,
        "first_frame": looks[0].frame,
        "last_frame": looks[-1].frame,
        "best_frame": best.frame,
        "box_at_best": rounded(best.box),
        "places": [[look.frame, rounded(look.box)] for look in looks[:: max(1, round(PLACES_S * clip.fps))]],
        "certainty": "sure" if heads_are_sure(clip, actor, looks) else "doubtful",
        **_looks_of_riders(actor),
    }


def _others(clip: Clip, actor: Actor, looks: list[Look]) -> list[dict[str, Any]]:
    found = [closed_lane(clip, actor, looks), against_lane(clip, actor, looks), against_arrow(clip, actor, looks)]
    out = []
    for kind, is_sure, run in [act for act in found if act and act[2]]:
        middle = run[len(run) // 2]
        out.append(
            {
                "type": kind,
                "id": actor.name,
                "frames": [run[0].frame, run[-1].frame],
                "box_frame": middle.frame,
                "box": rounded(middle.box),
                "certainty": "sure" if is_sure else "doubtful",
            }
        )
    return out


def write_texts(clip: Clip, out: Path) -> None:
    """NAME.yaml (camera file) and NAME.truth.json into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{clip.name}.yaml").write_text(as_yaml(clip), encoding="utf-8")
    told = json.dumps(truth(clip), ensure_ascii=False, indent=1)
    (out / f"{clip.name}.truth.json").write_text(f"{told}\n", encoding="utf-8")
