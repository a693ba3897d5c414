"""Repair by position, never by guess (LAW: digits at 1-2, a letter at 3, digits at the end).

A character is changed only where the grammar allows nothing of its sort, only into a tabled look-alike, and only if
exactly one plate comes out. Position 4 of a nine-character text may be letter or digit and is never touched. Every
repaired character is named, and its confidence lowered: a repair is an inference, not a reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from detector.vocabulary import VehicleClass
from ocr.grammar import FIRST_LETTERS, fits
from ocr.reading import Character

LOOK_ALIKES = ("0DOQ", "DB", "1ILJ", "2Z7", "4A", "5S", "6G", "8B3", "MHN")
"""Groups of characters that recognisers take for one another on these plates; Đ, with its bar, looks like B too."""
REPAIRED_CONFIDENCE_SHARE = 0.6
"""What is left of a character's confidence after a repair: below the bar for accepting a single picture."""
RIVAL_CONFIDENCE_MIN = 0.02
"""A look-alike that the reader itself gave less than this was not seen in the picture at all."""
REPAIRS_MAX = 2
"""Three wrong sorts in one text are no misread plate but other writing (phone numbers, dealers' names)."""

# What each length may look like: D a digit, L a first serial letter, = left as it was read, M and Đ themselves: ten
# characters with a serial are electric motorcycles ("23-MĐ1 014.73").
_SHAPES: Mapping[int, tuple[str, ...]] = {
    7: ("DDLDDDD",),
    8: ("DDLDDDDD", "DDL=DDDD"),
    9: ("DDL=DDDDD", "DDDDD==DD"),
    10: ("DDMĐDDDDDD", "DDDDD==DDD"),
}
_ADMITTED: Mapping[str, str] = {"D": "0123456789", "L": FIRST_LETTERS, "M": "M", "Đ": "D"}


@dataclass(frozen=True, slots=True)
class Repair:
    """A text that fits, and which of its characters (from 0) were changed to make it fit."""

    characters: tuple[Character, ...]
    kind: str
    repaired: tuple[int, ...]

    @property
    def text(self) -> str:
        """The characters joined."""
        return "".join(character.symbol for character in self.characters)


def repair(characters: Sequence[Character], lines: int = 0, vehicle_class: VehicleClass | None = None) -> Repair | None:
    """The one plate that these characters are, or None when they are none or more than one.

    A text that fits is returned unchanged. `lines` and `vehicle_class` as in `grammar.fits`.
    """
    text = "".join(character.symbol for character in characters)
    kind = fits(text, lines, vehicle_class)
    if kind is not None:
        return Repair(tuple(characters), kind, ())
    candidates = {text for shape in _SHAPES.get(len(characters), ()) for text in _candidates(characters, shape)}
    plates = {text: plate for text in candidates if (plate := fits(text, lines, vehicle_class))}
    if len(plates) != 1:
        return None
    ((repaired_text, repaired_kind),) = plates.items()
    return _applied(characters, repaired_text, repaired_kind)


def among_plates(
    characters: Sequence[Character], lines: int = 0, vehicle_class: VehicleClass | None = None
) -> tuple[Character, ...]:
    """The characters of a plate, as sure as they are when it is known to be one: what their rivals would make no plate of
    (a D for the 0 of "30A-995.24") is left out, and the others' shares grow by as much."""
    text = "".join(read.symbol for read in characters)

    def surer(index: int, read: Character) -> Character:
        others = ((share, text[:index] + symbol + text[index + 1 :]) for symbol, share in read.rivals.items())
        impossible = sum(share for share, other in others if fits(other, lines, vehicle_class) is None)
        confidence = min(read.confidence / max(1.0 - impossible, read.confidence), 1.0 - read.hidden)
        return replace(read, confidence=round(max(confidence, read.confidence), 4))

    return tuple(surer(index, read) for index, read in enumerate(characters))


def _candidates(characters: Sequence[Character], shape: str) -> list[str]:
    """The texts of this shape that the characters may be, if few enough of them need a change."""
    options = [_options(read, slot) for read, slot in zip(characters, shape, strict=True)]
    changed = sum(read.symbol not in option for read, option in zip(characters, options, strict=True))
    return ["".join(choice) for choice in product(*options)] if changed <= REPAIRS_MAX else []


def _options(read: Character, slot: str) -> Sequence[str]:
    """The symbol itself where the slot admits it, else the look-alikes that the slot admits (seen ones first)."""
    admitted = _ADMITTED.get(slot)
    if admitted is None or read.symbol in admitted:
        return read.symbol
    groups = [group for group in LOOK_ALIKES if read.symbol in group]
    look_alikes = [symbol for group in groups for symbol in group if symbol in admitted]
    seen = [symbol for symbol in look_alikes if read.rivals.get(symbol, 0.0) >= RIVAL_CONFIDENCE_MIN]
    return seen or look_alikes


def _applied(characters: Sequence[Character], text: str, kind: str) -> Repair:
    changed = tuple(index for index, read in enumerate(characters) if read.symbol != text[index])
    mended = tuple(
        read
        if read.symbol == symbol
        else Character(symbol, round(read.confidence * REPAIRED_CONFIDENCE_SHARE, 4), read.rivals)
        for read, symbol in zip(characters, text, strict=True)
    )
    return Repair(mended, kind, changed)
