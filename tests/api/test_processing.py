"""The main job without models: what is printed when, and what is recorded together."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, cast

import pytest

from api.processing import LostCase, NewCase, Outcome, Processing, Recording
from detector.camera import Camera
from detector.pipeline import Step
from detector.source import ClipSource, SourceIdentity
from detector.vocabulary import Movement, Observation, Scene, Track, VehicleClass, Violation
from evidence.recorder import Recorder
from models.errors import FootageError
from ocr.reader import PlateReader
from ocr.reading import PlateReading, unreadable
from tests.api import footage

BOX = (100.0, 100.0, 140.0, 180.0)


class NoPlates:
    """A reader that can read nothing."""

    def read_track(self, crops: object) -> PlateReading:
        return unreadable()


class Notes:
    """A recorder that only notes what it is given; every group makes one case."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, ...]] = []

    def record(self, violations: tuple[Violation, ...], **_: object) -> tuple[str, ...]:
        self.groups.append(tuple(one.code for one in violations))
        return (f"case {len(self.groups)}",)


def violation(code: str, second: float, track_id: int = 7) -> Violation:
    at = footage.START + timedelta(seconds=second)
    return Violation(
        code=code,
        rule="any",
        track_id=track_id,
        vehicle_class=VehicleClass.MOTORCYCLE,
        captured_at=at,
        from_at=at,
        to_at=at,
        frame=round(second),
        from_frame=round(second),
        to_frame=round(second),
        box_xyxy=BOX,
        movement=Movement.STRAIGHT,
        signal_phase=None,
        certainty=footage.Certainty.SURE,
        facts={},
    )


def steps(found: dict[int, list[Violation]], seconds: int, *, in_sight: int, broken: bool = False) -> Iterator[Step]:
    """One step a second; track 7 is there until `in_sight`."""
    for second in range(seconds):
        at = footage.START + timedelta(seconds=second)
        tracks = (Track(7, VehicleClass.MOTORCYCLE, 0.9, BOX),) if second <= in_sight else ()
        scene = Scene(second, at, tracks, {})
        yield Step(None, Observation(second, at, (640, 360), (), ()), scene, tuple(found.get(second, ())), ())
    if broken:
        raise FootageError("the stream broke")


def said(one: Outcome | NewCase | LostCase) -> str:
    if isinstance(one, LostCase):
        return f"lost {'+'.join(one.codes)}: {one.error.what}"
    return one.violation.code if isinstance(one, Outcome) else one.case_id


class Source:
    """Where clips would be cut from: a file, or a stream."""

    def __init__(self, kind: Literal["file", "stream"]) -> None:
        self.identity = SourceIdentity(kind, "junction", None)


def run(notes: Notes, passing: Iterator[Step], kind: Literal["file", "stream"] = "file") -> list[tuple[int, str]]:
    """What came out: (second, code or case)."""
    recording = Recording(cast("Recorder", notes), cast("ClipSource", Source(kind)), footage.PROVENANCE)
    processing = Processing(cast("Camera", None), cast("PlateReader", NoPlates()), recording)
    out: list[tuple[int, str]] = []
    second = 0
    for one in processing.outcomes(passing):
        if isinstance(one, Step):
            second = one.scene.frame_index
        else:
            out.append((second, said(one)))
    return out


class Forgetful(Notes):
    """A recorder that finds no pictures of the first group any more."""

    def record(self, violations: tuple[Violation, ...], **_: object) -> tuple[str, ...]:
        made = super().record(violations)
        if len(self.groups) == 1:
            raise FootageError("nothing is kept of that time any more")
        return made


FOUND = {5: [violation("HELMET_RIDER", 5)], 9: [violation("RED_LIGHT", 9), violation("WRONG_LANE", 9, track_id=8)]}


def test_lines_come_three_seconds_after_the_act_and_the_case_when_the_vehicle_has_gone() -> None:
    notes = Notes()
    assert run(notes, steps(FOUND, 60, in_sight=15)) == [
        (8, "HELMET_RIDER"),
        (12, "RED_LIGHT"),
        (12, "WRONG_LANE"),
        (30, "case 1"),  # of the vehicle that nobody saw after second 9
        (36, "case 2"),
    ]
    assert notes.groups == [("WRONG_LANE",), ("RED_LIGHT", "HELMET_RIDER")]


def test_the_end_of_the_footage_waits_for_nobody() -> None:
    notes = Notes()
    assert [what for _, what in run(notes, steps(FOUND, 11, in_sight=20))] == [
        "HELMET_RIDER",
        "RED_LIGHT",
        "WRONG_LANE",
        "case 1",
        "case 2",
    ]
    assert notes.groups == [("RED_LIGHT", "HELMET_RIDER"), ("WRONG_LANE",)]


def test_a_failure_on_the_way_records_what_was_found_and_is_told() -> None:
    notes = Notes()
    with pytest.raises(FootageError, match="the stream broke"):
        run(notes, steps(FOUND, 11, in_sight=20, broken=True))
    assert notes.groups == [("RED_LIGHT", "HELMET_RIDER"), ("WRONG_LANE",)]


def test_a_live_camera_goes_on_where_pictures_are_gone_and_a_file_is_processed_again() -> None:
    out = [what for _, what in run(Forgetful(), steps(FOUND, 11, in_sight=20), kind="stream")]
    assert out[3:] == ["lost RED_LIGHT+HELMET_RIDER: nothing is kept of that time any more", "case 2"]
    with pytest.raises(FootageError, match="nothing is kept"):
        run(Forgetful(), steps(FOUND, 11, in_sight=20), kind="file")
