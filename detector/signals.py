"""The phase of each lamp head over time, and the phase that governs a movement.

Single frames lie: LED heads flicker, a bus hides the lamp, the sun glares. `Debouncer` turns readings into phases in
seconds, never in frames, and never looks ahead:

- A phase begins when its readings outweigh the others' over `CONFIRM_S`; its `since` is then dated back to the first
  frame of that run. Until it is confirmed the old phase is still told: at a change red → green a scene may say red for
  `CONFIRM_S` longer than the lamp did, and the next scenes say since when it was green. Rules that need the end of red
  must wait for it.
- The order is red → green → yellow → red. Any other change is believed only after `OUT_OF_ORDER_S`.
- A change is dated by two times: `not_before`, the last frame that showed the old phase, and `since`, the first that
  showed the new one (where both showed in turns, the first after the last of the old). Between them, be it a frame,
  a dark moment of an LED or a bus before the lamp, it may have been either.
- Dark frames change nothing for `HOLD_S`; then the phase is off (a dark head was seen) or unknown (nothing was).
- A phase that returns after a gap shorter than any cycle (`SAME_PHASE_GAP_S`) keeps its old `since`.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from detector.camera import Signal
from detector.vocabulary import LampReading, Movement, Phase, SignalPhase

LIT = frozenset({Phase.RED, Phase.YELLOW, Phase.GREEN})

# Long enough for three frames of a 6 fps camera, short enough for a yellow of 3 s.
CONFIRM_S = 0.3
# Sunlight that turns a red lens yellow comes and goes within a second; a lamp that really skips a phase stays.
OUT_OF_ORDER_S = 1.0
# LED heads seen at 20 fps were dark for up to 0.35 s on end; blinking yellow is dark for 0.5 s.
HOLD_S = 1.0
# A lamp that shows the same phase again so soon cannot have gone round meanwhile (4 s of green and 3 of yellow at least): it is the
# same phase, hidden for a moment.
SAME_PHASE_GAP_S = 5.0
# Readings below this may keep a phase alive but not begin one.
WEAK_CONFIDENCE = 0.5
# A new phase must outweigh what contradicts it since it first showed.
OUTWEIGH = 2.0
# Readings kept per head: more than OUT_OF_ORDER_S at 60 frames a second.
MAX_READINGS = 128

NEXT_PHASE = {Phase.RED: Phase.GREEN, Phase.GREEN: Phase.YELLOW, Phase.YELLOW: Phase.RED}


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    phase: Phase
    confidence: float


class _Head:
    """One lamp head over time."""

    def __init__(self, signal: str, first_at: datetime) -> None:
        self._signal = signal
        self._phase = Phase.UNKNOWN
        self._since = first_at
        self._not_before: datetime | None = None
        self._lit_until = first_at  # the last frame that supported the phase
        self._last_lit: tuple[SignalPhase, datetime] | None = None  # what was lost from sight, and when last seen
        self._readings: deque[_Seen] = deque(maxlen=MAX_READINGS)

    def update(self, at: datetime, phase: Phase, confidence: float) -> SignalPhase:
        self._readings.append(_Seen(at, phase, confidence))
        if phase is self._phase and phase in LIT:
            self._lit_until = at
        run = self._new_run(at)
        if run is not None:
            self._begin(run, at)
        elif at - self._lit_until > timedelta(seconds=HOLD_S):
            self._lose(at)
        return self._told()

    def _told(self) -> SignalPhase:
        return SignalPhase(self._signal, self._phase, self._since, self._not_before)

    def _new_run(self, at: datetime) -> list[_Seen] | None:
        """The run of the newest reading's phase, if that is now believed and new; else None."""
        phase = self._readings[-1].phase
        if phase not in LIT or phase is self._phase:
            return None
        window = timedelta(seconds=self._doubt_s(phase))
        run = self._run(phase, at - window - timedelta(seconds=HOLD_S))
        if run is None or at - run[0].at < window:
            return None
        support = sum(seen.confidence for seen in run if seen.phase is phase)
        against = sum(seen.confidence for seen in run if seen.phase in LIT and seen.phase is not phase)
        strong = sum(1 for seen in run if seen.phase is phase and seen.confidence >= WEAK_CONFIDENCE)
        return run if strong >= 2 and support > OUTWEIGH * against else None

    def _run(self, phase: Phase, earliest_at: datetime) -> list[_Seen] | None:
        """Readings since `phase` first showed after the last stretch that belonged to another lit phase."""
        run: list[_Seen] = []
        against = 0.0
        for seen in reversed(self._readings):
            if seen.at < earliest_at:
                break
            if seen.phase in LIT and seen.phase is not phase:
                against += seen.confidence
                # Two clear readings of another phase on end are that phase, not a misread frame.
                if against >= 2 * WEAK_CONFIDENCE and run and run[-1].phase is not phase:
                    break
            run.append(seen)
        while run and run[-1].phase is not phase:
            run.pop()
        return run[::-1] or None

    def _doubt_s(self, phase: Phase) -> float:
        known = self._phase if self._phase in LIT else self._recent_phase()
        return CONFIRM_S if known is None or known is phase or NEXT_PHASE[known] is phase else OUT_OF_ORDER_S

    def _recent_phase(self) -> Phase | None:
        """The phase lost less than `SAME_PHASE_GAP_S` ago, if any."""
        if self._last_lit is None:
            return None
        lost, until = self._last_lit
        recent = self._readings[-1].at - until < timedelta(seconds=SAME_PHASE_GAP_S)
        return lost.phase if recent else None

    def _begin(self, run: list[_Seen], at: datetime) -> None:
        phase = run[-1].phase
        if self._last_lit is not None and self._phase not in LIT and self._recent_phase() is phase:
            lost = self._last_lit[0]
            self._since, self._not_before = lost.since, lost.not_before
        else:
            self._not_before = self._last_seen_before(run[0].at)
            self._since = _first_alone(run, phase)
        self._phase, self._lit_until = phase, at
        self._last_lit = None

    def _last_seen_before(self, begun_at: datetime) -> datetime | None:
        """When the phase before, now or lately lost from sight, was last seen; None where there was none."""
        if self._phase not in LIT:
            return self._last_lit[1] if self._last_lit else None
        seen = (seen.at for seen in reversed(self._readings) if seen.phase is self._phase and seen.at < begun_at)
        return next(seen, min(self._since, begun_at))

    def _lose(self, at: datetime) -> None:
        """Off where the frames since then mostly saw a dark head, unknown where they saw nothing."""
        if self._phase in LIT:
            self._last_lit = (self._told(), self._lit_until)
        recent = [seen for seen in self._readings if seen.at > at - timedelta(seconds=HOLD_S)]
        dark = sum(1 for seen in recent if seen.phase is Phase.OFF)
        lost_as = Phase.OFF if dark > len(recent) / 2 else Phase.UNKNOWN
        if lost_as is not self._phase:
            was_lit = self._phase in LIT
            self._phase = lost_as
            self._since = self._lit_until if was_lit else at
            self._not_before = None


