"""Which violations of one vehicle make one case, and when they are let go: tables of acts over time."""

from datetime import datetime, timedelta

import pytest
from evidence_samples import at_s, make_reading, make_violation

from detector.vocabulary import Certainty, Scene, Track, TrailPoint, VehicleClass, Violation
from evidence.gathering import GATHERED_MAX, QUIET, SETTLE, TOGETHER, Gathering, SeenViolation, VehicleGroup, main_first
from evidence.vault.manifest import VIOLATIONS_MAX
from ocr.reading import PlateReading, ReadingStatus, unreadable

ACCEPTED = make_reading("29B112345")
OTHER = make_reading("30F112345")
BOX = (100.0, 100.0, 140.0, 180.0)
GATHER_S = TOGETHER.total_seconds()


def act(code: str, second: float, *, track_id: int = 7, lasts_s: float = 1.0, **changes: object) -> Violation:
    """A violation complete at `second`, which ends `lasts_s` after it began."""
    bounds = {"from_at": at_s(second - lasts_s / 2), "to_at": at_s(second + lasts_s / 2)}
    return make_violation(code=code, track_id=track_id, captured_at=at_s(second), **bounds, **changes)


def seen(violation: Violation, reading: PlateReading = ACCEPTED) -> SeenViolation:
    trail = (TrailPoint(0, violation.captured_at, BOX),)
    return SeenViolation(violation, reading, trail)


def scene(second: float, *track_ids: int) -> Scene:
    tracks = tuple(Track(track_id, VehicleClass.MOTORCYCLE, 0.9, BOX) for track_id in track_ids)
    return Scene(round(second * 10), at_s(second), tracks, {})


def gathered(*ones: SeenViolation) -> list[VehicleGroup]:
    """All groups that come of these, one after the other, at the end of the footage."""
    gathering = Gathering()
    return [group for one in ones for group in gathering.add(one)] + gathering.rest()


def codes(groups: list[VehicleGroup]) -> list[list[str]]:
    return [[violation.code for violation in group.violations] for group in groups]


def test_three_acts_of_one_rider_are_one_group_the_gravest_first() -> None:
    acts = [act("HELMET_PASSENGER", 3), act("HELMET_RIDER", 4), act("RED_LIGHT", 6)]
    assert codes(gathered(*map(seen, acts))) == [["RED_LIGHT", "HELMET_RIDER", "HELMET_PASSENGER"]]


@pytest.mark.parametrize(
    ("title", "second"),
    [
        ("another vehicle", act("HELMET_RIDER", 4, track_id=8)),
        ("another class: the box has gone over", act("HELMET_RIDER", 4, vehicle_class=VehicleClass.CAR)),
        ("too long after", act("HELMET_RIDER", 4 + GATHER_S)),
    ],
)
def test_strangers_stay_apart(title: str, second: Violation) -> None:
    assert codes(gathered(seen(act("RED_LIGHT", 4)), seen(second))) == [["RED_LIGHT"], ["HELMET_RIDER"]], title


def test_acts_belong_together_up_to_the_limit_and_not_beyond() -> None:
    first = act("WRONG_LANE", 4)  # from 3.5
    last = 3.5 + GATHER_S - 0.5  # ends on the limit
    assert len(gathered(seen(first), seen(act("RED_LIGHT", last)))) == 1
    assert len(gathered(seen(first), seen(act("RED_LIGHT", last + 0.01)))) == 2


def test_a_verdict_on_an_earlier_act_may_come_later() -> None:
    assert len(gathered(seen(act("RED_LIGHT", 30)), seen(act("WRONG_LANE", 4)))) == 1


class TestPlates:
    def test_the_best_reading_of_the_vehicle_goes_with_all(self) -> None:
        (group,) = gathered(
            seen(act("HELMET_RIDER", 3), unreadable()),
            seen(act("WRONG_LANE", 4), make_reading("29B1123", status=ReadingStatus.DOUBTFUL, confidence=0.99)),
            seen(act("RED_LIGHT", 6), ACCEPTED),
        )
        assert group.reading is ACCEPTED
        assert group.trail[-1].captured_at == at_s(6)

    def test_two_accepted_plates_on_one_track_are_two_vehicles(self) -> None:
        groups = gathered(
            seen(act("HELMET_RIDER", 3), ACCEPTED),
            seen(act("WRONG_LANE", 4), unreadable()),
            seen(act("RED_LIGHT", 6), OTHER),
            seen(act("WRONG_WAY", 7), OTHER),
        )
        assert codes(groups) == [["HELMET_RIDER"], ["WRONG_LANE"], ["RED_LIGHT", "WRONG_WAY"]]
        assert [group.reading.text for group in groups] == ["29B112345", "", "30F112345"]


class TestWaiting:
    def leaves_at_s(self, violation: Violation, *, gone_s: float) -> float:
        """When the group leaves, of a vehicle that is seen until `gone_s`."""
        gathering = Gathering()
        for tenth in range(2000):
            second = 4.5 + 3 + tenth / 10
            if tenth == 0:
                assert gathering.add(seen(violation)) == []
            if gathering.update(scene(second, *([7] if second <= gone_s else []))):
                return second
        raise AssertionError("it never left")

    def test_ends_when_nobody_has_seen_the_vehicle_for_long_enough(self) -> None:
        assert self.leaves_at_s(act("RED_LIGHT", 4), gone_s=10) == pytest.approx(10 + QUIET.total_seconds(), abs=0.15)

    def test_ends_for_a_vehicle_that_stays_for_ever(self) -> None:
        end = 3.5 + (TOGETHER + SETTLE).total_seconds()
        assert self.leaves_at_s(act("RED_LIGHT", 4), gone_s=1e9) == pytest.approx(end, abs=0.15)

    def test_is_bounded_in_number(self) -> None:
        gathering = Gathering()
        out = [group for n in range(GATHERED_MAX + 3) for group in gathering.add(seen(act("RED_LIGHT", 4, track_id=n)))]
        assert [group.violations[0].track_id for group in out] == [0, 1, 2]

    def test_takes_no_more_violations_than_a_case_can_show(self) -> None:
        acts = [act("WRONG_LANE", 4 + n) for n in range(VIOLATIONS_MAX + 1)]
        assert [len(group.violations) for group in gathered(*map(seen, acts))] == [VIOLATIONS_MAX, 1]


@pytest.mark.parametrize(
    ("acts", "order"),
    [
        ("HELMET_RIDER STOP_OVER_LINE WRONG_WAY RED_LIGHT", "RED_LIGHT WRONG_WAY STOP_OVER_LINE HELMET_RIDER"),
        ("NEW_CODE HELMET_PASSENGER", "HELMET_PASSENGER NEW_CODE"),
        ("RED_LIGHT? HELMET_RIDER", "HELMET_RIDER RED_LIGHT?"),  # what is doubtful names no case that has a sure one
    ],
)
def test_the_main_violation_is_the_gravest_sure_one(acts: str, order: str) -> None:
    violations = [
        act(name.rstrip("?"), 4, certainty=Certainty.DOUBTFUL if name.endswith("?") else Certainty.SURE)
        for name in acts.split()
    ]
    assert [one.code for one in main_first(violations)] == [name.rstrip("?") for name in order.split()]
    assert main_first(reversed(violations)) == main_first(violations)


def test_of_one_code_twice_the_earlier_comes_first() -> None:
    moments: list[datetime] = [one.captured_at for one in main_first([act("RED_LIGHT", 6), act("RED_LIGHT", 4)])]
    assert moments[1] - moments[0] == timedelta(seconds=2)
