"""How much the boxes of a scene jump to and fro: what no traffic does, and what a broken detector or stream does always.

A vehicle keeps its direction from look to look. Steps of a good part of its own height that turn back on the step before
are boxes that belong to nobody. Measured over the last seconds on the seven clips: up to 5 of 100 steps; on boxes thrown
at random: 12 to 40.
"""

from collections import deque

from detector.geometry import Vector, between, dot, length
from detector.rules.base import seconds
from detector.vocabulary import Point, Scene

WINDOW_S = 3.0
STEP_HEIGHTS = 0.15  # wobble is far below
STEPS_MIN = 40  # fewer show nothing: one bad track among three


class Turmoil:
    """Follows the steps of all tracks of one run; bounded by the tracks in sight and the window."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[Point, Vector | None]] = {}
        self._steps: deque[tuple[float, bool]] = deque()

    def update(self, scene: Scene) -> float | None:
        """The share of steps that turned back, in the last `WINDOW_S`; None where too few were seen."""
        now = seconds(scene.captured_at)
        before, self._last = self._last, {}
        for track in scene.tracks:
            ground = track.ground_point
            known = before.get(track.track_id)
            step = None
            if known is not None:
                x, y = between(known[0], ground)
                step = (x / max(1.0, track.height_px), y / max(1.0, track.height_px))
                if known[1] is not None:
                    self._steps.append((now, _turns_back(known[1], step)))
            self._last[track.track_id] = (ground, step)
        while self._steps and not 0 <= now - self._steps[0][0] <= WINDOW_S:
            self._steps.popleft()
        if len(self._steps) < STEPS_MIN:
            return None
        return sum(back for _, back in self._steps) / len(self._steps)


def _turns_back(step: Vector, next_step: Vector) -> bool:
    return min(length(step), length(next_step)) > STEP_HEIGHTS and dot(step, next_step) < 0
