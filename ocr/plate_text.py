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
from models.plate_text import BLANK, INPUT_WH, STEPS, fitted
from models.registry import load_weights
from ocr.ctc import Shares, decode
from ocr.reading import RectifiedPlate, TextReading

INPUT, OUTPUTS = "pictures", ("characters", "legibility")
REMEDY = "Export it with `python -m models export plate_text`, or take our own out of the list of weights again."
THREADS_MAX = 2
ROOM_MIN, ROOM_MAX, HOLE_MAX = {1: -1, 2: 0}, {1: 2, 2: 2}, {1: 6, 2: 4}
BESIDE_MAX = 0.5
"""Where the last line stands when none of its characters is lost, by lines, in the network's steps (1/32 of a single line, 1/16 of
one of two): by how much its left margin is wider than its right one, from one character to the next, and from its middle to
that of the upper line. On the training and calibration crops all 106 single lines and 90 % of 256 lower ones of four digits
keep to this; of five digits without the last 3 %, without the first of a lower line 3 %."""


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
    return TextReading(
        decode(shares),
        round(float(1 / (1 + np.exp(-legibility))), 4),
        whole_row=_stands_whole(shares.argmax(axis=1) != BLANK, lines),
    )


def _stands_whole(is_character: npt.NDArray[np.bool_], lines: int) -> bool:
    """Whether the last line's characters stand in its middle, under those of the upper one and without a hole. (STEPS,)."""
    rows = [np.flatnonzero(row) for row in np.split(is_character, lines)]
    if not all(row.size for row in rows):
        return False
    above, last = rows[0], rows[-1]
    more_room = int(last[0] + last[-1]) - (STEPS // lines - 1)
    beside = abs(int(last[0] + last[-1]) - int(above[0] + above[-1])) / 2
    hole = int(np.diff(last).max(initial=0))
    return ROOM_MIN[lines] <= more_room <= ROOM_MAX[lines] and hole <= HOLE_MAX[lines] and beside <= BESIDE_MAX


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
