"""Gate and street pictures with plates for the plates detector, and the teacher that labels those without drawn boxes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from models.crops import Box, Image, cut_square
from models.labels import LABELS, SET_LABELS, LabelledBox, read_yolo_txt
from models.registry import load_weights
from models.training.heads import Crop, boxes_in_square
from models.training.predict import Detector
from models.training.sets import read_image
from models.training.teacher import load_yolo

PLATES_SIZE_PX = 320
TEACHER_SIZE_PX = 640
SURE_CONFIDENCE = 0.40
NOTHING_CONFIDENCE = 0.08
WIDTH_SHARES = (0.04, 0.45)  # of the picture: anything else is no plate
ASPECTS = (0.7, 6.0)
KEPT_OUT_SIZE_SHARE = 0.7
AS_OF_VEHICLE_SHARE = 0.5  # of the training pictures
PLATE_SHARES = (0.08, 0.42)  # of the square around a vehicle: the width of its plate

# Gate pictures of the motorbike camera are kept out; the same camera's unlabelled pictures are not used at all.
KEPT_OUT_SCENES = range(133, 347)

PlateTeacher = Callable[[Image], list[LabelledBox]]
"""Boxes of a picture (H, W, 3) BGR in its pixels, doubtful ones too."""


def load_plate_teacher(weights: Path | None) -> PlateTeacher:
    """A YOLO plate detector that ultralytics loads, or our published weights where none is given."""
    if weights is None:
        ours = load_weights("plates")
        return Detector(ours.path, ours.labels, ours.input_size_wh).boxes
    model = load_yolo(weights)

    def boxes(image: Image) -> list[LabelledBox]:
        result = model.predict(image, imgsz=TEACHER_SIZE_PX, conf=NOTHING_CONFIDENCE, iou=0.4, verbose=False)[0]
        found = zip(result.boxes.xyxy.tolist(), result.boxes.conf.tolist(), strict=True)
        return [LabelledBox(LABELS["plates"][0], tuple(xyxy), confidence) for xyxy, confidence in found]

    return boxes


def taught_plates(teacher: PlateTeacher, image: Image) -> tuple[list[LabelledBox], bool]:
    """(sure plates, whether the teacher hesitated over something else) in pixels of the image (H, W, 3)."""
    plates, hesitated = [], False
    for box in teacher(image):
        if box.confidence < NOTHING_CONFIDENCE:
            continue
        plausible = ASPECTS[0] <= box.width / max(box.height, 1.0) <= ASPECTS[1]
        plausible = plausible and WIDTH_SHARES[0] <= box.width / image.shape[1] <= WIDTH_SHARES[1]
        if plausible and box.confidence >= SURE_CONFIDENCE:
            plates.append(box)
        else:
            hesitated = True
    return plates, hesitated


def scene_crops(scenes: Path, teacher: PlateTeacher, rng: np.random.Generator) -> Iterator[tuple[Crop, bool]]:
    """(crop, kept out) from gate and street pictures.

    Half of the training pictures are cut around a plate as the square around its vehicle would be; the others are
    shrunk onto grey, as all kept-out ones: plates that are small in their square.
    """
    for path in sorted(scenes.glob("*.jpg"), key=scene_number):
        kept_out, labels = scene_number(path) in KEPT_OUT_SCENES, path.with_suffix(".txt")
        if kept_out and not labels.exists():
            continue
        image = read_image(path)
        height, width = image.shape[:2]
        if labels.exists():
            plates = read_yolo_txt(labels, (width, height), SET_LABELS["plates"])
        else:
            plates, hesitated = taught_plates(teacher, image)
            if hesitated or not plates:
                continue
        if plates and not kept_out and rng.random() < AS_OF_VEHICLE_SHARE:
            square = _square_as_of_vehicle(plates[int(rng.integers(len(plates)))], rng)
        else:
            share = KEPT_OUT_SIZE_SHARE if kept_out else rng.uniform(0.4, 1.0)
            square = _square_with_picture_at(width, height, share, rng)
        inside = tuple(boxes_in_square(tuple(plates), square, PLATES_SIZE_PX, 0.5))
        image = cut_square(image, square, PLATES_SIZE_PX)
        yield Crop(f"scene_{path.stem}", image, inside, square[2] - square[0]), kept_out


def scene_number(path: Path) -> int:
    """The number in the name of a picture of plates/scenes: neighbours are one camera."""
    return int(path.stem.removeprefix("img"))


def _square_with_picture_at(width: int, height: int, share: float, rng: np.random.Generator) -> Box:
    side = max(width, height) / share
    left = -rng.uniform(0, side - width) if side > width else 0.0
    top = -rng.uniform(0, side - height) if side > height else 0.0
    return left, top, left + side, top + side


def _square_as_of_vehicle(plate: LabelledBox, rng: np.random.Generator) -> Box:
    """A square in which the plate hangs as on a vehicle: near the middle, in the lower half."""
    side = plate.width / rng.uniform(*PLATE_SHARES)
    (x, y), across, down = plate.centre, rng.uniform(0.35, 0.65), rng.uniform(0.45, 0.85)
    return x - across * side, y - down * side, x + (1 - across) * side, y + (1 - down) * side
