"""Recorded footage: frames with the file's own timestamps, and clips of its own packets (PyAV)."""

import contextlib
import hashlib
import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av
import numpy as np
import structlog
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detector.clips import StoredPacket, StreamTemplate, write_packets
from detector.source import Clip, Clock, SourceIdentity
from detector.vocabulary import Frame, Pixels
from models.errors import FootageError

log = structlog.get_logger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OLDEST_BELIEVED = datetime(2000, 1, 1, tzinfo=UTC)  # cameras without a set clock write 1904 or 1970
# Containers that carry timestamps. Pictures, playlists and bare codec streams are no footage: their times are invented.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,live_flv,asf,mxf,ogg,dhav"
OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
# A picture this far ahead of the last one is believed when the next one confirms it: recorders that wait for motion
# leave gaps, broken clocks leap ahead once and come back.
LEAP_S = 10.0
BACKWARDS_MAX = 50  # pictures in a row from the past, 2 s at 25 frames a second: the clock was set back for good
MISSING_END_S = 1.0  # a file whose pictures end this much before its announced end was cut off


@dataclass(frozen=True, slots=True)
class FootageSummary:
    """How the decoding of a file ended. `truncated` says in words why the end is missing, or is None."""

    frames: int
    repeated_frames: int  # left out: their time was not later than the frame before
    impossible_frames: int  # left out: their time leapt ahead, and the next came back
    undecodable_packets: int
    truncated: str | None


