"""Feeds of signal controllers: who may push phases for which camera, and the bounded files that `watch` reads.

    POST /api/v1/signal-phases ──SignalFeeds.push──▶ HOME/feeds/CAMERA.jsonl ──LivePhases──▶ observations of `watch`

A feed is opened for one camera (`phatnguoi feed open`); its token, of which only the SHA-256 is kept, opens nothing else.
"""

import fcntl
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from detector.camera import Camera
from detector.recording import told_row
from detector.told import CLOCKS_APART_S, HEARTBEAT_S
from detector.vocabulary import Phase, SignalTold
from models.errors import UserError

CLOCK_OFF_MAX_S = 2.0  # of a controller as of a camera: nothing may be judged by a clock further off
RATE_WINDOW = timedelta(seconds=10)
RATE_MAX = 200  # messages in the window: twelve heads repeated every second, and as many changes
FILE_BYTES_MAX = 2**20  # some 8,000 messages; one more file of this size is kept while readers finish it

_CAMERA_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class FeedRefusal(UserError):
    """A message is not taken. `status` is the HTTP status that says the same."""

    def __init__(self, status: int, what: str, *, where: str, remedy: str | None = None) -> None:
        self.status = status
        super().__init__(what, where=where, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Feed:
    """An open feed: the camera and the heads that its controller may tell of."""

    camera_id: str
    signals: tuple[str, ...]
    token_sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """One message as it was sent. `offset_s`: by how much the sender knows its clock to be off."""

    signal: str
    phase: Phase
    at: datetime
    sent_at: datetime
    offset_s: float = 0.0


class SignalFeeds:
    """All feeds of one installation. Safe to use from several threads; files are locked between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._received: dict[str, deque[datetime]] = {}
        self._last_at: dict[tuple[str, str], datetime] = {}

    def open(self, camera: Camera) -> str:
        """A new token for the feed of a camera's heads; an older one is no longer good. Raises UserError."""
        if not camera.signals:
            raise UserError("the camera has no signals that a controller could tell of", where=camera.id)
        token = f"{camera.id}.{secrets.token_urlsafe(32).replace('.', '-')}"
        content = {"signals": [signal.name for signal in camera.signals], "token_sha256": _sha256(token)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._entry(camera.id).with_suffix(".part")
            part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            part.chmod(0o600)
            part.replace(self._entry(camera.id))
        except OSError as error:
            raise UserError(
                f"cannot be written ({error.strerror})", where=str(self._folder), remedy="Check space and permissions."
            ) from error
        return token

    def close(self, camera_id: str) -> None:
        """No message is taken for the camera any longer. Raises UserError where no feed was open."""
        if self.feed_of(camera_id) is None:
            raise UserError("no feed is open", where=f"camera {camera_id[:80]}")
        self._entry(camera_id).unlink(missing_ok=True)

    def feed_of(self, camera_id: str) -> Feed | None:
        """The open feed of a camera, if there is one."""
        if not _CAMERA_ID.fullmatch(camera_id):
            return None
        try:
            content = json.loads(self._entry(camera_id).read_text(encoding="utf-8"))
            return Feed(camera_id, tuple(content["signals"]), str(content["token_sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def admitted(self, token: str) -> Feed | None:
        """The feed that a token opens, if any."""
        feed = self.feed_of(token.rpartition(".")[0]) if len(token) <= 200 else None
        return feed if feed and hmac.compare_digest(feed.token_sha256, _sha256(token)) else None

    def messages_file(self, camera_id: str) -> Path:
        """Where the messages of a camera's feed are appended, one JSON line each."""
        return self._folder / f"{camera_id}.jsonl"

    def push(self, feed: Feed, message: Told, *, now: datetime) -> SignalTold:
        """Take a message that arrives `now`. Raises FeedRefusal for one that is not to be believed, or one too many."""
        where = f"camera {feed.camera_id}, signal {message.signal[:80]}"
        with self._lock:  # first of all: wrong messages are counted too
            self._refuse_flood(feed, now)
        if message.signal not in feed.signals:
            known = ", ".join(feed.signals)
            raise FeedRefusal(422, "the camera has no such signal", where=where, remedy=f"Its signals: {known}.")
        _refuse_wrong_times(message, now, where)
        with self._lock:
            last_at = self._last_at.get((feed.camera_id, message.signal))
            if last_at is not None and message.at < last_at:
                what = f"time goes backwards: `at` lies before {last_at.isoformat()}, told earlier"
                raise FeedRefusal(409, what, where=where, remedy="Send messages in order of time.")
            told = SignalTold(
                message.signal,
                message.phase,
                message.at,
                message.sent_at + timedelta(seconds=HEARTBEAT_S),
                round(CLOCKS_APART_S + abs(message.offset_s), 3),
            )
            self._append(feed.camera_id, told)
            self._last_at[feed.camera_id, message.signal] = message.at
        return told

    def _refuse_flood(self, feed: Feed, now: datetime) -> None:
        received = self._received.setdefault(feed.camera_id, deque(maxlen=RATE_MAX))
        if len(received) == RATE_MAX and now - received[0] < RATE_WINDOW:
            what = f"more than {RATE_MAX} messages in {RATE_WINDOW.seconds} s"
            raise FeedRefusal(
                429, what, where=f"camera {feed.camera_id}", remedy="Send changes, and each phase every 2 s."
            )
        received.append(now)

    def _append(self, camera_id: str, told: SignalTold) -> None:
        path = self.messages_file(camera_id)
        try:
            with path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(json.dumps(told_row(told), ensure_ascii=False).encode() + b"\n")
                file.flush()
                if file.tell() > FILE_BYTES_MAX:
                    path.replace(path.with_suffix(".jsonl.1"))
        except OSError as error:
            raise FeedRefusal(503, f"cannot be written down ({error.strerror})", where=f"camera {camera_id}") from error

    def _entry(self, camera_id: str) -> Path:
        return self._folder / f"{camera_id}.feed.json"


def _refuse_wrong_times(message: Told, now: datetime, where: str) -> None:
    off_s = (message.sent_at - now).total_seconds()
    if abs(off_s) > CLOCK_OFF_MAX_S or abs(message.offset_s) > CLOCK_OFF_MAX_S:
        told_s = message.offset_s if abs(message.offset_s) > CLOCK_OFF_MAX_S else off_s
        raise FeedRefusal(
            422,
            f"the controller's clock is {told_s:+.1f} s off; {CLOCK_OFF_MAX_S:.0f} s are allowed",
            where=f"{where}, sent_at",
            remedy="Set it by NTP, and this machine's clock too; send each message at once.",
        )
    if message.at > message.sent_at:
        raise FeedRefusal(
            422, "a phase cannot begin in the future", where=f"{where}, at", remedy="Tell it when it has begun."
        )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
