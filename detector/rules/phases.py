"""What the lamps showed when: a short memory of signal phases that can be asked about a moment past.

A debounced lamp tells of its change a little late and dates it back (`SignalPhase.since`): the memory is corrected
then, so a question about the past is answered best some time after it.

A change has two times, `not_before` and `since`. Between them the lamp showed the old or the new phase and nobody saw
which: where the two would bind a movement differently, it is unknown. So red holds from the later time on, and up to the
earlier time of the green that ends it.
"""

from collections.abc import Iterable, Iterator

from detector.camera import Signal
from detector.rules.base import iso, seconds
from detector.signals import governing_phase
from detector.vocabulary import JsonValue, Movement, Phase, Scene, SignalPhase

KEEP_S = 300.0  # longer than the longest cycle: a rider may wait beyond the line for a whole red
PHASES_MAX = 500  # per lamp head: a head that changes more often than this in KEEP_S is broken
KNOWN = frozenset({Phase.RED, Phase.YELLOW, Phase.GREEN})


class PhaseBook:
    """The phases of all lamp heads of one camera over the last `KEEP_S`, and which of them bound a movement."""

    def __init__(self, signals: tuple[Signal, ...]) -> None:
        self._signals = signals
        self._phases: dict[str, list[SignalPhase]] = {signal.name: [] for signal in signals}
        self._governed = frozenset(movement for signal in signals for movement in signal.governs)

    def update(self, scene: Scene) -> None:
        """Add what this scene says; a head it does not mention is unknown from now on."""
        for name, phases in self._phases.items():
            told = scene.signals.get(name)
            if told is None and (not phases or phases[-1].phase is Phase.UNKNOWN):
                continue
            now = told or SignalPhase(name, Phase.UNKNOWN, scene.captured_at)
            if phases and phases[-1] == now:
                continue
            while phases and phases[-1].since >= now.since:
                phases.pop()
            phases.append(now)
            while len(phases) > PHASES_MAX or (
                len(phases) > 1 and seconds(scene.captured_at) - seconds(phases[1].since) > KEEP_S
            ):
                phases.pop(0)

    def at(self, t: float, movement: Movement) -> SignalPhase | None:
        """What bound `movement` at `t`; None where no lamp head governs it. A U-turn obeys the left turn's lamp."""
        if movement is Movement.U_TURN and movement not in self._governed:
            movement = Movement.LEFT
        shown = {name: phase for name, phases in self._phases.items() if (phase := _latest(phases, t)) is not None}
        changing = {
            name: phase for name, phases in self._phases.items() if (phase := _maybe_next(phases, t)) is not None
        }
        before = governing_phase(self._signals, shown, movement)
        if not changing:
            return before
        after = governing_phase(self._signals, {**shown, **changing}, movement)
        if before is None or after is None or before.phase is after.phase:
            return before
        begun = min(phase.not_before for phase in changing.values() if phase.not_before is not None)
        return SignalPhase(before.signal, Phase.UNKNOWN, begun)

    def red_since(self, t: float, movements: Iterable[Movement]) -> float | None:
        """Since when all of `movements` were red at `t`; None where one of them was not, or not known to be."""
        bound = [self.at(t, movement) for movement in movements]
        if not bound or any(phase is None or phase.phase is not Phase.RED for phase in bound):
            return None
        return max(seconds(phase.since) for phase in bound if phase is not None)

    def is_red_throughout(self, from_t: float, to_t: float, movements: Iterable[Movement]) -> bool:
        """Whether every one of `movements` was known to be red from `from_t` to `to_t`."""
        chosen = tuple(movements)
        moments = (from_t, *self._changes(from_t, to_t), to_t)
        return all(self.red_since(t, chosen) is not None for t in moments)

    def allowed_between(self, from_t: float, to_t: float, movements: Iterable[Movement], bridge_s: float) -> bool:
        """Whether any of `movements` may have been free to go meanwhile: another phase was seen, or none for longer
        than `bridge_s`."""
        for movement in movements:
            dark_from: float | None = None
            for t in (from_t, *self._changes(from_t, to_t), to_t):
                bound = self.at(t, movement)
                phase = bound.phase if bound else Phase.UNKNOWN
                if phase in KNOWN and phase is not Phase.RED:
                    return True
                if dark_from is not None and t - dark_from > bridge_s:
                    return True
                dark_from = None if phase is Phase.RED else (t if dark_from is None else dark_from)
        return False

    def facts(self, from_t: float, to_t: float) -> list[JsonValue]:
        """The phases of all heads that held at some time in the span, oldest first, as rows for the evidence."""
        rows = [
            phase
            for phases in self._phases.values()
            for index, phase in enumerate(phases)
            if seconds(phase.since) <= to_t and (index + 1 == len(phases) or seconds(phases[index + 1].since) > from_t)
        ]
        rows.sort(key=lambda phase: (phase.since, phase.signal))
        return [_row(phase) for phase in rows]

    def _changes(self, from_t: float, to_t: float) -> Iterator[float]:
        known = [phase for phases in self._phases.values() for phase in phases]
        times = {seconds(phase.since) for phase in known}
        times |= {seconds(phase.not_before) for phase in known if phase.not_before is not None}
        return iter(sorted(t for t in times if from_t < t < to_t))


def _row(phase: SignalPhase) -> JsonValue:
    not_before = iso(phase.not_before) if phase.not_before else None
    return {
        "signal": phase.signal,
        "phase": phase.phase.value,
        "since": iso(phase.since),
        "not_before": not_before,
        "source": "controller" if phase.is_fed else "video",
    }


def _latest(phases: list[SignalPhase], t: float) -> SignalPhase | None:
    for phase in reversed(phases):
        if seconds(phase.since) <= t:
            return phase
    return None


def _maybe_next(phases: list[SignalPhase], t: float) -> SignalPhase | None:
    """The phase to which the head may have changed at `t` already, although nobody saw it before later; None: none."""
    for phase in reversed(phases):
        if seconds(phase.since) <= t:
            return None
        if phase.not_before is not None and seconds(phase.not_before) < t:
            return phase
    return None
