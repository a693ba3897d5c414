"""One look at a vehicle: where it is and how high, also while a part of it is hidden."""

from dataclasses import dataclass, replace
from datetime import datetime

from detector.geometry import between, dot, length
from detector.rules.size_line import SizeLine
from detector.vocabulary import Box, Point


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a vehicle. `t`: seconds of the stream's clock; `ground`: where its wheels touch the road;
    `height_px`: its full height, also while an edge of it is hidden (`is_whole`: no edge is)."""

    t: float
    at: datetime
    frame: int
    box: Box
    ground: Point
    height_px: float
    wheels_hidden: bool = False
    is_whole: bool = True

    @property
    def shows_wheels(self) -> bool:
        """Whether it is known where its wheels are: it is whole, or its top tells them. Else the picture cuts it off."""
        return self.is_whole or self.wheels_hidden

    @property
    def width_px(self) -> float:
        """Width of the box."""
        return self.box[2] - self.box[0]

    @property
    def top(self) -> Point:
        """Top centre of the box."""
        return ((self.box[0] + self.box[2]) / 2, self.box[1])

    @property
    def whole_box(self) -> Box:
        """The box down to where the wheels touch the road, also while they are hidden."""
        return (self.box[0], self.box[1], self.box[2], self.ground[1])


def moved_heights(start: Sample, end: Sample) -> float:
    """How far its wheels went, in heights of the vehicle at the end."""
    return length(between(start.ground, end.ground)) / end.height_px


def top_moves_too(start: Sample, end: Sample, top_share: float) -> bool:
    """Whether the top of the box went along with the wheels: a box that only grows or shrinks at its lower edge shows
    a neighbour that comes or goes, not a drive."""
    way = between(start.ground, end.ground)
    size = length(way)
    tops = between(start.top, end.top)
    return size == 0 or dot(way, tops) / size >= top_share * size


def by_top(fresh: Sample, line: SizeLine) -> Sample:
    """The look with its wheels, which are hidden, where the top of its box tells them."""
    height_px = line.height_at_top(fresh.box[1])
    ground = ((fresh.box[0] + fresh.box[2]) / 2, fresh.box[1] + height_px)
    return replace(fresh, ground=ground, height_px=height_px, wheels_hidden=True, is_whole=False)


def seen_whole(sample: Sample) -> Sample:
    """The look with its wheels at the lower edge of its box, which hides nothing."""
    left, top, right, bottom = sample.box
    ground = ((left + right) / 2, bottom)
    return replace(sample, ground=ground, height_px=bottom - top, wheels_hidden=False, is_whole=True)
