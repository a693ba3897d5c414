"""Behaviours on the road away from lamps: wrong way, closed lanes, cross and oncoming traffic, parked and pushed bikes."""

import itertools
import math

from detector.simulator.draw import START_Y, Draw
from detector.simulator.motion import Leg, Way, turning_way
from detector.simulator.road import Strip
from detector.simulator.vehicles import TWO_WHEELERS, Vehicle, Wears
from detector.vocabulary import Movement, VehicleClass

GO_M = 400.0
TOP_Y = 30.0  # who drives against the lanes comes from here


def _comes_at(draw: Draw) -> float:
    """Seconds until it is at y = 0."""
    return draw.between(1.0, draw.until_s - 2.0)


def drives_along(draw: Draw) -> Vehicle | None:
    """In a lane where it may drive, straight on: only on roads without a stop line, where nothing binds it."""
    vehicle_class = draw.vehicle_class()
    strip = draw.lawful_strip(vehicle_class, Movement.STRAIGHT)
    if strip is None or draw.road.has_line:
        return None
    return _along(draw, "drives along", vehicle_class, draw.place_in(strip, vehicle_class))


def _along(
    draw: Draw, deed: str, vehicle_class: VehicleClass, x: float, shifts: tuple[tuple[float, float], ...] = ()
) -> Vehicle:
    speed = draw.speed(vehicle_class)
    way = turning_way(x, START_Y, Movement.STRAIGHT, 0.0, 0.0, shifts)
    start_m = -START_Y - speed * _comes_at(draw)
    return draw.build(deed, vehicle_class, draw.size(vehicle_class), way, [Leg(speed, GO_M)], start_m)


def _closed(draw: Draw) -> tuple[VehicleClass, Strip, Strip] | None:
    """A class, a lane closed to it, and a neighbouring lane open to it."""
    vehicle_class = draw.vehicle_class()
    ours = draw.road.ours
    pairs = [
        (closed, home)
        for closed, home in [*itertools.pairwise(ours), *zip(ours[1:], ours, strict=False)]
        if vehicle_class not in closed.allowed and vehicle_class in home.allowed
    ]
    if not pairs or draw.road.has_line:
        return None
    closed, home = pairs[int(draw.rng.integers(len(pairs)))]
    return vehicle_class, closed, home


def drives_in_closed_lane(draw: Draw) -> Vehicle | None:
    """All the way in a lane closed to its class."""
    found = _closed(draw)
    if found is None:
        return None
    vehicle_class, closed, _ = found
    return _along(draw, "drives in a closed lane", vehicle_class, draw.place_in(closed, vehicle_class))


def swerves_into_closed_lane(draw: Draw) -> Vehicle | None:
    """Around an obstacle, through a closed lane for about a second, and back."""
    found = _closed(draw)
    if found is None:
        return None
    vehicle_class, closed, home = found
    side = math.copysign(1.0, closed.middle_x - home.middle_x)
    edge = closed.left_x if side > 0 else closed.right_x
    out_y, into = draw.between(-14, -4), edge + side * draw.between(0.2, 0.8)
    shifts = ((out_y, into), (out_y + draw.between(4.0, 8.0), home.middle_x))
    return _along(draw, "swerves into a closed lane", vehicle_class, home.middle_x, shifts)


def rides_the_marking(draw: Draw) -> Vehicle | None:
    """Along the edge of a closed lane, its wheels on the paint or beside it."""
    found = _closed(draw)
    if found is None:
        return None
    vehicle_class, closed, home = found
    edge = closed.left_x if closed.middle_x > home.middle_x else closed.right_x
    side = math.copysign(1.0, home.middle_x - closed.middle_x)
    return _along(draw, "rides the marking", vehicle_class, edge + side * draw.between(0.0, 0.4))


def changes_lane(draw: Draw) -> Vehicle | None:
    """From one lane to another in which it may drive."""
    vehicle_class = draw.vehicle_class()
    fitting = [strip for strip in draw.road.ours if vehicle_class in strip.allowed]
    if len(fitting) < 2 or draw.road.has_line:
        return None
    first, second = (fitting[int(n)] for n in draw.rng.permutation(len(fitting))[:2])
    return _along(draw, "changes lane", vehicle_class, first.middle_x, ((draw.between(-15, 5), second.middle_x),))


def _back_way(x: float) -> Way:
    return Way.through([(x, TOP_Y), (x, START_Y)])


def oncoming(draw: Draw) -> Vehicle | None:
    """Drives as it should, in the opposite half."""
    if not draw.road.opposite_m:
        return None
    vehicle_class = draw.vehicle_class()
    x = -draw.between(1.4, max(1.5, draw.road.opposite_m - 1.2))
    speed = draw.speed(vehicle_class)
    return draw.build(
        "oncoming",
        vehicle_class,
        draw.size(vehicle_class),
        _back_way(x),
        [Leg(speed, GO_M)],
        TOP_Y - speed * _comes_at(draw),
    )


def drives_against(draw: Draw) -> Vehicle | None:
    """A rider against the traffic of our lanes, mostly along the kerb or the centre."""
    strip = draw.strip(lambda s: True)
    if strip is None:
        return None
    vehicle_class = VehicleClass.MOTORCYCLE if draw.chance(0.8) else draw.vehicle_class()
    speed = min(7.0, draw.speed(vehicle_class))
    way = _back_way(draw.place_in(strip, vehicle_class))
    start_m = TOP_Y - speed * _comes_at(draw)
    return draw.build(
        "drives against the lane", vehicle_class, draw.size(vehicle_class), way, [Leg(speed, GO_M)], start_m
    )


