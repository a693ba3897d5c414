"""The simulator itself: the same everywhere, true to its world, and honest in its arithmetic."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.rules.helmet import HELMET_PASSENGER, HELMET_RIDER
from detector.rules.red_light_verdict import RED_LIGHT, STOP_OVER_LINE
from detector.rules.wrong_lane import WRONG_LANE
from detector.rules.wrong_way import WRONG_WAY
from detector.simulator.campaign import CHUNK, Campaign, run
from detector.simulator.draw import START_Y
from detector.simulator.judge import Depth, Setting, _owner, judge, story
from detector.simulator.law import Ruling, Standing, rulings
from detector.simulator.lens import Lens
from detector.simulator.lights import ALL_WAYS, LampHead, Lights, cycle
from detector.simulator.motion import Leg, Way, planned, turning_way
from detector.simulator.noise import MEASURED, Chance, scaled
from detector.simulator.road import Road, Strip, draw_camera
from detector.simulator.scenario import Scenario, draw_scenario
from detector.simulator.tally import Tally, agreement, counted, per_passages, together, upper_bound, within_one
from detector.simulator.vehicles import SIZES_M, Vehicle, Wears
from detector.thresholds import load_thresholds
from detector.vocabulary import Movement, Phase, VehicleClass
from models.errors import UserError

LIMITS = load_thresholds()
LENS = Lens.looking((2.0, -15.0, 7.0), 0.0, 0.5, 700.0, (1280, 720))
LANES = (Strip("L1", 0.0, 7.0, -40.0, 0.0), Strip("oncoming", -6.0, -0.15, -40.0, 0.0, ahead=False))
RED_UNTIL_10 = Lights((LampHead("main", ALL_WAYS, cycle(Phase.RED, [10.0])),))
RIGHT_ARROW = Lights(
    (
        LampHead("main", ALL_WAYS, cycle(Phase.RED, [])),
        LampHead("right_arrow", frozenset({Movement.RIGHT}), cycle(Phase.GREEN, [])),
    )
)
ONWARDS = 400.0


def world(vehicle: Vehicle, lights: Lights = RED_UNTIL_10, *, until_s: float = 16.0) -> Scenario:
    """One vehicle on a road of one lane each way, seen from behind."""
    road = Road(LANES, 7.0, 6.0, True, 20.0)
    camera = draw_camera(road, lights, LENS, ())
    return Scenario(1, 0, "by hand", road, lights, LENS, camera, (vehicle,), until_s, False)


def bike(
    legs: list[Leg], start_y: float, *, x: float = 3.0, movement: Movement = Movement.STRAIGHT, **more: object
) -> Vehicle:
    """A motorbike with one helmeted rider that passes the line where y of its rear wheel is 0."""
    way = turning_way(x, START_Y, movement, 4.0, 5.0)
    size = SIZES_M[VehicleClass.MOTORCYCLE]
    start_m = start_y + size[0] / 2 - START_Y
    times, along = planned(legs, start_m, legs[0].speed, 16.0)
    riders = more.pop("riders", (Wears.HELMET,))
    return Vehicle("by hand", VehicleClass.MOTORCYCLE, size, way, times, along, movement, riders, **more)  # type: ignore[arg-type]


def line_m(beyond: float) -> float:
    """Along the way, where the rear wheel is this far beyond the line."""
    return beyond + SIZES_M[VehicleClass.MOTORCYCLE][0] / 2 - START_Y


def truth(scenario: Scenario) -> dict[str, Ruling]:
    return dict(rulings(scenario, LIMITS)[0])


@pytest.mark.parametrize("number", [0, 7, 123_456])
def test_a_scenario_is_the_same_twice_and_stands_alone(number: int) -> None:
    first = judge(draw_scenario(3, number), Setting(6.0, MEASURED, LIMITS))
    draw_scenario(3, number + 1)
    again = judge(draw_scenario(3, number), Setting(6.0, MEASURED, LIMITS))
    assert [*story(first)] == [*story(again)]


def test_the_lens_sees_what_is_ahead_in_the_middle_and_the_right_on_the_right() -> None:
    lens = Lens.looking((0.0, -10.0, 5.0), 0.0, np.arctan2(5, 10), 800.0, (640, 480))
    assert lens.pixel(0, 0) == pytest.approx((320, 240))
    assert lens.pixel(1, 0)[0] > 320
    assert lens.pixel(0, 5)[1] < 240 < lens.pixel(0, -3)[1]
    # A pole of 1 m at 11.18 m from the lens, seen at a tilt: its height shrinks by the cosine of it, almost.
    assert lens.pixel(0, 0)[1] - lens.pixel(0, 0, 1.0)[1] == pytest.approx(800 / 11.18 * 0.894, rel=0.06)


def test_outlines_end_at_the_picture_and_are_empty_behind_the_camera() -> None:
    outline = LENS.outline([(-50, -10), (50, -10), (50, 60), (-50, 60)])
    assert all(0 <= x <= 1279 and 0 <= y <= 719 for x, y in outline)
    assert len(outline) >= 4
    assert LENS.outline([(-5, -60), (5, -60), (5, -40), (-5, -40)]) == ()


def test_a_drive_stops_where_it_should_and_goes_when_it_may() -> None:
    times, along = planned([Leg(6, 20.0, 8.0), Leg(5, ONWARDS)], 0.0, 6.0, 12.0)
    standing = along[(times > 6) & (times < 8)]
    assert standing == pytest.approx(20.0, abs=0.1)
    assert along[-1] > 25


def test_ways_turn_to_their_side() -> None:
    right = turning_way(0.0, -10.0, Movement.RIGHT, 5.0, 4.0)
    place, heading = right.at(np.array([5.0, right.lengths[-1] - 5]))
    assert heading == pytest.approx([0.0, np.pi / 2], abs=0.05)
    assert place[1][0] > 20
    assert Way.through([(0, 0), (3, 4)]).lengths.tolist() == [0, 5]


RED, OVER = RED_LIGHT, STOP_OVER_LINE
GO = Leg(6, ONWARDS)
CASES = [
    ("passes on red", [GO], -24.0, {RED: Standing.ACT}),
    ("passes on green", [GO], -72.0, {}),
    ("forgiven: just before green", [GO], -57.0, {RED: Standing.OPEN, OVER: Standing.OPEN}),
    ("waits before the line", [Leg(4, line_m(-0.5), 11.0), GO], -20.0, {}),
    ("stands over it until green", [Leg(4, line_m(2.0), 11.0), GO], -10.0, {OVER: Standing.ACT}),
    ("stands over it, goes on red", [Leg(4, line_m(2.0), 6.5), GO], -10.0, {RED: Standing.ACT, OVER: Standing.OPEN}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "legs", "start_y", "expected"), CASES, ids=[case[0] for case in CASES])
def test_truth_at_the_line(name: str, legs: list[Leg], start_y: float, expected: dict[str, Standing]) -> None:
    told = truth(world(bike(legs, start_y)))
    assert {
        code: ruling.standing for code, ruling in told.items() if ruling.standing is not Standing.LAWFUL
    } == expected


def test_the_true_crossing_is_when_the_rear_wheel_is_on_the_line() -> None:
    told = truth(world(bike([Leg(6, ONWARDS)], -24.0)))
    assert told[RED_LIGHT].at_s == pytest.approx(4.0, abs=0.02)


@pytest.mark.parametrize(
    ("movement", "standing"), [(Movement.RIGHT, Standing.LAWFUL), (Movement.STRAIGHT, Standing.ACT)]
)
def test_an_arrow_frees_its_own_movement_only(movement: Movement, standing: Standing) -> None:
    told = truth(world(bike([Leg(6, ONWARDS)], -24.0, movement=movement), RIGHT_ARROW))
    assert told[RED_LIGHT].standing is standing


@pytest.mark.parametrize(
    ("speed", "more", "standing"),
    [
        (3.5, {}, Standing.ACT),
        (1.2, {"is_walked": True}, Standing.OPEN),
        (1.0, {"backwards": True}, Standing.LAWFUL),
    ],
)
def test_against_the_lane_driven_walked_and_rolled(speed: float, more: dict[str, bool], standing: Standing) -> None:
    way = Way.through([(3.0, 0.0), (3.0, -60.0)])
    times, along = planned([Leg(speed, ONWARDS)], 0.5, speed, 16.0)
    vehicle = Vehicle("against", VehicleClass.MOTORCYCLE, SIZES_M[VehicleClass.MOTORCYCLE], way, times, along, **more)  # type: ignore[arg-type]
    assert truth(world(vehicle))[WRONG_WAY].standing is standing


def test_who_is_bare_and_who_is_exempt() -> None:
    riders = (Wears.HELMET, Wears.CHILD)
    told = truth(world(bike([Leg(3, ONWARDS)], -12.0, riders=riders)))
    assert told[HELMET_RIDER].standing is Standing.LAWFUL
    assert told[HELMET_PASSENGER].standing is Standing.OPEN
    cap = truth(world(bike([Leg(3, ONWARDS)], -12.0, riders=(Wears.CAP,))))
    assert cap[HELMET_RIDER].standing is Standing.ACT


def test_noise_scales_to_none() -> None:
    none = scaled(0)
    assert (none.edge_share, none.drop_share, none.head_dark_share) == ((0, 0, 0, 0), 0, 0)
    assert scaled(1) == MEASURED
    assert scaled(100).drop_share <= 0.9


def test_spells_and_traits_are_the_same_at_every_frame_rate() -> None:
    """What a slow camera sees is what a fast one sees, less often: else frame rates could not be compared."""
    spans, shares = [], []
    for fps in (5.0, 25.0):
        times = np.arange(0.0, 600.0, 1 / fps)
        chance = Chance.of(3, 4, fps, 2)
        within = MEASURED.spells(times, 0.1, 2.0, chance)
        spans.append(float(within.mean()))
        _, reads_helmet, _ = MEASURED.head_errors(False, times, chance)
        shares.append(float(reads_helmet.mean()))
    assert spans[0] == pytest.approx(spans[1], abs=0.02)
    assert spans[1] > 0.1
    assert shares[0] == pytest.approx(shares[1], abs=0.05)


def test_what_a_scenario_draws_is_no_chance_of_its_vehicles() -> None:
    """Seeds that differ by zeros at their end are one seed to numpy."""
    draws = [np.random.default_rng([5, 6]).random(), *(Chance.of(5, 6, 6.0, n).lasting.random() for n in (1, 2, 3))]
    assert len(set(draws)) == len(draws)


def test_the_horizon_is_where_distant_road_is_seen() -> None:
    assert LENS.horizon_row == pytest.approx(LENS.pixel(2.0, 1e7)[1], abs=0.5)


def test_a_report_belongs_to_whom_its_track_followed_not_to_who_is_under_one_box_that_lies() -> None:
    sight = judge(world(bike([Leg(8.0, ONWARDS)], -30.0)), Setting(10.0, scaled(0.0), LIMITS)).sight
    followed = {frame: tuple(sight.looks[0].true_boxes[frame].tolist()) for frame in range(20, 25)}
    assert _owner(sight, {**followed, 22: (0.0, 0.0, 9.0, 9.0)}, 22) == 0
    assert _owner(sight, dict.fromkeys(followed, (0.0, 0.0, 9.0, 9.0)), 22) is None


def test_rates_and_their_bounds() -> None:
    assert upper_bound(0) == pytest.approx(2.996, abs=1e-3)  # the rule of three
    assert upper_bound(3) == pytest.approx(7.754, abs=1e-3)
    assert per_passages(2, 40_000) == 0.5
    assert per_passages(1, 0) == 0
    assert within_one({-2: 1, 0: 8, 1: 1}) == 0.9
    assert within_one({}) is None


def test_tallies_add_up_and_survive_json() -> None:
    parts = [counted(judge(draw_scenario(9, number), Setting(6.0, MEASURED, LIMITS))) for number in range(3)]
    whole = together(parts)
    assert whole.passages == sum(part.passages for part in parts)
    for code, counts in whole.codes.items():
        assert counts.lawful + counts.acts + counts.open == whole.passages, code
        assert counts.right + counts.missed == counts.acts
    again = Tally.from_json(json.loads(json.dumps(whole.as_json())))
    assert again.as_json() == whole.as_json()


def test_acts_that_no_frame_rate_reports_are_no_agreement() -> None:
    """Bare heads that a network never sees agree at every rate, and tell nothing."""
    drawn = (judge(draw_scenario(4, number), Setting(10.0, scaled(0), LIMITS)) for number in range(20))
    acts, judged = next((acts, one) for one in drawn if (acts := sum(c.right for c in counted(one).codes.values())))
    silent = replace(judged, reports=())
    assert agreement([judged, judged]) == [acts, acts]
    assert agreement([judged, silent]) == [0, acts]
    assert agreement([silent, silent]) == [0, 0]


def test_without_noise_every_scenario_is_judged_without_a_false_accusation() -> None:
    """Where all movements are bound alike: turners under an arrow who keep straight for long are accused, see the card."""
    drawn = [draw_scenario(4, number) for number in range(50)]
    alike = [scenario for scenario in drawn if not scenario.lights.differ(2.0)]
    whole = together(counted(judge(scenario, Setting(6.0, scaled(0), LIMITS))) for scenario in alike)
    assert [line for line in whole.listed if "wrong" in line] == []
    acts = sum(code.acts for code in whole.codes.values())
    assert acts >= 20
    assert sum(code.right for code in whole.codes.values()) >= 0.85 * acts


def test_detections_go_through_the_real_tracker() -> None:
    judged = judge(draw_scenario(4, 1), Setting(10.0, scaled(0), LIMITS, Depth.DETECTIONS))
    tracked = judge(draw_scenario(4, 1), Setting(10.0, scaled(0), LIMITS))
    told = [{(report.vehicle, report.violation.code) for report in one.reports} for one in (judged, tracked)]
    assert told[0] == told[1] != set()


def campaign(**changes: object) -> Campaign:
    asked = {"seed": 2, "scenarios": 3, "rates": (), "noise": 0.0, "depth": Depth.TRACKS, "thresholds": LIMITS}
    return Campaign(**{**asked, **changes})  # type: ignore[arg-type]


def test_a_campaign_goes_on_from_its_record(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    first = together(run(campaign(), 1, record))
    with record.open("a") as file:
        file.write('{"first": 50, "tal')  # torn by a crash
    before = record.read_bytes()
    assert together(run(campaign(), 1, record)).as_json() == first.as_json()
    assert record.read_bytes() == before
    assert first.scenarios == 3 <= CHUNK


def test_a_record_of_another_campaign_is_refused(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    together(run(campaign(), 1, record))
    with pytest.raises(UserError, match="another campaign"):
        together(run(campaign(noise=1.0), 1, record))


def test_wrong_lane_is_a_code_of_the_simulator() -> None:
    driven = Strip("bus", 0.0, 7.0, -40.0, 12.0, True, frozenset({VehicleClass.BUS}))
    scenario = world(bike([Leg(3, ONWARDS)], -14.0))
    road = Road((driven,), 7.0, 6.0, True, 20.0)
    closed = Scenario(
        1, 0, "", road, RED_UNTIL_10, LENS, draw_camera(road, RED_UNTIL_10, LENS, ()), scenario.vehicles, 16.0, False
    )
    assert truth(closed)[WRONG_LANE].standing is Standing.ACT
