"""Whether boxes in a row can be of one vehicle: by how their edges went, and by the classes that they were given.

An edge that comes or goes, because a neighbour does, moves no vehicle: only what both edges do counts.
"""

import math
from collections import Counter
from collections.abc import Mapping
from enum import Enum

from detector.geometry import between, dot, iou, length, middle, to_the_right, unit
from detector.rules.sample import Sample
from detector.vocabulary import Box, VehicleClass

ASIDE_SHARE = 0.6  # of the way it would have driven: turning 60 degrees a second for as long as nobody looked

CHANGED_S = 0.3  # another class for so long, in a row...
CHANGED_LOOKS = 3  # ...and in so many looks is no slip of the detector
KNOWN_S = 1.0  # seen before for so long...
KNOWN_LOOKS = 6  # ...in so many looks, it is known what it was
SLIPS_SHARE = 0.1  # of them, that may have named the new kind


class Kind(Enum):
    """What no vehicle is in turns. Cars, buses and lorries are taken for each other; so are bicycles and motorbikes, for as long as
    they are seen from the same side: that is no other vehicle."""

    TWO_WHEELS = 2
    FOUR_WHEELS = 4


KINDS = {VehicleClass.MOTORCYCLE: Kind.TWO_WHEELS, VehicleClass.BICYCLE: Kind.TWO_WHEELS}


class Kinds:
    """What the looks at one track name: behind a neighbour an id goes over from a car to a motorbike without a jump."""

    def __init__(self) -> None:
        self._before: Counter[Kind | None] = Counter()
        self._now: Kind | None = None  # of the latest looks in a row
        self._looks = 0
        self._first_t = math.inf
        self._since_t = self._t = 0.0

    def add(self, vehicle_class: VehicleClass, t: float) -> None:
        """One more look."""
        kind = KINDS.get(vehicle_class, Kind.FOUR_WHEELS)
        if kind is not self._now:
            self._before[self._now] += self._looks
            self._now, self._looks, self._since_t = kind, 0, t
        self._looks += 1
        self._first_t, self._t = min(self._first_t, t), t

    @property
    def have_changed(self) -> bool:
        """Whether the latest looks name another kind than (nearly) all before them."""
        known = self._before.total()
        was_known = known >= KNOWN_LOOKS and self._since_t - self._first_t >= KNOWN_S
        has_stayed = self._looks >= CHANGED_LOOKS and self._t - self._since_t >= CHANGED_S
        return was_known and has_stayed and self._before[self._now] <= SLIPS_SHARE * known


def overlaps(one: Mapping[float, Box], other: Mapping[float, Box]) -> list[float]:
    """IoU of the boxes of two tracks, by time, at the moments that show both."""
    return [iou(box, other[t]) for t, box in one.items() if t in other]


def whole_step(start: Box, end: Box, *, is_leaving: bool) -> float:
    """How far, in px, both edges have gone the same way. `is_leaving`: by the upper edge of the picture, which stops the upper one."""
    across = middle(end)[0] - middle(start)[0]
    top, bottom = (across, end[1] - start[1]), (across, end[3] - start[3])
    if dot(top, bottom) <= 0:
        return 0.0
    return length(bottom) if is_leaving else min(length(top), length(bottom))


def down(start: Box, end: Box) -> float:
    """How far, in px, both the upper and the lower edge have gone down the picture; negative for up."""
    return _both(end[1] - start[1], end[3] - start[3])


def leaves_its_way(
    start: Sample, last: Sample, fresh: Sample, *, slack_heights: float, deep: float, wheels_seen: bool
) -> bool:
    """Whether who drove from `start` to `last` would have been thrown back, or aside, on the road to be `fresh`: there is another
    vehicle. `slack_heights`: the wobble of a box; `deep`: pixels across the picture that are as far as one down it;
    `wheels_seen`: before and after, so that the lower edge alone tells."""
    slack = slack_heights * max(last.height_px, fresh.height_px)
    way = between(start.ground, last.ground)
    if length(way) < slack:
        return False
    (left, _, right, bottom), (left_to, _, right_to, bottom_to) = last.whole_box, fresh.box
    below = bottom_to - bottom if wheels_seen else down(last.whole_box, fresh.box)
    step, way = (_both(left_to - left, right_to - right), deep * below), (way[0], deep * way[1])
    ahead, drove = unit(way), length(way) / (last.t - start.t) * (fresh.t - last.t)
    back, aside = -dot(ahead, step), abs(dot(to_the_right(ahead), step))
    slack_back = slack * math.hypot(ahead[0], deep * ahead[1])
    slack_aside = slack * math.hypot(ahead[1], deep * ahead[0])
    return back > slack_back or aside > slack_aside + ASIDE_SHARE * drove


def _both(one: float, other: float) -> float:
    """How far two edges have gone the same way."""
    return min(one, other, key=abs) if one * other > 0 else 0.0
