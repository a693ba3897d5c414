"""Training crops for the plates detector: vehicle crops labelled by a plate teacher, and gate pictures.

Crops come from the prepared vehicles set, so `prepare vehicles` goes first. The teacher (a YOLOv8n plate detector)
looks at each crop enlarged; a crop where it hesitates is left out, one where it sees nothing at all serves as a
negative now and then.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.crops import Box, Image, cut_square, plate_square_xyxy
from models.labels import LABELS, SET_LABELS, LabelledBox, read_yolo_txt
from models.training.heads import Crop, boxes_in_square, jittered, roughened
from models.training.sets import read_image

PLATES_SIZE_PX = 320
TEACHER_SIZE_PX = 640
SMALLEST_VEHICLE_PX = 90
SMALLEST_CROP_PX = 90
SURE_CONFIDENCE = 0.40
NOTHING_CONFIDENCE = 0.08
NEGATIVES_EVERY = 4
WIDTH_SHARES = (0.04, 0.45)  # of the vehicle's square: anything else is no plate
ASPECTS = (0.7, 6.0)

# Gate pictures of the motorbike camera are kept out; the same camera's unlabelled pictures are not used at all.
KEPT_OUT_SCENES = range(133, 347)


def taught_plates(model: Any, image: Image) -> tuple[list[LabelledBox], bool]:
    """(sure plates, whether the teacher hesitated over something else) in pixels of the image (H, W, 3)."""
    result = model.predict(image, imgsz=TEACHER_SIZE_PX, conf=NOTHING_CONFIDENCE, iou=0.4, verbose=False)[0]
    plates, hesitated = [], False
    for xyxy, confidence in zip(result.boxes.xyxy.tolist(), result.boxes.conf.tolist(), strict=True):
        box = LabelledBox("plate", tuple(xyxy), confidence)
        plausible = ASPECTS[0] <= box.width / max(box.height, 1.0) <= ASPECTS[1]
        plausible = plausible and WIDTH_SHARES[0] <= box.width / image.shape[1] <= WIDTH_SHARES[1]
        if plausible and confidence >= SURE_CONFIDENCE:
            plates.append(box)
        else:
            hesitated = True
    return plates, hesitated


def vehicle_crops(vehicles_set: Path, model: Any, rng: np.random.Generator) -> Iterator[Crop]:
    """Crops around the vehicles of the prepared training set, labelled by the plate teacher."""
    seen_without_plate = 0
    for path in sorted((vehicles_set / "train/images").glob("*.jpg")):
        if path.stem.startswith("render"):
            continue
        image = read_image(path)
        height, width = image.shape[:2]
        labels = vehicles_set / "train/labels" / f"{path.stem}.txt"
        for number, box in enumerate(read_yolo_txt(labels, (width, height), LABELS["vehicles"])):
            if max(box.width, box.height) < SMALLEST_VEHICLE_PX or box.label == "bicycle":
                continue
            square = plate_square_xyxy(jittered(box.xyxy, rng))
            crop = cut_square(image, square, PLATES_SIZE_PX)
            plates, hesitated = taught_plates(model, crop)
            if hesitated:
                continue
            seen_without_plate += not plates
            if plates or seen_without_plate % NEGATIVES_EVERY == 0:
                rough = roughened(crop, square[2] - square[0], rng, SMALLEST_CROP_PX)
                yield Crop(f"{path.stem}_{number}", rough, tuple(plates))


def scene_crops(scenes: Path, model: Any, rng: np.random.Generator) -> Iterator[tuple[Crop, bool]]:
    """(crop, kept out) from gate and street pictures, shrunk onto grey: in use a plate is small in its square."""
    for path in sorted(scenes.glob("*.jpg"), key=scene_number):
        kept_out, labels = scene_number(path) in KEPT_OUT_SCENES, path.with_suffix(".txt")
        if kept_out and not labels.exists():
            continue
        image = read_image(path)
        height, width = image.shape[:2]
        if labels.exists():
            plates = read_yolo_txt(labels, (width, height), SET_LABELS["plates"])
        else:
            plates, hesitated = taught_plates(model, image)
            if hesitated or not plates:
                continue
        share = 0.7 if kept_out else rng.uniform(0.4, 1.0)
        square = _square_with_picture_at(width, height, share, rng)
        crop = cut_square(image, square, PLATES_SIZE_PX)
        inside = boxes_in_square(tuple(plates), square, PLATES_SIZE_PX, 0.5)
        yield Crop(f"scene_{path.stem}", crop if kept_out else roughened(crop, 320, rng, 120), tuple(inside)), kept_out


def pasted_crops(plates_folder: Path, backgrounds: list[Image], rng: np.random.Generator, count: int) -> Iterator[Crop]:
    """Crops of vehicles without a plate, with a real plate pasted where one hangs: small two-line plates are rare."""
    files = sorted(plates_folder.glob("*.jpg"))
    for number in range(count if files and backgrounds else 0):
        image = backgrounds[int(rng.integers(len(backgrounds)))].copy()
        plate = read_image(files[int(rng.integers(len(files)))])
        width = int(rng.uniform(0.09, 0.24) * PLATES_SIZE_PX)
        height = max(6, int(width * plate.shape[0] / plate.shape[1] * rng.uniform(0.9, 1.1)))
        x = int(rng.uniform(0.38, 0.62) * PLATES_SIZE_PX - width / 2)
        y = int(rng.uniform(0.5, 0.8) * PLATES_SIZE_PX - height / 2)
        small = cv2.resize(plate, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        image[y : y + height, x : x + width] = np.clip(small * rng.uniform(0.6, 1.15), 0, 255).astype(np.uint8)
        box: Box = (float(x), float(y), float(x + width), float(y + height))
        softened = np.asarray(cv2.GaussianBlur(image, (3, 3), 0), np.uint8)
        yield Crop(f"pasted_{number}", roughened(softened, 320, rng, 110), (LabelledBox("plate", box),))


def scene_number(path: Path) -> int:
    """The number in the name of a picture of plates/scenes: neighbours are one camera."""
    return int(path.stem.removeprefix("img"))


def _square_with_picture_at(width: int, height: int, share: float, rng: np.random.Generator) -> Box:
    side = max(width, height) / share
    left = -rng.uniform(0, side - width) if side > width else 0.0
    top = -rng.uniform(0, side - height) if side > height else 0.0
    return left, top, left + side, top + side
