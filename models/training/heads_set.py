"""The training set of the heads detector: rider crops of the shared sets, our labels before theirs, and of the clips.

A picture that `models/own_labels/heads.csv` lists has our boxes and no others. Pictures of roads and clip frames that
are listed give crops around their listed heads: people on foot among them, whose heads are bare more often than riders'.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.labels import LabelledBox
from models.training.dataset import DatasetWriter
from models.training.heads import (
    BARE_HEAD_REPEATS,
    RARE_BARE_HEAD_REPEATS,
    SMALLEST_CROP_PX,
    Crop,
    blanked,
    empty_bikes,
    head_crops,
    rider_boxes,
    roughened,
    unlabelled_persons,
)
from models.training.heads_exchange import Donor, donors_of, exchanged
from models.training.own_labels import OwnLabels, label_key, labelled_frames, read_own_labels
from models.training.sets import (
    KEPT_OUT_CLIPS,
    TRAINING_CLIPS,
    Picture,
    clip_frames,
    head_pictures,
    vehicle_pictures,
)
from models.training.sources import Sources
from models.training.squash import resized, stretched, true_shape
from models.training.teacher import teach
from models.training.teacher_cache import TeacherCache
from models.training.vehicles import merged_teachers

SEED = 2026
CLIP_TEACHER_SIZES_PX = (1280, 1920)
CLIP_REPEATS = 2
PERSON_CONFIDENCE = 0.35
EMPTY_BIKES_SHARE = 0.3  # of the pictures that we labelled: the same bikes stand there in every picture
# Street cameras: heads are exchanged among them. Photographs are too sharp and too near.
STREETS = ("lhht_A", "lhht_B1", "lhht_B2", "lhht_E", "lhht_F", "thai_gate", "vehicles", "riders", *TRAINING_CLIPS)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture with the heads to teach, the regions that cannot be told, and the teacher's raw boxes, in its pixels."""

    picture: Picture
    ignored: tuple[LabelledBox, ...]
    raw: list[LabelledBox]
    is_own: bool


def write_head_set(writer: DatasetWriter, sources: Sources) -> None:
    """Adds all pictures of the role `heads` to the set; rendered crops excepted."""
    rng = np.random.default_rng(SEED)
    street: list[Crop] = []
    donors: list[Donor] = []
    for labelled in labelled_head_pictures(sources):
        picture = labelled.picture
        for crop in _crops(labelled, rng):
            if picture.kept_out:
                writer.add(crop.name, crop.image, list(crop.boxes), kept_out=True)
                continue
            _add_rough(writer, crop, rng)
            if picture.scene in STREETS:
                donors += donors_of(crop)
                street += [crop] if crop.name.endswith("_0") else []
    for crop in street:
        if changed := exchanged(crop, donors, rng):
            _add_rough(writer, changed, rng)


def _add_rough(writer: DatasetWriter, crop: Crop, rng: np.random.Generator) -> None:
    image = roughened(crop.image, crop.native_px, rng, SMALLEST_CROP_PX)
    writer.add(crop.name, image, list(crop.boxes), kept_out=False)


def labelled_head_pictures(sources: Sources) -> Iterator[Labelled]:
    """All pictures and clip frames with heads to teach or to measure, each in its true shape."""
    own, cache = read_own_labels("heads"), sources.cache()
    for picture in _pictures(sources, own):
        labels = own.get(label_key(picture.key))
        if labels is None:
            shaped, raw = true_shape(picture, cache)
            yield Labelled(shaped, (), raw, is_own=False)
            continue
        shaped = replace(picture, image=resized(picture.image, labels.size_wh), boxes=labels.boxes)
        yield Labelled(shaped, labels.ignored, _raw_boxes(picture, labels, cache), is_own=True)


def _pictures(sources: Sources, own: dict[str, OwnLabels]) -> Iterator[Picture]:
    yield from head_pictures(sources.data)
    yield from (picture for picture in vehicle_pictures(sources.data) if label_key(picture.key) in own)
    for clip in (*TRAINING_CLIPS, *KEPT_OUT_CLIPS):
        frames = labelled_frames(own, clip)
        yield from clip_frames(sources.footage, clip, frames, kept_out=clip in KEPT_OUT_CLIPS)


def _raw_boxes(picture: Picture, labels: OwnLabels, cache: TeacherCache) -> list[LabelledBox]:
    """The teacher's boxes in pixels of the picture as we labelled it."""
    if picture.key.startswith("footage/"):
        stem = label_key(picture.key)
        return merged_teachers(*(cache.boxes(f"{stem}@{px}", picture.image, px) for px in CLIP_TEACHER_SIZES_PX))
    shaped, raw = true_shape(picture, cache)
    teacher_wh = (shaped.image.shape[1], shaped.image.shape[0])
    if teacher_wh == labels.size_wh:
        return raw
    return list(stretched(replace(shaped, boxes=tuple(raw)), labels.size_wh).boxes)


def _crops(labelled: Labelled, rng: np.random.Generator) -> Iterator[Crop]:
    """Crops around the riders of one picture; persons without a labelled head and what cannot be told are grey."""
    picture, taught = labelled.picture, teach(labelled.raw)
    persons = [box for box in labelled.raw if box.label == "person" and box.confidence > PERSON_CONFIDENCE]
    hidden = [*unlabelled_persons(picture.boxes, persons), *(box.xyxy for box in labelled.ignored)]
    image = blanked(picture.image, hidden, picture.boxes)
    bikes = [box for box in (*taught.vehicles, *taught.doubtful) if box.label in ("motorcycle", "bicycle")]
    riders = rider_boxes(picture.boxes, bikes)
    name, training = label_key(picture.key).replace("/", "-"), not picture.kept_out
    repeats = RARE_BARE_HEAD_REPEATS.get(picture.scene, BARE_HEAD_REPEATS)
    for copy in range(CLIP_REPEATS if training and picture.scene in TRAINING_CLIPS else 1):
        yield from head_crops(
            f"{name}_{copy}", image, picture.boxes, riders, rng, training=training, bare_repeats=repeats, rough=False
        )
    if training and labelled.is_own and Path(picture.key).parts[0] == "heads" and rng.random() < EMPTY_BIKES_SHARE:
        empty = empty_bikes(bikes, (*picture.boxes, *labelled.ignored), persons)[:2]
        yield from head_crops(f"{name}_empty", image, picture.boxes, empty, rng, training=True, rough=False)
