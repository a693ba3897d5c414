"""What a passage and the lamps together prove: RED_LIGHT, STOP_OVER_LINE or nothing, with the facts."""

from dataclasses import dataclass
from datetime import UTC, datetime

from detector.movement import MovementView
from detector.rules.abstained import Reason
from detector.rules.base import iso, rounded
from detector.rules.crossing import Crossing, Wait
from detector.rules.phases import PhaseBook
from detector.rules.sample import Sample
from detector.signals import SAME_PHASE_GAP_S
from detector.thresholds import Thresholds
from detector.vocabulary import Certainty, JsonValue, Movement, Phase, VehicleClass, Violation

RED_LIGHT, STOP_OVER_LINE = "RED_LIGHT", "STOP_OVER_LINE"
SIZE_RATIO = 1.6  # who stands over the line is not much farther from the camera than where it passed it
DARK_BRIDGE_S = SAME_PHASE_GAP_S  # lamps unseen for longer may have been green meanwhile


@dataclass(frozen=True, slots=True)
class Finding:
    """What the passage proves if the lamps agree; judged at `due_t`, when they have told of their changes."""

    track_id: int
    vehicle_class: VehicleClass
    line: str
    crossing: Crossing
    wait: Wait | None
    view: MovementView
    gone_on: bool
    is_lost: bool
    gone_heights: float
    gone_m: float | None
    last: Sample
    due_t: float


