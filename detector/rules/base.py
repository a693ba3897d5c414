"""What every rule is: one verb, Scene in, Violations out, its own bounded state per track, no I/O and no clock."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from detector.vocabulary import Abstention, Scene, Violation


class Rule(Protocol):
    """One rule of DESIGN §3, driven by `Judge` scene by scene: `forget` whose track ended, then `update`."""

    name: str

    def update(self, scene: Scene) -> list[Violation]:
        """The violations that became certain with this scene (they may have happened seconds ago)."""

    def abstentions(self) -> list[Abstention]:
        """Whom it acquitted for want of certainty since it was last asked, each told once."""

    def forget(self, track_ids: Iterable[int]) -> None:
        """Drop the state of tracks that ended, while their paths can still be asked. What is already observed may still be
        reported with the next scene."""


def seconds(moment: datetime) -> float:
    """The stream's clock as a number: seconds since 1970 (UTC), for differences."""
    return moment.timestamp()


def rounded(value: float) -> float:
    """For facts: three decimals, so that the same verdict prints the same bytes."""
    return round(value, 3) + 0.0


def iso(moment: datetime) -> str:
    """For facts: the moment in milliseconds, with its offset."""
    return moment.isoformat(timespec="milliseconds")