def drives_against_in_opposite_half(draw: Draw) -> Vehicle | None:
    """Ahead in the opposite half of a two-way road, and back into our own lanes before the line or not at all."""
    if draw.road.opposite is None or draw.road.has_line:
        return None
    x = -draw.between(0.9, max(1.0, draw.road.opposite_m - 0.6))
    return _along(draw, "drives against in the opposite half", VehicleClass.MOTORCYCLE, x)


def is_walked_against(draw: Draw) -> Vehicle | None:
    """A motorbike pushed by its owner against the lane."""
    strip = draw.strip(lambda s: True)
    if strip is None:
        return None
    vehicle_class = VehicleClass.MOTORCYCLE if draw.chance(0.8) else VehicleClass.BICYCLE
    speed = draw.between(0.7, 1.4)
    x = draw.place_in(strip, vehicle_class)
    start_m = TOP_Y + draw.between(1, 8)
    return draw.build(
        "is walked against the lane",
        vehicle_class,
        draw.size(vehicle_class),
        _back_way(x),
        [Leg(speed, GO_M)],
        start_m,
        riders=(),
        is_walked=True,
    )


def rolls_back(draw: Draw) -> Vehicle | None:
    """Rolls or backs a little against the lane (from a kerb, into a gap), and stands."""
    strip = draw.strip(lambda s: True)
    if strip is None:
        return None
    vehicle_class = VehicleClass.MOTORCYCLE if draw.chance(0.5) else VehicleClass.CAR
    far = draw.between(0.5, 1.5) if vehicle_class is VehicleClass.MOTORCYCLE else draw.between(1.0, 4.0)
    start_m = TOP_Y + draw.between(3, 10)
    legs = [Leg(0.5, start_m, draw.between(1.0, 3.0)), Leg(draw.between(0.4, 1.1), start_m + far, math.inf)]
    return draw.build(
        "rolls back",
        vehicle_class,
        draw.size(vehicle_class),
        _back_way(strip.middle_x),
        legs,
        start_m,
        start_speed=0.0,
        backwards=True,
    )


def crosses(draw: Draw) -> Vehicle | None:
    """Cross traffic in the junction, from either side; some turn into the road ahead or into our opposite half."""
    if not draw.road.has_line:
        return None
    vehicle_class = draw.vehicle_class()
    from_right = draw.chance(0.5)
    side = 1 if from_right else -1
    y = draw.between(8.5, max(9.0, draw.road.junction_m - 2))
    start, end = side * 50.0, -side * 50.0
    speed = draw.speed(vehicle_class)
    points = [(start, y), (end, y)]
    if from_right and draw.road.opposite_m and draw.chance(0.25):
        x = -draw.between(
            1.5, max(1.6, draw.road.opposite_m - 1)
        )  # left into the road that leads away from the camera's back
        points = [(start, y), (x + 4, y), (x + 1.2, y - 1.2), (x, y - 4), (x, START_Y)]
        speed = min(speed, 6.0)
    way = Way.through(points)
    start_m = 50.0 - speed * _comes_at(draw)
    return draw.build("crosses", vehicle_class, draw.size(vehicle_class), way, [Leg(speed, GO_M)], start_m)


def is_parked(draw: Draw) -> Vehicle | None:
    """A motorbike at the kerb, sometimes with somebody bare-headed sitting on it."""
    x, y = draw.road.width_m - draw.between(0.4, 0.8), draw.between(-9, -1)
    riders = (Wears.BARE,) if draw.chance(0.4) else ()
    vehicle_class = VehicleClass.MOTORCYCLE
    way = Way.through([(x, START_Y), (x, TOP_Y)])
    stands = [Leg(0.5, y - START_Y, math.inf)]
    return draw.build(
        "is parked", vehicle_class, draw.size(vehicle_class), way, stands, y - START_Y, start_speed=0.0, riders=riders
    )


def stands_at_bus_stop(draw: Draw) -> Vehicle | None:
    """A bus at the kerb that hides what passes behind it."""
    if draw.road.has_line and draw.road.width_m < 6.5:
        return None
    strip = draw.road.ours[-1]
    if draw.road.has_line and VehicleClass.BUS not in strip.allowed:
        return None
    y = draw.between(-14, -8)
    x = draw.road.width_m - 1.5
    way = Way.through([(x, START_Y), (x, TOP_Y)])
    size = draw.size(VehicleClass.BUS)
    stands = [Leg(0.5, y - START_Y, math.inf)]
    return draw.build("stands at a bus stop", VehicleClass.BUS, size, way, stands, y - START_Y, start_speed=0.0)


def overtakes_closely(draw: Draw) -> Vehicle | None:
    """Two-wheelers that weave through a lane."""
    vehicle_class = VehicleClass.MOTORCYCLE
    strip = draw.lawful_strip(vehicle_class, Movement.STRAIGHT)
    if strip is None or draw.road.has_line or vehicle_class not in TWO_WHEELERS:
        return None
    x = draw.place_in(strip, vehicle_class)
    y = draw.between(-20, -8)
    reach = strip.middle_x + draw.between(-0.6, 0.6)
    return _along(draw, "overtakes", vehicle_class, x, ((y, reach), (y + 8, x)))
