"""Recorded observations: exact round trips, resuming, torn lines, foreign headers, full disks."""

import resource
import string
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.precision import rounded
from detector.recording import Recorded, RecordingHeader, read_observation, read_observations, write_observation
from detector.vocabulary import Detection, Frame, Head, LampReading, Observation, Phase, PictureCheck, VehicleClass
from models.errors import FootageError

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
HEADER = RecordingHeader("ab" * 32, START.isoformat(), "cd" * 32, {"vehicles": "ef" * 32})

coordinates = st.floats(-1e5, 1e5)
confidences = st.floats(0, 1)
boxes = st.tuples(coordinates, coordinates, coordinates, coordinates)
heads = st.builds(Head, st.booleans(), confidences, boxes)
detections = st.builds(
    Detection, st.sampled_from(VehicleClass), confidences, boxes, st.none() | st.lists(heads, max_size=3).map(tuple)
)
lamps = st.builds(LampReading, st.text(string.printable + "ệđ\u2028", max_size=9), st.sampled_from(Phase), confidences)
levels = st.floats(0, 255)
shares = st.none() | confidences
checks = st.builds(PictureCheck, shares, levels, levels, levels, levels, shares, shares, shares, shares)
observations = st.builds(
    Observation,
    frame_index=st.integers(0, 10**9),
    captured_at=st.datetimes(timezones=st.just(UTC)),
    frame_size_wh=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    detections=st.lists(detections, max_size=4).map(tuple),
    lamps=st.lists(lamps, max_size=3).map(tuple),
    is_cut=st.booleans(),
    is_repeat=st.booleans(),
    clock_offset_s=st.none() | st.floats(-1e6, 1e6),
    check=st.none() | checks,
)


@given(observations)
def test_a_line_reads_back_as_the_same_observation(observation: Observation) -> None:
    line = write_observation(observation)
    assert read_observation(line) == observation
    assert write_observation(read_observation(line)) == line
    assert "\n" not in line


@given(observations)
def test_rounding_twice_is_rounding_once(observation: Observation) -> None:
    assert rounded(rounded(observation)) == rounded(observation)


def test_numbers_of_a_network_become_plain_ones() -> None:
    raw = Detection(VehicleClass.CAR, np.float32(0.912345), tuple(np.float32([1.005, 2, 3.14159, 4])))  # type: ignore[arg-type]
    [detection] = rounded(Observation(0, START, (9, 9), (raw,), ())).detections
    assert (detection.confidence, detection.box_xyxy) == (0.9123, (1.0, 2.0, 3.14, 4.0))
    assert {type(side) for side in detection.box_xyxy} == {float}


LINE = (
    '{"frame":1,"at":"2026-01-01T00:00:00+00:00","size":[1,1],'
    '"vehicles":[["car",1,[0,0,1,1],null]],"lamps":[],"cut":false,"repeat":false,"clock_offset_s":null,"check":null}'
)


@pytest.mark.parametrize("line", [
    "", "{}", "[]", "null", "x" * 50, LINE[:-1], LINE.replace("car", "cow"), LINE.replace("[1,1]", "[1]"),
    LINE.replace('"check":null', '"check":{}'),
    LINE.replace("0,0,1,1", "0,0,1"), LINE.replace("2026-01-01", "2026-13-01"), LINE.replace('"cut"', '"cat"'),
])  # fmt: skip
def test_other_lines_are_refused(line: str) -> None:
    assert read_observation(LINE).frame_index == 1
    with pytest.raises(ValueError):
        read_observation(line)


class Counting:
    """Sees one car that moves a pixel a frame, and counts how often it was asked and told."""

    def __init__(self) -> None:
        self.observed: list[int] = []
        self.followed: list[int] = []

    def is_due(self, captured_at: datetime) -> bool:
        return captured_at.year > 1

    def observe(self, frame: Frame) -> Observation:
        self.observed.append(frame.index)
        car = Detection(VehicleClass.CAR, 0.5, (frame.index / 3, 0, 9, 9))
        return Observation(frame.index, frame.captured_at, (9, 9), (car,), ())

    def follow(self, frame: Frame, observation: Observation) -> None:
        assert observation.frame_index == frame.index
        self.followed.append(frame.index)


