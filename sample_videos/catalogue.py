"""What road users do in scenarios: every breach of a rule beside its lawful near miss.

An entry only says who drives where and when; what that amounts to is judged on the finished scene (`scenario_truth`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .clip import Actor
from .figures import Design, Kind
from .motion import START_Y, Motion, Path, across, ahead, cruise, keys, left_turn, right_turn, swerve, u_turn
from .places import Place, Rng
from .wardrobe import pick

LINE = -START_Y  # way of the stop line on paths that begin at START_Y
FRONT_M = {
    Kind.MOTORCYCLE: 1.32,
    Kind.BICYCLE: 1.2,
    Kind.CAR: 3.75,
    Kind.BUS: 7.8,
    Kind.TRUCK: 5.6,
}  # before the rear wheel
SPEED_M_S = {
    Kind.MOTORCYCLE: (4.2, 7.2),
    Kind.BICYCLE: (2.6, 3.6),
    Kind.CAR: (4.5, 7.5),
    Kind.BUS: (4.0, 6.0),
    Kind.TRUCK: (4.2, 6.2),
}
BIKES = (Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.BICYCLE)
WHEELS = (*BIKES, Kind.CAR, Kind.CAR, Kind.TRUCK)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when: the place, how long, and (at junctions) when the main lamp turns green and red (None: never)
    and whether the arrow is green throughout."""

    place: Place
    seconds: float
    programme: str = "none"
    green_s: float | None = None
    red_s: float | None = None
    arrow: bool = False

    @property
    def seen_way(self) -> float:
        """Way at which a rear wheel comes into the picture."""
        return self.place.seen_from_y - START_Y


@dataclass(frozen=True, slots=True)
class Part:
    """One road user as the catalogue wants it: `kind` is filled by a design of the cast."""

    kind: Kind
    path: Path
    motion: Motion
    tells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    play: Callable[[Rng, Setting], Part]
    programmes: frozenset[str]  # in which it makes sense
    weight: float = 1.0


def _speed(rng: Rng, kind: Kind) -> float:
    return float(rng.uniform(*SPEED_M_S[kind]))


def _stop_way(rng: Rng, kind: Kind) -> float:
    """Way of the rear wheel of who stops with the front at the line or up to a metre before it."""
    return LINE - FRONT_M[kind] - float(rng.uniform(0.05, 1.0))


def _x_in(rng: Rng, setting: Setting, kind: Kind, lanes: Sequence[int] | None = None) -> float:
    """Somewhere in one of the lanes of the right half, wheels well inside."""
    edges = setting.place.plan.lane_edges()
    allowed = range(len(edges) - setting.place.bus_lane) if lanes is None else lanes
    a, b = edges[pick(rng, tuple(allowed))]
    half = 0.55 if kind in (Kind.MOTORCYCLE, Kind.BICYCLE) else 1.35
    return float(rng.uniform(a + half, b - half)) if b - a > 2 * half else (a + b) / 2


def _lane_with(setting: Setting, way: str) -> list[int]:
    """Lanes whose arrows allow a movement; all where no arrows are painted."""
    lanes = setting.place.plan.lanes
    return [k for k, lane in enumerate(lanes) if not lane.arrows or way in lane.arrows]


def _starting(go_s: float, stop_way: float, speed: float, rate: float) -> Motion:
    took = speed / rate
    return keys((0, stop_way, 0), (go_s, stop_way, 0), (go_s + took, stop_way + speed * took / 2, speed))


def _stopping(stop_s: float, stop_way: float, speed: float) -> tuple[tuple[float, float, float], ...]:
    took = speed / 1.9
    return ((stop_s - took, stop_way - speed * took / 2, speed), (stop_s, stop_way, 0.0))


def cross_at(rng: Rng, setting: Setting, at_s: float, kinds: Sequence[Kind], tells: tuple[str, ...]) -> Part:
    kind = pick(rng, kinds)
    x = _x_in(rng, setting, kind, _lane_with(setting, "straight"))
    return Part(kind, ahead(x), cruise(at_s, LINE, _speed(rng, kind)), tells)


