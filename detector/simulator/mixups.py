"""How the tracks of neighbours get mixed up, as they do on the real clips (`models/own_labels/ids.csv`; rates: `noise.py`).

swap      one covers the other, whose own box is gone; a second box on it goes by the covered one's id; as they part,
          the ids are the wrong way round
takeover  one is not found for a moment, and its id goes to the neighbour; it gets a new one
visit     the box of one lies on the other for a moment
merge     one box lies around both; now and then the neighbour's own is gone
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from detector.geometry import iou
from detector.simulator.lens import Floats
from detector.simulator.noise import Noise
from detector.simulator.sight import Look, Sight
from detector.vocabulary import Box

NEIGHBOURS_IOU = 0.15  # boxes that overlap this much may be mixed up
STANDS_HEIGHTS_S = 0.4  # heights per second: slower than any that drove in a swap on the clips
PASSES_HEIGHTS_S = 1.5  # faster ones were never swapped with who stands
ALIKE_COS = 0.5
NEAR_SHARE = 0.08  # of the picture's height: smaller boxes are taken over more often
COVERED_S = (0.2, 0.4)  # a swap shows one box twice for so long before
LOST_FOR_S = 0.3  # who is taken over is not found for so long
VISIT_S = (0.1, 0.3)
WOBBLE_SHARE = 0.03  # of its size: a second box on one vehicle is not quite the first


class Relation(StrEnum):
    """How two neighbours move."""

    PAST = "past"  # one stands, the other drives past it
    ALIKE = "alike"
    STILL = "still"  # both stand
    APART = "apart"  # crossing, or in opposite directions


SWAPS = {Relation.PAST: 4.0, Relation.ALIKE: 1.3, Relation.STILL: 0.6, Relation.APART: 0.0}  # times the mean rate
TAKEOVERS = {Relation.PAST: 2.0, Relation.ALIKE: 2.0, Relation.STILL: 0.5, Relation.APART: 1.0}
VISITS = {Relation.PAST: 5.0, Relation.ALIKE: 1.0, Relation.STILL: 1.0, Relation.APART: 1.0}


@dataclass(slots=True)
class _Spell:
    """Until `until_t` the box of `vehicle` is that of `other` (`around`: one around both); None: it has none. `swaps`: then their
    ids change."""

    vehicle: int
    other: int | None
    until_t: float
    around: bool = False
    swaps: bool = False


class MixUps:
    """Changes ids and boxes of one scenario, frame by frame."""

    def __init__(self, sight: Sight, picture_height_px: int, noise: Noise, rng: np.random.Generator) -> None:
        self._near_px = NEAR_SHARE * picture_height_px
        self._noise = noise
        self._rng = rng
        self._paces = [_paces(look, sight.times).tolist() for look in sight.looks]
        self._spells: list[_Spell] = []

    def apply(self, ids: list[int], next_id: int, boxes: dict[int, Box], index: int, t: float, step_s: float) -> int:
        """Mix up what was seen in this frame; `ids` and `boxes` by vehicle are changed. Returns the next free id."""
        for a, b in _neighbours(boxes):
            next_id = self._begin(a, b, ids, next_id, boxes, index, t, step_s)
        for spell in self._spells:
            if t >= spell.until_t and spell.swaps and spell.other is not None:
                a, b = spell.vehicle, spell.other
                ids[a], ids[b] = ids[b], ids[a]
        self._spells = [spell for spell in self._spells if t < spell.until_t]
        own = dict(boxes)
        for spell in self._spells:
            if spell.other is None:
                boxes.pop(spell.vehicle, None)
            elif spell.other in own and (not spell.around or spell.vehicle in own):
                seen = own[spell.other]
                boxes[spell.vehicle] = _around(own[spell.vehicle], seen) if spell.around else self._again(seen)
        return next_id

    def _begin(
        self, a: int, b: int, ids: list[int], next_id: int, boxes: dict[int, Box], index: int, t: float, step_s: float
    ) -> int:
        noise, rng = self._noise, self._rng
        slow, fast = sorted((a, b), key=lambda v: float(np.hypot(*self._paces[v][index])))
        relation = self._relation(slow, fast, index)
        swap, takeover, visit, merge = rng.random(4) / max(step_s, 1e-9)  # below a rate in Hz: it happens in this frame
        if swap < noise.switch_hz * SWAPS[relation] and self._may_swap(relation, fast, index):
            self._spells.append(_Spell(slow, fast, t + rng.uniform(*COVERED_S), swaps=True))
        if takeover < self._takeover_hz(boxes[a], boxes[b]) * TAKEOVERS[relation]:
            taken, taker = (slow, fast) if rng.random() < 0.5 else (fast, slow)
            ids[taker], ids[taken] = ids[taken], next_id
            next_id += 1
            self._spells.append(_Spell(taken, None, t + LOST_FOR_S))
        if visit < noise.visit_hz * VISITS[relation]:
            self._spells.append(_Spell(slow, fast, t + rng.uniform(*VISIT_S)))
        if merge < noise.merge_hz:
            until_t = t + rng.exponential(noise.merge_s)
            self._spells.append(_Spell(a, b, until_t, around=True))
            if rng.random() < noise.merge_gone_share:
                self._spells.append(_Spell(b, None, until_t))
        return next_id

    def _relation(self, slow: int, fast: int, index: int) -> Relation:
        (slow_x, slow_y), (fast_x, fast_y) = self._paces[slow][index], self._paces[fast][index]
        slow_size, fast_size = float(np.hypot(slow_x, slow_y)), float(np.hypot(fast_x, fast_y))
        if fast_size < STANDS_HEIGHTS_S:
            return Relation.STILL
        if slow_size < STANDS_HEIGHTS_S:
            return Relation.PAST
        alike = slow_x * fast_x + slow_y * fast_y >= ALIKE_COS * slow_size * fast_size
        return Relation.ALIKE if alike else Relation.APART

    def _may_swap(self, relation: Relation, fast: int, index: int) -> bool:
        return relation is not Relation.PAST or float(np.hypot(*self._paces[fast][index])) <= PASSES_HEIGHTS_S

    def _takeover_hz(self, a: Box, b: Box) -> float:
        is_near = min(a[3] - a[1], b[3] - b[1]) >= self._near_px
        return self._noise.takeover_hz if is_near else self._noise.takeover_far_hz

    def _again(self, box: Box) -> Box:
        """A second box on the same vehicle."""
        wide, tall = WOBBLE_SHARE * (box[2] - box[0]), WOBBLE_SHARE * (box[3] - box[1])
        x1, y1, x2, y2 = (np.array(box) + self._rng.normal(0, 1, 4) * (wide, tall, wide, tall)).round(2).tolist()
        return (x1, y1, x2, y2)


def _neighbours(boxes: dict[int, Box]) -> Iterator[tuple[int, int]]:
    order = sorted(boxes)
    for at, a in enumerate(order):
        for b in order[at + 1 :]:
            if iou(boxes[a], boxes[b]) >= NEIGHBOURS_IOU:
                yield a, b


def _around(a: Box, b: Box) -> Box:
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def _paces(look: Look, times: Floats) -> Floats:
    """True velocity (N, 2) in the picture, in heights per second."""
    box = look.true_boxes
    ground = np.stack([(box[:, 0] + box[:, 2]) / 2, box[:, 3]], axis=-1)
    paces: Floats = np.gradient(ground, times, axis=0) / np.maximum(box[:, 3] - box[:, 1], 1.0)[:, None]
    return paces
