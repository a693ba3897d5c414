"""Wrong way, as tables. Lane "away" runs upwards, lane "oncoming" beside it downwards."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import AWAY, HORIZON, Drive, camera, codes, judge, scenes

from detector.camera import RuleName
from detector.ground import MeasuredPoint
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Box, Certainty, VehicleClass

THRESHOLDS = load_thresholds()

AGAINST = [
    ("towards the camera along the kerb of the lane that drives away", [(1, 600, 410), (4, 620, 700)]),
    ("up the opposing half", [(1, 200, 780), (4, 200, 450)]),
    ("up the opposing half, slanting", [(1, 150, 780), (3, 230, 560), (5, 230, 430)]),
    ("up the opposing half, then waits there", [(1, 200, 780), (4, 200, 450), (15, 200, 450)]),
]
LAWFUL = [
    ("with the lane", [(1, 500, 750), (5, 500, 450)]),
    ("with the opposing lane", [(1, 200, 450), (5, 150, 750)]),
    ("stands in the lane", [(1, 500, 600), (20, 500, 600)]),
    ("rolls back from the line by half its height", [(1, 500, 450), (3, 500, 500), (10, 500, 500)]),
    ("pushed back slowly over a long way", [(1, 500, 450), (31, 500, 700)]),
    ("manoeuvres to and fro", [(1, 500, 600), (2, 500, 650), (3, 500, 600), (4, 500, 650), (5, 500, 600)]),
    ("crosses the lane", [(1, 310, 560), (4, 690, 600)]),
    ("rides the centre line towards the camera", [(1, 299, 420), (5, 299, 760)]),
    ("turns round in the junction, outside every lane", [(1, 500, 380), (3, 450, 300), (5, 400, 380)]),
    ("passes beyond the lane's edge", [(1, 720, 420), (4, 990, 700)]),
    ("a glimpse of half a second", [(1, 600, 450), (1.5, 600, 520)]),
]


@pytest.mark.parametrize("fps", [5, 12, 30])
@pytest.mark.parametrize("way", [row[1] for row in AGAINST], ids=[row[0] for row in AGAINST])
def test_driving_against_the_lane(way: list[tuple[float, float, float]], fps: float) -> None:
    found = judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, scenes([Drive(way)], {}, fps=fps, jitter=0.015))
    assert codes(found) == ["WRONG_WAY"]
    assert found[0].from_at < found[0].captured_at


@pytest.mark.parametrize("fps", [5, 12, 30])
@pytest.mark.parametrize("way", [row[1] for row in LAWFUL], ids=[row[0] for row in LAWFUL])
def test_acquitted(way: list[tuple[float, float, float]], fps: float) -> None:
    assert judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, scenes([Drive(way)], {}, fps=fps, jitter=0.015)) == []


def long(t: float, box: Box) -> Box:
    """A motorbike seen from aside: its box is as wide as it is high, and its rear wheel at the right end of it."""
    return (box[2] - (box[3] - box[1]), box[1], box[2], box[3])


@pytest.mark.parametrize(("horizon", "expected"), [(HORIZON, ["WRONG_WAY"]), (None, [])], ids=["known", "unknown"])
def test_along_the_edge_of_a_slanting_lane_the_horizon_tells_where_the_wheels_are(
    horizon: Horizon | None, expected: list[str]
) -> None:
    lane = dataclasses.replace(AWAY, polygon=((0, 300), (1000, 300), (1000, 815), (0, 515)), direction=(0.94, 0.34))
    story = scenes([Drive([(1, 900, 745), (5, 300, 565)], box_at=long)], {})
    assert codes(judge(RuleName.WRONG_WAY, camera(lanes=(lane,)), THRESHOLDS, story, horizon)) == expected


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(
    ("from_y", "expected"), [pytest.param(680, [], id="1.4 m"), pytest.param(620, ["WRONG_WAY"], id="2.3 m")]
)
def test_rolling_back_half_its_height_seen_steeply_is_little_way(
    from_y: float, expected: list[str], fps: float
) -> None:
    story = scenes([Drive([(1, 500, from_y), (2.5, 500, 780)])], {}, fps=fps)
    assert codes(judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, story, HORIZON)) == expected


def test_lane_without_a_direction_forbids_none() -> None:
    undirected = camera(lanes=(dataclasses.replace(AWAY, direction=None),))
    assert judge(RuleName.WRONG_WAY, undirected, THRESHOLDS, scenes([Drive(AGAINST[0][1])], {})) == []


def test_lane_that_overlaps_another_running_the_other_way_forbids_nothing_there() -> None:
    reversible = camera(lanes=(AWAY, dataclasses.replace(AWAY, name="tidal", direction=(0.0, 1.0))))
    assert judge(RuleName.WRONG_WAY, reversible, THRESHOLDS, scenes([Drive(AGAINST[0][1])], {})) == []


@pytest.mark.parametrize("gap_s", [0.0, 0.5])
def test_one_report_when_the_id_switches(gap_s: float) -> None:
    way = [(1, 600, 410), (7, 620, 790)]
    drive = Drive(
        way,
        id_switch_at_s=4.0,
        box_at=lambda t, box: None if 4.0 - gap_s < t < 4.0 else box,
        vehicle_class=VehicleClass.CAR,
    )
    assert codes(judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, scenes([drive], {}))) == ["WRONG_WAY"]


def test_two_riders_behind_each_other_are_two_reports() -> None:
    pair = [Drive([(1, 200, 780), (4, 200, 450)]), Drive([(3, 200, 780), (6, 200, 450)], track_id=2)]
    assert codes(judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, scenes(pair, {}))) == ["WRONG_WAY", "WRONG_WAY"]


@pytest.mark.parametrize("fps", [6, 12, 25])
def test_box_that_jumps_to_a_neighbour_does_not_drive(fps: float) -> None:
    """Two stand behind each other, half hidden; one id changes over to the other's box."""
    drive = Drive(
        [(1, 500, 500), (10, 500, 500)],
        box_at=lambda t, box: (box[0] - 20, box[1] + 70, box[2] - 20, box[3] + 70) if t > 5 else box,
    )
    assert judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, scenes([drive], {}, fps=fps, jitter=0.01)) == []


