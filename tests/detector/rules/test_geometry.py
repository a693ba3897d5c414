"""Directions, polygons and the stop line: the traveller's right is the picture's right when he drives upwards."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.geometry import (
    StopLineGeometry,
    contains,
    cosine,
    depth_inside,
    iou,
    to_the_right,
    turn_deg,
    unit,
)

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
BENT = ((300.0, 410.0), (500.0, 400.0), (700.0, 390.0))


@pytest.mark.parametrize(
    ("heading", "later", "expected"),
    [
        ((0, -1), (1, 0), 90),  # up, then to the picture's right: a right turn
        ((0, -1), (-1, 0), -90),  # up, then left
        ((0, 1), (-1, 0), 90),  # towards the camera, then to the picture's left: his right
        ((1, 0), (1, 0), 0),
        ((0, -1), (0, 1), 180),  # turned round
    ],
)
def test_turns_are_signed_as_the_traveller_feels_them(
    heading: tuple[float, float], later: tuple[float, float], expected: float
) -> None:
    assert turn_deg(heading, later) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("point", "beyond", "outside"),
    [
        ((500, 500), -100, 0),  # before the line
        ((500, 300), 100, 0),  # beyond it
        ((400, 405), 0, 0),  # on the left piece of the bent line
        ((600, 395), 0, 0),  # on the right piece
        ((250, 412.5), 0, -50),  # on its extension beside the left end
        ((760, 387), 0, 60),  # beside the right end
    ],
)
def test_position_at_a_bent_stop_line(point: tuple[float, float], beyond: float, outside: float) -> None:
    for points in (BENT, BENT[::-1]):
        position = StopLineGeometry.of(points, (0.0, -1.0)).position(point)
        assert position.beyond_px == pytest.approx(beyond)
        assert position.outside_px == pytest.approx(outside)


def test_left_end_is_the_travellers_left_when_he_comes_towards_the_camera() -> None:
    line = StopLineGeometry.of(BENT, (0.0, 1.0))
    assert line.position((760, 387)).outside_px == pytest.approx(-60)
    assert line.position((500, 500)).beyond_px == pytest.approx(100)


def test_impossible_lines_and_directions_are_refused() -> None:
    with pytest.raises(ValueError, match="two points"):
        StopLineGeometry.of(BENT[:1], (0.0, -1.0))
    with pytest.raises(ValueError, match="length"):
        unit((0.0, 0.0))


@pytest.mark.parametrize(("point", "depth"), [((5, 5), 5), ((9, 5), 1), ((12, 5), -2), ((13, 14), -5)])
def test_depth_inside_a_polygon(point: tuple[float, float], depth: float) -> None:
    assert depth_inside(SQUARE, point) == pytest.approx(depth)
    assert contains(SQUARE, point) is (depth > 0)


def test_overlap_of_boxes() -> None:
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou((0, 0, 10, 10), (20, 0, 30, 10)) == 0.0


@given(angle=st.floats(-3.1, 3.1), shift=st.floats(-500, 500))
def test_cosine_and_right_agree(angle: float, shift: float) -> None:
    heading = (math.cos(angle), math.sin(angle))
    assert cosine(heading, to_the_right(heading)) == pytest.approx(0, abs=1e-9)
    assert turn_deg(heading, to_the_right(heading)) == pytest.approx(90)
    line = StopLineGeometry.of(((0.0, 0.0), to_the_right(heading)), heading)
    point = (heading[0] * shift, heading[1] * shift)
    assert line.position(point).beyond_px == pytest.approx(shift, abs=1e-6)