def run_red(rng: Rng, setting: Setting) -> Part:
    """Straight on through red; long after its onset or soon."""
    first = max(1.7, setting.red_s + 0.7 if setting.red_s is not None else 0.0)
    last = setting.seconds - 2.9 if setting.green_s is None else setting.green_s - 0.8
    return cross_at(rng, setting, float(rng.uniform(first, max(first, last))), (*BIKES, Kind.CAR), ("runs_red",))


def starts_early(rng: Rng, setting: Setting) -> Part:
    """Stands at the line and goes before green comes: its rear wheel passes half a second or more too early."""
    kind = Kind.MOTORCYCLE
    stop = _stop_way(rng, kind)
    rate = float(rng.uniform(1.6, 2.4))
    passes_s = (setting.green_s or 0.0) - float(rng.uniform(0.6, 2.0))
    go_s = passes_s - float(np.sqrt(2 * (LINE - stop) / rate))
    x = _x_in(rng, setting, kind, _lane_with(setting, "straight"))
    return Part(kind, ahead(x), _starting(go_s, stop, float(rng.uniform(4.5, 6)), rate), ("starts_early",))


def goes_at_green(rng: Rng, setting: Setting) -> Part:
    kind = pick(rng, WHEELS)
    stop = _stop_way(rng, kind) - float(pick(rng, (0.0, 0.0, 2.4)))
    go_s = (setting.green_s or 0.0) + float(rng.uniform(0.3, 1.1))
    x = _x_in(rng, setting, kind, _lane_with(setting, "straight"))
    return Part(kind, ahead(x), _starting(go_s, stop, _speed(rng, kind) * 0.8, 1.9), ("goes_at_green", "stops_at_line"))


def stops_over_line(rng: Rng, setting: Setting) -> Part:
    """Passes the line on red, stands beyond it, and goes on at green."""
    kind = pick(rng, (Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.CAR))
    stop = LINE + float(rng.uniform(0.8, 1.6))
    green_s = setting.green_s or 0.0
    stop_s = green_s - float(rng.uniform(4.2, 4.8))
    speed = float(rng.uniform(3.2, 4.4))
    go_s = green_s + float(rng.uniform(0.4, 0.9))
    rows = (*_stopping(stop_s, stop, speed), (go_s, stop, 0.0), (go_s + 2.4, stop + 5.4, 4.5))
    return Part(
        kind, ahead(_x_in(rng, setting, kind, _lane_with(setting, "straight"))), keys(*rows), ("stops_over_line",)
    )


def stops_at_line(rng: Rng, setting: Setting) -> Part:
    """Comes up to the line on red or yellow and stays before it."""
    kind = pick(rng, WHEELS)
    earliest = max(2.2, setting.red_s or 0.0)
    stop_s = float(rng.uniform(earliest, max(earliest, setting.seconds - 2.0)))
    rows = _stopping(stop_s, _stop_way(rng, kind), _speed(rng, kind))
    if setting.green_s is not None and stop_s + 0.5 > setting.green_s:
        return goes_at_green(rng, setting)
    if setting.green_s is not None:
        go_s, stop = setting.green_s + float(rng.uniform(0.3, 1.0)), rows[-1][1]
        rows = (*rows, (go_s, stop, 0.0), (go_s + 2.6, stop + 6.5, 5.0))
    return Part(kind, ahead(_x_in(rng, setting, kind)), keys(*rows), ("stops_at_line",))


def crosses_on_green(rng: Rng, setting: Setting) -> Part:
    first = setting.green_s + 0.6 if setting.green_s is not None else 0.8
    last = (setting.red_s - 3.4) if setting.red_s is not None else setting.seconds - 1.5
    at_s = float(rng.uniform(first, max(first + 0.1, last)))
    return cross_at(rng, setting, at_s, WHEELS, ("crosses_on_green",))


def crosses_at_yellow(rng: Rng, setting: Setting) -> Part:
    at_s = (setting.red_s or 0.0) - float(rng.uniform(0.5, 1.8))
    return cross_at(rng, setting, at_s, WHEELS, ("crosses_at_yellow", "past_line_at_red_onset"))


