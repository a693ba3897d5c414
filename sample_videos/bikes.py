"""Motorbikes and bicycles. Local axes: x ahead, y left, z up; the origin is on the road between the wheels; metres."""

from __future__ import annotations

import numpy as np

from .mesh import Colour, Mesh, Surface, box, ellipsoid, join, rounded_box, tube, wheel
from .people import Spot

BLACK: Colour = (32, 32, 34)
STEEL: Colour = (150, 152, 156)
REAR_LAMP: Colour = (215, 25, 22)
AMBER: Colour = (240, 140, 25)

MOTORBIKE_AXLES = (-0.62, 0.63)  # rear, front
MOTORBIKE_SEAT: Spot = (-0.16, 0.0, 0.83)
MOTORBIKE_PILLION: Spot = (-0.5, 0.0, 0.88)
MOTORBIKE_BAR: Spot = (0.36, 0.31, 1.02)
MOTORBIKE_REST: Spot = (0.16, 0.15, 0.27)
BICYCLE_AXLES = (-0.53, 0.53)
BICYCLE_SEAT: Spot = (-0.18, 0.0, 0.97)
BICYCLE_BAR: Spot = (0.36, 0.26, 1.02)
BICYCLE_REST: Spot = (0.0, 0.13, 0.22)


def motorbike(paint: Colour, *, scooter: bool, braking: bool = False, trim: Colour = BLACK) -> Mesh:
    """A scooter (flat floor, full skirts) or a step-through; ready for a plate at `motorbike_plate`."""
    rear, front = MOTORBIKE_AXLES
    radius = 0.245 if scooter else 0.285
    parts = [
        wheel((rear, 0, radius), radius, 0.1, spokes=5),
        wheel((front, 0, radius), radius, 0.085, spokes=5),
        *_front_end(paint, radius),
        *_rear_end(paint, trim, braking=braking),
        _seat(),
        *(_scooter_body(paint, trim) if scooter else _step_through_body(paint, trim)),
        tube(
            [(0.1, -0.13, 0.26), (-0.3, -0.15, 0.27), (-0.82, -0.16, 0.36)],
            [0.03, 0.036, 0.055],
            (120, 120, 124),
            Surface.GLOSS,
        ),
        rounded_box((-0.28, 0, 0.32), (0.42, 0.2, 0.22), 0.05, (70, 70, 74)),
        tube([(-0.62, 0.1, radius), (-0.2, 0.1, 0.3)], [0.035, 0.04], (60, 60, 62), fine=1),
    ]
    return join(*parts)


def motorbike_plate(width: float = 0.19, height: float = 0.14) -> np.ndarray:
    """Corners (4, 3) of the rear plate seen from behind: top left, top right, bottom right, bottom left."""
    x, z, lean = -0.985, 0.585, 0.035
    w, h = width / 2, height / 2
    return np.array([[x - lean, w, z + h], [x - lean, -w, z + h], [x + 0.0, -w, z - h], [x + 0.0, w, z - h]])


