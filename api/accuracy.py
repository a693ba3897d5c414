"""How right the detectors are on labelled pictures: whole pictures in, the way the product looks at them.

    pictures with true boxes ──Finder──▶ Compared ──▶ scores per part and label, worst errors first

Heads and plates are looked for where the product looks: in the riders and vehicles that it found itself. Where no vehicle shows
a plate, the whole picture is searched: gate pictures show little else than a plate, and no vehicle to find.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.detect import BoxDetector, RawBox, VehicleDetector, make_backend
from detector.heads import HeadDetector, load_head_detector
from detector.vocabulary import Box, Pixels, VehicleClass
from models.boxes import iou, share_inside
from models.crops import cut_square, plate_square_xyxy, to_frame_xyxy
from models.errors import UserError
from models.head_look import HELMET, NO_HELMET
from models.labels import LABELS, LabelFileError, LabelledBox, read_yolo_txt
from models.metrics import IGNORED_SHARE, MATCH_IOU, Compared, Score, scores
from models.registry import load_weights
from ocr.find import CONFIDENCE_MIN as PLATE_CONFIDENCE_MIN
from ocr.images import load_picture

LOWEST_CONFIDENCE = 0.01  # average precision asks for everything that was found
OPERATING_CONFIDENCE = {
    "vehicles": 0.4,
    "heads": 0.4,
    "plates": PLATE_CONFIDENCE_MIN,
}  # what tracker, helmet rule and reader believe
RIDER_CONFIDENCE = 0.3
NEAR_SHARE = 0.08  # of the picture's height: riders at the stop line are taller, and those are the ones that matter
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
WORST_MAX = 24
ALL_PARTS = "all of these together"
SURROUNDINGS_SHARE = 1.0  # of the longer side of a box, kept around an error

Finder = Callable[[Pixels], tuple[LabelledBox, ...]]


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One picture with its truth: `pixels` (height, width, 3) BGR, boxes in its pixels; nothing is judged in `ignored`."""

    name: str
    pixels: Pixels
    true: tuple[LabelledBox, ...]
    ignored: tuple[LabelledBox, ...] = ()


@dataclass(frozen=True, slots=True)
class BoxError:
    """One box missed, or found where nothing is. `weight` says how bad it is.

    `surroundings` is the part of the picture around it, where the box is `box_in_surroundings`.
    """

    picture_name: str
    surroundings: Pixels
    box: LabelledBox
    box_in_surroundings: Box
    missed: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One part of the pictures: scores of all boxes, and of those taller than NEAR_SHARE of the picture.

    `compared` is what the scores rest on, its unit the height of the picture.
    """

    role: str
    part: str
    compared: tuple[Compared, ...]
    scores: tuple[Score, ...]
    near_scores: tuple[Score, ...]
    worst: tuple[BoxError, ...] = ()

    @property
    def pictures(self) -> int:
        return len(self.compared)


def measure(role: str, part: str, pictures: Iterable[LabelledPicture], find: Finder) -> Measured:
    """Runs the role's detector over the pictures; of each only the surroundings of its worst errors are kept."""
    compared: list[Compared] = []
    errors: list[BoxError] = []
    for picture in pictures:
        found = Compared(find(picture.pixels), picture.true, picture.ignored)
        compared.append(_in_heights(found, picture.pixels.shape[0]))
        errors = sorted([*errors, *_errors(role, picture, found)], key=lambda error: -error.weight)[:WORST_MAX]
    return _scored(role, part, tuple(compared), tuple(errors))


def together(parts: Sequence[Measured]) -> Measured:
    """Parts of one role as one: every box counts the same, wherever it was seen."""
    everything_compared = tuple(one for part in parts for one in part.compared)
    return _scored(parts[0].role, ALL_PARTS, everything_compared, ())


def _scored(role: str, part: str, compared: tuple[Compared, ...], errors: tuple[BoxError, ...]) -> Measured:
    confidence, labels = OPERATING_CONFIDENCE[role], LABELS[role]
    near = scores(compared, labels, confidence, lambda box: box.height >= NEAR_SHARE)
    return Measured(role, part, compared, tuple(scores(compared, labels, confidence)), tuple(near), errors)


def finder_of(role: str, *, backend: str = "openvino", weights_file: Path | None = None) -> Finder:
    """What finds a role's boxes in a whole picture. Raises `WeightsError`."""
    weights = load_weights(role, weights_file)
    if role == "vehicles":
        detector = VehicleDetector(weights, make_backend(backend, weights), min_confidence=LOWEST_CONFIDENCE)
        return lambda pixels: tuple(
            LabelledBox(str(found.vehicle_class), found.box_xyxy, found.confidence)
            for found in detector.detect([pixels])[0]
        )
    vehicles = load_weights("vehicles", weights_file)
    riders = VehicleDetector(vehicles, make_backend(backend, vehicles), min_confidence=RIDER_CONFIDENCE)
    if role == "heads":
        return _head_finder(riders, load_head_detector(backend, weights_file, min_confidence=LOWEST_CONFIDENCE))
    return _plate_finder(
        riders,
        BoxDetector(weights, make_backend(backend, weights), min_confidence=LOWEST_CONFIDENCE),
        max(weights.input_size_wh),
    )


