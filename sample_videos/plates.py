"""Vietnamese plates: made-up numbers in the real grammar, and their pictures.

Sizes and layout: one line 520×110 mm, two lines 330×165 mm, motorbike two lines 190×140 mm (QCVN 08:2024/BCA).
White is private, yellow transport business, blue public service.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FIRST_LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
SECOND_LETTERS = "ABCDEFHKLMNPSTUVXYZ"
PROVINCES = (
    "22",
    "23",
    "29",
    "30",
    "19",
    "20",
    "24",
    "21",
    "25",
    "88",
    "98",
    "99",
    "14",
    "15",
    "34",
    "89",
    "90",
    "36",
    "51",
    "59",
)
_PX_PER_MM = 1.6


class PlateShape(StrEnum):
    LONG = "long"  # car, one line
    SHORT = "short"  # car, two lines
    MOTORBIKE = "motorbike"  # two lines


SIZES_MM = {PlateShape.LONG: (520, 110), PlateShape.SHORT: (330, 165), PlateShape.MOTORBIKE: (190, 140)}


class PlateColour(StrEnum):
    WHITE = "white"
    YELLOW = "yellow"
    BLUE = "blue"


_INK = {
    PlateColour.WHITE: ((240, 241, 238), (22, 22, 24)),
    PlateColour.YELLOW: ((246, 193, 30), (22, 22, 24)),
    PlateColour.BLUE: ((20, 60, 150), (240, 240, 240)),
}


@dataclass(frozen=True, slots=True)
class Plate:
    """`text` has no separators, as a reader reports it: 23AB12345, 22A56789."""

    text: str
    shape: PlateShape
    colour: PlateColour = PlateColour.WHITE

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands on the metal: the line breaks, the dash after the province (motorbikes) and the dot."""
        head, number = self.text[:-5], f"{self.text[-5:-2]}.{self.text[-2:]}"
        if self.shape is PlateShape.LONG:
            return (f"{head}-{number}",)
        return (f"{head[:2]}-{head[2:]}" if self.shape is PlateShape.MOTORBIKE else head, number)

    @property
    def size_m(self) -> tuple[float, float]:
        width, height = SIZES_MM[self.shape]
        return width / 1000, height / 1000


def invented_plate(rng: np.random.Generator, shape: PlateShape, colour: PlateColour = PlateColour.WHITE) -> Plate:
    """A random valid plate."""
    letters = FIRST_LETTERS[: 11 if colour is PlateColour.BLUE else None]
    serial = str(rng.choice(list(letters)))
    if shape is PlateShape.MOTORBIKE:
        serial += str(rng.choice(list(SECOND_LETTERS))) if rng.random() < 0.5 else str(rng.integers(1, 10))
    return Plate(f"{rng.choice(PROVINCES)}{serial}{int(rng.integers(1, 99999)):05d}", shape, colour)


@cache
def plate_font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans Bold as matplotlib brings it along; narrowed when drawn, it comes close to the plate letters."""
    import matplotlib  # comes with pyvista: only drawing needs it

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"), size)


def plate_picture(plate: Plate) -> NDArray[np.uint8]:
    """RGB picture (height, width, 3) of the plate seen straight on."""
    width, height = (int(side * _PX_PER_MM) for side in SIZES_MM[plate.shape])
    ground, ink = _INK[plate.colour]
    picture = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(picture)
    edge = max(3, int(4 * _PX_PER_MM * (0.6 if plate.shape is PlateShape.MOTORBIKE else 1)))
    draw.rounded_rectangle((2, 2, width - 3, height - 3), radius=edge * 2, outline=ink, width=max(2, edge // 2))
    rows = len(plate.lines)
    for k, line in enumerate(plate.lines):
        top, bottom = height * (0.1 + 0.8 * k / rows), height * (0.1 + 0.8 * (k + 1) / rows)
        share = 0.86 if plate.shape is PlateShape.LONG else (0.72 if rows == 2 and k == 0 else 0.84)
        _line(
            picture,
            line,
            (width * (0.5 - share / 2), top + height * 0.03, width * (0.5 + share / 2), bottom - height * 0.03),
            ink,
        )
    return np.asarray(picture)


def _line(picture: Image.Image, text: str, room: tuple[float, float, float, float], ink: tuple[int, int, int]) -> None:
    """Letters drawn large, trimmed, and squeezed into `room`, as the narrow plate letters are."""
    font = plate_font(160)
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8), 0)
    ImageDraw.Draw(mask).text((4 - left, 4 - top), text, fill=255, font=font)
    fitted = mask.resize((max(1, int(room[2] - room[0])), max(1, int(room[3] - room[1]))), Image.Resampling.LANCZOS)
    picture.paste(Image.new("RGB", fitted.size, ink), (int(room[0]), int(room[1])), fitted)
