"""Buses and light trucks. Local axes: x ahead, y left, z up; origin on the road mid-vehicle; metres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cars import BRAKE, GLASS, TAIL, TRIM
from .mesh import Colour, Mesh, Points, Surface, box, ellipsoid, join, rounded_box, wheel

Array = NDArray[np.float64]


def bus(paint: Colour, stripe: Colour, *, length: float = 9.6, braking: bool = False) -> Mesh:
    """A city bus."""
    width, top = 2.42, 3.05

    def shell(c: Points) -> Array:
        colours = np.tile(np.asarray(paint, float), (len(c), 1))
        colours[(c[:, 2] < 1.15) & (c[:, 2] > 0.8)] = stripe
        colours[c[:, 2] < 0.55] = TRIM
        side = (np.abs(c[:, 1]) > width / 2 - 0.03) & (c[:, 2] > 1.35) & (c[:, 2] < 2.45)
        mullion = np.abs((c[:, 0] + length / 2) % 1.35 - 0.675) > 0.6
        rear = (c[:, 0] < -length / 2 + 0.04) & (c[:, 2] > 1.6) & (c[:, 2] < 2.5) & (np.abs(c[:, 1]) < 0.95)
        front = (c[:, 0] > length / 2 - 0.05) & (c[:, 2] > 1.1) & (c[:, 2] < 2.6) & (np.abs(c[:, 1]) < 1.1)
        colours[(side & ~mullion) | rear | front] = GLASS
        return colours

    parts = [
        rounded_box((0, 0, (top + 0.32) / 2), (length, width, top - 0.32), 0.16, shell, Surface.GLOSS, cell_m=0.11)
    ]
    parts += [rounded_box((x, 0, top + 0.1), (1.7, 1.5, 0.22), 0.08, (225, 226, 228)) for x in (-1.8, 1.6)]
    parts += _heavy_lamps(length, width, 0.95, braking=braking)
    parts += [
        wheel((x, s * (width / 2 - 0.13), 0.47), 0.47, 0.27)
        for x in (-0.3 * length, 0.32 * length)
        for s in (1.0, -1.0)
    ]
    parts.append(rounded_box((-length / 2 - 0.02, 0, 2.74), (0.06, 1.3, 0.22), 0.02, (30, 26, 18)))
    for k in range(7):
        parts.append(
            box((-length / 2 - 0.055, -0.5 + k * 0.165, 2.74), (0.01, 0.09, 0.12), (255, 150, 40), Surface.LIGHT)
        )
    return join(*parts)


def truck(paint: Colour, load: Colour, *, boxed: bool, length: float = 6.2, braking: bool = False) -> Mesh:
    """A light truck: cab and a closed box or an open bed."""
    width, cab = 2.05, 1.65
    cab_x = length / 2 - cab / 2

    def cab_paint(c: Points) -> Array:
        colours = np.tile(np.asarray(paint, float), (len(c), 1))
        x = c[:, 0] - cab_x
        screen = (x > cab / 2 - 0.06) & (c[:, 2] > 1.35) & (c[:, 2] < 2.05) & (np.abs(c[:, 1]) < 0.85)
        side = (np.abs(c[:, 1]) > width * 0.46) & (c[:, 2] > 1.4) & (c[:, 2] < 2.0) & (x > -0.35) & (x < cab / 2 - 0.2)
        colours[screen | side] = GLASS
        colours[c[:, 2] < 0.7] = TRIM
        return colours

    def box_paint(c: Points) -> Array:
        colours = np.tile(np.asarray(load, float), (len(c), 1))
        colours[np.abs((c[:, 0] * 4) % 1 - 0.5) < 0.12] *= 0.9
        door = (c[:, 0] < -length / 2 + 0.05) & ((np.abs(c[:, 1]) < 0.03) | (np.abs(np.abs(c[:, 1]) - 0.45) < 0.03))
        colours[door] *= 0.6
        return colours

    bed = length - cab - 0.12
    bed_x = -length / 2 + bed / 2
    high = 2.0 if boxed else 0.55
    parts = [
        rounded_box((cab_x, 0, 1.38), (cab, width * 0.96, 1.7), 0.16, cab_paint, Surface.GLOSS, cell_m=0.1),
        rounded_box((bed_x, 0, 0.98 + high / 2), (bed, width, high), 0.03, box_paint, cell_m=0.08),
        box((-0.1, 0, 0.72), (length * 0.92, 0.8, 0.22), (35, 35, 38)),
        *_heavy_lamps(length, width, 0.82, braking=braking),
        *[
            wheel((x, s * (width / 2 - 0.14), 0.4), 0.4, 0.26)
            for x in (-0.27 * length, 0.33 * length)
            for s in (1.0, -1.0)
        ],
        box((-length / 2 + 0.04, 0, 0.62), (0.06, width * 0.9, 0.14), (200, 60, 40)),
    ]
    if not boxed:
        parts.append(
            ellipsoid((bed_x, 0, 1.4), (bed * 0.42, width * 0.42, 0.35), (170, 140, 100), around=16, power=0.6)
        )
    return join(*parts)


def heavy_axles(length: float) -> tuple[float, float]:
    return -0.29 * length, 0.325 * length


def _heavy_lamps(length: float, width: float, high: float, *, braking: bool) -> list[Mesh]:
    colour, surface = (BRAKE, Surface.LIGHT) if braking else (TAIL, Surface.GLOSS)
    parts = []
    for sign in (1.0, -1.0):
        parts.append(
            rounded_box((-length / 2 - 0.01, sign * (width / 2 - 0.2), high), (0.05, 0.22, 0.16), 0.02, colour, surface)
        )
        parts.append(
            rounded_box(
                (-length / 2 - 0.01, sign * (width / 2 - 0.2), high + 0.17),
                (0.05, 0.22, 0.1),
                0.02,
                (240, 150, 40),
                Surface.GLOSS,
            )
        )
        parts.append(
            rounded_box(
                (length / 2, sign * (width / 2 - 0.32), high), (0.08, 0.34, 0.2), 0.03, (240, 241, 240), Surface.GLOSS
            )
        )
    return parts