def frames(count: int, start: datetime = START) -> list[Frame]:
    pixels = np.zeros((9, 9, 3), np.uint8)
    return [Frame(i, start + timedelta(seconds=i / 7), pixels) for i in range(count)]


def observe(path: Path, count: int, header: RecordingHeader = HEADER) -> tuple[list[Observation], Counting, str | None]:
    inner = Counting()
    with Recorded(path, inner, header) as recorded:
        return [recorded.observe(frame) for frame in frames(count)], inner, recorded.started_anew


def test_a_second_run_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "a.jsonl"
    first, _, _ = observe(path, 4)
    again, inner, _ = observe(path, 7)
    assert again[:4] == first
    assert (inner.followed, inner.observed) == ([0, 1, 2, 3], [4, 5, 6])
    whole, _, _ = observe(tmp_path / "b.jsonl", 7)
    assert again == whole == list(read_observations(path))
    assert path.read_bytes() == (tmp_path / "b.jsonl").read_bytes()


@pytest.mark.parametrize("torn", range(1, 60, 7))
def test_a_torn_last_line_is_dropped(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "a.jsonl"
    observe(path, 5)
    whole = path.read_bytes()
    path.write_bytes(whole[:-torn])
    assert len(list(read_observations(path))) == 4
    _, inner, anew = observe(path, 5)
    assert (inner.observed, anew) == ([4], None)
    assert path.read_bytes() == whole


def test_a_damaged_line_in_the_middle_costs_what_follows_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    observe(path, 5)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"\0\xff\n", *lines[4:]]))
    _, inner, _ = observe(path, 5)
    assert inner.observed == [2, 3, 4]
    assert path.read_bytes() == whole


def test_other_frames_than_the_recorded_are_observed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    observe(path, 3)
    inner = Counting()
    with Recorded(path, inner, HEADER) as recorded:
        for frame in frames(3, START + timedelta(days=1)):
            recorded.observe(frame)
    assert inner.observed == [0, 1, 2]


@pytest.mark.parametrize(("changed", "says"), [
    (RecordingHeader("00" * 32, HEADER.started_at, HEADER.camera_sha256, HEADER.weights), "another source"),
    (RecordingHeader(HEADER.source, "2020", HEADER.camera_sha256, HEADER.weights), "another started_at"),
    (RecordingHeader(HEADER.source, HEADER.started_at, "00" * 32, HEADER.weights), "another camera_sha256"),
    (RecordingHeader(HEADER.source, HEADER.started_at, HEADER.camera_sha256, {"vehicles": "0"}), "another weights"),
])  # fmt: skip
def test_a_recording_of_something_else_is_started_anew(tmp_path: Path, changed: RecordingHeader, says: str) -> None:
    path = tmp_path / "a.jsonl"
    observe(path, 3)
    _, inner, anew = observe(path, 3, changed)
    assert inner.observed == [0, 1, 2]
    assert anew is not None and says in anew
    assert observe(path, 3, changed)[1].observed == []


@pytest.mark.parametrize("content", [b"hello\n", b'{"schema":99}\n', b"[1]\n", b'{"schema": 1, "source"'])
def test_files_that_are_no_recording(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(FootageError, match="not a recording of schema 2"):
        list(read_observations(path))
    assert observe(path, 2)[2] == "the file was not a recording of schema 2"
    assert len(list(read_observations(path))) == 2


def test_a_missing_recording_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FootageError, match="cannot be read: No such file"):
        list(read_observations(tmp_path / "none.jsonl"))


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Recorded(path, Counting(), HEADER), pytest.raises(FootageError, match="in use by another run"):
        Recorded(path, Counting(), HEADER)
    observe(path, 1)  # the lock is gone with its holder


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """As a full disk: the system refuses to let a file grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole, _, _ = observe(tmp_path / "b.jsonl", 9)
    with file_size_limit((tmp_path / "b.jsonl").stat().st_size - 150), pytest.raises(FootageError) as caught:
        observe(path, 9)
    assert "cannot be written: File too large. Check the free space" in str(caught.value)
    kept = list(read_observations(path))
    assert 0 < len(kept) < 9
    again, inner, _ = observe(path, 9)
    assert again == whole
    assert len(inner.observed) == 9 - len(kept)
