"""`python -m models export lamps` and `evaluate lamps`: the trained classifier as ONNX, and what it says by itself.

In use, colour rules have a say too (`detector.lamp_network`): `phatnguoi bench lamps` measures both together.
"""

from pathlib import Path

import numpy as np

from models.crops import LAMP_SIZE_WH
from models.labels import LABELS
from models.registry import Weights
from models.training.classifier import BATCH_FREE, as_batch, check_equal, load_trained, probabilities, temperature
from models.training.export import write_onnx
from models.training.lamps.drawn import LIT
from models.training.lamps.net import network
from models.training.lamps.set import load_part


def export_lamps(checkpoint: Path, target: Path, work: Path) -> Path:
    """Writes the calibrated network: `images` (n, 3, 64, 32) RGB in 0..1 to `output0` (n, labels), probabilities.

    Raises `ExportError` without a checkpoint, or where the file says other things than torch.
    """
    import torch

    net = load_trained(network(), checkpoint, "lamps")
    crops, labels, is_drawn = load_part(work / "lamps", "calibration")
    real = crops[~is_drawn] if (~is_drawn).any() else crops
    with torch.no_grad():
        divisor = temperature(net(torch.from_numpy(as_batch(crops))).numpy(), labels)
        net[-1].weight /= divisor
        net[-1].bias /= divisor
        calibrated = torch.nn.Sequential(net, torch.nn.Softmax(1)).eval()
        expected = calibrated(torch.from_numpy(as_batch(real))).numpy()
    write_onnx(calibrated, target, LAMP_SIZE_WH, BATCH_FREE, BATCH_FREE)
    check_equal(probabilities(target, real), expected, target, "lamps")
    return target


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
