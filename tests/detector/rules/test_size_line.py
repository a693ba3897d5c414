"""How boxes shrink with distance: by what a vehicle shows itself, and by the horizon that others have shown."""

import pytest

from detector.rules.size_line import HORIZON_TRACKS_MAX, SLOPE_USUAL, Horizon, SizeLine
from detector.vocabulary import Box


def boxes(slope: float, horizon: float, bottoms: range) -> list[Box]:
    """Of a vehicle whose height is `slope` × its distance in rows from the horizon."""
    return [(0.0, bottom - slope * (bottom - horizon), 50.0, float(bottom)) for bottom in bottoms]


FAR, SHORT = range(600, 300, -20), range(600, 590, -2)


@pytest.mark.parametrize(("slope", "horizon"), [(0.25, 100.0), (0.6, -50.0), (0.85, 200.0)])
def test_a_vehicle_that_drove_far_shows_its_own_line(slope: float, horizon: float) -> None:
    line = SizeLine.of(boxes(slope, horizon, FAR), Horizon())
    assert line.is_shown
    assert line.slope == pytest.approx(slope, abs=0.01)
    assert line.height_at_bottom(200) == pytest.approx(max(1.0, slope * (200 - horizon)), abs=2)


def test_one_box_that_lies_changes_nothing() -> None:
    seen = boxes(0.4, 50.0, FAR)
    seen[7] = (0.0, seen[7][1], 50.0, seen[7][3] + 150)
    assert SizeLine.of(seen, Horizon()).slope == pytest.approx(0.4, abs=0.03)


def test_a_vehicle_that_hardly_moved_has_the_usual_line_until_others_have_shown_the_horizon() -> None:
    horizon, still = Horizon(), boxes(0.6, 50.0, SHORT)
    assert SizeLine.of(still, horizon).slope == SLOPE_USUAL
    for track_id in range(3):  # bicycles, lorries: all vanish at the same row
        horizon.learn(track_id, SizeLine.of(boxes(0.3 + 0.2 * track_id, 50.0, FAR), Horizon()))
    assert SizeLine.of(still, horizon).slope == pytest.approx(0.6, abs=0.02)


def test_two_vehicles_are_not_enough_and_one_that_is_off_does_not_count() -> None:
    horizon = Horizon()
    for track_id, row in enumerate([50.0, 60.0]):
        horizon.learn(track_id, SizeLine.of(boxes(0.4, row, FAR), Horizon()))
    assert horizon.row is None
    for track_id, row in enumerate([55.0, -300.0, 52.0], start=2):
        horizon.learn(track_id, SizeLine.of(boxes(0.4, row, FAR), Horizon()))
    assert horizon.row == pytest.approx(52.0, abs=1)


def test_memory_is_bounded_and_follows_the_latest() -> None:
    horizon = Horizon()
    for track_id in range(3 * HORIZON_TRACKS_MAX):
        row = 50.0 if track_id < HORIZON_TRACKS_MAX else 90.0
        horizon.learn(track_id, SizeLine.of(boxes(0.4, row, FAR), Horizon()))
    assert len(horizon._rows) == HORIZON_TRACKS_MAX
    assert horizon.row == pytest.approx(90.0, abs=1)
