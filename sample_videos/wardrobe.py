"""Random but plausible road users: colours, clothes, headwear, plates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from .cars import BodyStyle
from .figures import Design, Kind
from .mesh import Colour
from .people import Headwear, Look
from .plates import PlateColour, PlateShape, invented_plate

Rng = np.random.Generator
T = TypeVar("T")

BARE_HEADED = (
    Headwear.HAIR,
    Headwear.HAIR,
    Headwear.LONG_HAIR,
    Headwear.LOOSE_HAIR,
    Headwear.CAP,
    Headwear.CONE,
    Headwear.HOOD,
    Headwear.SCARF,
)

SHIRTS: tuple[Colour, ...] = (
    (60, 90, 150),
    (190, 60, 60),
    (80, 120, 80),
    (224, 222, 214),
    (40, 42, 48),
    (150, 90, 130),
    (215, 180, 60),
    (110, 90, 70),
    (230, 140, 160),
    (90, 160, 180),
    (90, 60, 110),
    (30, 60, 50),
    (210, 110, 50),
    (128, 130, 136),
)
TROUSERS: tuple[Colour, ...] = ((40, 44, 60), (56, 68, 96), (34, 33, 35), (96, 90, 80), (120, 110, 92), (64, 60, 58))
HATS: tuple[Colour, ...] = (
    (186, 28, 34),
    (28, 58, 150),
    (24, 24, 26),
    (236, 236, 232),
    (240, 200, 40),
    (226, 130, 165),
    (40, 130, 80),
    (120, 124, 130),
    (230, 110, 30),
    (90, 50, 120),
    (60, 42, 32),
    (140, 190, 215),
    (66, 76, 60),
)
SKINS: tuple[Colour, ...] = ((204, 156, 120), (190, 138, 104), (172, 122, 90), (216, 172, 140))
HAIRS: tuple[Colour, ...] = ((24, 20, 18), (34, 26, 22), (16, 15, 15), (70, 50, 36), (120, 118, 116))
VISORS: tuple[Colour, ...] = ((70, 82, 92), (40, 44, 50), (150, 158, 162), (196, 120, 44), (120, 70, 40))
CAR_PAINTS: tuple[Colour, ...] = (
    (236, 236, 234),
    (196, 198, 202),
    (40, 42, 46),
    (120, 20, 26),
    (30, 44, 80),
    (70, 74, 78),
    (150, 150, 148),
    (90, 60, 40),
    (176, 30, 34),
)
BIKE_PAINTS: tuple[Colour, ...] = (
    (168, 20, 26),
    (26, 26, 30),
    (232, 232, 230),
    (28, 56, 120),
    (110, 112, 116),
    (60, 84, 60),
    (190, 150, 120),
    (150, 190, 200),
)


def pick(rng: Rng, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def look(rng: Rng, headwear: Headwear) -> Look:
    hooded = headwear in (Headwear.HOOD, Headwear.HOOD_OVER_HELMET)
    shade = float(rng.uniform(0.85, 1.1))
    shirt = pick(rng, SHIRTS)
    stripe = pick(rng, HATS) if headwear.is_helmet and rng.random() < 0.35 else None
    return Look(
        headwear,
        hat=(222, 200, 150) if headwear is Headwear.CONE else pick(rng, HATS),
        stripe=stripe,
        shirt=(shirt[0] * shade, shirt[1] * shade, shirt[2] * shade),
        trousers=pick(rng, TROUSERS),
        skin=pick(rng, SKINS),
        hair=pick(rng, HAIRS),
        long_sleeves=bool(rng.random() < 0.6) or hooded,
        mask=pick(rng, ((120, 170, 210), (230, 230, 228), (40, 40, 44), (220, 150, 160)))
        if rng.random() < 0.4
        else None,
        backpack=pick(rng, SHIRTS) if rng.random() < 0.12 else None,
    )


def rider_headwear(rng: Rng, bare_share: float) -> Headwear:
    if rng.random() < bare_share:
        return pick(rng, BARE_HEADED)
    return pick(
        rng,
        (
            Headwear.HALF_HELMET,
            Headwear.HALF_HELMET,
            Headwear.OPEN_HELMET,
            Headwear.FULL_HELMET,
            Headwear.HOOD_OVER_HELMET,
        ),
    )


def motorcycle(rng: Rng, *, bare_share: float = 0.35, passenger_share: float = 0.3, parked: bool = False) -> Design:
    count = 0 if parked else 1 + int(rng.random() < passenger_share)
    return Design(
        Kind.MOTORCYCLE,
        paint=pick(rng, BIKE_PAINTS),
        trim=pick(rng, ((36, 36, 38), (120, 122, 126), (180, 180, 178))),
        scooter=bool(rng.random() < 0.5),
        looks=tuple(look(rng, rider_headwear(rng, bare_share)) for _ in range(count)),
        pillion_drop_m=float(rng.uniform(-0.02, 0.18)),
        pillion_aside_m=float(rng.uniform(-0.12, 0.12)),
        plate=invented_plate(rng, PlateShape.MOTORBIKE),
    )


def rider_to_learn_from(rng: Rng) -> Design:
    """A motorcyclist of a picture that teaches heads: every second one is bare, and there is more to see than clips have
    (dull helmets, tinted visors, sun hats)."""
    rider = motorcycle(rng, bare_share=0.5, passenger_share=0.35)
    return replace(rider, looks=tuple(_unusual(rng, usual) for usual in rider.looks))


def _unusual(rng: Rng, usual: Look) -> Look:
    if usual.headwear.is_helmet:
        return replace(usual, dull=bool(rng.random() < 0.4), visor=pick(rng, VISORS))
    return replace(usual, headwear=Headwear.SUN_HAT) if rng.random() < 0.12 else usual


def bicycle(rng: Rng) -> Design:
    return Design(
        Kind.BICYCLE,
        paint=pick(rng, BIKE_PAINTS),
        looks=(look(rng, pick(rng, BARE_HEADED)),),
    )


def pedestrian(rng: Rng) -> Design:
    return Design(Kind.PEDESTRIAN, looks=(look(rng, pick(rng, BARE_HEADED)),))


def car(rng: Rng, style: BodyStyle | None = None) -> Design:
    body = style or pick(
        rng, (BodyStyle.SEDAN, BodyStyle.HATCHBACK, BodyStyle.SUV, BodyStyle.SUV, BodyStyle.VAN, BodyStyle.PICKUP)
    )
    taxi = body in (BodyStyle.SEDAN, BodyStyle.HATCHBACK) and bool(rng.random() < 0.25)
    colour = PlateColour.YELLOW if taxi or rng.random() < 0.15 else PlateColour.WHITE
    rear = invented_plate(rng, pick(rng, (PlateShape.LONG, PlateShape.SHORT)), colour)
    front = type(rear)(rear.text, PlateShape.LONG, colour)
    return Design(
        Kind.CAR,
        paint=(40, 160, 90) if taxi else pick(rng, CAR_PAINTS),
        style=body,
        taxi=taxi,
        plate=rear,
        front_plate=front,
    )


def bus(rng: Rng) -> Design:
    rear = invented_plate(rng, PlateShape.SHORT, PlateColour.YELLOW)
    return Design(
        Kind.BUS,
        paint=pick(rng, ((230, 120, 40), (40, 90, 170), (220, 40, 44), (60, 150, 80), (240, 240, 236))),
        trim=pick(rng, ((250, 250, 250), (240, 200, 60))),
        length=float(rng.uniform(7.5, 10.5)),
        plate=rear,
        front_plate=type(rear)(rear.text, PlateShape.LONG, PlateColour.YELLOW),
    )


def truck(rng: Rng) -> Design:
    rear = invented_plate(rng, PlateShape.SHORT, pick(rng, (PlateColour.YELLOW, PlateColour.WHITE)))
    return Design(
        Kind.TRUCK,
        paint=pick(rng, ((40, 90, 160), (236, 236, 234), (40, 120, 70), (176, 40, 36))),
        trim=pick(rng, ((226, 226, 222), (90, 110, 130), (150, 60, 50), (70, 90, 70))),
        boxed=bool(rng.random() < 0.6),
        length=float(rng.uniform(5.2, 7.0)),
        plate=rear,
        front_plate=type(rear)(rear.text, PlateShape.LONG, rear.colour),
    )


def anyone(rng: Rng) -> Design:
    """A road user as a Vietnamese street has them: mostly motorbikes."""
    draw = rng.random()
    if draw < 0.54:
        return motorcycle(rng)
    if draw < 0.72:
        return bicycle(rng)
    if draw < 0.88:
        return car(rng)
    return bus(rng) if draw < 0.94 else truck(rng)
