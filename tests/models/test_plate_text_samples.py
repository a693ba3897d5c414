"""Plate texts for training: who is kept out, what is drawn, and wrong rows that are named."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.plate_list import PlateCrop
from models.plate_text import INPUT_WH, SYMBOLS, fitted
from models.training.plate_text.data import (
    PlateCropError,
    PlateTexts,
    encode,
    load_grey,
    own_plates,
    split,
    split_lines,
)
from models.training.plate_text.draw import draw_plate
from models.training.plate_text.wear import worn
from ocr.grammar import fits


def grey(height: int, width: int, value: int = 120) -> np.ndarray:
    return np.full((height, width), value, np.uint8)


def test_two_lines_stand_side_by_side_and_one_fills_the_width() -> None:
    two = fitted([grey(30, 90, 10), grey(40, 90, 200)])
    assert two.shape == (INPUT_WH[1], INPUT_WH[0])
    assert (two[0, 0], two[0, 127], two[0, 128], two[0, -1]) == (10, 10, 200, 200)
    assert fitted([grey(20, 95)]).shape == two.shape


def test_lines_keep_a_little_of_each_other() -> None:
    rows = np.repeat(np.arange(100, dtype=np.uint8)[:, None], 40, axis=1)
    upper, lower = split_lines(rows, 2, at=0.5, overlap=0.03)
    assert (upper[-1, 0], lower[0, 0]) == (52, 47)
    assert split_lines(rows, 1) == (rows,)


def test_no_vehicle_is_both_learned_and_judged() -> None:
    """One text on several crops, or texts one character apart (a misread twin), stay on one side."""
    crops = [PlateCrop(f"{number}.jpg", f"59X1{number // 3:05d}", 2, legible=True) for number in range(300)]
    parts = split(crops)
    sides = {crop.text: part for part, some in parts.items() for crop in some}
    assert sum(map(len, parts.values())) == len(crops)
    for text, side in sides.items():
        for other, its_side in sides.items():
            if sum(a != b for a, b in zip(text, other, strict=True)) <= 1:
                assert side == its_side, (text, other)


def test_the_split_of_our_own_texts_does_not_depend_on_their_order() -> None:
    crops = own_plates()
    parts, turned = split(crops), split(crops[::-1])
    assert {part: sorted(crop.name for crop in some) for part, some in parts.items()} == {
        part: sorted(crop.name for crop in some) for part, some in turned.items()
    }
    assert len(parts["validation"]) > 300
    assert len(parts["train"]) > 3 * len(parts["validation"]) - 100


def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"not a picture")
    with pytest.raises(PlateCropError, match=r"broken\.jpg"):
        load_grey(tmp_path, PlateCrop("broken.jpg", "59X1", 2, legible=True))


def test_drawn_plates_are_plates() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        drawn = draw_plate(rng)
        assert fits(drawn.text, drawn.lines) is not None, drawn.text
        assert drawn.picture.dtype == np.uint8


def test_every_legal_colour_is_drawn_both_dark_on_light_and_light_on_dark() -> None:
    rng = np.random.default_rng(5)
    middles = [float(np.median(draw_plate(rng).picture)) for _ in range(200)]
    assert min(middles) < 110 < 140 < max(middles)


def test_wear_hides_and_blurs_but_never_calls_such_a_plate_legible() -> None:
    rng = np.random.default_rng(6)
    drawn = draw_plate(rng)
    samples = [worn(rng, drawn.picture, drawn.text_share) for _ in range(300)]
    assert {sample.legible for sample in samples} == {-1, 0, 1}
    assert all(sample.readable for sample in samples if sample.legible == 1)
    assert not any(sample.readable for sample in samples if sample.legible == 0)


def test_the_stream_teaches_texts_and_what_is_no_plate() -> None:
    rng = np.random.default_rng(7)
    plate = cv2.resize(draw_plate(rng, ("59-X1", "123.45")).picture, (190, 140))
    pictures = [
        (np.asarray(plate, np.uint8), PlateCrop("a.jpg", "59X112345", 2, legible=True)),
        (grey(140, 190), PlateCrop("b.jpg", "", 2, legible=False)),
    ]
    items = list(islice(PlateTexts(pictures).stream(rng), 200))
    assert all(picture.shape == (1, INPUT_WH[1], INPUT_WH[0]) and picture.min() >= 0 for picture, *_ in items)
    taught = ["".join(SYMBOLS[number - 1] for number in classes[:length]) for _, classes, length, _ in items]
    assert taught.count("59X112345") > 40
    assert all(length == 0 for _, _, length, legible in items if legible == 0)
    assert sum(legible == 0 for *_, legible in items) > 10


def test_texts_become_class_numbers() -> None:
    assert encode("0Z") == [1, 36]
