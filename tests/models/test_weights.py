"""The shipped networks load in OpenVINO with the shapes that the registry promises."""

import numpy as np
import openvino
import pytest

from models.registry import ROLES, Weights, load_weights

DETECTORS = ("vehicles", "heads", "plates")
CLASSIFIERS = ("lamps", "head_look")
CHANNELS = {"plate_text": 1}  # all others see colours
SIZES_OF_PARTS = (8, 16, 32)  # the three strides of YOLOv8: one anchor per cell


def compiled(weights: Weights) -> openvino.CompiledModel:
    core = openvino.Core()
    return core.compile_model(core.read_model(weights.path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def anchors(width: int, height: int) -> int:
    return sum((width // stride) * (height // stride) for stride in SIZES_OF_PARTS)


@pytest.mark.parametrize("role", DETECTORS)
@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_gives_boxes_and_one_confidence_per_label(role: str, batch: int) -> None:
    weights = load_weights(role)
    width, height = weights.input_size_wh
    pictures = np.random.default_rng(1).random((batch, 3, height, width), np.float32)
    answer = compiled(weights)(pictures)[0]
    assert answer.shape == (batch, 4 + len(weights.labels), anchors(width, height))
    assert np.isfinite(answer).all()
    assert answer[:, 4:].min() >= 0
    assert answer[:, 4:].max() <= 1


@pytest.mark.parametrize("role", CLASSIFIERS)
@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_of_crops_gives_one_probability_per_label(role: str, batch: int) -> None:
    weights = load_weights(role)
    width, height = weights.input_size_wh
    pictures = np.random.default_rng(1).random((batch, 3, height, width), np.float32)
    answer = compiled(weights)(pictures)[0]
    assert answer.shape == (batch, len(weights.labels))
    assert answer.min() >= 0
    assert answer.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert weights.path.stat().st_size < 1_000_000


def test_vehicles_run_on_a_wide_letterbox() -> None:
    weights = load_weights("vehicles")
    answer = compiled(weights)(np.zeros((1, 3, 384, 640), np.float32))[0]
    assert answer.shape == (1, 9, anchors(640, 384))


@pytest.mark.parametrize("role", ROLES)
def test_the_same_picture_gives_the_same_numbers(role: str) -> None:
    weights = load_weights(role)
    width, height = weights.input_size_wh
    picture = np.random.default_rng(2).random((1, CHANNELS.get(role, 3), height, width), np.float32)
    network = compiled(weights)
    first = network(picture)[0].copy()
    assert np.array_equal(first, network(picture)[0])


@pytest.mark.parametrize("role", ROLES)
def test_files_are_half_size(role: str) -> None:
    """Stored as float16: three million weights in about 6 MB."""
    assert load_weights(role).path.stat().st_size < 6_600_000


def test_all_weights_together_are_small() -> None:
    """A camera box downloads them over a mobile link: 40 MB for all."""
    assert sum(file.stat().st_size for file in load_weights("vehicles").path.parent.iterdir()) < 40_000_000
