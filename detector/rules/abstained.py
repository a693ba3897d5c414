"""Whom a rule acquitted for want of certainty, and why: what `process --explain` prints and `bench events` counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from detector.vocabulary import Abstention, JsonValue, VehicleClass, Violation

WAITING_MAX = 1_000  # told but not yet asked for; the oldest go first
TOLD_MAX = 4_000  # remembered so that nothing is told twice; the oldest go first


class Reason(StrEnum):
    """Why nothing was asserted. What the law allows (passed on green, wore a helmet) is no abstention."""

    SUSPENDED = "suspended"  # the rule is suspended on this camera: facts say by what
    # at the stop line
    SIGNAL_UNKNOWN = "signal_unknown"  # no lamp that governs could be read, or they contradict each other
    MOVEMENT_UNKNOWN = "movement_unknown"  # red for some of the movements still possible, not for all
    AFTER_RED_ONSET = "after_red_onset"  # within the operator's margin after red began
    BEFORE_GREEN = "before_green"  # the lamp changed within the operator's margin
    CROSSING_UNSEEN = "crossing_unseen"  # before the line and beyond it, but the passing itself was out of sight
    ONLY_BOX_MOVED = "only_box_moved"  # one edge of the box moved, the other did not: a neighbour came or went
    LOST_AT_LINE = "lost_at_line"  # passed the line and was lost before it showed whether it went on
    FOOTAGE_ENDED = "footage_ended"  # before the lamps could tell whether they changed within the operator's margin
    BRIEF_STAND = "brief_stand"  # stood over the line for a moment, or hardly over it
    # in a lane
    SHORT_STAY = "short_stay"  # not long or not far enough in the closed lane
    SHORT_WAY = "short_way"  # not long or not far enough against the lane
    SLOW = "slow"  # no faster than a bike that is walked
    UNSTEADY = "unsteady"  # to and fro, in a jump, or seen only in part
    CLASS_UNSURE = "class_unsure"  # the looks do not agree on the class of the vehicle
    # on a motorcycle
    FEW_LOOKS = "few_looks"  # a head that looked bare, seen too seldom or too briefly
    LOOKS_DISAGREE = "looks_disagree"  # bare in many looks, but not in enough of them or not surely
    SEAT_UNKNOWN = "seat_unknown"  # bare, but rider or passenger cannot be told


@dataclass(frozen=True, slots=True)
class Doubt:
    """What would have been asserted, when, and what it lacks."""

    code: str
    reason: Reason
    at: datetime
    frame: int
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


class Abstained:
    """The acquittals of one rule; each vehicle, code and reason once.

    What may still become a violation is a doubt: the weightiest of each vehicle and code waits until its track ends.
    """

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._waiting: list[Abstention] = []
        self._told: dict[tuple[int, str, str], None] = {}
        self._doubts: dict[int, dict[str, tuple[float, Abstention]]] = {}
        self._asserted: dict[int, set[str]] = {}

    def add(self, doubt: Doubt, track_id: int, vehicle_class: VehicleClass) -> None:
        """Nothing will be asserted any more: told at once."""
        self._tell(self._abstention(doubt, track_id, vehicle_class))

    def doubt(self, doubt: Doubt, track_id: int, vehicle_class: VehicleClass, weight: float) -> None:
        """Nothing can be asserted yet; `weight`: how near to a violation it is, comparable within one code."""
        kept = self._doubts.setdefault(track_id, {})
        if doubt.code not in kept or weight > kept[doubt.code][0]:
            kept[doubt.code] = (weight, self._abstention(doubt, track_id, vehicle_class))

    def asserted(self, violation: Violation) -> None:
        """The rule asserts this one: no doubt is left about it."""
        self._asserted.setdefault(violation.track_id, set()).add(violation.code)

    def end(self, track_id: int) -> None:
        """The track ended: its doubts are told."""
        asserted = self._asserted.pop(track_id, set())
        for code, (_, abstention) in self._doubts.pop(track_id, {}).items():
            if code not in asserted:
                self._tell(abstention)

    def take(self) -> list[Abstention]:
        """Those told since the last call."""
        taken, self._waiting = self._waiting, []
        return taken

    def _abstention(self, doubt: Doubt, track_id: int, vehicle_class: VehicleClass) -> Abstention:
        return Abstention(
            doubt.code, self._rule, track_id, vehicle_class, doubt.at, doubt.frame, doubt.reason.value, doubt.facts
        )

    def _tell(self, abstention: Abstention) -> None:
        key = (abstention.track_id, abstention.code, abstention.reason)
        if key in self._told:
            return
        self._told[key] = None
        if len(self._told) > TOLD_MAX:
            del self._told[next(iter(self._told))]
        self._waiting.append(abstention)
        del self._waiting[:-WAITING_MAX]
