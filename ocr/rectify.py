"""A plate seen at an angle, made straight and cut into its lines.

Plates are 520x110 mm (one line), 330x165 mm (car, two lines) and 190x140 mm (motorcycle, two lines): aspects 4.73, 2.00
and 1.36 (TT 79/2024 Annex 02). Between the two-line and the one-line aspects the ink decides: two lines leave an empty
band at mid-height. Lines that run up or down are levelled first, so that no cut goes through a letter.
"""

import cv2
import numpy as np
import numpy.typing as npt

from detector.vocabulary import Pixels
from ocr.reading import RectifiedPlate

ONE_LINE_ASPECT_MIN = 3.0
"""Wider than a car's short plate (2.00) with any margin around it, narrower than a long plate (4.73) seen at 45°."""
TWO_LINE_ASPECT_MAX = 2.2
"""A long plate cut with so much margin that it looks like this is found by its outline first."""
LINE_HEIGHT_PX = 64
"""The recogniser sees lines 48 px high; a little more keeps its own scaling smooth."""
LINE_OVERLAP_SHARE = 0.03
"""Of the plate's height: lines of tilted plates reach into each other's half."""
BAND_FROM, BAND_TO = 0.36, 0.64
"""Where, in heights of the plate, the empty band between two lines may lie."""
BAND_INK_MAX = 0.45
"""Ink in the band over the mean ink of the lines: one line has its densest rows there instead."""
PLATE_SHARE_MIN = 0.45
"""An outline smaller than this share of the crop is a screw, a sticker or one character's inside, not the plate."""
PLATE_SHARE_MAX = 0.97
OUTLINE_FILL_MIN = 0.85
"""Area of the outline over that of its four corners: less is no quadrilateral."""
OUTLINE_MARGIN = 1.05
"""The outline is widened by this before cutting: rounded corners and glare pull it into the characters."""
SIDE_MIN_PX = 6
SLOPES = tuple(0.05 * step for step in range(-8, 9))
"""Rise of a line over its run, of a motorcycle that leans or a camera at its side; beyond about 20° nothing is tried."""
LEVEL_GAIN_MIN = 1.1
"""Rows must tell lines from gaps so much better after levelling: a level plate is left as it is."""
LEVEL_HEIGHT_PX = 64

Corners = npt.NDArray[np.float32]
"""(4, 2): x, y of top left, top right, bottom right, bottom left."""
Grey = npt.NDArray[np.uint8]


def is_too_small(pixels: Pixels) -> bool:
    """True where no character could be made out (plate below 6 px on a side)."""
    height, width = pixels.shape[:2]
    return bool(min(height, width) < SIDE_MIN_PX)


def rectify(pixels: Pixels) -> RectifiedPlate:
    """Straightened by its outline where one is found, else as cut; then split into lines.

    `pixels`: (height, width, 3) BGR of a plate with or without a margin, at least `SIDE_MIN_PX` on each side.
    """
    return as_cut(_by_outline(pixels))


def upright_views(pixels: Pixels) -> list[RectifiedPlate]:
    """A plate of two lines as cut and straightened, both with letters that lean made upright: only then do its lines stand
    straight below each other. One view where no outline is found."""
    views = [pixels, _by_outline(pixels)]
    return [_split(stood_up(levelled(view)), 2) for view in (views if views[1] is not pixels else views[:1])]


def as_cut(pixels: Pixels, lines: int = 0) -> RectifiedPlate:
    """Levelled and split into lines, but not straightened; `lines` 0: decided by shape and ink."""
    return _split(levelled(pixels), lines)


