"""What a suspended rule asserts is withheld and told as an abstention: a rule itself never knows that it is suspended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from detector.rules.abstained import Reason
from detector.rules.base import iso
from detector.suspensions import Suspensions
from detector.vocabulary import Abstention, JsonValue, Suspension, Violation

log = structlog.get_logger(__name__)

# A violation whose time is not yet known to be sound waits. All troubles show within ten seconds or so; where nothing
# more is heard (a stream that went still) the time of the act itself was sound as far as anyone knows.
WAIT_MAX_S = 15.0
WAITING_MAX = 500


class Withholding:
    """Between the rules and whoever records what they assert; one per run of one camera."""

    def __init__(self, suspensions: Suspensions) -> None:
        self._suspensions = suspensions
        self._waiting: list[tuple[Violation, datetime]] = []

    def sift(self, asserted: Sequence[Violation], now: datetime) -> tuple[list[Violation], list[Abstention]]:
        """(what is believed, what is withheld) of the new violations and of those that waited, in their order."""
        believed: list[Violation] = []
        withheld: list[Abstention] = []
        waiting: list[tuple[Violation, datetime]] = []
        for violation, since in [*self._waiting, *((violation, now) for violation in asserted)]:
            suspension = self._suspensions.against(violation.rule, violation.from_at, violation.to_at)
            if suspension is not None:
                withheld.append(abstention(violation, suspension))
            elif self._must_wait(violation, since, now):
                waiting.append((violation, since))
            else:
                believed.append(violation)
        overflow = waiting[:-WAITING_MAX]
        if overflow:
            log.warning("too_many_violations_waiting", dropped=len(overflow), kept=WAITING_MAX)
        self._waiting = waiting[-WAITING_MAX:]
        return believed, withheld

    def rest(self) -> tuple[list[Violation], list[Abstention]]:
        """At the end of a run: what still waits is withheld where something was suspected already, else believed."""
        believed: list[Violation] = []
        withheld: list[Abstention] = []
        for violation, _ in self._waiting:
            suspected = self._suspensions.suspected(violation.rule, violation.to_at)
            if suspected is None:
                believed.append(violation)
            else:
                withheld.append(abstention(violation, suspected))
        self._waiting.clear()
        return believed, withheld

    def _must_wait(self, violation: Violation, since: datetime, now: datetime) -> bool:
        waited = now - since
        in_time = timedelta(0) <= waited <= timedelta(seconds=WAIT_MAX_S)
        return in_time and self._suspensions.is_open(violation.rule, violation.to_at)


def abstention(violation: Violation, suspension: Suspension) -> Abstention:
    """What would have been a violation, and why it is none."""
    facts: dict[str, JsonValue] = {
        "suspended_for": suspension.reason,
        "suspended_since": iso(suspension.since),
        "suspended_until": None if suspension.until is None else iso(suspension.until),
        "measured": suspension.measured,
    }
    return Abstention(
        code=violation.code,
        rule=violation.rule,
        track_id=violation.track_id,
        vehicle_class=violation.vehicle_class,
        captured_at=violation.captured_at,
        frame=violation.frame,
        reason=Reason.SUSPENDED.value,
        facts=facts,
    )
