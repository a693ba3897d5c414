"""Our own recogniser as a reader of whole plates, one- and two-line: the only file that runs it.

OpenVINO, on the weights of the role `plate_text`, the 8-bit ones where there are any. How input and output look is said in
models/plate_text.py. One plate at a time: on two cores a batch takes as long, and what is read never depends on what else is asked.
"""

import os
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov
import openvino.properties as properties
import openvino.properties.hint as hint

from models.errors import WeightsError
from models.plate_text import INPUT_WH, fitted
from models.registry import load_weights
from ocr.ctc import Shares, decode, runs_of
from ocr.reading import RectifiedPlate, TextReading

INPUT, OUTPUTS = "pictures", ("characters", "legibility")
REMEDY = "Export it with `python -m models export plate_text`, or take our own out of the list of weights again."
THREADS_MAX = 2


class PlateTextReader:
    """Reads whole plates with our network. Loads on first use; not for use by two threads at once."""

    def __init__(self, threads: int = THREADS_MAX) -> None:
        self._threads = threads
        self._network: ov.CompiledModel | None = None

    def read(self, plates: Sequence[RectifiedPlate]) -> list[TextReading]:
        """The characters of each plate, upper line first, and how legible it is. Raises `WeightsError`."""
        if not plates:
            return []
        self._network = network = self._network or _compiled(self._threads)
        readings = []
        for plate in plates:
            answer = network(_picture(plate), share_inputs=True)
            characters, legibility = (answer[name][0] for name in OUTPUTS)
            readings.append(_answer(characters, float(legibility[0]), plate.lines))
        return readings


def _answer(logits: Shares, legibility: float, lines: int) -> TextReading:
    """`logits`: (STEPS, 37); `legibility`: a logit; `lines` of the plate."""
    shares = _softmax(logits)
    places = tuple(tuple(_centres(row)) for row in np.split(shares, lines))
    return TextReading(decode(shares), round(float(1 / (1 + np.exp(-legibility))), 4), places)


def _centres(row: Shares) -> list[float]:
    """Where the characters of a line stand, in its widths: the mean over the steps that see them, weighed by how surely."""
    centres = []
    for start, end in runs_of(row):
        first = max(0, start - 1)
        weights = row[first : end + 1, row[start].argmax()].tolist()
        moment = sum((first + 0.5 + step) * weight for step, weight in enumerate(weights))
        centres.append(moment / sum(weights) / len(row))
    return centres


def _picture(plate: RectifiedPlate) -> npt.NDArray[np.float32]:
    lines = [np.asarray(cv2.cvtColor(line, cv2.COLOR_BGR2GRAY), np.uint8) for line in plate.line_pixels]
    return fitted(lines)[np.newaxis, np.newaxis].astype(np.float32) / np.float32(255)


def _softmax(logits: Shares) -> Shares:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _compiled(threads: int) -> ov.CompiledModel:
    """The network for one plate. Raises `WeightsError` where the file is of another make."""
    weights = load_weights("plate_text")
    path = (weights.int8 or weights).path
    settings: dict[str, object] = {
        hint.performance_mode(): hint.PerformanceMode.LATENCY,
        hint.inference_precision(): ov.Type.f32,  # newer processors would compute in bfloat16 and answer otherwise
        properties.inference_num_threads(): min(threads, os.cpu_count() or 1),
    }
    core = ov.Core()
    try:
        model = core.read_model(path)
        names = [[port.any_name for port in ports] for ports in (model.inputs, model.outputs)]
        if names != [[INPUT], list(OUTPUTS)]:
            raise WeightsError("another network than a plate text reader", where=str(path), remedy=REMEDY)
        model.reshape([1, 1, INPUT_WH[1], INPUT_WH[0]])
        return core.compile_model(model, "CPU", settings)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise WeightsError(f"not an ONNX network ({reason})", where=str(path), remedy=REMEDY) from error
