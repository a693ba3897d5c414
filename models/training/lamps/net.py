"""`python -m models train lamps`: a classifier of four convolutions, trained in minutes on one core.

A run is a folder with `last.pt` after every epoch, so the same command goes on where it was interrupted.
"""

from pathlib import Path
from typing import Any

import numpy as np

from models.labels import LABELS
from models.training.classifier import fit, load_start
from models.training.lamps.set import load_part

SEED = 2026
EPOCHS = 6
BATCH = 128
LEARNING_RATE = 0.003
LABEL_SMOOTHING = 0.02


def network() -> Any:
    """An untrained network: (n, 3, 64, 32) RGB in 0..1 to one logit per label."""
    from torch import nn

    def block(given: int, made: int, stride: int) -> list[Any]:
        return [nn.Conv2d(given, made, 3, stride, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU()]

    return nn.Sequential(
        *block(3, 16, 2),
        *block(16, 32, 2),
        *block(32, 48, 1),
        nn.MaxPool2d(2),
        *block(48, 64, 1),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(64 * 4 * 2, 48),
        nn.ReLU(),
        nn.Linear(48, len(LABELS["lamps"])),
    )


def train_lamps(work: Path, run_name: str, epochs: int | None = None, start: Path | None = None) -> Path:
    """Trains on `work/lamps/train.npz`, from nothing or from the `last.pt` of another run; returns the checkpoint
    `work/runs/RUN_NAME/last.pt`."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    crops, labels, _ = load_part(work / "lamps", "train")
    net = network()
    if start:
        load_start(net, start)

    def one_epoch(optimizer: Any, schedule: Any, epoch: int) -> None:
        _epoch(net, optimizer, schedule, crops, labels, epoch)

    steps = -(-len(crops) // BATCH)
    return fit(net, work / "runs" / run_name / "last.pt", epochs or EPOCHS, steps, LEARNING_RATE, one_epoch)


def _epoch(net: Any, optimizer: Any, schedule: Any, crops: Any, labels: Any, epoch: int) -> None:
    """Once over all crops; order and augmentation depend on the epoch only, so a resumed run repeats a whole one."""
    import torch
    from torch.nn.functional import cross_entropy

    rng = np.random.default_rng((SEED, epoch))
    torch.manual_seed(SEED + epoch)
    order = rng.permutation(len(crops))
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        pictures = crops[chosen].astype(np.float32) / 255
        pictures *= rng.uniform(0.8, 1.15, (len(chosen), 1, 1, 1)) * rng.uniform(0.95, 1.05, (len(chosen), 1, 1, 3))
        mirrored = rng.random(len(chosen)) < 0.5
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        batch = torch.from_numpy(np.clip(pictures, 0, 1).astype(np.float32).transpose(0, 3, 1, 2).copy())
        loss = cross_entropy(net(batch), torch.from_numpy(labels[chosen]), label_smoothing=LABEL_SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
