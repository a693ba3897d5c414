"""When the rules of a camera are not believed, and since when: from picture checks and clocks to suspensions. Pure.

A trouble begins when its measure has been beyond its limit for some seconds on end, and is then dated back to the last
moment at which all was well; it ends when all has been well, with a margin, for some seconds, dated back alike. What
cannot be told changes nothing. A moved view and a wrong clock stay until the run ends: an operator must look (DESIGN
§3), and clears a live camera by having its run started anew. Only a view that was away for a short time and came back
to the same place (a cleaner, a swivelling camera) is believed again by itself: nobody sets a camera back to within a few
pixels by hand, and who tried shall draw it anew.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from detector.camera import Camera, RuleName
from detector.thresholds import CareThresholds
from detector.turmoil import WINDOW_S, Turmoil
from detector.vocabulary import Observation, PictureCheck, Scene, Suspension

PAST_MAX = 100  # ended suspensions kept for acts that began before; the oldest go first
CLEAR_MARGIN = 0.8  # of a limit: within this much all is well again, so that a measure at its limit does not flicker
# A late packet makes the camera's clock look slow, never fast: of this span the smallest difference counts.
CLOCK_WINDOW_S = 10.0
TURMOIL_SUSPECTED = 0.6  # of its limit: the wildest of the seven clips; acts then wait to see what becomes of it
CROWD = 10  # boxes at the start of a run, whose steps cannot be told yet: acts wait as well


class Trouble(StrEnum):
    """What undermines rules."""

    MOVED = "moved"
    DIM = "dim"
    DARK = "dark"
    FOG = "fog"
    BLURRED = "blurred"
    BLIND = "blind"
    HIDDEN = "hidden"
    GLARE = "glare"
    FROZEN = "frozen"
    CLOCK = "clock"
    TURMOIL = "turmoil"


ALL = tuple(RuleName)
GEOMETRY = tuple(rule for rule in RuleName if rule is not RuleName.HELMET)
UNDERMINED: dict[Trouble, tuple[RuleName, ...]] = {
    Trouble.MOVED: GEOMETRY,
    Trouble.DIM: (RuleName.HELMET,),  # lamps and vehicles shine, heads do not
    Trouble.DARK: ALL,
    Trouble.FOG: ALL,
    Trouble.BLURRED: (RuleName.HELMET,),  # a head is ten pixels wide, a vehicle a hundred
    Trouble.BLIND: ALL,
    Trouble.HIDDEN: ALL,  # nobody knows what happens behind the patch
    Trouble.GLARE: (RuleName.HELMET, RuleName.RED_LIGHT),  # heads and lamps drown first
    Trouble.FROZEN: ALL,
    Trouble.CLOCK: ALL,
    Trouble.TURMOIL: ALL,  # boxes that jump to and fro are nobody's
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One moment's measure of one trouble: what was measured, whether that is beyond the limit, and whether it is well
    within it."""

    value: float
    is_bad: bool
    is_good: bool


