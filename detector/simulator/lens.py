"""A pole camera as a pinhole: where a point of the road world is seen in the picture.

World: metres, x to the right of the approach, y ahead (the stop line is y = 0), z up. Picture: pixels, x right, y down.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.vocabulary import Point

Floats = npt.NDArray[np.float64]

NEAR_M = 0.5  # nothing nearer to the camera than this is drawn
TRIES = 200  # poses drawn until one sees enough of the road
SIZES_WH = ((640, 480), (1006, 720), (1280, 720), (1920, 1080))
BIKE_HEIGHT_M = 1.65


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """`position` (3,) in metres; `axes` (3, 3): rows right, down and forward of the camera; `focal_px` in pixels."""

    position: Floats
    axes: Floats
    focal_px: float
    size_wh: tuple[int, int]

    @classmethod
    def looking(
        cls, position: tuple[float, float, float], yaw: float, tilt: float, focal_px: float, size_wh: tuple[int, int]
    ) -> "Lens":
        """`yaw`: radians from straight ahead to the right; `tilt`: radians down."""
        forward = np.array([math.sin(yaw) * math.cos(tilt), math.cos(yaw) * math.cos(tilt), -math.sin(tilt)])
        right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        return cls(np.array(position), np.stack([right, np.cross(forward, right), forward]), focal_px, size_wh)

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels (…, 2) and depths in metres (…,) of world points (…, 3). Depths below `NEAR_M` count as that."""
        seen = (points - self.position) @ self.axes.T
        depth = np.maximum(seen[..., 2], NEAR_M)
        middle = np.array(self.size_wh) / 2
        return seen[..., :2] / depth[..., None] * self.focal_px + middle, seen[..., 2]

    def pixel(self, x: float, y: float, z: float = 0.0) -> Point:
        """Where one point is seen."""
        (u, v), _ = self.project(np.array([x, y, z]))
        return (float(u), float(v))

    def outline(self, corners: list[Point]) -> tuple[Point, ...]:
        """A polygon on the road as it is drawn into the picture: cut off at its edges; () where it is out of sight."""
        ground = [np.array([x, y, 0.0]) for x, y in corners]
        seen = [self.axes @ (point - self.position) for point in ground]
        seen = _cut(seen, np.array([0.0, 0.0, 1.0]), NEAR_M)
        width, height = self.size_wh
        flat = [
            np.array([p[0] / p[2] * self.focal_px + width / 2, p[1] / p[2] * self.focal_px + height / 2]) for p in seen
        ]
        for normal, offset in (((1, 0), 0), ((-1, 0), -(width - 1)), ((0, 1), 0), ((0, -1), -(height - 1))):
            flat = _cut(flat, np.array(normal, dtype=float), float(offset))
        return tuple((round(float(p[0]), 1), round(float(p[1]), 1)) for p in flat)

    @property
    def horizon_row(self) -> float:
        """The row at which the road vanishes straight ahead of the camera, in px."""
        ahead = self.axes[2] * np.array([1.0, 1.0, 0.0])
        return float((self.axes[1] @ ahead) / (self.axes[2] @ ahead) * self.focal_px + self.size_wh[1] / 2)

    def motorbike_px(self, x: float, y: float) -> float:
        """How high a motorbike with its rider is in the picture, standing there."""
        return self.pixel(x, y)[1] - self.pixel(x, y, BIKE_HEIGHT_M)[1]


def _cut(corners: list[Floats], normal: Floats, offset: float) -> list[Floats]:
    """Sutherland and Hodgman: the part of the polygon where normal · point ≥ offset."""
    kept: list[Floats] = []
    for index, here in enumerate(corners):
        before = corners[index - 1]
        inside, was_inside = normal @ here >= offset, normal @ before >= offset
        if inside != was_inside:
            share = (offset - normal @ before) / (normal @ (here - before))
            kept.append(before + share * (here - before))
        if inside:
            kept.append(here)
    return kept


def draw_lens(rng: np.random.Generator, left_x: float, right_x: float, *, from_front: bool) -> Lens:
    """A pole of 4 to 9 m beside or above the road, behind the line (or in front of it), looking at the line.

    The lens is chosen so that the road fills 40 to 75 % of the picture's width at the line; the pose is drawn again until
    it sees 5 m before and 12 m beyond the line and motorbikes there are of a size that a detector can use.
    """
    middle_x = (left_x + right_x) / 2
    lens = _pose(rng, middle_x, right_x - left_x, from_front=from_front)
    for _ in range(TRIES):
        if _sees_enough(lens, middle_x):
            break
        lens = _pose(rng, middle_x, right_x - left_x, from_front=from_front)
    return lens


def _pose(rng: np.random.Generator, middle_x: float, road_m: float, *, from_front: bool) -> Lens:
    size_wh = SIZES_WH[rng.integers(len(SIZES_WH))]
    width, height = size_wh
    away, pole = rng.uniform(8, 24), rng.uniform(4, 9)
    x = middle_x + rng.uniform(-0.7, 0.7) * road_m
    y = away if from_front else -away
    to_line = math.hypot(middle_x - x, y)
    focal_px = rng.uniform(0.4, 0.75) * width * math.hypot(to_line, pole) / road_m
    tilt = math.atan2(pole, to_line) - math.atan((rng.uniform(0.35, 0.8) - 0.5) * height / focal_px)
    yaw = math.atan2(middle_x - x, -y) - math.atan(rng.uniform(-0.12, 0.12) * width / focal_px)
    return Lens.looking((x, y, pole), yaw, tilt, focal_px, size_wh)


def _sees_enough(lens: Lens, middle_x: float) -> bool:
    width, height = lens.size_wh
    seen = [lens.pixel(middle_x, y) for y in (-5.0, 0.0, 12.0)]
    inside = all(0 <= u < width and 0 <= v < height for u, v in seen)
    _, depths = lens.project(np.array([[middle_x, -5.0, 0.0], [middle_x, 12.0, 0.0]]))
    ahead = bool((depths > 2).all())
    return inside and ahead and 0.09 <= lens.motorbike_px(middle_x, 0) / height <= 0.4 and lens.focal_px >= 0.5 * width
