"""The steps of the roles that are YOLOv8 detectors: vehicles, heads, plates."""

from pathlib import Path

from models.registry import load_weights
from models.training import evaluate as evaluation
from models.training.export import enter_int8_in_registry
from models.training.export import export as export_detector
from models.training.options import Options
from models.training.prepare import prepare as prepare_detector
from models.training.sources import sources_of
from models.training.train import recipe_of
from models.training.train import train as train_detector


def prepare(options: Options) -> dict[str, int]:
    """Makes the training set anew; what is in it."""
    return dict(prepare_detector(options.name, sources_of(options)).counts)


def train(options: Options) -> Path:
    """Trains or goes on; the checkpoint."""
    start = options.start or (options.data or Path()) / "weights/yolov8n_coco.pt"
    recipe = recipe_of(options.name, options.epochs, options.size, options.learning_rate)
    return train_detector(options.name, options.work, start, options.run or options.name, recipe)


def export(options: Options, target: Path) -> Path:
    """The checkpoint as ONNX."""
    checkpoint = options.checkpoint or options.run_folder / "weights/best.pt"
    return export_detector(options.name, checkpoint, target, options.average_with)


def quantise(options: Options, target: Path) -> Path:
    """The ONNX file in 8-bit integers beside it, entered in the registry."""
    from models.training.quantise import quantise as quantise_detector  # needs nncf, which no other step does

    int8 = target.with_name(f"{options.name}_int8.onnx")
    file = quantise_detector(options.name, target, int8, options.data_folder, options.footage_folder)
    enter_int8_in_registry(options.name, file)
    return file


def evaluate(options: Options) -> str:
    """Scores on what was kept out, as a Markdown table."""
    weights = load_weights(options.name, options.weights)
    table = evaluation.as_table(evaluation.evaluate(weights, options.work / options.name / "val", options.weights))
    if options.name == "heads" and options.footage:
        table += "\n" + evaluation.riders_of_clips(weights, options.footage, options.weights)
    return table
