"""Red light and stopping over the line, as tables of vehicles over time. The line is at y = 400, travel is upwards."""

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import (
    ALL_WAYS,
    AWAY,
    CAMERA_M,
    HORIZON,
    LINE,
    MAIN,
    ONCOMING,
    START,
    STRAIGHT_ON,
    Drive,
    Lamps,
    camera,
    codes,
    judge,
    scenes,
    seconds_of,
)

from detector.camera import Camera, RuleName
from detector.geometry import iou
from detector.rules import Judge
from detector.rules.red_light import RedLight
from detector.rules.size_line import Horizon
from detector.thresholds import Thresholds, load_thresholds
from detector.vocabulary import Box, Certainty, Phase, SignalPhase, VehicleClass

THRESHOLDS = load_thresholds()
STRICT = dataclasses.replace(
    THRESHOLDS, red_light=dataclasses.replace(THRESHOLDS.red_light, after_red_onset_s=0.0, before_green_s=0.0)
)
RED: Lamps = {"main": [(0, "red")]}


def hidden_wheels(from_s: float, to_s: float, share: float = 0.35):  # type: ignore[no-untyped-def]
    """A neighbour hides the lowest `share` of the box."""

    def box_at(t: float, box: Box) -> Box:
        bottom = box[3] - share * (box[3] - box[1]) if from_s <= t <= to_s else box[3]
        return (box[0], box[1], box[2], bottom)

    return box_at


RED_LIGHT_RUNS = [
    ("straight on at red", STRAIGHT_ON, RED),
    ("a slow crawl over the line and on", [(1, 500, 600), (4, 500, 430), (12, 500, 180)], RED),
    ("turning left at red", [(1, 500, 700), (4, 500, 400), (5, 500, 330), (8, 100, 300)], RED),
    ("turning right at red without an arrow", [(1, 600, 700), (4, 600, 400), (5, 610, 350), (7, 950, 320)], RED),
    (
        "waits just before the line, then early start two seconds before green",
        [(1, 500, 600), (3, 500, 420), (20, 500, 420), (21, 500, 400), (24, 500, 200)],
        {"main": [(0, "red"), (23.5, "green")]},
    ),
    (
        "waits beyond the line and goes on while still red",
        [(1, 500, 600), (3, 500, 330), (15, 500, 330), (19, 500, 150)],
        {"main": [(0, "red"), (25, "green")]},
    ),
    ("comes up the opposing half and passes the line's extension", [(1, 240, 700), (4, 240, 400), (7, 240, 150)], RED),
    ("passes between the paint's end and the kerb", [(1, 690, 700), (4, 708, 400), (7, 705, 150)], RED),
    ("passes on a red that begins two seconds earlier", STRAIGHT_ON, {"main": [(0, "yellow"), (2, "red")]}),
]


@pytest.mark.parametrize("fps", [5, 6, 12, 25, 30])
@pytest.mark.parametrize(("way", "lamps"), [row[1:] for row in RED_LIGHT_RUNS], ids=[row[0] for row in RED_LIGHT_RUNS])
def test_running_the_red_light(way: list[tuple[float, float, float]], lamps: Lamps, fps: float) -> None:
    found = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way)], lamps, fps=fps, jitter=0.015))
    assert codes(found) == ["RED_LIGHT"]
    assert found[0].signal_phase is Phase.RED
    assert found[0].certainty is Certainty.SURE


