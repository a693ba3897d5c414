"""Verdicts compared with a truth file, event by event."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scenes import START

from detector.event_score import EventScore, compare, without_tolerances
from detector.pipeline import Step
from detector.thresholds import load_thresholds
from detector.truth import read_truth
from detector.vocabulary import (
    Abstention,
    Certainty,
    Movement,
    Observation,
    Phase,
    Scene,
    Track,
    VehicleClass,
    Violation,
)
from models.errors import FootageError

BOX = (100.0, 100.0, 140.0, 200.0)
ELSEWHERE = (400.0, 100.0, 440.0, 200.0)
VEHICLE: dict[str, Any] = {
    "id": "A",
    "class": "motorcycle",
    "cross_frame": 50,
    "box_at_cross": [100, 100, 140, 200],
    "certainty": "sure",
    "violation": "red_light",
    "helmets": ["yes"],
}


def written(tmp_path: Path, **told: Any) -> Path:
    clip = tmp_path / "clip.mp4"
    clip.with_suffix(".truth.json").write_text(json.dumps({"fps": 10, **told}), encoding="utf-8")
    return clip


def violation(code: str, frame: int, box=BOX, *, track_id: int = 1) -> Violation:  # type: ignore[no-untyped-def]
    at = START + timedelta(seconds=frame / 10)
    return Violation(
        code,
        "rule",
        track_id,
        VehicleClass.MOTORCYCLE,
        at,
        at,
        at,
        frame,
        frame - 10,
        frame + 10,
        box,
        Movement.UNKNOWN,
        Phase.RED,
        Certainty.SURE,
    )


def steps(*violations: Violation) -> list[Step]:
    """Each reported vehicle stands where its violation says, from frame 0 to 99."""
    story = []
    for index in range(100):
        at = START + timedelta(seconds=index / 10)
        tracks = tuple(Track(v.track_id, v.vehicle_class, 0.9, v.box_xyxy) for v in violations)
        now = tuple(v for v in violations if v.to_frame == index)
        story.append(Step(None, Observation(index, at, (640, 480), (), ()), Scene(index, at, tracks, {}), now))
    return story


def counts(scores: list[EventScore]) -> dict[str, tuple[int, int, int, int]]:
    return {score.code: (score.right, score.wrong, score.missed, score.unjudged) for score in scores}


STOOD = {"type": "stop_over_line", "frames": [20, 45], "box": [100, 100, 140, 200], "certainty": "sure"}
WAY = {"type": "wrong_way", "frames": [40, 50], "box": [100, 100, 140, 200], "certainty": "sure"}
BARE_A = {
    "vehicles": [{**VEHICLE, "violation": "none", "helmets": ["no"]}],
    "motorcycles": [
        {
            "id": "A",
            "helmets": ["no"],
            "first_frame": 0,
            "last_frame": 99,
            "certainty": "sure",
            "box_at_best": [400, 100, 440, 200],
        }
    ],
    "other_violations": [
        {"type": "no_helmet", "id": "A", "frames": [40, 60], "box": [100, 100, 140, 200], "certainty": "sure"}
    ],
}


def rides_by(*places: tuple[int, list[int]]) -> dict[str, Any]:
    """The bare rider, whose truth says where he was all the time."""
    return {"motorcycles": [{**BARE_A["motorcycles"][0], "places": places}]}


ROWS = [
    ("at the right time and place", {"vehicles": [VEHICLE]}, [violation("RED_LIGHT", 52)], {"RED_LIGHT": (1, 0, 0, 0)}),
    ("nobody reported", {"vehicles": [VEHICLE]}, [], {"RED_LIGHT": (0, 0, 1, 0)}),
    ("a second too late", {"vehicles": [VEHICLE]}, [violation("RED_LIGHT", 60)], {"RED_LIGHT": (0, 1, 1, 0)}),
    ("another vehicle", {"vehicles": [VEHICLE]}, [violation("RED_LIGHT", 50, ELSEWHERE)], {"RED_LIGHT": (0, 1, 1, 0)}),
    (
        "lawful vehicle accused",
        {"vehicles": [{**VEHICLE, "violation": "none"}]},
        [violation("RED_LIGHT", 50)],
        {"RED_LIGHT": (0, 1, 0, 0)},
    ),
    (
        "doubtful entry",
        {"vehicles": [{**VEHICLE, "certainty": "doubtful"}]},
        [violation("RED_LIGHT", 50)],
        {"RED_LIGHT": (0, 0, 0, 1)},
    ),
    ("doubtful entry not reported", {"vehicles": [{**VEHICLE, "certainty": "doubtful"}]}, [], {}),
    (
        "reported twice is no second hit",
        {"vehicles": [VEHICLE]},
        [violation("RED_LIGHT", 50), violation("RED_LIGHT", 51, track_id=2)],
        {"RED_LIGHT": (1, 0, 0, 0)},
    ),
    (
        "standing over the line is part of the run that follows",
        {"vehicles": [{**VEHICLE, "stood_over_line": [20, 45]}], "other_violations": [STOOD]},
        [violation("RED_LIGHT", 50)],
        {"RED_LIGHT": (1, 0, 0, 0)},
    ),
    (
        "wrong way somewhere in its span",
        {"other_violations": [WAY]},
        [violation("WRONG_WAY", 44)],
        {"WRONG_WAY": (1, 0, 0, 0)},
    ),
    (
        "bare rider of a listed vehicle",
        {"vehicles": [{**VEHICLE, "violation": "none", "helmets": ["yes", "no"]}]},
        [violation("HELMET_PASSENGER", 50)],
        {"HELMET": (1, 0, 0, 0)},
    ),
    ("bare rider told three times is one act", BARE_A, [violation("HELMET_RIDER", 50)], {"HELMET": (1, 0, 0, 0)}),
    (
        "bare rider whose track broke before he was where that act is boxed",
        BARE_A,
        [violation("HELMET_RIDER", 50, ELSEWHERE)],
        {"HELMET": (1, 0, 0, 0)},
    ),
    (
        "somebody else beside a bare rider",
        BARE_A,
        [violation("HELMET_RIDER", 50, (250.0, 100.0, 290.0, 200.0))],
        {"HELMET": (0, 1, 1, 0)},
    ),
    (
        "bare rider whose track broke: in the place where he was by then",
        rides_by((0, [400, 100, 440, 200]), (80, [102, 100, 142, 200])),
        [violation("HELMET_RIDER", 80)],
        {"HELMET": (1, 0, 0, 0)},
    ),
    (
        "somebody else in a place where the bare rider was best seen, but not then",
        rides_by((0, [200, 100, 240, 200]), (80, [300, 100, 340, 200])),
        [violation("HELMET_RIDER", 80, ELSEWHERE)],
        {"HELMET": (0, 1, 1, 0)},
    ),
    (
        "helmeted rider accused",
        {"vehicles": [VEHICLE]},
        [violation("HELMET_RIDER", 50)],
        {"RED_LIGHT": (0, 0, 1, 0), "HELMET": (0, 1, 0, 0)},
    ),
    (
        "rider whom this truth does not list",
        {"vehicles": []},
        [violation("HELMET_RIDER", 50)],
        {"HELMET": (0, 0, 0, 1)},
    ),
    (
        "rider whom a helmet truth does not list",
        {"motorcycles": []},
        [violation("HELMET_RIDER", 50)],
        {"HELMET": (0, 1, 0, 0)},
    ),
]


@pytest.mark.parametrize(("told", "reported", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_events(tmp_path: Path, told, reported, expected) -> None:  # type: ignore[no-untyped-def]
    scores = compare("clip", read_truth(written(tmp_path, **told)), steps(*reported))
    assert counts(scores) == expected


def test_doubtful_violations_are_not_counted(tmp_path: Path) -> None:
    doubtful = replace(violation("RED_LIGHT", 50), certainty=Certainty.DOUBTFUL)
    truth = read_truth(written(tmp_path, vehicles=[{**VEHICLE, "violation": "none"}]))
    assert compare("clip", truth, steps(doubtful)) == []


def test_crossings_tell_their_error_in_frames(tmp_path: Path) -> None:
    (score,) = compare("clip", read_truth(written(tmp_path, vehicles=[VEHICLE])), steps(violation("RED_LIGHT", 52)))
    assert score.frame_errors == (2,)


def test_missing_or_broken_truth_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(FootageError, match=r"clip\.truth\.json: is not a truth file"):
        read_truth(tmp_path / "clip.mp4")
    with pytest.raises(FootageError, match="is not a truth file"):
        read_truth(written(tmp_path, vehicles=[{"id": "A"}]))


def test_bench_forgives_nothing_at_the_lamp() -> None:
    strict = without_tolerances(load_thresholds())
    assert (strict.red_light.after_red_onset_s, strict.red_light.before_green_s) == (0, 0)


def abstention(frame: int, reason: str) -> Abstention:
    at = START + timedelta(seconds=frame / 10)
    return Abstention("RED_LIGHT", "red_light", 1, VehicleClass.MOTORCYCLE, at, frame, reason)


def test_a_miss_is_explained_by_what_the_rules_said_of_that_vehicle(tmp_path: Path) -> None:
    story = steps(replace(violation("RED_LIGHT", 50), certainty=Certainty.DOUBTFUL))
    story[-1] = replace(story[-1], abstentions=(abstention(50, "signal_unknown"),))
    [score] = compare("clip", read_truth(written(tmp_path, vehicles=[VEHICLE])), story)
    assert (score.missed, score.abstained) == (1, 1)
    assert [(one.who, one.frame, one.why) for one in score.missed_ones] == [("A", 50, "signal_unknown")]


@pytest.mark.parametrize(
    ("reported", "tolerance", "expected"), [(50, 0, 0.0), (53, 0, 1.5), (53, 2, 0.5), (48, 3, 0.0)]
)
def test_crossing_errors_are_counted_in_analysed_frames_beyond_the_tolerance(
    tmp_path: Path, reported: int, tolerance: int, expected: float
) -> None:
    told = read_truth(written(tmp_path, vehicles=[{**VEHICLE, "cross_frame_tolerance": tolerance}]))
    every_second = steps(violation("RED_LIGHT", reported))[::2]
    last = every_second[-1]
    every_second[-1] = replace(last, violations=(violation("RED_LIGHT", reported),))
    [score] = compare("clip", told, every_second)
    assert score.frame_errors == (reported - 50,)
    assert score.analysed_errors == (expected,)
