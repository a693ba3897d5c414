"""Where tracks went and what the lamps showed: the near past, kept for the evidence of a violation."""

from bisect import bisect_right
from collections import deque
from datetime import datetime, timedelta

from detector.vocabulary import Scene, SignalPhase, TrailPoint

# A violation may become certain after its track was lost: the longest wait of the rules is that for the movement, 20 s.
GRACE = timedelta(seconds=30)
# A vehicle is rarely seen for longer than two red phases; of one that is, the newest part is kept: at 30 frames a
# second this is two minutes and about 0.5 MB.
TRAIL_POINTS_MAX = 3_600
# A full junction shows about 80 vehicles; the rest are those that left within the grace. Oldest go first.
TRACKS_MAX = 1_000
# A flickering lamp changes several times a second; this is at least five minutes of the worst.
PHASES_MAX = 2_000


class History:
    """Bounded memory of one run of one camera."""

    def __init__(self) -> None:
        self._trails: dict[int, deque[TrailPoint]] = {}
        self._ended: dict[int, datetime] = {}
        self._phases: dict[str, deque[SignalPhase]] = {}

    def update(self, scene: Scene) -> None:
        """Takes in the next scene and forgets tracks that ended longer ago than the grace."""
        for track in scene.tracks:
            trail = self._trails.setdefault(track.track_id, deque(maxlen=TRAIL_POINTS_MAX))
            trail.append(TrailPoint(scene.frame_index, scene.captured_at, track.box_xyxy))
        for name, phase in scene.signals.items():
            past = self._phases.setdefault(name, deque(maxlen=PHASES_MAX))
            if not past or past[-1] != phase:
                past.append(phase)
        self._forget(scene)

    def trail(self, track_id: int) -> tuple[TrailPoint, ...]:
        """Where the track was, in order of time; () for one that is not remembered."""
        return tuple(self._trails.get(track_id, ()))

    def signal_timeline(self, from_at: datetime, to_at: datetime) -> tuple[SignalPhase, ...]:
        """Every phase that held at some moment of the span, by signal and then by time.

        The first of each signal may have begun before `from_at`.
        """
        timeline: list[SignalPhase] = []
        for name in sorted(self._phases):
            past = sorted(self._phases[name], key=lambda phase: phase.since)
            since = [phase.since for phase in past]
            timeline += past[max(0, bisect_right(since, from_at) - 1) : bisect_right(since, to_at)]
        return tuple(timeline)

    def _forget(self, scene: Scene) -> None:
        for track_id in scene.ended_track_ids:
            self._ended.setdefault(track_id, scene.captured_at)
        gone = [track_id for track_id, ended_at in self._ended.items() if scene.captured_at - ended_at > GRACE]
        if len(self._trails) > TRACKS_MAX:
            gone += sorted(self._trails)[: len(self._trails) - TRACKS_MAX]
        for track_id in gone:
            self._trails.pop(track_id, None)
            self._ended.pop(track_id, None)