def _front_end(paint: Colour, radius: float) -> list[Mesh]:
    front = MOTORBIKE_AXLES[1]
    parts = [
        tube([(front, 0.07, radius), (0.45, 0.075, 0.68)], [0.022, 0.026], STEEL, Surface.GLOSS, fine=1, around=8),
        tube([(front, -0.07, radius), (0.45, -0.075, 0.68)], [0.022, 0.026], STEEL, Surface.GLOSS, fine=1, around=8),
        tube(
            [(front + 0.27, 0, radius + 0.14), (front + 0.04, 0, radius * 2 + 0.03), (front - 0.27, 0, radius + 0.08)],
            [[0.045, 0.01], [0.065, 0.022], [0.05, 0.01]],
            paint,
            Surface.GLOSS,
            around=12,
        ),
        tube(
            [(0.44, 0, 0.62), (0.4, 0, 0.86), (0.36, 0, 1.0)],
            [[0.1, 0.08], [0.115, 0.09], [0.09, 0.07]],
            paint,
            Surface.GLOSS,
            around=14,
        ),
        ellipsoid((0.47, 0, 0.9), (0.06, 0.1, 0.085), (235, 238, 240), Surface.LIGHT, around=14),
        ellipsoid((0.45, 0.14, 0.83), (0.05, 0.04, 0.035), AMBER, Surface.GLOSS, around=8),
        ellipsoid((0.45, -0.14, 0.83), (0.05, 0.04, 0.035), AMBER, Surface.GLOSS, around=8),
        tube(
            [(0.28, 0.37, 1.02), (0.38, 0.2, 1.03), (0.39, 0, 1.01), (0.38, -0.2, 1.03), (0.28, -0.37, 1.02)],
            [0.014] * 5,
            BLACK,
            side=(1, 0, 0),
        ),
        ellipsoid((0.37, 0, 1.03), (0.09, 0.12, 0.045), BLACK, around=12),
    ]
    for sign in (1.0, -1.0):
        parts.append(
            tube([(0.28, sign * 0.4, 1.02), (0.34, sign * 0.27, 1.025)], [0.02, 0.018], BLACK, fine=1, around=8)
        )
        parts.append(
            tube([(0.36, sign * 0.25, 1.04), (0.34, sign * 0.33, 1.17)], [0.008, 0.008], BLACK, fine=1, around=6)
        )
        parts.append(ellipsoid((0.335, sign * 0.345, 1.2), (0.014, 0.06, 0.04), BLACK, around=12))
        parts.append(
            ellipsoid((0.323, sign * 0.345, 1.2), (0.006, 0.05, 0.032), (165, 180, 195), Surface.GLASS, around=12)
        )
    return parts


def _rear_end(paint: Colour, trim: Colour, *, braking: bool) -> list[Mesh]:
    lamp = (255, 45, 35) if braking else REAR_LAMP
    return [
        tube(
            [(-0.25, 0, 0.66), (-0.62, 0, 0.71), (-0.9, 0, 0.79)],
            [[0.13, 0.09], [0.12, 0.075], [0.05, 0.035]],
            paint,
            Surface.GLOSS,
            around=14,
        ),
        ellipsoid(
            (-0.885, 0, 0.765), (0.06, 0.088, 0.04), lamp, Surface.LIGHT if braking else Surface.GLOSS, around=14
        ),
        ellipsoid((-0.87, 0.12, 0.75), (0.045, 0.035, 0.028), AMBER, Surface.GLOSS, around=8),
        ellipsoid((-0.87, -0.12, 0.75), (0.045, 0.035, 0.028), AMBER, Surface.GLOSS, around=8),
        tube(
            [(-0.75, 0, 0.7), (-0.93, 0, 0.63), (-1.0, 0, 0.46)],
            [[0.075, 0.015], [0.085, 0.012], [0.07, 0.01]],
            BLACK,
            around=8,
        ),
        box((-0.984, 0, 0.675), (0.03, 0.12, 0.02), BLACK),
        tube(
            [(-0.5, 0.13, 0.86), (-0.86, 0.12, 0.9), (-0.93, 0, 0.905), (-0.86, -0.12, 0.9), (-0.5, -0.13, 0.86)],
            [0.012] * 5,
            trim,
            Surface.GLOSS,
            side=(0, 0, 1),
            around=6,
        ),
    ]


def _seat() -> Mesh:
    return tube(
        [(0.08, 0, 0.77), (-0.2, 0, 0.765), (-0.5, 0, 0.815), (-0.78, 0, 0.85)],
        [[0.09, 0.04], [0.135, 0.055], [0.13, 0.055], [0.07, 0.03]],
        (38, 34, 33),
        around=14,
    )


def _scooter_body(paint: Colour, trim: Colour) -> list[Mesh]:
    return [
        tube(
            [(0.4, 0, 0.84), (0.36, 0, 0.55), (0.3, 0, 0.32)],
            [[0.2, 0.05], [0.215, 0.05], [0.16, 0.05]],
            paint,
            Surface.GLOSS,
            around=16,
        ),
        rounded_box((0.1, 0, 0.28), (0.44, 0.3, 0.08), 0.03, trim),
        tube(
            [(-0.02, 0, 0.42), (-0.3, 0, 0.56), (-0.66, 0, 0.66)],
            [[0.13, 0.15], [0.155, 0.16], [0.12, 0.09]],
            paint,
            Surface.GLOSS,
            around=16,
        ),
    ]