def _split(pixels: Pixels, lines: int) -> RectifiedPlate:
    grey = _grey(pixels)
    if (lines or count_lines(grey)) == 1:
        return RectifiedPlate(pixels, (_of_height(pixels, LINE_HEIGHT_PX),))
    height = grey.shape[0]
    middle, overlap = _emptiest_row(_ink_by_row(grey[np.newaxis])[0]), LINE_OVERLAP_SHARE * height
    upper, lower = pixels[: max(1, round(middle + overlap))], pixels[min(height - 1, round(middle - overlap)) :]
    return RectifiedPlate(pixels, (_of_height(upper, LINE_HEIGHT_PX), _of_height(lower, LINE_HEIGHT_PX)))


def count_lines(grey: Grey) -> int:
    """1 or 2 lines of text. `grey`: (height, width) of a plate."""
    height, width = grey.shape
    aspect = width / height
    if aspect >= ONE_LINE_ASPECT_MIN:
        return 1
    if aspect <= TWO_LINE_ASPECT_MAX:
        return 2
    (ink,) = _ink_by_row(grey[np.newaxis])
    band = ink[_emptiest_row(ink)]
    return 2 if band < BAND_INK_MAX * float(ink[round(0.15 * height) : round(0.85 * height) + 1].mean()) else 1


def levelled(pixels: Pixels) -> Pixels:
    """The picture sheared up or down so that its lines run level: rows of letters and gaps then differ most (projection
    profile: Postl, ICPR 1986). Unchanged where that tells little."""
    slope = _slope(_of_height(_grey(pixels), LEVEL_HEIGHT_PX, cv2.INTER_LINEAR))
    return _sheared(pixels, slope) if slope else pixels


def stood_up(pixels: Pixels) -> Pixels:
    """The level picture of two lines sheared sideways so that its letters stand upright, as far as the columns of each half tell
    letters from gaps; unchanged where that tells little."""
    small = _of_height(_grey(pixels), LEVEL_HEIGHT_PX, cv2.INTER_LINEAR)
    slope = _slope(_on_its_side(small), parts=2)
    return _on_its_side(_sheared(_on_its_side(pixels), slope)) if slope else pixels


def _slope(grey: Grey, parts: int = 1) -> float:
    """The slope of its lines; 0 where that tells little. `parts`: side by side, whose lines have nothing to do with one another."""
    tried = np.stack([_sheared(grey, slope) for slope in SLOPES])
    of_parts = zip(*(_row_contrasts(part) for part in np.split(tried, parts, axis=2)), strict=True)
    by_slope = dict(zip(SLOPES, map(sum, of_parts), strict=True))
    best = max(SLOPES, key=lambda slope: (by_slope[slope], -abs(slope)))
    return best if by_slope[best] > LEVEL_GAIN_MIN * by_slope[0.0] else 0.0


def _on_its_side(pixels: Pixels) -> Pixels:
    """Rows as columns: (height, width, ...) to (width, height, ...)."""
    return np.ascontiguousarray(np.swapaxes(pixels, 0, 1))


def _grey(pixels: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def _sheared(pixels: Pixels, slope: float) -> Pixels:
    """Every column moved so that a line of this slope (rows over columns, downwards) runs level."""
    height, width = pixels.shape[:2]
    matrix = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float32)
    moved = cv2.warpAffine(pixels, matrix, (width, height), None, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _row_contrasts(pictures: Grey) -> list[float]:
    """How much the rows of each picture differ in ink, between the rims above and below. `pictures`: (n, height, width)."""
    rim = round(0.1 * pictures.shape[1])
    ink = _ink_by_row(pictures)[:, rim:-rim]
    contrasts: list[float] = (ink.std(axis=1) / (ink.mean(axis=1) + 1e-6)).tolist()
    return contrasts


def plate_corners(pixels: Pixels) -> Corners | None:
    """The corners of the plate's bright (or, on blue and red plates, coloured) field, or None where it is not clear."""
    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    saturation = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV)[:, :, 1]
    for channel in (grey, saturation):
        smooth = cv2.GaussianBlur(channel, (0, 0), max(0.5, height / 100))
        _, field = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        closed = cv2.morphologyEx(field, cv2.MORPH_CLOSE, np.ones((_odd(height / 12), _odd(height / 12)), np.uint8))
        contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        if not contours:
            continue
        hull = cv2.convexHull(max(contours, key=cv2.contourArea))
        corners = _four_corners(np.asarray(hull, np.float32).reshape(-1, 2))
        if corners is not None and _is_plate(corners, float(cv2.contourArea(hull)), height * width):
            return _widened(corners)
    return None