def turns_right(rng: Rng, setting: Setting) -> Part:
    """A right turn; lawful or not by the lamp that governs it."""
    kind = pick(rng, BIKES)
    edge = setting.place.plan.right_end
    x = edge - float(rng.uniform(0.7, 1.2))
    path = right_turn(x, float(rng.uniform(3.0, 4.0)), float(rng.uniform(3.9, 4.6)))
    first = 1.9 if setting.green_s is None or setting.arrow else setting.green_s + 0.6
    last = setting.seconds - 3.0
    at_s, speed = float(rng.uniform(first, max(first, last))), float(rng.uniform(3.0, 4.2))
    tell = "right_turn_on_green_arrow" if setting.arrow else "turns_right"
    return Part(kind, path, cruise(at_s, LINE, speed), (tell,))


def straight_from_left_lane(rng: Rng, setting: Setting) -> Part:
    """On green, but from a lane whose arrow says left."""
    only_left = [k for k, lane in enumerate(setting.place.plan.lanes) if lane.arrows == ("left",)]
    if not only_left:
        return crosses_on_green(rng, setting)
    kind = pick(rng, (Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.CAR))
    first = 2.0 if setting.green_s is None else setting.green_s + 0.7
    at_s = float(rng.uniform(first, max(first, setting.seconds - 3.2)))
    x = _x_in(rng, setting, kind, only_left)
    return Part(kind, ahead(x), cruise(at_s, LINE, float(rng.uniform(4.0, 5.0))), ("straight_from_left_lane",))


def turns_left(rng: Rng, setting: Setting) -> Part:
    kind = Kind.MOTORCYCLE
    lanes = [k for k, lane in enumerate(setting.place.plan.lanes) if not lane.arrows or "left" in lane.arrows]
    first = 2.0 if setting.green_s is None else setting.green_s + 0.7
    at_s = float(rng.uniform(first, max(first, setting.seconds - 3.0)))
    path = left_turn(_x_in(rng, setting, kind, lanes[:1]), float(rng.uniform(4.5, 6.0)), float(rng.uniform(5.0, 6.0)))
    return Part(kind, path, cruise(at_s, LINE, float(rng.uniform(3.6, 4.6))), ("turns_left",))


def oncoming(rng: Rng, setting: Setting) -> Part:
    """Towards the camera on its own half."""
    plan = setting.place.plan
    kind = pick(rng, WHEELS)
    half = 0.6 if kind in (Kind.MOTORCYCLE, Kind.BICYCLE) else 1.4
    x = float(rng.uniform(plan.left_end + half, max(plan.left_end + half, -plan.median / 2 - half)))
    at_s = float(rng.uniform(0.5, setting.seconds - 1.0))
    return Part(kind, ahead(x, 60.0, -20.0), cruise(at_s, 54.0, _speed(rng, kind)), ("opposite_half_legal",))


def against_traffic(rng: Rng, setting: Setting) -> Part:
    """Towards the camera on the wrong half, or away from it on the other one."""
    plan = setting.place.plan
    kind = pick(rng, (Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.BICYCLE))
    speed, at_s = float(rng.uniform(3.0, 4.4)), float(rng.uniform(1.4, max(1.5, setting.seconds - 3.2)))
    if plan.junction or rng.random() < 0.6:
        x = _x_in(rng, setting, kind)
        return Part(
            kind, ahead(x, 60.0, -20.0), cruise(at_s, 60.0 if plan.junction else 52.0, speed), ("against_traffic",)
        )
    a, b = plan.left_end, plan.left_end + plan.opposite[-1]
    x = float(rng.uniform(a + 0.9, b - 0.9))
    return Part(kind, ahead(x), cruise(at_s, setting.seen_way + 3.0, speed), ("against_traffic",))


def along(rng: Rng, setting: Setting) -> Part:
    """Along the street where it may."""
    kind = pick(rng, WHEELS)
    at_s = float(rng.uniform(0.0, max(0.5, setting.seconds - 3.0)))
    return Part(kind, ahead(_x_in(rng, setting, kind)), cruise(at_s, setting.seen_way, _speed(rng, kind)), ("along",))


