"""Random clips with exact truth: always the same ones, fit for the detector's doors, and judged rightly when seen rightly."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from perfect_observer import observations

from detector.camera import load_camera
from detector.event_score import EventScore, compare, without_tolerances
from detector.pipeline import replay
from detector.thresholds import load_thresholds
from detector.truth import read_truth
from sample_videos import oracle, scenario_truth
from sample_videos.camera_file import as_yaml
from sample_videos.catalogue import (
    ENTRIES,
    LINE,
    Entry,
    Setting,
    against_traffic,
    in_bus_lane,
    starts_early,
    stops_over_line,
)
from sample_videos.clip import Actor, Clip, SignalPlan
from sample_videos.figures import Design, Kind
from sample_videos.motion import ahead, cruise, keys, left_turn
from sample_videos.people import Headwear, Look
from sample_videos.places import Place, random_place
from sample_videos.random_clips import SCENES_PER_PLACE, scenario
from sample_videos.scenario_files import write_scenarios
from sample_videos.scenario_truth import AtLine, at_line, clear_s, closed_lane, covered, heads_are_sure, looks_of, truth
from sample_videos.weather import Atmosphere, Weather

SEED = 1
JUDGED = 10  # judging one takes two seconds; more than these are judged with `bench events` on rendered clips
RIDER = Design(Kind.MOTORCYCLE, looks=(Look(Headwear.HALF_HELMET),))
BARE = Design(Kind.MOTORCYCLE, looks=(Look(Headwear.HAIR),))


@lru_cache
def clip_of(number: int) -> Clip:
    return scenario(SEED, number)


def clips() -> Iterator[Clip]:
    """One by one: most tests need the first that fits."""
    return (clip_of(number) for number in range(60))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scenarios")
    write_scenarios(SEED, range(JUDGED), out, video=False)
    return out


@pytest.fixture(scope="module")
def scores(written: Path) -> list[EventScore]:
    """What the rules say of every scenario when its boxes, heads and lamps are seen without error."""
    strict = without_tolerances(load_thresholds(None))
    rows: list[EventScore] = []
    for number in range(JUDGED):
        clip = scenario(SEED, number)
        camera = load_camera(written / f"{clip.name}.yaml")
        told = read_truth(written / f"{clip.name}.mp4")
        rows += compare(clip.name, told, replay(observations(clip), camera, strict))
    return rows


def test_a_stop_line_that_leaves_the_picture_is_drawn_to_its_edge(tmp_path: Path) -> None:
    clip = scenario(4711, 188)
    path = tmp_path / "cut.yaml"
    path.write_text(as_yaml(clip), encoding="utf-8")
    (line,) = load_camera(path).stop_lines
    ends, _ = clip.camera.project(np.array([[clip.plan.right_start, 0.0, 0.0], [clip.plan.right_end, 0.0, 0.0]]))
    assert ends[0][0] < 0 < line.points[0][0] < 10
    assert line.points[1] == pytest.approx(ends[1], abs=1)


def test_a_scenario_is_the_same_twice_and_no_other_is_like_it() -> None:
    assert scenario(SEED, 7) == scenario(SEED, 7)
    assert len({scenario(SEED, number).actors for number in range(8)}) == 8
    assert scenario(SEED, 7).actors != scenario(SEED + 1, 7).actors


def test_scenarios_of_a_place_share_its_street_and_camera() -> None:
    one, other = scenario(SEED, 0), scenario(SEED, SCENES_PER_PLACE - 1)
    assert (one.plan, one.camera) == (other.plan, other.camera)
    assert one.plan != scenario(SEED, SCENES_PER_PLACE).plan


def test_scenarios_differ_in_all_that_was_asked() -> None:
    drawn = [*clips()]
    assert {clip.fps for clip in drawn} == {6, 10, 12, 15, 25}
    assert {clip.weather.light for clip in drawn if clip.weather} == {
        "sun",
        "overcast",
        "dusk",
        "night",
        "rain",
        "fog",
    }
    assert min(len(clip.actors) for clip in drawn) <= 2
    assert max(len(clip.actors) for clip in drawn) >= 9
    heights = [clip.camera.position[2] for clip in drawn]
    assert min(heights) < 5
    assert max(heights) > 8
    assert all(5 <= clip.seconds <= 12 for clip in drawn)
    played = {tag for clip in drawn for actor in clip.actors for tag in actor.tells}
    assert {"runs_red", "starts_early", "stops_over_line", "straight_from_left_lane", "in_bus_lane"} <= played
    assert {"stops_at_line", "right_turn_on_green_arrow", "short_swerve", "opposite_half_legal"} <= played


def test_the_rules_accuse_nobody_wrongly_and_find_nine_in_ten(scores: list[EventScore]) -> None:
    assert [row.wrong_ones for row in scores if row.wrong] == []
    missed = [(row.clip, row.code, row.missed_ones) for row in scores if row.missed]
    assert sum(row.missed for row in scores) <= 0.1 * sum(row.right + row.missed for row in scores), missed
    right = Counter(row.code for row in scores for _ in range(row.right))
    assert set(right) >= {"RED_LIGHT", "WRONG_LANE", "WRONG_WAY", "HELMET"}


def test_files_say_what_the_scene_gives(written: Path) -> None:
    clip = scenario(SEED, 3)
    told = json.loads((written / f"{clip.name}.truth.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(truth(clip)))
    assert load_camera(written / f"{clip.name}.yaml").resolution_wh == (clip.camera.width, clip.camera.height)
    assert not list(written.glob(".*"))  # nothing half done is left


def test_a_finished_clip_is_left_alone(tmp_path: Path) -> None:
    name = scenario(SEED, 0).name
    (tmp_path / f"{name}.mp4").write_bytes(b"finished")
    write_scenarios(SEED, [0], tmp_path, video=False)
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.mp4"]


# ----- what a scene amounts to --------------------------------------------------------------------------------------


def junction() -> Place:
    return next(place for number in range(20) if (place := random_place(SEED, number)).plan.junction)


def staged(seconds: float, phases: tuple[tuple[float, str], ...], actor: Actor) -> Clip:
    """A junction with one road user and these phases of the main lamp."""
    clip = next(c for c in clips() if c.signals and c.fps == 10)
    return replace(
        clip, seconds=seconds, signals=(SignalPlan(clip.signals[0].lamp, phases),), actors=(actor,), scenery=()
    )


def rider(motion_keys: tuple[tuple[float, float, float], ...], design: Design = RIDER) -> Actor:
    return Actor("R", design, ahead(2.0), keys(*motion_keys))


GREEN_AT_7 = ((0.0, "red"), (7.0, "green"))


@pytest.mark.parametrize(
    ("phases", "way", "expected"),
    [
        pytest.param(((0.0, "red"),), ((3.0, LINE, 5.0),), ("red_light", True), id="runs red"),
        pytest.param(((0.0, "green"),), ((3.0, LINE, 5.0),), ("none", True), id="crosses on green"),
        pytest.param(((0.0, "yellow"), (4.0, "red")), ((3.0, LINE, 5.0),), ("none", True), id="crosses at yellow"),
        pytest.param(((0.0, "yellow"), (2.8, "red")), ((3.0, LINE, 5.0),), ("red_light", False), id="just after onset"),
        pytest.param(((0.0, "yellow"), (3.2, "red")), ((3.0, LINE, 5.0),), ("none", False), id="just before onset"),
        pytest.param(
            ((0.0, "red"), (3.2, "green")), ((3.0, LINE, 5.0),), ("red_light", False), id="a moment before green"
        ),
        pytest.param(((0.0, "red"), (4.5, "green")), ((3.0, LINE, 5.0),), ("red_light", True), id="long before green"),
        pytest.param(
            ((0.0, "red"),), ((10.9, LINE, 5.0),), ("red_light", False), id="the clip ends before it has gone on"
        ),
        pytest.param(
            GREEN_AT_7,
            ((0.5, LINE - 4, 4.0), (2.4, LINE + 1, 0.0), (7.5, LINE + 1, 0.0), (9.9, LINE + 7, 5.0)),
            ("stop_over_line", True),
            id="stands over the line until green",
        ),
        pytest.param(
            GREEN_AT_7,
            ((2.5, LINE - 4, 4.0), (4.4, LINE + 1, 0.0), (7.5, LINE + 1, 0.0), (9.9, LINE + 7, 5.0)),
            ("stop_over_line", False),
            id="stands there too short to be sure",
        ),
        pytest.param(
            GREEN_AT_7,
            ((0.0, LINE - 4, 4.0), (1.4, LINE + 1, 0.0), (4.4, LINE + 1, 0.0), (6.8, LINE + 7, 5.0)),
            ("red_light", True),
            id="waits over the line and goes on while still red",
        ),
        pytest.param(
            ((0.0, "red"),), ((0.5, LINE - 6, 4.0), (3.5, LINE - 1.4, 0.0)), ("none", True), id="stops before it"
        ),
    ],
)
def test_what_happened_at_the_line(
    phases: tuple[tuple[float, str], ...], way: tuple[tuple[float, float, float], ...], expected: tuple[str, bool]
) -> None:
    actor = rider(way)
    clip = staged(12.0, phases, actor)
    verdict = at_line(clip, actor, looks_of(clip)["R"])
    assert (verdict.violation, verdict.is_sure) == expected


def test_lawful_driving_is_sure_however_badly_it_is_seen() -> None:
    actor = rider(((3.0, LINE, 5.0),))
    clip = staged(10.0, ((0.0, "green"),), actor)
    assert at_line(clip, actor, []) == AtLine("none", True, oracle.crossing_s(clip, actor))
    assert heads_are_sure(clip, actor, [])


def test_a_breach_that_nobody_sees_is_doubtful() -> None:
    actor = rider(((3.0, LINE, 5.0),), BARE)
    clip = staged(10.0, ((0.0, "red"),), actor)
    seen = looks_of(clip)["R"]
    assert at_line(clip, actor, seen).is_sure
    assert heads_are_sure(clip, actor, seen)
    far_off = [look for look in seen if look.t < 1.0]
    assert not at_line(clip, actor, far_off).is_sure
    assert not heads_are_sure(clip, actor, far_off)


@pytest.mark.parametrize(("stays_s", "expected"), [(0.6, None), (1.8, False), (4.0, True)])
def test_a_stay_in_a_closed_lane(stays_s: float, expected: bool | None) -> None:
    clip = next(c for c in clips() if any(lane.allowed for lane in c.lanes) and c.fps == 10)
    lane = next(lane for lane in clip.lanes if lane.allowed)
    speed = 4.0
    out_way = lane.area[2] + 1.0 - -16.0
    inside = ahead((lane.area[0] + lane.area[1]) / 2)
    actor = Actor("R", RIDER, inside, cruise(0.5, out_way, speed))
    shown = replace(clip, actors=(actor,), scenery=(), seconds=8.0)
    looks = [look for look in looks_of(shown)["R"] if 0.5 <= look.t <= 0.5 + stays_s]
    found = closed_lane(shown, actor, looks)
    assert (found[1] if found else None) == expected


def test_looks_hidden_by_half_do_not_count() -> None:
    assert covered((0, 0, 10, 10), [(0, 0, 5, 10), (0, 0, 4, 10)]) == pytest.approx(0.5)
    assert covered((0, 0, 10, 10), []) == 0
    actor = rider(((3.0, LINE, 5.0),))
    clip = staged(6.0, ((0.0, "red"),), actor)
    looks = looks_of(clip)["R"]
    assert clear_s(clip, looks, 0.0, 6.0) == pytest.approx(sum(look.is_clear for look in looks) / 10)
    assert scenario_truth.Look(0, 0.0, (0, 0, 30, 60), 1.0, 0.6, (), (0.0, 0.0)).is_clear is False


# ----- the catalogue and the weather --------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_plays_in_each_of_its_programmes(entry: Entry) -> None:
    places = [random_place(SEED, number) for number in range(12)]
    for programme in sorted(entry.programmes):
        place = next(p for p in places if _fits(p, programme))
        timing = {"red_green": (4.8, None), "late_green": (7.0, None), "green_red": (None, 4.0)}.get(
            programme, (None, None)
        )
        setting = Setting(place, 9.0, programme, *timing)
        for seed in range(6):
            part = entry.play(np.random.default_rng(seed), setting)
            assert np.isfinite([part.motion.way_m(t) for t in (0.0, 4.5, 9.0)]).all()
            assert part.tells


def _fits(place: Place, programme: str) -> bool:
    if programme in ("bus_lane", "street"):
        return not place.plan.junction and place.bus_lane == (programme == "bus_lane")
    return place.plan.junction


def test_breaches_are_played_as_their_names_say() -> None:
    rng = np.random.default_rng(2)
    setting = Setting(junction(), 10.2, "late_green", green_s=7.0)
    early = starts_early(rng, setting)
    passes = next(t for t in np.arange(0, 10, 0.02) if early.path.at(early.motion.way_m(float(t)))[1] >= 0)
    assert 4.9 <= passes <= 6.5
    over = stops_over_line(rng, setting)
    assert over.path.at(over.motion.way_m(6.9))[1] > 0.5
    against = against_traffic(rng, setting)
    assert against.path.at(against.motion.way_m(2.0))[1] > against.path.at(against.motion.way_m(3.0))[1]
    street = next(place for number in range(40) if (place := random_place(SEED, number)).bus_lane)
    x, _ = in_bus_lane(rng, Setting(street, 7.0, "bus_lane")).path.at(20.0)
    a, b = street.plan.lane_edges()[-1]
    assert a < x < b


def test_a_left_turn_ends_on_the_left() -> None:
    x, y = left_turn(2.0, 5.0, 5.5).at(1000.0)
    assert x < -100
    assert y == pytest.approx(10.5)


@pytest.mark.parametrize("light", ["night", "fog", "rain"])
def test_weather_changes_the_picture_and_nothing_is_left_to_chance(light: str) -> None:
    clip = next(c for c in clips() if c.weather and c.weather.light == light)
    assert clip.weather is not None
    grey = np.full((clip.camera.height, clip.camera.width, 3), 120, np.uint8)
    placed = [actor.pose(2.0) for actor in clip.actors[:2]]
    once = Atmosphere(clip.camera, clip.weather).develop(grey, placed, [(60.0, 40.0, 9.0)], 3)
    again = Atmosphere(clip.camera, clip.weather).develop(grey, placed, [(60.0, 40.0, 9.0)], 3)
    assert np.array_equal(once, again)
    assert (once.mean() < 90) == (light == "night")
    if light == "night":  # a lit lamp shines, whatever is dark around it
        assert once[36:45, 56:65].mean() > 1.5 * once[100:140, 20:60].mean()


def test_by_day_a_picture_stays_as_bright_as_it_was() -> None:
    clip = scenario(SEED, 0)
    grey = np.full((clip.camera.height, clip.camera.width, 3), 120, np.uint8)
    out = Atmosphere(clip.camera, Weather("sun")).develop(grey, [], [], 0)
    assert out.mean() == pytest.approx(120, abs=1)
