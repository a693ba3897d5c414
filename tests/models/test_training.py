"""What training data is made of: riders merged with bikes, missing heads greyed out, scores counted right."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.crops import PAD_GREY, Image
from models.labels import LabelledBox
from models.training.heads import Crop, blanked, head_crops, rider_boxes, unlabelled_persons
from models.training.renders import MISREAD_REPEATS, Render, misread, render_head_crops, rendered
from models.training.teacher import teach
from models.training.vehicles import completed

BIKE = LabelledBox("motorcycle", (100, 160, 140, 240), 0.6)
RIDER = LabelledBox("person", (102, 100, 138, 210), 0.8)


@pytest.mark.parametrize(
    ("title", "raw", "boxes"),
    [
        ("bike and rider become one", [BIKE, RIDER], [("motorcycle", (100, 100, 140, 240))]),
        ("a faint bike under a sure rider counts", [LabelledBox("motorcycle", BIKE.xyxy, 0.15), RIDER],
         [("motorcycle", (100, 100, 140, 240))]),
        ("a parked bike keeps its box", [BIKE], [("motorcycle", BIKE.xyxy)]),
        ("a faint bike alone is not taught", [LabelledBox("motorcycle", BIKE.xyxy, 0.15)], []),
        ("a pedestrian beside is not merged", [BIKE, LabelledBox("person", (150, 130, 180, 240), 0.9)],
         [("motorcycle", BIKE.xyxy)]),
        ("a pedestrian alone is no vehicle", [RIDER], []),
        ("a car taken for a truck too is one", [LabelledBox("car", (0, 0, 80, 40), 0.9),
                                               LabelledBox("truck", (1, 0, 80, 41), 0.4)], [("car", (0, 0, 80, 40))]),
    ],
)  # fmt: skip
def test_the_teachers_boxes_become_our_labels(
    title: str, raw: list[LabelledBox], boxes: list[tuple[str, tuple[float, ...]]]
) -> None:
    assert [(box.label, box.xyxy) for box in teach(raw).vehicles] == boxes, title


def test_two_riders_on_one_bike_are_one_box() -> None:
    passenger = LabelledBox("person", (104, 90, 141, 215), 0.7)
    (box,) = teach([BIKE, RIDER, passenger]).vehicles
    assert box.xyxy == (100, 90, 141, 240)


def test_a_drawn_bike_is_stretched_over_its_rider_and_the_rest_completed() -> None:
    car = LabelledBox("car", (300, 100, 400, 160), 0.9)
    scene = completed([LabelledBox("motorcycle", BIKE.xyxy)], teach([BIKE, RIDER, car]))
    assert [(box.label, box.xyxy) for box in scene.vehicles] == [
        ("motorcycle", (100, 100, 140, 240)),
        ("car", car.xyxy),
    ]


def test_a_person_without_a_labelled_head_is_greyed_out_but_labelled_heads_stay() -> None:
    head = LabelledBox("helmet", (112, 100, 128, 120))
    other = LabelledBox("person", (120, 98, 160, 200), 0.8)
    regions = unlabelled_persons((head,), [RIDER, other])
    assert len(regions) == 0  # the head lies in both persons' upper parts: neither is greyed out
    alone = LabelledBox("person", (200, 100, 240, 200), 0.8)
    regions = unlabelled_persons((head,), [RIDER, alone])
    picture = blanked(np.zeros((300, 300, 3), np.uint8), [*regions, (100, 90, 140, 130)], (head,))
    assert (picture[102:128, 205:235] == PAD_GREY).all()
    assert (picture[101:119, 113:127] == 0).all()
    assert (picture[125, 110] == PAD_GREY).all()


def test_heads_on_one_bike_share_a_crop_and_a_lone_head_gets_its_own() -> None:
    bike = LabelledBox("motorcycle", (100, 100, 160, 240))
    heads = tuple(LabelledBox("helmet", (x, 100, x + 16, 120)) for x in (110, 130, 400))
    boxes = rider_boxes(heads, [bike])
    assert boxes[0] == bike.xyxy
    assert len(boxes) == 2
    picture = np.zeros((300, 500, 3), np.uint8)
    crops = list(head_crops("p", picture, heads, boxes, np.random.default_rng(1), training=False))
    assert [len(crop.boxes) for crop in crops] == [2, 1]


def test_a_rendered_frame_with_its_three_label_files_is_used_and_one_still_being_written_is_not(tmp_path: Path) -> None:
    labels = {"vehicles": "1 0.5 0.5 0.4 0.6\n", "heads": "0 0.5 0.3 0.1 0.1\n", "plates": ""}
    (tmp_path / "images").mkdir()
    for name in ("r1_0008_0", "r1_0009_0"):
        cv2.imwrite(str(tmp_path / f"images/{name}.jpg"), np.zeros((100, 100, 3), np.uint8))
    for role, text in labels.items():
        (tmp_path / f"labels_{role}").mkdir()
        (tmp_path / f"labels_{role}/r1_0008_0.txt").write_text(text, encoding="utf-8")
    (frame,) = rendered(tmp_path)
    assert (frame.name, frame.kept_out, len(frame.vehicles), len(frame.heads), frame.plates) == (
        "render_r1_0008_0", True, 1, 1, (),
    )  # fmt: skip


TRUE_HEADS = (LabelledBox("helmet", (40, 40, 60, 60)), LabelledBox("no_helmet", (100, 40, 120, 60)))
DRIVER, PASSENGER = (LabelledBox(head.label, head.xyxy, 0.8) for head in TRUE_HEADS)


@pytest.mark.parametrize(
    ("title", "found", "expected"),
    [
        ("both as they are", [DRIVER, PASSENGER], False),
        ("a head beside that nobody labelled", [DRIVER, PASSENGER, LabelledBox("helmet", (5, 5, 20, 20), 0.9)], False),
        ("one as the other kind", [DRIVER, LabelledBox("helmet", PASSENGER.xyxy, 0.8)], True),
        ("as both kinds, the true one surer", [DRIVER, PASSENGER, LabelledBox("helmet", PASSENGER.xyxy, 0.5)], False),
        ("as both kinds, the other one surer", [DRIVER, PASSENGER, LabelledBox("helmet", PASSENGER.xyxy, 0.9)], True),
        ("one not found", [DRIVER], True),
        ("one found faintly", [DRIVER, LabelledBox("no_helmet", PASSENGER.xyxy, 0.2)], True),
        ("one found beside its place", [DRIVER, LabelledBox("no_helmet", (110, 40, 130, 60), 0.8)], True),
    ],
)  # fmt: skip
def test_a_crop_is_misread_where_a_head_is_not_found_as_what_it_is(
    title: str, found: list[LabelledBox], expected: bool
) -> None:
    assert misread(Crop("c", np.zeros((224, 224, 3), np.uint8), TRUE_HEADS), found) is expected, title


class Reader:
    """A detector that finds nothing."""

    def boxes(self, image: Image) -> list[LabelledBox]:
        return []


@pytest.mark.parametrize(
    ("title", "kept_out", "heads", "crops"),
    [
        ("a misread helmet", False, TRUE_HEADS[:1], MISREAD_REPEATS),
        ("a kept-out one, which is measured and not taught", True, TRUE_HEADS[:1], 1),
        ("nobody on the bike: nothing to misread", False, (), 1),
    ],
)
def test_rendered_riders_that_the_detector_misreads_are_taught_more_often(
    title: str, kept_out: bool, heads: tuple[LabelledBox, ...], crops: int
) -> None:
    bright = np.full((200, 200, 3), 200, np.uint8)
    bike = LabelledBox("motorcycle", (30, 35, 75, 155))
    render = Render("r", kept_out, bright, (bike,), heads, ())
    made = list(render_head_crops(render, np.random.default_rng(1), Reader()))
    assert (len(made), len({crop.name for crop in made})) == (crops, crops), title
    assert len(list(render_head_crops(render, np.random.default_rng(1)))) == 1, title
