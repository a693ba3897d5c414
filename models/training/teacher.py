"""Labels for unlabelled pictures from COCO YOLO weights at high resolution.

COCO boxes a motorbike and its riders apart; `riders_with_bikes` makes one box of them, as our labels demand.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.boxes import area, intersection, iou, share_inside, union
from models.crops import Box, Image
from models.labels import LabelledBox

COCO_LABELS = {0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"}
TEACHER_SIZE_PX = 1280

BIKE_ALONE_CONFIDENCE = 0.35  # a parked bike must be plain
BIKE_WITH_RIDER_CONFIDENCE = 0.10  # a person sitting on it speaks for a faint bike
PERSON_CONFIDENCE = 0.25
VEHICLE_CONFIDENCE = 0.30
DOUBTFUL_CONFIDENCE = 0.12


@dataclass(frozen=True, slots=True)
class TaughtScene:
    """What the teacher says of one picture.

    `vehicles` are sure enough to train on; `doubtful` boxes may be vehicles and are blanked out rather than taught as
    background; `pedestrians` are persons on no bike.
    """

    vehicles: tuple[LabelledBox, ...]
    doubtful: tuple[LabelledBox, ...]
    pedestrians: tuple[LabelledBox, ...]


def load_yolo(weights: Path) -> Any:
    """An ultralytics model from a file, without network. The object is ultralytics' own: no stubs exist."""
    os.environ.setdefault("YOLO_OFFLINE", "true")  # no fonts, updates or weights from the network
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    from ultralytics import YOLO, settings

    settings.update({"sync": False})
    return YOLO(str(weights), task="detect")


def coco_boxes(model: Any, image: Image, size_px: int = TEACHER_SIZE_PX) -> list[LabelledBox]:
    """Raw COCO road users of a BGR picture (H, W, 3), boxes in its pixels, down to a confidence of 0.05."""
    result = model.predict(
        image, imgsz=size_px, conf=0.05, iou=0.65, classes=list(COCO_LABELS), max_det=300, verbose=False
    )[0]
    rows = zip(result.boxes.cls.tolist(), result.boxes.xyxy.tolist(), result.boxes.conf.tolist(), strict=True)
    return [LabelledBox(COCO_LABELS[int(number)], tuple(xyxy), conf) for number, xyxy, conf in rows]


def sits_on(person: Box, bike: Box) -> float:
    """How much a person's box speaks for sitting on the bike, 0 (not at all) to about 2."""
    x1, y1, x2, y2 = person
    lower_half = (x1, (y1 + y2) / 2, x2, y2)
    on_bike = share_inside(lower_half, bike)
    bike_under = share_inside(bike, (x1, y1, x2, y2 + 0.3 * (y2 - y1)))
    centre_x = (x1 + x2) / 2
    beside = not bike[0] <= centre_x <= bike[2]
    higher_than_bike = y1 < bike[1] + 0.5 * (bike[3] - bike[1])
    too_small_bike = area(bike) < 0.12 * area(person)
    if beside or not higher_than_bike or too_small_bike or on_bike < 0.25 or y2 > bike[3] + 0.25 * (y2 - y1):
        return 0.0
    return on_bike + bike_under


def suppress(boxes: list[LabelledBox], limit: float = 0.6) -> list[LabelledBox]:
    """Greedy non-maximum suppression over all labels: the surer of two boxes over the same thing stays."""
    kept: list[LabelledBox] = []
    for box in sorted(boxes, key=lambda candidate: -candidate.confidence):
        if all(iou(box.xyxy, other.xyxy) < limit for other in kept):
            kept.append(box)
    return kept


def riders_with_bikes(
    bikes: list[LabelledBox], persons: list[LabelledBox]
) -> tuple[list[LabelledBox], list[LabelledBox]]:
    """(bikes with their riders in one box, persons on no bike). A bike keeps its own box when nobody sits on it.

    The confidence of a merged box is the greater of bike and best rider's, since each vouches for the other.
    """
    merged = list(bikes)
    on_foot: list[LabelledBox] = []
    for person in sorted(persons, key=lambda box: -box.confidence):
        fits = [(sits_on(person.xyxy, bike.xyxy), index) for index, bike in enumerate(bikes)]
        best, index = max(fits, default=(0.0, -1))
        if best <= 0:
            on_foot.append(person)
            continue
        bike = merged[index]
        confidence = max(bike.confidence, person.confidence)
        merged[index] = replace(bike, xyxy=union(bike.xyxy, person.xyxy), confidence=confidence)
    return merged, on_foot


def teach(raw: list[LabelledBox]) -> TaughtScene:
    """Our labels from raw COCO boxes (see `coco_boxes`)."""
    bikes = suppress(
        [b for b in raw if b.label in ("motorcycle", "bicycle") and b.confidence > BIKE_WITH_RIDER_CONFIDENCE]
    )
    persons = [b for b in raw if b.label == "person" and b.confidence > PERSON_CONFIDENCE]
    merged, on_foot = riders_with_bikes(bikes, persons)
    vehicles: list[LabelledBox] = []
    doubtful: list[LabelledBox] = []
    for bike, whole in zip(bikes, merged, strict=True):
        ridden = area(whole.xyxy) > 1.05 * area(bike.xyxy)
        sure = bike.confidence > BIKE_ALONE_CONFIDENCE or (ridden and whole.confidence > 0.4)
        (vehicles if sure else doubtful).append(whole)
    others = suppress([b for b in raw if b.label in ("car", "bus", "truck") and b.confidence > DOUBTFUL_CONFIDENCE])
    for box in others:
        (vehicles if box.confidence > VEHICLE_CONFIDENCE else doubtful).append(box)
    vehicles = suppress(vehicles, 0.75)
    doubtful = [d for d in doubtful if all(area(intersection(d.xyxy, v.xyxy)) < 0.6 * area(d.xyxy) for v in vehicles)]
    return TaughtScene(tuple(vehicles), tuple(doubtful), tuple(on_foot))
