"""What a Vietnamese number plate may say (TT 79/2024/TT-BCA Art. 37, Annexes 02-04; older plates stay valid, 39).

Texts are normalised first: upper case, Đ as D, nothing but 0-9 and A-Z. `29B12345` is a car ("29B-123.45") or an old
motorcycle ("29-B1 2345"): the number of lines and the vehicle class decide, never the text. The serial letter says
nothing about the vehicle type since 2025, so no car is told from a truck by it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from detector.vocabulary import VehicleClass
from models.plate_text import norm as norm  # spelling belongs to the grammar: everybody takes it from here

FIRST_LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
"""First serial letter of white and yellow plates (Art. 37.5 c, d, đ): no I, J, O, Q, R, W."""
SECOND_LETTERS = "ABCDEFGHKLMNPRSTUVXYZ"
"""Second letter of a motorcycle serial: Art. 37.5.d lists G without R, Annex 04 lists R without G; both are taken."""
UNUSED_PROVINCES = frozenset({13, 42, 44, 45, 46, 87, 91, 96})
PROVINCES = tuple(str(code) for code in range(11, 100) if code not in UNUSED_PROVINCES)

_P = "(?P<province>" + "|".join(PROVINCES) + ")"
_FIVE = r"(?P<number>(?!00000)\d{5})"
_FOUR = r"(?P<number>\d{4})"
_FOREIGN = "(?P<serial>NG|QT|CV|NN)"

# Order matters where forms collide: a special serial is named before the two-letter motorcycle serial it looks like.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "foreign_car": re.compile(rf"{_P}(?P<country>\d{{3}}){_FOREIGN}(?P<number>\d{{2}})"),  # 80-441-NG-02
    "foreign_moto": re.compile(rf"{_P}(?P<country>\d{{3}}){_FOREIGN}(?P<number>\d{{3}})"),  # 29-121-NN-101
    "foreign_car_alt": re.compile(rf"{_P}{_FOREIGN}(?P<country>\d{{3}})(?P<number>\d{{2}})"),  # two lines, read in turn
    "special": re.compile(rf"{_P}(?P<serial>CD|RM|HC|KT|LD|DA|MK|TD|MD|LB|CT)(?P<number>\d{{4,5}})"),
    "temp": re.compile(rf"T{_P}(?P<number>\d{{5}})"),  # T80-235.88, paper
    "moto_2letter": re.compile(rf"{_P}(?P<serial>[{FIRST_LETTERS}][{SECOND_LETTERS}]){_FIVE}"),  # 29-AA 123.45
    "moto_letter_digit": re.compile(rf"{_P}(?P<serial>[{FIRST_LETTERS}][1-9]){_FIVE}"),  # 29-B1 123.45
    "car_or_old_moto4": re.compile(rf"{_P}(?P<serial>[{FIRST_LETTERS}]){_FIVE}"),  # 30F-256.58 or 29-B1 2345
    "car_old4": re.compile(rf"{_P}(?P<serial>[{FIRST_LETTERS}]){_FOUR}"),  # 29A-1234
    "military": re.compile(r"(?P<unit>[A-Z]{2})(?P<number>\d{4})"),  # red plate
    # Seen on real plates and kept valid by Art. 39.1 and 39.3; without them repair would bend them into other plates.
    "moto_electric": re.compile(rf"{_P}(?P<serial>MD[1-9]){_FIVE}"),  # 23-MĐ1 014.73
    "moto_old_2letter4": re.compile(rf"{_P}(?P<serial>[{FIRST_LETTERS}][{SECOND_LETTERS}]){_FOUR}"),  # 51-FB 4779
    "legacy_r": re.compile(rf"{_P}(?P<serial>R)(?P<number>(?!00000)\d{{5}})"),  # trailer 51R-123.45, moto 54-R2 2733
}

_FOUR_WHEELS = frozenset({VehicleClass.CAR, VehicleClass.BUS, VehicleClass.TRUCK})
# An electric moped is easily taken for a bicycle, which carries no plate: a plate on one is judged as a motorcycle's.
_TWO_WHEELS = frozenset({VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})
_ANY = frozenset(VehicleClass)

# How many lines a form is painted in, and on what. Motorcycle plates (140x190 mm) always have two lines.
_WORN: Mapping[str, tuple[frozenset[int], frozenset[VehicleClass]]] = {
    "foreign_car": (frozenset({1, 2}), _FOUR_WHEELS),
    "foreign_moto": (frozenset({2}), _TWO_WHEELS),
    "foreign_car_alt": (frozenset({2}), _FOUR_WHEELS),
    "special": (frozenset({1, 2}), _ANY),
    "temp": (frozenset({1, 2}), _ANY),
    "moto_2letter": (frozenset({2}), _TWO_WHEELS),
    "moto_letter_digit": (frozenset({2}), _TWO_WHEELS),
    "car": (frozenset({1, 2}), _FOUR_WHEELS),
    "moto_old4": (frozenset({2}), _TWO_WHEELS),
    "car_old4": (frozenset({1, 2}), _FOUR_WHEELS),
    "military": (frozenset({1, 2}), _ANY),
    "moto_electric": (frozenset({2}), _TWO_WHEELS),
    "moto_old_2letter4": (frozenset({2}), _TWO_WHEELS),
    "legacy_r": (frozenset({1, 2}), _ANY),
}


# How many characters stand above the number where a form has two lines: "59-D1 / 673.93", "30A / 995.24", "23-MĐ1 / 014.73".
_ABOVE: Mapping[str, frozenset[int]] = {
    "special": frozenset({4}),
    "moto_2letter": frozenset({4}),
    "moto_letter_digit": frozenset({4}),
    "car": frozenset({3}),
    "moto_old4": frozenset({4}),
    "car_or_old_moto4": frozenset({3, 4}),
    "car_old4": frozenset({3}),
    "moto_electric": frozenset({5}),
    "moto_old_2letter4": frozenset({4}),
    "legacy_r": frozenset({3, 4}),
}


@dataclass(frozen=True, slots=True)
class Match:
    """One form that a text has. `parts`: province, serial, number, country or unit, as the form names them."""

    kind: str
    parts: Mapping[str, str]


def parse(text: str) -> list[Match]:
    """Every form that the normalised text has, in the order of `PATTERNS`; empty when it is no plate."""
    normalised = norm(text)
    found = ((kind, pattern.fullmatch(normalised)) for kind, pattern in PATTERNS.items())
    return [Match(kind, match.groupdict()) for kind, match in found if match]


def fits(text: str, lines: int = 0, vehicle_class: VehicleClass | None = None) -> str | None:
    """The kind of plate that the text is on this vehicle, or None.

    `lines`: 1 or 2, 0 when unknown; `vehicle_class`: None when unknown. The collision `29B12345` resolves to `car` or
    `moto_old4`; it stays `car_or_old_moto4` where neither lines nor class decide.
    """
    kinds = [
        kind
        for match in parse(text)
        for kind in _readings_of(match.kind)
        if _worn_by(kind, lines=lines, vehicle_class=vehicle_class)
    ]
    if not kinds:
        return None
    if "car" in kinds and "moto_old4" in kinds:
        return "car_or_old_moto4"
    # A two-letter motorcycle serial may spell a special one ("30-CD"): on two wheels it is the serial, but for MĐ.
    if "moto_2letter" in kinds and vehicle_class in _TWO_WHEELS and norm(text)[2:4] != "MD":
        return "moto_2letter"
    return kinds[0]


def stands_in_its_lines(kind: str | None, above: int) -> bool:
    """Whether a plate of this kind may have `above` characters on the upper of two lines; any where 0, for unknown.

    "29-MĐ1 / 052.00" without its first digit spells "29-MĐ 152.00", another plate: but the 1 stands above.
    """
    return not above or above in _ABOVE.get(kind or "", {above})


def formatted(text: str, kind: str | None) -> str:
    """The plate as it is painted: "30F-256.58", "23-AB 123.45", "29-B1 2345"; unchanged when it has no known kind."""
    plain = norm(text)
    pattern = PATTERNS.get("car_or_old_moto4" if kind in {"car", "moto_old4"} else kind or "")
    match = pattern.fullmatch(plain) if pattern else None
    if match is None:
        return plain
    if kind == "moto_old4":
        return f"{plain[:2]}-{plain[2:4]} {plain[4:]}"
    return _painted(kind or "", match.groupdict())


def _painted(kind: str, parts: Mapping[str, str]) -> str:
    number = _dotted(parts["number"])
    if kind == "military":
        return f"{parts['unit']}-{number[:2]}-{number[2:]}"
    province, serial = parts["province"], parts.get("serial", "")
    if kind in {"foreign_car", "foreign_moto", "foreign_car_alt"}:
        return f"{province}-{parts['country']}-{serial}-{number}"
    if kind == "temp":
        return f"T{province}-{number}"
    if kind in {"moto_2letter", "moto_letter_digit", "moto_electric", "moto_old_2letter4"}:
        return f"{province}-{serial.replace('MD', 'MĐ') if kind == 'moto_electric' else serial} {number}"
    return f"{province}{'MĐ' if serial == 'MD' else serial}-{number}"


def _dotted(number: str) -> str:
    return f"{number[:3]}.{number[3:]}" if len(number) == 5 else number


def _readings_of(kind: str) -> tuple[str, ...]:
    return ("car", "moto_old4") if kind == "car_or_old_moto4" else (kind,)


def _worn_by(kind: str, *, lines: int, vehicle_class: VehicleClass | None) -> bool:
    possible_lines, classes = _WORN[kind]
    return (lines == 0 or lines in possible_lines) and (vehicle_class is None or vehicle_class in classes)
