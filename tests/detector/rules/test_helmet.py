"""Bare heads, as tables of riders: what a head detector says of each seat in each look."""

import dataclasses
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import Drive, camera, codes, judge, scenes

from detector.camera import RuleName
from detector.rules.followed_heads import FollowedHead, Look
from detector.thresholds import load_thresholds
from detector.vocabulary import Box, Certainty, Head, VehicleClass

THRESHOLDS = load_thresholds()
UP = [(1, 500, 790), (5, 500, 420)]  # away from the camera
DOWN = [(1, 500, 420), (5, 500, 790)]  # towards it
ACROSS = [(1, 200, 600), (5, 800, 600)]
FRONT_OF_UP, REAR_OF_UP = (0.5, 0.08), (0.5, 0.2)  # places in the box: the driver sits farther ahead, higher up
AT = datetime(2026, 3, 1, tzinfo=UTC)
HALF = 0.09  # of the box's height: half a head


def head_at(place: tuple[float, float], box: Box, *, bare: bool, confidence: float = 0.8, half: float = HALF) -> Head:
    height = box[3] - box[1]
    x, y = box[0] + place[0] * (box[2] - box[0]), box[1] + place[1] * height
    return Head(not bare, confidence, (x - half * height, y - half * height, x + half * height, y + half * height))


Seat = tuple[tuple[float, float], Callable[[float], bool | None]]
"""Place in the box, and what is seen of that head at a time: bare, helmet, or None (hidden)."""


def seats(*riders: Seat, confidence: float = 0.8, half: float = HALF):  # type: ignore[no-untyped-def]
    def heads_at(t: float, box: Box) -> tuple[Head, ...]:
        return tuple(
            head_at(place, box, bare=seen, confidence=confidence, half=half)
            for place, look in riders
            if (seen := look(t)) is not None
        )

    return heads_at


def bare(t: float) -> bool:
    return True


def helmet(t: float) -> bool:
    return False


def every_third_bare(t: float) -> bool:
    return int(t * 12) % 3 == 0


def bare_for_a_moment(t: float) -> bool | None:
    return True if 2 <= t <= 2.4 else None


MIDDLE = (0.5, 0.1)
ROWS = [
    ("one rider, bare", UP, seats((MIDDLE, bare)), VehicleClass.MOTORCYCLE, ["HELMET_RIDER"]),
    ("one rider, bare, towards the camera", DOWN, seats((MIDDLE, bare)), VehicleClass.MOTORCYCLE, ["HELMET_RIDER"]),
    ("one rider with a helmet", UP, seats((MIDDLE, helmet)), VehicleClass.MOTORCYCLE, []),
    ("helmet misread in every third look", UP, seats((MIDDLE, every_third_bare)), VehicleClass.MOTORCYCLE, []),
    ("bare in the looks of one moment only", UP, seats((MIDDLE, bare_for_a_moment)), VehicleClass.MOTORCYCLE, []),
    (
        "bare driver, passenger with a helmet, seen from the rear",
        UP,
        seats((FRONT_OF_UP, bare), (REAR_OF_UP, helmet)),
        VehicleClass.MOTORCYCLE,
        ["HELMET_RIDER"],
    ),
    (
        "driver with a helmet, bare passenger, seen from the rear",
        UP,
        seats((FRONT_OF_UP, helmet), (REAR_OF_UP, bare)),
        VehicleClass.MOTORCYCLE,
        ["HELMET_PASSENGER"],
    ),
    (
        "the same places seen from the front: the lower head drives",
        DOWN,
        seats((FRONT_OF_UP, helmet), (REAR_OF_UP, bare)),
        VehicleClass.MOTORCYCLE,
        ["HELMET_RIDER"],
    ),
    (
        "seen from the side: the head on the right drives to the right",
        ACROSS,
        seats(((0.7, 0.1), helmet), ((0.2, 0.1), bare)),
        VehicleClass.MOTORCYCLE,
        ["HELMET_PASSENGER"],
    ),
    (
        "both bare",
        UP,
        seats((FRONT_OF_UP, bare), (REAR_OF_UP, bare)),
        VehicleClass.MOTORCYCLE,
        ["HELMET_RIDER", "HELMET_PASSENGER"],
    ),
    (
        "two heads side by side: who drives does not show",
        UP,
        seats(((0.2, 0.1), bare), ((0.8, 0.1), helmet)),
        VehicleClass.MOTORCYCLE,
        [],
    ),
    ("bare cyclist", UP, seats((MIDDLE, bare)), VehicleClass.BICYCLE, []),
    ("head too small to judge", UP, seats((MIDDLE, bare), half=0.015), VehicleClass.MOTORCYCLE, []),
    ("detector unsure in every look", UP, seats((MIDDLE, bare), confidence=0.45), VehicleClass.MOTORCYCLE, []),
    (
        "parked bike with somebody beside it",
        [(1, 500, 600), (10, 500, 600)],
        seats((MIDDLE, bare)),
        VehicleClass.MOTORCYCLE,
        [],
    ),
    ("nobody looked for heads", UP, lambda t, box: None, VehicleClass.MOTORCYCLE, []),
]


