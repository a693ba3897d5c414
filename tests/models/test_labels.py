"""YOLO text in, boxes in pixels out; what cannot be understood is named by file and line."""

from pathlib import Path

import pytest

from models.labels import LABELS, SET_LABELS, LabelFileError, read_yolo_txt, yolo_lines


def written(folder: Path, text: str) -> Path:
    file = folder / "picture.txt"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("set_name", "number", "label"),
    [
        ("vehicles", 0, "car"),
        ("vehicles", 1, "motorcycle"),
        ("vehicles", 2, "bicycle"),
        ("vehicles", 3, "truck"),  # the set's order differs from ours here
        ("vehicles", 4, "bus"),
        ("riders", 0, "motorcycle"),
        ("heads", 0, "helmet"),
        ("heads", 1, "no_helmet"),
        ("plates", 0, "plate"),
    ],
)
def test_each_sets_numbers_become_our_labels(tmp_path: Path, set_name: str, number: int, label: str) -> None:
    file = written(tmp_path, f"{number} 0.5 0.5 0.25 0.5\n")
    (box,) = read_yolo_txt(file, (400, 200), SET_LABELS[set_name])
    assert (box.label, box.xyxy) == (label, (150, 50, 250, 150))


def test_boxes_survive_the_way_to_text_and_back(tmp_path: Path) -> None:
    text, wh = "1 0.5 0.5 0.25 0.5\n\n0 0.1 0.2 0.1 0.1\n", (640, 480)
    boxes = read_yolo_txt(written(tmp_path, text), wh, LABELS["heads"])
    again = read_yolo_txt(
        written(tmp_path, yolo_lines(boxes, (640, 480), LABELS["heads"])), (640, 480), LABELS["heads"]
    )
    assert [box.label for box in again] == ["no_helmet", "helmet"]
    for box, other in zip(boxes, again, strict=True):
        assert other.xyxy == pytest.approx(box.xyxy, abs=0.01)


def test_a_box_that_leaves_the_picture_is_clipped(tmp_path: Path) -> None:
    (box,) = read_yolo_txt(written(tmp_path, "0 0.98 0.5 0.1 0.2"), (100, 100), LABELS["plates"])
    assert box.xyxy == pytest.approx((93, 40, 100, 60))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0.5 0.5 0.1", "4 values"),
        ("0 0.5 0.5 0.1 0.1 0.9", "6 values"),
        ("car 0.5 0.5 0.1 0.1", "not a number"),
        ("0 0.5 0.5 0.1 wide", "not a number"),
        ("2 0.5 0.5 0.1 0.1", "class 2 is none of 0 to 1"),
        ("-1 0.5 0.5 0.1 0.1", "class -1 is none"),
        ("0 408.7 81.5 71.0 83.0", "value outside the picture"),
        ("0 nan 0.5 0.1 0.1", "value outside the picture"),
        ("0 0.5 0.5 0 0.1", "a box without area"),
    ],
)
def test_a_bad_line_is_named_with_file_and_line(tmp_path: Path, line: str, reason: str) -> None:
    file = written(tmp_path, f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(LabelFileError) as raised:
        read_yolo_txt(file, (640, 480), LABELS["heads"])
    assert str(raised.value).startswith(f"{file}:2: {reason}")


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"none\.txt: cannot be read"):
        read_yolo_txt(tmp_path / "none.txt", (640, 480), LABELS["heads"])
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabelFileError, match=r"binary\.txt: cannot be read"):
        read_yolo_txt(tmp_path / "binary.txt", (640, 480), LABELS["heads"])
