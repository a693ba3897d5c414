"""`phatnguoi bench accuracy`: figures that follow from the labels, and bad pictures and labels named and left out."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from api.accuracy import LabelledPicture, _plate_finder, finder_of, measure
from detector.detect import RawBox
from detector.vocabulary import Detection, VehicleClass
from models.labels import LABELS, LabelledBox, yolo_lines
from tests.api.test_cli_bad_input import phatnguoi

CLIP = Path(__file__).parents[2] / "sample_videos/nguyen_trai_junction.mp4"
FRAME = 120


def frame() -> np.ndarray:
    video = cv2.VideoCapture(str(CLIP))
    for _ in range(FRAME + 1):
        read, picture = video.read()
        assert read
    return np.asarray(picture, np.uint8)


def written(folder: Path, picture: np.ndarray, text: str, name: str = "one") -> Path:
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "images" / f"{name}.png"), picture)
    (folder / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def measured(folder: Path, *arguments: object) -> tuple[list[dict[str, object]], str, int]:
    done = phatnguoi("bench", "accuracy", folder, "--role", "vehicles", "--jsonl", "-", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode


def test_a_missed_and_a_wrong_box_are_counted_and_shown(tmp_path: Path) -> None:
    picture = frame()
    height, width = picture.shape[:2]
    sure = [box for box in finder_of("vehicles")(picture) if box.confidence > 0.5 and box.label == "motorcycle"]
    assert len(sure) >= 2
    nobody = LabelledBox("motorcycle", (2.0, 2.0, 90.0, 140.0))
    labels = yolo_lines([*sure[1:], nobody], (width, height), LABELS["vehicles"])  # one is now wrong, one is missed
    lines, errors, status = measured(written(tmp_path / "set", picture, labels), "--report", tmp_path / "report")
    (line,) = [line for line in lines if line["label"] == "motorcycle"]
    assert (line["boxes"], line["pictures"], status) == (len(sure), 1, 0), errors
    assert line["recall"] == pytest.approx((len(sure) - 1) / len(sure), abs=1e-3)
    page = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert "missed" in page and "wrong, confidence" in page
    assert len(list((tmp_path / "report").glob("*.jpg"))) >= 2


def test_bad_pictures_and_labels_are_named_and_the_rest_is_measured(tmp_path: Path) -> None:
    picture = frame()
    folder = written(tmp_path, picture, "0 0.5 0.5 0.2 0.2\n")
    written(tmp_path, picture, "0 0.5 0.5 0.2 0.2\n9 0.5 0.5 0.2 0.2\n", "wrong_class")
    written(tmp_path, picture, "0 0.5 zwei 0.2 0.2\n", "wrong_number")
    written(tmp_path, picture, "", "unlabelled")
    (folder / "labels/unlabelled.txt").unlink()
    for name, content in (("empty", b""), ("broken", b"\xff\xd8\xff\xe0 no picture")):
        (folder / "images" / f"{name}.jpg").write_bytes(content)
        shutil.copy(folder / "labels/one.txt", folder / "labels" / f"{name}.txt")
    lines, errors, status = measured(folder)
    assert status == 1 and "Traceback" not in errors
    for named in ("wrong_class.txt:2", "wrong_number.txt:1", "unlabelled.txt", "empty.jpg", "broken.jpg"):
        assert named in errors, named
    assert {line["pictures"] for line in lines} == {1}


@pytest.mark.parametrize("depth", [np.uint8, np.uint16], ids=["grey", "grey of 16 bits"])
def test_grey_pictures_are_measured(tmp_path: Path, depth: type[np.generic]) -> None:
    grey = cv2.cvtColor(frame(), cv2.COLOR_BGR2GRAY).astype(depth) * (257 if depth is np.uint16 else 1)
    lines, errors, status = measured(written(tmp_path, grey.astype(depth), "0 0.5 0.5 0.2 0.2\n"))
    assert status == 0 and lines, errors


def test_no_folder_and_a_folder_without_pictures_are_one_clear_line(tmp_path: Path) -> None:
    nothing = phatnguoi("bench", "accuracy")
    assert nothing.returncode != 0 and "--data" in nothing.stderr and "Traceback" not in nothing.stderr
    _, errors, status = measured(tmp_path)
    assert status != 0 and str(tmp_path) in errors and "images/" in errors


def test_far_riders_count_only_among_all() -> None:
    picture = np.zeros((1000, 1000, 3), np.uint8)
    near, far = LabelledBox("motorcycle", (0, 0, 60, 100), 0.9), LabelledBox("motorcycle", (500, 0, 520, 40))
    part = measure("vehicles", "p", [LabelledPicture("a", picture, (near, far))], lambda _: (near,))
    motorcycle = LABELS["vehicles"].index("motorcycle")
    assert (part.scores[motorcycle].boxes, part.scores[motorcycle].recall) == (2, 0.5)
    assert (part.near_scores[motorcycle].boxes, part.near_scores[motorcycle].recall) == (1, 1.0)
    assert [(error.missed, error.box) for error in part.worst] == [(True, far)]


class Told:
    """Finds what it was told to, and counts the pictures."""

    def __init__(self, *answer: object) -> None:
        self.answer, self.asked = answer, 0

    def detect(self, pictures: list[np.ndarray]) -> list[tuple[object, ...]]:
        self.asked += len(pictures)
        return [self.answer for _ in pictures]


@pytest.mark.parametrize(
    ("title", "vehicles", "confidence", "searched"),
    [
        ("its plate is found in the vehicle", 1, 0.3, 1),
        ("a vehicle that shows none: the whole picture is searched too", 1, 0.29, 2),
        ("no vehicle at all", 0, 0.9, 1),
    ],
)
def test_plates_are_searched_in_vehicles_and_where_none_shows_one_in_the_whole_picture(
    title: str, vehicles: int, confidence: float, searched: int
) -> None:
    lorry = Detection(VehicleClass.TRUCK, 0.9, (10.0, 10.0, 60.0, 60.0))
    plates = Told(RawBox("plate", confidence, (100.0, 100.0, 140.0, 130.0)))
    find = _plate_finder(Told(*[lorry] * vehicles), plates, 320)  # type: ignore[arg-type]
    found = find(np.zeros((200, 300, 3), np.uint8))
    assert (plates.asked, len(found)) == (searched, searched), title
