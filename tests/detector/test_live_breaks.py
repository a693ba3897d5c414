"""Live streams whose times leap or whose pictures change their size: what is wrong is left out, and a new connection mends it."""

from contextlib import closing
from itertools import islice, pairwise
from pathlib import Path

import pytest
import structlog

from detector import live
from detector.live import LiveStream
from tests.detector.clips import SIZE_WH, write_resized, write_video
from tests.detector.test_live import FAST, camera


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds at 25 frames a second, a keyframe every 0.4 s."""
    return write_video(tmp_path_factory.mktemp("breaks") / "clip.mp4", [40 * i for i in range(500)], gop=10)


LEAPS = [
    # by how many seconds the stream's times leap, why the connection is given up, how unusable pictures are counted
    pytest.param(3600, "their times leap", "impossible_frames", id="an hour ahead"),
    pytest.param(-3600, "their times leap", "impossible_frames", id="an hour back"),
    pytest.param(-30, "their times do not go forward", "repeated_frames", id="half a minute back"),
]


@pytest.mark.parametrize(("leap_s", "why", "counted"), LEAPS)
def test_a_stream_whose_times_leap_is_connected_anew(
    clip: Path, monkeypatch: pytest.MonkeyPatch, leap_s: int, why: str, counted: str
) -> None:
    monkeypatch.setattr(live, "UNUSABLE_PICTURES_MAX", 10)
    with camera(clip, 0, f"--leap={leap_s}") as port, structlog.testing.capture_logs() as logs:
        stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST)
        with closing(stream.frames()) as running:
            frames = list(islice(running, 30))
    assert stream.counts.connections >= 2  # a third one where the second had few pictures before it leapt as well
    assert logs[0]["why"] == f"sends pictures that cannot be used: {why}"
    assert getattr(stream.counts, counted) >= 10
    steps_s = [(b.captured_at - a.captured_at).total_seconds() for a, b in pairwise(frames)]
    assert min(steps_s) > 0 and max(steps_s) < 10  # as long as connecting anew took
    assert all(abs((frame.received_at - frame.captured_at).total_seconds()) < 2 for frame in frames)


def test_a_leap_too_short_to_be_one_shows_in_the_clocks(clip: Path) -> None:
    """Networks delay packets by some seconds and then send all: that is no reason to give up a connection."""
    with camera(clip, 0, "--leap=30") as port:
        stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST)
        with closing(stream.frames()) as running:
            frames = list(islice(running, 60))
    assert (stream.counts.connections, stream.counts.impossible_frames) == (1, 0)
    offset_s = [(frame.received_at - frame.captured_at).total_seconds() for frame in frames]
    assert offset_s[0] == pytest.approx(0, abs=1)
    assert offset_s[-1] == pytest.approx(-30, abs=1)


def test_a_stream_whose_pictures_change_their_size_is_connected_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "UNUSABLE_PICTURES_MAX", 10)
    clip = write_resized(tmp_path / "resized.ts", [SIZE_WH, (96, 64)], frames=50)
    with camera(clip) as port, structlog.testing.capture_logs() as logs:
        stream = LiveStream(f"rtsp://127.0.0.1:{port}/camera", limits=FAST)
        with closing(stream.frames()) as running:
            frames = list(islice(running, 70))
    assert {frame.pixels.shape for frame in frames} == {(48, 64, 3)}
    assert stream.counts.connections >= 2
    assert stream.counts.resized_frames >= 10
    assert logs[0]["why"] == "sends pictures that cannot be used: they are 96×64 pixels now and were 64×48"