def in_bus_lane(rng: Rng, setting: Setting) -> Part:
    kind = pick(rng, (Kind.CAR, Kind.CAR, Kind.MOTORCYCLE, Kind.MOTORCYCLE, Kind.TRUCK))
    x = _x_in(rng, setting, kind, [len(setting.place.plan.lanes) - 1])
    at_s = float(rng.uniform(0.2, max(0.3, setting.seconds - 4.6)))
    motion = cruise(at_s, setting.seen_way, float(rng.uniform(4.2, 5.4)))
    return Part(kind, ahead(x), motion, ("in_bus_lane",))


def bus_in_bus_lane(rng: Rng, setting: Setting) -> Part:
    x = setting.place.lane_middles()[-1]
    at_s = float(rng.uniform(0.0, max(0.3, setting.seconds - 3.5)))
    return Part(Kind.BUS, ahead(x), cruise(at_s, setting.seen_way, _speed(rng, Kind.BUS)), ("allowed_class",))


def passes_through_bus_lane(rng: Rng, setting: Setting) -> Part:
    """A swerve of less than a second into the closed lane."""
    edge = setting.place.plan.lane_edges()[-1][0]
    out_y = float(rng.uniform(2.0, 8.0))
    path = swerve(edge - 0.55, 1.15, out_y, out_y + 3.6, ramp_m=3.4)
    at_s = float(rng.uniform(0.2, max(0.3, setting.seconds - 3.5)))
    return Part(Kind.MOTORCYCLE, path, cruise(at_s, setting.seen_way, float(rng.uniform(5.6, 6.6))), ("short_swerve",))


def beside_bus_lane(rng: Rng, setting: Setting) -> Part:
    """Along the boundary line, on the right side of it."""
    edge = setting.place.plan.lane_edges()[-1][0]
    at_s = float(rng.uniform(0.2, max(0.3, setting.seconds - 3.5)))
    motion = cruise(at_s, setting.seen_way, float(rng.uniform(4.6, 6.0)))
    return Part(Kind.MOTORCYCLE, ahead(edge - float(rng.uniform(0.3, 0.45))), motion, ("along_the_boundary",))


def turns_round(rng: Rng, setting: Setting) -> Part:
    """A U-turn where the middle line may be crossed; along the street where it may not."""
    plan = setting.place.plan
    if plan.median > 0 or plan.zebra_y is not None:
        return along(rng, setting)
    x = float(rng.uniform(1.2, 1.7))
    path = u_turn(x, float(rng.uniform(4.0, 7.0)), x)
    return Part(Kind.MOTORCYCLE, path, cruise(float(rng.uniform(0.2, 1.5)), setting.seen_way, 4.2), ("legal_u_turn",))


def rolls_back(rng: Rng, setting: Setting) -> Part:
    """Stands at the kerb, rolls back less than a metre, and goes off."""
    x, stand = setting.place.plan.right_end - (4.2 if setting.place.bus_lane else 0.6), float(rng.uniform(20, 26))
    back = float(rng.uniform(0.4, 0.8))
    rows = ((0, stand, 0), (1.0, stand, 0), (2.2, stand - back, 0), (3.2, stand - back, 0), (6.2, stand + 5.5, 4.4))
    return Part(Kind.MOTORCYCLE, ahead(x), keys(*rows), ("rolls_back",))


def crosses_over(rng: Rng, setting: Setting) -> Part:
    """Through the cross street, or (where there is none) a pedestrian over the road."""
    plan = setting.place.plan
    at_s, goes_right = float(rng.uniform(1.0, setting.seconds - 1.0)), bool(rng.random() < 0.5)
    if plan.junction and rng.random() < 0.6:
        y = plan.cross[0] + (0.28 if goes_right else 0.75) * plan.cross_width
        path = across(y, -30.0, 40.0) if goes_right else across(y, 40.0, -30.0)
        return Part(Kind.MOTORCYCLE, path, cruise(at_s, 34.0, float(rng.uniform(5, 7))), ("cross_traffic",))
    y = 3.1 if plan.junction else (plan.zebra_y or 16.0) + 1.5
    path = (
        across(y, plan.left_end - 2, plan.right_end + 12)
        if goes_right
        else across(y, plan.right_end + 2, plan.left_end - 12)
    )
    return Part(Kind.PEDESTRIAN, path, cruise(at_s, 5.0, float(rng.uniform(1.0, 1.5))), ("bare_pedestrian",))


