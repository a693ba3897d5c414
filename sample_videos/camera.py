"""A pinhole camera on a pole: where a point of the road lands in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PoleCamera:
    """Position and aim in metres (x right, y ahead, z up), horizontal field of view in degrees, size in pixels."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    fov_deg: float
    width: int
    height: int

    @property
    def focal_px(self) -> float:
        return self.width / 2 / float(np.tan(np.radians(self.fov_deg) / 2))

    @property
    def vertical_fov_deg(self) -> float:
        return float(np.degrees(2 * np.arctan(self.height / 2 / self.focal_px)))

    def axes(self) -> Array:
        """Rows right, down, ahead (3, 3)."""
        return _axes(self.position, self.target)

    def project(self, points: ArrayLike) -> tuple[Array, Array]:
        """Pixels (N, 2) x right, y down, and depth (N,) in metres; a depth below 0.1 is behind the camera."""
        seen = (np.atleast_2d(np.asarray(points, float)) - np.asarray(self.position, float)) @ self.axes().T
        depth = seen[:, 2]
        safe = np.maximum(depth, 0.1)[:, None]
        pixels = seen[:, :2] / safe * self.focal_px + np.array([self.width / 2, self.height / 2])
        return pixels, depth

    def on_ground(self, x_px: float, y_px: float) -> tuple[float, float]:
        """The road point (x, y in metres, z = 0) seen at a pixel below the horizon."""
        ray = np.array([x_px - self.width / 2, y_px - self.height / 2, self.focal_px]) @ self.axes()
        if ray[2] >= 0:
            raise ValueError(f"pixel ({x_px}, {y_px}) is above the horizon")
        reach = -self.position[2] / ray[2]
        return self.position[0] + reach * ray[0], self.position[1] + reach * ray[1]


@lru_cache(maxsize=8)
def _axes(position: tuple[float, float, float], target: tuple[float, float, float]) -> Array:
    ahead = np.asarray(target, float) - np.asarray(position, float)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(ahead, right), ahead])
    axes.setflags(write=False)  # shared by all who ask
    return axes


def box_around(pixels: Array, width: int, height: int) -> tuple[float, float, float, float] | None:
    """x1, y1, x2, y2 of the pixels (N, 2), clipped to the picture; None when nothing is inside."""
    x1, y1 = np.maximum(pixels.min(axis=0), 0)
    x2, y2 = np.minimum(pixels.max(axis=0), (width, height))
    return (float(x1), float(y1), float(x2), float(y2)) if x2 - x1 > 1 and y2 - y1 > 1 else None
