"""Lamp heads read by network and colours together: what each may say alone, and what nobody knows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from detector.detect import Batch, make_backend
from detector.lamp_network import LampReader, agreed
from detector.signals import WEAK_CONFIDENCE
from detector.vocabulary import Phase, Pixels
from models.errors import CameraFileError, WeightsError
from models.labels import LABELS
from models.registry import Weights, load_weights
from tests.detector.test_lamps import (
    CYAN,
    GREEN,
    RED,
    SUNLIT_ORANGE,
    WHITE,
    YELLOW,
    arrow,
    burnt_out,
    hazy,
    single,
    upright,
)

WEIGHTS = Weights("lamps", Path("invented.onnx"), "0" * 64, LABELS["lamps"], (32, 64), "test")
PALE_RED = (150, 140, 205)
PALE_GREEN = (165, 170, 120)
HAZE = (175, 160, 150)


def said(**probabilities: float) -> dict[str, float]:
    """The network's answer: what is not named shares the rest."""
    others = [label for label in LABELS["lamps"] if label not in probabilities]
    rest = (1 - sum(probabilities.values())) / len(others)
    return {label: probabilities.get(label, rest) for label in LABELS["lamps"]}


AGREED = [
    pytest.param((Phase.RED, 0.8), said(red=0.95), Phase.RED, id="both see red"),
    pytest.param((Phase.RED, 0.8), said(red=0.5), Phase.RED, id="colours see red, the network hesitates towards it"),
    pytest.param((Phase.OFF, 0.3), said(red=0.95), Phase.RED, id="a pale lens that only the network sees"),
    pytest.param((Phase.OFF, 0.3), said(red=0.45), Phase.UNKNOWN, id="a pale lens that the network doubts too"),
    pytest.param((Phase.UNKNOWN, 0.0), said(green=0.97), Phase.GREEN, id="colours do not understand, the network does"),
    pytest.param((Phase.RED, 0.8), said(green=0.7), Phase.UNKNOWN, id="red against green"),
    pytest.param((Phase.GREEN, 0.8), said(red=0.7), Phase.UNKNOWN, id="green against red"),
    pytest.param((Phase.RED, 0.8), said(off=0.95), Phase.UNKNOWN, id="colours see what the network rules out"),
    pytest.param(
        (Phase.RED, 0.8), said(off=0.5, red=0.4), Phase.RED, id="a dim lens that the network would not rule out"
    ),
    pytest.param((Phase.OFF, 0.9), said(off=0.9), Phase.OFF, id="both see a dark head"),
    pytest.param((Phase.OFF, 0.9), said(unknown=0.9), Phase.UNKNOWN, id="no head at all"),
    pytest.param((Phase.UNKNOWN, 0.0), said(unknown=0.9), Phase.UNKNOWN, id="nobody knows"),
    pytest.param((Phase.UNKNOWN, 0.0), said(off=0.9), Phase.UNKNOWN, id="something is lit, but no lens"),
]


@pytest.mark.parametrize(("by_colour", "by_network", "expected"), AGREED)
def test_what_colours_and_network_say_together(
    by_colour: tuple[Phase, float], by_network: dict[str, float], expected: Phase
) -> None:
    phase, confidence = agreed(by_colour, by_network)
    assert phase is expected
    assert 0.0 <= confidence <= 1.0
    assert (confidence == 0.0) == (expected is Phase.UNKNOWN)


def test_what_one_of_them_hardly_saw_begins_no_phase() -> None:
    assert agreed((Phase.RED, 0.9), said(off=0.5, red=0.4))[1] < WEAK_CONFIDENCE


def test_labels_that_are_no_phase_are_unknown() -> None:
    phase, _ = agreed((Phase.OFF, 0.9), {"green": 0.0, "red": 0.1, "yellow": 0.0, "off": 0.1, "tram_signal": 0.8})
    assert phase is Phase.UNKNOWN


class Says:
    """A backend that answers every crop with the same row, and remembers the batches."""

    fixed_size_wh = (32, 64)

    def __init__(self, row: Sequence[float] | Batch) -> None:
        self.row = np.asarray(row, np.float32)
        self.batches: list[Pixels] = []

    def infer(self, pictures: Pixels) -> Batch:
        self.batches.append(pictures)
        return np.repeat(self.row[None], len(pictures), axis=0)


RED_ROW = [0.0, 0.96, 0.02, 0.01, 0.01]


def test_all_heads_of_a_frame_are_asked_in_one_batch_and_answered_in_their_order() -> None:
    frame = np.full((100, 100, 3), 90, np.uint8)
    frame[10:70, 60:84] = upright(0, RED)
    backend = Says(RED_ROW)
    readings = LampReader(WEIGHTS, backend).read(frame, {"dark": (10, 10, 34, 70), "main": (60, 10, 84, 70)})
    assert [(reading.signal, reading.phase) for reading in readings] == [("dark", Phase.RED), ("main", Phase.RED)]
    (batch,) = backend.batches
    assert batch.shape == (2, 64, 32, 3)
    assert batch[1, ..., 2].max() > 230 > batch[1, ..., 0].max()  # BGR: the red lens is in the last plane


def test_without_heads_nobody_is_asked() -> None:
    backend = Says(RED_ROW)
    assert LampReader(WEIGHTS, backend).read(np.zeros((50, 40, 3), np.uint8), {}) == ()
    assert backend.batches == []


