"""Lamp heads drawn by chance: lenses in day and night, dim, burnt out, arrows, hidden, tilted, tiny, badly compressed.

    head on a background ──light──▶ exposure, haze, tint ──▶ tilt ──▶ box cut badly ──▶ small, noisy, JPEG

Numbers are shares of the pitch (the distance of two lenses) or of full brightness. Colours are B, G, R in 0..1.
"""

import colorsys
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from models.crops import Image

Canvas = npt.NDArray[np.float32]
Rng = np.random.Generator

PITCH_PX = 32
HUE_DEG = {"red": (-24.0, 17.0), "yellow": (25.0, 58.0), "green": (95.0, 188.0)}
PLACE = {"red": 0, "yellow": 1, "green": 2}  # lens from the top of an upright head of three
LIT = tuple(PLACE)
SMALLEST_PX, LARGEST_PX = 6, 60  # width of the head in the picture
INVISIBLE = 0.07  # a lit lens that pale is seen by nobody


def draw_lamp(rng: Rng) -> tuple[Image, str]:
    """One crop (height, width, 3) BGR and what it shows: green, red, yellow, off, or unknown (nothing to be named)."""
    roll = rng.random()
    if roll < 0.12:
        return _photographed(_no_lamp(rng), rng), "unknown"
    if roll > 0.98:
        return _photographed(_head(rng, ("red", "green")), rng), "unknown"
    label = "off" if roll < 0.30 else str(rng.choice(LIT, p=(0.4, 0.22, 0.38)))
    crop = _photographed(_head(rng, () if label == "off" else (label,)), rng)
    return crop, "unknown" if label in LIT and not is_visible(crop) else label


def _colourfulness(crop: Image) -> float:
    """Chroma of the most coloured pixels, 0..1."""
    return float(np.percentile(np.ptp(crop.astype(np.int16), axis=2), 98)) / 255


def _between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _colour(hue_deg: float, saturation: float, value: float) -> Canvas:
    red, green, blue = colorsys.hsv_to_rgb(hue_deg % 360 / 360, saturation, value)
    return np.array([blue, green, red], np.float32)


