"""Rendered frames as training pictures: `images/`, `labels_vehicles/`, `labels_heads/`, `labels_plates/`, YOLO text.

Their labels are exact and complete. Whole scenes are kept out, by the scene number in the file name (`r1_0012_3.jpg`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.crops import Image, cut_square, plate_square_xyxy
from models.labels import LABELS, LabelledBox, read_yolo_txt
from models.training.heads import Crop, boxes_in_square, head_crops, jittered, roughened
from models.training.plates import PLATES_SIZE_PX
from models.training.sets import DataFolderError, read_image

RENDERED_ROLES = ("vehicles", "heads", "plates")
KEPT_OUT_EVERY = 8
SMALLEST_PLATE_VEHICLE_PX = 80
SMALLEST_PLATE_PX = 9


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


def render_head_crops(render: Render, rng: np.random.Generator) -> Iterator[Crop]:
    """Rider crops of one frame; a bike nobody sits on gives an empty crop."""
    bikes = [box for box in render.vehicles if box.label == "motorcycle" and box.height >= 40]
    yield from head_crops(
        render.name, render.image, render.heads, [box.xyxy for box in bikes], rng, training=not render.kept_out
    )


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
