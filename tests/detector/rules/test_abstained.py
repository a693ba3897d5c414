"""Whom the rules acquit for want of certainty, and what they say of it: beside each doubt a lawful story without one."""

import dataclasses
from datetime import UTC, datetime

import pytest
from scenes import AWAY, MAIN, ONCOMING, RIGHT_ARROW, Drive, Lamps, camera, scenes
from test_helmet import FRONT_OF_UP, UP, bare, bare_for_a_moment, every_third_bare, helmet, seats
from test_red_light import STRAIGHT_ON
from test_wrong_lane import BUSES, CLOSED

from detector.camera import Camera, RuleName
from detector.rules import Judge
from detector.rules.abstained import TOLD_MAX, Abstained, Doubt, Reason
from detector.thresholds import load_thresholds
from detector.vocabulary import Abstention, Scene, VehicleClass

THRESHOLDS = load_thresholds()
RED: Lamps = {"main": [(0, "red")]}
CAR, MOTORCYCLE = VehicleClass.CAR, VehicleClass.MOTORCYCLE
JUNCTION = camera()
ARROWS = camera(signals=(MAIN, RIGHT_ARROW))


def acquittals(camera: Camera, story: list[Scene], rule: str) -> list[tuple[str, str]]:
    """(code, reason) of everything that rule told through the story and beyond the end of all tracks."""
    rules = Judge(camera, THRESHOLDS, {RuleName(rule)})
    told: list[Abstention] = []
    for scene in [*story, dataclasses.replace(story[-1], tracks=(), ended_track_ids=ids(story))]:
        told += rules.see(scene)[1]
    assert rules.see(dataclasses.replace(story[-1], tracks=(), ended_track_ids=()))[1] == []
    return [(abstention.code, abstention.reason) for abstention in told]


def ids(story: list[Scene]) -> tuple[int, ...]:
    return tuple(sorted({track.track_id for scene in story for track in scene.tracks}))


AT_THE_LINE = [
    ("no lamp can be read", JUNCTION, STRAIGHT_ON, {"main": [(0, "unknown")]}, [("RED_LIGHT", "signal_unknown")]),
    ("green", JUNCTION, STRAIGHT_ON, {"main": [(0, "green")]}, []),
    ("yellow", JUNCTION, STRAIGHT_ON, {"main": [(0, "yellow")]}, []),
    ("stops before the line", JUNCTION, [(1, 500, 700), (4, 500, 430), (20, 500, 430)], RED, []),
    (
        "0.2 s after red began",
        JUNCTION,
        STRAIGHT_ON,
        {"main": [(0, "yellow"), (3.8, "red")]},
        [("RED_LIGHT", "after_red_onset")],
    ),
    (
        "0.6 s before green",
        JUNCTION,
        STRAIGHT_ON,
        {"main": [(0, "red"), (4.6, "green")]},
        [("RED_LIGHT", "before_green")],
    ),
    (
        "lost just beyond the line",
        JUNCTION,
        [(1, 500, 700), (4, 500, 400), (4.7, 500, 340)],
        RED,
        [("RED_LIGHT", "lost_at_line")],
    ),
    (
        "where it goes does not show, and the right turn is free",
        ARROWS,
        [(1, 500, 700), (4, 500, 400), (6, 520, 310), (7, 540, 285)],
        {"main": [(0, "red")], "right_arrow": [(0, "green")]},
        [("RED_LIGHT", "movement_unknown")],
    ),
]


@pytest.mark.parametrize(
    ("place", "way", "lamps", "expected"), [row[1:] for row in AT_THE_LINE], ids=[row[0] for row in AT_THE_LINE]
)
def test_doubt_at_the_stop_line(place, way, lamps, expected) -> None:  # type: ignore[no-untyped-def]
    told = acquittals(place, scenes([Drive(way)], lamps, jitter=0.01, until_s=way[-1][0] + 10), "red_light")
    assert told == expected


