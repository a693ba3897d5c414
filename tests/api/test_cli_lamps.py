"""`phatnguoi bench lamps`: counts that follow from the labels, and bad pictures and labels named and left out."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from api.lamp_accuracy import ALL_LIT, measure_lamps
from detector.lamps import read_lamps
from models.errors import UserError
from models.labels import LABELS, LabelledBox, yolo_lines
from models.training.lamps.set import LampPicture
from tests.api.test_cli_bad_input import phatnguoi
from tests.detector.test_lamps import GREEN, RED, upright

BOX = (20.0, 20.0, 44.0, 80.0)


def picture(lit: int | None, colour: tuple[int, int, int] = RED) -> np.ndarray:
    shown = np.full((100, 100, 3), 90, np.uint8)
    shown[20:80, 20:44] = upright(lit, colour)
    return shown


def lamp(name: str, phase: str, shown: np.ndarray) -> LampPicture:
    return LampPicture(name, "part", shown, BOX, phase)


def written(folder: Path, name: str, shown: np.ndarray, label: str) -> None:
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / f"images/{name}.png"), shown)
    text = yolo_lines([LabelledBox(label, BOX)], (100, 100), LABELS["lamps"])
    (folder / f"labels/{name}.txt").write_text(text, encoding="utf-8")


def test_right_wrong_dark_and_unknown_are_counted_per_phase() -> None:
    both = np.maximum(picture(0, RED), picture(2, GREEN))
    lamps = [
        lamp("right", "red", picture(0, RED)),
        lamp("wrong", "red", picture(2, GREEN)),
        lamp("dark", "red", picture(None)),
        lamp("open", "green", both),
        lamp("truly dark", "off", picture(None)),
        lamp("invented", "off", picture(0, RED)),
    ]
    left_out: list[UserError] = []
    counts, wrong = measure_lamps("part", lamps, read_lamps, left_out.append)
    rows = {one.phase: (one.heads, one.right, one.wrong, one.dark, one.unknown) for one in counts}
    assert rows == {
        "green": (1, 0, 0, 0, 1),
        "red": (3, 1, 1, 1, 0),
        "off": (2, 1, 1, 0, 0),
        ALL_LIT: (4, 1, 1, 1, 1),
    }
    assert [one.right_of_named for one in counts if one.phase == ALL_LIT] == [0.5]
    assert [one.name for one in wrong] == ["wrong", "invented"]
    assert left_out == []


def test_a_box_without_pixels_is_left_out_and_named() -> None:
    tiny = LampPicture("tiny", "part", picture(0), (20.0, 20.0, 21.0, 22.0), "red")
    left_out: list[UserError] = []
    counts, _ = measure_lamps("part", [tiny, lamp("whole", "red", picture(0))], read_lamps, left_out.append)
    assert [(one.phase, one.heads) for one in counts] == [("red", 1), (ALL_LIT, 1)]
    (error,) = left_out
    assert "less than 3x3 pixels" in error.line()


def test_a_folder_is_measured_and_what_is_wrong_in_it_is_named(tmp_path: Path) -> None:
    written(tmp_path, "red", picture(0, RED), "red")
    written(tmp_path, "dark", picture(None), "off")
    written(tmp_path, "broken", picture(0, RED), "red")
    (tmp_path / "labels/broken.txt").write_text("7 0.5 0.5 0.2 0.2\n", encoding="utf-8")
    done = phatnguoi("bench", "lamps", tmp_path, "--jsonl", "-", "--markdown", tmp_path / "table.md")
    lines = {line["phase"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert "broken.txt:1" in done.stderr and "Traceback" not in done.stderr
    assert done.returncode == 1
    assert (lines["red"]["right"], lines["off"]["right"], lines[ALL_LIT]["heads"]) == (1, 1, 1), done.stderr
    assert "| red | 1 | 1 |" in (tmp_path / "table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [(), ("no_such_folder",), ("--data", "no_such_folder")])
def test_nothing_to_measure_is_one_clear_line(arguments: tuple[str, ...]) -> None:
    done = phatnguoi("bench", "lamps", *arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "no_such_folder" in done.stderr or "nothing to measure on" in done.stderr