def _by_outline(pixels: Pixels) -> Pixels:
    """Straightened; the same picture where no outline is found."""
    corners = plate_corners(pixels)
    return pixels if corners is None else straightened(pixels, corners)


def straightened(pixels: Pixels, corners: Corners) -> Pixels:
    """The quadrilateral drawn as a rectangle, (height, width, 3) BGR, in about its own size."""
    top_left, top_right, bottom_right, bottom_left = corners
    width = round(max(float(np.linalg.norm(top_right - top_left)), float(np.linalg.norm(bottom_right - bottom_left))))
    height = round(max(float(np.linalg.norm(bottom_left - top_left)), float(np.linalg.norm(bottom_right - top_right))))
    width, height = max(width, SIDE_MIN_PX), max(height, SIDE_MIN_PX)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    warped = cv2.warpPerspective(pixels, matrix, (width, height), None, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _four_corners(hull: Corners) -> Corners | None:
    """The hull's extreme points along both diagonals: robust against rounded corners."""
    if len(hull) < 4:
        return None
    total, difference = hull.sum(axis=1), hull[:, 0] - hull[:, 1]
    picked = [total.argmin(), difference.argmax(), total.argmax(), difference.argmin()]
    return hull[picked] if len(set(picked)) == 4 else None


def _is_plate(corners: Corners, outline_area: float, crop_area: int) -> bool:
    area = float(cv2.contourArea(corners))
    share = area / crop_area
    return PLATE_SHARE_MIN <= share <= PLATE_SHARE_MAX and area >= OUTLINE_FILL_MIN * outline_area


def _widened(corners: Corners) -> Corners:
    centre = corners.mean(axis=0)
    return np.asarray(centre + OUTLINE_MARGIN * (corners - centre), np.float32)


def _ink_by_row(pictures: Grey) -> npt.NDArray[np.float64]:
    """How much edge there is in each row, between the rims at the sides, smoothed over a twentieth of the height.

    `pictures`: (n, height, width); gives (n, height).
    """
    height, width = pictures.shape[1:]
    inner = pictures[:, :, round(0.08 * width) : max(round(0.92 * width), round(0.08 * width) + 2)]
    here, there = inner[:, :, 1:], inner[:, :, :-1]
    edges = (np.maximum(here, there) - np.minimum(here, there)).mean(axis=2)  # in bytes: floats take ten times as long
    smooth = cv2.blur(edges, (_odd(height / 20), 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float64)


def _emptiest_row(ink: npt.NDArray[np.float64]) -> int:
    """The row with the least ink where the band between two lines may be; near the middle where all are alike."""
    height = len(ink)
    rows = np.arange(round(BAND_FROM * height), max(round(BAND_TO * height), round(BAND_FROM * height) + 1))
    # A row off the middle must be clearly emptier: the dot of "123.45" and dirt make shallow valleys.
    penalty = 1 + np.abs(rows - height / 2) / height
    return int(rows[((ink[rows] + 1.0) * penalty).argmin()])


def _of_height(pixels: Pixels, height_px: int, enlarging: int = cv2.INTER_CUBIC) -> Pixels:
    height, width = pixels.shape[:2]
    scale = height_px / height
    size = (max(SIDE_MIN_PX, round(width * scale)), height_px)
    interpolation = cv2.INTER_AREA if scale < 1 else enlarging
    return np.asarray(cv2.resize(pixels, size, interpolation=interpolation), np.uint8)


def _odd(value: float) -> int:
    return max(1, round(value)) | 1