class Suspensions:
    """All suspensions of one run of one camera."""

    def __init__(self, camera: Camera, care: CareThresholds) -> None:
        self._care = care
        self._clock = _ClockOffset()
        self._turmoil = Turmoil()
        self._may_be_turmoil = False
        self._new_picture_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._past: deque[Suspension] = deque(maxlen=PAST_MAX)
        self._courses: dict[Trouble, _Course] = {}
        for trouble, begin_s, clear_s, stays_after_s in _spans(care):
            rules = tuple(rule.value for rule in UNDERMINED[trouble] if rule in camera.rules)
            if rules:
                self._courses[trouble] = _Course(trouble, rules, begin_s, clear_s, stays_after_s)

    def update(self, observation: Observation) -> tuple[Suspension, ...]:
        """Those in force after what is measured of the picture and the clock. Observations come in order of time."""
        at = observation.captured_at
        self._add(Trouble.FROZEN, at, self._frozen(observation))
        if observation.clock_offset_s is not None:
            offset_s = self._clock.smallest_s(at, observation.clock_offset_s)
            self._add(Trouble.CLOCK, at, _above(abs(offset_s), self._care.clock_s))
        if observation.check is not None:
            self._checked_at = at
            for trouble, measure in _troubles_of(observation.check, self._care):
                self._add(trouble, at, measure)
        return self._in_force()

    def see(self, scene: Scene) -> tuple[Suspension, ...]:
        """Those in force after the tracks of the same moment."""
        level = self._turmoil.update(scene)
        self._may_be_turmoil = len(scene.tracks) >= CROWD if level is None else level > TURMOIL_SUSPECTED
        # What shows turmoil is a window of time: it was there when the window began.
        from_at = scene.captured_at - timedelta(seconds=WINDOW_S)
        self._add(Trouble.TURMOIL, from_at, _if_known(level, 1.0, _above))
        return self._in_force()

    def against(self, rule: str, from_at: datetime, to_at: datetime) -> Suspension | None:
        """The first suspension of this rule that overlaps the span of an act, of those known by now."""
        for suspension in [*self._past, *self._in_force()]:
            over = suspension.until is not None and suspension.until <= from_at
            if rule in suspension.rules and suspension.since < to_at and not over:
                return suspension
        return None

    def suspected(self, rule: str, to_at: datetime) -> Suspension | None:
        """A suspension of this rule that may have begun before `to_at`, if what is measured now goes on."""
        for course in self._courses.values():
            suspicion = course.suspicion
            if suspicion is not None and rule in suspicion.rules and suspicion.since < to_at:
                return suspicion
        return None

    def is_open(self, rule: str, to_at: datetime) -> bool:
        """Whether a suspension that begins before `to_at` may still come to light: the picture has not been looked at
        since, or something is beyond its limit already, but not for long enough."""
        if self._checked_at is not None and self._checked_at < to_at:
            return True
        return self._may_be_turmoil or self.suspected(rule, to_at) is not None

    def _in_force(self) -> tuple[Suspension, ...]:
        return tuple(course.suspension for course in self._courses.values() if course.suspension)

    def _frozen(self, observation: Observation) -> Measure:
        if not observation.is_repeat or self._new_picture_at is None:
            self._new_picture_at = observation.captured_at
        still_s = (observation.captured_at - self._new_picture_at).total_seconds()
        return Measure(still_s, is_bad=observation.is_repeat, is_good=not observation.is_repeat)

    def _add(self, trouble: Trouble, at: datetime, measure: Measure | None) -> None:
        course = self._courses.get(trouble)
        if course is not None and measure is not None and (ended := course.add(at, measure)):
            self._past.append(ended)


class _Course:
    """One trouble over time. `stays_after_s`: one that lasted longer does not end by itself."""

    def __init__(
        self, trouble: Trouble, rules: tuple[str, ...], begin_s: float, clear_s: float, stays_after_s: float | None
    ) -> None:
        self.rules = rules
        self.suspension: Suspension | None = None
        self._trouble = trouble
        self._begin = timedelta(seconds=begin_s)
        self._clear = timedelta(seconds=clear_s)
        self._stays_after_s = stays_after_s
        self._last_at: datetime | None = None
        self._well_at: datetime | None = None
        self._bad_from: datetime | None = None
        self._good_from: datetime | None = None
        self._measured = 0.0  # by the newest of the measures beyond the limit

    @property
    def suspicion(self) -> Suspension | None:
        """What will be a suspension if it goes on for long enough."""
        if self._bad_from is None or self.suspension is not None:
            return None
        return Suspension(self._trouble, self._well_at or self._bad_from, self.rules, self._measured)

    def add(self, at: datetime, measure: Measure) -> Suspension | None:
        """Takes in one measure; returns the suspension that ended with it, if one did."""
        if self._last_at is not None and at < self._last_at:  # the clock ran backwards: no run of measures spans that
            self._well_at = self._bad_from = self._good_from = None
        self._last_at = at
        if self.suspension is not None:
            return self._end(self.suspension, at, measure)
        self._watch(at, measure)
        return None

    def _watch(self, at: datetime, measure: Measure) -> None:
        if not measure.is_bad:
            self._well_at, self._bad_from = at, None
            return
        self._bad_from, self._measured = self._bad_from or at, round(measure.value, 5)
        if at - self._bad_from >= self._begin:
            self.suspension = self.suspicion
            self._bad_from = self._good_from = None

    def _end(self, suspension: Suspension, at: datetime, measure: Measure) -> Suspension | None:
        if not measure.is_good:
            self._good_from = None
            return None
        self._good_from = self._good_from or at
        lasted_s = (self._good_from - suspension.since).total_seconds()
        stays = self._stays_after_s is not None and lasted_s > self._stays_after_s
        if stays or at - self._good_from < self._clear:
            return None
        ended = replace(suspension, until=self._good_from)
        self.suspension, self._well_at = None, at
        return ended


