"""Rider crops from clips in which every near rider is known to wear a helmet.

Dark helmets from behind are what the heads detector takes for hair. The shared clips' truth files say that all near
riders of these clips wear helmets; an earlier version of our own detector says where, its opinion of what is ignored.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.boxes import holds, iou
from models.crops import Box, cut_square, head_square_xyxy
from models.labels import LABELS, LabelledBox
from models.training.heads import HEADS_SIZE_PX, SMALLEST_CROP_PX, Crop, heads_part, jittered, roughened
from models.training.predict import Detector
from models.training.sets import Picture, clip_pictures
from models.training.teacher import teach
from models.training.teacher_cache import TeacherCache
from models.training.vehicles import merged_teachers

HELMETED_CLIPS = ("dang_huy_tru_a", "dang_huy_tru_b", "ho_tung_mau_a")
TEACHER_SIZES_PX = (1280, 1920)
NEAR_HEIGHT_PX = 100
FOUND_CONFIDENCE = 0.25
SAME_HEAD_IOU = 0.3
REPEATS = 2


def clip_head_crops(
    footage: Path, cache: TeacherCache, earlier_weights: Path, rng: np.random.Generator
) -> Iterator[Crop]:
    """Jittered crops of near riders; every head found in them is labelled as helmet."""
    finder = Detector(earlier_weights, LABELS["heads"], (HEADS_SIZE_PX, HEADS_SIZE_PX))
    for picture in clip_pictures(footage, HELMETED_CLIPS, every_s=0.25, kept_out=False):
        raw = merged_teachers(*(cache.boxes(f"{picture.key}@{px}", picture.image, px) for px in TEACHER_SIZES_PX))
        riders = [box for box in teach(raw).vehicles if box.label == "motorcycle" and box.height >= NEAR_HEIGHT_PX]
        for number, rider in enumerate(riders):
            yield from _rider_crops(picture, number, rider.xyxy, finder, rng)


def _rider_crops(
    picture: Picture, number: int, rider: Box, finder: Detector, rng: np.random.Generator
) -> Iterator[Crop]:
    for repeat in range(REPEATS):
        square = head_square_xyxy(jittered(rider, rng))
        crop = cut_square(picture.image, square, HEADS_SIZE_PX)
        helmets = _helmets(finder.boxes(crop))
        if not helmets:
            continue
        name = f"{picture.key.replace('/', '-').rsplit('.', 1)[0]}_{number}_{repeat}"
        rough = roughened(crop, square[2] - square[0], rng, SMALLEST_CROP_PX)
        yield Crop(name, rough, tuple(helmets))


def _helmets(found: list[LabelledBox]) -> list[LabelledBox]:
    """The heads in the place for heads of the crop's own rider, each once, as helmets."""
    side = float(HEADS_SIZE_PX)
    place = heads_part((0.2 * side, 0.08 * side, 0.8 * side, 1.5 * side))
    kept: list[LabelledBox] = []
    for box in sorted(found, key=lambda one: -one.confidence):
        apart = all(iou(box.xyxy, other.xyxy) < SAME_HEAD_IOU for other in kept)
        if box.confidence >= FOUND_CONFIDENCE and holds(place, box.centre) and apart:
            kept.append(replace(box, label="helmet", confidence=1.0))
    return kept
