"""What hour, weather and a cheap camera do to a drawn frame: night, dusk, rain, fog, softness, grain.

Approximations that keep the truth exact: nothing here moves a road user. Light and distance are those of the ground
point behind each pixel (things above the horizon count as far), so a vehicle is lit as the road at its wheels is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .camera import PoleCamera
from .figures import Kind
from .pose import Placed

Light = NDArray[np.float32]
_COARSE = 4  # light changes slowly: it is reckoned on every fourth pixel
_FAR_M = 120.0
_LAMP_REACH_M = 7.0
_HEADLAMPS: dict[Kind, tuple[tuple[float, float, float], ...]] = {  # x ahead, y left, z up of the front lamps
    Kind.MOTORCYCLE: ((0.75, 0.0, 0.95),),
    Kind.CAR: ((2.1, 0.62, 0.68), (2.1, -0.62, 0.68)),
    Kind.BUS: ((4.4, 0.85, 0.8), (4.4, -0.85, 0.8)),
    Kind.TRUCK: ((3.0, 0.8, 0.85), (3.0, -0.8, 0.85)),
}
_SIDES = ((1.0, (255, 244, 214), 0.20), (-1.0, (255, 40, 24), 0.09))  # front and rear: facing, colour, glow in metres


@dataclass(frozen=True, slots=True)
class Weather:
    """`light`: the name reports are split by. `ambient`: share of the drawn light that is left (1: day); below 0.5 the
    lamps are lit. `rain` and `wet` 0..1, `fog_m`: where a third of the contrast is left (0: clear), `soft_px`: blur at
    a width of 960, `grain`: deviation in grey values."""

    light: str
    ambient: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    street_lamps: tuple[tuple[float, float], ...] = ()
    rain: float = 0.0
    fog_m: float = 0.0
    soft_px: float = 0.6
    grain: float = 3.0
    seed: int = 0

    @property
    def lamps_lit(self) -> bool:
        return self.ambient < 0.5


class Atmosphere:
    """Develops the frames of one clip. `frame` numbers choose grain and raindrops: the same frame twice is the same."""

    def __init__(self, camera: PoleCamera, weather: Weather) -> None:
        self._camera, self._weather = camera, weather
        self._ground, distance = _ground_of(camera)
        self._still_light = self._lit_by_street_lamps()
        haze = np.exp(-distance / weather.fog_m) if weather.fog_m else np.ones_like(distance)
        self._clear = self._full(haze.astype(np.float32))[:, :, None]
        rng = np.random.default_rng([weather.seed, 5])
        self._grain = rng.normal(0, weather.grain, (camera.height + 64, camera.width + 64, 1)).astype(np.float32)
        self._streaks = _streaks(rng, camera.width + 64, camera.height + 64) if weather.rain else None

    def develop(
        self,
        picture: NDArray[np.uint8],
        placed: Sequence[Placed],
        discs: Sequence[tuple[float, float, float]],
        frame: int,
    ) -> Light:
        """RGB frame (height, width, 3) 0..255, float. `discs`: lit signal lamps, x, y and radius in pixels."""
        weather = self._weather
        out = picture.astype(np.float32)
        out *= self._light_on(placed, discs)
        if weather.lamps_lit:
            for item in placed:
                self._vehicle_lamps(out, item)
        if weather.fog_m:
            fog = np.float32(205 * min(1.0, weather.ambient + 0.1)) * np.array(weather.tint, np.float32)
            out = out * self._clear + fog * (1 - self._clear)
        return self._through_the_lens(out, frame)

    def _light_on(self, placed: Sequence[Placed], discs: Sequence[tuple[float, float, float]]) -> Light:
        weather = self._weather
        tint = np.array(weather.tint, np.float32)
        if not weather.lamps_lit:
            return np.asarray(np.float32(weather.ambient) * tint, np.float32)
        light = self._still_light.copy()
        for item in placed:
            light += self._headlight_on_road(item)
        full = self._full(light)
        for x, y, radius in discs:
            cv2.circle(full, (round(x), round(y)), max(2, round(radius * 1.15)), 1.0, -1, cv2.LINE_AA)
        return np.asarray(full[:, :, None].clip(0, 1.15) * tint, np.float32)

    def _lit_by_street_lamps(self) -> Light:
        x, y = self._ground
        light = np.full(x.shape, self._weather.ambient, np.float32)
        for lamp_x, lamp_y in self._weather.street_lamps:
            light += 0.5 * np.exp(-((x - lamp_x) ** 2 + (y - lamp_y) ** 2) / (2 * _LAMP_REACH_M**2)).astype(np.float32)
        return light

    def _headlight_on_road(self, item: Placed) -> Light | float:
        """Light on the road before a vehicle, as an oval from 1 to 9 m ahead."""
        if item.figure.design.kind not in _HEADLAMPS or _is_parked(item):
            return 0.0
        x, y = self._ground
        ahead, left, origin = item.matrix[:2, 0], item.matrix[:2, 1], item.matrix[:2, 3]
        reach = _HEADLAMPS[item.figure.design.kind][0][0] + 4.0
        u = (x - origin[0]) * ahead[0] + (y - origin[1]) * ahead[1] - reach
        v = (x - origin[0]) * left[0] + (y - origin[1]) * left[1]
        return np.asarray(0.45 * np.exp(-((u / 3.4) ** 2) - (v / 1.3) ** 2), np.float32)

    def _vehicle_lamps(self, out: Light, item: Placed) -> None:
        mounts = _HEADLAMPS.get(item.figure.design.kind)
        if mounts is None or _is_parked(item):
            return
        for sign, colour, size_m in _SIDES:
            spots = np.array([(sign * x, y, z) for x, y, z in mounts])
            here = spots @ item.matrix[:3, :3].T + item.matrix[:3, 3]
            towards = np.asarray(self._camera.position) - here[0]
            facing = float(sign * item.matrix[:3, 0] @ towards / np.linalg.norm(towards))
            if facing <= 0.05:
                continue
            pixels, depth = self._camera.project(here)
            for (x, y), far in zip(pixels, depth, strict=True):
                if far > 1:
                    _add_glow(
                        out, (float(x), float(y)), self._camera.focal_px * size_m / far, colour, 0.35 + 0.65 * facing
                    )

    def _through_the_lens(self, out: Light, frame: int) -> Light:
        weather = self._weather
        shift = np.random.default_rng([weather.seed, frame]).integers(0, 64, 4)
        if weather.soft_px:
            out = np.asarray(cv2.GaussianBlur(out, (0, 0), weather.soft_px * self._camera.width / 960), np.float32)
        height, width = out.shape[:2]
        if self._streaks is not None:
            out *= np.float32(1 - 0.18 * weather.rain)
            out += (
                np.float32(38 * weather.rain) * self._streaks[shift[0] : shift[0] + height, shift[1] : shift[1] + width]
            )
        out += self._grain[shift[2] : shift[2] + height, shift[3] : shift[3] + width]
        return out

    def _full(self, coarse: Light) -> Light:
        size = (self._camera.width, self._camera.height)
        return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _ground_of(camera: PoleCamera) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]:
    """x and y of the road at every coarse pixel, and the distance to it; far away above the horizon."""
    u, v = np.meshgrid(
        np.arange(0, camera.width, _COARSE) + _COARSE / 2 - camera.width / 2,
        np.arange(0, camera.height, _COARSE) + _COARSE / 2 - camera.height / 2,
    )
    rays = np.stack([u, v, np.full(u.shape, camera.focal_px)], -1) @ camera.axes()
    length = np.linalg.norm(rays, axis=-1)
    down = np.minimum(rays[..., 2] / length, -1e-4)
    distance = np.minimum(camera.position[2] / -down, _FAR_M)
    x, y = (camera.position[k] + distance * rays[..., k] / length for k in (0, 1))
    return (x, y), distance


def _streaks(rng: np.random.Generator, width: int, height: int) -> Light:
    """Rain between lens and road: short slanted lines (height, width, 1), 0..1."""
    dots = (rng.random((height, width)) > 0.9985).astype(np.float32)
    kernel = np.zeros((17, 17), np.float32)
    cv2.line(kernel, (10, 0), (6, 16), 1.0, 1)
    return np.asarray(cv2.filter2D(dots, -1, kernel)[:, :, None].clip(0, 1), np.float32)


def _add_glow(
    out: Light, at: tuple[float, float], radius_px: float, colour: tuple[float, float, float], strength: float
) -> None:
    reach = max(radius_px, 1.5)
    x1, y1 = max(0, int(at[0] - 3 * reach)), max(0, int(at[1] - 3 * reach))
    x2, y2 = min(out.shape[1], int(at[0] + 3 * reach) + 1), min(out.shape[0], int(at[1] + 3 * reach) + 1)
    if x2 <= x1 or y2 <= y1:
        return
    gx, gy = np.meshgrid(np.arange(x1, x2) - at[0], np.arange(y1, y2) - at[1])
    halo = strength * np.exp(-(gx**2 + gy**2) / (2 * (0.7 * reach) ** 2))
    out[y1:y2, x1:x2] += (halo[:, :, None] * np.asarray(colour)).astype(np.float32)


def _is_parked(item: Placed) -> bool:
    return item.figure.design.kind is Kind.MOTORCYCLE and not item.figure.design.looks
