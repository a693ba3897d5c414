"""Made-up plates in every form and layout that the law knows, as clean grey pictures seen straight on.

Sizes: one line 520x110 mm, car two lines 330x165 mm, motorcycle 190x140 mm. Colour is a grey of ground and ink here: the
network sees grey, and white, yellow, blue and red plates differ to it in contrast and in which of both is brighter.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.plate_text.glyphs import draw_glyph

Grey = NDArray[np.uint8]
FIRST = "ABCDEFGHKLMNPSTUVXYZ"
SECOND = "ABCDEFGHKLMNPRSTUVXYZ"
PROVINCES = [str(code) for code in range(11, 100) if code not in (13, 42, 44, 45, 46, 87, 91, 96)]
SPECIAL = ("CD", "RM", "HC", "KT", "LD", "DA", "MK", "TD", "MĐ", "LB", "CT", "LĐ", "CĐ")
FOREIGN = ("NG", "QT", "CV", "NN")

# (form, lines, weight): the streets' shares, with what is rare on them made common enough to be learned.
FORMS = (
    ("moto_digit5", 2, 30),
    ("moto_digit4", 2, 12),
    ("moto_two_letters", 2, 9),
    ("moto_electric", 2, 5),
    ("car", 2, 9),
    ("special", 2, 3),
    ("foreign", 2, 2),
    ("military", 2, 1),
    ("car", 1, 22),
    ("car_old", 1, 2),
    ("special", 1, 4),
    ("foreign", 1, 2),
    ("military", 1, 1),
    ("temp", 1, 1),
)
_SHARES = np.array([weight for _, _, weight in FORMS], float) / sum(weight for _, _, weight in FORMS)


@dataclass(frozen=True, slots=True)
class Drawn:
    """`picture`: (height, width) grey; `text` without separators; `text_share`: letter height over plate height."""

    picture: Grey
    text: str
    lines: int
    text_share: float


def invented_lines(rng: np.random.Generator) -> tuple[str, ...]:
    """The lines of a plate as painted, with dash and dot."""
    form, lines, _ = FORMS[int(rng.choice(len(FORMS), p=_SHARES))]
    province = PROVINCES[int(rng.integers(len(PROVINCES)))]
    first, second = FIRST[int(rng.integers(len(FIRST)))], SECOND[int(rng.integers(len(SECOND)))]
    five = f"{int(rng.integers(1, 100_000)):05d}"
    if rng.random() < 0.1:  # lucky numbers repeat a digit; repeats are what CTC merges by mistake
        digit = str(rng.integers(10))
        five = "".join(digit if rng.random() < 0.75 else own for own in five)
    four, dotted = five[:4], f"{five[:3]}.{five[3:]}"
    one_to_nine = str(rng.integers(1, 10))
    special, foreign = SPECIAL[int(rng.integers(len(SPECIAL)))], FOREIGN[int(rng.integers(len(FOREIGN)))]
    two = {
        "moto_digit5": (f"{province}-{first}{one_to_nine}", dotted),
        "moto_digit4": (f"{province}-{first}{one_to_nine}", four),
        "moto_two_letters": (f"{province}-{first}{second}", dotted if rng.random() < 0.85 else four),
        "moto_electric": (f"{province}-MĐ{one_to_nine}", dotted),
        "car": (f"{province}{first}", dotted if rng.random() < 0.9 else four),
        "special": (f"{province}{special}", dotted if rng.random() < 0.8 else four),
        "foreign": (f"{province}-{five[:3]}", f"{foreign}-{five[3:]}{four[0] if rng.random() < 0.5 else ''}"),
        "military": (f"{first}{second}", f"{four[:2]}-{four[2:]}"),
    }
    if lines == 2:
        return two[form]
    one = {
        "car": f"{province}{first}-{dotted if rng.random() < 0.85 else five}",
        "car_old": f"{province}{first}-{four}",
        "special": f"{province}{special}-{dotted if rng.random() < 0.8 else four}",
        "foreign": f"{province}-{five[:3]}-{foreign}-{five[3:]}",
        "military": f"{first}{second}-{four[:2]}-{four[2:]}",
        "temp": f"T{province}-{dotted}",
    }
    return (one[form],)


def draw_plate(rng: np.random.Generator, lines: tuple[str, ...] | None = None) -> Drawn:
    """A new plate; with random ground, ink, letter shapes, frame, screws and stickers."""
    lines = lines or invented_lines(rng)
    height, width, text_share = _size(rng, lines)
    ground, ink = _tones(rng)
    picture = np.full((height, width), ground, np.uint8)
    _rim(rng, picture, ink)
    letter_height = text_share * height
    stroke = letter_height * rng.uniform(0.115, 0.175)
    bands = [(1 - text_share) / 2] if len(lines) == 1 else _two_bands(rng, text_share)
    for index, (line, top) in enumerate(zip(lines, bands, strict=True)):
        short = len(lines) == 2 and index == 0
        share = rng.uniform(0.8, 0.92) if not short else rng.uniform(0.56, 0.8) + (0.1 if len(line) > 5 else 0.0)
        aspect = rng.uniform(0.42, 0.56) * (0.94 if len(lines) == 2 else 1.05)
        _line(rng, picture, line, (top * height, letter_height), share, aspect, stroke, ink)
    _fittings(rng, picture, ground)
    text = "".join(lines).replace("-", "").replace(".", "").replace("Đ", "D")
    return Drawn(picture, text, len(lines), text_share)


def _size(rng: np.random.Generator, lines: tuple[str, ...]) -> tuple[int, int, float]:
    if len(lines) == 1:
        return 96, round(96 * rng.uniform(4.2, 4.9)), rng.uniform(0.64, 0.78)
    car = "-" not in lines[0] and rng.random() < 0.8
    return 150, round(150 * (rng.uniform(1.85, 2.1) if car else rng.uniform(1.28, 1.45))), rng.uniform(0.35, 0.42)


def _two_bands(rng: np.random.Generator, text_share: float) -> list[float]:
    gap = rng.uniform(0.03, 0.08)
    top = (1 - 2 * text_share - gap) / 2 + rng.uniform(-0.015, 0.015)
    return [top, top + text_share + gap]


def _tones(rng: np.random.Generator) -> tuple[int, int]:
    if rng.random() < 0.13:  # blue, red
        return int(rng.integers(30, 110)), int(rng.integers(190, 256))
    ground = int(rng.integers(140, 256))
    return ground, int(rng.integers(5, max(6, min(110, ground - 70))))


def _rim(rng: np.random.Generator, picture: Grey, ink: int) -> None:
    height, width = picture.shape
    if rng.random() < 0.75:
        inset, thickness = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        tone = ink if rng.random() < 0.6 else int(rng.integers(90, 230))
        cv2.rectangle(picture, (inset, inset), (width - inset, height - inset), (tone,), thickness, cv2.LINE_AA)
    if rng.random() < 0.3:  # a frame around it, sometimes patterned
        tone, edge = int(rng.integers(0, 256)), int(rng.integers(2, 9))
        cv2.rectangle(picture, (0, 0), (width, height), (tone,), edge)
        if rng.random() < 0.4:
            for x in range(0, width, 6):
                cv2.line(picture, (x, 0), (x + 3, edge), (255 - tone,), 1)
                cv2.line(picture, (x, height), (x + 3, height - edge), (255 - tone,), 1)


def _line(
    rng: np.random.Generator,
    picture: Grey,
    line: str,
    band_top_height: tuple[float, float],
    share: float,
    aspect: float,
    stroke: float,
    ink: int,
) -> None:
    """Letters of one width with even gaps over `share` of the plate's width; dash and dot take half a place."""
    width = picture.shape[1]
    top, height = band_top_height
    units = np.array([{"-": 0.75, ".": 0.35, "1": 0.8, "M": 1.05}.get(symbol, 1.0) for symbol in line])
    pitch = share * width / units.sum()
    letter = min(aspect * height, 0.86 * pitch)
    pitch = min(pitch, letter * rng.uniform(1.16, 1.75))
    x = (width - pitch * units.sum()) / 2 + rng.uniform(-0.02, 0.02) * width
    for symbol, unit in zip(line, units, strict=True):
        middle = x + pitch * unit / 2
        jitter = rng.uniform(-0.012, 0.012) * height
        if symbol == "-":
            if rng.random() < 0.92:
                half = letter * rng.uniform(0.16, 0.32)
                y = round(top + height * rng.uniform(0.45, 0.56))
                cv2.line(picture, (round(middle - half), y), (round(middle + half), y), (ink,), max(1, round(stroke)))
        elif symbol == ".":
            if rng.random() < 0.94:
                foot = top + height * (0.95 if rng.random() < 0.8 else rng.uniform(0.5, 0.9))
                cv2.circle(
                    picture, (round(middle), round(foot)), max(1, round(stroke * rng.uniform(0.4, 0.7))), (ink,), -1
                )
        else:
            draw_glyph(picture, symbol, (middle - letter / 2, top + jitter, letter, height), stroke, ink)
        x += pitch * unit


