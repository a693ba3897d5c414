"""Random places for scenarios: a street or a junction approach, and a pole camera that sees what has to be judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .camera import PoleCamera
from .lamps import Lamp, LampKind
from .motion import START_Y
from .street import LanePlan, StreetPlan
from .wardrobe import pick

Rng = np.random.Generator
SIZES = ((960, 540), (960, 540), (960, 540), (1280, 720))
TRIES_MAX, PLANS_MAX = 400, 20
NEAR_Y, FAR_Y = -18.0, 50.0


@dataclass(frozen=True, slots=True)
class Place:
    """A road and the camera over it. `bus_lane`: the lane on the right is for buses only."""

    plan: StreetPlan
    camera: PoleCamera
    bus_lane: bool
    lamp: Lamp | None  # None: no junction

    @property
    def seen_from_y(self) -> float:
        """Where the road comes into the picture, straight below its middle."""
        return self.camera.on_ground(self.camera.width / 2, self.camera.height)[1]

    def lane_middles(self) -> list[float]:
        """x of the middle of each lane of the right half, from left to right."""
        return [(a + b) / 2 for a, b in self.plan.lane_edges()]


def random_place(seed: int, number: int) -> Place:
    """Place `number` of `seed`: always the same one."""
    for attempt in range(PLANS_MAX):
        place = _drawn_place(np.random.default_rng([seed, number, 11, attempt] if attempt else [seed, number, 11]))
        if place is not None:
            return place
    raise ValueError(f"place {number} of seed {seed}: no camera sees any of {PLANS_MAX} roads")


def _drawn_place(rng: Rng) -> Place | None:
    """A road with a camera that sees enough of it; None where none was found (a road too wide for the lenses)."""
    junction = bool(rng.random() < 0.6)
    bus_lane = not junction and bool(rng.random() < 0.6)
    plan = _junction(rng) if junction else _street(rng, bus_lane=bus_lane)
    z, radius = float(rng.uniform(2.4, 3.1)), float(rng.uniform(0.12, 0.16))
    lamp = Lamp("main", LampKind.DISCS, (plan.right_end + 0.45, 0.1, z), ("straight", "left", "right"), radius)
    width, height = pick(rng, SIZES)
    for _ in range(TRIES_MAX):
        place = Place(plan, _camera(rng, plan, width, height), bus_lane, lamp if junction else None)
        if _sees_enough(place):
            return place
    return None


def _junction(rng: Rng) -> StreetPlan:
    arrows = pick(
        rng,
        (
            (("left",), ("straight", "right")),
            (("left", "straight"), ("straight", "right")),
            (("left",), ("straight",), ("straight", "right")),
            ((), ()),
        ),
    )
    lanes = tuple(LanePlan(float(rng.uniform(3.0, 3.5)), names, solid_left=k > 0) for k, names in enumerate(arrows))
    opposite = tuple(float(rng.uniform(3.0, 3.4)) for _ in range(int(rng.integers(1, 3))))
    return StreetPlan(
        lanes,
        opposite,
        median=float(pick(rng, (0.0, 0.6, 1.0))),
        cross_width=float(rng.uniform(8, 11)),
        near_y=NEAR_Y,
        far_y=FAR_Y,
        pavement=float(rng.uniform(2, 4)),
        arrow_ys=(-4.6,),
        tone=float(rng.uniform(76, 122)),
        seed=int(rng.integers(1 << 30)),
        ppm=40.0,
        trees=int(rng.integers(2, 7)),
    )


def _street(rng: Rng, *, bus_lane: bool) -> StreetPlan:
    count = 2 if bus_lane else int(rng.integers(1, 3))
    lanes = tuple(LanePlan(float(rng.uniform(3.1, 3.6))) for _ in range(count))
    plan = StreetPlan(
        lanes,
        tuple(float(rng.uniform(3.1, 3.5)) for _ in range(int(rng.integers(1, 3)))),
        median=float(pick(rng, (0.0, 0.0, 0.8))),
        junction=False,
        near_y=NEAR_Y,
        far_y=FAR_Y,
        pavement=float(rng.uniform(2, 4)),
        arrow_ys=(-2.0, 22.0),
        tone=float(rng.uniform(76, 122)),
        seed=int(rng.integers(1 << 30)),
        ppm=40.0,
        trees=int(rng.integers(2, 7)),
        zebra_y=None if bus_lane or rng.random() < 0.6 else float(rng.uniform(14, 22)),
    )
    if not bus_lane:
        return plan
    a, b = plan.lane_edges()[-1]
    texts = tuple(((a + b) / 2, y, "BUS") for y in (2.0, 16.0))
    return replace(plan, road_texts=texts)


def _camera(rng: Rng, plan: StreetPlan, width: int, height: int) -> PoleCamera:
    """4 to 9 m high; the lens shows 9 to 17 m of width where it aims."""
    high, back = float(rng.uniform(4.0, 9.0)), float(rng.uniform(16.5, 32.0))
    left = plan.right_start if plan.junction else plan.left_end
    middle = (left + plan.right_end) / 2
    aim = (
        middle + float(rng.uniform(-1.2, 1.2)),
        float(rng.uniform(1.5, 8.0) if plan.junction else rng.uniform(5, 11)),
        0.5,
    )
    span = float(rng.uniform(9.0, 15.0) if plan.junction else rng.uniform(9.5, 17.0))
    fov = float(np.degrees(2 * np.arctan(span / 2 / np.hypot(back + aim[1], high))))
    return PoleCamera((middle + float(rng.uniform(-4.5, 4.5)), -back, high), aim, fov, width, height)


def _sees_enough(place: Place) -> bool:
    """The approach from well before the line to well beyond it, both edges of the road, and the lamps."""
    plan, camera = place.plan, place.camera
    near = place.seen_from_y
    left = plan.right_start if plan.junction else plan.left_end + 0.4
    edges = [(left, 0.5), (plan.right_end, 0.5), (left, 13.0), (plan.right_end - 0.3, 13.0)]
    if plan.junction and not -11.0 <= near <= -6.0:
        return False
    if not plan.junction and not -9.0 <= near <= -1.0:
        return False
    if near - camera.position[1] < 8.0:  # who drives below the camera's feet is not drawn
        return False
    spots = [(x, y, 0.0) for x, y in edges]
    if place.lamp:
        spots += [(x + 0.1, y, z + 0.1) for x, y, z in place.lamp.corners()]
    pixels, _ = camera.project(spots)
    margin = 4.0
    inside = (pixels >= margin) & (pixels <= (camera.width - margin, camera.height - margin))
    return bool(inside.all()) and near >= START_Y
