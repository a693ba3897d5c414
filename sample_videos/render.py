"""Draws a clip and writes the video, the camera file and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .clip import Clip
from .lamps import LIT, Lamp, LampKind, post
from .mesh import Mesh, join
from .plates import plate_font
from .raster import Stage
from .street import build
from .weather import Atmosphere

_TICKS_PER_FRAME = 1000  # time base 1/15000 at 15 frames a second: players like fine clocks


def stage_of(clip: Clip, *, quick: bool = False) -> Stage:
    """`quick`: hard edges, for clips that are blurred and grained by their weather anyway."""
    around = build(clip.plan)
    return Stage(clip.camera, clip.light, around.still, around.decals, _posts(clip), soft_edges=not quick)


def _posts(clip: Clip) -> list[Mesh]:
    if not clip.signals:
        return []
    x, y, _ = clip.signals[0].lamp.at
    top = max(plan.lamp.at[2] for plan in clip.signals) + 0.55
    return [join(post(x, y + 0.3, top), *[plan.lamp.housing() for plan in clip.signals])]


def frames_of(clip: Clip, stage: Stage) -> Iterator[NDArray[np.uint8]]:
    """RGB frames (height, width, 3), in order."""
    glows: dict[tuple[str, str], Mesh] = {}
    air = Atmosphere(clip.camera, clip.weather) if clip.weather else None
    for number in range(clip.frames):
        yield frame_of(clip, stage, number, glows, air)


def frame_of(
    clip: Clip, stage: Stage, number: int, glows: dict[tuple[str, str], Mesh], air: Atmosphere | None = None
) -> NDArray[np.uint8]:
    t = number / clip.fps
    placed = [actor.pose(t) for actor in (*clip.actors, *clip.scenery)]
    lamps = []
    for plan in clip.signals:
        key = (plan.lamp.name, plan.phase_at(t))
        lamps.append(glows.setdefault(key, plan.lamp.glow(key[1])))
    picture = stage.draw([item for item in placed if _worth_drawing(clip, item.matrix)], lamps)
    developed = air.develop(picture, placed, _discs(clip, t), number) if air else picture.astype(np.float32)
    return _develop(clip, developed, t)


def _worth_drawing(clip: Clip, matrix: NDArray[np.float64]) -> bool:
    """Near enough to the view to be seen or to throw a shadow into it."""
    pixels, depth = clip.camera.project(matrix[:3, 3])
    share = clip.camera.width / 1920
    return bool(
        depth[0] > 6
        and -900 * share < pixels[0, 0] < clip.camera.width + 900 * share
        and -500 * share < pixels[0, 1] < clip.camera.height + 1200 * share
    )


def _discs(clip: Clip, t_s: float) -> list[tuple[float, float, float]]:
    """x, y and radius in pixels of the lamps that are lit."""
    lit = []
    for plan in clip.signals:
        phase = plan.phase_at(t_s)
        if phase in LIT:
            pixels, depth = clip.camera.project(_disc_at(plan.lamp, phase))
            x, y = pixels[0]
            lit.append((float(x), float(y), float(clip.camera.focal_px * plan.lamp.radius / depth[0])))
    return lit


def _develop(clip: Clip, out: NDArray[np.float32], t_s: float) -> NDArray[np.uint8]:
    """Lamp glow and the burnt-in clock."""
    for plan in clip.signals:
        phase = plan.phase_at(t_s)
        if phase in LIT:
            _glow(clip, out, _disc_at(plan.lamp, phase), LIT[phase], plan.lamp.radius)
    developed = out.clip(0, 255).astype(np.uint8)
    return _clock(clip, developed, t_s)


def _disc_at(lamp: Lamp, phase: str) -> tuple[float, float, float]:
    x, y, z = lamp.at
    if lamp.kind is LampKind.RIGHT_ARROW:
        return x, y, z
    return x, y, z + (1 - ("red", "yellow", "green").index(phase)) * lamp.radius * 2.25


def _glow(
    clip: Clip,
    out: NDArray[np.float32],
    at: tuple[float, float, float],
    colour: tuple[float, float, float],
    radius: float,
) -> None:
    pixels, depth = clip.camera.project(at)
    reach = clip.camera.focal_px * radius / float(depth[0]) * 1.6
    x, y = pixels[0]
    x1, y1 = max(0, int(x - 4 * reach)), max(0, int(y - 4 * reach))
    x2, y2 = min(clip.camera.width, int(x + 4 * reach)), min(clip.camera.height, int(y + 4 * reach))
    gx, gy = np.meshgrid(np.arange(x1, x2) - x, np.arange(y1, y2) - y)
    halo = np.exp(-(gx**2 + gy**2) / (2 * (reach * 0.8) ** 2)) * 0.3
    out[y1:y2, x1:x2] += (halo[:, :, None] * np.asarray(colour)).astype(np.float32)


def _clock(clip: Clip, picture: NDArray[np.uint8], t_s: float) -> NDArray[np.uint8]:
    """What recorders burn in: the time and the camera's name."""
    shown = datetime.fromisoformat(clip.started_at) + timedelta(seconds=t_s)
    text = f"{shown:%d-%m-%Y %H:%M:%S}   {clip.title}"
    share = clip.camera.width / 1920
    top, bottom, right = round(8 * share), round(58 * share), round(1000 * share)
    strip = Image.fromarray(picture[top:bottom, :right])
    draw = ImageDraw.Draw(strip)
    look = {"font": plate_font(round(28 * share)), "stroke_width": round(2 * share)}
    draw.text((round(20 * share), round(6 * share)), text, fill=(245, 245, 240), stroke_fill=(20, 20, 20), **look)
    picture[top:bottom, :right] = np.asarray(strip)
    return picture


def write_video(clip: Clip, out: Path, *, quick: bool = False) -> None:
    """NAME.mp4 and NAME.jpg (a still) into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    stage = stage_of(clip, quick=quick)
    _encode(clip, frames_of(clip, stage), out / f"{clip.name}.mp4", preset="veryfast" if quick else "slow")
    stage.close()


def _encode(clip: Clip, frames: Iterator[NDArray[np.uint8]], path: Path, *, preset: str) -> None:
    with av.open(str(path), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        container.metadata["creation_time"] = f"{clip.started_at}.000000+07:00"  # the burnt-in clock, Vietnam's time
        stream = container.add_stream(
            "libx264",
            rate=clip.fps,
            options={
                "crf": str(clip.crf),
                "preset": preset,
                "flags": "+bitexact",
                "x264-params": "keyint=30:threads=2:lookahead-threads=1",
            },
        )
        stream.width, stream.height, stream.pix_fmt = clip.camera.width, clip.camera.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, clip.fps * _TICKS_PER_FRAME)
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number * _TICKS_PER_FRAME, Fraction(1, clip.fps * _TICKS_PER_FRAME)
            if number == clip.frames // 2:
                cv2.imwrite(
                    str(path.with_suffix(".jpg")),
                    cv2.resize(picture, (960, 540), interpolation=cv2.INTER_AREA)[:, :, ::-1],
                    [cv2.IMWRITE_JPEG_QUALITY, 82],
                )
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