def folder_pictures(folder: Path, role: str, report: Callable[[UserError], None]) -> Iterator[LabelledPicture]:
    """Pictures of `folder/images` with YOLO labels in `folder/labels`, class numbers in the order of the role's labels.

    What cannot be read is reported and left out. Raises `UserError` when there is no picture at all.
    """
    files = sorted(file for file in (folder / "images").glob("*") if file.suffix.lower() in PICTURE_ENDINGS)
    if not files:
        remedy = "Give a folder with `images/`, and YOLO text of the same names in `labels/`."
        raise UserError("no pictures in `images/`", where=str(folder), remedy=remedy)
    for file in files:
        labels = folder / "labels" / f"{file.stem}.txt"
        try:
            if not labels.exists():
                remedy = "Write its boxes, or an empty file when it shows none."
                raise LabelFileError("no label file", where=str(labels), remedy=remedy)
            pixels = load_picture(file)
            true = read_yolo_txt(labels, (pixels.shape[1], pixels.shape[0]), LABELS[role])
        except UserError as error:
            report(error)
            continue
        yield LabelledPicture(str(file), pixels, tuple(true))


def _head_finder(riders: VehicleDetector, heads: HeadDetector) -> Finder:
    def find(pixels: Pixels) -> tuple[LabelledBox, ...]:
        found = riders.detect([pixels])[0]
        boxes = [one.box_xyxy for one in found if one.vehicle_class in (VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE)]
        return tuple(
            LabelledBox(HELMET if head.has_helmet else NO_HELMET, head.box_xyxy, head.confidence)
            for rider in (heads.detect(pixels, boxes) if boxes else [])
            for head in rider
        )

    return find


def _plate_finder(vehicles: VehicleDetector, plates: BoxDetector, size_px: int) -> Finder:
    def found_in(pixels: Pixels, squares: list[Box]) -> list[RawBox]:
        found = plates.detect([cut_square(pixels, square, size_px) for square in squares])
        return [
            RawBox("plate", raw.confidence, to_frame_xyxy(raw.box_xyxy, square, size_px))
            for square, boxes in zip(squares, found, strict=True)
            for raw in boxes
        ]

    def find(pixels: Pixels) -> tuple[LabelledBox, ...]:
        height, width = pixels.shape[:2]
        in_picture = found_in(pixels, [plate_square_xyxy(one.box_xyxy) for one in vehicles.detect([pixels])[0]])
        if all(raw.confidence < OPERATING_CONFIDENCE["plates"] for raw in in_picture):
            in_picture += found_in(pixels, [plate_square_xyxy((0.0, 0.0, float(width), float(height)))])
        kept: list[RawBox] = []
        for raw in sorted(in_picture, key=lambda one: -one.confidence):
            if all(iou(raw.box_xyxy, other.box_xyxy) < MATCH_IOU for other in kept):
                kept.append(raw)
        return tuple(LabelledBox(raw.label, raw.box_xyxy, raw.confidence) for raw in kept)

    return find


def _in_heights(picture: Compared, height: int) -> Compared:
    """The same boxes with the picture's height as the unit."""

    def scaled(boxes: tuple[LabelledBox, ...]) -> tuple[LabelledBox, ...]:
        return tuple(
            LabelledBox(
                box.label,
                (box.xyxy[0] / height, box.xyxy[1] / height, box.xyxy[2] / height, box.xyxy[3] / height),
                box.confidence,
            )
            for box in boxes
        )

    return Compared(scaled(picture.found), scaled(picture.true), scaled(picture.ignored))


def _errors(role: str, picture: LabelledPicture, compared: Compared) -> list[BoxError]:
    """Missed boxes weigh by their height, wrong ones by their height times confidence: near things matter."""
    sure = [box for box in compared.found if box.confidence >= OPERATING_CONFIDENCE[role]]
    height = picture.pixels.shape[0]
    missed = [box for box in compared.true if not any(_same(box, other) for other in sure)]
    wrong = [
        box
        for box in sure
        if not any(_same(box, other) for other in compared.true)
        and not any(share_inside(box.xyxy, region.xyxy) >= IGNORED_SHARE for region in compared.ignored)
    ]
    return [_error(picture, box, missed=True, weight=box.height / height) for box in missed] + [
        _error(picture, box, missed=False, weight=box.confidence * box.height / height) for box in wrong
    ]


def _error(picture: LabelledPicture, box: LabelledBox, *, missed: bool, weight: float) -> BoxError:
    margin = SURROUNDINGS_SHARE * max(box.width, box.height)
    x1, y1, x2, y2 = box.xyxy
    left, top = max(0, int(x1 - margin)), max(0, int(y1 - margin))
    around = picture.pixels[top : int(y2 + margin) + 1, left : int(x2 + margin) + 1].copy()
    return BoxError(picture.name, around, box, (x1 - left, y1 - top, x2 - left, y2 - top), missed, weight)


def _same(one: LabelledBox, other: LabelledBox) -> bool:
    return one.label == other.label and iou(one.xyxy, other.xyxy) >= MATCH_IOU
