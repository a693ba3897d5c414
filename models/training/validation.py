"""The shared scenes that nothing of ours was trained on, with their true boxes: what the cards' figures rest on.

Boxes that we drew or corrected by eye (`own_labels`) come before those of the shared sets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby, takewhile
from pathlib import Path

from models.crops import Image
from models.labels import SET_LABELS, LabelledBox, read_yolo_txt
from models.training.own_labels import OwnLabels, label_key, labelled_frames, read_own_labels
from models.training.plates import KEPT_OUT_SCENES, scene_number
from models.training.sets import KEPT_OUT_CLIPS, Picture, clip_frames, head_pictures, read_image, vehicle_pictures
from models.training.squash import resized

PARTS = {
    "vehicles": "Vietnamese road pictures, two kept-out cameras",
    "lhht_C": "LHHT scene C, an overpass in Vietnam",
    "thai_gate": "gate camera in Thailand, later mornings (the camera was trained on)",
    "web_voc": "web photographs",
    "gate": "gate camera for motorbikes, two-line plates",
} | {clip: f"clip {clip}" for clip in KEPT_OUT_CLIPS}


@dataclass(frozen=True, slots=True)
class ValidationPicture:
    """`image` (H, W, 3) BGR with the boxes that are true in it; nothing is judged inside `ignored`."""

    key: str
    part: str
    image: Image
    true: tuple[LabelledBox, ...]
    ignored: tuple[LabelledBox, ...]


def validation_pictures(role: str, data: Path, footage: Path) -> Iterator[tuple[str, Iterator[ValidationPicture]]]:
    """(meaning of the part, its pictures) for one of the roles vehicles, heads, plates. Use each part before the next.

    Raises `DataFolderError` and `LabelFileError` naming what is missing or wrong.
    """
    pictures = _labelled(role, data, footage)
    if role == "plates":
        pictures = chain(pictures, _plate_scenes(data))
    for part, some in groupby(pictures, key=lambda picture: picture.part):
        yield PARTS[part], some


def _labelled(role: str, data: Path, footage: Path) -> Iterator[ValidationPicture]:
    own = read_own_labels(role)
    for picture in _kept_out(role, data, footage, own):
        labels = own.get(label_key(picture.key))
        if labels:
            image = resized(picture.image, labels.size_wh)
            yield ValidationPicture(picture.key, picture.scene, image, labels.boxes, labels.ignored)
        elif role == "heads":
            yield ValidationPicture(picture.key, picture.scene, picture.image, picture.boxes, ())


def _kept_out(role: str, data: Path, footage: Path, own: dict[str, OwnLabels]) -> Iterator[Picture]:
    pictures = iter(()) if role == "heads" else vehicle_pictures(data)
    yield from (picture for picture in pictures if picture.kept_out)
    heads = head_pictures(data)
    if role != "heads":  # of the heads sets, only this one shows streets; it comes first
        heads = takewhile(lambda picture: picture.scene.startswith("lhht_"), heads)
    yield from (picture for picture in heads if picture.kept_out)
    for clip in KEPT_OUT_CLIPS:
        frames = labelled_frames(own, clip)
        yield from clip_frames(footage, clip, frames, kept_out=True)


def _plate_scenes(data: Path) -> Iterator[ValidationPicture]:
    for path in sorted((data / "plates/scenes").glob("*.jpg"), key=scene_number):
        labels = path.with_suffix(".txt")
        if scene_number(path) in KEPT_OUT_SCENES and labels.exists():
            image = read_image(path)
            boxes = read_yolo_txt(labels, (image.shape[1], image.shape[0]), SET_LABELS["plates"])
            yield ValidationPicture(f"plates/scenes/{path.name}", "gate", image, tuple(boxes), ())
