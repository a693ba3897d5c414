"""Tracks from detections, by roboflow `trackers`: one road user keeps one id in one run of one camera.

Time comes from the frames (`update(…, timestamp=…)`), so that 6 fps and 30 fps are followed alike and a lost vehicle is
waited for in seconds. Ids begin anew in every run: the same footage gives the same ids.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import structlog
import supervision as sv
from trackers import ByteTrackTracker
from trackers.utils.iou import BIoU

from detector.rejoin import Rejoiner
from detector.vocabulary import Detection, Observation, Track, VehicleClass

log = structlog.get_logger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The rate in which the Kalman filter of the library counts its steps: about that of the analysed frames.
STEPS_PER_S = 12.5
# A motorbike behind a bus comes back within this; later it is another one.
LOST_S = 1.5
# New tracks need a sure box; a known vehicle is held on to with weak ones.
START_CONFIDENCE = 0.4
HIGH_CONFIDENCE = 0.4
# At 6 fps a fast motorbike all but leaves its own box between two frames: boxes are widened before they are compared.
# Measured with our first weights on four street clips, 59 vehicles whose place at one moment is known (share of the
# frames around it in which the same id is on them; steps that jump by more than 0.6 of the box height):
#   ours                                  92, 91, 90, 78 %   187 of 11,494 steps
#   ByteTrack, no widening, overlap 0.1   92, 91, 91, 77 %   193 of 11,541
#   ByteTrack, widened by 0.3, 0.1        92, 91, 91, 74 %   375 of 11,898
#   C-BIoU                                92, 94, 91, 68 %   195 of 10,543
#   OC-SORT, which drops weak boxes       86, 92, 86, 45 %    62 of  7,936
# With the weights of 2026.11.25 on all seven clips, against ultralytics 8.4 (its defaults; observations replayed): the same
# events, right and missed, with each; tracks, boxes that go on in a track, steps that jump:
#   ours 538, 22,413, 852 · ByteTrack 683, 19,168, 212 · BoT-SORT 658, 19,473, 194 · OC-SORT 621, 17,614, 220
# Ours breaks tracks least and follows most boxes; the jumps that it pays for start a path anew (rules/paths.py).
BUFFER_RATIO = 0.2
MIN_OVERLAP = 0.2

MAX_DETECTIONS = 250  # of one frame; a full junction has about 80 vehicles
MAX_TRACKS = 500


@dataclass(slots=True)
class Votes:
    """Confidence that each class has gathered over a track; the class changes only when another one has more."""

    current: VehicleClass
    weights: dict[VehicleClass, float] = field(default_factory=dict)

    def add(self, seen: VehicleClass, confidence: float) -> VehicleClass:
        """One more look; the class by now."""
        self.weights[seen] = self.weights.get(seen, 0.0) + confidence
        if self.weights[seen] > self.weights.get(self.current, 0.0):
            self.current = seen
        return self.current


class TrackKeeper:
    """All tracks of one run of one camera."""

    def __init__(self) -> None:
        self._tracker = _new_tracker()
        self._rejoiner = Rejoiner()  # names for the library's ids, which begin at 0 again after every cut
        self._votes: dict[int, Votes] = {}

    def update(
        self, observation: Observation, still: timedelta = timedelta(0)
    ) -> tuple[tuple[Track, ...], tuple[int, ...]]:
        """Tracks seen in this frame by id, and the ids that ended with it, each told once. `still`: for how long in all, up to now,
        the picture has stayed as it was: time in which nobody was lost.

        A cut ends every track; the boxes of its frame begin new ones.
        """
        ended = self.end() if observation.is_cut else ()
        detections = _strongest(observation)
        tracks = self._tracks(detections, self._follow(detections, observation.captured_at - still))
        self._limit()
        return tracks, tuple(sorted({*ended, *self._forget_lost()}))

    def _follow(self, detections: Sequence[Detection], captured_at: datetime) -> list[tuple[int, int]]:
        """(name of the track, index into detections) of the boxes that belong to one."""
        boxes = sv.Detections(
            xyxy=np.array([d.box_xyxy for d in detections], dtype=np.float64).reshape(-1, 4),
            confidence=np.array([d.confidence for d in detections], dtype=np.float64),
            class_id=np.arange(len(detections)),  # carries the index through the library, which reorders boxes
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # frames with one and the same time: nothing has moved
            followed = self._tracker.update(boxes, timestamp=(captured_at - EPOCH).total_seconds())
        if followed.tracker_id is None or followed.class_id is None:
            return []
        pairs = zip(followed.tracker_id.tolist(), followed.class_id.tolist(), strict=True)
        found = {track_id: index for track_id, index in pairs if track_id >= 0}
        places = {track_id: detections[index].box_xyxy for track_id, index in found.items()}
        names = self._rejoiner.see(places, (captured_at - EPOCH).total_seconds())
        return sorted((names[track_id], index) for track_id, index in found.items())

    def _tracks(self, detections: Sequence[Detection], pairs: Sequence[tuple[int, int]]) -> tuple[Track, ...]:
        tracks = []
        for name, index in pairs:
            seen = detections[index]
            votes = self._votes.setdefault(name, Votes(seen.vehicle_class))
            voted = votes.add(seen.vehicle_class, seen.confidence)
            tracks.append(Track(name, voted, seen.confidence, seen.box_xyxy, seen.heads, seen.vehicle_class))
        return tuple(tracks)

    def end(self) -> tuple[int, ...]:
        """End every track; the ids that ended. Ids go on counting."""
        self._tracker = _new_tracker()
        return self._forget_lost()

    def _forget_lost(self) -> tuple[int, ...]:
        alive = {tracklet.tracker_id for tracklet in self._tracker.tracks}
        ended = self._rejoiner.end(self._rejoiner.ids - alive)
        for name in ended:
            del self._votes[name]
        return ended

    def _limit(self) -> None:
        if len(self._tracker.tracks) > MAX_TRACKS:
            log.warning("too_many_tracks", tracks=len(self._tracker.tracks), kept=MAX_TRACKS)
            # Those not seen for longest go first; among equals the newest.
            self._tracker.tracks.sort(key=lambda tracklet: tracklet.time_since_update_seconds)
            del self._tracker.tracks[MAX_TRACKS:]


def _new_tracker() -> ByteTrackTracker:
    return ByteTrackTracker(
        lost_track_buffer=round(LOST_S * 30),  # the library counts its buffer in frames of 30 fps
        frame_rate=STEPS_PER_S,
        track_activation_threshold=START_CONFIDENCE,
        high_conf_det_threshold=HIGH_CONFIDENCE,
        minimum_consecutive_frames=2,
        minimum_iou_threshold=MIN_OVERLAP,
        iou=BIoU(buffer_ratio=BUFFER_RATIO),
    )


def _strongest(observation: Observation) -> Sequence[Detection]:
    """At most `MAX_DETECTIONS`, the most confident first."""
    detections = observation.detections
    if len(detections) > MAX_DETECTIONS:
        log.warning("too_many_detections", frame=observation.frame_index, found=len(detections), kept=MAX_DETECTIONS)
    return sorted(detections, key=lambda d: (-d.confidence, d.box_xyxy))[:MAX_DETECTIONS]
