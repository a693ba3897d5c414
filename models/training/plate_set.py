"""The training set of the plates detector: what we labelled by eye, gate pictures, and plates hung on vehicles.

Pictures of roads come from `models/own_labels/plates.csv` alone: on them the teachers that we know see one plate in five,
and a plate that the teacher misses would be taught as none. Vehicles come from `models/own_labels/vehicles.csv`.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, takewhile

import numpy as np

from models.boxes import share_inside
from models.crops import cut_square, plate_square_xyxy
from models.errors import UserError
from models.labels import LabelledBox
from models.training.dataset import DatasetWriter
from models.training.heads import Crop, blanked, boxes_in_square, jittered
from models.training.own_labels import OwnLabels, label_key, labelled_frames, read_own_labels
from models.training.plate_views import Bare, from_above, pasted_crops, seen_from_farther
from models.training.plates import PLATES_SIZE_PX, load_plate_teacher, scene_crops
from models.training.sets import (
    KEPT_OUT_CLIPS,
    TRAINING_CLIPS,
    Picture,
    clip_frames,
    head_pictures,
    vehicle_pictures,
)
from models.training.sources import Sources
from models.training.squash import resized

SEED = 2026
SMALLEST_MOTORCYCLE_PX = 75  # of the longer side: the plates of smaller ones are hardly 6 px high
SMALLEST_VEHICLE_PX = 90
VIEWS_WITH_PLATE = 2  # of each vehicle: the second one from above
SCENE_VIEWS = 1
PASTED_PLATES = 250
HIDDEN_SHARE = 0.5  # of a vehicle that cannot be told: nothing is learnt from it


def write_plate_set(writer: DatasetWriter, sources: Sources) -> None:
    """Adds all pictures of the role `plates` to the set; rendered crops excepted."""
    rng = np.random.default_rng(SEED)
    bare: list[Bare] = []
    for picture, labels, vehicles in _labelled(sources):
        for vehicle, crop in vehicle_crops(picture, labels, vehicles, rng):
            if picture.kept_out:
                writer.add(crop.name, crop.image, list(crop.boxes), kept_out=True)
                continue
            if not crop.boxes:
                bare.append(Bare(crop.image, vehicle.label))
            _add_views(writer, crop, VIEWS_WITH_PLATE if crop.boxes else 1, rng)
    teacher = load_plate_teacher(sources.plate_teacher)
    for crop, kept_out in scene_crops(sources.data / "plates/scenes", teacher, rng):
        if kept_out:
            writer.add(crop.name, crop.image, list(crop.boxes), kept_out=True)
        else:
            _add_views(writer, crop, SCENE_VIEWS, rng)
    for crop in pasted_crops(sources.data / "plates/crops", bare, rng, PASTED_PLATES):
        _add_views(writer, crop, 1, rng)


def vehicle_crops(
    picture: Picture, labels: OwnLabels, vehicles: OwnLabels, rng: np.random.Generator
) -> Iterator[tuple[LabelledBox, Crop]]:
    """(vehicle, the square around it) for each vehicle large enough to show its plate; what cannot be told is grey.

    `picture.image` has the size of the labels. Squares of training pictures are jittered, others exact.
    """
    image = blanked(picture.image, [box.xyxy for box in labels.ignored], labels.boxes)
    name = label_key(picture.key).replace("/", "-")
    for number, vehicle in enumerate(vehicles.boxes):
        if not shows_plates(vehicle) or _hidden(vehicle, labels.ignored):
            continue
        square = plate_square_xyxy(vehicle.xyxy if picture.kept_out else jittered(vehicle.xyxy, rng))
        inside = tuple(boxes_in_square(labels.boxes, square, PLATES_SIZE_PX, 0.5))
        yield (
            vehicle,
            Crop(f"{name}_{number}", cut_square(image, square, PLATES_SIZE_PX), inside, square[2] - square[0]),
        )


def shows_plates(vehicle: LabelledBox) -> bool:
    """Whether the vehicle is of a kind and size that we labelled the plates of."""
    smallest = SMALLEST_MOTORCYCLE_PX if vehicle.label == "motorcycle" else SMALLEST_VEHICLE_PX
    return vehicle.label != "bicycle" and max(vehicle.width, vehicle.height) >= smallest


def _hidden(vehicle: LabelledBox, ignored: tuple[LabelledBox, ...]) -> bool:
    return any(share_inside(vehicle.xyxy, region.xyxy) > HIDDEN_SHARE for region in ignored)


def _add_views(writer: DatasetWriter, crop: Crop, views: int, rng: np.random.Generator) -> None:
    for view in range(views):
        seen = seen_from_farther(from_above(crop, rng) if view % 2 else crop, rng)
        writer.add(f"{crop.name}_{view}", seen.image, list(seen.boxes), kept_out=False)


def _labelled(sources: Sources) -> Iterator[tuple[Picture, OwnLabels, OwnLabels]]:
    """(picture in the size of our labels, its plates, its vehicles)."""
    plates, vehicles = read_own_labels("plates"), read_own_labels("vehicles")
    for picture in _pictures(sources, plates):
        stem = label_key(picture.key)
        if stem not in vehicles or vehicles[stem].size_wh != plates[stem].size_wh:
            remedy = "Label them in models/own_labels/vehicles.csv, in the same size."
            raise UserError("plates are labelled here, vehicles are not", where=picture.key, remedy=remedy)
        yield replace(picture, image=resized(picture.image, plates[stem].size_wh)), plates[stem], vehicles[stem]


def _pictures(sources: Sources, own: dict[str, OwnLabels]) -> Iterator[Picture]:
    roads = takewhile(lambda picture: picture.scene == "vehicles", vehicle_pictures(sources.data))
    streets = takewhile(lambda picture: picture.scene.startswith("lhht_"), head_pictures(sources.data))
    yield from (picture for picture in chain(roads, streets) if label_key(picture.key) in own)
    for clip in (*TRAINING_CLIPS, *KEPT_OUT_CLIPS):
        frames = labelled_frames(own, clip)
        yield from clip_frames(sources.footage, clip, frames, kept_out=clip in KEPT_OUT_CLIPS)