def walks_beside(rng: Rng, setting: Setting) -> Part:
    plan = setting.place.plan
    x = pick(rng, (plan.right_end + 0.9, plan.left_end - 0.9))
    return Part(
        Kind.PEDESTRIAN, ahead(x, float(rng.uniform(-4, 12)), 60.0), cruise(0.0, 0.0, 1.1), ("bare_pedestrian",)
    )


def large_vehicle(rng: Rng, setting: Setting) -> Part:
    """A bus or truck that hides others as it goes by; at a closed junction it waits."""
    kind = pick(rng, (Kind.BUS, Kind.TRUCK))
    if not setting.place.plan.junction:
        at_s = float(rng.uniform(0.5, setting.seconds - 2.5))
        return Part(
            kind, ahead(_x_in(rng, setting, kind)), cruise(at_s, setting.seen_way, _speed(rng, kind)), ("hides_others",)
        )
    if setting.programme in ("green", "green_red"):
        return cross_at(rng, setting, float(rng.uniform(0.6, 1.6)), (kind,), ("hides_others",))
    stop = _stop_way(rng, kind)
    x = _x_in(rng, setting, kind, _lane_with(setting, "straight"))
    go_s = setting.green_s + 0.6 if setting.green_s is not None else setting.seconds + 9.0
    return Part(kind, ahead(x), _starting(go_s, stop, 4.5, 1.5), ("hides_others", "stops_at_line"))


_RED = frozenset({"red", "arrow"})
_CHANGES = frozenset({"red_green"})
_ALL = frozenset({"red", "arrow", "red_green", "green_red", "green"})
_BUS, _PLAIN = frozenset({"bus_lane"}), frozenset({"street"})
ENTRIES = (
    Entry("run_red", run_red, _RED | _CHANGES | {"green_red", "late_green"}, 2.0),
    Entry("starts_early", starts_early, _CHANGES, 1.6),
    Entry("goes_at_green", goes_at_green, _CHANGES | {"late_green"}, 1.3),
    Entry("stops_over_line", stops_over_line, frozenset({"late_green"}), 3.0),
    Entry("stops_at_line", stops_at_line, _RED | {"green_red", "late_green"}, 1.4),
    Entry("crosses_on_green", crosses_on_green, frozenset({"green", "green_red", "red_green"}), 1.0),
    Entry("crosses_at_yellow", crosses_at_yellow, frozenset({"green_red"}), 1.6),
    Entry("turns_right", turns_right, frozenset({"red", "arrow", "green"}), 1.6),
    Entry("straight_from_left_lane", straight_from_left_lane, frozenset({"green"}), 2.0),
    Entry("turns_left", turns_left, frozenset({"green"}), 1.0),
    Entry("against_traffic", against_traffic, _ALL | _BUS | _PLAIN, 0.8),
    Entry("oncoming", oncoming, _ALL | _BUS | _PLAIN, 0.8),
    Entry("along", along, _BUS | _PLAIN, 1.2),
    Entry("in_bus_lane", in_bus_lane, _BUS, 2.0),
    Entry("bus_in_bus_lane", bus_in_bus_lane, _BUS, 0.6),
    Entry("passes_through_bus_lane", passes_through_bus_lane, _BUS, 1.0),
    Entry("beside_bus_lane", beside_bus_lane, _BUS, 0.8),
    Entry("turns_round", turns_round, _PLAIN, 0.8),
    Entry("rolls_back", rolls_back, _PLAIN | _BUS, 0.4),
    Entry("crosses_over", crosses_over, _ALL | _PLAIN, 0.4),
    Entry("walks_beside", walks_beside, _ALL | _PLAIN | _BUS, 0.3),
)


def draw_entry(rng: Rng, programme: str) -> Entry:
    """An entry that makes sense in the programme, the weighty ones more often."""
    fitting = [entry for entry in ENTRIES if programme in entry.programmes]
    weights = np.array([entry.weight for entry in fitting])
    return fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))]


def as_actor(part: Part, name: str, design: Design) -> Actor:
    return Actor(name, design, part.path, part.motion, part.tells)
