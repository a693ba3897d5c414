"""Whether two boxes in a row can be of one vehicle. Boxes are 40 px wide and 100 px high; the road is seen so that one pixel
down the picture is as far as three across it."""

import pytest
from scenes import START

from detector.rules.continuity import leaves_its_way, whole_step
from detector.rules.sample import Sample
from detector.vocabulary import Box


def box(x: float, bottom: float, *, height: float = 100.0) -> Box:
    return (x - 20, bottom - height, x + 20, bottom)


@pytest.mark.parametrize(
    ("title", "end", "is_leaving", "expected"),
    [
        ("both edges go up by 30", box(500, 570), False, 30.0),
        ("only the lower edge goes up: a neighbour comes between", (480, 500, 520, 540), False, 0.0),
        ("the upper edge goes half as far as the lower one", (480, 470, 520, 540), False, 30.0),
        ("...but the picture ends there", (480, 470, 520, 540), True, 60.0),
        ("grows at both edges: it swallows neighbours", (480, 480, 520, 620), False, 0.0),
    ],
)
def test_a_step_is_what_both_edges_do(title: str, end: Box, is_leaving: bool, expected: float) -> None:
    assert whole_step(box(500, 600), end, is_leaving=is_leaving) == pytest.approx(expected), title


def look(t: float, x: float, bottom: float, *, height: float = 100.0) -> Sample:
    return Sample(t, START, int(t * 10), box(x, bottom, height=height), (x, bottom), height)


UP = look(0.0, 500, 660), look(0.5, 500, 600)  # 120 px/s, upwards


@pytest.mark.parametrize(
    ("title", "fresh", "wheels_seen", "expected"),
    [
        ("goes on", look(0.8, 500, 564), True, False),
        ("brakes hard", look(0.8, 500, 598), True, False),
        ("goes on aslant", look(0.8, 520, 570), True, False),
        ("a box that wobbles down by a tenth of its height", look(0.8, 500, 610), True, False),
        ("is thrown back by a third of its height", look(0.8, 500, 633), True, True),
        ("is thrown aside by its own width and half", look(0.8, 660, 590), True, True),
        ("only its lower edge comes back: half of it was hidden", look(0.8, 500, 633, height=133), False, False),
        ("...but not where its wheels were seen", look(0.8, 500, 633, height=133), True, True),
    ],
)
def test_nobody_who_drives_is_thrown_back_or_aside(
    title: str, fresh: Sample, wheels_seen: bool, expected: bool
) -> None:
    told = leaves_its_way(*UP, fresh, slack_heights=0.15, deep=3.0, wheels_seen=wheels_seen)
    assert told is expected, title


def test_who_stands_has_no_way_to_leave() -> None:
    still = look(0.0, 500, 602), look(0.5, 500, 600)
    assert not leaves_its_way(*still, look(0.8, 500, 640), slack_heights=0.15, deep=3.0, wheels_seen=True)
