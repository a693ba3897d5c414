"""The road as a plane: from pixels to metres, where the operator measured four or more points of it.

A plane seen by a camera is a homography (Hartley and Zisserman, Multiple View Geometry, 2.3): four points, no three of
them in a line, fix it; more are fitted by least squares (OpenCV `findHomography`). It holds for points on the road
alone: ground points, never heads or plates.

Where nobody measured, the horizon that vehicles show and an ordinary lens still tell which ways run towards the camera and
look short: `of_horizon`. A straight way stays straight by any homography, so an assumed lens makes no turn of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from detector.geometry import Vector
from detector.vocabulary import Point

POINTS_MIN = 4
LENS_WIDTHS = 1.0  # focal length in picture widths: a lens of 53 degrees, between the usual ones of 90 and 25
FIT_SHARE_MAX = 0.02  # of the measured area's diagonal: a point that fits worse was measured or clicked wrongly

THREES = tuple(combinations(range(POINTS_MIN), 3))
FLAT_SHARE = 0.01  # of the square of its longest side: a triangle of less area is a line


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """One point of the road: where it is seen (x, y in pixels) and where it lies (X, Y in metres, any origin)."""

    pixel: Point
    metres: Point


@dataclass(frozen=True, slots=True, eq=False)
class GroundPlane:
    """Distances on the road in metres."""

    matrix: npt.NDArray[np.float64]
    """(3, 3), from homogeneous pixels to homogeneous metres; the third coordinate is positive on the road."""
    _rows: tuple[tuple[float, float, float], ...] = field(init=False, repr=False)  # numpy is slow with three numbers
    _mirrored: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", tuple(map(tuple, self.matrix.tolist())))
        object.__setattr__(self, "_mirrored", -1.0 if np.linalg.det(self.matrix) < 0 else 1.0)

    @classmethod
    def of(cls, points: Sequence[MeasuredPoint]) -> "GroundPlane":
        """Through the measured points. Raises ValueError where they fix no plane, or contradict each other."""
        if len(points) < POINTS_MIN:
            raise ValueError(f"needs {POINTS_MIN} points or more")
        pixels = np.array([point.pixel for point in points], np.float64)
        metres = np.array([point.metres for point in points], np.float64)
        if len(points) == POINTS_MIN and any(
            _in_a_line(side[list(three)]) for side in (pixels, metres) for three in THREES
        ):
            raise ValueError("has three points in a line, or one point twice")
        matrix, _ = cv2.findHomography(pixels, metres)
        if matrix is None or abs(np.linalg.det(matrix)) < 1e-12:
            raise ValueError("has three points in a line, or one point twice")
        seen = np.column_stack([pixels, np.ones(len(points))]) @ matrix.T
        if np.any(seen[:, 2] * seen[0, 2] <= 0):
            raise ValueError("has points on both sides of the horizon: two of them were mixed up")
        plane = cls(matrix * np.sign(seen[0, 2]))
        size = math.dist(metres.min(axis=0), metres.max(axis=0))
        off = [math.dist(plane.position(point.pixel) or (math.inf, math.inf), point.metres) for point in points]
        if max(off) > FIT_SHARE_MAX * size:
            raise ValueError(f"does not fit: point {off.index(max(off)) + 1} is {max(off):.2g} m off")
        return plane

    @classmethod
    def of_horizon(cls, row: float, picture_wh: tuple[int, int]) -> "GroundPlane":
        """Of a camera held level whose horizon lies at this row (px, above the picture where negative), with a lens of
        `LENS_WIDTHS`. Distances in heights of the camera above the road, X to the right and Y ahead in the picture."""
        width, height = picture_wh
        focal_px = LENS_WIDTHS * width
        tilt = math.atan2(height / 2 - row, focal_px)
        cos, tan = math.cos(tilt), math.tan(tilt)
        across, ahead = [1 / cos, 0.0, -width / 2 / cos], [0.0, -tan, focal_px / cos**2 + tan * row]
        return cls(np.array([across, ahead, [0.0, 1.0, -row]]))

    def position(self, point: Point) -> Point | None:
        """Where on the road a pixel lies, in metres; None at and above the horizon."""
        u, v = point
        x, y, depth = (a * u + b * v + c for a, b, c in self._rows)
        return (x / depth, y / depth) if depth > 1e-9 else None

    def way(self, start: Point, end: Point) -> Vector | None:
        """The way on the road between two pixels, its turns as in the picture (not mirrored); None where one of them is not
        on the road."""
        a, b = self.position(start), self.position(end)
        return (b[0] - a[0], self._mirrored * (b[1] - a[1])) if a and b else None

    def metres_between(self, start: Point, end: Point) -> float | None:
        """Distance on the road between two pixels; None where one of them is not on it."""
        a, b = self.position(start), self.position(end)
        return math.dist(a, b) if a and b else None


def _in_a_line(triangle: npt.NDArray[np.float64]) -> bool:
    (ax, ay), (bx, by), (cx, cy) = triangle
    longest = max(math.dist(a, b) for a, b in combinations(triangle, 2))
    return bool(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2 <= FLAT_SHARE * longest**2)