LAWFUL = [
    ("crosses at green", STRAIGHT_ON, {"main": [(0, "green")]}),
    ("crosses at yellow", STRAIGHT_ON, {"main": [(0, "green"), (3, "yellow"), (6, "red")]}),
    (
        "crosses 0.3 s after red onset: the operator's margin",
        STRAIGHT_ON,
        {"main": [(0, "green"), (1, "yellow"), (3.7, "red")]},
    ),
    ("crosses 0.7 s before green: the operator's margin", STRAIGHT_ON, {"main": [(0, "red"), (4.7, "green")]}),
    (
        "already beyond the line at red onset, clears the junction",
        [(1, 500, 700), (4, 500, 350), (10, 500, 340), (14, 500, 150)],
        {"main": [(0, "green"), (5, "yellow"), (8, "red")]},
    ),
    ("already standing over the line at red onset", [(0, 500, 370), (12, 500, 370), (16, 500, 150)], RED),
    ("stops correctly with the wheels before the line", [(1, 500, 600), (4, 500, 415), (20, 500, 415)], RED),
    ("stops with the ground point just on the line and stays", [(1, 500, 600), (4, 500, 399), (20, 500, 399)], RED),
    ("lamp unknown while it passes", STRAIGHT_ON, {"main": [(0, "red"), (3, "unknown"), (6, "red")]}),
    ("lamp off", STRAIGHT_ON, {"main": [(0, "off")]}),
    ("blinking yellow", STRAIGHT_ON, {"main": [(0, "yellow")]}),
    ("comes from the junction towards the camera", [(1, 240, 150), (4, 240, 400), (7, 240, 700)], RED),
    ("comes towards the camera over the painted line", [(1, 400, 150), (4, 400, 400), (7, 400, 700)], RED),
    ("cross traffic grazes the line", [(1, 10, 405), (5, 990, 385)], RED),
    ("cross traffic in the junction", [(1, 10, 300), (4, 990, 300)], RED),
    ("track born beyond the line", [(1, 500, 390), (4, 500, 150)], RED),
    ("stands over the line and is lost there", [(1, 500, 600), (3, 500, 370), (15, 500, 370)], RED),
    ("lost right after the line", [(1, 500, 700), (4, 500, 400), (4.5, 500, 370)], RED),
    ("drives far to the left of the road, beyond the opposing half", [(1, 20, 700), (4, 20, 400), (7, 20, 150)], RED),
    ("drives to the right of the kerb, beside the line", [(1, 800, 700), (4, 790, 400), (7, 790, 150)], RED),
    (
        "rolls over the line and back again",
        [(1, 500, 600), (3, 500, 385), (4, 500, 385), (6, 500, 430), (15, 500, 430)],
        RED,
    ),
]


@pytest.mark.parametrize("fps", [5, 12, 30])
@pytest.mark.parametrize(("way", "lamps"), [row[1:] for row in LAWFUL], ids=[row[0] for row in LAWFUL])
def test_acquitted(way: list[tuple[float, float, float]], lamps: Lamps, fps: float) -> None:
    story = scenes([Drive(way)], lamps, fps=fps, jitter=0.015)
    assert judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story) == []


def test_a_path_that_starts_anew_beyond_the_line_is_no_vehicle_that_left() -> None:
    """It brakes beyond the line and stands; on its way the box goes over to a lorry's for good."""

    def lorry(t: float, box: Box) -> Box:
        x1, y1, x2, y2 = box
        return (x1 - 200, y1 - 250, x2 + 200, y2) if t >= 5.2 else box

    way = [(1, 600, 700), (4, 600, 400), (5.2, 600, 300), (20, 600, 300)]
    story = scenes([Drive(way, box_at=lorry)], RED, jitter=0.01)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story)) == []


@pytest.mark.parametrize(
    ("until_s", "back_px", "expected"),
    [
        pytest.param(5.2, 0, ["RED_LIGHT"], id="too fast to stop there"),
        pytest.param(4.5, 0, [], id="might stop"),
        pytest.param(5.2, 140, [], id="seen nearer to the line then: it never was there"),
    ],
)
def test_whose_path_starts_anew_where_nobody_can_stop_has_gone_on(
    until_s: float, back_px: float, expected: list[str]
) -> None:
    """Its box goes over to a lorry's for good: 3 m beyond the line at 3 m/s, and 9 m beyond it at 11 m/s."""

    def lorry(t: float, box: Box) -> Box:
        x1, y1, x2, y2 = box
        return (x1 - 300, y1 - 250, x2 + 300, y2 + back_px) if t >= until_s else box

    story = scenes([Drive([(1, 600, 700), (4, 600, 400), (6, 600, 200)], box_at=lorry)], RED, jitter=0.01)
    known = Horizon.at(0.0, CAMERA_M)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story, known)) == expected


