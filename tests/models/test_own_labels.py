"""Labels drawn by eye: read whole, or refused with file and line; ours agree with the code that reads them."""

from pathlib import Path

import numpy as np
import pytest

from models.training.duplicates import Moments
from models.training.own_labels import FOLDER, OwnLabelsError, read_own_labels
from models.training.sets import KEPT_OUT_CLIPS, TRAINING_CLIPS
from models.training.weather import weathered

HEADER = "picture,width,height,label,x1,y1,x2,y2\n"


def folder_with(folder: Path, text: str) -> Path:
    (folder / "vehicles.csv").write_text(text, encoding="utf-8")
    return folder


def test_boxes_ignored_regions_and_empty_pictures_are_read(tmp_path: Path) -> None:
    rows = "a/1,640,480,car,1,2,30,40\na/1,640,480,ignore,0,0,9,9\na/1,640,480,truck,5.5,6,70,80\na/2,100,50,,,,,\n"
    own = read_own_labels("vehicles", folder_with(tmp_path, HEADER + rows))
    assert [(box.label, box.xyxy) for box in own["a/1"].boxes] == [("car", (1, 2, 30, 40)), ("truck", (5.5, 6, 70, 80))]
    assert [box.xyxy for box in own["a/1"].ignored] == [(0, 0, 9, 9)]
    assert own["a/2"].size_wh == (100, 50) and own["a/2"].boxes == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,640,480,tank,1,2,3,4", "unknown label `tank`"),
        ("a,640,480,car,1,2,x,4", "not a number"),
        ("a,640,480,car,1,2", "not a number"),
        ("a,640,480,car,3,2,3,4", "outside the picture or without area"),
        ("a,640,480,car,1,2,641,4", "outside the picture or without area"),
        ("a,wide,480,car,1,2,3,4", "not a number"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path, row: str, reason: str) -> None:
    folder = folder_with(tmp_path, f"{HEADER}a,640,480,car,1,2,3,4\n{row}\n")
    with pytest.raises(OwnLabelsError) as caught:
        read_own_labels("vehicles", folder)
    assert "vehicles.csv:3" in caught.value.line() and reason in caught.value.line()


@pytest.mark.parametrize("text", ["", "picture,label\n"], ids=["empty", "other columns"])
def test_other_columns_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(OwnLabelsError, match="columns"):
        read_own_labels("vehicles", folder_with(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OwnLabelsError, match=r"vehicles\.csv"):
        read_own_labels("vehicles", tmp_path)


def test_our_vehicle_labels_cover_kept_out_and_training_clips() -> None:
    own = read_own_labels("vehicles")
    for clip in (*KEPT_OUT_CLIPS, *TRAINING_CLIPS):
        assert sum(key.startswith(f"footage/{clip}_") for key in own) >= 5, clip
    assert {file.name for file in FOLDER.iterdir() if file.suffix != ".csv"} <= {"README.md"}  # never a picture


def scene(shift: int = 0) -> np.ndarray:
    picture = np.tile(np.linspace(0, 255, 320, dtype=np.uint8), (240, 1))
    picture = np.stack([picture] * 3, axis=2)
    picture[100:130, 40 + shift : 70 + shift] = 255 - picture[100:130, 40 + shift : 70 + shift]
    return picture


def test_a_copy_is_known_and_a_vehicle_that_moved_on_makes_another_moment() -> None:
    moments = Moments()
    assert moments.is_new(scene())
    noisy = np.clip(scene().astype(int) + np.random.default_rng(1).integers(-3, 4, (240, 320, 3)), 0, 255)
    assert not moments.is_new(noisy.astype(np.uint8))
    assert moments.is_new(scene(shift=60))


def test_weather_keeps_size_and_changes_every_picture() -> None:
    rng = np.random.default_rng(3)
    for _ in range(12):
        worse = weathered(scene(), rng)
        assert worse.shape == scene().shape and worse.dtype == np.uint8
        assert not np.array_equal(worse, scene())
