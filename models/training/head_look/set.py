"""`python -m models prepare head_look`: heads of the shared pictures and clips, cut out as the second look sees them.

Every head is cut once, from its own picture, wider than the network looks (`STORED_SHARE`), so that training can shift
and scale it. Heads of street pictures come once more exchanged (`heads_exchange.py`): a bare head where a helmet was, so
that shoulders and road say nothing. The looks at riders of the training clips (`own_labels/head_look.csv`) were found by
the product's own detector and tracker and labelled by eye, rider by rider: helmets that it reads as bare among them.
Rendered frames show what the pictures hardly hold: conical hats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from models.boxes import iou
from models.crops import (
    HEAD_LOOK_SHARE,
    HEAD_LOOK_SIZE_PX,
    Box,
    Image,
    cut_square,
    head_look_square_xyxy,
    head_square_xyxy,
    to_square_xyxy,
)
from models.errors import UserError
from models.labels import LABELS, LabelledBox
from models.metrics import MATCH_IOU
from models.registry import load_weights
from models.training.heads import HEADS_SIZE_PX, Crop, guessed_from_head, head_crops, rider_boxes
from models.training.heads_exchange import Donor, donors_of, exchanged
from models.training.heads_set import STREETS, Labelled, labelled_head_pictures
from models.training.own_labels import label_key, labelled_frames, read_own_labels
from models.training.predict import Detector
from models.training.renders import rendered
from models.training.sets import TRAINING_CLIPS, Picture, clip_frames
from models.training.sources import Sources

SEED = 2026
STORED_SIZE_PX = HEAD_LOOK_SIZE_PX * 3 // 2
STORED_SHARE = HEAD_LOOK_SHARE * STORED_SIZE_PX / HEAD_LOOK_SIZE_PX
SMALLEST_HEAD_PX = 8.0
EXCHANGES = 3  # of every street crop
# Scenes of the training part that choose the temperature and nothing else.
CALIBRATION_SCENES = ("lhht_B2",)
RENDERED = "rendered"
PARTS = ("train", "calibration", "test")
ROLE = "head_look"


@dataclass(frozen=True, slots=True)
class HeadPatch:
    """One head with its surroundings: `image` (96, 96, 3) BGR, `native_px` the smaller side of its box where it was
    photographed, `scene` what it was cut from. `is_misread`: the heads detector takes it for the other label."""

    image: Image
    label: str
    native_px: float
    scene: str
    is_misread: bool = False


def prepare_head_looks(sources: Sources) -> dict[str, int]:
    """Writes `work/head_look/{train,calibration,test}.npz` and returns what is in them."""
    folder = sources.work / ROLE
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, list[HeadPatch]] = {part: [] for part in PARTS}
    for part, patch in _all_patches(sources):
        parts[part].append(patch)
    counts: dict[str, int] = {}
    for part, patches in parts.items():
        save_part(folder / f"{part}.npz", patches)
        for label in LABELS[ROLE]:
            counts[f"{part} {label}"] = sum(patch.label == label for patch in patches)
    return counts


def save_part(file: Path, patches: Sequence[HeadPatch]) -> None:
    """Crops (n, 96, 96, 3) RGB, numbers of labels, native sizes in pixels, scenes, and which the detector misreads."""
    images = np.array([patch.image[..., ::-1] for patch in patches], np.uint8)
    np.savez(
        file,
        crops=images.reshape(-1, STORED_SIZE_PX, STORED_SIZE_PX, 3),
        labels=np.array([LABELS[ROLE].index(patch.label) for patch in patches], np.int64),
        native_px=np.array([patch.native_px for patch in patches], np.float32),
        scenes=np.array([patch.scene for patch in patches], np.str_),
        is_misread=np.array([patch.is_misread for patch in patches], np.bool_),
    )


def cut_patch(image: Image, box: Box) -> Image:
    """A head's box in a picture (H, W, 3) with its surroundings, (96, 96, 3)."""
    return cut_square(image, head_look_square_xyxy(box, STORED_SHARE), STORED_SIZE_PX)


