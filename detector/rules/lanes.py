"""In which lane wheels are, whether well inside it, and how far a way in the picture is at least on the road."""

import math
from collections.abc import Sequence

from detector.camera import Lane
from detector.geometry import Vector, contains, depth_inside
from detector.rules.sample import Sample
from detector.vocabulary import Point

# A way along a picture row looks as long as it is; towards the camera a pole shows about a third of it.
ROW_WEIGHT = 0.3


def lane_at(lanes: Sequence[Lane], ground: Point) -> Lane | None:
    """The first of the lanes that holds this point of the road."""
    return next((lane for lane in lanes if contains(lane.polygon, ground)), None)


def is_well_inside(
    lane: Lane, sample: Sample, widths: float, picture_wh: tuple[int, int], aside_heights: float | None = None
) -> bool:
    """Whether the wheels are deeper in the lane than `widths` of the vehicle.

    `aside_heights`: how far they are beside the middle of its box (`Road.wheels_aside`). Where that is not known, they must be
    twice as deep for a vehicle that drives across the picture: there they are up to half its width beside the middle.
    """
    x, y = sample.ground
    if aside_heights is None:
        slant = abs(lane.direction[0]) if lane.direction else 1.0
        return depth_inside(lane.polygon, (x, y), picture_wh) >= widths * (1 + slant) * sample.width_px
    wheels = (x + aside_heights * sample.height_px, y)
    return depth_inside(lane.polygon, wheels, picture_wh) >= widths * sample.width_px


def foreshortened(way: Vector) -> float:
    """Length of the way in pixels as it would look if it ran towards the camera."""
    return math.hypot(ROW_WEIGHT * way[0], way[1])
