"""Red light and stopping over the line (DESIGN §3; Luật TTATGTĐB 36/2024/QH15, Art. 11.4: red forbids to go).

A passage (`passage.py`) tells where the vehicle was; the phase book tells what the lamps showed. The verdict:

- passed while red, went on into the junction without standing        → RED_LIGHT
- passed while red, stood beyond the line, went on while still red     → RED_LIGHT
- passed while red, stood beyond the line, went on only at green       → STOP_OVER_LINE
- passed while red, stood beyond the line and was lost there            → STOP_OVER_LINE, doubtful
- yellow, unknown, contradicting or changing lamps while it passed     → nothing

Red means: red for every movement that is still possible for this vehicle. So a right turn is free while its arrow is
green, and a vehicle whose movement does not show is acquitted wherever the lamps differ.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from detector.camera import Lane, RuleName
from detector.geometry import StopLineGeometry, Vector, dot
from detector.movement import OPEN, TURNS, MovementView
from detector.rules.abstained import Abstained, Doubt, Reason
from detector.rules.base import seconds
from detector.rules.crossing import Crossing
from detector.rules.lanes import lane_at
from detector.rules.passage import Passage, Stage
from detector.rules.path import Path
from detector.rules.phases import PhaseBook
from detector.rules.red_light_verdict import DARK_BRIDGE_S, RED_LIGHT, STOP_OVER_LINE, Finding, Verdict
from detector.rules.sample import Sample
from detector.rules.shown_movement import ShownMovement
from detector.rules.watch import Watch
from detector.vocabulary import Abstention, JsonValue, Movement, Phase, Scene, VehicleClass, Violation

# What is told where lamps were not seen at the passing, or right after it.
LAMPS_HIDDEN = (Reason.SIGNAL_UNKNOWN, Reason.BEFORE_GREEN)
VERDICTS_MAX = 500  # findings waiting for the lamps; each waits a few seconds


@dataclass(slots=True, eq=False)
class _Case:
    """One vehicle at one line. `track_id`: under which it passed the line; `holder_id`: the track it is seen under."""

    track_id: int
    holder_id: int
    name: str
    passage: Passage
    vehicle_class: VehicleClass
    movement: ShownMovement = field(default_factory=ShownMovement)
    beside_lane: bool = False  # the road it came by is drawn as a lane
    is_closed: bool = False
    is_lost: bool = False
    broke_off: bool = False  # its path had come up to the line before it started anew


class RedLight:
    """The rule of the stop line: RED_LIGHT and STOP_OVER_LINE from one state machine, never both for one passage."""

    name = RuleName.RED_LIGHT.value

    def __init__(self, watch: Watch) -> None:
        self._camera = watch.camera
        self._all = watch.thresholds
        self._thresholds = watch.thresholds.red_light
        self._lines = {line.name: StopLineGeometry.of(line.points, line.direction) for line in watch.camera.stop_lines}
        self._paths = watch.paths
        self._road = watch.road
        self._phases = PhaseBook(watch.camera.signals)
        self._reports = watch.reports
        self._abstained = Abstained(self.name)
        self._cases: dict[int, list[_Case]] = {}
        self._verdict = Verdict(watch.thresholds, self._phases, self.name)
        self._findings: list[Finding] = []
        self._orphans: list[_Case] = []  # waited beyond the line when last seen
        self._previous: frozenset[int] = frozenset()

    def update(self, scene: Scene) -> list[Violation]:
        """See `Rule.update`."""
        now = seconds(scene.captured_at)
        self._phases.update(scene)
        present = [track.track_id for track in scene.tracks]
        for track_id in present:
            self._begin(track_id)
        self._adopt(present, now)
        for track_id in present:
            for case in self._cases[track_id]:
                self._follow(case, self._paths[track_id], now)
        self._previous = frozenset(present)
        found = self._verdicts(now)
        if scene.is_last:
            for finding in self._findings:
                self._abstain_from(finding, Reason.FOOTAGE_ENDED)
        return found

    def abstentions(self) -> list[Abstention]:
        """See `Rule.abstentions`."""
        return self._abstained.take()

    def forget(self, track_ids: Iterable[int]) -> None:
        """See `Rule.forget`. What a lost vehicle did before stays a finding. Tracks that ended although they were seen
        just now were cut off: nothing is joined across a cut."""
        ended = frozenset(track_ids)
        for track_id in sorted(ended):
            for case in self._cases.pop(track_id, ()):
                self._lose(case, gone=ended)
        if ended & self._previous:
            self._orphans, lost = [], self._orphans
            for case in lost:
                self._find(case)

    def _begin(self, track_id: int) -> None:
        """Fresh cases for a track whose path is new or started anew; what it was before is out of sight."""
        path = self._paths[track_id]
        known = self._cases.get(track_id)
        if known and known[0].passage.generation == path.generation:
            return
        for case in known or ():
            self._lose(case, instead=path.last)
        self._cases[track_id] = [self._fresh(track_id, name) for name in self._lines]
        coming = {case.name for case in known or () if case.passage.crossing is None and case.passage.has_come}
        for case in self._cases[track_id]:
            case.broke_off = case.name in coming
            for past in path.again():  # it is longer than one look where its wheels turned out to have been elsewhere
                self._follow(case, past, past.last.t)

    def _fresh(self, track_id: int, name: str) -> _Case:
        path = self._paths[track_id]
        passage = Passage(self._lines[name], self._road, self._all, path.generation)
        return _Case(track_id, track_id, name, passage, path.vehicle_class)

    def _lose(self, case: _Case, *, instead: Sample | None = None, gone: frozenset[int] = frozenset()) -> None:
        """Nothing more will be known of it. `instead`: what its track shows now, where only its path starts anew; `gone`: the tracks
        that end with it."""
        if not self._is_double(case, gone):
            case.passage.lose(has_turned=case.movement.has_turned, instead=instead)
        case.is_lost = True
        if case.is_closed:
            return
        stage, crossing = case.passage.stage, case.passage.crossing
        if stage is Stage.GONE_ON:
            if crossing and not self._turns_have_shown(case, crossing):
                case.movement.view = OPEN  # lost before a turn could show
            self._find(case)
        elif stage is Stage.WAITING and len(self._orphans) < VERDICTS_MAX:
            self._orphans.append(case)
        elif crossing is not None and self._may_be_red(crossing.t, case.movement.view.possible):
            self._abstain(case.track_id, case.vehicle_class, crossing.frame, crossing.at, Reason.LOST_AT_LINE)
        elif (unseen := case.passage.passed_unseen) and self._phases.red_since(unseen.t, {Movement.STRAIGHT}):
            self._abstain(case.track_id, case.vehicle_class, unseen.frame, unseen.at, Reason.CROSSING_UNSEEN)

    def _is_double(self, case: _Case, gone: frozenset[int]) -> bool:
        """Whether it was a second track on a vehicle whose passage is still followed under another one: that one has not left."""
        last = case.passage.last
        if last is None or case.passage.crossing is None:
            return False
        others = self._paths.doubles(case.holder_id, last, self._all.identity.duplicate_iou)
        return any(
            other.name == case.name and other.passage.crossing is not None
            for track_id in set(others) - gone
            for other in self._cases.get(track_id, ())
        )

    def _may_be_red(self, t: float, possible: Iterable[Movement]) -> bool:
        return any(self._phases.red_since(t, {movement}) is not None for movement in possible)

    def _adopt(self, present: Sequence[int], now: float) -> None:
        """Who stood beyond the line and was lost from sight goes on under the track that is found in its place."""
        for track_id in sorted(self._cases.keys() - set(present)):
            for at, case in enumerate(self._cases[track_id]):
                if case.passage.stage is Stage.WAITING and not case.is_closed:
                    self._orphans.append(case)
                    self._cases[track_id][at] = self._fresh(track_id, case.name)
        pairs = sorted(
            (away, heir, at)
            for at, orphan in enumerate(self._orphans)
            for heir in present
            if (away := self._heights_to_heir(orphan, heir)) is not None
        )
        adopted: set[int] = set()
        for _, heir, at in pairs:  # the nearest first: each orphan has one heir, each heir one past
            orphan = self._orphans[at]
            if at not in adopted and self._own(heir, orphan.name) not in self._orphans:
                adopted.add(at)
                self._replace(heir, orphan)
        rest = [orphan for at, orphan in enumerate(self._orphans) if at not in adopted]
        self._orphans = [orphan for orphan in rest if not self._gives_up(orphan, now)]

    def _heights_to_heir(self, orphan: _Case, track_id: int) -> float | None:
        """0 for the vehicle itself seen again under its track; else how near to its place somebody stands who came
        from nowhere. None for all others."""
        path, own = self._paths[track_id], self._own(track_id, orphan.name)
        if track_id == orphan.holder_id and path.generation == orphan.passage.generation:
            return 0.0
        if own.passage.crossing is not None or own.passage.has_come:
            return None
        return orphan.passage.heights_from_stand(path.last)

    def _own(self, track_id: int, name: str) -> _Case:
        return next(case for case in self._cases[track_id] if case.name == name)

    def _replace(self, heir: int, orphan: _Case) -> None:
        cases = self._cases[heir]
        cases[cases.index(self._own(heir, orphan.name))] = orphan
        orphan.holder_id, orphan.is_lost = heir, False
        orphan.passage.generation = self._paths[heir].generation

    def _gives_up(self, orphan: _Case, now: float) -> bool:
        last = orphan.passage.last
        if last is not None and now - last.t <= self._thresholds.same_place_s:
            return False
        orphan.is_lost = True
        self._find(orphan)
        return True

    def _follow(self, case: _Case, path: Path, now: float) -> None:
        passage = case.passage
        case.vehicle_class = path.vehicle_class
        was_before = passage.crossing is None
        passage.see(path.last, path)
        crossing = passage.crossing
        if crossing is None:
            case.is_closed = False
            case.movement = ShownMovement()
            self._tell_broken_off(case, path)
            return
        if case.is_closed:
            return
        if was_before:
            case.beside_lane = self._came_by_a_lane(path, crossing)
            case.is_closed = not self._is_of_this_approach(case, crossing)
            if case.is_closed:
                return
        self._see_way(case, path, crossing)
        if passage.stage is Stage.GONE_ON:
            if self._is_settled(case, crossing):
                self._find(case)
            elif now - crossing.t > self._thresholds.movement_wait_s:
                case.movement.view = OPEN  # it may still turn
                self._find(case)
        elif passage.stage is Stage.WAITING and self._may_go(case, crossing, now):
            self._find(case)

    def _tell_broken_off(self, case: _Case, path: Path) -> None:
        """Who came up to the line, and is beyond it when its path starts anew, passed it unseen."""
        if case.broke_off and not case.passage.has_come and self._phases.red_since(path.last.t, {Movement.STRAIGHT}):
            here = path.last
            self._abstain(case.track_id, case.vehicle_class, here.frame, here.at, Reason.CROSSING_UNSEEN)
        case.broke_off = False

    def _is_of_this_approach(self, case: _Case, crossing: Crossing) -> bool:
        """Moving with the line's direction; over the paint, or evading it by the opposing half of the road."""
        if crossing.direction_cos < self._thresholds.approach_cos:
            return False
        slack = self._thresholds.beside_widths * (crossing.box[2] - crossing.box[0])
        if -slack <= crossing.outside_px <= slack:
            return True
        reach = self._thresholds.beside_left_lengths * case.passage.line.length_px
        return case.beside_lane and -reach <= crossing.outside_px < 0

    def _came_by_a_lane(self, path: Path, crossing: Crossing) -> bool:
        before = [sample.ground for sample in path.samples if sample.t <= crossing.before.t]
        return any(lane_at(self._camera.lanes, ground) for ground in before)

    def _see_way(self, case: _Case, path: Path, crossing: Crossing) -> None:
        here, passage = path.last, case.passage
        if here.shows_wheels:  # else it tells no heading
            lane = lane_at(self._camera.lanes, crossing.before.ground)
            way = passage.way(path, self._road_ahead(lane, passage.line.direction))
            case.movement.see(way, here, self._camera.movements, self._all.movement, self._thresholds.before_s)
        if case.movement.has_come_round(self._all.movement):
            passage.turn_back(here)

    def _road_ahead(self, lane: Lane | None, line_direction: Vector) -> Vector:
        """The lane's direction; the line's where no lane is drawn, or the vehicle evades by an oncoming lane."""
        if lane is None or lane.direction is None or dot(lane.direction, line_direction) <= 0:
            return line_direction
        return lane.direction

    def _lamps_agree(self, view: MovementView, crossing: Crossing) -> bool:
        """Whether the open question of the movement does not matter: all that are possible are bound alike."""
        bound = [self._phases.at(crossing.t, movement) for movement in view.possible]
        return len({phase.phase if phase else Phase.UNKNOWN for phase in bound}) == 1

    def _is_settled(self, case: _Case, crossing: Crossing) -> bool:
        """Whether nothing that it may still do can matter: all movements are bound alike, or it has turned."""
        has_turned = case.movement.has_turned and self._lamps_agree(case.movement.view, crossing)
        return has_turned or self._lamps_agree(OPEN, crossing)

    def _turns_have_shown(self, case: _Case, crossing: Crossing) -> bool:
        """Whether a vehicle that was lost would have turned before, had it meant to where a lamp may have freed it."""
        if case.movement.in_exit or self._is_settled(case, crossing):
            return True
        around = (crossing.before.t, crossing.after.t + self._thresholds.settle_s)
        free = {turn for turn in TURNS if not self._phases.is_red_throughout(*around, {turn})}
        if case.movement.begins_to(free, self._all.movement):
            return False
        return case.passage.turns_have_shown(free, case.movement.judged_t, case.movement.judged_m)

    def _may_go(self, case: _Case, crossing: Crossing, now: float) -> bool:
        """Whether a vehicle that waits has been free to go for long enough to believe it, after being bound to wait. Where it is not
        clear yet that it stood over the line, or its movement matters to that, more must be seen of it."""
        view, wait = case.movement.view, case.passage.wait
        if not self._lamps_agree(view, crossing) or not wait or not self._verdict.stands_over(wait, view.possible):
            return False
        then = max(crossing.after.t, now - self._thresholds.settle_s)
        return self._phases.allowed_between(crossing.after.t, then, view.possible, DARK_BRIDGE_S)

    def _find(self, case: _Case) -> None:
        """Close the case; what it proves waits for the lamps."""
        passage, crossing, wait = case.passage, case.passage.crossing, case.passage.measured_wait()
        case.is_closed = True
        if crossing is None or passage.last is None or len(self._findings) >= VERDICTS_MAX:
            return
        if not passage.was_driven:
            self._abstain(case.track_id, case.vehicle_class, crossing.frame, crossing.at, Reason.ONLY_BOX_MOVED)
            return
        decisive_t = wait.last.t if wait else crossing.after.t
        self._findings.append(
            Finding(
                case.track_id,
                case.vehicle_class,
                case.name,
                crossing,
                wait,
                case.movement.view,
                passage.stage is Stage.GONE_ON,
                case.is_lost,
                passage.gone_heights,
                passage.gone_m,
                passage.last,
                due_t=decisive_t + self._thresholds.before_green_s + self._thresholds.settle_s,
            )
        )

    def _verdicts(self, now: float) -> list[Violation]:
        due = [finding for finding in self._findings if finding.due_t <= now]
        self._findings = [finding for finding in self._findings if finding.due_t > now]
        found: list[Violation] = []
        for finding in due:
            verdict = self._verdict.of(finding)
            if verdict in LAMPS_HIDDEN and now <= finding.due_t + DARK_BRIDGE_S:
                self._findings.append(finding)  # a lamp that shows red again by then was red meanwhile
            elif isinstance(verdict, Reason):
                self._abstain_from(finding, verdict)
            elif verdict and self._reports.admit(verdict, occasion=str(verdict.facts["red_since"])):
                found.append(verdict)
        return found

    def _abstain_from(self, finding: Finding, reason: Reason) -> None:
        self._abstain(finding.track_id, finding.vehicle_class, finding.crossing.frame, finding.crossing.at, reason)

    def _abstain(self, track_id: int, vehicle_class: VehicleClass, frame: int, at: datetime, reason: Reason) -> None:
        code = STOP_OVER_LINE if reason is Reason.BRIEF_STAND else RED_LIGHT
        facts: dict[str, JsonValue] = {"phases": self._phases.facts(seconds(at), seconds(at))}
        self._abstained.add(Doubt(code, reason, at, frame, facts), track_id, vehicle_class)
