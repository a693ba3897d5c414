"""From the road to the picture: what the camera file and the truth say in pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .camera import PoleCamera, box_around
from .figures import Figure
from .pose import Placed

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]
_EDGE_PX = 3.0


def world(item: Placed, points: Array) -> Array:
    """Local points (N, 3) of a placed figure in world metres."""
    return np.asarray(points @ item.matrix[:3, :3].T + item.matrix[:3, 3])


def seen_box(camera: PoleCamera, item: Placed) -> tuple[Box, float] | None:
    """Box of a road user (riders included) in the picture, and the share of it inside; None when outside."""
    fig: Figure = item.figure
    points = np.concatenate([fig.body.points, *[mesh.points for mesh in fig.heads]])
    pixels, depth = camera.project(world(item, points))
    if depth.min() < 1.0:
        return None
    box = box_around(pixels, camera.width, camera.height)
    if box is None:
        return None
    full = np.prod(pixels.max(axis=0) - pixels.min(axis=0))
    return box, float((box[2] - box[0]) * (box[3] - box[1]) / full)


def rounded(box: Box) -> list[int]:
    return [round(value) for value in box]


def inside_picture(camera: PoleCamera, corners: Sequence[Sequence[float]]) -> list[list[int]]:
    """A polygon on the road (x, y in metres) in pixels, cut to the picture."""
    spots = np.asarray(corners, float)
    pixels, _ = camera.project(np.column_stack([spots, np.zeros(len(spots))]))
    polygon = [(float(x), float(y)) for x, y in pixels]
    limits = (
        (0, _EDGE_PX, 1.0),
        (0, camera.width - _EDGE_PX, -1.0),
        (1, _EDGE_PX, 1.0),
        (1, camera.height - _EDGE_PX, -1.0),
    )
    for axis, limit, sign in limits:
        polygon = _cut(polygon, axis, limit, sign)
    return [[round(x), round(y)] for x, y in polygon]


def _cut(polygon: list[tuple[float, float]], axis: int, limit: float, sign: float) -> list[tuple[float, float]]:
    """Sutherland–Hodgman against one side of the picture."""
    kept: list[tuple[float, float]] = []
    for k, here in enumerate(polygon):
        before = polygon[k - 1]
        inside, was_inside = sign * (here[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
        if inside != was_inside:
            share = (limit - before[axis]) / (here[axis] - before[axis])
            kept.append((before[0] + share * (here[0] - before[0]), before[1] + share * (here[1] - before[1])))
        if inside:
            kept.append(here)
    return kept


def heading_px(camera: PoleCamera, start: tuple[float, float], end: tuple[float, float]) -> list[float]:
    """Unit direction in the picture of a way on the road."""
    pixels, _ = camera.project([(start[0], start[1], 0.0), (end[0], end[1], 0.0)])
    way = pixels[1] - pixels[0]
    return [round(float(v), 3) for v in way / np.linalg.norm(way)]
