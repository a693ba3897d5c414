"""Where the shipped clips lie, and what their truth says."""

import json
from pathlib import Path
from typing import Any

import sample_videos
from sample_videos.scenarios import CLIPS

FOLDER = Path(sample_videos.__file__).parent
NAMES = sorted(CLIPS)
# The near misses that each rule must acquit, by the tag of the road user that was put there for it.
NEAR_MISSES = {
    "red_light": {
        "right_turn_on_green_arrow",
        "stops_at_line",
        "crosses_at_yellow",
        "past_line_at_red_onset",
        "goes_on_at_green",
        "stops_before_line",
    },
    "wrong_lane": {"short_swerve", "allowed_class", "along_the_boundary"},
    "wrong_way": {"legal_u_turn", "rolls_back", "opposite_half_legal"},
    "helmet": {"helmet_under_hood", "black_helmet", "bare_cyclist", "bare_pedestrian"},
}
CODES = {
    "red_light": {"RED_LIGHT"},
    "wrong_lane": {"WRONG_LANE"},
    "wrong_way": {"WRONG_WAY"},
    "helmet": {"HELMET_RIDER", "HELMET_PASSENGER"},
}


def shipped_truth(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.truth.json").read_text(encoding="utf-8"))
    return found