@pytest.mark.parametrize(
    ("metres_s", "expected"), [(6.0, ["RED_LIGHT"]), (2.0, [])], ids=["6 m/s: stops 10 m beyond", "2 m/s: stops there"]
)
def test_who_is_lost_where_nobody_stops_so_soon_has_gone_on(metres_s: float, expected: list[str]) -> None:
    """Lost half a vehicle's height, but six metres, beyond the line: a lorry seen from behind."""
    far_m = 1000 * CAMERA_M / 400  # the line, by a focal length of one picture width
    way = [(t, 500.0, 1000 * CAMERA_M / (far_m + metres_s * (t - 5))) for t in (2 + i / 10 for i in range(41))]
    seen = [place for place in way if place[2] >= 1000 * CAMERA_M / (far_m + 6.0)]
    story = scenes([Drive(seen, VehicleClass.TRUCK, scale=2.0)], RED)
    known = Horizon.at(0.0, CAMERA_M)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story, known)) == expected


@pytest.mark.parametrize(("last_y", "expected"), [(120, ["RED_LIGHT"]), (296, [])], ids=["keeps its pace", "brakes"])
def test_who_is_lost_from_sight_beyond_the_line_has_gone_on_unless_it_braked(
    last_y: float, expected: list[str]
) -> None:
    way = [(1, 600, 700), (4, 600, 400), (5, 600, 300), (5.8, 600, last_y)]
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way)], RED, fps=12))) == expected


@pytest.mark.parametrize("fps", [5, 12, 25, 30])
def test_frame_is_the_one_in_which_the_ground_point_passes_the_line(fps: float) -> None:
    (found,) = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(STRAIGHT_ON)], RED, fps=fps))
    assert seconds_of(found) == pytest.approx(4.0, abs=0.01)
    assert found.frame == pytest.approx(4.0 * fps, abs=1)
    assert found.from_frame < found.frame < found.to_frame


def test_early_start_counts_where_the_operator_forgives_nothing() -> None:
    story = scenes([Drive(STRAIGHT_ON)], {"main": [(0, "red"), (4.5, "green")]})
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story)) == []
    assert codes(judge(RuleName.RED_LIGHT, camera(), STRICT, story)) == ["RED_LIGHT"]


HIDDEN = [
    (
        "neighbour rolls in front of a vehicle that waits before the line",
        [(1, 500, 600), (3, 500, 415), (12, 500, 415)],
        hidden_wheels(5, 7),
        [],
    ),
    (
        "neighbour stays in front for ten seconds",
        [(1, 500, 600), (3, 500, 415), (20, 500, 415)],
        hidden_wheels(5, 15),
        [],
    ),
    ("wheels hidden while it passes the line", STRAIGHT_ON, hidden_wheels(3.5, 4.5), ["RED_LIGHT"]),
]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(("way", "box_at", "expected"), [row[1:] for row in HIDDEN], ids=[row[0] for row in HIDDEN])
def test_hidden_wheels_are_not_motion(way, box_at, expected, fps) -> None:  # type: ignore[no-untyped-def]
    found = judge(
        RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way, box_at=box_at)], RED, fps=fps, jitter=0.01)
    )
    assert codes(found) == expected


@pytest.mark.parametrize("switch_s", [4.8, 5.5])
def test_one_report_when_the_id_switches_beyond_the_line(switch_s: float) -> None:
    story = scenes([Drive(STRAIGHT_ON, id_switch_at_s=switch_s)], RED)
    assert len(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story)) <= 1


