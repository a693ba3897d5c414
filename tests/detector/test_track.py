"""Tracks through time: ids, gaps, cuts, classes, limits; boxes walk over an empty road."""

from datetime import UTC, datetime, timedelta

import pytest

import detector.track
from detector.track import TrackKeeper
from detector.vocabulary import Box, Detection, Head, Observation, Track, VehicleClass

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MOTORCYCLE, CAR, TRUCK = VehicleClass.MOTORCYCLE, VehicleClass.CAR, VehicleClass.TRUCK


def box(x: float, y: float = 300.0, width: float = 40.0, height: float = 80.0) -> Box:
    """A motorbike's box whose ground point is (x, y)."""
    return (x - width / 2, y - height, x + width / 2, y)


def seen(x: float, y: float = 300.0, vehicle_class: VehicleClass = MOTORCYCLE, confidence: float = 0.9) -> Detection:
    return Detection(vehicle_class, confidence, box(x, y))


def observation(at_s: float, *detections: Detection, is_cut: bool = False) -> Observation:
    return Observation(
        frame_index=round(at_s * 100),
        captured_at=START + timedelta(seconds=at_s),
        frame_size_wh=(640, 480),
        detections=detections,
        lamps=(),
        is_cut=is_cut,
    )


def ids(tracks: tuple[Track, ...]) -> list[int]:
    return [track.track_id for track in tracks]


@pytest.mark.parametrize(
    ("fps", "speed_px_s"),
    [
        (30.0, 200.0),
        (12.5, 200.0),
        (6.0, 100.0),
        (6.0, 200.0),  # at 6 fps a fast motorbike all but leaves its own box (40 px wide) between two frames
    ],
)
def test_a_rider_keeps_one_id(fps: float, speed_px_s: float) -> None:
    keeper = TrackKeeper()
    found: set[int] = set()
    for frame in range(round(2 * fps)):
        tracks, ended = keeper.update(observation(frame / fps, seen(20 + speed_px_s * frame / fps)))
        found.update(ids(tracks))
        assert ended == ()
    assert found == {0}


def test_a_box_that_jumps_over_itself_is_not_followed() -> None:
    """Not supported: faster than about one box width a frame. No track is better than a wrong one."""
    keeper = TrackKeeper()
    for frame in range(12):
        tracks, _ = keeper.update(observation(frame / 6, seen(20 + 400 * frame / 6)))
        assert tracks == ()


def test_two_riders_who_meet_keep_their_ids() -> None:
    keeper = TrackKeeper()
    first: dict[int, bool] = {}
    for frame in range(40):
        left, right = seen(100 + 8 * frame, 300), seen(420 - 8 * frame, 340)
        tracks, _ = keeper.update(observation(frame / 12.5, left, right))
        for track in tracks:
            goes_right = track.ground_point[1] == 300
            assert first.setdefault(track.track_id, goes_right) == goes_right
    assert sorted(first) == [0, 1]


def test_a_rider_hidden_for_a_second_comes_back_as_the_same() -> None:
    keeper = TrackKeeper()
    for frame in range(60):
        hidden = 25 <= frame < 37
        tracks, ended = keeper.update(observation(frame / 12.5, *([] if hidden else [seen(100 + 2 * frame)])))
        assert ended == ()
    assert ids(tracks) == [0]


def test_a_lost_rider_ends_once_and_is_another_one_later() -> None:
    keeper = TrackKeeper()
    ends: list[int] = []
    for frame in range(100):
        hidden = 20 <= frame < 60
        tracks, ended = keeper.update(observation(frame / 12.5, *([] if hidden else [seen(100)])))
        ends.extend(ended)
    assert ends == [0]
    assert ids(tracks) == [1]


def test_a_cut_ends_every_track_and_ids_go_on() -> None:
    keeper = TrackKeeper()
    for frame in range(10):
        before, _ = keeper.update(observation(frame / 12.5, seen(100), seen(300)))
    assert ids(before) == [0, 1]
    _, ended = keeper.update(observation(0.8, seen(100), seen(300), is_cut=True))
    assert ended == (0, 1)
    for frame in range(11, 15):
        after, ended = keeper.update(observation(frame / 12.5, seen(100), seen(300)))
        assert ended == ()
    assert ids(after) == [2, 3]


