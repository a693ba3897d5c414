"""Training samples of plate text: made-up plates, real crops with our cleaned texts, and halves of them put together.

The split of the real crops is by plate, never by picture: crops of one text, or of texts that differ in one character at
one place, lie on one side, so that no vehicle is both learned and judged.
"""

import hashlib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import UserError
from models.plate_list import PlateCrop, read_plate_list
from models.plate_text import SYMBOLS, Grey, fitted
from models.training.plate_text.draw import draw_plate
from models.training.plate_text.wear import Sample, worn

TEXTS_FILE = Path(__file__).parents[2] / "own_labels/plate_texts.csv"
VALIDATION_SHARE, CALIBRATION_SHARE = 0.22, 0.13
TEXT_LENGTH_MAX = 10
REAL_SHARE, MIXED_SHARE, NO_PLATE_SHARE = 0.35, 0.15, 0.06
TEXT_SHARE = {1: 0.72, 2: 0.38}
"""Letter height over crop height of real crops, about."""
OVERLAP = 0.03
"""Of the plate's height: what both lines keep of the other's half, as `ocr/rectify.py` cuts them."""


class PlateCropError(UserError):
    """A picture of the list is missing or cannot be decoded."""


def own_plates() -> list[PlateCrop]:
    """Our own list. Raises `PlateListError`."""
    return read_plate_list(TEXTS_FILE)


def split(crops: list[PlateCrop]) -> dict[str, list[PlateCrop]]:
    """`train`, `calibration` and `validation`; the same for the same crops, in any order."""
    parts: dict[str, list[PlateCrop]] = {"train": [], "calibration": [], "validation": []}
    ordered = sorted(crops, key=lambda crop: crop.name)
    group_of = _groups({crop.text for crop in crops if crop.text})
    first_name: dict[str, str] = {}
    for crop in ordered:
        # Keyed by the group's first picture, so that a text corrected later moves nothing to the other side.
        key = first_name.setdefault(group_of.get(crop.text, crop.name), crop.name)
        place = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        if place < VALIDATION_SHARE:
            parts["validation"].append(crop)
        else:
            parts["calibration" if place < VALIDATION_SHARE + CALIBRATION_SHARE else "train"].append(crop)
    return parts


def _groups(texts: set[str]) -> dict[str, str]:
    """The first text of each group of texts that are linked by differing in one place only."""
    root = {text: text for text in texts}

    def find(text: str) -> str:
        while root[text] != text:
            text = root[text]
        return text

    for one, other in combinations(sorted(texts), 2):
        if len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1:
            first, second = sorted((find(one), find(other)))
            root[second] = first
    return {text: find(text) for text in texts}


