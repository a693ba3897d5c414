"""Debouncing in seconds: sequences of readings over time, and which phase is told when and since when."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from detector.camera import Signal
from detector.signals import Debouncer, governing_phase
from detector.vocabulary import LampReading, Movement, Phase, SignalPhase

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LETTERS = {"R": Phase.RED, "Y": Phase.YELLOW, "G": Phase.GREEN, ".": Phase.OFF, "?": Phase.UNKNOWN, "r": Phase.RED}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told(readings: str, fps: float, debouncer: Debouncer | None = None) -> list[tuple[float, Phase, float]]:
    """(time, phase, since) each time what is told changes, in seconds; one letter is one frame, `r` a weak red."""
    debouncer = debouncer or Debouncer(["main"])
    changes: list[tuple[float, Phase, float]] = []
    for index, letter in enumerate(readings):
        captured_at = at(index / fps)
        confidence = 0.4 if letter == "r" else 0.0 if letter in ".?" else 0.9
        phase = debouncer.update(captured_at, [LampReading("main", LETTERS[letter], confidence)])["main"]
        since_s = round((phase.since - START).total_seconds(), 3)
        if not changes or changes[-1][1:] != (phase.phase, since_s):
            changes.append((round(index / fps, 3), phase.phase, since_s))
    return changes


def phases(readings: str, fps: float) -> list[tuple[str, float]]:
    return [(phase.value, since) for _, phase, since in told(readings, fps)]


SEQUENCES = [
    pytest.param("R" * 20, 10, [("unknown", 0.0), ("red", 0.0)], id="steady red, dated back to its first frame"),
    pytest.param("R" * 12, 6, [("unknown", 0.0), ("red", 0.0)], id="the same at 6 fps"),
    pytest.param(
        "R" * 20 + "G" * 30 + "Y" * 30 + "R" * 20,
        10,
        [("unknown", 0.0), ("red", 0.0), ("green", 2.0), ("yellow", 5.0), ("red", 8.0)],
        id="a whole cycle, every change at its first frame",
    ),
    pytest.param(
        "RR..R.R..RR.RR...RR.R" * 3, 12.5, [("unknown", 0.0), ("red", 0.0)], id="LED dark in 40 % of frames stays red"
    ),
    pytest.param("R" * 20 + "G" + "R" * 20, 10, [("unknown", 0.0), ("red", 0.0)], id="one misread frame is ignored"),
    pytest.param(
        "R" * 20 + "GG" + "R" * 20, 10, [("unknown", 0.0), ("red", 0.0)], id="two misread frames are ignored at 10 fps"
    ),
    pytest.param(
        "R" * 20 + "YYYYY" + "R" * 20,
        10,
        [("unknown", 0.0), ("red", 0.0)],
        id="half a second of sun turns red yellow: out of order, not believed",
    ),
    pytest.param(
        "R" * 20 + "Y" * 15, 10, [("unknown", 0.0), ("red", 0.0), ("yellow", 2.0)], id="out of order for over a second"
    ),
    pytest.param(
        "G" * 20 + "R" * 20,
        10,
        [("unknown", 0.0), ("green", 0.0), ("red", 2.0)],
        id="a skipped yellow: red after a second of it, dated back",
    ),
    pytest.param("G" * 20 + "R" * 9, 10, [("unknown", 0.0), ("green", 0.0)], id="a skipped yellow: not before"),
    pytest.param(
        "R" * 20 + "." * 20,
        10,
        [("unknown", 0.0), ("red", 0.0), ("off", 1.9)],
        id="a head that goes dark is off since its last lit frame",
    ),
    pytest.param(
        "R" * 20 + "?" * 20, 10, [("unknown", 0.0), ("red", 0.0), ("unknown", 1.9)], id="a bus hides the lamp: unknown"
    ),
    pytest.param(
        "R" * 20 + "?" * 15 + "R" * 20,
        10,
        [("unknown", 0.0), ("red", 0.0), ("unknown", 1.9), ("red", 0.0)],
        id="hidden for less than any cycle: the same red",
    ),
    pytest.param(
        "R" * 20 + "?" * 50 + "R" * 20,
        10,
        [("unknown", 0.0), ("red", 0.0), ("unknown", 1.9), ("red", 7.0)],
        id="hidden for longer: a red of its own",
    ),
    pytest.param(
        "YYYYY....." * 4, 10, [("unknown", 0.0), ("yellow", 0.0)], id="blinking yellow is yellow through its dark half"
    ),
    pytest.param("." * 30, 10, [("unknown", 0.0), ("off", 1.1)], id="never lit"),
    pytest.param("r" * 30, 10, [("unknown", 0.0)], id="weak readings begin nothing"),
    pytest.param("R" * 10 + "r" * 30, 10, [("unknown", 0.0), ("red", 0.0)], id="weak readings hold on to a phase"),
    pytest.param("RRR", 12.5, [("unknown", 0.0)], id="0.16 s of red is not enough to begin"),
]


@pytest.mark.parametrize(("readings", "fps", "expected"), SEQUENCES)
def test_sequence(readings: str, fps: float, expected: list[tuple[str, float]]) -> None:
    assert phases(readings, fps) == expected


CHANGES = [
    # readings at 10 fps and the seconds between which the last change lies (None: unseen)
    pytest.param("R" * 20, (None, 0.0), id="begun before anybody looked"),
    pytest.param("R" * 20 + "G" * 20, (1.9, 2.0), id="between two frames"),
    pytest.param("R" * 20 + "..." + "G" * 20, (1.9, 2.3), id="while an LED was dark"),
    pytest.param("R" * 20 + "?" * 9 + "G" * 20, (1.9, 2.9), id="behind a pole, shorter than a phase is held"),
    pytest.param("R" * 20 + "?" * 50 + "G" * 20, (1.9, 7.0), id="behind a truck"),
    pytest.param("R" * 20 + "?" * 15 + "R" * 20, (None, 0.0), id="hidden and the same phase: no change"),
    pytest.param("R" * 20 + "GRG" + "G" * 20, (1.9, 2.2), id="red and green in turns: the first green alone"),
    pytest.param("R" * 20 + "GR.G" + "G" * 20, (1.9, 2.3), id="the same with a dark frame"),
    pytest.param("R" * 18 + "G" + "R" + "G" * 20, (1.7, 2.0), id="one stray green just before the change"),
    pytest.param("G" * 20 + "R" * 20, (1.9, 2.0), id="a dead yellow lamp"),
    pytest.param("G" * 20 + "." * 30 + "R" * 20, (1.9, 5.0), id="a dead yellow lamp and its dark time"),
]


@pytest.mark.parametrize(("readings", "expected"), CHANGES)
def test_a_change_lies_between_the_last_of_the_old_and_the_first_of_the_new(
    readings: str, expected: tuple[float | None, float]
) -> None:
    debouncer = Debouncer(["main"])
    told(readings, 10, debouncer)
    last = debouncer.update(at(len(readings) / 10), [LampReading("main", LETTERS[readings[-1]], 0.9)])["main"]
    not_before = None if last.not_before is None else round((last.not_before - START).total_seconds(), 3)
    assert (not_before, round((last.since - START).total_seconds(), 3)) == expected


@pytest.mark.parametrize("fps", [6, 10, 12.5, 30])
def test_a_change_is_told_within_half_a_second_at_any_rate(fps: float) -> None:
    frames = round(2 * fps)
    changes = told("R" * frames + "G" * frames, fps)
    told_at_s, phase, since_s = changes[-1]
    assert phase is Phase.GREEN
    assert since_s == round(frames / fps, 3)
    assert 0.299 <= told_at_s - since_s <= 0.5


def test_after_a_cut_nothing_is_known() -> None:
    debouncer = Debouncer(["main"])
    told("R" * 20, 10, debouncer)
    debouncer.reset()
    phase = debouncer.update(at(2), [LampReading("main", Phase.RED, 0.9)])["main"]
    assert phase == SignalPhase("main", Phase.UNKNOWN, at(2))


def test_a_head_without_a_reading_is_unknown() -> None:
    phases_told = Debouncer(["main", "arrow"]).update(START, [LampReading("main", Phase.RED, 0.9)])
    assert list(phases_told) == ["main", "arrow"]
    assert phases_told["arrow"].phase is Phase.UNKNOWN


def head(name: str, *movements: Movement) -> Signal:
    return Signal(name, (0, 0, 10, 30), frozenset(movements))


MAIN = head("main", Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT)
REPEATER = head("repeater", Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT)
RIGHT_ARROW = head("right_arrow", Movement.RIGHT)

GOVERNING = [
    # (heads, what they show since which second, movement, expected phase and since)
    pytest.param([MAIN], {"main": ("red", 1)}, Movement.LEFT, ("red", 1), id="one head"),
    pytest.param(
        [MAIN, RIGHT_ARROW],
        {"main": ("red", 1), "right_arrow": ("green", 2)},
        Movement.RIGHT,
        ("green", 2),
        id="a green arrow frees the right turn",
    ),
    pytest.param(
        [MAIN, RIGHT_ARROW],
        {"main": ("red", 1), "right_arrow": ("green", 2)},
        Movement.STRAIGHT,
        ("red", 1),
        id="and frees nothing else",
    ),
    pytest.param(
        [MAIN, RIGHT_ARROW],
        {"main": ("red", 1), "right_arrow": ("off", 2)},
        Movement.RIGHT,
        ("unknown", 2),
        id="a dark arrow leaves the right turn in doubt",
    ),
    pytest.param(
        [MAIN, REPEATER],
        {"main": ("red", 1), "repeater": ("red", 3)},
        Movement.LEFT,
        ("red", 3),
        id="two heads agree since the later one",
    ),
    pytest.param(
        [MAIN, REPEATER],
        {"main": ("red", 1), "repeater": ("green", 3)},
        Movement.LEFT,
        ("unknown", 3),
        id="two equal heads contradict each other",
    ),
    pytest.param(
        [MAIN, REPEATER],
        {"main": ("red", 1), "repeater": ("unknown", 3)},
        Movement.LEFT,
        ("red", 1),
        id="a repeater that cannot be read has no say",
    ),
    pytest.param([MAIN], {"main": ("off", 1)}, Movement.LEFT, ("unknown", 1), id="off is unknown"),
    pytest.param([RIGHT_ARROW], {"right_arrow": ("red", 1)}, Movement.LEFT, None, id="no head governs it"),
    pytest.param([MAIN], {}, Movement.LEFT, None, id="nothing is told of the head"),
]


@pytest.mark.parametrize(("signals", "shown", "movement", "expected"), GOVERNING)
def test_governing_phase(
    signals: Iterable[Signal],
    shown: dict[str, tuple[str, float]],
    movement: Movement,
    expected: tuple[str, float] | None,
) -> None:
    known = {name: SignalPhase(name, Phase(phase), at(since)) for name, (phase, since) in shown.items()}
    found = governing_phase(signals, known, movement)
    assert (found and (found.phase.value, (found.since - START).total_seconds())) == expected
