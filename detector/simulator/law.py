"""What the law says of every vehicle of a scenario, from the world alone (DESIGN §3): where its wheels really were, and
what the lamps really showed. The rules never see any of this.

An act that lies within a declared margin of a tolerance or threshold, or that the camera could not see, is `OPEN`:
neither hit nor miss, and counted as open. What is lawful is never open: whoever is accused of it is accused falsely.
The margins stand below, in seconds and metres.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from detector.movement import TURNS, turns_show_after_s
from detector.rules.helmet import HELMET_PASSENGER, HELMET_RIDER
from detector.rules.red_light_verdict import RED_LIGHT, STOP_OVER_LINE
from detector.rules.wrong_lane import WRONG_LANE
from detector.rules.wrong_way import WRONG_WAY
from detector.simulator.lens import Floats
from detector.simulator.motion import STEP_S
from detector.simulator.road import Strip
from detector.simulator.scenario import Scenario
from detector.simulator.sight import heads_in_front, occlusion
from detector.simulator.vehicles import HEAD_M, Sightings, Vehicle, Wears, head_boxes, sightings
from detector.thresholds import Thresholds
from detector.vocabulary import Movement, Phase, VehicleClass

CODES = (RED_LIGHT, STOP_OVER_LINE, WRONG_LANE, WRONG_WAY, HELMET_RIDER, HELMET_PASSENGER)

NEAR_LINE_M = 0.6  # tolerances at red onset and before green count from this far before to this far beyond the line
MARGIN_S = 0.25  # around every time threshold
# Seen going on this far and long beyond the line; where the lamps differ, as long as a turn may need to show, and this
# far; a turn this far and, against a painted arrow, so long.
GOES_ON_M, GOES_ON_S = 7.0, 1.0
SHOWS_M = 13.0
TURN_SHOWS_M, TURN_SHOWS_S = 20.0, 2.5
LAMPS_KNOWN_S = 0.5  # into the scenario: lamps are read from its first frame on
STAND_M_S = 0.15  # slower is standing
STAND_MIN_M, STAND_MAX_M = 0.7, 4.0  # wheels this far over the line: surely over it, and not yet in the junction
STAND_MORE_S = 2.0  # beyond the thresholds' time
LONGER = 1.5  # times and ways of lane rules must exceed their thresholds by this factor
WAY_M, WAY_S, PACE_M_S = 6.0, 1.5, 2.2  # driven against a lane: at least
MOMENT_M, MOMENT_SHARE = 1.5, 0.8  # a way against a lane, or a share of the dwell time in one, that is nothing yet
LANE_MARGIN_M = 0.2  # well inside a lane: the rule's share of the width and this
HEAD_LARGER = 1.15  # than the smallest head that is judged
HEAD_LOOKS_S = 2.5  # in which a head can be seen
SEEN_SHARE, HIDDEN_SHARE = 0.9, 0.4  # of the box in the picture, and behind others: seen well
MOSTLY = 0.75  # of the frames


class Standing(StrEnum):
    """What the truth says about one vehicle and one code."""

    ACT = "act"
    LAWFUL = "lawful"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Ruling:
    """`at_s`: when the act was complete (the wheels on the line, the stand begun); `why` for the story."""

    standing: Standing
    why: str = ""
    at_s: float | None = None


LAWFUL = Ruling(Standing.LAWFUL)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One vehicle in steps of `STEP_S`: wheels (N, 2), speed towards +y (N,) and along its way (N,), what is seen of it,
    and whether it is seen well (N,)."""

    vehicle: Vehicle
    times: Floats
    wheels: Floats
    speed_y: Floats
    speed: Floats
    seen: Sightings
    well: np.ndarray

    def is_seen(self, from_s: float, to_s: float) -> bool:
        """Whether it is seen well for most of the span."""
        within = (self.times >= from_s) & (self.times <= to_s)
        return bool(within.any()) and float(self.well[within].mean()) >= MOSTLY

    def heights(self, index: int) -> float:
        """Its height in the picture."""
        return float(self.seen.whole[index, 3] - self.seen.whole[index, 1])


