"""Triangle meshes in plain numpy: the shapes everything in the scene is built of.

Coordinates are metres, x right, y ahead, z up (vehicles: x ahead, y left, z up). Colours are sRGB 0..255 per face.
Nothing here draws: the same meshes give the picture (`raster`) and the truth (`camera`, `truth`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
Colour = tuple[float, float, float]
Paint = Colour | Callable[[Points], NDArray[np.float64]]


class Surface(IntEnum):
    """How light meets a face."""

    MATTE = 0
    GLOSS = 1
    GLASS = 2
    LIGHT = 3  # shines by itself: lamps


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Points (N, 3) float, triangles (M, 3) int, colours (M, 3) float 0..255, surfaces (M,) of `Surface`."""

    points: Points
    triangles: NDArray[np.int64]
    colours: NDArray[np.float64]
    surfaces: NDArray[np.int64]

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        return Mesh(self.points + np.array([x, y, z]), self.triangles, self.colours, self.surfaces)

    def turned(self, yaw_rad: float) -> Mesh:
        c, s = np.cos(yaw_rad), np.sin(yaw_rad)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        return Mesh(self.points @ turn.T, self.triangles, self.colours, self.surfaces)

    def scaled(self, x: float, y: float, z: float) -> Mesh:
        return Mesh(self.points * np.array([x, y, z]), self.triangles, self.colours, self.surfaces)

    def surface_samples(self, count: int) -> Points:
        """Evenly spread points of the surface (count, 3), the same ones every time."""
        corners = self.points[self.triangles]
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        rng = np.random.default_rng(7)
        chosen = corners[rng.choice(len(areas), size=count, p=areas / areas.sum())]
        u, v = rng.random((2, count, 1))
        flip = (u + v) > 1
        u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
        return np.asarray(chosen[:, 0] + u * (chosen[:, 1] - chosen[:, 0]) + v * (chosen[:, 2] - chosen[:, 0]))


def join(*meshes: Mesh) -> Mesh:
    """One mesh of all parts; points are not merged, so creases between parts stay sharp."""
    offsets = np.cumsum([0] + [len(m.points) for m in meshes[:-1]])
    return Mesh(
        np.concatenate([m.points for m in meshes]),
        np.concatenate([m.triangles + o for m, o in zip(meshes, offsets, strict=True)]),
        np.concatenate([m.colours for m in meshes]),
        np.concatenate([m.surfaces for m in meshes]),
    )


def painted(points: ArrayLike, triangles: ArrayLike, paint: Paint, surface: Surface = Surface.MATTE) -> Mesh:
    """A mesh whose faces are coloured by one colour or by a function of the face centres (of the quads, if paired)."""
    pts, tris = np.asarray(points, float).reshape(-1, 3), np.asarray(triangles, int).reshape(-1, 3)
    centres = face_centres(pts, tris)
    colours = paint(centres) if callable(paint) else np.tile(np.asarray(paint, float), (len(tris), 1))
    return Mesh(pts, tris, np.asarray(colours, float), np.full(len(tris), int(surface), dtype=np.int64))


def face_centres(points: Points, triangles: NDArray[np.int64]) -> Points:
    """Centres (M, 3); both triangles of a grid cell get the cell's, so painted edges follow the grid, not a saw."""
    centres = points[triangles].mean(axis=1)
    paired = len(triangles) % 2 == 0 and any(np.all(triangles[0::2, k] == triangles[1::2, k]) for k in (0, 2))
    if not paired:
        return np.asarray(centres)
    middle = (centres[0::2] + centres[1::2]) / 2
    return np.repeat(middle, 2, axis=0)


