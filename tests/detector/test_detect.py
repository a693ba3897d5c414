"""Letterbox, decoding and suppression on invented network outputs; engines chosen by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino
import openvino.opset13 as opset
import pytest

from detector.detect import (
    Batch,
    BoxDetector,
    Letterbox,
    RawBox,
    VehicleDetector,
    decode,
    iou,
    letterbox,
    make_backend,
    merge_double_boxes,
    run_by,
    tight_size_wh,
    without_parts,
)
from detector.openvino_backend import SIZES_MAX, OpenVinoBackend
from detector.vocabulary import Box, Pixels, VehicleClass
from models.errors import UserError, WeightsError
from models.registry import Weights, load_weights
from ocr.images import load_picture

SAMPLE_FRAME = Path(__file__).parents[2] / "sample_videos/nguyen_trai_junction.jpg"
SURE = 0.5
LABELS = ("car", "motorcycle")
AS_IT_IS = Letterbox(scale=1.0, left=0, top=0)


def weights(labels: tuple[str, ...] = LABELS, path: str = "invented.onnx") -> Weights:
    return Weights("vehicles", Path(path), "0" * 64, labels, (64, 64), "test")


def head(*anchors: tuple[float, ...]) -> Batch:
    """A network's answer for one picture: rows (cx, cy, w, h, one confidence per label), as (rows, anchors)."""
    return np.array(anchors, np.float32).T.reshape(-1, len(anchors))


class Answering:
    """A backend that gives the same head for every picture and remembers what it was asked."""

    def __init__(self, answer: Batch, fixed_size_wh: tuple[int, int] | None = None) -> None:
        self.answer = answer
        self.fixed_size_wh = fixed_size_wh
        self.asked: list[tuple[int, ...]] = []

    def infer(self, pictures: Pixels) -> Batch:
        self.asked.append(pictures.shape)
        return np.stack([self.answer] * len(pictures))


def picture(width: int = 64, height: int = 64) -> Pixels:
    return np.zeros((height, width, 3), np.uint8)


def boxes_of(found: list[RawBox]) -> list[tuple[str, Box]]:
    return [(raw.label, raw.box_xyxy) for raw in found]


DECODING = [
    # One confident box: centre and size become corners
    ([(30, 20, 20, 10, 0.9, 0.1)], [("car", (20.0, 15.0, 40.0, 25.0))]),
    # The best label names the box, not the first
    ([(30, 20, 20, 10, 0.2, 0.8)], [("motorcycle", (20.0, 15.0, 40.0, 25.0))]),
    # Confidence exactly at the threshold stays, just below goes
    ([(30, 20, 20, 10, 0.25, 0.0), (80, 80, 20, 10, 0.2499, 0.0)], [("car", (20.0, 15.0, 40.0, 25.0))]),
    # Two boxes of one class on one vehicle: the surer stays
    ([(30, 20, 20, 10, 0.6, 0.0), (31, 20, 20, 10, 0.9, 0.0)], [("car", (21.0, 15.0, 41.0, 25.0))]),
    # The same two boxes in different classes: suppression is class by class, both stay, the surer first
    (
        [(30, 20, 20, 10, 0.6, 0.0), (31, 20, 20, 10, 0.0, 0.9)],
        [("motorcycle", (21.0, 15.0, 41.0, 25.0)), ("car", (20.0, 15.0, 40.0, 25.0))],
    ),
    # A box over the edge is cut at the edge
    ([(5, 5, 20, 20, 0.9, 0.0)], [("car", (0.0, 0.0, 15.0, 15.0))]),
    # A box outside the picture (in the grey of the letterbox) has nothing left and goes
    ([(-30, 50, 20, 20, 0.9, 0.0)], []),
    # Equal confidences: the order is that of the boxes, whatever the anchors' order
    (
        [(80, 20, 20, 10, 0.9, 0.0), (30, 20, 20, 10, 0.9, 0.0)],
        [("car", (20.0, 15.0, 40.0, 25.0)), ("car", (70.0, 15.0, 90.0, 25.0))],
    ),
    # Nothing found
    ([(30, 20, 20, 10, 0.1, 0.1)], []),
]


@pytest.mark.parametrize(("anchors", "expected"), DECODING)
def test_decode(anchors: list[tuple[float, ...]], expected: list[tuple[str, Box]]) -> None:
    found = decode(head(*anchors), AS_IT_IS, (100, 100), LABELS, min_confidence=0.25, nms_iou=0.7)
    assert boxes_of(found) == expected


def test_decode_takes_the_letterbox_back() -> None:
    # A 200x100 picture laid into 64x64: scaled by 0.32, 16 grey rows above
    _, how = letterbox(picture(200, 100), (64, 64))
    assert how == Letterbox(scale=0.32, left=0, top=16)
    found = decode(head((32, 32, 16, 8, 0.9, 0.0)), how, (200, 100), LABELS, 0.25, 0.7)
    assert boxes_of(found) == [("car", (75.0, 37.5, 125.0, 62.5))]


