"""Bare heads on motorcycles (DESIGN §3; NĐ 168/2024/NĐ-CP Art. 7.2.h for the rider, 12.5.b for the passenger).

Every head is followed by its place in the vehicle's box and judged over several looks far enough apart; caps and
conical hats are bare. Rider and passenger are told apart by who sits in front in the direction of travel; where that
does not show, who is bare is in doubt and so is the violation. Cyclists need no helmet, and parked bikes have no rider.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from detector.camera import RuleName
from detector.geometry import Vector, between, dot, length, unit
from detector.rules.abstained import Abstained, Doubt, Reason
from detector.rules.base import rounded, seconds
from detector.rules.paths import Path, Sample
from detector.rules.watch import Watch
from detector.vocabulary import (
    Abstention,
    Box,
    Certainty,
    Head,
    JsonValue,
    Movement,
    Point,
    Scene,
    Track,
    VehicleClass,
    Violation,
)

HELMET_RIDER, HELMET_PASSENGER = "HELMET_RIDER", "HELMET_PASSENGER"
LOOKS_MAX = 60  # looks kept per head: more than any verdict needs
HEADS_MAX = 6  # heads followed per motorcycle: a whole family, and a ghost
HEAD_PLACE = 0.12  # of the box, from its top: where a rider's head is
AWAY_LOOKS_MIN = 3  # and no fewer within `motion_s`: a slow stream shows little in a second
GLIMPSES = 2  # looks at another head beside this one: too few to judge it, enough to ask who sits in front
BARE_LOOKS_TOLD = 3  # fewer bare looks at a head are not worth an operator's reading
BARE_ELSEWHERE = 2  # bare looks away from where the head was mostly seen, and half of all looks there
RIDERS_CARRY = frozenset({VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})


@dataclass(frozen=True, slots=True)
class _Look:
    t: float
    at: datetime
    frame: int
    vehicle_box: Box
    head: Head
    heading: Vector | None  # of the vehicle then: who sits in front may look different after a turn


@dataclass(slots=True)
class _Follower:
    """One head of one motorcycle. `place`: its centre in the vehicle's box, both axes in [0, 1]."""

    place: Point
    looks: deque[_Look] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))

    @property
    def span_s(self) -> float:
        return self.looks[-1].t - self.looks[0].t

    def bare_share(self) -> float:
        """Share of the looks' confidence that says bare."""
        total = sum(look.head.confidence for look in self.looks)
        return sum(look.head.confidence for look in self.bare()) / total

    def bare(self) -> list[_Look]:
        return [look for look in self.looks if not look.head.has_helmet]

    def size_share(self) -> float:
        """The head's smaller side, in heights of the vehicle's box: the mean over its looks."""
        return sum(min(_size(look.head.box_xyxy)) / _size(look.vehicle_box)[1] for look in self.looks) / len(self.looks)


@dataclass(slots=True)
class _Riders:
    """The heads seen on one motorcycle. `looked`: when anybody looked for heads there, and the vehicle's height then.
    `generation`: of the path; another one is another vehicle under the same id."""

    first: Sample
    generation: int
    heads: list[_Follower] = field(default_factory=list)
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