def test_weak_boxes_hold_a_track_but_begin_none() -> None:
    keeper = TrackKeeper()
    for frame in range(10):
        tracks, _ = keeper.update(observation(frame / 12.5, seen(100), seen(400, confidence=0.15)))
    assert ids(tracks) == [0]
    for frame in range(10, 20):
        tracks, _ = keeper.update(observation(frame / 12.5, seen(100, confidence=0.15)))
    assert ids(tracks) == [0]


def test_one_box_in_one_frame_is_no_track() -> None:
    keeper = TrackKeeper()
    tracks, ended = keeper.update(observation(0, seen(100)))
    assert (tracks, ended) == ((), ())
    tracks, ended = keeper.update(observation(0.1))
    assert (tracks, ended) == ((), ())


VOTES = [
    # (class and confidence in each frame, class told in the last)
    pytest.param([(CAR, 0.9)] * 10 + [(TRUCK, 0.9)], CAR, id="one other frame changes nothing"),
    pytest.param([(CAR, 0.9)] * 5 + [(TRUCK, 0.9)] * 4, CAR, id="a minority changes nothing"),
    pytest.param([(CAR, 0.9)] * 5 + [(TRUCK, 0.9)] * 7, TRUCK, id="the majority decides"),
    pytest.param([(CAR, 0.45)] * 6 + [(TRUCK, 0.9)] * 5, TRUCK, id="votes count by their confidence"),
]


@pytest.mark.parametrize(("frames", "expected"), VOTES)
def test_the_class_is_voted_over_the_track(frames: list[tuple[VehicleClass, float]], expected: VehicleClass) -> None:
    keeper = TrackKeeper()
    for index, (vehicle_class, confidence) in enumerate(frames):
        tracks, _ = keeper.update(observation(index / 12.5, seen(100, 300, vehicle_class, confidence)))
    assert [(track.track_id, track.vehicle_class) for track in tracks] == [(0, expected)]


def test_a_track_is_what_was_seen_in_its_frame() -> None:
    keeper = TrackKeeper()
    heads = (Head(has_helmet=True, confidence=0.8, box_xyxy=(95, 225, 105, 235)),)
    keeper.update(observation(0, seen(100)))
    tracks, _ = keeper.update(observation(0.1, Detection(MOTORCYCLE, 0.7, box(103), heads)))
    assert tracks == (Track(0, MOTORCYCLE, 0.7, box(103), heads, MOTORCYCLE),)


def test_frames_with_the_same_time_are_taken() -> None:
    keeper = TrackKeeper()
    for at_s in (0.0, 0.1, 0.1, 0.1, 0.2):
        tracks, ended = keeper.update(observation(at_s, seen(100)))
    assert (ids(tracks), ended) == ([0], ())


def test_the_order_of_boxes_in_a_frame_changes_nothing() -> None:
    forwards, backwards = TrackKeeper(), TrackKeeper()
    for frame in range(30):
        crowd = [seen(30 + 37 * i + frame * (i % 3), 200 + 20 * (i % 7)) for i in range(15)]
        expected = forwards.update(observation(frame / 12.5, *crowd))
        assert backwards.update(observation(frame / 12.5, *crowd[::-1])) == expected


def test_tracks_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector.track, "MAX_TRACKS", 5)
    keeper = TrackKeeper()
    ends: list[int] = []
    for frame in range(10):
        crowd = [seen(50 + 60 * i) for i in range(5)] if frame < 5 else [seen(50 + 60 * i, 450) for i in range(5)]
        tracks, ended = keeper.update(observation(frame / 12.5, *crowd))
        ends.extend(ended)
    # The five not seen for longest make room.
    assert ids(tracks) == [5, 6, 7, 8, 9]
    assert ends == [0, 1, 2, 3, 4]


def test_the_surest_boxes_of_a_broken_picture_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector.track, "MAX_DETECTIONS", 2)
    keeper = TrackKeeper()
    for frame in range(3):
        tracks, _ = keeper.update(
            observation(frame / 12.5, seen(100, confidence=0.5), seen(200, confidence=0.9), seen(300, confidence=0.8))
        )
    assert sorted(track.ground_point[0] for track in tracks) == [200, 300]