def test_two_boxes_on_one_vehicle_are_one_report() -> None:
    twice = [Drive(STRAIGHT_ON), Drive(STRAIGHT_ON, track_id=2, vehicle_class=VehicleClass.BICYCLE, scale=0.95)]
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes(twice, RED))) == ["RED_LIGHT"]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(
    ("back", "expected"),
    [((8, 250, 520), ["RED_LIGHT"]), ((6, 396, 340), [])],
    ids=["turns back in the junction", "lost before it has turned"],
)
def test_a_u_turn_close_behind_the_line_is_a_passage_on_red(back, expected, fps) -> None:  # type: ignore[no-untyped-def]
    way = [(1, 400, 700), (4, 400, 400), (5, 395, 345)]
    way += [(5.5, 360, 330), (6, 320, 332), (6.5, 290, 350), back] if back[2] > 400 else [back]
    found = judge(
        RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(way)], {"main": [(0, "red")]}, fps=fps), HORIZON
    )
    assert codes(found) == expected


def test_a_lower_edge_that_comes_out_again_is_no_u_turn() -> None:
    """Its wheels are hidden more and more as it stops before the line, which looks like passing it, and are seen again."""
    stops = [(1, 500, 700), (4, 500, 412), (12, 500, 412)]

    def hides(t: float, b: Box) -> Box:
        share = 0.4 * min(1.0, max(0.0, (t - 2) / 2)) if t < 6 else 0.4 * max(0.0, 1 - (t - 6) / 0.5)
        return (b[0], b[1], b[2], b[3] - share * (b[3] - b[1]))

    for horizon in (None, HORIZON, Horizon.at(0.0, CAMERA_M)):
        story = scenes([Drive(stops, box_at=hides)], RED)
        assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story, horizon)) == []


def test_two_vehicles_are_two_reports() -> None:
    both = [Drive(STRAIGHT_ON), Drive([(t, x + 100, y) for t, x, y in STRAIGHT_ON], track_id=2)]
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes(both, RED))) == ["RED_LIGHT", "RED_LIGHT"]


@pytest.mark.parametrize("fps", [6, 12, 25])
def test_who_follows_within_half_a_second_is_reported_too(fps: float) -> None:
    """He passes the line where the one before him did: two boxes in one place, but never at one time."""
    both = [Drive(STRAIGHT_ON), Drive([(t + 0.5, x + 12, y) for t, x, y in STRAIGHT_ON], track_id=2)]
    found = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes(both, RED, fps=fps))
    assert codes(found) == ["RED_LIGHT", "RED_LIGHT"]
    assert iou(found[0].box_xyxy, found[1].box_xyxy) >= THRESHOLDS.identity.duplicate_iou


def test_two_vehicles_that_leave_together_are_two_reports() -> None:
    """Near the horizon their boxes lie on each other, as those of one vehicle seen twice would; both have gone on."""
    first, second = [(1, 500, 700), (4, 500, 400), (7, 500, 250)], [(1, 500, 780), (5, 500, 400), (7, 500, 262)]
    both = [Drive(first), Drive(second, track_id=2)]
    story = scenes(both, RED)
    one, other = (track.box_xyxy for track in [scene for scene in story if scene.tracks][-1].tracks)
    assert iou(one, other) >= THRESHOLDS.identity.duplicate_iou
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story)) == ["RED_LIGHT", "RED_LIGHT"]


def test_short_gap_in_the_track_is_bridged_and_a_long_one_acquits() -> None:
    def gap(from_s: float, to_s: float):  # type: ignore[no-untyped-def]
        return lambda t, box: None if from_s < t < to_s else box

    short = scenes([Drive(STRAIGHT_ON, box_at=gap(3.8, 4.3))], RED)
    long = scenes([Drive(STRAIGHT_ON, box_at=gap(3.2, 5.0))], RED)
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, short)) == ["RED_LIGHT"]
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, long)) == []


