"""The camera file of a clip, computed from its scene: an operator would draw the same by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .clip import Clip
from .geometry import heading_px, inside_picture


def geometry(clip: Clip) -> dict[str, Any]:
    """Keys of the camera file (signals, stop_lines, movements, lanes, rules), lengths in pixels of the frame."""
    camera = clip.camera
    out: dict[str, Any] = {}
    if clip.signals:
        out["signals"] = [
            {"name": s.lamp.name, "lamp_box": _lamp_box(clip, s.lamp.corners()), "governs": list(s.lamp.governs)}
            for s in clip.signals
        ]
    if clip.stop_line:
        ends = inside_picture(camera, [(clip.plan.right_start, 0.0), (clip.plan.right_end, 0.0)])
        middle = (clip.plan.right_start + clip.plan.right_end) / 2
        out["stop_lines"] = [
            {
                "name": "near",
                "line": [end for k, end in enumerate(ends) if end not in ends[:k]],  # a cut end comes twice
                "direction": heading_px(camera, (middle, 0.0), (middle, 3.0)),
            }
        ]
    if clip.exits:
        out["movements"] = [{"name": name, "exit": inside_picture(camera, _corners(area))} for name, area in clip.exits]
    out["lanes"] = [_lane(clip, k) for k in range(len(clip.lanes))]
    out["rules"] = list(clip.rules)
    return out


def _corners(area: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    x0, x1, y0, y1 = area
    return [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]


def _lamp_box(clip: Clip, corners: np.ndarray) -> list[int]:
    pixels, _ = clip.camera.project(corners)
    (x1, y1), (x2, y2) = pixels.min(axis=0), pixels.max(axis=0)
    return [round(float(v)) for v in (x1, y1, x2, y2)]


def _lane(clip: Clip, number: int) -> dict[str, Any]:
    lane = clip.lanes[number]
    x0, x1, y0, y1 = lane.area
    middle, step = (x0 + x1) / 2, 4.0
    start = (y0 + y1) / 2
    entry: dict[str, Any] = {
        "name": lane.name,
        "polygon": inside_picture(clip.camera, _corners(lane.area)),
        "direction": heading_px(clip.camera, (middle, start), (middle, start + lane.ahead * step)),
    }
    if lane.allowed:
        entry["allowed"] = list(lane.allowed)
    if lane.arrows:
        entry["arrows"] = list(lane.arrows)
    return entry


def as_yaml(clip: Clip) -> str:
    """The file's text; one line per entry, as the documentation shows it."""
    lines = [
        f"# Written by sample_videos from the 3D scene of {clip.name}; edit the scene, not this file.",
        f"id: {clip.name.replace('_', '-')}",
        f"name: {clip.title}",
        f"place: {{address: {_text(clip.address)}, commune: {_text(clip.commune)}, province: Tuyên Quang, "
        f"latitude: {clip.latitude}, longitude: {clip.longitude}}}",
        f"resolution: [{clip.camera.width}, {clip.camera.height}]",
    ]
    for key, entries in geometry(clip).items():
        if key == "rules":
            lines.append(f"rules: {_flow(entries)}")
            continue
        lines.append(f"{key}:")
        lines.extend(f"  - {_flow(entry)}" for entry in entries)
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return f'"{value}"'


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return str(value)
