"""A street or a junction approach built from a plan: ground, kerbs, houses, trees.

The street runs along y; traffic on the right half (x > 0) drives away from the camera (+y), on the left towards it.
At a junction the stop line lies at y = 0, a zebra behind it, then the cross street.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import backdrop
from .ground import YELLOW, GroundPainter
from .mesh import Mesh
from .pose import Decal


@dataclass(frozen=True, slots=True)
class LanePlan:
    width: float
    arrows: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()  # empty: all classes
    solid_left: bool = False  # the line on its left may not be crossed


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """Metres. `lanes` from left to right on the right half, `opposite` from the middle leftwards."""

    lanes: tuple[LanePlan, ...]
    opposite: tuple[float, ...] = ()
    median: float = 0.0
    junction: bool = True
    cross_width: float = 9.0
    near_y: float = -16.0
    far_y: float = 60.0
    pavement: float = 2.6
    arrow_ys: tuple[float, ...] = (-7.5,)
    zebra_y: float | None = None  # zebra on a street without a junction
    tone: float = 92.0
    seed: int = 1
    ppm: float = 90.0
    trees: int = 5
    road_texts: tuple[tuple[float, float, str], ...] = ()  # centre x, y and a word on the road

    @property
    def right_start(self) -> float:
        return self.median / 2

    @property
    def right_end(self) -> float:
        return self.right_start + sum(lane.width for lane in self.lanes)

    @property
    def left_end(self) -> float:
        return -self.median / 2 - sum(self.opposite)

    @property
    def cross(self) -> tuple[float, float]:
        """y where the cross street begins and ends."""
        return 6.2, 6.2 + self.cross_width

    def lane_edges(self) -> list[tuple[float, float]]:
        """(left x, right x) of every lane of the right half."""
        edges = self.right_start + np.concatenate([[0.0], np.cumsum([lane.width for lane in self.lanes])])
        return [(float(a), float(b)) for a, b in itertools.pairwise(edges)]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands still: meshes behind the traffic, meshes in front of it, pictures."""

    still: tuple[Mesh, ...]
    front: tuple[Mesh, ...]
    decals: tuple[Decal, ...]


@lru_cache(maxsize=1)  # scenarios of one place follow each other
def build(plan: StreetPlan) -> Surroundings:
    rng = np.random.default_rng(plan.seed)
    houses, fronts = _houses(plan, rng)
    return Surroundings(
        (*houses, *_kerbs(plan), *_greenery(plan, rng)),
        (),
        (_far_ground(plan, rng), _near_ground(plan, rng), *fronts),
    )


def _stretches(plan: StreetPlan) -> list[tuple[float, float]]:
    """Stretches of y beside which pavement and houses stand (not across the side street)."""
    if not plan.junction:
        return [(plan.near_y, plan.far_y)]
    return [(plan.near_y, plan.cross[0] - 0.6), (plan.cross[1] + 0.6, plan.far_y)]


def _far_ground(plan: StreetPlan, rng: np.random.Generator) -> Decal:
    """Coarse ground out to the houses, just below the fine one."""
    painter = GroundPainter(-60, 60, plan.near_y - 10, 130, 9, rng, plan.tone)
    if plan.junction:
        return Decal(painter.corners() - (0, 0, 0.03), painter.finished())
    painter.surface([(-60, -30), (plan.left_end, -30), (plan.left_end, 130), (-60, 130)], (140, 134, 124))
    painter.surface([(plan.right_end, -30), (60, -30), (60, 130), (plan.right_end, 130)], (140, 134, 124))
    return Decal(painter.corners() - (0, 0, 0.03), painter.finished())


def _near_ground(plan: StreetPlan, rng: np.random.Generator) -> Decal:
    left, right = plan.left_end - plan.pavement - 4, plan.right_end + plan.pavement + 4
    painter = GroundPainter(left, right, plan.near_y, plan.far_y, plan.ppm, rng, plan.tone)
    painter.blemishes(int(1.1 * (plan.far_y - plan.near_y)))
    painter.wear_tracks(
        [x for a, b in plan.lane_edges() for x in (a + 0.8, b - 0.8)], plan.near_y, plan.far_y, strength=6
    )
    tone = rng.uniform(140, 176)
    for y0, y1 in _stretches(plan):
        for a, b in ((left, plan.left_end), (plan.right_end, right)):
            painter.surface([(a, y0), (b, y0), (b, y1), (a, y1)], (tone, tone * 0.96, tone * 0.9), tile=0.4)
    _markings(plan, painter)
    return Decal(painter.corners(), painter.finished())


def _markings(plan: StreetPlan, painter: GroundPainter) -> None:
    stop = 0.0 if plan.junction else plan.far_y
    if plan.median == 0 and plan.opposite:
        for offset in (-0.12, 0.12):
            painter.line((offset, plan.near_y), (offset, stop), 0.12, YELLOW)
    for (a, _), lane in zip(plan.lane_edges()[1:], plan.lanes[1:], strict=True):
        painter.line((a, plan.near_y), (a, stop), 0.13, dash=None if lane.solid_left or plan.junction else (2.0, 3.0))
    _opposite_markings(plan, painter, stop)
    for x in (plan.left_end + 0.2, plan.right_end - 0.2):
        painter.line((x, plan.near_y), (x, stop), 0.1)
    for x, y, text in plan.road_texts:
        painter.text(x, y, text)
    _arrows(plan, painter)
    if plan.junction:
        _stop_line_and_zebras(plan, painter)
    elif plan.zebra_y is not None:
        painter.zebra(plan.left_end + 0.3, plan.right_end - 0.1, plan.zebra_y, plan.zebra_y + 3)


