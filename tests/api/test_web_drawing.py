"""What the case page draws, from values alone: no server, no browser."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from api.web.case_page import CasePage
from api.web.facts import fact_lines
from api.web.pictures import around
from api.web.recent import PAIRS_MAX, WINDOW, Recent
from api.web.routes.queue import deadline
from api.web.texts import Texts
from evidence.cases import review
from evidence.store.store import Store
from tests.api.rooms import NOW, Room


@pytest.fixture(scope="session")
def case_page(furnished: Room) -> CasePage:
    store = Store.open(furnished.settings.store_url)
    with store.reading() as session:
        view = review.case_view(session, furnished.cases["clear"])
    store.close()
    return CasePage(view)


def changed(page: CasePage, **parts: object) -> CasePage:
    """The same case with other parts in its manifest."""
    other = CasePage(page.view)
    other.manifest = page.manifest.model_copy(update=parts)
    return other


def test_signal_bars_cover_the_clip_without_gaps(case_page: CasePage) -> None:
    (row,) = case_page.signal_rows
    assert [bar.phase for bar in row.bars] == ["green", "yellow", "red"]
    assert row.bars[0].from_percent == 0  # it began before the clip: cut at its start
    ends = [bar.from_percent + bar.width_percent for bar in row.bars]
    assert ends[:-1] == pytest.approx([bar.from_percent for bar in row.bars[1:]])
    assert ends[-1] == pytest.approx(100)


def test_a_change_is_drawn_from_when_it_was_not_yet_to_when_it_was(case_page: CasePage) -> None:
    (row,) = case_page.signal_rows
    assert [(change.phase, round(change.seconds, 2)) for change in row.changes] == [("yellow", 0.04), ("red", 0.4)]
    for change, bar in zip(row.changes, row.bars[1:], strict=True):  # it ends where the new phase was first seen
        assert change.from_percent + change.width_percent == pytest.approx(bar.from_percent, abs=0.002)
        assert change.width_percent == pytest.approx(100 * change.seconds / case_page.duration_s, abs=0.002)


CHANGES = [
    # from and to in seconds of the clip (None: not known), what is drawn in per cent of its duration
    pytest.param(None, 1.0, None, id="a package made before it was known"),
    pytest.param(1.0, 1.0, None, id="known exactly"),
    pytest.param(-5.0, -4.0, None, id="over before the clip begins"),
    pytest.param(-1.0, 1.0, (0.0, 1.0), id="cut at the clip's start"),
    pytest.param(1.0, 900.0, (1.0, None), id="cut at the clip's end"),
    pytest.param(900.0, 901.0, None, id="after the clip"),
]


@pytest.mark.parametrize(("from_s", "to_s", "drawn_s"), CHANGES)
def test_an_uncertain_change_is_drawn_within_the_clip(
    case_page: CasePage, from_s: float | None, to_s: float, drawn_s: tuple[float, float | None] | None
) -> None:
    first_at, duration_s = case_page.manifest.clip.first_at, case_page.duration_s
    phase = case_page.manifest.signal_timeline[0].model_copy(
        update={
            "since": first_at + timedelta(seconds=to_s),
            "not_before": None if from_s is None else first_at + timedelta(seconds=from_s),
        }
    )
    (row,) = changed(case_page, signal_timeline=(phase,)).signal_rows
    if drawn_s is None:
        assert row.changes == ()
        return
    (change,) = row.changes
    end_s = duration_s if drawn_s[1] is None else drawn_s[1]
    assert change.from_percent == pytest.approx(100 * drawn_s[0] / duration_s, abs=0.002)
    assert change.from_percent + change.width_percent == pytest.approx(100 * end_s / duration_s, abs=0.002)


def test_the_violation_lies_within_the_red_bar(case_page: CasePage) -> None:
    red = case_page.signal_rows[0].bars[-1]
    moment = case_page.percent(case_page.manifest.main.captured_at)
    assert red.from_percent < moment < 100
    (only,) = case_page.moments
    start, width = only.span_percent
    assert start < moment < start + width


def test_a_case_without_signals_has_no_rows(case_page: CasePage) -> None:
    assert changed(case_page, signal_timeline=()).signal_rows == ()


def test_a_phase_outside_of_the_clip_draws_nothing(case_page: CasePage) -> None:
    late = [
        phase.model_copy(update={"since": phase.since + timedelta(hours=1)})
        for phase in case_page.manifest.signal_timeline
    ]
    assert [row.bars for row in changed(case_page, signal_timeline=tuple(late)).signal_rows] == [()]


def test_the_player_gets_seconds_of_the_clip(case_page: CasePage) -> None:
    clip = json.loads(case_page.clip_json)
    assert clip["frame_s"] == pytest.approx(0.04)
    assert 2 <= clip["moment_s"] < clip["duration_s"]
    times = [point["at_s"] for point in clip["trail"]]
    assert times == sorted(times)
    here = min(clip["trail"], key=lambda point: abs(point["at_s"] - clip["moment_s"]))
    assert here["box"] == pytest.approx(list(case_page.manifest.main.box_xyxy), abs=0.1)


def test_a_trail_of_one_point_still_plays(case_page: CasePage) -> None:
    clip = json.loads(changed(case_page, trail=case_page.manifest.trail[:1]).clip_json)
    assert clip["frame_s"] > 0
    assert changed(case_page, trail=()).stills[1].near


def test_a_helmet_case_shows_the_head_it_is_about(case_page: CasePage) -> None:
    assert [still.head_xyxy for still in case_page.stills] == [None] * 3
    for box, head in (
        ([310, 100, 330, 124.5], (310, 100, 330, 124.5)),
        ([1, 2, 3], None),
        ("head", None),
        ([1, 2, 3, "x"], None),
    ):
        violation = case_page.manifest.main.model_copy(update={"facts": {"head_box": box}})
        before, during, _ = changed(case_page, violations=(violation,)).stills
        assert (before.head_xyxy, during.head_xyxy) == (None, head)
        if head is not None:
            x, y, width, height = (float(part) for part in during.near.split())
            assert x < 310 < 330 < x + width < 640
            assert y < 100 < 124.5 < y + height < 360
            assert width < 250  # close enough to judge


def test_marks_are_whole_seconds_from_the_violation_and_never_crowded(case_page: CasePage) -> None:
    marks = case_page.second_marks
    assert 0 in [seconds for _, seconds in marks]
    assert all(0 <= percent <= 100 for percent, _ in marks)
    long = case_page.manifest.clip.model_copy(
        update={"last_at": case_page.manifest.clip.last_at + timedelta(minutes=5)}
    )
    assert len(changed(case_page, clip=long).second_marks) <= 13


def test_weak_characters_are_marked(furnished: Room) -> None:
    store = Store.open(furnished.settings.store_url)
    with store.reading() as session:
        bars = CasePage(review.case_view(session, furnished.cases["doubtful"])).char_bars
        none = CasePage(review.case_view(session, furnished.cases["unreadable"])).char_bars
    store.close()
    assert [bar.is_weak for bar in bars] == [False] * 4 + [True] + [False] * 2
    assert none == ()


@pytest.mark.parametrize(
    ("title", "box"),
    [
        ("in the middle", (300, 150, 360, 220)),
        ("in a corner", (0, 0, 30, 40)),
        ("at the far edge", (600, 330, 640, 360)),
        ("larger than the picture allows", (-50, -50, 700, 400)),
        ("without any size", (100, 100, 100, 100)),
    ],
)
def test_the_view_around_a_vehicle_stays_in_the_picture(title: str, box: tuple[float, float, float, float]) -> None:
    x1, y1, x2, y2 = around(box, (640, 360), 1.6)
    assert 0 <= x1 < x2 <= 640 + 1e-6, title
    assert 0 <= y1 < y2 <= 360 + 1e-6, title
    assert (x2 - x1) / (y2 - y1) == pytest.approx(1.6)


def test_facts_are_words_beside_their_thresholds_and_nothing_is_hidden(case_page: CasePage) -> None:
    violation = case_page.manifest.main
    table = fact_lines(Texts("vi"), violation)
    red = next(line for line in table.main if line.label == "Đèn đã đỏ")
    assert (red.value, red.limit) == ("2 giây", "ngưỡng 0,5 giây")
    told = violation.model_copy(
        update={"facts": violation.facts | {"new_fact_px": 3.25, "odd": [{"a": None}], "flag": False}}
    )
    technical = {line.label: line.value for line in fact_lines(Texts("en"), told).technical}
    assert technical["new_fact_px"] == "3.25 px"
    assert technical["flag"] == "no"
    assert technical["odd"] == "a —"
    assert technical["thresholds.red_light.before_green_s"] == "1 s"


def test_values_are_translated_only_where_they_are_words_of_the_domain(case_page: CasePage) -> None:
    facts = {"lane": "left", "allowed": ["bus", "car"], "arrows": ["left"], "because": "against_arrow"}
    told = case_page.manifest.main.model_copy(update={"facts": facts})
    lines = {line.label: line.value for line in fact_lines(Texts("en"), told).main}
    assert lines["Lane"] == "left"  # the operator's name for it
    assert lines["The lane is open to"] == "Bus, Car"
    assert lines["Arrows on the lane"] == "Left"
    assert lines["Because"] == "driven against the lane's arrow"


@pytest.mark.parametrize(
    ("days", "left", "tone"), [(9.5, 9, ""), (4.9, 4, "warn"), (1.5, 1, "bad"), (0.2, 0, "bad"), (-0.5, -1, "bad")]
)
def test_deadlines_press_harder_as_they_come_near(days: float, left: int, tone: str) -> None:
    found = deadline(NOW + timedelta(days=days), NOW)
    assert found is not None
    assert (found.days_left, found.tone) == (left, tone)
    assert deadline(None, NOW) is None


def test_looks_are_remembered_for_a_while_and_within_bounds() -> None:
    recent = Recent()
    assert recent.is_new("a", "case", NOW)
    assert not recent.is_new("a", "case", NOW + WINDOW / 2)
    assert recent.is_new("b", "case", NOW)
    assert recent.is_new("a", "case", NOW + WINDOW)  # counted from the logged look, not from the latest file
    for number in range(PAIRS_MAX + 10):
        recent.is_new("c", str(number), NOW)
    assert recent.is_new("a", "case", NOW + WINDOW)


def test_scripts_ask_for_nothing_from_elsewhere() -> None:
    import api.web

    for path in (Path(api.web.__file__).parent / "static").glob("*.*"):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, path.name
        assert "https:" not in text, path.name
        assert "innerHTML" not in text, path.name
        assert "eval(" not in text, path.name
