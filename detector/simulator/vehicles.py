"""Vehicles of a scenario: their size and riders, and what a camera sees of them before anybody errs."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from detector.simulator.lens import Floats, Lens
from detector.simulator.motion import STEP_S, Way
from detector.vocabulary import Movement, VehicleClass

SIZES_M = {
    VehicleClass.MOTORCYCLE: (1.9, 0.75, 1.65),
    VehicleClass.BICYCLE: (1.75, 0.6, 1.65),
    VehicleClass.CAR: (4.4, 1.8, 1.5),
    VehicleClass.BUS: (10.5, 2.5, 3.2),
    VehicleClass.TRUCK: (7.0, 2.3, 2.8),
}
"""(length, width, height) in metres, riders included."""
TWO_WHEELERS = frozenset({VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})
LOWER_M = 1.05  # of a two-wheeler: handlebars; above is the rider
RIDER_WIDTH_M, RIDER_DEPTH_M = 0.5, 0.4
HEAD_M = 0.27
BONNET_SHARE = 0.6  # of a car's height
ROOF_REAR_SHARE, ROOF_FRONT_SHARE = -0.25, 0.1  # of a car's length, from its middle
DRIVER_AHEAD_M, SEAT_M = 0.0, 0.45  # the driver's place, and from seat to seat backwards


class Wears(StrEnum):
    """What is on a rider's head. `CAP` stands for caps, conical hats and hoods: bare in law. `CHILD`: bare, but exempt."""

    HELMET = "helmet"
    BARE = "bare"
    CAP = "cap"
    CHILD = "child"


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """One road user: `times` (N,) and `along` (N,) are its drive along `way`; before and after it, it is not there.

    `deed`: the behaviour drawn for it, for the story. `movement`: where it goes in the junction, `UNKNOWN` where it does
    not pass our line. `is_walked`: pushed by somebody on foot. `riders`: driver first; () for four wheels.
    """

    deed: str
    vehicle_class: VehicleClass
    size_m: tuple[float, float, float]
    way: Way
    times: Floats
    along: Floats
    movement: Movement = Movement.UNKNOWN
    riders: tuple[Wears, ...] = ()
    is_walked: bool = False
    backwards: bool = False  # drives against its heading: rolls or backs
    sway_m: float = 0.0
    sway_phase: float = 0.0

    def places(self, times: Floats) -> tuple[Floats, Floats, Floats]:
        """Middle of the vehicle (N, 2), heading in radians (N,) and presence (N,) bool at `times`."""
        s = np.interp(times, self.times, self.along)
        place, heading = self.way.at(s)
        if self.sway_m:
            aside = self.sway_m * np.sin(s * 0.35 + self.sway_phase)
            place = place + aside[:, None] * np.stack([np.cos(heading), -np.sin(heading)], axis=-1)
        if self.backwards:
            heading = heading + np.pi
        here = (times >= self.times[0]) & (times <= self.times[-1]) & (s < self.way.lengths[-1] - 0.1)
        return place, heading, here

    def contact(self, times: Floats, *, from_front: bool) -> Floats:
        """Where the wheels that the camera sees touch the road (N, 2): the rear ones, or the front ones from in front."""
        place, heading, _ = self.places(times)
        reach = self.size_m[0] / 2 * (1 if from_front else -1)
        return place + reach * np.stack([np.sin(heading), np.cos(heading)], axis=-1)

    @property
    def grid(self) -> Floats:
        """Times at which the truth looks at it."""
        return np.arange(self.times[0], self.times[-1], STEP_S)


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """What can be seen of one vehicle at the given times: `boxes` (N, 4) cut off by the picture's edges, `whole` (N, 4)
    not cut off, `depths` (N,) in metres, `share` (N,) of the box within the picture (0: not there)."""

    boxes: Floats
    whole: Floats
    depths: Floats
    share: Floats


