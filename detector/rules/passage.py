"""One vehicle's passage over one stop line, without regard to any lamp: before, over, waiting beyond, gone on.

    not seen before the line ──────────────────────────────▶ nothing to say about it
    BEFORE ──passes──▶ BEYOND ──stands──▶ WAITING ──leaves──▶ BEYOND ──far enough / lost while driving──▶ GONE_ON

Distances are fractions of the vehicle's height as it passed the line; `before_t` and `after_t` bound the passing: the
last clear look before the line and the first clear look beyond it, outside the wobble of the box.
"""

import math
from collections.abc import Collection
from enum import StrEnum
from itertools import islice
from statistics import median

from detector.geometry import LinePosition, StopLineGeometry, Vector, between, cosine, dot, length, to_the_right
from detector.movement import Way, turns_show_after_m, turns_show_after_s
from detector.rules.crossing import Crossing, Pace, Wait
from detector.rules.path import Path
from detector.rules.road import Road
from detector.rules.sample import Sample, moved_heights
from detector.rules.stands import WOBBLE_HEIGHTS, Stands
from detector.thresholds import Thresholds
from detector.vocabulary import Movement, Point, VehicleClass

EVIDENCE_BEFORE_S = 3.0  # the evidence shows the vehicle before the line from this long before
SAME_SIZE_RATIO = 1.33  # a vehicle that stands keeps its size; what hides behind its neighbour loses a quarter
STEP_HEIGHTS = 0.25  # wobble, and an edge that comes or goes, within the step over the line
STEP_PACE_RATIO = 2.5  # of the pace around it: a start or a stop
ASIDE_WEIGHT = 0.5  # ways aside are not foreshortened as ways ahead are: the same metres look longer
DEPTH_WEIGHT = 0.4  # ...nor is a way told by the change of size
# Focal length in picture widths of a lens of 90 degrees: a longer one sees this change over a longer way.
LENS_SHARE = 0.5
FAR_RATIO = 2.0  # so much farther where only metres tell it, of a lens that is not known
BRAKES_M_S2 = 4.0  # harder than anybody brakes for a red light that is behind him
U_TURN_HEIGHTS = 1.0  # aside: the narrowest U-turn of a motorbike is twice as wide
SIZE_LOOKS = 3  # whole looks whose median height tells the size


class Stage(StrEnum):
    """How far a passage has come."""

    BEFORE = "before"
    BEYOND = "beyond"
    WAITING = "waiting"
    GONE_ON = "gone_on"


