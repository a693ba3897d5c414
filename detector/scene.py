"""From what the models said to what the rules see: tracks and debounced lamps of one moment. Pure: no model, no video,
no clock, the same observations give the same scenes."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from detector.camera import Camera
from detector.repeaters import Repeaters
from detector.signal_feed import FedSignals
from detector.signals import Debouncer
from detector.track import TrackKeeper
from detector.vocabulary import Observation, Scene, SignalTold

# Footage converted to a higher frame rate repeats pictures for less than this while everything moves.
STILL_FROM = timedelta(seconds=0.5)


class SceneBuilder:
    """One run of one camera. Observations come in order of time."""

    def __init__(self, camera: Camera) -> None:
        self._tracks = TrackKeeper()
        self._lamps = Debouncer(signal.name for signal in camera.signals)
        self._repeaters = Repeaters(camera.signals)
        self._fed = FedSignals()
        self._last: Scene | None = None
        self._told: tuple[SignalTold, ...] = ()  # by controllers during repeats, for the next picture
        self._repeated_from: datetime | None = None  # since when the picture has stayed
        self._still = timedelta(0)  # in all: nobody is lost from sight while nothing moves

    def update(self, observation: Observation) -> Scene:
        """The scene of this observation. At a cut all tracks end and all lamps are unknown again, unless their controller
        tells. In a repeat nobody was looked for: it moves no track and confirms no lamp."""
        if observation.is_repeat:
            return self._unseen(observation)
        self._count_still(observation)
        if observation.is_cut:
            self._lamps.reset()
            self._repeaters.reset()
            self._fed.reset()
        tracks, ended = self._tracks.update(observation, self._still)
        at = observation.captured_at
        seen = self._lamps.update(at, observation.lamps)
        faults = self._repeaters.update(at, seen)
        phases, contradictions = self._fed.update(at, (*self._told, *observation.told), seen)
        self._told = ()
        self._last = Scene(
            frame_index=observation.frame_index,
            captured_at=observation.captured_at,
            tracks=tracks,
            signals=MappingProxyType(phases),
            ended_track_ids=ended,
            signal_faults=(*faults, *contradictions),
        )
        return self._last

    def _count_still(self, observation: Observation) -> None:
        if self._repeated_from is not None and not observation.is_cut:
            self._still += max(timedelta(0), observation.captured_at - self._repeated_from - STILL_FROM)
        self._repeated_from = None

    def _unseen(self, observation: Observation) -> Scene:
        if self._repeated_from is None:
            self._repeated_from = self._last.captured_at if self._last else observation.captured_at
        self._told = (*self._told, *observation.told)
        signals = self._last.signals if self._last else MappingProxyType({})
        return Scene(observation.frame_index, observation.captured_at, (), signals)

    def end(self) -> Scene | None:
        """The scene after the last observation: nobody is in sight any more, every track ends. None without any."""
        if self._last is None:
            return None
        return replace(self._last, tracks=(), ended_track_ids=self._tracks.end(), signal_faults=(), is_last=True)
