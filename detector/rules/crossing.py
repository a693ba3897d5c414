"""What a passage tells of its vehicle: when it crossed the line, where it stood, how fast it goes."""

from dataclasses import dataclass
from datetime import datetime

from detector.rules.sample import Sample
from detector.vocabulary import Box, Point


@dataclass(frozen=True, slots=True)
class Crossing:
    """The moment at which the ground point passed the line. `at` and `ground` are interpolated between two looks,
    `frame` and `box` are those of the first frame at or beyond the line. `outside_px`: beside the paint, signed."""

    at: datetime
    t: float
    frame: int
    box: Box
    ground: Point
    seen_from: Sample
    before: Sample
    after: Sample
    height_px: float
    outside_px: float
    wheels_hidden: bool
    direction_cos: float


@dataclass(frozen=True, slots=True)
class Wait:
    """A stand beyond the line, `beyond_heights` and `beyond_m` (None where the road is not known) past it at least: by the mean place
    of its `wheels` in all `looks` that showed it, if all that its box lacks of a usual height (`lacks_px`, mean) is hidden below.

    `anchor`: since when it has stood in this place, `first`: in all, inching forward; `place`: the look that last showed it to
    stand; `last`: the latest there.
    """

    first: Sample
    anchor: Sample
    place: Sample
    last: Sample
    looks: int = 0
    wheels: Point = (0.0, 0.0)
    lacks_px: float = 0.0
    beyond_heights: float = 0.0
    beyond_m: float | None = None

    @property
    def stood_s(self) -> float:
        """How long it stood."""
        return self.last.t - self.first.t


@dataclass(frozen=True, slots=True)
class Pace:
    """Heights of the vehicle per second, and units of the road's plane per second where that is known."""

    heights_s: float
    on_road: float | None

    def share_of(self, before: "Pace") -> float:
        """Of the pace before: on the road, as a camera shows less of the same way the farther away it is."""
        if self.on_road is not None and before.on_road:
            return self.on_road / before.on_road
        return self.heights_s / before.heights_s if before.heights_s else 1.0
