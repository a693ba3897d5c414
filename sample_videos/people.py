"""People: limbs in clothes, and heads with what they wear. Local axes: x the way they face, y left, z up, metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .mesh import Colour, Mesh, Points, Surface, ellipsoid, join, loft, rounded_box, tube

Spot = tuple[float, float, float]


class Headwear(StrEnum):
    HALF_HELMET = "half_helmet"
    OPEN_HELMET = "open_helmet"
    FULL_HELMET = "full_helmet"
    HOOD_OVER_HELMET = "hood_over_helmet"
    HAIR = "hair"
    LONG_HAIR = "long_hair"
    LOOSE_HAIR = "loose_hair"
    CAP = "cap"
    CONE = "cone"  # nón lá
    HOOD = "hood"  # of a sun jacket, no helmet under it
    SCARF = "scarf"
    SUN_HAT = "sun_hat"  # soft, with a wide brim

    @property
    def is_helmet(self) -> bool:
        return self in HELMETS


HELMETS = frozenset({Headwear.HALF_HELMET, Headwear.OPEN_HELMET, Headwear.FULL_HELMET, Headwear.HOOD_OVER_HELMET})


@dataclass(frozen=True, slots=True)
class Look:
    """What a person wears."""

    headwear: Headwear
    hat: Colour = (190, 30, 35)
    stripe: Colour | None = None
    shirt: Colour = (60, 90, 150)
    trousers: Colour = (45, 48, 60)
    shoes: Colour = (40, 36, 34)
    skin: Colour = (196, 146, 112)
    hair: Colour = (26, 21, 19)
    long_sleeves: bool = True
    mask: Colour | None = None
    backpack: Colour | None = None
    dull: bool = False  # a helmet without gloss
    visor: Colour = (70, 82, 92)  # of a helmet that leaves the face open


def head(look: Look, at: Spot) -> Mesh:
    """Skull, face, and hair, helmet or hat, facing +x, the skull's centre at `at`."""
    parts = _face(look)
    parts.extend(_WORN[look.headwear](look))
    return join(*parts).moved(*at)


def _face(look: Look) -> list[Mesh]:
    skin = look.skin
    dark = tuple(c * 0.35 for c in skin)
    parts = [
        ellipsoid((0, 0, 0), (0.098, 0.077, 0.118), skin, around=20),
        ellipsoid((0.055, 0, -0.06), (0.05, 0.05, 0.055), skin, around=12),
        ellipsoid((0.1, 0, -0.015), (0.018, 0.014, 0.024), skin, around=8),
        ellipsoid((-0.005, 0.078, -0.01), (0.02, 0.012, 0.03), skin, around=8),
        ellipsoid((-0.005, -0.078, -0.01), (0.02, 0.012, 0.03), skin, around=8),
        ellipsoid((0.088, 0.032, 0.016), (0.012, 0.016, 0.008), (dark[0], dark[1], dark[2]), around=8),
        ellipsoid((0.088, -0.032, 0.016), (0.012, 0.016, 0.008), (dark[0], dark[1], dark[2]), around=8),
        ellipsoid((0.092, 0, -0.06), (0.008, 0.022, 0.005), (150, 80, 75), around=8),
    ]
    if look.mask:
        parts.append(ellipsoid((0.03, 0, -0.055), (0.082, 0.078, 0.06), look.mask, around=16))
    return parts


def _hair(look: Look) -> list[Mesh]:
    return [
        ellipsoid((-0.012, 0, 0.022), (0.106, 0.088, 0.112), look.hair, around=20, up_from=0.12),
        ellipsoid((-0.034, 0, 0.0), (0.082, 0.085, 0.105), look.hair, around=18),
    ]


def _long_hair(look: Look) -> list[Mesh]:
    path = [(-0.06, 0, 0.03), (-0.1, 0, -0.1), (-0.11, 0, -0.28)]
    return [*_hair(look), tube(path, [[0.075, 0.045], [0.075, 0.035], [0.04, 0.018]], look.hair)]


def _loose_hair(look: Look) -> list[Mesh]:
    """Hair that falls over shoulders and back: from behind neither neck nor collar shows."""
    path = [(-0.05, 0, 0.03), (-0.1, 0, -0.12), (-0.16, 0, -0.36)]
    return [*_hair(look), tube(path, [[0.092, 0.055], [0.115, 0.05], [0.095, 0.025]], look.hair)]


