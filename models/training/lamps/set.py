"""`python -m models prepare lamps`: lamp crops of the shared pictures, of clips and of the drawing program.

Some pictures of `data/lights` are turned copies of others under far numbers: the split is by scene, written down here
after looking at all of them. `models/own_labels/lamps.csv` corrects labels that the eye does not confirm (`off`: no lens
is lit; `unknown`: nobody could tell). Crops are stored as the network sees them (`models.crops.lamp_picture`), but RGB.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import yaml

from models.boxes import iou
from models.crops import LAMP_SIZE_WH, Box, Image, lamp_picture
from models.errors import UserError
from models.labels import LABELS, SET_LABELS, read_yolo_txt
from models.training.lamps.drawn import draw_lamp, is_visible, spoil
from models.training.own_labels import FOLDER
from models.training.sets import DataFolderError, read_image
from models.training.sources import Sources

SEED = 2026
DRAWN = {"train": 9_000, "calibration": 1_000}
TIMES_JITTERED = {"train": 12, "calibration": 10}
FRAMES_APART = 4
# Hidden by leaves: the truth files know its phase from the main lamp, the eye cannot tell it.
HIDDEN_LAMP = "main_far_repeater"
TRAINING_CLIPS = ("dang_huy_tru_a", "dang_huy_tru_b", "ho_tung_mau_a")
SAMPLES = Path(__file__).parents[3] / "sample_videos"
COLUMNS = ("picture", "x1", "y1", "x2", "y2", "phase")
SAME_BOX_IOU = 0.8

Numbers = tuple[range | int, ...]
# A woman holding the lamp, desk, two lamps before wires, shop sign AC, building with a fence, arch over the road.
TEST_SCENES: Numbers = (
    *(range(39, 43), range(215, 220), range(386, 415), 418, 419, 421, range(429, 451)),
    *(82, 110, 155, 165, 235, 252, 264, 562, 574, 594, 609, 631, 650, 692),
    *(29, 31, 48, 49, 58, 225, 227, 274, 278, 286, 348, 353, 354, 362, 366, 368, 373, 377),
    *(range(457, 464), range(468, 484), 210, 350, 351, 356, 464, 93, range(611, 621), 86, 89, 598, 599),
)
# Heads close up against the sky; red lamps before dark trees.
CALIBRATION_SCENES: Numbers = (
    *(range(177, 200), range(267, 274), 281, 282, 287, 289, range(293, 297)),
    *(106, range(112, 116), 253, 487, 507, range(667, 690)),
)


class LampLabelsError(UserError):
    """A row of models/own_labels/lamps.csv could not be understood."""


@dataclass(frozen=True, slots=True)
class LampPicture:
    """One lamp head: `pixels` (H, W, 3) BGR hold more than the head, which is at `box` in them."""

    name: str
    part: str
    pixels: Image
    box: Box
    phase: str


def prepare_lamps(sources: Sources) -> dict[str, int]:
    """Writes `work/lamps/{train,calibration,test}.npz` and returns what is in them."""
    folder = sources.work / "lamps"
    counts: dict[str, int] = {}
    folder.mkdir(parents=True, exist_ok=True)
    clips = clip_lamps(sources.footage, TRAINING_CLIPS, "train")
    real = [*light_lamps(sources.data), *clip_lamps(SAMPLES, ("nguyen_trai_junction",), "train")]
    real += [replace(lamp, phase="unknown") if lamp.name.endswith(HIDDEN_LAMP) else lamp for lamp in clips]
    for index, part in enumerate(("train", "calibration", "test")):
        rng = np.random.default_rng((SEED, index))
        shown = [*_real_crops(part, [lamp for lamp in real if lamp.part == part], rng)]
        photographed = len(shown)
        shown += [draw_lamp(rng) for _ in range(DRAWN.get(part, 0))]
        height, width = LAMP_SIZE_WH[::-1]
        crops = np.array([lamp_picture(crop)[..., ::-1] for crop, _ in shown], np.uint8).reshape(-1, height, width, 3)
        labels = np.array([LABELS["lamps"].index(phase) for _, phase in shown], np.int64)
        np.savez(folder / f"{part}.npz", crops=crops, labels=labels, is_drawn=np.arange(len(shown)) >= photographed)
        counts |= {f"{part} drawn crops": len(shown) - photographed, f"{part} real crops": photographed}
    return counts


def _real_crops(part: str, lamps: list[LampPicture], rng: np.random.Generator) -> Iterator[tuple[Image, str]]:
    for lamp in lamps:
        # Of 25 pictures a second one is much like the next: clips get few crops of each.
        times = TIMES_JITTERED.get(part, 1) if lamp.name.startswith("lights/") else 2
        for time in range(times):
            yield _one_crop(lamp, rng if time else None)


def _one_crop(lamp: LampPicture, rng: np.random.Generator | None) -> tuple[Image, str]:
    """The head as it was photographed, or with `rng` as it might have been; what nobody could see is unknown."""
    crop = cut(lamp, rng)
    if rng is None:
        return crop, lamp.phase
    crop = spoil(crop, rng)
    return crop, lamp.phase if lamp.phase == "off" or is_visible(crop) else "unknown"


def part_of(number: int) -> str:
    """The part of the split that picture `lNUMBER.jpg` belongs to."""
    for part, scenes in (("test", TEST_SCENES), ("calibration", CALIBRATION_SCENES)):
        if any(number in scene if isinstance(scene, range) else number == scene for scene in scenes):
            return part
    return "train"


def light_lamps(data: Path) -> Iterator[LampPicture]:
    """Every labelled head of `data/lights` with our corrections."""
    corrections, files = read_corrections(), sorted((data / "lights/images").glob("l*.jpg"))
    if not files:
        remedy = "Give the data folder with --data."
        raise DataFolderError("no pictures `images/l….jpg`", where=str(data / "lights"), remedy=remedy)
    for file in files:
        image = read_image(file)
        labels = data / "lights/labels" / f"{file.stem}.txt"
        for box in read_yolo_txt(labels, (image.shape[1], image.shape[0]), SET_LABELS["lights"]):
            name = f"lights/{file.stem}"
            corrected = [phase for other, phase in corrections.get(name, []) if iou(box.xyxy, other) > SAME_BOX_IOU]
            phase = corrected[0] if corrected else box.label
            yield LampPicture(name, part_of(int(file.stem[1:])), image, box.xyxy, phase)


def clip_lamps(
    folder: Path, clips: tuple[str, ...], part: str, frames_apart: int = FRAMES_APART
) -> Iterator[LampPicture]:
    """Heads of a camera file in every so many-th frame whose phase the truth file tells; none where it has no lamp."""
    for clip in clips:
        signals, phases = _signals_and_phases(folder, clip)
        video, index = cv2.VideoCapture(str(folder / f"{clip}.mp4")), 0
        while video.grab():
            states = {s["light"]: s["state"] for s in phases if s["from_frame"] <= index <= s["to_frame"]}
            if states and index % frames_apart == 0:
                frame = np.asarray(video.retrieve()[1], np.uint8)
                for signal in signals:
                    name = signal["name"]
                    if name in states:
                        yield _around(f"{clip}/{name}", part, frame, signal["lamp_box"], states[name])
            index += 1
        video.release()


def _signals_and_phases(folder: Path, clip: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What a clip's camera file and truth file say of its lamps; both are empty where it has none."""
    try:
        camera = yaml.safe_load((folder / f"{clip}.yaml").read_text(encoding="utf-8"))
        truth = json.loads((folder / f"{clip}.truth.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        remedy = "Give the folder of the clips with --footage."
        raise DataFolderError(f"clip {clip} cannot be used ({error})", where=str(folder), remedy=remedy) from error
    return camera.get("signals", []), truth.get("signals", [])


def cut(lamp: LampPicture, rng: np.random.Generator | None) -> Image:
    """The pixels of the box; with `rng` as an operator may draw it, from tight to generous."""
    x1, y1, x2, y2 = lamp.box
    if rng is not None:
        width, height = x2 - x1, y2 - y1
        x1, x2 = x1 - rng.uniform(-0.08, 0.2) * width, x2 + rng.uniform(-0.08, 0.2) * width
        y1, y2 = y1 - rng.uniform(-0.05, 0.12) * height, y2 + rng.uniform(-0.05, 0.12) * height
    high, wide = lamp.pixels.shape[:2]
    left, top = min(max(0, round(x1)), wide - 2), min(max(0, round(y1)), high - 2)
    return lamp.pixels[top : max(top + 2, min(high, round(y2))), left : max(left + 2, min(wide, round(x2)))]


def read_corrections(file: Path = FOLDER / "lamps.csv") -> dict[str, list[tuple[Box, str]]]:
    """Corrected phases by picture, each with its box in pixels. Raises `LampLabelsError` naming file and line."""
    found: dict[str, list[tuple[Box, str]]] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise LampLabelsError("wrong columns", where=str(file), remedy=f"The first line is {','.join(COLUMNS)}.")
        for row in rows:
            try:
                box = (float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"]))
            except (TypeError, ValueError):
                remedy = f"Columns are {','.join(COLUMNS)}."
                raise LampLabelsError("not a number", where=f"{file}:{rows.line_num}", remedy=remedy) from None
            if row["phase"] not in LABELS["lamps"]:
                remedy = f"Phases are {', '.join(LABELS['lamps'])}."
                raise LampLabelsError(f"unknown phase `{row['phase']}`", where=f"{file}:{rows.line_num}", remedy=remedy)
            found.setdefault(row["picture"], []).append((box, row["phase"]))
    return found


def _around(name: str, part: str, frame: Image, box: list[float], phase: str) -> LampPicture:
    """The head with as much around it as jitter needs, so that frames need not be kept."""
    lamp = LampPicture(name, part, frame, (box[0], box[1], box[2], box[3]), phase)
    margin = round(0.3 * max(box[2] - box[0], box[3] - box[1]))
    left, top = max(0, round(box[0]) - margin), max(0, round(box[1]) - margin)
    near = frame[top : round(box[3]) + margin, left : round(box[2]) + margin].copy()
    return replace(lamp, pixels=near, box=(box[0] - left, box[1] - top, box[2] - left, box[3] - top))


def load_part(folder: Path, part: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Crops (n, 64, 32, 3) RGB, their label numbers, and which were drawn. Raises `UserError` when not prepared."""
    file = folder / f"{part}.npz"
    if not file.exists():
        raise UserError("no training set", where=str(file), remedy="Run `python -m models prepare lamps` first.")
    with np.load(file) as stored:
        return stored["crops"], stored["labels"], stored["is_drawn"]