def _background(rng: Rng, height: int, width: int) -> Canvas:
    """Sky, leaves, walls or night: soft patches around one colour, sometimes with a coloured sign or roof."""
    hue, saturation, value, roughness = (
        (_between(rng, 190, 250), _between(rng, 0, 0.35), _between(rng, 0.55, 1.0), 0.03),
        (_between(rng, 60, 130), _between(rng, 0.1, 0.6), _between(rng, 0.1, 0.6), 0.3),
        (_between(rng, 0, 360), _between(rng, 0, 0.3), _between(rng, 0.2, 0.9), 0.08),
        (_between(rng, 0, 360), _between(rng, 0, 0.5), _between(rng, 0.0, 0.2), 0.08),
    )[int(rng.choice(4, p=(0.35, 0.25, 0.25, 0.15)))]
    cells = rng.normal(0, roughness, (max(2, height // 8), max(2, width // 8), 1)).astype(np.float32)
    patches = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    canvas = _colour(hue, saturation, value) * (1 + patches)
    if rng.random() < 0.2:
        colour = _colour(_between(rng, 0, 360), _between(rng, 0.3, 1), _between(rng, 0.2, 0.9))
        side, share = rng.random() < 0.5, _between(rng, 0.03, 0.16)
        reach = max(1, round(width * share))
        canvas[:, :reach] = colour if side else canvas[:, :reach]
        canvas[:, -reach:] = canvas[:, -reach:] if side else colour
    return np.clip(canvas, 0, 1).astype(np.float32)


def _head(rng: Rng, lit: tuple[str, ...]) -> Canvas:
    """A head of one, two or three lenses of which the named ones are lit."""
    lenses = 3 if len(lit) > 1 else int(rng.choice((1, 2, 3), p=(0.22, 0.08, 0.70)))
    margin = round(PITCH_PX * 0.4)
    height, width = lenses * PITCH_PX + 2 * margin, PITCH_PX + 2 * margin
    canvas = _background(rng, height, width)
    housing = _colour(_between(rng, 0, 360), _between(rng, 0, 0.25), _between(rng, 0.03, 0.4))
    half = _between(rng, 0.42, 0.6)
    if lenses > 1 or rng.random() < 0.7:
        left, right = round(width / 2 - half * PITCH_PX), round(width / 2 + half * PITCH_PX)
        cv2.rectangle(canvas, (left, margin - 2), (right, height - margin + 2), housing.tolist(), -1)
    glass_value = _between(rng, 0.02, 0.35) if rng.random() < 0.75 else _between(rng, 0.35, 0.85)
    radius = _between(rng, 0.3, 0.46)
    visor = _between(rng, 0, 0.5) if rng.random() < 0.5 else 0.0
    places = {phase: int(rng.integers(lenses)) if lenses < 3 or rng.random() < 0.08 else PLACE[phase] for phase in lit}
    for place in range(lenses):
        centre = (width / 2 + _between(rng, -1, 1), margin + PITCH_PX * (place + 0.5))
        lens = _disc(canvas, centre, radius * PITCH_PX)
        own = HUE_DEG[LIT[min(place, 2)]]
        tinted = _between(rng, 0, 0.45) if rng.random() < 0.4 else _between(rng, 0, 0.15)
        _blend(canvas, lens, _colour(_between(rng, *own), tinted, min(1.0, glass_value * _between(rng, 0.8, 1.25))))
        for phase, at in places.items():
            if at == place:
                canvas = _light(canvas, rng, phase, centre, radius * PITCH_PX, glass_value)
        if visor:
            shade = _disc(
                canvas, (centre[0] + _between(rng, -3, 3), centre[1] - PITCH_PX * (1 - visor)), PITCH_PX * 0.6
            )
            _blend(canvas, shade * lens, housing)
    if len(lit) == 1 and lenses == 3 and rng.random() < 0.08:
        _countdown(canvas, rng, lit[0], places[lit[0]], margin)
    return canvas


def _countdown(canvas: Canvas, rng: Rng, phase: str, lit_place: int, margin: int) -> None:
    """Seconds in a lens beside the lit one, in its colour, as Vietnamese heads show them."""
    place = int(rng.choice([other for other in range(3) if other != lit_place]))
    colour = _colour(_between(rng, *HUE_DEG[phase]), 0.9, _between(rng, 0.5, 1.0)).tolist()
    foot = (round(canvas.shape[1] / 2 - 0.36 * PITCH_PX), margin + round(PITCH_PX * (place + 0.72)))
    cv2.putText(canvas, str(rng.integers(1, 99)), foot, 0, 0.55, colour, int(rng.integers(1, 3)), cv2.LINE_AA)


def _disc(canvas: Canvas, centre: tuple[float, float], radius: float) -> Canvas:
    """A mask 0..1 of a disc with a soft edge, (height, width)."""
    rows, columns = np.ogrid[: canvas.shape[0], : canvas.shape[1]]
    distance = np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1])
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


def _blend(canvas: Canvas, mask: Canvas, colour: Canvas) -> None:
    canvas[:] = canvas * (1 - mask[..., None]) + colour * mask[..., None]


def _light(
    canvas: Canvas, rng: Rng, phase: str, centre: tuple[float, float], radius: float, glass_value: float
) -> Canvas:
    """Adds the lit lens: bright, dim as an LED between two flickers or in the sun, burnt out, disc or arrow."""
    mask = _disc(canvas, centre, radius)
    if rng.random() < 0.15:
        mask = _arrow(canvas, rng, centre, radius)
    hue = _between(rng, *HUE_DEG[phase])
    style = float(rng.random())
    if style < 0.5:  # paler than full, brighter or more coloured than the glass
        saturation = _between(rng, 0.35, 0.95)
        value = max(_between(rng, 0.25, 0.85), min(1.0, glass_value * _between(rng, 0.85, 1.2)))
    else:
        saturation, value = _between(rng, 0.6, 1.0), _between(rng, 0.75, 1.0)
    if phase == "red" and rng.random() < 0.15:  # low sun: orange inside a red rim
        _blend(canvas, mask, _colour(_between(rng, -8, 6), 0.8, value * 0.6))
        mask, hue = mask * _disc(canvas, centre, radius * _between(rng, 0.55, 0.75)), _between(rng, 14, 32)
    _blend(canvas, mask, _colour(hue, saturation, value))
    if style > 0.8:
        _blend(canvas, mask * _disc(canvas, centre, radius * _between(rng, 0.3, 0.8)), _colour(hue, 0.12, 1.0))
    if rng.random() < 0.3:
        glow = cv2.GaussianBlur(mask, (0, 0), radius * _between(rng, 0.2, 1.2))[..., None]
        canvas = np.clip(canvas + glow * _between(rng, 0.2, 1.2) * _colour(hue, 0.9, 1.0), 0, 1).astype(np.float32)
    return canvas


def _arrow(canvas: Canvas, rng: Rng, centre: tuple[float, float], radius: float) -> Canvas:
    angle, length = float(rng.choice((0, np.pi / 2, np.pi))), radius * 0.8
    tip = np.array([np.cos(angle), -np.sin(angle)]) * length
    mask = np.zeros(canvas.shape[:2], np.float32)
    start, end = np.array(centre) - tip, np.array(centre) + tip
    begin, finish = (round(start[0]), round(start[1])), (round(end[0]), round(end[1]))
    cv2.arrowedLine(mask, begin, finish, (1.0,), int(rng.integers(2, 5)), cv2.LINE_AA, tipLength=0.5)
    return mask


def _no_lamp(rng: Rng) -> Canvas:
    """What hides a lamp or was taken for one: a wall, a vehicle's side, a sign, leaves, countdown digits."""
    height, width = int(rng.integers(36, 120)), int(rng.integers(36, 60))
    canvas = _background(rng, height, width)
    if rng.random() < 0.4:
        saturated = _colour(_between(rng, 0, 360), _between(rng, 0.5, 1), _between(rng, 0.4, 1))
        _blend(canvas, np.full(canvas.shape[:2], _between(rng, 0.6, 1), np.float32), saturated)
    elif rng.random() < 0.3:
        canvas *= 0.2
        colour = _colour(_between(rng, *HUE_DEG[str(rng.choice(LIT))]), 0.9, 1.0).tolist()
        cv2.putText(canvas, str(rng.integers(10, 99)), (3, height // 2), 0, width / 45, colour, 2, cv2.LINE_AA)
    return canvas


def _photographed(canvas: Canvas, rng: Rng) -> Image:
    """Through air, lens, sensor and codec: exposure, haze, tint, tilt, a badly drawn box, few pixels, JPEG."""
    steps: tuple[tuple[float, Callable[[Canvas, Rng], Canvas]], ...] = (
        (0.25, _occluded), (0.6, _exposed), (0.3, _hazed), (0.5, _tinted), (0.6, _tilted)
    )  # fmt: skip
    for share, step in steps:
        if rng.random() < share:
            canvas = step(canvas, rng)
    canvas = _cut(np.clip(canvas, 0, 1), rng)
    width = float(np.exp(_between(rng, np.log(SMALLEST_PX), np.log(LARGEST_PX))))
    picture = _stored(canvas, rng, width)
    turns = int(rng.choice(4, p=(0.7, 0.05, 0.2, 0.05)))
    return np.ascontiguousarray(np.rot90(picture, turns))


def spoil(crop: Image, rng: Rng) -> Image:
    """A real crop (height, width, 3) BGR as it looks in other light, through another lens, smaller or upside down."""
    canvas: Canvas = (crop / np.float32(255)).astype(np.float32)
    for share, step in ((0.5, _exposed), (0.25, _hazed), (0.5, _tinted), (0.4, _tilted)):
        if rng.random() < share:
            canvas = step(canvas, rng)
    smaller = _between(rng, np.log(min(SMALLEST_PX + 2, crop.shape[1])), np.log(crop.shape[1]))
    width = float(np.exp(smaller)) if rng.random() < 0.5 else float(crop.shape[1])
    picture = _stored(np.clip(canvas, 0, 1), rng, width)
    return np.ascontiguousarray(np.rot90(picture, 2)) if rng.random() < 0.2 else picture


def is_visible(crop: Image) -> bool:
    """Whether any colour is left that a lit lens could have."""
    return _colourfulness(crop) >= INVISIBLE


def _stored(canvas: Canvas, rng: Rng, width: float) -> Image:
    """Scaled to `width` pixels, with noise and JPEG."""
    columns = max(SMALLEST_PX, round(width))
    rows = max(SMALLEST_PX, round(canvas.shape[0] * columns / canvas.shape[1]))
    small = cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA) * 255
    small = small + rng.normal(0, _between(rng, 0, 9), small.shape)
    picture = np.clip(small, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))]
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return picture


