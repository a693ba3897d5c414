"""The training set of the vehicles detector: what we labelled by eye, then what the teacher labels, then renders.

A picture that `models/own_labels/vehicles.csv` lists has our boxes and no others. Cameras that are kept out are measured on
those pictures alone: a teacher's boxes are no truth.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from models.training.dataset import DatasetWriter
from models.training.own_labels import OwnLabels, label_key, labelled_frames, read_own_labels
from models.training.renders import rendered
from models.training.sets import (
    KEPT_OUT_CLIPS,
    TRAINING_CLIPS,
    DataFolderError,
    Picture,
    clip_frames,
    head_pictures,
    vehicle_pictures,
)
from models.training.sources import Sources
from models.training.squash import resized, true_shape
from models.training.teacher import teach
from models.training.teacher_cache import TeacherCache
from models.training.vehicles import Completed, completed, greyed, with_labelled_riders
from models.training.weather import weathered

SEED = 2026
# Sets of which we labelled nothing, and how many of their pictures the teacher labels: one in so many, since neighbours
# are nearly the same picture. Of the photographs, which show no roads, only those with bicycles: they are rare elsewhere.
TAUGHT_ONE_IN = {"riders": 4, "thai_gate": 4, "web_voc": 3}
PHOTOGRAPHS = "web_voc"
WEATHERED_SHARE = 0.35  # of our pictures come a second time, made worse
RENDERED_FRAMES = 160


def write_vehicle_set(writer: DatasetWriter, sources: Sources) -> None:
    """Adds all pictures of the role `vehicles` to the set."""
    rng, own, cache = np.random.default_rng(SEED), read_own_labels("vehicles"), sources.cache()
    seen: set[str] = set()
    for picture in _pictures(sources, own):
        name = _name(picture.key)
        if labels := own.get(label_key(picture.key)):
            seen.add(label_key(picture.key))
            _add_own(writer, name, picture, labels, rng)
        elif not picture.kept_out:
            _add_taught(writer, name, picture, cache)
    if missing := sorted(set(own) - seen):
        remedy = "Fetch the data folder again, or remove their rows from models/own_labels/vehicles.csv."
        raise DataFolderError(
            f"{len(missing)} labelled pictures are missing, first `{missing[0]}`",
            where=str(sources.data),
            remedy=remedy,
        )
    if sources.renders:
        for render in islice(rendered(sources.renders), RENDERED_FRAMES):
            writer.add(render.name, render.image, list(render.vehicles), kept_out=render.kept_out)


def _name(key: str) -> str:
    return label_key(key).replace("/", "-")


def _pictures(sources: Sources, own: dict[str, OwnLabels]) -> Iterator[Picture]:
    """Every picture that we labelled, and of the other sets those that the teacher labels."""
    for index, picture in enumerate((*vehicle_pictures(sources.data), *head_pictures(sources.data))):
        one_in = TAUGHT_ONE_IN.get(picture.scene)
        if label_key(picture.key) in own or (one_in and index % one_in == 0):
            yield picture
    for clip in (*TRAINING_CLIPS, *KEPT_OUT_CLIPS):
        frames = labelled_frames(own, clip)
        yield from clip_frames(sources.footage, clip, frames, kept_out=clip in KEPT_OUT_CLIPS)


def _add_own(writer: DatasetWriter, name: str, picture: Picture, labels: OwnLabels, rng: np.random.Generator) -> None:
    scene = Completed(labels.boxes, labels.ignored)
    image = greyed(resized(picture.image, labels.size_wh), scene)
    boxes = list(labels.boxes)
    writer.add(name, image, boxes, kept_out=picture.kept_out)
    if not picture.kept_out and rng.random() < WEATHERED_SHARE:
        writer.add(f"{name}_weathered", weathered(image, rng), boxes, kept_out=False)


def _add_taught(writer: DatasetWriter, name: str, original: Picture, cache: TeacherCache) -> None:
    picture, raw = true_shape(original, cache)
    taught = teach(raw)
    if picture.scene == PHOTOGRAPHS and not any(
        box.label == "bicycle" and box.confidence > 0.5 for box in taught.vehicles
    ):
        return
    drawn = list(picture.boxes) if picture.scene == "riders" else []
    scene = completed(drawn, taught if drawn else with_labelled_riders(picture.boxes, taught))
    writer.add(name, greyed(picture.image, scene), list(scene.vehicles), kept_out=False)
