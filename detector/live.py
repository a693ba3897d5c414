"""Live cameras over RTSP (PyAV): frames as they come, reconnecting for ever, and clips from the packets just received.

`captured_at` is this machine's clock when the first packet of a connection arrived, plus the stream's own timestamps
since then: even between frames, and as right as this machine's clock. A drift between the two clocks is not followed
within one connection, but every frame says when it was received, so that a drift shows (`detector.suspensions`). A
stream whose times stop going forward, leap, or whose pictures change their size is connected anew.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import structlog
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detector.clips import StoredPacket, StreamTemplate, write_packets
from detector.footage import shown_size, upright_pixels
from detector.ring import PacketRing, Session
from detector.source import Clip, Clock, SourceIdentity, without_password
from detector.vocabulary import Frame
from models.errors import FootageError

log = structlog.get_logger(__name__)

POLL_S = 0.2  # how soon a stop is noticed while no frame comes
START_PACKETS_MAX = 1_500  # a minute at 25 frames a second: every camera sends a keyframe in that time
# Times that this machine's steady clock cannot account for: a leap of the stream's counter. Networks delay by seconds.
LEAP_S = 60.0
UNUSABLE_PICTURES_MAX = 125  # in a row, 5 s at 25 frames a second: then only a new connection can mend it
DOUBLINGS_MAX = 20  # of the wait between attempts: keeps the number small through a night without power


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """A limit on everything that a camera could make endless."""

    open_timeout_s: float = 10.0  # cameras answer within two seconds; a rebooting recorder needs longer
    read_timeout_s: float = 10.0  # no packet for this long: the connection is dead
    backoff_first_s: float = 1.0
    backoff_max_s: float = 30.0
    attempts_max: int | None = None  # failed connections in a row; None: a camera without power is waited for for ever
    ring: timedelta = timedelta(seconds=90)  # before, during and until a rule is certain (at most 30 s later)
    ring_bytes: int = 128 * 1024 * 1024  # 90 s at 12 Mbit/s
    queue_frames: int = 75  # 3 s, while a case is being sealed; 230 MB at 1080p. Slower for longer drops the oldest
    clip_wait_s: float = 10.0  # how long a clip waits for the packets of its end


@dataclass(slots=True)
class LiveCounts:
    """What happened so far."""

    connections: int = 0
    frames: int = 0
    dropped_frames: int = 0  # the analysis was too slow for them
    repeated_frames: int = 0  # their time did not go forward
    impossible_frames: int = 0  # their time leapt away
    resized_frames: int = 0  # of another size than the first picture
    undecodable_packets: int = 0


class LiveStream:
    """One camera's stream. Its address may hold a password, which never leaves this object: names, errors and logs
    show the address without it."""

    def __init__(self, url: str, *, stop: threading.Event | None = None, limits: LiveLimits | None = None) -> None:
        self.name = without_password(url)
        self.counts = LiveCounts()
        self.clock = Clock.RECEIVER
        self._url = url
        self._stop = stop or threading.Event()  # the caller's, perhaps of many cameras: only looked at
        self._closed = threading.Event()
        self._limits = limits or LiveLimits()
        self._ring = PacketRing(self._limits.ring, self._limits.ring_bytes)
        self._queue: deque[tuple[int, datetime, datetime, VideoFrame]] = deque()
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._reader = threading.Thread(target=self._read, name=f"live {self.name}", daemon=True)
        self._reading = True
        self._size_wh: tuple[int, int] | None = None
        self._last_at = datetime.min.replace(tzinfo=UTC)
        self._origin = (self._last_at, 0.0)  # of the connection: its first time, and this machine's steady clock then
        self._unusable = ""
        self._unusable_in_a_row = 0

    def __repr__(self) -> str:
        return f"LiveStream({self.name!r})"

    @property
    def identity(self) -> SourceIdentity:
        return SourceIdentity("stream", self.name, None)

    @property
    def size_wh(self) -> tuple[int, int]:
        """Size of the pictures; waits for the first one. Raises FootageError if none comes."""
        self._start()
        while self._size_wh is None and self._reading and not self._ended():
            with self._changed:
                self._changed.wait(timeout=POLL_S)
        if self._size_wh is None:
            raise self._failure or self._error("was stopped before its first picture came", "Start it again.")
        return self._size_wh

    def frames(self) -> Iterator[Frame]:
        """Frames until `stop` is set, over as many connections as it takes. `index` counts decoded frames from 0; when
        the analysis is slower than the camera the oldest waiting frames are dropped and counted. All are of one size.
        Closing the generator closes the stream.

        Raises FootageError if the camera refuses the first connection (password, path), or `attempts_max` is reached.
        """
        self._start()
        try:
            while not self._ended():
                with self._changed:
                    self._changed.wait_for(lambda: self._queue or not self._reading, timeout=POLL_S)
                    if not self._queue and not self._reading:
                        break
                    waiting = self._queue.popleft() if self._queue else None
                if waiting is not None:
                    index, captured_at, received_at, picture = waiting
                    yield Frame(index, captured_at, upright_pixels(picture), received_at)
            if self._failure is not None:
                raise self._failure
        finally:
            self.close()

    def close(self) -> None:
        """Ends the connection. Clips can still be cut from what was received."""
        self._closed.set()
        if self._reader.is_alive():
            self._reader.join(timeout=self._limits.read_timeout_s)

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write_clip(self, path: Path, from_at: datetime, to_at: datetime) -> Clip:
        """Copies the received packets from the last keyframe at or before `from_at` up to `to_at` into `path`. Waits a
        little for packets that are still to come. The clip starts later where the past is no longer kept, and ends
        earlier where the connection broke: its own times say so.

        Raises FootageError if nothing of that time is kept, or the clip cannot be written.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._ended() or not self._reading or (self._ring.newest_at or self._last_at) >= to_at,
                timeout=self._limits.clip_wait_s,
            )
            cut = self._ring.cut(from_at, to_at)
        if cut is None:
            raise self._error(
                f"nothing is kept of {from_at.isoformat()} any more",
                "Set the camera's keyframe interval to 2 s and its bit rate below 10 Mbit/s.",
            )
        session, packets = cut
        written = write_packets(path, session.template, packets)
        last_pts = max(packet.pts for packet in packets)
        return Clip(written, session.at(packets[0].pts), session.at(last_pts), None, session.template.codec)

    def _start(self) -> None:
        if self._reader.ident is None and not self._closed.is_set():
            self._reader.start()
        elif self._reader.ident is None:
            self._reading = False

    def _ended(self) -> bool:
        return self._closed.is_set() or self._stop.is_set()

    def _pause(self, wait_s: float) -> None:
        until_s = time.monotonic() + wait_s
        while not self._stop.is_set() and (left_s := until_s - time.monotonic()) > 0:
            if self._closed.wait(min(POLL_S, left_s)):
                return

    def _read(self) -> None:
        """The reader's thread."""
        try:
            self._reconnect_until_stopped()
        except BaseException as failure:  # shown where the frames are taken
            self._failure = failure
        finally:
            with self._changed:
                self._reading = False
                self._changed.notify_all()

    def _reconnect_until_stopped(self) -> None:
        limits, failed = self._limits, 0
        while not self._ended():
            trouble = self._connection()
            if self._ended():
                return
            failed = 0 if trouble.had_pictures else failed + 1
            if failed and trouble.is_final and not self.counts.frames:
                raise self._error(trouble.what, trouble.remedy)
            if limits.attempts_max is not None and failed >= limits.attempts_max:
                raise self._error(f"{trouble.what}, {failed} times in a row", trouble.remedy)
            doublings = min(max(failed - 1, 0), DOUBLINGS_MAX)
            wait_s = min(limits.backoff_max_s, limits.backoff_first_s * 2**doublings)
            log.warning("camera lost, trying again", camera=self.name, why=trouble.what, wait_s=wait_s)
            self._pause(wait_s)

    def _connection(self) -> "_Trouble":
        """One connection from its opening to its end, and why it ended."""
        taken_before = self._last_at
        try:
            with self._open() as container:
                if not container.streams.video:
                    return _Trouble("sends no video, only sound", "Choose the path of a video stream.", is_final=True)
                self.counts.connections += 1
                what = self._receive(container, container.streams.video[0])
            remedy, is_final = REACH, False
        except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError):
            what, remedy, is_final = "refuses the user name or password", "Correct them in `source`.", True
        except av.error.HTTPNotFoundError:
            what, remedy, is_final = "has no stream of this path", "Correct the path in `source`.", True
        except av.error.ExitError:
            what, remedy, is_final = f"does not answer for {self._limits.read_timeout_s:g} s", REACH, False
        except (av.FFmpegError, OSError) as failure:
            what, remedy, is_final = f"cannot be reached ({failure.strerror})", REACH, False
        return _Trouble(what, remedy, is_final=is_final, had_pictures=self._last_at > taken_before)

    def _open(self) -> InputContainer:
        limits = self._limits
        options = {"rtsp_transport": "tcp", "timeout": str(round(limits.read_timeout_s * 1e6))}
        return av.open(self._url, options=options, timeout=(limits.open_timeout_s, limits.read_timeout_s))

    def _receive(self, container: InputContainer, stream: VideoStream) -> str:
        """Takes packets until the stream ends or a stop, and says how it ended. The very first group of pictures may be
        lost: packets have no time before the camera and the receiver agree on one."""
        stream.thread_type = "SLICE"  # threading by frames would hold back one frame for each thread
        session: Session | None = None
        self._unusable_in_a_row = 0
        for count, packet in enumerate(container.demux(stream)):
            if self._ended():
                break
            stored = StoredPacket.of(packet)
            if session is None and stored is not None and stored.is_keyframe:  # nothing can be decoded before
                session = self._session(stream, stored.pts)
            if session is None and count >= START_PACKETS_MAX:
                return "sends no keyframe with a timestamp"
            if session is None or stored is None:
                continue
            with self._changed:
                self._ring.add(session, stored)
            self._decode(stream, packet, session)
            if self._unusable_in_a_row >= UNUSABLE_PICTURES_MAX:
                return f"sends pictures that cannot be used: {self._unusable}"
        return "the camera ended the stream"

    def _session(self, stream: VideoStream, origin_pts: int) -> Session:
        time_base = stream.time_base or Fraction(1, 90_000)
        # Never before what was already seen: this machine's clock may have been set back between connections.
        origin_at = max(datetime.now(UTC), self._last_at + timedelta(milliseconds=1))
        self._origin = (origin_at, time.monotonic())

        def at(pts: int) -> datetime:
            return origin_at + timedelta(microseconds=round((pts - origin_pts) * time_base * 1_000_000))

        return Session(StreamTemplate(stream), at)

    def _decode(self, stream: VideoStream, packet: "av.Packet[VideoStream]", session: Session) -> None:
        try:
            pictures = stream.decode(packet)
        except av.FFmpegError:
            self.counts.undecodable_packets += 1
            return
        for picture in pictures:
            index = self.counts.frames
            self.counts.frames += 1
            captured_at = self._time_of(picture, session)
            if captured_at is None or not self._is_usable(captured_at, picture):
                self._unusable_in_a_row += 1
                continue
            self._unusable_in_a_row = 0
            self._last_at = captured_at
            self._offer(index, captured_at, picture)

    def _time_of(self, picture: VideoFrame, session: Session) -> datetime | None:
        """When the picture was taken; None for a time that cannot be, also one that no calendar holds."""
        try:
            captured_at = session.at(picture.pts) if picture.pts is not None else self._last_at
        except OverflowError:
            captured_at = None
        origin_at, origin_s = self._origin
        elapsed_s = time.monotonic() - origin_s
        if captured_at is None or abs((captured_at - origin_at).total_seconds() - elapsed_s) > LEAP_S:
            self.counts.impossible_frames += 1
            self._unusable = "their times leap"
            return None
        return captured_at

    def _is_usable(self, captured_at: datetime, picture: VideoFrame) -> bool:
        if captured_at <= self._last_at:
            self.counts.repeated_frames += 1
            self._unusable = "their times do not go forward"
            return False
        size_wh = shown_size(picture)
        self._size_wh = self._size_wh or size_wh
        if size_wh != self._size_wh:
            self.counts.resized_frames += 1
            (width, height), (was_width, was_height) = size_wh, self._size_wh
            self._unusable = f"they are {width}×{height} pixels now and were {was_width}×{was_height}"
            return False
        return True

    def _offer(self, index: int, captured_at: datetime, picture: VideoFrame) -> None:
        received_at = datetime.now(UTC)
        with self._changed:
            self._queue.append((index, captured_at, received_at, picture))
            if len(self._queue) > self._limits.queue_frames:
                self._queue.popleft()
                self.counts.dropped_frames += 1
                if self.counts.dropped_frames.bit_count() == 1:  # 1, 2, 4, 8 …: often enough to see, never a flood
                    log.warning("the analysis is too slow", camera=self.name, dropped_frames=self.counts.dropped_frames)
            self._changed.notify_all()

    def _error(self, what: str, remedy: str) -> FootageError:
        return FootageError(what, where=self.name, remedy=remedy)


REACH = "Check the address, the port, the network and that the camera is on."


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a connection ended; `is_final`: trying again will not help if it has never worked."""

    what: str
    remedy: str
    is_final: bool
    had_pictures: bool = False
