"""The truth file of a clip, in the format of the hand-made ones, plus plates, near misses and law codes."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from . import oracle
from .camera_file import as_yaml, geometry
from .clip import Actor, Clip
from .figures import Kind
from .geometry import Box, rounded, seen_box, world
from .pose import Placed

PLATE_PX = {Kind.MOTORCYCLE: 44, Kind.CAR: 80, Kind.BUS: 60, Kind.TRUCK: 60}
_SEEN_SHARE = 0.6


@lru_cache(maxsize=8)
def _cast(clip: Clip) -> list[list[tuple[Actor, Placed, Box, float, float]]]:
    """Per frame everyone in the picture: actor, pose, box, share inside, depth of the ground point."""
    frames = []
    for k in range(clip.frames):
        here = []
        for actor in (*clip.actors, *clip.scenery):
            pose = actor.pose(k / clip.fps)
            seen = seen_box(clip.camera, pose)
            if seen:
                here.append((actor, pose, seen[0], seen[1], float(pose.matrix[1, 3])))
        frames.append(here)
    return frames


def truth(clip: Clip) -> dict[str, Any]:
    """Everything a judge of detectors needs to know about the clip; frames count from 0."""
    cast = _cast(clip)
    return {
        "clip": clip.name,
        "fps": clip.fps,
        "width": clip.camera.width,
        "height": clip.camera.height,
        "frames": clip.frames,
        "camera": geometry(clip),
        "signals": [span for plan in clip.signals for span in spans(clip, plan.lamp.name)],
        "vehicles": [entry for actor in clip.actors if (entry := _vehicle(clip, actor, cast))],
        "motorcycles": [
            entry
            for actor in clip.actors
            if actor.design.kind is Kind.MOTORCYCLE and (entry := _motorcycle(clip, actor, cast))
        ],
        "other_violations": [entry for actor in clip.actors for entry in _other_violations(clip, actor, cast)],
        "near_misses": [{"id": actor.name, "tag": tag} for actor in clip.actors for tag in actor.tells],
    }


def spans(clip: Clip, name: str) -> list[dict[str, Any]]:
    plan = next(p for p in clip.signals if p.lamp.name == name)
    phases = [plan.phase_at(k / clip.fps) for k in range(clip.frames)]
    spans: list[dict[str, Any]] = []
    for k, phase in enumerate(phases):
        if spans and spans[-1]["state"] == phase:
            spans[-1]["to_frame"] = k
        else:
            spans.append({"light": name, "from_frame": k, "to_frame": k, "state": phase})
    return spans


def _looks(
    cast: list[list[tuple[Actor, Placed, Box, float, float]]], actor: Actor
) -> list[tuple[int, Placed, Box, float]]:
    """(frame, pose, box, share inside) of every frame that shows the actor."""
    return [(k, pose, box, share) for k, here in enumerate(cast) for who, pose, box, share, _ in here if who is actor]


def _common(clip: Clip, actor: Actor, cast: list[list[tuple[Actor, Placed, Box, float, float]]]) -> dict[str, Any]:
    frames = plate_frames(clip, actor, cast)
    plate = actor.design.plate
    return {
        "riders": len(actor.design.looks) if actor.design.kind in (Kind.MOTORCYCLE, Kind.BICYCLE) else 0,
        "helmets": ["yes" if look.headwear.is_helmet else "no" for look in actor.design.looks]
        if actor.design.kind is Kind.MOTORCYCLE
        else [],
        "plate": plate.text if plate else None,
        "plate_readable": plate.text if plate and len(frames) >= 5 else None,
        "plate_frames": [frames[0], frames[-1]] if frames else None,
        "near_miss": list(actor.tells),
        "codes": oracle.violations(clip, actor),
        "certainty": "sure",
    }


def _vehicle(
    clip: Clip, actor: Actor, cast: list[list[tuple[Actor, Placed, Box, float, float]]]
) -> dict[str, Any] | None:
    if actor.design.kind is Kind.PEDESTRIAN:
        return None
    looks = [look for look in _looks(cast, actor) if look[3] > _SEEN_SHARE]
    if not looks:
        return None
    at = oracle.crossing_s(clip, actor)
    codes = oracle.violations(clip, actor)
    frame = oracle.frame_at(clip, at) if at is not None else looks[len(looks) // 2][0]
    box = next((b for k, _, b, _ in _looks(cast, actor) if k == frame), looks[len(looks) // 2][2])
    way = oracle.movement(actor)
    waits = clip.stop_line and at is None and any("stops" in tag for tag in actor.tells)
    main = [code for code in codes if not code.startswith("HELMET")]
    return {
        "id": actor.name,
        "class": actor.design.kind.value,
        "first_frame": looks[0][0],
        "last_frame": looks[-1][0],
        "cross_frame": frame if at is not None else None,
        "cross_frame_tolerance": 1,
        "box_frame": frame,
        "box_at_cross": rounded(box),
        "movement": "stops_before_line" if waits else way,
        "signal_at_cross": oracle.governing_phase(clip, way, at) if at is not None else ("red" if waits else None),
        "violation": main[0].lower() if main else "none",
        **_common(clip, actor, cast),
    }


def _motorcycle(
    clip: Clip, actor: Actor, cast: list[list[tuple[Actor, Placed, Box, float, float]]]
) -> dict[str, Any] | None:
    looks = [look for look in _looks(cast, actor) if look[3] > 0.95]
    if not looks or not actor.design.looks:
        return None
    best = max(looks, key=lambda look: (look[2][2] - look[2][0]) * (look[2][3] - look[2][1]))
    facing = float(best[1].matrix[1, 0])
    return {
        "id": actor.name,
        "first_frame": looks[0][0],
        "last_frame": looks[-1][0],
        "best_frame": best[0],
        "box_at_best": rounded(best[2]),
        "view": "rear" if facing > 0.5 else ("front" if facing < -0.5 else "side"),
        "direction": "against_lane" if oracle.wrong_way(clip, actor) else "with_lane",
        **_common(clip, actor, cast),
    }


def _other_violations(
    clip: Clip, actor: Actor, cast: list[list[tuple[Actor, Placed, Box, float, float]]]
) -> list[dict[str, Any]]:
    """Everything but red light, with the frames in which it can be seen."""
    spans: list[tuple[str, float, float]] = []
    for kind, stretch in (("wrong_lane", oracle.wrong_lane(clip, actor)), ("wrong_way", oracle.wrong_way(clip, actor))):
        if stretch:
            spans.append((kind, stretch.from_s, stretch.to_s))
    if any(oracle.bare_heads(actor)):
        spans.append(("no_helmet", 0.0, clip.seconds))
    out = []
    for kind, from_s, to_s in spans:
        looks = [look for look in _looks(cast, actor) if look[3] > _SEEN_SHARE and from_s <= look[0] / clip.fps <= to_s]
        middle = looks[len(looks) // 2]
        out.append(
            {
                "type": kind,
                "id": actor.name,
                "frames": [looks[0][0], looks[-1][0]],
                "box_frame": middle[0],
                "box": rounded(middle[2]),
                "plate": actor.design.plate.text if actor.design.plate else None,
                "certainty": "sure",
            }
        )
    return out


def plate_frames(clip: Clip, actor: Actor, cast: list[list[tuple[Actor, Placed, Box, float, float]]]) -> list[int]:
    """Frames in which the plate faces the camera, is wide enough to read, and has no nearer road user before it."""
    found = []
    wide = PLATE_PX.get(actor.design.kind, 60)
    for k, pose, _, _ in _looks(cast, actor):
        for mount in pose.figure.plates:
            corners = world(pose, mount.corners)
            towards = np.asarray(clip.camera.position) - corners[0]
            facing = np.dot(np.cross(corners[3] - corners[0], corners[1] - corners[0]), towards) > 0
            pixels, _ = clip.camera.project(corners)
            inside = (
                pixels.min() > 2
                and pixels[:, 0].max() < clip.camera.width - 2
                and pixels[:, 1].max() < clip.camera.height - 2
            )
            if (
                facing
                and inside
                and pixels[:, 0].max() - pixels[:, 0].min() >= wide
                and not _hidden(cast[k], actor, pixels.mean(axis=0), float(corners[0, 1]))
            ):
                found.append(k)
                break
    return found


def _hidden(
    here: list[tuple[Actor, Placed, Box, float, float]], actor: Actor, spot: np.ndarray, depth_y: float
) -> bool:
    return any(
        who is not actor and y < depth_y and box[0] <= spot[0] <= box[2] and box[1] <= spot[1] <= box[3]
        for who, _, box, _, y in here
    )


def write_texts(clip: Clip, out: Path) -> None:
    """NAME.yaml (camera file) and NAME.truth.json into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{clip.name}.yaml").write_text(as_yaml(clip), encoding="utf-8")
    (out / f"{clip.name}.truth.json").write_text(
        json.dumps(truth(clip), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
