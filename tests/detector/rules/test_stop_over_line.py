"""Standing beyond the stop line, as tables of vehicles over time. The line is at y = 400, travel is upwards."""

import dataclasses

import pytest
from scenes import (
    CAMERA_M,
    LEFT_ARROW,
    MAIN,
    BoxAt,
    Drive,
    Lamps,
    Waypoint,
    camera,
    codes,
    judge,
    scenes,
)

from detector.camera import RuleName, StopLine
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Box, Movement, VehicleClass

THRESHOLDS = load_thresholds()
RED: Lamps = {"main": [(0, "red")]}


STOPS_OVER_LINE = [
    (
        "waits over the line and goes on only at green",
        [(1, 500, 600), (3, 500, 370), (15, 500, 370), (19, 500, 150)],
        {"main": [(0, "red"), (15, "green")]},
    ),
    (
        "waits behind the zebra and goes on only at green",
        [(1, 500, 600), (4, 500, 310), (15, 500, 310), (19, 500, 120)],
        {"main": [(0, "red"), (14.5, "green")]},
    ),
    (
        "creeps forward while waiting, goes on at green",
        [(1, 500, 600), (3, 500, 380), (8, 500, 380), (9, 500, 350), (15, 500, 350), (19, 500, 150)],
        {"main": [(0, "red"), (15, "green")]},
    ),
    (
        "leaves its place half a second before green: the operator's margin",
        [(1, 500, 600), (3, 500, 370), (15, 500, 370), (19, 500, 150)],
        {"main": [(0, "red"), (15.5, "green")]},
    ),
]


@pytest.mark.parametrize("fps", [5, 12, 30])
@pytest.mark.parametrize(
    ("way", "lamps"), [row[1:] for row in STOPS_OVER_LINE], ids=[row[0] for row in STOPS_OVER_LINE]
)
def test_stopping_over_the_line(way: list[tuple[float, float, float]], lamps: Lamps, fps: float) -> None:
    found = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way)], lamps, fps=fps, jitter=0.015))
    assert codes(found) == ["STOP_OVER_LINE"]


@pytest.mark.parametrize(
    ("place_y", "horizon", "expected"),
    [
        (386, Horizon.at(0.0, CAMERA_M), ["STOP_OVER_LINE"]),
        (394, Horizon.at(0.0, CAMERA_M), []),
        (388, Horizon(), []),
        (384, Horizon(), ["STOP_OVER_LINE"]),
    ],
    ids=["70 cm", "30 cm", "a tenth of its height, nobody knows how far", "a sixth of its height"],
)
def test_half_a_metre_over_the_line_is_over_it(place_y: float, horizon: Horizon, expected: list[str]) -> None:
    way = [(1, 500, 600), (3, 500, place_y), (12, 500, place_y), (16, 500, 120)]
    story = scenes([Drive(way)], {"main": [(0, "red"), (11.5, "green")]}, jitter=0.005)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story, horizon)) == expected


@pytest.mark.parametrize(
    ("leaves", "expected"),
    [
        ([(13, 500, 370), (18, 500, 60)], ["STOP_OVER_LINE"]),
        ([(6, 500, 370), (7.5, 500, 300), (12, 100, 260)], []),
    ],
    ids=["straight on, when it may", "left, when it may"],
)
def test_an_arrow_for_another_way_ends_no_stand(leaves: list[Waypoint], expected: list[str]) -> None:
    """The left turn is freed two seconds after it stopped beyond the line: for who turns left that was no stand on red."""
    ahead = dataclasses.replace(MAIN, governs=frozenset({Movement.STRAIGHT, Movement.RIGHT}))
    lamps: Lamps = {"main": [(0, "red"), (12.5, "green")], "left_arrow": [(0, "red"), (5, "green")]}
    story = scenes([Drive([(1, 500, 600), (3, 500, 370), *leaves])], lamps)
    assert codes(judge(RuleName.RED_LIGHT, camera(signals=(ahead, LEFT_ARROW)), THRESHOLDS, story)) == expected


