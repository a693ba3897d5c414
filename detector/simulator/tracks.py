"""From what a detector sees of a scenario to what the rules see: by a stand-in for the tracker, or as observations for
the real one.

The stand-in keeps one id per vehicle as long as it is found, gives a new one after a gap longer than the tracker waits
or at a break, mixes up neighbours now and then (`mixups.py`), lets a second box on a vehicle appear, and names each
track's class by vote as the tracker does. Lamps go through the real `Debouncer`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from detector.precision import rounded
from detector.signals import Debouncer
from detector.simulator.lights import Lights
from detector.simulator.mixups import MixUps
from detector.simulator.noise import Chance, Noise
from detector.simulator.scenario import Scenario
from detector.simulator.sight import Sight
from detector.track import LOST_S
from detector.vocabulary import Box, Detection, Head, LampReading, Observation, Phase, Scene, Track, VehicleClass

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MISTAKEN = {Phase.RED: Phase.YELLOW, Phase.YELLOW: Phase.RED, Phase.GREEN: Phase.YELLOW}  # orange in the sun; cyan


def moment(t: float) -> datetime:
    """A time of the scenario on the stream's clock."""
    return START + timedelta(seconds=round(float(t), 6))


class Lamps:
    """What the lamp reader says of every head, frame by frame."""

    def __init__(self, lights: Lights, sight_times: np.ndarray, noise: Noise, chance: Chance) -> None:
        self._lights = lights
        self._noise = noise
        flickers = chance.lasting.random(len(lights.heads)) < noise.lamp_flicker_share
        self._dark = np.where(flickers, noise.lamp_flicker_dark, noise.lamp_dark_share)
        self._sure = np.clip(chance.frames.normal(0.9, 0.06, (len(lights.heads), len(sight_times))), 0.3, 0.99).round(4)
        self._draws = chance.frames.random((3, len(lights.heads), len(sight_times)))
        self._hidden = [
            noise.spells(sight_times, noise.lamp_hidden_hz, noise.lamp_hidden_s, chance) for _ in lights.heads
        ]

    def read(self, index: int, t: float) -> tuple[LampReading, ...]:
        """The readings of frame `index` at `t`."""
        readings = []
        for at, head in enumerate(self._lights.heads):
            phase = head.phase(t)
            confidence = float(self._sure[at, index])
            is_dark, is_off, is_mistaken = self._draws[:, at, index].tolist()
            if phase is Phase.YELLOW and head.is_yellow_dead:
                phase = Phase.OFF
            if self._hidden[at][index]:
                phase, confidence = Phase.UNKNOWN, 0.0
            elif is_dark < self._dark[at]:
                phase = Phase.OFF if is_off < 0.6 else Phase.UNKNOWN
            elif phase in MISTAKEN and is_mistaken < self._noise.lamp_wrong_share:
                phase, confidence = MISTAKEN[phase], confidence * 0.7
            readings.append(LampReading(head.name, phase, round(confidence, 4)))
        return tuple(readings)


@dataclass(slots=True)
class _Known:
    """One id: which vehicle it follows, when it was last seen, and the classes voted for."""

    last_t: float
    votes: dict[VehicleClass, float] = field(default_factory=dict)
    current: VehicleClass | None = None

    def vote(self, seen: VehicleClass, confidence: float) -> VehicleClass:
        self.votes[seen] = self.votes.get(seen, 0.0) + confidence
        if self.current is None or self.votes[seen] > self.votes.get(self.current, 0.0):
            self.current = seen
        return self.current


