"""Acquittals in words and as lines, and that a run which is complete tells them again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.composition import open_books
from api.explain import WORDS, abstention_line, in_words
from api.run_book import RunLines
from api.settings import load_settings
from detector.rules.abstained import Reason
from detector.vocabulary import Abstention, VehicleClass
from evidence.store.queries_runs import RunKey

ACQUITTED = Abstention(
    code="RED_LIGHT",
    rule="red_light",
    track_id=12,
    vehicle_class=VehicleClass.MOTORCYCLE,
    captured_at=datetime(2026, 11, 20, 0, 30, 5, 40_000, tzinfo=UTC),
    frame=126,
    reason="before_green",
    facts={"phases": []},
)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    assert WORDS[reason]


def test_line_and_words() -> None:
    line = abstention_line(ACQUITTED)
    assert line["captured_at"] == "2026-11-20T00:30:05.040Z"
    assert in_words(line) == (
        "frame 126: motorcycle (track 12), no RED_LIGHT: the lamp changed within the operator's margin (before_green)"
    )


def test_complete_run_tells_its_acquittals_again(tmp_path: Path) -> None:
    book = open_books(load_settings(tmp_path)).open(RunKey("a" * 64, "b" * 64, "c" * 64))
    assert book.lines_of_complete_run() is None
    book.observations_file.parent.mkdir(parents=True, exist_ok=True)
    lines = RunLines(violations=[{"code": "WRONG_WAY"}], abstentions=[abstention_line(ACQUITTED)])
    book.finish(lines, 250)
    assert book.lines_of_complete_run() == lines