def _shell_paint(look: Look):  # type: ignore[no-untyped-def]
    def paint(centres: Points) -> Points:
        colours = np.tile(np.asarray(look.hat, float), (len(centres), 1))
        if look.stripe:
            colours[np.abs(centres[:, 1]) < 0.022] = look.stripe
        return colours

    return paint


def _finish(look: Look) -> Surface:
    return Surface.MATTE if look.dull else Surface.GLOSS


def _half_helmet(look: Look) -> list[Mesh]:
    rim = tuple(c * 0.3 for c in look.hat)
    return [
        *(_hair(look)[1:]),
        ellipsoid((-0.008, 0, 0.02), (0.137, 0.117, 0.13), _shell_paint(look), _finish(look), around=26, up_from=0.02),
        ellipsoid((-0.008, 0, 0.022), (0.141, 0.121, 0.016), (rim[0], rim[1], rim[2]), around=26),
        ellipsoid((0.125, 0, 0.03), (0.055, 0.085, 0.012), look.hat, _finish(look), around=14),
        tube([(0.01, 0.085, 0.02), (0.03, 0.07, -0.07), (0.05, 0, -0.118)], [0.007] * 3, (30, 30, 30), around=5),
        tube([(0.01, -0.085, 0.02), (0.03, -0.07, -0.07), (0.05, 0, -0.118)], [0.007] * 3, (30, 30, 30), around=5),
    ]


def _open_helmet(look: Look) -> list[Mesh]:
    return [
        ellipsoid((-0.012, 0, 0.02), (0.142, 0.124, 0.135), _shell_paint(look), _finish(look), around=26, up_from=0.05),
        ellipsoid((-0.042, 0, -0.01), (0.108, 0.119, 0.115), _shell_paint(look), _finish(look), around=22),
        ellipsoid((0.115, 0, 0.05), (0.06, 0.1, 0.014), look.hat, _finish(look), around=14),
        ellipsoid((0.07, 0, 0.03), (0.066, 0.105, 0.05), look.visor, Surface.GLASS, around=16),
    ]


def _full_helmet(look: Look) -> list[Mesh]:
    return [
        ellipsoid((-0.006, 0, 0.005), (0.15, 0.126, 0.15), _shell_paint(look), _finish(look), around=26),
        ellipsoid((0.07, 0, -0.085), (0.085, 0.085, 0.06), look.hat, _finish(look), around=16),
        ellipsoid((0.05, 0, 0.012), (0.108, 0.112, 0.052), (26, 30, 36), Surface.GLASS, around=20),
    ]


def _hood_over_helmet(look: Look) -> list[Mesh]:
    """A raincoat hood pulled up behind a half helmet whose crown and peak still show."""
    return [*_half_helmet(look), _hood_cloth(look, _OVER_HELMET)]


def _hood(look: Look) -> list[Mesh]:
    """The hood of a jacket over hair: close to the skull, without rim or peak."""
    crown = ellipsoid((-0.016, 0, 0.026), (0.116, 0.1, 0.118), look.shirt, around=20, up_from=0.28)
    return [*_hair(look)[1:], crown, _hood_cloth(look, _OVER_HAIR)]


# Rings of a hood from the collar up: height, depth and half width, metres.
_OVER_HELMET = ((-0.2, 0.1, 0.13), (-0.1, 0.145, 0.145), (0.0, 0.166, 0.148), (0.07, 0.16, 0.136), (0.11, 0.138, 0.112))
_OVER_HAIR = ((-0.2, 0.1, 0.13), (-0.1, 0.118, 0.116), (0.0, 0.13, 0.108), (0.06, 0.126, 0.1), (0.1, 0.105, 0.085))


def _hood_cloth(look: Look, heights: Sequence[Spot]) -> Mesh:
    angles = np.linspace(0.62 * np.pi, -0.62 * np.pi, 20) + np.pi
    rings = []
    for z, deep, wide in heights:
        rings.append(np.stack([np.cos(angles) * deep - 0.012, np.sin(angles) * wide, np.full(20, z)], axis=1))
    outer = np.array(rings)
    inner = outer * np.array([0.93, 0.93, 1.0])
    return loft(np.concatenate([outer, inner[:, ::-1]], axis=1), look.shirt, caps=False)


def _cap(look: Look) -> list[Mesh]:
    return [
        *(_hair(look)[1:]),
        ellipsoid((-0.01, 0, 0.035), (0.106, 0.09, 0.1), look.hat, around=20, up_from=0.05),
        ellipsoid((0.115, 0, 0.042), (0.075, 0.07, 0.01), look.hat, around=14),
    ]


