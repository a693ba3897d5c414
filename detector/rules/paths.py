"""Where each vehicle's wheels were over the last seconds, in spite of wobbling boxes and neighbours in front of them.

    box ──▶ one vehicle still? ──▶ wheels visible? ──▶ Sample ──▶ Path (the last `memory_s`)

A box whose bottom jumps up while its top stands still lost its wheels behind a neighbour: that is not motion. For a
few seconds the wheels are then placed by the top of the box; after that we know nothing and the path starts anew.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from detector.geometry import Vector, between, length
from detector.rules.base import seconds
from detector.thresholds import WheelThresholds
from detector.vocabulary import Box, Point, Scene, Track, VehicleClass

BACK_AT_SIZE_SHARE = 0.08  # of height or proportion: this near to what it was, the wheels are visible again
LOOK_BACK_S = 1.0          # a neighbour rolls in front of a vehicle within about this time
FREE_STEP_HEIGHTS = 0.5    # any box may step this far between two looks: wobble and coarse frame rates


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a vehicle. `t`: seconds of the stream's clock; `ground`: where its wheels touch the road;
    `height_px`: its full height, also while the wheels are hidden."""

    t: float
    at: datetime
    frame: int
    box: Box
    ground: Point
    height_px: float
    wheels_hidden: bool = False

    @property
    def width_px(self) -> float:
        """Width of the box."""
        return self.box[2] - self.box[0]


class Path:
    """The samples of one track. `generation` rises whenever the path started anew: nothing may be joined across."""

    def __init__(self, thresholds: WheelThresholds) -> None:
        self.samples: deque[Sample] = deque()
        self.generation = 0
        self.looks: Counter[VehicleClass] = Counter()
        self.first_at: datetime | None = None
        self._thresholds = thresholds
        self._full: Sample | None = None  # the last sample with visible wheels, while they are hidden

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
        """The next look; starts the path anew where it cannot be the same vehicle."""
        self.looks[track.vehicle_class] += 1
        self.first_at = self.first_at or scene.captured_at
        t = seconds(scene.captured_at)
        fresh = Sample(t, scene.captured_at, scene.frame_index, track.box_xyxy, track.ground_point, track.height_px)
        if self.samples and not self._continues(fresh):
            self._start_anew()
        sample = self._with_wheels(fresh)
        self.samples.append(sample)
        while sample.t - self.samples[0].t > self._thresholds.memory_s:
            self.samples.popleft()
        return sample

    def since(self, t: float) -> list[Sample]:
        """The samples from `t` on, oldest first."""
        return [sample for sample in self.samples if sample.t >= t]

    def heading(self, way_heights: float, until: Sample | None = None) -> Vector | None:
        """Displacement over the last way of `way_heights` × height up to `until` (or now); None if it moved less."""
        end = until or self.last
        for sample in reversed(self.samples):
            if sample.t <= end.t:
                way = between(sample.ground, end.ground)
                if length(way) >= way_heights * end.height_px:
                    return way
        return None

    def pace_heights_s(self, over_s: float) -> float:
        """Net speed over the last `over_s` in heights per second; 0 with less than half of that seen."""
        recent = self.since(self.last.t - over_s)
        took_s = self.last.t - recent[0].t
        if took_s < over_s / 2:
            return 0.0
        return length(between(recent[0].ground, self.last.ground)) / self.last.height_px / took_s

    def _start_anew(self) -> None:
        self.samples.clear()
        self._full = None
        self.generation += 1

    def _continues(self, fresh: Sample) -> bool:
        last = self.last
        took_s = fresh.t - last.t
        if not 0 < took_s <= self._thresholds.gap_s:
            return False
        ratio = (fresh.width_px * _height(fresh.box)) / max(1e-9, last.width_px * _height(last.box))
        limit = self._thresholds.size_ratio**2
        if not 1 / limit <= ratio <= limit:
            return False
        reach = FREE_STEP_HEIGHTS + self._thresholds.speed_heights_s * took_s
        return length(between(_middle(last.box), _middle(fresh.box))) <= reach * max(last.height_px, fresh.height_px)

    def _with_wheels(self, fresh: Sample) -> Sample:
        if self._full is None:
            full = self._full_before_jump(fresh)
            if full is None:
                return fresh
            self._full = full
        full = self._full
        if _is_back(full.box, fresh.box):
            self._full = None
            return fresh
        if fresh.t - full.t > self._thresholds.hidden_s:
            self._start_anew()
            return fresh
        ground = ((fresh.box[0] + fresh.box[2]) / 2, fresh.box[1] + full.height_px)
        return Sample(fresh.t, fresh.at, fresh.frame, fresh.box, ground, full.height_px, wheels_hidden=True)

    def _full_before_jump(self, fresh: Sample) -> Sample | None:
        """The sample of the last second from which the box changed as only hidden (or merged) wheels change it."""
        for sample in reversed(self.samples):
            if fresh.t - sample.t > LOOK_BACK_S:
                break
            if sample.wheels_hidden:
                continue
            change = abs(_height(fresh.box) / sample.height_px - 1)
            top = length((fresh.box[0] - sample.box[0], fresh.box[1] - sample.box[1]))
            bottom = abs(fresh.box[3] - sample.box[3])
            if change >= self._thresholds.jump_share and top <= self._thresholds.top_share * bottom:
                return sample
        return None


class Paths:
    """The paths of all tracks of one camera; bounded by the tracks that are alive and `memory_s`."""

    def __init__(self, thresholds: WheelThresholds) -> None:
        self._thresholds = thresholds
        self._paths: dict[int, Path] = {}

    def update(self, scene: Scene) -> None:
        """Add this scene's looks."""
        for track in scene.tracks:
            self._paths.setdefault(track.track_id, Path(self._thresholds)).add(track, scene)

    def __getitem__(self, track_id: int) -> Path:
        return self._paths[track_id]

    def __contains__(self, track_id: int) -> bool:
        return track_id in self._paths

    def forget(self, track_ids: Iterable[int]) -> None:
        """Drop the paths of ended tracks."""
        for track_id in track_ids:
            self._paths.pop(track_id, None)


def _height(box: Box) -> float:
    return box[3] - box[1]


def _middle(box: Box) -> Point:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _is_back(full: Box, box: Box) -> bool:
    height_ratio = _height(box) / _height(full)
    proportion_ratio = height_ratio * (full[2] - full[0]) / max(1e-9, box[2] - box[0])
    return abs(height_ratio - 1) < BACK_AT_SIZE_SHARE or abs(proportion_ratio - 1) < BACK_AT_SIZE_SHARE
