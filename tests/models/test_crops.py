"""One geometry for training and use: squares around boxes, and boxes back into the frame."""

import numpy as np
import pytest

from models.crops import (
    PAD_GREY,
    cut_square,
    head_look_square_xyxy,
    head_square_xyxy,
    plate_square_xyxy,
    to_frame_xyxy,
    to_square_xyxy,
)

RIDER = (100.0, 200.0, 140.0, 300.0)


def test_the_head_square_holds_the_upper_part_and_a_helmet_above_the_box() -> None:
    x1, y1, x2, y2 = head_square_xyxy(RIDER)
    assert x2 - x1 == pytest.approx(y2 - y1)
    assert (x1 + x2) / 2 == 120
    assert y1 < 200
    assert x1 < 100 < 140 < x2
    assert 240 < y2 < 270


def test_the_second_look_sees_a_head_in_the_middle_of_a_square_twice_its_size() -> None:
    assert head_look_square_xyxy((10.0, 20.0, 20.0, 32.0)) == (3.0, 14.0, 27.0, 38.0)


def test_a_wide_box_gets_a_square_as_wide() -> None:
    x1, _, x2, _ = head_square_xyxy((0.0, 0.0, 200.0, 150.0))
    assert x1 < 0 < 200 < x2


def test_the_plate_square_holds_the_whole_vehicle() -> None:
    x1, y1, x2, y2 = plate_square_xyxy((10.0, 20.0, 210.0, 120.0))
    assert x2 - x1 == pytest.approx(y2 - y1)
    assert x1 < 10 < 210 < x2
    assert y1 < 20 < 120 < y2


def test_a_square_over_the_edge_is_filled_with_grey() -> None:
    image = np.full((50, 50, 3), 200, np.uint8)
    crop = cut_square(image, (-20.0, -20.0, 20.0, 20.0), 40)
    assert crop.shape == (40, 40, 3)
    assert (crop[:20, :20] == PAD_GREY).all()
    assert (crop[20:, 20:] == 200).all()


@pytest.mark.parametrize("square", [(500.0, 500.0, 540.0, 540.0), (-90.0, 0.0, -50.0, 40.0)])
def test_a_square_outside_the_image_is_grey(square: tuple[float, float, float, float]) -> None:
    crop = cut_square(np.zeros((50, 50, 3), np.uint8), square, 32)
    assert (crop == PAD_GREY).all()


@pytest.mark.parametrize("size_px", [64, 224, 320])
def test_a_box_comes_back_into_the_frame(size_px: int) -> None:
    square = head_square_xyxy(RIDER)
    head = (112.0, 202.0, 128.0, 220.0)
    assert to_frame_xyxy(to_square_xyxy(head, square, size_px), square, size_px) == pytest.approx(head)


def test_what_is_cut_lies_where_the_box_says() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[202:220, 112:128] = 255
    square = head_square_xyxy(RIDER)
    crop = cut_square(image, square, 224)
    x1, y1, x2, y2 = (round(v) for v in to_square_xyxy((112.0, 202.0, 128.0, 220.0), square, 224))
    assert crop[y1 + 4 : y2 - 4, x1 + 4 : x2 - 4].min() > 200
    outside = crop.copy()
    outside[y1 - 4 : y2 + 4, x1 - 4 : x2 + 4] = 0
    assert outside.max() == 0
