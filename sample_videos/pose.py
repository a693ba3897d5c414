"""What is handed to the drawing: light, pictures in the scene, and figures in their places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .figures import Figure

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Daylight:
    """Where the sun stands (unit vector towards it) and how strong sun and sky are."""

    sun: tuple[float, float, float]
    sun_strength: float = 0.85
    sky_strength: float = 0.45
    shadow: float = 0.45  # how much light a shadow takes away
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Decal:
    """A flat picture in the scene: corners (4, 3) top left, top right, bottom right, bottom left; RGB picture."""

    corners: Array
    picture: Picture
    lit: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure somewhere: 4×4 matrix from local to world."""

    figure: Figure
    matrix: Array


def placement(x: float, y: float, yaw_rad: float, roll_rad: float = 0.0, z: float = 0.0) -> Array:
    """4×4 matrix: local x ahead is turned to `yaw_rad` (0 = world x, π/2 = world y) and leans by `roll_rad`."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    cr, sr = np.cos(roll_rad), np.sin(roll_rad)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, (x, y, z)
    return matrix
