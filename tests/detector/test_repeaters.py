"""Heads that should show the same: which is named to the operator, and what is only lateness."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from detector.camera import Signal
from detector.repeaters import CONTRADICTION_S, DARK_S, Repeaters
from detector.vocabulary import Movement, Phase, SignalPhase

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
ALL = frozenset({Movement.STRAIGHT, Movement.RIGHT})
NEAR, FAR = Signal("near", (0, 0, 10, 30), ALL), Signal("far", (50, 0, 60, 30), ALL)
ARROW = Signal("arrow", (20, 0, 30, 10), frozenset({Movement.RIGHT}))
Shown = Sequence[tuple[float, str]]
CYCLE = [(30.0 * n, ("red", "green")[n % 2]) for n in range(12)]


def late(by_s: float) -> Shown:
    return [(t + by_s if t else 0.0, phase) for t, phase in CYCLE]


def named(heads: dict[Signal, Shown], end_s: float = 300.0, step_s: float = 0.2, cut_at_s: float = -1.0) -> list[str]:
    """The heads named as faulty, in order."""
    repeaters, found = Repeaters(heads), []
    for index in range(int(end_s / step_s)):
        t = index * step_s
        if abs(t - cut_at_s) < step_s / 2:
            repeaters.reset()
        phases = {}
        for signal, shown in heads.items():
            since, phase = [change for change in shown if change[0] <= t][-1]
            phases[signal.name] = SignalPhase(signal.name, Phase(phase), START + timedelta(seconds=since))
        found += [fault.signal for fault in repeaters.update(START + timedelta(seconds=t), phases)]
    return found


@pytest.mark.parametrize(
    ("far", "expected"),
    [
        pytest.param(CYCLE, [], id="both alike"),
        pytest.param(late(1.0), [], id="a second late each time"),
        pytest.param(late(CONTRADICTION_S - 1), [], id="late, but not for long enough"),
        pytest.param(late(CONTRADICTION_S + 1), ["far"], id="a far head later than any controller"),
        pytest.param([(0.0, "red")], ["far"], id="stuck on red"),
        pytest.param([(0.0, "green")], ["far"], id="stuck on green"),
        pytest.param([(0.0, "off")], ["far"], id="dead"),
        pytest.param([(0.0, "unknown")], ["far"], id="its box shows a wall"),
        pytest.param([(0.0, "off"), (DARK_S - 10, "red"), (DARK_S - 8, "off")], [], id="dark, but lit once"),
        pytest.param([(0.0, "red"), (5.0, "unknown")], ["far"], id="hidden for longer than a cycle"),
    ],
)
def test_a_head_that_disagrees_for_long_is_named(far: Shown, expected: list[str]) -> None:
    assert named({NEAR: CYCLE, FAR: far}) == expected


def test_each_is_named_once_and_by_its_sentence() -> None:
    repeaters = Repeaters([NEAR, FAR])
    stuck, other = SignalPhase("near", Phase.RED, START), SignalPhase("far", Phase.GREEN, START + timedelta(seconds=20))
    at = [START + timedelta(seconds=20 + index / 5) for index in range(200)]
    found = [fault for moment in at for fault in repeaters.update(moment, {"near": stuck, "far": other})]
    assert [fault.line() for fault in found] == [
        "signal `near` has shown red for 28 s, but `far`, which governs the same, green for 8 s: one of them is stuck or "
        "outside its lamp_box."
    ]


def test_heads_of_different_movements_owe_each_other_nothing() -> None:
    assert named({NEAR: [(0.0, "red")], ARROW: [(0.0, "green")]}) == []


def test_two_dark_heads_are_the_night_and_no_fault() -> None:
    assert named({NEAR: [(0.0, "off")], FAR: [(0.0, "off")]}) == []


def test_a_cut_and_a_gap_are_not_counted() -> None:
    short = {NEAR: [(0.0, "red")], FAR: [(0.0, "green")]}
    assert named(short, end_s=14, cut_at_s=7) == []
    assert named(short, end_s=60, step_s=3) == []
    assert named(short, end_s=14) == ["far"]
