"""`python -m models evaluate NAME`: measures a role's ONNX weights on what was never trained on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.errors import UserError
from models.labels import LABELS, read_yolo_txt
from models.metrics import Compared, Score, scores
from models.registry import Weights, load_weights
from models.training import clip_truth
from models.training.predict import Detector, Finder, TwiceLooked
from models.training.sets import read_image

# File name beginnings of the validation set, and what they stand for.
PARTS = {
    "vehicles": {
        "vehicles-": "Vietnamese road pictures, two kept-out cameras (labelled by eye)",
        "footage-ly_thuong": "clip ly_thuong_kiet_6fps, kept out (labelled by eye)",
        "footage-hai_phong": "clip hai_phong_junction, kept out (labelled by eye)",
        "footage-market": "clip market_street, kept out (labelled by eye)",
        "heads-lhht": "LHHT scene C, an overpass, kept out (labelled by eye)",
        "render_": "rendered frames of kept-out scenes",
    },
    "heads": {
        "heads-lhht": "LHHT scene C, an overpass in Vietnam, kept out",
        "heads-thai": "gate camera in Thailand, later recordings (the camera was trained on)",
        "heads-web": "web photographs",
        "footage-": "clips of three Vietnamese junctions and streets, kept out",
        "render_": "rendered frames of kept-out scenes",
    },
    "plates": {
        "vehicles-": "Vietnamese road pictures, two kept-out cameras (labelled by eye)",
        "footage-ly_thuong": "clip ly_thuong_kiet_6fps, kept out (labelled by eye)",
        "footage-hai_phong": "clip hai_phong_junction, kept out (labelled by eye)",
        "footage-market": "clip market_street, kept out (labelled by eye)",
        "heads-lhht": "LHHT scene C, an overpass, kept out (labelled by eye)",
        "scene_": "gate camera for motorbikes, kept out (drawn boxes, two-line plates)",
        "render_": "rendered frames of kept-out scenes",
    },
}
OPERATING_CONFIDENCE = {"vehicles": 0.35, "heads": 0.35, "plates": 0.25}


class EvaluationError(UserError):
    """There is nothing to measure on."""


@dataclass(frozen=True, slots=True)
class PartScores:
    """The scores of one part of the kept-out pictures."""

    part: str
    pictures: int
    scores: tuple[Score, ...]


def finder(weights: Weights, overrides: Path | None = None) -> Finder:
    """What finds a role's boxes as the product does: heads are looked at twice. `overrides`: a user's own weights."""
    detector = Detector(weights.path, weights.labels, weights.input_size_wh)
    return TwiceLooked(detector, load_weights("head_look", overrides)) if weights.role == "heads" else detector


def evaluate(weights: Weights, validation: Path, overrides: Path | None = None) -> list[PartScores]:
    """Scores of each part of `validation` (a folder with images/ and labels/) for verified weights."""
    files = sorted((validation / "images").glob("*.jpg"))
    if not files:
        remedy = f"Run `python -m models prepare {weights.role}` first."
        raise EvaluationError("no kept-out pictures", where=str(validation), remedy=remedy)
    detector = finder(weights, overrides)
    measured = []
    for beginning, meaning in PARTS[weights.role].items():
        part = [file for file in files if file.name.startswith(beginning)]
        if part:
            measured.append(_part_scores(meaning, list(_compared(part, weights.role, detector)), weights.role))
    return measured


def _compared(files: list[Path], role: str, detector: Finder) -> Iterator[Compared]:
    for file in files:
        image = read_image(file)
        labels = file.parent.parent / "labels" / f"{file.stem}.txt"
        true = read_yolo_txt(labels, (image.shape[1], image.shape[0]), LABELS[role])
        yield Compared(tuple(detector.boxes(image)), tuple(true))


def _part_scores(meaning: str, pictures: list[Compared], role: str) -> PartScores:
    return PartScores(meaning, len(pictures), tuple(scores(pictures, LABELS[role], OPERATING_CONFIDENCE[role])))


def riders_of_clips(weights: Weights, footage: Path, overrides: Path | None = None) -> str:
    """The heads detector against the truth files of the clips, as a Markdown table."""
    return clip_truth.as_table(clip_truth.helmets_against_truth(footage, finder(weights, overrides)))


def as_table(measured: list[PartScores]) -> str:
    """The scores as a Markdown table, labels that a part lacks left out."""
    lines = ["| measured on | label | boxes | AP50 | precision | recall |", "| --- | --- | --: | --: | --: | --: |"]
    for part in measured:
        for score in part.scores:
            if score.boxes:
                figures = f"{score.ap50:.3f} | {score.precision:.3f} | {score.recall:.3f}"
                lines.append(f"| {part.part}, {part.pictures} pictures | {score.label} | {score.boxes} | {figures} |")
    return "\n".join(lines) + "\n"
