"""The plate text network: PP-OCR's recogniser with a head of our 36 symbols and one answer about legibility."""

import torch
from torch import Tensor, nn

from models.plate_text import SYMBOLS
from models.training.plate_text.backbone import FEATURES, Recogniser, as_grey, load_recogniser

CLASSES = 1 + len(SYMBOLS)
# Pictures as PP-OCR knows them have about this mean and spread (of values from -1 to 1).
MEAN, SPREAD = 0.2, 0.5
FLAT = 0.02
"""Spread below which a picture shows nothing: its noise is not blown up."""


class PlateTextNet(nn.Module):  # type: ignore[misc]
    """(N, 1, 48, 256) grey, 0 to 1 → logits (N, 32, 37) of the steps, and legibility logits (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        recogniser = load_recogniser()
        self.backbone = recogniser.backbone
        as_grey(next(module for module in self.backbone.modules() if isinstance(module, nn.Conv2d)))
        self.characters = _head_of(recogniser)
        self.legibility = nn.Sequential(nn.Linear(2 * FEATURES, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        # Each picture is brought to one mean and contrast: night, haze and coloured grounds look alike afterwards.
        mean = pictures.mean(dim=(2, 3), keepdim=True)
        spread = ((pictures - mean) ** 2).mean(dim=(2, 3), keepdim=True).sqrt()
        features = self.backbone((pictures - mean) / (spread + FLAT) * SPREAD + MEAN)
        pooled = torch.cat((features.mean(dim=1), features.amax(dim=1)), dim=1)
        return self.characters(features), self.legibility(pooled)

    def train(self, mode: bool = True) -> "PlateTextNet":
        """The few batch norms that PP-OCR's file keeps stay as they were learnt: our batches are small."""
        super().train(mode)
        for module in self.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def _head_of(recogniser: Recogniser) -> nn.Linear:
    """Our classes begin as PP-OCR's columns of the same letters."""
    head = nn.Linear(FEATURES, CLASSES)
    with torch.no_grad():
        for index, symbol in enumerate(["", *SYMBOLS]):
            weight, bias = recogniser.columns[symbol]
            head.weight[index] = torch.from_numpy(weight)
            head.bias[index] = bias
    return head