@pytest.mark.parametrize("until_s", [4.75, 5.1], ids=["one path", "for so long that its path starts anew"])
def test_passing_out_of_sight_is_told_when_it_was_red(until_s: float) -> None:
    def hidden(t: float, box):  # type: ignore[no-untyped-def]
        return None if 3.4 < t < until_s else box

    def followed(lamps: Lamps) -> list[Scene]:
        """The tracker keeps the id through the gap."""
        return [dataclasses.replace(s, ended_track_ids=()) for s in scenes([Drive(STRAIGHT_ON, box_at=hidden)], lamps)]

    assert acquittals(JUNCTION, followed(RED), "red_light") == [("RED_LIGHT", "crossing_unseen")]
    assert acquittals(JUNCTION, followed({"main": [(0, "green")]}), "red_light") == []


IN_LANES = [
    ("a long stay in the closed lane is a violation", CLOSED, [(1, 600, 780), (5, 600, 420)], "wrong_lane", []),
    ("a short one is a doubt", CLOSED, [(1, 600, 780), (2.3, 600, 580)], "wrong_lane", ["short_stay"]),
    ("its own lane is none", CLOSED, [(1, 400, 780), (5, 400, 420)], "wrong_lane", []),
    ("a long way against the lane is a violation", JUNCTION, [(1, 500, 420), (5, 500, 780)], "wrong_way", []),
    ("a short one is a doubt", JUNCTION, [(1, 500, 420), (1.6, 500, 500)], "wrong_way", ["short_way"]),
    ("walking pace is a doubt", JUNCTION, [(1, 500, 420), (13, 500, 620)], "wrong_way", ["slow"]),
    ("with the lane is none", JUNCTION, [(1, 500, 780), (5, 500, 420)], "wrong_way", []),
]


@pytest.mark.parametrize(
    ("place", "way", "rule", "expected"), [row[1:] for row in IN_LANES], ids=[r[0] for r in IN_LANES]
)
def test_doubt_in_a_lane(place, way, rule, expected) -> None:  # type: ignore[no-untyped-def]
    story = scenes([Drive(way, vehicle_class=CAR)], {}, until_s=way[-1][0])
    assert [reason for _, reason in acquittals(place, story, rule)] == expected


def test_wavering_class_is_told() -> None:
    way = [(1, 600, 780), (5, 600, 420)]
    car, bus = (scenes([Drive(way, vehicle_class=c)], {}) for c in (CAR, VehicleClass.BUS))
    wavering = [bus[i] if i % 3 == 0 else scene for i, scene in enumerate(car)]
    assert BUSES in CLOSED.lanes
    assert acquittals(CLOSED, wavering, "wrong_lane") == [("WRONG_LANE", "class_unsure")]


HEADS = [
    ("bare throughout is a violation", bare, []),
    ("bare in a few looks only", bare_for_a_moment, ["few_looks"]),
    ("bare in every third look is a helmet", every_third_bare, []),
    ("bare in two looks of three", lambda t: round(t * 12) % 3 != 0, ["looks_disagree"]),
    ("helmet", helmet, []),
]


@pytest.mark.parametrize(("look", "expected"), [row[1:] for row in HEADS], ids=[row[0] for row in HEADS])
def test_doubt_about_a_head(look, expected) -> None:  # type: ignore[no-untyped-def]
    story = scenes([Drive(UP, heads_at=seats((FRONT_OF_UP, look)))], {})
    assert [reason for _, reason in acquittals(JUNCTION, story, "helmet")] == expected


def test_each_doubt_is_told_once_and_memory_is_bounded() -> None:
    abstained = Abstained("red_light")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for number in [*range(2 * TOLD_MAX), *range(2 * TOLD_MAX - 10, 2 * TOLD_MAX)]:
        abstained.add(Doubt("RED_LIGHT", Reason.SIGNAL_UNKNOWN, at, number), number, MOTORCYCLE)
    told = abstained.take()
    assert len(told) <= TOLD_MAX
    assert len({abstention.track_id for abstention in told}) == len(told)


def test_cameras_judge_what_the_tests_think() -> None:
    assert AWAY in JUNCTION.lanes
    assert ONCOMING in JUNCTION.lanes
    assert {*JUNCTION.rules} == {*RuleName}
