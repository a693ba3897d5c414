"""`python -m models export head_look` and `evaluate head_look`: the trained classifier as ONNX, and what it says by itself.

In use the detector's answer counts too (`detector.head_look`): `python -m models evaluate heads` and `phatnguoi bench
accuracy --role heads` measure both together.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.crops import HEAD_LOOK_SIZE_PX
from models.labels import LABELS
from models.registry import Weights
from models.training.classifier import BATCH_FREE, as_batch, check_equal, load_trained, probabilities, temperature
from models.training.export import write_onnx
from models.training.head_look.augment import exact, spoiled
from models.training.head_look.net import network
from models.training.head_look.set import ROLE, load_part

SEED = 2026
TIMES_SPOILED = 6  # of every calibration head: in use they are as small and blurred as that
BARE = LABELS[ROLE].index("no_helmet")


def export_head_look(checkpoint: Path, target: Path, work: Path) -> Path:
    """Writes the calibrated network: `images` (n, 3, 64, 64) RGB in 0..1 to `output0` (n, labels), probabilities.

    Raises `ExportError` without a checkpoint, or where the file says other things than torch.
    """
    import torch

    torch.set_num_threads(1)
    net = load_trained(network(), checkpoint, ROLE)
    crops, labels = _calibration_heads(work)
    with torch.no_grad():
        divisor = temperature(net(torch.from_numpy(as_batch(crops))).numpy(), labels)
        net[-1].weight /= divisor
        net[-1].bias /= divisor
        calibrated = _both_ways(net).eval()
        expected = calibrated(torch.from_numpy(as_batch(crops))).numpy()
    write_onnx(calibrated, target, (HEAD_LOOK_SIZE_PX, HEAD_LOOK_SIZE_PX), BATCH_FREE, BATCH_FREE)
    check_equal(probabilities(target, crops), expected, target, ROLE)
    return target


def _both_ways(net: Any) -> Any:
    """A network that sees every head and its mirror image, and gives the mean of both probabilities."""
    from torch import nn

    class BothWays(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, images: Any) -> Any:
            return (self.net(images).softmax(1) + self.net(images.flip(3)).softmax(1)) / 2

    return BothWays()


def _calibration_heads(work: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Heads (n, 64, 64, 3) RGB of scenes that nothing else was learnt from, as cameras might have shown them."""
    part, rng = load_part(work / ROLE, "calibration"), np.random.default_rng(SEED)
    shown = [
        spoiled(crop, float(native_px), rng)
        for crop, native_px in zip(part["crops"], part["native_px"], strict=True)
        for _ in range(TIMES_SPOILED)
    ]
    return np.stack(shown), part["labels"].repeat(TIMES_SPOILED)


def evaluate_head_look(weights: Weights, work: Path) -> str:
    """The network by itself on the heads of the kept-out scenes, as a Markdown table."""
    part = load_part(work / ROLE, "test")
    bare = probabilities(weights.path, np.stack([exact(crop) for crop in part["crops"]]))[:, BARE] > 0.5
    lines = [
        "| network alone, kept-out scenes | helmets | taken for bare | bare heads | taken for helmets |",
        "| --- | --: | --: | --: | --: |",
    ]
    for scene in sorted(set(part["scenes"].tolist())):
        here, is_bare = part["scenes"] == scene, part["labels"] == BARE
        helmets, heads = here & ~is_bare, here & is_bare
        counts = (helmets.sum(), (helmets & bare).sum(), heads.sum(), (heads & ~bare).sum())
        lines.append(f"| {scene} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines) + "\n"
