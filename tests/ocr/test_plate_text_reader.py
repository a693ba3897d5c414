"""Our own reader: what it answers, and weights of another make that are named."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from drawn_plates import draw_plate, on_street

from models.errors import WeightsError
from models.registry import OVERRIDES_VARIABLE, load_weights
from ocr.plate_text import PlateTextReader
from ocr.rectify import as_cut, upright_views
from ocr.whole import single_line_stands_whole, two_lines_stand_whole


@pytest.fixture(scope="module")
def reader() -> PlateTextReader:
    return PlateTextReader()


@pytest.mark.parametrize("turned", [False, True], ids=["dark on light", "light on dark"])
@pytest.mark.parametrize(
    ("lines", "text"),
    [(("59-T1", "770.07"), "59T177007"), (("30F-111.11",), "30F11111"), (("23-AA", "014.73"), "23AA01473")],
)
def test_repeats_zeros_and_two_letters_in_every_colour(
    reader: PlateTextReader, lines: tuple[str, ...], text: str, turned: bool
) -> None:
    plate = draw_plate(*lines, background="#1a3fae" if turned else "white", ink="white" if turned else "black")
    (answer,) = reader.read([as_cut(on_street(plate, margin_share=0.06))])
    assert "".join(character.symbol for character in answer.characters) == text
    assert answer.legibility > 0.5


@pytest.mark.parametrize("turned_deg", [-9.0, 0.0, 9.0])
@pytest.mark.parametrize(
    ("lines", "is_whole"),
    [
        pytest.param(("59-D1", "6739"), True, id="four digits"),
        pytest.param(("59-D1", "7111"), True, id="narrow ones"),
        pytest.param(("59-D1", "673.9   "), False, id="the fifth is gone"),
        pytest.param(("59-D1", "    73.93"), False, id="the first is gone"),
        pytest.param(("59-D1", "67    93"), False, id="the middle one is gone"),
    ],
)
def test_a_lower_line_that_lacks_a_digit_does_not_stand_whole(
    reader: PlateTextReader, lines: tuple[str, ...], is_whole: bool, turned_deg: float
) -> None:
    plate = on_street(draw_plate(*lines), margin_share=0.12, tilt_deg=turned_deg)
    views = reader.read(upright_views(plate))
    assert two_lines_stand_whole(views) is is_whole
    written = [sum(symbol.isalnum() for symbol in line) for line in lines]
    assert all([len(line) for line in view.places] == written for view in views)


@pytest.mark.parametrize(
    ("line", "is_whole"),
    [("56S-4698", True), ("30F-256.58", True), ("30F-256.5   ", False)],
    ids=["four digits", "five digits", "the fifth is gone"],
)
def test_a_single_line_that_lacks_a_digit_does_not_stand_whole(
    reader: PlateTextReader, line: str, is_whole: bool
) -> None:
    (answer,) = reader.read([as_cut(on_street(draw_plate(line), margin_share=0.06))])
    assert single_line_stands_whole(answer) is is_whole


def test_many_are_read_in_the_order_given_and_none_gives_none(reader: PlateTextReader) -> None:
    numbers = [f"{number:03d}.{number % 100:02d}" for number in range(100, 1000, 40)]
    answers = reader.read([as_cut(draw_plate("59-D1", number)) for number in numbers])
    texts = ["".join(character.symbol for character in answer.characters) for answer in answers]
    assert texts == [f"59D1{number.replace('.', '')}" for number in numbers]
    assert reader.read([]) == []


def test_what_nobody_can_read_is_not_legible(reader: PlateTextReader) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (60, 80, 3), np.uint8)
    upside_down = np.ascontiguousarray(draw_plate("59-D1", "673.93")[::-1])
    answers = reader.read([as_cut(picture) for picture in (noise, np.full((60, 80, 3), 90, np.uint8), upside_down)])
    assert [answer.legibility < 0.5 for answer in answers] == [True, True, True]


def test_the_8_bit_network_reads_what_the_float_one_reads(
    reader: PlateTextReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = load_weights("plate_text")
    assert shipped.int8 is not None
    plates = [
        as_cut(on_street(draw_plate(*lines), margin_share=0.06)) for lines in (("59-T1", "770.07"), ("30F-111.11",))
    ]
    fast = reader.read(plates)
    listed = tmp_path / "models.yaml"
    listed.write_text(f"plate_text: {{file: {shipped.path}, sha256: {shipped.sha256}}}")
    monkeypatch.setenv(OVERRIDES_VARIABLE, str(listed))
    exact = PlateTextReader().read(plates)
    assert fast != exact  # another network ran
    for here, there in zip(fast, exact, strict=True):
        assert [one.symbol for one in here.characters] == [one.symbol for one in there.characters]
        assert here.legibility == pytest.approx(there.legibility, abs=0.1)
        for one, same in zip(here.characters, there.characters, strict=True):
            assert one.confidence == pytest.approx(same.confidence, abs=0.1)


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"no network at all", "not an ONNX network"), (None, "another network than a plate text reader")],
)
def test_weights_of_another_make_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, what: str
) -> None:
    content = content or load_weights("lamps").path.read_bytes()
    (tmp_path / "mine.onnx").write_bytes(content)
    listed = tmp_path / "models.yaml"
    listed.write_text(f"plate_text: {{file: mine.onnx, sha256: {hashlib.sha256(content).hexdigest()}}}")
    monkeypatch.setenv(OVERRIDES_VARIABLE, str(listed))
    with pytest.raises(WeightsError, match=rf"mine\.onnx: {what}"):
        PlateTextReader().read([as_cut(draw_plate("59-D1", "673.93"))])
