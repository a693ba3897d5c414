"""Scenario `number` of a seed: the same on every machine, and independent of all others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.camera import Camera, RuleName
from detector.simulator import at_the_line as line
from detector.simulator import in_the_lanes as lanes
from detector.simulator.draw import Draw
from detector.simulator.lens import Lens, draw_lens
from detector.simulator.lights import YELLOW_S, Lights, cycle, draw_lights
from detector.simulator.road import Road, draw_camera, draw_road
from detector.simulator.vehicles import Vehicle
from detector.vocabulary import Phase

Behaviour = Callable[[Draw], Vehicle | None]
TRIES = 5  # vehicles drawn anew where one would drive through another
CHECK_S = 0.2
BARE_SHARE = 0.12
VEHICLE_SHARES = (0.3, 0.3, 0.2, 0.1, 0.06, 0.04)  # one to six vehicles

AT_THE_LINE: tuple[tuple[Behaviour, float], ...] = (
    (line.passes_on_green, 2.5),
    (line.passes_on_yellow, 1.0),
    (line.passes_just_before_red, 1.0),
    (line.runs_red, 1.5),
    (line.runs_red_past_arrow, 1.0),
    (line.evades_by_the_opposite_half, 0.6),
    (line.waits_for_green, 2.5),
    (line.stops_at_red_onset, 1.0),
    (line.starts_early, 1.2),
    (line.stops_over_the_line, 1.2),
    (line.stops_over_then_runs, 0.8),
    (line.stops_over_before_red, 0.5),
    (line.creeps_in_the_queue, 0.8),
    (line.drives_against_arrow, 1.0),
    (lanes.crosses, 1.0),
    (lanes.oncoming, 0.8),
    (lanes.drives_against, 0.4),
    (lanes.is_walked_against, 0.15),
    (lanes.rolls_back, 0.15),
    (lanes.is_parked, 0.2),
)
ON_THE_ROAD: tuple[tuple[Behaviour, float], ...] = (
    (lanes.drives_along, 3.0),
    (lanes.overtakes_closely, 0.7),
    (lanes.changes_lane, 1.0),
    (lanes.drives_in_closed_lane, 1.2),
    (lanes.swerves_into_closed_lane, 0.6),
    (lanes.rides_the_marking, 0.4),
    (lanes.oncoming, 1.5),
    (lanes.drives_against, 1.0),
    (lanes.drives_against_in_opposite_half, 0.6),
    (lanes.is_walked_against, 0.2),
    (lanes.rolls_back, 0.2),
    (lanes.is_parked, 0.3),
    (lanes.stands_at_bus_stop, 0.4),
)


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One short story on one road under one camera. Times are seconds of the scenario, from 0 to `until_s`."""

    seed: int
    number: int
    kind: str
    road: Road
    lights: Lights
    lens: Lens
    camera: Camera
    vehicles: tuple[Vehicle, ...]
    until_s: float
    from_front: bool


def draw_scenario(seed: int, number: int) -> Scenario:
    """Scenario `number` of `seed`; at least one vehicle."""
    rng = np.random.default_rng([seed, number])
    kind = str(rng.choice(["red", "start", "onset", "green", "road"], p=[0.2, 0.27, 0.13, 0.08, 0.32]))
    has_line = kind != "road"
    road = draw_road(rng, has_line=has_line)
    lights, until_s = _lights(rng, kind)
    from_front = bool(rng.random() < (0.12 if has_line else 0.5))
    left_x = -road.opposite_m if rng.random() < 0.6 else 0.0
    lens = draw_lens(rng, left_x, road.width_m, from_front=from_front)
    draw = Draw(rng, road, lights, until_s, from_front, BARE_SHARE)
    count = 1 + int(rng.choice(len(VEHICLE_SHARES), p=VEHICLE_SHARES))
    vehicles = _vehicles(draw, AT_THE_LINE if has_line else ON_THE_ROAD, count)
    rules = (RuleName.HELMET, RuleName.RED_LIGHT, RuleName.WRONG_LANE, RuleName.WRONG_WAY)
    fitting = tuple(rule for rule in rules if has_line or rule is not RuleName.RED_LIGHT)
    camera = draw_camera(road, lights, lens, fitting)
    return Scenario(seed, number, kind, road, lights, lens, camera, vehicles, until_s, from_front)


def _lights(rng: np.random.Generator, kind: str) -> tuple[Lights, float]:
    """Lamp heads and the scenario's length in seconds."""
    if kind == "road":
        return Lights(), float(rng.uniform(6, 9))
    if kind == "red":
        return draw_lights(rng, cycle(Phase.RED, [])), float(rng.uniform(7, 12))
    if kind == "green":
        return draw_lights(rng, cycle(Phase.GREEN, [])), float(rng.uniform(6, 8))
    if kind == "start":
        green_at = float(rng.uniform(7, 14))
        return draw_lights(rng, cycle(Phase.RED, [green_at])), green_at + 5.5
    yellow_at = float(rng.uniform(2.5, 5.0))
    until_s = yellow_at + YELLOW_S + float(rng.uniform(5, 8))
    return draw_lights(rng, cycle(Phase.GREEN, [yellow_at, yellow_at + YELLOW_S])), until_s


def _vehicles(draw: Draw, behaviours: tuple[tuple[Behaviour, float], ...], count: int) -> tuple[Vehicle, ...]:
    weights = np.array([weight for _, weight in behaviours])
    placed: list[Vehicle] = []
    tries = 0
    while len(placed) < count and (tries < count * TRIES or not placed):
        tries += 1
        behaviour = behaviours[int(draw.rng.choice(len(behaviours), p=weights / weights.sum()))][0]
        vehicle = behaviour(draw)
        if vehicle is not None and not any(_collide(vehicle, other, draw.until_s) for other in placed):
            placed.append(vehicle)
    return tuple(placed)


def _collide(a: Vehicle, b: Vehicle, until_s: float) -> bool:
    """Whether their footprints ever touch, as circles strung along each vehicle."""
    times = np.arange(0.0, until_s, CHECK_S)
    circles = [_circles(vehicle, times) for vehicle in (a, b)]
    for place_a, radius_a in circles[0]:
        for place_b, radius_b in circles[1]:
            apart = np.hypot(*(place_a - place_b).T)
            if bool((apart < radius_a + radius_b).any()):
                return True
    return False


def _circles(vehicle: Vehicle, times: np.ndarray) -> list[tuple[np.ndarray, float]]:
    length, width, _ = vehicle.size_m
    place, heading, here = vehicle.places(times)
    place = np.where(here[:, None], place, np.nan)  # nowhere: no distance is small
    ahead = np.stack([np.sin(heading), np.cos(heading)], axis=-1)
    radius = width / 2
    count = max(2, round(length / width))
    offsets = np.linspace(-length / 2 + radius, length / 2 - radius, count)
    return [(place + offset * ahead, radius) for offset in offsets]
