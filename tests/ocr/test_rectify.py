"""Lines are counted and cut where they are; outlines straighten, and what is no outline leaves the picture alone."""

import cv2
import numpy as np
import pytest
from drawn_plates import draw_plate, on_street

from ocr.rectify import (
    as_cut,
    count_lines,
    is_too_small,
    levelled,
    plate_corners,
    rectify,
    stood_up,
    upright_views,
)


@pytest.mark.parametrize(
    ("texts", "margin_share", "tilt_deg", "lines"),
    [
        (("30F-256.58",), 0.0, 0.0, 1),
        (("30F-256.58",), 0.3, 0.0, 1),
        (("30F-256.58",), 0.3, 4.0, 1),
        (("59-D1", "673.93"), 0.0, 0.0, 2),
        (("59-D1", "673.93"), 0.2, -8.0, 2),
        (("29-B1", "2345"), 0.1, 6.0, 2),
    ],
)
def test_lines(texts: tuple[str, ...], margin_share: float, tilt_deg: float, lines: int) -> None:
    plate = on_street(draw_plate(*texts), margin_share=margin_share, tilt_deg=tilt_deg)
    assert rectify(plate).lines == lines
    assert as_cut(plate).lines == lines


@pytest.mark.parametrize(("texts", "lines"), [(("51G", "123.45"), 2), (("51G-123.45",), 1)])
def test_between_the_shapes_the_ink_decides(texts: tuple[str, ...], lines: int) -> None:
    squeezed = cv2.resize(draw_plate(*texts), (260, 100), interpolation=cv2.INTER_AREA)
    assert count_lines(np.asarray(cv2.cvtColor(squeezed, cv2.COLOR_BGR2GRAY), np.uint8)) == lines


def test_a_tilted_plate_is_made_straight() -> None:
    """The plate's lower edge becomes the picture's: its outline, found again, is level within two degrees."""
    tilted = on_street(draw_plate("59-D1", "673.93"), margin_share=0.25, tilt_deg=9.0)
    corners = plate_corners(tilted)
    assert corners is not None
    dx, dy = corners[2] - corners[3]
    assert abs(np.degrees(np.arctan2(dy, dx))) == pytest.approx(9.0, abs=2.5)
    height, width = rectify(tilted).pixels.shape[:2]
    assert width / height == pytest.approx(190 / 140, rel=0.12)


@pytest.mark.parametrize("picture", [np.full((60, 80, 3), 128, np.uint8), np.zeros((60, 200, 3), np.uint8)])
def test_without_an_outline_the_picture_stays_as_it_is(picture: np.ndarray) -> None:
    assert plate_corners(picture) is None
    assert rectify(picture).pixels is picture


def test_blue_plates_have_an_outline_too() -> None:
    blue = on_street(draw_plate("36-M1", "222.22", background="#1a3fae", ink="white"), margin_share=0.2, grey=130)
    assert plate_corners(blue) is not None


def test_lines_come_from_top_to_bottom() -> None:
    plate = draw_plate("59-D1", "673.93")
    plate[: plate.shape[0] // 2] //= 2  # the upper half is darker
    upper, lower = as_cut(plate).line_pixels
    assert upper.mean() < lower.mean()


@pytest.mark.parametrize(("shape", "too_small"), [((5, 40, 3), True), ((40, 5, 3), True), ((6, 6, 3), False)])
def test_too_small(shape: tuple[int, int, int], too_small: bool) -> None:
    assert is_too_small(np.zeros(shape, np.uint8)) is too_small


@pytest.mark.parametrize("size_wh", [(6, 6), (7, 300), (300, 6), (30, 21)])
def test_small_pictures_are_cut_without_error(size_wh: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (size_wh[1], size_wh[0], 3), np.uint8)
    assert all(line.size for line in rectify(picture).line_pixels)


@pytest.mark.parametrize("texts", [("30F-256.58",), ("59-D1", "673.93")])
@pytest.mark.parametrize("slope", [-0.3, -0.15, 0.15, 0.3])
def test_lines_that_run_up_or_down_are_levelled(texts: tuple[str, ...], slope: float) -> None:
    level = on_street(draw_plate(*texts), margin_share=0.3)
    height, width = level.shape[:2]
    matrix = np.array([[1, 0, 0], [slope, 1, -slope * width / 2]], np.float32)
    leaning = np.asarray(cv2.warpAffine(level, matrix, (width, height), borderValue=(60, 60, 60)), np.uint8)

    def unlikeness(picture: np.ndarray) -> float:
        middle = slice(width // 4, -width // 4)
        return float(cv2.absdiff(picture[:, middle], level[:, middle]).mean())

    assert unlikeness(levelled(leaning)) < 0.35 * unlikeness(leaning)


@pytest.mark.parametrize("texts", [("30F-256.58",), ("59-D1", "673.93"), ("59-T7", "777.77")])
def test_level_plates_stay_as_they_are(texts: tuple[str, ...]) -> None:
    plate = on_street(draw_plate(*texts), margin_share=0.1)
    assert levelled(plate) is plate
    flat = np.full((60, 80, 3), 128, np.uint8)
    assert levelled(flat) is flat


@pytest.mark.parametrize(
    ("texts", "lean"),
    [(("29-H1", "1171"), -0.3), (("29-H1", "1171"), 0.2), (("29-H1", "1171"), 0.3), (("59-D1", "6739"), -0.3)],
)
def test_letters_that_lean_are_made_upright(texts: tuple[str, str], lean: float) -> None:
    """About, and only letters with upright strokes: a lean of 0.3 is found within 0.1."""
    upright = draw_plate(*texts)
    height, width = upright.shape[:2]
    matrix = np.array([[1, lean, -lean * height / 2], [0, 1, 0]], np.float32)
    moved = cv2.warpAffine(upright, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    leaning = np.asarray(moved, np.uint8)

    def unlikeness(picture: np.ndarray) -> float:
        middle = slice(height // 4, -height // 4), slice(width // 6, -width // 6)
        return float(cv2.absdiff(picture[middle], upright[middle]).mean())

    assert unlikeness(stood_up(leaning)) < 0.5 * unlikeness(leaning)


def test_upright_letters_stay_as_they_are() -> None:
    plate = on_street(draw_plate("59-D1", "6739"), margin_share=0.1)
    assert stood_up(plate) is plate


def test_a_plate_without_an_outline_has_one_upright_view_others_two() -> None:
    assert len(upright_views(np.full((60, 80, 3), 128, np.uint8))) == 1
    views = upright_views(on_street(draw_plate("59-D1", "673.93"), margin_share=0.25, tilt_deg=9.0))
    assert [view.lines for view in views] == [2, 2]
