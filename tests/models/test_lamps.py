"""The lamp classifier is made like the other weights: prepare, train, evaluate, export, on a tiny set."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.__main__ import main
from models.crops import lamp_picture
from models.errors import UserError
from models.labels import LABELS, LabelledBox, yolo_lines
from models.registry import Weights
from models.training import lamp_export, lamp_net, lamp_set
from models.training.lamp_drawn import draw_lamp, is_visible, spoil
from models.training.lamp_export import evaluate_lamps, export_lamps, probabilities, temperature
from models.training.lamp_net import train_lamps
from models.training.lamp_set import (
    CALIBRATION_SCENES,
    COLUMNS,
    TEST_SCENES,
    LampLabelsError,
    LampPicture,
    cut,
    light_lamps,
    load_part,
    part_of,
    prepare_lamps,
    read_corrections,
)
from models.training.sets import DataFolderError
from models.training.sources import Sources

RED_HEAD = (60.0, 40.0, 84.0, 100.0)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """A data folder with one training, one calibration and one test picture, and no clips."""
    monkeypatch.setattr(lamp_set, "DRAWN", {"train": 150, "calibration": 40})
    monkeypatch.setattr(lamp_set, "TRAINING_CLIPS", ())
    folder = tmp_path / "data/lights"
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    picture = np.full((200, 200, 3), 200, np.uint8)
    picture[40:100, 60:84] = 40
    cv2.circle(picture, (72, 52), 8, (30, 30, 240), -1)
    for number in (0, 177, 39):
        cv2.imwrite(str(folder / f"images/l{number:04d}.jpg"), picture)
        text = yolo_lines([LabelledBox("red", RED_HEAD)], (200, 200), ("green", "red", "yellow"))
        (folder / f"labels/l{number:04d}.txt").write_text(text, encoding="utf-8")
    return Sources(tmp_path / "data", tmp_path / "footage", tmp_path / "work", tmp_path / "coco.pt", tmp_path / "p.pt")


def test_made_from_pictures_to_onnx_that_says_what_torch_says(sources: Sources, tmp_path: Path) -> None:
    counts = prepare_lamps(sources)
    assert (counts["train drawn crops"], counts["calibration real crops"], counts["test real crops"]) == (150, 10, 1)
    checkpoint = train_lamps(sources.work, "tiny", epochs=2)
    file = export_lamps(checkpoint, tmp_path / "lamps.onnx", sources.work)
    assert file.stat().st_size < 1_000_000
    crops, labels, is_drawn = load_part(sources.work / "lamps", "calibration")
    rows = probabilities(file, crops)
    assert rows.shape == (len(labels), len(LABELS["lamps"]))
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert is_drawn.sum() == 40
    weights = Weights("lamps", file, "0" * 64, LABELS["lamps"], (32, 64), "test")
    assert "| red | 1 |" in evaluate_lamps(weights, sources.work)


def test_an_interrupted_training_goes_on_where_it_was(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    prepare_lamps(sources)
    whole = torch.load(train_lamps(sources.work, "whole", epochs=2), weights_only=True)
    one_epoch = lamp_net._epoch

    def interrupted(*arguments: Any) -> None:
        if arguments[-1] == 1:
            raise KeyboardInterrupt
        one_epoch(*arguments)

    monkeypatch.setattr(lamp_net, "_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_lamps(sources.work, "parts", epochs=2)
    monkeypatch.setattr(lamp_net, "_epoch", one_epoch)
    again = torch.load(train_lamps(sources.work, "parts", epochs=2), weights_only=True)
    assert all(torch.equal(whole["net"][name], again["net"][name]) for name in whole["net"])


def test_training_goes_on_from_another_run_and_refuses_what_is_none(sources: Sources, tmp_path: Path) -> None:
    prepare_lamps(sources)
    first = train_lamps(sources.work, "first", epochs=1)
    assert train_lamps(sources.work, "second", epochs=1, start=first).exists()
    for wrong in (tmp_path / "none.pt", sources.work / "lamps/train.npz"):
        with pytest.raises(UserError, match="no checkpoint to start from"):
            train_lamps(sources.work, "third", epochs=1, start=wrong)


def test_an_export_that_differs_from_torch_is_refused(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_lamps(sources)
    checkpoint = train_lamps(sources.work, "tiny", epochs=1)
    monkeypatch.setattr(lamp_export, "probabilities", lambda _, crops: np.ones((len(crops), 5), np.float32))
    with pytest.raises(UserError, match=r"lamps\.onnx: the ONNX file differs from torch"):
        export_lamps(checkpoint, tmp_path / "lamps.onnx", sources.work)


@pytest.mark.parametrize("command", ["train", "evaluate", "export"])
def test_steps_out_of_order_are_one_clear_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "lamps", "--work", str(tmp_path)]) == 1
    assert "python -m models" in capsys.readouterr().err


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
