"""`python -m models train NAME`: fine-tunes a role's detector; goes on from `last.pt` when it was interrupted."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.crops import Image
from models.errors import UserError
from models.training.sets import read_image
from models.training.start import write_start
from models.training.teacher import load_yolo

SEED = 2026
THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
START_PICTURES = 24


class TrainingError(UserError):
    """Training cannot start."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What differs between the roles. `frozen_layers` counts from the input: 10 is the whole backbone."""

    size_px: int
    epochs: int
    batch: int
    frozen_layers: int
    learning_rate: float
    mosaic: float
    scale: float
    flip: float = 0.5
    pictures_per_step: int = 64  # of the optimizer: batches are gathered up to it
    warmup_epochs: float = 0.5


# The crops of heads and plates come jittered and roughened (heads.py), so augmentation stays light; mosaic would show
# the crop detectors several vehicles at once, which never happens in use.
RECIPES = {
    "vehicles": Recipe(512, 10, 16, 5, 0.0006, 0.6, 0.5),
    "heads": Recipe(224, 8, 32, 0, 0.0012, 0.0, 0.25),
    "plates": Recipe(320, 4, 16, 10, 0.0005, 0.0, 0.3, pictures_per_step=16, warmup_epochs=0.0),
}


def recipe_of(
    role: str, epochs: int | None = None, size_px: int | None = None, learning_rate: float | None = None
) -> Recipe:
    """The role's recipe, with what differs in this round."""
    usual = RECIPES[role]
    return replace(
        usual,
        epochs=epochs or usual.epochs,
        size_px=size_px or usual.size_px,
        learning_rate=learning_rate or usual.learning_rate,
    )


def train(role: str, work: Path, start: Path, run_name: str, recipe: Recipe) -> Path:
    """Trains on `work/ROLE/set.yaml` from `start`, a COCO checkpoint or our own ONNX weights; returns `best.pt`.

    The run lies in `work/runs/RUN_NAME`; called again it resumes there, and does nothing once finished.
    """
    dataset = work / role / "set.yaml"
    if not dataset.exists():
        raise TrainingError(
            "no training set", where=str(dataset), remedy=f"Run `python -m models prepare {role}` first."
        )
    if not start.exists():
        raise TrainingError("no weights to start from", where=str(start), remedy="Give them with --start.")
    run = work / "runs" / run_name
    last, best, finished = run / "weights/last.pt", run / "weights/best.pt", run / "finished"
    if finished.exists():
        return best
    _limit_threads()
    if last.exists():
        load_yolo(last).train(resume=True, trainer=_trainer(start))
    else:
        begun = write_start(start, role, run / "start.pt", _some_pictures(work / role))
        load_yolo(begun).train(trainer=_trainer(start), **_arguments(recipe, dataset, run))
    finished.touch()
    return best


def _some_pictures(folder: Path) -> list[Image]:
    """Training pictures spread over the set."""
    files = sorted((folder / "train/images").glob("*.jpg"))
    return [read_image(file) for file in files[:: max(1, len(files) // START_PICTURES)][:START_PICTURES]]


def _trainer(start: Path) -> Any:
    """Ultralytics' trainer, made to take the network as it stands: it would build the class branches narrower anew.

    Weights that we published have their normalisations written into their convolutions; taken apart again (start.py)
    they hold for the statistics that they were taken apart with, so these stay: those of a batch would be another network.
    """
    from torch.nn import BatchNorm2d
    from ultralytics.models.yolo.detect import DetectionTrainer

    class Trainer(DetectionTrainer):  # type: ignore[misc]
        def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
            return weights

        def _model_train(self) -> None:
            super()._model_train()
            for module in self.model.modules() if start.suffix == ".onnx" else ():
                if isinstance(module, BatchNorm2d):
                    module.eval()

    return Trainer


def _limit_threads() -> None:
    import torch

    torch.set_num_threads(THREADS)


def _arguments(recipe: Recipe, dataset: Path, run: Path) -> dict[str, Any]:
    return {
        "data": str(dataset.resolve()),
        "project": str(run.parent.resolve()),
        "name": run.name,
        "exist_ok": True,
        "epochs": recipe.epochs,
        "imgsz": recipe.size_px,
        "batch": recipe.batch,
        "freeze": recipe.frozen_layers or None,
        "optimizer": "AdamW",
        "lr0": recipe.learning_rate,
        "lrf": 0.05,
        "cos_lr": True,
        "warmup_epochs": recipe.warmup_epochs,
        "warmup_bias_lr": 0.0,  # the usual 0.1 is for networks that know nothing: it undoes what ours know
        "nbs": recipe.pictures_per_step,
        "mosaic": recipe.mosaic,
        "close_mosaic": 2,
        "scale": recipe.scale,
        "translate": 0.08,
        "fliplr": recipe.flip,
        "hsv_s": 0.5,
        "hsv_v": 0.4,
        "device": "cpu",
        "workers": 0,
        "seed": SEED,
        "deterministic": True,
        "plots": False,
        "val": False,  # the kept-out pictures choose nothing: the last epoch counts
        "amp": False,
    }
