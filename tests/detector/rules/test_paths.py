"""Where the wheels are, in spite of what happens to boxes. The picture is 1000×800; see scenes.py for the perspective."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from scenes import CAMERA_M, HORIZON, START, Drive, scenes, seen_top

from detector.rules.path import Path
from detector.rules.paths import Paths
from detector.rules.sample import Sample, top_moves_too
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Box, VehicleClass

WHEELS = load_thresholds().wheels
APPROACH = [(0, 500, 700), (6, 500, 400)]
STANDS = [(0, 500, 600), (12, 500, 600)]
BoxAt = Callable[[float, Box], Box | None]


def walked(way: list[tuple[float, float, float]], box_at: BoxAt, fps: float = 12.0) -> tuple[Path, list[Sample]]:
    paths = Paths(WHEELS, (1000, 800), Horizon())
    samples = []
    for scene in scenes([Drive(way, box_at=box_at)], {}, fps=fps, jitter=0.01):
        paths.update(scene)
        samples += [paths[track.track_id].last for track in scene.tracks]
    return paths[1], samples


def flat(box: Box) -> Box:
    """Of the same area, in its place."""
    wide, tall = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return (box[0] - wide, box[1], box[2] + wide, box[3] - tall)


def moved(box: Box, right: float) -> Box:
    return (box[0] + right, box[1], min(1000.0, box[2] + right), box[3])


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


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize("vehicle_class", [VehicleClass.CAR, VehicleClass.TRUCK, VehicleClass.BUS])
def test_a_vehicle_with_a_roof_that_drives_away_from_nearby_hides_nothing(
    vehicle_class: VehicleClass, fps: float
) -> None:
    """Nearby its roof is seen as well: its box shrinks faster than its distance grows."""
    paths, row = Paths(WHEELS, (1000, 800), Horizon.at(100.0)), 100.0
    roofed = lambda t, b: (b[0], seen_top(vehicle_class, b[3], row), b[2], b[3])  # noqa: E731
    for scene in scenes(
        [Drive([(0, 500, 780), (5, 500, 200)], vehicle_class, box_at=roofed)], {}, fps=fps, jitter=0.01
    ):
        paths.update(scene)
        assert all(paths[track.track_id].last.is_whole for track in scene.tracks)
    assert paths[1].generation == 0


@pytest.mark.parametrize(("hidden", "is_told"), [(0.1, False), (0.4, True)])
def test_wheels_that_a_neighbour_hid_from_the_first_look_on_are_placed_by_how_high_motorbikes_are(
    hidden: float, is_told: bool
) -> None:
    paths = Paths(WHEELS, (1000, 800), Horizon.at(0.0, CAMERA_M))
    for scene in scenes([Drive(APPROACH, box_at=shorter(0, 9, hidden))], {}, jitter=0.01, until_s=2):
        paths.update(scene)
    assert paths[1].last.wheels_hidden is is_told
    if is_told:
        ground = Drive(APPROACH).ground(paths[1].last.frame / 12)
        assert ground is not None
        assert paths[1].last.ground[1] == pytest.approx(ground[1], abs=0.06 * paths[1].last.height_px)


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


@pytest.mark.parametrize("fps", [6, 12])
def test_who_comes_out_from_behind_a_neighbour_was_as_tall_before(fps: float) -> None:
    """A quarter of it is hidden for two seconds; then it is seen whole, and drives on: its wheels were lower all the time."""

    def half_hidden(t: float, b: Box) -> Box:
        return (b[0], b[1], b[2], b[3] - 0.25 * (b[3] - b[1])) if t <= 2 else b

    drive = Drive([(0, 500, 700), (7, 500, 300)], box_at=half_hidden)
    paths = Paths(WHEELS, (1000, 800), Horizon.at(0.0))
    for scene in scenes([drive], {}, fps=fps, jitter=0.01, until_s=4.5):
        paths.update(scene)
    path = paths[1]
    assert path.generation == 1
    for sample in path.samples:
        x, y = drive.ground((sample.at - START).total_seconds()) or (0, 0)
        assert sample.ground == pytest.approx((x, y), abs=0.06 * sample.height_px)
    grown = [past.last for past in path.again()]
    assert grown == list(path.samples)[:-1]


def test_a_box_that_stays_around_two_does_not_come_out() -> None:
    """It grows by the neighbour below where it stands: nobody drove along as tall as that."""

    def two(t: float, b: Box) -> Box:
        return (b[0], b[1], b[2], b[3] + 0.3 * (b[3] - b[1])) if t >= 3 else b

    paths = Paths(WHEELS, (1000, 800), Horizon.at(0.0))
    for scene in scenes([Drive([(0, 500, 700), (3, 500, 550), (9, 500, 550)], box_at=two)], {}, jitter=0.01, until_s=8):
        paths.update(scene)
    assert len(paths[1].samples) < 12 * 5  # it started anew


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
        ("is twice as broad and half as high: another kind of vehicle", lambda t, b: b if t < 5 else flat(b)),
        ("...and the edge of the picture cuts it off", lambda t, b: moved(b if t < 5 else flat(b), 440)),
        ("is out of sight for six seconds", lambda t, b: None if 4 < t < 10 else b),
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


CAR, BIKE, LORRY, CYCLE = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.TRUCK, VehicleClass.BICYCLE


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(
    ("title", "looks_like", "generation"),
    [
        ("a car is a motorbike from now on", lambda t: CAR if t < 3 else BIKE, 1),
        ("...for two looks", lambda t: BIKE if 3 <= t < 3.2 else CAR, 0),
        ("a cyclist is taken for a motorbike from now on", lambda t: CYCLE if t < 3 else BIKE, 0),
        ("a car is a lorry: vans are both", lambda t: CAR if t < 3 else LORRY, 0),
        ("one look in four is a car's, then three are", lambda t: CAR if t % 1 < 0.26 or 3 <= t < 4 else BIKE, 0),
        ("hardly seen before", lambda t: CAR if t < 0.2 else BIKE, 0),
    ],
)
def test_an_id_whose_looks_stay_another_kind_has_gone_over_to_a_neighbour(
    title: str, looks_like: Callable[[float], VehicleClass], generation: int, fps: float
) -> None:
    paths = Paths(WHEELS, (1000, 800), Horizon())
    for scene in scenes([Drive(APPROACH, looks_like=looks_like)], {}, fps=fps, jitter=0.01):
        paths.update(scene)
    assert paths[1].generation == generation, title


@pytest.mark.parametrize(("hidden_s", "back", "generation"), [(0, 0.5, 1), (0.5, 1.6, 1), (0, 0.08, 0), (0.5, 0.08, 0)])
def test_who_drives_on_is_not_found_behind_where_he_was(hidden_s: float, back: float, generation: int) -> None:
    """The id went over to who comes after: at the place where that one is, its box is as high as it should be."""

    def behind(t: float, b: Box) -> Box | None:
        if 3 <= t < 3 + hidden_s:
            return None
        down = back * (b[3] - b[1]) if t >= 3 else 0.0
        return (b[0], b[1] + 0.75 * down, b[2], b[3] + down)

    path, _ = walked([(0, 500, 780), (5, 500, 180)], behind)
    assert path.generation == generation


@pytest.mark.parametrize(("up", "generation"), [(80, 1), (10, 0)])
def test_an_id_that_goes_over_to_who_leaves_the_picture_above_starts_anew(up: float, generation: int) -> None:
    """That one's upper edge is cut off: the lower one tells how far the box went."""
    paths = Paths(WHEELS, (1000, 800), Horizon())
    jumps = lambda t, b: b if t < 5 else (b[0] + 5, 0.0, b[2] + 5, b[3] - up)  # noqa: E731
    for scene in scenes([Drive([(0, 500, 260), (8, 500, 260)], scale=3.6, box_at=jumps)], {}, fps=25, jitter=0.01):
        paths.update(scene)
    assert paths[1].generation == generation


