"""The heads on one motorcycle, followed from look to look by their place in its box."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

import numpy as np
from scipy.optimize import linear_sum_assignment

from detector.geometry import Vector, between, dot, length, middle, unit
from detector.rules.sample import Sample
from detector.vocabulary import Box, Head, Point

LOOKS_MAX = 60  # looks kept per head: more than any verdict needs
HEAD_PLACE = 0.12  # of the box, from its top: where a rider's head is
TOO_FAR = 1e6  # px: no pair is worth as much
SURE_Z = 1.645  # standard deviations that 95 % of a normal distribution stay below
BARE_ELSEWHERE = 2  # bare looks away from where the head was mostly seen, and half of all looks there


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one head. `heading`: of the vehicle then, as who sits in front may look different after a turn."""

    t: float
    at: datetime
    frame: int
    vehicle_box: Box
    head: Head
    heading: Vector | None


@dataclass(slots=True)
class FollowedHead:
    """One head of one motorcycle. `place`: its centre in the vehicle's box, both axes in [0, 1]."""

    place: Point
    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))

    @property
    def span_s(self) -> float:
        """Seconds from its first look to its last."""
        return self.looks[-1].t - self.looks[0].t

    def bare_share(self) -> float:
        """Share of the looks' confidence that says bare."""
        total = sum(look.head.confidence for look in self.looks)
        return sum(look.head.confidence for look in self.bare()) / total

    def sure_bare_share(self) -> float:
        """What that share is at least, were the head looked at for ever: few looks tell little of it. One-sided 95 % bound
        of a share (Wilson, Journal of the American Statistical Association 22, 1927)."""
        share, count = self.bare_share(), len(self.looks)
        spread = SURE_Z * math.sqrt(share * (1 - share) / count + SURE_Z**2 / (4 * count**2))
        return (share + SURE_Z**2 / (2 * count) - spread) / (1 + SURE_Z**2 / count)

    def bare(self) -> list[Look]:
        """The looks that say bare."""
        return [look for look in self.looks if not look.head.has_helmet]

    def is_bare_elsewhere(self, heights: float) -> bool:
        """Whether it is seen bare where it was not mostly seen: whoever only sits on a parked bike is not, though the id
        came from, or went over to, one that rides by."""
        x = median(middle(look.vehicle_box)[0] for look in self.looks)
        y = median(look.vehicle_box[3] for look in self.looks)
        elsewhere = [
            look
            for look in self.looks
            if math.hypot(middle(look.vehicle_box)[0] - x, look.vehicle_box[3] - y)
            >= heights * size(look.vehicle_box)[1]
        ]
        bare = sum(not look.head.has_helmet for look in elsewhere)
        return bare >= BARE_ELSEWHERE and bare >= len(elsewhere) / 2

    def size_share(self) -> float:
        """The head's smaller side, in heights of the vehicle's box: the mean over its looks."""
        return sum(min(size(look.head.box_xyxy)) / size(look.vehicle_box)[1] for look in self.looks) / len(self.looks)


@dataclass(slots=True)
class Riders:
    """The heads seen on one motorcycle. `looked`: when anybody looked for heads there, and the vehicle's height then.
    `generation`: of the path; another one is another vehicle under the same id."""

    first: Sample
    generation: int
    heads: list[FollowedHead] = field(default_factory=list)
    looked: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))
    away_looks: int = 0  # in a row up to now, away from where it was first seen
    away_s: float = 0.0
    away_since_t: float = 0.0
    heading: Vector | None = None

    def see_motion(self, sample: Sample, heights: float) -> None:
        """A box that jumps aside and comes back moves no parked bike."""
        is_away = _moved_heights(self.first, sample) >= heights
        self.away_since_t = self.away_since_t if is_away and self.away_looks else sample.t
        self.away_looks = self.away_looks + 1 if is_away else 0
        self.away_s = sample.t - self.away_since_t


def _moved_heights(first: Sample, last: Sample) -> float:
    """How far the whole box has gone: a parked bike whose one edge wobbles has not."""
    wheels = length(between(first.ground, last.ground))
    top = length(between(first.top, last.top))
    return min(wheels, top) / max(1.0, last.height_px)


def matched(
    followers: Sequence[FollowedHead], heads: Sequence[Head], vehicle: Box, same_share: float
) -> dict[int, FollowedHead]:
    """By index of the head the follower that it goes on with: as many as are near enough for their size, by the least ways in all.
    A box that wobbles moves all of its heads alike, so that one alone may be nearer to its neighbour's place."""
    if not followers or not heads:
        return {}
    expected = [_from_place(follower.place, vehicle) for follower in followers]
    ways = np.array([[length(between(place, middle(head.box_xyxy))) for place in expected] for head in heads])
    reach = np.array([[same_share * max(size(head.box_xyxy))] for head in heads])
    pairs = zip(*linear_sum_assignment(np.where(ways <= reach, ways, TOO_FAR)), strict=True)
    return {int(head): followers[at] for head, at in pairs if ways[head, at] <= reach[head, 0]}


def belongs_rather_to(other: Box, own: Box, head: Box) -> bool:
    """Whether a neighbour's rider explains this head better: it lies in his box, nearer to where his head should be."""
    x, y = middle(head)
    inside = other[0] <= x <= other[2] and other[1] <= y <= other[3]
    return inside and _off_place(other, (x, y)) < _off_place(own, (x, y))


def _off_place(vehicle: Box, point: Point) -> float:
    width, height = size(vehicle)
    middle = (vehicle[0] + vehicle[2]) / 2
    return length(((point[0] - middle) / width, (point[1] - vehicle[1]) / height - HEAD_PLACE))


def looks_shared(head: FollowedHead, other: FollowedHead) -> int:
    """At how many moments both were seen."""
    return len({look.t for look in head.looks} & {look.t for look in other.looks})


def leads_heights(head: FollowedHead, other: FollowedHead) -> float:
    """How far `head` sits in front of `other`, in fractions of the vehicle's height: the mean over common looks."""
    by_t = {look.t: look for look in other.looks}
    leads = [
        dot(unit(look.heading), between(middle(by_t[look.t].head.box_xyxy), middle(look.head.box_xyxy)))
        / size(look.vehicle_box)[1]
        for look in head.looks
        if look.t in by_t and look.heading is not None
    ]
    return sum(leads) / len(leads) if leads else 0.0


def size(box: Box) -> tuple[float, float]:
    """(width, height)."""
    return (box[2] - box[0], box[3] - box[1])


def place_in(head: Box, vehicle: Box) -> Point:
    """Where in the vehicle's box the head's middle is, both axes in [0, 1]."""
    x, y = middle(head)
    width, height = size(vehicle)
    return ((x - vehicle[0]) / width, (y - vehicle[1]) / height)


def _from_place(place: Point, vehicle: Box) -> Point:
    width, height = size(vehicle)
    return (vehicle[0] + place[0] * width, vehicle[1] + place[1] * height)
