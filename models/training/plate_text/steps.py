"""The steps of the role `plate_text`. There is nothing to prepare: samples are drawn while it trains."""

from pathlib import Path

from models.training.export import enter_int8_in_registry
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


def quantise(options: Options, target: Path) -> Path:
    """The ONNX file in 8-bit integers beside it, entered in the registry."""
    from models.training.plate_text.quantise import quantise as quantise_plate_text  # needs nncf, as no other step does

    file = quantise_plate_text(target, target.with_name(f"{options.name}_int8.onnx"), options.data_folder)
    enter_int8_in_registry(options.name, file)
    return file
