"""The phase book: what bound whom when, and what it makes of a change that nobody saw happen."""

from datetime import datetime, timedelta

import pytest

from detector.camera import Signal
from detector.rules.phases import PHASES_MAX, PhaseBook
from detector.vocabulary import Movement, Phase, Scene, SignalPhase
from tests.detector.rules.scenes import ALL_WAYS, MAIN, RIGHT_ARROW, START

REPEATER = Signal("repeater", (100, 100, 110, 110), ALL_WAYS)
ALL = frozenset({Movement.STRAIGHT})
Change = tuple[str, str, float, float | None]
"""(head, phase, since, not before), in seconds after START."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def book(changes: list[Change], signals: tuple[Signal, ...] = (MAIN,)) -> PhaseBook:
    """A book that was told of each change 0.3 s after its `since`, as a debounced lamp tells it."""
    told = PhaseBook(signals)
    shown = {signal.name: SignalPhase(signal.name, Phase.UNKNOWN, START) for signal in signals}
    for index, (name, phase, since, not_before) in enumerate(sorted(changes, key=lambda change: change[2])):
        shown[name] = SignalPhase(name, Phase(phase), at(since), None if not_before is None else at(not_before))
        told.update(Scene(index, at(since + 0.3), (), dict(shown)))
    return told


def seconds(t: float) -> float:
    return at(t).timestamp()


def bound(told: PhaseBook, t: float, movement: Movement = Movement.STRAIGHT) -> str | None:
    phase = told.at(seconds(t), movement)
    return phase and phase.phase.value


RED_GREEN: list[Change] = [("main", "yellow", 2, None), ("main", "red", 5, 4.8), ("main", "green", 20, 18)]
NEAR_FAR: list[Change] = [("main", "red", 5, 4.8), ("repeater", "red", 5.2, 5)]
AGREED = [*NEAR_FAR, ("main", "green", 20, 19), ("repeater", "green", 19.5, 19.2)]
LAGGING = [*NEAR_FAR, ("main", "green", 20, 19.9), ("repeater", "green", 20.4, 20.3)]

BOUND = [
    pytest.param(RED_GREEN, (MAIN,), 5.1, "red", id="red from the later end of its change"),
    pytest.param(RED_GREEN, (MAIN,), 4.9, "unknown", id="not from the earlier one"),
    pytest.param(RED_GREEN, (MAIN,), 18, "red", id="red while it was last seen"),
    pytest.param(RED_GREEN, (MAIN,), 18.1, "unknown", id="and no longer: green may have begun"),
    pytest.param(RED_GREEN, (MAIN,), 20, "green", id="green once it is seen"),
    pytest.param(AGREED, (MAIN, REPEATER), 18.9, "red", id="two heads: both red"),
    pytest.param(AGREED, (MAIN, REPEATER), 19.1, "unknown", id="one that may be green leaves red in doubt"),
    pytest.param(AGREED, (MAIN, REPEATER), 20, "green", id="both green"),
    pytest.param(LAGGING, (MAIN, REPEATER), 20.2, "unknown", id="red and green at once accuse nobody"),
    pytest.param(LAGGING, (MAIN, REPEATER), 20.4, "green", id="and are over when the slower one has changed"),
    pytest.param(
        [("main", "red", 5, None), ("main", "unknown", 10, None), ("main", "red", 30, 10)],
        (MAIN,),
        20,
        "unknown",
        id="red before and after a truck is not red behind it",
    ),
    pytest.param(
        [("main", "red", 5, None), ("repeater", "red", 5, None), ("main", "red", 30, 10)],
        (MAIN, REPEATER),
        20,
        "red",
        id="where old and new would bind alike, nothing is in doubt",
    ),
]


@pytest.mark.parametrize(("changes", "signals", "t", "expected"), BOUND)
def test_what_bound(changes: list[Change], signals: tuple[Signal, ...], t: float, expected: str) -> None:
    assert bound(book(changes, signals), t) == expected


def test_an_arrow_that_may_have_been_green_frees_its_turn_only() -> None:
    told = book([("main", "red", 5, None), ("right_arrow", "red", 5, None), ("right_arrow", "green", 20, 18)],
                (MAIN, RIGHT_ARROW))  # fmt: skip
    assert (bound(told, 19, Movement.RIGHT), bound(told, 19)) == ("unknown", "red")


@pytest.mark.parametrize(
    ("from_t", "to_t", "expected"),
    [(5, 18, True), (4.9, 10, False), (10, 18.2, False), (10, 25, False), (19, 19.5, False)],
)
def test_red_throughout_ends_at_the_earlier_end_of_green(from_t: float, to_t: float, expected: bool) -> None:
    assert book(RED_GREEN).is_red_throughout(seconds(from_t), seconds(to_t), ALL) is expected


def test_red_since_is_the_later_end() -> None:
    assert book(NEAR_FAR, (MAIN, REPEATER)).red_since(seconds(10), ALL) == seconds(5.2)


def test_facts_tell_both_ends_of_a_change() -> None:
    assert book(RED_GREEN).facts(seconds(10), seconds(21)) == [
        {"signal": "main", "phase": "red", "since": "2026-03-01T08:00:05.000+00:00",
         "not_before": "2026-03-01T08:00:04.800+00:00", "source": "video"},
        {"signal": "main", "phase": "green", "since": "2026-03-01T08:00:20.000+00:00",
         "not_before": "2026-03-01T08:00:18.000+00:00", "source": "video"},
    ]  # fmt: skip


def test_a_head_that_changes_without_end_does_not_fill_the_memory() -> None:
    changes: list[Change] = [("main", "red" if i % 2 else "green", i / 100, None) for i in range(3 * PHASES_MAX)]
    assert len(book(changes).facts(0, seconds(1e6))) == PHASES_MAX
