"""Rendered frames as training pictures: `images/`, `labels_vehicles/`, `labels_heads/`, `labels_plates/`, YOLO text.

Their labels are exact and complete. Whole scenes are kept out, by the scene number in the file name (`r1_0012_3.jpg`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.boxes import iou
from models.crops import Image, cut_square, plate_square_xyxy
from models.labels import LABELS, LabelledBox, read_yolo_txt
from models.metrics import MATCH_IOU
from models.training.heads import (
    SMALLEST_BIKE_PX,
    SMALLEST_CROP_PX,
    Crop,
    boxes_in_square,
    head_crops,
    jittered,
    roughened,
)
from models.training.plates import PLATES_SIZE_PX
from models.training.predict import Finder
from models.training.sets import DataFolderError, read_image

RENDERED_ROLES = ("vehicles", "heads", "plates")
KEPT_OUT_EVERY = 8
SMALLEST_PLATE_VEHICLE_PX = 80
SMALLEST_PLATE_PX = 9
MISREAD_REPEATS = 3
READ_CONFIDENCE = 0.25


@dataclass(frozen=True, slots=True)
class Render:
    """One rendered frame; boxes in its pixels."""

    name: str
    kept_out: bool
    image: Image
    vehicles: tuple[LabelledBox, ...]
    heads: tuple[LabelledBox, ...]
    plates: tuple[LabelledBox, ...]


def rendered(folder: Path) -> Iterator[Render]:
    """Frames in order of name. Raises `DataFolderError` when there are none."""
    files = sorted((folder / "images").glob("*.jpg"))
    if not files:
        raise DataFolderError("no rendered frames in `images/`", where=str(folder), remedy="Leave --renders out.")
    for path in files:
        labels = [folder / f"labels_{role}" / f"{path.stem}.txt" for role in RENDERED_ROLES]
        if not all(file.exists() for file in labels):  # the renderer is still writing this one
            continue
        image = read_image(path)
        wh = (image.shape[1], image.shape[0])
        vehicles, heads, plates = (
            tuple(read_yolo_txt(file, wh, LABELS[role])) for file, role in zip(labels, RENDERED_ROLES, strict=True)
        )
        scene = int(path.stem.split("_")[1])
        yield Render(f"render_{path.stem}", scene % KEPT_OUT_EVERY == 0, image, vehicles, heads, plates)


def render_head_crops(render: Render, rng: np.random.Generator, reader: Finder | None = None) -> Iterator[Crop]:
    """Rider crops of one frame; a bike nobody sits on gives an empty crop.

    Crops to train on in which the `reader`, the heads detector that is to be made better, misreads a head come
    `MISREAD_REPEATS` times, each roughened anew.
    """
    bikes = [box.xyxy for box in render.vehicles if box.label == "motorcycle" and box.height >= SMALLEST_BIKE_PX]
    training = not render.kept_out
    for crop in head_crops(render.name, render.image, render.heads, bikes, rng, training=training, rough=False):
        if not training:
            yield crop
            continue
        for again in range(MISREAD_REPEATS if reader and misread(crop, reader.boxes(crop.image)) else 1):
            image = roughened(crop.image, crop.native_px, rng, SMALLEST_CROP_PX)
            yield replace(crop, name=f"{crop.name}_{again}", image=image)


def misread(crop: Crop, found: Sequence[LabelledBox]) -> bool:
    """Whether a head of the crop is found as the other kind, or not at all."""
    for head in crop.boxes:
        same = [box for box in found if box.confidence >= READ_CONFIDENCE and iou(box.xyxy, head.xyxy) >= MATCH_IOU]
        if not same or max(same, key=lambda box: box.confidence).label != head.label:
            return True
    return False


def render_plate_crops(render: Render, rng: np.random.Generator) -> Iterator[Crop]:
    """Vehicle crops of one frame, with and without a plate to see."""
    for number, vehicle in enumerate(render.vehicles):
        if max(vehicle.width, vehicle.height) < SMALLEST_PLATE_VEHICLE_PX or vehicle.label == "bicycle":
            continue
        square = plate_square_xyxy(vehicle.xyxy if render.kept_out else jittered(vehicle.xyxy, rng))
        inside = boxes_in_square(render.plates, square, PLATES_SIZE_PX, 0.5)
        if any(box.width < SMALLEST_PLATE_PX for box in inside):
            continue
        crop = cut_square(render.image, square, PLATES_SIZE_PX)
        if not render.kept_out:
            crop = roughened(crop, square[2] - square[0], rng, 90)
        yield Crop(f"{render.name}_{number}", crop, tuple(inside))
