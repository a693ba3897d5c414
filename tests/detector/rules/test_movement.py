"""Which way a vehicle goes, from its way driven. A camera 6.6 m up sees the road; picture 1000 by 800, horizon at row 0."""

import math

import pytest

from detector.geometry import between
from detector.ground import GroundPlane
from detector.movement import MOVEMENTS, Way, judge_movement
from detector.thresholds import load_thresholds
from detector.vocabulary import Movement

LIMITS = load_thresholds().movement
PLANE = GroundPlane.of_horizon(0.0, (1000, 800))
TILT, CAMERA_M, BIKE_M = math.atan2(400, 1000), 6.6, 1.65
Metres = tuple[float, float]  # to the right of the camera, ahead of it


def pixel(at: Metres) -> tuple[float, float]:
    depth = at[1] * math.cos(TILT) + CAMERA_M * math.sin(TILT)
    return (500 + 1000 * at[0] / depth, 400 + 1000 * (CAMERA_M * math.cos(TILT) - at[1] * math.sin(TILT)) / depth)


def seen(before: Metres, line: Metres, near_end: Metres, end: Metres, plane: GroundPlane | None) -> Movement:
    """What is told of a vehicle that came from `before` over the line and last drove from `near_end` to `end`."""
    crossing, here = pixel(line), pixel(end)
    approach = between(pixel(before), crossing)
    height_px = BIKE_M / CAMERA_M * here[1]
    way = Way(approach, approach, crossing, here, between(pixel(near_end), here), height_px, plane)
    return judge_movement(way, (), LIMITS).movement


ALONG = [(0.0, 12.0), (0.0, 20.0)]  # the camera looks along the road
ASLANT = [(-10.0, 12.0), (-4.0, 18.0)]  # the road runs across the picture
WAYS = [
    ("straight, along the view", *ALONG, (0.0, 28.0), (0.0, 32.0), Movement.STRAIGHT),
    ("right, along the view", *ALONG, (5.0, 30.0), (8.0, 30.0), Movement.RIGHT),
    ("left, along the view", *ALONG, (-5.0, 30.0), (-8.0, 30.0), Movement.LEFT),
    ("straight, aslant", *ASLANT, (4.0, 26.0), (8.0, 30.0), Movement.STRAIGHT),
    ("left, aslant: hardly bent in the picture", *ASLANT, (-5.0, 34.0), (-8.0, 37.0), Movement.LEFT),
    ("right, aslant", *ASLANT, (6.0, 18.0), (9.0, 15.0), Movement.RIGHT),
    ("back, along the view", *ALONG, (-4.0, 28.0), (-4.0, 24.0), Movement.U_TURN),
    ("back, aslant", *ASLANT, (-4.0, 26.0), (-7.0, 23.0), Movement.U_TURN),
]


@pytest.mark.parametrize(
    ("before", "line", "near_end", "end", "movement"), [w[1:] for w in WAYS], ids=[w[0] for w in WAYS]
)
def test_movement_on_the_road(before: Metres, line: Metres, near_end: Metres, end: Metres, movement: Movement) -> None:
    assert seen(before, line, near_end, end, PLANE) is movement


@pytest.mark.parametrize("lens", [0.5, 3.0])
@pytest.mark.parametrize(
    ("before", "line", "near_end", "end", "movement"), [w[1:] for w in WAYS], ids=[w[0] for w in WAYS]
)
def test_another_lens_than_the_assumed_one_makes_no_other_movement(before, line, near_end, end, movement, lens) -> None:  # type: ignore[no-untyped-def]
    stretched = [
        (x, lens * y) for x, y in (before, line, near_end, end)
    ]  # what that lens would make of the same picture
    plane = GroundPlane(PLANE.matrix * [[1.0], [1.0 / lens], [1.0]])
    told = seen(*stretched, plane)
    assert told in (movement, Movement.UNKNOWN)


def test_without_a_plane_a_turn_seen_from_aside_is_not_told_as_one() -> None:
    """The picture alone shows a slight bend: that is what the plane is for."""
    assert seen(*ASLANT, (-5.0, 34.0), (-8.0, 37.0), None) is not Movement.LEFT


@pytest.mark.parametrize(("across_px", "told"), [(25, Movement.UNKNOWN), (-25, Movement.U_TURN)])
def test_a_lower_edge_that_wobbles_is_no_way_back(across_px: float, told: Movement) -> None:
    """Far away on an aslant road: its box went on in the picture while its lower edge went down, metres back on the road."""
    before, crossing, here = (pixel(at) for at in (*ASLANT, (30.0, 52.0)))
    approach = between(before, crossing)
    way = Way(approach, approach, crossing, here, (across_px, 13.0), BIKE_M / CAMERA_M * here[1], PLANE)
    assert abs(way.turned_deg(approach)) > LIMITS.u_turn_deg
    assert judge_movement(way, (), LIMITS).movement is told


STRAIGHT, LEFT, RIGHT, U_TURN = Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT, Movement.U_TURN


@pytest.mark.parametrize(
    ("metres", "leans_deg", "possible"),
    [
        (None, 5.0, MOVEMENTS),
        (20.0, 5.0, MOVEMENTS),
        (27.0, 5.0, {STRAIGHT, LEFT, U_TURN}),
        (42.0, 5.0, {STRAIGHT}),
        (42.0, 20.0, {STRAIGHT, RIGHT, U_TURN}),
    ],
    ids=["metres not known", "before the right turn", "past the right turn", "past every turn", "bends to the right"],
)
def test_who_drifts_aside_is_told_by_how_far_it_came(
    metres: float | None, leans_deg: float, possible: set[Movement]
) -> None:
    """Two heights aside after six ahead is beside its line in the picture: the metres tell that no turn begins there."""
    heading = (math.sin(math.radians(leans_deg)), -math.cos(math.radians(leans_deg)))
    way = Way((0.0, -1.0), (0.0, -1.0), (500.0, 700.0), (700.0, 100.0), heading, 100.0, metres=metres)
    assert judge_movement(way, (), LIMITS).possible == possible
