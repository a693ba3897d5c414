"""The camera file: what it may say, and one clear line with file, line and key for what it may not."""

import math
import os
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.camera import ALL_CLASSES, Camera, Lane, RuleName, SolidLine, StopLine, dump_camera, load_camera, unit
from detector.camera_file import check_camera_file
from detector.vocabulary import Movement, VehicleClass
from models.errors import CameraFileError

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("PHATNGUOI_SHARED", ROOT.parent / "shared"))

GOOD = """\
id: tran-phu-01
name: Trần Phú – Nguyễn Trãi
source: rtsp://operator:s3cret@10.0.0.7:554/main
place: {address: Trần Phú, commune: Hà Giang 1, province: Tuyên Quang, latitude: 22.82, longitude: 104.98}
resolution: [1280, 720]
signals:
  - {name: main, lamp_box: [967, 67, 1003, 150], governs: [straight, left]}
  - {name: right_arrow, lamp_box: [1270, 67.5, 1290, 90], governs: [right]}
stop_lines:
  - name: south
    line: [[256, 345], [500, 347], [748, 351]]
    direction: [0, -2]
movements:
  - {name: right, exit: [[1000, 200], [1280, 200], [1280, 400], [1000, 200]]}
lanes:
  - name: L1
    polygon: [[0, 345], [600, 345], [600, 720], [0, 720]]
    direction: [3, -4]
    allowed: [car, bus]
    arrows: [straight]
  - {name: L2, polygon: [[600, 345], [900, 345], [900, 720], [600, 720]]}
solid_lines:
  - {name: centre, line: [[640, 719], [640, 360]], free_direction: [2, 0]}
ground_points:
  - {pixel: [100, 700], metres: [0, 0]}
  - {pixel: [1200, 700], metres: [9, 0]}
  - {pixel: [800, 300], metres: [9, 40]}
  - {pixel: [500, 300], metres: [0, 40]}
rules: [wrong_way, helmet, solid_line, red_light, wrong_lane]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "camera.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_arrives(tmp_path: Path) -> None:
    camera = load_camera(written(tmp_path, GOOD))
    assert (camera.id, camera.resolution_wh) == ("tran-phu-01", (1280, 720))
    assert camera.place is not None and camera.place.province == "Tuyên Quang"
    assert camera.signals[0].governs == {Movement.STRAIGHT, Movement.LEFT}
    assert camera.signals[1].lamp_box == (1270, 67.5, 1290, 90)  # cut by the picture's edge
    assert camera.stop_lines == (StopLine("south", ((256, 345), (500, 347), (748, 351)), (0, -1)),)
    assert camera.movements[0].polygon == ((1000, 200), (1280, 200), (1280, 400))  # the closing point is dropped
    assert camera.lanes[0].direction == (0.6, -0.8)
    assert camera.lanes[0].allowed == {VehicleClass.CAR, VehicleClass.BUS}
    assert camera.lanes[1] == Lane("L2", camera.lanes[1].polygon, None, ALL_CLASSES, frozenset())
    assert camera.solid_lines == (SolidLine("centre", ((640, 719), (640, 360)), (1, 0)),)
    assert camera.ground is not None
    assert camera.ground.metres_between((100, 700), (1200, 700)) == pytest.approx(9)
    assert camera.rules == tuple(RuleName)


def test_id_and_resolution_are_enough_for_helmets(tmp_path: Path) -> None:
    camera = load_camera(written(tmp_path, "id: a\nresolution: [64, 48]\n"))
    assert camera == Camera(id="a", name="a", resolution_wh=(64, 48), rules=(RuleName.HELMET,))


def test_rules_left_out_are_those_whose_needs_are_met(tmp_path: Path) -> None:
    text = GOOD.replace("rules: [wrong_way, helmet, solid_line, red_light, wrong_lane]\n", "")
    assert load_camera(written(tmp_path, text)).rules == tuple(RuleName)
    text = text[: text.index("lanes:")]
    assert load_camera(written(tmp_path, text)).rules == (RuleName.HELMET, RuleName.RED_LIGHT)


def test_a_dumped_camera_reads_back_equal(tmp_path: Path) -> None:
    camera = load_camera(written(tmp_path, GOOD))
    again = load_camera(written(tmp_path, dump_camera(camera)))
    assert again == camera
    assert again.sha256 == camera.sha256
    assert dump_camera(again) == dump_camera(camera)


def test_the_version_changes_with_geometry_and_only_with_it(tmp_path: Path) -> None:
    version = load_camera(written(tmp_path, GOOD)).sha256
    renamed = (
        GOOD.replace("Nguyễn Trãi", "Lê Lợi").replace("s3cret", "other").replace("  - {name: main", "\n  - {name: main")
    )
    assert load_camera(written(tmp_path, renamed)).sha256 == version
    assert load_camera(written(tmp_path, GOOD.replace("748, 351", "748, 352"))).sha256 != version


def picture(path: Path, size_wh: tuple[int, int] = (100, 80), *, is_drawn: bool = True) -> Path:
    """Something that looks like a view, or one grey."""
    drawn = np.random.default_rng(1).integers(0, 255, (size_wh[1] // 10, size_wh[0] // 10, 3)).astype(np.uint8)
    cv2.imwrite(str(path), cv2.resize(drawn if is_drawn else drawn * 0 + 90, size_wh, interpolation=cv2.INTER_NEAREST))
    return path


def test_a_reference_picture_lies_beside_the_file_and_is_part_of_the_version(tmp_path: Path) -> None:
    right = picture(tmp_path / "right_view.png")
    camera = load_camera(written(tmp_path, HEAD + "reference: right_view.png\n"))
    assert camera.reference is not None and camera.reference.path == right
    assert camera.sha256 != load_camera(written(tmp_path, HEAD)).sha256
    assert (
        load_camera(written(tmp_path, HEAD + f"reference: {picture(tmp_path / 'moved.png')}\n")).sha256 == camera.sha256
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert load_camera(written(elsewhere, dump_camera(camera))) == camera
    right.write_bytes(right.read_bytes() + b"changed")
    assert load_camera(written(tmp_path, HEAD + "reference: right_view.png\n")).sha256 != camera.sha256


REFERENCES = [
    ("missing", lambda path: None, "right_view.png cannot be read: No such file or directory"),
    ("a folder", Path.mkdir, "right_view.png cannot be read: Is a directory"),
    ("empty", lambda path: path.write_bytes(b""), "right_view.png is not a picture"),
    ("text", lambda path: path.write_text("id: a\n"), "right_view.png is not a picture"),
    (
        "of another size",
        lambda path: picture(path, (200, 80)),
        "is a picture of 200×80 pixels, the camera's have 100×80",
    ),
    ("of a wall", lambda path: picture(path, is_drawn=False), "shows too little to recognise a view by"),
]


@pytest.mark.parametrize(("make", "says"), [row[1:] for row in REFERENCES], ids=[row[0] for row in REFERENCES])
def test_a_reference_picture_that_is_none(tmp_path: Path, make: Callable[[Path], object], says: str) -> None:
    make(tmp_path / "right_view.png")
    path = written(
        tmp_path, HEAD + "reference: right_view.png\nlanes: [{name: L, polygon: [[0, 0], [0, 0], [0, 0]]}]\n"
    )
    first, _ = check_camera_file(path)
    assert str(first).startswith(f"{path}:3: reference: ")
    assert says in str(first)


def test_the_password_of_the_source_is_not_in_repr(tmp_path: Path) -> None:
    assert "s3cret" not in repr(load_camera(written(tmp_path, GOOD)))


@pytest.mark.parametrize("vector", [(0.5, -0.86), (1, 1), (-3, 0.001), (1e-9, 2e-9), (1e6, -7)])
def test_unit_is_stable_when_applied_again(vector: tuple[float, float]) -> None:
    once = unit(vector)
    assert unit(once) == once
    assert math.hypot(*once) == pytest.approx(1, abs=2e-6)


HEAD = "id: a\nresolution: [100, 80]\n"
SIGNAL = "signals:\n  - {name: m, lamp_box: [1, 1, 9, 9], governs: [straight]}\n"
LANE = "lanes:\n  - {name: L, polygon: [[0, 0], [9, 0], [9, 9]]}\n"
SOLID = "solid_lines:\n  - {name: c, line: [[50, 10], [50, 79]]}\n"
LINE = "stop_lines:\n  - {name: s, line: [[0, 40], [99, 40]], direction: [0, -1]}\n"

BAD = [
    ("unknown key", HEAD + "lane: []\n", 3, "lane", "Did you mean lanes?"),
    ("unknown key far from any", HEAD + "zzz: 1\n", 3, "zzz", "Known keys here: id, name"),
    ("unknown key inside", HEAD + "signals:\n  - name: m\n    lampbox: [1, 1, 9, 9]\n    governs: [left]\n", 5,
     "signals[0].lampbox", "Did you mean lamp_box?"),
    ("key said twice", HEAD + "id: b\n", 3, "id", "said twice"),
    ("id missing", "resolution: [100, 80]\n", 1, "id", "is missing"),
    ("resolution missing", "id: a\n", 1, "resolution", "resolution: [1280, 720]"),
    ("id is a number", "id: 12\nresolution: [1, 1]\n", 1, "id", "in quotes"),
    ("id walks out of its folder", "id: ../x\nresolution: [1, 1]\n", 1, "id", "letters that a camera id cannot have"),
    ("resolution of one number", "id: a\nresolution: [100]\n", 2, "resolution[1]", "is missing"),
    ("resolution not positive", "id: a\nresolution: [0, 80]\n", 2, "resolution[0]", "greater than 0"),
    ("resolution in text", "id: a\nresolution: 100x80\n", 2, "resolution", "resolution: [1280, 720]"),
    ("not rtsp", HEAD + "source: file:///etc/passwd\n", 3, "source", "not the address of an RTSP stream"),
    ("latitude off the earth", HEAD + "place: {latitude: 122}\n", 3, "place.latitude", "less than or equal to 90"),
    ("lamp box upside down", HEAD + SIGNAL.replace("1, 1, 9, 9", "1, 9, 9, 1"), 4, "signals[0].lamp_box", "y1 < y2"),
    ("lamp box outside", HEAD + SIGNAL.replace("1, 1, 9, 9", "100, 1, 109, 9"), 4, "signals[0].lamp_box",
     "outside the picture of 100×80"),
    ("lamp box not finite", HEAD + SIGNAL.replace("9, 9", ".nan, 9"), 4, "signals[0].lamp_box[2]", "finite number"),
    ("governs a misspelt movement", HEAD + SIGNAL.replace("straight", "strait"), 4, "signals[0].governs[0]",
     "Did you mean straight?"),
    ("governs unknown", HEAD + SIGNAL.replace("straight", "unknown"), 4, "signals[0].governs", "not a movement"),
    ("governs nothing", HEAD + SIGNAL.replace("[straight]", "[]"), 4, "signals[0].governs", "at least 1 item"),
    ("two signals of one name", HEAD + SIGNAL + SIGNAL[9:], 5, "signals[1].name", "'m' names two of the signals"),
    ("stop line of one point", HEAD + LINE.replace(", [99, 40]", ""), 4, "stop_lines[0].line", "at least 2 items"),
    ("stop line without length", HEAD + LINE.replace("99, 40", "0, 40"), 4, "stop_lines[0].line", "without length"),
    ("stop line without direction", HEAD + LINE.replace(", direction: [0, -1]", ""), 4, "stop_lines[0].direction",
     "is missing"),
    ("direction without length", HEAD + LINE.replace("0, -1", "0, 0"), 4, "stop_lines[0].direction", "has no length"),
    ("direction along the line", HEAD + LINE.replace("0, -1", "1, 0.05"), 4, "stop_lines[0].direction",
     "runs along the stop line"),
    ("three points of the road", HEAD + "ground_points:\n  - {pixel: [1, 2], metres: [0, 0]}\n", 3, "ground_points",
     "needs 4 points"),
    ("solid line outside", HEAD + SOLID.replace("50, 79", "50, 99"), 4, "solid_lines[0].line[1]", "[50, 99] lies outside"),
    ("solid line free along itself", HEAD + SOLID.replace("]]}", "]], free_direction: [0, 1]}"), 4,
     "solid_lines[0].free_direction", "runs along the line"),
    ("stop line outside", HEAD + LINE.replace("99, 40", "99, 81"), 4, "stop_lines[0].line[1]", "[99, 81] lies outside"),
    ("self-crossing stop line", HEAD + LINE.replace("[99, 40]", "[50, 40], [50, 20], [20, 60]"), 4,
     "stop_lines[0].line", "crosses itself"),
    ("self-crossing polygon",
     HEAD + "lanes:\n  - name: L\n    polygon: [[0, 0], [50, 50],\n      [50, 0], [0, 50]]\n", 5,
     "lanes[0].polygon", "crosses itself near [25, 25]"),
    ("polygon of two points", HEAD + "lanes:\n  - {name: L, polygon: [[0, 0], [5, 5]]}\n", 4, "lanes[0].polygon",
     "at least 3 items"),
    ("polygon of one point thrice", HEAD + "lanes:\n  - {name: L, polygon: [[1, 1], [1, 1], [1, 1]]}\n", 4,
     "lanes[0].polygon", "three different points"),
    ("polygon outside, on its line",
     HEAD + "lanes:\n  - name: L\n    polygon:\n      - [0, 0]\n      - [101, 0]\n      - [9, 9]\n",
     7, "lanes[0].polygon[1]", "lies outside the picture of 100×80 pixels"),
    ("unknown vehicle class", HEAD + LANE.replace("]]", "]], allowed: [motorbike]"), 4,
     "lanes[0].allowed[0]", "car, motorcycle, bicycle, bus, truck"),
    ("lane closed to everybody", HEAD + LANE.replace("]]", "]], allowed: []"), 4,
     "lanes[0].allowed", "at least 1 item"),
    ("lane direction without length", HEAD + LANE.replace("]]", "]], direction: [0, 0]"),
     4, "lanes[0].direction", "has no length"),
    ("exit of an unknown movement", HEAD + "movements:\n  - {name: rihgt, exit: [[0, 0], [9, 0], [9, 9]]}\n", 4,
     "movements[0].name", "Did you mean right?"),
    ("unknown rule", HEAD + "rules: [helmets]\n", 3, "rules[0]", "Did you mean helmet?"),
    ("rule twice", HEAD + "rules: [helmet, helmet]\n", 3, "rules[1]", "listed twice"),
    ("red light without a lamp", HEAD + LINE + "rules: [red_light]\n", 5, "rules[0]",
     "needs `signals` and `stop_lines`"),
    ("wrong lane without lanes", HEAD + "rules:\n  - helmet\n  - wrong_lane\n", 5, "rules[1]", "`allowed` or `arrows`"),
    ("wrong way without direction", HEAD + LANE + "rules: [wrong_way]\n",
     5, "rules[0]", "`lanes` with `direction`"),
    ("a number that is a word", HEAD + SIGNAL.replace("9, 9", "nine, 9"), 4, "signals[0].lamp_box[2]", "valid number"),
    ("a number that is a truth value", HEAD + SIGNAL.replace("9, 9", "true, 9"), 4, "signals[0].lamp_box[2]", "number"),
    ("broken YAML", HEAD + "lanes: [\n", 4, "", "is not YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "says"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_gets_one_line_with_file_line_and_key(
    tmp_path: Path, text: str, line: int, key: str, says: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(CameraFileError) as caught:
        load_camera(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}:{line}: {key}: " if key else f"{path}:{line}: ")
    assert says in sentence
    assert "\n" not in sentence


def test_all_errors_are_listed_in_order_of_lines(tmp_path: Path) -> None:
    text = HEAD + "lanes:\n  - {name: L, polygon: [[0, 0], [900, 0], [9, 9]], direction: [0, 0]}\nrules: [red_light]\n"
    path = written(tmp_path, text)
    lines = [str(error) for error in check_camera_file(path)]
    assert [re.match(r".*?:(\d+): (\S+): ", line).groups() for line in lines] == [  # type: ignore[union-attr]
        ("4", "lanes[0].polygon[1]"), ("4", "lanes[0].direction"), ("5", "rules[0]"),
    ]  # fmt: skip
    with pytest.raises(CameraFileError, match=r"2 more in this file"):
        load_camera(path)


def test_a_good_file_has_no_errors(tmp_path: Path) -> None:
    assert check_camera_file(written(tmp_path, GOOD)) == []


def test_a_wrong_source_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "source: rtps://operator:s3cret@10.0.0.7/\n")
    assert "s3cret" not in str(check_camera_file(path)[0])


@pytest.mark.parametrize(("raw", "says"), [
    (b"", "is empty"), (b"- a\n- b\n", "is not a list of keys and values"),
    (b"id: a\nname: \xff\n", "camera.yaml:2: is not UTF-8"),
    (b"id: a\0", "is not YAML"), (b"#" * 1_000_001, "larger than"), (b"id: 2026-99-99\n", "is not YAML"),
])  # fmt: skip
def test_files_that_are_no_camera_file(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "camera.yaml"
    path.write_bytes(raw)
    with pytest.raises(CameraFileError) as caught:
        load_camera(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(CameraFileError, match="No such file"):
        load_camera(tmp_path / "none.yaml")
    with pytest.raises(CameraFileError, match="Is a directory"):
        load_camera(tmp_path)


def test_every_camera_file_at_hand_reads_and_reads_back(tmp_path: Path) -> None:
    paths = [*(ROOT / "sample_videos").glob("*.yaml"), *(SHARED / "footage").glob("*.yaml")]
    assert paths, "no camera file in sample_videos/ or in the shared footage"
    for path in paths:
        camera = load_camera(path)
        assert load_camera(written(tmp_path, dump_camera(camera))) == camera, path