@pytest.mark.parametrize(("down", "generation"), [(0.12, 0), (0.32, 1)])
def test_who_stood_is_not_metres_along_the_road_at_once(down: float, generation: int) -> None:
    """Towards the camera a third of its height is as far as it is long; sideways that would be half a metre."""
    jumps = lambda t, b: b if t < 5 else (b[0], b[1] + down * (b[3] - b[1]), b[2], b[3] + down * (b[3] - b[1]))  # noqa: E731
    path, _ = walked(STANDS, jumps, fps=6)
    assert path.generation == generation


@pytest.mark.parametrize(
    ("horizon", "least"),
    [(Horizon(), WHEELS.top_share), (Horizon.at(0.0, CAMERA_M), 0.7 * 0.75)],
    ids=["unknown", "known"],
)
def test_the_top_must_go_as_far_as_vehicles_of_this_camera_shrink(horizon: Horizon, least: float) -> None:
    paths = Paths(WHEELS, (1000, 800), horizon)
    story = [scene for scene in scenes([Drive(APPROACH)], {}, until_s=3) if scene.tracks]
    for scene in story:
        paths.update(scene)
    first, last = paths[1].samples[0], paths[1].last
    assert paths[1].top_share(first, last) == pytest.approx(least, abs=0.03)
    half_hidden = replace(first, ground=(first.ground[0], first.ground[1] - 0.4 * first.height_px))
    towards = replace(last, ground=(500, 720), box=(470, 561, 530, 720))
    assert top_moves_too(first, last, paths[1].top_share(first, last))
    assert top_moves_too(half_hidden, towards, WHEELS.top_share)
    assert top_moves_too(half_hidden, towards, paths[1].top_share(half_hidden, towards)) is (horizon.row is None)


