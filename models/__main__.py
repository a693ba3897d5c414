"""`python -m models prepare|train|evaluate|export|quantise|card NAME`: how the weights are made. Needs the extra `train`."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from models.errors import UserError
from models.registry import ROLES, load_weights
from models.training.export import enter_in_registry
from models.training.options import DATA_VARIABLE, Options

MODELS_FOLDER = Path(__file__).parent
DETECTORS = "models.training.detector_steps"
# Every role has a module with its steps: functions of the names below, each given the options.
STEPS = {
    "vehicles": DETECTORS,
    "heads": DETECTORS,
    "plates": DETECTORS,
    "head_look": "models.training.head_look.steps",
    "lamps": "models.training.lamps.steps",
    "plate_text": "models.training.plate_text.steps",
}


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status. What the user did wrong is one line on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads stall each other on shared cores
    chosen = _parser().parse_args(arguments)
    try:
        COMMANDS[chosen.command](chosen)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except ImportError as error:
        sys.stderr.write(f"{error.name} is not installed. Install it with: pip install 'phatnguoi[train]'\n")
        return 1
    return 0


def _step(chosen: argparse.Namespace) -> Callable[..., Any]:
    """The role's own step of the command's name. Raises `UserError` where it has none."""
    step: Callable[..., Any] | None = getattr(importlib.import_module(STEPS[chosen.name]), chosen.command, None)
    if step is None:
        what = f"`{chosen.name}` has no step `{chosen.command}`"
        raise UserError(what, remedy=f"Its card says how it is made: models/cards/{chosen.name}.md.")
    return step


def _options(chosen: argparse.Namespace) -> Options:
    return Options(**{field.name: getattr(chosen, field.name) for field in fields(Options)})


def _prepare(chosen: argparse.Namespace) -> None:
    for what, count in sorted(_step(chosen)(_options(chosen)).items()):
        sys.stdout.write(f"{what}: {count}\n")


def _train(chosen: argparse.Namespace) -> None:
    sys.stdout.write(f"{_step(chosen)(_options(chosen))}\n")


def _export(chosen: argparse.Namespace) -> None:
    file = _step(chosen)(_options(chosen), MODELS_FOLDER / f"weights/{chosen.name}.onnx")
    enter_in_registry(chosen.name, file, chosen.version)
    sys.stdout.write(f"{file}\n")


def _quantise(chosen: argparse.Namespace) -> None:
    sys.stdout.write(f"{_step(chosen)(_options(chosen), MODELS_FOLDER / f'weights/{chosen.name}.onnx')}\n")


def _evaluate(chosen: argparse.Namespace) -> None:
    table = _step(chosen)(_options(chosen))
    (chosen.work / chosen.name / "scores.md").write_text(table, encoding="utf-8")
    sys.stdout.write(table)


def _card(chosen: argparse.Namespace) -> None:
    from models.training.card import refresh

    scores = chosen.scores or chosen.work / chosen.name / "scores.md"
    refresh(load_weights(chosen.name), MODELS_FOLDER / f"cards/{chosen.name}.md", scores)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "prepare": _prepare,
    "train": _train,
    "export": _export,
    "quantise": _quantise,
    "evaluate": _evaluate,
    "card": _card,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    parser.add_argument("command", choices=COMMANDS, help="in the order of need")
    parser.add_argument("name", choices=ROLES, help="the role whose weights are made")
    add = parser.add_argument
    data = os.environ.get(DATA_VARIABLE)
    add("--data", type=Path, default=data and Path(data), help=f"folder of the data sets; {DATA_VARIABLE} names it too")
    add("--footage", type=Path, help="folder of clips; default: footage/ beside the data folder")
    add("--renders", type=Path, help="folder of rendered frames, made by `python -m sample_videos training`")
    add("--work", type=Path, default=Path("var/training"), help="where training sets and runs are written")
    add("--coco-teacher", type=Path, help="weights that label vehicles; default: yolov8n_coco.pt of the data folder")
    add("--plate-teacher", type=Path, help="YOLOv8 weights that find plates; default: our own")
    add(
        "--start",
        type=Path,
        help="checkpoint to train from; default: yolov8n_coco.pt of the data folder; lamps, head_look and plate_text need none",
    )
    add("--run", help="name of the training run; default: NAME. The same name again resumes it")
    add("--epochs", type=int, help="default: the recipe's")
    add("--steps", type=int, help="how many batches plate_text trains on; default: the recipe's")
    add("--size", type=int, help="pixels that pictures are scaled to in training; default: the recipe's")
    add("--learning-rate", type=float, help="default: the recipe's")
    add("--checkpoint", type=Path, help="checkpoint to export; default: the run's best")
    add("--average-with", type=Path, help="checkpoint to average the exported one with, e.g. the round before")
    add("--version", default="1", help="version written into the registry by export")
    add("--scores", type=Path, help="Markdown table for the card; default: what evaluate measured")
    add("--weights", type=Path, help="YAML with a user's own weights to evaluate (models/registry.py)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