def _cone(look: Look) -> list[Mesh]:
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    rings = [
        np.stack([np.cos(angles) * r, np.sin(angles) * r, np.full(28, z)], axis=1)
        for r, z in [(0.2, 0.03), (0.215, 0.035), (0.14, 0.1), (0.07, 0.165), (0.006, 0.215)]
    ]
    return [*(_hair(look)[1:]), loft(np.array(rings), look.hat)]


def _scarf(look: Look) -> list[Mesh]:
    """A cloth over the hair, tied at the nape."""
    return [
        ellipsoid((-0.012, 0, 0.022), (0.108, 0.092, 0.114), look.hat, around=20, up_from=0.1),
        ellipsoid((-0.038, 0, -0.015), (0.084, 0.09, 0.112), look.hat, around=18),
        tube(
            [(-0.1, 0, -0.05), (-0.12, 0, -0.12), (-0.14, 0, -0.2)],
            [[0.05, 0.03], [0.06, 0.02], [0.03, 0.01]],
            look.hat,
        ),
    ]


def _sun_hat(look: Look) -> list[Mesh]:
    """A cloth crown and a brim that hangs down a little, the nape covered by it."""
    angles = np.linspace(0, 2 * np.pi, 26, endpoint=False)
    brim = [
        np.stack([np.cos(angles) * r - 0.01, np.sin(angles) * r * 0.92, np.full(26, z)], axis=1)
        for r, z in [(0.19, -0.015), (0.15, 0.022), (0.1, 0.04)]
    ]
    return [
        *(_hair(look)[1:]),
        ellipsoid((-0.01, 0, 0.035), (0.108, 0.094, 0.104), look.hat, around=20, up_from=0.03),
        loft(np.array(brim), look.hat, caps=False),
    ]


_WORN = {
    Headwear.HALF_HELMET: _half_helmet,
    Headwear.OPEN_HELMET: _open_helmet,
    Headwear.FULL_HELMET: _full_helmet,
    Headwear.HOOD_OVER_HELMET: _hood_over_helmet,
    Headwear.HAIR: _hair,
    Headwear.LONG_HAIR: _long_hair,
    Headwear.LOOSE_HAIR: _loose_hair,
    Headwear.CAP: _cap,
    Headwear.CONE: _cone,
    Headwear.HOOD: _hood,
    Headwear.SCARF: _scarf,
    Headwear.SUN_HAT: _sun_hat,
}


def shifted(spot: Points, x: float, y: float, z: float) -> Points:
    return np.asarray(spot + np.array([x, y, z]))


def clothed(look: Look, joints: Mapping[str, Sequence[float]]) -> Mesh:
    """The body below the head. Joints: hips, chest, neck and, for l and r, elbow, hand, knee, foot."""
    hips, chest, neck = (np.asarray(joints[k], float) for k in ("hips", "chest", "neck"))
    crotch = shifted(hips, 0, 0, -0.05)
    parts = [
        tube(
            [crotch, hips, (hips + chest) / 2, chest, shifted(neck, 0, 0, -0.05)],
            [[0.15, 0.11], [0.165, 0.125], [0.155, 0.115], [0.195, 0.12], [0.165, 0.09]],
            look.shirt,
            around=16,
        ),
        tube([shifted(neck, 0, 0, -0.06), shifted(neck, 0.02, 0, 0.07)], [0.055, 0.052], look.skin, fine=1),
    ]
    for side, sign in (("l", 1.0), ("r", -1.0)):
        shoulder = shifted(neck, -0.01, sign * 0.175, -0.085)
        parts.extend(_arm(look, shoulder, joints[f"elbow_{side}"], joints[f"hand_{side}"]))
        parts.extend(
            _leg(look, shifted(hips, 0.02, sign * 0.085, -0.03), joints[f"knee_{side}"], joints[f"foot_{side}"])
        )
    if look.backpack:
        middle = (hips + neck) / 2
        parts.append(rounded_box(tuple(shifted(middle, -0.19, 0, 0.03)), (0.16, 0.3, 0.4), 0.07, look.backpack))
    return join(*parts)


def _arm(look: Look, shoulder: Points, elbow: Sequence[float], hand: Sequence[float]) -> list[Mesh]:
    elbow_at, hand_at = np.asarray(elbow, float), np.asarray(hand, float)
    wrist = elbow_at + (hand_at - elbow_at) * 0.9
    sleeve = look.shirt if look.long_sleeves else look.skin
    return [
        tube([shoulder, (shoulder + elbow_at) / 2, elbow_at], [0.06, 0.056, 0.047], look.shirt, side=(1, 0.3, 0)),
        tube([elbow_at, (elbow_at + wrist) / 2, wrist], [0.046, 0.044, 0.034], sleeve, side=(1, 0.3, 0)),
        ellipsoid(tuple(hand_at), (0.05, 0.036, 0.036), look.skin, around=10),
    ]


