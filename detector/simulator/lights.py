"""What the lamps of a scenario really show, and which of them binds a movement."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.vocabulary import Movement, Phase

ALL_WAYS = frozenset({Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT})
YELLOW_S = 3.0
LONG_AGO_S = -60.0

Changes = tuple[tuple[float, Phase], ...]
"""(since when in seconds of the scenario, phase), in order of time; the first holds since long ago."""


@dataclass(frozen=True, slots=True)
class LampHead:
    """One lamp head. `is_yellow_dead`: it is dark while it should be yellow."""

    name: str
    governs: frozenset[Movement]
    changes: Changes
    is_yellow_dead: bool = False

    def phase(self, t: float) -> Phase:
        """What the controller wants at `t`: the law of the moment, also where the lamp is dead."""
        return [phase for since, phase in self.changes if since <= t][-1]


@dataclass(frozen=True, slots=True)
class Lights:
    """All lamp heads of the approach; () where none is seen."""

    heads: tuple[LampHead, ...] = ()

    def bound(self, movement: Movement, t: float) -> Phase | None:
        """What binds the movement at `t`; None where no lamp does. An arrow goes before the main lamp, and a U-turn
        obeys the left turn's lamp."""
        head = self._head(movement)
        return head.phase(t) if head else None

    def red_span(self, movement: Movement, t: float) -> tuple[float, float] | None:
        """From when to when it is red for the movement around `t`; None where it is not red then."""
        head = self._head(movement)
        if head is None or head.phase(t) is not Phase.RED:
            return None
        since = max(at for at, _ in head.changes if at <= t)
        later = [at for at, phase in head.changes if at > t and phase is not Phase.RED]
        return since, min(later, default=np.inf)

    def differ(self, t: float) -> bool:
        """Whether some movements may go while others may not."""
        return len({self.bound(movement, t) for movement in ALL_WAYS}) > 1

    def _head(self, movement: Movement) -> LampHead | None:
        wanted = Movement.LEFT if movement is Movement.U_TURN else movement
        fitting = [head for head in self.heads if wanted in head.governs]
        return min(fitting, key=lambda head: len(head.governs), default=None)


def cycle(first: Phase, switch_at_s: Sequence[float]) -> Changes:
    """Phases in their order from `first`, the next one at each of the given times."""
    order = (Phase.RED, Phase.GREEN, Phase.YELLOW)
    start = order.index(first)
    later = ((float(at), order[(start + n) % 3]) for n, at in enumerate(switch_at_s, 1))
    return ((LONG_AGO_S, first), *later)


def draw_lights(rng: np.random.Generator, main: Changes) -> Lights:
    """Lamp heads around a main lamp: alone, with a far repeater, or with arrows that differ from it."""
    kind = rng.choice(5, p=[0.35, 0.25, 0.2, 0.1, 0.1])
    dead = bool(rng.random() < 0.1)
    if kind == 0:
        return Lights((LampHead("main", ALL_WAYS, main, dead),))
    if kind == 1:
        return Lights((LampHead("main", ALL_WAYS, main, dead), LampHead("repeater", ALL_WAYS, main, dead)))
    if kind == 2:
        arrow = LampHead("right_arrow", frozenset({Movement.RIGHT}), _arrow(rng))
        return Lights((LampHead("main", ALL_WAYS, main, dead), arrow))
    if kind == 3:
        arrow = LampHead("left_arrow", frozenset({Movement.LEFT}), _arrow(rng))
        return Lights((LampHead("main", ALL_WAYS - {Movement.LEFT}, main, dead), arrow))
    return Lights(
        (
            LampHead("main", frozenset({Movement.STRAIGHT}), main, dead),
            LampHead("right_arrow", frozenset({Movement.RIGHT}), _arrow(rng)),
            LampHead("left_arrow", frozenset({Movement.LEFT}), _arrow(rng)),
        )
    )


def _arrow(rng: np.random.Generator) -> Changes:
    """Mostly one phase throughout the scenario; sometimes it turns green within it."""
    if rng.random() < 0.25:
        return cycle(Phase.RED, [rng.uniform(3, 12)])
    return cycle(Phase.GREEN if rng.random() < 0.7 else Phase.RED, [])
