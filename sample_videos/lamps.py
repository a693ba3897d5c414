"""Signal posts: a head of red, yellow and green discs, an arrow lamp, a far repeater. All face drivers (towards -y)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .mesh import Colour, Mesh, Surface, box, ellipsoid, join, painted, rounded_box, tube

LIT: dict[str, Colour] = {"red": (255, 48, 36), "yellow": (255, 205, 50), "green": (40, 255, 150)}
UNLIT: dict[str, Colour] = {"red": (62, 18, 16), "yellow": (66, 54, 18), "green": (14, 52, 38)}
HOUSING: Colour = (34, 36, 38)


class LampKind(StrEnum):
    DISCS = "discs"  # red over yellow over green
    RIGHT_ARROW = "right_arrow"


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp head; `at` is its centre in metres, `radius` of one disc."""

    name: str
    kind: LampKind
    at: tuple[float, float, float]
    governs: tuple[str, ...]
    radius: float = 0.15

    def corners(self) -> NDArray[np.float64]:
        """Corners (4, 3) of the face that holds the discs: what the lamp box of the camera file encloses."""
        w, h = self._half()
        x, y, z = self.at
        return np.array([[x - w, y, z + h], [x + w, y, z + h], [x + w, y, z - h], [x - w, y, z - h]])

    def _half(self) -> tuple[float, float]:
        return self.radius * 1.12, self.radius * (3.45 if self.kind is LampKind.DISCS else 1.12)

    def housing(self) -> Mesh:
        w, h = self._half()
        x, y, z = self.at
        return rounded_box((x, y + 0.12, z), (2 * w + 0.06, 0.2, 2 * h + 0.06), 0.04, HOUSING, cell_m=0.3)

    def glow(self, phase: str) -> Mesh:
        """The discs showing `phase` (red, yellow, green or off)."""
        if self.kind is LampKind.RIGHT_ARROW:
            return _arrow(self.at, self.radius, phase)
        x, y, z = self.at
        parts = []
        for k, colour in enumerate(("red", "yellow", "green")):
            centre = (x, y, z + (1 - k) * self.radius * 2.25)
            lit = colour == phase
            parts.append(
                ellipsoid(
                    centre,
                    (self.radius, 0.03, self.radius),
                    LIT[colour] if lit else UNLIT[colour],
                    Surface.LIGHT if lit else Surface.GLOSS,
                    around=24,
                )
            )
            parts.append(_visor(centre, self.radius))
        return join(*parts)


def _visor(centre: tuple[float, float, float], radius: float) -> Mesh:
    angles = np.linspace(-0.15, np.pi + 0.15, 16)
    x, y, z = centre
    rim = np.stack([x + np.cos(angles) * radius * 1.06, np.full(16, y), z + np.sin(angles) * radius * 1.06], 1)
    tip = rim + np.array([0, -0.16, -0.01])
    k = np.arange(15)
    tris = np.concatenate([np.stack([k, k + 1, 16 + k + 1], 1), np.stack([k, 16 + k + 1, 16 + k], 1)])
    return painted(np.vstack([rim, tip]), tris, (24, 25, 26))


def _arrow(at: tuple[float, float, float], radius: float, phase: str) -> Mesh:
    x, y, z = at
    disc = ellipsoid(at, (radius, 0.02, radius), (16, 20, 19), Surface.GLOSS, around=24)
    colour = LIT.get(phase, (26, 34, 32))
    shape = (
        np.array([(-0.75, 0.2), (0.1, 0.2), (0.1, 0.55), (0.8, 0.0), (0.1, -0.55), (0.1, -0.2), (-0.75, -0.2)]) * radius
    )
    points = np.stack([x + shape[:, 0], np.full(7, y - 0.035), z + shape[:, 1]], 1)
    tris = [(0, 1, 5), (0, 5, 6), (2, 3, 4), (1, 2, 5), (2, 4, 5)]
    return join(
        disc, painted(points, tris, colour, Surface.LIGHT if phase in LIT else Surface.MATTE), _visor(at, radius)
    )


def post(x: float, y: float, height: float, *, arm_to: tuple[float, float] | None = None) -> Mesh:
    """A galvanised pole; `arm_to` (x, z) adds a mast arm over the road."""
    parts = [
        tube([(x, y, 0), (x, y, height)], [0.075, 0.06], (120, 124, 126), side=(1, 0, 0), fine=1, around=12),
        tube([(x, y, 0), (x, y, 0.25)], [0.12, 0.11], (96, 98, 100), side=(1, 0, 0), fine=1, around=12),
    ]
    if arm_to:
        parts.append(
            tube(
                [(x, y, height - 0.1), (arm_to[0], y, arm_to[1])],
                [0.055, 0.04],
                (120, 124, 126),
                side=(0, 1, 0),
                fine=1,
            )
        )
    for k in range(4):
        paint = (235, 235, 230) if k % 2 else (190, 30, 30)
        span = [(x, y, 0.3 + 0.3 * k), (x, y, 0.6 + 0.3 * k)]
        parts += [tube(span, [0.078] * 2, paint, side=(1, 0, 0), fine=1, around=12)]
    return join(*parts)


def sign_board(x: float, y: float, z: float, width: float, height: float) -> Mesh:
    """A plain blue board on a post; its picture is a decal."""
    return join(
        tube([(x, y + 0.05, 0), (x, y + 0.05, z)], [0.04, 0.04], (130, 132, 134), side=(1, 0, 0), fine=1, around=8),
        box((x, y + 0.02, z), (width, 0.03, height), (20, 70, 160)),
    )
