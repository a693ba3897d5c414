"""Our own recogniser as a reader of whole plates, one- and two-line: the only file that runs it.

ONNX Runtime, on the weights of the role `plate_text`. How input and output look is said in models/plate_text.py.
"""

import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.errors import WeightsError
from models.plate_text import fitted
from models.registry import load_weights
from ocr.ctc import Shares, decode
from ocr.reading import RectifiedPlate, TextReading

INPUT, OUTPUTS = "pictures", ["characters", "legibility"]
REMEDY = "Export it with `python -m models export plate_text`, or take our own out of the list of weights again."
BATCH_MAX = 16
THREADS_MAX = 2


class PlateTextReader:
    """Reads whole plates with our network. Loads on first use; not for use by two threads at once."""

    def __init__(self, threads: int = THREADS_MAX) -> None:
        self._threads = threads
        self._session: Any = None

    def read(self, plates: Sequence[RectifiedPlate]) -> list[TextReading]:
        """The characters of each plate, upper line first, and how legible it is. Raises `WeightsError`."""
        if plates and self._session is None:
            self._session = _session(self._threads)
        answers: list[TextReading] = []
        for start in range(0, len(plates), BATCH_MAX):
            pictures = np.stack([_picture(plate) for plate in plates[start : start + BATCH_MAX]])
            characters, legibility = self._session.run(OUTPUTS, {INPUT: pictures})
            for logits, logit in zip(characters, legibility[:, 0], strict=True):
                answers.append(TextReading(decode(_softmax(logits)), round(float(1 / (1 + np.exp(-logit))), 4)))
        return answers


def _picture(plate: RectifiedPlate) -> npt.NDArray[np.float32]:
    lines = [np.asarray(cv2.cvtColor(line, cv2.COLOR_BGR2GRAY), np.uint8) for line in plate.line_pixels]
    return fitted(lines)[np.newaxis].astype(np.float32) / np.float32(255)


def _softmax(logits: Shares) -> Shares:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _session(threads: int) -> Any:
    """The network in ONNX Runtime. Raises `WeightsError` where the file is of another make."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(threads, os.cpu_count() or 1)
    options.log_severity_level = 3
    path = load_weights("plate_text").path
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common base of their own
        reason = str(error).strip().splitlines()[-1]
        raise WeightsError(f"not an ONNX network ({reason})", where=str(path), remedy=REMEDY) from error
    if [item.name for item in session.get_inputs()] != [INPUT] or [
        item.name for item in session.get_outputs()
    ] != OUTPUTS:
        raise WeightsError("another network than a plate text reader", where=str(path), remedy=REMEDY)
    return session
