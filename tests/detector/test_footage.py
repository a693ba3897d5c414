"""Footage: true times, clips of the original packets, and one clear line for what is no video."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from detector.camera import Camera
from detector.footage import EPOCH, FootageFile
from detector.source import Clock, require_resolution
from models.errors import FootageError
from tests.detector.clips import SIZE_WH, index_of, picture, write_sound, write_stills, write_video
from tests.detector.test_recording import file_size_limit

EVEN_MS = [40 * i for i in range(50)]
UNEVEN_MS = [0, 40, 45, 200, 1000, 1033, *(1100 + 7 * i * i for i in range(20))]
START = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def milliseconds(footage: FootageFile) -> list[int]:
    return [round((frame.captured_at - footage.started_at) / timedelta(milliseconds=1)) for frame in footage.frames()]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("pts", [EVEN_MS, UNEVEN_MS], ids=["even", "uneven"])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_times_are_those_of_the_file(tmp_path: Path, name: str, pts: list[int], b_frames: int) -> None:
    footage = FootageFile(write_video(tmp_path / name, pts, b_frames=b_frames), START)
    frames = list(footage.frames())
    assert [frame.index for frame in frames] == list(range(len(pts)))
    assert [frame.captured_at for frame in frames] == [START + timedelta(milliseconds=at) for at in pts]
    assert [index_of(frame.pixels) for frame in frames] == [i % 40 for i in range(len(pts))]
    assert footage.summary is not None and footage.summary.truncated is None
    assert footage.size_wh == SIZE_WH
    assert frames[0].pixels.flags["C_CONTIGUOUS"] and frames[0].pixels.dtype == np.uint8


def test_two_passes_are_the_same_bytes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", UNEVEN_MS, b_frames=2)
    first, second = ([(f.index, f.captured_at, f.pixels.tobytes()) for f in FootageFile(path).frames()] for _ in "12")
    assert first == second


@pytest.mark.parametrize("size_wh", [(63, 47), (2, 2), (65, 48)])
def test_odd_sizes(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mkv", EVEN_MS[:3], codec="mjpeg", size_wh=size_wh))
    assert footage.size_wh == size_wh
    assert {frame.pixels.shape for frame in footage.frames()} == {(size_wh[1], size_wh[0], 3)}


@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (-90, 3)])
def test_pictures_stand_upright(tmp_path: Path, rotation: int, turns: int) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mp4", EVEN_MS[:3], rotation=rotation))
    upright = np.rot90(picture(0), turns)
    assert footage.size_wh == (upright.shape[1], upright.shape[0])
    seen = next(footage.frames()).pixels
    assert np.abs(seen.astype(int) - upright).mean() < 12  # turned any other way, the bright square differs by 20
    clip = footage.write_clip(tmp_path / "clip.mp4", EPOCH, EPOCH)
    assert FootageFile(clip.path).size_wh == footage.size_wh


def test_times_that_do_not_go_forward_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write_stills(tmp_path / "a.mkv", [1000, 1040, 1040, 1080, 1120, 1100, 1160])
    footage = FootageFile(path)
    frames = list(footage.frames())
    assert [frame.index for frame in frames] == [0, 1, 3, 4, 6]  # the index still counts every decoded frame
    assert [(f.captured_at - EPOCH) // timedelta(milliseconds=1) for f in frames] == [0, 40, 80, 120, 160]
    assert footage.summary is not None and footage.summary.repeated_frames == 2
    clip = footage.write_clip(tmp_path / "clip.mp4", frames[3].captured_at, frames[4].captured_at)
    assert clip.first_frame_index == 4


def test_the_clock_says_where_it_comes_from(tmp_path: Path) -> None:
    made = {"creation_time": "2024-08-28T08:32:56.500000Z"}
    stamped = write_video(tmp_path / "stamped.mp4", EVEN_MS[:2], metadata=made)
    silent = write_video(tmp_path / "silent.mp4", EVEN_MS[:2])
    unset = write_video(tmp_path / "unset.mp4", EVEN_MS[:2], metadata={"creation_time": "1970-01-01T00:00:09Z"})
    given = FootageFile(stamped, datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=7))))
    assert (given.clock, given.started_at) == (Clock.GIVEN, datetime(2026, 1, 1, tzinfo=UTC))
    assert given.started_at.tzinfo is UTC
    container = FootageFile(stamped)
    assert (container.clock, container.started_at.replace(microsecond=0)) == (
        Clock.CONTAINER, datetime(2024, 8, 28, 8, 32, 56, tzinfo=UTC),
    )  # fmt: skip
    assert [(f.clock, f.started_at) for f in map(FootageFile, (silent, unset))] == [(Clock.UNKNOWN, EPOCH)] * 2
    with pytest.raises(ValueError, match="time zone"):
        FootageFile(stamped, datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_identity_is_the_hash_of_the_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", EVEN_MS[:2])
    identity = FootageFile(path).identity
    assert (identity.kind, identity.name) == ("file", "a.mp4")
    assert identity.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def first_half(path: Path, share: float = 0.5) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def with_text(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def with_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


NO_VIDEO = [
    ("missing", lambda folder: folder / "none.mp4", "cannot be read: No such file"),
    ("a folder", lambda folder: folder, "is a folder, not a video"),
    ("a pipe", lambda folder: with_pipe(folder / "p.mp4"), "is not a regular file"),
    ("empty", lambda folder: with_text(folder / "e.mp4", ""), "is empty"),
    ("text", lambda folder: with_text(folder / "t.mp4", "hello " * 9999), "is not a video"),
    ("text called txt", lambda folder: with_text(folder / "t.txt", "hello " * 9999), "is not a video"),
    ("a playlist of other files", lambda folder: with_text(folder / "l.m3u8", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
     "is not a video"),
    ("only sound", lambda folder: write_sound(folder / "s.m4a"), "has no video, only sound"),
    ("no index", lambda folder: first_half(write_video(folder / "h.mp4", EVEN_MS)), "is not a video that can be read"),
    ("no timestamps", lambda folder: write_video(folder / "r.h264", EVEN_MS, container_format="h264"),
     "is not a video with timestamps"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "says"), [row[1:] for row in NO_VIDEO], ids=[row[0] for row in NO_VIDEO])
def test_what_is_no_video_gets_one_line(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    path = make(tmp_path)
    with pytest.raises(FootageError) as caught:
        FootageFile(path)
    assert str(caught.value).startswith(f"{path}: {says}")
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_a_file_without_permission_gets_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "a.mp4", EVEN_MS[:2])

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)  # tests may run as root, whom no permission stops
    with pytest.raises(FootageError, match=r"a\.mp4: cannot be read: Permission denied"):
        FootageFile(path)


@pytest.mark.parametrize(("name", "share", "says"), [
    ("a.mp4", 0.6, "bytes are missing at the end"),
    ("a.mp4", 0.98, "bytes are missing at the end"),
    ("a.mkv", 0.6, "s are missing"),
])  # fmt: skip
def test_a_file_cut_off_in_the_middle_gives_what_it_has(tmp_path: Path, name: str, share: float, says: str) -> None:
    pts = [100 * i for i in range(50)]
    whole = FootageFile(write_video(tmp_path / f"whole{name}", pts, movflags="+faststart" if name == "a.mp4" else ""))
    everything = list(whole.frames())
    cut = tmp_path / name
    cut.write_bytes(whole.path.read_bytes())
    footage = FootageFile(first_half(cut, share))
    frames = list(footage.frames())
    assert 5 < len(frames) < 50
    assert [f.captured_at for f in frames] == [f.captured_at for f in everything[: len(frames)]]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(frames, everything, strict=False))
    assert footage.summary is not None and says in str(footage.summary.truncated)
    assert footage.summary.frames == len(frames)
    clip = footage.write_clip(tmp_path / "clip.mp4", frames[-2].captured_at, everything[-1].captured_at)
    assert clip.last_at == frames[-1].captured_at


def test_a_broken_packet_costs_its_pictures_only(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", EVEN_MS, codec="mjpeg")
    raw = bytearray(path.read_bytes())
    starts = [i for i in range(len(raw)) if raw[i : i + 3] == b"\xff\xd8\xff"]
    raw[starts[20] : starts[21] - 20] = bytes(starts[21] - 20 - starts[20])
    path.write_bytes(raw)
    footage = FootageFile(path)
    shown = [index_of(frame.pixels) for frame in footage.frames()]
    assert shown == [i % 40 for i in range(50) if i != 20]
    assert footage.summary is not None and footage.summary.undecodable_packets == 1


def test_a_wrong_resolution_names_both(tmp_path: Path) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mp4", EVEN_MS[:2]))
    require_resolution(footage, Camera(id="c", resolution_wh=SIZE_WH))
    with pytest.raises(FootageError, match=r"a\.mp4: the picture is 64×48 pixels, but camera c is drawn for 640×480"):
        require_resolution(footage, Camera(id="c", resolution_wh=(640, 480)))


def packets_of(path: Path) -> dict[bytes, bool]:
    with av.open(str(path)) as container:
        return {hashlib.sha256(bytes(p)).digest(): p.is_keyframe for p in container.demux(video=0) if p.size}


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(
    ("from_index", "to_index", "first"), [(0, 0, 0), (9, 12, 0), (10, 10, 10), (25, 37, 20), (49, 49, 40)]
)
def test_a_clip_holds_the_original_packets(
    tmp_path: Path, name: str, b_frames: int, from_index: int, to_index: int, first: int
) -> None:
    footage = FootageFile(
        write_video(tmp_path / name, UNEVEN_MS + [9000 + 33 * i for i in range(24)], b_frames=b_frames), START
    )
    frames = list(footage.frames())
    clip = footage.write_clip(tmp_path / "clip.mp4", frames[from_index].captured_at, frames[to_index].captured_at)
    assert (clip.first_frame_index, clip.first_at) == (first, frames[first].captured_at)
    assert clip.last_at >= frames[to_index].captured_at
    assert clip.codec == "h264"
    assert packets_of(clip.path).keys() <= packets_of(footage.path).keys()
    copied = list(FootageFile(clip.path, clip.first_at).frames())
    originals = frames[first : first + len(copied)]
    assert copied[-1].captured_at == clip.last_at
    assert [f.captured_at for f in copied] == [f.captured_at for f in originals]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(copied, originals, strict=True))


def test_a_clip_of_unread_footage_counts_packets(tmp_path: Path) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mp4", EVEN_MS, b_frames=2), START)
    clip = footage.write_clip(tmp_path / "clip.mp4", START + timedelta(seconds=1), START + timedelta(seconds=1.2))
    assert clip.first_frame_index == 20


def test_times_outside_the_footage_give_what_there_is(tmp_path: Path) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mp4", EVEN_MS), START)
    clip = footage.write_clip(tmp_path / "clip.mp4", START - timedelta(hours=1), START + timedelta(hours=1))
    assert (clip.first_at, clip.last_at) == (START, START + timedelta(milliseconds=EVEN_MS[-1]))


def test_one_keyframe_at_the_start_means_a_long_clip(tmp_path: Path) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mp4", EVEN_MS, gop=1000), START)
    clip = footage.write_clip(tmp_path / "clip.mp4", START + timedelta(seconds=1.9), START + timedelta(seconds=2))
    assert clip.first_at == START


def test_a_clip_plays_while_it_loads(tmp_path: Path) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mkv", EVEN_MS))
    raw = footage.write_clip(tmp_path / "clip.mp4", EPOCH, EPOCH).path.read_bytes()
    assert 0 < raw.index(b"moov") < raw.index(b"mdat")


@pytest.mark.parametrize(
    ("codec", "suffix"), [("mpeg4", ".mp4"), ("mjpeg", ".mp4"), ("libvpx", ".mkv"), ("msmpeg4", ".mkv")]
)
def test_codecs_that_mp4_cannot_carry_go_into_matroska(tmp_path: Path, codec: str, suffix: str) -> None:
    path = write_video(tmp_path / "a.mkv", list(range(20)), time_base=Fraction(1, 25), codec=codec)
    footage = FootageFile(path)
    clip = footage.write_clip(tmp_path / "clip.mp4", EPOCH, EPOCH + timedelta(seconds=9))
    assert clip.path == tmp_path / f"clip{suffix}"
    assert milliseconds(FootageFile(clip.path)) == milliseconds(footage)


def test_avi_which_has_no_presentation_times(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", list(range(20)), time_base=Fraction(1, 25), codec="mpeg4")
    footage = FootageFile(path)
    assert milliseconds(footage) == [40 * i for i in range(20)]
    clip = footage.write_clip(tmp_path / "clip.mp4", EPOCH, EPOCH + timedelta(seconds=9))
    assert milliseconds(FootageFile(clip.path)) == [40 * i for i in range(20)]


def test_a_full_disk_leaves_no_half_clip(tmp_path: Path) -> None:
    footage = FootageFile(write_video(tmp_path / "a.mp4", EVEN_MS))
    target = tmp_path / "clip.mp4"
    with file_size_limit(1000), pytest.raises(FootageError) as caught:
        footage.write_clip(target, EPOCH, EPOCH + timedelta(seconds=9))
    assert str(caught.value).startswith(f"{target}: the clip cannot be written: File too large. Check the free space")
    assert not target.exists()
