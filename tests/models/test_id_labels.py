"""Where ids of our tracker go over to another vehicle, seen by eye (`own_labels/ids.csv`): every row is whole and may be
looked up again in its clip without the tracker that it was found with.

`what`: `takeover` (the id stays with the other vehicle), `visit` (it comes back after `until`), `object` (a lamp or
somebody on foot is one of the two), `merged` (the box encloses two vehicles from `frame` to `until`). The id's box was
(bx1 … by2) on `before` in `before_frame` and is (x1 … y2) on `after` in `frame`. `relation` of the two: `past` (one stands,
the other drives by), `alike`, `crossing`, `opposed`, `standing` (both). `track`: the id; `had`: the id that was on `after`
until then (of a merged box: the neighbour's); `goes`: the id that is on `before` from then on. Each names the other as
`had` and `goes` where two ids were swapped.
"""

import csv
from collections import Counter

import pytest

from models.training.own_labels import FOLDER

FILE = FOLDER / "ids.csv"
SIZES = {
    "dang_huy_tru_a": (1280, 720),
    "dang_huy_tru_b": (1280, 720),
    "hai_phong_junction": (1006, 720),
    "ho_tung_mau_a": (1280, 720),
    "ly_thuong_kiet_6fps": (640, 480),
    "market_street": (1280, 720),
    "somico_zebra": (640, 360),
}
WHAT = {"takeover", "visit", "object", "merged"}
RELATIONS = {"past", "alike", "crossing", "opposed", "standing"}
ROAD_USERS = {"car", "truck", "bus", "motorcycle", "bicycle"}
Row = dict[str, str]


def problem(row: Row) -> str | None:
    """What is wrong with a row; None if it is whole."""
    if row["clip"] not in SIZES or row["what"] not in WHAT or row["relation"] not in RELATIONS:
        return "unknown word"
    width, height = SIZES[row["clip"]]
    corners = ["x1 y1 x2 y2"] if row["what"] == "merged" else ["x1 y1 x2 y2", "bx1 by1 bx2 by2"]
    for names in corners:
        x1, y1, x2, y2 = (float(row[name]) for name in names.split())
        if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
            return "box outside the picture"
    if row["what"] in ("visit", "merged") and int(row["until"]) < int(row["frame"]):
        return "ends before it begins"
    if row["what"] in ("takeover", "object") and row["until"]:
        return "an id that stays has no end"
    if row["what"] == "merged":
        return None
    if int(row["before_frame"]) >= int(row["frame"]):
        return "the look before is not before"
    both = {row["before"], row["after"]} <= ROAD_USERS
    return None if row["what"] == "visit" or both == (row["what"] == "takeover") else "an object is no road user"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_whole(rows: list[Row]) -> None:
    assert [(number, why) for number, row in enumerate(rows, start=2) if (why := problem(row))] == []


def test_each_is_told_once(rows: list[Row]) -> None:
    keys = Counter((row["clip"], row["frame"], row["track"], row["what"]) for row in rows)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"clip": "another"}, "unknown word"),
        ({"what": "swap"}, "unknown word"),
        ({"x2": "641"}, "box outside the picture"),
        ({"bx2": "0"}, "box outside the picture"),
        ({"until": "90"}, "an id that stays has no end"),
        ({"before_frame": "83"}, "the look before is not before"),
        ({"after": "pedestrian"}, "an object is no road user"),
        ({"what": "object"}, "an object is no road user"),
        ({"what": "visit", "until": "82"}, "ends before it begins"),
    ],
)
def test_a_near_miss_is_found(change: Row, why: str) -> None:
    row = {
        "clip": "ly_thuong_kiet_6fps",
        "frame": "83",
        "until": "",
        "what": "takeover",
        "relation": "past",
        "before": "car",
        "after": "motorcycle",
        "before_frame": "82",
    }
    row |= dict(zip(("x1", "y1", "x2", "y2"), ["10", "20", "60", "70"], strict=True))
    row |= dict(zip(("bx1", "by1", "bx2", "by2"), ["10", "20", "60", "70"], strict=True))
    assert problem(row) is None
    assert problem(row | change) == why
