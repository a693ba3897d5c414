"""Copies packets into clips without re-encoding (PyAV). The clip is what the camera sent, bit for bit."""

import io
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.stream import Stream
from av.video.stream import VideoStream

from models.errors import FootageError


@dataclass(frozen=True, slots=True)
class StoredPacket:
    """One coded picture: when it is shown and (where the source says it) when decoded, in units of the stream's time
    base, and its bytes."""

    pts: int
    dts: int | None
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
        return cls(pts, packet.dts, packet.duration or 0, packet.is_keyframe, bytes(packet))


class StreamTemplate:
    """What a muxer must know of a stream (codec, size, headers, rotation), kept apart from the stream itself so that
    clips can still be written when the connection it came from is gone."""

    def __init__(self, stream: VideoStream) -> None:
        self.codec = stream.codec_context.name
        self.time_base = stream.time_base or Fraction(1, 90_000)
        self._holder = av.open(io.BytesIO(), "w", format="matroska")  # never written: it only holds the parameters
        self.stream = self._holder.add_stream_from_template(stream, opaque=True)


def write_packets(path: Path, template: StreamTemplate, packets: Sequence[StoredPacket]) -> Path:
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


def _write(path: Path, container_format: str, template: StreamTemplate, packets: Sequence[StoredPacket]) -> Path:
    options = {"movflags": "+faststart"} if container_format == "mp4" else {}
    try:
        with av.open(str(path), "w", format=container_format, options=options) as container:
            stream = container.add_stream_from_template(template.stream, opaque=True)
            for stored, pts, dts in zip(packets, *_times(packets), strict=True):
                container.mux_one(_packet(stored, pts, dts, template.time_base, stream))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _times(packets: Sequence[StoredPacket]) -> tuple[list[int], list[int]]:
    """When each packet is shown and decoded, counted from the first. Where the source does not say when they are
    decoded (Matroska), or not in order, it follows from the order they come in: the earliest times at which no picture
    is decoded later than it is shown."""
    first = packets[0].pts
    shown = [packet.pts - first for packet in packets]
    said = [packet.dts - first for packet in packets if packet.dts is not None]
    if len(said) == len(packets) and all(a < b for a, b in pairwise(said)):
        return shown, said
    in_order = sorted(shown)
    delay = max(i - bisect_left(in_order, pts) for i, pts in enumerate(shown))
    decoded: list[int] = []
    for i, pts in enumerate(shown):
        earliest = in_order[i - delay] if i >= delay else in_order[0] - (delay - i)
        decoded.append(max(earliest, decoded[-1] + 1) if decoded else earliest)
        shown[i] = max(pts, decoded[i])  # a time given twice moves by one tick
    return shown, decoded


def _packet(stored: StoredPacket, pts: int, dts: int, time_base: Fraction, stream: VideoStream) -> "av.Packet[Stream]":
    packet = av.Packet(stored.coded)
    packet.time_base = time_base
    packet.pts, packet.dts = pts, dts
    packet.duration = stored.duration
    packet.is_keyframe = stored.is_keyframe
    packet.stream = stream
    return packet
