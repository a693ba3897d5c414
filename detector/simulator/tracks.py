"""From what a detector sees of a scenario to what the rules see: by a stand-in for the tracker, or as observations for
the real one.

The stand-in keeps one id per vehicle as long as it is found, gives a new one after a gap longer than the tracker waits
or at a break, mixes up neighbours now and then (`mixups.py`), lets a second box on a vehicle appear, and names each
track's class by vote as the tracker does. Lamps go through the real `Debouncer`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from detector.geometry import is_near
from detector.precision import rounded
from detector.rejoin import NEAR_SHARE, Rejoiner
from detector.signals import Debouncer
from detector.simulator.lights import Lights
from detector.simulator.mixups import MixUps
from detector.simulator.noise import Chance, Noise
from detector.simulator.scenario import Scenario
from detector.simulator.sight import Sight
from detector.track import LOST_S, Votes
from detector.vocabulary import Box, Detection, Head, LampReading, Observation, Phase, Scene, Track, VehicleClass

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
DOUBLE_CONFIDENCE = 0.45
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


class Tracker:
    """The stand-in for the tracker; see the module."""

    def __init__(self, scenario: Scenario, sight: Sight, noise: Noise, rng: np.random.Generator) -> None:
        self._sight = sight
        self._noise = noise
        self._rng = rng
        self._ids = list(range(len(sight.looks)))
        self._next_id = len(sight.looks)
        self._votes: dict[int, Votes] = {}  # by name
        self._rejoiner = Rejoiner()
        self._last_t: dict[int, float] = {}  # by id
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
            lost = [key for key, last_t in self._last_t.items() if t - last_t > LOST_S]
            for key in lost:
                del self._last_t[key]
            ended = self._rejoiner.end(lost)
            for name in ended:
                del self._votes[name]
            phases = debouncer.update(moment(t), lamps.read(index, t))
            yield Scene(index, moment(t), tracks, phases, ended)
            before_t = t

    def _tracks(self, index: int, t: float, step_s: float) -> tuple[Track, ...]:
        looks = self._sight.looks
        seen = [v for v in range(len(looks)) if self._found[v][index]]
        boxes: dict[int, Box] = {v: tuple(self._boxes[v][index]) for v in seen}
        self._next_id = self._mixups.apply(self._ids, self._next_id, boxes, index, t, step_s)
        looked: list[tuple[int, int, Box, bool]] = []  # id, vehicle, box, whether it is a second one
        for v, box in boxes.items():
            last_t = self._last_t.get(self._ids[v])
            gone = last_t is not None and t - last_t > LOST_S
            if gone or (last_t is not None and self._breaks[v][index] < self._break_hz(v, boxes) * step_s):
                self._ids[v], self._next_id = self._next_id, self._next_id + 1
            looked.append((self._ids[v], v, box, False))
            if looks[v].doubles[index]:
                looked.append((self._double_id(v), v, _part(box), True))
            else:
                self._double_ids.pop(v, None)
        self._last_t |= {track_id: t for track_id, *_ in looked}
        names = self._rejoiner.see({track_id: box for track_id, _, box, _ in looked}, t)
        tracks = []
        for track_id, v, box, is_double in looked:
            sure, heads = (DOUBLE_CONFIDENCE, None) if is_double else (self._sure[v][index], looks[v].heads[index])
            tracks.append(self._track(names[track_id], looks[v].classes[index], sure, box, heads))
        return tuple(sorted(tracks, key=lambda track: track.track_id))

    def _break_hz(self, vehicle: int, boxes: Mapping[int, Box]) -> float:
        near = any(is_near(boxes[vehicle], box, NEAR_SHARE) for other, box in boxes.items() if other != vehicle)
        return self._noise.break_hz if near else self._noise.break_alone_hz

    def _track(
        self, name: int, seen: VehicleClass, confidence: float, box: Box, heads: tuple[Head, ...] | None
    ) -> Track:
        shown = self._votes.setdefault(name, Votes(seen)).add(seen, confidence)
        return Track(name, shown, confidence, box, heads, seen)

    def _double_id(self, vehicle: int) -> int:
        if vehicle not in self._double_ids:
            self._double_ids[vehicle], self._next_id = self._next_id, self._next_id + 1
        return self._double_ids[vehicle]


def _part(box: Box) -> Box:
    """A second box on the same vehicle: its upper or nearer part."""
    x1, y1, x2, y2 = box
    wide, tall = x2 - x1, y2 - y1
    return (round(x1 + 0.08 * wide, 2), y1, round(x2 - 0.05 * wide, 2), round(y2 - 0.22 * tall, 2))


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
                detections.append(Detection(look.classes[index], DOUBLE_CONFIDENCE, _part(box)))
        yield rounded(Observation(index, moment(t), size_wh, tuple(detections), lamps.read(index, t)))


def _box(edges: np.ndarray) -> Box:
    x1, y1, x2, y2 = edges.tolist()
    return (x1, y1, x2, y2)
