"""The steps of the role `head_look`."""

from pathlib import Path

from models.registry import load_weights
from models.training.head_look.export import evaluate_head_look, export_head_look
from models.training.head_look.net import train_head_look
from models.training.head_look.set import prepare_head_looks
from models.training.options import Options
from models.training.sources import sources_of


def prepare(options: Options) -> dict[str, int]:
    """Makes the training set anew; what is in it."""
    return prepare_head_looks(sources_of(options))


def train(options: Options) -> Path:
    """Trains or goes on; the checkpoint."""
    return train_head_look(options.work, options.run or options.name, options.epochs, options.start)


def export(options: Options, target: Path) -> Path:
    """The checkpoint as ONNX, calibrated."""
    return export_head_look(options.checkpoint or options.run_folder / "last.pt", target, options.work)


def evaluate(options: Options) -> str:
    """Scores on what was kept out, as a Markdown table."""
    return evaluate_head_look(load_weights(options.name, options.weights), options.work)
