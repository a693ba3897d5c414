"""Live cameras, against a real RTSP server: true times, clips of what came, reconnecting, and no password shown."""

import socket
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

import pytest
import structlog

from detector.clips import StoredPacket
from detector.footage import FootageFile
from detector.live import LiveLimits, LiveStream
from detector.ring import PacketRing, Session
from detector.source import Clock, without_password
from models.errors import FootageError
from tests.detector.clips import index_of, write_video
from tests.detector.test_footage import packets_of

SERVER = Path(__file__).parent / "rtsp_server.py"
SYSTEM_PYTHON = "/usr/bin/python3"  # the bindings of GStreamer come with the system's Python
INSTALL = (
    "the RTSP server of these tests is missing; install it with: apt-get install -y --no-install-recommends "
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
)
FAST = LiveLimits(
    open_timeout_s=8, read_timeout_s=3, backoff_first_s=0.1, backoff_max_s=0.4, attempts_max=50, clip_wait_s=3
)
ONCE = LiveLimits(open_timeout_s=2, read_timeout_s=1, backoff_first_s=0.05, attempts_max=2)


@contextmanager
def camera(clip: Path, port: int = 0, *login: str) -> Iterator[int]:
    """A camera that sends `clip` in real time; gives its port."""
    command = [SYSTEM_PYTHON, str(SERVER), str(clip), str(port), *login]
    try:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as missing:
        pytest.fail(f"{INSTALL} ({missing})")
    try:
        assert server.stdout is not None and server.stderr is not None
        ready = server.stdout.readline().split()
        if not ready:
            pytest.fail(f"{INSTALL} ({server.stderr.read()[-300:]})")
        yield int(ready[1])
    finally:
        server.kill()
        server.communicate()


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute at 25 frames a second, a keyframe every 0.4 s."""
    return write_video(tmp_path_factory.mktemp("live") / "minute.mp4", [40 * i for i in range(1500)], gop=10)


def test_frames_come_with_the_streams_times(minute: Path, tmp_path: Path) -> None:
    began = datetime.now(UTC)
    with camera(minute) as port:
        stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST)
        with closing(stream.frames()) as running:
            frames = list(islice(running, 40))
            clip = stream.write_clip(tmp_path / "clip.mp4", frames[20].captured_at, frames[39].captured_at)
    assert [frame.index for frame in frames] == list(range(40))
    steps = [(b.captured_at - a.captured_at) // timedelta(milliseconds=1) for a, b in pairwise(frames)]
    assert steps == [40] * 39
    assert [(index_of(b.pixels) - index_of(a.pixels)) % 40 for a, b in pairwise(frames)] == [1] * 39
    assert began <= frames[0].captured_at <= datetime.now(UTC)
    assert (stream.size_wh, stream.clock, stream.counts.connections) == ((64, 48), Clock.RECEIVER, 1)
    assert clip.first_at <= frames[20].captured_at
    assert clip.last_at >= frames[39].captured_at
    copied = list(FootageFile(clip.path, clip.first_at).frames())
    assert {f.captured_at: index_of(f.pixels) for f in frames[20:]}.items() <= {
        f.captured_at: index_of(f.pixels) for f in copied
    }.items()
    assert len(packets_of(clip.path)) == len(copied)


def test_a_clip_waits_for_its_end(minute: Path, tmp_path: Path) -> None:
    with camera(minute) as port:
        stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST)
        with closing(stream.frames()) as running:
            [frame] = islice(running, 1)
            to_at = frame.captured_at + timedelta(seconds=1)
            clip = stream.write_clip(tmp_path / "clip.mp4", frame.captured_at, to_at)
    assert timedelta(0) <= to_at - clip.last_at < timedelta(milliseconds=40)


def test_a_camera_that_dies_and_comes_back_is_watched_again(minute: Path, tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        with camera(minute) as port:
            stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST)
            running = stream.frames()
            first = list(islice(running, 15))
        with camera(minute, port):
            second = list(islice(running, 60))
            clip = stream.write_clip(tmp_path / "clip.mp4", first[5].captured_at, second[-1].captured_at)
            later = stream.write_clip(tmp_path / "later.mp4", second[-5].captured_at, second[-1].captured_at)
            running.close()
    assert stream.counts.connections == 2
    assert all(a.captured_at < b.captured_at for a, b in pairwise([*first, *second]))
    assert any(a.index + 1 == b.index and b.captured_at - a.captured_at > timedelta(seconds=0.1)
               for a, b in pairwise([*first, *second]))  # fmt: skip
    assert {(log["event"], log["camera"]) for log in logs} == {
        ("camera lost, trying again", f"rtsp://127.0.0.1:{port}/camera")
    }
    assert clip.last_at < second[-1].captured_at  # a clip never joins two connections
    assert later.first_at <= second[-5].captured_at <= second[-1].captured_at <= later.last_at


@pytest.mark.parametrize(("login", "path", "says"), [
    ("operator:wrong@", "camera", "refuses the user name or password. Correct them in `source`"),
    ("", "camera", "refuses the user name or password"),
    ("operator:s3cret@", "kitchen", "has no stream of this path"),
])  # fmt: skip
def test_a_camera_that_refuses_says_why_at_once(minute: Path, login: str, path: str, says: str) -> None:
    with camera(minute, 0, "operator", "s3cret") as port:
        began = time.monotonic()
        with pytest.raises(FootageError) as caught:
            list(LiveStream(f"rtsp://{login}127.0.0.1:{port}/{path}").frames())
    assert str(caught.value).startswith(f"rtsp://127.0.0.1:{port}/{path}: {says}")
    assert time.monotonic() - began < 5


def test_the_right_password_opens_and_is_shown_nowhere(minute: Path) -> None:
    with camera(minute, 0, "operator", "s3cret") as port:
        url = f"rtsp://operator:s3cret@127.0.0.1:{port}/camera"
        stream = LiveStream(url, limits=FAST)
        with closing(stream.frames()) as running:
            assert len(list(islice(running, 3))) == 3
    assert stream.identity.name == f"rtsp://127.0.0.1:{port}/camera"
    assert "s3cret" not in repr(stream) + str(stream.identity)
    with structlog.testing.capture_logs() as logs, pytest.raises(FootageError) as caught:
        list(LiveStream(url, limits=ONCE).frames())
    shown = str(logs) + "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in shown and "operator" not in shown


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_wrong_port_is_one_line() -> None:
    port = free_port()
    with structlog.testing.capture_logs() as logs, pytest.raises(FootageError) as caught:
        list(LiveStream(f"rtsp://u:p@127.0.0.1:{port}/camera", limits=ONCE).frames())
    assert str(caught.value) == (
        f"rtsp://127.0.0.1:{port}/camera: cannot be reached (Connection refused), 2 times in a row. "
        "Check the address, the port, the network and that the camera is on."
    )
    assert [log["wait_s"] for log in logs] == [0.05]


def test_a_camera_that_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(FootageError, match="2 times in a row"):
            list(LiveStream(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/camera", limits=ONCE).frames())
        assert time.monotonic() - began < 8


def test_waiting_between_attempts_grows_to_its_limit() -> None:
    limits = LiveLimits(backoff_first_s=0.01, backoff_max_s=0.05, attempts_max=6)
    with structlog.testing.capture_logs() as logs, pytest.raises(FootageError):
        list(LiveStream(f"rtsp://127.0.0.1:{free_port()}/camera", limits=limits).frames())
    assert [log["wait_s"] for log in logs] == [0.01, 0.02, 0.04, 0.05, 0.05]


def test_a_stop_ends_the_frames_and_the_waiting() -> None:
    stop = threading.Event()
    stream = LiveStream(f"rtsp://127.0.0.1:{free_port()}/camera", stop=stop, limits=LiveLimits(backoff_first_s=60))
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    assert list(stream.frames()) == []
    assert time.monotonic() - began < 3


def test_a_slow_analysis_loses_the_oldest_frames_and_counts_them(minute: Path) -> None:
    limits = LiveLimits(open_timeout_s=5, read_timeout_s=2, queue_frames=5)
    with camera(minute) as port, structlog.testing.capture_logs() as logs:
        stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=limits)
        with closing(stream.frames()) as running:
            first = next(running)
            time.sleep(1.2)
            second, third = next(running), next(running)
    assert second.index > first.index + 10
    assert third.index == second.index + 1
    assert stream.counts.dropped_frames >= second.index - first.index - 1
    assert {log["event"] for log in logs} == {"the analysis is too slow"}


def test_a_clip_of_a_time_that_is_gone_is_refused(tmp_path: Path) -> None:
    stream = LiveStream("rtsp://127.0.0.1:1/camera", limits=FAST)
    stream.close()
    with pytest.raises(FootageError, match="nothing is kept of 2026-01-01"):
        stream.write_clip(tmp_path / "clip.mp4", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    with pytest.raises(FootageError, match="was stopped before its first picture came"):
        _ = stream.size_wh


def test_the_size_is_known_before_the_first_frame_is_taken(minute: Path) -> None:
    with camera(minute) as port, LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST) as stream:
        assert stream.size_wh == (64, 48)
        with closing(stream.frames()) as running:
            assert next(running).index == 0


def test_asking_the_size_of_a_camera_that_refuses_says_why() -> None:
    stream = LiveStream(f"rtsp://127.0.0.1:{free_port()}/camera", limits=ONCE)
    with stream, pytest.raises(FootageError, match="Connection refused"):
        _ = stream.size_wh


def test_closing_one_camera_does_not_stop_the_others(minute: Path) -> None:
    stop = threading.Event()
    with camera(minute) as port:
        one, other = (LiveStream(f"rtsp://127.0.0.1:{port}/camera", stop=stop, limits=FAST) for _ in "12")
        with closing(other.frames()) as running:
            next(running)
            with closing(one.frames()) as closed:
                next(closed)
            assert len(list(islice(running, 10))) == 10
            stop.set()
            assert list(running) == []


@pytest.mark.parametrize(("url", "shown"), [
    ("rtsp://u:p@10.0.0.7:554/main", "rtsp://10.0.0.7:554/main"),
    ("rtsp://u:p%40ss@cam.local/a/b?token=abc#x", "rtsp://cam.local/a/b"),
    ("rtsps://[fe80::1]:8554/x", "rtsps://[fe80::1]:8554/x"),
])  # fmt: skip
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert without_password(url) == shown


START = datetime(2026, 11, 22, 7, tzinfo=UTC)


def session(offset_s: float = 0) -> Session:
    return Session(None, lambda pts: START + timedelta(seconds=offset_s + pts / 10))  # type: ignore[arg-type]


def packet(pts: int, *, key: bool | None = None, size: int = 10) -> StoredPacket:
    return StoredPacket(pts, pts, 1, pts % 5 == 0 if key is None else key, bytes(size))


def seconds(value: float) -> datetime:
    return START + timedelta(seconds=value)


class TestRing:
    """Ten packets a second, every fifth a keyframe."""

    def filled(self, count: int = 100, keep_s: float = 4, bytes_max: int = 10_000) -> tuple[PacketRing, Session]:
        ring, one = PacketRing(timedelta(seconds=keep_s), bytes_max), session()
        for pts in range(count):
            ring.add(one, packet(pts))
        return ring, one

    def test_it_keeps_no_longer_than_told(self) -> None:
        ring, _ = self.filled()
        assert (len(ring), ring.bytes, ring.newest_at) == (41, 410, seconds(9.9))

    def test_it_keeps_no_more_bytes_than_told(self) -> None:
        ring, _ = self.filled(bytes_max=95)
        assert (len(ring), ring.bytes) == (9, 90)

    def test_a_packet_larger_than_the_ring_empties_it(self) -> None:
        ring, one = self.filled(bytes_max=95)
        ring.add(one, packet(100, size=200))
        assert (len(ring), ring.bytes, ring.cut(seconds(0), seconds(99))) == (0, 0, None)

    @pytest.mark.parametrize(("from_s", "to_s", "first", "last"), [
        (7.2, 8.1, 70, 81),  # from the keyframe before
        (7.0, 7.0, 70, 70),
        (1.0, 7.0, 60, 70),  # what is gone is gone: the first keyframe kept (packet 59 is none)
        (9.8, 99, 95, 99),
    ])  # fmt: skip
    def test_a_cut_begins_with_a_keyframe(self, from_s: float, to_s: float, first: int, last: int) -> None:
        ring, one = self.filled()
        cut = ring.cut(seconds(from_s), seconds(to_s))
        assert cut is not None and cut[0] is one
        assert (cut[1][0].pts, cut[1][-1].pts) == (first, last)

    def test_nothing_before_the_kept_time(self) -> None:
        assert self.filled()[0].cut(seconds(1), seconds(2)) is None

    def test_a_cut_never_joins_two_connections(self) -> None:
        ring, one = self.filled(30, keep_s=60)
        two = session(10)
        for pts in range(30):
            ring.add(two, packet(pts))
        before = ring.cut(seconds(2.6), seconds(11))
        assert before is not None and (before[0] is one, before[1][0].pts, before[1][-1].pts) == (True, 25, 29)
        between = ring.cut(seconds(5), seconds(11))
        assert between is not None and (between[0] is two, between[1][0].pts, between[1][-1].pts) == (True, 0, 10)
        nothing_after = ring.cut(seconds(5), seconds(6))
        assert nothing_after is not None and nothing_after[0] is one  # the nearest there is; its own times say so

    def test_pictures_shown_before_the_keyframe_stay_out(self) -> None:
        ring, one = PacketRing(timedelta(seconds=60), 10_000), session()
        for pts, key in [(0, True), (3, False), (1, False), (8, True), (6, False), (9, False)]:
            ring.add(one, packet(pts, key=key))
        cut = ring.cut(seconds(0.8), seconds(9))
        assert cut is not None and [p.pts for p in cut[1]] == [8, 9]
