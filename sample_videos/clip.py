"""A clip as a script: street, camera, signals, and who drives where and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import PoleCamera
from .figures import Design, Figure, Kind, figure
from .lamps import Lamp
from .motion import Motion, Path
from .pose import Daylight, Placed, placement
from .street import StreetPlan
from .weather import Weather


@dataclass(frozen=True, slots=True)
class Actor:
    """One road user. `tells` names the near misses it was put there for (see README)."""

    name: str
    design: Design
    path: Path
    motion: Motion
    tells: tuple[str, ...] = ()

    def rear_wheel(self, t_s: float) -> tuple[float, float]:
        """Where its rear wheel stands on the road at `t_s`."""
        return self.path.at(self.motion.way_m(t_s))

    def pose(self, t_s: float) -> Placed:
        """Both axles follow the path; single-track vehicles lean into the turn."""
        fig = self.posture(t_s)
        rear, front = fig.axles
        way = self.motion.way_m(t_s)
        base = max(front - rear, 0.3)
        x0, y0 = self.path.at(way)
        x1, y1 = self.path.at(way + base)
        yaw = float(np.arctan2(y1 - y0, x1 - x0))
        x2, y2 = self.path.at(way + base + 0.4)
        bend = float(np.angle(np.exp(1j * (np.arctan2(y2 - y1, x2 - x1) - yaw))))
        speed = self.motion.speed_m_s(t_s)
        leans = fig.design.kind in (Kind.MOTORCYCLE, Kind.BICYCLE)
        roll = float(np.clip(-0.09 * bend * speed, -0.3, 0.3)) if leans else 0.0
        return Placed(fig, placement(x0 - rear * np.cos(yaw), y0 - rear * np.sin(yaw), yaw, roll))

    def posture(self, t_s: float) -> Figure:
        speed = self.motion.speed_m_s(t_s)
        if self.design.kind is Kind.PEDESTRIAN:
            return figure(self.design, stopped=abs(speed) < 0.1, stride=int(self.motion.way_m(t_s) / 1.3 * 8) % 8)
        slowing = self.motion.speed_m_s(t_s + 0.1) - self.motion.speed_m_s(t_s - 0.1) < -0.14
        heavy = self.design.kind in (Kind.CAR, Kind.BUS, Kind.TRUCK)
        return figure(self.design, stopped=abs(speed) < 0.6 or (heavy and slowing))


@dataclass(frozen=True, slots=True)
class SignalPlan:
    """A lamp and its phases: (from second, phase), ascending."""

    lamp: Lamp
    phases: tuple[tuple[float, str], ...]

    def phase_at(self, t_s: float) -> str:
        return [phase for start, phase in self.phases if start <= t_s + 1e-9][-1]


@dataclass(frozen=True, slots=True)
class LaneArea:
    """A lane of the camera file, as a rectangle on the road (x0, x1, y0, y1 in metres)."""

    name: str
    area: tuple[float, float, float, float]
    ahead: float  # +1: away from the camera is legal, -1: towards it
    allowed: tuple[str, ...] = ()
    arrows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clip:
    name: str
    title: str
    address: str
    commune: str
    latitude: float
    longitude: float
    started_at: str  # ISO 8601, local time: what the burnt-in clock shows at frame 0
    seconds: float
    plan: StreetPlan
    camera: PoleCamera
    light: Daylight
    actors: tuple[Actor, ...]
    lanes: tuple[LaneArea, ...]
    rules: tuple[str, ...]
    signals: tuple[SignalPlan, ...] = ()
    exits: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()  # movement, rectangle on the road
    scenery: tuple[Actor, ...] = ()  # parked bikes: never move
    stop_line: bool = False
    fps: int = 15
    weather: Weather | None = None  # None: as drawn
    crf: int = 27  # of H.264: the higher, the smaller the file and the poorer the picture

    @property
    def frames(self) -> int:
        return round(self.seconds * self.fps)
