"""What is remembered of tracks: the best crops spread over time, trails and phases, all within limits."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detector import gallery as gallery_room
from detector import history as history_room
from detector.gallery import CROPS_PER_TRACK, MIN_SIDE_PX, Gallery
from detector.history import GRACE, History
from detector.vocabulary import Box, Frame, Phase, Scene, SignalPhase, Track, VehicleClass

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
SIZE = (200, 160)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def frame(index: int, seconds: float, brightness: int = 100) -> Frame:
    return Frame(index, at(seconds), np.full((SIZE[1], SIZE[0], 3), brightness, np.uint8))


def scene(index: int, seconds: float, boxes: dict[int, Box], ended: tuple[int, ...] = (), **phases: Phase) -> Scene:
    tracks = tuple(Track(i, VehicleClass.MOTORCYCLE, 0.9, box) for i, box in sorted(boxes.items()))
    signals = {name: SignalPhase(name, phase, at(seconds)) for name, phase in phases.items()}
    return Scene(index, at(seconds), tracks, signals, ended)


def square(side: float, x: float = 20, y: float = 20) -> Box:
    return (x, y, x + side, y + side)


def fill(gallery: Gallery, sides: list[float], step_s: float, track_id: int = 1, first: int = 0) -> None:
    for i, side in enumerate(sides, start=first):
        gallery.update(frame(i, i * step_s), scene(i, i * step_s, {track_id: square(side)}))


def test_a_vehicle_that_comes_nearer_is_kept_at_all_distances() -> None:
    gallery = Gallery()
    fill(gallery, [30 + i for i in range(100)], step_s=0.04)
    times = [(crop.captured_at - START).total_seconds() for crop in gallery.crops(1)]
    assert 6 <= len(times) <= CROPS_PER_TRACK
    assert times == sorted(times)
    assert times[-1] == pytest.approx(99 * 0.04)  # the nearest is the best
    assert times[0] < 1  # and the way there is not forgotten
    assert max(b - a for a, b in itertools.pairwise(times)) < 1


def test_a_vehicle_that_waits_long_keeps_its_best() -> None:
    gallery = Gallery()
    sides = [40.0] * 300
    sides[150:155] = [90.0] * 5
    fill(gallery, sides, step_s=0.1)
    crops = gallery.crops(1)
    assert len(crops) == CROPS_PER_TRACK
    assert any(crop.box_xyxy[2] - crop.box_xyxy[0] > 90 for crop in crops)


def test_a_crop_says_where_it_was_cut_and_is_its_own_copy() -> None:
    gallery = Gallery()
    picture = frame(7, 1.0)
    picture.pixels[20:70, 30:80] = 200
    gallery.update(picture, scene(7, 1.0, {4: square(50, 30, 20)}))
    [crop] = gallery.crops(4)
    x1, y1, x2, y2 = (int(side) for side in crop.box_xyxy)
    assert (crop.track_id, crop.frame_index, crop.captured_at) == (4, 7, at(1.0))
    assert (x1, y1, x2, y2) == (28, 18, 82, 72)  # 4 % more on each side
    assert np.array_equal(crop.pixels, picture.pixels[y1:y2, x1:x2])
    assert not np.shares_memory(crop.pixels, picture.pixels)


def test_sharp_beats_blurred_and_whole_beats_cut() -> None:
    gallery = Gallery()
    blurred, sharp = frame(0, 0), frame(1, 0.05)
    sharp.pixels[::4] = 0
    cut = frame(2, 0.1)
    cut.pixels[::4] = 0
    gallery.update(blurred, scene(0, 0, {1: square(50)}))
    gallery.update(sharp, scene(1, 0.05, {1: square(50)}))
    gallery.update(cut, scene(2, 0.1, {1: square(50, 150, 20)}))
    assert [crop.frame_index for crop in gallery.crops(1)] == [1]


def test_small_vehicles_and_boxes_outside_are_not_kept() -> None:
    gallery = Gallery()
    gallery.update(frame(0, 0), scene(0, 0, {1: square(MIN_SIDE_PX - 5), 2: square(60, 500, 500), 3: (50, 50, 10, 10)}))
    assert [gallery.crops(i) for i in (1, 2, 3)] == [(), (), ()]


def test_an_ended_track_is_kept_for_its_grace() -> None:
    gallery, history = Gallery(), History()
    for update in (scene(0, 0, {1: square(50)}), scene(1, 1, {2: square(50)}, ended=(1,))):
        gallery.update(frame(update.frame_index, (update.captured_at - START).total_seconds()), update)
        history.update(update)
    grace_s = GRACE.total_seconds()
    for index, seconds, is_there in [(2, 1 + grace_s, True), (3, 1.1 + grace_s, False)]:
        gallery.update(frame(index, seconds), scene(index, seconds, {2: square(50)}))
        history.update(scene(index, seconds, {2: square(50)}))
        assert bool(gallery.crops(1)) is is_there
        assert bool(history.trail(1)) is is_there
        assert gallery.crops(2) and history.trail(2)
    assert gallery.bytes == sum(crop.pixels.nbytes for crop in gallery.crops(2))


def test_the_gallery_never_takes_more_memory_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_room, "BYTES_MAX", 60_000)
    gallery = Gallery()
    for i in range(40):
        ended = (3,) if i == 5 else ()
        gallery.update(frame(i, i * 0.3), scene(i, i * 0.3, {min(i, 6): square(60)}, ended))
        assert gallery.bytes <= 60_000
    assert gallery.bytes == sum(crop.pixels.nbytes for track_id in range(7) for crop in gallery.crops(track_id))
    assert not gallery.crops(3)  # those that left go first
    assert gallery.crops(6)


def test_a_frame_of_another_scene_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="frame 1 is not that of scene 2"):
        Gallery().update(frame(1, 0), scene(2, 0, {}))


def test_a_trail_is_every_place_of_a_track() -> None:
    history = History()
    for i in range(5):
        history.update(scene(i, i / 10, {1: square(50, x=i)} if i != 3 else {}))
    assert [(p.frame_index, p.captured_at, p.box_xyxy) for p in history.trail(1)] == [
        (i, at(i / 10), square(50, x=i)) for i in (0, 1, 2, 4)
    ]
    assert history.trail(99) == ()


def test_the_timeline_holds_the_phase_that_was_on_when_it_begins() -> None:
    history = History()
    for i, phase in enumerate([Phase.GREEN, Phase.YELLOW, Phase.RED, Phase.GREEN]):
        for repeat in range(3):  # a phase that goes on is one entry
            lamp = SignalPhase("main", phase, at(10 * i))
            history.update(Scene(3 * i + repeat, at(10 * i + repeat), (), {"main": lamp}))
    timeline = history.signal_timeline(at(14), at(29))
    assert [(entry.phase, entry.since) for entry in timeline] == [(Phase.YELLOW, at(10)), (Phase.RED, at(20))]
    assert [entry.phase for entry in history.signal_timeline(at(30), at(99))] == [Phase.GREEN]
    assert [entry.phase for entry in history.signal_timeline(at(-9), at(-1))] == []


def test_lamps_stand_by_name_and_then_by_time() -> None:
    history = History()
    history.update(scene(0, 0, {}, main=Phase.RED, arrow=Phase.GREEN))
    history.update(scene(1, 5, {}, main=Phase.GREEN, arrow=Phase.GREEN))
    assert [(entry.signal, entry.since) for entry in history.signal_timeline(at(0), at(9))] == [
        ("arrow", at(0)), ("arrow", at(5)), ("main", at(0)), ("main", at(5)),
    ]  # fmt: skip


def test_histories_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_room, "TRACKS_MAX", 3)
    monkeypatch.setattr(history_room, "TRAIL_POINTS_MAX", 4)
    monkeypatch.setattr(history_room, "PHASES_MAX", 2)
    history = History()
    for i in range(10):
        history.update(scene(i, i, {i: square(50), 100: square(50)}, main=Phase.RED))
    assert [track_id for track_id in range(101) if history.trail(track_id)] == [8, 9, 100]
    assert [point.frame_index for point in history.trail(100)] == [6, 7, 8, 9]
    assert [entry.since for entry in history.signal_timeline(at(0), at(99))] == [at(8), at(9)]