def _first_alone(run: list[_Seen], phase: Phase) -> datetime:
    """The first reading of `phase` after the last of another lit phase in the run, which ends with `phase`."""
    others = [index for index, seen in enumerate(run) if seen.phase in LIT and seen.phase is not phase]
    after = others[-1] + 1 if others else 0
    return next(seen.at for seen in run[after:] if seen.phase is phase)


class Debouncer:
    """All lamp heads of one camera. `update` once per frame; `reset` at a cut."""

    def __init__(self, signals: Iterable[str]) -> None:
        self._names = tuple(signals)
        self._heads: dict[str, _Head] = {}

    def reset(self) -> None:
        """Forget everything: what comes next is another scene."""
        self._heads.clear()

    def update(self, captured_at: datetime, readings: Iterable[LampReading]) -> dict[str, SignalPhase]:
        """The phase of every head of the camera, in the camera's order; heads without a reading count as unknown."""
        by_name = {reading.signal: reading for reading in readings}
        phases = {}
        for name in self._names:
            reading = by_name.get(name)
            head = self._heads.setdefault(name, _Head(name, captured_at))
            phase, confidence = (reading.phase, reading.confidence) if reading else (Phase.UNKNOWN, 0.0)
            phases[name] = head.update(captured_at, phase, confidence)
        return phases


def governing_phase(
    signals: Iterable[Signal], phases: Mapping[str, SignalPhase], movement: Movement
) -> SignalPhase | None:
    """The phase that binds a movement now, with the heads' names joined by "+"; None where no head governs it.

    The heads that govern the fewest movements decide: a green right arrow frees the right turn from a red main lamp,
    and frees nothing else (DESIGN §3). Heads equally specific must agree; those that show nothing have no say. Where
    they contradict each other, or none shows anything, the phase is unknown. `since` is the latest among those that
    agree: before it they did not agree; `not_before` is the earliest, None where one of them has none.
    """
    governing = [signal for signal in signals if movement in signal.governs]
    if not governing:
        return None
    fewest = min(len(signal.governs) for signal in governing)
    deciding = [signal.name for signal in governing if len(signal.governs) == fewest]
    known = [phases[name] for name in deciding if name in phases]
    lit = [phase for phase in known if phase.phase in LIT]
    name = "+".join(deciding)
    if lit and len({phase.phase for phase in lit}) == 1:
        bounds = [phase.not_before for phase in lit if phase.not_before is not None]
        not_before = min(bounds) if len(bounds) == len(lit) else None
        return SignalPhase(name, lit[0].phase, max(phase.since for phase in lit), not_before)
    if not known:
        return None
    return SignalPhase(name, Phase.UNKNOWN, max(phase.since for phase in known))
