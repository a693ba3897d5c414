"""Lamp heads that should show the same, watched over time: who is stuck, dead, or read at the wrong place.

Which phase binds when two heads contradict each other is decided moment by moment (`detector.signals.governing_phase`:
unknown); here the operator is told which head to mend. Pure: times come with the phases.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from detector.camera import Signal
from detector.signals import LIT
from detector.vocabulary import SignalFault, SignalPhase

# Two heads of one controller change within a second of each other, read through flicker within two; blinding a lamp
# with the sun or a truck gives dark or unknown, not another colour.
CONTRADICTION_S = 8.0
# Longer than any cycle: a head that is not lit once while its repeater goes round is dead, covered or not in its box.
DARK_S = 180.0
GAP_MAX_S = 2.0  # without frames for longer, what happened meanwhile is not counted


@dataclass(slots=True)
class _Pair:
    first: str
    second: str
    contradicting_s: float = 0.0
    is_told: bool = False


class Repeaters:
    """The heads of one camera that govern the same movements. `update` once per scene; `reset` at a cut."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        heads = tuple(signals)
        self._pairs = [_Pair(a.name, b.name) for a, b in combinations(heads, 2) if a.governs == b.governs]
        self._names = list(dict.fromkeys(name for pair in self._pairs for name in (pair.first, pair.second)))
        self._dark_s = dict.fromkeys(self._names, 0.0)
        self._told_dark: set[str] = set()
        self._last_at: datetime | None = None

    def reset(self) -> None:
        """Another scene: nothing is counted on, and what was told is not told again."""
        self._last_at = None
        self._dark_s = dict.fromkeys(self._names, 0.0)
        for pair in self._pairs:
            pair.contradicting_s = 0.0

    def update(self, at: datetime, phases: Mapping[str, SignalPhase]) -> tuple[SignalFault, ...]:
        """The faults that became certain with this scene; each head or pair is told of once."""
        passed_s = self._passed_s(at)
        faults = [fault for pair in self._pairs if (fault := _contradiction(pair, phases, at, passed_s))]
        lit = {name for name in self._names if phases[name].phase in LIT}
        for name in self._names:
            if name in lit:
                self._dark_s[name] = 0.0
            elif any(name in (p.first, p.second) and {p.first, p.second} & lit for p in self._pairs):
                self._dark_s[name] += passed_s
            if self._dark_s[name] >= DARK_S and name not in self._told_dark:
                self._told_dark.add(name)
                what = f"was not seen lit for {DARK_S:.0f} s while its repeater was: dead, covered, or outside its lamp_box"
                faults.append(SignalFault(name, at, what))
        return tuple(faults)

    def _passed_s(self, at: datetime) -> float:
        last_at, self._last_at = self._last_at, at
        if last_at is None or not timedelta(0) < at - last_at <= timedelta(seconds=GAP_MAX_S):
            return 0.0
        return (at - last_at).total_seconds()


def _contradiction(pair: _Pair, phases: Mapping[str, SignalPhase], at: datetime, passed_s: float) -> SignalFault | None:
    """Names the head that has shown the same for longer: a stuck one does."""
    first, second = phases[pair.first], phases[pair.second]
    if first.phase not in LIT or second.phase not in LIT or first.phase is second.phase:
        pair.contradicting_s = 0.0
        return None
    pair.contradicting_s += passed_s
    if pair.contradicting_s < CONTRADICTION_S or pair.is_told:
        return None
    pair.is_told = True
    stuck, other = (first, second) if first.since < second.since else (second, first)
    unchanged_s = (at - stuck.since).total_seconds()
    what = (
        f"has shown {stuck.phase} for {unchanged_s:.0f} s, but `{other.signal}`, which governs the same, {other.phase} for "
        f"{(at - other.since).total_seconds():.0f} s: one of them is stuck or outside its lamp_box"
    )
    return SignalFault(stuck.signal, at, what)
