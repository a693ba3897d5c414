"""How well a picture shows its street: light, contrast, sharpness, and patches where nothing is to be seen any more.

Sharpness and hidden patches are compared with the camera's own first seconds, patch by patch, so that a street of fine
gravel and one of smooth asphalt are judged alike. Grey pictures are (height, width) uint8, `view.WIDTH_PX` wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.vocabulary import Box, Pixels

Patches = npt.NDArray[np.float64]

GRID_WH = (16, 9)
CLIPPED_LEVEL = 250
# Details of up to 2 pixels (heads, plates, lamps at 640 wide) against shapes of 3 to 10: blur takes the first and
# leaves the second; shadows, headlights and exposure touch neither.
FINE_SIGMA_PX = 1.0
COARSE_SIGMAS_PX = (1.5, 5.0)
STRUCTURE_LEVELS = 1.5  # mean coarse detail of a patch that has any; asphalt has less
HIDDEN_RATIO = 0.3  # of its coarse detail: a patch behind mud or a leaf has lost more than two thirds
PATCHES_MIN = 12  # fewer say nothing about the picture
COVERED_SHARE = 0.1  # of a patch under vehicle boxes: it shows them, not the street


@dataclass(frozen=True, slots=True)
class Light:
    """Grey levels (0..255) that a quarter and one part in twenty of the picture exceed, that one in twenty stays
    below, their standard deviation, and the share of the picture without drawing for brightness."""

    upper_quarter: float
    highlight: float
    shadow: float
    contrast: float
    clipped_share: float


@dataclass(frozen=True, slots=True)
class Texture:
    """Mean fine and coarse detail of each patch of `GRID_WH`, (9, 16) grey levels; NaN under vehicles."""

    fine: Patches
    coarse: Patches


def light_of(grey: Pixels) -> Light:
    """The light in a grey picture."""
    shadow, upper_quarter, highlight = np.percentile(grey[::2, ::2], (5, 75, 95))
    clipped = float((grey >= CLIPPED_LEVEL).mean())
    return Light(float(upper_quarter), float(highlight), float(shadow), float(grey.std()), clipped)


def texture_of(grey: Pixels, vehicles: Sequence[Box], scale: float) -> Texture:
    """The detail of a grey picture; `vehicles` as boxes that `scale` brings to its pixels."""
    picture = grey.astype(np.float32)
    fine = cv2.absdiff(picture, cv2.GaussianBlur(picture, (0, 0), FINE_SIGMA_PX))
    narrow, wide = (cv2.GaussianBlur(picture, (0, 0), sigma) for sigma in COARSE_SIGMAS_PX)
    covered = np.zeros(grey.shape, np.float32)
    for box in vehicles:
        x1, y1, x2, y2 = (max(0, round(side * scale)) for side in box)
        covered[y1:y2, x1:x2] = 1.0
    under = _patch_means(covered) > COVERED_SHARE
    details = [np.where(under, np.nan, _patch_means(detail)) for detail in (fine, cv2.absdiff(narrow, wide))]
    return Texture(details[0], details[1])


def usual_texture(textures: Sequence[Texture]) -> Texture:
    """The median of each patch over those pictures in which it was not covered."""
    with np.errstate(all="ignore"):
        fine, coarse = (
            _median_of_known(np.stack([getattr(texture, name) for texture in textures])) for name in Texture.__slots__
        )
    return Texture(fine, coarse)


def compared(now: Texture, usual: Texture) -> tuple[float, float] | None:
    """(sharpness ratio, hidden share) of a picture against the usual texture; None where too few patches show."""
    known = ~np.isnan(now.coarse) & ~np.isnan(usual.coarse) & (np.nan_to_num(usual.coarse) >= STRUCTURE_LEVELS)
    if int(known.sum()) < PATCHES_MIN:
        return None
    kept = now.coarse[known] / usual.coarse[known]
    overall = min(1.0, float(np.median(kept)))
    shown = kept >= HIDDEN_RATIO * overall
    sharpness = (now.fine[known] / (now.coarse[known] + 1e-6)) / (usual.fine[known] / usual.coarse[known] + 1e-6)
    return float(np.median(sharpness[shown])), float(1 - shown.mean())


def _median_of_known(stack: Patches) -> Patches:
    known = (~np.isnan(stack)).any(axis=0)
    median = np.full(stack.shape[1:], np.nan)
    median[known] = np.nanmedian(stack[:, known], axis=0)
    return median


def _patch_means(picture: npt.ArrayLike) -> Patches:
    return np.asarray(cv2.resize(np.asarray(picture, np.float32), GRID_WH, interpolation=cv2.INTER_AREA), np.float64)
