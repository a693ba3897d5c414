"""The road in metres, from points measured on it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.geometry import turn_deg
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


def tilted(x: float, y: float, focal_px: float, tilt: float) -> tuple[float, float]:
    """Where a camera one unit above the road, tilted down, sees a point of it; picture 1280 by 720."""
    depth = y * math.cos(tilt) + math.sin(tilt)
    return (640 + focal_px * x / depth, 360 + focal_px * (math.cos(tilt) - y * math.sin(tilt)) / depth)


@pytest.mark.parametrize("tilt_deg", [5, 20, 40])
def test_a_horizon_and_an_ordinary_lens_tell_distances_in_heights_of_the_camera(tilt_deg: float) -> None:
    tilt, focal_px = math.radians(tilt_deg), 1280.0
    plane = GroundPlane.of_horizon(360 - focal_px * math.tan(tilt), (1280, 720))
    way = plane.metres_between(tilted(0.3, 2.0, focal_px, tilt), tilted(-0.4, 5.0, focal_px, tilt))
    assert way == pytest.approx(math.hypot(0.7, 3.0))


@pytest.mark.parametrize("focal_px", [640.0, 1280.0, 3000.0])
def test_a_turn_to_the_right_is_one_by_any_lens(focal_px: float) -> None:
    tilt = math.radians(15)
    plane = GroundPlane.of_horizon(360 - focal_px * math.tan(tilt), (1280, 720))
    ways = [((0.0, 2.0), (0.0, 3.0)), ((0.0, 4.0), (0.0, 5.0)), ((0.5, 5.0), (1.5, 5.0))]
    seen = [plane.way(*(tilted(*point, focal_px, tilt) for point in way)) for way in ways]
    first, ahead, right = [way for way in seen if way]
    assert turn_deg(first, ahead) == pytest.approx(0, abs=1e-6)
    assert turn_deg(first, right) == pytest.approx(90, abs=1e-6)


def test_measured_points_are_not_mirrored_whichever_way_their_axes_run() -> None:
    """Metres counted to the left instead of to the right."""
    mirrored = GroundPlane.of([MeasuredPoint(point.pixel, (-point.metres[0], point.metres[1])) for point in POINTS])
    for plane in (GroundPlane.of(POINTS), mirrored):
        ahead, right = plane.way(seen(0, 12), seen(0, 20)), plane.way(seen(0, 20), seen(3, 20))
        assert ahead and right
        assert turn_deg(ahead, right) == pytest.approx(90, abs=0.1)
