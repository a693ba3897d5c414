"""One vehicle, one report: also when its track breaks and goes on under another id, or two boxes sit on one vehicle."""

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from statistics import median

from detector.geometry import between, carried_on, iou, length, middle
from detector.rules.base import seconds
from detector.rules.continuity import overlaps
from detector.thresholds import IdentityThresholds
from detector.vocabulary import Box, Point, Scene, Violation

KEEP_S = 60.0  # a verdict comes at most this long after the act; older reports cannot be repeated
REPORTS_MAX = 2000  # more than any camera reports in a minute: a limit on memory, not on fines
TRAIL_LOOKS = 64  # boxes kept of each track: five seconds at 12 frames a second, until its verdict comes
APART_LOOKS = 3  # looks at two tracks at once, at least, that tell whether they are two vehicles
PACE_S = 0.5  # the pace by which a lost track is carried on


@dataclass(slots=True)
class _Sighting:
    root: int
    earlier_t: float
    earlier_box: Box
    trail: deque[tuple[float, Box]] = field(default_factory=lambda: deque(maxlen=TRAIL_LOOKS))

    @property
    def t(self) -> float:
        return self.trail[-1][0]

    @property
    def box(self) -> Box:
        return self.trail[-1][1]


@dataclass(frozen=True, slots=True)
class _Reported:
    t: float
    code: str
    track_id: int
    root: int
    occasion: Hashable
    box: Box


class Reports:
    """Remembers who was reported for what. A new track that starts where another one was lost inherits its name.

    A wrong inheritance can only suppress a second report of the same code, never make one.
    """

    def __init__(self, thresholds: IdentityThresholds) -> None:
        self._thresholds = thresholds
        self._sightings: dict[int, _Sighting] = {}
        self._reported: deque[_Reported] = deque(maxlen=REPORTS_MAX)

    def update(self, scene: Scene) -> None:
        """See this scene's tracks: who is new, and whose way a new one goes on."""
        t = seconds(scene.captured_at)
        present = {track.track_id for track in scene.tracks}
        for track in scene.tracks:
            seen = self._sightings.get(track.track_id)
            if seen is None:
                root = self._predecessor(track.box_xyxy, t, present)
                root = track.track_id if root is None else root
                seen = self._sightings[track.track_id] = _Sighting(root, t, track.box_xyxy)
            elif t - seen.earlier_t > 2 * PACE_S:
                seen.earlier_t, seen.earlier_box = seen.t, seen.box
            seen.trail.append((t, track.box_xyxy))
        self._drop_old(t)

    def admit(self, violation: Violation, occasion: Hashable = None) -> bool:
        """True for the first report of this code for this vehicle (and occasion: one red phase); remembers it."""
        t = seconds(violation.captured_at)
        sighting = self._sightings.get(violation.track_id)
        root = sighting.root if sighting else violation.track_id
        told = _Reported(t, violation.code, violation.track_id, root, occasion, violation.box_xyxy)
        if any(self._is_same(told, earlier) for earlier in self._reported):
            return False
        self._reported.append(told)
        return True

    def _is_same(self, told: _Reported, earlier: _Reported) -> bool:
        """Whether both tell one act of one vehicle: under its name, or in one place at one time. Motorbikes follow each other
        within half a second: two that were seen beside or behind each other are two."""
        if told.code != earlier.code:
            return False
        if told.root == earlier.root and told.occasion == earlier.occasion:
            return True
        limits = self._thresholds
        together = iou(told.box, earlier.box) >= limits.duplicate_iou and abs(told.t - earlier.t) <= limits.duplicate_s
        return together and not self._were_apart(told.track_id, earlier.track_id)

    def _were_apart(self, one: int, other: int) -> bool:
        """Whether, when both were seen, their boxes mostly did not lie on each other as two boxes of one vehicle do (0.55 and more)."""
        trails = [dict(seen.trail) for track_id in (one, other) if (seen := self._sightings.get(track_id))]
        if len(trails) < 2:
            return False
        shared = overlaps(*trails)
        return len(shared) >= APART_LOOKS and median(shared) < self._thresholds.duplicate_iou

    def _predecessor(self, box: Box, t: float, present: Iterable[int]) -> int | None:
        nearest: tuple[float, int] | None = None
        for track_id, seen in self._sightings.items():
            gap_s = t - seen.t
            if track_id in present or not 0 < gap_s <= self._thresholds.gap_s:
                continue
            height = seen.box[3] - seen.box[1]
            ratio = (box[3] - box[1]) / height
            if not 1 / self._thresholds.size_ratio <= ratio <= self._thresholds.size_ratio:
                continue
            distance = length(between(_expected(seen, gap_s), middle(box))) / height
            if distance <= self._thresholds.distance_heights and (nearest is None or distance < nearest[0]):
                nearest = (distance, seen.root)
        return nearest[1] if nearest else None

    def _drop_old(self, t: float) -> None:
        """Sightings outlive their tracks: a verdict may come later, and the next id may still have to inherit."""
        for track_id in [track_id for track_id, seen in self._sightings.items() if t - seen.t > KEEP_S]:
            del self._sightings[track_id]


def _expected(seen: _Sighting, gap_s: float) -> Point:
    """Where the middle of its box should be by now."""
    took_s = seen.t - seen.earlier_t
    share = gap_s / took_s if took_s > 0 else 0.0
    return carried_on(middle(seen.earlier_box), middle(seen.box), share)
