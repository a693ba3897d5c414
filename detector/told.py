"""What signal controllers say, on its way into observations: recorded there, it replays like everything else seen.

PhaseLog (a file) or LivePhases (pushed by HTTP) ──take──▶ ToldObserver ──▶ Observation.told
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from detector.recording import Observing
from detector.vocabulary import Frame, Observation, SignalTold

# A controller and a camera whose clocks are both set by NTP: pictures come over RTSP up to half a second late.
CLOCKS_APART_S = 0.5
# Gateways repeat what holds every two seconds; two lost messages are no silence.
HEARTBEAT_S = 5.0


class VersionedObserver(Observing, Protocol):
    """An observer that names what its observations depend on."""

    def versions(self) -> dict[str, str]:
        """Weights, settings and inputs by name: hash or value."""


class PhaseSource(Protocol):
    """Where messages of signal controllers come from."""

    def take(self, at: datetime) -> tuple[SignalTold, ...]:
        """Those at hand for a frame of this time and not taken before, oldest first."""

    def versions(self) -> Mapping[str, str]:
        """What the messages depend on, by name."""


class ToldObserver:
    """An observer that adds to each observation what the controllers said since the one before."""

    def __init__(self, inner: VersionedObserver, source: PhaseSource) -> None:
        self._inner = inner
        self._source = source

    def versions(self) -> dict[str, str]:
        """See `VersionedObserver.versions`."""
        return {**self._inner.versions(), **self._source.versions()}

    def is_due(self, captured_at: datetime) -> bool:
        """See `Observing.is_due`."""
        return self._inner.is_due(captured_at)

    def observe(self, frame: Frame) -> Observation:
        """See `Observing.observe`."""
        return replace(self._inner.observe(frame), told=self._source.take(frame.captured_at))

    def follow(self, frame: Frame, observation: Observation) -> None:
        """See `Observing.follow`. What was said until then stands in the recording."""
        self._inner.follow(frame, observation)
        self._source.take(frame.captured_at)
