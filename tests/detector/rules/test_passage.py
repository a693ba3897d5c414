"""One vehicle's passage over the line: how long it stood beyond it."""

import pytest
from scenes import CAMERA_M, HORIZON, LINE, START, Drive, scenes

from detector.geometry import StopLineGeometry
from detector.rules.passage import Passage, Stage
from detector.rules.paths import Paths
from detector.rules.road import Road
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import Box

THRESHOLDS = load_thresholds()
STANDS_FROM_S, LEAVES_S = 3.0, 12.0
WAY = [(1, 500, 600), (STANDS_FROM_S, 500, 370), (LEAVES_S, 500, 370), (14, 500, 100)]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize("jump_heights", [0.0, 0.25])
def test_a_stand_lasts_until_the_vehicle_leaves_though_its_box_wobbles(jump_heights: float, fps: float) -> None:
    def jumps(t: float, b: Box) -> Box:
        """A single look every 1.3 s, sooner than a stand shows."""
        aside = jump_heights * (b[3] - b[1]) if 6 <= t <= LEAVES_S and t % 1.3 < 1 / fps else 0.0
        return (b[0] + aside, b[1], b[2] + aside, b[3])

    paths = Paths(THRESHOLDS.wheels, (1000, 800), HORIZON)
    road = Road((1000, 800), HORIZON, None)
    passage = Passage(StopLineGeometry.of(LINE.points, LINE.direction), road, THRESHOLDS, 0)
    for scene in scenes([Drive(WAY, box_at=jumps)], {}, fps=fps, until_s=13.9):
        paths.update(scene)
        if scene.tracks:
            passage.see(paths[1].last, paths[1])
    assert passage.wait is not None
    assert passage.wait.first.t - START.timestamp() == pytest.approx(STANDS_FROM_S, abs=0.5)
    assert passage.wait.last.t - START.timestamp() == pytest.approx(LEAVES_S, abs=0.4)


def test_seen_along_the_road_a_stand_ends_with_the_first_metre_though_that_is_little_of_its_height() -> None:
    creeps = [(1, 500, 600), (3, 500, 370), (10, 500, 370), (13, 500, 335), (16, 500, 100)]  # 35 px: 1.8 m of the road
    left_s = []
    for horizon in (Horizon(), HORIZON):
        paths = Paths(THRESHOLDS.wheels, (1000, 800), horizon)
        passage = Passage(
            StopLineGeometry.of(LINE.points, LINE.direction), Road((1000, 800), horizon, None), THRESHOLDS, 0
        )
        for scene in scenes([Drive(creeps)], {}, until_s=15.5):
            paths.update(scene)
            if scene.tracks:
                passage.see(paths[1].last, paths[1])
        assert passage.wait is not None
        left_s.append(passage.wait.last.t - START.timestamp())
    by_heights, by_metres = left_s
    assert by_metres < by_heights


def test_how_far_beyond_the_line_it_stood_may_show_later() -> None:
    """Nobody has shown the horizon while it stands there; whoever drives by before the verdict does."""
    horizon = Horizon()
    paths = Paths(THRESHOLDS.wheels, (1000, 800), horizon)
    passage = Passage(StopLineGeometry.of(LINE.points, LINE.direction), Road((1000, 800), horizon, None), THRESHOLDS, 0)
    for scene in scenes([Drive([(1, 500, 600), (3, 500, 386), (12, 500, 386)])], {}, jitter=0.005, until_s=11):
        paths.update(scene)
        if scene.tracks:
            passage.see(paths[1].last, paths[1])
    assert passage.wait is not None
    assert passage.wait.beyond_m is None
    known = Horizon.at(0.0, CAMERA_M)
    horizon.row, horizon.camera_m = known.row, known.camera_m
    measured = passage.measured_wait()
    assert measured is not None
    assert measured.beyond_m == pytest.approx(0.7, abs=0.15)
    assert measured.beyond_heights == pytest.approx(passage.wait.beyond_heights, abs=0.01)


@pytest.mark.parametrize(
    ("horizon", "stage"), [(HORIZON, Stage.BEYOND), (Horizon(), Stage.GONE_ON)], ids=["4 m", "unknown"]
)
def test_two_heights_beyond_the_line_are_in_the_junction_only_if_they_are_metres(
    horizon: Horizon, stage: Stage
) -> None:
    """Seen from the side two heights of a motorbike are four metres."""
    line = StopLineGeometry.of(((300, 200), (300, 600)), (1.0, 0.0))
    paths = Paths(THRESHOLDS.wheels, (1000, 800), horizon)
    passage = Passage(line, Road((1000, 800), horizon, None), THRESHOLDS, 0)
    for scene in scenes([Drive([(0, 100, 400), (4, 560, 400), (9, 560, 400)])], {}, until_s=5.2):
        paths.update(scene)
        passage.see(paths[1].last, paths[1])
    assert passage.beyond_heights > THRESHOLDS.red_light.far_heights
    assert passage.stage is stage
