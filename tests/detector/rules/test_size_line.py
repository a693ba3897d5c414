"""How boxes shrink with distance: by what a vehicle shows itself, by the horizon, and by the height of the camera that others
have shown. Boxes are those of a pinhole camera, exactly."""

import pytest
from scenes import seen_top

from detector.rules.size_line import HORIZON_TRACKS_MAX, SLOPE_USUAL, Basis, Horizon, SizeLine
from detector.rules.sizes import SIZES
from detector.vocabulary import Box, VehicleClass

BIKE, CAR, BUS = VehicleClass.MOTORCYCLE, VehicleClass.CAR, VehicleClass.BUS
PICTURE = (1000, 800)
ROW, CAMERA_M = 100.0, 6.0
FAR, SHORT = range(600, 300, -20), range(600, 590, -2)


def tops(vehicle_class: VehicleClass, bottom: float, row: float, height_m: float | None = None) -> float:
    return seen_top(vehicle_class, bottom, row, height_m=height_m, camera_m=CAMERA_M)


def boxes(
    vehicle_class: VehicleClass, bottoms: range, row: float = ROW, height_m: float | None = None, hidden: float = 0.0
) -> list[Box]:
    """`hidden`: the share of its height that a neighbour hides from below."""
    found = []
    for bottom in bottoms:
        top = tops(vehicle_class, bottom, row, height_m)
        found.append((0.0, top, 50.0, bottom - hidden * (bottom - top)))
    return found


def line(seen: list[Box], horizon: Horizon, vehicle_class: VehicleClass = BIKE) -> SizeLine:
    return SizeLine.of(seen, horizon, vehicle_class, PICTURE)


@pytest.mark.parametrize("row", [100.0, -50.0, 200.0])
def test_a_motorbike_that_drove_far_shows_its_own_line(row: float) -> None:
    shown = line(boxes(BIKE, FAR, row), Horizon())
    assert shown.basis is Basis.BOXES
    assert shown.own_row == pytest.approx(row, abs=3)
    assert shown.height_at_bottom(320) == pytest.approx(320 - tops(BIKE, 320, row), rel=0.05)


@pytest.mark.parametrize("vehicle_class", [BIKE, CAR, BUS])
def test_where_the_horizon_is_known_a_few_boxes_nearby_tell_the_height_far_away(vehicle_class: VehicleClass) -> None:
    told = line(boxes(vehicle_class, SHORT), Horizon.at(ROW), vehicle_class)
    assert told.basis is Basis.HORIZON
    assert told.slope == pytest.approx(SIZES[vehicle_class].height_m / CAMERA_M, rel=0.01)
    for bottom in (600.0, 400.0, 200.0, 140.0):
        tall = bottom - tops(vehicle_class, bottom, ROW)
        assert told.height_at_bottom(bottom) == pytest.approx(tall, rel=0.01)
        assert told.height_at_top(bottom - tall) == pytest.approx(tall, rel=0.01)


def test_a_straight_line_would_call_a_car_half_hidden_that_drove_away() -> None:
    """The near looks of a car through the horizon, without the depth of its roof: it should be a fifth higher far away."""
    as_bike = line(boxes(CAR, SHORT), Horizon.at(ROW), BIKE)
    assert as_bike.height_at_bottom(200) > 1.15 * (200 - tops(CAR, 200, ROW))


@pytest.mark.parametrize("vehicle_class", [BIKE, CAR])
def test_vehicles_of_every_depth_show_the_same_horizon(vehicle_class: VehicleClass) -> None:
    assert line(boxes(vehicle_class, FAR), Horizon(), vehicle_class).own_row == pytest.approx(ROW, abs=6)


def test_one_box_that_lies_changes_nothing() -> None:
    seen = boxes(BIKE, FAR)
    usual = line(seen, Horizon()).slope
    seen[7] = (0.0, seen[7][1], 50.0, seen[7][3] + 150)
    assert line(seen, Horizon()).slope == pytest.approx(usual, abs=0.03)