@pytest.mark.parametrize("fps", [6, 12, 30])
@pytest.mark.parametrize(
    ("way", "heads_at", "vehicle_class", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_heads(way, heads_at, vehicle_class, expected, fps) -> None:  # type: ignore[no-untyped-def]
    drive = Drive(way, vehicle_class=vehicle_class, heads_at=heads_at)
    found = judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {}, fps=fps, jitter=0.01))
    assert sorted(codes(found)) == sorted(expected)


def test_who_is_bare_in_doubt_is_told_only_where_asked_for() -> None:
    asking = dataclasses.replace(THRESHOLDS, report_doubtful=True)
    drive = Drive(UP, heads_at=seats(((0.2, 0.1), bare), ((0.8, 0.1), helmet)))
    found = judge(RuleName.HELMET, camera(), asking, scenes([drive], {}))
    assert [(v.code, v.certainty) for v in found] == [("HELMET_PASSENGER", Certainty.DOUBTFUL)]


def test_bare_head_of_a_neighbour_in_the_same_box_is_not_ours() -> None:
    """A bare rider rides close behind: his head lies in the front rider's box as well."""
    ours = Drive(UP, heads_at=seats((MIDDLE, helmet)))

    def both_heads(t: float, box: Box) -> tuple[Head, ...]:
        neighbour = (box[0] + 25, box[1] + 30, box[2] + 25, box[3] + 30)
        return (head_at(MIDDLE, box, bare=False), head_at(MIDDLE, neighbour, bare=True))

    front = dataclasses.replace(ours, heads_at=both_heads)
    behind = Drive(
        UP,
        track_id=2,
        box_at=lambda t, box: (box[0] + 25, box[1] + 30, box[2] + 25, box[3] + 30),
        heads_at=seats((MIDDLE, bare)),
    )
    found = judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([front, behind], {}))
    assert [(v.track_id, v.code) for v in found] == [(2, "HELMET_RIDER")]


def test_passer_by_whose_head_lies_in_the_box_for_a_while_is_not_a_rider() -> None:
    def pass_by(t: float) -> bool | None:
        return True if 2 <= t <= 2.5 else None

    drive = Drive(UP, heads_at=seats((MIDDLE, helmet), ((0.9, 0.25), pass_by)))
    assert judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {}, fps=25)) == []


def test_bare_rider_is_still_judged_by_what_was_read_before_he_was_too_far_away() -> None:
    away_for_long = Drive([(1, 500, 790), (3, 500, 330), (12, 500, 120)], heads_at=seats((MIDDLE, bare), half=0.055))
    assert codes(judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([away_for_long], {}))) == ["HELMET_RIDER"]


def test_bare_head_counts_up_to_where_the_id_goes_over_to_the_neighbour_behind() -> None:
    """A helmeted rider comes from behind, both are in one box for a while, and the id stays with him."""

    def box_at(t: float, box: Box) -> Box:
        x1, y1, x2, y2 = box
        behind = y2 + 0.8 * (y2 - y1)
        if t < 2.6:
            return box
        return (x1, y1, x2, y2 + 0.5 * (y2 - y1)) if t < 3 else (x1, 0.75 * behind, x2, behind)

    both = Drive(UP, box_at=box_at, heads_at=seats((MIDDLE, lambda t: None if 2.6 <= t < 3 else t < 2.6)))
    found = judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([both], {}))
    assert codes(found) == ["HELMET_RIDER"]
    assert found[0].facts["bare_share"] == 1.0


