"""What stands beside the road: tube houses with shop fronts, trees, kerbs, walls, poles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .mesh import Colour, Mesh, box, join, painted, rounded_box, tube
from .plates import plate_font

Array = NDArray[np.float64]
PX_PER_M = 56
PLASTER: tuple[Colour, ...] = (
    (226, 208, 168),
    (214, 196, 190),
    (186, 204, 196),
    (232, 226, 210),
    (222, 178, 128),
    (176, 192, 208),
    (238, 214, 130),
    (204, 210, 188),
    (196, 160, 150),
)
SIGNS = (
    "PHỞ BÒ",
    "TẠP HÓA",
    "CÀ PHÊ",
    "SỬA XE MÁY",
    "NHÀ THUỐC",
    "BÁNH MÌ",
    "CƠM BÌNH DÂN",
    "ĐIỆN THOẠI",
    "THỜI TRANG",
    "VĂN PHÒNG PHẨM",
    "TRÀ SỮA",
    "NHÀ NGHỈ",
    "VẬT LIỆU XÂY DỰNG",
    "HOA TƯƠI",
    "CẮT TÓC",
    "BÚN CHẢ",
    "GIẶT LÀ",
    "QUÁN ỐC",
)
_SIGN_GROUNDS = (
    (190, 28, 36),
    (22, 80, 160),
    (20, 120, 70),
    (235, 180, 30),
    (240, 240, 236),
    (120, 40, 110),
    (220, 96, 24),
)


def facade(rng: np.random.Generator, width_m: float, storeys: int, wall: Colour) -> NDArray[np.uint8]:
    """Picture of a house front: shop below, windows and balconies above."""
    width, storey = int(width_m * PX_PER_M), int(3.4 * PX_PER_M)
    height = storey * storeys
    picture = Image.new("RGB", (width, height), _rgb(wall))
    draw = ImageDraw.Draw(picture)
    _shop(rng, draw, width, height, storey)
    for k in range(1, storeys):
        _upper(rng, draw, width, height - storey * (k + 1), storey, wall)
    stain = rng.normal(0, 2.5, (height, width, 1)) + np.linspace(4, -8, height)[:, None, None]
    streaks = np.repeat(rng.normal(0, 4, (1, width, 1)), height, axis=0) * np.linspace(0, 1, height)[:, None, None]
    return np.asarray((np.asarray(picture, float) + stain + streaks).clip(0, 255).astype(np.uint8))


def _rgb(colour: Sequence[float]) -> tuple[int, int, int]:
    return int(colour[0]), int(colour[1]), int(colour[2])


def _shop(rng: np.random.Generator, draw: ImageDraw.ImageDraw, width: int, height: int, storey: int) -> None:
    top, sign = height - storey, int(0.85 * PX_PER_M)
    ground = _SIGN_GROUNDS[int(rng.integers(len(_SIGN_GROUNDS)))]
    ink = (30, 30, 34) if sum(ground) > 480 else (250, 244, 226)
    draw.rectangle((4, top + 4, width - 5, top + sign), fill=ground)
    text = SIGNS[int(rng.integers(len(SIGNS)))]
    font = _fitting(text, width - 24, int(sign * 0.6))
    draw.text((width / 2, top + sign / 2 + 2), text, fill=ink, font=font, anchor="mm")
    left, right, door = 12, width - 12, top + sign + 10
    if rng.random() < 0.4:
        base = int(rng.integers(110, 190))
        for y in range(door, height - 8, 7):
            draw.rectangle((left, y, right, y + 4), fill=(base, base + 4, base + 10))
            draw.line((left, y + 5, right, y + 5), fill=(base - 45, base - 42, base - 38), width=2)
        return
    draw.rectangle((left, door, right, height - 6), fill=(44, 42, 40))
    for _ in range(26):
        x, y = int(rng.integers(left, right)), int(rng.integers(door + 20, height - 20))
        w, h = int(rng.integers(6, 34)), int(rng.integers(6, 30))
        grey, tint = int(rng.integers(45, 120)), rng.integers(-14, 15, 3)
        colour = (grey + int(tint[0]), grey + int(tint[1]), grey + int(tint[2]))
        draw.rectangle((x, y, min(right, x + w), min(height - 8, y + h)), fill=colour)
    draw.rectangle((left, door, right, door + 14), fill=(90, 84, 70))
    for x in (left, (left + right) // 2, right):
        draw.rectangle((x - 4, door, x + 4, height - 6), fill=(150, 148, 142))


def _fitting(text: str, width: int, height: int) -> ImageFont.FreeTypeFont:
    size = height
    while size > 8 and plate_font(size).getlength(text) > width:
        size -= 2
    return plate_font(size)


def _upper(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, width: int, top: int, storey: int, wall: Colour
) -> None:
    frame = (240, 238, 230) if sum(wall) < 600 else (110, 80, 58)
    count = max(1, int(width / PX_PER_M / 1.9))
    for k in range(count):
        centre = int(width * (k + 0.5) / count)
        w, h = int(0.62 * PX_PER_M), int(1.9 * PX_PER_M)
        y = top + int(0.7 * PX_PER_M)
        draw.rectangle((centre - w - 5, y - 5, centre + w + 5, y + h + 5), fill=frame)
        draw.rectangle((centre - w, y, centre + w, y + h), fill=(70, 86, 98))
        draw.polygon([(centre - w, y), (centre, y), (centre - w, y + h)], fill=(104, 124, 138))
        draw.line((centre, y, centre, y + h), fill=frame, width=5)
        draw.line((centre - w, y + h // 3, centre + w, y + h // 3), fill=frame, width=4)
    if rng.random() < 0.7:
        y = top + storey - int(1.0 * PX_PER_M)
        for x in range(4, width, 11):
            draw.line((x, y, x, top + storey - 8), fill=(60, 62, 66), width=3)
        draw.rectangle((0, y - 5, width, y + 2), fill=(70, 72, 76))
    draw.rectangle((0, top + storey - 9, width, top + storey), fill=tuple(int(c * 0.8) for c in wall))


def house(x: float, y: float, width: float, depth: float, storeys: int, wall: Colour) -> Mesh:
    """The bare block; (x, y) is the middle of its ground plan, width along x, depth along y."""
    high = 3.4 * storeys
    roof = tuple(c * 0.6 for c in wall)
    return join(
        box((x, y, high / 2), (width, depth, high), wall),
        box((x, y, high + 0.15), (width + 0.3, depth + 0.3, 0.3), (roof[0], roof[1], roof[2])),
    )


def tree(rng: np.random.Generator, x: float, y: float, height: float) -> Mesh:
    """A street tree: trunk, branches and a few thousand leaves."""
    crown, spread = height * 0.62, height * 0.3
    parts = [
        tube(
            [(x, y, 0), (x + rng.normal(0, 0.08), y, height * 0.3), (x + rng.normal(0, 0.15), y, crown)],
            [0.17, 0.12, 0.07],
            (92, 78, 64),
            side=(1, 0, 0),
            around=9,
        )
    ]
    clumps = rng.normal(0, 1, (16, 3)) * (spread * 0.55, spread * 0.55, height * 0.12) + (x, y, crown + height * 0.1)
    parts += [
        tube([(x, y, height * 0.42), tuple(clump)], [0.06, 0.02], (92, 78, 64), side=(1, 0, 0), fine=1, around=5)
        for clump in clumps[:7]
    ]
    count = 6500
    centres = (
        clumps[rng.integers(0, len(clumps), count)] + rng.normal(0, 1, (count, 3)) * (0.42, 0.42, 0.3) * spread * 0.5
    )
    edges = rng.normal(0, 0.095, (count, 2, 3))
    points = np.stack([centres, centres + edges[:, 0], centres + edges[:, 1]], axis=1).reshape(-1, 3)
    shade = np.clip(0.75 + 0.4 * (centres[:, 2] - crown) / height, 0.5, 1.15)[:, None] * rng.uniform(
        0.8, 1.15, (count, 1)
    )
    leaves = painted(points, np.arange(count * 3).reshape(-1, 3), (70, 112, 48))
    hue = rng.uniform(0.9, 1.12, (count, 3))
    leaves.colours[:] = leaves.colours * shade * hue
    parts.append(leaves)
    return join(*parts)


def shrubs(
    rng: np.random.Generator, x: float, y0: float, y1: float, *, width: float = 0.7, height: float = 0.55
) -> Mesh:
    """A trimmed hedge along y, as stands on medians."""
    count = int((y1 - y0) * 480)
    centres = np.stack(
        [rng.uniform(-width / 2, width / 2, count) + x, rng.uniform(y0, y1, count), rng.uniform(0.12, height, count)], 1
    )
    points = (
        centres[:, None, :] + np.concatenate([np.zeros((count, 1, 3)), rng.normal(0, 0.045, (count, 2, 3))], axis=1)
    ).reshape(-1, 3)
    leaves = painted(points, np.arange(count * 3).reshape(-1, 3), (64, 104, 46))
    leaves.colours[:] *= rng.uniform(0.65, 1.2, (count, 1)) * (0.6 + 0.6 * centres[:, 2:3] / height)
    core = box((x, (y0 + y1) / 2, height * 0.4), (width * 0.8, y1 - y0, height * 0.8), (34, 52, 28))
    return join(leaves, core)


def kerb(x: float, y0: float, y1: float, *, width: float = 0.22, height: float = 0.14) -> Mesh:
    """Kerb stones along y, painted in turns."""
    parts = []
    y = y0
    k = 0
    while y < y1 - 0.05:
        end = min(y1, y + 1.0)
        colour = (208, 206, 198) if k % 2 else (186, 184, 178)
        parts.append(
            rounded_box((x, (y + end) / 2, height / 2), (width, end - y - 0.02, height), 0.03, colour, cell_m=1.0)
        )
        y, k = end, k + 1
    return join(*parts)


def bollards(spots: Sequence[tuple[float, float]]) -> Mesh:
    return join(
        *[
            join(
                tube([(x, y, 0), (x, y, 0.75)], [0.06, 0.055], (225, 120, 30), side=(1, 0, 0), fine=1),
                tube([(x, y, 0.5), (x, y, 0.6)], [0.066, 0.066], (240, 240, 238), side=(1, 0, 0), fine=1),
            )
            for x, y in spots
        ]
    )
