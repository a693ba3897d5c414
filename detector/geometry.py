"""Plane geometry of the picture: directions, polygons and the stop line. Points are (x, y) in pixels, y down.

Angles are signed as a traveller feels them: positive turns to the right (clockwise on the screen), because a road seen
from a pole is not mirrored.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from detector.vocabulary import Box, Point

Vector = tuple[float, float]

# Sine of the angle at which a pole looks down on its nearer vehicles: ways along the view look so much shorter.
ROW_SHARE = 0.5
SIDES_KEPT = 256  # polygons: the lanes of a camera, many times over


def between(start: Point, end: Point) -> Vector:
    """The displacement from `start` to `end`."""
    return (end[0] - start[0], end[1] - start[1])


def length(vector: Vector) -> float:
    """Euclidean length."""
    return math.hypot(vector[0], vector[1])


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1]


def unit(vector: Vector) -> Vector:
    """The same direction with length 1; ValueError for the null vector."""
    size = length(vector)
    if size == 0:
        raise ValueError("a direction needs a length")
    return (vector[0] / size, vector[1] / size)


def cosine(a: Vector, b: Vector) -> float:
    """Cosine of the angle between two vectors; 0 where one of them has no length (no direction, no claim)."""
    size = length(a) * length(b)
    return dot(a, b) / size if size > 0 else 0.0


def turn_deg(heading: Vector, later_heading: Vector) -> float:
    """Signed angle in (−180, 180] from one heading to the next, positive to the traveller's right."""
    cross = heading[0] * later_heading[1] - heading[1] * later_heading[0]
    return math.degrees(math.atan2(cross, dot(heading, later_heading)))


def to_the_right(heading: Vector) -> Vector:
    """Unit vector to the traveller's right."""
    x, y = unit(heading)
    return (-y, x)


def middle(box: Box) -> Point:
    """The middle of a box."""
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def carried_on(start: Point, end: Point, share: float) -> Point:
    """Where a way from `start` to `end` leads after this share of it more."""
    dx, dy = between(start, end)
    return (end[0] + share * dx, end[1] + share * dy)


def is_near(box: Box, other: Box, share: float) -> bool:
    """Whether the other box reaches into this one, grown by this share of its size on every side."""
    x1, y1, x2, y2 = box
    across, down = share * (x2 - x1), share * (y2 - y1)
    return other[0] < x2 + across and other[2] > x1 - across and other[1] < y2 + down and other[3] > y1 - down


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def contains(polygon: Sequence[Point], point: Point) -> bool:
    """Even-odd rule; a polygon is a list of corners without the first repeated at the end."""
    x, y = point
    inside = False
    for index, (x2, y2) in enumerate(polygon):
        x1, y1 = polygon[index - 1]
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def distance_to_segment(point: Point, start: Point, end: Point) -> float:
    """Distance from a point to the nearest point of a segment."""
    along = between(start, end)
    square = dot(along, along)
    share = 0.0 if square == 0 else min(1.0, max(0.0, dot(between(start, point), along) / square))
    nearest = (start[0] + share * along[0], start[1] + share * along[1])
    return length(between(nearest, point))


def within_picture(point: Point, picture_wh: tuple[int, int]) -> Point:
    """The point itself, or the nearest one within the picture."""
    width, height = picture_wh
    return (min(max(point[0], 1.0), width - 2.0), min(max(point[1], 1.0), height - 2.0))


def depth_inside(polygon: Sequence[Point], point: Point, picture_wh: tuple[int, int] | None = None) -> float:
    """How far sideways the polygon's edge is, in pixels along a picture row: positive inside, negative outside.

    A vehicle's width is seen along a row as well. Sides that slant on their way to the camera are met sooner straight
    across; the distance to one that runs along the row is foreshortened (`ROW_SHARE`).

    With the picture's size: what the picture's edge cuts off goes on beyond it. Points beyond the picture count as
    on its edge, and sides of the polygon along that edge are none.
    """
    if picture_wh is not None:
        point = within_picture(point, picture_wh)
    sides = _sides(tuple(polygon), picture_wh)
    distance = min((distance_to_segment(point, a, b) / share for a, b, share in sides), default=math.inf)
    return distance if contains(polygon, point) else -distance


@lru_cache(maxsize=SIDES_KEPT)
def _sides(polygon: tuple[Point, ...], picture_wh: tuple[int, int] | None) -> tuple[tuple[Point, Point, float], ...]:
    """Sides that are no edge of the picture, each with what a pixel along a row measures square to it."""
    sides = [(polygon[i - 1], polygon[i]) for i in range(len(polygon))]
    if picture_wh is not None:
        sides = [side for side in sides if not _is_along_edge(side, picture_wh)]
    return tuple((start, end, _seen_share(start, end)) for start, end in sides)


def _seen_share(a: Point, b: Point) -> float:
    """What a row's pixel across the road measures square to this side."""
    size = length(between(a, b))
    return max(abs(b[1] - a[1]) / size, ROW_SHARE) if size else 1.0


def _is_along_edge(side: tuple[Point, Point], picture_wh: tuple[int, int]) -> bool:
    (x1, y1), (x2, y2) = side
    width, height = picture_wh
    return max(x1, x2) <= 1 or max(y1, y2) <= 1 or min(x1, x2) >= width - 2 or min(y1, y2) >= height - 2


@dataclass(frozen=True, slots=True)
class LinePosition:
    """Where a point lies with regard to a stop line.

    `beyond_px`: distance past the line along the direction of travel, negative before it.
    `outside_px`: how far the way over the line runs beside its painted ends: 0 on the paint, negative beside the
    traveller's left end, positive beside the right end.
    """

    beyond_px: float
    outside_px: float


@dataclass(frozen=True, slots=True)
class StopLineGeometry:
    """A stop line of two or more points, ordered from the traveller's left to right, and the way over it.

    The line goes on straight beyond its painted ends: whoever passes there is beside the paint, not nowhere.
    """

    points: tuple[Point, ...]
    direction: Vector

    @classmethod
    def of(cls, points: Sequence[Point], direction: Vector) -> "StopLineGeometry":
        """From the camera file's polyline, in either order of its points. ValueError below two points."""
        if len(points) < 2:
            raise ValueError("a stop line needs two points")
        ordered = tuple(points)
        if dot(to_the_right(direction), between(ordered[0], ordered[-1])) < 0:
            ordered = ordered[::-1]
        return cls(ordered, unit(direction))

    @property
    def length_px(self) -> float:
        """Length of the painted polyline."""
        return sum(length(between(a, b)) for a, b in pairwise(self.points))

    @property
    def across(self) -> Vector:
        """The way from its left to its right end, of length 1: sideways on the road, as it looks there."""
        return unit(between(self.points[0], self.points[-1]))

    def position(self, point: Point) -> LinePosition:
        """Follow the direction of travel through `point` to the line, which is met on the paint or beside it."""
        right = to_the_right(self.direction)
        at = dot(right, point)
        across = [dot(right, corner) for corner in self.points]
        along = [dot(self.direction, corner) for corner in self.points]
        index = 1
        while index < len(across) - 1 and at > across[index]:
            index += 1
        width = across[index] - across[index - 1]
        share = (at - across[index - 1]) / width if width > 0 else 0.0
        line = along[index - 1] + share * (along[index] - along[index - 1])
        outside = min(0.0, at - across[0]) + max(0.0, at - across[-1])
        return LinePosition(dot(self.direction, point) - line, outside)
