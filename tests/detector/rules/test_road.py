"""Metres on a road that nobody measured. scenes.py's camera: horizon at row 0, motorbikes a quarter of their row high."""

import pytest
from scenes import HORIZON, Drive, scenes

from detector.ground import GroundPlane, MeasuredPoint
from detector.rules.paths import Paths
from detector.rules.road import HEIGHTS_M, Road
from detector.rules.size_line import Horizon
from detector.thresholds import load_thresholds
from detector.vocabulary import VehicleClass

WH = (1000, 800)
CAMERA_M = 4 * HEIGHTS_M[VehicleClass.MOTORCYCLE]


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