def test_facts_hold_measures_and_thresholds() -> None:
    (found,) = judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, scenes([Drive(AGAINST[0][1])], {}))
    assert found.facts["lane"] == "away"
    cos, took_s = found.facts["direction_cos"], found.facts["took_s"]
    assert isinstance(cos, float) and cos < -0.7
    assert isinstance(took_s, float) and took_s >= THRESHOLDS.wrong_way.dwell_s
    assert found.facts["thresholds"]["wrong_way"]["dwell_s"] == THRESHOLDS.wrong_way.dwell_s  # type: ignore[index,call-overload]


@settings(max_examples=100, deadline=None)
@given(
    row=st.sampled_from(LAWFUL),
    fps=st.floats(5, 30),
    jitter=st.floats(0, 0.03),
    drop=st.floats(0, 0.5),
    seed=st.integers(0, 10_000),
)
def test_noise_never_accuses_a_lawful_drive(row, fps, jitter, drop, seed) -> None:  # type: ignore[no-untyped-def]
    story = scenes([Drive(row[1])], {}, fps=fps, jitter=jitter, drop=drop, seed=seed)
    found = judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, story)
    assert [v for v in found if v.certainty is Certainty.SURE] == []


@pytest.mark.parametrize(("metres_per_px", "expected"), [(0.02, ["WRONG_WAY"]), (0.004, [])])
def test_where_the_road_is_measured_metres_count_too(metres_per_px: float, expected: list[str]) -> None:
    """360 px towards the camera in 3 s, against the lane: 7.2 m, or 1.4 m that only look far."""
    corners = ((300, 400), (700, 400), (900, 800), (300, 800))
    points = tuple(MeasuredPoint(c, (c[0] * metres_per_px, c[1] * metres_per_px)) for c in corners)
    place = dataclasses.replace(camera(), ground_points=points)
    story = scenes([Drive([(1, 500, 420), (4, 500, 780)])], {})
    assert codes(judge(RuleName.WRONG_WAY, camera(), THRESHOLDS, story)) == ["WRONG_WAY"]
    found = judge(RuleName.WRONG_WAY, place, THRESHOLDS, story)
    assert codes(found) == expected
    assert all(violation.facts["net_way_m"] > 3 for violation in found)  # type: ignore[operator]