def _occluded(canvas: Canvas, rng: Rng) -> Canvas:
    """A cable, or a branch along one side."""
    colour = _colour(_between(rng, 0, 360), 0.2, _between(rng, 0, 0.8)).tolist()
    rows = [round(_between(rng, 0, canvas.shape[0])) for _ in range(2)]
    cv2.line(canvas, (0, rows[0]), (canvas.shape[1], rows[1]), colour, int(rng.integers(1, 4)), cv2.LINE_AA)
    return canvas


def _exposed(canvas: Canvas, rng: Rng) -> Canvas:
    return np.clip(canvas * _between(rng, 0.35, 1.35), 0, 1) ** np.float32(_between(rng, 0.75, 1.4))


def _hazed(canvas: Canvas, rng: Rng) -> Canvas:
    share = _between(rng, 0.1, 0.5)
    return canvas * (1 - share) + _colour(215, 0.08, _between(rng, 0.5, 1.0)) * share


def _tinted(canvas: Canvas, rng: Rng) -> Canvas:
    return canvas * rng.uniform(0.88, 1.12, 3).astype(np.float32)


def _tilted(canvas: Canvas, rng: Rng) -> Canvas:
    height, width = canvas.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), _between(rng, -16, 16), 1.0)
    return np.asarray(cv2.warpAffine(canvas, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32)


def _cut(canvas: Canvas, rng: Rng) -> Canvas:
    """The box: from tight to generous, a little off on each side."""
    height, width = canvas.shape[:2]
    left, right, top, bottom = (round(_between(rng, 0, 0.4) * PITCH_PX) for _ in range(4))
    return canvas[top : height - bottom, left : width - right]
