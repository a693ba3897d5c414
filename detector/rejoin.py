"""Tracks that broke and go on under another id get their id back, where nothing else can be meant.

    an id is lost ──▶ within half a second another begins where that vehicle was heading, as large, and nobody near ──▶ one id

A tracker loses a vehicle now and then for a look or two, and what it did at the stop line is then in no single track. Nobody
appears in the middle of a road; but where somebody else is near, or was lost near, both ids stay what they are: to join two
vehicles would be to accuse one of what the other did.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from detector.geometry import between, carried_on, is_near, length, middle
from detector.vocabulary import Box, Point

GAP_S = 0.5  # between the last look under one id and the first under the next: three looks at 6 frames a second
KNOWN_S = 0.3  # of looks before, to know where it was heading: two at 6 frames a second
PACE_S = 0.5  # the pace is measured over this
AWAY_HEIGHTS = 0.25  # from where it should be by now: half the width of a motorbike and its rider
SIZE_RATIO = 1.25  # a box grows or shrinks by less in half a second, edges that wobble included
NEAR_SHARE = 0.3  # of its size that the box is grown by on every side: whoever reaches into that is near
NEAR_S = 1.5  # who was lost there so long ago may be the one that is found


@dataclass(slots=True)
class _Seen:
    """The looks at one vehicle over the last `PACE_S`."""

    looks: deque[tuple[float, Box]]

    @property
    def t(self) -> float:
        return self.looks[-1][0]

    @property
    def box(self) -> Box:
        return self.looks[-1][1]

    def at(self, t: float) -> Point:
        """Where the middle of its box should be at `t`."""
        first_t, first = self.looks[0]
        return carried_on(middle(first), middle(self.box), (t - self.t) / (self.t - first_t))


class Rejoiner:
    """Names for the ids of a tracker: the same name for what is one vehicle. Names count from 0 and are never used again."""

    def __init__(self) -> None:
        self._names: dict[int, int] = {}
        self._seen: dict[int, _Seen] = {}  # by name
        self._next = 0

    @property
    def ids(self) -> set[int]:
        """The ids that are not forgotten."""
        return set(self._names)

    def see(self, boxes: Mapping[int, Box], t: float) -> dict[int, int]:
        """The name of each id that is seen at `t`, with its box (x1, y1, x2, y2) in pixels."""
        taken: set[int] = set()
        for track_id in sorted(boxes, reverse=True):  # of two ids for one vehicle the later one goes on
            name = self._names.get(track_id)
            if name in taken:
                del self._names[track_id]  # the one that was lost is back: it is another vehicle
            elif name is not None:
                taken.add(name)
        for track_id in sorted(boxes.keys() - self._names.keys()):
            name = self._lost_there(track_id, boxes, taken, t)
            if name is None:
                name, self._next = self._next, self._next + 1
            self._names[track_id] = name
            taken.add(name)
        for track_id, box in boxes.items():
            self._look(self._names[track_id], t, box)
        return {track_id: self._names[track_id] for track_id in boxes}

    def end(self, track_ids: Iterable[int]) -> tuple[int, ...]:
        """Forget these ids; the names that ended with them, in order. KeyError for an id that was not seen."""
        gone = {self._names.pop(track_id) for track_id in track_ids}
        ended = sorted(gone - set(self._names.values()))
        for name in ended:
            self._seen.pop(name, None)
        return tuple(ended)

    def _look(self, name: int, t: float, box: Box) -> None:
        seen = self._seen.setdefault(name, _Seen(deque()))
        if seen.looks and t <= seen.t:
            seen.looks.clear()  # the clock went back
        seen.looks.append((t, box))
        while t - seen.looks[0][0] > PACE_S:
            seen.looks.popleft()

    def _lost_there(self, track_id: int, boxes: Mapping[int, Box], taken: set[int], t: float) -> int | None:
        """The name of the one vehicle that was lost just there; None where there is none, or who it is cannot be told."""
        box = boxes[track_id]
        if any(is_near(box, other, NEAR_SHARE) for other_id, other in boxes.items() if other_id != track_id):
            return None
        lost = {name: seen for name, seen in self._seen.items() if name not in taken and t - seen.t <= NEAR_S}
        near = [name for name, seen in lost.items() if is_near(box, seen.box, NEAR_SHARE)]
        fitting = [name for name, seen in lost.items() if _goes_on(seen, box, t)]
        return fitting[0] if len(fitting) == 1 and set(near) <= set(fitting) else None


def _goes_on(seen: _Seen, box: Box, t: float) -> bool:
    """Whether who was seen so is expected to be this box by now."""
    if not 0 < t - seen.t <= GAP_S or seen.t - seen.looks[0][0] < KNOWN_S:
        return False
    height, before = box[3] - box[1], seen.box[3] - seen.box[1]
    ratios = (height / before, (box[2] - box[0]) / (seen.box[2] - seen.box[0]))
    if not all(1 / SIZE_RATIO <= ratio <= SIZE_RATIO for ratio in ratios):
        return False
    return length(between(seen.at(t), middle(box))) <= AWAY_HEIGHTS * max(height, before)
