"""How road users move: a path of their rear wheel and where on it they are at every moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
START_Y = -16.0  # where paths begin unless they say otherwise


@dataclass(frozen=True)
class Path:
    """Way of the rear wheel over the road: points (N, 2) in metres, close together."""

    points: tuple[tuple[float, float], ...]

    @cached_property
    def _spots(self) -> Array:
        return np.asarray(self.points, float)

    @cached_property
    def _lengths(self) -> Array:
        return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self._spots, axis=0), axis=1))])

    def at(self, way_m: float) -> tuple[float, float]:
        """The point after `way_m` metres; both ends go on straight."""
        spots, lengths = self._spots, self._lengths
        if way_m <= 0:
            step = (spots[1] - spots[0]) / lengths[1]
            spot = spots[0] + step * way_m
        elif way_m >= lengths[-1]:
            step = (spots[-1] - spots[-2]) / (lengths[-1] - lengths[-2])
            spot = spots[-1] + step * (way_m - lengths[-1])
        else:
            spot = np.array([np.interp(way_m, lengths, spots[:, k]) for k in (0, 1)])
        return float(spot[0]), float(spot[1])


def ahead(x: float, y_from: float = START_Y, y_to: float = 60.0) -> Path:
    """Straight along the street; `way_m` counts from `y_from` (which may be the far end)."""
    return Path(((x, y_from), (x, y_to)))


def across(y: float, x_from: float, x_to: float) -> Path:
    return Path(((x_from, y), (x_to, y)))


def right_turn(x: float, turn_y: float, radius: float, y_from: float = START_Y) -> Path:
    """Up to `turn_y`, then a quarter circle to the right, then on."""
    angles = np.linspace(0, np.pi / 2, 24)
    arc = [(x + radius * (1 - float(np.cos(a))), turn_y + radius * float(np.sin(a))) for a in angles]
    return Path(((x, y_from), *arc, (x + radius + 12, turn_y + radius)))


def left_turn(x: float, turn_y: float, radius: float, y_from: float = START_Y) -> Path:
    """Up to `turn_y`, then a quarter circle to the left, then on."""
    mirrored = right_turn(-x, turn_y, radius, y_from)
    return Path(tuple((-px, py) for px, py in mirrored.points))


def u_turn(x: float, turn_y: float, radius: float, y_from: float = START_Y) -> Path:
    """Up to `turn_y`, a half circle to the left, and back."""
    angles = np.linspace(0, np.pi, 40)
    arc = [(x - radius * (1 - float(np.cos(a))), turn_y + radius * float(np.sin(a))) for a in angles]
    return Path(((x, y_from), *arc, (x - 2 * radius, y_from)))


def swerve(
    x: float,
    aside_m: float,
    y_out: float,
    y_back: float,
    *,
    ramp_m: float = 4.0,
    y_from: float = START_Y,
    y_to: float = 60.0,
) -> Path:
    """Straight, but `aside_m` to the right between `y_out` and `y_back`, with soft ramps."""
    ys = np.linspace(y_from, y_to, 300)

    def soft(t: Array) -> Array:
        t = t.clip(0, 1)
        return np.asarray(t * t * (3 - 2 * t))

    xs = x + aside_m * (soft((ys - y_out) / ramp_m) - soft((ys - y_back) / ramp_m))
    return Path(tuple((float(a), float(b)) for a, b in zip(xs, ys, strict=True)))


@dataclass(frozen=True, slots=True)
class Motion:
    """Keys (time in s, way in m, speed in m/s), joined by cubic Hermite curves; before and after, the speed stays."""

    keys: tuple[tuple[float, float, float], ...]

    def way_m(self, t_s: float) -> float:
        first, last = self.keys[0], self.keys[-1]
        if t_s <= first[0]:
            return first[1] + (t_s - first[0]) * first[2]
        if t_s >= last[0]:
            return last[1] + (t_s - last[0]) * last[2]
        k = max(i for i, key in enumerate(self.keys) if key[0] <= t_s)
        (t0, s0, v0), (t1, s1, v1) = self.keys[k], self.keys[k + 1]
        h = t1 - t0
        u = (t_s - t0) / h
        return float(
            (2 * u**3 - 3 * u**2 + 1) * s0
            + (u**3 - 2 * u**2 + u) * h * v0
            + (3 * u**2 - 2 * u**3) * s1
            + (u**3 - u**2) * h * v1
        )

    def speed_m_s(self, t_s: float) -> float:
        return (self.way_m(t_s + 0.02) - self.way_m(t_s - 0.02)) / 0.04


def cruise(at_s: float, way_m: float, speed_m_s: float) -> Motion:
    """Steady speed, being at `way_m` at `at_s`."""
    return Motion(((at_s, way_m, speed_m_s),))


def keys(*rows: Sequence[float]) -> Motion:
    return Motion(tuple((float(t), float(s), float(v)) for t, s, v in rows))
