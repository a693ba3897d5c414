"""The shipped weights see what our own rendered clips show: classes, heads and plates against their exact truth."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.boxes import holds, iou
from models.crops import Image, cut_square, plate_square_xyxy, to_frame_xyxy
from models.registry import Weights, load_weights
from models.training.clip_truth import helmets_against_truth
from models.training.evaluate import finder
from models.training.predict import Detector

CLIPS = Path(__file__).parents[2] / "sample_videos"
CLIP = "tran_phu_bus_lane"
CONFIDENCE = 0.35


def detector(weights: Weights) -> Detector:
    return Detector(weights.path, weights.labels, weights.input_size_wh)


def frames_with(entries: list[dict[str, Any]], frame_key: str) -> Iterator[tuple[Image, dict[str, Any]]]:
    """(frame, truth entry) in order of the frames named under `frame_key`."""
    video = cv2.VideoCapture(str(CLIPS / f"{CLIP}.mp4"))
    ordered = sorted((entry for entry in entries if entry.get(frame_key) is not None), key=lambda e: e[frame_key])
    assert ordered
    index, image = -1, None
    for entry in ordered:
        while index < entry[frame_key]:
            read, image = video.read()
            assert read, f"{CLIP} ends before frame {entry[frame_key]}"
            index += 1
        yield np.asarray(image, np.uint8), entry
    video.release()


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CLIPS / f"{CLIP}.truth.json").read_text(encoding="utf-8"))
    return content


def test_vehicles_are_found_and_most_have_their_class(truth: dict[str, Any]) -> None:
    network = detector(load_weights("vehicles"))
    found, right = [], []
    for image, entry in frames_with(truth["vehicles"], "box_frame"):
        boxes = [box for box in network.boxes(image) if box.confidence >= CONFIDENCE]
        over = [box for box in boxes if iou(box.xyxy, tuple(entry["box_at_cross"])) > 0.5]
        found.append(bool(over))
        right.append(any(box.label == entry["class"] for box in over))
    assert np.mean(found) >= 0.9, found
    assert np.mean(right) >= 0.8, right


def test_most_helmets_and_bare_heads_are_told_apart() -> None:
    counts = helmets_against_truth(CLIPS, finder(load_weights("heads")))[CLIP]
    assert counts["helmets found"] >= 0.7 * counts["helmets"] > 0
    assert counts["bare found"] >= 0.5 * counts["bare"] > 0


def test_plates_are_found_on_the_vehicles_they_hang_on(truth: dict[str, Any]) -> None:
    network, found = detector(load_weights("plates")), []
    readable = [entry for entry in truth["motorcycles"] if entry["plate_readable"] and entry["view"] == "rear"]
    for image, entry in frames_with(readable, "best_frame"):
        square = plate_square_xyxy(tuple(entry["box_at_best"]))
        plates = [box for box in network.boxes(cut_square(image, square, 320)) if box.confidence >= CONFIDENCE]
        x1, y1, x2, y2 = entry["box_at_best"]
        rear = (x1, (y1 + y2) / 2, x2, y2)
        found.append(any(holds(rear, _centre(to_frame_xyxy(plate.xyxy, square, 320))) for plate in plates))
    assert np.mean(found) >= 0.7, found


def _centre(box: tuple[float, float, float, float]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
