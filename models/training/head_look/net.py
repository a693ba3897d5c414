"""`python -m models train head_look`: the first layers of the heads detector, and a small end that says helmet or bare.

Few bare heads were ever photographed, so one training is much like a throw of dice: several are made from the same
start, each with draws of its own, and their weights' mean is kept (Wortsman et al., Model soups, ICML 2022). A run is a
folder with a checkpoint of every member after every epoch, so the same command goes on where it was interrupted.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.crops import Image
from models.labels import LABELS
from models.registry import load_weights
from models.training.classifier import as_batch, fit, load_start
from models.training.head_look.augment import LIGHT, STRONG, Strength, exact, spoiled
from models.training.head_look.set import RENDERED, ROLE, load_part
from models.training.heads import DARK_GREY
from models.training.start import ARCHITECTURE, write_start

SEED = 2026
EPOCHS = 16
MEMBERS = (STRONG, LIGHT) * 2  # how much their pictures are spoiled
BATCH = 64
STEPS = 90  # batches in an epoch
LEARNING_RATE = 0.0015
LABEL_SMOOTHING = 0.03
TRUNK_LAYERS, TRUNK_CHANNELS = 7, 128  # of YOLOv8n: a sixteenth of the input's width and height
END_CHANNELS = 32
# How often a head is drawn, against a bright helmet or a plain bare head. Both labels are drawn equally often.
DARK_WEIGHT = 2.5  # helmets as dark as hair
MISREAD_WEIGHT = 4.0  # heads that the detector takes for the other label
EXCHANGED_WEIGHT = 0.35  # three of them come from each street crop
LOOKS_WEIGHT = 0.5  # many looks at one rider
RENDERED_WEIGHT = 0.25  # no photographs

Batch = npt.NDArray[np.float32]


def network() -> Any:
    """An untrained network: (n, 3, 64, 64) RGB in 0..1 to one logit per label."""
    from torch import nn
    from ultralytics.nn.tasks import DetectionModel

    trunk = DetectionModel(ARCHITECTURE, ch=3, nc=1, verbose=False).model[:TRUNK_LAYERS]
    return nn.Sequential(
        trunk,
        nn.Conv2d(TRUNK_CHANNELS, END_CHANNELS, 1, bias=False),
        nn.BatchNorm2d(END_CHANNELS),
        nn.SiLU(),
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(END_CHANNELS * 4 * 4, len(LABELS[ROLE])),
    )


def train_head_look(work: Path, run_name: str, epochs: int | None = None, start: Path | None = None) -> Path:
    """Trains on `work/head_look/train.npz`, from the published heads detector or from the `last.pt` of another run;
    returns the checkpoint `work/runs/RUN_NAME/last.pt`, the members' mean."""
    import torch

    torch.set_num_threads(1)
    part = load_part(work / ROLE, "train")
    run, weights, members = work / "runs" / run_name, drawing_weights(part), []
    for number, strength in enumerate(MEMBERS):
        torch.manual_seed(SEED)  # all members begin alike: only then is their mean a network
        net, last = network(), run / f"member_{number}.pt"
        if start:
            load_start(net, start)
        elif not last.exists():
            _take_trunk(net, run / "start.pt", part["crops"])
        one_epoch = partial(_epoch, net, part, weights, number, strength)
        members.append(fit(net, last, epochs or EPOCHS, STEPS, LEARNING_RATE, one_epoch))
    torch.save({"net": mean([torch.load(member, weights_only=True)["net"] for member in members])}, run / "last.pt")
    return run / "last.pt"


def mean(states: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean of several networks' weights; what is counted, not measured, is the first one's."""
    return {
        name: sum(state[name] for state in states) / len(states) if value.is_floating_point() else value
        for name, value in states[0].items()
    }


def drawing_weights(part: dict[str, Any]) -> npt.NDArray[np.float64]:
    """How likely each head (n,) is to be drawn; each label has half of it."""
    labels = part["labels"]
    is_helmet = labels == LABELS[ROLE].index("helmet")
    weights = np.ones(len(labels))
    upper = part["crops"][:, 32:54, 32:64].mean(axis=(1, 2, 3))  # the head lies in the middle third
    weights[is_helmet & (upper < DARK_GREY)] *= DARK_WEIGHT
    weights[part["is_misread"]] *= MISREAD_WEIGHT
    weights[np.char.endswith(part["scenes"], " exchanged")] *= EXCHANGED_WEIGHT
    weights[np.char.endswith(part["scenes"], " looks")] *= LOOKS_WEIGHT
    weights[part["scenes"] == RENDERED] *= RENDERED_WEIGHT
    for chosen in (is_helmet, ~is_helmet):
        weights[chosen] /= 2 * max(weights[chosen].sum(), 1e-9)
    return np.asarray(weights / weights.sum(), np.float64)


def _take_trunk(net: Any, file: Path, crops: npt.NDArray[np.uint8]) -> None:
    """The first layers of the published heads detector, unfused (models/training/start.py)."""
    import torch

    write_start(load_weights("heads").path, "heads", file, _tiled(crops))
    detector = torch.load(file, weights_only=False)["model"]
    net[0].load_state_dict(detector.model[:TRUNK_LAYERS].state_dict())


def _tiled(crops: npt.NDArray[np.uint8]) -> list[Image]:
    """Pictures (512, 512, 3) BGR of 64 heads each, at the scale that the network will see them at."""
    rng = np.random.default_rng(SEED)
    pictures = []
    for _ in range(8):
        shown = [exact(crops[index])[..., ::-1] for index in rng.integers(0, len(crops), 64)]
        pictures.append(np.vstack([np.hstack(shown[row * 8 : row * 8 + 8]) for row in range(8)]))
    return pictures


def _epoch(
    net: Any,
    part: dict[str, Any],
    weights: npt.NDArray[np.float64],
    member: int,
    strength: Strength,
    optimizer: Any,
    schedule: Any,
    epoch: int,
) -> None:
    """STEPS batches; what is drawn and how it is spoiled depends on member and epoch, so a resumed run repeats whole ones."""
    import torch
    from torch.nn.functional import cross_entropy

    rng = np.random.default_rng((SEED, member, epoch))
    torch.manual_seed(SEED + 1000 * member + epoch)
    for _ in range(STEPS):
        chosen = rng.choice(len(weights), BATCH, p=weights)
        seen = [spoiled(part["crops"][index], float(part["native_px"][index]), rng, strength) for index in chosen]
        batch = torch.from_numpy(as_batch(np.stack(seen)))
        loss = cross_entropy(net(batch), torch.from_numpy(part["labels"][chosen]), label_smoothing=LABEL_SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