def test_letterbox_keeps_the_aspect_and_pads_with_grey() -> None:
    laid, _ = letterbox(np.full((10, 40, 3), 200, np.uint8), (64, 64))
    assert laid.shape == (64, 64, 3)
    assert (laid[24:40] == 200).all()
    assert (laid[:24] == 114).all()
    assert (laid[40:] == 114).all()


@pytest.mark.parametrize(
    ("image_wh", "expected"),
    [((1280, 720), (640, 384)), ((640, 480), (640, 480)), ((720, 1280), (384, 640)), ((1006, 720), (640, 480))],
)
def test_tight_size_is_the_next_multiple_of_32(image_wh: tuple[int, int], expected: tuple[int, int]) -> None:
    assert tight_size_wh(image_wh, 640) == expected


def test_networks_of_a_fixed_size_get_that_size() -> None:
    backend = Answering(head((0, 0, 0, 0, 0.0, 0.0)), fixed_size_wh=(96, 32))
    assert BoxDetector(weights(), backend).detect([picture(200, 100)]) == [[]]
    assert backend.asked == [(1, 32, 96, 3)]


def test_pictures_of_one_call_go_in_one_batch() -> None:
    backend = Answering(head((20, 20, 20, 10, 0.9, 0.0)))
    found = BoxDetector(weights(), backend).detect([picture(), picture(), picture()])
    assert backend.asked == [(3, 64, 64, 3)]
    assert [boxes_of(boxes) for boxes in found] == [[("car", (10.0, 15.0, 30.0, 25.0))]] * 3
    assert BoxDetector(weights(), backend).detect([]) == []


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        BoxDetector(weights(), Answering(head((0, 0, 0, 0, 0, 0)))).detect([picture(), picture(32, 64)])


def test_a_head_of_other_labels_is_refused_by_name() -> None:
    backend = Answering(head((20, 20, 20, 10, 0.9, 0.0, 0.0)))
    with pytest.raises(WeightsError, match=r"\(1, 7, 1\).*2 labels"):
        BoxDetector(weights(), backend).detect([picture()])


def test_vehicles_leave_out_other_labels_and_double_boxes() -> None:
    backend = Answering(
        head(
            (20, 20, 20, 10, 0.9, 0.0, 0.0),  # a van: car …
            (20, 20, 20, 10, 0.0, 0.6, 0.0),  # … and truck
            (50, 40, 20, 10, 0.0, 0.0, 0.9),  # a person is no vehicle
        )
    )
    detector = VehicleDetector(weights(("car", "truck", "person")), backend)
    (seen,) = detector.detect([picture()])[0]
    assert (seen.vehicle_class, seen.confidence, seen.heads) == (VehicleClass.CAR, 0.9, None)


def test_weights_without_a_vehicle_are_refused() -> None:
    with pytest.raises(WeightsError, match="name no vehicle"):
        VehicleDetector(weights(("helmet", "no_helmet")), Answering(head((0, 0, 0, 0, 0, 0))))


MERGING = [
    # IoU 1: one vehicle
    ((0, 0, 10, 10), (0, 0, 10, 10), 1),
    # IoU exactly at the limit: one vehicle
    ((0, 0, 10, 10), (0, 0, 10, 8), 1),
    # Below it: two motorbikes behind each other
    ((0, 0, 10, 10), (0, 0, 10, 7.9), 2),
]


@pytest.mark.parametrize(("first", "second", "kept"), MERGING)
def test_merge_double_boxes(first: Box, second: Box, kept: int) -> None:
    boxes = [RawBox("car", 0.9, first), RawBox("truck", 0.8, second)]
    merged = merge_double_boxes(boxes, same_iou=0.8)
    assert merged == boxes[:kept]


def test_iou_of_boxes_apart_or_touching_is_zero() -> None:
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0
    assert iou((0, 0, 10, 10), (30, 30, 40, 40)) == 0.0


def test_pickles_are_refused_with_the_remedy() -> None:
    with pytest.raises(WeightsError, match=r"mine\.pt: only ONNX weights.*pickle.*yolo export"):
        make_backend("openvino", weights(path="mine.pt"))


def test_an_unknown_backend_names_the_choices() -> None:
    with pytest.raises(UserError, match=r"`tensorrt`.*openvino, cuda"):
        make_backend("tensorrt", weights())


def test_cuda_says_what_is_missing() -> None:
    """Without the extra it names the extra; with it but without a card, the card."""
    with pytest.raises(UserError, match=r"phatnguoi\[cuda\]|no CUDA device|not an ONNX file"):
        make_backend("cuda", weights())