def rulings(scenario: Scenario, thresholds: Thresholds) -> list[Mapping[str, Ruling]]:
    """For every vehicle of the scenario, in its order: the truth by code."""
    times: Floats = np.arange(0.0, scenario.until_s, STEP_S, dtype=np.float64)
    seen = [sightings(vehicle, scenario.lens, times) for vehicle in scenario.vehicles]
    hidden, _ = occlusion(seen, np.random.default_rng(0))
    told: list[Mapping[str, Ruling]] = []
    for vehicle, one, behind in zip(scenario.vehicles, seen, hidden, strict=True):
        watched = _watched(scenario, vehicle, times, one, behind)
        red, stop = _at_the_line(scenario, watched, thresholds)
        rider, passenger = _helmets(scenario, watched, thresholds)
        way, lane = _wrong_way(scenario, watched, thresholds), _wrong_lane(scenario, watched, thresholds)
        told.append(dict(zip(CODES, (red, stop, lane, way, rider, passenger), strict=True)))
    return told


def _watched(scenario: Scenario, vehicle: Vehicle, times: Floats, seen: Sightings, hidden: Floats) -> Watched:
    wheels = vehicle.contact(times, from_front=scenario.from_front)
    speed_y = np.gradient(wheels[:, 1], STEP_S)
    speed = np.hypot(speed_y, np.gradient(wheels[:, 0], STEP_S))
    return Watched(vehicle, times, wheels, speed_y, speed, seen, (seen.share >= SEEN_SHARE) & (hidden <= HIDDEN_SHARE))


def passes_line_at(watched: Watched) -> float | None:
    """When the wheels that the camera sees first pass y = 0 ahead; None where they never do."""
    y = watched.wheels[:, 1]
    here = watched.seen.share > 0
    over = np.flatnonzero((y[:-1] < 0) & (y[1:] >= 0) & here[1:])
    if not len(over):
        return None
    index = int(over[0])
    share = -y[index] / (y[index + 1] - y[index])
    return float(watched.times[index] + share * STEP_S)


def _at_the_line(scenario: Scenario, watched: Watched, thresholds: Thresholds) -> tuple[Ruling, Ruling]:
    """(red light, stopping over the line)."""
    limits, movement = thresholds.red_light, watched.vehicle.movement
    at = passes_line_at(watched) if scenario.road.has_line else None
    if at is None:
        return LAWFUL, LAWFUL
    span = scenario.lights.red_span(movement, at)
    if span is None:
        return LAWFUL, LAWFUL
    y, times = watched.wheels[:, 1], watched.times
    near_s = (
        float(times[np.flatnonzero((times <= at) & (y <= -NEAR_LINE_M))[-1]])
        if (y[times <= at] <= -NEAR_LINE_M).any()
        else at
    )
    clear = np.flatnonzero((times >= at) & (y >= NEAR_LINE_M))
    clear_s = float(times[clear[0]]) if len(clear) else at
    x = float(np.interp(at, times, watched.wheels[:, 0]))
    seen_red_s = max(span[0], LAMPS_KNOWN_S)  # nobody saw the lamps before the scenario began
    forgiven = near_s - seen_red_s < limits.after_red_onset_s + MARGIN_S
    forgiven = forgiven or span[1] - clear_s < limits.before_green_s + MARGIN_S
    doubt = ""
    if forgiven:
        doubt = "within the operator's tolerance"
    elif not _is_at_paint(scenario, x):
        doubt = "beside the line"
    elif not watched.is_seen(at - 0.8, at + 0.8):
        doubt = "out of sight at the line"
    if doubt:
        return Ruling(Standing.OPEN, doubt, at), Ruling(Standing.OPEN, doubt, at)
    return _beyond(scenario, watched, thresholds, at, span[1])


def _is_at_paint(scenario: Scenario, x: float) -> bool:
    """Over the paint, or evading it by a drawn opposite half, not further out than half the line's length."""
    road = scenario.road
    if 0.2 <= x <= road.width_m - 0.2:
        return True
    drawn = any(lane.name == "oncoming" for lane in scenario.camera.lanes)
    return drawn and -0.5 * road.width_m <= x < -0.4