def test_a_stand_counts_that_began_before_the_passing_was_certain() -> None:
    """A neighbour above hides how the top moves until it starts at green: it stood beyond the line, it did not run."""

    def still_top(t: float, box: Box) -> Box:
        return (box[0], 302.0, box[2], box[3]) if 1.5 <= t <= 10.5 else box

    way = [(0, 500, 600), (2, 500, 405), (2.6, 500, 391), (10, 500, 391), (14, 500, 120)]
    lamps: Lamps = {"main": [(0, "red"), (9.8, "green")]}
    found = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way, box_at=still_top)], lamps))
    assert "RED_LIGHT" not in codes(found)


@pytest.mark.parametrize("fps", [6, 12, 25])
def test_a_box_that_is_off_for_a_moment_again_and_again_stands_all_the_same(fps: float) -> None:
    """Half a metre to its box and one on the road: seen from a pole, that is little in the picture."""

    def off(t: float, box: Box) -> Box:
        up = 0.14 * (box[3] - box[1]) if 3 < t < 15 and t % 1 < 0.25 else 0.0
        return (box[0], box[1] - up, box[2], box[3] - up)

    way = [(1, 500, 600), (3, 500, 350), (15, 500, 350), (19, 500, 150)]
    lamps: Lamps = {"main": [(0, "red"), (14.5, "green")]}
    story = scenes([Drive(way, box_at=off)], lamps, fps=fps, jitter=0.005)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story, Horizon.at(0.0, CAMERA_M))) == [
        "STOP_OVER_LINE"
    ]


def test_a_lorry_that_waits_far_beyond_the_line_does_not_stand_over_it() -> None:
    way = [(1, 500, 790), (4, 500, 400), (8, 500, 150), (16, 500, 150)]
    lorry = Drive(way, VehicleClass.TRUCK, scale=2.0)
    story = scenes([lorry], {"main": [(0, "red"), (13, "green")]})
    assert "STOP_OVER_LINE" not in codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story))


def test_box_that_reaches_back_over_the_line_makes_no_new_passing() -> None:
    """Waits in the junction since green; at red its box swallows a neighbour's for a moment; then it clears."""

    def swallow(t: float, box: Box) -> Box:
        return (box[0], box[1], box[2], box[3] + 60) if 10 <= t <= 11 else box

    way = [(1, 500, 700), (4, 500, 370), (14, 500, 370), (18, 500, 120)]
    lamps: Lamps = {"main": [(0, "green"), (5, "yellow"), (8, "red")]}
    assert judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way, box_at=swallow)], lamps)) == []


WAITS_THEN_RUNS = [(1, 500, 600), (3, 500, 330), (12, 500, 330), (16, 500, 120)]


WAITS_TILL_GREEN: Lamps = {"main": [(0, "red"), (11.5, "green")]}


@pytest.mark.parametrize(
    ("hidden_s", "switch", "lamps", "expected"),
    [
        pytest.param((8, 9), False, RED, ["RED_LIGHT"], id="hidden for a second, the same id"),
        pytest.param((8, 10), True, RED, ["RED_LIGHT"], id="hidden for two seconds, another id in its place"),
        pytest.param((8, 10), True, WAITS_TILL_GREEN, ["STOP_OVER_LINE"], id="another id, and goes on at green"),
        pytest.param((6, 11), True, RED, [], id="hidden for five seconds: it may be another one"),
    ],
)
def test_who_waits_beyond_the_line_is_known_by_its_place(hidden_s, switch, lamps, expected) -> None:  # type: ignore[no-untyped-def]
    drive = Drive(
        WAITS_THEN_RUNS,
        box_at=lambda t, box: None if hidden_s[0] < t < hidden_s[1] else box,
        id_switch_at_s=hidden_s[1] if switch else None,
    )
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([drive], lamps))) == expected