def test_a_vehicle_that_hardly_moved_has_the_usual_line_until_others_have_shown_the_horizon() -> None:
    horizon, still = Horizon(), boxes(BIKE, SHORT, height_m=2.4)
    assert line(still, horizon).slope == SLOPE_USUAL
    for track_id in range(3):  # low and high ones: all vanish at the same row
        horizon.learn(track_id, line(boxes(BIKE, FAR, height_m=1.4 + 0.4 * track_id), Horizon()), BIKE)
    assert line(still, horizon).slope == pytest.approx(2.4 / CAMERA_M, abs=0.02)


def test_two_vehicles_are_not_enough_and_one_that_is_off_does_not_count() -> None:
    horizon = Horizon()
    for track_id, row in enumerate([50.0, 60.0]):
        horizon.learn(track_id, line(boxes(BIKE, FAR, row), Horizon()), BIKE)
    assert horizon.row is None
    for track_id, row in enumerate([55.0, -300.0, 52.0], start=2):
        horizon.learn(track_id, line(boxes(BIKE, FAR, row), Horizon()), BIKE)
    assert horizon.row == pytest.approx(52.0, abs=4)


def test_what_was_believed_first_does_not_stay() -> None:
    """The first three lie; who comes later is not made to agree with them."""
    horizon = Horizon()
    for track_id in range(12):
        row = 250.0 if track_id < 3 else 90.0
        horizon.learn(track_id, line(boxes(BIKE, FAR, row), horizon), BIKE)
    assert horizon.row == pytest.approx(90.0, abs=4)


def test_memory_is_bounded_and_follows_the_latest() -> None:
    horizon = Horizon()
    for track_id in range(3 * HORIZON_TRACKS_MAX):
        row = 50.0 if track_id < HORIZON_TRACKS_MAX else 90.0
        horizon.learn(track_id, line(boxes(BIKE, FAR, row), horizon), BIKE)
    assert len(horizon._rows) == len(horizon._slopes[BIKE]) == HORIZON_TRACKS_MAX
    assert horizon.row == pytest.approx(90.0, abs=4)


def test_motorbikes_and_cars_tell_how_high_the_camera_hangs_and_buses_do_not() -> None:
    horizon = Horizon.at(ROW)
    for track_id in range(4):
        horizon.learn(track_id, line(boxes(BUS, FAR), horizon, BUS), BUS)
    assert horizon.camera_m is None
    for track_id, vehicle_class in enumerate([BIKE, CAR, BIKE], start=4):
        horizon.learn(track_id, line(boxes(vehicle_class, FAR), horizon, vehicle_class), vehicle_class)
    assert horizon.camera_m == pytest.approx(CAMERA_M, rel=0.02)


def test_how_high_a_class_is_there_is_told_by_that_class_alone() -> None:
    """Cars that a detector boxes too high make no motorbike half hidden."""
    horizon = Horizon.at(ROW)
    for track_id in range(6):
        vehicle_class, height_m = (CAR, 1.8) if track_id % 2 else (BIKE, 1.5)
        horizon.learn(
            track_id, line(boxes(vehicle_class, FAR, height_m=height_m), horizon, vehicle_class), vehicle_class
        )
    assert horizon.usual_slope(BIKE) == pytest.approx(1.5 / CAMERA_M, rel=0.02)
    assert horizon.usual_slope(CAR) == pytest.approx(1.8 / CAMERA_M, rel=0.02)
    assert horizon.usual_slope(BUS) == 0.0


@pytest.mark.parametrize(("hidden", "basis"), [(0.0, Basis.HORIZON), (0.2, Basis.HORIZON), (0.4, Basis.USUAL)])
def test_a_motorbike_of_which_half_was_hidden_from_the_first_look_on_is_as_high_as_others(
    hidden: float, basis: Basis
) -> None:
    seen = boxes(BIKE, SHORT, hidden=hidden)
    told = line(seen, Horizon.at(ROW, CAMERA_M))
    assert told.basis is basis
    if basis is Basis.USUAL:
        top = seen[0][1]
        assert told.height_at_top(top) == pytest.approx(600 - top, rel=0.01)


def test_a_bus_may_be_of_any_height() -> None:
    assert line(boxes(BUS, SHORT, hidden=0.5), Horizon.at(ROW, CAMERA_M), BUS).basis is Basis.HORIZON
