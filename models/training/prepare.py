"""`python -m models prepare NAME`: makes the training set of a role from the data folder, footage and renders."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from models.crops import Image
from models.training.dataset import DatasetWriter
from models.training.heads import Crop, picture_crops
from models.training.plates import pasted_crops, scene_crops, vehicle_crops
from models.training.renders import Render, render_head_crops, render_plate_crops, rendered
from models.training.sets import (
    KEPT_OUT_CLIPS,
    TRAINING_CLIPS,
    Picture,
    clip_pictures,
    head_pictures,
    vehicle_pictures,
)
from models.training.squash import true_shape
from models.training.teacher import load_yolo, teach
from models.training.teacher_cache import TeacherCache
from models.training.vehicles import Completed, completed, greyed, merged_teachers, with_labelled_riders

SEED = 2026
HEAD_SCENES_WITHOUT_ROADS = ("web_voc", "lhht_G", "lhht_H")
HEAD_PICTURES_EVERY = 3  # neighbours are nearly the same picture
TEACHER_SIZES_PX = (1280, 1920)
RENDERED_VEHICLE_FRAMES = 260
RENDERED_SHARE = 0.4  # rendered crops for each real one
PASTED_PLATES = 160
KEPT_OUT_SHARE = 8  # one rendered crop in eight is kept out


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders that training data comes from, and `work`, where everything made lies.

    `coco_teacher` and `plate_teacher` are weights that ultralytics loads (.pt, or an exported OpenVINO folder).
    """

    data: Path
    footage: Path
    work: Path
    coco_teacher: Path
    plate_teacher: Path
    renders: Path | None = None

    def cache(self) -> TeacherCache:
        """The COCO teacher's boxes, kept in the work folder."""
        return TeacherCache(self.work / "coco.jsonl", self.coco_teacher)


def prepare(role: str, sources: Sources) -> DatasetWriter:
    """Makes `work/ROLE` anew; the writer's `counts` say what is in it."""
    makers: dict[str, Callable[[DatasetWriter, Sources], None]] = {
        "vehicles": _vehicles,
        "heads": _heads,
        "plates": _plates,
    }
    writer = DatasetWriter(sources.work / role, role)
    makers[role](writer, sources)
    writer.finish()
    return writer


def _add_scene(writer: DatasetWriter, picture: Picture, scene: Completed) -> None:
    name = picture.key.replace("/", "-").rsplit(".", 1)[0]
    writer.add(name, greyed(picture.image, scene), list(scene.vehicles), kept_out=picture.kept_out)


def _vehicles(writer: DatasetWriter, sources: Sources) -> None:
    cache = sources.cache()
    for original in vehicle_pictures(sources.data):
        picture, raw = true_shape(original, cache)
        _add_scene(writer, picture, completed(list(picture.boxes), teach(raw)))
    for index, original in enumerate(
        p for p in head_pictures(sources.data) if p.scene not in HEAD_SCENES_WITHOUT_ROADS
    ):
        if original.kept_out or index % HEAD_PICTURES_EVERY:
            continue
        picture, raw = true_shape(original, cache)
        _add_scene(writer, picture, completed([], with_labelled_riders(picture.boxes, teach(raw))))
    for clips, every_s, kept_out in ((TRAINING_CLIPS, 0.25, False), (KEPT_OUT_CLIPS, 1.0, True)):
        for picture in clip_pictures(sources.footage, clips, every_s=every_s, kept_out=kept_out):
            raw = merged_teachers(*(cache.boxes(f"{picture.key}@{px}", picture.image, px) for px in TEACHER_SIZES_PX))
            _add_scene(writer, picture, completed([], teach(raw)))
    if sources.renders:
        for render in islice(rendered(sources.renders), RENDERED_VEHICLE_FRAMES):
            writer.add(render.name, render.image, list(render.vehicles), kept_out=render.kept_out)


def _heads(writer: DatasetWriter, sources: Sources) -> None:
    rng, cache = np.random.default_rng(SEED), sources.cache()
    for original in head_pictures(sources.data):
        picture, raw = true_shape(original, cache)
        persons = [box for box in raw if box.label == "person" and box.confidence > 0.35]
        for crop in picture_crops(picture, teach(raw), persons, rng):
            writer.add(crop.name, crop.image, list(crop.boxes), kept_out=picture.kept_out)
    _add_rendered(writer, sources.renders, render_head_crops, rng)


def _plates(writer: DatasetWriter, sources: Sources) -> None:
    rng, teacher = np.random.default_rng(SEED), load_yolo(sources.plate_teacher)
    bare: list[Image] = []
    for crop in vehicle_crops(sources.work / "vehicles", teacher, rng):
        writer.add(crop.name, crop.image, list(crop.boxes), kept_out=False)
        if not crop.boxes:
            bare.append(crop.image)
    for crop, kept_out in scene_crops(sources.data / "plates/scenes", teacher, rng):
        writer.add(crop.name, crop.image, list(crop.boxes), kept_out=kept_out)
    for crop in pasted_crops(sources.data / "plates/crops", bare, rng, PASTED_PLATES):
        writer.add(crop.name, crop.image, list(crop.boxes), kept_out=False)
    _add_rendered(writer, sources.renders, render_plate_crops, rng)


def _add_rendered(
    writer: DatasetWriter,
    renders: Path | None,
    crops_of: Callable[[Render, np.random.Generator], Iterator[Crop]],
    rng: np.random.Generator,
) -> None:
    """Adds rendered crops evenly over the scenes, up to RENDERED_SHARE of the real ones."""
    if renders is None:
        return
    crops = [(crop, render.kept_out) for render in rendered(renders) for crop in crops_of(render, rng)]
    wanted = int(RENDERED_SHARE * writer.counts["train pictures"])
    chosen = rng.permutation(len(crops))[: wanted + wanted // KEPT_OUT_SHARE]
    for index in sorted(chosen.tolist()):
        crop, kept_out = crops[index]
        writer.add(crop.name, crop.image, list(crop.boxes), kept_out=kept_out)
