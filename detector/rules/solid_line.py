"""Crossing a solid line (QCVN 41:2024/BGTVT; punished as disobeying a road marking): wheels clearly on one side of the
paint, over it in sight, and clearly on the other side. Riding on the line, a swerve and passing its end are not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from detector.camera import RuleName, SolidLine
from detector.geometry import between, distance_to_segment, dot, length
from detector.rules.abstained import Abstained, Doubt, Reason
from detector.rules.base import iso, rounded
from detector.rules.path import Path
from detector.rules.sample import Sample, top_moves_too
from detector.rules.watch import Watch
from detector.vocabulary import Abstention, Certainty, JsonValue, Movement, Point, Scene, Violation

SOLID_LINE = "SOLID_LINE"


@dataclass(slots=True)
class _Side:
    """A stay clearly on one side of the line: +1 to the left of its drawn direction, -1 to the right."""

    side: int
    first: Sample
    last: Sample
    looks: int = 1


@dataclass(slots=True)
class _Crossing:
    """One vehicle at one line: where it was clearly before, whether it was seen on the line, where it is clearly now."""

    generation: int
    before: _Side | None = None
    over: Sample | None = None  # the first look beyond the middle of the paint
    looks_between: int = 0
    after: _Side | None = None


class SolidLines:
    """The rule of the solid line."""

    name = RuleName.SOLID_LINE.value

    def __init__(self, watch: Watch) -> None:
        self._all = watch.thresholds
        self._thresholds = watch.thresholds.solid_line
        self._lines = watch.camera.solid_lines
        self._paths = watch.paths
        self._reports = watch.reports
        self._abstained = Abstained(self.name)
        self._crossings: dict[int, dict[str, _Crossing]] = {}

    def update(self, scene: Scene) -> list[Violation]:
        """See `Rule.update`."""
        found = [self._crossed(track.track_id, line) for track in scene.tracks for line in self._lines]
        return [violation for violation in found if violation and self._reports.admit(violation)]

    def abstentions(self) -> list[Abstention]:
        """See `Rule.abstentions`."""
        return self._abstained.take()

    def forget(self, track_ids: Iterable[int]) -> None:
        """See `Rule.forget`."""
        for track_id in track_ids:
            self._crossings.pop(track_id, None)
            self._abstained.end(track_id)

    def _crossed(self, track_id: int, line: SolidLine) -> Violation | None:
        path = self._paths[track_id]
        crossings = self._crossings.setdefault(track_id, {})
        crossing = crossings.get(line.name)
        sample = path.last
        offset = _offset(line, sample.ground)
        if crossing is None or crossing.generation != path.generation or offset is None:
            crossing = crossings[line.name] = _Crossing(path.generation)
        if offset is None or sample.wheels_hidden or not sample.is_whole:
            return None
        self._see(crossing, sample, offset)
        if crossing.before is None or crossing.after is None or crossing.over is None:
            return None
        if line.free_direction and dot(between(crossing.before.last.ground, sample.ground), line.free_direction) > 0:
            return None
        reason = self._lacks(crossing)
        if reason is None:
            return self._violation(track_id, path, line, crossing)
        doubt = Doubt(SOLID_LINE, reason, crossing.over.at, crossing.over.frame, {"line": line.name})
        self._abstained.doubt(doubt, track_id, path.vehicle_class, weight=crossing.after.looks)
        return None

    def _see(self, crossing: _Crossing, sample: Sample, offset: float) -> None:
        """The next whole look: `offset` is signed, in pixels from the line."""
        side = 1 if offset > 0 else -1
        is_clear = abs(offset) >= self._thresholds.clear_widths * sample.width_px
        before, after = crossing.before, crossing.after
        if after is not None and is_clear and side == after.side:
            after.last, after.looks = sample, after.looks + 1
        elif before is None or (is_clear and side == before.side):
            if is_clear:
                same = before if before and after is None and crossing.over is None else None
                crossing.before = same or _Side(side, sample, sample, 0)
                crossing.before.last, crossing.before.looks = sample, crossing.before.looks + 1
                crossing.over, crossing.after, crossing.looks_between = None, None, 0
        else:
            crossing.over = crossing.over or (sample if side != before.side else None)
            if is_clear:
                crossing.after = _Side(side, sample, sample)
            elif after is None:
                crossing.looks_between += 1

    def _lacks(self, crossing: _Crossing) -> Reason | None:
        """What the crossing lacks to be held against anyone; None for nothing."""
        before, after = crossing.before, crossing.after
        assert before and after  # asked only when both are there
        limits = self._thresholds
        for stay in (before, after):
            if stay.last.t - stay.first.t < limits.dwell_s or stay.looks < limits.looks_min:
                return Reason.SHORT_STAY
        if crossing.looks_between < 1 or after.first.t - before.last.t > limits.crossing_s:
            return Reason.CROSSING_UNSEEN
        if not top_moves_too(before.last, after.first, self._all.wheels.top_share):
            return Reason.ONLY_BOX_MOVED
        return None

    def _violation(self, track_id: int, path: Path, line: SolidLine, crossing: _Crossing) -> Violation:
        before, after, over = crossing.before, crossing.after, crossing.over
        assert before and after and over  # what _crossed saw
        facts: dict[str, JsonValue] = {
            "line": line.name,
            "seen_before_line_at": iso(before.last.at),
            "seen_beyond_line_at": iso(after.first.at),
            "before_s": rounded(before.last.t - before.first.t),
            "after_s": rounded(after.last.t - after.first.t),
            "looks_on_line": crossing.looks_between,
            "way_across_widths": rounded(
                length(between(before.last.ground, after.first.ground)) / max(1.0, over.width_px)
            ),
            "thresholds": self._all.facts("solid_line", "wheels"),
        }
        violation = Violation(
            code=SOLID_LINE,
            rule=self.name,
            track_id=track_id,
            vehicle_class=path.vehicle_class,
            captured_at=over.at,
            from_at=before.first.at,
            to_at=after.last.at,
            frame=over.frame,
            from_frame=before.first.frame,
            to_frame=after.last.frame,
            box_xyxy=over.box,
            movement=Movement.UNKNOWN,
            signal_phase=None,
            certainty=Certainty.SURE,
            facts=facts,
        )
        self._abstained.asserted(violation)
        return violation


def _offset(line: SolidLine, point: Point) -> float | None:
    """Signed distance to the line, in pixels, positive to the left of its drawn direction (y down); None where the
    nearest part of it is one of its ends: there it is passed, not crossed."""
    pieces = list(pairwise(line.points))
    index = min(range(len(pieces)), key=lambda i: distance_to_segment(point, *pieces[i]))
    start, end = pieces[index]
    along, to_point = between(start, end), between(start, point)
    share = dot(along, to_point) / dot(along, along)
    if (index == 0 and share < 0) or (index == len(pieces) - 1 and share > 1):
        return None
    is_left = along[1] * to_point[0] - along[0] * to_point[1] > 0
    distance = distance_to_segment(point, start, end)
    return distance if is_left else -distance
