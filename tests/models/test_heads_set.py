"""What the heads detector is trained on: repeats of what is rare, bikes without riders, heads exchanged between crops."""

import numpy as np

from models.crops import Image
from models.labels import LABELS, LabelledBox
from models.training.heads import Crop, empty_bikes, head_crops, is_dark
from models.training.heads_exchange import Donor, donors_of, exchanged
from models.training.own_labels import IGNORE, read_own_labels

HEAD = LabelledBox("helmet", (100, 40, 140, 88))


def grey_crop(level: int, *heads: LabelledBox) -> Crop:
    return Crop("c", np.full((224, 224, 3), level, np.uint8), heads, native_px=112.0)


def donor(label: str, level: int) -> Donor:
    return Donor(label, np.full((60, 50, 3), level, np.uint8), 100.0, 20.0)


def picture_with_head(level: int) -> Image:
    picture = np.full((300, 300, 3), 160, np.uint8)
    picture[100:130, 110:134] = level
    return picture


def test_bare_heads_and_dark_helmets_come_more_often_than_bright_helmets() -> None:
    rider = (100.0, 100.0, 160.0, 240.0)

    def crops(label: str, level: int) -> int:
        heads = (LabelledBox(label, (110, 100, 134, 130)),)
        rng = np.random.default_rng(1)
        return len(list(head_crops("p", picture_with_head(level), heads, [rider], rng, training=True, bare_repeats=6)))

    assert (crops("helmet", 220), crops("helmet", 20), crops("no_helmet", 20)) == (1, 2, 6)


def test_dark_is_judged_where_hair_is_not_on_the_neck() -> None:
    picture = picture_with_head(20)
    picture[122:130, 110:134] = 200
    assert is_dark(picture, LabelledBox("helmet", (110, 100, 134, 130)))
    assert not is_dark(picture, LabelledBox("helmet", (0, 0, 30, 30)))


def test_a_bike_is_empty_without_labelled_head_and_person() -> None:
    bikes = [LabelledBox("motorcycle", (x, 100, x + 60, 220)) for x in (0, 100, 200)]
    head, person = LabelledBox("helmet", (20, 100, 40, 120)), LabelledBox("person", (110, 80, 150, 200))
    tiny = LabelledBox("motorcycle", (250, 0, 265, 30))
    assert empty_bikes([*bikes, tiny], (head,), [person]) == [bikes[2].xyxy]


def test_heads_at_the_edge_behind_another_or_too_small_are_no_donors() -> None:
    assert [one.label for one in donors_of(grey_crop(90, HEAD))] == ["helmet"]
    assert donors_of(grey_crop(90, LabelledBox("helmet", (0, 40, 40, 88)))) == []
    assert donors_of(grey_crop(90, HEAD, LabelledBox("helmet", (130, 50, 170, 98)))) == []
    assert donors_of(grey_crop(90, LabelledBox("helmet", (100, 40, 112, 54)))) == []  # 6 px in its picture


def test_bright_bare_heads_are_hoods_and_caps_and_come_more_often_than_hair() -> None:
    hood, hair = LabelledBox("no_helmet", HEAD.xyxy), grey_crop(20, LabelledBox("no_helmet", HEAD.xyxy))
    assert len(donors_of(grey_crop(200, hood))) == 3
    assert len(donors_of(hair)) == len(donors_of(grey_crop(200, HEAD))) == 1


def test_an_exchanged_head_keeps_its_box_and_takes_the_donors_label_and_look() -> None:
    crop = grey_crop(100, HEAD)
    changed = [exchanged(crop, [donor("no_helmet", 250)], np.random.default_rng(seed)) for seed in range(12)]
    (first, *_) = kept = [one for one in changed if one is not None]
    assert 0 < len(kept) < 12  # a helmet is drawn as often, and there is no such donor
    assert first.boxes == (LabelledBox("no_helmet", HEAD.xyxy),)
    assert (first.image[64, 120] > 200).all()
    assert (first.image[120:] == 100).all()
    assert (crop.image == 100).all()


def test_helmets_are_pasted_as_often_as_bare_heads() -> None:
    donors = [donor("no_helmet", 250), donor("helmet", 10)]
    changed = [exchanged(grey_crop(100, HEAD), donors, np.random.default_rng(seed)) for seed in range(200)]
    labels = [one.boxes[0].label for one in changed if one]
    assert 0.4 < labels.count("helmet") / len(labels) < 0.6


def test_a_donor_blurrier_or_of_another_shape_than_the_head_is_not_pasted() -> None:
    blurred, wide = Donor("no_helmet", np.zeros((60, 50, 3), np.uint8), 100.0, 8.0), donor("no_helmet", 0)
    wide = Donor(wide.label, np.zeros((40, 90, 3), np.uint8), wide.grey, wide.native_px)
    assert all(exchanged(grey_crop(100, HEAD), [blurred, wide], np.random.default_rng(s)) is None for s in range(20))


def test_our_own_head_labels_can_be_read_and_know_both_labels() -> None:
    own = read_own_labels("heads")
    labels = {box.label for one in own.values() for box in one.boxes}
    assert labels == set(LABELS["heads"])
    assert all(box.label == IGNORE for one in own.values() for box in one.ignored)
