"""What behaviours draw from: one scenario's road, lamps and random numbers, and the vehicles built of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detector.simulator.lights import Lights
from detector.simulator.motion import Leg, Way, planned, turning_way
from detector.simulator.road import Road, Strip
from detector.simulator.vehicles import TWO_WHEELERS, Vehicle, Wears, draw_riders, draw_size
from detector.vocabulary import Movement, Phase, VehicleClass

START_Y = -60.0  # ways of our approach begin here: the length along a way is y + 60 until it bends
CLASSES = tuple(VehicleClass)
CLASS_SHARES = (0.2, 0.62, 0.05, 0.05, 0.08)  # car, motorcycle, bicycle, bus, truck: a Vietnamese street
SPEEDS_M_S = {
    VehicleClass.MOTORCYCLE: (4.0, 11.0),
    VehicleClass.BICYCLE: (2.5, 5.0),
    VehicleClass.CAR: (4.0, 11.0),
    VehicleClass.BUS: (3.0, 8.0),
    VehicleClass.TRUCK: (3.0, 9.0),
}
EARLIEST_S = 2.0  # acts begin after the lamps were seen for a while...
LAST_S = 3.5  # ...and end this long before the scenario does
MOMENTS = 24  # tries for a moment at which the lamps show what is wanted


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One scenario while it is drawn. `from_front`: the camera sees front wheels. `bare_share`: of the riders."""

    rng: np.random.Generator
    road: Road
    lights: Lights
    until_s: float
    from_front: bool
    bare_share: float

    def between(self, low: float, high: float) -> float:
        """A uniform number."""
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < share)

    def vehicle_class(self) -> VehicleClass:
        """As on the street."""
        return CLASSES[int(self.rng.choice(len(CLASSES), p=CLASS_SHARES))]

    def speed(self, vehicle_class: VehicleClass) -> float:
        """An unhurried cruising speed, m/s."""
        return self.between(*SPEEDS_M_S[vehicle_class])

    def strip(self, fits: Callable[[Strip], bool]) -> Strip | None:
        """One of our lanes for which `fits` holds; None without any."""
        fitting = [strip for strip in self.road.ours if fits(strip)]
        return fitting[int(self.rng.integers(len(fitting)))] if fitting else None

    def lawful_strip(self, vehicle_class: VehicleClass, movement: Movement) -> Strip | None:
        """A lane in which this class may drive and from which it may make this movement."""
        turns = Movement.LEFT if movement is Movement.U_TURN else movement
        return self.strip(lambda s: vehicle_class in s.allowed and (not s.arrows or turns in s.arrows))

    def place_in(self, strip: Strip, vehicle_class: VehicleClass) -> float:
        """An x well inside the lane: two-wheelers use its whole width."""
        room = (strip.right_x - strip.left_x) / 2
        reach = room - 0.75 if vehicle_class in TWO_WHEELERS else min(0.3, max(0.0, room - 1.35))
        return strip.middle_x + self.between(-1, 1) * max(0.0, reach)

    def moment(self, movement: Movement, phase: Phase, *, from_s: float = EARLIEST_S) -> float | None:
        """A time at which this phase binds the movement (no lamp counts as green); None if none was found."""
        for _ in range(MOMENTS):
            t = self.between(from_s, max(from_s + 0.1, self.until_s - LAST_S))
            if (self.lights.bound(movement, t) or Phase.GREEN) is phase:
                return t
        return None

    def turns_green_at(self, movement: Movement) -> float | None:
        """When the first red of the scenario ends for the movement; None if it is not red or does not end."""
        span = self.lights.red_span(movement, EARLIEST_S)
        return span[1] if span and span[1] < self.until_s - LAST_S else None

    def line_m(self, length_m: float) -> float:
        """How far along its way the middle of a vehicle is when the wheels that the camera sees are on the line."""
        return -START_Y + length_m / 2 * (-1 if self.from_front else 1)

    def build(
        self,
        deed: str,
        vehicle_class: VehicleClass,
        size_m: tuple[float, float, float],
        way: Way,
        legs: Sequence[Leg],
        start_m: float,
        *,
        movement: Movement = Movement.UNKNOWN,
        start_speed: float | None = None,
        riders: tuple[Wears, ...] | None = None,
        is_walked: bool = False,
        backwards: bool = False,
    ) -> Vehicle:
        """The vehicle with its drive until the scenario's end."""
        speed = legs[0].speed if start_speed is None else start_speed
        if start_m < 0:  # it comes onto its way later
            start_m, until = 0.0, self.until_s + start_m / max(0.5, speed)
        else:
            until = self.until_s
        times, along = planned(legs, start_m, speed, max(1.0, until))
        if riders is None:
            riders = draw_riders(self.rng, vehicle_class, self.bare_share)
        return Vehicle(
            deed,
            vehicle_class,
            size_m,
            way,
            times + (self.until_s - times[-1]),
            along,
            movement,
            riders,
            is_walked,
            backwards,
            sway_m=self.between(0.0, 0.12) if legs[0].speed > 1.5 else 0.0,
            sway_phase=self.between(0, 6.3),
        )

    def turn(self, movement: Movement, x: float, *, late: bool = False) -> tuple[float, float]:
        """(y at which the bend begins, its radius) of a movement from `x`. `late`: only well beyond the line."""
        if movement is Movement.RIGHT:
            return self.between(7, 12) if late else self.between(1.5, 6), self.between(3, 6)
        if movement is Movement.LEFT:
            return self.between(4, 9), self.between(6, 10)
        if movement is Movement.U_TURN:
            return self.between(2, 6), max(3.0, (x + self.between(1.5, 3.0)) / 2)
        return self.road.junction_m, 0.0

    def size(self, vehicle_class: VehicleClass) -> tuple[float, float, float]:
        """Length, width, height in metres."""
        return draw_size(self.rng, vehicle_class)

    def way(
        self, x: float, movement: Movement, shifts: Sequence[tuple[float, float]] = (), *, late: bool = False
    ) -> tuple[Way, float]:
        """A way over the line and where along it the bend begins."""
        bend_y, radius = self.turn(movement, x, late=late)
        return turning_way(x, START_Y, movement, bend_y, radius, shifts), bend_y - START_Y
