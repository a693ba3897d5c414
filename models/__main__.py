"""`python -m models prepare|train|evaluate|export|quantise|card NAME`: how the weights are made. Needs the extra `train`."""

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
LAMPS = "lamps"  # the one role that is no detector: it has steps of its own


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
    from models.training.lamp_set import prepare_lamps
    from models.training.prepare import prepare
    from models.training.sources import Sources

    data = _data_folder(chosen)
    sources = Sources(
        data=data,
        footage=chosen.footage or data.parent / "footage",
        work=chosen.work,
        coco_teacher=chosen.coco_teacher or data / "weights/yolov8n_coco.pt",
        plate_teacher=chosen.plate_teacher,
        renders=chosen.renders,
    )
    counts = prepare_lamps(sources) if chosen.name == LAMPS else prepare(chosen.name, sources).counts
    for what, count in sorted(counts.items()):
        sys.stdout.write(f"{what}: {count}\n")


def _data_folder(chosen: argparse.Namespace) -> Path:
    if chosen.data is None:
        raise UserError("no data folder", remedy=f"Give it with --data, or in the variable {DATA_VARIABLE}.")
    return Path(chosen.data)


def _train(chosen: argparse.Namespace) -> None:
    if chosen.name == LAMPS:
        from models.training.lamp_net import train_lamps

        sys.stdout.write(f"{train_lamps(chosen.work, chosen.run or LAMPS, chosen.epochs, chosen.start)}\n")
        return
    from models.training.train import recipe_of, train

    start = chosen.start or Path(chosen.data or ".") / "weights/yolov8n_coco.pt"
    recipe = recipe_of(chosen.name, chosen.epochs, chosen.size, chosen.learning_rate)
    best = train(chosen.name, chosen.work, start, chosen.run or chosen.name, recipe)
    sys.stdout.write(f"{best}\n")


def _export(chosen: argparse.Namespace) -> None:
    from models.training.export import enter_in_registry, export

    run, target = chosen.work / "runs" / (chosen.run or chosen.name), MODELS_FOLDER / f"weights/{chosen.name}.onnx"
    if chosen.name == LAMPS:
        from models.training.lamp_export import export_lamps

        file = export_lamps(chosen.checkpoint or run / "last.pt", target, chosen.work)
    else:
        file = export(chosen.name, chosen.checkpoint or run / "weights/best.pt", target, chosen.average_with)
    enter_in_registry(chosen.name, file, chosen.version)
    sys.stdout.write(f"{file}\n")


def _quantise(chosen: argparse.Namespace) -> None:
    from models.training.export import enter_int8_in_registry
    from models.training.quantise import quantise

    data, folder = _data_folder(chosen), MODELS_FOLDER / "weights"
    source, target = folder / f"{chosen.name}.onnx", folder / f"{chosen.name}_int8.onnx"
    file = quantise(chosen.name, source, target, data, chosen.footage or data.parent / "footage")
    enter_int8_in_registry(chosen.name, file)
    sys.stdout.write(f"{file}\n")


def _evaluate(chosen: argparse.Namespace) -> None:
    from models.training.evaluate import as_table, evaluate, riders_of_clips

    weights = load_weights(chosen.name, chosen.weights)
    if chosen.name == LAMPS:
        from models.training.lamp_export import evaluate_lamps

        table = evaluate_lamps(weights, chosen.work)
    else:
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
    "quantise": _quantise,
    "evaluate": _evaluate,
    "card": _card,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    parser.add_argument("command", choices=COMMANDS, help="in the order of need")
    parser.add_argument("name", choices=ROLES, help="prepare vehicles before plates: plates are cut from its pictures")
    add = parser.add_argument
    add("--data", default=os.environ.get(DATA_VARIABLE), help=f"folder of the data sets; {DATA_VARIABLE} names it too")
    add("--footage", type=Path, help="folder of clips; default: footage/ beside the data folder")
    add("--renders", type=Path, help="folder of rendered frames, made by `python -m sample_videos training`")
    add("--work", type=Path, default=Path("var/training"), help="where training sets and runs are written")
    add("--coco-teacher", type=Path, help="weights that label vehicles; default: yolov8n_coco.pt of the data folder")
    add("--plate-teacher", type=Path, default=Path("plate_teacher.pt"), help="YOLOv8 weights that find plates")
    add(
        "--start",
        type=Path,
        help="checkpoint to train from; default: yolov8n_coco.pt of the data folder, for lamps none",
    )
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
