"""The letters of Vietnamese plates as strokes of our own: narrow, of one thickness, with round bends.

Drawn from the look of the plates (QCVN 08:2024/BCA shows them), not from a font file. Points are (x, y) in a box one unit
wide and two high, y downwards, on the middle of the stroke.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Stroke = list[tuple[float, float]]
_SHIFT = 4  # cv2 draws with 1/16 pixel


def _arc(centre_x: float, centre_y: float, radius_x: float, radius_y: float, start: int, end: int) -> Stroke:
    """Part of an ellipse; angles in degrees, 0 to the right, growing clockwise on the picture."""
    angles = np.radians(np.linspace(start, end, 13))
    return [(centre_x + radius_x * float(np.cos(a)), centre_y + radius_y * float(np.sin(a))) for a in angles]


_BOWL = _arc(0.5, 0.5, 0.5, 0.5, 180, 360)  # upper half circle, left to right
_CUP = _arc(0.5, 1.5, 0.5, 0.5, 0, 180)  # lower half circle, right to left
_RING = [*_BOWL, *_CUP, (0.0, 0.5)]

STROKES: dict[str, list[Stroke]] = {
    "0": [_RING],
    "1": [[(0.2, 0.4), (0.62, 0.0), (0.62, 2.0)]],
    "2": [[*_arc(0.5, 0.5, 0.5, 0.5, 180, 390), (0.0, 2.0), (1.0, 2.0)]],
    "3": [
        [*_arc(0.5, 0.48, 0.46, 0.48, 190, 420), (0.45, 0.92)],
        [(0.45, 0.92), *_arc(0.5, 1.46, 0.5, 0.54, 285, 530)],
    ],
    "4": [[(0.55, 0.0), (0.0, 1.4), (1.0, 1.4)], [(0.72, 0.9), (0.72, 2.0)]],
    "5": [[(0.92, 0.0), (0.12, 0.0), (0.06, 0.9), *_arc(0.5, 1.4, 0.5, 0.6, 225, 520)]],
    "6": [[(0.72, 0.0), (0.1, 1.1), *_arc(0.5, 1.42, 0.5, 0.58, 200, 560)]],
    "7": [[(0.0, 0.0), (1.0, 0.0), (0.35, 2.0)]],
    "8": [_arc(0.5, 0.46, 0.42, 0.46, 90, 450), _arc(0.5, 1.46, 0.5, 0.54, 270, 630)],
    "9": [[(0.28, 2.0), (0.9, 0.9), *_arc(0.5, 0.58, 0.5, 0.58, 20, 380)]],
    "A": [[(0.0, 2.0), (0.5, 0.0), (1.0, 2.0)], [(0.2, 1.4), (0.8, 1.4)]],
    "B": [
        [(0.0, 0.0), (0.0, 2.0), (0.5, 2.0), *_arc(0.5, 1.48, 0.5, 0.52, 90, -90), (0.0, 0.96)],
        [(0.0, 0.0), (0.5, 0.0), *_arc(0.5, 0.48, 0.42, 0.48, -90, 90), (0.0, 0.96)],
    ],
    "C": [[*_arc(0.5, 0.5, 0.5, 0.5, 350, 180), *_arc(0.5, 1.5, 0.5, 0.5, 180, 10)]],
    "D": [
        [
            (0.0, 0.0),
            (0.0, 2.0),
            (0.45, 2.0),
            *_arc(0.5, 1.5, 0.5, 0.5, 90, 0),
            *_arc(0.5, 0.5, 0.5, 0.5, 0, -90),
            (0.0, 0.0),
        ]
    ],
    "E": [[(1.0, 0.0), (0.0, 0.0), (0.0, 2.0), (1.0, 2.0)], [(0.0, 0.95), (0.85, 0.95)]],
    "F": [[(1.0, 0.0), (0.0, 0.0), (0.0, 2.0)], [(0.0, 0.98), (0.85, 0.98)]],
    "G": [[*_arc(0.5, 0.5, 0.5, 0.5, 350, 180), *_arc(0.5, 1.5, 0.5, 0.5, 180, 0), (1.0, 1.1), (0.55, 1.1)]],
    "H": [[(0.0, 0.0), (0.0, 2.0)], [(1.0, 0.0), (1.0, 2.0)], [(0.0, 0.98), (1.0, 0.98)]],
    "I": [[(0.5, 0.0), (0.5, 2.0)]],
    "J": [[(1.0, 0.0), *_arc(0.5, 1.5, 0.5, 0.5, 0, 180)]],
    "K": [[(0.0, 0.0), (0.0, 2.0)], [(1.0, 0.0), (0.0, 1.2)], [(0.35, 0.8), (1.0, 2.0)]],
    "L": [[(0.0, 0.0), (0.0, 2.0), (1.0, 2.0)]],
    "M": [[(0.0, 2.0), (0.0, 0.0), (0.5, 1.3), (1.0, 0.0), (1.0, 2.0)]],
    "N": [[(0.0, 2.0), (0.0, 0.0), (1.0, 2.0), (1.0, 0.0)]],
    "O": [_RING],
    "P": [[(0.0, 2.0), (0.0, 0.0), (0.5, 0.0), *_arc(0.5, 0.55, 0.5, 0.55, -90, 90), (0.0, 1.1)]],
    "Q": [_RING, [(0.6, 1.5), (1.0, 2.05)]],
    "R": [
        [(0.0, 2.0), (0.0, 0.0), (0.5, 0.0), *_arc(0.5, 0.55, 0.5, 0.55, -90, 90), (0.0, 1.1)],
        [(0.5, 1.1), (1.0, 2.0)],
    ],
    "S": [[*_arc(0.5, 0.48, 0.46, 0.48, 345, 110), *_arc(0.5, 1.48, 0.5, 0.52, 290, 540)]],
    "T": [[(0.0, 0.0), (1.0, 0.0)], [(0.5, 0.0), (0.5, 2.0)]],
    "U": [[(0.0, 0.0), *reversed(_CUP), (1.0, 0.0)]],
    "V": [[(0.0, 0.0), (0.5, 2.0), (1.0, 0.0)]],
    "W": [[(0.0, 0.0), (0.25, 2.0), (0.5, 0.5), (0.75, 2.0), (1.0, 0.0)]],
    "X": [[(0.0, 0.0), (1.0, 2.0)], [(1.0, 0.0), (0.0, 2.0)]],
    "Y": [[(0.0, 0.0), (0.5, 1.0), (1.0, 0.0)], [(0.5, 1.0), (0.5, 2.0)]],
    "Z": [[(0.0, 0.0), (1.0, 0.0), (0.0, 2.0), (1.0, 2.0)]],
}
STROKES["Đ"] = [*STROKES["D"], [(-0.18, 0.98), (0.4, 0.98)]]


def draw_glyph(
    picture: NDArray[np.uint8], symbol: str, box_xywh: tuple[float, float, float, float], stroke_px: float, ink: int
) -> None:
    """Draws one letter into a grey picture; `box_xywh` is its outer edge in pixels."""
    left, top, width, height = box_xywh
    inset = stroke_px / 2
    scale_x, scale_y = max(width - stroke_px, 1.0), max(height - stroke_px, 2.0) / 2
    factor = 1 << _SHIFT
    for stroke in STROKES[symbol]:
        points = np.asarray(stroke, np.float32) * (scale_x, scale_y) + (left + inset, top + inset)
        whole = np.round(points * factor).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(picture, [whole], False, (ink,), max(1, round(stroke_px)), cv2.LINE_AA, _SHIFT)
