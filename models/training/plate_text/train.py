"""Trains the plate text network in a short loop of its own: CTC on the text, one logit on legibility.

`train` writes a checkpoint every `CHECKPOINT_S` seconds and, started again, goes on from it. The rate falls along a half
cosine over the planned steps; a running mean of the weights (the last part of the way) is what is exported.
"""

import copy
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from models.errors import UserError
from models.plate_text import STEPS
from models.training.plate_text.data import Item, PlateTexts, load_grey, own_plates, split
from models.training.plate_text.net import PlateTextNet

BATCH = 16
RATE, NEW_RATE_TIMES, WEIGHT_DECAY = 2.5e-4, 4.0, 0.01
WARM_UP_STEPS = 60
LEGIBILITY_SHARE = 0.5
GRADIENT_NORM_MAX = 2.0
AVERAGE_DECAY = 0.99
CHECKPOINT_S = 90.0
LOG_EVERY_STEPS = 20
THREADS, WORKERS = 2, 2
DEFAULT_STEPS = 1000
log = logging.getLogger(__name__)


class PlateTextTrainingError(UserError):
    """Training cannot start."""


def train(
    data: Path,
    run_folder: Path,
    steps: int | None = None,
    rate: float | None = None,
    start: Path | None = None,
) -> Path:
    """Trains on the crops in `data/plates/crops` and made-up plates; returns the checkpoint. The same folder resumes.

    `start`: the checkpoint of another run, to go on from its averaged weights instead of PP-OCR's.
    Raises `PlateTextTrainingError` where there are no crops, `PlateListError` for a wrong line of our list.
    """
    folder, checkpoint = data / "plates/crops", run_folder / "last.pt"
    if not folder.is_dir():
        raise PlateTextTrainingError("no plate crops", where=str(folder), remedy="Give the data folder with --data.")
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    pictures = [(load_grey(folder, crop), crop) for crop in split(own_plates())["train"]]
    torch.manual_seed(7)
    torch.set_num_threads(THREADS)
    run = _Run(load_network(start) if start else PlateTextNet(), steps or DEFAULT_STEPS, rate or RATE)
    if checkpoint.exists():
        run.restore(torch.load(checkpoint, weights_only=True))
        log.info("resumed at step %d", run.step)
    loader = DataLoader(_Stream(PlateTexts(pictures), seed=run.step), BATCH, num_workers=WORKERS)
    saved_at = time.monotonic()
    for batch in loader:
        if run.step >= run.steps:
            break
        run.learn(batch)
        if run.step % LOG_EVERY_STEPS == 0:
            log.info("step %d  loss %.3f  rate %.5f", run.step, run.loss, run.rate())
        if time.monotonic() - saved_at > CHECKPOINT_S:
            _save(run, checkpoint)
            saved_at = time.monotonic()
    _save(run, checkpoint)
    return checkpoint


class _Stream(IterableDataset):  # type: ignore[misc]
    """The samples of one worker: each draws others, and a resumed run draws others than before."""

    def __init__(self, texts: PlateTexts, seed: int) -> None:
        self.texts, self.seed = texts, seed

    def __iter__(self) -> Iterator[Item]:
        worker = get_worker_info()
        return self.texts.stream(np.random.default_rng([self.seed, worker.id if worker else 0]))


class _Run:
    """Network, its running mean, optimiser and step."""

    def __init__(self, network: PlateTextNet, steps: int, top_rate: float) -> None:
        self.steps, self.step, self.loss, self.top_rate = steps, 0, 0.0, top_rate
        self.network, self.mean = network, copy.deepcopy(network)
        new = [*self.network.characters.parameters(), *self.network.legibility.parameters()]
        groups = [
            {"params": list(self.network.backbone.parameters()), "times": 1.0},
            {"params": new, "times": NEW_RATE_TIMES},
        ]
        self.optimiser = torch.optim.AdamW(groups, top_rate, weight_decay=WEIGHT_DECAY)

    def rate(self) -> float:
        warm = min(1.0, (self.step + 1) / WARM_UP_STEPS)
        done = torch.tensor(min(1.0, self.step / self.steps))
        return self.top_rate * warm * (0.01 + 0.99 * 0.5 * (1 + float(torch.cos(torch.pi * done))))

    def learn(self, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = group["times"] * self.rate()
        self.network.train()
        loss = loss_of(self.network(batch[0]), *batch[1:])
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM_MAX)
        self.optimiser.step()
        self.step += 1
        self.loss = 0.95 * self.loss + 0.05 * loss.item() if self.loss else loss.item()
        decay = min(AVERAGE_DECAY, self.step / (self.step + 20))
        with torch.no_grad():
            for kept, new in zip(self.mean.state_dict().values(), self.network.state_dict().values(), strict=True):
                kept.lerp_(new, 1 - decay) if kept.is_floating_point() else kept.copy_(new)

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.step = int(state["step"])
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])


def loss_of(answer: tuple[Tensor, Tensor], classes: Tensor, lengths: Tensor, legible: Tensor) -> Tensor:
    """CTC over the samples whose text is taught, and cross-entropy over those whose legibility is known.

    A sample without a text (length 0) teaches neither characters nor blanks: what is illegible is told by its own logit.
    """
    characters, legibility = answer
    taught = lengths > 0
    loss = characters.sum() * 0.0
    if bool(taught.any()):
        shares = characters[taught].log_softmax(2).transpose(0, 1)
        steps = torch.full((int(taught.sum()),), STEPS)
        each = nn.functional.ctc_loss(
            shares, classes[taught], steps, lengths[taught], reduction="none", zero_infinity=True
        )
        loss = (each / lengths[taught]).mean()
    known = legible >= 0
    if bool(known.any()):
        told = nn.functional.binary_cross_entropy_with_logits(legibility[known, 0], legible[known].float())
        loss = loss + LEGIBILITY_SHARE * told
    return loss


def load_network(checkpoint: Path) -> PlateTextNet:
    """The averaged network of a checkpoint, for reading. Raises `PlateTextTrainingError` where there is none."""
    if not checkpoint.exists():
        remedy = "Run `python -m models train plate_text` first."
        raise PlateTextTrainingError("no checkpoint", where=str(checkpoint), remedy=remedy)
    network = PlateTextNet()
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["mean"])
    network.eval()
    return network


def _save(run: _Run, checkpoint: Path) -> None:
    beside = checkpoint.with_suffix(".tmp")
    torch.save(run.state(), beside)
    beside.replace(checkpoint)
