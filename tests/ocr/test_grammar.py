"""The grammar's tables: what is a plate, what nearly is, and what decides a collision."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.vocabulary import VehicleClass
from ocr.grammar import (
    FIRST_LETTERS,
    PROVINCES,
    SECOND_LETTERS,
    UNUSED_PROVINCES,
    fits,
    formatted,
    norm,
    parse,
    stands_in_its_lines,
)

CAR, MOTORCYCLE, BUS, BICYCLE = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.BUS, VehicleClass.BICYCLE


@pytest.mark.parametrize(
    ("painted", "kind"),
    [
        ("30F-256.58", "car_or_old_moto4"),
        ("22A-123.45", "car_or_old_moto4"),
        ("29-AA 123.45", "moto_2letter"),
        ("30-AB 266.59", "moto_2letter"),
        ("29-XR 123.45", "moto_2letter"),
        ("29-XG 123.45", "moto_2letter"),
        ("29-B1 123.45", "moto_letter_digit"),
        ("23-C1 456.78", "moto_letter_digit"),
        ("80-441-NG-02", "foreign_car"),
        ("80NG441-02", "foreign_car_alt"),
        ("29-121-NN-101", "foreign_moto"),
        ("20KT-226.22", "special"),
        ("30CD-556.88", "special"),
        ("51RM-556.89", "special"),
        ("60LD-4379", "special"),
        ("23MĐ-123.45", "special"),
        ("T80-235.88", "temp"),
        ("29A-1234", "car_old4"),
        ("TM-12-34", "military"),
        ("23-MĐ1 014.73", "moto_electric"),
        ("51-FB 4779", "moto_old_2letter4"),
        ("54-R2 2733", "legacy_r"),
        ("59-B1 000.02", "moto_letter_digit"),
    ],
)
def test_is_a_plate(painted: str, kind: str) -> None:
    assert kind in [match.kind for match in parse(painted)]


@pytest.mark.parametrize(
    "near_miss",
    [
        "46A-123.45",  # 46 was never issued
        "13A12345",
        "10A12345",
        "30I12345",  # I, J, O, Q, W are never used
        "30O12345",
        "30Q12345",
        "30A00000",  # numbers start at 000.01
        "30AB00000",
        "30W1-12345",
        "30A0-12345",  # letter + 0 was never a serial
        "30RA-123.45",  # R only second
        "30A-023.456",
        "30A-123",
        "A30-123.45",
        "T13-235.88",
        "0912345678",
        "",
    ],
)
def test_is_no_plate(near_miss: str) -> None:
    assert [match.kind for match in parse(near_miss)] == []


def test_provinces_are_the_81_in_use() -> None:
    assert len(PROVINCES) == 81
    assert not {int(code) for code in PROVINCES} & UNUSED_PROVINCES


def test_letters_never_used_are_in_no_serial() -> None:
    assert not set("IJOQW") & set(FIRST_LETTERS + SECOND_LETTERS)
    assert set(SECOND_LETTERS) - set(FIRST_LETTERS) == {"R"}
    assert len(SECOND_LETTERS) == 21


@pytest.mark.parametrize(
    ("text", "lines", "vehicle_class", "kind"),
    [
        ("29B12345", 1, None, "car"),
        ("29B12345", 1, CAR, "car"),
        ("29B12345", 2, CAR, "car"),
        ("29B12345", 2, BUS, "car"),
        ("29B12345", 2, MOTORCYCLE, "moto_old4"),
        ("29B12345", 0, MOTORCYCLE, "moto_old4"),
        ("29B12345", 0, CAR, "car"),
        ("29B12345", 2, None, "car_or_old_moto4"),
        ("29B12345", 0, None, "car_or_old_moto4"),
        ("29B12345", 1, MOTORCYCLE, None),  # motorcycle plates have two lines
        ("29B112345", 2, MOTORCYCLE, "moto_letter_digit"),
        ("29B112345", 1, None, None),
        ("29B112345", 2, CAR, None),
        ("29B112345", 2, BICYCLE, "moto_letter_digit"),  # an electric moped taken for a bicycle
        ("30CD12345", 2, MOTORCYCLE, "moto_2letter"),
        ("30CD12345", 1, CAR, "special"),
        ("23MD12345", 2, MOTORCYCLE, "special"),
        ("29A1234", 2, MOTORCYCLE, None),
        ("80441NG02", 1, CAR, "foreign_car"),
        ("80441NG02", 1, MOTORCYCLE, None),
    ],
)
def test_lines_and_class_decide(text: str, lines: int, vehicle_class: VehicleClass | None, kind: str | None) -> None:
    assert fits(text, lines, vehicle_class) == kind


@pytest.mark.parametrize(
    ("text", "kind", "painted"),
    [
        ("23AB12345", "moto_2letter", "23-AB 123.45"),
        ("29B112345", "moto_letter_digit", "29-B1 123.45"),
        ("30F25658", "car", "30F-256.58"),
        ("30F25658", "car_or_old_moto4", "30F-256.58"),
        ("29B12345", "moto_old4", "29-B1 2345"),
        ("29A1234", "car_old4", "29A-1234"),
        ("60LD4379", "special", "60LD-4379"),
        ("23MD12345", "special", "23MĐ-123.45"),
        ("23MD101473", "moto_electric", "23-MĐ1 014.73"),
        ("51FB4779", "moto_old_2letter4", "51-FB 4779"),
        ("80441NG02", "foreign_car", "80-441-NG-02"),
        ("80NG44102", "foreign_car_alt", "80-441-NG-02"),
        ("29121NN101", "foreign_moto", "29-121-NN-101"),
        ("T8023588", "temp", "T80-235.88"),
        ("TM1234", "military", "TM-12-34"),
        ("29W12345", None, "29W12345"),
        ("29W12345", "car", "29W12345"),
    ],
)
def test_painted_as_on_the_plate(text: str, kind: str | None, painted: str) -> None:
    assert formatted(text, kind) == painted


@given(st.text())
def test_norm_keeps_only_plate_characters_and_is_stable(text: str) -> None:
    once = norm(text)
    assert set(once) <= set(string.digits + string.ascii_uppercase)
    assert norm(once) == once


@given(st.text(alphabet=string.digits + string.ascii_letters + "Đđ -.", max_size=14))
def test_parse_ignores_separators_and_what_is_formatted_parses_again(text: str) -> None:
    kinds = [match.kind for match in parse(text)]
    assert kinds == [match.kind for match in parse(norm(text))]
    for kind in set(kinds) - {"foreign_car_alt"}:  # painted in the order of the one-line form
        assert norm(formatted(text, kind)) == norm(text)


@given(
    st.sampled_from(PROVINCES), st.sampled_from(FIRST_LETTERS), st.sampled_from(SECOND_LETTERS), st.integers(1, 99_999)
)
def test_every_new_motorcycle_plate_fits(province: str, first: str, second: str, number: int) -> None:
    assert fits(f"{province}{first}{second}{number:05d}", 2, MOTORCYCLE) in {"moto_2letter", "special"}


@pytest.mark.parametrize(
    ("kind", "above", "stands"),
    [
        ("moto_letter_digit", 4, True),
        ("moto_letter_digit", 5, False),
        ("moto_electric", 5, True),
        ("moto_electric", 4, False),
        ("special", 4, True),
        ("special", 5, False),
        ("car", 3, True),
        ("car", 4, False),
        ("moto_old4", 4, True),
        ("moto_old4", 3, False),
        ("car_or_old_moto4", 3, True),
        ("car_or_old_moto4", 5, False),
        ("special", 0, True),  # nobody counted
        ("foreign_car", 5, True),  # painted in more than one way
        (None, 7, True),
    ],
)
def test_how_many_characters_stand_above_the_number(kind: str | None, above: int, stands: bool) -> None:
    assert stands_in_its_lines(kind, above) is stands
