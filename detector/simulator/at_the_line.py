"""Behaviours of those who come to the stop line: each draws one vehicle, or None where road and lamps do not fit."""

import math

from detector.simulator.draw import EARLIEST_S, Draw
from detector.simulator.motion import Leg
from detector.simulator.vehicles import TWO_WHEELERS, Vehicle
from detector.vocabulary import Movement, Phase, VehicleClass

GO_M = 400.0  # further than any scenario lasts
MOVEMENTS = (Movement.STRAIGHT, Movement.RIGHT, Movement.LEFT, Movement.U_TURN)
MOVEMENT_SHARES = (0.62, 0.18, 0.15, 0.05)
TURN_SPEED_M_S = 4.5


def _movement(draw: Draw) -> Movement:
    movement = MOVEMENTS[int(draw.rng.choice(4, p=MOVEMENT_SHARES))]
    return Movement.LEFT if movement is Movement.U_TURN and not draw.road.opposite_m else movement


def _who(draw: Draw, movement: Movement) -> tuple[VehicleClass, float] | None:
    """A class and an x in a lane where it may make this movement."""
    vehicle_class = draw.vehicle_class()
    strip = draw.lawful_strip(vehicle_class, movement)
    return (vehicle_class, draw.place_in(strip, vehicle_class)) if strip else None


def _through(
    draw: Draw,
    deed: str,
    movement: Movement,
    cross_at_s: float,
    *,
    who: tuple[VehicleClass, float] | None = None,
    late: bool = False,
    speed: float | None = None,
) -> Vehicle | None:
    """Passes the line at about `cross_at_s` without stopping, and slows down for its bend."""
    who = who or _who(draw, movement)
    if who is None:
        return None
    vehicle_class, x = who
    size = draw.size(vehicle_class)
    way, bend_m = draw.way(x, movement, late=late)
    cruise = speed or draw.speed(vehicle_class)
    line_m = draw.line_m(size[0])
    if movement is Movement.STRAIGHT:
        legs = [Leg(cruise, GO_M)]
    else:
        cruise = min(cruise, 7.5)
        slow_m = max(bend_m - 3, line_m + 0.5)  # after the line, so that it is passed when it should be
        legs = [Leg(cruise, slow_m), Leg(min(cruise, TURN_SPEED_M_S), GO_M, pace=3.0)]
    return draw.build(deed, vehicle_class, size, way, legs, line_m - cruise * cross_at_s, movement=movement)


def passes_on_green(draw: Draw) -> Vehicle | None:
    """Green for its movement, also under an arrow while the main lamp is red; right-turners may keep straight first."""
    movement = _movement(draw)
    t = draw.moment(movement, Phase.GREEN)
    return _through(draw, "passes on green", movement, t, late=draw.chance(0.4)) if t else None


def passes_on_yellow(draw: Draw) -> Vehicle | None:
    """Yellow is not red."""
    movement = _movement(draw)
    t = draw.moment(movement, Phase.YELLOW)
    return _through(draw, "passes on yellow", movement, t) if t else None


def passes_just_before_red(draw: Draw) -> Vehicle | None:
    """Over the line when it turns red, by a fraction of a second."""
    head = next((head for head in draw.lights.heads if Movement.STRAIGHT in head.governs), None)
    onset = next((t for t, phase in head.changes if phase is Phase.RED and t > EARLIEST_S), None) if head else None
    if onset is None:
        return None
    return _through(draw, "passes just before red", Movement.STRAIGHT, onset - draw.between(0.0, 0.8))


def runs_red(draw: Draw) -> Vehicle | None:
    """Passes on red without stopping, with every movement that is bound by it."""
    movement = _movement(draw)
    t = draw.moment(movement, Phase.RED)
    return _through(draw, "runs the red light", movement, t, late=draw.chance(0.3)) if t else None


def runs_red_past_arrow(draw: Draw) -> Vehicle | None:
    """Straight on while only an arrow is green."""
    t = draw.moment(Movement.STRAIGHT, Phase.RED)
    if t is None or not draw.lights.differ(t):
        return None
    return _through(draw, "goes straight past a green arrow", Movement.STRAIGHT, t)


def evades_by_the_opposite_half(draw: Draw) -> Vehicle | None:
    """Passes beside the paint, through the opposite half, whatever the lamps show."""
    if draw.road.opposite is None:
        return None
    t = draw.moment(Movement.STRAIGHT, Phase.RED if draw.chance(0.7) else Phase.GREEN)
    vehicle_class = VehicleClass.MOTORCYCLE
    x = -draw.between(0.5, min(2.2, draw.road.opposite_m - 0.6))
    return _through(draw, "passes beside the line", Movement.STRAIGHT, t, who=(vehicle_class, x)) if t else None