class FootageFile:
    """One video file. Raises FootageError, one clear line, for anything that is not a readable video.

    `start_at` (aware) is the capture time of the first frame; without it the file's own creation time counts, and
    without that the epoch. `summary` is there once `frames()` has ended.
    """

    def __init__(self, path: Path, start_at: datetime | None = None) -> None:
        if start_at is not None and start_at.tzinfo is None:
            raise ValueError("start_at needs a time zone")
        self.path = path
        self.summary: FootageSummary | None = None
        self._counts = {"repeated": 0, "impossible": 0, "undecodable": 0}
        self._decoded = 0
        self._truncated: str | None = None
        self._shown_pts = array("q")  # of the frames given out, with their indices: 16 bytes a frame
        self._shown_index = array("q")
        _require_readable(path)
        with self._open() as container:
            stream = self._stream(container)
            self._time_base = stream.time_base or Fraction(1, 90_000)
            self.frame_count_estimate = _frame_count(container, stream)
            self.started_at, self.clock = _start(container, stream, start_at)
            self._truncated_index = _missing_bytes(path, stream)
            first = next(self._pictures(container, stream), None)
            if first is None:
                raise self._error("holds no picture that can be decoded", remedy="Export the footage again.")
            self._origin_pts = self._pts_of(first)
            self.size_wh = shown_size(first)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 (hex) of the file; read once, when first asked for."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def identity(self) -> SourceIdentity:
        return SourceIdentity("file", self.path.name, self.sha256)

    def frames(self) -> Iterator[Frame]:
        """Every frame in order of time. `index` counts decoded frames from 0, also those left out because their time
        does not go forward (counted in `summary`). A file cut off in the middle gives what it has.

        Raises FootageError for pictures without timestamps.
        """
        self._counts = dict.fromkeys(self._counts, 0)
        self._truncated = None
        self._shown_pts, self._shown_index = array("q"), array("q")
        self._decoded = 0
        with self._open() as container:
            numbered = enumerate(self._pictures(container, self._stream(container)))
            for index, pts, picture in self._forward(numbered):
                if shown_size(picture) != self.size_wh:
                    self._truncated = f"the picture changes its size to {shown_size(picture)} at frame {index}"
                    break
                try:
                    captured_at = self._at(pts)
                except OverflowError:
                    self._truncated = f"frame {index} has a time that no calendar holds"
                    break
                self._shown_pts.append(pts)
                self._shown_index.append(index)
                yield Frame(index, captured_at, upright_pixels(picture))
        self._close(self._decoded)

    def write_clip(self, path: Path, from_at: datetime, to_at: datetime) -> Clip:
        """Copies the packets from the last keyframe at or before `from_at` up to `to_at` (or the end) into `path`.

        A file whose keyframes are far apart gives a clip that starts far before: cutting later would not decode.
        Raises FootageError if the clip cannot be written.
        """
        key_pts, to_pts = self._keyframe_before(self._pts_at(from_at)), self._pts_at(to_at)
        # An index that lies sends a seek past the keyframe: then the file is read from its start.
        packets = self._packets(key_pts, to_pts, seek=True) or self._packets(key_pts, to_pts, seek=False)
        with self._open() as container:
            template = StreamTemplate(self._stream(container))
        written = write_packets(path, template, packets)
        last_pts = max(packet.pts for packet in packets)
        return Clip(written, self._at(key_pts), self._at(last_pts), self._index_of(key_pts), template.codec)

    def _open(self) -> InputContainer:
        try:
            # "file:" keeps names such as "a:b.mp4" from being read as an address
            return av.open(f"file:{self.path.resolve()}", options=OPEN_OPTIONS)
        except av.error.ArgumentError as failure:  # what a container outside the list gives
            raise self._error(
                "is not a video with timestamps, but a picture, a playlist or a bare codec stream",
                remedy="Export it as mp4 or mkv with the recorder's own times.",
            ) from failure
        except (av.FFmpegError, OSError) as failure:
            raise self._error(
                f"is not a video that can be read ({failure.strerror or failure})",
                remedy="Give an mp4, mkv, avi or ts file; one cut off while recording may need repair.",
            ) from failure

    def _stream(self, container: InputContainer) -> VideoStream:
        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise self._error("has no video, only sound or text", remedy="Give the file that holds the pictures.")
        stream = streams[0]
        if stream.codec_context is None:
            raise self._error("is coded in a way that cannot be decoded here", remedy="Export it as H.264 or H.265.")
        stream.thread_type = "AUTO"
        return stream

    def _pictures(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        """Decoded pictures; broken packets are counted and left out."""
        demuxed, last_end = container.demux(stream), None
        while True:
            try:
                packet = next(demuxed, None)
            except (av.FFmpegError, OSError) as failure:
                self._truncated = f"reading stopped early ({failure.strerror or failure})"
                packet = None
            if packet is not None and packet.size:
                if packet.is_corrupt:  # the torn last packet of a cut file: half a picture is no evidence
                    self._counts["undecodable"] += 1
                    continue
                last_end = max(last_end or 0, (packet.pts or packet.dts or 0) + (packet.duration or 0))
            try:
                yield from stream.decode(packet if packet is not None and packet.size else None)
            except av.FFmpegError:
                self._counts["undecodable"] += 1
            if packet is None or not packet.size:
                break
        self._truncated = self._truncated or self._truncated_index or _missing_end(container, stream, last_end)

    def _forward(self, numbered: Iterable[tuple[int, VideoFrame]]) -> Iterator[tuple[int, int, VideoFrame]]:
        """(index, time, picture) of those whose time goes forward; one that leaps ahead waits for the next to confirm it.
        Ends where the time goes back for good."""
        leap_pts = LEAP_S / self._time_base
        leapt: tuple[int, int, VideoFrame] | None = None
        last_pts, behind = None, 0
        for index, picture in numbered:
            self._decoded, pts = index + 1, self._pts_of(picture)
            if leapt is not None and pts > leapt[1]:
                yield leapt
                last_pts = leapt[1]
            elif leapt is not None:
                self._counts["impossible"] += 1
            leapt = None
            if last_pts is not None and pts <= last_pts:
                self._counts["repeated"] += 1
                behind += 1
                if behind == BACKWARDS_MAX:
                    self._truncated = f"the time goes backwards at frame {index + 1 - behind} and does not come back"
                    return
            elif last_pts is not None and pts - last_pts > leap_pts:
                leapt, behind = (index, pts, picture), 0
            else:
                yield index, pts, picture
                last_pts, behind = pts, 0
        if leapt is not None:
            yield leapt

    def _packets(self, key_pts: int, to_pts: int, *, seek: bool) -> list[StoredPacket]:
        """From the keyframe on. Pictures that follow it but are shown before it belong to the group before."""
        with self._open() as container, contextlib.suppress(av.FFmpegError):  # a cut file: what is there
            stream = self._stream(container)
            if seek:
                container.seek(key_pts, stream=stream)
            stored = (StoredPacket.of(packet) for packet in container.demux(stream) if not packet.is_corrupt)
            return list(_group(stored, key_pts, to_pts))
        return []

    @cached_property
    def _packet_index(self) -> "tuple[array[int], array[int]]":
        """Times of all packets and of the keyframes, sorted; the file is read once, without decoding."""
        all_pts, key_pts = array("q"), array("q")
        with self._open() as container:
            try:
                for packet in container.demux(self._stream(container)):
                    stored_pts = packet.pts if packet.pts is not None else packet.dts
                    if packet.size and stored_pts is not None and not packet.is_corrupt:
                        all_pts.append(stored_pts)
                        if packet.is_keyframe:
                            key_pts.append(stored_pts)
            except (av.FFmpegError, OSError):
                log.warning("the index of a cut file ends where the file does", file=str(self.path))
        return array("q", sorted(all_pts)), array("q", sorted(key_pts))

    def _keyframe_before(self, pts: int) -> int:
        _, keys = self._packet_index
        if not keys:
            raise self._error("has no keyframe: no clip can be cut from it", remedy="Export the footage again.")
        return keys[max(0, bisect_right(keys, pts) - 1)]

    def _index_of(self, pts: int) -> int:
        """The frame index at this time: as decoded where decoding has come so far, else by counting packets."""
        if self._shown_pts and self._shown_pts[-1] >= pts:
            return self._shown_index[bisect_left(self._shown_pts, pts)]
        return bisect_left(self._packet_index[0], pts)

    def _pts_of(self, picture: VideoFrame) -> int:
        pts = picture.pts if picture.pts is not None else picture.dts
        if pts is None:
            raise self._error(
                "carries no timestamps, so nobody can say when a picture was taken",
                remedy="Export it as mp4 or mkv with the recorder's own times.",
            )
        return int(pts)

    def _at(self, pts: int) -> datetime:
        return self.started_at + timedelta(microseconds=round((pts - self._origin_pts) * self._time_base * 1_000_000))

    def _pts_at(self, at: datetime) -> int:
        microseconds = (at - self.started_at) // timedelta(microseconds=1)
        return self._origin_pts + round(Fraction(microseconds, 1_000_000) / self._time_base)

    def _close(self, frames: int) -> None:
        self.summary = FootageSummary(
            frames, self._counts["repeated"], self._counts["impossible"], self._counts["undecodable"], self._truncated
        )
        if self._truncated or any(self._counts.values()):
            log.warning("the footage is damaged", file=str(self.path), frames=frames, truncated=self._truncated,
                        **self._counts)  # fmt: skip

    def _error(self, what: str, *, remedy: str) -> FootageError:
        return FootageError(what, where=str(self.path), remedy=remedy)


def _group(packets: Iterable[StoredPacket | None], key_pts: int, to_pts: int) -> Iterator[StoredPacket]:
    """The packets of the keyframe and after, up to `to_pts`; beyond it only what is shown before a picture already
    taken, so that the clip has no gaps."""
    begun, decoded, last_shown = False, key_pts, key_pts
    for stored in packets:
        if stored is None:
            continue
        decoded = decoded if stored.dts is None else stored.dts  # Matroska leaves some out: then it is still the last
        begun = begun or (stored.is_keyframe and stored.pts == key_pts)
        if decoded > (max(to_pts, last_shown) if begun else key_pts):
            return
        if begun and decoded <= to_pts:
            last_shown = max(last_shown, stored.pts)
        if begun and key_pts <= stored.pts <= last_shown:
            yield stored


def upright_pixels(picture: VideoFrame) -> Pixels:
    """(height, width, 3) BGR, turned by the rotation that the camera wrote beside the picture."""
    pixels: Pixels = np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)
    quarter_turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns)) if quarter_turns else pixels


