"""Our ONNX detectors run on single pictures, for measuring them. In use, the detector room runs them."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from models.crops import HEAD_LOOK_SIZE_PX, Image, cut_square, head_look_square_xyxy
from models.head_look import NO_HELMET, together
from models.labels import LabelledBox
from models.registry import Weights
from models.training.letterbox import as_batch, letterboxed

NMS_IOU = 0.6
LOWEST_CONFIDENCE = 0.01
BOXES_MAX = 300


class Finder(Protocol):
    """Finds boxes in a picture."""

    def boxes(self, image: Image) -> list[LabelledBox]: ...


class Detector:
    """One ONNX file on the CPU. `input_size_wh` is the letterbox in pixels, (width, height)."""

    def __init__(self, weights: Path, labels: tuple[str, ...], input_size_wh: tuple[int, int]) -> None:
        self._network: Any = _compiled(weights)
        self._labels = labels
        self._size_wh = input_size_wh

    def boxes(self, image: Image) -> list[LabelledBox]:
        """Boxes of a BGR picture (H, W, 3), in its pixels, down to LOWEST_CONFIDENCE, after suppression."""
        canvas, scale = letterboxed(image, self._size_wh)
        raw = np.asarray(self._network(as_batch(canvas))[0])[0].T
        return self._suppressed(raw, scale)

    def _suppressed(self, raw: NDArray[np.float32], scale: float) -> list[LabelledBox]:
        classes, confidences = raw[:, 4:].argmax(1), raw[:, 4:].max(1)
        likely = confidences >= LOWEST_CONFIDENCE
        classes, confidences, raw = classes[likely], confidences[likely], raw[likely]
        corners = np.concatenate([raw[:, :2] - raw[:, 2:4] / 2, raw[:, 2:4]], axis=1) / scale
        kept = cv2.dnn.NMSBoxesBatched(
            corners.tolist(), confidences.tolist(), classes.tolist(), LOWEST_CONFIDENCE, NMS_IOU, top_k=BOXES_MAX
        )
        found = []
        for index in np.asarray(kept, int).ravel().tolist():
            x, y, w, h = corners[index].tolist()
            found.append(LabelledBox(self._labels[classes[index]], (x, y, x + w, y + h), float(confidences[index])))
        return found


class TwiceLooked:
    """The heads detector with its second look: what it calls bare is asked of a second network (models/head_look.py)."""

    def __init__(self, detector: Finder, look: Weights) -> None:
        self._detector = detector
        self._look: Any = _compiled(look.path)
        self._bare = look.labels.index(NO_HELMET)

    def boxes(self, image: Image) -> list[LabelledBox]:
        """Boxes of a BGR picture (H, W, 3), in its pixels, with the labels that both can bear."""
        return [
            replace(box, label=together(box.label, self._bare_probability(image, box)))
            if box.label == NO_HELMET
            else box
            for box in self._detector.boxes(image)
        ]

    def _bare_probability(self, image: Image, head: LabelledBox) -> float:
        crop = cut_square(image, head_look_square_xyxy(head.xyxy), HEAD_LOOK_SIZE_PX)
        return float(self._look(as_batch(crop))[0][0, self._bare])


def _compiled(weights: Path) -> Any:
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 2, "INFERENCE_PRECISION_HINT": "f32"}
    return core.compile_model(core.read_model(weights), "CPU", settings)
