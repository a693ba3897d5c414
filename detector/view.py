"""Whether the camera still looks where its geometry was drawn: the picture registered against a reference view.

Corners that stand still (ORB: Rublee et al., ICCV 2011) are matched with those of the reference, and the shift, turn and
zoom that most of them agree on (RANSAC) says how far the geometry lies off. Vehicles are left out by their boxes; so are
the strips at the top and the bottom, where recorders write names and times that stay when the view moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.camera import Camera
from detector.vocabulary import Box, Pixels, Point

Points = npt.NDArray[np.float32]

WIDTH_PX = 640  # pictures are registered at this width: a shift of 0.05 % of the diagonal still shows
CORNERS_MAX = 1500
CORNERS_PER_CELL = 40  # so that one tree or one shop sign does not speak for the whole picture
FAST_LEVEL = 12  # grey levels by which a corner stands out; a night street still has a hundred such corners
WRITING_SHARE = 0.08  # of the height, at the top and at the bottom
# A match counts if the second best corner is clearly worse (Lowe's ratio test).
SECOND_BEST_RATIO = 0.8
FIT_PX = 2.0  # at WIDTH_PX: corners that agree on one motion, to this much
# Fewer agree by chance: pictures of different junctions gave up to 9 corners that fit one motion.
AGREEING_MIN = 20
# Of the matches: a bus that stands in the reference and has moved on is a second opinion, but never the majority.
AGREEING_SHARE = 0.6
# A motion that is told by one corner of the picture says nothing about the others.
CELLS = 4  # by CELLS
CELLS_MIN = 4
ZOOM_MAX = 1.5  # or its inverse: a fit beyond is not a moved view but a wrong fit


@dataclass(frozen=True, slots=True)
class _Corners:
    xy: Points
    descriptors: npt.NDArray[np.uint8]


class ReferenceView:
    """The reference view of one camera. Grey pictures are (height, WIDTH_PX) uint8, all of one size."""

    def __init__(self, grey: Pixels, camera: Camera, vehicles_xyxy: Sequence[Box] = ()) -> None:
        """`vehicles_xyxy`: boxes in pixels of the camera, as everywhere."""
        self._scale = grey.shape[1] / camera.resolution_wh[0]
        self._orb = cv2.ORB.create(nfeatures=CORNERS_MAX, fastThreshold=FAST_LEVEL)
        self._matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
        self._points = np.array(geometry_points(camera), np.float64) * self._scale
        self._shape = (grey.shape[0], grey.shape[1])
        self._diagonal_px = float(np.hypot(*grey.shape))
        self._corners = self._find(grey, vehicles_xyxy)

    @property
    def corners(self) -> int:
        """How many corners there are to recognise the view by."""
        return len(self._corners.xy)

    def corners_of(self, grey: Pixels, vehicles_xyxy: Sequence[Box] = ()) -> _Corners:
        """The corners of another picture of the camera, for `moved_share`."""
        return self._find(grey, vehicles_xyxy)

    def moved_share(self, now: _Corners) -> float | None:
        """The furthest that a point of the geometry has moved, as a share of the diagonal; None: cannot be told."""
        if min(len(now.xy), self.corners) < AGREEING_MIN:
            return None
        pairs = self._matcher.knnMatch(now.descriptors, self._corners.descriptors, k=2)
        good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < SECOND_BEST_RATIO * pair[1].distance]
        if len(good) < AGREEING_MIN:
            return None
        here = now.xy[[match.queryIdx for match in good]]
        there = self._corners.xy[[match.trainIdx for match in good]]
        fit, agreeing = cv2.estimateAffinePartial2D(there, here, ransacReprojThreshold=FIT_PX, maxIters=1000)
        if fit is None or not self._is_sound(
            np.asarray(fit, np.float64), there[np.asarray(agreeing).ravel() > 0], len(good)
        ):
            return None
        moved = self._points @ fit[:, :2].T + fit[:, 2] - self._points
        return float(np.hypot(moved[:, 0], moved[:, 1]).max()) / self._diagonal_px

    def _is_sound(self, fit: npt.NDArray[np.float64], agreeing: Points, matches: int) -> bool:
        zoom = float(np.hypot(fit[0, 0], fit[1, 0]))
        if not 1 / ZOOM_MAX <= zoom <= ZOOM_MAX:
            return False
        if len(agreeing) < max(AGREEING_MIN, AGREEING_SHARE * matches):
            return False
        return len({_cell(x, y, self._shape) for x, y in agreeing}) >= CELLS_MIN

    def _find(self, grey: Pixels, vehicles_xyxy: Sequence[Box]) -> _Corners:
        mask = np.full(grey.shape, 255, np.uint8)
        strip_px = round(grey.shape[0] * WRITING_SHARE)
        mask[:strip_px] = mask[-strip_px:] = 0
        for box in vehicles_xyxy:
            x1, y1, x2, y2 = (round(side * self._scale) for side in box)
            mask[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = 0
        found, descriptors = self._orb.compute(grey, _spread(self._orb.detect(grey, mask), grey.shape))
        if descriptors is None:
            return _Corners(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8))
        return _Corners(np.array([corner.pt for corner in found], np.float32), np.asarray(descriptors, np.uint8))


def grey_of(pixels: Pixels) -> Pixels:
    """A picture (height, width, 3) BGR as views compare it: grey, `WIDTH_PX` wide."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (WIDTH_PX, round(height * WIDTH_PX / width)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def view_of(pixels: Pixels, camera: Camera) -> ReferenceView:
    """The view that a picture (height, width, 3) BGR of the camera shows."""
    return ReferenceView(grey_of(pixels), camera)


def _spread(corners: Sequence[cv2.KeyPoint], shape: tuple[int, ...]) -> list[cv2.KeyPoint]:
    """The strongest corners of each cell of the picture."""
    cells: dict[tuple[int, int], list[cv2.KeyPoint]] = {}
    for corner in sorted(corners, key=lambda corner: (-corner.response, corner.pt)):
        cell = cells.setdefault(_cell(corner.pt[0], corner.pt[1], shape), [])
        if len(cell) < CORNERS_PER_CELL:
            cell.append(corner)
    return [corner for cell in cells.values() for corner in cell]


def _cell(x: float, y: float, shape: tuple[int, ...]) -> tuple[int, int]:
    return (int(x * CELLS // shape[1]), int(y * CELLS // shape[0]))


def geometry_points(camera: Camera) -> list[Point]:
    """Where a shift of the view makes verdicts wrong: stop lines, lanes, exits and lamps; without any, the corners."""
    points = [point for line in camera.stop_lines for point in line.points]
    points += [point for lane in camera.lanes for point in lane.polygon]
    points += [point for zone in camera.movements for point in zone.polygon]
    for signal in camera.signals:
        x1, y1, x2, y2 = signal.lamp_box
        points.append(((x1 + x2) / 2, (y1 + y2) / 2))
    width, height = camera.resolution_wh
    return points or [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
