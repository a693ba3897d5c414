"""The road in metres, from points measured on it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.ground import GroundPlane, MeasuredPoint

# A camera 6 m up that looks down the road: pixel rows of road points 10, 20 and 40 m away, focal length 1000 px.
HEIGHT_M, FOCAL_PX, HORIZON_Y = 6.0, 1000.0, 100.0


def seen(x_m: float, y_m: float) -> tuple[float, float]:
    return (640 + FOCAL_PX * x_m / y_m, HORIZON_Y + FOCAL_PX * HEIGHT_M / y_m)


CORNERS = [(-3.0, 10.0), (3.0, 10.0), (3.0, 40.0), (-3.0, 40.0)]
POINTS = [MeasuredPoint(seen(*corner), corner) for corner in CORNERS]


@given(x=st.floats(-4, 4), y=st.floats(9, 60), aside=st.floats(-4, 4), ahead=st.floats(9, 60))
@settings(deadline=None)
def test_distances_on_the_road(x: float, y: float, aside: float, ahead: float) -> None:
    metres = GroundPlane.of(POINTS).metres_between(seen(x, y), seen(aside, ahead))
    assert metres == pytest.approx(math.dist((x, y), (aside, ahead)), abs=1e-3)


def test_nothing_above_the_horizon_lies_on_the_road() -> None:
    plane = GroundPlane.of(POINTS)
    assert plane.position((640, HORIZON_Y - 1)) is None
    assert plane.metres_between((640, HORIZON_Y - 1), seen(0, 20)) is None
    assert plane.position((640, HORIZON_Y + 50)) is not None


def moved(index: int, metres: tuple[float, float]) -> list[MeasuredPoint]:
    changed = [*POINTS, MeasuredPoint(seen(0, 20), (0.0, 20.0))]
    changed[index] = MeasuredPoint(changed[index].pixel, metres)
    return changed


BAD = [
    ("three points", POINTS[:3], "needs 4 points"),
    ("one point twice", [POINTS[0], POINTS[0], POINTS[1], POINTS[2]], "three points in a line"),
    ("all in a line", [MeasuredPoint(seen(0, y), (0.0, y)) for y in (10, 20, 30, 40)], "three points in a line"),
    (
        "two mixed up",
        [MeasuredPoint(point.pixel, CORNERS[k]) for point, k in zip(POINTS, (0, 2, 1, 3), strict=True)],
        "mixed up",
    ),
    ("a fifth that contradicts", moved(4, (0.0, 26.0)), "does not fit"),
]


@pytest.mark.parametrize(("points", "what"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_points_that_fix_no_plane(points: list[MeasuredPoint], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        GroundPlane.of(points)
