"""How vehicles move: a way on the road, and how far along it they are at which time.

A way is a polyline in metres; a drive is a list of legs ("cruise up to here", "stop there", "stand until then") carried
out one after the other with limited acceleration.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.simulator.lens import Floats
from detector.vocabulary import Movement

STEP_S = 0.05
ARC_STEPS = 14
FAR_M = 60.0  # ways go on this far beyond the last bend


@dataclass(frozen=True, slots=True)
class Leg:
    """Drive at `speed` (m/s, negative: backwards) with acceleration `pace` (m/s²) until `until_m` of the way, then, where
    `stand_until_s` is given, stand there until that time."""

    speed: float
    until_m: float
    stand_until_s: float | None = None
    pace: float = 2.0


def planned(legs: Sequence[Leg], start_m: float, start_speed: float, until_s: float) -> tuple[Floats, Floats]:
    """Times (N,) in steps of `STEP_S` from 0 and how far along its way the vehicle is then (N,), both float."""
    times: Floats = np.arange(0.0, until_s + STEP_S, STEP_S, dtype=np.float64)
    way = np.empty(len(times))
    s, v, at = start_m, start_speed, 0
    for index, t in enumerate(times.tolist()):
        way[index] = s
        while at < len(legs) - 1 and _is_done(legs[at], s, v, t):
            at += 1
        v = _next_speed(legs[at], s, v, t)
        s += v * STEP_S
    return times, way


def _is_done(leg: Leg, s: float, v: float, t: float) -> bool:
    arrived = s >= leg.until_m - 0.02 if leg.speed >= 0 else s <= leg.until_m + 0.02
    if leg.stand_until_s is None:
        return arrived
    return arrived and t >= leg.stand_until_s


def _next_speed(leg: Leg, s: float, v: float, t: float) -> float:
    wanted = leg.speed
    if leg.stand_until_s is not None:
        left = max(0.0, (leg.until_m - s) if leg.speed >= 0 else (s - leg.until_m))
        if left <= 0.02:
            return 0.0
        limit = max(0.15, math.sqrt(2 * 0.8 * max(leg.pace, 1.5) * left))
        wanted = math.copysign(min(abs(leg.speed), limit, left / STEP_S), leg.speed)
        return wanted if abs(wanted) < abs(v) else _towards(wanted, v, leg.pace)
    return _towards(wanted, v, leg.pace)


def _towards(wanted: float, v: float, pace: float) -> float:
    change = pace * STEP_S
    return min(v + change, wanted) if wanted >= v else max(v - 2 * change, wanted)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A polyline (N, 2) in metres with the length along it (N,)."""

    points: Floats
    lengths: Floats

    @classmethod
    def through(cls, points: Sequence[tuple[float, float]]) -> "Way":
        """Straight from point to point."""
        array = np.array(points, dtype=float)
        steps = np.hypot(*np.diff(array, axis=0).T)
        return cls(array, np.concatenate([[0.0], np.cumsum(steps)]))

    def at(self, s: Floats) -> tuple[Floats, Floats]:
        """Places (N, 2) and headings (N,) in radians (0: ahead, positive: to the right) at lengths `s` (N,)."""
        x = np.interp(s, self.lengths, self.points[:, 0])
        y = np.interp(s, self.lengths, self.points[:, 1])
        low, high = np.maximum(s - 0.6, 0.0), np.minimum(s + 0.6, self.lengths[-1])
        dx = np.interp(high, self.lengths, self.points[:, 0]) - np.interp(low, self.lengths, self.points[:, 0])
        dy = np.interp(high, self.lengths, self.points[:, 1]) - np.interp(low, self.lengths, self.points[:, 1])
        return np.stack([x, y], axis=-1), np.arctan2(dx, dy)


def turning_way(
    x: float,
    from_y: float,
    movement: Movement,
    bend_y: float,
    radius_m: float,
    shifts: Sequence[tuple[float, float]] = (),
) -> Way:
    """Ahead from (x, from_y), with lane changes `shifts` (at y, to x), then the movement on an arc that begins at `bend_y`.

    The length along the way is the y travelled until the bend (plus a little for the shifts).
    """
    points = [(x, from_y)]
    for at_y, to_x in shifts:
        points += [(points[-1][0], at_y), (to_x, at_y + 2.5 * max(1.0, abs(to_x - points[-1][0])))]
    last_x = points[-1][0]
    if movement is Movement.STRAIGHT:
        return Way.through([*points, (last_x, max(bend_y, points[-1][1]) + FAR_M)])
    side = 1 if movement is Movement.RIGHT else -1
    sweep = math.pi if movement is Movement.U_TURN else math.pi / 2
    for step in range(ARC_STEPS + 1):
        angle = sweep * step / ARC_STEPS
        points.append((last_x + side * radius_m * (1 - math.cos(angle)), bend_y + radius_m * math.sin(angle)))
    end_x, end_y = points[-1]
    if movement is Movement.U_TURN:
        return Way.through([*points, (end_x, end_y - FAR_M)])
    return Way.through([*points, (end_x + side * FAR_M, end_y)])
