"""The best pictures of each vehicle, kept for reading its plate: few per track, spread over the time it was seen."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from detector.history import GRACE
from detector.vocabulary import Box, Frame, Pixels, Scene, Track, VehicleCrop

CROPS_PER_TRACK = 12  # a vote needs several readings; beyond a dozen they add time, not certainty
SLOT = timedelta(milliseconds=200)  # pictures closer together are nearly the same: the best of them is enough
SLOT_MAX = timedelta(milliseconds=800)  # a vehicle seen for longer than 12 of these keeps its 12 best
MIN_SIDE_PX = 24  # smaller vehicles have plates of two or three pixels' height
MARGIN_SHARE = 0.04  # of the box on each side: detectors cut plates at the box's lower edge
BYTES_MAX = 256 * 1024 * 1024  # of all crops: 80 vehicles of 12 crops at 270 kB, a full junction seen from near


@dataclass(frozen=True, slots=True)
class _Kept:
    worth: float
    crop: VehicleCrop


@dataclass(slots=True)
class _Album:
    """The kept crops of one track: the best of each slot of time. When there are too many, slots become twice as long,
    so that the pictures stay spread over the time the vehicle was seen."""

    began_at: datetime
    slot: timedelta = SLOT
    kept: dict[int, _Kept] = field(default_factory=dict)
    ended_at: datetime | None = None

    @property
    def bytes(self) -> int:
        return sum(kept.crop.pixels.nbytes for kept in self.kept.values())

    def wants(self, worth: float, captured_at: datetime) -> bool:
        """Whether a picture of this worth would be kept."""
        here = self.kept.get((captured_at - self.began_at) // self.slot)
        if here is not None:
            return worth > here.worth
        full = len(self.kept) >= CROPS_PER_TRACK and self.slot >= SLOT_MAX
        return not full or worth > min(kept.worth for kept in self.kept.values())

    def keep(self, kept: _Kept) -> None:
        self.kept[(kept.crop.captured_at - self.began_at) // self.slot] = kept
        while len(self.kept) > CROPS_PER_TRACK and self.slot < SLOT_MAX:
            self.slot *= 2
            halves, self.kept = self.kept, {}
            for number, half in sorted(halves.items()):
                other = self.kept.get(number // 2)
                self.kept[number // 2] = half if other is None or half.worth > other.worth else other
        if len(self.kept) > CROPS_PER_TRACK:
            del self.kept[min(self.kept, key=lambda number: self.kept[number].worth)]


class Gallery:
    """Bounded memory of one run of one camera."""

    def __init__(self) -> None:
        self._albums: dict[int, _Album] = {}
        self._bytes = 0

    def update(self, frame: Frame, scene: Scene) -> None:
        """Takes the crops of this frame that are better than, or well apart from, those already kept.

        Tracks that ended are kept for a grace: a violation that becomes certain just then still has its pictures.
        """
        if frame.index != scene.frame_index:
            raise ValueError(f"frame {frame.index} is not that of scene {scene.frame_index}")
        for track in scene.tracks:
            self._offer(frame, track)
        for track_id in scene.ended_track_ids:
            if track_id in self._albums:
                self._albums[track_id].ended_at = self._albums[track_id].ended_at or scene.captured_at
        self._forget(scene.captured_at)

    def crops(self, track_id: int) -> tuple[VehicleCrop, ...]:
        """At most CROPS_PER_TRACK crops in order of time; () for a track that is not remembered."""
        album = self._albums.get(track_id)
        return tuple(kept.crop for _, kept in sorted(album.kept.items())) if album else ()

    @property
    def bytes(self) -> int:
        """Memory of all kept pixels."""
        return self._bytes

    def _offer(self, frame: Frame, track: Track) -> None:
        height, width = frame.pixels.shape[:2]
        x1, y1, x2, y2 = _with_margin(track.box_xyxy, width, height)
        if min(x2 - x1, y2 - y1) < MIN_SIDE_PX:
            return
        album = self._albums.setdefault(track.track_id, _Album(frame.captured_at))
        view = frame.pixels[y1:y2, x1:x2]
        worth = _worth(view, track.box_xyxy, width, height)
        if not album.wants(worth, frame.captured_at):
            return
        crop = VehicleCrop(
            track_id=track.track_id,
            vehicle_class=track.vehicle_class,
            frame_index=frame.index,
            captured_at=frame.captured_at,
            box_xyxy=(float(x1), float(y1), float(x2), float(y2)),
            pixels=view.copy(),  # the frame itself is let go
        )
        self._bytes -= album.bytes
        album.keep(_Kept(worth, crop))
        self._bytes += album.bytes

    def _forget(self, now: datetime) -> None:
        gone = [track_id for track_id, album in self._albums.items() if album.ended_at and now - album.ended_at > GRACE]
        for track_id in gone:
            self._drop(track_id)
        while self._bytes > BYTES_MAX:  # those that left first, then the oldest: they had the most time to be judged
            self._drop(min(self._albums, key=lambda track_id: (self._albums[track_id].ended_at is None, track_id)))

    def _drop(self, track_id: int) -> None:
        self._bytes -= self._albums.pop(track_id).bytes


def _with_margin(box_xyxy: Box, width: int, height: int) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box_xyxy
    margin_x, margin_y = MARGIN_SHARE * (x2 - x1), MARGIN_SHARE * (y2 - y1)
    return (
        max(0, int(x1 - margin_x)),
        max(0, int(y1 - margin_y)),
        min(width, int(np.ceil(x2 + margin_x))),
        min(height, int(np.ceil(y2 + margin_y))),
    )


def _worth(pixels: Pixels, box_xyxy: Box, width: int, height: int) -> float:
    """How well a plate could be read here: large, sharp, and not cut by the picture's edge.

    Sharpness is the mean change of grey between neighbouring rows and columns, on a coarse grid of every second pixel:
    cheap, and a picture blurred by motion has little of it.
    """
    x1, y1, x2, y2 = box_xyxy
    cut = x1 <= 1 or y1 <= 1 or x2 >= width - 1 or y2 >= height - 1
    grey = pixels[::2, ::2, 1].astype(np.int16)  # green carries most of the brightness
    sharpness = float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
    return float(np.sqrt((x2 - x1) * (y2 - y1))) * (1 + min(sharpness, 40) / 40) * (0.3 if cut else 1.0)
