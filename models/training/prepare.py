"""`python -m models prepare NAME`: makes the training set of a role from the data folder, footage and renders."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from models.crops import Image
from models.labels import LabelledBox
from models.training.clip_heads import clip_head_crops
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
HEAD_PICTURES_EVERY = 4  # neighbours are nearly the same picture
RIDER_PICTURES_EVERY = 2
WEB_BICYCLES_EVERY = 3
BICYCLE_REPEATS = 3
RENDERED_BICYCLE_REPEATS = 2
WEB_PICTURES_EVERY = 2  # unlike a pole camera's view, half of them bicycles
TEACHER_SIZES_PX = (1280, 1920)
RENDERED_VEHICLE_FRAMES = 260
RENDERED_SHARE = 0.35  # rendered crops for each real one
PASTED_PLATES = 160
KEPT_OUT_SHARE = 8  # one rendered crop in eight is kept out


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders that training data comes from, and `work`, where everything made lies.

    `coco_teacher` and `plate_teacher` are weights that ultralytics loads (.pt, or an exported OpenVINO folder).
    `earlier_heads` are ONNX weights of the heads detector from a first round, for clips without drawn heads.
    """

    data: Path
    footage: Path
    work: Path
    coco_teacher: Path
    plate_teacher: Path
    renders: Path | None = None
    earlier_heads: Path | None = None

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
    repeats = 1 if picture.kept_out else BICYCLE_REPEATS
    _add_repeated(writer, name, greyed(picture.image, scene), list(scene.vehicles), picture.kept_out, repeats)


def _add_repeated(
    writer: DatasetWriter, name: str, image: Image, boxes: list[LabelledBox], kept_out: bool, repeats: int
) -> None:
    """Adds a picture once, and `repeats` times when it shows a bicycle: else all would be called motorcycles."""
    for repeat in range(repeats if any(box.label == "bicycle" for box in boxes) else 1):
        writer.add(f"{name}_{repeat}", image, boxes, kept_out=kept_out)


def _vehicles(writer: DatasetWriter, sources: Sources) -> None:
    cache = sources.cache()
    for index, original in enumerate(vehicle_pictures(sources.data)):
        if original.scene == "riders" and index % RIDER_PICTURES_EVERY:
            continue
        picture, raw = true_shape(original, cache)
        _add_scene(writer, picture, completed(list(picture.boxes), teach(raw)))
    _vehicles_of_head_pictures(writer, sources, cache)
    for clips, every_s, kept_out in ((TRAINING_CLIPS, 0.5, False), (KEPT_OUT_CLIPS, 1.0, True)):
        for picture in clip_pictures(sources.footage, clips, every_s=every_s, kept_out=kept_out):
            raw = merged_teachers(*(cache.boxes(f"{picture.key}@{px}", picture.image, px) for px in TEACHER_SIZES_PX))
            _add_scene(writer, picture, completed([], teach(raw)))
    if sources.renders:
        for render in islice(rendered(sources.renders), RENDERED_VEHICLE_FRAMES):
            repeats = 1 if render.kept_out else RENDERED_BICYCLE_REPEATS
            _add_repeated(writer, render.name, render.image, list(render.vehicles), render.kept_out, repeats)


def _vehicles_of_head_pictures(writer: DatasetWriter, sources: Sources, cache: TeacherCache) -> None:
    """Streets of the heads sets, and web photographs of bicycles, which are rare in the rest."""
    for index, original in enumerate(head_pictures(sources.data)):
        photograph = original.scene in HEAD_SCENES_WITHOUT_ROADS
        if original.kept_out or index % (WEB_BICYCLES_EVERY if photograph else HEAD_PICTURES_EVERY):
            continue
        picture, raw = true_shape(original, cache)
        taught = teach(raw)
        if photograph and not any(box.label == "bicycle" and box.confidence > 0.5 for box in taught.vehicles):
            continue
        _add_scene(writer, picture, completed([], with_labelled_riders(picture.boxes, taught)))


def _heads(writer: DatasetWriter, sources: Sources) -> None:
    rng, cache = np.random.default_rng(SEED), sources.cache()
    for index, original in enumerate(head_pictures(sources.data)):
        if original.scene == "web_voc" and not original.kept_out and index % WEB_PICTURES_EVERY:
            continue
        picture, raw = true_shape(original, cache)
        persons = [box for box in raw if box.label == "person" and box.confidence > 0.35]
        for crop in picture_crops(picture, teach(raw), persons, rng):
            writer.add(crop.name, crop.image, list(crop.boxes), kept_out=picture.kept_out)
    if sources.earlier_heads:
        for crop in clip_head_crops(sources.footage, cache, sources.earlier_heads, rng):
            writer.add(crop.name, crop.image, list(crop.boxes), kept_out=False)
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