def _stands(
    draw: Draw, deed: str, movement: Movement, beyond_m: float, from_s: float | None, until_s: float
) -> Vehicle | None:
    """Stands `beyond_m` past the line (negative: before it) until `until_s`, then goes. `from_s`: about when it passes the
    line, or comes to its place before it; None: it stands there from the beginning."""
    who = _who(draw, movement)
    if who is None:
        return None
    vehicle_class, x = who
    size = draw.size(vehicle_class)
    way, bend_m = draw.way(x, movement)
    place_m = draw.line_m(size[0]) + beyond_m
    speed = draw.between(2.5, 6.0)
    slow_s = speed / 1.6 / 2  # braking takes longer than cruising that way would
    start_m = place_m if from_s is None else place_m - speed * max(0.5, from_s - slow_s)
    go = Leg(draw.between(4, 9), max(bend_m, place_m + 1), pace=draw.between(1.2, 2.8))
    last = Leg(go.speed if movement is Movement.STRAIGHT else TURN_SPEED_M_S, GO_M)
    legs = [Leg(speed, place_m, until_s), go, last]
    start_speed = 0.0 if from_s is None else speed
    return draw.build(deed, vehicle_class, size, way, legs, start_m, movement=movement, start_speed=start_speed)


def waits_for_green(draw: Draw) -> Vehicle | None:
    """Stops before the line, also with the wheels just before it, and goes at green (or is still standing at the end)."""
    movement = _movement(draw)
    if draw.lights.bound(movement, EARLIEST_S) is not Phase.RED:
        return None
    green = draw.turns_green_at(movement)
    until = green + draw.between(0.2, 1.5) if green else math.inf
    come = None if draw.chance(0.4) else draw.between(1.0, 5.0)
    return _stands(draw, "waits for green", movement, -draw.between(0.4, 5.0), come, until)


def stops_at_red_onset(draw: Draw) -> Vehicle | None:
    """Comes while it turns red and stops before the line."""
    t = draw.moment(Movement.STRAIGHT, Phase.RED)
    if t is None:
        return None
    return _stands(draw, "stops at the line", Movement.STRAIGHT, -draw.between(0.4, 3.0), t, math.inf)


def starts_early(draw: Draw) -> Vehicle | None:
    """Waits before the line and goes some seconds before green."""
    movement = _movement(draw)
    green = draw.turns_green_at(movement)
    if green is None:
        return None
    go = max(1.5, green - draw.between(1.0, 6.0))
    return _stands(draw, "starts early", movement, -draw.between(0.4, 2.5), None, go)


def stops_over_the_line(draw: Draw) -> Vehicle | None:
    """Passes the line on red, stands beyond it, goes on at green."""
    movement = Movement.STRAIGHT if draw.chance(0.8) else _movement(draw)
    green = draw.turns_green_at(movement)
    if green is None:
        return None
    until = green + draw.between(0.2, 1.5)
    come = draw.between(2.0, max(2.1, green - 5.0))
    return _stands(draw, "stops over the line", movement, draw.between(0.5, 4.0), come, until)


def stops_over_then_runs(draw: Draw) -> Vehicle | None:
    """Passes the line on red, stands beyond it, goes on while it is still red."""
    movement = _movement(draw)
    come = draw.moment(movement, Phase.RED)
    if come is None:
        return None
    until = come + draw.between(2.5, 6.0)
    return _stands(draw, "stops over the line, then runs", movement, draw.between(0.5, 3.5), come, until)


def stops_over_before_red(draw: Draw) -> Vehicle | None:
    """Passes on yellow, stands beyond the line at red onset and goes on at some time: it was past the line already."""
    t = draw.moment(Movement.STRAIGHT, Phase.YELLOW)
    if t is None:
        return None
    until = t + draw.between(3.0, 6.0)
    return _stands(draw, "past the line at red onset", Movement.STRAIGHT, draw.between(1.0, 4.0), t, until)


def creeps_in_the_queue(draw: Draw) -> Vehicle | None:
    """Moves up in the queue before the line, step by step."""
    if draw.lights.bound(Movement.STRAIGHT, EARLIEST_S) is not Phase.RED:
        return None
    who = _who(draw, Movement.STRAIGHT)
    if who is None:
        return None
    vehicle_class, x = who
    size = draw.size(vehicle_class)
    way, _ = draw.way(x, Movement.STRAIGHT)
    end_m = draw.line_m(size[0]) - draw.between(0.4, 2.0)
    green = draw.turns_green_at(Movement.STRAIGHT)
    steps = [(end_m - 3.0, 2.5), (end_m - 1.2, 5.0), (end_m, green + draw.between(0.3, 1.5) if green else math.inf)]
    legs = [Leg(draw.between(0.8, 2.0), at, until) for at, until in steps]
    legs.append(Leg(draw.between(4, 9), GO_M))
    return draw.build(
        "creeps in the queue", vehicle_class, size, way, legs, end_m - 5.0, movement=Movement.STRAIGHT, start_speed=0.0
    )


def drives_against_arrow(draw: Draw) -> Vehicle | None:
    """Straight on from a left-turn lane, or left from a lane that leads straight on; sometimes after a late change."""
    strip = draw.strip(lambda s: bool(s.arrows))
    if strip is None:
        return None
    movement = Movement.STRAIGHT if Movement.LEFT in strip.arrows else Movement.LEFT
    t = draw.moment(movement, Phase.GREEN)
    if t is None:
        return None
    vehicle_class = draw.vehicle_class()
    x = strip.middle_x + (draw.between(-0.4, 0.4) if vehicle_class in TWO_WHEELERS else 0.0)
    return _through(draw, "drives against the arrow", movement, t, who=(vehicle_class, x))
