"""Red light where a lamp's arrow frees those who turn: the movement decides. The line is at y = 400, travel is upwards."""

import dataclasses

import pytest
from scenes import (
    CAMERA_M,
    HORIZON,
    LEFT_ARROW,
    MAIN,
    RIGHT_ARROW,
    RIGHT_EXIT,
    STRAIGHT_ON,
    Drive,
    Lamps,
    camera,
    codes,
    judge,
    scenes,
)

from detector.camera import RuleName, Signal
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Certainty, Movement, VehicleClass

THRESHOLDS = load_thresholds()
ARROWS = camera(signals=(MAIN, RIGHT_ARROW))
ARROW_GREEN: Lamps = {"main": [(0, "red")], "right_arrow": [(0, "green")]}

ARROW_ROWS = [
    ("turns right on the green arrow", [(1, 600, 700), (4, 600, 400), (5, 610, 350), (7, 950, 320)], []),
    (
        "keeps straight for two seconds beyond the line, then turns right on the green arrow",
        [(1, 600, 700), (4, 600, 400), (6, 600, 280), (8, 950, 260)],
        [],
    ),
    ("straight on past the green right arrow", STRAIGHT_ON, ["RED_LIGHT"]),
    (
        "turns left past the green right arrow",
        [(1, 500, 700), (4, 500, 400), (5, 490, 330), (8, 100, 300)],
        ["RED_LIGHT"],
    ),
    ("lost before its movement shows", [(1, 600, 700), (4, 600, 400), (5.2, 600, 290)], []),
    (
        "waits beyond the line beside the green arrow, then straight on at red",
        [(1, 500, 600), (3, 500, 370), (10, 500, 370), (14, 500, 120)],
        ["RED_LIGHT"],
    ),
    (
        "waits beyond the line beside the green arrow, then turns right on it",
        [(1, 600, 600), (3, 600, 370), (10, 600, 370), (14, 950, 330)],
        [],
    ),
]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(("way", "expected"), [row[1:] for row in ARROW_ROWS], ids=[row[0] for row in ARROW_ROWS])
def test_green_right_arrow_beside_main_red(
    way: list[tuple[float, float, float]], expected: list[str], fps: float
) -> None:
    found = judge(RuleName.RED_LIGHT, ARROWS, THRESHOLDS, scenes([Drive(way)], ARROW_GREEN, fps=fps, jitter=0.01))
    assert codes(found) == expected


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(
    ("title", "last_x", "expected"),
    [
        ("still straight", 600, ["RED_LIGHT"]),
        ("bends to the left", 540, ["RED_LIGHT"]),
        ("bends to the right", 660, []),
    ],
)
def test_who_leaves_while_the_way_bends_towards_the_green_arrow_may_be_turning(
    title: str, last_x: float, expected: list[str], fps: float
) -> None:
    way = [(1, 600, 700), (4, 600, 400), (7, 600, 220), (7.8, last_x, 180)]
    found = judge(RuleName.RED_LIGHT, ARROWS, THRESHOLDS, scenes([Drive(way)], ARROW_GREEN, fps=fps), HORIZON)
    assert codes(found) == expected, title


@pytest.mark.parametrize(
    ("horizon", "expected"),
    [(Horizon.at(0.0, CAMERA_M), ["RED_LIGHT"]), (None, [])],
    ids=["metres known", "heights only"],
)
def test_a_bus_goes_straight_on_in_less_than_two_of_its_heights(horizon: Horizon | None, expected: list[str]) -> None:
    way = [(1, 600, 700), (4, 600, 400), (7.5, 600, 240)]
    bus = Drive(way, VehicleClass.BUS, scale=2.0)
    assert codes(judge(RuleName.RED_LIGHT, ARROWS, THRESHOLDS, scenes([bus], ARROW_GREEN), horizon)) == expected


