"""What the lamp classifier is made of: drawn and real crops, split by scene, with corrections by eye."""

from pathlib import Path

import numpy as np
import pytest

from models.crops import lamp_picture
from models.labels import LABELS
from models.training.classifier import temperature
from models.training.lamps import set as lamp_set
from models.training.lamps.drawn import draw_lamp, is_visible, spoil
from models.training.lamps.set import (
    CALIBRATION_SCENES,
    COLUMNS,
    TEST_SCENES,
    LampLabelsError,
    LampPicture,
    cut,
    light_lamps,
    part_of,
    read_corrections,
)
from models.training.sets import DataFolderError
from models.training.sources import Sources
from tests.lamp_pictures import RED_HEAD, one_lamp_a_part


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    return one_lamp_a_part(tmp_path, monkeypatch)


def test_a_data_folder_without_lamps_or_clips_is_named(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="lights: no pictures"):
        list(light_lamps(tmp_path))
    with pytest.raises(DataFolderError, match="clip no_such_clip cannot be used"):
        list(lamp_set.clip_lamps(tmp_path, ("no_such_clip",), "train"))


def numbers(scenes: lamp_set.Numbers) -> set[int]:
    return {number for one in scenes for number in (one if isinstance(one, range) else (one,))}


def test_no_scene_is_on_two_sides() -> None:
    assert not numbers(TEST_SCENES) & numbers(CALIBRATION_SCENES)
    assert [part_of(number) for number in (0, 39, 450, 177, 507, 508)] == [
        "train", "test", "test", "calibration", "calibration", "train",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("lights/l0001,1,2,3,4,purple", r"lamps\.csv:2: unknown phase `purple`"),
        ("lights/l0001,1,zwei,3,4,red", r"lamps\.csv:2: not a number"),
        ("lights/l0001,1", r"lamps\.csv:2: not a number"),
    ],
)
def test_wrong_corrections_are_named(tmp_path: Path, row: str, message: str) -> None:
    file = tmp_path / "lamps.csv"
    file.write_text(f"{','.join(COLUMNS)}\n{row}\n", encoding="utf-8")
    with pytest.raises(LampLabelsError, match=message):
        read_corrections(file)


def test_a_correction_goes_to_its_own_box_only(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    corrections = {"lights/l0000": [(RED_HEAD, "off")], "lights/l0039": [((0.0, 0.0, 20.0, 50.0), "off")]}
    monkeypatch.setattr(lamp_set, "read_corrections", lambda: corrections)
    assert [(lamp.name, lamp.phase) for lamp in light_lamps(sources.data)] == [
        ("lights/l0000", "off"), ("lights/l0039", "red"), ("lights/l0177", "red"),
    ]  # fmt: skip


def test_drawn_lamps_show_every_label_and_lit_ones_are_visible() -> None:
    rng = np.random.default_rng(5)
    drawn = [draw_lamp(rng) for _ in range(150)]
    assert {label for _, label in drawn} == set(LABELS["lamps"])
    assert all(is_visible(crop) for crop, label in drawn if label in ("red", "yellow", "green"))


def test_a_spoilt_crop_is_still_a_picture_even_when_tiny() -> None:
    rng = np.random.default_rng(6)
    for size in ((3, 3), (9, 4), (120, 50)):
        for _ in range(20):
            spoilt = spoil(np.full((*size, 3), 120, np.uint8), rng)
            assert spoilt.dtype == np.uint8 and spoilt.shape[2] == 3 and min(spoilt.shape[:2]) >= 2


def test_a_box_at_the_edge_is_cut_at_the_edge() -> None:
    lamp = LampPicture("x", "train", np.zeros((50, 40, 3), np.uint8), (38.0, -4.0, 60.0, 12.0), "red")
    assert cut(lamp, None).shape == (12, 2, 3)


@pytest.mark.parametrize("size", [(3, 3), (60, 24), (24, 60), (400, 40)])
def test_the_network_sees_every_head_upright_in_one_size(size: tuple[int, int]) -> None:
    assert lamp_picture(np.zeros((*size, 3), np.uint8)).shape == (64, 32, 3)


def test_the_temperature_tames_overconfidence() -> None:
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 5, 400)
    logits = rng.normal(0, 1, (400, 5))
    logits[np.arange(400), labels] += 1
    assert temperature(2 * logits, labels) == pytest.approx(2 * temperature(logits, labels), rel=0.05)