def shown_size(picture: VideoFrame) -> tuple[int, int]:
    """(width, height) of the picture as it stands upright."""
    turned = round(picture.rotation / 90) % 2
    return (picture.height, picture.width) if turned else (picture.width, picture.height)


def _require_readable(path: Path) -> None:
    """Raises FootageError for what is not even a file with bytes in it."""
    remedy = "Check the path and its permissions."
    if path.is_dir():
        raise FootageError("is a folder, not a video", where=str(path), remedy="Name the files in it, as FOLDER/*.mp4.")
    if path.exists() and not path.is_file():
        raise FootageError("is not a regular file", where=str(path), remedy=remedy)
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as failure:
        raise FootageError(f"cannot be read: {failure.strerror}", where=str(path), remedy=remedy) from failure
    if empty:
        raise FootageError("is empty", where=str(path), remedy="Copy the footage again.")


def _start(container: InputContainer, stream: VideoStream, start_at: datetime | None) -> tuple[datetime, Clock]:
    if start_at is not None:
        return start_at.astimezone(UTC), Clock.GIVEN
    for text in (container.metadata.get("creation_time"), stream.metadata.get("creation_time")):
        try:
            made_at = datetime.fromisoformat(text) if text else EPOCH
        except ValueError:
            continue
        made_at = made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC)
        if made_at >= OLDEST_BELIEVED:
            return made_at.astimezone(UTC), Clock.CONTAINER
    return EPOCH, Clock.UNKNOWN


def _frame_count(container: InputContainer, stream: VideoStream) -> int | None:
    if stream.frames:
        return int(stream.frames)
    if container.duration and stream.average_rate:
        return max(1, math.floor(container.duration / 1_000_000 * stream.average_rate))
    return None


def _missing_bytes(path: Path, stream: VideoStream) -> str | None:
    """The container's index points past the end of the file: it was cut off."""
    needed = max((entry.pos + entry.size for entry in stream.index_entries), default=0)
    missing = needed - path.stat().st_size
    return f"{missing} bytes are missing at the end" if missing > 0 else None


def _missing_end(container: InputContainer, stream: VideoStream, last_end: int | None) -> str | None:
    """The container announced more time than it holds. Only asked where no other stream could be the longer one."""
    if last_end is None or stream.time_base is None or len(container.streams) > 1 or not container.duration:
        return None
    announced_s = (container.duration + (container.start_time or 0)) / 1_000_000
    missing_s = announced_s - float(last_end * stream.time_base)
    return f"the last {missing_s:.0f} s are missing" if missing_s > MISSING_END_S else None