def _leg(look: Look, hip: Points, knee: Sequence[float], foot: Sequence[float]) -> list[Mesh]:
    knee_at, foot_at = np.asarray(knee, float), np.asarray(foot, float)
    ankle = shifted(foot_at, -0.05, 0, 0.06)
    return [
        tube([hip, (hip + knee_at) / 2, knee_at], [0.095, 0.08, 0.062], look.trousers, side=(0, 1, 0.1)),
        tube(
            [knee_at, (knee_at + ankle) / 2 + (-0.02, 0, 0), ankle],
            [0.062, 0.058, 0.044],
            look.trousers,
            side=(0, 1, 0.1),
        ),
        ellipsoid(
            (foot_at[0] + 0.03, foot_at[1], foot_at[2] + 0.025), (0.125, 0.047, 0.045), look.shoes, around=12, power=0.8
        ),
    ]


def driver_joints(hip: Spot, bar: Spot, foot: Spot, *, foot_down: bool = False, lean_m: float = 0.1) -> dict[str, Spot]:
    """Someone at a handlebar: hips at `hip`, left hand at `bar`, left foot at `foot` (on the road when stopped)."""
    hx, _, hz = hip
    neck = (hx + lean_m + 0.03, 0.0, hz + 0.52)
    joints: dict[str, Spot] = {"hips": hip, "chest": (hx + lean_m * 0.7, 0.0, hz + 0.36), "neck": neck}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        joints[f"hand_{side}"] = (bar[0], sign * bar[1], bar[2])
        joints[f"elbow_{side}"] = ((neck[0] + bar[0]) / 2 - 0.06, sign * (bar[1] + 0.07), (neck[2] + bar[2]) / 2 - 0.12)
        joints[f"knee_{side}"] = (hx + 0.42, sign * 0.19, hz - 0.04)
        joints[f"foot_{side}"] = (foot[0], sign * foot[1], foot[2])
    if foot_down:
        joints["knee_l"], joints["foot_l"] = (hx + 0.25, 0.32, hz - 0.3), (hx + 0.12, 0.4, 0.02)
    return joints


def pillion_joints(hip: Spot, *, drop_m: float = 0.0, aside_m: float = 0.0) -> dict[str, Spot]:
    """Someone sitting behind, hands at the driver's waist; `drop_m` shorter than the driver, leaning `aside_m` left."""
    hx, _, hz = hip
    chest, neck = hz + 0.36 - 0.7 * drop_m, hz + 0.52 - drop_m
    joints: dict[str, Spot] = {
        "hips": hip,
        "chest": (hx + 0.03, 0.6 * aside_m, chest),
        "neck": (hx + 0.07, aside_m, neck),
    }
    for side, sign in (("l", 1.0), ("r", -1.0)):
        joints[f"hand_{side}"] = (hx + 0.3, sign * 0.16, hz + 0.1)
        joints[f"elbow_{side}"] = (hx + 0.04, sign * 0.27, hz + 0.19)
        joints[f"knee_{side}"] = (hx + 0.38, sign * 0.26, hz - 0.06)
        joints[f"foot_{side}"] = (hx + 0.33, sign * 0.23, hz - 0.42)
    return joints


def walker_joints(phase: float) -> dict[str, Spot]:
    """Someone walking; `phase` 0..1 is one double step, standing still is 0.25."""
    swing = np.cos(2 * np.pi * phase)
    joints: dict[str, Spot] = {"hips": (0, 0, 0.9), "chest": (0.01, 0, 1.24), "neck": (0.02, 0, 1.4)}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        s = float(sign * swing)
        joints[f"knee_{side}"] = (0.04 + 0.16 * s, sign * 0.09, 0.5)
        joints[f"foot_{side}"] = (0.3 * s, sign * 0.09, 0.03 + 0.05 * max(0.0, -s))
        joints[f"elbow_{side}"] = (-0.04 - 0.1 * s, sign * 0.26, 1.1)
        joints[f"hand_{side}"] = (0.04 - 0.22 * s, sign * 0.25, 0.9)
    return joints


def head_spot(joints: Mapping[str, Spot]) -> Spot:
    x, y, z = joints["neck"]
    return (x + 0.045, y, z + 0.145)
