"""Wrong way (DESIGN §3): net travel against a lane's direction, longer than a distance and a time.

Judged only where the wheels are well inside a lane's polygon: turning round in the junction, outside every lane, is not
wrong-way driving, and neither is standing, rolling back from a kerb, pushing a bike or backing into a gap.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

from detector.camera import Lane, RuleName
from detector.geometry import between, cosine, depth_inside, dot, length
from detector.rules.abstained import Abstained, Doubt, Reason
from detector.rules.base import rounded
from detector.rules.lanes import foreshortened, is_well_inside
from detector.rules.path import EDGE_SHARE, Path
from detector.rules.sample import Sample, top_moves_too
from detector.rules.watch import Watch
from detector.vocabulary import Abstention, Certainty, JsonValue, Movement, Point, Scene, VehicleClass, Violation

WRONG_WAY = "WRONG_WAY"
UNDER_WAY_SHARE = 0.2  # of the way at half-time, at least: a vehicle that starts or stops is still within it
WITH_COS = 0.3  # a lane that overlaps this one and runs with the vehicle: then it is not against anything for sure
WORTH_TELLING_SHARE = 0.6  # of the distance that a verdict needs: a shorter way against the lane is a wobble


class WrongWay:
    """The rule of the lane's direction."""

    name = RuleName.WRONG_WAY.value

    def __init__(self, watch: Watch) -> None:
        self._all = watch.thresholds
        self._thresholds = watch.thresholds.wrong_way
        self._picture_wh = watch.camera.resolution_wh
        self._road = watch.road
        self._lanes = tuple((lane, lane.direction) for lane in watch.camera.lanes if lane.direction is not None)
        self._paths = watch.paths
        self._reports = watch.reports
        self._abstained = Abstained(self.name)

    def update(self, scene: Scene) -> list[Violation]:
        """See `Rule.update`."""
        found = [
            self._against(track.track_id, lane, direction) for track in scene.tracks for lane, direction in self._lanes
        ]
        return [violation for violation in found if violation and self._reports.admit(violation)]

    def abstentions(self) -> list[Abstention]:
        """See `Rule.abstentions`."""
        return self._abstained.take()

    def forget(self, track_ids: Iterable[int]) -> None:
        """See `Rule.forget`."""
        for track_id in track_ids:
            self._abstained.end(track_id)

    def _against(self, track_id: int, lane: Lane, direction: Point) -> Violation | None:
        path = self._paths[track_id]
        if not self._heads_against(path, direction):
            return None
        stay = self._stay(path, lane)
        for index in range(len(stay) - 1):
            way = stay[index:]
            if self._is_against(path, way, direction) and not self._runs_with_another(way, lane):
                violation = self._violation(track_id, path, lane, direction, way)
                self._abstained.asserted(violation)
                return violation
        if len(stay) > 1 and not self._runs_with_another(stay, lane):
            self._doubt(track_id, path, direction, stay)
        return None

    def _doubt(self, track_id: int, path: Path, direction: Point, way: Sequence[Sample]) -> None:
        """What the longest way against the lane lacks."""
        net = between(way[0].ground, way[-1].ground)
        net_heights, took_s = foreshortened(net) / _height_px(way), way[-1].t - way[0].t
        is_worth_telling = net_heights >= WORTH_TELLING_SHARE * self._thresholds.distance_heights
        if not is_worth_telling or cosine(net, direction) > self._thresholds.against_cos:
            return
        reason = Reason.UNSTEADY
        if took_s < self._thresholds.dwell_s or net_heights < self._thresholds.distance_heights:
            reason = Reason.SHORT_WAY
        elif net_heights < self._thresholds.pace_heights_s * took_s:
            reason = Reason.SLOW
        facts: dict[str, JsonValue] = {"net_way_heights": rounded(net_heights), "took_s": rounded(took_s)}
        doubt = Doubt(WRONG_WAY, reason, path.last.at, path.last.frame, facts)
        self._abstained.doubt(doubt, track_id, path.vehicle_class, weight=net_heights)

    def _heads_against(self, path: Path, direction: Point) -> bool:
        """Whether it goes against the direction just now: all others need no closer look."""
        earlier = path.earlier(self._thresholds.step_s)
        return earlier is not None and cosine(between(earlier.ground, path.last.ground), direction) < 0

    def _stay(self, path: Path, lane: Lane) -> list[Sample]:
        """The latest unbroken stay well inside the lane, in steps of `step_s`, oldest first and ending now."""
        stay: list[Sample] = []
        asides = self._road.wheels_between(path, self._all.movement.heading_heights)
        for sample in reversed(path.samples):
            if stay and stay[-1].t - sample.t < self._thresholds.step_s:
                continue
            if not is_well_inside(lane, sample, self._thresholds.inside_widths, self._picture_wh, asides):
                break
            stay.append(sample)
        return stay[::-1]

    def _is_against(self, path: Path, way: Sequence[Sample], direction: Point) -> bool:
        first, last = way[0], way[-1]
        net = between(first.ground, last.ground)
        took_s = last.t - first.t
        height_px = _height_px(way)
        return (
            took_s >= self._thresholds.dwell_s
            and len(path.since(first.t)) >= self._thresholds.looks_min
            and foreshortened(net) >= self._thresholds.distance_heights * height_px
            and foreshortened(net) >= self._thresholds.pace_heights_s * height_px * took_s
            and self._is_far_in_metres(way, path.vehicle_class)
            and cosine(net, direction) <= self._thresholds.against_cos
            and length(net) >= self._thresholds.consistency_share * _driven(way)
            and fmean(sample.is_whole for sample in way) >= self._thresholds.whole_share
            and _is_steady(way)
            and self._tells_its_place(first)
            and self._tells_its_place(last)
            and top_moves_too(first, last, path.top_share(first, last))
            and _longest_step(way) <= self._thresholds.step_share * length(net)
        )

    def _tells_its_place(self, sample: Sample) -> bool:
        """Whether the vehicle is seen whole, or down to where it leaves the picture: no neighbour is in its box or before it."""
        return sample.is_whole or sample.box[3] >= (1 - EDGE_SHARE) * self._picture_wh[1]

    def _is_far_in_metres(self, way: Sequence[Sample], vehicle_class: VehicleClass) -> bool:
        """Far and fast enough on the road as well: heights tell little of how far a way runs towards the camera."""
        took_s, metres = way[-1].t - way[0].t, self._road.metres_measured(way)
        if metres is not None:
            return metres >= self._thresholds.distance_m and metres >= self._thresholds.pace_m_s * took_s
        assumed = self._road.metres_assumed(way, vehicle_class)
        if assumed is None:
            return True
        return assumed >= self._thresholds.assumed_m and assumed >= self._thresholds.assumed_m_s * took_s

    def _runs_with_another(self, way: Sequence[Sample], lane: Lane) -> bool:
        net = between(way[0].ground, way[-1].ground)
        return any(
            other is not lane and cosine(net, direction) >= WITH_COS and depth_inside(other.polygon, way[-1].ground) > 0
            for other, direction in self._lanes
        )

    def _violation(self, track_id: int, path: Path, lane: Lane, direction: Point, way: Sequence[Sample]) -> Violation:
        first, last = way[0], way[-1]
        net = between(first.ground, last.ground)
        height_px = _height_px(way)
        metres = self._road.metres_measured(way)
        return Violation(
            code=WRONG_WAY,
            rule=self.name,
            track_id=track_id,
            vehicle_class=path.vehicle_class,
            captured_at=last.at,
            from_at=first.at,
            to_at=last.at,
            frame=last.frame,
            from_frame=first.frame,
            to_frame=last.frame,
            box_xyxy=last.box,
            movement=Movement.UNKNOWN,
            signal_phase=None,
            certainty=Certainty.SURE,
            facts={
                "lane": lane.name,
                "lane_direction": [rounded(direction[0]), rounded(direction[1])],
                "net_way_px": [rounded(net[0]), rounded(net[1])],
                "net_way_heights": rounded(foreshortened(net) / height_px),
                "net_way_m": rounded(metres) if metres is not None else None,
                "driven_way_heights": rounded(_driven(way) / height_px),
                "took_s": rounded(last.t - first.t),
                "direction_cos": rounded(cosine(net, direction)),
                "vehicle_height_px": rounded(height_px),
                "thresholds": self._all.facts("wrong_way", "wheels"),
            },
        )


def _is_steady(way: Sequence[Sample]) -> bool:
    """Whether it was under way all the time: at half-time neither hardly begun nor almost done, as a box that jumps."""
    half_time = (way[0].t + way[-1].t) / 2
    middle = min(way, key=lambda sample: abs(sample.t - half_time))
    net = between(way[0].ground, way[-1].ground)
    done = dot(between(way[0].ground, middle.ground), net) / dot(net, net)
    return UNDER_WAY_SHARE <= done <= 1 - UNDER_WAY_SHARE


def _height_px(way: Sequence[Sample]) -> float:
    return fmean(sample.height_px for sample in way)


def _longest_step(way: Sequence[Sample]) -> float:
    return max(length(between(a.ground, b.ground)) for a, b in pairwise(way))


def _driven(way: Sequence[Sample]) -> float:
    return sum(length(between(a.ground, b.ground)) for a, b in pairwise(way))
