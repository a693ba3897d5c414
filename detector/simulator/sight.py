"""What a detector would see of a scenario in each analysed frame, errors included, before anybody tracks it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from detector.observe import HEADS_INTERVAL_S, JITTER_S, MIN_RIDER_HEIGHT_PX
from detector.simulator.lens import Floats
from detector.simulator.noise import Chance, Noise
from detector.simulator.scenario import Scenario
from detector.simulator.vehicles import TWO_WHEELERS, Sightings, Vehicle, Wears, head_boxes, sightings
from detector.vocabulary import Head, VehicleClass

Bools = npt.NDArray[np.bool_]

TAIL_S = 3.5  # after the last vehicle: verdicts wait for lamps and lost tracks
SHARE_MIN = 0.35  # of a box within the picture: less is not found
HIDDEN_MAX = 0.75  # of a box behind others: more is not found
HEAD_HIDDEN = 0.6  # of a head behind another one: not found
TRUNK_ASIDE, TRUNK_DOWN = 0.4, 3.0  # of a head: how far shoulders and trunk reach beyond it
COVER_WIDTH = 0.6  # of its width behind a neighbour that hides its wheels
CONFUSED = {
    VehicleClass.CAR: VehicleClass.TRUCK,
    VehicleClass.TRUCK: VehicleClass.CAR,
    VehicleClass.BUS: VehicleClass.TRUCK,
    VehicleClass.MOTORCYCLE: VehicleClass.BICYCLE,
    VehicleClass.BICYCLE: VehicleClass.MOTORCYCLE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is seen of one vehicle over all frames (N). `boxes` (N, 4): what the detector draws; `true_boxes` (N, 4): what
    is there, cut off by the picture's edges; `found` (N,); `hidden` (N,): share behind others; `heads`: by frame."""

    boxes: Floats
    true_boxes: Floats
    found: Bools
    hidden: Floats
    classes: list[VehicleClass]
    confidence: Floats
    heads: list[tuple[Head, ...] | None]
    doubles: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """All frames of a scenario: `times` (N,) in seconds, and a look per vehicle."""

    times: Floats
    looks: tuple[Look, ...]


def frame_times(scenario: Scenario, fps: float, noise: Noise, rng: np.random.Generator) -> Floats:
    """Times of the analysed frames: a little irregular, some dropped."""
    count = int((scenario.until_s + TAIL_S) * fps)
    times = np.arange(count) / fps + np.clip(rng.normal(0, 1, count), -2, 2) * min(noise.time_jitter_s, 0.2 / fps)
    kept = rng.random(count) >= noise.drop_share
    kept[0] = True
    return times[kept]


def look_at(scenario: Scenario, times: Floats, noise: Noise, chances: Sequence[Chance]) -> Sight:
    """Every vehicle as the detector would box it in the frames at `times`. `chances`: one for each vehicle."""
    seen = [sightings(vehicle, scenario.lens, times) for vehicle in scenario.vehicles]
    hidden, bottoms = occlusion(seen, chances[0].lasting)
    looks = tuple(
        _look(vehicle, one, hidden[index], bottoms[index], scenario, times, noise, chances[index])
        for index, (vehicle, one) in enumerate(zip(scenario.vehicles, seen, strict=True))
    )
    return Sight(times, looks)


