"""Where frames come from, as the rest of the house sees it: an identity, a picture size, and clips of the original."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit, urlunsplit

from detector.camera import Camera
from models.errors import FootageError


class Clock(StrEnum):
    """Where `captured_at` comes from; the manifest says it."""

    GIVEN = "given"  # the user said when the footage starts
    CONTAINER = "container"  # the file says when it was made
    UNKNOWN = "unknown"  # nobody said: times count from 1970-01-01T00:00:00Z
    RECEIVER = "receiver"  # this machine's clock when the stream connected, plus the stream's own timestamps


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """What the footage is. A file is known by its hash, a stream by its address, which never holds a password."""

    kind: Literal["file", "stream"]
    name: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as written: the source's own packets, from a keyframe on.

    Time 0 of the clip is `first_at`, so the picture of `captured_at` stands at `captured_at - first_at`.
    `path` may end in .mkv where mp4 cannot carry the codec. `first_frame_index` is None where it is not known.
    """

    path: Path
    first_at: datetime
    last_at: datetime
    first_frame_index: int | None
    codec: str


class ClipSource(Protocol):
    """A file or a stream, for whoever needs the original packets of a violation."""

    @property
    def identity(self) -> SourceIdentity: ...

    @property
    def size_wh(self) -> tuple[int, int]: ...

    @property
    def clock(self) -> Clock: ...

    def write_clip(self, path: Path, from_at: datetime, to_at: datetime) -> Clip: ...


def require_resolution(source: ClipSource, camera: Camera, *, where: str | None = None) -> None:
    """Raises FootageError, naming both sizes, if the geometry was drawn on another picture than the source's."""
    if source.size_wh != camera.resolution_wh:
        raise wrong_resolution(source.size_wh, camera, where=where or source.identity.name)


def wrong_resolution(size_wh: tuple[int, int], camera: Camera, *, where: str | None = None) -> FootageError:
    """The error for a picture of `size_wh` that the camera's geometry does not fit."""
    (width, height), (camera_width, camera_height) = size_wh, camera.resolution_wh
    return FootageError(
        f"the picture is {width}×{height} pixels, but camera {camera.id} is drawn for {camera_width}×{camera_height}",
        where=where,
        remedy="Use the camera file of this footage, or draw its geometry again at this resolution.",
    )


def without_password(url: str) -> str:
    """The address as it may be shown, logged and sealed: no user, no password, no query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))