@pytest.mark.parametrize(
    ("title", "came_s", "over_s", "generation"),
    [
        ("both were seen apart before", 0.0, 0.4, 1),
        ("...but one lay on the other for a single look", 0.0, 0.05, 0),
        ("the second track began there", 4.0, 0.4, 0),
    ],
)
def test_two_tracks_that_lie_on_one_vehicle_are_told_apart_no_more(
    title: str, came_s: float, over_s: float, generation: int
) -> None:
    def passes(t: float, b: Box) -> Box | None:
        """Beside the other one, and over it from 4 s on."""
        aside = 0 if 4 <= t < 4 + over_s else 120
        return (b[0] + aside, b[1] + 2, b[2] + aside, b[3] - 1) if t >= came_s else None

    paths = Paths(WHEELS, (1000, 800), Horizon())
    for scene in scenes([Drive(STANDS), Drive(STANDS, track_id=2, box_at=passes)], {}, fps=12, until_s=4.5):
        paths.update(scene)
    assert paths[1].generation == generation, title
    assert paths[2].generation == generation, title


def test_two_tracks_on_one_vehicle_are_doubles_and_two_beside_each_other_are_not() -> None:
    paths = Paths(WHEELS, (1000, 800), Horizon())
    drives = [Drive(STANDS), Drive(STANDS, track_id=2, scale=0.95), Drive([(0, 570, 600), (10, 570, 600)], track_id=3)]
    for scene in scenes(drives, {}, until_s=4):
        paths.update(scene)
    assert paths.doubles(1, paths[1].last, 0.5) == [2]
    assert paths.doubles(3, paths[3].last, 0.5) == []


def test_memory_is_bounded() -> None:
    path, _ = walked([(0, 500, 600), (60, 500, 600)], lambda t, box: box, fps=30)
    assert len(path.samples) <= WHEELS.memory_s * 30 + 2


def test_box_that_grows_at_its_lower_edge_only_does_not_drive() -> None:
    _, still = walked(STANDS, lambda t, b: (b[0], b[1], b[2], b[3] + 5 * t))
    assert not top_moves_too(still[0], still[-1], WHEELS.top_share)
    _, drives = walked(APPROACH, lambda t, box: box)
    assert top_moves_too(drives[0], drives[-1], WHEELS.top_share)


@pytest.mark.parametrize(
    ("way", "unseen_s", "generation"),
    [
        pytest.param([(0, 500, 600), (12, 500, 600)], 4.0, 0, id="stood and stands there"),
        pytest.param([(0, 500, 600), (12, 500, 600)], 6.0, 1, id="unseen for too long"),
        pytest.param([(0, 500, 700), (3, 500, 600), (12, 500, 600)], 4.0, 1, id="drove when last seen"),
        pytest.param([(0, 500, 600), (3, 500, 600), (4, 540, 600), (12, 540, 600)], 4.0, 1, id="stands elsewhere"),
    ],
)
def test_who_stood_while_nothing_moved_in_the_picture_goes_on(way, unseen_s, generation) -> None:  # type: ignore[no-untyped-def]
    path, _ = walked(way, lambda t, b: None if 3 <= t < 3 + unseen_s else b)
    assert path.generation == generation


def test_a_clock_that_goes_back_starts_the_path_anew() -> None:
    paths = Paths(WHEELS, (1000, 800), Horizon())
    story = scenes([Drive(APPROACH)], {}, fps=12)
    for scene in story[40:50] + story[10:20]:
        paths.update(scene)
    assert paths[1].generation == 1
    assert paths[1].last.frame == 19
