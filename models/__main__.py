"""`python -m models prepare|train|evaluate|export|card NAME`: how the weights are made. Needs the extra `train`."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from models.errors import UserError
from models.registry import ROLES, load_weights

DATA_VARIABLE = "PHATNGUOI_DATA"
MODELS_FOLDER = Path(__file__).parent


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


def _prepare(chosen: argparse.Namespace) -> None:
    from models.training.prepare import prepare
    from models.training.sources import Sources

    if chosen.data is None:
        raise UserError("no data folder", remedy=f"Give it with --data, or in the variable {DATA_VARIABLE}.")
    data = Path(chosen.data)
    sources = Sources(
        data=data,
        footage=chosen.footage or data.parent / "footage",
        work=chosen.work,
        coco_teacher=chosen.coco_teacher or data / "weights/yolov8n_coco.pt",
        plate_teacher=chosen.plate_teacher,
        renders=chosen.renders,
    )
    for what, count in sorted(prepare(chosen.name, sources).counts.items()):
        sys.stdout.write(f"{what}: {count}\n")


def _train(chosen: argparse.Namespace) -> None:
    from models.training.train import recipe_of, train

    start = chosen.start or Path(chosen.data or ".") / "weights/yolov8n_coco.pt"
    recipe = recipe_of(chosen.name, chosen.epochs, chosen.size, chosen.learning_rate)
    best = train(chosen.name, chosen.work, start, chosen.run or chosen.name, recipe)
    sys.stdout.write(f"{best}\n")


def _export(chosen: argparse.Namespace) -> None:
    from models.training.export import enter_in_registry, export

    checkpoint = chosen.checkpoint or chosen.work / "runs" / (chosen.run or chosen.name) / "weights/best.pt"
    file = export(chosen.name, checkpoint, MODELS_FOLDER / "weights" / f"{chosen.name}.onnx", chosen.average_with)
    enter_in_registry(chosen.name, file, chosen.version)
    sys.stdout.write(f"{file}\n")


def _evaluate(chosen: argparse.Namespace) -> None:
    from models.training.evaluate import as_table, evaluate, riders_of_clips

    weights = load_weights(chosen.name, chosen.weights)
    table = as_table(evaluate(weights, chosen.work / chosen.name / "val"))
    if chosen.name == "heads" and chosen.footage:
        table += "\n" + riders_of_clips(weights, chosen.footage)
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
    "evaluate": _evaluate,
    "card": _card,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    parser.add_argument("command", choices=COMMANDS, help="in the order of need")
    parser.add_argument("name", choices=ROLES, help="the detector")
    add = parser.add_argument
    add("--data", default=os.environ.get(DATA_VARIABLE), help=f"folder of the data sets; {DATA_VARIABLE} names it too")
    add("--footage", type=Path, help="folder of clips; default: footage/ beside the data folder")
    add("--renders", type=Path, help="folder of rendered frames, made by `python -m sample_videos training`")
    add("--work", type=Path, default=Path("var/training"), help="where training sets and runs are written")
    add("--coco-teacher", type=Path, help="weights that label vehicles; default: yolov8n_coco.pt of the data folder")
    add("--plate-teacher", type=Path, help="YOLOv8 weights that find plates; default: our own")
    add("--start", type=Path, help="checkpoint to train from; default: yolov8n_coco.pt of the data folder")
    add("--run", help="name of the training run; default: NAME. The same name again resumes it")
    add("--epochs", type=int, help="default: the recipe's")
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
