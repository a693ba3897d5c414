"""What an observer asks of whom and when, with finders that answer by hand; and whose a head is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.camera import Camera, RuleName, Signal
from detector.detect import Batch
from detector.heads import HeadDetector, owner
from detector.observe import Observer, ObserverModels, load_models
from detector.vocabulary import Box, Detection, Frame, Head, LampReading, Movement, Phase, Pixels, VehicleClass
from models.crops import head_square_xyxy, to_square_xyxy
from models.errors import FootageError, WeightsError
from models.registry import Weights, load_weights

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
CAMERA = Camera(
    id="test",
    resolution_wh=(320, 240),
    signals=(Signal("main", (10, 10, 34, 70), frozenset({Movement.STRAIGHT})),),
)
MOTORCYCLE = VehicleClass.MOTORCYCLE
HELMET = Head(has_helmet=True, confidence=0.8, box_xyxy=(100, 100, 110, 110))


@dataclass
class Vehicles:
    """Answers every picture with the same vehicles."""

    answer: tuple[Detection, ...] = ()
    asked: int = 0

    def detect(self, images: Sequence[Pixels]) -> list[tuple[Detection, ...]]:
        self.asked += len(images)
        return [self.answer for _ in images]


@dataclass
class Heads:
    """Answers every rider with one helmet and remembers whom it was asked about."""

    asked: list[tuple[list[Box], list[Box]]] = field(default_factory=list)

    def detect(
        self, image: Pixels, rider_boxes: Sequence[Box], bystanders: Sequence[Box] = ()
    ) -> list[tuple[Head, ...]]:
        self.asked.append((list(rider_boxes), list(bystanders)))
        return [(HELMET,) for _ in rider_boxes]


class Lamps:
    """Reads every head as green."""

    def read(
        self, image: Pixels, lamp_boxes: Mapping[str, tuple[float, float, float, float]]
    ) -> tuple[LampReading, ...]:
        return tuple(LampReading(signal, Phase.GREEN, 0.7) for signal in lamp_boxes)


def observer(vehicles: Vehicles, heads: Heads | None = None) -> Observer:
    return Observer(CAMERA, models=ObserverModels(vehicles, heads, {"vehicles": "a" * 64}))


def frame(at_s: float = 0.0, size_wh: tuple[int, int] = (320, 240)) -> Frame:
    pixels = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
    pixels[10:70, 10:34] = 30
    pixels[14:26, 16:28] = (30, 30, 250)
    left = 100 + round(at_s * 80) % 100  # something moves: else it were a repeat
    pixels[120:160, left : left + 40] = 250 - round(at_s * 80) % 97
    return Frame(round(at_s * 1000), START + timedelta(seconds=at_s), pixels)


def rider(x1: float, height: float = 100, confidence: float = 0.9) -> Detection:
    return Detection(MOTORCYCLE, confidence, (x1, 50, x1 + 40, 50 + height))


@pytest.mark.parametrize(("fps", "analysed_fps"), [(60, 15), (30, 15), (25, 12.5), (20, 10), (12.5, 12.5), (6, 6)])
def test_how_often_a_camera_is_analysed(fps: float, analysed_fps: float) -> None:
    watching = observer(Vehicles())
    analysed = 0
    for index in range(round(10 * fps)):
        shown = frame(index / fps)
        if watching.is_due(shown.captured_at):
            watching.observe(shown)
            analysed += 1
    assert analysed == pytest.approx(10 * analysed_fps, abs=1)


def test_a_frame_from_the_past_is_due() -> None:
    watching = observer(Vehicles())
    watching.observe(frame(5.0))
    assert not watching.is_due(START + timedelta(seconds=5.01))
    assert watching.is_due(START + timedelta(seconds=4.0))


def test_of_a_repeat_nobody_is_asked() -> None:
    vehicles, heads = Vehicles((rider(100),)), Heads()
    watching = observer(vehicles, heads)
    shown = [frame(0.0), frame(0.0), frame(0.4)]
    times = [START + timedelta(seconds=0.2 * index) for index in range(3)]
    seen = [watching.observe(replace(each, captured_at=at)) for each, at in zip(shown, times, strict=True)]
    assert [observation.is_repeat for observation in seen] == [False, True, False]
    assert (vehicles.asked, len(heads.asked), seen[1].detections, seen[1].lamps) == (2, 2, (), ())
    assert not watching.is_due(times[2] + timedelta(seconds=0.01))


@pytest.mark.parametrize(("received_s", "offset_s"), [(None, None), (1.5, 0.5), (0.25, -0.75)])
def test_a_live_observation_says_how_the_clocks_differ(received_s: float | None, offset_s: float | None) -> None:
    received_at = None if received_s is None else START + timedelta(seconds=received_s)
    assert observer(Vehicles()).observe(replace(frame(1.0), received_at=received_at)).clock_offset_s == offset_s


def test_an_observation_says_what_was_seen() -> None:
    seen = observer(Vehicles((rider(100),)), Heads()).observe(frame(1.5))
    assert (seen.frame_index, seen.captured_at, seen.frame_size_wh) == (
        1500,
        START + timedelta(seconds=1.5),
        (320, 240),
    )
    assert seen.detections == (Detection(MOTORCYCLE, 0.9, (100, 50, 140, 150), (HELMET,)),)
    assert [(lamp.signal, lamp.phase) for lamp in seen.lamps] == [("main", Phase.RED)]
    assert not seen.is_cut


def test_lamps_are_read_by_the_reader_given_and_else_by_their_colours() -> None:
    models = ObserverModels(Vehicles(), None, {}, Lamps())
    assert Observer(CAMERA, models=models).observe(frame()).lamps == (LampReading("main", Phase.GREEN, 0.7),)
    assert observer(Vehicles()).observe(frame()).lamps[0].phase is Phase.RED


@pytest.mark.parametrize(
    ("rules", "signals", "roles"),
    [
        ((), CAMERA.signals, {"vehicles", "lamps"}),
        ((RuleName.HELMET,), (), {"vehicles", "heads", "head_look"}),
        ((RuleName.HELMET, RuleName.RED_LIGHT), CAMERA.signals, {"vehicles", "heads", "head_look", "lamps"}),
    ],
)
def test_a_camera_loads_the_networks_it_needs_and_names_them(
    rules: tuple[RuleName, ...], signals: tuple[Signal, ...], roles: set[str]
) -> None:
    models = load_models(replace(CAMERA, rules=rules, signals=signals), threads=1)
    assert set(models.versions) == roles
    assert (models.heads is not None, models.lamps is not None) == ("heads" in roles, "lamps" in roles)
    assert all(models.versions[role] == load_weights(role).sha256 for role in roles - {"vehicles"})


def test_only_cameras_without_the_helmet_rule_run_in_8_bits() -> None:
    """The version in the manifest is that of the file which ran."""
    weights = load_weights("vehicles")
    assert weights.int8 is not None
    ran = {rule: load_models(replace(CAMERA, rules=(rule,)), threads=1).versions["vehicles"] for rule in RuleName}
    assert ran == {rule: weights.sha256 if rule is RuleName.HELMET else weights.int8.sha256 for rule in RuleName}


def test_heads_are_looked_for_in_seconds_not_in_frames() -> None:
    heads = Heads()
    watching = observer(Vehicles((rider(100),)), heads)
    looked = [watching.observe(frame(index * 0.08)).detections[0].heads is not None for index in range(10)]
    assert looked == [True, False] * 5


def test_heads_are_looked_for_on_motorcycles_large_and_sure_enough() -> None:
    heads = Heads()
    small, unsure = rider(200, height=30), rider(250, confidence=0.2)
    car = Detection(VehicleClass.CAR, 0.9, (10, 50, 90, 150))
    seen = observer(Vehicles((rider(100), small, unsure, car)), heads).observe(frame())
    assert heads.asked == [([(100, 50, 140, 150)], [small.box_xyxy, unsure.box_xyxy])]
    assert [detection.heads for detection in seen.detections] == [(HELMET,), None, None, None]


def test_without_a_helmet_rule_nobody_looks_for_heads() -> None:
    seen = observer(Vehicles((rider(100),)), None).observe(frame())
    assert seen.detections[0].heads is None


def test_boxes_centred_outside_the_picture_are_left_out() -> None:
    outside = Detection(VehicleClass.CAR, 0.9, (300, 50, 360, 100))
    assert observer(Vehicles((outside, rider(100)))).observe(frame()).detections == (rider(100),)


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(FootageError, match=r"640×480.*camera test.*320×240"):
        observer(Vehicles()).observe(frame(0, (640, 480)))


def test_following_recorded_frames_leaves_the_observer_where_observing_would() -> None:
    """A resumed run must go on exactly as if it had never stopped."""
    frames = [frame(index * 0.08) for index in range(8)]
    frames.append(Frame(9999, START + timedelta(seconds=0.64), 255 - frames[0].pixels))
    through = observer(Vehicles((rider(100),)), Heads())
    whole = [through.observe(shown) for shown in frames]
    for stopped_after in range(1, len(frames)):
        vehicles = Vehicles((rider(100),))
        resumed = observer(vehicles, Heads())
        for shown, known in zip(frames[:stopped_after], whole, strict=False):
            resumed.follow(shown, known)
        assert vehicles.asked == 0
        assert [resumed.observe(shown) for shown in frames[stopped_after:]] == whole[stopped_after:]


def test_versions_name_the_weights_and_the_settings() -> None:
    assert observer(Vehicles()).versions() == {
        "vehicles": "a" * 64,
        "backend": "openvino",
        "min_interval_s": "0.064516",
    }


# Two motorbikes side by side, overlapping; the left one's box is (100, 100, 160, 220).
LEFT: Box = (100, 100, 160, 220)
RIGHT: Box = (145, 105, 205, 225)

OWNERS = [
    pytest.param((125, 105, 140, 120), [LEFT, RIGHT], 0, id="over the middle of the left one"),
    pytest.param((168, 110, 182, 124), [LEFT, RIGHT], 1, id="over the middle of the right one"),
    pytest.param((146, 110, 158, 122), [LEFT, RIGHT], 0, id="in both boxes: nearer to the left one's middle"),
    pytest.param((125, 92, 140, 107), [LEFT, RIGHT], 0, id="a helmet sticks out of the box"),
    pytest.param((125, 140, 140, 155), [LEFT, RIGHT], 0, id="a passenger, lower"),
    pytest.param((125, 190, 140, 205), [LEFT, RIGHT], None, id="as low as a wheel: nobody's head"),
    pytest.param((215, 110, 230, 125), [LEFT, RIGHT], None, id="a pedestrian beside"),
    pytest.param((125, 60, 140, 75), [LEFT, RIGHT], None, id="somebody far behind"),
    pytest.param((125, 105, 140, 120), [], None, id="no riders"),
]


@pytest.mark.parametrize(("head", "riders", "expected"), OWNERS)
def test_whose_head_it_is(head: Box, riders: list[Box], expected: int | None) -> None:
    assert owner(head, riders) == expected


HEAD_WEIGHTS = Weights("heads", Path("invented.onnx"), "0" * 64, ("helmet", "no_helmet"), (64, 64), "test")


class Sees:
    """A backend that shows the given heads of the frame in every crop, wherever the crop lies."""

    fixed_size_wh = (64, 64)

    def __init__(self, riders: Sequence[Box], heads: Sequence[tuple[Box, float, float]]) -> None:
        self.riders = riders
        self.heads = heads

    def infer(self, pictures: Pixels) -> Batch:
        answers = []
        for rider_box in self.riders[: len(pictures)]:
            square = head_square_xyxy(rider_box)
            rows = []
            for box, helmet, bare in self.heads:
                x1, y1, x2, y2 = to_square_xyxy(box, square, 64)
                rows.append(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, helmet, bare))
            answers.append(np.array(rows, np.float32).T)
        return np.stack(answers)


def test_each_rider_gets_his_own_heads_in_frame_pixels() -> None:
    left_head, right_head = (125.0, 105.0, 140.0, 120.0), (168.0, 110.0, 182.0, 124.0)
    backend = Sees([LEFT, RIGHT], [(left_head, 0.9, 0.0), (right_head, 0.0, 0.7)])
    picture = np.zeros((300, 300, 3), np.uint8)
    left, right = HeadDetector(HEAD_WEIGHTS, backend).detect(picture, [LEFT, RIGHT])
    assert [(head.has_helmet, head.confidence) for head in left] == [(True, 0.9)]
    assert [(head.has_helmet, head.confidence) for head in right] == [(False, 0.7)]
    assert left[0].box_xyxy == pytest.approx(left_head, abs=0.1)
    assert right[0].box_xyxy == pytest.approx(right_head, abs=0.1)


def test_a_bystanders_head_is_given_to_nobody() -> None:
    backend = Sees([LEFT], [((168.0, 110.0, 182.0, 124.0), 0.0, 0.7)])
    assert HeadDetector(HEAD_WEIGHTS, backend).detect(np.zeros((300, 300, 3), np.uint8), [LEFT], [RIGHT]) == [()]


def test_one_head_is_bare_or_covered_never_both() -> None:
    backend = Sees([LEFT], [((125, 105, 140, 120), 0.6, 0.0), ((126, 105, 141, 120), 0.0, 0.8)])
    (heads,) = HeadDetector(HEAD_WEIGHTS, backend).detect(np.zeros((300, 300, 3), np.uint8), [LEFT])
    assert [(head.has_helmet, head.confidence) for head in heads] == [(False, 0.8)]


def test_no_riders_no_question() -> None:
    assert HeadDetector(HEAD_WEIGHTS, Sees([], [])).detect(np.zeros((30, 30, 3), np.uint8), []) == []


def test_weights_that_do_not_know_helmets_are_refused() -> None:
    other = Weights("heads", Path("mine.onnx"), "0" * 64, ("head",), (64, 64), "test")
    with pytest.raises(WeightsError, match=r"mine\.onnx: labels head do not tell heads apart"):
        HeadDetector(other, Sees([], []))
