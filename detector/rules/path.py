"""Where each vehicle's wheels were over the last seconds, in spite of wobbling boxes and neighbours in front of them.

    box ──▶ one vehicle still? ──▶ wheels visible? ──▶ Sample ──▶ Path (the last `memory_s`)

Boxes shrink with distance along a line (`size_line.py`). A box that leaves its line has lost an edge: the one that is
not where it should be by now. If that is the bottom, the wheels are hidden behind a neighbour (or the box swallowed
one): that is not motion, and for a few seconds the wheels are placed by the top of the box. After that we know nothing
and the path starts anew.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from statistics import linear_regression

from detector.geometry import Vector, between, dot, iou, length, middle
from detector.repeats import STILL_S
from detector.rules.base import seconds
from detector.rules.continuity import Kinds, down, leaves_its_way, whole_step
from detector.rules.sample import Sample, by_top, moved_heights, seen_whole, top_moves_too
from detector.rules.size_line import Basis, Horizon, SizeLine
from detector.thresholds import WheelThresholds
from detector.vocabulary import Box, Scene, Track, VehicleClass

FREE_STEP_HEIGHTS = 0.4  # any box may step this far between two looks: wobble, and edges that come and go
PACE_S = 0.5  # a vehicle's recent pace is measured over this
TREND_S = 1.0  # where the edges of a box should be now is told from the looks of this last second
TREND_LOOKS_MIN = 3  # fewer looks tell no trend
LINE_FRESH_S = 0.3  # the size line changes slowly
ELSEWHERE_HEIGHTS = 0.5  # off its way: a rider half hidden by a neighbour comes out again within a quarter of that
WHOLE_STEP_HEIGHTS = 0.15  # a box whose top and bottom both step farther than its pace has gone over to a neighbour
# Of its way, as told by how vehicles shrink: edges wobble by a twentieth, half-hidden boxes grow by a half.
TOLD_TOP_SHARE = 0.7
# A vehicle that comes out from behind a neighbour drives along, as tall all the way; a box around two grows or jumps.
OUT_HEIGHTS = 0.5
OUT_SHARE = 0.75  # of the looks since
SAME_PLACE_IOU = 0.8  # the wobble of a box
STANDS_HEIGHTS_S = 0.2  # slower is the wobble of the box of who stands
START_HEIGHTS_S2 = 1.8  # heights/s², 3 m/s²: a motorbike that is in a hurry
EDGE_SHARE = 0.01  # of the picture: a box this near to its edge is cut off by it


class Path:
    """The samples of one track. `generation` rises whenever the path started anew, or turned out to have been elsewhere: nothing
    may be joined across."""

    def __init__(
        self, track_id: int, thresholds: WheelThresholds, picture_wh: tuple[int, int], horizon: Horizon
    ) -> None:
        self.samples: deque[Sample] = deque()
        self.generation = 0
        self.looks: Counter[VehicleClass] = Counter()
        self.looked_s = 0.0
        """Seconds from the first of all looks to the latest, also under other generations."""
        self._first_t: float | None = None
        self._thresholds = thresholds
        self._picture_wh = picture_wh
        self._track_id = track_id
        self._horizon = horizon
        self._jumped_to: Box | None = None  # a place that it could not reach, while it is seen there
        self._kinds = Kinds()  # since the path began
        self._line: SizeLine | None = None
        self._line_t = -math.inf

    @property
    def last(self) -> Sample:
        """The latest sample; IndexError before the first."""
        return self.samples[-1]

    @property
    def vehicle_class(self) -> VehicleClass:
        """The class named most often; the first named wins a draw."""
        return self.looks.most_common(1)[0][0]

    def class_share(self, classes: Iterable[VehicleClass]) -> float:
        """Share of the looks that name one of `classes`."""
        return sum(self.looks[name] for name in set(classes)) / max(1, self.looks.total())

    def add(self, track: Track, scene: Scene) -> Sample:
        """The next look. One that cannot be of the same vehicle is left out: a box may swallow a neighbour for a moment; the
        path starts anew where that stays so. Returns the latest sample of the path."""
        self.looks[track.seen_class or track.vehicle_class] += 1  # not the vote: it hides the looks that disagree
        t = seconds(scene.captured_at)
        self._first_t = t if self._first_t is None else self._first_t
        self.looked_s = t - self._first_t
        self._kinds.add(track.seen_class or track.vehicle_class, t)
        if self._kinds.have_changed:
            return self.start_anew(track, scene)
        fresh = _look(track, scene)
        sample = self._with_wheels(fresh) if not self.samples or self._continues(fresh) else None
        if sample is None:
            if 0 <= t - self.last.t < self._thresholds.odd_s:
                return self.last
            return self.start_anew(track, scene)
        self.samples.append(sample)
        while sample.t - self.samples[0].t > self._thresholds.memory_s:
            self.samples.popleft()
        return sample

    def since(self, t: float) -> list[Sample]:
        """The samples from `t` on, oldest first."""
        return [sample for sample in self.samples if sample.t >= t]

    def earlier(self, by_s: float) -> Sample | None:
        """The latest sample at least `by_s` before the last one; None where the path is not so long."""
        return next((sample for sample in reversed(self.samples) if self.last.t - sample.t >= by_s), None)

    def heading(self, way_heights: float) -> Vector | None:
        """Displacement over the last way of `way_heights` × height; None if it moved less."""
        start = self.before_way(way_heights)
        return between(start.ground, self.last.ground) if start else None

    def before_way(self, way_heights: float) -> Sample | None:
        """Where the last way of `way_heights` × height began; None if it moved less."""
        end = self.last
        x, y = end.ground
        enough = (way_heights * end.height_px) ** 2
        for sample in reversed(self.samples):  # the inner loop of every rule: nothing in it is a call
            dx, dy = x - sample.ground[0], y - sample.ground[1]
            if dx * dx + dy * dy >= enough:
                return sample
        return None

    def top_share(self, start: Sample, end: Sample) -> float:
        """What share of the wheels' way the top of its box must have gone as well: of what it should have gone where others
        have shown how vehicles shrink, at least a share that every camera sees."""
        return max(self._thresholds.top_share, TOLD_TOP_SHARE * self._told_top_share(start, end))

    def top_moves_too(self, start: Sample, end: Sample) -> bool:
        """Whether the top of its box went along with the wheels by a share that every camera sees; half of what it should have gone
        where that is less, as the tops of buses do under a low camera."""
        told = self._told_top_share(start, end)
        return top_moves_too(start, end, min(self._thresholds.top_share, told / 2 if told > 0 else math.inf))

    def _told_top_share(self, start: Sample, end: Sample) -> float:
        """What share of the wheels' way the top should have gone by how vehicles shrink here; 0 where none has shown it."""
        line = self._line
        way = between(start.ground, end.ground)
        size = length(way)
        if line is None or line.basis is Basis.BOXES or not size:
            return 0.0
        grown = line.height_at_bottom(end.ground[1]) - line.height_at_bottom(start.ground[1])
        return dot(way, (way[0], way[1] - grown)) / size**2

    def pace_heights_s(self, over_s: float) -> float:
        """Net speed over (at least) the last `over_s` in heights per second; 0 where less than that was seen."""
        start = self.earlier(over_s)
        if start is None:
            return 0.0
        return moved_heights(start, self.last) / (self.last.t - start.t)

    def is_elsewhere(self) -> bool:
        """Whether the last look shows a vehicle whole again that was hidden in part, but not where its way was leading:
        behind the neighbour that hid it, the track has gone over to that neighbour."""
        fresh, before = self.samples[-1], list(self.samples)[:-1]
        if not before or not fresh.is_whole or before[-1].is_whole:
            return False
        whole = [sample for sample in before if sample.is_whole]
        recent = [sample for sample in whole if whole[-1].t - sample.t <= TREND_S]
        if len(recent) < TREND_LOOKS_MIN:
            return False
        x, y = fresh.top
        off_x = x - _trend([(sample.t, sample.top[0]) for sample in recent], fresh.t)
        off_y = y - _trend([(sample.t, sample.top[1]) for sample in recent], fresh.t)
        return math.hypot(off_x, off_y) > ELSEWHERE_HEIGHTS * max(_height(fresh.box), _height(recent[-1].box))

    def again(self) -> Iterator["Path"]:
        """This path as it grew, up to the look before the last: for who must follow it once more."""
        past = copy(self)
        past.samples = deque()
        for sample in list(self.samples)[:-1]:
            past.samples.append(sample)
            yield past

    def start_anew(self, track: Track, scene: Scene) -> Sample:
        """With this look; what was seen before was, or may have been, another vehicle. Its looks at the class stay: who was
        taken for a cyclist under this id for a while is spared."""
        fresh = _look(track, scene)
        self.samples.clear()
        self._line = None
        self._jumped_to = None
        self._kinds = Kinds()
        self.generation += 1
        sample = self._with_wheels(fresh) or fresh
        self.samples.append(sample)
        return sample

    def _continues(self, fresh: Sample) -> bool:
        last, limits = self.last, self._thresholds
        took_s = fresh.t - last.t
        if not 0 < took_s <= limits.gap_s:
            return self._has_stood_still(fresh)
        if not self._has_grown_so(fresh):
            return False
        start, pace = self.earlier(PACE_S), self.pace_heights_s(PACE_S)
        fastest = limits.speed_heights_s  # while its pace is not known
        if start:
            fastest = max(limits.start_heights_s, limits.pace_ratio * pace)
        way = min(fastest, limits.speed_heights_s) * took_s
        size = max(last.height_px, fresh.height_px)
        if self._cannot_be_there(fresh, start, pace, way, size):
            self._jumped_to = fresh.box  # who is seen there goes on from there
            return False
        self._jumped_to = None
        return length(between(middle(last.box), middle(fresh.box))) <= (FREE_STEP_HEIGHTS + way) * size

    def _has_stood_still(self, fresh: Sample) -> bool:
        """Whether it stood, and does so in the same place under the same id: nobody looked, as nothing moved in the picture."""
        stood = self.pace_heights_s(PACE_S) <= STANDS_HEIGHTS_S
        in_time = 0 < fresh.t - self.last.t <= STILL_S
        return stood and in_time and iou(self.last.box, fresh.box) >= SAME_PLACE_IOU

    def _has_grown_so(self, fresh: Sample) -> bool:
        """Whether its box may have this size and shape by now; the picture's edge makes boxes smaller, and no larger."""
        last, most = self.last, self._thresholds.size_ratio
        wide, tall = fresh.width_px / max(1e-9, last.width_px), _height(fresh.box)
        if self._cut_off(fresh.box) is not None:
            return self._cut_off(last.box) is not None or max(wide, tall / max(1e-9, _height(last.box))) <= most
        changes = (wide * tall / max(1e-9, last.height_px), wide / tall * _height(last.box))
        return all(1 / most**2 <= change <= most**2 for change in changes)

    def _cannot_be_there(
        self, fresh: Sample, start: Sample | None, pace: float, way_heights: float, size_px: float
    ) -> bool:
        """Whether it would have gone farther than it can, or who is seen there was there already when it could not be. `start`,
        `pace`: where it was `PACE_S` ago, and its pace since."""
        last, wobble = self.last, WHOLE_STEP_HEIGHTS * size_px
        if self._jumped_to and length(between(middle(self._jumped_to), middle(fresh.box))) < wobble:
            return True
        is_leaving = fresh.box[1] <= EDGE_SHARE * self._picture_wh[1] < last.box[1]
        step = whole_step(last.whole_box, fresh.box, is_leaving=is_leaving)
        if step > wobble + way_heights * size_px:
            return True
        if start is None:
            return False
        deep = self._horizon.foreshortening(last.ground[1], self._picture_wh[0])
        stood = pace <= STANDS_HEIGHTS_S
        return (stood and self._starts_too_fast(fresh, step, deep)) or self._leaves_its_way(start, fresh, deep)

    def _starts_too_fast(self, fresh: Sample, step: float, deep: float) -> bool:
        """Whether who stood would be farther away than anyone starts; what looks short along the road is a long way."""
        size, took_s = max(self.last.height_px, fresh.height_px), fresh.t - self.last.t
        way = STANDS_HEIGHTS_S * took_s + START_HEIGHTS_S2 / 2 * took_s**2
        below = abs(down(self.last.whole_box, fresh.box))
        return step > (WHOLE_STEP_HEIGHTS + way) * size or below > (WHOLE_STEP_HEIGHTS + way / deep) * size

    def _leaves_its_way(self, start: Sample, fresh: Sample, deep: float) -> bool:
        last, line = self.last, self._line
        wheels_seen = (
            last.is_whole and line is not None and all(self._is_whole_there(box, line) for box in (last.box, fresh.box))
        )
        slack = WHOLE_STEP_HEIGHTS + (self._thresholds.jump_share / 2 if wheels_seen else 0.0)
        return leaves_its_way(start, last, fresh, slack_heights=slack, deep=deep, wheels_seen=wheels_seen)

    def _is_whole_there(self, box: Box, line: SizeLine) -> bool:
        return abs(_height(box) / line.height_at_bottom(box[3]) - 1) < self._thresholds.jump_share

    def _with_wheels(self, fresh: Sample) -> Sample | None:
        """The look with its ground point where the wheels are; None where nobody can tell."""
        whole = [sample for sample in self.samples if sample.is_whole]
        cut_off = self._cut_off(fresh.box)
        if cut_off is not None:
            can_tell = cut_off == "below" and len(whole) >= TREND_LOOKS_MIN
            return by_top(fresh, self._size_line(whole, fresh.t)) if can_tell else replace(fresh, is_whole=False)
        if len(whole) < TREND_LOOKS_MIN:
            return fresh
        line = self._size_line(whole, fresh.t)
        at_bottom = line.height_at_bottom(fresh.box[3])
        if self._is_whole_there(fresh.box, line):
            return fresh
        recent = [sample for sample in whole if whole[-1].t - sample.t <= TREND_S]
        if len(recent) < TREND_LOOKS_MIN or fresh.t - whole[-1].t > self._thresholds.hidden_s:
            return None
        top_off = abs(fresh.box[1] - _trend([(s.t, s.box[1]) for s in recent], fresh.t)) / at_bottom
        bottom_off = abs(fresh.box[3] - _trend([(s.t, s.box[3]) for s in recent], fresh.t)) / at_bottom
        is_on_trend = max(top_off, bottom_off) < self._thresholds.jump_share
        if is_on_trend and not self._is_told(fresh.box, at_bottom):
            return fresh  # both edges are where they should be: it is the line that is not known well
        if _height(fresh.box) > at_bottom and fresh.t - whole[-1].t > self._thresholds.gap_s:
            return self._comes_out(fresh, whole[-1].t)
        before = self.last
        is_bottom = before.wheels_hidden or (before.is_whole and top_off < bottom_off)
        if is_on_trend:  # it came slowly: by the edge that moved
            is_bottom = abs(fresh.box[1] - recent[0].box[1]) <= abs(fresh.box[3] - recent[0].box[3])
        is_bottom |= line.basis is Basis.USUAL  # neighbours hide from below
        if not is_bottom:
            return replace(fresh, height_px=at_bottom, is_whole=False)
        return by_top(fresh, line)

    def _comes_out(self, fresh: Sample, whole_t: float) -> Sample | None:
        """For so long it swallowed no neighbour: all that was seen before was half hidden. Where it drove along as tall as it is
        now, its wheels were where its top tells; else (None) nobody knows."""
        since = [*self.since(whole_t)[1:], fresh]
        line = SizeLine.of([sample.box for sample in since], self._horizon, self.vehicle_class, self._picture_wh)
        whole = [sample for sample in since if self._is_whole_there(sample.box, line)]
        drove = whole_step(since[0].box, fresh.box, is_leaving=False)
        if len(whole) < OUT_SHARE * len(since) or drove < OUT_HEIGHTS * _height(fresh.box):
            return None
        for at, sample in enumerate(self.samples):
            if self._is_whole_there(sample.box, line):
                self.samples[at] = seen_whole(sample)
            elif sample.shows_wheels:
                self.samples[at] = by_top(sample, line)
        self.generation += 1
        self._line, self._line_t = line, fresh.t
        return fresh

    def _is_told(self, box: Box, at_bottom: float) -> bool:
        """Whether others have shown how high a vehicle is there, and this one is not: no trend of its edges excuses it."""
        return self._horizon.row is not None and abs(_height(box) / at_bottom - 1) >= self._thresholds.told_share

    def _cut_off(self, box: Box) -> str | None:
        """Which edge of the picture cuts the box: "below" (the wheels), "beside" (or above); None for none."""
        width, height = self._picture_wh
        margin_x, margin_y = EDGE_SHARE * width, EDGE_SHARE * height
        if box[0] <= margin_x or box[2] >= width - margin_x or box[1] <= margin_y:
            return "beside"
        return "below" if box[3] >= height - margin_y else None

    def _size_line(self, whole: Sequence[Sample], t: float) -> SizeLine:
        if self._line is None or t - self._line_t >= LINE_FRESH_S:
            boxes = [sample.box for sample in whole]
            self._line = SizeLine.of(boxes, self._horizon, self.vehicle_class, self._picture_wh)
            self._line_t = t
            self._horizon.learn(self._track_id, self._line, self.vehicle_class)
        return self._line


def _trend(points: Sequence[tuple[float, float]], t: float) -> float:
    """The straight line through (time, value) continued to `t`."""
    times, values = zip(*points, strict=True)
    slope, intercept = linear_regression([time - times[0] for time in times], values)
    return float(intercept + slope * (t - times[0]))


def _look(track: Track, scene: Scene) -> Sample:
    at = scene.captured_at
    return Sample(seconds(at), at, scene.frame_index, track.box_xyxy, track.ground_point, track.height_px)


def _height(box: Box) -> float:
    return box[3] - box[1]
