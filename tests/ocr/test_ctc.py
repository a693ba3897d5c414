"""Characters out of a recogniser's steps, by hand."""

import numpy as np
import pytest

from models.plate_text import SYMBOLS
from ocr.ctc import Shares, decode, runs_of


def steps(text: str, sure: float = 1.0) -> Shares:
    """One row per step: a symbol, or `_` for the blank, that gets `sure`; the blank gets the rest."""
    shares = np.zeros((len(text), 1 + len(SYMBOLS)), np.float32)
    for row, symbol in zip(shares, text, strict=True):
        row[0] = 1.0 - sure
        row[0 if symbol == "_" else 1 + SYMBOLS.index(symbol)] += sure
    return shares


@pytest.mark.parametrize(
    ("title", "path", "text"),
    [
        ("repeats are one character", "_55_9__", "59"),
        ("a blank between equal ones keeps both", "1_1__1", "111"),
        ("without a blank they merge", "11_1", "11"),
        ("from the first to the last step", "5__9", "59"),
        ("nothing", "____", ""),
    ],
)
def test_decode(title: str, path: str, text: str) -> None:
    assert "".join(character.symbol for character in decode(steps(path))) == text, title


def test_separators_are_silent_too() -> None:
    shares = np.insert(steps("5_9"), 1, [0.0, 0.9, 0.0], axis=1)
    assert [character.symbol for character in decode(shares, silent=2)] == ["5", "9"]


def test_confidence_is_that_of_the_surest_step_and_rivals_are_named() -> None:
    shares = steps("88_", sure=0.6)
    shares[1, 0], shares[1, 1 + SYMBOLS.index("8")], shares[1, 1 + SYMBOLS.index("B")] = 0.0, 0.7, 0.3
    (character,) = decode(shares)
    assert (character.symbol, character.confidence) == ("8", 0.7)
    assert character.rivals == {"B": 0.3}


def test_a_character_that_hides_in_a_blank_makes_its_neighbours_unsure() -> None:
    shares = steps("5_9")
    shares[1, 0], shares[1, 1 + SYMBOLS.index("0")] = 0.6, 0.4
    assert [round(character.confidence, 2) for character in decode(shares)] == [0.6, 0.6]


def test_the_edge_of_a_neighbour_in_a_blank_hides_nothing() -> None:
    shares = steps("5_9")
    shares[1, 0], shares[1, 1 + SYMBOLS.index("5")] = 0.6, 0.4
    assert [character.confidence for character in decode(shares)] == [1.0, 1.0]


def test_runs_are_where_the_characters_stand() -> None:
    assert runs_of(steps("_55_9_")) == [(1, 3), (4, 5)]
    assert runs_of(steps("____")) == []


def test_what_may_hide_beside_a_character_is_kept_apart_from_its_rivals() -> None:
    shares = steps("5_9", sure=0.9)
    shares[1] = 0.0
    shares[1, 0], shares[1, 1 + SYMBOLS.index("0")] = 0.7, 0.3
    assert [(round(one.confidence, 2), round(one.hidden, 2)) for one in decode(shares)] == [(0.7, 0.3), (0.7, 0.3)]
