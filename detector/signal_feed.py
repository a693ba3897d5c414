"""Lamp heads whose controller tells their phase: it gives the times, the picture checks them. Pure: no clock, no I/O.

For each head that a controller has named:

- What it tells holds from `at` until `holds_until`; silence for longer is no phase: then the picture alone counts.
- Where the picture shows another lit phase, the head is unknown at once. If they agree again within `TOLERANCE_S`, that
  was the change seen late or by another clock, and is forgotten; if not, the head stays unknown until the picture shows
  what the controller tells, and the operator is told.
- Where the picture shows nothing (dark, hidden), the controller counts.
- A change lies within the doubt between the two clocks (`uncertain_s`) of its time; where the picture saw it at another time,
  within both.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from detector.signals import LIT
from detector.vocabulary import Phase, SignalFault, SignalPhase, SignalTold

# Clocks half a second apart, and a debounced lamp that believes a change out of order after a second.
TOLERANCE_S = 2.0
CHANGES_MAX = (
    64  # per head, told ahead of the frames: a log file's next changes, or a controller's clock a little ahead
)


class FedSignals:
    """All heads of one camera that controllers have named. `update` once per scene; `reset` at a cut."""

    def __init__(self) -> None:
        self._heads: dict[str, _FedHead] = {}

    def reset(self) -> None:
        """Another scene: what the picture said before does not contradict what comes."""
        for head in self._heads.values():
            head.reset()

    def update(
        self, at: datetime, told: Iterable[SignalTold], seen: Mapping[str, SignalPhase]
    ) -> tuple[dict[str, SignalPhase], tuple[SignalFault, ...]]:
        """The phases of all heads in `seen`, in its order, and the contradictions that became certain."""
        for message in told:
            if message.signal in seen:
                self._heads.setdefault(message.signal, _FedHead(message.signal)).hear(message)
        phases, faults = dict(seen), []
        for name, head in self._heads.items():
            phases[name] = head.update(at, seen[name])
            fault = head.fault(at)
            if fault is not None:
                faults.append(fault)
        return phases, tuple(faults)


class _FedHead:
    """One head, its controller's messages and how they go with the picture."""

    def __init__(self, signal: str) -> None:
        self._signal = signal
        self._changes: deque[SignalTold] = deque(maxlen=CHANGES_MAX)
        self._last_fed: SignalPhase | None = None  # what a scene had from the controller last
        self._apart_since: datetime | None = None
        self._is_established = False  # apart for so long that no lateness explains it
        self._trusted_from: datetime | None = None  # the end of the last established contradiction
        self._is_fault_told = False

    def reset(self) -> None:
        self._apart_since, self._is_established = None, False

    def hear(self, message: SignalTold) -> None:
        """Take in a message; a repetition says that the phase still holds, one out of order says nothing."""
        newest = self._changes[-1] if self._changes else None
        if newest is not None and message.at < newest.at:
            return
        if newest is not None and newest.phase is message.phase and message.at <= newest.holds_until:
            self._changes[-1] = replace(newest, holds_until=max(newest.holds_until, message.holds_until))
        else:
            self._changes.append(message)

    def update(self, at: datetime, seen: SignalPhase) -> SignalPhase:
        """The phase of the head at a frame in which the picture shows `seen`."""
        while len(self._changes) > 1 and self._changes[1].at <= at:
            self._changes.popleft()
        told = self._changes[0]
        if not told.at <= at <= told.holds_until or told.phase is Phase.UNKNOWN:
            return self._seen_alone(seen)
        self._compare(at, told, seen)
        self._last_fed = self._agreed(told, seen)
        return self._last_fed

    def fault(self, at: datetime) -> SignalFault | None:
        """The contradiction between controller and picture, once, when nothing else explains it."""
        if not self._is_established or self._is_fault_told or self._apart_since is None:
            return None
        self._is_fault_told = True
        what = (
            f"is told {self._changes[0].phase} by its controller, but the picture has shown another phase for "
            f"{TOLERANCE_S:.0f} s: check the lamp_box, the name of the signal and both clocks"
        )
        return SignalFault(self._signal, at, what)

    def _seen_alone(self, seen: SignalPhase) -> SignalPhase:
        """The picture's phase, without rewriting what the controller told before it fell silent."""
        self.reset()
        last, silent_from = self._last_fed, self._changes[0].holds_until
        if last is None or seen.since > silent_from:
            return seen
        if last.phase is seen.phase:
            return replace(seen, since=last.since, not_before=last.not_before)
        return replace(seen, since=silent_from)

    def _compare(self, at: datetime, told: SignalTold, seen: SignalPhase) -> None:
        if seen.phase is told.phase:
            if self._is_established:
                self._trusted_from = at
            self.reset()
        elif seen.phase in LIT:
            self._apart_since = self._apart_since or at
        elif self._apart_since and seen.since <= self._apart_since + timedelta(seconds=told.uncertain_s):
            self.reset()  # the picture had only held on to a phase that it saw no longer
        if self._apart_since and at - self._apart_since > timedelta(seconds=TOLERANCE_S):
            self._is_established = True

    def _agreed(self, told: SignalTold, seen: SignalPhase) -> SignalPhase:
        if self._apart_since is not None:
            return SignalPhase(self._signal, Phase.UNKNOWN, self._apart_since, is_fed=True)
        doubt = timedelta(seconds=told.uncertain_s)
        not_before, since = told.at - doubt, told.at + doubt
        near = timedelta(seconds=TOLERANCE_S)
        is_same_change = seen.phase is told.phase and abs(seen.since - told.at) <= near
        if is_same_change and seen.not_before is not None and (seen.since < not_before or seen.not_before > since):
            not_before, since = min(not_before, seen.not_before), max(since, seen.since)
        if self._trusted_from is not None and self._trusted_from > since:
            return SignalPhase(self._signal, told.phase, self._trusted_from, is_fed=True)
        return SignalPhase(self._signal, told.phase, since, not_before, is_fed=True)
