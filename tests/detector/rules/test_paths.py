"""Where the wheels are, in spite of what happens to boxes. The picture is 1000×800; see scenes.py for the perspective."""

from collections.abc import Callable

import pytest
from scenes import HORIZON, Drive, scenes

from detector.rules.paths import Path, Paths
from detector.rules.sample import Sample, top_moves_too
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Box

WHEELS = load_thresholds().wheels
APPROACH = [(0, 500, 700), (6, 500, 400)]
STANDS = [(0, 500, 600), (10, 500, 600)]
BoxAt = Callable[[float, Box], Box | None]


def walked(way: list[tuple[float, float, float]], box_at: BoxAt, fps: float = 12.0) -> tuple[Path, list[Sample]]:
    paths = Paths(WHEELS, (1000, 800), Horizon())
    samples = []
    for scene in scenes([Drive(way, box_at=box_at)], {}, fps=fps, jitter=0.01):
        paths.update(scene)
        samples += [paths[track.track_id].last for track in scene.tracks]
    return paths[1], samples


def shorter(from_s: float, to_s: float, share: float) -> BoxAt:
    return lambda t, b: (b[0], b[1], b[2], b[3] - share * (b[3] - b[1])) if from_s <= t <= to_s else b


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize("way", [APPROACH, STANDS], ids=["drives", "stands"])
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_hidden_wheels_are_placed_by_the_top(way: list[tuple[float, float, float]], share: float, fps: float) -> None:
    _, samples = walked(way, shorter(3, 4.5, share), fps)
    drive = Drive(way)
    for sample in samples:
        ground = drive.ground(sample.frame / fps)
        assert ground is not None
        assert sample.ground[1] == pytest.approx(ground[1], abs=0.15 * sample.height_px)
    assert any(sample.wheels_hidden for sample in samples)
    assert not samples[-1].wheels_hidden


@pytest.mark.parametrize("fps", [6, 12, 25])
def test_a_neighbour_that_comes_between_slowly_moves_no_wheels_where_the_horizon_is_known(fps: float) -> None:
    def rising(t: float, b: Box) -> Box:
        return (b[0], b[1], b[2], b[3] - min(1.0, max(0.0, (t - 3) / 1.5)) * 0.45 * (b[3] - b[1]))

    paths = Paths(WHEELS, (1000, 800), HORIZON)
    for scene in scenes([Drive(STANDS, box_at=rising)], {}, fps=fps, jitter=0.01, until_s=5.5):
        paths.update(scene)
    assert paths[1].last.wheels_hidden
    assert paths[1].last.ground[1] == pytest.approx(600, abs=0.4 * 150)


def test_wheels_hidden_for_long_are_unknown_and_the_path_starts_anew() -> None:
    path, _ = walked(STANDS, shorter(3, 9, 0.4))
    assert path.generation > 0


@pytest.mark.parametrize(("for_s", "starts_anew"), [(0.4, False), (1.2, True)])
def test_a_box_that_swallows_a_neighbour_for_a_moment_is_left_out(for_s: float, starts_anew: bool) -> None:
    swallow = lambda t, b: (b[0] - 150, b[1] - 100, b[2] + 150, b[3]) if 3 <= t < 3 + for_s else b  # noqa: E731
    path, samples = walked(APPROACH, swallow)
    assert (path.generation > 0) is starts_anew
    if not starts_anew:
        assert not any(3 <= sample.frame / 12 < 3 + for_s for sample in samples)


@pytest.mark.parametrize("fps", [5, 6])
def test_a_fast_vehicle_seen_by_a_low_camera_shows_how_it_shrinks_within_three_looks(fps: float) -> None:
    low = lambda t, b: (b[0], b[3] - 0.5 * b[3] + 40, b[2], b[3])  # noqa: E731  # height 0.5 × bottom - 40
    _, samples = walked([(0, 500, 780), (2, 500, 300)], low, fps)
    assert not any(sample.wheels_hidden for sample in samples)


def test_approach_towards_a_distant_camera_hides_nothing() -> None:
    _, samples = walked([(0, 500, 300), (5, 500, 780)], lambda t, box: box)
    assert not any(sample.wheels_hidden for sample in samples)


def test_lower_edge_of_the_picture_hides_wheels() -> None:
    cut = lambda t, b: (b[0], b[1], b[2], min(b[3], 799))  # noqa: E731
    _, samples = walked([(0, 500, 500), (5, 500, 900)], cut)
    beyond = [sample for sample in samples if sample.box[3] >= 799 and sample.box[1] < 680]
    assert beyond
    assert all(sample.wheels_hidden and not sample.is_whole for sample in beyond)
    assert beyond[-1].ground[1] > 810


@pytest.mark.parametrize(
    ("title", "box_at"),
    [
        ("jumps across the road", lambda t, b: b if t < 5 else (b[0] + 400, b[1], b[2] + 400, b[3])),
        ("doubles its size", lambda t, b: b if t < 5 else (b[0] - 60, b[1] - 150, b[2] + 60, b[3])),
        ("is out of sight for two seconds", lambda t, b: None if 4 < t < 6.5 else b),
    ],
)
def test_box_that_cannot_be_the_same_vehicle_starts_a_new_path(title: str, box_at: BoxAt) -> None:
    path, samples = walked(STANDS, box_at)
    assert path.generation >= 1, title
    assert path.samples[0].t >= samples[0].t + 4


@pytest.mark.parametrize("fps", [6, 12, 25])
def test_a_standing_vehicle_whose_box_is_half_its_height_away_at_once_is_another_one(fps: float) -> None:
    path, _ = walked(STANDS, lambda t, b: b if t < 5 else (b[0] + 10, b[1] + 75, b[2] + 10, b[3] + 75), fps)
    assert path.generation == 1
    starts, _ = walked([(0, 500, 600), (5, 500, 600), (7, 500, 560), (9, 500, 450)], lambda t, box: box, fps)
    assert starts.generation == 0


def test_memory_is_bounded() -> None:
    path, _ = walked([(0, 500, 600), (60, 500, 600)], lambda t, box: box, fps=30)
    assert len(path.samples) <= WHEELS.memory_s * 30 + 2


def test_box_that_grows_at_its_lower_edge_only_does_not_drive() -> None:
    _, still = walked(STANDS, lambda t, b: (b[0], b[1], b[2], b[3] + 5 * t))
    assert not top_moves_too(still[0], still[-1], WHEELS.top_share)
    _, drives = walked(APPROACH, lambda t, box: box)
    assert top_moves_too(drives[0], drives[-1], WHEELS.top_share)


def test_a_clock_that_goes_back_starts_the_path_anew() -> None:
    paths = Paths(WHEELS, (1000, 800), Horizon())
    story = scenes([Drive(APPROACH)], {}, fps=12)
    for scene in story[40:50] + story[10:20]:
        paths.update(scene)
    assert paths[1].generation == 1
    assert paths[1].last.frame == 19
