"""Copies packets into clips without re-encoding (PyAV). The clip is what the camera sent, bit for bit."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.stream import Stream
from av.video.stream import VideoStream

from models.errors import FootageError


@dataclass(frozen=True, slots=True)
class StoredPacket:
    """One coded picture: timestamps in units of the stream's time base, and its bytes."""

    pts: int
    dts: int
    duration: int
    is_keyframe: bool
    coded: bytes

    @classmethod
    def of(cls, packet: "av.Packet[VideoStream]") -> "StoredPacket | None":
        """The packet's content, or None for one without any timestamp or content (end marks, broken headers).

        AVI gives only decoding times; they are the presentation times of codecs without reordering.
        """
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None or not packet.size:
            return None
        dts = packet.dts if packet.dts is not None else pts
        return cls(pts, dts, packet.duration or 0, packet.is_keyframe, bytes(packet))


class StreamTemplate:
    """What a muxer must know of a stream (codec, size, headers, rotation), kept apart from the stream itself so that
    clips can still be written when the connection it came from is gone."""

    def __init__(self, stream: VideoStream) -> None:
        self.codec = stream.codec_context.name
        self.time_base = stream.time_base or Fraction(1, 90_000)
        self._holder = av.open(io.BytesIO(), "w", format="matroska")  # never written: it only holds the parameters
        self.stream = self._holder.add_stream_from_template(stream, opaque=True)


def write_packets(path: Path, template: StreamTemplate, packets: Iterable[StoredPacket]) -> Path:
    """Writes the packets as they are; the first must be a keyframe and becomes time 0. Sound is left out: nobody's
    talk belongs into a traffic case.

    Codecs that mp4 can carry go into mp4 with its index in front (a browser plays it while it loads); others go into
    Matroska under the same name with .mkv. Returns the path written.

    Raises FootageError if it cannot be written; then nothing is left of it.
    """
    try:
        target = _write(path, "mp4", template, packets) if _fits_mp4(template.codec) else None
        return target or _write(path.with_suffix(".mkv"), "matroska", template, packets)
    except (OSError, av.FFmpegError) as failure:
        raise FootageError(
            f"the clip cannot be written: {failure.strerror or failure}",
            where=str(path),
            remedy="Check the free space and the permissions of this folder, then run again.",
        ) from failure


def _fits_mp4(codec: str) -> bool:
    with av.open(io.BytesIO(), "w", format="mp4") as container:
        return codec in container.supported_codecs


def _write(path: Path, container_format: str, template: StreamTemplate, packets: Iterable[StoredPacket]) -> Path:
    options = {"movflags": "+faststart"} if container_format == "mp4" else {}
    try:
        with av.open(str(path), "w", format=container_format, options=options) as container:
            stream = container.add_stream_from_template(template.stream, opaque=True)
            first_pts, last_dts = None, None
            for stored in packets:
                if first_pts is None:
                    first_pts = stored.pts
                if last_dts is not None and stored.dts <= last_dts:
                    continue  # a muxer refuses a decoding time twice; the picture is a repetition
                last_dts = stored.dts
                container.mux_one(_packet(stored, first_pts, template.time_base, stream))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _packet(stored: StoredPacket, first_pts: int, time_base: Fraction, stream: VideoStream) -> "av.Packet[Stream]":
    packet = av.Packet(stored.coded)
    packet.time_base = time_base
    packet.pts, packet.dts = stored.pts - first_pts, stored.dts - first_pts
    packet.duration = stored.duration
    packet.is_keyframe = stored.is_keyframe
    packet.stream = stream
    return packet
