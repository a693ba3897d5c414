"""The paths of all tracks of one camera, and which of them lie on one vehicle."""

from collections.abc import Iterable
from itertools import takewhile
from statistics import median

from detector.geometry import iou
from detector.rules.base import seconds
from detector.rules.continuity import overlaps
from detector.rules.path import Path
from detector.rules.sample import Sample
from detector.rules.size_line import Horizon
from detector.thresholds import WheelThresholds
from detector.vocabulary import Box, Scene

ONE_PLACE_IOU = 0.75  # two boxes on one vehicle; neighbours side by side or one behind the other overlap by less
ONE_PLACE_S = 0.1  # two looks
KNOWN_S = 1.0  # a track that was seen for so long before is no second box
DOUBLE_S = 0.2  # between looks at one place at one time, at 6 frames a second


class Paths:
    """The paths of all tracks of one camera; bounded by the tracks that are alive and `memory_s`."""

    def __init__(self, thresholds: WheelThresholds, picture_wh: tuple[int, int], horizon: Horizon) -> None:
        self._thresholds = thresholds
        self._picture_wh = picture_wh
        self._horizon = horizon
        self._paths: dict[int, Path] = {}
        self._in_one_place: dict[tuple[int, int], float] = {}  # two tracks, and since when

    def update(self, scene: Scene) -> None:
        """Add this scene's looks."""
        for track in scene.tracks:
            path = self._paths.get(track.track_id)
            if path is None:
                path = Path(track.track_id, self._thresholds, self._picture_wh, self._horizon)
                self._paths[track.track_id] = path
            path.add(track, scene)
        self._forget_who_is_who(scene)

    def _forget_who_is_who(self, scene: Scene) -> None:
        """Two tracks that were apart and lie on one vehicle now: one covers the other, and which is which when they part nobody can
        tell. Both paths start anew. A track that began there is a second box, and changes nothing."""
        t = seconds(scene.captured_at)
        before, self._in_one_place = self._in_one_place, {}
        tracks = sorted(scene.tracks, key=lambda track: track.box_xyxy[0])
        for at, one in enumerate(tracks):
            for other in tracks[at + 1 :]:
                if other.box_xyxy[0] >= one.box_xyxy[2]:
                    break
                if iou(one.box_xyxy, other.box_xyxy) < ONE_PLACE_IOU:
                    continue
                pair = (min(one.track_id, other.track_id), max(one.track_id, other.track_id))
                since = self._in_one_place[pair] = before.get(pair, t)
                paths = [self._paths[track_id] for track_id in pair]
                if t - since >= ONE_PLACE_S and all(since - path.samples[0].t >= KNOWN_S for path in paths):
                    for track in (one, other):
                        self._paths[track.track_id].start_anew(track, scene)

    def doubles(self, track_id: int, last: Sample, least_iou: float) -> list[int]:
        """The other tracks that were on the same vehicle when this one was last seen, and were not mostly seen apart before."""
        own = _boxes(self._paths[track_id]) if track_id in self._paths else {}

        def was_there(path: Path) -> bool:
            recent = takewhile(lambda sample: sample.t >= last.t - DOUBLE_S, reversed(path.samples))
            return any(s.t <= last.t + DOUBLE_S and iou(s.box, last.box) >= least_iou for s in recent)

        def was_apart(path: Path) -> bool:
            shared = overlaps(_boxes(path), own)
            return bool(shared) and median(shared) < least_iou

        others = (other for other, path in self._paths.items() if other != track_id and was_there(path))
        return [other for other in others if not was_apart(self._paths[other])]

    def __getitem__(self, track_id: int) -> Path:
        return self._paths[track_id]

    def __contains__(self, track_id: int) -> bool:
        return track_id in self._paths

    def forget(self, track_ids: Iterable[int]) -> None:
        """Drop the paths of ended tracks."""
        for track_id in track_ids:
            self._paths.pop(track_id, None)


def _boxes(path: Path) -> dict[float, Box]:
    return {sample.t: sample.box for sample in path.samples}