class _ClockOffset:
    """The smallest difference of the two clocks in the last seconds."""

    def __init__(self) -> None:
        self._recent: deque[tuple[datetime, float]] = deque()

    def smallest_s(self, at: datetime, offset_s: float) -> float:
        # What is larger and older than the newest can never be the smallest again: the rest rises from left to right.
        while self._recent and (self._recent[-1][1] >= offset_s or self._recent[-1][0] > at):
            self._recent.pop()
        self._recent.append((at, offset_s))
        while at - self._recent[0][0] > timedelta(seconds=CLOCK_WINDOW_S):
            self._recent.popleft()
        return self._recent[0][1]


def _spans(care: CareThresholds) -> Iterable[tuple[Trouble, float, float, float | None]]:
    """Each trouble with the seconds after which it begins and ends, and after which it stays."""
    yield Trouble.MOVED, care.moved_s, care.clear_s, care.transient_s
    yield Trouble.CLOCK, care.moved_s, care.clear_s, 0.0
    yield Trouble.FROZEN, care.frozen_s, 0.0, None
    yield Trouble.TURMOIL, 0.0, care.clear_s, None
    yield Trouble.HIDDEN, care.hidden_s, care.clear_s, None
    for trouble in (Trouble.DIM, Trouble.DARK, Trouble.FOG, Trouble.BLURRED, Trouble.BLIND, Trouble.GLARE):
        yield trouble, care.picture_s, care.clear_s, None


def _troubles_of(check: PictureCheck, care: CareThresholds) -> Iterable[tuple[Trouble, Measure | None]]:
    yield Trouble.MOVED, _if_known(check.moved_share, care.moved_share, _above)
    yield Trouble.DIM, _below(check.upper_quarter_level, care.dim_level)
    yield Trouble.DARK, _below(check.highlight_level, care.dark_level)
    yield Trouble.FOG, _fog(check, care)
    yield Trouble.BLURRED, _if_known(check.sharpness_ratio, care.blur_ratio, _below)
    yield Trouble.BLIND, _if_known(check.sharpness_ratio, care.blind_ratio, _below)
    yield Trouble.HIDDEN, _if_known(check.hidden_share, care.hidden_share, _above)
    yield Trouble.GLARE, _if_known(check.glare_share, care.glare_share, _above)


def _fog(check: PictureCheck, care: CareThresholds) -> Measure | None:
    """Fog lifts what is dark and levels what is bright; dusk and shade lower both."""
    if check.shadow_level < care.fog_shadow_level:
        return Measure(check.contrast_levels, is_bad=False, is_good=True)
    least = _below(check.contrast_levels, care.fog_contrast_levels)
    ratio = check.contrast_ratio
    if ratio is None or least.is_bad:
        return least
    against = _below(ratio, care.fog_contrast_ratio)
    return Measure(ratio, against.is_bad, against.is_good and least.is_good)


def _if_known(value: float | None, limit: float, judge: "Callable[[float, float], Measure]") -> Measure | None:
    return None if value is None else judge(value, limit)


def _above(value: float, limit: float) -> Measure:
    return Measure(value, is_bad=value > limit, is_good=value <= limit * CLEAR_MARGIN)


def _below(value: float, limit: float) -> Measure:
    return Measure(value, is_bad=value < limit, is_good=value >= limit / CLEAR_MARGIN)