def _fittings(rng: np.random.Generator, picture: Grey, ground: int) -> None:
    """Screws, the police emblem by the dash, dealers' stickers at the rim."""
    height, width = picture.shape
    for _ in range(int(rng.integers(0, 5)) if rng.random() < 0.5 else 0):
        at = (round(width * rng.choice([0.12, 0.2, 0.5, 0.8, 0.88])), round(height * rng.choice([0.1, 0.28, 0.5, 0.9])))
        radius = round(height * rng.uniform(0.018, 0.04))
        cv2.circle(picture, at, radius, (int(rng.integers(20, 240)),), -1, cv2.LINE_AA)
    if rng.random() < 0.35:
        at = (round(width * rng.uniform(0.4, 0.58)), round(height * rng.uniform(0.2, 0.36)))
        axes = (round(height * 0.05), round(height * 0.06))
        cv2.ellipse(
            picture, at, axes, 0, 0, 360, (float(np.clip(ground + rng.integers(-60, 40), 0, 255)),), -1, cv2.LINE_AA
        )
    if rng.random() < 0.12:
        word = "".join(chr(65 + int(rng.integers(26))) for _ in range(int(rng.integers(4, 10))))
        at = (round(width * rng.uniform(0.1, 0.6)), height - 2 if rng.random() < 0.7 else round(height * 0.08))
        cv2.putText(
            picture, word, at, cv2.FONT_HERSHEY_SIMPLEX, height / 520, (int(rng.integers(0, 200)),), 1, cv2.LINE_AA
        )
