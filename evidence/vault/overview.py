"""The overview picture: what the rule saw, drawn onto a copy of the frame and marked as derived. It explains, it proves
nothing; the frames without drawings lie beside it."""

import importlib.util
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from detector.camera import Camera
from detector.vocabulary import Box, Phase, Pixels, Point, SignalPhase, TrailPoint, Violation
from evidence.local_time import LOCAL_ZONE

MARK = "ẢNH MINH HOẠ – derived, not evidence"

_Colour = tuple[int, int, int]
_STOP_LINE: _Colour = (255, 60, 60)
_LANE: _Colour = (80, 170, 255)
_VEHICLE: _Colour = (255, 220, 0)
_TRAIL: _Colour = (255, 140, 0)
_LAMPS: dict[Phase, _Colour] = {
    Phase.RED: (255, 40, 40),
    Phase.YELLOW: (255, 210, 0),
    Phase.GREEN: (40, 220, 90),
    Phase.OFF: (150, 150, 150),
    Phase.UNKNOWN: (150, 150, 150),
}


def draw_overview(
    pixels: Pixels,
    violation: Violation,
    camera: Camera,
    *,
    trail: Sequence[TrailPoint],
    signal_timeline: Sequence[SignalPhase],
    captions: Sequence[str],
) -> Pixels:
    """A copy of the frame (height, width, 3) BGR with geometry, lamps, vehicle and trail drawn on it and the captions
    in a bar below it: the result is taller than the frame, and nothing of the frame is hidden."""
    picture = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
    pen = ImageDraw.Draw(picture)
    width = max(2, picture.height // 360)
    font = _font(max(13, picture.height // 42))
    for lane in camera.lanes:
        pen.polygon(list(lane.polygon), outline=_LANE, width=width)
        _label(pen, picture.size, lane.polygon[0], lane.name, _LANE, font)
    for line in camera.stop_lines:
        pen.line(list(line.points), fill=_STOP_LINE, width=width * 2)
    phases = _phases_at(violation, signal_timeline)
    for signal in camera.signals:
        phase = phases.get(signal.name, Phase.UNKNOWN)
        _box(pen, signal.lamp_box, _LAMPS[phase], width)
        below = (signal.lamp_box[0], signal.lamp_box[3])
        _label(pen, picture.size, below, f"{signal.name}: {phase.value}", _LAMPS[phase], font)
    path = [((point.box_xyxy[0] + point.box_xyxy[2]) / 2, point.box_xyxy[3]) for point in trail]
    if len(path) > 1:
        pen.line(path, fill=_TRAIL, width=width)
    _box(pen, violation.box_xyxy, _VEHICLE, width)
    captioned = _with_captions(picture, [MARK, *captions], font)
    return np.ascontiguousarray(np.asarray(captioned, dtype=np.uint8)[:, :, ::-1])


def captions_for(violations: Sequence[Violation], camera: Camera, plate_text: str | None, case_id: str) -> list[str]:
    """What stands under the mark: case, codes, plate, then time of the main violation and camera."""
    local = violations[0].captured_at.astimezone(LOCAL_ZONE)
    return [
        f"{case_id}  {' + '.join(one.code for one in violations)}  {plate_text or '?'}",
        f"{local:%d/%m/%Y %H:%M:%S}.{local.microsecond // 1000:03d}  {camera.name or camera.id}",
    ]


def _phases_at(violation: Violation, timeline: Sequence[SignalPhase]) -> dict[str, Phase]:
    begun = sorted((phase for phase in timeline if phase.since <= violation.captured_at), key=lambda one: one.since)
    return {phase.signal: phase.phase for phase in begun}


def _box(pen: ImageDraw.ImageDraw, box: Box, colour: _Colour, width: int) -> None:
    x1, y1, x2, y2 = box
    pen.rectangle((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), outline=colour, width=width)


def _label(
    pen: ImageDraw.ImageDraw,
    size_wh: tuple[int, int],
    at: Point,
    text: str,
    colour: _Colour,
    font: ImageFont.FreeTypeFont,
) -> None:
    shown = _drawable(text)
    x = max(0.0, min(at[0], size_wh[0] - pen.textlength(shown, font=font) - 4))
    y = max(0.0, min(at[1], size_wh[1] - font.size * 1.35))
    pen.text((x, y), shown, fill=colour, font=font, stroke_width=2, stroke_fill=(0, 0, 0))


def _with_captions(picture: Image.Image, lines: Sequence[str], font: ImageFont.FreeTypeFont) -> Image.Image:
    line_height = round(font.size * 1.35)
    canvas = Image.new("RGB", (picture.width, picture.height + line_height * len(lines) + line_height // 3))
    canvas.paste(picture, (0, 0))
    pen = ImageDraw.Draw(canvas)
    for row, text in enumerate(lines):
        at = (line_height // 2, picture.height + line_height // 6 + row * line_height)
        pen.text(at, _drawable(text), fill=(255, 255, 255), font=font)
    return canvas


def _drawable(text: str) -> str:
    """The text as our font can set it: without one that knows Vietnamese, letters lose their marks."""
    if _vietnamese_font() is not None:
        return text
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d").replace("–", "-"))
    return plain.encode("ascii", "ignore").decode()


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    path = _vietnamese_font()
    if path is not None:
        return ImageFont.truetype(str(path), size_px)
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):  # only a Pillow built without FreeType
        raise TypeError("Pillow was built without FreeType")
    return font


@cache
def _vietnamese_font() -> Path | None:
    """DejaVu Sans as the locked matplotlib wheel carries it: the same letters on every machine, nothing to install."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return path if path.is_file() else None
