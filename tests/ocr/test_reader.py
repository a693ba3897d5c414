"""The reader: what it does with readings, by scripted recognisers; and what the real ones read, on drawn plates."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_plates import draw_plate, in_vehicle, on_street

from detector.vocabulary import Pixels, VehicleClass, VehicleCrop
from ocr.find import PlateBox, PlateFinder, cut_plate
from ocr.paddle_text import PaddleTextReader
from ocr.reader import CROPS_MAX, SECOND_LOOKS_MAX, PlateReader
from ocr.reading import Character, ReadingStatus, RectifiedPlate, TextReading
from ocr.rectify import rectify

ACCEPTED, DOUBTFUL, UNREADABLE = ReadingStatus.ACCEPTED, ReadingStatus.DOUBTFUL, ReadingStatus.UNREADABLE


Places = tuple[tuple[float, ...], ...]
WHOLE: Places = ((0.2, 0.35, 0.65, 0.8), (0.2, 0.4, 0.6, 0.8))
ASIDE: Places = ((0.2, 0.35, 0.65, 0.8), (0.3, 0.5, 0.7, 0.9))


class ScriptedReader:
    """Answers each plate with the next text of the script; the last one stays."""

    def __init__(self, *script: tuple[str, float], legibility: float = 1.0, places: Places = ()) -> None:
        self.script = list(script)
        self.legibility = legibility
        self.places = places
        self.asked = 0

    def read(self, plates: Sequence[RectifiedPlate]) -> list[TextReading]:
        answers = []
        for _ in plates:
            text, confidence = self.script[min(self.asked, len(self.script) - 1)]
            characters = tuple(Character(symbol, confidence) for symbol in text)
            answers.append(TextReading(characters, self.legibility, self.places))
            self.asked += 1
        return answers


def reader_of(
    first: ScriptedReader, second: ScriptedReader | None = None, finder: PlateFinder | None = None
) -> PlateReader:
    """By default the second reader reads what the first one read at first."""
    return PlateReader(finder, first, second or ScriptedReader(first.script[0]))


def whole_picture(pixels: Pixels) -> list[PlateBox]:
    return [PlateBox((0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])), 0.9)]


def crop(frame_index: int, pixels: Pixels | None = None, track_id: int = 7) -> VehicleCrop:
    picture = draw_plate("59-D1", "673.93") if pixels is None else pixels
    at = datetime(2026, 11, 22, 8, 0, frame_index % 60, tzinfo=UTC)
    return VehicleCrop(track_id, VehicleClass.MOTORCYCLE, frame_index, at, (0.0, 0.0, 10.0, 10.0), picture)


def test_a_sure_picture_is_read_once_and_a_doubtful_one_straightened_too() -> None:
    sure, unsure = ScriptedReader(("59D167393", 0.95)), ScriptedReader(("59D167393", 0.5), ("59D167393", 0.92))
    assert reader_of(sure).read_crop(draw_plate("59-D1", "673.93")).status is ACCEPTED
    result = reader_of(unsure).read_crop(draw_plate("59-D1", "673.93"))
    assert (sure.asked, unsure.asked) == (1, 2)
    assert (result.status, result.confidence) == (ACCEPTED, 0.92)


def test_a_worse_second_look_does_not_replace_the_first() -> None:
    scripted = ScriptedReader(("59D167393", 0.8), ("1234", 0.99))
    result = reader_of(scripted).read_crop(draw_plate("59-D1", "673.93"))
    assert (result.text, result.confidence, result.status) == ("59D167393", 0.8, DOUBTFUL)


def test_a_repair_is_recorded_and_doubtful() -> None:
    result = reader_of(ScriptedReader(("51274533", 0.99))).read_crop(draw_plate("51-Z7", "4533"))
    assert (result.text, result.repaired, result.status) == ("51Z74533", (2,), DOUBTFUL)
    assert result.char_confidences[2] < 0.7


def test_the_vehicle_class_reaches_the_grammar() -> None:
    reader = reader_of(ScriptedReader(("29B12345", 0.95)))
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
    assert reader_of(scripted).read_crop(picture).status is UNREADABLE
    assert scripted.asked == 0


def test_grey_pictures_are_read() -> None:
    grey = np.ascontiguousarray(draw_plate("59-D1", "673.93")[:, :, 0])
    assert reader_of(ScriptedReader(("59D167393", 0.95))).read_crop(grey).text == "59D167393"


def test_a_track_is_voted_over_its_frames() -> None:
    scripted = ScriptedReader(("59D167393", 0.95), ("59D167393", 0.97), ("59D167393", 0.93))
    result = reader_of(scripted, finder=whole_picture).read_track([crop(3), crop(9), crop(15)])
    assert (result.text, result.status, result.frame_index) == ("59D167393", ACCEPTED, 9)


def test_one_frame_of_a_track_is_not_enough() -> None:
    result = reader_of(ScriptedReader(("59D167393", 0.99)), finder=whole_picture).read_track([crop(3)])
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
    reader_of(scripted, finder=finder).read_track(crops[::-1])
    assert len(seen) == CROPS_MAX == scripted.asked
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 39)


def test_tracks_without_plates_are_unreadable() -> None:
    scripted = ScriptedReader(("59D167393", 0.99))
    assert reader_of(scripted, finder=lambda _: []).read_track([crop(1), crop(2)]).status is UNREADABLE
    assert reader_of(scripted, finder=lambda _: []).read_track([]).status is UNREADABLE


def test_misuse_is_said() -> None:
    with pytest.raises(ValueError, match="without a plate finder"):
        reader_of(ScriptedReader(("", 0.0))).read_track([crop(1)])
    with pytest.raises(ValueError, match="more than one track"):
        reader_of(ScriptedReader(("", 0.0)), finder=whole_picture).read_track([crop(1), crop(2, track_id=8)])


@pytest.mark.parametrize(
    ("boxes", "left"),
    [
        ([PlateBox((80, 60, 120, 90), 0.9)], 76),
        ([PlateBox((80, 60, 120, 90), 0.5), PlateBox((60, 60, 100, 90), 0.8)], 56),
        ([PlateBox((0, 60, 20, 75), 0.99), PlateBox((80, 60, 120, 90), 0.3)], 76),  # the neighbour's plate, at the edge
        ([PlateBox((80, 60, 120, 90), 0.29)], None),  # hardly a plate
        ([PlateBox((80, 60, 80, 60), 0.9)], None),
        ([], None),
    ],
)
def test_the_vehicles_own_plate_is_cut(boxes: list[PlateBox], left: int | None) -> None:
    columns = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (150, 200, 3))
    cut = cut_plate(np.ascontiguousarray(columns), boxes)
    assert (None if cut is None else int(cut[0, 0, 0])) == left


@pytest.mark.parametrize(
    ("title", "second", "legibility", "status"),
    [
        ("both read the same", "59D167393", 0.99, ACCEPTED),
        ("the second reads one character otherwise", "59D167893", 0.99, DOUBTFUL),
        ("the second reads a letter O for a zero, which the grammar settles", "59D1673O3", 0.99, DOUBTFUL),
        ("the second reads nothing", "", 0.99, DOUBTFUL),
        ("both read the same of what nobody could read", "59D167393", 0.3, DOUBTFUL),
    ],
)
def test_a_single_picture_needs_the_second_reader(
    title: str, second: str, legibility: float, status: ReadingStatus
) -> None:
    first = ScriptedReader(("59D167393", 0.97), legibility=legibility)
    reading = reader_of(first, ScriptedReader((second, 0.9))).read_crop(draw_plate("59-D1", "673.93"))
    assert (reading.text, reading.status) == ("59D167393", status), title


@pytest.mark.parametrize(
    ("legibility", "second", "status"),
    [
        (0.7, ("59D16739", "59D16739"), ACCEPTED),
        (0.7, ("59D16739", "59D167393"), DOUBTFUL),
        (0.7, ("59D167393", "59D16739"), DOUBTFUL),
        (0.95, ("59D167393", "59D16739"), ACCEPTED),  # one view is enough where all is legible
    ],
)
def test_four_digits_that_are_hardly_legible_are_confirmed_in_both_views(
    legibility: float, second: tuple[str, str], status: ReadingStatus
) -> None:
    first = ScriptedReader(("59D16739", 0.97), legibility=legibility, places=WHOLE)
    reader = reader_of(first, ScriptedReader(*((text, 0.9) for text in second)))
    assert reader.read_crop(draw_plate("59-D1", "6739")).status is status


@pytest.mark.parametrize(("places", "status"), [(WHOLE, ACCEPTED), (ASIDE, DOUBTFUL), ((), DOUBTFUL)])
def test_four_digits_are_accepted_where_they_stand_whole(places: Places, status: ReadingStatus) -> None:
    first = ScriptedReader(("59D16739", 0.97), places=places)
    assert reader_of(first).read_crop(draw_plate("59-D1", "6739")).status is status


def test_views_that_read_otherwise_say_nothing_about_where_the_digits_stand() -> None:
    first = ScriptedReader(("59D16739", 0.97), ("59D16789", 0.97), places=WHOLE)
    assert reader_of(first).read_crop(draw_plate("59-D1", "6739")).status is DOUBTFUL


def test_a_digit_that_slipped_to_the_upper_line_is_doubtful() -> None:
    slipped: Places = ((0.1, 0.3, 0.5, 0.7, 0.9), (0.2, 0.4, 0.6, 0.8))
    for places, status in ((slipped, DOUBTFUL), ((slipped[1], slipped[0]), ACCEPTED)):
        reader = reader_of(ScriptedReader(("59D167393", 0.97), places=places))
        assert reader.read_crop(draw_plate("59-D1", "673.93")).status is status


def test_a_look_alike_that_the_second_reader_took_is_mended_before_they_are_compared() -> None:
    first, second = ScriptedReader(("59D167303", 0.97)), ScriptedReader(("59D1673O3", 0.9))
    assert reader_of(first, second).read_crop(draw_plate("59-D1", "673.03")).status is ACCEPTED


def test_the_second_reader_is_only_asked_about_the_surest_few() -> None:
    second = ScriptedReader(("59D167393", 0.9))
    unsure = ScriptedReader(("59D167393", 0.5))
    assert reader_of(unsure, second).read_crop(draw_plate("59-D1", "673.93")).status is DOUBTFUL
    assert second.asked == 0
    sure = ScriptedReader(("59D167393", 0.95), ("59D167393", 0.97), ("59D167393", 0.93), ("59D167393", 0.98))
    result = reader_of(sure, second, whole_picture).read_track([crop(index) for index in range(1, 6)])
    assert second.asked == SECOND_LOOKS_MAX
    assert (result.status, result.confirmed) == (ACCEPTED, True)


def test_the_second_reader_gets_a_straightened_look_before_it_contradicts() -> None:
    first, second = ScriptedReader(("59D167393", 0.97)), ScriptedReader(("59D16739", 0.9), ("59D167393", 0.9))
    assert reader_of(first, second).read_crop(draw_plate("59-D1", "673.93")).status is ACCEPTED
    assert second.asked == 2


def test_a_track_that_the_second_reader_reads_otherwise_is_doubtful() -> None:
    second = ScriptedReader(("59D167893", 0.9))
    result = reader_of(ScriptedReader(("59D167393", 0.99)), second, whole_picture).read_track([crop(3), crop(9)])
    assert (result.text, result.status, result.confirmed) == ("59D167393", DOUBTFUL, False)


@pytest.fixture(scope="module")
def real() -> PlateReader:
    """The real recognisers, loaded once."""
    return PlateReader()


@pytest.fixture(scope="module")
def paddle() -> PaddleTextReader:
    """The second reader on its own, loaded once."""
    return PaddleTextReader()


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
    real: PlateReader,
    paddle: PaddleTextReader,
    lines: tuple[str, ...],
    text: str,
    margin_share: float,
    tilt_deg: float,
) -> None:
    picture = on_street(draw_plate(*lines), margin_share=margin_share, tilt_deg=tilt_deg)
    reading = real.read_crop(picture)
    second = paddle.read([rectify(picture)])[0]
    assert "".join(character.symbol for character in second.characters) == text
    assert (reading.text, reading.lines) == (text, len(lines))
    assert reading.kind is not None
    assert len(reading.char_confidences) == len(text)
    assert reading.confidence == min(reading.char_confidences)


def test_a_drawn_track_is_accepted(real: PlateReader) -> None:
    """From the vehicle's picture to the accepted plate, over plates that come nearer."""
    boxes: dict[int, PlateBox] = {}
    crops = []
    for frame_index, width_px in enumerate((70, 90, 120)):
        pixels, box = in_vehicle(draw_plate("59-D1", "673.93"), size_wh=(240, 400), at_xy=(60, 220), width_px=width_px)
        boxes[pixels[..., 0].tobytes().__hash__()] = PlateBox(box, 0.9)
        crops.append(crop(frame_index, pixels))
    reader = PlateReader(
        lambda pixels: [boxes[pixels[..., 0].tobytes().__hash__()]], real._text_reader, real._second_reader
    )
    result = reader.read_track(crops)
    assert (result.text, result.status, result.kind) == ("59D167393", ACCEPTED, "moto_letter_digit")
    assert result.crop is not None


@pytest.mark.parametrize("seed", [1, 2])
def test_texture_is_no_plate(real: PlateReader, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 255, (60, 80, 3), np.uint8)
    assert real.read_crop(noise).status is not ACCEPTED
    assert real.read_crop(np.full((60, 80, 3), 90, np.uint8)).status is UNREADABLE


def test_the_same_picture_reads_the_same_twice(real: PlateReader) -> None:
    plate = on_street(draw_plate("59-D1", "673.93"), tilt_deg=5)
    first, second = real.read_crop(plate), real.read_crop(plate)
    assert (first.text, first.char_confidences) == (second.text, second.char_confidences)
