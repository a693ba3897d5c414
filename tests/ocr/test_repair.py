"""Repair by position: one way only, tabled look-alikes only, and always with a price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.vocabulary import VehicleClass
from ocr.reading import Character
from ocr.repair import LOOK_ALIKES, REPAIRED_CONFIDENCE_SHARE, among_plates, repair


def read(text: str, confidence: float = 0.9) -> list[Character]:
    return [Character(symbol, confidence) for symbol in text]


@pytest.mark.parametrize(
    ("text", "lines", "repaired_text", "positions"),
    [
        ("3OF25658", 1, "30F25658", (1,)),
        ("30F2S658", 1, "30F25658", (4,)),
        ("30F25G58", 1, "30F25658", (5,)),
        ("51274533", 2, "51Z74533", (2,)),
        ("595135252", 2, "59S135252", (2,)),
        ("590143391", 2, "59D143391", (2,)),
        ("698131489", 2, "69B131489", (2,)),
        ("298112345", 2, "29B112345", (2,)),
        ("80441NGO2", 1, "80441NG02", (7,)),
        ("29121NNI01", 2, "29121NN101", (7,)),
        ("59S1O5252", 2, "59S105252", (4,)),
        ("23HD102298", 2, "23MD102298", (2,)),
        ("17MB500037", 2, "17MD500037", (3,)),
        ("29M0211306", 2, "29MD211306", (3,)),
    ],
)
def test_one_way_out_is_taken(text: str, lines: int, repaired_text: str, positions: tuple[int, ...]) -> None:
    mended = repair(read(text), lines)
    assert mended is not None
    assert (mended.text, mended.repaired) == (repaired_text, positions)


@pytest.mark.parametrize(
    ("text", "lines", "why"),
    [
        ("30FB5658", 1, "B at a digit's place is 8 or 3"),
        ("30F2565Z", 1, "Z at a digit's place is 2 or 7"),
        ("59SI35252", 2, "position 4 of nine characters is never touched"),
        ("59SO35252", 2, "position 4 of nine characters is never touched"),
        ("59W224614", 2, "W has no tabled look-alike"),
        ("13A12345", 1, "a province that was never issued is no confusion of letters with digits"),
        ("46A12345", 1, "the same"),
        ("3OF2S6S8", 1, "three changes are a guess"),
        ("30F2565", 2, "old four-digit plates are none of a two-line motorcycle"),
        ("XXXXXXXX", 1, "no plate at all"),
        ("23KD102298", 2, "no letter that looks like K begins a serial of ten characters"),
        ("59H1B2298", 2, "B at a digit's place is 8 or 3, never D"),
        ("30A00000", 1, "a number that is never issued"),
        ("", 0, "nothing"),
        ("091234567890", 0, "a phone number"),
    ],
)
def test_no_guess(text: str, lines: int, why: str) -> None:
    vehicle_class = VehicleClass.MOTORCYCLE if text == "30F2565" else None
    assert repair(read(text), lines, vehicle_class) is None, why


def test_what_the_reader_saw_settles_which_look_alike() -> None:
    characters = read("30F25658")
    characters[3] = Character("B", 0.5, {"8": 0.45, "3": 0.001})
    mended = repair(characters, 1)
    assert mended is not None
    assert (mended.text, mended.repaired) == ("30F85658", (3,))


def test_two_look_alikes_seen_stay_a_doubt() -> None:
    characters = read("30F25658")
    characters[3] = Character("B", 0.5, {"8": 0.2, "3": 0.2})
    assert repair(characters, 1) is None


def test_a_text_that_fits_is_left_alone() -> None:
    mended = repair(read("59D167393", 0.3), 2)
    assert mended is not None
    assert (mended.text, mended.repaired) == ("59D167393", ())
    assert {character.confidence for character in mended.characters} == {0.3}


def test_a_repair_costs_confidence_only_where_it_was_made() -> None:
    mended = repair(read("51274533", 0.8), 2)
    assert mended is not None
    confidences = [character.confidence for character in mended.characters]
    assert confidences[2] == pytest.approx(0.8 * REPAIRED_CONFIDENCE_SHARE)
    assert confidences[:2] + confidences[3:] == [0.8] * 7


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=6, max_size=11), st.sampled_from([0, 1, 2]))
def test_a_repair_changes_little_and_only_into_look_alikes(text: str, lines: int) -> None:
    mended = repair(read(text), lines)
    if mended is None:
        return
    changed = [index for index, (before, after) in enumerate(zip(text, mended.text, strict=True)) if before != after]
    assert tuple(changed) == mended.repaired
    assert len(changed) <= 2
    for index in changed:
        assert any(text[index] in group and mended.text[index] in group for group in LOOK_ALIKES)


@pytest.mark.parametrize(
    ("title", "place", "character", "confidence"),
    [
        ("a letter where only a digit may stand is no rival", 1, Character("0", 0.6, {"D": 0.4}), 1.0),
        ("another digit is", 1, Character("0", 0.6, {"3": 0.4}), 0.6),
        ("a letter where a letter stands is", 2, Character("A", 0.6, {"E": 0.4}), 0.6),
        ("of both kinds, the possible one counts", 1, Character("0", 0.6, {"D": 0.2, "3": 0.2}), 0.75),
        ("a province that does not exist is no rival", 0, Character("3", 0.6, {"0": 0.4}), 1.0),
        ("what may hide beside it stays", 1, Character("0", 0.6, {"D": 0.4}, hidden=0.3), 0.7),
        ("and is never forgotten", 1, Character("0", 0.55, {"D": 0.4}, hidden=0.45), 0.55),
        ("doubt without a name stays", 1, Character("0", 0.6, {}), 0.6),
    ],
)
def test_what_would_be_no_plate_is_no_rival(title: str, place: int, character: Character, confidence: float) -> None:
    characters = read("30A99524", 1.0)
    characters[place] = character
    surer = among_plates(characters, 2)
    assert surer[place].confidence == pytest.approx(confidence), title
    assert [one.symbol for one in surer] == list("30A99524")
    assert all(one.confidence == 1.0 for index, one in enumerate(surer) if index != place)
