"""Labels of the networks, and YOLO text files read with an error that names the file and the line.

A YOLO text line is `class cx cy w h`, all but the class normalised to the picture's width and height.
"""

from dataclasses import dataclass
from pathlib import Path

from models.errors import UserError
from models.plate_text import SYMBOLS

LABELS: dict[str, tuple[str, ...]] = {
    "vehicles": ("car", "motorcycle", "bicycle", "bus", "truck"),
    "heads": ("helmet", "no_helmet"),
    "plates": ("plate",),
    "head_look": ("helmet", "no_helmet"),
    "lamps": ("green", "red", "yellow", "off", "unknown"),
    "plate_text": tuple(SYMBOLS),
}

# Class numbers of the public sets, in their own order, as our labels. "rider" boxes are motorbike and riders together.
SET_LABELS: dict[str, tuple[str, ...]] = {
    "heads": ("helmet", "no_helmet"),
    "riders": ("motorcycle",),
    "vehicles": ("car", "motorcycle", "bicycle", "truck", "bus"),
    "plates": ("plate",),
    "lights": ("green", "red", "yellow"),
}

# A centre or a size may exceed the picture by rounding of its last printed digit, not by more.
ROUNDING_TOLERANCE = 0.005


class LabelFileError(UserError):
    """A line of a YOLO text file could not be understood."""


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One labelled box: `xyxy` are pixels of the picture it was read for."""

    label: str
    xyxy: tuple[float, float, float, float]
    confidence: float = 1.0

    @property
    def width(self) -> float:
        return self.xyxy[2] - self.xyxy[0]

    @property
    def height(self) -> float:
        return self.xyxy[3] - self.xyxy[1]

    @property
    def centre(self) -> tuple[float, float]:
        return (self.xyxy[0] + self.xyxy[2]) / 2, (self.xyxy[1] + self.xyxy[3]) / 2


def _line_error(path: Path, number: int, reason: str) -> LabelFileError:
    remedy = "Write `class cx cy w h` with values from 0 to 1."
    return LabelFileError(reason, where=f"{path}:{number}", remedy=remedy)


def _parse_line(line: str, path: Path, number: int, classes: tuple[str, ...]) -> tuple[str, list[float]]:
    parts = line.split()
    if len(parts) != 5:
        raise _line_error(path, number, f"{len(parts)} values")
    try:
        class_number, values = int(parts[0]), [float(part) for part in parts[1:]]
    except ValueError:
        raise _line_error(path, number, f"not a number in `{line.strip()}`") from None
    if not 0 <= class_number < len(classes):
        raise _line_error(
            path, number, f"class {class_number} is none of 0 to {len(classes) - 1} ({', '.join(classes)})"
        )
    if not all(-ROUNDING_TOLERANCE <= value <= 1 + ROUNDING_TOLERANCE for value in values):
        raise _line_error(path, number, f"value outside the picture in `{line.strip()}`")
    if values[2] <= 0 or values[3] <= 0:
        raise _line_error(path, number, "a box without area")
    return classes[class_number], values


def read_yolo_txt(path: Path, image_wh: tuple[int, int], classes: tuple[str, ...]) -> list[LabelledBox]:
    """Boxes of one YOLO text file in pixels, clipped to the picture.

    `image_wh`: (width, height) in pixels; `classes`: the label of each class number. Raises `LabelFileError`.
    """
    width, height = image_wh
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelFileError(f"cannot be read as a YOLO label file ({error})", where=str(path)) from error
    boxes = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        label, (cx, cy, w, h) = _parse_line(line, path, number, classes)
        x1, y1 = max(0.0, cx - w / 2) * width, max(0.0, cy - h / 2) * height
        x2, y2 = min(1.0, cx + w / 2) * width, min(1.0, cy + h / 2) * height
        boxes.append(LabelledBox(label, (x1, y1, x2, y2)))
    return boxes


def yolo_lines(boxes: list[LabelledBox], image_wh: tuple[int, int], classes: tuple[str, ...]) -> str:
    """The text of a YOLO label file for boxes in pixels; the inverse of `read_yolo_txt`."""
    width, height = image_wh
    lines = []
    for box in boxes:
        (cx, cy), w, h = box.centre, box.width, box.height
        lines.append(
            f"{classes.index(box.label)} {cx / width:.6f} {cy / height:.6f} {w / width:.6f} {h / height:.6f}\n"
        )
    return "".join(lines)
