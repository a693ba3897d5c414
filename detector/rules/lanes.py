"""Whether wheels are well inside a lane, and how far a way in the picture is at least on the road."""

import math

from detector.camera import Lane
from detector.geometry import Vector, depth_inside
from detector.rules.paths import Sample

ROW_WEIGHT = (
    0.3  # a way along a picture row looks as long as it is; towards the camera a pole shows about a third of it
)


def is_well_inside(lane: Lane, sample: Sample, widths: float, picture_wh: tuple[int, int]) -> bool:
    """Whether the wheels are deeper in the lane than `widths` of the vehicle; twice as deep where it drives across the
    picture: there the middle of its box is up to half its width beside its wheels."""
    slant = abs(lane.direction[0]) if lane.direction else 1.0
    margin = widths * (1 + slant) * sample.width_px
    return depth_inside(lane.polygon, sample.ground, picture_wh) >= margin


def foreshortened(way: Vector) -> float:
    """Length of the way in pixels as it would look if it ran towards the camera."""
    return math.hypot(ROW_WEIGHT * way[0], way[1])