def test_cyclist_whose_bicycle_is_voted_a_motorcycle_needs_no_helmet() -> None:
    half = lambda t: VehicleClass.BICYCLE if int(t * 12) % 2 else VehicleClass.MOTORCYCLE  # noqa: E731
    drive = Drive(UP, heads_at=seats((MIDDLE, bare)), looks_like=half)
    assert judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {})) == []


def test_parked_motorbike_whose_lower_edge_wobbles_has_no_rider() -> None:
    def wobbles(t: float, box: Box) -> Box:
        return (box[0], box[1], box[2], box[3] + (0.4 * (box[3] - box[1]) if int(t) % 2 else 0))

    drive = Drive([(0, 500, 500), (8, 500, 501)], box_at=wobbles, heads_at=seats((MIDDLE, bare)))
    assert judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {})) == []


@pytest.mark.parametrize(
    ("rides_bare", "expected"),
    [pytest.param(False, [], id="another rider's id"), pytest.param(True, ["HELMET_RIDER"], id="its own rider")],
)
def test_who_sits_bare_on_a_parked_bike_is_told_from_who_rides_off_bare(rides_bare: bool, expected: list[str]) -> None:
    """The id of a parked bike goes over to a rider with a helmet who passes by, seen for a moment."""
    look = lambda t: True if t < 6 or rides_bare else (False if t < 6.6 else None)  # noqa: E731
    drive = Drive([(1, 500, 600), (6, 500, 600), (9, 500, 420)], heads_at=seats((MIDDLE, look)))
    assert codes(judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {}))) == expected


def test_passenger_behind_a_driver_who_is_only_glimpsed_is_not_taken_for_the_driver() -> None:
    glimpse = lambda t: False if 2 <= t <= 2.4 else None  # noqa: E731
    pair = Drive(UP, heads_at=seats((FRONT_OF_UP, glimpse), (REAR_OF_UP, bare)))
    assert judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([pair], {})) == []


def test_who_sits_in_front_is_told_by_the_heading_at_each_look() -> None:
    """Bare driver, helmeted passenger, seen from behind; then they turn aside and no head is found any more."""
    until = lambda seen: lambda t: seen if t < 3.5 else None  # noqa: E731
    way = [(1, 500, 790), (3.5, 500, 500), (5, 800, 505)]
    pair = Drive(way, heads_at=seats((FRONT_OF_UP, until(True)), (REAR_OF_UP, until(False))))
    assert codes(judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([pair], {}))) == ["HELMET_RIDER"]


def test_one_report_when_the_id_switches() -> None:
    slow = [(1, 500, 790), (9, 500, 420)]
    drive = Drive(slow, heads_at=seats((MIDDLE, bare)), id_switch_at_s=5.0)
    assert codes(judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {}))) == ["HELMET_RIDER"]


def test_long_ride_is_judged_while_still_in_sight() -> None:
    drive = Drive([(0, 500, 790), (20, 500, 300)], heads_at=seats((MIDDLE, bare)))
    story = scenes([drive], {}, until_s=12.0)
    assert codes(judge(RuleName.HELMET, camera(), THRESHOLDS, story)) == ["HELMET_RIDER"]