class Verdict:
    """Judges findings when the lamps have told of their changes."""

    def __init__(self, thresholds: Thresholds, phases: PhaseBook, rule: str) -> None:
        self._all = thresholds
        self._thresholds = thresholds.red_light
        self._phases = phases
        self._rule = rule

    def of(self, finding: Finding) -> Violation | Reason | None:
        """The violation; the reason for a doubt that acquits; None for what the lamps allowed."""
        certainty, bound = Certainty.SURE, finding.view.possible
        red_since = self._red_while_passing(finding, bound)
        if red_since is None and self._all.report_doubtful:
            certainty, bound = Certainty.DOUBTFUL, frozenset({Movement.STRAIGHT}) & finding.view.possible
            red_since = self._red_while_passing(finding, bound)
        if red_since is None:
            return self._why_not(finding)
        code = self._code(finding, bound)
        if code is None:
            return Reason.BRIEF_STAND if finding.wait else Reason.LOST_AT_LINE
        if code == STOP_OVER_LINE and finding.is_lost and not finding.gone_on:
            certainty = Certainty.DOUBTFUL
        if certainty is Certainty.DOUBTFUL and not self._all.report_doubtful:
            return Reason.LOST_AT_LINE
        return self._violation(finding, code, certainty, red_since)

    def _why_not(self, finding: Finding) -> Reason | None:
        """What stood against red while it passed; None where no movement left to it was bound by red."""
        crossing = finding.crossing
        bound = [self._phases.at(crossing.t, movement) for movement in finding.view.possible]
        phases = {phase.phase for phase in bound if phase is not None}
        if Phase.RED not in phases:
            return Reason.SIGNAL_UNKNOWN if phases - {Phase.GREEN, Phase.YELLOW} else None
        if len(phases) > 1 or None in bound:
            return Reason.MOVEMENT_UNKNOWN
        red_since = self._phases.red_since(crossing.t, finding.view.possible)
        is_onset = red_since is not None and crossing.before.t - red_since < self._thresholds.after_red_onset_s
        return Reason.AFTER_RED_ONSET if is_onset else Reason.BEFORE_GREEN

    def _red_while_passing(self, finding: Finding, bound: frozenset[Movement]) -> float | None:
        """Since when it was red, if it was red with the operator's margins while the vehicle passed the line."""
        before_t, after_t = finding.crossing.before.t, finding.crossing.after.t
        if not self._phases.is_red_throughout(before_t, after_t + self._thresholds.before_green_s, bound):
            return None
        red_since = self._phases.red_since(after_t, bound)
        if red_since is None or before_t - red_since < self._thresholds.after_red_onset_s:
            return None
        return red_since

    def _code(self, finding: Finding, bound: frozenset[Movement]) -> str | None:
        wait = finding.wait
        if wait is None:
            return RED_LIGHT if finding.gone_on else None
        left_t = wait.last.t
        on_red = self._phases.is_red_throughout(left_t, left_t + self._thresholds.before_green_s, bound)
        in_one_red = not self._phases.allowed_between(finding.crossing.after.t, left_t, bound, DARK_BRIDGE_S)
        if finding.gone_on and on_red and in_one_red:
            return RED_LIGHT
        return STOP_OVER_LINE if self._stood_on_red(finding, wait, bound) else None

    def _stood_on_red(self, finding: Finding, wait: Wait, bound: frozenset[Movement]) -> bool:
        ratio = wait.place.height_px / finding.crossing.height_px
        return 1 / SIZE_RATIO <= ratio <= SIZE_RATIO and self.stands_over(wait, bound)

    def stands_over(self, wait: Wait, bound: frozenset[Movement]) -> bool:
        """Whether it has stood clearly over the line, for long enough while all of `bound` were red."""
        enough_s = self._thresholds.stop_over_line_s
        if wait.stood_s < enough_s or not self._is_over(wait):  # asked at every look at who waits: the lamps last
            return False
        return self._phases.is_red_throughout(wait.first.t, wait.first.t + enough_s, bound)

    def _is_over(self, wait: Wait) -> bool:
        limits = self._thresholds
        if wait.beyond_m is None:
            return wait.beyond_heights >= limits.stop_over_line_heights
        return wait.beyond_m >= limits.stop_over_line_m and wait.beyond_heights >= limits.stop_over_line_least_heights

    def _violation(self, finding: Finding, code: str, certainty: Certainty, red_since: float) -> Violation:
        crossing, wait = finding.crossing, finding.wait
        stood = wait.first if code == STOP_OVER_LINE and wait else None
        return Violation(
            code=code,
            rule=self._rule,
            track_id=finding.track_id,
            vehicle_class=finding.vehicle_class,
            captured_at=stood.at if stood else crossing.at,
            from_at=crossing.seen_from.at,
            to_at=finding.last.at,
            frame=stood.frame if stood else crossing.frame,
            from_frame=crossing.seen_from.frame,
            to_frame=finding.last.frame,
            box_xyxy=stood.box if stood else crossing.box,
            movement=finding.view.movement,
            signal_phase=Phase.RED,
            certainty=certainty,
            facts=self._facts(finding, red_since),
        )

    def _facts(self, finding: Finding, red_since: float) -> dict[str, JsonValue]:
        crossing, wait = finding.crossing, finding.wait
        span = (crossing.seen_from.t, finding.due_t)
        waited: JsonValue = None
        if wait:
            waited = {
                "from": iso(wait.first.at),
                "to": iso(wait.last.at),
                "stood_s": rounded(wait.stood_s),
                **_how_far("beyond", wait.beyond_heights, wait.beyond_m),
            }
        return {
            "stop_line": finding.line,
            "crossed_at": iso(crossing.at),
            "seen_before_line_at": iso(crossing.before.at),
            "seen_beyond_line_at": iso(crossing.after.at),
            "red_since": iso(datetime.fromtimestamp(red_since, UTC)),
            "red_for_s": rounded(crossing.t - red_since),
            "beside_line_px": rounded(crossing.outside_px),
            **_how_far("beyond_line", finding.gone_heights, finding.gone_m),
            "vehicle_height_px": rounded(crossing.height_px),
            "wheels_hidden": crossing.wheels_hidden,
            "went_on": finding.gone_on,
            "waited": waited,
            "movements_possible": [*sorted(movement.value for movement in finding.view.possible)],
            "phases": self._phases.facts(*span),
            "thresholds": self._all.facts("red_light", "movement", "wheels"),
        }


def _how_far(name: str, heights: float, metres: float | None) -> dict[str, JsonValue]:
    """In metres where the road is known."""
    return {f"{name}_heights": rounded(heights)} if metres is None else {f"{name}_m": rounded(metres)}