def _stand(watched: Watched, at: float) -> tuple[float, float, float] | None:
    """The longest stand beyond the line after `at`: from, until (inf: it never leaves), and how far beyond, in metres."""
    times = watched.times
    still = (times > at) & (watched.speed < STAND_M_S) & (watched.seen.share > 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(int), [0]])))
    spans = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if not spans:
        return None
    first, last = max(spans, key=lambda span: span[1] - span[0])
    until = float(times[last]) if last < len(times) - 2 else np.inf
    return float(times[first]), until, float(watched.wheels[first, 1])


def _beyond(
    scenario: Scenario, watched: Watched, thresholds: Thresholds, at: float, green_s: float
) -> tuple[Ruling, Ruling]:
    """What it did after passing the line on red."""
    stand = _stand(watched, at)
    if stand is None or stand[1] - stand[0] < 0.5:
        if not _goes_on(scenario, watched, at, at, thresholds):
            return Ruling(Standing.OPEN, "out of sight beyond the line", at), LAWFUL
        return Ruling(Standing.ACT, "passes on red", at), LAWFUL
    from_s, until_s, beyond_m = stand
    limits = thresholds.red_light
    if until_s == np.inf:
        why = "still stands beyond the line"
        return Ruling(Standing.OPEN, why, at), Ruling(Standing.OPEN, why, from_s)
    if until_s < green_s - limits.before_green_s - 2 * MARGIN_S:
        if not _goes_on(scenario, watched, at, until_s, thresholds):
            return Ruling(Standing.OPEN, "out of sight beyond the line", at), Ruling(Standing.OPEN, "", from_s)
        return Ruling(Standing.ACT, "stands beyond the line, goes on at red", at), Ruling(Standing.OPEN, "", from_s)
    if until_s < green_s - 0.1:
        why = "goes on just before green"
        return Ruling(Standing.OPEN, why, at), Ruling(Standing.OPEN, why, from_s)
    on_red_s = green_s - from_s
    enough = on_red_s >= limits.stop_over_line_s + STAND_MORE_S and STAND_MIN_M <= beyond_m <= STAND_MAX_M
    if not enough or not watched.is_seen(from_s, green_s) or not watched.is_seen(until_s, until_s + 1.0):
        return LAWFUL, Ruling(Standing.OPEN, "stands too short, or not clearly over the line", from_s)
    if scenario.lights.differ(at) and not _goes_on(scenario, watched, at, until_s, thresholds):
        return LAWFUL, Ruling(Standing.OPEN, "out of sight before its movement shows", from_s)
    return LAWFUL, Ruling(Standing.ACT, "stands over the line until green", from_s)


def _goes_on(scenario: Scenario, watched: Watched, at: float, from_s: float, thresholds: Thresholds) -> bool:
    """Whether it is seen going far and long enough from where it was at `from_s` for its movement to show, on which it
    depends whether the lamps bound it when it passed the line at `at`."""
    far_m, seen_s = _seen_going(watched, from_s)
    if not scenario.lights.differ(at):
        return far_m >= GOES_ON_M and seen_s >= GOES_ON_S
    free = {turn for turn in TURNS if scenario.lights.bound(turn, at) is not Phase.RED}
    return far_m >= _shows_m(watched) and seen_s >= _shows_s(watched, free, thresholds)


def _seen_going(watched: Watched, from_s: float) -> tuple[float, float]:
    """(metres, seconds) from where it was at `from_s` until it is no longer seen well."""
    index = int(np.searchsorted(watched.times, from_s))
    after = watched.well[index:]
    until = index + int(np.argmin(after)) if not after.all() else len(watched.times) - 1
    gone = watched.wheels[until] - watched.wheels[index]
    return float(np.hypot(*gone)), float(watched.times[until]) - from_s


def _shows_s(watched: Watched, turns: Collection[Movement], thresholds: Thresholds) -> float:
    """Seconds that it must be seen beyond the line for its movement to show, where these turns are free."""
    if watched.vehicle.movement is not Movement.STRAIGHT:
        return GOES_ON_S
    return turns_show_after_s(turns, watched.vehicle.vehicle_class, thresholds.movement) + MARGIN_S


