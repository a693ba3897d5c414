"""Car bodies lofted from side profiles. Local axes: x ahead, y left, z up; origin on the road mid-car; metres."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .mesh import (
    Colour,
    Mesh,
    Points,
    Surface,
    box,
    ellipsoid,
    face_centres,
    grid_triangles,
    join,
    painted,
    rounded_box,
    wheel,
)

Array = NDArray[np.float64]
GLASS: Colour = (30, 38, 46)
TRIM: Colour = (30, 30, 33)
TAIL: Colour = (190, 20, 22)
BRAKE: Colour = (255, 50, 40)


class BodyStyle(StrEnum):
    SEDAN = "sedan"
    HATCHBACK = "hatchback"
    SUV = "suv"
    VAN = "van"
    PICKUP = "pickup"


@dataclass(frozen=True, slots=True)
class Profile:
    """Side view: (x, height) pairs from the tail (-1) to the nose (1) of half the length; `roof` is the top edge."""

    length: float
    width: float
    roof: tuple[tuple[float, float], ...]
    belt: float  # bottom edge of the side windows
    cabin: tuple[float, float, float, float]  # rear window starts, ends; windscreen starts, ends
    pillars: tuple[float, ...]
    wheel_radius: float
    tumblehome: float = 0.80  # roof width over belt width
    clearance: float = 0.2


PROFILES = {
    BodyStyle.SEDAN: Profile(
        4.5,
        1.76,
        (
            (-1, 0.78),
            (-0.985, 0.99),
            (-0.93, 1.05),
            (-0.74, 1.09),
            (-0.42, 1.40),
            (-0.12, 1.47),
            (0.12, 1.45),
            (0.5, 1.07),
            (0.6, 1.02),
            (0.86, 0.93),
            (0.97, 0.8),
            (1, 0.62),
        ),
        0.96,
        (-0.72, -0.42, 0.14, 0.5),
        (-0.36, -0.02),
        0.31,
    ),
    BodyStyle.HATCHBACK: Profile(
        3.75,
        1.68,
        (
            (-1, 0.8),
            (-0.985, 1.0),
            (-0.9, 1.18),
            (-0.78, 1.46),
            (-0.4, 1.53),
            (0.05, 1.5),
            (0.5, 1.1),
            (0.62, 1.03),
            (0.9, 0.92),
            (1, 0.66),
        ),
        0.98,
        (-0.96, -0.8, 0.1, 0.5),
        (-0.52, -0.05),
        0.29,
    ),
    BodyStyle.SUV: Profile(
        4.65,
        1.86,
        (
            (-1, 0.9),
            (-0.985, 1.12),
            (-0.93, 1.3),
            (-0.83, 1.62),
            (-0.5, 1.71),
            (0.05, 1.7),
            (0.2, 1.62),
            (0.47, 1.19),
            (0.6, 1.12),
            (0.92, 1.03),
            (1, 0.74),
        ),
        1.1,
        (-0.95, -0.84, 0.14, 0.47),
        (-0.52, -0.06),
        0.36,
        0.83,
        0.24,
    ),
    BodyStyle.VAN: Profile(
        5.4,
        1.95,
        (
            (-1, 1.0),
            (-0.985, 1.6),
            (-0.97, 2.0),
            (-0.93, 2.2),
            (-0.5, 2.26),
            (0.4, 2.24),
            (0.55, 2.15),
            (0.84, 1.2),
            (0.93, 1.07),
            (1, 0.74),
        ),
        1.15,
        (-0.995, -0.965, 0.55, 0.84),
        (-0.7, -0.3, 0.1, 0.4),
        0.34,
        0.87,
    ),
    BodyStyle.PICKUP: Profile(
        5.2,
        1.86,
        (
            (-1, 0.9),
            (-0.99, 1.08),
            (-0.95, 1.1),
            (-0.3, 1.12),
            (-0.24, 1.65),
            (-0.1, 1.74),
            (0.15, 1.73),
            (0.44, 1.2),
            (0.58, 1.13),
            (0.93, 1.03),
            (1, 0.74),
        ),
        1.1,
        (-0.3, -0.22, 0.2, 0.44),
        (0.02,),
        0.38,
        0.83,
        0.27,
    ),
}


def car(style: BodyStyle, paint: Colour, *, braking: bool = False, taxi: bool = False) -> Mesh:
    """A whole car with wheels; plates go to `rear_plate_spot` and `front_plate_spot`."""
    form = PROFILES[style]
    parts = [_body(form, paint), *_tail(form, braking=braking), *_nose(form), *_wheels(form), *_mirrors(form, paint)]
    if taxi:
        parts.append(
            rounded_box(
                (0, 0, max(z for _, z in form.roof) + 0.07), (0.2, 0.55, 0.14), 0.04, (250, 245, 210), Surface.LIGHT
            )
        )
    return join(*parts)


def _roof(form: Profile, x: Array) -> Array:
    xs, zs = np.array(form.roof).T
    return np.asarray(np.interp(x, xs, zs), float)


def _stations(form: Profile) -> Array:
    """x of the rings (-1..1), denser at the ends where the body bends."""
    t = np.linspace(-1, 1, 84)
    return np.asarray(np.sign(t) * (1 - (1 - np.abs(t)) ** 1.25))


_SECTION_STEPS = 4


def _section(form: Profile, x: float) -> tuple[Points, Array]:
    """Half section at x from the sill up to the roof centre: (y, z) rows and their band number (window band: 4..5)."""
    roof = float(np.mean(_roof(form, np.array([x - 0.015, x, x + 0.015]))))
    belt = min(form.belt + 0.05 * max(0.0, -x), roof - 0.03)
    end = max(0.0, (abs(x) - 0.72) / 0.28)
    half = form.width / 2 * (1 - 0.11 * end**2.2)
    bottom = form.clearance + 0.13 * end**2
    glass = np.clip((roof - belt) / 0.42, 0, 1)
    top = half * (0.95 - (0.95 - form.tumblehome) * glass)
    rail = roof - 0.055 * glass - 0.015
    control = np.array(
        [
            (half * 0.9, bottom),
            (half * 0.985, bottom + 0.06),
            (half, bottom + 0.45 * (belt - bottom)),
            (half * 0.99, belt - 0.05),
            (half * 0.955, belt),
            (top, rail),
            (top * 0.86, roof - 0.008 * glass),
            (top * 0.45, roof + 0.012),
            (0.0, roof + 0.018),
        ]
    )
    steps = np.arange(0, len(control) - 1 + 1e-9, 1 / _SECTION_STEPS)
    linear = np.stack([np.interp(steps, np.arange(len(control)), control[:, k]) for k in (0, 1)], axis=1)
    soft = linear.copy()
    soft[1:-1] = 0.25 * linear[:-2] + 0.5 * linear[1:-1] + 0.25 * linear[2:]
    return soft, np.asarray(steps, float)


def _body(form: Profile, paint: Colour) -> Mesh:
    xs = _stations(form)
    half_rings = [_section(form, x) for x in xs]
    bands = half_rings[0][1]
    count = len(bands)
    rings = np.zeros((len(xs), 2 * count, 3))
    for k, (x, (ring, _)) in enumerate(zip(xs, half_rings, strict=True)):
        bulge = 0.05 * (1 - ((ring[:, 1] - 0.55) / 0.9) ** 2).clip(0, 1) * max(0.0, (abs(x) - 0.9) / 0.1) * np.sign(x)
        rings[k, :count] = np.stack([x * form.length / 2 + bulge, ring[:, 0], ring[:, 1]], axis=1)
        rings[k, count:] = rings[k, :count][::-1] * (1, -1, 1)
    skin = _painted_skin(form, rings, bands, paint)
    ends = [_end_cap(form, rings[0][::-1], -1, paint), _end_cap(form, rings[-1], 1, paint)]
    floor = box((0, 0, form.clearance + 0.05), (form.length * 0.9, form.width * 0.86, 0.1), (18, 18, 20))
    return join(skin, *ends, floor)


def _painted_skin(form: Profile, rings: Points, bands: Array, paint: Colour) -> Mesh:
    rows, columns = rings.shape[:2]
    tris = grid_triangles(rows, columns, closed=True)
    points = rings.reshape(-1, 3)
    skin = painted(points, tris, paint, Surface.GLOSS)
    band = np.concatenate([bands, bands[::-1]])
    cell_band = np.repeat([band[t % columns].mean() for t in tris.reshape(-1, 6)], 2)
    centres = face_centres(points, tris)
    colours, surfaces = skin.colours.copy(), skin.surfaces.copy()
    glass = _is_glass(form, centres, cell_band)
    colours[glass], surfaces[glass] = GLASS, Surface.GLASS
    wheel_dark = _is_arch(form, centres)
    colours[wheel_dark], surfaces[wheel_dark] = TRIM, Surface.MATTE
    sill = (cell_band < 0.8) & ~wheel_dark
    colours[sill] *= 0.45
    door = (
        (cell_band < 4)
        & (cell_band > 0.8)
        & _near(centres[:, 0] / (form.length / 2), (*form.pillars, form.cabin[2] + 0.12), 0.006)
    )
    colours[door] *= 0.5
    return Mesh(points, tris, colours, surfaces)


def _near(x: Array, marks: tuple[float, ...], width: float) -> NDArray[np.bool_]:
    return np.asarray(np.min(np.abs(x[:, None] - np.array(marks)[None, :]), axis=1) < width)


def _is_glass(form: Profile, centres: Points, band: Array) -> NDArray[np.bool_]:
    x = centres[:, 0] / (form.length / 2)
    rear0, rear1, screen0, screen1 = form.cabin
    tall = _roof(form, x) - form.belt > 0.2
    side = (
        (band > 4.15) & (band < 4.95) & tall & (x > (rear0 + rear1) / 2 + 0.02) & (x < (screen0 + screen1) / 2 - 0.03)
    )
    side &= ~_near(x, form.pillars, 0.013)
    inner = np.abs(centres[:, 1]) < form.width / 2 * 0.8
    screen = (band > 5.0) & inner & (((x > screen0) & (x < screen1)) | ((x > rear0) & (x < rear1)))
    return np.asarray(side | screen)


def _axles(form: Profile) -> tuple[float, float]:
    return -0.60 * form.length / 2, 0.63 * form.length / 2


def car_axles(style: BodyStyle) -> tuple[float, float]:
    """x of the rear and the front axle."""
    return _axles(PROFILES[style])


def _is_arch(form: Profile, centres: Points) -> NDArray[np.bool_]:
    arch = np.zeros(len(centres), dtype=bool)
    for x in _axles(form):
        arch |= (np.hypot(centres[:, 0] - x, centres[:, 2] - form.wheel_radius) < form.wheel_radius * 1.17) & (
            np.abs(centres[:, 1]) > 0.5
        )
    return arch


def _end_cap(form: Profile, ring: Points, sign: int, paint: Colour) -> Mesh:
    """Closes the tail or the nose with concentric rings, so that bumper and rear window can be painted on."""
    centre = ring.mean(axis=0)
    rings = []
    for s in (1.0, 0.9, 0.75, 0.6, 0.45, 0.3, 0.15, 0.02):
        shrunk = centre + (ring - centre) * s
        shrunk[:, 0] += sign * 0.06 * (1 - s**2)
        rings.append(shrunk)
    pts = np.array(rings)
    bumper_top = form.clearance + 0.28

    def paint_cap(centres: Points) -> Array:
        colours = np.tile(np.asarray(paint, float), (len(centres), 1))
        low = centres[:, 2] < bumper_top
        colours[low] = np.asarray(TRIM)
        return colours

    return painted(pts.reshape(-1, 3), grid_triangles(len(pts), ring.shape[0], closed=True), paint_cap, Surface.GLOSS)


def _tail(form: Profile, *, braking: bool) -> list[Mesh]:
    x, y = -form.length / 2, form.width / 2
    high = form.belt - 0.1
    colour, surface = (BRAKE, Surface.LIGHT) if braking else (TAIL, Surface.GLOSS)
    parts = [rounded_box((x - 0.03, 0, form.clearance + 0.27), (0.14, form.width * 0.86, 0.2), 0.06, (42, 42, 46))]
    for sign in (1.0, -1.0):
        tall = 0.5 if form.length > 5.3 else 0.17
        parts.append(
            rounded_box(
                (x + 0.06, sign * (y - 0.22), high), (0.22, 0.34 if tall < 0.3 else 0.16, tall), 0.05, colour, surface
            )
        )
        parts.append(
            rounded_box(
                (x + 0.02, sign * (y - 0.28), high - 0.02), (0.22, 0.12, 0.05), 0.02, (235, 215, 205), Surface.GLOSS
            )
        )
        parts.append(box((x - 0.1, sign * (y - 0.28), form.clearance + 0.2), (0.02, 0.14, 0.04), TAIL))
    parts.append(box((x - 0.055, 0, form.belt - 0.02), (0.02, 0.5, 0.03), (190, 192, 195), Surface.GLOSS))
    return parts


def _nose(form: Profile) -> list[Mesh]:
    x, y = form.length / 2, form.width / 2
    high = float(_roof(form, np.array([0.97]))[0]) - 0.1
    parts = [
        rounded_box((x + 0.02, 0, form.clearance + 0.2), (0.16, form.width * 0.88, 0.22), 0.07, (40, 40, 44)),
        rounded_box((x + 0.025, 0, high - 0.06), (0.1, form.width * 0.42, 0.13), 0.03, (22, 22, 24), Surface.GLOSS),
        box((x + 0.08, 0, high - 0.05), (0.01, form.width * 0.38, 0.015), (200, 202, 205), Surface.GLOSS),
        ellipsoid((x + 0.08, 0, high - 0.02), (0.01, 0.05, 0.05), (215, 216, 218), Surface.GLOSS, around=12),
    ]
    for sign in (1.0, -1.0):
        parts.append(
            rounded_box((x - 0.09, sign * (y - 0.26), high), (0.26, 0.34, 0.13), 0.055, (238, 240, 242), Surface.GLOSS)
        )
        parts.append(
            ellipsoid(
                (x + 0.045, sign * (y - 0.26), high), (0.02, 0.06, 0.045), (255, 255, 250), Surface.LIGHT, around=12
            )
        )
    return parts


def _wheels(form: Profile) -> list[Mesh]:
    y = form.width / 2 - 0.1
    return [
        wheel((x, sign * y, form.wheel_radius), form.wheel_radius, 0.21) for x in _axles(form) for sign in (1.0, -1.0)
    ]


def _mirrors(form: Profile, paint: Colour) -> list[Mesh]:
    x = (form.cabin[3] - 0.1) * form.length / 2
    return [
        ellipsoid(
            (x, sign * (form.width / 2 + 0.08), form.belt + 0.06), (0.07, 0.11, 0.075), paint, Surface.GLOSS, around=12
        )
        for sign in (1.0, -1.0)
    ]


def rear_plate_spot(style: BodyStyle) -> tuple[float, float]:
    """x and z of the centre of the rear plate."""
    form = PROFILES[style]
    return -form.length / 2 - 0.125, form.belt - 0.2 if style is not BodyStyle.PICKUP else form.clearance + 0.42


def front_plate_spot(style: BodyStyle) -> tuple[float, float]:
    form = PROFILES[style]
    return form.length / 2 + 0.12, form.clearance + 0.22
