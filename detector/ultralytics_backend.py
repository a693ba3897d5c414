"""CUDA behind the Backend port: the ONNX weights in an ultralytics network on the graphics card (extra `cuda`).

No pickle is opened: the network is built from ultralytics' own description of YOLOv8 and filled with the numbers of
the ONNX file, whose names ultralytics' export keeps.
"""

from pathlib import Path
from typing import Any

import numpy as np

from detector.detect import Batch
from detector.vocabulary import Pixels
from models.errors import UserError, WeightsError

# YOLOv8 differs in size by the channels of its first convolution.
SCALE_BY_CHANNELS = {16: "n", 32: "s", 48: "m", 64: "l", 80: "x"}
BYTE_MAX = 255.0
INSTALL = "Install it with: pip install 'phatnguoi[cuda]'."


class UltralyticsBackend:
    """One YOLOv8 on a graphics card. `device` is a torch device name; tests run it on `cpu`."""

    def __init__(self, path: Path, labels: int, device: str = "cuda") -> None:
        torch, onnx, network_type = _import_extra()
        if device.startswith("cuda") and not torch.cuda.is_available():
            what = "backend `cuda` finds no CUDA device on this machine"
            raise UserError(what, remedy="Use the backend `openvino`, or check the driver with nvidia-smi.")
        self._torch = torch
        self._device = device
        torch.backends.cudnn.benchmark = False  # picks kernels by timing: other boxes in every run
        torch.backends.cudnn.deterministic = True
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        numbers = _numbers(onnx, path)
        self._network = _filled(torch, network_type, numbers, labels, path).to(device).eval()

    @property
    def fixed_size_wh(self) -> tuple[int, int] | None:
        """None: the network takes any multiple of 32."""
        return None

    def infer(self, pictures: Pixels) -> Batch:
        """uint8 (n, height, width, 3) BGR to float32 (n, 4 + labels, anchors)."""
        with self._torch.inference_mode():
            given = self._torch.from_numpy(pictures).to(self._device)
            answer = self._network(given.flip(-1).permute(0, 3, 1, 2).float() / BYTE_MAX)
        head = answer[0] if isinstance(answer, tuple | list) else answer
        return np.asarray(head.float().cpu().numpy(), dtype=np.float32)


def _import_extra() -> tuple[Any, Any, Any]:
    try:
        import onnx
        import torch
        from ultralytics.nn.tasks import DetectionModel
    except ImportError as error:
        what = f"backend `cuda` needs {error.name or 'ultralytics'}, which is not installed"
        raise UserError(what, remedy=INSTALL) from error
    return torch, onnx, DetectionModel


def _numbers(onnx: Any, path: Path) -> dict[str, Any]:
    try:
        graph = onnx.load(path).graph
    except Exception as error:  # onnx raises protobuf's own errors, which have no common base
        raise WeightsError("not an ONNX file", where=str(path), remedy="Fetch it again.") from error
    return {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer if item.name.startswith("model.")}


def _filled(torch: Any, network_type: Any, numbers: dict[str, Any], labels: int, path: Path) -> Any:
    """YOLOv8 of the right size, its batch norms folded as in the export, with the weights of the ONNX file."""
    first = numbers.get("model.0.conv.weight")
    scale = SCALE_BY_CHANNELS.get(first.shape[0]) if first is not None else None
    remedy = "Backend `cuda` runs YOLOv8 as exported by ultralytics; use `openvino` for other networks."
    if scale is None:
        raise WeightsError("not a YOLOv8 network", where=str(path), remedy=remedy)
    network = _shaped(torch, network_type, scale, numbers, labels).fuse(verbose=False)
    state = {name: torch.from_numpy(array.copy()) for name, array in numbers.items()}
    expected = network.state_dict()
    fixed = {name for name in expected if ".dfl." in name}  # counts 0 to 15: not learnt, folded away by the export
    missing = set(expected) - fixed - set(state)
    wrong = [name for name in set(expected) & set(state) if expected[name].shape != state[name].shape]
    if missing or wrong:
        what = f"{len(missing)} layers lack and {len(wrong)} differ in shape from YOLOv8{scale} with {labels} labels"
        raise WeightsError(what, where=str(path), remedy=remedy)
    network.load_state_dict({name: state.get(name, tensor) for name, tensor in expected.items()})
    return network


def _shaped(torch: Any, network_type: Any, scale: str, numbers: dict[str, Any], labels: int) -> Any:
    """An empty YOLOv8. Weights that were trained on from COCO keep the width that its 80 labels gave to the class
    branches, whatever number of labels they end in."""
    branch = numbers.get("model.22.cv3.0.0.conv.weight")
    hidden = branch.shape[0] if branch is not None else labels
    network = network_type(f"yolov8{scale}.yaml", ch=3, nc=max(labels, hidden), verbose=False)
    head = network.model[-1]
    for layers in head.cv3:
        layers[-1] = torch.nn.Conv2d(layers[-1].in_channels, labels, 1)
    head.nc, head.no = labels, labels + 4 * head.reg_max
    return network
