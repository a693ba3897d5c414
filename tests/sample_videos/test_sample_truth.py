"""What the clips show: every rule is broken clearly, and every near miss stays one."""

import json
from typing import Any

import pytest
from sample_clips import CODES, FOLDER, NAMES, NEAR_MISSES, shipped_truth

from detector.vocabulary import VehicleClass
from ocr import grammar
from sample_videos import oracle
from sample_videos.camera_file import as_yaml
from sample_videos.clip import Actor, Clip
from sample_videos.scenarios import CLIPS
from sample_videos.truth import truth

CAST = [(clip, actor) for clip in CLIPS.values() for actor in clip.actors]
PLATED = [actor for _, actor in CAST if actor.design.plate]


@pytest.mark.parametrize("rule", CODES)
def test_every_rule_is_broken_by_someone_whose_plate_can_be_read(rule: str) -> None:
    entries = [
        entry for name in NAMES for entry in shipped_truth(name)["vehicles"] if CODES[rule] & set(entry["codes"])
    ]
    assert entries
    for entry in entries:
        first, last = entry["plate_frames"]
        assert entry["plate_readable"] == entry["plate"]
        assert last - first >= 5


@pytest.mark.parametrize(("rule", "tags"), NEAR_MISSES.items())
def test_every_rule_has_three_near_misses(rule: str, tags: set[str]) -> None:
    found = {(clip.name, actor.name, tag) for clip, actor in CAST for tag in actor.tells if tag in tags}
    assert len({tag for _, _, tag in found}) >= 3
    for clip_name, actor_name, _ in found:
        clip = CLIPS[clip_name]
        actor = next(actor for actor in clip.actors if actor.name == actor_name)
        assert not CODES[rule] & set(oracle.violations(clip, actor)), f"{clip_name} {actor_name} breaks {rule}"


def test_every_tag_is_a_near_miss_of_some_rule() -> None:
    known = set().union(*NEAR_MISSES.values())
    assert {tag for _, actor in CAST for tag in actor.tells} <= known


@pytest.mark.parametrize(("clip", "actor"), CAST, ids=[f"{clip.name}-{actor.name}" for clip, actor in CAST])
def test_nothing_lies_between_guilty_and_innocent(clip: Clip, actor: Actor) -> None:
    """Either clearly broken or clearly not: no closed lane for 1 to 3 s, no wrong way for 2 to 8 s, no red near its onset."""
    lanes = [s.to_s - s.from_s for s in oracle.in_closed_lane(clip, actor)]
    ways = [s.to_s - s.from_s for s in oracle.against_lane(clip, actor)]
    assert all(t <= 1.0 or t >= oracle.WRONG_LANE_S for t in lanes)
    assert all(t <= 2.0 or t >= oracle.WRONG_WAY_S for t in ways)
    if oracle.runs_red(clip, actor):
        at = oracle.crossing_s(clip, actor)
        assert at is not None
        onset = max(start for start, _ in clip.signals[0].phases if start <= at)
        assert at - onset >= 3.0


@pytest.mark.parametrize("name", NAMES)
def test_the_files_beside_a_clip_are_what_its_scene_gives(name: str) -> None:
    assert (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") == as_yaml(CLIPS[name])
    assert_alike(shipped_truth(name), json.loads(json.dumps(truth(CLIPS[name]))))


def assert_alike(left: Any, right: Any) -> None:
    """Equal, but for one pixel or frame of rounding."""
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            assert_alike(left[key], right[key])
    elif isinstance(left, list):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            assert_alike(a, b)
    elif isinstance(left, int | float) and not isinstance(left, bool):
        assert abs(left - right) <= 1
    else:
        assert left == right


def test_plates_are_valid_and_belong_to_one_vehicle_each() -> None:
    texts = [actor.design.plate.text for actor in PLATED if actor.design.plate]
    parked = [a.design.plate.text for clip in CLIPS.values() for a in clip.scenery if a.design.plate]
    assert len(set(texts + parked)) == len(texts) + len(parked)
    for actor in PLATED:
        plate = actor.design.plate
        assert plate is not None
        assert grammar.fits(plate.text, len(plate.lines), VehicleClass(actor.design.kind.value)), plate.text


@pytest.mark.parametrize("name", NAMES)
def test_boxes_lie_in_the_picture_and_frames_in_the_clip(name: str) -> None:
    seen = shipped_truth(name)
    for entry in seen["vehicles"]:
        x1, y1, x2, y2 = entry["box_at_cross"]
        assert 0 <= x1 < x2 <= seen["width"]
        assert 0 <= y1 < y2 <= seen["height"]
        assert 0 <= entry["first_frame"] <= entry["last_frame"] < seen["frames"]


def test_a_crossing_is_where_the_rear_wheel_passes_the_line() -> None:
    clip = CLIPS["nguyen_trai_junction"]
    crossed = [entry for entry in shipped_truth(clip.name)["vehicles"] if entry["cross_frame"] is not None]
    actors = {actor.name: actor for actor in clip.actors}
    assert len(crossed) >= 8
    for entry in crossed:
        before = actors[entry["id"]].rear_wheel((entry["cross_frame"] - 1) / clip.fps)[1]
        after = actors[entry["id"]].rear_wheel(entry["cross_frame"] / clip.fps)[1]
        assert before < 0.0 <= after + 1e-6