def test_repeater_that_contradicts_the_main_lamp_acquits() -> None:
    repeater = dataclasses.replace(MAIN, name="far")
    two = camera(signals=(MAIN, repeater))
    agree: Lamps = {"main": [(0, "red")], "far": [(0, "red")]}
    contradict: Lamps = {"main": [(0, "red")], "far": [(0, "green")]}
    one_dark: Lamps = {"main": [(0, "red")], "far": [(0, "unknown")]}
    verdicts = [
        codes(judge(RuleName.RED_LIGHT, two, THRESHOLDS, scenes([Drive(STRAIGHT_ON)], lamps)))
        for lamps in (agree, contradict, one_dark)
    ]
    assert verdicts == [["RED_LIGHT"], [], ["RED_LIGHT"]]


@pytest.mark.parametrize(
    ("back_s", "expected"), [(8.0, ["RED_LIGHT"]), (13.0, [])], ids=["for 3.5 s", "for so long that nobody waits"]
)
def test_a_lamp_hidden_right_after_the_passing_is_waited_for(back_s: float, expected: list[str]) -> None:
    """Red again before it can have gone round, it has been red all the while: the debouncer dates it back."""
    lamps: Lamps = {"main": [(0, "red"), (4.5, "unknown")]}
    told = {"main": SignalPhase("main", Phase.RED, START)}
    story = [
        dataclasses.replace(scene, signals=told) if scene.captured_at >= START + timedelta(seconds=back_s) else scene
        for scene in scenes([Drive(STRAIGHT_ON)], lamps, until_s=16)
    ]
    assert codes(judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story)) == expected


def test_facts_hold_what_made_the_verdict() -> None:
    (found,) = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, scenes([Drive(STRAIGHT_ON)], RED))
    assert found.facts["stop_line"] == "south"
    assert found.facts["red_for_s"] == pytest.approx(4.0, abs=0.1)
    red = {"signal": "main", "phase": "red", "since": "2026-03-01T08:00:00.000+00:00"}
    assert found.facts["phases"] == [{**red, "not_before": None, "source": "video"}]
    thresholds = found.facts["thresholds"]
    assert isinstance(thresholds, dict)
    assert thresholds["red_light"]["before_green_s"] == THRESHOLDS.red_light.before_green_s  # type: ignore[index,call-overload]


def test_state_is_bounded_by_the_living_tracks() -> None:
    rules = Judge(camera(), THRESHOLDS, {RuleName.RED_LIGHT})
    way = [(0.0, 500, 700), (2.0, 500, 500)]
    for number in range(30):
        shifted = [(t + 4 * number, x, y) for t, x, y in way]
        for scene in scenes([Drive(shifted, track_id=number)], RED, fps=5):
            rules.see(scene)
    [red_light] = rules._rules
    assert isinstance(red_light, RedLight)
    assert red_light._cases == {}
    assert all(number not in rules._watch.paths for number in range(30))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    row=st.sampled_from(LAWFUL),
    fps=st.floats(5, 30),
    jitter=st.floats(0, THRESHOLDS.red_light.line_margin_heights * 0.8),
    drop=st.floats(0, 0.5),
    seed=st.integers(0, 10_000),
    shift_s=st.floats(0, 1),
)
def test_noise_never_turns_a_lawful_passage_into_a_sure_violation(  # type: ignore[no-untyped-def]
    row, fps, jitter, drop, seed, shift_s
) -> None:
    """The whole story, lamps and all, is shifted against the frames; frames drop; edges wobble."""
    _, way, lamps = row
    shifted = [(t + shift_s, x, y) for t, x, y in way]
    moved = {name: [(t + shift_s if t else t, phase) for t, phase in changes] for name, changes in lamps.items()}
    story = scenes([Drive(shifted)], moved, fps=fps, jitter=jitter, drop=drop, seed=seed)
    found = judge(RuleName.RED_LIGHT, camera(), THRESHOLDS, story)
    assert [v.code for v in found if v.certainty is Certainty.SURE] == []


def test_the_camera_of_these_tests_is_what_the_tables_assume() -> None:
    here: Camera = camera()
    assert (here.stop_lines, here.lanes) == ((LINE,), (AWAY, ONCOMING))
    assert MAIN.governs == ALL_WAYS
    assert isinstance(THRESHOLDS, Thresholds)
