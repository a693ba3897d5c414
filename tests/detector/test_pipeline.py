"""The whole chain, driven by a scripted observer: a car runs a red light, the same way live, replayed and resumed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from detector.camera import Camera, RuleName, Signal, StopLine
from detector.gallery import Gallery
from detector.history import History
from detector.pipeline import Step, replay, run
from detector.recording import Recorded, RecordingHeader, read_observations
from detector.thresholds import load_thresholds
from detector.vocabulary import Detection, Frame, LampReading, Movement, Observation, Phase, VehicleClass, Violation
from models.errors import FootageError

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
CAMERA = Camera(
    id="junction",
    resolution_wh=(640, 480),
    signals=(Signal("main", (600, 10, 620, 60), frozenset({Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT})),),
    stop_lines=(StopLine("south", ((100, 300), (540, 300)), (0, -1)),),
    rules=(RuleName.RED_LIGHT,),
)
HEADER = RecordingHeader("ab" * 32, START.isoformat(), CAMERA.sha256, {"vehicles": "ef" * 32})
FRAMES = 132


class Script:
    """A car drives straight up the picture for 6.6 seconds while the lamp is red; every second frame is due."""

    def __init__(self) -> None:
        self.observed = 0
        self._last_at: datetime | None = None

    def is_due(self, captured_at: datetime) -> bool:
        return self._last_at is None or captured_at - self._last_at >= timedelta(milliseconds=90)

    def observe(self, frame: Frame) -> Observation:
        self.observed += 1
        self._last_at = frame.captured_at
        bottom = 470 - 3.3333333 * frame.index
        car = Detection(VehicleClass.CAR, 0.9123456, (280.123456, bottom - 70, 370, bottom))
        lamp = LampReading("main", Phase.RED, 0.987654321)
        return Observation(frame.index, frame.captured_at, (640, 480), (car,), (lamp,))

    def follow(self, frame: Frame, observation: Observation) -> None:
        self._last_at = observation.captured_at


def frames(size_wh: tuple[int, int] = (640, 480)) -> Iterator[Frame]:
    for index in range(FRAMES):
        pixels = np.full((size_wh[1], size_wh[0], 3), index, np.uint8)
        yield Frame(index, START + timedelta(milliseconds=50 * index), pixels)


def verdicts(steps: Iterator[Step]) -> list[Violation]:
    return [violation for step in steps for violation in step.violations]


def test_the_red_light_run_is_found() -> None:
    [violation] = verdicts(run(frames(), Script(), CAMERA, load_thresholds()))
    assert (violation.code, violation.signal_phase) == ("RED_LIGHT", Phase.RED)
    assert abs(violation.frame - 51) <= 2  # the bottom of the box passes y = 300


@pytest.mark.parametrize(
    ("last_frame", "reported", "acquitted"),
    [(97, ["RED_LIGHT"], []), (80, [], ["footage_ended"]), (64, [], ["lost_at_line"]), (50, [], [])],
)
def test_footage_that_ends_soon_after_the_passing(last_frame: int, reported: list[str], acquitted: list[str]) -> None:
    """It passes the line in frame 51. Driving in the junction at the end is going on, if the lamp was seen for long
    enough; hardly beyond the line it may have been about to stop."""
    steps = list(run(islice(frames(), last_frame), Script(), CAMERA, load_thresholds()))
    assert [violation.code for violation in verdicts(iter(steps))] == reported
    assert [violation.code for violation in steps[-1].violations] == reported
    assert [abstention.reason for step in steps for abstention in step.abstentions] == acquitted


def test_frames_that_are_not_due_are_not_looked_at() -> None:
    script = Script()
    steps = list(run(frames(), script, CAMERA, load_thresholds()))
    *seen, end = steps
    assert [step.scene.frame_index for step in seen] == list(range(0, FRAMES, 2))
    assert script.observed == FRAMES / 2
    assert all(step.frame is not None and step.frame.index == step.scene.frame_index for step in seen)
    assert (end.frame, end.observation, end.scene.tracks) == (None, None, ())


def test_a_replay_gives_the_same_steps(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    thresholds = load_thresholds()
    with Recorded(path, Script(), HEADER) as recorded:
        live = list(run(frames(), recorded, CAMERA, thresholds))
    unrecorded = list(run(frames(), Script(), CAMERA, thresholds))
    replayed = list(replay(read_observations(path), CAMERA, thresholds))
    for steps in (unrecorded, replayed):
        assert [(s.observation, s.scene, s.violations) for s in steps] == [
            (s.observation, s.scene, s.violations) for s in live
        ]
    assert all(step.frame is None for step in replayed)
    assert verdicts(iter(live))


@pytest.mark.parametrize("stopped_after", [1, 20, 31, 59])
def test_an_interrupted_run_goes_on_to_the_same_verdicts(tmp_path: Path, stopped_after: int) -> None:
    thresholds = load_thresholds()
    path, whole = tmp_path / "a.jsonl", tmp_path / "whole.jsonl"
    with Recorded(whole, Script(), HEADER) as recorded:
        expected = verdicts(run(frames(), recorded, CAMERA, thresholds))
    with Recorded(path, Script(), HEADER) as recorded:
        steps = run(frames(), recorded, CAMERA, thresholds)
        list(islice(steps, stopped_after))
        steps.close()  # type: ignore[attr-defined] - Ctrl-C ends the generator like this
    script = Script()
    with Recorded(path, script, HEADER) as recorded:
        assert verdicts(run(frames(), recorded, CAMERA, thresholds)) == expected
        assert recorded.remembered == stopped_after
    assert script.observed == FRAMES / 2 - stopped_after
    assert path.read_bytes() == whole.read_bytes()


def test_a_wrong_resolution_names_both_sizes() -> None:
    with pytest.raises(FootageError) as caught:
        next(run(frames((320, 240)), Script(), CAMERA, load_thresholds()))
    assert str(caught.value).startswith(
        "frame 0: the picture is 320×240 pixels, but camera junction is drawn for 640×480. Use the camera file of this"
    )
    observation = Observation(7, START, (320, 240), (), ())
    with pytest.raises(FootageError, match="frame 7: the picture is 320×240"):
        next(replay([observation], CAMERA, load_thresholds()))


def test_the_memory_beside_it_holds_what_evidence_needs() -> None:
    history, gallery = History(), Gallery()
    found: list[Violation] = []
    for step in run(frames(), Script(), CAMERA, load_thresholds()):
        history.update(step.scene)
        if step.frame is not None:
            gallery.update(step.frame, step.scene)
        found += step.violations
    [violation] = found
    trail = history.trail(violation.track_id)
    assert trail[0].captured_at <= violation.from_at and violation.to_at <= trail[-1].captured_at
    assert {phase.phase for phase in history.signal_timeline(violation.from_at, violation.to_at)} == {Phase.RED}
    assert len(gallery.crops(violation.track_id)) >= 6