def _all_patches(sources: Sources) -> Iterator[tuple[str, HeadPatch]]:
    rng, detector = np.random.default_rng(SEED), _detector()
    street: list[tuple[Crop, str]] = []
    donors: list[Donor] = []
    for labelled in labelled_head_pictures(sources):
        picture = labelled.picture
        yield from _heads_of(picture, detector)
        if part_of(picture) == "train" and picture.scene in STREETS:
            crops = list(_exact_crops(labelled, rng))
            street += [(crop, picture.scene) for crop in crops]
            donors += [donor for crop in crops for donor in donors_of(crop)]
    for crop, scene in street * EXCHANGES:
        if changed := exchanged(crop, donors, rng):
            yield from (("train", patch) for patch in _exchanged_patches(crop, changed, scene))
    for picture in chain(_rendered_pictures(sources), _looks_of_clips(sources)):
        yield from _heads_of(picture, detector)


def part_of(picture: Picture) -> str:
    """The part of the split that a picture belongs to."""
    if picture.kept_out:
        return "test"
    return "calibration" if picture.scene in CALIBRATION_SCENES else "train"


def _detector() -> Detector:
    weights = load_weights("heads")
    return Detector(weights.path, weights.labels, weights.input_size_wh)


def _heads_of(picture: Picture, detector: Detector) -> Iterator[tuple[str, HeadPatch]]:
    part = part_of(picture)
    for head in picture.boxes:
        size_px = min(head.width, head.height)
        if size_px >= SMALLEST_HEAD_PX:
            is_misread = _is_misread(picture.image, head, detector)
            yield part, HeadPatch(cut_patch(picture.image, head.xyxy), head.label, size_px, picture.scene, is_misread)


def _is_misread(image: Image, head: LabelledBox, detector: Detector) -> bool:
    square = head_square_xyxy(guessed_from_head(head))
    there = to_square_xyxy(head.xyxy, square, HEADS_SIZE_PX)
    found = detector.boxes(cut_square(image, square, HEADS_SIZE_PX))
    same = [box for box in found if iou(box.xyxy, there) >= MATCH_IOU]
    return bool(same) and max(same, key=lambda box: box.confidence).label != head.label


def _exact_crops(labelled: Labelled, rng: np.random.Generator) -> Iterator[Crop]:
    picture = labelled.picture
    riders = rider_boxes(picture.boxes, [])
    yield from head_crops(label_key(picture.key), picture.image, picture.boxes, riders, rng, training=False)


def _exchanged_patches(before: Crop, after: Crop, scene: str) -> Iterator[HeadPatch]:
    """The heads of `after` that are pasted ones: the picture differs at their place."""
    for head in after.boxes:
        x1, y1, x2, y2 = (round(side) for side in head.xyxy)
        if not np.array_equal(before.image[y1:y2, x1:x2], after.image[y1:y2, x1:x2]):
            native_px = min(head.width, head.height) * after.native_px / HEADS_SIZE_PX
            yield HeadPatch(cut_patch(after.image, head.xyxy), head.label, native_px, f"{scene} exchanged")


def _rendered_pictures(sources: Sources) -> Iterator[Picture]:
    for frame in rendered(sources.renders) if sources.renders else ():
        yield Picture(frame.name, RENDERED, frame.kept_out, frame.image, frame.heads)


def _looks_of_clips(sources: Sources) -> Iterator[Picture]:
    own = read_own_labels(ROLE)
    for clip in TRAINING_CLIPS:
        for frame in clip_frames(sources.footage, clip, labelled_frames(own, clip), kept_out=False):
            yield replace(frame, scene=f"{clip} looks", boxes=own[label_key(frame.key)].boxes)


def load_part(folder: Path, part: str) -> dict[str, Any]:
    """What `save_part` wrote. Raises `UserError` where nothing was prepared."""
    file = folder / f"{part}.npz"
    if not file.exists():
        raise UserError("no heads were cut", where=str(file), remedy="Run `python -m models prepare head_look` first.")
    with np.load(file) as stored:
        return {name: stored[name] for name in stored.files}
