"""What the roles that are classifiers share: epochs that can be interrupted, a temperature, ONNX that says what torch says.

The exported networks end in probabilities whose temperature was chosen on calibration scenes (Guo et al., On
Calibration of Modern Neural Networks, ICML 2017).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import UserError
from models.training.export import ExportError

BATCH_FREE = {0: "batch"}  # of input and output: as many crops as there are
TEMPERATURES = np.geomspace(0.4, 4.0, 60)
PROBABILITY_GAP = 0.01  # half-precision weights move probabilities by thousandths
WEIGHT_DECAY = 0.01

Probabilities = npt.NDArray[np.float32]
Epoch = Callable[[Any, Any, int], None]  # optimizer, schedule, number of the epoch


def fit(net: Any, last: Path, epochs: int, steps: int, learning_rate: float, one_epoch: Epoch) -> Path:
    """Trains `net` by `one_epoch`, each of `steps` batches, and returns the checkpoint `last`.

    It is written after every epoch, so the same call goes on where it was interrupted.
    """
    import torch

    optimizer = torch.optim.AdamW(net.parameters(), learning_rate, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps * epochs)
    begin = 0
    if last.exists():
        kept = torch.load(last, weights_only=True)
        begin = kept["epochs"]
        net.load_state_dict(kept["net"])
        if begin < epochs:
            optimizer.load_state_dict(kept["optimizer"])
            schedule.load_state_dict(kept["schedule"])
    last.parent.mkdir(parents=True, exist_ok=True)
    for epoch in range(begin, epochs):
        net.train()
        one_epoch(optimizer, schedule, epoch)
        state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
        torch.save(state | {"epochs": epoch + 1}, last.with_suffix(".writing"))
        last.with_suffix(".writing").replace(last)
    return last


def load_start(net: Any, start: Path) -> None:
    """The weights of another run's `last.pt` into `net`. Raises `UserError` where it is none."""
    import torch

    if not start.is_file() or start.suffix != ".pt":
        raise UserError("no checkpoint to start from", where=str(start), remedy="Give the last.pt of another run.")
    net.load_state_dict(torch.load(start, weights_only=True)["net"])


def load_trained(net: Any, checkpoint: Path, role: str) -> Any:
    """`net` with the weights of a run, ready to be asked. Raises `ExportError` without a checkpoint."""
    import torch

    if not checkpoint.exists():
        raise ExportError("no checkpoint", where=str(checkpoint), remedy=f"Run `python -m models train {role}` first.")
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["net"])
    return net.eval()


def temperature(logits: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]) -> float:
    """The divisor of the logits (n, labels) under which the labels (n,) are most likely."""

    def loss(divisor: float) -> float:
        scaled = logits / divisor
        top = scaled.max(axis=1, keepdims=True)
        normal = top[:, 0] + np.log(np.exp(scaled - top).sum(axis=1))
        return float((normal - scaled[np.arange(len(labels)), labels]).mean())

    return float(min(TEMPERATURES, key=loss))


def check_equal(said: Probabilities, expected: Probabilities, target: Path, role: str) -> None:
    """Raises `ExportError` where the ONNX file says other things than torch."""
    gap = float(np.abs(said - expected).max())
    if gap > PROBABILITY_GAP:
        remedy = f"Export {role} again with other versions of torch or onnx."
        raise ExportError(f"the ONNX file differs from torch by {gap:.4f}", where=str(target), remedy=remedy)


def as_batch(crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Stored crops (n, height, width, 3) RGB as a network's input (n, 3, height, width) in 0..1."""
    return np.ascontiguousarray(crops.astype(np.float32).transpose(0, 3, 1, 2) / 255)


def probabilities(weights: Path, crops: npt.NDArray[np.uint8]) -> Probabilities:
    """What an ONNX file says of crops (n, height, width, 3) RGB, in the engine that will run it: (n, labels)."""
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(core.read_model(weights), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled(as_batch(crops))[0], np.float32)
