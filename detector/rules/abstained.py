"""Whom a rule acquitted for want of certainty, and why: what `process --explain` prints and `bench events` counts."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from detector.vocabulary import Abstention, JsonValue, VehicleClass

WAITING_MAX = 1_000  # told but not yet asked for; the oldest go first
TOLD_MAX = 4_000  # remembered so that nothing is told twice; the oldest go first


class Reason(StrEnum):
    """Why nothing was asserted. What the law allows (passed on green, wore a helmet) is no abstention."""

    SUSPENDED = "suspended"  # the rule is suspended on this camera: facts say by what


class Abstained:
    """The acquittals of one rule; each vehicle, code and reason once."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._waiting: list[Abstention] = []
        self._told: dict[tuple[int, str, Reason], None] = {}

    def add(
        self,
        code: str,
        track_id: int,
        vehicle_class: VehicleClass,
        *,
        at: datetime,
        frame: int,
        reason: Reason,
        facts: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """One more, unless it was told already."""
        key = (track_id, code, reason)
        if key in self._told:
            return
        self._told[key] = None
        if len(self._told) > TOLD_MAX:
            del self._told[next(iter(self._told))]
        self._waiting.append(
            Abstention(code, self._rule, track_id, vehicle_class, at, frame, reason.value, dict(facts or {}))
        )
        del self._waiting[:-WAITING_MAX]

    def take(self) -> list[Abstention]:
        """Those added since the last call."""
        taken, self._waiting = self._waiting, []
        return taken
