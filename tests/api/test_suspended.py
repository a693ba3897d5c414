"""One line to the user for each suspension: what, since when, which rules, and what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from api.suspended import SuspensionNotes
from detector.vocabulary import Scene, Suspension

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
MOVED = Suspension("moved", START, ("red_light", "wrong_way"), 0.03)
FROZEN = Suspension("frozen", START + timedelta(seconds=9), ("helmet",), 5.0)


def lines(*suspensions_of_scenes: tuple[Suspension, ...]) -> list[str]:
    told: list[str] = []
    notes = SuspensionNotes("a.mp4", told.append)
    for index, suspensions in enumerate(suspensions_of_scenes):
        at = START + timedelta(seconds=index)
        notes.look(Scene(index, at, (), MappingProxyType({}), suspensions=suspensions))
    return told


def test_a_suspension_is_told_once_with_what_to_do() -> None:
    assert lines((), (MOVED,), (MOVED,), (MOVED,)) == [
        "a.mp4: the view has moved since 2026-11-22T07:00:00.000Z: red_light, wrong_way suspended. Turn the camera back, or "
        "draw its geometry again. They stay suspended until the run ends, on a live camera until `phatnguoi camera clear`."
    ]


def test_its_end_and_its_return_are_told() -> None:
    begun, ended, again = lines((FROZEN,), (), (FROZEN,))
    assert begun == again and "helmet suspended" in begun
    assert ended == "a.mp4: the picture stands still: no longer; the rules are believed again."


def test_two_troubles_are_two_lines() -> None:
    assert [line.split(" since")[0] for line in lines((MOVED, FROZEN), (MOVED, FROZEN))] == [
        "a.mp4: the view has moved",
        "a.mp4: the picture stands still",
    ]


def test_the_end_of_the_footage_ends_no_trouble() -> None:
    told: list[str] = []
    notes = SuspensionNotes("a.mp4", told.append)
    scene = Scene(0, START, (), MappingProxyType({}), suspensions=(FROZEN,))
    notes.look(scene)
    notes.look(replace(scene, suspensions=(), is_last=True))
    assert len(told) == 1
