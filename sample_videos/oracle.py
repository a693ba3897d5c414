"""What really happened, judged on the exact scene in metres and seconds: the yardstick for every detector.

The bars are far above any rule's thresholds on purpose: a violation counts as staged only when no one could doubt it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clip import Actor, Clip
from .figures import Kind

_STEP_S = 1 / 60
WRONG_LANE_S = 3.0
WRONG_WAY_S, WRONG_WAY_M = 8.0, 15.0
GOES_ON_M = 5.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which something held, and the way driven in it."""

    from_s: float
    to_s: float
    way_m: float
    lane: str


def _times(clip: Clip) -> np.ndarray:
    return np.arange(0.0, clip.seconds, _STEP_S)


def crossing_s(clip: Clip, actor: Actor) -> float | None:
    """When the rear wheel passes the stop line (y = 0) on the approach's carriageway."""
    if not clip.stop_line:
        return None
    before: float | None = None
    for t in _times(clip):
        x, y = actor.rear_wheel(float(t))
        if before is not None and before < 0 <= y and clip.plan.right_start <= x <= clip.plan.right_end:
            return float(t)
        before = y
    return None


def movement(actor: Actor) -> str:
    """Straight, right, left or u_turn: by how far the path turns."""
    (x0, y0), (x1, y1) = actor.path.points[0], actor.path.points[1]
    (x2, y2), (x3, y3) = actor.path.points[-2], actor.path.points[-1]
    turned = np.degrees(np.angle(np.exp(1j * (np.arctan2(y3 - y2, x3 - x2) - np.arctan2(y1 - y0, x1 - x0)))))
    if abs(turned) > 135:
        return "u_turn"
    return "straight" if abs(turned) < 30 else ("left" if turned > 0 else "right")


def governing_phase(clip: Clip, way: str, t_s: float) -> str:
    """Green when a lamp governing this movement is green (an arrow opens what the main lamp closes), else the main's."""
    phases = {plan.lamp.name: plan.phase_at(t_s) for plan in clip.signals if way in plan.lamp.governs}
    return "green" if "green" in phases.values() else phases["main"]


def runs_red(clip: Clip, actor: Actor) -> bool:
    at = crossing_s(clip, actor)
    if at is None or governing_phase(clip, movement(actor), at) != "red":
        return False
    _, y = actor.rear_wheel(clip.seconds)
    _, turned_y = actor.rear_wheel(at + 3.0)
    return max(y, turned_y) >= GOES_ON_M


def _stretches(clip: Clip, actor: Actor, holds: list[str | None]) -> list[Stretch]:
    """Joins equal neighbours of `holds` (one lane name or None per time step)."""
    times = _times(clip)
    found, start = [], 0
    for k in range(1, len(holds) + 1):
        if k == len(holds) or holds[k] != holds[start]:
            name = holds[start]
            if name is not None:
                a, b = actor.rear_wheel(float(times[start])), actor.rear_wheel(float(times[k - 1]))
                found.append(
                    Stretch(float(times[start]), float(times[k - 1]), float(np.hypot(b[0] - a[0], b[1] - a[1])), name)
                )
            start = k
    return found


def in_closed_lane(clip: Clip, actor: Actor) -> list[Stretch]:
    """Stretches in which its class drives where the lane does not allow it."""
    holds: list[str | None] = []
    for t in _times(clip):
        x, y = actor.rear_wheel(float(t))
        names = [
            lane.name
            for lane in clip.lanes
            if lane.allowed and actor.design.kind.value not in lane.allowed and _inside(lane.area, x, y)
        ]
        holds.append(names[0] if names else None)
    return _stretches(clip, actor, holds)


def against_lane(clip: Clip, actor: Actor) -> list[Stretch]:
    """Stretches in which it moves against the lane it is in."""
    holds: list[str | None] = []
    for t in _times(clip):
        x, y = actor.rear_wheel(float(t))
        dy = actor.rear_wheel(float(t) + 0.05)[1] - actor.rear_wheel(float(t) - 0.05)[1]
        names = [lane.name for lane in clip.lanes if _inside(lane.area, x, y) and dy * lane.ahead < -0.01]
        holds.append(names[0] if names else None)
    return _stretches(clip, actor, holds)


def _inside(area: tuple[float, float, float, float], x: float, y: float) -> bool:
    return area[0] <= x <= area[1] and area[2] <= y <= area[3]


def wrong_lane(clip: Clip, actor: Actor) -> Stretch | None:
    return next((s for s in in_closed_lane(clip, actor) if s.to_s - s.from_s >= WRONG_LANE_S), None)


def wrong_way(clip: Clip, actor: Actor) -> Stretch | None:
    if "wrong_way" not in clip.rules:
        return None
    return next(
        (s for s in against_lane(clip, actor) if s.to_s - s.from_s >= WRONG_WAY_S and s.way_m >= WRONG_WAY_M), None
    )


def bare_heads(actor: Actor) -> tuple[bool, bool]:
    """Driver bare, passenger bare; only motorcycles count."""
    if actor.design.kind is not Kind.MOTORCYCLE:
        return False, False
    looks = actor.design.looks
    return bool(looks) and not looks[0].headwear.is_helmet, len(looks) > 1 and not looks[1].headwear.is_helmet


def violations(clip: Clip, actor: Actor) -> list[str]:
    """Codes of law/penalties.csv that this road user earns in the clip."""
    driver, passenger = bare_heads(actor)
    verdicts = {
        "RED_LIGHT": runs_red(clip, actor),
        "WRONG_LANE": wrong_lane(clip, actor) is not None,
        "WRONG_WAY": wrong_way(clip, actor) is not None,
        "HELMET_RIDER": driver,
        "HELMET_PASSENGER": passenger,
    }
    return [code for code, found in verdicts.items() if found]


def frame_at(clip: Clip, t_s: float) -> int:
    """First frame at or after a time."""
    return int(np.ceil(t_s * clip.fps - 1e-9))
