"""Plates drawn for tests: black on white, with a rim, as the law lays them out (proportions in millimetres)."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from detector.vocabulary import Pixels

PX_PER_MM = 1.2


def draw_plate(*lines: str, background: str = "white", ink: str = "black") -> Pixels:
    """One line: 520x110 mm; two lines: 190x140 mm (motorcycle). (height, width, 3) BGR."""
    width_mm, height_mm = (520, 110) if len(lines) == 1 else (190, 140)
    width, height = round(width_mm * PX_PER_MM), round(height_mm * PX_PER_MM)
    picture = Image.new("RGB", (width, height), background)
    brush = ImageDraw.Draw(picture)
    brush.rounded_rectangle((2, 2, width - 3, height - 3), radius=8, outline=ink, width=2)
    for index, text in enumerate(lines):
        band = height / len(lines)
        box = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((0, 0), text, font=_font(100))
        size = min(100 * 0.62 * band / (box[3] - box[1]), 100 * 0.86 * width / (box[2] - box[0]))
        centre = (width / 2, band * (index + 0.5) + (0.04 if index == 0 and len(lines) == 2 else -0.02) * band)
        brush.text(centre, text, fill=ink, font=_font(size), anchor="mm", stroke_width=1, stroke_fill=ink)
    return np.ascontiguousarray(np.asarray(picture, np.uint8)[:, :, ::-1])


def on_street(plate: Pixels, *, margin_share: float = 0.15, tilt_deg: float = 0.0, grey: int = 60) -> Pixels:
    """The plate on a dark background with a margin, turned by some degrees."""
    height = plate.shape[0]
    border = round(margin_share * height)
    framed = cv2.copyMakeBorder(plate, border, border, border, border, cv2.BORDER_CONSTANT, value=(grey, grey, grey))
    size = (framed.shape[1], framed.shape[0])
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), tilt_deg, 1.0)
    turned = cv2.warpAffine(framed, turn, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(grey, grey, grey))
    return np.asarray(turned, np.uint8)


def in_vehicle(
    plate: Pixels, *, size_wh: tuple[int, int], at_xy: tuple[int, int], width_px: int
) -> tuple[Pixels, tuple[float, float, float, float]]:
    """The plate pasted into a grey vehicle picture; also its box."""
    scale = width_px / plate.shape[1]
    small = cv2.resize(plate, (width_px, round(plate.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    picture = np.full((size_wh[1], size_wh[0], 3), 70, np.uint8)
    x, y = at_xy
    picture[y : y + small.shape[0], x : x + width_px] = small
    return picture, (float(x), float(y), float(x + width_px), float(y + small.shape[0]))


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