def test_8_bit_weights_run_on_processors_and_nowhere_else(tmp_path: Path) -> None:
    fast = tmp_path / "fast.onnx"
    fast.write_bytes(b"not a network")
    both = replace(weights(), int8=replace(weights(), path=fast))
    assert run_by("openvino", both) is both.int8
    assert run_by("cuda", both) is both
    assert run_by("openvino", weights()) == weights()
    with pytest.raises(WeightsError, match=r"fast\.onnx: OpenVINO cannot load"):
        make_backend("openvino", both)


def test_the_8_bit_vehicles_see_what_the_float_ones_see() -> None:
    shipped = load_weights("vehicles")
    assert shipped.int8 is not None
    frame = load_picture(SAMPLE_FRAME)
    seen = [
        VehicleDetector(one, make_backend("openvino", one, threads=1)).detect([frame])[0]
        for one in (replace(shipped, int8=None), shipped)
    ]
    for here, there in (seen, seen[::-1]):
        sure = [box for box in here if box.confidence >= SURE]
        assert len(sure) >= 5
        for box in sure:
            same = max(there, key=lambda other: iou(box.box_xyxy, other.box_xyxy))
            assert iou(box.box_xyxy, same.box_xyxy) >= 0.8
            assert same.vehicle_class is box.vehicle_class
            assert abs(same.confidence - box.confidence) <= 0.15


def test_a_broken_onnx_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    with pytest.raises(WeightsError, match=r"broken\.onnx: OpenVINO cannot load"):
        make_backend("openvino", replace(weights(), path=broken))


def test_the_shipped_weights_answer_the_same_alone_and_in_a_batch() -> None:
    """What is seen must not depend on what else was asked in the same call, nor on when."""
    shipped = load_weights("heads")
    backend = make_backend("openvino", shipped, threads=1)
    width, height = shipped.input_size_wh
    assert backend.fixed_size_wh in (None, shipped.input_size_wh)
    pictures = np.random.default_rng(1).integers(0, 256, (3, height, width, 3), np.uint8)
    together = backend.infer(pictures)
    assert together.shape[:2] == (3, 4 + len(shipped.labels))
    alone = np.concatenate([backend.infer(pictures[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-3)
    np.testing.assert_array_equal(together, backend.infer(pictures))


@pytest.mark.parametrize(
    ("label", "box", "kept"),
    [
        pytest.param(
            "motorcycle", (83, 367, 117, 413), 1, id="the motorbike without its rider, as seen on a real junction"
        ),
        pytest.param("bicycle", (83, 367, 117, 413), 1, id="the same, taken for a bicycle"),
        pytest.param("motorcycle", (83, 380, 117, 430), 2, id="another one nearer to the camera"),
        pytest.param("motorcycle", (83, 330, 117, 375), 2, id="another one farther away, partly hidden"),
        pytest.param("motorcycle", (83, 330, 117, 413), 2, id="as tall: two side by side"),
        pytest.param("motorcycle", (110, 367, 144, 413), 2, id="beside it, cut off by a neighbour"),
        pytest.param("car", (83, 367, 117, 413), 2, id="of another kind: a low car is no part of a rider"),
    ],
)
def test_without_parts(label: str, box: Box, kept: int) -> None:
    whole = RawBox("motorcycle", 0.87, (84, 325, 124, 413))
    assert len(without_parts([whole, RawBox(label, 0.56, box)])) == kept


def echo(folder: Path, shape: list[int]) -> OpenVinoBackend:
    """The backend on a network that answers with what it was given."""
    given = opset.parameter(shape, np.float32)
    openvino.save_model(openvino.Model([given], [given], "echo"), folder / "echo.xml", compress_to_fp16=False)
    return OpenVinoBackend(folder / "echo.xml", threads=1)


def test_networks_are_given_red_green_and_blue_planes(tmp_path: Path) -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[0, 1] = (255, 51, 0)  # blue, green, red
    batch = echo(tmp_path, [-1, 3, 2, 3]).infer(np.stack([picture, picture + np.uint8(255)]))
    assert (batch.shape, batch.dtype) == ((2, 3, 2, 3), np.float32)
    assert batch[0, :, 0, 1] == pytest.approx([0.0, 0.2, 1.0])
    assert batch[1, :, 1, 2] == pytest.approx([1.0, 1.0, 1.0])


def test_a_network_of_free_size_answers_pictures_of_every_size(tmp_path: Path) -> None:
    backend = echo(tmp_path, [-1, 3, -1, -1])
    assert backend.fixed_size_wh is None
    for width in [*range(2, 2 + 2 * SIZES_MAX), 2]:  # more sizes than are kept ready, and the first one again
        pictures = np.full((2, 4, width, 3), [[[[102]]], [[[51]]]], np.uint8)
        answers = backend.infer(pictures)
        assert answers.shape == (2, 3, 4, width)
        assert answers[0] == pytest.approx(0.4)
        assert answers[1] == pytest.approx(0.2)
