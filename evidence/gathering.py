"""Gathers the violations of one vehicle into one case: each act keeps its own code, a person decides on them together.

Pure: driven scene by scene, no clock, no files. What was found of a vehicle waits until nobody sees it any more, then
leaves as one group. Doubt parts: where two accepted readings of one track name two plates, its box has gone over from one
vehicle to another, and the violations stay apart as if they were of strangers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from detector.vocabulary import Certainty, Scene, TrailPoint, VehicleClass, Violation
from evidence.vault.manifest import VIOLATIONS_MAX
from ocr.reading import PlateReading, ReadingStatus

TOGETHER = timedelta(seconds=60)
"""From the beginning of the first to the end of the last: acts further apart are cases of their own. An officer has to
look through the clip, and a live camera's packets are kept for 90 s."""
QUIET = timedelta(seconds=21)
"""A vehicle that was not seen for this long has gone: the rules' longest wait for a verdict is 20 s
(`red_light.movement_wait_s`)."""
SETTLE = timedelta(seconds=3)  # what belongs together by TOGETHER may take this much longer to be complete
GATHERED_MAX = 500  # violations that wait at a time: more than any junction makes in a minute; the oldest leave first

GRAVITY = ("RED_LIGHT", "WRONG_WAY", "WRONG_LANE", "STOP_OVER_LINE", "HELMET_RIDER", "HELMET_PASSENGER")
"""Codes by how gravely the law takes them (NĐ 168/2024 Art. 6, 7: acts of driving before what is worn). Fixed, not looked
up by date: the main violation names the case, and the same footage must give the same case for ever."""

_TRUST = {ReadingStatus.UNREADABLE: 0, ReadingStatus.DOUBTFUL: 1, ReadingStatus.ACCEPTED: 2}


@dataclass(frozen=True, slots=True)
class SeenViolation:
    """One violation with the plate and the trail as they were known when it was complete."""

    violation: Violation
    reading: PlateReading
    trail: tuple[TrailPoint, ...]


@dataclass(frozen=True, slots=True)
class VehicleGroup:
    """What is recorded together: the violations of one vehicle, the main one first, and the best reading of its plate."""

    violations: tuple[Violation, ...]
    reading: PlateReading
    trail: tuple[TrailPoint, ...]


@dataclass(slots=True)
class _Waiting:
    violations: list[SeenViolation]
    seen_at: datetime

    @property
    def from_at(self) -> datetime:
        return min(one.violation.from_at for one in self.violations)

    def takes(self, violation: Violation) -> bool:
        """Whether the violation still belongs to these."""
        start = min(self.from_at, violation.from_at)
        end = max(violation.to_at, *(one.violation.to_at for one in self.violations))
        return end - start <= TOGETHER and len(self.violations) < VIOLATIONS_MAX


class Gathering:
    """Bounded memory of one run of one camera."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, VehicleClass], _Waiting] = {}

    def add(self, one: SeenViolation) -> list[VehicleGroup]:
        """Take in a complete violation; what it shows to be finished comes back."""
        violation = one.violation
        name = (violation.track_id, violation.vehicle_class)
        here = self._waiting.get(name)
        done: list[VehicleGroup] = []
        if here is not None and not here.takes(violation):
            done += _groups(self._waiting.pop(name).violations)
            here = None
        if here is None:
            self._waiting[name] = _Waiting([one], violation.to_at)
        else:
            here.violations.append(one)
            here.seen_at = max(here.seen_at, violation.to_at)
        while sum(len(waiting.violations) for waiting in self._waiting.values()) > GATHERED_MAX:
            done += _groups(self._waiting.pop(next(iter(self._waiting))).violations)
        return done

    def update(self, scene: Scene) -> list[VehicleGroup]:
        """See who is still there; the violations of those who have gone come back, in the order they were found."""
        present = {track.track_id for track in scene.tracks}
        now, done = scene.captured_at, []
        for name, waiting in list(self._waiting.items()):
            if name[0] in present:
                waiting.seen_at = max(waiting.seen_at, now)
            if now - waiting.seen_at >= QUIET or now - waiting.from_at >= TOGETHER + SETTLE:
                done += _groups(self._waiting.pop(name).violations)
        return done

    def rest(self) -> list[VehicleGroup]:
        """Everything that still waits: the footage has ended."""
        done = [group for waiting in self._waiting.values() for group in _groups(waiting.violations)]
        self._waiting.clear()
        return done


def main_first(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """What is sure before what is doubtful, then by gravity, then by time: the first names the case. Codes that
    `GRAVITY` does not know come last."""
    ranks = {code: rank for rank, code in enumerate(GRAVITY)}

    def rank(violation: Violation) -> tuple[bool, int, str, datetime]:
        doubtful = violation.certainty is not Certainty.SURE
        return (doubtful, ranks.get(violation.code, len(ranks)), violation.code, violation.captured_at)

    return tuple(sorted(violations, key=rank))


def _groups(seen: Sequence[SeenViolation]) -> list[VehicleGroup]:
    """The seen as one group, or apart where their plates contradict each other."""
    plates = {one.reading.text for one in seen if one.reading.status is ReadingStatus.ACCEPTED}
    if len(plates) < 2:
        return [_group(seen)]
    parts: dict[str | int, list[SeenViolation]] = {}
    for number, one in enumerate(seen):
        accepted = one.reading.status is ReadingStatus.ACCEPTED
        parts.setdefault(one.reading.text if accepted else number, []).append(one)
    return [_group(part) for part in parts.values()]


def _group(seen: Sequence[SeenViolation]) -> VehicleGroup:
    best = max(seen, key=lambda one: (_TRUST[one.reading.status], one.reading.confidence))
    latest = max(seen, key=lambda one: one.trail[-1].captured_at if one.trail else one.violation.from_at)
    return VehicleGroup(main_first(one.violation for one in seen), best.reading, latest.trail)