def grid_triangles(rows: int, columns: int, *, closed: bool) -> NDArray[np.int64]:
    """Triangles of a rows × columns point grid; `closed` joins the last column to the first."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    c, d = a + columns, b + columns
    return np.stack([np.stack([a, b, d], -1), np.stack([a, d, c], -1)], axis=2).reshape(-1, 3)


def loft(rings: Points, paint: Paint, surface: Surface = Surface.MATTE, *, caps: bool = True) -> Mesh:
    """Skin over rings (K, N, 3); `caps` closes both ends with their own flat fans."""
    count, around = rings.shape[:2]
    skin = painted(rings.reshape(-1, 3), grid_triangles(count, around, closed=True), paint, surface)
    if not caps:
        return skin
    return join(skin, _fan(rings[0][::-1], paint, surface), _fan(rings[-1], paint, surface))


def _fan(ring: Points, paint: Paint, surface: Surface) -> Mesh:
    n = len(ring)
    tris = np.stack([np.full(n, n), np.arange(n), (np.arange(n) + 1) % n], axis=1)
    return painted(np.vstack([ring, ring.mean(axis=0)]), tris, paint, surface)


def tube(
    path: ArrayLike,
    radii: ArrayLike,
    paint: Paint,
    surface: Surface = Surface.MATTE,
    *,
    around: int = 10,
    side: Sequence[float] = (0.0, 1.0, 0.0),
    fine: int = 4,
) -> Mesh:
    """A limb along `path` (K, 3): radii (K,) round or (K, 2) along `side` and across it; ends are rounded."""
    way, widths = np.asarray(path, float), np.asarray(radii, float)
    if widths.ndim == 1:
        widths = np.stack([widths, widths], axis=1)
    if fine > 1 and len(way) > 2:
        way, widths = _smooth(way, fine), _smooth(widths, fine)
    tangents = np.gradient(way, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True) + 1e-9
    across = np.asarray(side, float) - (tangents @ np.asarray(side, float))[:, None] * tangents
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    other = np.cross(tangents, across)
    angles = np.linspace(0, 2 * np.pi, around, endpoint=False)
    rings = [
        way[k] + np.outer(np.cos(angles), across[k]) * widths[k, 0] + np.outer(np.sin(angles), other[k]) * widths[k, 1]
        for k in range(len(way))
    ]
    head, tail = [], []
    for step in (0.35, 0.7, 0.95):
        shrink, reach = np.sqrt(1 - step**2), step * widths.min(axis=1)
        head.append(way[0] + (rings[0] - way[0]) * shrink - tangents[0] * reach[0])
        tail.append(way[-1] + (rings[-1] - way[-1]) * shrink + tangents[-1] * reach[-1])
    return loft(np.array(head[::-1] + rings + tail), paint, surface, caps=True)


def _smooth(values: NDArray[np.float64], fine: int) -> NDArray[np.float64]:
    """Catmull-Rom through the given rows, `fine` steps per gap."""
    padded = np.vstack([2 * values[0] - values[1], values, 2 * values[-1] - values[-2]])
    rows = []
    for k in range(1, len(padded) - 2):
        a, b, c, d = padded[k - 1 : k + 3]
        rows += [
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            for t in np.arange(fine) / fine
        ]
    return np.array([*rows, values[-1]])


def ellipsoid(
    centre: Sequence[float],
    radii: Sequence[float],
    paint: Paint,
    surface: Surface = Surface.MATTE,
    *,
    around: int = 18,
    up_from: float = -1.0,
    power: float = 1.0,
) -> Mesh:
    """An ellipsoid; `up_from` (-1..1) cuts away what is below that height; `power` < 1 makes it boxier."""
    heights = np.linspace(np.arcsin(max(-1.0, up_from)), np.pi / 2, max(5, around // 2))
    angles = np.linspace(0, 2 * np.pi, around, endpoint=False)

    def shape(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sign(v) * np.abs(v) ** power)

    rings = np.array(
        [
            np.stack(
                [
                    shape(np.cos(angles)) * shape(np.cos([h])),
                    shape(np.sin(angles)) * shape(np.cos([h])),
                    np.full(around, shape(np.sin([h]))[0]),
                ],
                axis=1,
            )
            for h in heights
        ]
    )
    return loft(rings * np.asarray(radii, float) + np.asarray(centre, float), paint, surface, caps=up_from > -0.999)


def rounded_box(
    centre: Sequence[float],
    size: Sequence[float],
    round_m: float,
    paint: Paint,
    surface: Surface = Surface.MATTE,
    *,
    cell_m: float = 0.5,
) -> Mesh:
    """A box with rounded edges, cut into cells of about `cell_m` so that a function can paint windows on it."""
    half = np.asarray(size, float) / 2
    meshes = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1.0, 1.0):
            us, vs = _edge_steps(half[u], round_m, cell_m), _edge_steps(half[v], round_m, cell_m)
            grid = np.zeros((len(us), len(vs), 3))
            grid[..., u], grid[..., v], grid[..., axis] = us[:, None], vs[None, :], sign * half[axis]
            pts = grid.reshape(-1, 3)
            inner = np.clip(pts, -(half - round_m), half - round_m)
            out = pts - inner
            pts = inner + out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9) * round_m
            tris = grid_triangles(len(us), len(vs), closed=False)
            meshes.append(painted(pts + np.asarray(centre, float), tris if sign > 0 else tris[:, ::-1], paint, surface))
    return join(*meshes)


def _edge_steps(half: float, round_m: float, cell_m: float) -> NDArray[np.float64]:
    inner = max(half - round_m, 1e-3)
    middle = np.linspace(-inner, inner, max(2, int(2 * inner / cell_m) + 1))
    bend = np.array([0.35, 0.7, 1.0]) * round_m
    return np.concatenate([-(inner + bend[::-1]), middle, inner + bend])


def box(centre: Sequence[float], size: Sequence[float], paint: Paint, surface: Surface = Surface.MATTE) -> Mesh:
    """A sharp box."""
    x, y, z = np.asarray(size, float) / 2
    corners = np.array([[sx * x, sy * y, sz * z] for sx in (-1, 1) for sy in (-1, 1) for sz in (-1, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    pts = np.concatenate([corners[list(q)] for q in quads]) + np.asarray(centre, float)
    tris = np.array(
        [[4 * k, 4 * k + 1, 4 * k + 2] for k in range(6)] + [[4 * k, 4 * k + 2, 4 * k + 3] for k in range(6)]
    )
    return painted(pts, tris, paint, surface)


def wheel(
    centre: Sequence[float],
    radius: float,
    width: float,
    *,
    rim: Colour = (150, 152, 155),
    spokes: int = 0,
    rim_part: float = 0.66,
) -> Mesh:
    """A wheel in the x-z plane: tyre, rim, hub; `spokes` > 0 leaves the rim open with that many bars."""
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    inner = radius * rim_part
    profile = [
        (inner, -0.9),
        (radius * 0.93, -1.0),
        (radius, -0.55),
        (radius, 0.55),
        (radius * 0.93, 1.0),
        (inner, 0.9),
    ]
    rings = np.array(
        [np.stack([np.cos(angles) * r, np.full(28, w * width / 2), np.sin(angles) * r], axis=1) for r, w in profile]
    )
    parts = [loft(rings, (28, 28, 30), caps=False)]
    if spokes:
        ring = np.array(
            [
                np.stack([np.cos(angles) * r, np.full(28, w * width / 2), np.sin(angles) * r], axis=1)
                for r, w in [(inner, -0.6), (inner * 0.92, -0.7), (inner * 0.92, 0.7), (inner, 0.6)]
            ]
        )
        parts.append(loft(ring, rim, Surface.GLOSS, caps=False))
        for a in np.arange(spokes) * 2 * np.pi / spokes:
            tip = (np.cos(a) * inner * 0.95, 0.0, np.sin(a) * inner * 0.95)
            parts.append(tube([(0, 0, 0), tip], [0.06 * radius] * 2, rim, Surface.GLOSS, around=5))
    else:
        for w in (-0.55, 0.55):
            disc = np.stack([np.cos(angles) * inner, np.full(28, w * width), np.sin(angles) * inner], axis=1)
            parts.append(_fan(disc if w < 0 else disc[::-1], rim, Surface.GLOSS))
            holes = [
                box(
                    (np.cos(a) * inner * 0.62, w * width * 1.02, np.sin(a) * inner * 0.62),
                    (inner * 0.3, 0.01, inner * 0.3),
                    (40, 40, 42),
                )
                for a in np.arange(5) * 2 * np.pi / 5
            ]
            parts.extend(holes)
    parts.append(
        tube([(0, -width * 0.5, 0), (0, width * 0.5, 0)], [radius * 0.12] * 2, (70, 70, 72), around=8, side=(1, 0, 0))
    )
    return join(*parts).moved(*centre)