def _step_through_body(paint: Colour, trim: Colour) -> list[Mesh]:
    parts = [
        tube(
            [(0.36, 0, 0.66), (0.15, 0, 0.5), (-0.1, 0, 0.55)],
            [[0.06, 0.05], [0.07, 0.055], [0.1, 0.08]],
            trim,
            Surface.GLOSS,
        ),
        tube(
            [(-0.05, 0, 0.52), (-0.35, 0, 0.6), (-0.7, 0, 0.68)],
            [[0.1, 0.09], [0.125, 0.11], [0.09, 0.06]],
            paint,
            Surface.GLOSS,
            around=14,
        ),
    ]
    for sign in (1.0, -1.0):
        parts.append(
            tube(
                [(0.44, sign * 0.12, 0.8), (0.3, sign * 0.2, 0.55), (0.2, sign * 0.19, 0.33)],
                [[0.025, 0.09], [0.025, 0.11], [0.02, 0.05]],
                paint,
                Surface.GLOSS,
                around=10,
            )
        )
        parts.append(
            tube([(0.16, sign * 0.1, 0.25), (0.16, sign * 0.23, 0.25)], [0.016, 0.016], BLACK, fine=1, around=6)
        )
    return parts


def bicycle(paint: Colour) -> Mesh:
    """A city bicycle."""
    rear, front = BICYCLE_AXLES
    wheel_r = 0.33
    thin = [0.018, 0.018]
    parts = [
        wheel((rear, 0, wheel_r), wheel_r, 0.04, spokes=9, rim_part=0.88),
        wheel((front, 0, wheel_r), wheel_r, 0.04, spokes=9, rim_part=0.88),
        tube([(0.38, 0, 0.8), (-0.05, 0, 0.3)], thin, paint, Surface.GLOSS, fine=1),
        tube([(-0.05, 0, 0.3), (-0.18, 0, 0.92)], thin, paint, Surface.GLOSS, fine=1),
        tube([(0.38, 0, 0.75), (-0.14, 0, 0.62)], thin, paint, Surface.GLOSS, fine=1),
        tube([(0.36, 0, 1.0), (0.4, 0, 0.75), (front, 0, wheel_r)], [0.018] * 3, paint, Surface.GLOSS),
        tube([(-0.05, 0.03, 0.3), (rear, 0.04, wheel_r)], [0.012] * 2, paint, fine=1),
        tube([(-0.05, -0.03, 0.3), (rear, -0.04, wheel_r)], [0.012] * 2, paint, fine=1),
        tube([(-0.16, 0, 0.62), (rear, 0, wheel_r)], [0.014] * 2, paint, fine=1),
        tube([(-0.08, 0, 0.93), (-0.28, 0, 0.95)], [[0.05, 0.03], [0.1, 0.035]], BLACK, fine=1),
        tube(
            [(0.28, 0.27, 1.02), (0.37, 0.12, 1.03), (0.37, -0.12, 1.03), (0.28, -0.27, 1.02)],
            [0.013] * 4,
            STEEL,
            side=(1, 0, 0),
        ),
        box((-0.5, 0, 0.72), (0.34, 0.14, 0.015), STEEL),
        tube([(-0.05, -0.06, 0.3), (-0.05, -0.05, 0.3)], [0.1, 0.1], (70, 70, 72), fine=1, around=14, side=(1, 0, 0)),
        box((0.0, 0.13, 0.2), (0.09, 0.08, 0.02), BLACK),
        box((0.0, -0.13, 0.2), (0.09, 0.08, 0.02), BLACK),
        tube(
            [(rear - 0.33, 0, wheel_r + 0.1), (rear, 0, wheel_r * 2 + 0.03), (rear + 0.3, 0, wheel_r + 0.15)],
            [[0.03, 0.006]] * 3,
            STEEL,
        ),
        ellipsoid((-0.68, 0, 0.7), (0.015, 0.03, 0.03), REAR_LAMP, Surface.GLOSS, around=8),
    ]
    return join(*parts)
