"""Scenario `number` of a seed: a clip made up by chance, and always the same one.

Four scenarios share a place (so that its houses are drawn once), twenty share a wardrobe; none shares a script.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from . import wardrobe
from .catalogue import Part, Setting, as_actor, draw_entry, large_vehicle
from .clip import Actor, Clip, LaneArea, SignalPlan
from .figures import Design, Kind
from .lamps import Lamp, LampKind
from .motion import ahead, cruise
from .places import Place, Rng, random_place
from .pose import Daylight
from .street import StreetPlan
from .wardrobe import T, pick
from .weather import Weather

SCENES_PER_PLACE = 4
SCENES_PER_CAST = 20
RATES = ((6, 0.3), (10, 0.36), (12, 0.2), (15, 0.08), (25, 0.06))  # frames a second and how often
CROWDS = (((1, 3), 0.3), ((4, 7), 0.45), ((8, 12), 0.25))  # vehicles, from and to, and how often
LIGHTS = (("sun", 0.3), ("overcast", 0.18), ("dusk", 0.13), ("night", 0.15), ("rain", 0.12), ("fog", 0.12))
_ENTRY_TRIES = 7
_SIZES_M = {
    Kind.CAR: (4.7, 2.0),
    Kind.MOTORCYCLE: (2.0, 0.85),
    Kind.BICYCLE: (1.8, 0.7),
    Kind.BUS: (10.8, 2.7),
    Kind.TRUCK: (7.2, 2.4),
    Kind.PEDESTRIAN: (0.6, 0.7),
}
_BARE_SHARE, _PASSENGER_SHARE = 0.28, 0.3


def scenario(seed: int, number: int) -> Clip:
    """The clip, with its weather, rate and cast."""
    rng = np.random.default_rng([seed, number, 3])
    place = random_place(seed, number // SCENES_PER_PLACE)
    setting = _setting(rng, place)
    light = drawn(rng, LIGHTS)
    daylight, weather = light_of(rng, place.plan, light, number)
    actors, scenery = _cast_of(rng, setting, _wardrobe(seed, number // SCENES_PER_CAST))
    hours = {"night": 20, "dusk": 17}
    clock = f"2026-11-{int(rng.integers(10, 28))}T{hours.get(light, 9 + int(rng.integers(0, 7))):02d}"
    lanes = _lanes(place)
    return Clip(
        name=f"s{seed}_{number:04d}",
        title=f"s{seed}-{number:04d}",
        address=f"Kịch bản {number}",
        commune="Phường Hà Giang 1",
        latitude=22.82,
        longitude=104.98,
        started_at=f"{clock}:{int(rng.integers(60)):02d}:{int(rng.integers(60)):02d}",
        seconds=setting.seconds,
        plan=place.plan,
        camera=place.camera,
        light=daylight,
        actors=actors,
        lanes=lanes,
        rules=_rules(place, lanes),
        signals=_signals(setting),
        exits=_exits(place),
        scenery=scenery,
        stop_line=place.plan.junction,
        fps=drawn(rng, RATES),
        weather=weather,
        crf=int(rng.integers(22, 33)),
    )


def drawn(rng: Rng, choices: tuple[tuple[T, float], ...]) -> T:
    """One of the choices, each as often as the number behind it says."""
    shares = np.array([share for _, share in choices])
    return choices[int(rng.choice(len(choices), p=shares / shares.sum()))][0]


def _setting(rng: Rng, place: Place) -> Setting:
    if not place.plan.junction:
        return Setting(place, float(rng.uniform(5.5, 7.5)), "bus_lane" if place.bus_lane else "street")
    programme = pick(
        rng, ("red", "red", "red_green", "red_green", "late_green", "late_green", "green_red", "arrow", "green")
    )
    if programme == "red_green":
        green_s = float(rng.uniform(4.2, 5.4))
        return Setting(place, green_s + 3.4, programme, green_s=green_s)
    if programme == "late_green":
        green_s = float(rng.uniform(6.2, 6.8))
        return Setting(place, green_s + 5.0, programme, green_s=green_s)
    if programme == "green_red":
        red_s = float(rng.uniform(3.6, 4.6))
        return Setting(place, red_s + 4.2, programme, red_s=red_s)
    return Setting(place, float(rng.uniform(6.0, 7.5)), programme, arrow=programme == "arrow")


def _signals(setting: Setting) -> tuple[SignalPlan, ...]:
    lamp = setting.place.lamp
    if lamp is None:
        return ()
    phases: tuple[tuple[float, str], ...] = ((0.0, "green" if setting.programme == "green" else "red"),)
    if setting.green_s is not None:
        phases = ((0.0, "red"), (setting.green_s, "green"))
    if setting.red_s is not None:
        phases = ((0.0, "green"), (setting.red_s - 2.4, "yellow"), (setting.red_s, "red"))
    if not setting.arrow:
        return (SignalPlan(lamp, phases),)
    x, y, z = lamp.at
    arrow = Lamp(
        "right_arrow", LampKind.RIGHT_ARROW, (x, y, z - lamp.radius * 3.45 - 0.28), ("right",), lamp.radius * 1.15
    )
    return SignalPlan(lamp, phases), SignalPlan(arrow, ((0.0, "green"),))


def _lanes(place: Place) -> tuple[LaneArea, ...]:
    plan = place.plan
    y0, y1 = (-14.0, 0.0) if plan.junction else (place.seen_from_y + 0.3, 30.0)
    areas = []
    for k, (lane, (a, b)) in enumerate(zip(plan.lanes, plan.lane_edges(), strict=True)):
        allowed = ("bus",) if place.bus_lane and k == len(plan.lanes) - 1 else ()
        arrows = lane.arrows if plan.junction else ()
        areas.append(LaneArea(f"L{k + 1}", (a, b, y0, y1), 1.0, allowed, arrows))
    if plan.opposite and not plan.junction:
        areas.append(LaneArea("opposite", (plan.left_end, -plan.median / 2, y0, y1), -1.0))
    return tuple(areas)


def _rules(place: Place, lanes: tuple[LaneArea, ...]) -> tuple[str, ...]:
    judged = [("red_light", place.plan.junction), ("wrong_lane", any(lane.allowed or lane.arrows for lane in lanes))]
    return ("helmet", *(name for name, wanted in judged if wanted), "wrong_way")


def _exits(place: Place) -> tuple[tuple[str, tuple[float, float, float, float]], ...]:
    """The zone of those who turn right, where the picture shows it; straight ones show by their way."""
    plan = place.plan
    spot = (plan.right_end + 2.5, (plan.cross[0] + plan.cross[1]) / 2, 0.0)
    pixels, _ = place.camera.project([spot])
    if (
        not plan.junction
        or not (pixels[0] > 8).all()
        or not (pixels[0] < (place.camera.width, place.camera.height)).all()
    ):
        return ()
    return (("right", (plan.right_end + 0.3, plan.right_end + 8.0, plan.cross[0] - 1.0, plan.cross[1])),)


def light_of(rng: Rng, plan: StreetPlan, light: str, number: int) -> tuple[Daylight, Weather]:
    """Sun and weather of one of LIGHTS over a street; `number` chooses grain and raindrops."""
    towards = np.array([rng.uniform(-1, 1), rng.uniform(-1.0, 0.6), rng.uniform(0.6, 1.5)])
    towards /= np.linalg.norm(towards)
    sun = (float(towards[0]), float(towards[1]), float(towards[2]))
    soft, grain = float(rng.uniform(0.45, 0.8)), float(rng.uniform(1.5, 4.0))
    lamp_xs = (plan.left_end - 1.2, plan.right_end + 1.2)
    lamps = tuple((lamp_xs[k % 2], float(y)) for k, y in enumerate(np.arange(-10, 45, 11) + rng.uniform(0, 8)))
    flat = Daylight(sun, float(rng.uniform(0.15, 0.3)), float(rng.uniform(0.55, 0.75)), 0.12)
    warm = float(rng.uniform(-0.05, 0.08))
    if light == "sun":
        bright = Daylight(
            sun, float(rng.uniform(0.65, 0.95)), float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.3, 0.5))
        )
        return bright, Weather(light, tint=(1 + warm, 1.0, 1 - warm), soft_px=soft, grain=grain, seed=number)
    if light == "dusk":
        ambient = float(rng.uniform(0.55, 0.7))
        return flat, Weather(light, ambient, (1.1, 0.96, 0.86), soft_px=soft, grain=grain + 1.5, seed=number)
    if light == "night":
        ambient = float(rng.uniform(0.2, 0.34))
        return flat, Weather(
            light, ambient, (1.08, 0.98, 0.82), lamps, soft_px=soft + 0.1, grain=grain + 3, seed=number
        )
    if light == "rain":
        rain = float(rng.uniform(0.4, 1.0))
        return flat, Weather(
            light, 0.85, (0.96, 1.0, 1.04), rain=rain, fog_m=160.0, soft_px=soft + 0.15, grain=grain, seed=number
        )
    if light == "fog":
        return flat, Weather(light, 0.95, fog_m=float(rng.uniform(35, 80)), soft_px=soft, grain=grain, seed=number)
    return flat, Weather(light, tint=(1.0, 1.0, 1.0 + warm / 2), soft_px=soft, grain=grain, seed=number)


@lru_cache(maxsize=4)
def _wardrobe(seed: int, number: int) -> dict[Kind, tuple[Design, ...]]:
    rng = np.random.default_rng([seed, number, 17])
    return {
        Kind.MOTORCYCLE: tuple(
            wardrobe.motorcycle(rng, bare_share=_BARE_SHARE, passenger_share=_PASSENGER_SHARE) for _ in range(26)
        ),
        Kind.CAR: tuple(wardrobe.car(rng) for _ in range(8)),
        Kind.BICYCLE: tuple(wardrobe.bicycle(rng) for _ in range(6)),
        Kind.BUS: tuple(wardrobe.bus(rng) for _ in range(3)),
        Kind.TRUCK: tuple(wardrobe.truck(rng) for _ in range(4)),
        Kind.PEDESTRIAN: tuple(wardrobe.pedestrian(rng) for _ in range(5)),
    }


def _cast_of(
    rng: Rng, setting: Setting, clothes: dict[Kind, tuple[Design, ...]]
) -> tuple[tuple[Actor, ...], tuple[Actor, ...]]:
    """Road users who never drive through each other, and parked bikes."""
    wanted = int(rng.integers(*np.add(drawn(rng, CROWDS), (0, 1))))
    free = {kind: list(rng.permutation(len(designs))) for kind, designs in clothes.items()}
    actors: list[Actor] = []
    if rng.random() < 0.25:
        _join(actors, large_vehicle(rng, setting), clothes, free, setting.seconds)
    for _ in range(wanted):
        for _ in range(_ENTRY_TRIES):
            part = draw_entry(rng, setting.programme).play(rng, setting)
            if _join(actors, part, clothes, free, setting.seconds):
                break
    return tuple(actors), _parked(rng, setting.place)


def _join(
    actors: list[Actor],
    part: Part,
    clothes: dict[Kind, tuple[Design, ...]],
    free: dict[Kind, list[int]],
    seconds: float,
) -> bool:
    """Adds the road user unless nobody is left to play it or it would run into somebody."""
    if not free[part.kind]:
        return False
    actor = as_actor(part, f"A{len(actors) + 1:02d}", clothes[part.kind][free[part.kind][-1]])
    if any(_collide(actor, other, seconds) for other in actors):
        return False
    free[part.kind].pop()
    actors.append(actor)
    return True


def _collide(one: Actor, other: Actor, seconds: float) -> bool:
    """Whether their footprints (with a little room) ever meet."""
    for (x1, y1, a1), (x2, y2, a2) in zip(_footprints(one, seconds), _footprints(other, seconds), strict=True):
        if max(abs(x1 - x2), abs(y1 - y2)) > 13:
            continue
        gaps = []
        for axis in (a1, a1 + np.pi / 2, a2, a2 + np.pi / 2):
            way = abs((x2 - x1) * np.cos(axis) + (y2 - y1) * np.sin(axis))
            gaps.append(way - _reach(one, axis - a1) - _reach(other, axis - a2))
        if max(gaps) < 0.15:
            return True
    return False


@lru_cache(maxsize=64)
def _footprints(actor: Actor, seconds: float) -> list[tuple[float, float, float]]:
    return [_footprint(actor, float(t)) for t in np.arange(0.0, seconds + 0.01, 0.2)]


def _footprint(actor: Actor, t_s: float) -> tuple[float, float, float]:
    """Centre and heading."""
    way = actor.motion.way_m(t_s)
    (x0, y0), (x1, y1) = actor.path.at(way), actor.path.at(way + 1.0)
    heading = float(np.arctan2(y1 - y0, x1 - x0))
    ahead_m = 0.21 * _SIZES_M[actor.design.kind][0]  # the rear axle is behind the middle
    return x0 + ahead_m * np.cos(heading), y0 + ahead_m * np.sin(heading), heading


def _reach(actor: Actor, angle: float) -> float:
    length, width = _SIZES_M[actor.design.kind]
    return float(abs(np.cos(angle)) * length + abs(np.sin(angle)) * width) / 2


def _parked(rng: Rng, place: Place) -> tuple[Actor, ...]:
    edge = place.plan.right_end
    spots = [(edge + float(rng.uniform(0.8, 1.4)), float(rng.uniform(14, 28))) for _ in range(int(rng.integers(0, 3)))]
    return tuple(
        Actor(f"P{k}", wardrobe.motorcycle(rng, parked=True), ahead(x, y, y + 30), cruise(0.0, 0.0, 0.0))
        for k, (x, y) in enumerate(spots)
    )
