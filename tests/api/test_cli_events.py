"""`phatnguoi bench events`: totals, the page of mistakes, agreement between frame rates, bad input."""

import json
from pathlib import Path

import pytest

from api.commands.bench.events import agreement
from api.events_report import totals, write_report
from detector.event_score import ClipScore, EventScore, Mistake
from models.errors import UserError
from tests.api import footage
from tests.api.test_cli_bad_input import phatnguoi

BOX = (200.0, 150.0, 300.0, 220.0)
WRONG = Mistake("RED_LIGHT track 3: nobody listed", 40, BOX)
MISSED = Mistake("A", 110, BOX, "signal_unknown")


def score(code: str = "RED_LIGHT", right: int = 3, wrong: tuple[Mistake, ...] = (), missed: tuple[Mistake, ...] = ()):  # type: ignore[no-untyped-def]
    return EventScore(
        "clip", code, right, len(wrong), len(missed), 0, 2, (), wrong, missed, (0, 3), (0.0, 1.5) if right else ()
    )


def test_totals_over_clips() -> None:
    rows = totals([score(wrong=(WRONG,)), score(right=6, missed=(MISSED,)), score("WRONG_WAY", right=0)])
    assert rows == [
        ["RED_LIGHT", "9", "1", "1", "0", "4", "0.900", "0.900", "2 of 4"],
        ["WRONG_WAY", "0", "0", "0", "0", "2", "", "", ""],
    ]


def test_page_has_a_still_for_every_mistake(tmp_path: Path) -> None:
    clip = footage.footage(tmp_path, 0).path
    page = write_report(tmp_path / "report", [ClipScore(clip, (score(wrong=(WRONG,), missed=(MISSED,)),), True)])
    html = page.read_text(encoding="utf-8")
    assert html.count("<img") == 2 == len(list(page.parent.glob("*.jpg")))
    assert "frame 40: RED_LIGHT track 3: nobody listed" in html
    assert "the rules said: signal_unknown" in html


def test_page_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UserError, match="cannot write the report"):
        write_report(tmp_path / "taken", [])


def test_agreement_counts_acts_found_at_every_rate() -> None:
    a, b, c = (("clip", "RED_LIGHT", name) for name in "abc")
    assert agreement([frozenset({a, b}), frozenset({a, b, c})]) == "2 of 3 acts"


def test_clip_without_truth_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """Nobody drives here: the footage shows a lamp and a moving block."""
    good = footage.footage(tmp_path, 0).path
    good.with_suffix(".yaml").write_text(footage.CAMERA_YAML, encoding="utf-8")
    good.with_suffix(".truth.json").write_text(json.dumps({"fps": 25, "vehicles": []}), encoding="utf-8")
    done = phatnguoi("bench", "events", tmp_path / "none.mp4", good)
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if "none" in line]
    assert "is not a truth file" in line or "no such file" in line.lower()
    assert "replayed with the same violations: 1 of 1 clips" in done.stdout
    assert "1 of 2 inputs failed" in done.stderr
