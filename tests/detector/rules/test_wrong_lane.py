"""Wrong lane, as tables. "buses" is a lane for buses between x = 500 and 700; "left" is arrowed for left turns."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import HORIZON, RIGHT_EXIT, Drive, camera, codes, judge, scenes

from detector.camera import Camera, Lane, RuleName
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Movement, VehicleClass

THRESHOLDS = load_thresholds()
BUSES = Lane("buses", ((500, 400), (700, 400), (900, 800), (500, 800)), (0.0, -1.0), frozenset({VehicleClass.BUS}))
MIXED = Lane("mixed", ((300, 400), (498, 400), (498, 800), (300, 800)), (0.0, -1.0))
LEFT = dataclasses.replace(MIXED, name="left", arrows=frozenset({Movement.LEFT}))
STRAIGHT = dataclasses.replace(
    BUSES, name="straight", allowed=frozenset(VehicleClass), arrows=frozenset({Movement.STRAIGHT})
)
CLOSED: Camera = camera(lanes=(BUSES, MIXED))
ARROWS: Camera = camera(lanes=(LEFT, STRAIGHT))

CLOSED_ROWS = [
    ("car drives in the bus lane", [(1, 600, 780), (5, 600, 420)], VehicleClass.CAR, ["WRONG_LANE"]),
    ("motorbike drives in the bus lane", [(1, 600, 780), (5, 600, 420)], VehicleClass.MOTORCYCLE, ["WRONG_LANE"]),
    ("bus drives in the bus lane", [(1, 600, 780), (5, 600, 420)], VehicleClass.BUS, []),
    ("car keeps to its own lane", [(1, 400, 780), (5, 400, 420)], VehicleClass.CAR, []),
    ("motorbike rides the marking", [(1, 502, 780), (5, 502, 420)], VehicleClass.MOTORCYCLE, []),
    (
        "car swerves into the bus lane for a second",
        [(1, 400, 780), (2, 400, 700), (2.5, 580, 660), (3.2, 580, 600), (3.8, 400, 560), (5, 400, 420)],
        VehicleClass.CAR,
        [],
    ),
    ("car crosses the bus lane to a gate", [(1, 400, 640), (4, 880, 600)], VehicleClass.CAR, []),
    ("car stands in the bus lane", [(1, 600, 600), (10, 600, 600)], VehicleClass.CAR, []),
]


@pytest.mark.parametrize("fps", [5, 12, 30])
@pytest.mark.parametrize(
    ("way", "vehicle_class", "expected"), [row[1:] for row in CLOSED_ROWS], ids=[row[0] for row in CLOSED_ROWS]
)
def test_lane_closed_to_a_class(way, vehicle_class, expected, fps) -> None:  # type: ignore[no-untyped-def]
    drive = Drive(way, vehicle_class=vehicle_class)
    assert codes(judge(RuleName.WRONG_LANE, CLOSED, THRESHOLDS, scenes([drive], {}, fps=fps, jitter=0.015))) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [(VehicleClass.BICYCLE, ["WRONG_LANE"]), (VehicleClass.BUS, [])],
    ids=["closed as well", "allowed there"],
)
def test_looks_that_name_another_class(other: VehicleClass, expected: list[str]) -> None:
    """A motorbike that every other look takes for a bicycle may not drive there either way."""
    half = lambda t: other if int(t * 12) % 2 else VehicleClass.MOTORCYCLE  # noqa: E731
    drive = Drive([(1, 600, 780), (5, 600, 420)], looks_like=half)
    assert codes(judge(RuleName.WRONG_LANE, CLOSED, THRESHOLDS, scenes([drive], {}))) == expected


@pytest.mark.parametrize(
    ("to_y", "horizon", "expected"),
    [
        pytest.param(405, HORIZON, ["WRONG_LANE"], id="9 m"),
        pytest.param(500, HORIZON, [], id="6 m"),
        pytest.param(405, None, [], id="nobody knows how far"),
    ],
)
def test_a_lorry_goes_far_in_less_than_its_height(to_y: float, horizon: Horizon | None, expected: list[str]) -> None:
    lorry = Drive([(1, 610, 785), (4, 610, to_y)], VehicleClass.TRUCK, scale=1.7)
    assert codes(judge(RuleName.WRONG_LANE, CLOSED, THRESHOLDS, scenes([lorry], {}), horizon)) == expected


def test_vehicle_whose_class_wavers_is_acquitted() -> None:
    way = [(1, 600, 780), (5, 600, 420)]
    car = scenes([Drive(way, vehicle_class=VehicleClass.CAR)], {})
    bus = scenes([Drive(way, vehicle_class=VehicleClass.BUS)], {})
    wavering = [bus[i] if i % 3 == 0 else scene for i, scene in enumerate(car)]
    assert judge(RuleName.WRONG_LANE, CLOSED, THRESHOLDS, wavering) == []


ARROW_ROWS = [
    (
        "straight on from the left-turn lane",
        [(1, 400, 780), (4, 400, 400), (6, 400, 180), (9, 400, 60)],
        ["WRONG_LANE"],
    ),
    ("right from the left-turn lane", [(1, 400, 780), (4, 400, 400), (5, 420, 330), (8, 900, 300)], ["WRONG_LANE"]),
    ("left from the left-turn lane", [(1, 400, 780), (4, 400, 400), (5, 390, 330), (8, 50, 300)], []),
    ("straight on from the straight lane", [(1, 600, 780), (4, 600, 400), (7, 600, 100)], []),
    (
        "changes from the straight lane just before the line, then straight on",
        [(1, 600, 780), (3.6, 600, 450), (4, 470, 400), (7, 470, 100)],
        [],
    ),
    ("stops before the line", [(1, 400, 780), (4, 400, 420), (10, 400, 420)], []),
    (
        "waits at the line for long, then straight on from the left-turn lane",
        [(1, 400, 700), (3, 400, 412), (9, 400, 412), (14, 400, 60)],
        ["WRONG_LANE"],
    ),
    (
        "keeps straight for three seconds, then left from the left-turn lane",
        [(1, 400, 780), (4, 400, 400), (7, 400, 220), (9, 50, 200)],
        [],
    ),
    ("lost before its movement shows", [(1, 400, 780), (4, 400, 400), (5, 400, 330)], []),
]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(("way", "expected"), [row[1:] for row in ARROW_ROWS], ids=[row[0] for row in ARROW_ROWS])
def test_moving_against_a_painted_arrow(way, expected, fps) -> None:  # type: ignore[no-untyped-def]
    found = judge(RuleName.WRONG_LANE, ARROWS, THRESHOLDS, scenes([Drive(way)], {}, fps=fps, jitter=0.01))
    assert codes(found) == expected


def test_exit_zone_tells_the_movement() -> None:
    with_exit = camera(lanes=(LEFT, STRAIGHT), movements=(RIGHT_EXIT,))
    way = [(1, 400, 780), (4, 400, 400), (5, 500, 330), (8, 990, 300)]
    (found,) = judge(RuleName.WRONG_LANE, with_exit, THRESHOLDS, scenes([Drive(way)], {}))
    assert (found.movement, found.facts["because"]) == (Movement.RIGHT, "against_arrow")


def test_facts_name_the_lane_and_the_thresholds() -> None:
    (found,) = judge(RuleName.WRONG_LANE, CLOSED, THRESHOLDS, scenes([Drive([(1, 600, 780), (5, 600, 420)])], {}))
    assert (found.facts["because"], found.facts["lane"], found.facts["allowed"]) == ("closed_class", "buses", ["bus"])
    assert found.facts["thresholds"]["wrong_lane"]["dwell_s"] == THRESHOLDS.wrong_lane.dwell_s  # type: ignore[index,call-overload]


@settings(max_examples=100, deadline=None)
@given(
    row=st.sampled_from([row for row in CLOSED_ROWS if not row[3]]),
    fps=st.floats(5, 30),
    jitter=st.floats(0, 0.03),
    drop=st.floats(0, 0.4),
    seed=st.integers(0, 10_000),
)
def test_noise_never_accuses_a_lawful_drive(row, fps, jitter, drop, seed) -> None:  # type: ignore[no-untyped-def]
    story = scenes([Drive(row[1], vehicle_class=row[2])], {}, fps=fps, jitter=jitter, drop=drop, seed=seed)
    assert judge(RuleName.WRONG_LANE, CLOSED, THRESHOLDS, story) == []