def load_grey(folder: Path, crop: PlateCrop) -> Grey:
    """The crop's picture, (height, width) grey. Raises `PlateCropError` naming the file."""
    picture = cv2.imread(str(folder / crop.name), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise PlateCropError("no picture that can be decoded", where=str(folder / crop.name))
    return np.asarray(picture, np.uint8)


def encode(text: str) -> list[int]:
    """Class numbers of a text."""
    return [1 + SYMBOLS.index(symbol) for symbol in text]


def split_lines(picture: Grey, lines: int, at: float = 0.5, overlap: float = OVERLAP) -> tuple[Grey, ...]:
    """A plate cut into its lines at a share of its height; both keep a little of the other's half."""
    if lines == 1:
        return (picture,)
    height = picture.shape[0]
    upper, lower = round((at + overlap) * height), round((at - overlap) * height)
    return picture[: max(1, upper)], picture[min(height - 1, lower) :]


def as_input(lines: tuple[Grey, ...]) -> NDArray[np.float32]:
    """(1, 48, 256) float32, 0 to 1."""
    return fitted(lines)[None].astype(np.float32) / np.float32(255)


Item = tuple[NDArray[np.float32], NDArray[np.int64], int, int]


class PlateTexts:
    """An endless stream of (picture (1, 48, 256), classes (10,), length, legible 1/0/-1); length 0: no text is taught."""

    def __init__(self, pictures: list[tuple[Grey, PlateCrop]]) -> None:
        self.legible = [(picture, crop) for picture, crop in pictures if crop.legible]
        self.illegible = [(picture, crop) for picture, crop in pictures if not crop.legible]
        self.halves = [(picture, crop) for picture, crop in self.legible if crop.lines == 2 and len(crop.text) == 9]

    def stream(self, rng: np.random.Generator) -> Iterator[Item]:
        """Samples as `rng` draws them."""
        while True:
            sample, lines, text = self._draw(rng)
            taught = text if sample.readable else ""
            classes = np.zeros(TEXT_LENGTH_MAX, np.int64)
            classes[: len(taught)] = encode(taught)
            cut = split_lines(sample.picture, lines, rng.uniform(0.45, 0.55), rng.uniform(0.0, 2 * OVERLAP))
            yield as_input(cut), classes, len(taught), sample.legible

    def _draw(self, rng: np.random.Generator) -> tuple[Sample, int, str]:
        """One sample, the lines to cut it into, and its text."""
        way = rng.random()
        if way < REAL_SHARE and self.legible:
            picture, crop = _one_of(rng, self.legible)
            return worn(rng, picture, TEXT_SHARE[crop.lines], gentle=True), crop.lines, crop.text
        way -= REAL_SHARE
        if way < MIXED_SHARE and self.halves:
            picture, text = self._recombined(rng)
            return worn(rng, picture, TEXT_SHARE[2], gentle=True), 2, text
        if way < MIXED_SHARE + NO_PLATE_SHARE:
            sample, lines = self._no_plate(rng)
            return sample, lines, ""
        drawn = draw_plate(rng)
        return worn(rng, drawn.picture, drawn.text_share), drawn.lines, drawn.text

    def _recombined(self, rng: np.random.Generator) -> tuple[Grey, str]:
        """The upper line of one real plate over the lower line of another: 4 + 5 characters."""
        (upper, above), (lower, below) = _one_of(rng, self.halves), _one_of(rng, self.halves)
        lower = np.asarray(cv2.resize(lower, (upper.shape[1], upper.shape[0])), np.uint8)
        shift = float(np.mean(upper)) - float(np.mean(lower))
        lower = np.clip(lower.astype(np.float32) + shift, 0, 255).astype(np.uint8)
        half = upper.shape[0] // 2
        return np.vstack((upper[:half], lower[half:])), above.text[:4] + below.text[4:]

    def _no_plate(self, rng: np.random.Generator) -> tuple[Sample, int]:
        """Real illegible crops, texture, plates on their head or cut into the wrong lines: nothing of it may be read."""
        way = rng.random()
        if way < 0.55 and self.illegible:
            picture, crop = _one_of(rng, self.illegible)
            return Sample(worn(rng, picture, TEXT_SHARE[2], gentle=True).picture, 0, False), crop.lines or 2
        if way < 0.85 and self.legible:
            picture, crop = _one_of(rng, self.legible)
            if rng.random() < 0.5:
                return Sample(worn(rng, picture, TEXT_SHARE[crop.lines], gentle=True).picture, 0, False), 3 - crop.lines
            turned = np.ascontiguousarray(picture[::-1] if rng.random() < 0.5 else picture[:, ::-1])
            return Sample(turned, 0, False), crop.lines
        coarse = rng.integers(0, 256, (int(rng.integers(1, 40)), int(rng.integers(1, 60))), np.uint8)
        texture = np.asarray(cv2.resize(coarse, (160, 64), interpolation=cv2.INTER_CUBIC), np.uint8)
        return Sample(texture, 0, False), int(rng.integers(1, 3))


def _one_of(rng: np.random.Generator, pictures: list[tuple[Grey, PlateCrop]]) -> tuple[Grey, PlateCrop]:
    return pictures[int(rng.integers(len(pictures)))]
