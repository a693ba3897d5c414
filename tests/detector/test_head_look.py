"""The second look at heads: it spares what the detector calls bare, and never accuses."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.detect import Batch, RawBox, make_backend
from detector.head_look import HeadLook
from detector.heads import HeadDetector
from detector.vocabulary import Box, Pixels
from models.crops import HEAD_LOOK_SIZE_PX
from models.errors import WeightsError
from models.head_look import BARE_LEAST, HELMET, NO_HELMET, together
from models.labels import LABELS
from models.registry import Weights, load_weights
from tests.detector.test_observe import HEAD_WEIGHTS, LEFT, RIGHT, Sees

SIZE_WH = (HEAD_LOOK_SIZE_PX, HEAD_LOOK_SIZE_PX)
WEIGHTS = Weights("head_look", Path("invented.onnx"), "0" * 64, LABELS["head_look"], SIZE_WH, "test")
FRAME = np.zeros((300, 300, 3), np.uint8)
HEAD = (100.0, 100.0, 120.0, 124.0)

TOGETHER = [
    pytest.param(NO_HELMET, 0.99, NO_HELMET, id="both see a bare head"),
    pytest.param(NO_HELMET, BARE_LEAST, NO_HELMET, id="the second look would not rule it out"),
    pytest.param(NO_HELMET, BARE_LEAST - 0.01, HELMET, id="the second look rules it out"),
    pytest.param(HELMET, 0.01, HELMET, id="both see a helmet"),
    pytest.param(HELMET, 1.0, HELMET, id="the second look alone accuses nobody"),
]


@pytest.mark.parametrize(("label", "bare_probability", "expected"), TOGETHER)
def test_what_detector_and_second_look_say_together(label: str, bare_probability: float, expected: str) -> None:
    assert together(label, bare_probability) == expected


class Says:
    """A backend that answers the crops of a batch with these probabilities of bare, and remembers the batches."""

    fixed_size_wh = SIZE_WH

    def __init__(self, *bare: float) -> None:
        self.bare = bare
        self.batches: list[Pixels] = []

    def infer(self, pictures: Pixels) -> Batch:
        self.batches.append(pictures)
        return np.array([[1 - bare, bare] for bare in self.bare], np.float32)


def found(label: str, box: Box, confidence: float = 0.7) -> RawBox:
    return RawBox(label, confidence, box)


def test_bare_heads_of_a_frame_are_asked_in_one_batch_and_the_others_not_at_all() -> None:
    frame = FRAME.copy()
    frame[200:224, 200:220] = (0, 0, 250)  # BGR
    heads = [found(NO_HELMET, HEAD), found(HELMET, (50, 50, 60, 60)), found(NO_HELMET, (200, 200, 220, 224), 0.6)]
    backend = Says(0.01, 0.9)
    looked = HeadLook(WEIGHTS, backend).look(frame, heads)
    assert [head.label for head in looked] == [HELMET, HELMET, NO_HELMET]
    assert [(head.confidence, head.box_xyxy) for head in looked] == [(head.confidence, head.box_xyxy) for head in heads]
    (batch,) = backend.batches
    assert batch.shape == (2, 64, 64, 3)
    assert batch[1, ..., 2].max() > 230 > batch[1, ..., 0].max()  # BGR: red is in the last plane


@pytest.mark.parametrize("heads", [[], [found(HELMET, HEAD)]])
def test_without_bare_heads_nobody_is_asked(heads: list[RawBox]) -> None:
    backend = Says()
    assert HeadLook(WEIGHTS, backend).look(FRAME, heads) == heads
    assert backend.batches == []


def test_a_head_at_the_edge_of_the_picture_is_looked_at_with_grey_around_it() -> None:
    backend = Says(0.9)
    HeadLook(WEIGHTS, backend).look(np.full((40, 40, 3), 250, np.uint8), [found(NO_HELMET, (-4.0, -4.0, 12.0, 12.0))])
    (batch,) = backend.batches
    assert (batch[0, 0, 0] == 114).all()
    assert (batch[0, -1, -1] == 250).all()


def test_every_rider_keeps_his_own_heads_after_the_second_look() -> None:
    left_head, right_head = (125.0, 105.0, 140.0, 120.0), (168.0, 110.0, 182.0, 124.0)
    backend = Sees([LEFT, RIGHT], [(left_head, 0.0, 0.9), (right_head, 0.0, 0.7)])
    detector = HeadDetector(HEAD_WEIGHTS, backend, HeadLook(WEIGHTS, Says(0.05, 0.8)))
    left, right = detector.detect(FRAME, [LEFT, RIGHT])
    assert [(head.has_helmet, head.confidence) for head in left] == [(True, 0.9)]
    assert [(head.has_helmet, head.confidence) for head in right] == [(False, 0.7)]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([[0.2, 0.3, 0.5]], r"invented\.onnx: the network gives \(1, 3\), expected \(1, 2\)"),
        (np.zeros((1, 6, 40)), r"invented\.onnx: the network gives \(1, 6, 40\)"),
        ([[1.5, 0.4]], r"invented\.onnx: .* no probabilities"),
        ([[np.nan, np.nan]], r"invented\.onnx: .* no probabilities"),
    ],
)
def test_a_network_of_another_kind_is_refused(answer: Sequence[Sequence[float]], message: str) -> None:
    class Other(Says):
        def infer(self, pictures: Pixels) -> Batch:
            return np.asarray(answer, np.float32)

    with pytest.raises(WeightsError, match=message):
        HeadLook(WEIGHTS, Other()).bare_probabilities(FRAME, [HEAD])


def test_weights_that_do_not_know_helmets_are_refused() -> None:
    other = Weights("head_look", Path("mine.onnx"), "0" * 64, ("hat", "hair"), SIZE_WH, "test")
    with pytest.raises(WeightsError, match=r"mine\.onnx: labels hat, hair do not tell heads apart"):
        HeadLook(other, Says())


@pytest.fixture(scope="module")
def shipped() -> HeadLook:
    weights = load_weights("head_look")
    return HeadLook(weights, make_backend("openvino", weights, threads=1))


def rider_from_behind(helmet: bool) -> Pixels:
    """Shoulders and a head 20 px wide: a white dome over a neck, or black hair down to it."""
    picture = np.full((80, 80, 3), (150, 150, 150), np.uint8)
    cv2.ellipse(picture, (40, 74), (24, 24), 0, 180, 360, (150, 90, 60), -1)
    cv2.ellipse(picture, (40, 48), (5, 7), 0, 0, 360, (110, 140, 190), -1)
    colour = (245, 245, 245) if helmet else (25, 25, 30)
    cv2.ellipse(picture, (40, 36), (10, 11), 0, 0, 360, colour, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


RIDERS_HEAD = (30.0, 25.0, 50.0, 48.0)


def test_our_weights_tell_a_white_helmet_from_black_hair(shipped: HeadLook) -> None:
    (white,) = shipped.bare_probabilities(rider_from_behind(helmet=True), [RIDERS_HEAD])
    (hair,) = shipped.bare_probabilities(rider_from_behind(helmet=False), [RIDERS_HEAD])
    assert white < BARE_LEAST < 0.5 < hair


def test_a_head_and_its_mirror_image_are_read_alike(shipped: HeadLook) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 4), np.uint8)
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    (one,), (other,) = (shipped.bare_probabilities(one, [(24.0, 24.0, 56.0, 56.0)]) for one in (picture, mirrored))
    assert one == pytest.approx(other, abs=1e-4)


def test_a_head_is_read_the_same_alone_and_among_others(shipped: HeadLook) -> None:
    picture = rider_from_behind(helmet=False)
    boxes = [RIDERS_HEAD, (28.0, 24.0, 52.0, 50.0), (0.0, 0.0, 20.0, 20.0)]
    together_read = shipped.bare_probabilities(picture, boxes)
    alone = [shipped.bare_probabilities(picture, [box])[0] for box in boxes]
    assert together_read == pytest.approx(alone, abs=1e-3)
