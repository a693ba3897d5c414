"""The steps of the role `lamps`."""

from pathlib import Path

from models.registry import load_weights
from models.training.lamps.export import evaluate_lamps, export_lamps
from models.training.lamps.net import train_lamps
from models.training.lamps.set import prepare_lamps
from models.training.options import Options
from models.training.sources import sources_of


def prepare(options: Options) -> dict[str, int]:
    """Makes the training set anew; what is in it."""
    return prepare_lamps(sources_of(options))


def train(options: Options) -> Path:
    """Trains or goes on; the checkpoint."""
    return train_lamps(options.work, options.run or options.name, options.epochs, options.start)


def export(options: Options, target: Path) -> Path:
    """The checkpoint as ONNX, calibrated."""
    return export_lamps(options.checkpoint or options.run_folder / "last.pt", target, options.work)


def evaluate(options: Options) -> str:
    """Scores on what was kept out, as a Markdown table."""
    return evaluate_lamps(load_weights(options.name, options.weights), options.work)