def occlusion(seen: list[Sightings], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Share of each box that others hide (V, N), and the lowest row of each that is still seen (V, N).

    A detector sometimes guesses the hidden wheels: how much of them it leaves out is drawn once per pair.
    """
    count = len(seen)
    hidden = np.zeros((count, len(seen[0].depths)))
    bottoms = np.stack([one.boxes[:, 3] for one in seen])
    for far in range(count):
        for near in range(count):
            left_out = rng.random()
            if far == near:
                continue
            a, b = seen[far].boxes, seen[near].boxes
            width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
            height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
            behind = (seen[near].depths < seen[far].depths) & (seen[near].share > 0) & (width > 0) & (height > 0)
            if not behind.any():
                continue
            area = np.maximum((a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1]), 1e-6)
            hidden[far] += np.where(behind, width * height / area, 0.0)
            wheels = (
                behind & (width >= COVER_WIDTH * (a[:, 2] - a[:, 0])) & (b[:, 3] >= a[:, 3] - 1) & (b[:, 1] > a[:, 1])
            )
            cut = a[:, 3] - left_out * (a[:, 3] - b[:, 1])
            bottoms[far] = np.where(wheels, np.minimum(bottoms[far], cut), bottoms[far])
    return np.minimum(hidden, 1.0), bottoms


def _look(
    vehicle: Vehicle,
    seen: Sightings,
    hidden: Floats,
    bottoms: Floats,
    scenario: Scenario,
    times: Floats,
    noise: Noise,
    chance: Chance,
) -> Look:
    boxes = seen.boxes.copy()
    boxes[:, 3] = np.maximum(bottoms, boxes[:, 1] + 2)
    tall = np.maximum(seen.whole[:, 3] - seen.whole[:, 1], 1.0)
    boxes += noise.edge_errors(times, chance) * tall[:, None]
    width, height = scenario.lens.size_wh
    boxes = np.clip(boxes, 0, np.array([width, height, width, height], dtype=float))
    sound = (boxes[:, 2] - boxes[:, 0] > 3) & (boxes[:, 3] - boxes[:, 1] > 3)
    in_sight = (seen.share >= SHARE_MIN) & (hidden <= HIDDEN_MAX) & sound
    found = in_sight & ~noise.misses(times, tall / height, hidden, chance)
    classes = _classes(vehicle.vehicle_class, times, noise, chance)
    confidence = np.clip(0.82 - 0.3 * hidden + chance.frames.normal(0, 0.08, len(times)), 0.12, 0.97)
    heads = _heads(vehicle, scenario, times, tall, hidden, found, noise, chance)
    doubles = found & noise.spells(times, noise.double_hz, noise.double_s, chance)
    return Look(np.round(boxes, 2), seen.boxes, found, hidden, classes, confidence, heads, doubles)


def _classes(vehicle_class: VehicleClass, times: Floats, noise: Noise, chance: Chance) -> list[VehicleClass]:
    """The class said in each frame: now and then the one it is most often taken for; some look like it for half of the time."""
    if chance.lasting.random() < noise.class_confused_share:
        flips = noise.spells(times, math.log(2) / noise.class_spell_s, noise.class_spell_s, chance)
    else:
        flips = chance.frames.random(len(times)) < noise.class_flip_share
    return [CONFUSED[vehicle_class] if flip else vehicle_class for flip in flips]


def _heads(
    vehicle: Vehicle,
    scenario: Scenario,
    times: Floats,
    tall: Floats,
    hidden: Floats,
    found: Bools,
    noise: Noise,
    chance: Chance,
) -> list[tuple[Head, ...] | None]:
    """Heads as often as the observer looks for them; None in the other frames."""
    answers: list[tuple[Head, ...] | None] = [None] * len(times)
    if vehicle.vehicle_class not in TWO_WHEELERS or not found.any():
        return answers
    if not vehicle.riders:
        return [() if found[n] and tall[n] >= MIN_RIDER_HEIGHT_PX else None for n in range(len(times))]
    boxes = head_boxes(vehicle, scenario.lens, times)
    errors = [noise.head_errors(wears is Wears.HELMET, times, chance) for wears in vehicle.riders]
    in_front = heads_in_front(boxes)
    lucky = chance.frames.random((len(times), len(vehicle.riders)))
    jitter = chance.frames.normal(0, noise.head_edge_share, boxes.shape) * (boxes[..., 3] - boxes[..., 1])[..., None]
    boxes = np.round(boxes + jitter, 2)
    last_s = -1.0
    for n, t in enumerate(times):
        if t - last_s < HEADS_INTERVAL_S - JITTER_S:
            continue
        last_s = t
        if not found[n] or tall[n] < MIN_RIDER_HEIGHT_PX:
            continue
        shown: list[Head] = []
        for seat, (seen, helmet, sure) in enumerate(errors):
            if seen[n] and not in_front[n, seat] and lucky[n, seat] > hidden[n]:
                x1, y1, x2, y2 = boxes[n, seat].tolist()
                shown.append(Head(bool(helmet[n]), round(float(sure[n]), 4), (x1, y1, x2, y2)))
        answers[n] = tuple(shown)
    return answers


def heads_in_front(boxes: Floats) -> Bools:
    """Which heads (N, riders) are hidden for the most part by the head or trunk of a nearer (larger) rider of the same
    bike. `boxes` as those of `head_boxes`."""
    size = boxes[..., 3] - boxes[..., 1]
    trunks = boxes + size[..., None] * np.array([-TRUNK_ASIDE, 0.0, TRUNK_ASIDE, TRUNK_DOWN])
    low = np.maximum(boxes[:, :, None, :2], trunks[:, None, :, :2])
    high = np.minimum(boxes[:, :, None, 2:], trunks[:, None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=-1)
    nearer = size[:, None, :] > size[:, :, None]
    hidden: Bools = ((shared > HEAD_HIDDEN * (size**2)[:, :, None]) & nearer).any(axis=-1)
    return hidden
