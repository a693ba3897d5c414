"""OpenVINO behind the Backend port: the fastest CPU inference measured on 2 cores (DESIGN §7).

Colours are turned and scaled inside the network, whose first 8-bit convolution then takes the picture's bytes as they
are; and a network of free size is compiled for each size that it is asked about. Together that takes a sixth off the
processor time of a frame.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.properties as properties
import openvino.properties.hint as hint
from openvino.preprocess import ColorFormat, PrePostProcessor

from detector.detect import Batch
from detector.vocabulary import Pixels
from models.errors import WeightsError

SIZES_MAX = 8
"""Sizes that a network of free size is kept ready for: a camera has one, a folder of photographs some."""
BYTE_MAX = 255.0


class OpenVinoBackend:
    """One ONNX network on the CPU. Not shared between threads: each camera has its own."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._path = path
        self._core = ov.Core()
        self._settings: dict[str, object] = {
            # One picture at a time, answered as soon as possible: a camera delivers no batches.
            hint.performance_mode(): hint.PerformanceMode.LATENCY,
            # Newer processors would compute in bfloat16 and give other boxes than older ones.
            hint.inference_precision(): ov.Type.f32,
        }
        if threads is not None:
            self._settings[properties.inference_num_threads()] = threads
        with self._as_weights_error():
            self._model = _taking_pictures(self._core.read_model(path))
            batch, height, width, _ = self._model.input(0).partial_shape
            is_fixed = height.is_static and width.is_static
            self._network = self._core.compile_model(self._model, "CPU", self._settings) if is_fixed else None
        self._fixed_size_wh = (width.get_length(), height.get_length()) if is_fixed else None
        self._one_by_one = not is_fixed or (batch.is_static and batch.get_length() == 1)
        self._of_size: OrderedDict[tuple[int, int], ov.CompiledModel] = OrderedDict()

    @property
    def fixed_size_wh(self) -> tuple[int, int] | None:
        """(width, height) in pixels of a network exported for one size, else None."""
        return self._fixed_size_wh

    def infer(self, pictures: Pixels) -> Batch:
        """uint8 (n, height, width, 3) BGR to the network's float32 answer: (n, 4 + labels, anchors) of a YOLOv8."""
        network = self._network or self._for_size(pictures.shape[1], pictures.shape[2])
        parts = [pictures[i : i + 1] for i in range(len(pictures))] if self._one_by_one else [pictures]
        return np.concatenate([network(part, share_inputs=True)[0] for part in parts])

    def _for_size(self, height: int, width: int) -> ov.CompiledModel:
        """The network for one picture of this size; the one longest unused is given up for a new one."""
        if (height, width) not in self._of_size:
            with self._as_weights_error():
                model = self._model.clone()
                model.reshape([1, height, width, 3])
                self._of_size[height, width] = self._core.compile_model(model, "CPU", self._settings)
            if len(self._of_size) > SIZES_MAX:
                self._of_size.popitem(last=False)
        self._of_size.move_to_end((height, width))
        return self._of_size[height, width]

    @contextmanager
    def _as_weights_error(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            what = f"OpenVINO cannot load these weights ({reason})"
            raise WeightsError(
                what, where=str(self._path), remedy="Export them as a plain YOLOv8 ONNX model."
            ) from error


def _taking_pictures(model: ov.Model) -> ov.Model:
    """The model, which takes float RGB planes in 0..1, as one that takes BGR pictures in bytes."""
    steps = PrePostProcessor(model)
    given = steps.input()
    given.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(ColorFormat.BGR)
    given.model().set_layout(ov.Layout("NCHW"))
    given.preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.RGB).scale(BYTE_MAX)
    return steps.build()
