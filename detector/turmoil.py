"""How far the boxes of a scene are from any traffic: what a broken detector or stream makes of the rules' world.

A vehicle keeps its direction from look to look, and no place holds two. Steps of a good part of its own height that turn
back on the step before are boxes that belong to nobody; so are boxes that lie on each other everywhere. Measured on the
seven clips: up to 5 of 100 steps turn back, up to half of 30 or more boxes overlap another one by 0.3 (a dense queue of
motorbikes); on boxes thrown at random: 12 to 40 of 100 steps, or 8 of 10 boxes.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from detector.geometry import Vector, between, dot, length
from detector.rules.base import seconds
from detector.vocabulary import Box, Point, Scene

WINDOW_S = 3.0
STEP_HEIGHTS = 0.15  # wobble is far below
STEPS_MIN = 40  # fewer show nothing: one bad track among three
TURNED_BACK_MAX = 0.09  # share of the steps
PILED_IOU = 0.3
PILED_MIN = 30  # boxes; fewer may all be one queue
PILED_MAX = 0.7  # share of the boxes


class Turmoil:
    """Follows the steps of all tracks of one run; bounded by the tracks in sight and the window."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[Point, Vector | None]] = {}
        self._steps: deque[tuple[float, bool]] = deque()

    def update(self, scene: Scene) -> float | None:
        """How far the worse of the two measures is on its way to its limit (1: there); None where nothing is told."""
        now = seconds(scene.captured_at)
        self._follow(scene, now)
        told = []
        if len(self._steps) >= STEPS_MIN:
            told.append(sum(back for _, back in self._steps) / len(self._steps) / TURNED_BACK_MAX)
        if len(scene.tracks) >= PILED_MIN:
            told.append(_piled_share([track.box_xyxy for track in scene.tracks]) / PILED_MAX)
        return max(told, default=None)

    def _follow(self, scene: Scene, now: float) -> None:
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


def _turns_back(step: Vector, next_step: Vector) -> bool:
    return min(length(step), length(next_step)) > STEP_HEIGHTS and dot(step, next_step) < 0


def _piled_share(boxes: Sequence[Box]) -> float:
    """Share of the boxes that overlap another one by `PILED_IOU` or more."""
    x1, y1, x2, y2 = np.array(boxes, np.float64).T
    widths = np.clip(np.minimum.outer(x2, x2) - np.maximum.outer(x1, x1), 0, None)
    heights = np.clip(np.minimum.outer(y2, y2) - np.maximum.outer(y1, y1), 0, None)
    shared = widths * heights
    areas = (x2 - x1) * (y2 - y1)
    overlap = shared / np.maximum(np.add.outer(areas, areas) - shared, 1e-9)
    np.fill_diagonal(overlap, 0.0)
    return float((overlap.max(axis=1) >= PILED_IOU).mean())
