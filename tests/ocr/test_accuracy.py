"""Counts of plates read right and wrong; a wrong row of the list is named, a broken picture costs only itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import UserError
from models.plate_list import PlateListError
from models.training.own_labels import FOLDER
from ocr.accuracy import measure, read_truth
from ocr.images import PlateImageError
from ocr.reading import PlateReading, ReadingStatus, unreadable

HEADER = "name,text,lines,legible\n"


def reading(text: str, status: ReadingStatus, confidence: float = 0.9) -> PlateReading:
    return replace(unreadable(), text=text, status=status, confidence=confidence)


READ = {
    "right.jpg": reading("59X112345", ReadingStatus.ACCEPTED),
    "wrong.jpg": reading("59X112346", ReadingStatus.ACCEPTED),
    "doubt.jpg": reading("30A12345", ReadingStatus.DOUBTFUL, 0.99),
    "blur.jpg": reading("51F00000", ReadingStatus.ACCEPTED, 0.5),
    "haze.jpg": unreadable(),
}


def read(picture: Path) -> PlateReading:
    if picture.name not in READ:
        raise PlateImageError("cannot be read", where=str(picture))
    return READ[picture.name]


def listed(folder: Path, rows: str) -> Path:
    file = folder / "plates.csv"
    file.write_text(HEADER + rows, encoding="utf-8")
    return file


def test_exact_accepted_and_illegible_ones_are_counted(tmp_path: Path) -> None:
    rows = "right.jpg,59-X1 123.45,2,1\nwrong.jpg,59X112345,2,1\ndoubt.jpg,30A12346,1,1\nblur.jpg,,2,0\nhaze.jpg,,0,0\n"
    failed: list[UserError] = []
    counted = measure(read_truth(listed(tmp_path, rows + "gone.jpg,59X1,2,1\n"), tmp_path), read, failed.append)
    assert (counted.legible, counted.exact, counted.two_line, counted.two_line_exact) == (3, 1, 2, 1)
    assert (counted.accepted, counted.accepted_wrong) == (2, 1)
    assert (counted.illegible, counted.illegible_accepted) == (2, 1)
    # One bin: 0.9, 0.9 and 0.99 are promised of three pictures, one of which is right.
    assert counted.calibration_error == pytest.approx(abs(0.9 + 0.9 + 0.99 - 1) / 3, abs=1e-3)
    assert [error.truth.picture.name for error in counted.worst] == ["wrong.jpg", "blur.jpg", "doubt.jpg"]
    assert [str(tmp_path / "gone.jpg") in error.line() for error in failed] == [True]


@pytest.mark.parametrize(
    "row", ["a.jpg,59X1,3,1", "a.jpg,59X1,2,yes", "a.jpg,,2,1", "a.jpg,59X1,,1", "a.jpg,59X1,2", "a.jpg,59X1,2,1,more"],
    ids=["three lines", "legible is no number", "legible without text", "legible without lines", "three values", "five"],
)  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(PlateListError) as caught:
        read_truth(listed(tmp_path, f"ok.jpg,59X112345,2,1\n{row}\n"), tmp_path)
    assert "plates.csv:3" in caught.value.line()


def test_a_missing_list_and_other_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(PlateListError, match="cannot be read"):
        read_truth(tmp_path / "none.csv", tmp_path)
    (tmp_path / "other.csv").write_text("file,text\n")
    with pytest.raises(PlateListError, match="columns"):
        read_truth(tmp_path / "other.csv", tmp_path)


def test_our_own_texts_can_be_read(tmp_path: Path) -> None:
    ours = read_truth(FOLDER / "plate_texts.csv", tmp_path)
    assert sum(truth.legible for truth in ours) > 1500
    assert sum(truth.lines == 1 for truth in ours) > 100