class Tracker:
    """The stand-in for the tracker; see the module."""

    def __init__(self, scenario: Scenario, sight: Sight, noise: Noise, rng: np.random.Generator) -> None:
        self._sight = sight
        self._noise = noise
        self._rng = rng
        self._ids = list(range(len(sight.looks)))
        self._next_id = len(sight.looks)
        self._known: dict[int, _Known] = {}
        self._double_ids: dict[int, int] = {}
        self._mixups = MixUps(sight, scenario.lens.size_wh[1], noise, rng)
        self._breaks = rng.random((len(sight.looks), len(sight.times))).tolist()
        self._boxes = [look.boxes.tolist() for look in sight.looks]
        self._found = [look.found.tolist() for look in sight.looks]
        self._sure = [look.confidence.round(4).tolist() for look in sight.looks]

    def scenes(self, lamps: Lamps, names: tuple[str, ...]) -> Iterator[Scene]:
        """All scenes of the scenario."""
        debouncer = Debouncer(names)
        before_t = float(self._sight.times[0])
        for index, t in enumerate(self._sight.times.tolist()):
            tracks = self._tracks(index, t, t - before_t)
            ended = tuple(sorted(key for key, known in self._known.items() if t - known.last_t > LOST_S))
            for key in ended:
                del self._known[key]
            phases = debouncer.update(moment(t), lamps.read(index, t))
            yield Scene(index, moment(t), tracks, phases, ended)
            before_t = t

    def _tracks(self, index: int, t: float, step_s: float) -> tuple[Track, ...]:
        looks = self._sight.looks
        seen = [v for v in range(len(looks)) if self._found[v][index]]
        boxes: dict[int, Box] = {v: tuple(self._boxes[v][index]) for v in seen}
        self._next_id = self._mixups.apply(self._ids, self._next_id, boxes, index, t, step_s)
        tracks = []
        for v, box in boxes.items():
            look = looks[v]
            known = self._known.get(self._ids[v])
            gone = known is not None and t - known.last_t > LOST_S
            if gone or (known is not None and self._breaks[v][index] < self._noise.break_hz * step_s):
                self._ids[v], self._next_id = self._next_id, self._next_id + 1
            tracks.append(
                self._track(self._ids[v], look.classes[index], self._sure[v][index], box, t, look.heads[index])
            )
            if look.doubles[index]:
                tracks.append(self._double(v, look.classes[index], box, t))
            else:
                self._double_ids.pop(v, None)
        return tuple(sorted(tracks, key=lambda track: track.track_id))

    def _track(
        self, track_id: int, seen: VehicleClass, confidence: float, box: Box, t: float, heads: tuple[Head, ...] | None
    ) -> Track:
        known = self._known.setdefault(track_id, _Known(t))
        known.last_t = t
        shown = known.vote(seen, confidence)
        return Track(track_id, shown, confidence, box, heads, seen)

    def _double(self, vehicle: int, seen: VehicleClass, box: Box, t: float) -> Track:
        """A second box on the same vehicle: its upper or nearer part."""
        if vehicle not in self._double_ids:
            self._double_ids[vehicle], self._next_id = self._next_id, self._next_id + 1
        x1, y1, x2, y2 = box
        wide, tall = x2 - x1, y2 - y1
        part = (round(x1 + 0.08 * wide, 2), y1, round(x2 - 0.05 * wide, 2), round(y2 - 0.22 * tall, 2))
        return self._track(self._double_ids[vehicle], seen, 0.45, part, t, None)


def observations(sight: Sight, lamps: Lamps, size_wh: tuple[int, int]) -> Iterator[Observation]:
    """What the models would have said, for `detector.pipeline.replay`: the real tracker follows these boxes."""
    for index, t in enumerate(sight.times.tolist()):
        detections = []
        for look in sight.looks:
            if not look.found[index]:
                continue
            box, confidence = _box(look.boxes[index]), float(look.confidence[index])
            detections.append(Detection(look.classes[index], confidence, box, look.heads[index]))
            if look.doubles[index]:
                x1, y1, x2, y2 = box
                part = (x1 + 0.08 * (x2 - x1), y1, x2 - 0.05 * (x2 - x1), y2 - 0.22 * (y2 - y1))
                detections.append(Detection(look.classes[index], 0.45, part))
        yield rounded(Observation(index, moment(t), size_wh, tuple(detections), lamps.read(index, t)))


def _box(edges: np.ndarray) -> Box:
    x1, y1, x2, y2 = edges.tolist()
    return (x1, y1, x2, y2)
