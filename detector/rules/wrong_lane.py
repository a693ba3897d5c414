"""Wrong lane (DESIGN §3): a class drives in a lane closed to it, or a vehicle moves against a lane's painted arrow.

The law knows one offence for both (WRONG_LANE); the facts say which. A lane is driven in when the wheels are well
inside its polygon, for a time and over a distance along it: riding the marking, a swerve and crossing the lane are not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from detector.camera import ALL_CLASSES, Lane, RuleName
from detector.geometry import StopLineGeometry, Vector, between, contains, cosine, length, within_picture
from detector.movement import judge_movement
from detector.rules.abstained import Abstained, Doubt, Reason
from detector.rules.base import iso, rounded
from detector.rules.crossing import Crossing
from detector.rules.lanes import is_well_inside, lane_at
from detector.rules.passage import Passage
from detector.rules.path import Path
from detector.rules.sample import Sample, top_moves_too
from detector.rules.watch import Watch
from detector.vocabulary import Abstention, Certainty, JsonValue, Movement, Scene, VehicleClass, Violation

WRONG_LANE = "WRONG_LANE"
WORTH_TELLING_SHARE = 0.6  # of the distance that a verdict needs: a shorter stay is a lane that was crossed


@dataclass(slots=True)
class _Turn:
    """One vehicle that left an arrowed lane over a stop line, while its movement shows."""

    lane: Lane
    passage: Passage
    movement: Movement = Movement.UNKNOWN
    since_t: float = 0.0
    judged_t: float = 0.0
    judged_m: float = 0.0

    @property
    def crossing(self) -> Crossing | None:
        """None where it came back over the line."""
        return self.passage.crossing


class WrongLane:
    """The rule of lanes."""

    name = RuleName.WRONG_LANE.value

    def __init__(self, watch: Watch) -> None:
        self._all = watch.thresholds
        self._thresholds = watch.thresholds.wrong_lane
        self._camera = watch.camera
        self._lines = tuple(StopLineGeometry.of(line.points, line.direction) for line in watch.camera.stop_lines)
        self._paths = watch.paths
        self._road = watch.road
        self._reports = watch.reports
        self._abstained = Abstained(self.name)
        self._passages: dict[int, list[Passage]] = {}
        self._turns: dict[int, _Turn | None] = {}
        self._has_arrows = any(lane.arrows for lane in watch.camera.lanes)
        self._pending: list[Violation] = []  # judged when a track ended, told with the next scene

    def update(self, scene: Scene) -> list[Violation]:
        """See `Rule.update`."""
        found: list[Violation | None] = [*self._pending]
        self._pending.clear()
        for track in scene.tracks:
            found.extend(self._closed(track.track_id, lane) for lane in self._camera.lanes)
            if self._has_arrows:
                self._see_turn(track.track_id)
                found.append(self._against_arrow(track.track_id, has_ended=False))
        return [violation for violation in found if violation and self._reports.admit(violation)]

    def abstentions(self) -> list[Abstention]:
        """See `Rule.abstentions`."""
        return self._abstained.take()

    def forget(self, track_ids: Iterable[int]) -> None:
        """See `Rule.forget`."""
        for track_id in track_ids:
            if violation := self._against_arrow(track_id, has_ended=True):
                self._pending.append(violation)
            self._passages.pop(track_id, None)
            self._turns.pop(track_id, None)
            self._abstained.end(track_id)

    def _closed(self, track_id: int, lane: Lane) -> Violation | None:
        path = self._paths[track_id]
        if path.vehicle_class in lane.allowed or path.looks.total() < self._thresholds.looks_min:
            return None
        stay = self._stay(path, lane, path.last.t)
        if len(stay) < 2 or not self._runs_along(stay, lane):
            return None
        way_heights = length(between(stay[0].ground, stay[-1].ground)) / _height_px(stay)
        stayed_s = stay[-1].t - stay[0].t
        way_m = self._road.metres_measured(stay)
        moved = top_moves_too(stay[0], stay[-1], path.top_share(stay[0], stay[-1]))  # not only its lower edge
        is_far = moved and self._is_far(stay, way_heights, way_m, path.vehicle_class)
        is_long = is_far and stayed_s >= self._thresholds.dwell_s
        closed_share = path.class_share(ALL_CLASSES - lane.allowed)  # a motorbike or a bicycle: neither may drive here
        is_sure = closed_share >= self._thresholds.class_share
        if not (is_long and is_sure):
            self._doubt_stay(track_id, path, lane, way_heights, Reason.CLASS_UNSURE if is_long else Reason.SHORT_STAY)
            return None
        facts: dict[str, JsonValue] = {
            "because": "closed_class",
            "lane": lane.name,
            "allowed": [*sorted(name.value for name in lane.allowed)],
            "class_share": rounded(closed_share),
            "stayed_s": rounded(stayed_s),
            "way_heights": rounded(way_heights),
            "way_m": rounded(way_m) if way_m is not None else None,
        }
        return self._violation(track_id, path, stay[0], Movement.UNKNOWN, facts)

    def _is_far(
        self, stay: Sequence[Sample], way_heights: float, way_m: float | None, vehicle_class: VehicleClass
    ) -> bool:
        """Metres decide where the road was measured; where the horizon tells them they may: lorries and buses go far in
        less than their height."""
        limits = self._thresholds
        assumed_m = self._road.metres_assumed((stay[0], stay[-1]), vehicle_class) or 0.0
        is_far = way_heights >= limits.distance_heights or assumed_m >= limits.distance_m
        return is_far and (way_m is None or way_m >= limits.distance_m)

    def _doubt_stay(self, track_id: int, path: Path, lane: Lane, way_heights: float, reason: Reason) -> None:
        if way_heights < WORTH_TELLING_SHARE * self._thresholds.distance_heights:
            return
        facts: dict[str, JsonValue] = {
            "because": "closed_class",
            "lane": lane.name,
            "way_heights": rounded(way_heights),
            "class_share": rounded(path.class_share(ALL_CLASSES - lane.allowed)),
        }
        doubt = Doubt(WRONG_LANE, reason, path.last.at, path.last.frame, facts)
        self._abstained.doubt(doubt, track_id, path.vehicle_class, weight=way_heights)

    def _runs_along(self, stay: list[Sample], lane: Lane) -> bool:
        way = between(stay[0].ground, stay[-1].ground)
        return lane.direction is None or abs(cosine(way, lane.direction)) >= self._thresholds.along_cos

    def _stay(self, path: Path, lane: Lane, until_t: float) -> list[Sample]:
        """The unbroken stay well inside the lane that ends at `until_t`, oldest first."""
        stay: list[Sample] = []
        asides = self._road.wheels_between(path, self._all.movement.heading_heights)
        for sample in reversed(path.samples):
            if sample.t > until_t:
                continue
            well_inside = is_well_inside(
                lane, sample, self._thresholds.inside_widths, self._camera.resolution_wh, asides
            )
            if sample.wheels_hidden or not well_inside:
                break
            stay.append(sample)
        return stay[::-1]

    def _see_turn(self, track_id: int) -> None:
        """Where a vehicle goes that passed the line from an arrowed lane."""
        path = self._paths[track_id]
        passage = self._passed(track_id, path)
        if passage is None or passage.crossing is None:
            return
        if track_id not in self._turns:
            comes_by_lane = passage.crossing.direction_cos >= self._all.red_light.approach_cos  # no cross traffic
            lane = self._arrow_lane(path, passage.line.across, passage.crossing.before.t) if comes_by_lane else None
            self._turns[track_id] = _Turn(lane, passage) if lane else None
        if turn := self._turns[track_id]:
            self._follow_turn(turn, path)

    def _against_arrow(self, track_id: int, *, has_ended: bool) -> Violation | None:
        """A turn is held against it when it has shown for a while, "straight on" only when it has left without a turn."""
        turn = self._turns.get(track_id)
        if turn is None or turn.crossing is None:
            return None
        if turn.movement is Movement.UNKNOWN or turn.movement in _permitted(turn.lane):
            return None
        path = self._paths[track_id]
        held_s = turn.judged_t - turn.since_t
        has_shown = True
        if turn.movement is Movement.STRAIGHT:
            permitted = _permitted(turn.lane)
            has_shown = has_ended and turn.passage.turns_have_shown(permitted, turn.judged_t, turn.judged_m)
        if held_s < self._thresholds.movement_held_s or not has_shown:
            self._doubt_turn(track_id, path, turn)
            return None
        facts: dict[str, JsonValue] = {
            "because": "against_arrow",
            "lane": turn.lane.name,
            "arrows": [*sorted(arrow.value for arrow in turn.lane.arrows)],
            "movement_held_s": rounded(held_s),
            "crossed_at": iso(turn.crossing.at),
        }
        return self._violation(track_id, path, turn.crossing.seen_from, turn.movement, facts)

    def _doubt_turn(self, track_id: int, path: Path, turn: _Turn) -> None:
        facts: dict[str, JsonValue] = {"because": "against_arrow", "lane": turn.lane.name, "shown": turn.movement.value}
        doubt = Doubt(WRONG_LANE, Reason.MOVEMENT_UNKNOWN, path.last.at, path.last.frame, facts)
        self._abstained.doubt(doubt, track_id, path.vehicle_class, weight=0.0)

    def _passed(self, track_id: int, path: Path) -> Passage | None:
        passages = self._passages.get(track_id)
        if passages is None or any(passage.generation != path.generation for passage in passages):
            self._turns.pop(track_id, None)
            passages = [Passage(line, self._road, self._all, path.generation) for line in self._lines]
            self._passages[track_id] = passages
        for passage in passages:
            passage.see(path.last, path)
        return next((passage for passage in passages if passage.crossing is not None), None)

    def _arrow_lane(self, path: Path, across: Vector, until_t: float) -> Lane | None:
        """The arrowed lane by which it came to the line, where it stayed in it long enough."""
        before = [sample for sample in reversed(path.samples) if sample.t <= until_t]
        lanes = self._camera.lanes  # they may end before the line
        near = [*dropwhile(lambda sample: lane_at(lanes, sample.ground) is None, before)]
        lane = lane_at(lanes, near[0].ground) if near else None
        if lane is None or not lane.arrows or until_t - near[0].t > self._thresholds.arrow_dwell_s:
            return None
        stay = [*takewhile(lambda sample: self._is_amid(lane, sample, across), near)]
        return lane if stay and stay[0].t - stay[-1].t >= self._thresholds.arrow_dwell_s else None

    def _is_amid(self, lane: Lane, sample: Sample, across: Vector) -> bool:
        """Whether the wheels are in sight and clear of the lane's sides; its end at the line is no side."""
        if sample.wheels_hidden:
            return False
        x, y = sample.ground
        reach = self._thresholds.inside_widths * sample.width_px
        beside = [(x + side * reach * across[0], y + side * reach * across[1]) for side in (-1, 1)]
        return all(contains(lane.polygon, within_picture(point, self._camera.resolution_wh)) for point in beside)

    def _follow_turn(self, turn: _Turn, path: Path) -> None:
        passage = turn.passage
        is_told = path.last.is_whole  # half a box tells no heading
        if passage.crossing is None or passage.approach is None or not is_told:
            return
        way = passage.way(path, turn.lane.direction or passage.line.direction)
        turn.judged_t, turn.judged_m = path.last.t, way.metres or 0.0
        movement = judge_movement(way, self._camera.movements, self._all.movement).movement
        if movement is not turn.movement:
            turn.movement, turn.since_t = movement, path.last.t

    def _violation(
        self, track_id: int, path: Path, first: Sample, movement: Movement, facts: dict[str, JsonValue]
    ) -> Violation:
        last = path.last
        violation = Violation(
            code=WRONG_LANE,
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
            movement=movement,
            signal_phase=None,
            certainty=Certainty.SURE,
            facts={**facts, "thresholds": self._all.facts("wrong_lane", "movement", "wheels")},
        )
        self._abstained.asserted(violation)
        return violation


def _height_px(stay: list[Sample]) -> float:
    return max(sample.height_px for sample in stay)


def _permitted(lane: Lane) -> frozenset[Movement]:
    """A left arrow also permits the U-turn (QCVN 41:2024/BGTVT), unless a sign that we cannot see forbids it."""
    return lane.arrows | {Movement.U_TURN} if Movement.LEFT in lane.arrows else lane.arrows