LEFT_ARROW_ROWS = [
    (
        "keeps straight for four seconds, then turns left on the green arrow",
        [(1, 600, 700), (4, 600, 400), (8, 600, 200), (10, 300, 190), (11, 100, 190)],
        [],
    ),
    (
        "turns left in a bend that looks slight from aside",
        [(1, 800, 700), (4, 600, 400), (6, 500, 300), (9, 200, 235), (11, 30, 232)],
        [],
    ),
    (
        "waits beyond the line, keeps straight for three seconds, then turns left",
        [(1, 600, 600), (3, 600, 370), (10, 600, 370), (13, 600, 200), (15, 100, 190)],
        [],
    ),
    (
        "straight on past the green left arrow until it is out of sight",
        [(1, 600, 700), (4, 600, 400), (9, 600, 60)],
        ["RED_LIGHT"],
    ),
    ("lost after three seconds straight on", [(1, 600, 700), (4, 600, 400), (7, 600, 200)], []),
]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(
    ("way", "expected"), [row[1:] for row in LEFT_ARROW_ROWS], ids=[row[0] for row in LEFT_ARROW_ROWS]
)
def test_green_left_arrow_beside_main_red(way, expected, fps) -> None:  # type: ignore[no-untyped-def]
    """Left-turners go deep into the junction first: only who leaves straight on has gone straight on."""
    lamps: Lamps = {"main": [(0, "red")], "left_arrow": [(0, "green")]}
    place = camera(signals=(MAIN, LEFT_ARROW))
    story = scenes([Drive(way)], lamps, fps=fps, jitter=0.01)
    assert codes(judge(RuleName.RED_LIGHT, place, THRESHOLDS, story)) == expected


def test_exit_zone_settles_the_movement_before_the_trajectory_does() -> None:
    with_exit = camera(signals=(MAIN, RIGHT_ARROW), movements=(RIGHT_EXIT,))
    way = [(1, 600, 700), (4, 600, 400), (6, 830, 280), (7, 990, 270)]
    assert judge(RuleName.RED_LIGHT, with_exit, THRESHOLDS, scenes([Drive(way)], ARROW_GREEN)) == []
    found = judge(
        RuleName.RED_LIGHT,
        with_exit,
        THRESHOLDS,
        scenes([Drive(way)], {"main": [(0, "red")], "right_arrow": [(0, "red")]}),
    )
    assert [(v.code, v.movement) for v in found] == [("RED_LIGHT", Movement.RIGHT)]


@pytest.mark.parametrize(
    ("vehicle_class", "expected"), [(VehicleClass.MOTORCYCLE, ["RED_LIGHT"]), (VehicleClass.BICYCLE, [])]
)
def test_a_bicycle_that_keeps_straight_for_three_seconds_may_still_turn(vehicle_class, expected) -> None:  # type: ignore[no-untyped-def]
    slow = Drive([(1, 600, 700), (4, 600, 400), (7.2, 600, 200)], vehicle_class)
    lamps: Lamps = {"main": [(0, "red")], "right_arrow": [(0, "green")]}
    with_arrow = camera(signals=(MAIN, RIGHT_ARROW))
    assert codes(judge(RuleName.RED_LIGHT, with_arrow, THRESHOLDS, scenes([slow], lamps))) == expected


@pytest.mark.parametrize(
    ("arrow", "until_m", "expected"),
    [
        (RIGHT_ARROW, 29.0, ["RED_LIGHT"]),
        (RIGHT_ARROW, 21.0, []),
        (LEFT_ARROW, 44.0, ["RED_LIGHT"]),
        (LEFT_ARROW, 36.0, []),
    ],
    ids=["past the right turn", "may turn right", "past the left turn", "may turn left"],
)
def test_who_is_lost_beyond_every_turn_has_gone_straight_on(arrow: Signal, until_m: float, expected: list[str]) -> None:
    """At 16 m/s, too fast for the seconds in which a turn shows."""
    line_m = 1000 * CAMERA_M / 400
    ways = [(t / 10, 16.0 * (t / 10 - 4)) for t in range(32, 80)]
    way = [(t, 500.0, 1000 * CAMERA_M / (line_m + metres)) for t, metres in ways if metres <= until_m]
    lamps: Lamps = {"main": [(0, "red")], arrow.name: [(0, "green")]}
    story, known = scenes([Drive(way)], lamps, fps=12), Horizon.at(0.0, CAMERA_M)
    assert codes(judge(RuleName.RED_LIGHT, camera(signals=(MAIN, arrow)), THRESHOLDS, story, known)) == expected


def test_doubtful_only_where_asked_for() -> None:
    asking = dataclasses.replace(THRESHOLDS, report_doubtful=True)
    lost = [(1, 600, 700), (4, 600, 400), (5.2, 600, 290)]
    story = scenes([Drive(lost)], ARROW_GREEN)
    found = judge(RuleName.RED_LIGHT, ARROWS, asking, story)
    assert [(v.code, v.certainty) for v in found] == [("RED_LIGHT", Certainty.DOUBTFUL)]
    assert judge(RuleName.RED_LIGHT, ARROWS, THRESHOLDS, story) == []