def _opposite_markings(plan: StreetPlan, painter: GroundPainter, stop: float) -> None:
    at = -plan.median / 2
    for width in plan.opposite[:-1]:
        at -= width
        painter.line((at, plan.near_y), (at, stop), 0.13, dash=(2.0, 3.0))


def _arrows(plan: StreetPlan, painter: GroundPainter) -> None:
    for (a, b), lane in zip(plan.lane_edges(), plan.lanes, strict=True):
        for y in plan.arrow_ys if lane.arrows else ():
            painter.arrow((a + b) / 2, y, lane.arrows)
    if plan.opposite:
        middle = -plan.median / 2 - plan.opposite[0] / 2
        painter.arrow(middle, plan.arrow_ys[0] + 6, ("straight",), ahead=-1.0)


def _stop_line_and_zebras(plan: StreetPlan, painter: GroundPainter) -> None:
    a, b = plan.right_start, plan.right_end
    painter.paint([(a, 0), (b, 0), (b, 0.35), (a, 0.35)], wear=0.15)
    painter.zebra(plan.left_end + 0.3, b - 0.1, 1.6, 4.6)
    painter.zebra(plan.left_end + 0.3, b - 0.1, plan.cross[1] + 1.2, plan.cross[1] + 4.2)


def _kerbs(plan: StreetPlan) -> list[Mesh]:
    parts = [
        backdrop.kerb(x, y0, y1) for y0, y1 in _stretches(plan) for x in (plan.left_end - 0.1, plan.right_end + 0.1)
    ]
    if plan.median > 0.3:
        for y0, y1 in _stretches(plan):
            end = min(y1, -0.4) if plan.junction and y0 < 0 else y1
            parts.extend(backdrop.kerb(sign * (plan.median / 2 - 0.12), y0, end) for sign in (-1, 1))
    return parts


def _greenery(plan: StreetPlan, rng: np.random.Generator) -> list[Mesh]:
    parts = []
    stretches = _stretches(plan)
    for k in range(plan.trees):
        y0, y1 = stretches[-1]  # the near side stays clear: a crown there would fill the picture
        y = rng.uniform(max(y0 + 2, 10.0), y1 - 4)
        x = plan.right_end + 1.3 if k % 2 else plan.left_end - 1.3
        parts.append(backdrop.tree(rng, x, y, rng.uniform(4.8, 6.8)))
    if plan.median > 0.7:
        for y0, y1 in stretches:
            end = -1.5 if plan.junction and y0 < 0 else min(y1, plan.cross[1] + 26)
            parts.append(backdrop.shrubs(rng, 0.0, y0 + (2.5 if y0 > 0 else 0.0), end, width=plan.median - 0.4))
    return parts


def _houses(plan: StreetPlan, rng: np.random.Generator) -> tuple[list[Mesh], list[Decal]]:
    meshes: list[Mesh] = []
    decals: list[Decal] = []
    for side in (-1, 1):
        edge = plan.right_end + plan.pavement if side > 0 else plan.left_end - plan.pavement
        for y0, y1 in _stretches(plan):
            y = y0 + 0.4
            while y < y1 - 3:
                width = float(min(rng.uniform(3.8, 6.2), y1 - y))
                _row_house(side, edge, y, width, rng, meshes, decals)
                y += width
    _end_row(plan, rng, meshes, decals)
    return meshes, decals


def _row_house(
    side: int, edge: float, y: float, width: float, rng: np.random.Generator, meshes: list[Mesh], decals: list[Decal]
) -> None:
    """A house whose front faces the street, and whose near wall the camera may see."""
    storeys = int(rng.integers(2, 5))
    wall = backdrop.PLASTER[int(rng.integers(len(backdrop.PLASTER)))]
    depth, high = 9.0, 3.4 * storeys
    set_back = float(rng.uniform(0, 0.5))
    front = edge + side * set_back
    meshes.append(backdrop.house(front + side * depth / 2, y + width / 2, depth, width - 0.05, storeys, wall))
    x = front - side * 0.02
    near, far = (y, y + width) if side < 0 else (y + width, y)
    corners = np.array([[x, near, high], [x, far, high], [x, far, 0], [x, near, 0]], float)
    decals.append(Decal(corners, backdrop.facade(rng, width, storeys, wall)))
    a, b = (front, front + depth) if side > 0 else (front - depth, front)
    wall_face = np.array([[a, y - 0.02, high], [b, y - 0.02, high], [b, y - 0.02, 0], [a, y - 0.02, 0]], float)
    decals.append(Decal(wall_face, backdrop.facade(rng, depth, storeys, wall)))


def _end_row(plan: StreetPlan, rng: np.random.Generator, meshes: list[Mesh], decals: list[Decal]) -> None:
    """Houses that close the view where the street bends away."""
    x = -46.0
    y = plan.far_y + 26
    while x < 46:
        width = float(rng.uniform(4, 7))
        storeys = int(rng.integers(2, 6))
        wall = backdrop.PLASTER[int(rng.integers(len(backdrop.PLASTER)))]
        meshes.append(backdrop.house(x + width / 2, y + 4, width, 8, storeys, wall))
        corners = np.array(
            [
                [x, y - 0.02, 3.4 * storeys],
                [x + width, y - 0.02, 3.4 * storeys],
                [x + width, y - 0.02, 0],
                [x, y - 0.02, 0],
            ],
            float,
        )
        decals.append(Decal(corners, backdrop.facade(rng, width, storeys, wall)))
        x += width
