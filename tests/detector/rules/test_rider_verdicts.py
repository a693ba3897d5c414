"""Helmet verdicts counted rider by rider over recorded clips, with other thresholds each time."""

from datetime import timedelta
from pathlib import Path

import pytest
from scenes import START

from detector.camera import Camera, RuleName
from detector.rider_verdicts import Recorded, Verdicts, main, sweep, verdicts
from detector.thresholds import load_thresholds
from detector.truth import HELMET, TrueEvent, Truth
from detector.vocabulary import Box, Detection, Head, Observation, VehicleClass

FRAMES = 60


def clip(camera: Camera, bare_share: float, *, happened: bool | None, confidence: float = 0.9) -> Recorded:
    """One rider drives up the picture; that share of the looks says bare."""
    seen = []
    for index in range(FRAMES):
        top = 300.0 - 4 * index
        box: Box = (200.0, top, 260.0, top + 120)
        head = Head(index % 10 >= 10 * bare_share, confidence, (220.0, top, 240.0, top + 24))
        rider = Detection(VehicleClass.MOTORCYCLE, 0.9, box, (head,))
        seen.append(Observation(index, START + timedelta(seconds=index / 10), camera.resolution_wh, (rider,), ()))
    event = TrueEvent("A", HELMET, 0, FRAMES, (200.0, 180.0, 260.0, 300.0), happened)
    return Recorded("clip", camera, Truth(10.0, (event,), lists_all_riders=True), tuple(seen))


@pytest.fixture
def camera() -> Camera:
    return Camera(id="c", resolution_wh=(640, 480), rules=(RuleName.HELMET,))


@pytest.mark.parametrize(
    ("title", "bare_share", "happened", "expected"),
    [
        ("bare and reported", 1.0, True, Verdicts(1, 0, 0, 0)),
        ("bare and missed", 0.3, True, Verdicts(0, 0, 1, 0)),
        ("helmeted and accused", 1.0, False, Verdicts(0, 1, 0, 0)),
        ("helmeted and left alone", 0.0, False, Verdicts(0, 0, 0, 1)),
        ("in doubt", 1.0, None, Verdicts(0, 0, 0, 0)),
    ],
)
def test_riders_are_counted(
    camera: Camera, title: str, bare_share: float, happened: bool | None, expected: Verdicts
) -> None:
    assert verdicts([clip(camera, bare_share, happened=happened)], load_thresholds()) == expected, title


def test_precision_and_recall_are_those_of_the_reports() -> None:
    assert (Verdicts(3, 1, 2, 9).precision, Verdicts(3, 1, 2, 9).recall) == (0.75, 0.6)
    assert (Verdicts(0, 0, 0, 9).precision, Verdicts(0, 0, 0, 9).recall) == (1.0, 1.0)


def test_the_sweep_changes_what_is_asked_of_a_bare_head(camera: Camera) -> None:
    clips = [clip(camera, 1.0, happened=True, confidence=0.65)]
    found = {(share, conf, looks): counts.right for share, conf, looks, counts in sweep(clips, load_thresholds())}
    assert found[0.6, 0.6, 4] == 1
    assert found[0.6, 0.7, 4] == 0


def test_a_clip_without_truth_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.mp4")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
