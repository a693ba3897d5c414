"""What the plates detector is trained and measured on: our labels, worse and steeper views, plates hung on vehicles."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.crops import PAD_GREY, Image
from models.errors import UserError
from models.labels import LabelledBox
from models.training import plate_set
from models.training.dataset import DatasetWriter
from models.training.heads import Crop
from models.training.own_labels import OwnLabels, read_own_labels
from models.training.plate_set import shows_plates, vehicle_crops, write_plate_set
from models.training.plate_views import Bare, from_above, pasted_crops, seen_from_farther
from models.training.plates import load_plate_teacher, scene_crops, taught_plates
from models.training.sets import KEPT_OUT_CLIPS, KEPT_OUT_VEHICLES, TRAINING_CLIPS, Picture
from models.training.sources import Sources

SIZE_WH = (640, 480)
BIKE = LabelledBox("motorcycle", (100, 100, 180, 260))
PLATE = LabelledBox("plate", (130, 200, 154, 218))


def picture(*, kept_out: bool = False) -> Picture:
    image = np.full((480, 640, 3), 60, np.uint8)
    image[200:218, 130:154] = 240
    return Picture("vehicles/images/1.jpg", "vehicles", kept_out, image, ())


def crop(*boxes: LabelledBox, level: int = 60, native_px: float = 320.0) -> Crop:
    image = np.full((320, 320, 3), level, np.uint8)
    for box in boxes:
        x1, y1, x2, y2 = (round(v) for v in box.xyxy)
        image[y1:y2, x1:x2] = 240
    return Crop("c", image, boxes, native_px)


def bright_box(image: Image) -> tuple[float, float, float, float]:
    """The upright box around what is nearly white."""
    rows, columns = np.nonzero(image.min(2) > 150)
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


@pytest.mark.parametrize(
    ("label", "side_px", "shown"),
    [
        ("motorcycle", 74, False),
        ("motorcycle", 75, True),
        ("car", 89, False),
        ("car", 90, True),
        ("truck", 200, True),
        ("bicycle", 200, False),
    ],
)
def test_plates_are_looked_for_on_vehicles_large_enough(label: str, side_px: float, shown: bool) -> None:
    assert shows_plates(LabelledBox(label, (0, 0, side_px / 2, side_px))) is shown


def test_a_vehicles_square_holds_its_plate_and_hides_what_cannot_be_told() -> None:
    ignored = (LabelledBox("ignore", (105, 105, 115, 115)),)
    labels, vehicles = OwnLabels(SIZE_WH, (PLATE,), ignored), OwnLabels(SIZE_WH, (BIKE,), ())
    ((vehicle, found),) = vehicle_crops(picture(kept_out=True), labels, vehicles, np.random.default_rng(1))
    assert vehicle == BIKE
    assert np.allclose(bright_box(found.image), found.boxes[0].xyxy, atol=2)
    scale = 320 / found.native_px
    x, y = (round((110 - corner) * scale) for corner in (140 - found.native_px / 2, 180 - found.native_px / 2))
    assert found.image[y, x].tolist() == [PAD_GREY] * 3


def test_a_vehicle_that_cannot_be_told_teaches_nothing() -> None:
    labels = OwnLabels(SIZE_WH, (), (LabelledBox("ignore", BIKE.xyxy),))
    assert not list(vehicle_crops(picture(), labels, OwnLabels(SIZE_WH, (BIKE,), ()), np.random.default_rng(1)))


def test_from_farther_the_plate_stays_in_place_and_is_seldom_lower_than_six_pixels() -> None:
    sharp = crop(LabelledBox("plate", (140, 180, 180, 210)))
    for seed in range(12):
        seen = seen_from_farther(sharp, np.random.default_rng(seed))
        assert seen.boxes == sharp.boxes and seen.image.shape == sharp.image.shape
        assert np.allclose(bright_box(seen.image), sharp.boxes[0].xyxy, atol=8)


@pytest.mark.parametrize("native_px", [20.0, 48.0, 320.0])
def test_from_farther_takes_crops_of_any_size_without_plates(native_px: float) -> None:
    assert seen_from_farther(crop(native_px=native_px), np.random.default_rng(1)).boxes == ()


def test_from_above_the_boxes_move_with_the_plates() -> None:
    straight = crop(LabelledBox("plate", (140, 180, 180, 210)))
    moved = []
    for seed in range(12):
        seen = from_above(straight, np.random.default_rng(seed))
        assert np.allclose(bright_box(seen.image), seen.boxes[0].xyxy, atol=3)
        moved.append(seen.boxes[0].xyxy)
    assert len(set(moved)) == 12


def plates_folder(folder: Path, width: int, height: int) -> Path:
    cv2.imwrite(str(folder / "p.jpg"), np.full((height, width, 3), 255, np.uint8))
    return folder


@pytest.mark.parametrize(
    ("vehicle", "plate_wh", "pasted"),
    [("motorcycle", (60, 45), True), ("motorcycle", (90, 20), False), ("car", (90, 20), True), ("car", (60, 45), True)],
)
def test_plates_of_one_line_are_hung_on_cars_alone(
    tmp_path: Path, vehicle: str, plate_wh: tuple[int, int], pasted: bool
) -> None:
    folder, bare = plates_folder(tmp_path, *plate_wh), [Bare(crop().image, vehicle)]
    crops = list(pasted_crops(folder, bare, np.random.default_rng(1), 8))
    assert len(crops) == (8 if pasted else 0)
    for one in crops:
        ((x1, y1, x2, y2),) = (box.xyxy for box in one.boxes)
        assert np.allclose(bright_box(one.image), (x1, y1, x2, y2), atol=3)


def test_without_plates_or_bare_vehicles_nothing_is_pasted(tmp_path: Path) -> None:
    bare = [Bare(crop().image, "car")]
    assert not list(pasted_crops(tmp_path, bare, np.random.default_rng(1), 3))
    assert not list(pasted_crops(plates_folder(tmp_path, 60, 45), [], np.random.default_rng(1), 3))


@pytest.mark.parametrize(
    ("found", "sure", "hesitated"),
    [
        ([], 0, False),
        ([LabelledBox("plate", (0, 0, 60, 45), 0.9)], 1, False),
        ([LabelledBox("plate", (0, 0, 60, 45), 0.2)], 0, True),
        ([LabelledBox("plate", (0, 0, 60, 45), 0.05)], 0, False),
        ([LabelledBox("plate", (0, 0, 10, 45), 0.9)], 0, True),
        ([LabelledBox("plate", (0, 0, 300, 100), 0.9)], 0, True),
    ],
    ids=["nothing", "sure", "hesitates", "hardly anything", "too narrow", "too wide"],
)
def test_a_teacher_is_believed_where_it_is_sure(found: list[LabelledBox], sure: int, hesitated: bool) -> None:
    plates, doubt = taught_plates(lambda _: found, np.zeros((320, 320, 3), np.uint8))
    assert (len(plates), doubt) == (sure, hesitated)


def test_without_a_plate_teacher_our_own_weights_teach() -> None:
    assert load_plate_teacher(None)(np.full((200, 200, 3), 90, np.uint8)) == []


def test_drawn_boxes_come_before_the_teachers_and_kept_out_scenes_need_them(tmp_path: Path) -> None:
    for number in (1, 2, 140, 141):  # 140 and 141 are kept out
        cv2.imwrite(str(tmp_path / f"img{number}.jpg"), np.full((320, 640, 3), 90, np.uint8))
    for number in (1, 140):
        (tmp_path / f"img{number}.txt").write_text("0 0.5 0.5 0.1 0.1\n", encoding="utf-8")
    taught = LabelledBox("plate", (100, 100, 200, 180), 0.9)
    crops = list(scene_crops(tmp_path, lambda _: [taught], np.random.default_rng(1)))
    assert [(one.name, len(one.boxes), kept_out) for one, kept_out in crops] == [
        ("scene_img1", 1, False),
        ("scene_img2", 1, False),
        ("scene_img140", 1, True),
    ]


def test_gate_pictures_show_plates_as_large_as_in_a_vehicles_square_and_smaller(tmp_path: Path) -> None:
    for number in range(1, 13):
        cv2.imwrite(str(tmp_path / f"img{number}.jpg"), np.full((320, 640, 3), 90, np.uint8))
        (tmp_path / f"img{number}.txt").write_text("0 0.5 0.5 0.06 0.1\n", encoding="utf-8")
    crops = [one for one, _ in scene_crops(tmp_path, lambda _: [], np.random.default_rng(1))]
    widths = [box.width / 320 for one in crops for box in one.boxes]
    assert len(widths) == 12 and min(widths) < 0.06 and max(widths) > 0.1


def test_plates_on_a_picture_without_vehicles_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("images", "labels"):
        (tmp_path / "data/vehicles" / folder).mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "data/vehicles/images/1.jpg"), picture().image)
    labelled = {"plates": {"vehicles/images/1": OwnLabels(SIZE_WH, (PLATE,), ())}, "vehicles": {}}
    monkeypatch.setattr(plate_set, "read_own_labels", labelled.__getitem__)
    sources = Sources(tmp_path / "data", tmp_path / "footage", tmp_path, tmp_path / "coco.pt")
    with pytest.raises(UserError, match=r"vehicles/images/1\.jpg") as caught:
        write_plate_set(DatasetWriter(tmp_path / "plates", "plates"), sources)
    assert "vehicles.csv" in caught.value.line()


def test_our_plates_cover_training_and_every_kept_out_street_and_lie_on_labelled_vehicles() -> None:
    plates, vehicles = read_own_labels("plates"), read_own_labels("vehicles")
    assert all(vehicles[key].size_wh == labels.size_wh for key, labels in plates.items())
    for clip in (*KEPT_OUT_CLIPS, *TRAINING_CLIPS):
        assert any(labels.boxes for key, labels in plates.items() if key.startswith(f"footage/{clip}_")), clip
    numbers = [int(match[1]) for key in plates if (match := re.fullmatch(r"vehicles/images/(\d+)", key))]
    assert any(number in camera for camera in KEPT_OUT_VEHICLES for number in numbers)