def _runs(inside: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of every unbroken run, the last one included."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _depths(strip: Strip, wheels: Floats) -> Floats:
    x, y = wheels[:, 0], wheels[:, 1]
    sides: Floats = np.minimum.reduce([x - strip.left_x, strip.right_x - x, y - strip.from_y, strip.to_y - y])
    return sides


def _drawn(scenario: Scenario) -> list[Strip]:
    names = {lane.name for lane in scenario.camera.lanes}
    return [strip for strip in scenario.road.strips if strip.name in names]


def _way_heights(watched: Watched, first: int, last: int) -> float:
    """The way in the picture between two moments, in heights of the vehicle there."""
    whole = watched.seen.whole
    ground = np.stack([(whole[[first, last], 0] + whole[[first, last], 2]) / 2, whole[[first, last], 3]], axis=-1)
    tall = max(watched.heights(first), watched.heights(last))
    return float(np.hypot(*(ground[1] - ground[0]))) / max(1.0, tall)


def _wrong_way(scenario: Scenario, watched: Watched, thresholds: Thresholds) -> Ruling:
    limits, vehicle = thresholds.wrong_way, watched.vehicle
    here = watched.seen.share > 0
    ruling = LAWFUL
    for strip in _drawn(scenario):
        against = watched.speed_y * (-1 if strip.ahead else 1) > 0.2
        depth = _depths(strip, watched.wheels)
        for first, last in _runs((depth >= 0) & against & here):
            net = abs(float(watched.wheels[last, 1] - watched.wheels[first, 1]))
            if net < MOMENT_M or vehicle.backwards:
                continue
            why = "walked: the reviewer's to reject" if vehicle.is_walked else "hardly seen against the lane"
            ruling = Ruling(Standing.OPEN, why, float(watched.times[first]))
        margin = limits.inside_widths * vehicle.size_m[1] + LANE_MARGIN_M
        for first, last in _runs((depth >= margin) & against & watched.well):
            took = float(watched.times[last] - watched.times[first])
            net = abs(float(watched.wheels[last, 1] - watched.wheels[first, 1]))
            heights = _way_heights(watched, first, last)
            clear = took >= max(WAY_S, LONGER * limits.dwell_s) and net >= max(WAY_M, PACE_M_S * took)
            shown = heights >= LONGER * limits.distance_heights and heights >= LONGER * limits.pace_heights_s * took
            if clear and shown and not (vehicle.is_walked or vehicle.backwards):
                return Ruling(Standing.ACT, f"against {strip.name}", float(watched.times[first]))
    return ruling


def _wrong_lane(scenario: Scenario, watched: Watched, thresholds: Thresholds) -> Ruling:
    both = [_closed_lane(scenario, watched, thresholds), _against_arrow(scenario, watched, thresholds)]
    order = (Standing.ACT, Standing.OPEN, Standing.LAWFUL)
    return min(both, key=lambda ruling: order.index(ruling.standing))


def _closed_lane(scenario: Scenario, watched: Watched, thresholds: Thresholds) -> Ruling:
    limits, vehicle = thresholds.wrong_lane, watched.vehicle
    moves = (watched.speed > 0.5) & (watched.seen.share > 0)
    ruling = LAWFUL
    for strip in _drawn(scenario):
        if vehicle.vehicle_class in strip.allowed:
            continue
        depth = _depths(strip, watched.wheels)
        well_in = depth >= limits.inside_widths * vehicle.size_m[1]
        for first, last in _runs(well_in & moves):
            if watched.times[last] - watched.times[first] >= MOMENT_SHARE * limits.dwell_s:
                ruling = Ruling(Standing.OPEN, f"hardly in {strip.name}", float(watched.times[first]))
        well_in = depth >= limits.inside_widths * vehicle.size_m[1] + LANE_MARGIN_M
        for first, last in _runs(well_in & moves & watched.well):
            took = float(watched.times[last] - watched.times[first])
            far = _way_heights(watched, first, last) >= LONGER * limits.distance_heights
            if took >= LONGER * limits.dwell_s and far:
                return Ruling(Standing.ACT, f"in {strip.name}", float(watched.times[first]))
    return ruling


def _against_arrow(scenario: Scenario, watched: Watched, thresholds: Thresholds) -> Ruling:
    at = passes_line_at(watched) if scenario.road.has_line else None
    if at is None or watched.vehicle.movement is Movement.UNKNOWN:
        return LAWFUL
    limits = thresholds.wrong_lane
    before = watched.times <= at
    for strip in _drawn(scenario):
        if not strip.arrows or watched.vehicle.movement in _permitted(strip):
            continue
        runs = _runs((_depths(strip, watched.wheels) >= -0.1) & before)
        if not runs or at - watched.times[runs[-1][1]] > 0.3:
            continue
        stayed = float(watched.times[runs[-1][1]] - watched.times[runs[-1][0]])
        margin = limits.inside_widths * watched.vehicle.size_m[1] + LANE_MARGIN_M
        deep = _depths(strip, watched.wheels + np.array([0.0, -1.5]))[(watched.times > at - 1.2) & before] >= margin
        enough = stayed >= limits.arrow_dwell_s + 2 * MARGIN_S and bool(deep.all())
        shown = watched.is_seen(at - 1.5, at + 1.0) and _goes_far(watched, strip, at, thresholds)
        standing = Standing.ACT if enough and shown else Standing.OPEN
        return Ruling(standing, f"{watched.vehicle.movement} from {strip.name}", at)
    return LAWFUL


def _shows_m(watched: Watched) -> float:
    return SHOWS_M if watched.vehicle.movement is Movement.STRAIGHT else TURN_SHOWS_M


def _goes_far(watched: Watched, strip: Strip, at: float, thresholds: Thresholds) -> bool:
    far_m, seen_s = _seen_going(watched, at)
    needed_s = max(TURN_SHOWS_S, _shows_s(watched, _permitted(strip), thresholds))
    return far_m >= _shows_m(watched) and seen_s >= needed_s


def _permitted(strip: Strip) -> frozenset[Movement]:
    return strip.arrows | {Movement.U_TURN} if Movement.LEFT in strip.arrows else strip.arrows


def _helmets(scenario: Scenario, watched: Watched, thresholds: Thresholds) -> tuple[Ruling, Ruling]:
    """(rider, passenger). Whoever does not ride (parked, pushed) or needs no helmet (bicycle) is lawful."""
    vehicle = watched.vehicle
    rides = vehicle.vehicle_class is VehicleClass.MOTORCYCLE and not vehicle.is_walked and vehicle.riders
    if not rides or float(np.ptp(watched.times)) <= 0 or float(watched.speed.max()) < 0.3:
        return LAWFUL, LAWFUL
    limits = thresholds.helmet
    head_px = HEAD_M * scenario.lens.focal_px / np.maximum(watched.seen.depths, 1.0)
    legible = (head_px >= HEAD_LARGER * limits.head_px) & watched.well
    legible &= watched.seen.whole[:, 3] - watched.seen.whole[:, 1] >= 50
    in_front = heads_in_front(head_boxes(vehicle, scenario.lens, watched.times))
    clear = [
        float((legible & ~in_front[:, seat]).sum()) * STEP_S >= HEAD_LOOKS_S for seat in range(len(vehicle.riders))
    ]
    bare = [wears in (Wears.BARE, Wears.CAP) for wears in vehicle.riders]
    passengers = list(zip(bare, clear, strict=True))[1:]
    rider = _head(bare[0], False, clear[0])
    if any(is_bare for is_bare, _ in passengers):
        return rider, _head(True, False, any(is_bare and is_clear for is_bare, is_clear in passengers))
    return rider, _head(False, Wears.CHILD in vehicle.riders[1:], True)


def _head(is_bare: bool, is_exempt: bool, clear: bool) -> Ruling:
    if is_bare:
        return Ruling(Standing.ACT, "bare") if clear else Ruling(Standing.OPEN, "bare, too small or too short in sight")
    return Ruling(Standing.OPEN, "a child, exempt") if is_exempt else LAWFUL
