"""Whether wheels are well inside a lane, as a table. The lane lies between x = 400 and 600; boxes are 40 px wide, 100 px high."""

import pytest
from scenes import START

from detector.camera import Lane
from detector.rules.lanes import is_well_inside
from detector.rules.sample import Sample

SIDES = ((400.0, 0.0), (600.0, 0.0), (600.0, 800.0), (400.0, 800.0))
ALONG, SLANTING = Lane("L1", SIDES, (0.0, -1.0)), Lane("L1", SIDES, (-0.8, -0.6))
A_QUARTER = 0.25  # of the vehicle's width, 10 px


@pytest.mark.parametrize(
    ("title", "lane", "x", "asides", "expected"),
    [
        ("clear of the side by a quarter of its width", ALONG, 588, None, True),
        ("...by less", ALONG, 592, None, False),
        ("drives across the picture, wheels unknown: twice as deep", SLANTING, 588, None, False),
        ("...deep enough", SLANTING, 580, None, True),
        ("wheels known to be below the middle of its box", SLANTING, 588, (0.0, 0.0), True),
        ("wheels at its right end, outside", SLANTING, 588, (0.2, 0.2), False),
        ("wheels at its left end, though its middle is outside", SLANTING, 605, (-0.2, -0.2), True),
        ("...or at most so far: it may be outside", SLANTING, 605, (0.0, -0.2), False),
    ],
)
def test_wheels_well_inside_a_lane(
    title: str, lane: Lane, x: float, asides: tuple[float, float] | None, expected: bool
) -> None:
    sample = Sample(0.0, START, 0, (x - 20, 500, x + 20, 600), (x, 600), 100)
    assert is_well_inside(lane, sample, A_QUARTER, (1000, 800), asides) is expected, title
