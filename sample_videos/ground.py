"""The road surface as one painted picture seen from above: asphalt, wear, markings, pavements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .plates import plate_font

Array = NDArray[np.float64]
Spot = tuple[float, float]
WHITE = (226.0, 226.0, 220.0)
YELLOW = (226.0, 176.0, 60.0)


def _noise(rng: np.random.Generator, height: int, width: int, cell_px: float) -> Array:
    """Smooth noise -1..1 with blobs of about `cell_px`."""
    small = rng.standard_normal((max(2, int(height / cell_px) + 2), max(2, int(width / cell_px) + 2))).astype(
        np.float32
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).clip(-2, 2) / 2, float)


@dataclass(slots=True)
class GroundPainter:
    """Paints shapes given in metres onto a picture of x0..x1, y0..y1 at `ppm` pixels per metre."""

    x0: float
    x1: float
    y0: float
    y1: float
    ppm: float
    rng: np.random.Generator
    tone: float = 92.0
    picture: Array = field(init=False)
    _height: int = field(init=False)
    _width: int = field(init=False)
    _worn: Array = field(init=False)

    def __post_init__(self) -> None:
        self._height, self._width = int((self.y1 - self.y0) * self.ppm), int((self.x1 - self.x0) * self.ppm)
        grain = self.rng.standard_normal((self._height, self._width)) * 7
        broad = (
            _noise(self.rng, self._height, self._width, 2.2 * self.ppm) * 7
            + _noise(self.rng, self._height, self._width, 0.35 * self.ppm) * 4
        )
        base = self.tone + grain + broad
        self.picture = np.stack([base * 1.0, base * 1.0, base * 1.02], axis=2)
        self._worn = 0.5 + 0.5 * _noise(self.rng, self._height, self._width, 0.16 * self.ppm)

    def _pixels(self, spots: Sequence[Spot]) -> NDArray[np.int32]:
        points = np.asarray(spots, float)
        return np.asarray(
            np.stack([(points[:, 0] - self.x0) * self.ppm, (self.y1 - points[:, 1]) * self.ppm], 1).round(), np.int32
        )

    def _mask(self, spots: Sequence[Spot]) -> tuple[Array, tuple[slice, slice]]:
        """Coverage 0..1 of a shape, cut to the window (rows, columns) it lies in."""
        pixels = self._pixels(spots)
        x, y, w, h = cv2.boundingRect(pixels)
        x1, y1, x2, y2 = max(0, x), max(0, y), min(self._width, x + w), min(self._height, y + h)
        mask = np.zeros((max(0, y2 - y1), max(0, x2 - x1)), np.uint8)
        if mask.size:
            cv2.fillPoly(mask, [pixels - np.array([x1, y1], np.int32)], (255,), cv2.LINE_AA)
        return mask.astype(float) / 255, (slice(y1, max(y1, y2)), slice(x1, max(x1, x2)))

    def paint(self, spots: Sequence[Spot], colour: Sequence[float] = WHITE, *, wear: float = 0.25) -> None:
        """A filled shape of road paint, worn by `wear` 0..1."""
        mask, window = self._mask(spots)
        strength = mask * (1 - wear * self._worn[window]) * 0.93
        patch = self.picture[window]
        self.picture[window] = patch + strength[:, :, None] * (
            np.asarray(colour, float) + (patch - self.tone) * 0.4 - patch
        )

    def line(
        self,
        a: Spot,
        b: Spot,
        width: float,
        colour: Sequence[float] = WHITE,
        *,
        dash: tuple[float, float] | None = None,
        wear: float = 0.25,
    ) -> None:
        """A straight marking; `dash` is (painted, gap) in metres."""
        start, end = np.asarray(a, float), np.asarray(b, float)
        length = float(np.linalg.norm(end - start))
        along = (end - start) / length
        across = np.array([-along[1], along[0]]) * width / 2
        painted, gap = dash or (length, 1.0)
        at = 0.0
        while at < length:
            p, q = start + along * at, start + along * min(length, at + painted)
            self.paint([tuple(p + across), tuple(q + across), tuple(q - across), tuple(p - across)], colour, wear=wear)
            at += painted + gap

    def zebra(self, x0: float, x1: float, y0: float, y1: float, *, bar: float = 0.4, gap: float = 0.45) -> None:
        at = x0
        while at + bar <= x1:
            self.paint([(at, y0), (at + bar, y0), (at + bar, y1), (at, y1)])
            at += bar + gap

    def arrow(
        self, x: float, y: float, movements: Sequence[str], *, ahead: float = 1.0, colour: Sequence[float] = WHITE
    ) -> None:
        """A lane arrow 3.6 m long whose shaft starts at (x, y); `ahead` is +1 for travel along +y, -1 against it."""

        def put(shape: Sequence[Spot]) -> None:
            self.paint([(x + ahead * u, y + ahead * v) for u, v in shape], colour, wear=0.3)

        if "straight" in movements:
            put([(-0.09, 0), (0.09, 0), (0.09, 2.4), (0.3, 2.4), (0, 3.6), (-0.3, 2.4), (-0.09, 2.4)])
        else:
            put([(-0.09, 0), (0.09, 0), (0.09, 1.5), (-0.09, 1.5)])
        for side, name in ((1.0, "right"), (-1.0, "left")):
            if name in movements:
                put(
                    [
                        (side * u, v)
                        for u, v in [
                            (-0.09, 1.15),
                            (0.09, 1.0),
                            (0.5, 1.75),
                            (0.5, 1.4),
                            (0.85, 2.15),
                            (0.5, 2.75),
                            (0.5, 2.3),
                            (-0.09, 1.6),
                        ]
                    ]
                )

    def text(self, x: float, y: float, word: str, *, width: float = 2.0, length: float = 2.4) -> None:
        """A word on the road, stretched along the way of travel, its middle at (x, y)."""
        font = plate_font(140)
        left, top, right, bottom = font.getbbox(word)
        mask = Image.new("L", (int(right - left), int(bottom - top)), 0)
        ImageDraw.Draw(mask).text((-left, -top), word, fill=255, font=font)
        fitted = (
            np.asarray(mask.resize((int(width * self.ppm), int(length * self.ppm)), Image.Resampling.LANCZOS), float)
            / 255
        )
        column, row = self._pixels([(x - width / 2, y + length / 2)])[0]
        window = (slice(row, row + fitted.shape[0]), slice(column, column + fitted.shape[1]))
        patch = self.picture[window]
        strength = fitted * (1 - 0.3 * self._worn[window]) * 0.9
        self.picture[window] = patch + strength[:, :, None] * (np.asarray(WHITE) - patch)

    def surface(self, spots: Sequence[Spot], colour: Sequence[float], *, tile: float = 0.0) -> None:
        """Another ground (pavement, soil, grass), with joints every `tile` metres."""
        mask, window = self._mask(spots)
        patch = self.picture[window]
        fill = np.asarray(colour, float) + (patch - self.tone) * 0.8
        if tile and mask.size:
            height, width = mask.shape
            step = max(2, int(tile * self.ppm))
            joint = np.zeros((height, width), bool)
            joint[::step], joint[:, ::step] = True, True
            shade = np.kron(
                self.rng.uniform(0.93, 1.04, (height // step + 1, width // step + 1)), np.ones((step, step))
            )
            fill = fill * shade[:height, :width, None] * np.where(joint, 0.72, 1.0)[:, :, None]
        self.picture[window] = patch + mask[:, :, None] * (fill - patch)

    def wear_tracks(
        self, xs: Sequence[float], y0: float, y1: float, *, strength: float = 9.0, width: float = 0.55
    ) -> None:
        """Lighter or darker bands where wheels run."""
        columns = np.arange(self._width) / self.ppm + self.x0
        band = sum(np.exp(-(((columns - x) / width) ** 2)) for x in xs) * strength
        top, bottom = int((self.y1 - y1) * self.ppm), int((self.y1 - y0) * self.ppm)
        self.picture[max(0, top) : max(0, bottom)] -= np.asarray(band)[None, :, None]

    def blemishes(self, count: int) -> None:
        """Oil, patches, cracks, manholes, and leaves."""
        for _ in range(count):
            x, y = self.rng.uniform(self.x0, self.x1), self.rng.uniform(self.y0, self.y1)
            kind = self.rng.random()
            if kind < 0.45:
                self._blot((x, y), self.rng.uniform(0.1, 0.5), -self.rng.uniform(6, 20))
            elif kind < 0.6:
                w, h = self.rng.uniform(0.5, 2.2, 2)
                self.surface(
                    [(x, y), (x + w, y), (x + w, y + h), (x, y + h)], [self.tone - self.rng.uniform(6, 16)] * 3
                )
            elif kind < 0.9:
                self._crack((x, y))
            else:
                self._manhole((x, y))

    def _blot(self, at: Spot, radius: float, change: float) -> None:
        centre = self._pixels([at])[0]
        reach = max(2, int(radius * self.ppm))
        x1, y1, x2, y2 = self._window(centre, reach * 3)
        if x2 <= x1 or y2 <= y1:
            return
        mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
        spot = (int(centre[0]) - x1, int(centre[1]) - y1)
        cv2.ellipse(mask, spot, (reach, int(reach * 0.7)), float(self.rng.uniform(0, 180)), 0, 360, (255,), -1)
        soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, reach / 2.5))
        self.picture[y1:y2, x1:x2] += soft[:, :, None].astype(float) / 255.0 * change

    def _window(self, centre: NDArray[np.int32], reach: int) -> tuple[int, int, int, int]:
        x, y = int(centre[0]), int(centre[1])
        return max(0, x - reach), max(0, y - reach), min(self._width, x + reach), min(self._height, y + reach)

    def _crack(self, at: Spot) -> None:
        heading, spot = self.rng.uniform(0, 2 * np.pi), np.asarray(at)
        spots = [tuple(spot)]
        for _ in range(int(self.rng.integers(6, 22))):
            heading += self.rng.normal(0, 0.5)
            spot = spot + 0.18 * np.array([np.cos(heading), np.sin(heading)])
            spots.append(tuple(spot))
        layer = self.picture
        cv2.polylines(
            layer, [self._pixels(spots)], False, (self.tone - 38,) * 3, max(1, int(0.012 * self.ppm)), cv2.LINE_AA
        )

    def _manhole(self, at: Spot) -> None:
        centre = self._pixels([at])[0]
        layer = self.picture
        spot, reach = (int(centre[0]), int(centre[1])), int(0.36 * self.ppm)
        cv2.circle(layer, spot, reach, (70.0, 68.0, 66.0), -1, cv2.LINE_AA)
        cv2.circle(layer, spot, reach, (48.0, 47.0, 46.0), max(1, int(0.03 * self.ppm)), cv2.LINE_AA)
        cv2.circle(layer, spot, int(reach * 0.6), (56.0, 55.0, 54.0), max(1, int(0.02 * self.ppm)), cv2.LINE_AA)

    def finished(self) -> NDArray[np.uint8]:
        return np.asarray(self.picture.clip(0, 255).astype(np.uint8))

    def corners(self) -> Array:
        """Where the picture lies in the scene: (4, 3), top left first."""
        return np.array(
            [[self.x0, self.y1, 0], [self.x1, self.y1, 0], [self.x1, self.y0, 0], [self.x0, self.y0, 0]], float
        )
