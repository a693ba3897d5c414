"""How the boxes of a vehicle shrink with distance: along a straight line of height against bottom edge.

Seen from a pole, every vehicle's line meets height 0 at one row, the horizon: a vehicle that has not driven far enough
to show its own line has the line through its box and the horizon that others have shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from detector.vocabulary import Box

SLOPE_MAX = 0.9  # growth of a box per pixel that its bottom moves down: a lorry seen from a pole of its own height
SLOPE_USUAL = 0.25  # a motorbike from a pole of 6 to 8 m, until any vehicle has shown its own
WAY_HEIGHTS = 0.5  # way in the picture that shows a slope, from the middle of its first third to that of its last
THIRD_MIN = 2  # looks in each third; with fewer, every pair of them...
STEP_HEIGHTS = 0.15  # ...this far apart shows a slope
HORIZON_SLOPE_MIN = 0.1  # flatter lines meet the horizon anywhere
HORIZON_TRACKS_MIN = 3  # that have shown it, before it is believed
HORIZON_TRACKS_MAX = 60  # the latest count


@dataclass(frozen=True, slots=True)
class SizeLine:
    """height = offset + slope × bottom edge, both in px; `is_shown` by the vehicle itself."""

    offset: float
    slope: float
    is_shown: bool

    @classmethod
    def of(cls, boxes: Sequence[Box], horizon: "Horizon") -> "SizeLine":
        """From boxes around the whole vehicle; ValueError for none."""
        by_bottom = sorted((box[3], box[3] - box[1]) for box in boxes)
        middle_bottom, tall = median(bottom for bottom, _ in by_bottom), median(height for _, height in by_bottom)
        shown = _shown_slope(by_bottom, tall)
        told = horizon.slope(middle_bottom, tall)  # by many vehicles: better than what one of them shows
        slope = min(SLOPE_MAX, max(0.0, told or shown or SLOPE_USUAL))
        return cls(median(height - slope * bottom for bottom, height in by_bottom), slope, shown is not None)

    def height_at_bottom(self, bottom: float) -> float:
        """The whole height of a vehicle whose wheels are seen at `bottom`, at least one pixel."""
        return max(1.0, self.offset + self.slope * bottom)

    def height_at_top(self, top: float) -> float:
        """The whole height of a vehicle whose rider's head is seen at `top`, at least one pixel."""
        return max(1.0, (self.offset + self.slope * top) / (1 - self.slope))


def _shown_slope(by_bottom: Sequence[tuple[float, float]], tall: float) -> float | None:
    third = len(by_bottom) // 3
    if third >= THIRD_MIN:  # the far third against the near third: a few boxes that lie change no median
        far, near = by_bottom[:third], by_bottom[-third:]
        way = median(bottom for bottom, _ in near) - median(bottom for bottom, _ in far)
        growth = median(height for _, height in near) - median(height for _, height in far)
        return growth / way if way >= WAY_HEIGHTS * tall else None
    if by_bottom[-1][0] - by_bottom[0][0] < WAY_HEIGHTS * tall:
        return None
    pairs = combinations(by_bottom, 2)  # fast, or seen by few frames a second
    return median((h - g) / (b - a) for (a, g), (b, h) in pairs if b - a >= STEP_HEIGHTS * tall)


class Horizon:
    """The row at which vehicles vanish, as those that drove far enough have shown; bounded by `HORIZON_TRACKS_MAX`."""

    def __init__(self) -> None:
        self._rows: dict[int, float] = {}

    @classmethod
    def at(cls, row: float) -> "Horizon":
        """Of a camera that has watched vehicles drive by for a while."""
        known = cls()
        known._rows = {-number: row for number in range(1, HORIZON_TRACKS_MIN + 1)}
        return known

    def learn(self, track_id: int, line: SizeLine) -> None:
        """What this vehicle shows now, in place of what it showed before."""
        if not line.is_shown or line.slope < HORIZON_SLOPE_MIN:
            return
        self._rows.pop(track_id, None)
        self._rows[track_id] = -line.offset / line.slope
        if len(self._rows) > HORIZON_TRACKS_MAX:
            del self._rows[next(iter(self._rows))]

    @property
    def row(self) -> float | None:
        """In px, y down, above the picture where negative; None until enough vehicles have shown it."""
        return median(self._rows.values()) if len(self._rows) >= HORIZON_TRACKS_MIN else None

    def slope(self, bottom: float, height: float) -> float | None:
        """The slope of the line of a vehicle that was seen with this bottom edge and height; None while not known."""
        row = self.row
        return None if row is None or bottom - row < height else height / (bottom - row)
