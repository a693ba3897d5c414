"""The rules on the clips, seen without a detector's errors: every staged violation is found, nobody else is accused."""

import pytest
from perfect_observer import observations
from sample_clips import FOLDER, NAMES

from detector.camera import load_camera
from detector.pipeline import replay
from detector.thresholds import load_thresholds
from detector.vocabulary import Box, Violation
from sample_videos import oracle
from sample_videos.clip import Clip
from sample_videos.geometry import seen_box
from sample_videos.scenarios import CLIPS


@pytest.mark.parametrize("name", NAMES)
def test_the_rules_find_what_was_staged_and_acquit_the_near_misses(name: str) -> None:
    clip = CLIPS[name]
    steps = replay(observations(clip), load_camera(FOLDER / f"{name}.yaml"), load_thresholds(None))
    found = sorted((whose(clip, violation), violation.code) for step in steps for violation in step.violations)
    staged = sorted((actor.name, code) for actor in clip.actors for code in oracle.violations(clip, actor))
    assert found == staged


def whose(clip: Clip, violation: Violation) -> str:
    """The road user whose box the violation shows."""
    shares = []
    for actor in (*clip.actors, *clip.scenery):
        seen = seen_box(clip.camera, actor.pose(violation.frame / clip.fps))
        shares.append((overlap(seen[0], violation.box_xyxy) if seen else 0.0, actor.name))
    share, name = max(shares)
    assert share > 0.6
    return name


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)
