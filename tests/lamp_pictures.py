"""A data folder of lamp heads, as small as can be."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.labels import LabelledBox, yolo_lines
from models.training.lamps import set as lamp_set
from models.training.sources import Sources

RED_HEAD = (60.0, 40.0, 84.0, 100.0)


def one_lamp_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
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
