"""Crossing a solid line, as tables. The line runs up the picture at x = 500, from y = 750 to 420."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import Drive, camera, codes, judge, scenes

from detector.camera import RuleName, SolidLine
from detector.thresholds import load_thresholds
from detector.vocabulary import Box, VehicleClass

THRESHOLDS = load_thresholds()
CENTRE = SolidLine("centre", ((500, 750), (500, 420)))
FREE_FROM_THE_LEFT = dataclasses.replace(CENTRE, free_direction=(1.0, 0.0))
PLACE = camera(solid_lines=(CENTRE,), rules=(RuleName.SOLID_LINE,))

ROWS = [
    ("changes over the line", [(1, 400, 740), (2.5, 400, 640), (3.5, 600, 570), (5, 600, 470)], ["SOLID_LINE"]),
    (
        "and back later is one report",
        [(1, 400, 740), (2.5, 400, 680), (4, 600, 640), (5, 600, 560), (7, 400, 470)],
        ["SOLID_LINE"],
    ),
    ("keeps its side", [(1, 400, 740), (5, 400, 430)], []),
    ("rides along the line", [(1, 505, 740), (5, 495, 430)], []),
    ("comes near and goes back", [(1, 400, 740), (2, 470, 660), (3, 400, 580), (5, 400, 430)], []),
    (
        "swerves over it for a moment",
        [(1, 400, 740), (2.5, 400, 640), (3, 550, 600), (3.4, 400, 570), (6, 400, 440)],
        [],
    ),
    ("ends on the line", [(1, 400, 740), (3, 500, 600), (8, 500, 600)], []),
    ("passes beyond its far end", [(1, 400, 560), (3, 400, 410), (5, 600, 360), (7, 600, 300)], []),
    ("comes from beyond its near end", [(1, 400, 790), (1.5, 600, 760), (5, 600, 470)], []),
    ("was always on the other side", [(1, 600, 740), (5, 600, 430)], []),
    ("stands beside it", [(1, 420, 600), (9, 420, 600)], []),
]


@pytest.mark.parametrize("fps", [6, 12, 25])
@pytest.mark.parametrize(("way", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("vehicle_class", [VehicleClass.MOTORCYCLE, VehicleClass.CAR])
def test_crossing(way, expected, fps, vehicle_class) -> None:  # type: ignore[no-untyped-def]
    story = scenes([Drive(way, vehicle_class=vehicle_class)], {}, fps=fps, jitter=0.015)
    assert codes(judge(RuleName.SOLID_LINE, PLACE, THRESHOLDS, story)) == expected


@pytest.mark.parametrize(
    ("way", "expected"), [(ROWS[0][1], []), ([(1, 600, 740), (2.5, 600, 680), (4, 400, 600), (6, 400, 470)], 1)]
)
def test_broken_on_one_side_it_may_be_crossed_from_there(way, expected) -> None:  # type: ignore[no-untyped-def]
    place = dataclasses.replace(PLACE, solid_lines=(FREE_FROM_THE_LEFT,))
    found = judge(RuleName.SOLID_LINE, place, THRESHOLDS, scenes([Drive(way)], {}))
    assert len(found) == (expected or 0)


def test_the_moment_is_that_on_the_paint() -> None:
    [violation] = judge(RuleName.SOLID_LINE, PLACE, THRESHOLDS, scenes([Drive(ROWS[0][1])], {}, fps=12))
    assert abs(violation.frame / 12 - 3.0) <= 2 / 12
    assert violation.facts["line"] == "centre"


def jumps(t: float, box: Box) -> Box:
    """A track that goes over to the neighbour on the other side."""
    return (box[0] + 200, box[1], box[2] + 200, box[3]) if t >= 3 else box


def widens(t: float, box: Box) -> Box:
    """A neighbour on the other side merges into the box, half a second later the box is its own again."""
    return (box[0], box[1], box[2] + 170, box[3]) if t >= 3 else box


@pytest.mark.parametrize("box_at", [jumps, widens])
def test_boxes_that_jump_or_merge_accuse_nobody(box_at) -> None:  # type: ignore[no-untyped-def]
    for x in (400, 440, 460):
        drive = Drive([(1, x, 740), (5, x, 430)], box_at=box_at)
        assert judge(RuleName.SOLID_LINE, PLACE, THRESHOLDS, scenes([drive], {}, jitter=0.015)) == []


@given(
    x=st.floats(330, 458),
    sway=st.floats(0, 20),
    seed=st.integers(0, 9_999),
    drop=st.floats(0, 0.5),
    fps=st.sampled_from([5, 6, 12, 25]),
)
@settings(max_examples=60, deadline=None)
def test_who_keeps_his_side_is_never_accused(x: float, sway: float, seed: int, drop: float, fps: int) -> None:
    way = [(1 + i, x + (sway if i % 2 else -sway), 740 - 55 * i) for i in range(6)]
    story = scenes([Drive(way)], {}, fps=fps, jitter=0.03, drop=drop, seed=seed)
    assert judge(RuleName.SOLID_LINE, PLACE, THRESHOLDS, story) == []
