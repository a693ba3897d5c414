"""Where characters stand, by hand: whole rows, and rows that lost one."""

import pytest

from ocr.reading import TextReading
from ocr.whole import single_line_stands_whole, two_lines_stand_whole

MOTORCYCLE = (0.2, 0.35, 0.65, 0.8)  # "59-D1"
CAR = (0.3, 0.5, 0.7)  # "30A"


def reading(*places: tuple[float, ...]) -> TextReading:
    return TextReading((), places=places)


@pytest.mark.parametrize(
    ("title", "above", "below", "is_whole"),
    [
        ("four under the middle", MOTORCYCLE, (0.2, 0.4, 0.6, 0.8), True),
        ("a little to one side", MOTORCYCLE, (0.23, 0.43, 0.63, 0.83), True),
        ("to one side", MOTORCYCLE, (0.27, 0.47, 0.67, 0.87), False),
        ("to the other", MOTORCYCLE, (0.13, 0.33, 0.53, 0.73), False),
        ("a little to the right, and a dot where it is without the first", MOTORCYCLE, (0.23, 0.41, 0.65, 0.83), False),
        ("a little to the left, and a dot where it is without the last", MOTORCYCLE, (0.17, 0.35, 0.53, 0.77), False),
        ("a hole", MOTORCYCLE, (0.15, 0.33, 0.67, 0.85), False),
        ("five need no more than the upper line", MOTORCYCLE, (0.1, 0.3, 0.5, 0.7, 0.9), True),
        ("a car's five", CAR, (0.1, 0.3, 0.5, 0.7, 0.9), True),
        ("a car's four of five", CAR, (0.3, 0.5, 0.7, 0.9), False),
        ("a car's five, the upper line to one side", (0.23, 0.43, 0.63), (0.1, 0.3, 0.5, 0.7, 0.9), False),
        ("a motorcycle's upper line that lost the last", (0.3, 0.44, 0.7), (0.1, 0.3, 0.5, 0.7, 0.9), False),
        ("one character", MOTORCYCLE, (0.5,), False),
        ("nothing", (), (0.2, 0.4, 0.6, 0.8), False),
    ],
)
def test_two_lines(title: str, above: tuple[float, ...], below: tuple[float, ...], is_whole: bool) -> None:
    assert two_lines_stand_whole([reading(above, below)]) is is_whole, title


def test_views_are_averaged() -> None:
    straight, aside = (reading(MOTORCYCLE, tuple(0.2 * k + off for k in range(1, 5))) for off in (0.0, 0.06))
    assert not two_lines_stand_whole([aside])
    assert two_lines_stand_whole([straight, aside])
    assert not two_lines_stand_whole([straight, reading(MOTORCYCLE, (0.1, 0.3, 0.5, 0.7, 0.9))])
    assert not two_lines_stand_whole([])


@pytest.mark.parametrize(
    ("title", "line", "is_whole"),
    [
        ("in the middle", (0.12, 0.31, 0.5, 0.69, 0.88), True),
        ("a little to the right", (0.15, 0.34, 0.53, 0.72, 0.91), True),
        ("to the right", (0.17, 0.36, 0.55, 0.74, 0.93), False),
        ("the last is gone", (0.1, 0.24, 0.38, 0.52, 0.66, 0.78), False),
        ("one between is gone", (0.12, 0.31, 0.53, 0.69, 0.88), False),
        ("nothing", (), False),
    ],
)
def test_a_single_line(title: str, line: tuple[float, ...], is_whole: bool) -> None:
    assert single_line_stands_whole(reading(line)) is is_whole, title