class Helmet:
    """The rule of the bare head: HELMET_RIDER and HELMET_PASSENGER."""

    name = RuleName.HELMET.value

    def __init__(self, watch: Watch) -> None:
        self._all = watch.thresholds
        self._thresholds = watch.thresholds.helmet
        self._paths = watch.paths
        self._reports = watch.reports
        self._abstained = Abstained(self.name)
        self._riders: dict[int, _Riders] = {}
        self._pending: list[Violation] = []  # judged when a track was forgotten, told with the next scene

    def update(self, scene: Scene) -> list[Violation]:
        """See `Rule.update`."""
        found, self._pending = self._pending, []
        for track in scene.tracks:
            self._look(track, scene)
            found.extend(self._judge(track.track_id, has_ended=False))
        return [violation for violation in found if self._reports.admit(violation)]

    def abstentions(self) -> list[Abstention]:
        """See `Rule.abstentions`."""
        return self._abstained.take()

    def forget(self, track_ids: Iterable[int]) -> None:
        """See `Rule.forget`. A vehicle that ended is judged on all its looks."""
        for track_id in track_ids:
            self._close(track_id)

    def _close(self, track_id: int) -> None:
        """Judges the riders of a track on all their looks; whoever is seen under this id from now on is somebody else."""
        if track_id in self._riders:
            self._pending.extend(self._judge(track_id, has_ended=True))
            self._abstained.end(track_id)
            del self._riders[track_id]

    def _look(self, track: Track, scene: Scene) -> None:
        path = self._paths[track.track_id]
        known = self._riders.get(track.track_id)
        if known and (known.generation != path.generation or path.is_elsewhere()):
            self._close(track.track_id)
        riders = self._riders.setdefault(track.track_id, _Riders(path.last, path.generation))
        riders.see_motion(path.last, self._thresholds.motion_heights)
        riders.heading = path.heading(self._all.movement.heading_heights) or riders.heading
        t = seconds(scene.captured_at)
        too_soon = bool(riders.looked) and t - riders.looked[-1][0] < self._thresholds.look_gap_s
        if track.heads is None or too_soon:
            return
        riders.looked.append((t, track.height_px))
        free = list(riders.heads)
        for head in sorted(self._legible(track, scene), key=lambda head: -head.confidence):
            follower = _nearest(free, head, track.box_xyxy, self._thresholds.same_head_share)
            place = _place(head.box_xyxy, track.box_xyxy)
            if follower is None:
                if len(riders.heads) >= HEADS_MAX:
                    continue
                follower = _Follower(place)
                riders.heads.append(follower)
            else:
                free.remove(follower)
            follower.place = place
            follower.looks.append(_Look(t, scene.captured_at, scene.frame_index, track.box_xyxy, head, riders.heading))

    def _legible(self, track: Track, scene: Scene) -> list[Head]:
        """The heads of this motorcycle that can be judged: large enough, clear enough, and not a neighbour's."""
        others = [other for other in scene.tracks if other is not track and other.vehicle_class in RIDERS_CARRY]
        return [
            head
            for head in track.heads or ()
            if min(_size(head.box_xyxy)) >= self._thresholds.head_px
            and head.confidence >= self._thresholds.confidence_min
            and not any(_belongs_rather_to(other.box_xyxy, track.box_xyxy, head.box_xyxy) for other in others)
        ]

    def _judge(self, track_id: int, *, has_ended: bool) -> list[Violation]:
        riders, path = self._riders[track_id], self._paths[track_id]
        if path.class_share({VehicleClass.MOTORCYCLE}) < self._thresholds.class_share:
            return []
        if riders.away_looks < AWAY_LOOKS_MIN or riders.away_s < self._thresholds.motion_s:
            return []
        heads = [head for head in riders.heads if self._is_real(head, riders)]
        found: list[Violation] = []
        for head in heads:
            if self._is_bare(head) and (has_ended or self._is_ripe(head)):
                code, certainty = self._seat(head, heads, riders)
                if certainty is Certainty.SURE or self._all.report_doubtful:
                    found.append(self._violation(track_id, path, head, code, certainty, len(heads)))
                    self._abstained.asserted(found[-1])
                elif has_ended:
                    self._doubt(track_id, path, head, Reason.SEAT_UNKNOWN, code)
            elif has_ended:
                self._doubt(track_id, path, head, Reason.LOOKS_DISAGREE)
        for head in riders.heads if has_ended else ():
            if head not in heads:
                self._doubt(track_id, path, head, Reason.FEW_LOOKS)
        return found

    def _doubt(self, track_id: int, path: Path, head: _Follower, reason: Reason, code: str = HELMET_RIDER) -> None:
        """Told of a head that looked bare more often than not: single looks mistake every helmet now and then."""
        bare = head.bare()
        if len(bare) < BARE_LOOKS_TOLD or head.bare_share() <= 0.5:
            return
        facts: dict[str, JsonValue] = {
            "looks": len(head.looks),
            "looks_bare": len(bare),
            "bare_share": rounded(head.bare_share()),
            "span_s": rounded(head.span_s),
        }
        last = bare[-1]
        doubt = Doubt(code, reason, last.at, last.frame, facts)
        self._abstained.doubt(doubt, track_id, path.vehicle_class, weight=len(bare))

    def _is_real(self, head: _Follower, riders: _Riders) -> bool:
        """Seen often enough and in enough of the looks since it first appeared: no ghost, no passer-by. Looks at a
        vehicle so far away that the head was too small to judge were no chance to see it."""
        readable_px = self._thresholds.head_px / head.size_share()
        chances = sum(1 for t, height_px in riders.looked if t >= head.looks[0].t and height_px >= readable_px)
        enough = len(head.looks) >= self._thresholds.looks_min and head.span_s >= self._thresholds.span_s
        return enough and len(head.looks) >= self._thresholds.seen_share * chances

    def _is_bare(self, head: _Follower) -> bool:
        bare = head.bare()
        if len(bare) < self._thresholds.looks_min:
            return False
        spread_s = bare[-1].t - bare[0].t
        mean = sum(look.head.confidence for look in bare) / len(bare)
        return (
            spread_s >= self._thresholds.span_s
            and self._rides_bare(head)
            and head.bare_share() >= self._thresholds.bare_share
            and mean >= self._thresholds.bare_confidence
        )

    def _rides_bare(self, head: _Follower) -> bool:
        """Whether it is seen bare elsewhere than where it was mostly seen: whoever only sits on a parked bike is not, though
        the id came from, or went over to, one that rides by."""
        x = median(look.vehicle_box[0] + look.vehicle_box[2] for look in head.looks) / 2
        y = median(look.vehicle_box[3] for look in head.looks)
        elsewhere = [
            look
            for look in head.looks
            if math.hypot((look.vehicle_box[0] + look.vehicle_box[2]) / 2 - x, look.vehicle_box[3] - y)
            >= self._thresholds.motion_heights * _size(look.vehicle_box)[1]
        ]
        bare = sum(not look.head.has_helmet for look in elsewhere)
        return bare >= BARE_ELSEWHERE and bare >= len(elsewhere) / 2

    def _is_ripe(self, head: _Follower) -> bool:
        return len(head.looks) >= self._thresholds.verdict_looks and head.span_s >= self._thresholds.verdict_span_s

    def _seat(self, head: _Follower, heads: Sequence[_Follower], riders: _Riders) -> tuple[str, Certainty]:
        """Who it is: the rider sits in front of everybody else in the direction of travel."""
        clear = self._thresholds.rider_order_heights
        others = [other for other in heads if other is not head]
        leads = [_leads_heights(head, other) for other in others]
        if any(lead <= -clear for lead in leads):
            return HELMET_PASSENGER, Certainty.SURE
        glimpsed = [other for other in riders.heads if other not in heads and _looks_shared(head, other) >= GLIMPSES]
        is_behind = any(_leads_heights(head, other) <= -clear for other in glimpsed)
        if all(lead >= clear for lead in leads) and not is_behind:
            return HELMET_RIDER, Certainty.SURE
        return HELMET_PASSENGER, Certainty.DOUBTFUL

    def _violation(
        self, track_id: int, path: Path, head: _Follower, code: str, certainty: Certainty, heads: int
    ) -> Violation:
        best = max(head.bare(), key=lambda look: (min(_size(look.head.box_xyxy)) * look.head.confidence, -look.t))
        votes: list[JsonValue] = [
            {"frame": look.frame, "has_helmet": look.head.has_helmet, "confidence": rounded(look.head.confidence)}
            for look in head.looks
        ]
        return Violation(
            code=code,
            rule=self.name,
            track_id=track_id,
            vehicle_class=path.vehicle_class,
            captured_at=best.at,
            from_at=head.looks[0].at,
            to_at=head.looks[-1].at,
            frame=best.frame,
            from_frame=head.looks[0].frame,
            to_frame=head.looks[-1].frame,
            box_xyxy=best.vehicle_box,
            movement=Movement.UNKNOWN,
            signal_phase=None,
            certainty=certainty,
            facts={
                "head_box": [rounded(value) for value in best.head.box_xyxy],
                "looks": len(head.looks),
                "looks_bare": len(head.bare()),
                "bare_share": rounded(head.bare_share()),
                "span_s": rounded(head.span_s),
                "heads_seen": heads,
                "votes": votes,
                "thresholds": self._all.facts("helmet"),
            },
        )


