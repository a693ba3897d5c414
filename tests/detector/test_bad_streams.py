"""Garbage in the chain: bounded memory, a clear reason, and no violation out of it."""

import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from detector.camera import Camera, Lane, RuleName, Signal, StopLine
from detector.footage import BACKWARDS_MAX, FootageFile
from detector.gallery import Gallery
from detector.history import History
from detector.pipeline import Step, replay, run
from detector.thresholds import load_thresholds
from detector.track import MAX_DETECTIONS, MAX_TRACKS
from detector.vocabulary import (
    Detection,
    Frame,
    LampReading,
    Movement,
    Observation,
    Phase,
    PictureCheck,
    VehicleClass,
    Violation,
)
from models.errors import FootageError
from tests.detector.clips import write_stills

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
CAMERA = Camera(
    id="junction",
    resolution_wh=(640, 480),
    signals=(Signal("main", (600, 10, 620, 60), frozenset({Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT})),),
    stop_lines=(StopLine("south", ((100, 300), (540, 300)), (0, -1)),),
    lanes=(Lane("L1", ((100, 470), (540, 470), (540, 20), (100, 20)), (0, -1), frozenset({VehicleClass.CAR})),),
    rules=tuple(RuleName),
)
THRESHOLDS = load_thresholds()
RED = (LampReading("main", Phase.RED, 0.95),)
GOOD = PictureCheck(0.0, 110, 200, 40, 45, 1.0, 1.0, 0.0, 0.0)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def car(bottom: float, x1: float = 280) -> Detection:
    return Detection(VehicleClass.CAR, 0.9, (x1, bottom - 70, x1 + 90, bottom))


def red_light_run(times: list[float], checks: list[PictureCheck | None] | None = None) -> list[Observation]:
    """A car passes the line at 300 on red, one observation for each time; its way depends on the count alone."""
    return [
        Observation(
            index,
            at(time),
            (640, 480),
            (car(470 - 400 * index / len(times)),),
            RED,
            check=checks[index] if checks else None,
        )
        for index, time in enumerate(times)
    ]


EVEN = [index / 10 for index in range(80)]


def violations(steps: Iterator[Step]) -> list[Violation]:
    return [violation for step in steps for violation in step.violations]


def red_lights(observations: list[Observation], camera: Camera = CAMERA) -> int:
    return sum(1 for v in violations(replay(observations, camera, THRESHOLDS)) if v.code == "RED_LIGHT")


TIMES = [
    pytest.param(EVEN, 1, id="as it should be"),
    pytest.param([0.0] * 80, 0, id="time stands still"),
    pytest.param([-index / 10 for index in range(80)], 0, id="time goes backwards"),
    pytest.param([index * 3600.0 for index in range(80)], 0, id="an hour from frame to frame"),
    pytest.param([index / 10 + (1e9 if index % 2 else 0) for index in range(80)], 0, id="time jumps to and fro"),
]


@pytest.mark.parametrize(("times", "expected"), TIMES)
def test_nobody_is_accused_by_a_clock_that_cannot_be(times: list[float], expected: int) -> None:
    observations = red_light_run(times)
    cuts = [b.captured_at < a.captured_at or b.captured_at - a.captured_at > timedelta(seconds=2)
            for a, b in pairwise(observations)]  # fmt: skip
    as_observed = [observations[0], *(replace(o, is_cut=cut) for o, cut in zip(observations[1:], cuts, strict=True))]
    assert red_lights(as_observed) == expected


def test_repeats_are_no_looks() -> None:
    """A frozen picture of a car before the line, one of it far beyond: nobody saw it pass."""
    observations = red_light_run(EVEN)
    frozen = [
        replace(
            o, is_repeat=20 < o.frame_index < 60, **({"detections": (), "lamps": ()} if 20 < o.frame_index < 60 else {})
        )
        for o in observations
    ]
    assert red_lights(observations) == 1
    assert red_lights(frozen) == 0


def test_single_repeats_between_pictures_change_no_verdict() -> None:
    converted = [
        repeat
        for o in red_light_run(EVEN)
        for repeat in (
            o,
            replace(o, captured_at=o.captured_at + timedelta(seconds=0.05), is_repeat=True, detections=()),
        )
    ]
    assert red_lights(converted) == 1


def test_steps_of_repeats_show_nobody_and_the_lamps_as_they_were() -> None:
    first, second, *_ = red_light_run(EVEN)
    steps = list(replay([first, second, replace(second, captured_at=at(0.2), is_repeat=True)], CAMERA, THRESHOLDS))
    assert steps[2].scene.tracks == () and steps[2].scene.signals == steps[1].scene.signals


def test_a_moved_view_makes_an_abstention_of_the_violation() -> None:
    checks = [replace(GOOD, moved_share=0.1 if time >= 2 else 0.0) if time == int(time) else None for time in EVEN]
    steps = list(replay(red_light_run(EVEN, checks), CAMERA, THRESHOLDS))
    assert violations(iter(steps)) == []
    [abstention] = [a for step in steps for a in step.abstentions if a.reason == "suspended"]
    assert (abstention.code, abstention.facts["suspended_for"]) == ("RED_LIGHT", "moved")
    assert {s.reason for step in steps for s in step.scene.suspensions} == {"moved"}
    assert red_lights(red_light_run(EVEN, [GOOD if time == int(time) else None for time in EVEN])) == 1


