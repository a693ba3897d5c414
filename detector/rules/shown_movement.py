"""What the way of one vehicle beyond the stop line has shown of its movement, look by look."""

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass

from detector.camera import ExitZone
from detector.geometry import contains
from detector.movement import OPEN, TURNS, MovementView, Way, judge_movement
from detector.rules.sample import Sample
from detector.thresholds import MovementThresholds
from detector.vocabulary import Movement


@dataclass(slots=True)
class ShownMovement:
    """`view`: the movements still possible; `judged_t`, `judged_m`: when the way was last judged, and how far from the line (0: not
    known); `bent_deg`: off the approach when last seen, to the right positive; `in_exit`: it is in an exit zone."""

    view: MovementView = OPEN
    judged_t: float = -math.inf
    judged_m: float = 0.0
    bent_deg: float = 0.0
    in_exit: bool = False
    _deciding: tuple[Movement, float] = (Movement.UNKNOWN, 0.0)  # what the way shows, and since when
    _held: frozenset[Movement] = frozenset()  # what it showed for a while

    def see(
        self, way: Way, here: Sample, exits: Sequence[ExitZone], thresholds: MovementThresholds, held_s: float
    ) -> None:
        """One more look at which its wheels are known; a movement counts once it has shown for `held_s`, one that showed before
        stays possible."""
        self.bent_deg = way.turned_deg(way.approach or way.road) if way.heading else 0.0
        if not here.is_whole:
            return  # half a box tells a heading less well
        self.judged_t, self.judged_m = here.t, way.metres or 0.0
        self.in_exit = any(contains(zone.polygon, here.ground) for zone in exits)
        shown = judge_movement(way, exits, thresholds)
        if shown.movement is not self._deciding[0]:
            self._deciding = (shown.movement, here.t)
        movement, since_t = self._deciding
        if movement is Movement.UNKNOWN:
            possible = shown.possible | self._held
        elif here.t - since_t >= held_s:
            self._held |= {movement}
            possible = self._held
        else:
            return
        self.view = MovementView(next(iter(possible)) if len(possible) == 1 else Movement.UNKNOWN, possible)

    @property
    def has_turned(self) -> bool:
        """Whether it does not go straight on, whatever else it does."""
        return self.view.possible <= TURNS

    def has_come_round(self, thresholds: MovementThresholds) -> bool:
        """Whether it has turned and heads back now."""
        return self.has_turned and abs(self.bent_deg) >= thresholds.u_turn_deg

    def begins_to(self, turns: Set[Movement], thresholds: MovementThresholds) -> bool:
        """Whether its way, when last seen, bent towards one of these turns."""
        if self.bent_deg >= thresholds.bends_deg:
            return Movement.RIGHT in turns
        return self.bent_deg <= -thresholds.bends_deg and not turns.isdisjoint({Movement.LEFT, Movement.U_TURN})
