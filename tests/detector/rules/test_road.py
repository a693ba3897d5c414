"""Metres on a road that nobody measured. scenes.py's camera: horizon at row 0, motorbikes a quarter of their row high."""

from dataclasses import replace

import pytest
from scenes import CAMERA_M, HORIZON, Drive, scenes

from detector.ground import GroundPlane, MeasuredPoint
from detector.rules.paths import Paths
from detector.rules.road import Road
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import VehicleClass

WH = (1000, 800)


def samples(way: list[tuple[float, float, float]]):  # type: ignore[no-untyped-def]
    paths = Paths(load_thresholds().wheels, WH, HORIZON)
    for scene in scenes([Drive(way)], {}):
        paths.update(scene)
    return list(paths[1].samples)


def test_way_in_metres_is_that_of_the_plane_times_the_height_of_the_camera() -> None:
    way = samples([(0, 400, 700), (4, 450, 500)])
    units = GroundPlane.of_horizon(0.0, WH).metres_between(way[0].ground, way[-1].ground)
    assert units is not None
    told = Road(WH, HORIZON, None).metres_assumed(way, VehicleClass.MOTORCYCLE)
    assert told == pytest.approx(units * CAMERA_M, rel=0.01)
    assert told == pytest.approx(4.1, abs=0.3)  # depth 1000 px * 6.6 m / row, on a slope of 22 degrees


def test_nothing_is_told_while_no_horizon_is_known() -> None:
    road = Road(WH, Horizon(), None)
    assert road.plane is None
    assert road.metres_assumed(samples([(0, 400, 700), (4, 450, 500)]), VehicleClass.MOTORCYCLE) is None


def test_measured_points_are_believed_rather_than_a_horizon() -> None:
    """Their metres are metres: no height of a camera counts on top of them."""
    corners = [((300, 400), (0, 20)), ((700, 400), (7, 20)), ((300, 800), (0, 0)), ((900, 800), (7, 0))]
    measured = GroundPlane.of([MeasuredPoint(pixel, metres) for pixel, metres in corners])
    assert Road(WH, HORIZON, measured).plane is measured
    road, way = Road(WH, HORIZON, measured), samples([(0, 400, 700), (4, 450, 500)])
    metres = measured.metres_between(way[0].ground, way[-1].ground)
    assert road.metres(way, VehicleClass.MOTORCYCLE) == road.metres_measured(way) == metres
    assert road.plane_unit_m(way[-1], VehicleClass.MOTORCYCLE) == 1.0
    assert Road(WH, HORIZON, None).plane_unit_m(way[-1], VehicleClass.MOTORCYCLE) == pytest.approx(CAMERA_M, rel=0.01)


def test_the_height_of_the_camera_that_others_have_shown_counts_more_than_that_of_this_vehicle() -> None:
    """A bus of unusual height, half hidden, tells no metres by itself."""
    way = samples([(0, 400, 700), (4, 450, 500)])
    own = Road(WH, HORIZON, None).metres_assumed(way, VehicleClass.BUS)
    told = Road(WH, Horizon.at(0.0, CAMERA_M), None).metres_assumed(way, VehicleClass.BUS)
    assert told == pytest.approx(Road(WH, HORIZON, None).metres_assumed(way, VehicleClass.MOTORCYCLE), rel=0.01)
    assert own is not None
    assert own > 1.5 * told


@pytest.mark.parametrize(
    ("title", "way", "aside"),
    [
        ("away from the camera", [(0, 500, 700), (4, 500, 500)], 0.0),
        ("away and to the left: the rear wheel is at the right", [(0, 700, 700), (4, 500, 600)], 0.2),
        ("towards the camera and to the left: the front wheel is at the left", [(0, 700, 600), (4, 500, 700)], -0.2),
    ],
)
def test_wheels_that_touch_the_lower_edge_are_beside_its_middle(
    title: str, way: list[tuple[float, float, float]], aside: float
) -> None:
    wide = [replace(sample, box=(sample.ground[0] - 75, 0, sample.ground[0] + 75, 600)) for sample in samples(way)]
    told = Road(WH, HORIZON, None).wheels_aside(wide[0], wide[-1], VehicleClass.MOTORCYCLE)
    assert told == pytest.approx(aside, abs=0.1), title


@pytest.mark.parametrize(
    ("vehicle_class", "is_told"),
    [(VehicleClass.MOTORCYCLE, True), (VehicleClass.CAR, True), (VehicleClass.TRUCK, False)],
)
def test_where_the_wheels_of_a_lorry_are_its_way_does_not_tell(vehicle_class: VehicleClass, is_told: bool) -> None:
    paths = Paths(load_thresholds().wheels, WH, HORIZON)
    for scene in scenes([Drive([(0, 700, 700), (4, 500, 600)], vehicle_class)], {}):
        paths.update(scene)
    told = Road(WH, HORIZON, None).wheels_between(paths[1], 0.5)
    assert (told is not None) is is_told
    if told:  # away and to the left: to the right of the middle, at most half the box's width
        assert 0 <= told[0] <= told[1] <= paths[1].last.width_px / paths[1].last.height_px / 2


def test_a_narrow_box_leaves_no_room_for_wheels_aside() -> None:
    way = samples([(0, 700, 700), (4, 500, 600)])  # 0.4 of its height wide: as handlebars are
    assert Road(WH, HORIZON, None).wheels_aside(way[0], way[-1], VehicleClass.MOTORCYCLE) == 0.0


@pytest.mark.parametrize(("vehicle_class", "lacks"), [(VehicleClass.MOTORCYCLE, 0.2), (VehicleClass.BUS, 0.0)])
def test_what_a_box_lacks_of_the_usual_height_may_be_hidden_below_it(vehicle_class: VehicleClass, lacks: float) -> None:
    road, whole = Road(WH, Horizon.at(0.0, CAMERA_M), None), samples([(0, 500, 600), (4, 500, 600)])[-1]
    x1, y1, x2, y2 = whole.box
    cut = replace(whole, box=(x1, y1, x2, y2 - 0.2 * 150), ground=(500, 570), height_px=120)
    assert road.lacks_px(cut, vehicle_class) == pytest.approx(lacks * 150, abs=12)
    assert road.lacks_px(whole, vehicle_class) == pytest.approx(0.0, abs=9)