def sightings(vehicle: Vehicle, lens: Lens, times: Floats) -> Sightings:
    """The vehicle's body projected and boxed."""
    place, heading, here = vehicle.places(times)
    body = _body(vehicle)
    ahead = np.stack([np.sin(heading), np.cos(heading)], axis=-1)
    right = np.stack([np.cos(heading), -np.sin(heading)], axis=-1)
    ground = place[:, None, :] + body[None, :, :1] * ahead[:, None, :] + body[None, :, 1:2] * right[:, None, :]
    height = np.broadcast_to(body[None, :, 2:], (len(times), len(body), 1))
    pixels, depth = lens.project(np.concatenate([ground, height], axis=-1))
    whole = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=-1)
    width, height_px = lens.size_wh
    edges = np.array([width, height_px, width, height_px], dtype=float)
    boxes = np.clip(whole, 0.0, edges)
    area, seen = _areas(whole), _areas(boxes)
    share = np.where(here & (depth.min(axis=1) > 1.5), seen / np.maximum(area, 1e-6), 0.0)
    return Sightings(boxes, whole, depth.mean(axis=1), share)


def head_boxes(vehicle: Vehicle, lens: Lens, times: Floats) -> Floats:
    """Boxes of the riders' heads (N, riders, 4)."""
    place, heading, _ = vehicle.places(times)
    ahead = np.stack([np.sin(heading), np.cos(heading)], axis=-1)
    boxes = []
    for seat, wears in enumerate(vehicle.riders):
        low = 0.35 if wears is Wears.CHILD else 0.05 * (seat % 2)
        top = np.full((len(times), 1), vehicle.size_m[2] - HEAD_M / 2 - low)
        middle = np.concatenate([place + (DRIVER_AHEAD_M - seat * SEAT_M) * ahead, top], axis=-1)
        pixels, depth = lens.project(middle)
        half = (HEAD_M / 2 * lens.focal_px / np.maximum(depth, 1.0))[:, None]
        boxes.append(np.concatenate([pixels - half, pixels + half], axis=-1))
    return np.stack(boxes, axis=1)


def _body(vehicle: Vehicle) -> Floats:
    """Corners (M, 3) of the body: ahead, right, up from the middle of its footprint."""
    length, width, height = vehicle.size_m
    if vehicle.vehicle_class is VehicleClass.CAR:
        low = _cuboid(-length / 2, length / 2, width, 0.0, BONNET_SHARE * height)
        roof = _cuboid(ROOF_REAR_SHARE * length, ROOF_FRONT_SHARE * length, 0.8 * width, BONNET_SHARE * height, height)
        return np.concatenate([low, roof])
    if vehicle.vehicle_class not in TWO_WHEELERS:
        return _cuboid(-length / 2, length / 2, width, 0.0, height)
    low = _cuboid(-length / 2, length / 2, 0.12, 0.0, 0.6)
    bars = _cuboid(0.25, 0.45, width, 0.5, LOWER_M)
    last_seat = -max(0, len(vehicle.riders) - 1) * SEAT_M
    riders = _cuboid(last_seat - RIDER_DEPTH_M / 2, RIDER_DEPTH_M / 2, RIDER_WIDTH_M, 0.3, height)
    return np.concatenate([low, bars, riders])


def _cuboid(rear: float, front: float, width: float, bottom: float, top: float) -> Floats:
    return np.array([(a, b, c) for a in (rear, front) for b in (-width / 2, width / 2) for c in (bottom, top)])


def _areas(boxes: Floats) -> Floats:
    area: Floats = np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
    return area


def draw_riders(rng: np.random.Generator, vehicle_class: VehicleClass, bare_share: float) -> tuple[Wears, ...]:
    """Who sits on it: cyclists need no helmet; one motorbike in three carries a passenger, one in twenty two of them."""
    if vehicle_class is VehicleClass.BICYCLE:
        return (Wears.BARE,)
    if vehicle_class is not VehicleClass.MOTORCYCLE:
        return ()
    count = int(rng.choice([1, 2, 3], p=[0.65, 0.3, 0.05]))
    riders = []
    for seat in range(count):
        if rng.random() >= bare_share:
            riders.append(Wears.HELMET)
        elif seat and rng.random() < 0.3:
            riders.append(Wears.CHILD)
        else:
            riders.append(Wears.CAP if rng.random() < 0.3 else Wears.BARE)
    return tuple(riders)


def draw_size(rng: np.random.Generator, vehicle_class: VehicleClass) -> tuple[float, float, float]:
    """The usual size, up to 8 % off."""
    length, width, height = SIZES_M[vehicle_class]
    off = rng.uniform(0.92, 1.08, 3)
    return (float(length * off[0]), float(width * off[1]), float(height * off[2]))
