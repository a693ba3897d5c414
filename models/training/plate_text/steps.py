"""The steps of the role `plate_text`. There is nothing to prepare: samples are drawn while it trains."""

from pathlib import Path

from models.training.options import Options
from models.training.plate_text.export import export as export_plate_text
from models.training.plate_text.train import train as train_plate_text


def train(options: Options) -> Path:
    """Trains or goes on; the checkpoint."""
    return train_plate_text(
        options.data_folder, options.run_folder, options.steps, options.learning_rate, options.start
    )


def export(options: Options, target: Path) -> Path:
    """The checkpoint as ONNX, calibrated."""
    return export_plate_text(options.data_folder, options.checkpoint or options.run_folder / "last.pt", target)
