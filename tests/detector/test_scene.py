"""Cuts in pictures, and the scene that observations make."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.camera import Camera, Signal
from detector.cuts import CutDetector
from detector.footage import FootageFile
from detector.scene import SceneBuilder
from detector.vocabulary import (
    Detection,
    LampReading,
    Movement,
    Observation,
    Phase,
    Pixels,
    VehicleClass,
)

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "sample_videos"


def street(seed: int = 1, moved_px: int = 0) -> Pixels:
    """A street of houses and a road with vehicles that have moved on by `moved_px`."""
    random = np.random.default_rng(seed)
    picture = np.full((360, 640, 3), 120, np.uint8)
    for _ in range(60):
        x, y = random.integers(0, 640), random.integers(0, 200)
        colour = random.integers(30, 230, 3).tolist()
        cv2.rectangle(picture, (int(x), int(y)), (int(x) + 50, int(y) + 40), colour, -1)
    for vehicle in range(8):
        x, y = 60 * vehicle + moved_px, 220 + 15 * vehicle
        cv2.rectangle(picture, (x, y), (x + 40, y + 30), (20, 20 * vehicle, 200), -1)
    return picture


def noisy(picture: Pixels, seed: int) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, 6, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def black() -> Pixels:
    return np.zeros((360, 640, 3), np.uint8)


CUTS = [
    # (what picture i shows, the pictures at which a cut is seen)
    pytest.param(lambda i: street(), [], id="a still street"),
    pytest.param(lambda i: street(moved_px=8 * i), [], id="traffic"),
    pytest.param(lambda i: noisy(street(moved_px=8 * i), i), [], id="traffic in noise"),
    pytest.param(lambda i: np.asarray(street() * (0.6 if i >= 10 else 1.0), np.uint8), [], id="the exposure falls"),
    pytest.param(lambda i: street(seed=1 if i < 10 else 2), [10], id="another view"),
    pytest.param(lambda i: street(seed=1 if i < 10 else 2 if i < 12 else 3), [10, 12], id="two cuts"),
    pytest.param(lambda i: street(seed=1) if i < 10 else black(), [10], id="the picture is lost"),
]


@pytest.mark.parametrize(("shows", "expected"), CUTS)
def test_cuts(shows: Callable[[int], Pixels], expected: list[int]) -> None:
    cuts = CutDetector()
    found = [i for i in range(20) if cuts.is_cut(shows(i), START + timedelta(seconds=i / 12.5))]
    assert found == expected


@pytest.mark.parametrize("name", ["nguyen_trai_junction", "tran_phu_bus_lane", "ly_thuong_kiet_two_way"])
def test_near_vehicles_are_no_cut_at_six_frames_a_second(name: str) -> None:
    """A bus that comes in below the camera, three motorbikes at once: all tracks ended there."""
    cuts, due_at = CutDetector(), None
    for frame in FootageFile(SAMPLES / f"{name}.mp4").frames():
        if due_at is None or frame.captured_at >= due_at:
            assert not cuts.is_cut(frame.pixels, frame.captured_at), frame.index
            due_at = frame.captured_at + timedelta(seconds=1 / 6 - 0.01)


@pytest.mark.parametrize(
    ("gap_s", "expected"),
    [(0.0, False), (1.9, False), (2.1, True), (-0.1, True)],
)
def test_a_hole_in_time_is_a_cut(gap_s: float, expected: bool) -> None:
    cuts = CutDetector()
    cuts.is_cut(street(), START)
    assert cuts.is_cut(street(), START + timedelta(seconds=gap_s)) is expected


@pytest.mark.parametrize(("still_s", "expected"), [(4.5, False), (8.0, True)], ids=["still", "frozen"])
def test_a_picture_that_stays_is_no_hole_in_time_until_it_is_frozen(still_s: float, expected: bool) -> None:
    cuts = CutDetector()
    cuts.is_cut(street(), START)
    for tenth in range(1, round(10 * still_s)):
        cuts.stays(START + timedelta(seconds=tenth / 10))
    assert cuts.is_cut(street(), START + timedelta(seconds=still_s)) is expected


CAMERA = Camera(
    id="test",
    resolution_wh=(640, 360),
    signals=(Signal("main", (10, 10, 20, 35), frozenset({Movement.STRAIGHT})),),
)


def observation(index: int, *, is_cut: bool = False, phase: Phase = Phase.RED) -> Observation:
    return Observation(
        frame_index=index,
        captured_at=START + timedelta(seconds=index / 10),
        frame_size_wh=(640, 360),
        detections=(Detection(VehicleClass.CAR, 0.9, (100, 100, 180, 160)),),
        lamps=(LampReading("main", phase, 0.9),),
        is_cut=is_cut,
    )


def test_a_scene_joins_tracks_and_lamps() -> None:
    builder = SceneBuilder(CAMERA)
    for index in range(6):
        scene = builder.update(observation(index))
    assert (scene.frame_index, scene.captured_at) == (5, START + timedelta(seconds=0.5))
    assert [(track.track_id, track.vehicle_class) for track in scene.tracks] == [(0, VehicleClass.CAR)]
    assert (scene.signals["main"].phase, scene.signals["main"].since) == (Phase.RED, START)
    assert scene.ended_track_ids == ()


def test_nothing_is_joined_across_a_cut() -> None:
    builder = SceneBuilder(CAMERA)
    for index in range(6):
        builder.update(observation(index))
    scene = builder.update(observation(6, is_cut=True, phase=Phase.GREEN))
    assert scene.ended_track_ids == (0,)
    assert scene.tracks == ()
    assert (scene.signals["main"].phase, scene.signals["main"].since) == (Phase.UNKNOWN, scene.captured_at)
    for index in range(7, 12):
        scene = builder.update(observation(index, phase=Phase.GREEN))
    assert [track.track_id for track in scene.tracks] == [1]
    assert (scene.signals["main"].phase, scene.signals["main"].since) == (
        Phase.GREEN,
        START + timedelta(seconds=0.6),
    )


@pytest.mark.parametrize(
    ("moved_px", "expected"), [(0, 0), (300, 1)], ids=["who stood is who stands there", "who is elsewhere is another"]
)
def test_nobody_is_lost_while_nothing_moves_in_the_picture(moved_px: int, expected: int) -> None:
    builder = SceneBuilder(CAMERA)
    for index in range(6):
        builder.update(observation(index))
    for index in range(6, 46):
        repeat = replace(observation(index), detections=(), lamps=(), is_repeat=True)
        assert builder.update(repeat).tracks == ()
    x1, y1, x2, y2 = (100, 100, 180, 160)
    found = (Detection(VehicleClass.CAR, 0.9, (x1 + moved_px, y1, x2 + moved_px, y2)),)
    for index in range(46, 50):
        scene = builder.update(replace(observation(index), detections=found))
    assert [track.track_id for track in scene.tracks] == [expected]


def test_a_scene_cannot_be_changed_by_a_rule() -> None:
    scene = SceneBuilder(CAMERA).update(observation(0))
    with pytest.raises(TypeError):
        scene.signals["main"] = scene.signals["main"]  # type: ignore[index]