class Scripted:
    """Observes every frame as the car that passes on red."""

    def __init__(self) -> None:
        self._observations = {observation.frame_index: observation for observation in red_light_run(EVEN)}

    def is_due(self, captured_at: datetime) -> bool:
        return True

    def observe(self, frame: Frame) -> Observation:
        return self._observations[frame.index]

    def follow(self, frame: Frame, observation: Observation) -> None:
        raise AssertionError("nothing is recorded here")


def test_a_picture_of_another_size_ends_the_run_and_keeps_what_was_before() -> None:
    sizes = [(480, 640)] * 79 + [(240, 320)]
    frames = (Frame(index, at(EVEN[index]), np.zeros((*size, 3), np.uint8)) for index, size in enumerate(sizes))
    found: list[Violation] = []
    with pytest.raises(FootageError, match=r"frame 79: the picture is 320×240.*640×480"):
        for step in run(frames, Scripted(), CAMERA, THRESHOLDS):
            found += step.violations
    assert [violation.code for violation in found] == ["RED_LIGHT"]


def crowd(scenes: int, count: int, *, stay: bool) -> Iterator[Observation]:
    """`count` standing cars; `stay`: the same for ever, else others every two seconds."""
    for index in range(scenes):
        offset = 0 if stay else (index // 20) * 13 % 90
        corners = [((i % 25) * 25.0 + offset / 9, (i // 25) * 23.0) for i in range(count)]
        detections = tuple(
            Detection(VehicleClass.CAR, 0.9 - i * 1e-4, (x, y, x + 20, y + 19)) for i, (x, y) in enumerate(corners)
        )
        yield Observation(index, at(index / 10), (640, 480), detections, RED, check=GOOD if index % 10 == 0 else None)


MEMORY = [
    pytest.param(1_500, 4, True, 12, id="tracks without end"),
    pytest.param(1_500, 4, False, 12, id="others all the time"),
    pytest.param(20, 500, False, 40, id="500 vehicles at once"),
]


@pytest.mark.parametrize(("scenes", "count", "stay", "limit_mb"), MEMORY)
def test_memory_is_bounded(scenes: int, count: int, stay: bool, limit_mb: int) -> None:
    """What the chain and the memories beside it still hold after thousands of scenes, in MB of Python's own blocks."""
    history, gallery = History(), Gallery()
    pixels = np.zeros((480, 640, 3), np.uint8)
    steps = replay(crowd(scenes, count, stay=stay), CAMERA, THRESHOLDS)
    next(steps)
    tracemalloc.start()
    try:
        for step in steps:
            history.update(step.scene)
            gallery.update(Frame(step.scene.frame_index, step.scene.captured_at, pixels), step.scene)
            assert len(step.scene.tracks) <= min(MAX_DETECTIONS, MAX_TRACKS)
        held_mb = tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()
    assert held_mb < limit_mb


def test_too_many_vehicles_are_named_in_the_log() -> None:
    with capture_logs() as logs:
        list(replay(crowd(3, 500, stay=True), CAMERA, THRESHOLDS))
    assert {entry["event"] for entry in logs} >= {"too_many_detections"}


FILES = [
    pytest.param([0, 40, 80, 120], 4, 0, 0, None, id="as it should be"),
    pytest.param([0, 40, 9_000_000, 80, 120], 4, 0, 1, None, id="one leaps ahead and comes back"),
    pytest.param([0, 40, 9_000_000, 9_000_040], 4, 0, 0, None, id="a recorder that waited for motion"),
    pytest.param([0, 40, 80, 20, 120], 4, 1, 0, None, id="one from the past"),
    pytest.param(
        [0, 9000, 9040, *range(40, 40 * BACKWARDS_MAX + 1, 40)],
        3,
        BACKWARDS_MAX,
        0,
        "backwards at frame 3",
        id="set back",
    ),
]


@pytest.mark.parametrize(("times_ms", "given", "repeated", "impossible", "truncated"), FILES)
def test_footage_with_times_that_cannot_be(
    tmp_path: Path, times_ms: list[int], given: int, repeated: int, impossible: int, truncated: str | None
) -> None:
    footage = FootageFile(write_stills(tmp_path / "a.mkv", times_ms), START)
    shown = [frame.captured_at for frame in footage.frames()]
    assert shown == sorted(shown) and len(shown) == given
    assert footage.summary is not None
    assert (footage.summary.repeated_frames, footage.summary.impossible_frames) == (repeated, impossible)
    assert (truncated or "None") in str(footage.summary.truncated)


@pytest.mark.parametrize("step_s", [0.1, 0.2])
@pytest.mark.parametrize("count", [30, 120])
@pytest.mark.parametrize("seed", [7, 8])
def test_boxes_thrown_at_random_accuse_nobody(count: int, step_s: float, seed: int) -> None:
    """A broken detector: every box is somewhere else in the next picture, but the tracker joins what it can."""
    chance = random.Random(seed)
    thrown = [
        Observation(
            index,
            at(index * step_s),
            (640, 480),
            tuple(car(chance.uniform(100, 470), chance.uniform(0, 550)) for _ in range(count)),
            RED,
        )
        for index in range(60)
    ]
    steps = list(replay(thrown, CAMERA, THRESHOLDS))
    assert [violation.code for step in steps for violation in step.violations] == []
    assert "turmoil" in {suspension.reason for step in steps for suspension in step.scene.suspensions}
