"""Ids that a tracker broke: given back to a vehicle that is alone, and to nobody else. Boxes are 40 px wide and 100 px high."""

import pytest

from detector.rejoin import Rejoiner
from detector.vocabulary import Box

FPS = 12.0


def at(x: float, bottom: float, *, height: float = 100.0) -> Box:
    return (x - 0.2 * height, bottom - height, x + 0.2 * height, bottom)


def drives(t: float) -> Box:
    """Upwards at 120 px, a good height, a second."""
    return at(500, 700 - 120 * t)


def named(
    new: dict[int, Box], *, lost_s: float = 0.25, others: dict[int, Box] | None = None, until_s: float = 1.0
) -> set[int]:
    """Id 7 drives for `until_s` and is lost; `lost_s` later `new` is seen: which of them carries the name of id 7."""
    rejoiner = Rejoiner()
    name = None
    for look in range(round(until_s * FPS) + 1):
        t = look / FPS
        name = rejoiner.see({7: drives(t), **(others or {})}, t)[7]
    names = rejoiner.see({**new, **(others or {})}, until_s + lost_s)
    return {track_id for track_id in new if names[track_id] == name}


NEXT = drives(1.25)
TABLE = [
    ("where it was heading", {8: NEXT}, {}, {8}),
    ("a little off", {8: at(510, 560)}, {}, {8}),
    ("half a height off: it is another one", {8: at(500, 600)}, {}, set()),
    ("beside its way by its width", {8: at(540, 550)}, {}, set()),
    ("a car where a motorbike was", {8: at(500, 550, height=150)}, {}, set()),
    ("a second too late", {8: drives(2.0)}, {"lost_s": 1.0}, set()),
    ("hardly seen before", {8: drives(0.45)}, {"until_s": 0.2}, set()),
    ("two of them: who is who", {8: at(500, 552), 9: at(512, 548)}, {}, set()),
    ("a neighbour rides beside it", {8: NEXT}, {"others": {3: at(545, 560)}}, set()),
    ("...a lane away", {8: NEXT}, {"others": {3: at(700, 560)}}, {8}),
    ("its own id again", {7: NEXT}, {}, {7}),
]  # fmt: skip


@pytest.mark.parametrize(("new", "how", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_an_id_goes_on_where_nothing_else_can_be_meant(new, how, expected) -> None:  # type: ignore[no-untyped-def]
    assert named(new, **how) == expected


def test_who_else_was_lost_there_may_be_the_one_that_is_found() -> None:
    rejoiner = Rejoiner()
    for look in range(13):
        waits = {3: at(505, 570)} if look < 8 else {}
        before = rejoiner.see({7: drives(look / FPS), **waits}, look / FPS)
    assert rejoiner.see({8: NEXT}, 1.25)[8] not in before.values()


def test_an_id_that_comes_back_beside_its_successor_is_another_vehicle() -> None:
    rejoiner = Rejoiner()
    for look in range(13):
        name = rejoiner.see({7: drives(look / FPS)}, look / FPS)[7]
    assert rejoiner.see({8: NEXT}, 1.25)[8] == name
    both = rejoiner.see({7: at(800, 600), 8: drives(1.33)}, 1.33)
    assert both[8] == name != both[7]


def test_a_name_ends_with_the_last_of_its_ids() -> None:
    rejoiner = Rejoiner()
    for look in range(13):
        rejoiner.see({7: drives(look / FPS)}, look / FPS)
    rejoiner.see({8: NEXT}, 1.25)
    assert rejoiner.end([7]) == ()
    assert rejoiner.end([8]) == (0,)
    assert rejoiner.see({7: NEXT}, 1.5) == {7: 1}  # names are never used again
    assert rejoiner.ids == {7}
