"""In which lane wheels are, whether well inside it, and how far a way in the picture is at least on the road."""

import math
from collections.abc import Sequence

from detector.camera import Lane
from detector.geometry import Vector, contains, depth_inside, within_picture
from detector.rules.sample import Sample
from detector.vocabulary import Point

# A way along a picture row looks as long as it is; towards the camera a pole shows about a third of it.
ROW_WEIGHT = 0.3


def lane_at(lanes: Sequence[Lane], ground: Point) -> Lane | None:
    """The first of the lanes that holds this point of the road."""
    return next((lane for lane in lanes if contains(lane.polygon, ground)), None)


def is_well_inside(
    lane: Lane,
    sample: Sample,
    widths: float,
    picture_wh: tuple[int, int],
    asides: tuple[float, float] | None = None,
) -> bool:
    """Whether the wheels are deeper in the lane than `widths` of the vehicle.

    `asides`: between which places beside the middle of its box they are, in heights (`Road.wheels_between`); at both they must
    be as deep. Where that is not known, twice as deep for a vehicle that drives across the picture: they are up to half its
    width beside the middle.
    """
    x, y = sample.ground
    margin = widths * sample.width_px
    if asides is None:
        slant = abs(lane.direction[0]) if lane.direction else 1.0
        return _is_deep(lane, (x, y), (1 + slant) * margin, picture_wh)
    places = {(x + aside * sample.height_px, y) for aside in asides}
    return all(_is_deep(lane, place, margin, picture_wh) for place in places)


def _is_deep(lane: Lane, place: Point, margin: float, picture_wh: tuple[int, int]) -> bool:
    if not contains(lane.polygon, within_picture(place, picture_wh)):  # most lanes: no distance need be taken
        return False
    return depth_inside(lane.polygon, place, picture_wh) >= margin


def foreshortened(way: Vector) -> float:
    """Length of the way in pixels as it would look if it ran towards the camera."""
    return math.hypot(ROW_WEIGHT * way[0], way[1])
