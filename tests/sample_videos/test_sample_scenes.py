"""The renderer's parts that need no graphics: shapes, cameras, motion, and that nothing is left to chance."""

import ast

import numpy as np
import pytest
from sample_clips import FOLDER

from ocr import grammar
from sample_videos import wardrobe
from sample_videos.camera import PoleCamera, box_around
from sample_videos.cars import BodyStyle, car
from sample_videos.figures import Design, Kind, figure
from sample_videos.geometry import inside_picture
from sample_videos.mesh import box, ellipsoid, tube
from sample_videos.motion import keys, right_turn, swerve, u_turn
from sample_videos.people import Headwear, Look
from sample_videos.plates import Plate, PlateColour, PlateShape, invented_plate
from sample_videos.scenarios import CLIPS

CAMERA = PoleCamera((0.0, -20.0, 6.0), (0.0, 0.0, 0.0), 30.0, 1280, 720)


def test_a_scene_is_the_same_twice() -> None:
    for clip in CLIPS.values():
        for t_s in (0.0, 5.3, 11.1):
            once = [actor.pose(t_s).matrix for actor in clip.actors]
            again = [actor.pose(t_s).matrix for actor in clip.actors]
            assert np.array_equal(once, again)


def test_a_seed_gives_the_same_road_users_twice() -> None:
    once = [wardrobe.anyone(np.random.default_rng([3, k])) for k in range(40)]
    again = [wardrobe.anyone(np.random.default_rng([3, k])) for k in range(40)]
    assert once == again
    assert len({design.kind for design in once}) >= 4


def test_the_camera_looks_where_it_aims() -> None:
    pixels, depth = CAMERA.project([(0.0, 0.0, 0.0)])
    assert pixels[0] == pytest.approx([640, 360])
    assert depth[0] == pytest.approx(np.hypot(20, 6))


def test_a_pixel_on_the_ground_and_back() -> None:
    x, y = CAMERA.on_ground(200.0, 500.0)
    pixels, _ = CAMERA.project([(x, y, 0.0)])
    assert pixels[0] == pytest.approx([200.0, 500.0])


def test_right_of_the_road_is_right_in_the_picture_and_far_is_up() -> None:
    pixels, _ = CAMERA.project([(1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 5.0, 0.0)])
    assert pixels[0, 0] > 640 > pixels[1, 0]
    assert pixels[2, 1] < 360


def test_a_box_outside_the_picture_is_none() -> None:
    assert box_around(np.array([[-50.0, 10.0], [-20.0, 40.0]]), 1280, 720) is None


def test_a_lane_is_cut_to_the_picture() -> None:
    polygon = inside_picture(CAMERA, [(-2.0, -60.0 + 50.0), (-2.0, 40.0), (2.0, 40.0), (2.0, -10.0)])
    assert len(polygon) >= 4
    assert all(0 <= x <= 1280 and 0 <= y <= 720 for x, y in polygon)


@pytest.mark.parametrize(
    "shape",
    [
        box((0, 0, 1), (2, 1, 1), (9, 9, 9)),
        ellipsoid((0, 0, 1), (1, 0.5, 0.5), (9, 9, 9)),
        tube([(-1, 0, 1), (0, 0, 1.2), (1, 0, 1)], [0.2, 0.3, 0.2], (9, 9, 9)),
    ],
)
def test_surface_samples_lie_on_the_shape(shape: object) -> None:
    from sample_videos.mesh import Mesh

    assert isinstance(shape, Mesh)
    samples = shape.surface_samples(200)
    assert np.array_equal(samples, shape.surface_samples(200))
    assert np.all(samples >= shape.points.min(axis=0) - 1e-9)
    assert np.all(samples <= shape.points.max(axis=0) + 1e-9)


@pytest.mark.parametrize("style", list(BodyStyle))
def test_a_car_stands_on_the_road_and_has_a_car_s_size(style: BodyStyle) -> None:
    low, high = car(style, (200, 200, 200)).points.min(axis=0), car(style, (200, 200, 200)).points.max(axis=0)
    length, width, height = high - low
    assert abs(low[2]) < 0.02
    assert 3.5 < length < 6.0
    assert 1.6 < width < 2.5
    assert 1.3 < height < 2.5


@pytest.mark.parametrize("headwear", list(Headwear))
def test_every_headwear_makes_a_head_above_the_seat(headwear: Headwear) -> None:
    fig = figure(Design(Kind.MOTORCYCLE, looks=(Look(headwear),)))
    head = fig.heads[0].points
    assert 1.4 < head[:, 2].mean() < 1.9
    assert 0.15 < np.ptp(head[:, 1]) < 0.5


def test_helmets_are_helmets_and_a_conical_hat_is_not() -> None:
    assert Headwear.HOOD_OVER_HELMET.is_helmet
    assert not Headwear.CONE.is_helmet
    assert not Headwear.CAP.is_helmet


def test_turns_end_where_they_should() -> None:
    x, y = right_turn(5.0, 3.0, 4.0).at(1000.0)
    assert x > 100
    assert y == pytest.approx(7.0)
    assert u_turn(1.5, 5.0, 1.5).at(10_000.0)[0] == pytest.approx(-1.5)


def test_a_swerve_comes_back() -> None:
    path = swerve(2.0, 1.0, 4.0, 9.0, y_from=-10.0)
    assert path.at(0.0)[0] == pytest.approx(2.0)
    assert max(path.at(s)[0] for s in range(40)) == pytest.approx(3.0, abs=0.05)
    assert path.at(40.0)[0] == pytest.approx(2.0)


def test_motion_stops_where_its_key_says() -> None:
    motion = keys((0.0, 0.0, 5.0), (4.0, 10.0, 0.0))
    assert motion.way_m(4.0) == pytest.approx(10.0)
    assert motion.way_m(9.0) == pytest.approx(10.0)
    assert motion.way_m(-1.0) == pytest.approx(-5.0)


@pytest.mark.parametrize(
    ("plate", "lines"),
    [
        (Plate("23AB12345", PlateShape.MOTORBIKE), ("23-AB", "123.45")),
        (Plate("22A56789", PlateShape.SHORT), ("22A", "567.89")),
        (Plate("22A56789", PlateShape.LONG), ("22A-567.89",)),
    ],
)
def test_plates_are_written_as_the_law_paints_them(plate: Plate, lines: tuple[str, ...]) -> None:
    assert plate.lines == lines


def test_invented_plates_are_valid() -> None:
    rng = np.random.default_rng(5)
    for shape in PlateShape:
        for colour in PlateColour:
            for _ in range(30):
                text = invented_plate(rng, shape, colour).text
                assert grammar.parse(text), text


def test_only_one_file_knows_the_graphics_library() -> None:
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
            )
            if any(
                name.split(".")[0] in {"pyvista", "vtk"}
                for name in names
                if isinstance(node, ast.Import | ast.ImportFrom)
            ):
                found.add(path.name)
    assert found == {"raster.py"}