class Passage:
    """Follows one track at one stop line; `see` each of its looks in order."""

    def __init__(self, line: StopLineGeometry, road: Road, thresholds: Thresholds, generation: int) -> None:
        self.line = line
        self.generation = generation
        self._road = road
        self._lens_px = LENS_SHARE * road.picture_wh[0]
        self.crossing: Crossing | None = None
        self._stands = Stands(line, road, thresholds.red_light)
        self.stage = Stage.BEFORE
        self.last: Sample | None = None
        self._pace = Pace(0.0, None)
        self._crossing_pace = Pace(0.0, None)
        self.beyond_heights = -math.inf
        self.gone_heights = 0.0  # the way from the line into the junction, ways aside counted less
        self.approach: Vector | None = None
        self._thresholds = thresholds.red_light
        self._movement = thresholds.movement
        self._path: Path | None = None
        self._before: list[Sample] = []  # first and last clear look before the line
        self._after: Sample | None = None
        self._last_negative: tuple[Sample, LinePosition] | None = None
        self._first_positive: tuple[Sample, LinePosition] | None = None
        self._back_from: Sample | None = None
        self._far_from: Sample | None = None
        self._starts_beyond: bool | None = None
        self._vehicle_class = VehicleClass.MOTORCYCLE
        self._aside_heights = 0.0  # of the wheels from the middle of the box's lower edge

    def _pace_of(self, path: Path) -> Pace:
        """Its pace over the last `pace_s`; none where less was seen."""
        last, plane, start = path.last, self._road.plane, path.earlier(self._thresholds.pace_s)
        if start is None:
            return Pace(0.0, None)
        way = plane.metres_between(start.ground, last.ground) if plane else None
        took_s = last.t - start.t
        return Pace(_pace([start, last]), way / took_s if way is not None else None)

    def see(self, sample: Sample, path: Path) -> None:
        """The next look at the vehicle."""
        self.last, self._path, self._vehicle_class = sample, path, path.vehicle_class
        if self.crossing is None:
            start = path.before_way(self._movement.heading_heights)
            if start is not None:
                self._aside_heights = self._road.wheels_aside(start, sample, self._vehicle_class)
        position = self._position(sample)
        if self.crossing is None:
            self._see_before(sample, position, path)
        else:
            self._see_beyond(sample, position, path)
        if self.crossing is not None:  # asked of nobody else
            self._pace = self._pace_of(path)

    def _wheels(self, sample: Sample) -> Point:
        x, y = sample.ground
        return (x + self._aside_heights * sample.height_px, y)

    def _position(self, sample: Sample) -> LinePosition:
        return self.line.position(self._wheels(sample))

    def lose(self, *, has_turned: bool = False, instead: Sample | None = None) -> None:
        """The vehicle is out of sight: it has gone on if it was driving well beyond the line when last seen, not
        braking. Nobody turns to wait for green. `instead`: what its track shows now, which may be that vehicle: it must have been
        where nobody can stop short of the junction, and this no nearer to the line, or it never was there."""
        if self.stage is not Stage.BEYOND or self.crossing is None or self.last is None:
            return
        if instead and self._beyond_px(instead) < self._beyond_px(self.last) - WOBBLE_HEIGHTS * self.last.height_px:
            return
        limits = self._thresholds
        enough = limits.turned_heights if has_turned else limits.goes_on_heights
        metres = self.gone_m
        is_far, drives = self.gone_heights >= enough, self._pace.heights_s >= limits.pace_heights_s
        cannot_stop = is_in_junction = False
        if metres is not None:
            pace_m_s = (self._pace.on_road or 0.0) * self._road.plane_unit_m(self.last, self._vehicle_class)
            stops_at_m = metres + pace_m_s**2 / BRAKES_M_S2 / 2
            cannot_stop = metres >= limits.goes_on_least_m and stops_at_m >= limits.goes_on_m
            is_in_junction = is_far and metres >= limits.goes_on_m
            is_far = cannot_stop or (is_far and metres >= limits.goes_on_least_m)
            drives = drives or pace_m_s >= limits.pace_m_s
        brakes = not has_turned and self._pace.share_of(self._crossing_pace) < limits.lost_pace_ratio
        if (is_in_junction and not instead) or ((cannot_stop if instead else is_far) and drives and not brakes):
            self.stage = Stage.GONE_ON

    @property
    def gone_m(self) -> float | None:
        """The way from the line to where it was last seen; None before it passed, and where the road is not known."""
        return self._metres_to(self.last) if self.crossing and self.last else None

    def _metres_to(self, sample: Sample) -> float | None:
        return self._road.metres((self._crossed().after, sample), self._vehicle_class)

    def _beyond_px(self, sample: Sample) -> float:
        return self._position(sample).beyond_px

    def turn_back(self, here: Sample) -> None:
        """It heads back now: beside its way that is a U-turn, which may come back over the line without having been far beyond it;
        on its way it is a box whose lower edge comes out from behind a neighbour."""
        if self.stage is Stage.BEYOND and abs(self._aside(here)) >= U_TURN_HEIGHTS:
            self.stage = Stage.GONE_ON

    def _aside(self, here: Sample) -> float:
        """How far beside the place where it crossed, in heights; to the right positive."""
        crossing = self._crossed()
        return dot(to_the_right(self.line.direction), between(crossing.ground, here.ground)) / crossing.height_px

    def way(self, path: Path, road: Vector) -> Way:
        """Its way over the line so far; `road`: the direction of the lane or line there."""
        crossing, here = self._crossed(), path.last
        return Way(
            approach=self.approach,
            road=road,
            crossing=crossing.ground,
            here=here.ground,
            heading=path.heading(self._movement.heading_heights),
            height_px=here.height_px,
            plane=self._road.plane,
            metres=self._metres_to(here),
        )

    @property
    def wait(self) -> Wait | None:
        """The latest stand beyond the line."""
        return self._stands.latest

    def measured_wait(self) -> Wait | None:
        """The latest stand beyond the line, by what is known of the road now."""
        crossing = self.crossing
        return self._stands.measured(self._vehicle_class, crossing.height_px) if crossing else None

    @property
    def drives_since_t(self) -> float | None:
        """Since when it has been driving beyond the line, after its latest stand there; None before it passed."""
        if self.crossing is None:
            return None
        return self.wait.last.t if self.wait else self.crossing.t

    def turns_have_shown(self, turns: Collection[Movement], seen_until_t: float, seen_until_m: float) -> bool:
        """Whether one of these turns would have shown by then: it was seen driving for long enough, or far enough from the line."""
        since_t = self.drives_since_t
        least_s = turns_show_after_s(turns, self._vehicle_class, self._movement)
        is_far = seen_until_m >= turns_show_after_m(turns, self._movement)
        return since_t is not None and (is_far or seen_until_t - since_t >= least_s)

    @property
    def was_driven(self) -> bool:
        """Whether the top of its box went over the line as well; a box whose lower edge alone did so shows a neighbour."""
        crossing, last, path = self.crossing, self.last, self._path
        return bool(crossing and last and path and path.top_moves_too(crossing.before, last))

    @property
    def has_come(self) -> bool:
        """Whether the vehicle was seen coming: it was before the line when first seen."""
        return self._starts_beyond is False

    @property
    def passed_unseen(self) -> Sample | None:
        """The first look beyond the line of a vehicle that was before it and whose passing was not in sight."""
        if self.crossing is not None or not self.has_come or not self._before:
            return None
        return self._after if self.last is not self._after else None

    def heights_from_stand(self, sample: Sample) -> float | None:
        """How far from here it stood (or last was), in heights, if this can be that vehicle: no two stand in one
        place. None where it cannot."""
        if self.wait is None or self.last is None:
            return None
        ratio = sample.height_px / self.wait.place.height_px
        away = min(moved_heights(self.wait.place, sample), moved_heights(self.last, sample))
        fits = away <= self._thresholds.same_place_heights and 1 / SAME_SIZE_RATIO <= ratio <= SAME_SIZE_RATIO
        return away if fits else None

    def _see_before(self, sample: Sample, position: LinePosition, path: Path) -> None:
        margin = self._thresholds.line_margin_heights * sample.height_px
        if self._starts_beyond is None:
            self._starts_beyond = position.beyond_px > -margin
        if position.beyond_px < 0:
            self._last_negative, self._first_positive = (sample, position), None
        elif self._first_positive is None:
            self._first_positive = (sample, position)
        if position.beyond_px <= -margin:
            self._before = [self._before[0] if self._before else sample, sample]
            self._after = None
            limits = self._movement
            self.approach = (
                path.heading(limits.approach_heights) or path.heading(limits.heading_heights) or self.approach
            )
        elif position.beyond_px >= margin:
            self._after = self._after or sample
            if self._is_confirmed(sample, path):
                self._cross(sample, path)

    def _is_confirmed(self, sample: Sample, path: Path) -> bool:
        """Long enough before, long enough beyond, on at least two looks each, and the passing itself in sight.

        Who was first seen beyond the line was probably always there: a box that then reaches back over the line has
        to stay there like a vehicle that really came back.
        """
        if not self._before or self._after is None or self._last_negative is None or self._after is sample:
            return False
        first, last = self._before
        seen_before_s = self._thresholds.wait_s if self._starts_beyond else self._thresholds.before_s
        gap_s = self._first_positive[0].t - self._last_negative[0].t if self._first_positive else math.inf
        return (
            first is not last
            and last.t - first.t >= seen_before_s
            and gap_s <= self._thresholds.cross_gap_s
            and self._is_driven(path)
            and sample.t - self._after.t >= self._thresholds.after_s
            and path.top_moves_too(last, sample)  # else a neighbour drives by in front of its wheels
        )

    def _is_driven(self, path: Path) -> bool:
        """Whether the step over the line is one of its steps around it: a box that jumps from who waits before the
        line to who waits beyond it drives neither of them over."""
        if self._last_negative is None or self._first_positive is None:
            return False
        start, end = self._last_negative[0], self._first_positive[0]
        around = self._thresholds.pace_s
        before = _pace([s for s in path.samples if start.t - around <= s.t <= start.t])
        after = _pace([s for s in path.samples if end.t <= s.t <= end.t + around])
        reach = STEP_HEIGHTS + STEP_PACE_RATIO * max(before, after) * (end.t - start.t)
        return moved_heights(start, end) <= reach

    def _cross(self, sample: Sample, path: Path) -> None:
        assert self._after and self._last_negative and self._first_positive  # what _is_confirmed saw
        (negative, before), (positive, after) = self._last_negative, self._first_positive
        step = after.beyond_px - before.beyond_px
        share = min(1.0, max(0.0, -before.beyond_px / step)) if step > 0 else 1.0
        seen_from = self._before[1].ground
        start = next((s for s in reversed(path.samples) if s.t <= self._before[1].t and self._is_apart(s)), None)
        driven = between(start.ground if start else seen_from, sample.ground)
        self.crossing = Crossing(
            at=negative.at + (positive.at - negative.at) * share,
            t=negative.t + (positive.t - negative.t) * share,
            frame=negative.frame + math.ceil(round((positive.frame - negative.frame) * share, 6)),
            box=positive.whole_box,
            ground=_on_the_way(negative.ground, positive.ground, share),
            seen_from=path.since(self._before[1].t - EVIDENCE_BEFORE_S)[0],
            before=self._before[1],
            after=self._after,
            height_px=positive.height_px,
            outside_px=before.outside_px + (after.outside_px - before.outside_px) * share,
            wheels_hidden=negative.wheels_hidden or positive.wheels_hidden,
            direction_cos=cosine(driven, self.line.direction),
        )
        self.stage = Stage.BEYOND
        self._crossing_pace = self._pace_of(path)
        self._stands = Stands(self.line, self._road, self._thresholds, self._after)
        for seen in path.since(self._after.t):  # it may have stood beyond the line before the passing was certain
            self._see_beyond(seen, self._position(seen), path)

    def _is_apart(self, sample: Sample) -> bool:
        way = length(between(sample.ground, self._before[1].ground))
        return way >= self._movement.heading_heights * sample.height_px

    def _see_beyond(self, sample: Sample, position: LinePosition, path: Path) -> None:
        crossing = self._crossed()
        self.beyond_heights = position.beyond_px / crossing.height_px
        if self._has_come_back(sample):
            return
        in_picture = math.hypot(max(0.0, self.beyond_heights), ASIDE_WEIGHT * self._aside(sample))
        self.gone_heights = max(in_picture, DEPTH_WEIGHT * self._depth_heights(path))
        if self.stage is not Stage.GONE_ON:  # in the junction it may have to wait for others
            self._stands.see(sample, self._wheels(sample), self._vehicle_class, crossing.height_px)
        if self.wait and moved_heights(self.wait.place, sample) < self._thresholds.resume_heights:
            self.stage = Stage.WAITING
        else:
            is_far = self._is_far(sample)
            self._far_from = (self._far_from or sample) if is_far else None
            stays_far = self._far_from is not None and sample.t - self._far_from.t >= self._thresholds.after_s
            self.stage = Stage.GONE_ON if stays_far else Stage.BEYOND

    def _is_far(self, sample: Sample) -> bool:
        """In the junction: seen from the side heights are little way, tall vehicles and those far away go few of them."""
        is_far = self.gone_heights >= self._thresholds.far_heights
        metres = self._metres_to(sample)
        if metres is None:
            return is_far
        return metres >= (self._thresholds.far_m if is_far else FAR_RATIO * self._thresholds.far_m)

    def _depth_heights(self, path: Path) -> float:
        """The way towards or away from the camera since the line, in heights, told by how its size in the picture changed:
        a low camera sees the road beyond the line as a narrow strip. At least so much: the lens is not known."""
        heights = [sample.height_px for sample in islice((s for s in reversed(path.samples) if s.is_whole), SIZE_LOOKS)]
        if len(heights) < SIZE_LOOKS:
            return 0.0
        at_line = self._crossed().height_px
        return self._lens_px / at_line * abs(at_line / median(heights) - 1)

    def _has_come_back(self, sample: Sample) -> bool:
        """Whether it stands before the line again (a moment there is a wobble); then the passage starts anew."""
        if self.beyond_heights > -self._thresholds.line_margin_heights:
            self._back_from = None
            return False
        self._back_from = self._back_from or sample
        if sample.t - self._back_from.t >= self._thresholds.wait_s:
            self._before, self._after = [self._back_from, sample], None
            self._last_negative = (sample, self._position(sample))
            self.crossing, self.stage = None, Stage.BEFORE
            self._stands = Stands(self.line, self._road, self._thresholds)
        return True

    def _crossed(self) -> Crossing:
        assert self.crossing is not None  # only asked beyond the line
        return self.crossing


def _pace(samples: list[Sample]) -> float:
    """Heights per second from the first to the last; 0 for less than two looks."""
    if len(samples) < 2:
        return 0.0
    first, last = samples[0], samples[-1]
    return moved_heights(first, last) / (last.t - first.t)


def _on_the_way(start: Point, end: Point, share: float) -> Point:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
