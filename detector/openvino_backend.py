"""OpenVINO behind the Backend port: the fastest CPU inference measured on 2 cores (DESIGN §7)."""

from pathlib import Path

import numpy as np
import openvino as ov
import openvino.properties as properties
import openvino.properties.hint as hint

from detector.detect import Batch
from models.errors import WeightsError


class OpenVinoBackend:
    """One ONNX network on the CPU. Not shared between threads: each camera has its own."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        core = ov.Core()
        settings: dict[str, object] = {
            # One picture at a time, answered as soon as possible: a camera delivers no batches.
            hint.performance_mode(): hint.PerformanceMode.LATENCY,
            # Newer processors would compute in bfloat16 and give other boxes than older ones.
            hint.inference_precision(): ov.Type.f32,
        }
        if threads is not None:
            settings[properties.inference_num_threads()] = threads
        try:
            network = core.read_model(path)
            self._network = core.compile_model(network, "CPU", settings)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            what = f"OpenVINO cannot load these weights ({reason})"
            raise WeightsError(what, where=str(path), remedy="Export them as a plain YOLOv8 ONNX model.") from error
        shape = network.input(0).partial_shape
        fixed = len(shape) == 4 and shape[2].is_static and shape[3].is_static
        self._fixed_size_wh = (shape[3].get_length(), shape[2].get_length()) if fixed else None
        self._one_by_one = len(shape) == 4 and shape[0].is_static and shape[0].get_length() == 1

    @property
    def fixed_size_wh(self) -> tuple[int, int] | None:
        """(width, height) in pixels of a network exported for one size, else None."""
        return self._fixed_size_wh

    def infer(self, batch: Batch) -> Batch:
        """float32 (n, 3, height, width), RGB in 0..1, to float32 (n, 4 + labels, anchors)."""
        parts = [batch[i : i + 1] for i in range(len(batch))] if self._one_by_one else [batch]
        answers = [np.array(self._network(part)[0], dtype=np.float32) for part in parts]
        return answers[0] if len(answers) == 1 else np.concatenate(answers)