def test_a_lamp_box_outside_the_picture_is_named() -> None:
    with pytest.raises(CameraFileError, match=r"signal `main`.*40x50 picture"):
        LampReader(WEIGHTS, Says(RED_ROW)).read(np.zeros((50, 40, 3), np.uint8), {"main": (100, 10, 120, 40)})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (RED_ROW[:4], r"invented\.onnx: the network gives \(1, 4\), expected \(1, 5\)"),
        (np.zeros((9, 40)), r"invented\.onnx: the network gives \(1, 9, 40\)"),
        ([0.0, 3.1, -0.4, 0.2, 0.1], r"invented\.onnx: .* no probabilities"),
        ([np.nan] * 5, r"invented\.onnx: .* no probabilities"),
    ],
)
def test_a_network_of_another_kind_is_refused(row: Sequence[float], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        LampReader(WEIGHTS, Says(row)).read_crops([upright(0, RED)])


def test_weights_that_lack_a_phase_are_refused() -> None:
    other = Weights("lamps", Path("mine.onnx"), "0" * 64, ("stop", "go"), (32, 64), "test")
    with pytest.raises(WeightsError, match=r"mine\.onnx: labels stop, go lack red, yellow, green, off"):
        LampReader(other, Says([0.5, 0.5]))


@pytest.fixture(scope="module")
def shipped() -> LampReader:
    weights = load_weights("lamps")
    return LampReader(weights, make_backend("openvino", weights, threads=1))


def digits(colour: tuple[int, int, int]) -> Pixels:
    """A countdown, no lamp."""
    import cv2

    crop = np.full((40, 48, 3), 25, np.uint8)
    cv2.putText(crop, "27", (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, colour, 2, cv2.LINE_AA)
    return crop


SHIPPED = [
    pytest.param(upright(0, RED), Phase.RED, id="bright red"),
    pytest.param(upright(1, YELLOW), Phase.YELLOW, id="bright yellow"),
    pytest.param(upright(2, GREEN), Phase.GREEN, id="bright green"),
    pytest.param(upright(2, CYAN), Phase.GREEN, id="LED green looks cyan"),
    pytest.param(upright(0, PALE_RED, housing=HAZE), Phase.RED, id="pale red by day"),
    pytest.param(upright(2, PALE_GREEN, housing=HAZE), Phase.GREEN, id="pale green by day"),
    pytest.param(hazy(upright(0, RED)), Phase.RED, id="red in haze"),
    pytest.param(upright(None), Phase.OFF, id="dark head"),
    pytest.param(burnt_out(0, RED), Phase.RED, id="burnt-out red"),
    pytest.param(burnt_out(2, GREEN), Phase.GREEN, id="burnt-out green"),
    pytest.param(arrow(RED), Phase.RED, id="red arrow"),
    pytest.param(single(RED), Phase.RED, id="single-lens repeater, red"),
    pytest.param(single(CYAN), Phase.GREEN, id="single-lens repeater, green"),
    pytest.param(upright(0, RED, width=8), Phase.RED, id="8 px head, red"),
    pytest.param(np.rot90(upright(2, GREEN)).copy(), Phase.GREEN, id="a green head lying on its side"),
    pytest.param(np.rot90(upright(0, RED), 3).copy(), Phase.RED, id="a red head lying on its other side"),
    pytest.param(np.maximum(upright(0, RED), upright(2, GREEN)), Phase.UNKNOWN, id="red and green at once"),
    pytest.param(digits((0, 0, 255)), Phase.UNKNOWN, id="red countdown digits"),
    pytest.param(digits((60, 240, 60)), Phase.UNKNOWN, id="green countdown digits"),
]
NOT_LIT = [
    pytest.param(np.full((3, 3, 3), 90, np.uint8), id="3x3 pixels"),
    pytest.param(np.full((60, 24, 3), 128, np.uint8), id="a grey wall"),
    pytest.param(np.full((60, 24, 3), RED, np.uint8), id="a red bus in front of the lamp"),
    pytest.param(np.full((60, 24, 3), CYAN, np.uint8), id="a cyan wall"),
    pytest.param(np.full((60, 24, 3), SUNLIT_ORANGE, np.uint8), id="an orange wall"),
    pytest.param(np.full((60, 24, 3), WHITE, np.uint8), id="a white sky"),
    pytest.param(np.zeros((60, 24, 3), np.uint8), id="black night"),
]


@pytest.mark.parametrize(("crop", "expected"), SHIPPED)
def test_our_weights_read_drawn_heads(shipped: LampReader, crop: Pixels, expected: Phase) -> None:
    ((phase, _),) = shipped.read_crops([crop])
    assert phase is expected


@pytest.mark.parametrize("crop", NOT_LIT)
def test_our_weights_see_no_light_where_none_is(shipped: LampReader, crop: Pixels) -> None:
    ((phase, _),) = shipped.read_crops([crop])
    assert phase in (Phase.OFF, Phase.UNKNOWN)


def test_a_crop_is_read_the_same_alone_and_among_others(shipped: LampReader) -> None:
    crops = [upright(0, RED), upright(2, GREEN), single(CYAN)]
    together = shipped.read_crops(crops)
    for crop, (phase, confidence) in zip(crops, together, strict=True):
        ((alone, alone_confidence),) = shipped.read_crops([crop])
        assert (alone, alone_confidence) == (phase, pytest.approx(confidence, abs=1e-3))
