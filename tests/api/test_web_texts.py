"""The words of the pages: both languages say the same things, and everything that is asked for has a word."""

import re
import string
from pathlib import Path

import pytest

import api.web
from api.web.pages import HELP_KEYS, NAVIGATION, TOASTS
from api.web.routes.case import REASON_KEYS, REASONS
from api.web.texts import LANGUAGES, Texts, words
from detector.vocabulary import Certainty, Movement, Phase, VehicleClass
from evidence.cases.accounts import Role
from evidence.cases.case_states import CaseState, EventKind, RejectReason
from ocr.grammar import PATTERNS

WEB = Path(api.web.__file__).parent
CODES = ("RED_LIGHT", "STOP_OVER_LINE", "SOLID_LINE", "WRONG_LANE", "WRONG_WAY", "HELMET_RIDER", "HELMET_PASSENGER")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_the_same_places_for_values() -> None:
    vietnamese, english = words("vi"), words("en")
    assert list(vietnamese) == list(english)
    braces = {key for key in vietnamese if '{"error"' in vietnamese[key]}  # shown as it is, never formatted
    for key in set(vietnamese) - braces:
        assert placeholders(vietnamese[key]) == placeholders(english[key]), key


def test_every_text_that_a_page_or_a_module_asks_for_exists() -> None:
    asked = {}
    for path in [*WEB.glob("templates/*.html"), *WEB.rglob("*.py")]:
        for match in re.finditer(
            r"""\bt\(\s*["']([a-z_]+\.[a-z0-9_.]*[a-z0-9])["']""", path.read_text(encoding="utf-8")
        ):
            asked[match[1]] = path.name
    assert len(asked) > 100
    assert {key: where for key, where in asked.items() if key not in words("vi")} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_domain_has_a_text(language: str) -> None:
    t = Texts(language)
    needed = {
        "code": CODES,
        "code_short": CODES,
        "vehicle": VehicleClass,
        "movement": Movement,
        "phase": Phase,
        "phase_letter": Phase,
        "certainty": Certainty,
        "role": Role,
        "state": CaseState,
        "closed": CaseState,
        "event": EventKind,
        "audit_what": EventKind,
        "plate_kind": {*PATTERNS, "car", "moto_old4"},
        "help": [name for _, name in HELP_KEYS],
        "nav": [name for name, _, _ in NAVIGATION],
        "toast": TOASTS - {"done", "conflict"},
    }
    missing = [
        f"{section}.{name}" for section, names in needed.items() for name in names if not t.has(f"{section}.{name}")
    ]
    assert missing == []


def test_every_reason_can_be_given_and_the_first_ten_by_a_number() -> None:
    assert sorted(REASONS) == sorted(RejectReason)
    assert len(set(REASON_KEYS) - {""}) == 10


def test_phases_are_told_apart_without_colour() -> None:
    for language in LANGUAGES:
        letters = [Texts(language)(f"phase_letter.{phase.value}") for phase in Phase]
        assert len(set(letters)) == len(letters)


def test_an_unknown_language_falls_back_to_vietnamese_and_an_unknown_code_shows_itself() -> None:
    assert Texts("fr").language == "vi"
    assert Texts("vi").named("code", "SPEEDING") == "SPEEDING"
    with pytest.raises(KeyError):
        Texts("vi")("queue.nothing_of_the_kind")
