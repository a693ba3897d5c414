"""What one lamp head shows in one frame, from the colour of its lit lens.

A lit lens is strongly coloured and bright; when it is too bright for the camera its middle turns white and only a
coloured ring is left; in low sun a red lens turns orange inside a red rim; green LEDs look cyan; LED heads that flicker
against the shutter are dim or dark in up to half of the frames. One frame therefore answers only what it shows: a dark
head is `OFF`, a doubtful one `UNKNOWN`; time is taken into account in `detector.signals`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.vocabulary import LampReading, Phase, Pixels
from models.errors import CameraFileError

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
LampBox = tuple[float, float, float, float]

# Chroma (max - min of R, G, B) and value (max) in 0..1. Painted poles, leaves and unlit lenses in the sun stay below
# 0.25 on our clips, lit lenses reach 0.3 (tiny far heads) to 1.0.
LIT_CHROMA = 0.30
LIT_VALUE = 0.5
# A small head's lens is often washed out to 0.25..0.3, but then it is bright.
BRIGHT_CHROMA = 0.25
BRIGHT_VALUE = 0.8
# In haze, dusk or a dark exposure a lens is paler or darker, but stands out from its housing. Not for yellow: housings,
# leaves and walls in the sun are that colour.
FAINT_CHROMA = 0.22
FAINT_VALUE = 0.38
FAINT_TIMES_MEDIAN = 2.5
# Pixels much paler than the strongest ones of the head are reflections on its housing.
CHROMA_SHARE_OF_PEAK = 0.45
# The burnt-out middle of a lens.
CORE_MIN_VALUE = 0.9
CORE_MAX_CHROMA = 0.25

# The dim rim around a lit lens, looked at only to tell red from yellow: within this share of the blob's side length.
RIM_SHARE = 0.25
RIM_MIN_CHROMA = 0.15
RIM_MIN_VALUE = 0.2

# Hue in degrees. Red: 328..15 (pinkish in haze), orange to yellow: 15..70, green to cyan: 80..200 (green LEDs reach 190).
# Blue and purple are fringes of the lens of the camera, never a lamp.
RED_FROM_DEG, RED_TO_DEG = 328.0, 15.0
YELLOW_TO_DEG = 70.0
GREEN_FROM_DEG, GREEN_TO_DEG = 80.0, 200.0

MIN_BLOB_PX = 3
MIN_BLOB_SHARE = 0.008  # of the box: a lit arrow in a three-lens box covers about 4 %
# A disc in its square covers at most 0.785, one of three lenses a third of that: more is a vehicle in front of the lamp,
# or the sky.
MAX_BLOB_SHARE = 0.8
MAX_BLOB_SHARE_OF_THREE = 0.4
# Sky, leaves or a vehicle behind the head reach in along the edge of the box; a lens touches it at a point.
MAX_EDGE_SHARE = 0.2  # of the edge of the box
RIVAL_SHARE = 0.5  # a second colour at least half as strong: two lenses, or a picture we do not understand

CLEAR_RED_SHARE = 0.5  # of the warm light: hue alone decides above it
CLEAR_YELLOW_SHARE = 0.12  # and below it
# Three lenses one above the other; two-lens heads and single ones give no position cue.
UPRIGHT_ASPECT = 1.9
TOP_LENS_MAX_Y = 0.42  # of the box height
MIDDLE_LENS_MAX_Y = 0.64


@dataclass(frozen=True, slots=True)
class _Blob:
    """One lit patch: `weight` is the sum of chroma times value, `centre_y` its height in the box (0 top, 1 bottom)."""

    weight: float
    area_share: float
    centre_y: float
    peak_chroma: float
    red_share: float


def read_lamps(image: Pixels, lamp_boxes: Mapping[str, LampBox]) -> tuple[LampReading, ...]:
    """One reading per lamp head, in the order given. `image` is (height, width, 3) BGR, boxes are frame pixels."""
    readings = []
    for signal, box in lamp_boxes.items():
        phase, confidence = read_lamp(cut_lamp(image, box, signal))
        readings.append(LampReading(signal, phase, confidence))
    return tuple(readings)


def cut_lamp(image: Pixels, box: LampBox, signal: str) -> Pixels:
    """The pixels of a lamp box. Raises `CameraFileError` where the box holds less than 3 by 3 pixels of the picture."""
    height, width = image.shape[:2]
    x1, y1 = max(0, round(box[0])), max(0, round(box[1]))
    x2, y2 = min(width, round(box[2])), min(height, round(box[3]))
    if x2 - x1 < 3 or y2 - y1 < 3:
        what = f"lamp_box of signal `{signal}` holds less than 3x3 pixels of the {width}x{height} picture"
        raise CameraFileError(what, remedy="Draw it around the whole lamp head.")
    return image[y1:y2, x1:x2]


def read_lamp(crop: Pixels) -> tuple[Phase, float]:
    """Phase and confidence (0..1, 4 digits) of one head from its pixels (height, width, 3) BGR.

    `OFF` means that no lens is seen lit in this frame, `UNKNOWN` that something is lit which cannot be named.
    """
    hsv = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_BGR2HSV)
    hue: Floats = np.asarray(hsv[..., 0], np.float32)
    value: Floats = np.asarray(hsv[..., 2], np.float32)
    chroma: Floats = np.asarray(hsv[..., 1], np.float32) * value
    is_red = (hue >= RED_FROM_DEG) | (hue < RED_TO_DEG)
    warm_hue = is_red | (hue < YELLOW_TO_DEG)
    green_hue = (hue >= GREEN_FROM_DEG) & (hue < GREEN_TO_DEG)
    core = (value >= CORE_MIN_VALUE) & (chroma < CORE_MAX_CHROMA)
    lit = _lit(chroma, value, is_red | green_hue)
    warm = _strongest_blob(lit & warm_hue, core, chroma, value, is_red)
    green = _strongest_blob(lit & green_hue, core, chroma, value, is_red)
    ranked = sorted((blob for blob in (warm, green) if blob), key=lambda blob: -blob.weight)
    if not ranked:
        return Phase.OFF, _darkness(chroma, value)
    strong, weak = ranked[0], ranked[1] if len(ranked) > 1 else None
    rivalry = weak.weight / strong.weight if weak else 0.0
    aspect = crop.shape[0] / crop.shape[1]
    three_lenses = aspect >= UPRIGHT_ASPECT or aspect <= 1 / UPRIGHT_ASPECT
    if rivalry >= RIVAL_SHARE or strong.area_share > (MAX_BLOB_SHARE_OF_THREE if three_lenses else MAX_BLOB_SHARE):
        return Phase.UNKNOWN, 0.0
    phase, clarity = (Phase.GREEN, 1.0) if strong is green else _red_or_yellow(strong, aspect)
    if phase is Phase.UNKNOWN:
        return phase, 0.0
    strength = min(1.0, strong.peak_chroma / 0.5)
    return phase, round((0.4 + 0.6 * strength) * (1 - rivalry) * clarity, 4)


def _lit(chroma: Floats, value: Floats, red_or_green: Mask) -> Mask:
    """Pixels that may belong to a lit lens."""
    clear = (chroma >= LIT_CHROMA) & (value >= LIT_VALUE)
    bright = (chroma >= BRIGHT_CHROMA) & (value >= BRIGHT_VALUE)
    stands_out = chroma >= max(FAINT_CHROMA, FAINT_TIMES_MEDIAN * float(np.median(chroma)))
    faint = red_or_green & stands_out & (value >= FAINT_VALUE)
    lit: Mask = (clear | bright | faint) & (chroma >= CHROMA_SHARE_OF_PEAK * float(np.percentile(chroma, 99)))
    return lit


def _strongest_blob(coloured: Mask, core: Mask, chroma: Floats, value: Floats, is_red: Mask) -> _Blob | None:
    """The connected patch with the most coloured light; a burnt-out middle joins its ring but adds no colour."""
    if not coloured.any():
        return None
    labels = cv2.connectedComponents((coloured | core).astype(np.uint8), connectivity=8)[1]
    light = np.where(coloured, chroma * value, 0.0)
    weights = np.bincount(labels.ravel(), weights=light.ravel())
    weights[0] = 0.0
    patches = np.where(coloured, labels, 0)
    edge = np.concatenate([patches[0], patches[-1], patches[1:-1, 0], patches[1:-1, -1]])
    weights[np.bincount(edge, minlength=len(weights)) > MAX_EDGE_SHARE * edge.size] = 0.0
    best = int(weights.argmax())
    ring = (labels == best) & coloured
    coloured_px = int(ring.sum())
    if coloured_px < max(MIN_BLOB_PX, MIN_BLOB_SHARE * ring.size):
        return None
    rows = np.arange(ring.shape[0], dtype=np.float64) + 0.5
    weight = float(weights[best])
    rim = _grown(labels == best) & (chroma >= RIM_MIN_CHROMA) & (value >= RIM_MIN_VALUE)
    return _Blob(
        weight=weight,
        area_share=coloured_px / ring.size,
        centre_y=float((light * ring).sum(axis=1) @ rows / weight / ring.shape[0]),
        peak_chroma=float(np.percentile(chroma[ring], 90)),
        red_share=float(chroma[rim & is_red].sum() / chroma[rim].sum()),
    )


def _grown(blob: Mask) -> Mask:
    """The blob with its dim rim: a lens in the sun is red only there."""
    reach_px = max(1, round(RIM_SHARE * float(np.sqrt(blob.sum()))))
    kernel = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    grown: Mask = cv2.dilate(blob.astype(np.uint8), kernel).astype(bool)
    return grown


def _red_or_yellow(blob: _Blob, aspect: float) -> tuple[Phase, float]:
    """Red or yellow, and how clear it is (0..1). Hue decides where it can; the place in an upright three-lens head
    only settles what looks orange, because heads lie on their side or are cut out too generously."""
    if blob.red_share >= CLEAR_RED_SHARE:
        return Phase.RED, 1.0
    upright = aspect >= UPRIGHT_ASPECT
    at_top = upright and blob.centre_y < TOP_LENS_MAX_Y
    in_middle = upright and not at_top and blob.centre_y < MIDDLE_LENS_MAX_Y
    if blob.red_share < CLEAR_YELLOW_SHARE:
        # A yellow light where the red lens sits is a burnt-out red one or a box drawn badly: too weak a reading to
        # begin a phase with (see signals.WEAK_CONFIDENCE), enough to hold on to one.
        return (Phase.RED, 0.4) if at_top else (Phase.YELLOW, 1.0)
    if at_top:
        return Phase.RED, 0.8
    if in_middle:
        return Phase.YELLOW, 0.8
    # One lens alone: a yellow lamp's rim is at most a third red, a sunlit red one's more.
    return (Phase.YELLOW, 0.6) if blob.red_share < CLEAR_RED_SHARE / 1.5 else (Phase.UNKNOWN, 0.0)


def _darkness(chroma: Floats, value: Floats) -> float:
    """How sure it is that no lens is lit: 1 for a grey crop, falling towards the colours that a lit lens begins at."""
    bright = value >= LIT_VALUE
    strongest = float(chroma[bright].max()) if bright.any() else 0.0
    return round(max(0.0, 1 - strongest / LIT_CHROMA), 4)