def test_facts_hold_every_vote() -> None:
    drive = Drive(UP, heads_at=seats((MIDDLE, bare)))
    (found,) = judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([drive], {}))
    votes = found.facts["votes"]
    assert isinstance(votes, list) and len(votes) == found.facts["looks"]
    assert found.facts["bare_share"] == 1.0
    limits = THRESHOLDS.helmet
    assert found.facts["thresholds"]["helmet"]["sure_bare_share"] == limits.sure_bare_share  # type: ignore[index,call-overload]
    assert limits.sure_bare_share <= found.facts["sure_bare_share"] < 1.0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("looks", "least_bare"), [(6, 6), (7, 7), (8, 7), (9, 8), (10, 9), (12, 10), (20, 15), (40, 28), (60, 40)]
)
def test_the_fewer_the_looks_the_more_of_them_must_say_bare(looks: int, least_bare: int) -> None:
    def certain_share(bare_looks: int) -> float:
        told = [Head(index >= bare_looks, 0.8, (0.0, 0.0, 20.0, 20.0)) for index in range(looks)]
        seen = [Look(index / 6, AT, index, (0.0, 0.0, 100.0, 200.0), head, None) for index, head in enumerate(told)]
        return FollowedHead(MIDDLE, deque(seen)).sure_bare_share()

    assert certain_share(least_bare) >= THRESHOLDS.helmet.sure_bare_share
    assert certain_share(least_bare - 1) < THRESHOLDS.helmet.sure_bare_share


@settings(max_examples=100, deadline=None)
@given(
    fps=st.floats(5, 30),
    jitter=st.floats(0, 0.03),
    drop=st.floats(0, 0.5),
    misread=st.floats(0, 0.15),
    seed=st.integers(0, 10_000),
    riders=st.integers(1, 2),
)
def test_noise_never_takes_a_helmet_off(fps, jitter, drop, misread, seed, riders) -> None:  # type: ignore[no-untyped-def]
    """Frames drop, edges wobble, and the head detector is wrong now and then."""
    chance = random.Random(seed)
    heads_at = seats(*((place, lambda t: chance.random() < misread) for place in (FRONT_OF_UP, REAR_OF_UP)[:riders]))
    story = scenes([Drive(UP, heads_at=heads_at)], {}, fps=fps, jitter=jitter, drop=drop, seed=seed)
    assert judge(RuleName.HELMET, camera(), THRESHOLDS, story) == []


@pytest.mark.parametrize("confidence", [0.3, 0.8], ids=["hardly seen meanwhile", "seen all the time"])
def test_a_bare_head_that_cannot_be_judged_for_a_moment_lends_its_place_to_nobody(confidence: float) -> None:
    """The box ends lower for half a second, so that the passenger's helmet is where the driver's bare head was before."""

    def cut(t: float) -> bool:
        return 2.5 <= t < 3.0

    def shorter(t: float, box: Box) -> Box:
        return (box[0], box[1] + 0.1 * (box[3] - box[1]), box[2], box[3]) if cut(t) else box

    def heads(t: float, box: Box) -> tuple[Head, ...]:
        up = 0.11 if cut(t) else 0.0
        driver = head_at((0.5, FRONT_OF_UP[1] - up), box, bare=True, confidence=confidence if cut(t) else 0.8)
        return driver, head_at((0.5, REAR_OF_UP[1] - up), box, bare=False)

    story = scenes([Drive(UP, box_at=shorter, heads_at=heads)], {}, jitter=0.005)
    (found,) = judge(RuleName.HELMET, camera(), THRESHOLDS, story)
    assert (found.code, found.facts["bare_share"]) == ("HELMET_RIDER", 1.0)


@pytest.mark.parametrize(
    ("until_s", "bicycle_s", "expected"),
    [
        pytest.param(1.8, 0.0, [], id="seen too short to tell a motorbike from a bicycle"),
        pytest.param(3.0, 0.0, ["HELMET_RIDER"], id="seen for three seconds"),
        pytest.param(4.0, 0.12, ["HELMET_RIDER"], id="called a bicycle in two looks"),
        pytest.param(4.0, 0.4, [], id="called a bicycle for a spell"),
    ],
)
def test_who_may_be_a_cyclist_is_not_accused(until_s: float, bicycle_s: float, expected: list[str]) -> None:
    def looks_like(t: float) -> VehicleClass:
        return VehicleClass.BICYCLE if 3 <= t < 3 + bicycle_s else VehicleClass.MOTORCYCLE

    drive = Drive(UP, heads_at=seats((MIDDLE, bare)), looks_like=looks_like)
    seen = dataclasses.replace(drive, box_at=lambda t, box: box if t <= 1 + until_s else None)
    assert codes(judge(RuleName.HELMET, camera(), THRESHOLDS, scenes([seen], {}))) == expected
