"""The plate text network as ONNX: calibrated by temperatures, with a free batch, compared with torch before it is kept.

A temperature is one number that logits are divided by (Guo et al., ICML 2017): it changes no answer, only how sure it is.
Both are chosen on the calibration crops, which neither trained the network nor judge it, as they are and worn.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.plate_text import INPUT_WH
from models.training.export import OPSET, ExportError, store_halved
from models.training.plate_text.data import (
    TEXT_LENGTH_MAX,
    TEXT_SHARE,
    as_input,
    encode,
    load_grey,
    own_plates,
    split,
    split_lines,
)
from models.training.plate_text.net import PlateTextNet
from models.training.plate_text.train import load_network, loss_of
from models.training.plate_text.wear import worn

WORN_COPIES = 3
"""Of each calibration crop: on the crops as they are the network errs too rarely to tell how sure it may be."""
TEMPERATURES = np.round(np.exp(np.linspace(np.log(0.5), np.log(4.0), 43)), 3)
SHARE_GAP_MAX = 0.02
"""Half-precision weights move probabilities by thousandths."""


class Calibrated(nn.Module):  # type: ignore[misc]
    """The network with its logits divided by their temperatures."""

    def __init__(self, network: PlateTextNet, characters: float, legibility: float) -> None:
        super().__init__()
        self.network = network
        self.characters, self.legibility = characters, legibility

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        characters, legibility = self.network(pictures)
        return characters / self.characters, legibility / self.legibility


def export(data: Path, checkpoint: Path, target: Path) -> Path:
    """Writes `target` as models/plate_text.py describes. Raises `ExportError` when it differs from torch."""
    network = calibrated(load_network(checkpoint), data / "plates/crops")
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, INPUT_WH[1], INPUT_WH[0]),),
        str(target),
        opset_version=OPSET,
        input_names=["pictures"],
        output_names=["characters", "legibility"],
        dynamic_axes={name: {0: "batch"} for name in ("pictures", "characters", "legibility")},
        dynamo=False,
    )
    store_halved(target)
    check_equal(network, target)
    return target


def check_equal(network: nn.Module, file: Path) -> None:
    """Raises `ExportError` when ONNX Runtime says other things than torch, for a batch of three."""
    import onnxruntime

    coarse = np.random.default_rng(2026).random((3, 1, 6, 32), np.float32)
    batch = np.ascontiguousarray(coarse.repeat(8, axis=2).repeat(8, axis=3))
    with torch.no_grad():
        expected = shares_of(*network.eval()(torch.from_numpy(batch)))
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    answers = session.run(["characters", "legibility"], {"pictures": batch})
    got = shares_of(*(torch.from_numpy(answer) for answer in answers))
    gap = max(float((one - other).abs().max()) for one, other in zip(got, expected, strict=True))
    if gap > SHARE_GAP_MAX:
        remedy = "Export again with other versions of torch or onnx."
        raise ExportError(
            f"the ONNX file differs from torch by {gap:.4f} in a probability", where=str(file), remedy=remedy
        )


def shares_of(characters: Tensor, legibility: Tensor) -> tuple[Tensor, Tensor]:
    """Both answers as probabilities."""
    return characters.softmax(2), legibility.sigmoid()


def calibrated(network: PlateTextNet, folder: Path) -> Calibrated:
    """The network with the temperatures under which the calibration crops are likeliest."""
    pictures, classes, lengths, legible = _calibration_batch(folder)
    with torch.no_grad():
        answers = [network(pictures[start : start + 128]) for start in range(0, len(pictures), 128)]
    characters, legibility = (torch.cat(parts) for parts in zip(*answers, strict=True))
    text_only, legibility_only = torch.full_like(legible, -1), torch.zeros_like(lengths)

    def cost_of_text(temperature: float) -> float:
        return float(loss_of((characters / temperature, legibility), classes, lengths, text_only))

    def cost_of_legibility(temperature: float) -> float:
        return float(loss_of((characters, legibility / temperature), classes, legibility_only, legible))

    return Calibrated(
        network,
        float(min(TEMPERATURES, key=lambda one: cost_of_text(float(one)))),
        float(min(TEMPERATURES, key=lambda one: cost_of_legibility(float(one)))),
    )


def _calibration_batch(folder: Path) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(2026)
    pictures, classes, lengths, legible = [], [], [], []
    for crop in split(own_plates())["calibration"]:
        grey = load_grey(folder, crop)
        lines = crop.lines or 2
        seen = [(grey, int(crop.legible), crop.legible)]
        for _ in range(WORN_COPIES):
            sample = worn(rng, grey, TEXT_SHARE[lines], gentle=True)
            seen.append((sample.picture, sample.legible if crop.legible else 0, sample.readable and crop.legible))
        for picture, is_legible, readable in seen:
            pictures.append(torch.from_numpy(as_input(split_lines(picture, lines))))
            legible.append(is_legible)
            text = encode(crop.text) if readable else []
            lengths.append(len(text))
            classes.append(text + [0] * (TEXT_LENGTH_MAX - len(text)))
    return torch.stack(pictures), torch.tensor(classes), torch.tensor(lengths), torch.tensor(legible)
