"""Controller and picture together: who counts when, what a contradiction does, and that a replay sees the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.camera import Camera, Signal
from detector.recording import read_observation, write_observation
from detector.rules.phases import PhaseBook
from detector.scene import SceneBuilder
from detector.vocabulary import LampReading, Movement, Observation, Phase, SignalTold

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MAIN = Signal("main", (0, 0, 10, 30), frozenset({Movement.STRAIGHT}))
CAMERA = Camera("test", (100, 100), signals=(MAIN,))
FPS = 10
LETTERS = {"R": Phase.RED, "Y": Phase.YELLOW, "G": Phase.GREEN, ".": Phase.OFF, "?": Phase.UNKNOWN}
Told = Sequence[tuple[float, str, float]]
"""(second of the change, letter of the phase, second until which it holds)."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def observations(seen: str, told: Told, late_s: float = 0.0) -> list[Observation]:
    """One letter of `seen` is one second of readings; a message arrives `late_s` after its change."""
    waiting = [SignalTold("main", LETTERS[phase], at(t), at(until), 0.5) for t, phase, until in told]
    frames = []
    for index in range(len(seen) * FPS):
        now = at(index / FPS)
        here = tuple(one for one in waiting if one.at + timedelta(seconds=late_s) <= now)
        waiting = [one for one in waiting if one not in here]
        reading = LampReading("main", LETTERS[seen[index // FPS]], 0.9)
        frames.append(Observation(index, now, (100, 100), (), (reading,), told=here))
    return frames


def judged(frames: list[Observation]) -> tuple[PhaseBook, list[str]]:
    """What is believed after all frames, and the faults told."""
    builder, book, faults = SceneBuilder(CAMERA), PhaseBook((MAIN,)), []
    for frame in frames:
        scene = builder.update(frame)
        book.update(scene)
        faults += [fault.line() for fault in scene.signal_faults]
    return book, faults


def believed(book: PhaseBook, *seconds: float) -> str:
    """One letter for each time asked."""
    letters = {phase: letter for letter, phase in LETTERS.items()}
    bound = [book.at(at(t).timestamp(), Movement.STRAIGHT) for t in seconds]
    return "".join(letters[phase.phase] if phase else "?" for phase in bound)


FEEDS = [
    # seconds seen, told, times asked, believed, faults
    pytest.param("R" * 10 + "G" * 10, [(0, "R", 10), (10, "G", 20)], (5, 9.4, 9.8, 10.2, 11, 15), "RR??GG", 0, id="agreed"),
    pytest.param("?" * 20, [(0, "R", 10), (10, "G", 20)], (5, 9.4, 9.8, 10.2, 11), "RR??G", 0, id="a truck: the feed counts"),
    pytest.param("." * 20, [(0, "R", 10), (10, "G", 20)], (5, 15), "RG", 0, id="a dark head: the feed counts"),
    pytest.param("R" * 20, [(0, "G", 20)], (1, 5, 15), "???", 1, id="red in the picture, green told: unknown"),
    pytest.param("G" * 20, [(0, "R", 20)], (1, 5, 15), "???", 1, id="green in the picture, red told: unknown"),
    pytest.param("G" * 10 + "?" * 10, [(0, "R", 20)], (5, 15), "??", 1, id="a truck after a contradiction proves nothing"),
    pytest.param("R" * 10 + "G" * 10, [(0, "R", 20)], (5, 9.9, 12, 19), "RR??", 1, id="a feed stuck on red accuses nobody"),
    pytest.param("R" * 10 + "G" * 5 + "R" * 5, [(0, "R", 20)], (5, 12, 15, 18), "R??R", 1, id="believed when they agree again"),
    pytest.param("R" * 11 + "G" * 9, [(0, "R", 10), (10, "G", 20)], (9, 10.5, 12), "R?G", 0, id="clocks a second apart"),
    pytest.param("R" * 10 + "Y" + "R" * 9, [(0, "R", 20)], (5, 10.5, 15), "RRR", 0, id="a glare shorter than the tolerance"),
    pytest.param("R" * 20, [(0, "R", 5)], (3, 8, 15), "RRR", 0, id="a silent feed: the picture"),
    pytest.param("?" * 20, [(0, "R", 5)], (3, 8, 15), "R??", 0, id="a silent feed behind a truck: unknown"),
    pytest.param("R" * 10 + "G" * 10, [(0, "R", 5)], (3, 8, 9.8, 15), "RRRG", 0, id="a silent feed: changes are seen"),
    pytest.param("R" * 10 + "G" * 10, [(0, ".", 20)], (5, 15), "??", 1, id="told off, seen lit"),
    pytest.param("R" * 10 + "G" * 10, [], (5, 9.8, 15), "RRG", 0, id="no feed"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "told", "asked", "expected", "faults"), FEEDS)
def test_controller_and_picture(seen: str, told: Told, asked: tuple[float, ...], expected: str, faults: int) -> None:
    book, found = judged(observations(seen, told))
    assert (believed(book, *asked), len(found)) == (expected, faults), found


def test_a_late_message_is_dated_back() -> None:
    book, _ = judged(observations("?" * 20, [(0, "R", 20), (10, "G", 20)], late_s=0.8))
    assert believed(book, 5, 9.4, 10.2, 11) == "RR?G"


def test_what_a_controller_told_replays_from_the_recording() -> None:
    frames = observations("R" * 10 + "?" * 5 + "G" * 10, [(0, "R", 12), (12, "G", 25)])
    recalled = [read_observation(write_observation(frame)) for frame in frames]
    assert recalled == frames
    span = (at(0).timestamp(), at(30).timestamp())
    assert judged(recalled)[0].facts(*span) == judged(frames)[0].facts(*span)


def test_facts_say_who_told() -> None:
    book, _ = judged(observations("?" * 10, [(2, "R", 10)]))
    rows = book.facts(at(3).timestamp(), at(9).timestamp())
    assert [(row["phase"], row["source"]) for row in rows if isinstance(row, dict)] == [("red", "controller")]


def test_repetitions_hold_a_phase_and_keep_its_beginning() -> None:
    told = [(float(t), "R", t + 5.0) for t in range(0, 16, 2)]
    book, _ = judged(observations("?" * 20, told))
    assert book.red_since(at(14).timestamp(), [Movement.STRAIGHT]) == at(0.5).timestamp()


@given(
    st.lists(st.tuples(st.sampled_from("YG."), st.integers(1, 6)), min_size=1, max_size=6),
    st.lists(st.sampled_from("YG.?"), min_size=15, max_size=15),
)
def test_without_red_from_either_nothing_is_red(told: list[tuple[str, int]], seen: list[str]) -> None:
    t, changes = 0.0, []
    for phase, length in told:
        changes.append((t, phase, t + length))
        t += length
    book, _ = judged(observations("".join(seen), changes))
    assert "R" not in believed(book, *[index / 4 for index in range(60)])
