"""Road users put together: a body, heads kept apart for the truth, and plates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from . import bikes, cars, heavy
from .cars import BodyStyle
from .mesh import Colour, Mesh, join
from .people import Look, clothed, driver_joints, head, head_spot, pillion_joints, walker_joints
from .plates import Plate


class Kind(StrEnum):
    """What the detector should call it; pedestrians and parked bikes are there to be left alone."""

    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BICYCLE = "bicycle"
    BUS = "bus"
    TRUCK = "truck"
    PEDESTRIAN = "pedestrian"


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that makes one road user look as it does."""

    kind: Kind
    paint: Colour = (150, 20, 25)
    trim: Colour = (235, 235, 235)
    style: BodyStyle = BodyStyle.SEDAN
    scooter: bool = False
    taxi: bool = False
    boxed: bool = True
    length: float = 0.0
    pillion_drop_m: float = 0.0  # how much shorter the passenger is
    pillion_aside_m: float = 0.0  # and leans to the left, to look past the driver
    looks: tuple[Look, ...] = ()  # driver first
    plate: Plate | None = None
    front_plate: Plate | None = None


@dataclass(frozen=True, slots=True)
class PlateMount:
    """Corners (4, 3): top left, top right, bottom right, bottom left as one reads it."""

    plate: Plate
    corners: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A design in one posture, in local axes (x ahead, y left, z up, metres)."""

    design: Design
    body: Mesh
    heads: tuple[Mesh, ...]
    plates: tuple[PlateMount, ...]
    axles: tuple[float, float]  # x of the rear and the front wheel

    @property
    def whole(self) -> Mesh:
        return join(self.body, *self.heads)


@lru_cache(maxsize=512)
def figure(design: Design, *, stopped: bool = False, stride: int = 0) -> Figure:
    """The road user moving, or `stopped` (brake lamp, foot down); `stride` 0..7 is a walker's phase."""
    if design.kind is Kind.MOTORCYCLE:
        return _motorcycle(design, stopped=stopped)
    if design.kind is Kind.BICYCLE:
        return _bicycle(design, stopped=stopped)
    if design.kind is Kind.PEDESTRIAN:
        return _pedestrian(design, 0.25 if stopped else stride / 8)
    if design.kind is Kind.CAR:
        return _car(design, stopped=stopped)
    return _heavy(design, stopped=stopped)


def _ridden(
    design: Design,
    body: Mesh,
    seats: list[dict[str, tuple[float, float, float]]],
    axles: tuple[float, float],
    plates: tuple[PlateMount, ...],
) -> Figure:
    riders = list(zip(design.looks, seats, strict=False))
    return Figure(
        design,
        join(body, *[clothed(look, joints) for look, joints in riders]),
        tuple(head(look, head_spot(joints)) for look, joints in riders),
        plates,
        axles,
    )


def _motorcycle(design: Design, *, stopped: bool) -> Figure:
    ridden = bool(design.looks)
    body = bikes.motorbike(design.paint, scooter=design.scooter, braking=stopped and ridden, trim=design.trim)
    seats = [
        driver_joints(bikes.MOTORBIKE_SEAT, bikes.MOTORBIKE_BAR, bikes.MOTORBIKE_REST, foot_down=stopped),
        pillion_joints(bikes.MOTORBIKE_PILLION, drop_m=design.pillion_drop_m, aside_m=design.pillion_aside_m),
    ]
    plates = (PlateMount(design.plate, bikes.motorbike_plate()),) if design.plate else ()
    return _ridden(design, body, seats, bikes.MOTORBIKE_AXLES, plates)


def _bicycle(design: Design, *, stopped: bool) -> Figure:
    seats = [driver_joints(bikes.BICYCLE_SEAT, bikes.BICYCLE_BAR, bikes.BICYCLE_REST, foot_down=stopped, lean_m=0.14)]
    return _ridden(design, bikes.bicycle(design.paint), seats, bikes.BICYCLE_AXLES, ())


def _pedestrian(design: Design, phase: float) -> Figure:
    joints = walker_joints(phase)
    look = design.looks[0]
    return Figure(design, clothed(look, joints), (head(look, head_spot(joints)),), (), (0.0, 0.0))


def _mounts(design: Design, rear: tuple[float, float], front: tuple[float, float]) -> tuple[PlateMount, ...]:
    mounts = []
    for plate, (x, z), sign in ((design.plate, rear, 1.0), (design.front_plate, front, -1.0)):
        if plate:
            w, h = plate.size_m[0] / 2, plate.size_m[1] / 2
            mounts.append(
                PlateMount(
                    plate,
                    np.array(
                        [[x, sign * w, z + h], [x, -sign * w, z + h], [x, -sign * w, z - h], [x, sign * w, z - h]]
                    ),
                )
            )
    return tuple(mounts)


def _car(design: Design, *, stopped: bool) -> Figure:
    body = cars.car(design.style, design.paint, braking=stopped, taxi=design.taxi)
    mounts = _mounts(design, cars.rear_plate_spot(design.style), cars.front_plate_spot(design.style))
    return Figure(design, body, (), mounts, cars.car_axles(design.style))


def _heavy(design: Design, *, stopped: bool) -> Figure:
    if design.kind is Kind.BUS:
        length = design.length or 9.6
        body = heavy.bus(design.paint, design.trim, length=length, braking=stopped)
    else:
        length = design.length or 6.2
        body = heavy.truck(design.paint, design.trim, boxed=design.boxed, length=length, braking=stopped)
    spot = length / 2
    return Figure(
        design, body, (), _mounts(design, (-spot - 0.08, 0.72), (spot + 0.08, 0.62)), heavy.heavy_axles(length)
    )