def _moved_heights(first: Sample, last: Sample) -> float:
    """How far the whole box has gone: a parked bike whose one edge wobbles has not."""
    wheels = length(between(first.ground, last.ground))
    top = length(between(first.top, last.top))
    return min(wheels, top) / max(1.0, last.height_px)


def _nearest(followers: Sequence[_Follower], head: Head, vehicle: Box, same_share: float) -> _Follower | None:
    """The follower whose head should be where this one is, if it is near enough for its size."""
    reach = same_share * max(_size(head.box_xyxy))
    best: tuple[float, _Follower] | None = None
    for follower in followers:
        expected = _from_place(follower.place, vehicle)
        distance = length(between(expected, _middle(head.box_xyxy)))
        if distance <= reach and (best is None or distance < best[0]):
            best = (distance, follower)
    return best[1] if best else None


def _belongs_rather_to(other: Box, own: Box, head: Box) -> bool:
    """Whether a neighbour's rider explains this head better: it lies in his box, nearer to where his head should be."""
    x, y = _middle(head)
    inside = other[0] <= x <= other[2] and other[1] <= y <= other[3]
    return inside and _off_place(other, (x, y)) < _off_place(own, (x, y))


def _off_place(vehicle: Box, point: Point) -> float:
    width, height = _size(vehicle)
    middle = (vehicle[0] + vehicle[2]) / 2
    return length(((point[0] - middle) / width, (point[1] - vehicle[1]) / height - HEAD_PLACE))


def _looks_shared(head: _Follower, other: _Follower) -> int:
    return len({look.t for look in head.looks} & {look.t for look in other.looks})


def _leads_heights(head: _Follower, other: _Follower) -> float:
    """How far `head` sits in front of `other`, in fractions of the vehicle's height: the mean over common looks."""
    by_t = {look.t: look for look in other.looks}
    leads = [
        dot(unit(look.heading), between(_middle(by_t[look.t].head.box_xyxy), _middle(look.head.box_xyxy)))
        / _size(look.vehicle_box)[1]
        for look in head.looks
        if look.t in by_t and look.heading is not None
    ]
    return sum(leads) / len(leads) if leads else 0.0


def _size(box: Box) -> tuple[float, float]:
    return (box[2] - box[0], box[3] - box[1])


def _middle(box: Box) -> Point:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _place(head: Box, vehicle: Box) -> Point:
    x, y = _middle(head)
    width, height = _size(vehicle)
    return ((x - vehicle[0]) / width, (y - vehicle[1]) / height)


def _from_place(place: Point, vehicle: Box) -> Point:
    width, height = _size(vehicle)
    return (vehicle[0] + place[0] * width, vehicle[1] + place[1] * height)
