"""Where one vehicle stood beyond a stop line, for how long, and how far beyond it.

Distances are fractions of the vehicle's height as it passed the line, and metres where the road is known.
"""

import math
from dataclasses import replace

from detector.geometry import StopLineGeometry
from detector.rules.crossing import Wait
from detector.rules.road import Road
from detector.rules.sample import Sample, moved_heights
from detector.thresholds import RedLightThresholds
from detector.vocabulary import Point, VehicleClass

OFF_S = 0.4  # off its place for so long, who stood has left it; for a moment a box swallows a neighbour
WOBBLE_HEIGHTS = 0.1  # the wobble of a box: no way at all
STILL_SHARE = 0.75  # of the circle of a stand: there it still stands, though its box wobbles


class Stands:
    """Follows one vehicle beyond one line; `see` each of its looks in order. `latest`: its latest stand, None before any."""

    def __init__(
        self, line: StopLineGeometry, road: Road, thresholds: RedLightThresholds, first: Sample | None = None
    ) -> None:
        self.latest: Wait | None = None
        self._line = line
        self._road = road
        self._thresholds = thresholds
        self._anchor = first  # the centre of the circle it may be standing in
        self._off_from: Sample | None = None  # ...and since when it is not seen there

    def see(self, sample: Sample, wheels: Point, vehicle_class: VehicleClass, line_height_px: float) -> None:
        """The next look, with its wheels in the picture. `line_height_px`: how high the vehicle was as it passed the line."""
        anchor = self._anchor or sample
        if not self._is_still(anchor, sample, vehicle_class):
            self._off_from = self._off_from or sample
            if sample.t - self._off_from.t >= OFF_S:
                anchor = self._off_from if self._is_still(self._off_from, sample, vehicle_class) else sample
                self._off_from = None
            self._anchor = anchor
            return
        self._off_from, self._anchor = None, anchor
        latest = self.latest
        if sample.t - anchor.t >= self._thresholds.wait_s:
            is_same = latest and moved_heights(latest.place, sample) < self._thresholds.resume_heights
            first = latest.first if latest and is_same else anchor  # inching forward is the same stand
            goes_on = latest and latest.anchor is anchor
            stand = replace(latest, first=first) if latest and goes_on else Wait(first, anchor, sample, sample)
            self.latest = self._longer(stand, sample, wheels, vehicle_class, line_height_px)
        elif latest and self._is_still(latest.place, sample, vehicle_class, STILL_SHARE):
            self.latest = replace(latest, last=sample)  # a box that wobbled, not a vehicle that left

    def measured(self, vehicle_class: VehicleClass, line_height_px: float) -> Wait | None:
        """The latest stand, by what is known of the road now: others may have shown since how far away it was."""
        stand = self.latest
        if stand is None or not stand.looks:
            return stand
        lacks_px = max(stand.lacks_px, self._road.lacks_px(stand.place, vehicle_class))
        return self._placed(replace(stand, lacks_px=lacks_px), vehicle_class, line_height_px)

    def _longer(
        self, stand: Wait, sample: Sample, wheels: Point, vehicle_class: VehicleClass, line_height_px: float
    ) -> Wait:
        """The stand with one more look at it."""
        stand = replace(stand, place=sample, last=sample)
        if not sample.shows_wheels:
            return stand
        looks = stand.looks + 1  # the mean of all: the last ones may be of its leaving
        (x, y), (x_now, y_now) = stand.wheels, wheels
        mean = (x + (x_now - x) / looks, y + (y_now - y) / looks)
        lacks_px = stand.lacks_px + (self._road.lacks_px(sample, vehicle_class) - stand.lacks_px) / looks
        stand = replace(stand, looks=looks, wheels=mean, lacks_px=lacks_px)
        return self._placed(stand, vehicle_class, line_height_px)

    def _placed(self, stand: Wait, vehicle_class: VehicleClass, line_height_px: float) -> Wait:
        """How far beyond the line it is at least: where its wheels are if all that its box lacks is hidden below it."""
        lowest = (stand.wheels[0], stand.wheels[1] + max(0.0, stand.lacks_px))
        beyond_px = self._line.position(lowest).beyond_px
        beyond_m = self._metres_beyond(lowest, beyond_px, stand.place, vehicle_class)
        return replace(stand, beyond_heights=beyond_px / line_height_px, beyond_m=beyond_m)

    def _metres_beyond(
        self, wheels: Point, beyond_px: float, sample: Sample, vehicle_class: VehicleClass
    ) -> float | None:
        """Along the way over the line, negative before it; None where the road is not known."""
        (x, y), (ahead_x, ahead_y) = wheels, self._line.direction
        on_line = (x - beyond_px * ahead_x, y - beyond_px * ahead_y)
        way = (replace(sample, ground=on_line), replace(sample, ground=wheels))
        metres = self._road.metres(way, vehicle_class)
        return math.copysign(metres, beyond_px) if metres is not None else None

    def _is_still(self, start: Sample, end: Sample, vehicle_class: VehicleClass, share: float = 1.0) -> bool:
        """Whether it has not left the circle of a stand: seen along the road, metres go where heights hardly change."""
        limits, moved = self._thresholds, moved_heights(start, end)
        if moved <= WOBBLE_HEIGHTS or moved > share * limits.wait_heights:
            return moved <= WOBBLE_HEIGHTS
        metres = self._road.metres((start, end), vehicle_class)
        return metres is None or metres <= share * limits.wait_m
