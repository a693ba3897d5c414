"""`python -m models export lamps` and `evaluate lamps`: the trained classifier as ONNX, and what it says by itself.

The exported network ends in probabilities whose temperature was chosen on the calibration scenes (Guo et al., On
Calibration of Modern Neural Networks, ICML 2017). In use, colour rules have a say too (`detector.lamp_network`):
`phatnguoi bench lamps` measures both together.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.crops import LAMP_SIZE_WH
from models.labels import LABELS
from models.registry import Weights
from models.training.export import OPSET, ExportError, store_halved
from models.training.lamps.drawn import LIT
from models.training.lamps.net import network
from models.training.lamps.set import load_part

TEMPERATURES = np.geomspace(0.4, 4.0, 60)
PROBABILITY_GAP = 0.01  # half-precision weights move probabilities by thousandths

Probabilities = npt.NDArray[np.float32]


def temperature(logits: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]) -> float:
    """The divisor of the logits (n, labels) under which the labels (n,) are most likely."""

    def loss(divisor: float) -> float:
        scaled = logits / divisor
        top = scaled.max(axis=1, keepdims=True)
        normal = top[:, 0] + np.log(np.exp(scaled - top).sum(axis=1))
        return float((normal - scaled[np.arange(len(labels)), labels]).mean())

    return float(min(TEMPERATURES, key=loss))


def export_lamps(checkpoint: Path, target: Path, work: Path) -> Path:
    """Writes the calibrated network: `images` (n, 3, 64, 32) RGB in 0..1 to `output0` (n, labels), probabilities.

    Raises `ExportError` without a checkpoint, or where the file says other things than torch.
    """
    import torch

    if not checkpoint.exists():
        raise ExportError("no checkpoint", where=str(checkpoint), remedy="Run `python -m models train lamps` first.")
    net = network()
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["net"])
    net.eval()
    crops, labels, is_drawn = load_part(work / "lamps", "calibration")
    real = crops[~is_drawn] if (~is_drawn).any() else crops
    with torch.no_grad():
        divisor = temperature(net(torch.from_numpy(as_batch(crops))).numpy(), labels)
        net[-1].weight /= divisor
        net[-1].bias /= divisor
        calibrated = torch.nn.Sequential(net, torch.nn.Softmax(1)).eval()
        expected = calibrated(torch.from_numpy(as_batch(real))).numpy()
    _write(calibrated, target)
    store_halved(target)
    gap = float(np.abs(probabilities(target, real) - expected).max())
    if gap > PROBABILITY_GAP:
        remedy = "Export lamps again with other versions of torch or onnx."
        raise ExportError(f"the ONNX file differs from torch by {gap:.4f}", where=str(target), remedy=remedy)
    return target


def _write(net: Any, target: Path) -> None:
    import torch

    width, height = LAMP_SIZE_WH
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, height, width),),
        str(target),
        opset_version=OPSET,
        input_names=["images"],
        output_names=["output0"],
        dynamic_axes={"images": {0: "batch"}, "output0": {0: "batch"}},
        dynamo=False,
    )


def as_batch(crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Stored crops (n, 64, 32, 3) RGB as the network's input (n, 3, 64, 32) in 0..1."""
    return np.ascontiguousarray(crops.astype(np.float32).transpose(0, 3, 1, 2) / 255)


def probabilities(weights: Path, crops: npt.NDArray[np.uint8]) -> Probabilities:
    """What an ONNX file says of crops (n, 64, 32, 3) RGB, in the engine that will run it: (n, labels)."""
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(core.read_model(weights), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled(as_batch(crops))[0], np.float32)


def evaluate_lamps(weights: Weights, work: Path) -> str:
    """The network by itself on the crops of the test scenes, as a Markdown table: its likeliest label, sure or not."""
    crops, labels, _ = load_part(work / "lamps", "test")
    said = probabilities(weights.path, crops).argmax(axis=1)
    lit = [LABELS["lamps"].index(phase) for phase in LIT]
    lines = [
        "| network alone, test scenes | heads | right | another colour | off or unknown |",
        "| --- | --: | --: | --: | --: |",
    ]
    for index in sorted(set(labels.tolist())):
        answers = said[labels == index]
        right = int((answers == index).sum())
        another = int((np.isin(answers, lit) & (answers != index)).sum())
        counts = (len(answers), right, another, len(answers) - right - another)
        lines.append(f"| {LABELS['lamps'][index]} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines) + "\n"
