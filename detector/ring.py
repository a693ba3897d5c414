"""The near past of a stream as packets, within limits of time and memory, so that evidence is the camera's own bits."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from detector.clips import StoredPacket, StreamTemplate


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One connection: what its packets are, and when they were captured. A clip never spans two of them."""

    template: StreamTemplate
    at: Callable[[int], datetime]


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    session: Session
    captured_at: datetime
    packet: StoredPacket


class PacketRing:
    """The packets of the last `keep` of stream time, at most `bytes_max`; the oldest go first. One thread at a time."""

    def __init__(self, keep: timedelta, bytes_max: int) -> None:
        self._keep = keep
        self._bytes_max = bytes_max
        self._entries: deque[_Entry] = deque()
        self._newest_at: datetime | None = None
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def newest_at(self) -> datetime | None:
        """The latest capture time of any packet so far."""
        return self._newest_at

    def add(self, session: Session, packet: StoredPacket) -> None:
        entry = _Entry(session, session.at(packet.pts), packet)
        self._entries.append(entry)
        self.bytes += len(packet.coded)
        self._newest_at = max(self._newest_at or entry.captured_at, entry.captured_at)
        while self._entries and (
            self.bytes > self._bytes_max or self._newest_at - self._entries[0].captured_at > self._keep
        ):
            self.bytes -= len(self._entries.popleft().packet.coded)

    def cut(self, from_at: datetime, to_at: datetime) -> tuple[Session, list[StoredPacket]] | None:
        """The packets from the last keyframe at or before `from_at` (else the first kept) up to `to_at`, all of one
        connection; None if nothing of this span is kept."""
        entries = list(self._entries)
        keys = [i for i, entry in enumerate(entries) if entry.packet.is_keyframe and entry.captured_at <= to_at]
        before = [i for i in keys if entries[i].captured_at <= from_at]
        if not keys:
            return None
        begin = before[-1] if before else keys[0]
        session, key_pts = entries[begin].session, entries[begin].packet.pts
        packets = [
            entry.packet
            for entry in entries[begin:]
            if entry.session is session and entry.captured_at <= to_at and entry.packet.pts >= key_pts
        ]
        covers = session.at(max(packet.pts for packet in packets)) >= from_at
        if not covers and len(keys) > len(before):  # the connection broke before `from_at`: what the next one has
            return self.cut(entries[keys[len(before)]].captured_at, to_at)
        return session, packets