def test_another_vehicle_in_its_place_after_a_cut_inherits_nothing() -> None:
    """At a cut every track ends at once and the other picture shows somebody standing at the same place."""
    story = scenes([Drive(WAITS_THEN_RUNS, id_switch_at_s=8.0)], RED)
    cut = next(i for i, scene in enumerate(story) if scene.tracks and scene.tracks[0].track_id == 1001)
    story[cut] = dataclasses.replace(story[cut], ended_track_ids=(1,))
    assert judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story) == []


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize("beyond_y", [375, 360, 330])
def test_box_that_jumps_to_who_waits_beyond_the_line_drives_nobody_over(beyond_y: float, fps: float) -> None:
    """Waits lawfully; its id then sticks to a neighbour who waits beyond the line and goes on while still red."""
    way = [(1, 500, 600), (3, 500, 415), (8, 500, 415), (8.001, 500, beyond_y), (12, 500, beyond_y), (16, 500, 120)]
    story = scenes([Drive(way)], RED, fps=fps, jitter=0.01)
    assert judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story) == []


BESIDE: BoxAt = lambda t, b: (b[0] + 4, b[1] + 3, b[2] + 4, b[3])  # noqa: E731


@pytest.mark.parametrize(
    ("first", "expected"),
    [((1, 500, 700), ["STOP_OVER_LINE"]), ((4.1, 500, 396), ["RED_LIGHT"])],
    ids=["its passage is followed under the other track", "the other track began beyond the line"],
)
def test_a_second_track_that_ends_on_a_vehicle_that_stops_has_not_gone_on(first, expected) -> None:  # type: ignore[no-untyped-def]
    stops = [(5.3, 500, 283), (19, 500, 283), (22, 500, 100)]
    lamps: Lamps = {"main": [(0, "red"), (18, "green")]}
    whole, second = (
        Drive([first, *stops]),
        Drive([(1, 500, 700), (4, 500, 400), (5.2, 500, 292)], track_id=2, box_at=BESIDE),
    )
    if first[0] == 1:
        whole = Drive([(1, 500, 700), (4, 500, 400), *stops])
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([whole, second], lamps))) == expected


@pytest.mark.parametrize(("hidden", "expected"), [(0.0, ["STOP_OVER_LINE"]), (0.15, [])], ids=["whole", "hidden below"])
def test_wheels_that_may_be_hidden_below_the_box_do_not_stand_over_the_line(hidden: float, expected: list[str]) -> None:
    """What is seen stands a quarter of its height beyond the line; motorbikes there are that much higher than this box."""
    seen_y, lamps = 375, {"main": [(0, "red"), (18, "green")]}
    wheels_y = seen_y / (1 - 0.25 * hidden)
    stop = [(1, 500, 700), (4, 500, wheels_y), (19, 500, wheels_y), (22, 500, 100)]
    cut = lambda t, b: (b[0], b[1], b[2], b[3] - hidden * (b[3] - b[1]))  # noqa: E731
    story = scenes([Drive(stop, box_at=cut)], lamps)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story, Horizon.at(0.0, CAMERA_M))) == expected


@pytest.mark.parametrize(("x", "expected"), [(15, []), (60, ["STOP_OVER_LINE"])], ids=["cut off", "whole"])
def test_who_stands_where_the_picture_ends_does_not_show_how_far_beyond_the_line(x: float, expected: list[str]) -> None:
    """The picture's edge cuts its box in half: the middle of that is not where the wheels are."""
    line = StopLine("south", ((-100, 400), (400, 400)), (0.0, -1.0))

    def cut(t: float, box: Box) -> Box:
        return (max(0.0, box[0]), box[1], box[2], box[3])

    way = [(1, 150, 600), (3.5, x, 370), (15, x, 370), (19, 150, 150)]
    story = scenes([Drive(way, box_at=cut)], {"main": [(0, "red"), (14.5, "green")]})
    found = judge(RuleName.RED_LIGHT, camera(stop_lines=(line,)), THRESHOLDS, story)
    assert [code for code in codes(found) if code == "STOP_OVER_LINE"] == expected
