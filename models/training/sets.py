"""The shared data folder as pictures with boxes in pixels, each with the set and scene it belongs to.

Pictures of one camera lie close together: `is_kept_out` splits by camera and scene, never by random picture.
"""

import csv
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.crops import Image
from models.errors import UserError
from models.labels import SET_LABELS, LabelFileError, LabelledBox, read_yolo_txt
from models.training.duplicates import Moments

logger = logging.getLogger(__name__)

# Never trained on: measured on instead. Scene C is one overpass, the last gate pictures are other mornings, and the
# web photographs are single pictures without a common camera.
KEPT_OUT_HEAD_SCENE = "C"
KEPT_OUT_GATE_FROM = 90
KEPT_OUT_WEB_EVERY = 6
KEPT_OUT_CLIPS = ("ly_thuong_kiet_6fps", "hai_phong_junction", "market_street")
TRAINING_CLIPS = ("dang_huy_tru_a", "dang_huy_tru_b", "ho_tung_mau_a", "somico_zebra")
# Two cameras of the vehicles set, by picture number: a roadside crowd and a street with buses and trucks.
KEPT_OUT_VEHICLES = (range(215, 328), range(1711, 1751))


class DataFolderError(UserError):
    """The data folder lacks what a command needs."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture: `key` is its path in the data folder, boxes are pixels of `image` (H, W, 3, BGR)."""

    key: str
    scene: str
    kept_out: bool
    image: Image
    boxes: tuple[LabelledBox, ...]


def read_image(path: Path) -> Image:
    """A picture as BGR (H, W, 3). Raises `DataFolderError`."""
    image = cv2.imread(str(path))
    if image is None:
        raise DataFolderError("not a picture that can be read", where=str(path), remedy="Remove it or fetch it again.")
    return np.asarray(image, np.uint8)


def labelled_pictures(folder: Path, set_name: str, key_prefix: str) -> Iterator[tuple[str, Image, list[LabelledBox]]]:
    """(key, picture, boxes) of a folder with `images/` and `labels/`, in order of name."""
    pictures = sorted((folder / "images").glob("*.jpg")) + sorted((folder / "images").glob("*.png"))
    if not pictures:
        raise DataFolderError("no pictures in `images/`", where=str(folder), remedy="Give the data folder with --data.")
    for path in pictures:
        image = read_image(path)
        height, width = image.shape[:2]
        labels = folder / "labels" / f"{path.stem}.txt"
        try:
            boxes = read_yolo_txt(labels, (width, height), SET_LABELS[set_name]) if labels.exists() else []
        except LabelFileError as error:
            logger.warning("left out: %s", error)
            continue
        yield f"{key_prefix}/{path.name}", image, boxes


def head_pictures(data: Path) -> Iterator[Picture]:
    """All three heads sets, without second copies of a picture."""
    moments = Moments()
    for picture in _head_pictures(data):
        if moments.is_new(picture.image):
            yield picture
        else:
            logger.info("left out: %s shows the same as a picture before", picture.key)


def _head_pictures(data: Path) -> Iterator[Picture]:
    with (data / "heads/lhht/scenes.csv").open(encoding="utf-8") as stream:
        scene_of = {row["image"]: row["scene"] for row in csv.DictReader(stream)}
    for key, image, boxes in labelled_pictures(data / "heads/lhht", "heads", "heads/lhht/images"):
        scene = scene_of.get(Path(key).stem, "?")
        yield Picture(key, f"lhht_{scene}", scene == KEPT_OUT_HEAD_SCENE, image, tuple(boxes))
    for index, (key, image, boxes) in enumerate(
        labelled_pictures(data / "heads/thai_gate", "heads", "heads/thai_gate/images")
    ):
        yield Picture(key, "thai_gate", index >= KEPT_OUT_GATE_FROM, image, tuple(boxes))
    for index, (key, image, boxes) in enumerate(
        labelled_pictures(data / "heads/web_voc", "heads", "heads/web_voc/images")
    ):
        yield Picture(key, "web_voc", index % KEPT_OUT_WEB_EVERY == 0, image, tuple(boxes))


def vehicle_pictures(data: Path) -> Iterator[Picture]:
    """The `vehicles` set, two cameras kept out, and `riders`, all of it for training."""
    for key, image, boxes in labelled_pictures(data / "vehicles", "vehicles", "vehicles/images"):
        number = int(Path(key).stem)
        kept_out = any(number in camera for camera in KEPT_OUT_VEHICLES)
        yield Picture(key, "vehicles", kept_out, image, tuple(boxes))
    for key, image, boxes in labelled_pictures(data / "riders", "riders", "riders/images"):
        yield Picture(key, "riders", False, image, tuple(boxes))


def clip_frames(footage: Path, clip: str, frames: Collection[int], *, kept_out: bool) -> Iterator[Picture]:
    """These frames of a shared clip, counted from 0 as decoded in sequence, without boxes."""
    video = _opened(footage, clip)
    for index in range(max(frames, default=-1) + 1):
        read, frame = video.read()
        if not read:
            break
        if index in frames:
            yield Picture(f"footage/{clip}_{index:05d}.jpg", clip, kept_out, np.asarray(frame, np.uint8), ())
    video.release()


def _opened(footage: Path, clip: str) -> cv2.VideoCapture:
    video = cv2.VideoCapture(str(footage / f"{clip}.mp4"))
    if not video.isOpened():
        raise DataFolderError("clip cannot be read", where=str(footage / f"{clip}.mp4"))
    return video
