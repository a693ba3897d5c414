"""The reader: what it does with readings, by a scripted recogniser; and what PaddleOCR reads, on drawn plates."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_plates import draw_plate, in_vehicle, on_street

from detector.vocabulary import Pixels, VehicleClass, VehicleCrop
from ocr.find import PlateBox, cut_plate
from ocr.reader import CROPS_MAX, PlateReader
from ocr.reading import Character, ReadingStatus, RectifiedPlate

ACCEPTED, DOUBTFUL, UNREADABLE = ReadingStatus.ACCEPTED, ReadingStatus.DOUBTFUL, ReadingStatus.UNREADABLE


class ScriptedReader:
    """Answers each plate with the next text of the script; the last one stays."""

    def __init__(self, *script: tuple[str, float]) -> None:
        self.script = list(script)
        self.asked = 0

    def read(self, plates: Sequence[RectifiedPlate]) -> list[tuple[Character, ...]]:
        answers = []
        for _ in plates:
            text, confidence = self.script[min(self.asked, len(self.script) - 1)]
            answers.append(tuple(Character(symbol, confidence) for symbol in text))
            self.asked += 1
        return answers


def whole_picture(pixels: Pixels) -> list[PlateBox]:
    return [PlateBox((0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])), 0.9)]


def crop(frame_index: int, pixels: Pixels | None = None, track_id: int = 7) -> VehicleCrop:
    picture = draw_plate("59-D1", "673.93") if pixels is None else pixels
    at = datetime(2026, 11, 22, 8, 0, frame_index % 60, tzinfo=UTC)
    return VehicleCrop(track_id, VehicleClass.MOTORCYCLE, frame_index, at, (0.0, 0.0, 10.0, 10.0), picture)


def test_a_sure_picture_is_read_once_and_a_doubtful_one_straightened_too() -> None:
    sure, unsure = ScriptedReader(("59D167393", 0.95)), ScriptedReader(("59D167393", 0.5), ("59D167393", 0.92))
    assert PlateReader(text_reader=sure).read_crop(draw_plate("59-D1", "673.93")).status is ACCEPTED
    result = PlateReader(text_reader=unsure).read_crop(draw_plate("59-D1", "673.93"))
    assert (sure.asked, unsure.asked) == (1, 2)
    assert (result.status, result.confidence) == (ACCEPTED, 0.92)


def test_a_worse_second_look_does_not_replace_the_first() -> None:
    scripted = ScriptedReader(("59D167393", 0.8), ("1234", 0.99))
    result = PlateReader(text_reader=scripted).read_crop(draw_plate("59-D1", "673.93"))
    assert (result.text, result.confidence, result.status) == ("59D167393", 0.8, DOUBTFUL)


def test_a_repair_is_recorded_and_doubtful() -> None:
    result = PlateReader(text_reader=ScriptedReader(("51274533", 0.99))).read_crop(draw_plate("51-Z7", "4533"))
    assert (result.text, result.repaired, result.status) == ("51Z74533", (2,), DOUBTFUL)
    assert result.char_confidences[2] < 0.7


def test_the_vehicle_class_reaches_the_grammar() -> None:
    reader = PlateReader(text_reader=ScriptedReader(("29B12345", 0.95)))
    plate = draw_plate("29-B1", "2345")
    assert reader.read_crop(plate, VehicleClass.MOTORCYCLE).kind == "moto_old4"
    assert reader.read_crop(plate, VehicleClass.CAR).kind == "car"
    assert reader.read_crop(plate).kind == "car_or_old_moto4"


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((3, 50, 3), np.uint8),
        np.zeros((20, 30, 2), np.uint8),
        np.zeros(5, np.uint8),
    ],
)
def test_pictures_without_a_plate_in_them_are_unreadable_and_never_reach_the_recogniser(picture: Pixels) -> None:
    scripted = ScriptedReader(("59D167393", 0.99))
    assert PlateReader(text_reader=scripted).read_crop(picture).status is UNREADABLE
    assert scripted.asked == 0


def test_grey_pictures_are_read() -> None:
    grey = np.ascontiguousarray(draw_plate("59-D1", "673.93")[:, :, 0])
    assert PlateReader(text_reader=ScriptedReader(("59D167393", 0.95))).read_crop(grey).text == "59D167393"


def test_a_track_is_voted_over_its_frames() -> None:
    scripted = ScriptedReader(("59D167393", 0.95), ("59D167393", 0.97), ("59D167393", 0.93))
    result = PlateReader(whole_picture, scripted).read_track([crop(3), crop(9), crop(15)])
    assert (result.text, result.status, result.frame_index) == ("59D167393", ACCEPTED, 9)


def test_one_frame_of_a_track_is_not_enough() -> None:
    result = PlateReader(whole_picture, ScriptedReader(("59D167393", 0.99))).read_track([crop(3)])
    assert (result.text, result.status) == ("59D167393", DOUBTFUL)


def test_at_most_twelve_frames_are_read_first_and_last_among_them() -> None:
    scripted = ScriptedReader(("59D167393", 0.95))
    seen: list[int] = []

    def finder(pixels: Pixels) -> list[PlateBox]:
        seen.append(int(pixels[0, 0, 0]))
        return whole_picture(pixels)

    crops = []
    for index in range(40):
        pixels = draw_plate("59-D1", "673.93")
        pixels[0, 0, 0] = index
        crops.append(crop(index, pixels))
    PlateReader(finder, scripted).read_track(crops[::-1])
    assert len(seen) == CROPS_MAX == scripted.asked
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 39)


def test_tracks_without_plates_are_unreadable() -> None:
    scripted = ScriptedReader(("59D167393", 0.99))
    assert PlateReader(lambda _: [], scripted).read_track([crop(1), crop(2)]).status is UNREADABLE
    assert PlateReader(lambda _: [], scripted).read_track([]).status is UNREADABLE


def test_misuse_is_said() -> None:
    with pytest.raises(ValueError, match="without a plate finder"):
        PlateReader(text_reader=ScriptedReader(("", 0.0))).read_track([crop(1)])
    with pytest.raises(ValueError, match="more than one track"):
        PlateReader(whole_picture, ScriptedReader(("", 0.0))).read_track([crop(1), crop(2, track_id=8)])


@pytest.mark.parametrize(
    ("boxes", "left"),
    [
        ([PlateBox((80, 60, 120, 90), 0.9)], 76),
        ([PlateBox((80, 60, 120, 90), 0.5), PlateBox((60, 60, 100, 90), 0.8)], 56),
        ([PlateBox((0, 60, 20, 75), 0.99), PlateBox((80, 60, 120, 90), 0.3)], 76),  # the neighbour's plate, at the edge
        ([PlateBox((80, 60, 120, 90), 0.2)], None),  # hardly a plate
        ([PlateBox((80, 60, 80, 60), 0.9)], None),
        ([], None),
    ],
)
def test_the_vehicles_own_plate_is_cut(boxes: list[PlateBox], left: int | None) -> None:
    columns = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (150, 200, 3))
    cut = cut_plate(np.ascontiguousarray(columns), boxes)
    assert (None if cut is None else int(cut[0, 0, 0])) == left


@pytest.fixture(scope="module")
def paddle() -> PlateReader:
    """The real recogniser, loaded once."""
    return PlateReader()


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("30F-256.58",), "30F25658"),
        (("51G-671.88",), "51G67188"),
        (("80-441-NG-02",), "80441NG02"),
        (("59-D1", "673.93"), "59D167393"),
        (("23-AB", "123.45"), "23AB12345"),
        (("29-B1", "2345"), "29B12345"),
        (("51G", "123.45"), "51G12345"),
    ],
)
@pytest.mark.parametrize(("margin_share", "tilt_deg"), [(0.06, 0.0), (0.2, 3.0)])
def test_drawn_plates_are_read_exactly(
    paddle: PlateReader, lines: tuple[str, ...], text: str, margin_share: float, tilt_deg: float
) -> None:
    reading = paddle.read_crop(on_street(draw_plate(*lines), margin_share=margin_share, tilt_deg=tilt_deg))
    assert (reading.text, reading.lines) == (text, len(lines))
    assert reading.kind is not None
    assert len(reading.char_confidences) == len(text)
    assert reading.confidence == min(reading.char_confidences)


def test_a_drawn_track_is_accepted(paddle: PlateReader) -> None:
    """From the vehicle's picture to the accepted plate, over plates that come nearer."""
    boxes: dict[int, PlateBox] = {}
    crops = []
    for frame_index, width_px in enumerate((70, 90, 120)):
        pixels, box = in_vehicle(draw_plate("59-D1", "673.93"), size_wh=(240, 400), at_xy=(60, 220), width_px=width_px)
        boxes[pixels[..., 0].tobytes().__hash__()] = PlateBox(box, 0.9)
        crops.append(crop(frame_index, pixels))
    reader = PlateReader(lambda pixels: [boxes[pixels[..., 0].tobytes().__hash__()]], paddle._text_reader)
    result = reader.read_track(crops)
    assert (result.text, result.status, result.kind) == ("59D167393", ACCEPTED, "moto_letter_digit")
    assert result.crop is not None


@pytest.mark.parametrize("seed", [1, 2])
def test_texture_is_no_plate(paddle: PlateReader, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 255, (60, 80, 3), np.uint8)
    assert paddle.read_crop(noise).status is not ACCEPTED
    assert paddle.read_crop(np.full((60, 80, 3), 90, np.uint8)).status is UNREADABLE


def test_the_same_picture_reads_the_same_twice(paddle: PlateReader) -> None:
    plate = on_street(draw_plate("59-D1", "673.93"), tilt_deg=5)
    first, second = paddle.read_crop(plate), paddle.read_crop(plate)
    assert (first.text, first.char_confidences) == (second.text, second.char_confidences)
