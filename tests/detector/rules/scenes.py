"""A tiny box-level world: vehicles drive over waypoints, lamps change, and what a tracker would see comes out.

The picture is 1000×800. The stop line lies at y = 400 from x = 300 to 700; legal travel over it is upwards. A vehicle
at y = 400 is 100 px high; perspective shrinks it towards the horizon at y = 0.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from detector.camera import Camera, ExitZone, Lane, RuleName, Signal, StopLine
from detector.rules import Judge
from detector.rules.size_line import Horizon
from detector.rules.sizes import SIZES
from detector.thresholds import Thresholds
from detector.vocabulary import Box, Head, Movement, Phase, Point, Scene, SignalPhase, Track, VehicleClass, Violation

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
CONFIRM_S = 0.3  # a debounced lamp tells of its change this late and dates it back
LOST_AFTER_S = 1.0  # a tracker gives a track up this long after its last box

ALL_WAYS = frozenset({Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT})
MAIN = Signal("main", (950, 100, 970, 150), ALL_WAYS)
LEFT_ARROW = Signal("left_arrow", (950, 180, 970, 200), frozenset({Movement.LEFT}))
RIGHT_ARROW = Signal("right_arrow", (950, 160, 970, 180), frozenset({Movement.RIGHT}))
HORIZON = Horizon.at(0.0)
LINE = StopLine("south", ((300, 400), (700, 400)), (0.0, -1.0))
AWAY = Lane("away", ((300, 400), (700, 400), (900, 800), (300, 800)), (0.0, -1.0))
ONCOMING = Lane("oncoming", ((100, 400), (298, 400), (298, 800), (0, 800)), (0.0, 1.0))
RIGHT_EXIT = ExitZone(Movement.RIGHT, ((800, 150), (1000, 150), (1000, 390), (800, 390)))

CAMERA_M = (
    4 * SIZES[VehicleClass.MOTORCYCLE].height_m
)  # how high this camera hangs if a motorbike is a quarter of its row high


def seen_top(
    vehicle_class: VehicleClass, bottom: float, row: float, *, height_m: float | None = None, camera_m: float = CAMERA_M
) -> float:
    """Row of the top edge of a vehicle whose wheels are seen at `bottom`, by a pinhole camera with the horizon at `row` and a
    focal length of one picture width: the highest edge lies the depth of the vehicle farther than its wheels."""
    height_m = height_m or SIZES[vehicle_class].height_m
    tilt = (800 / 2 - row) / 1000
    focal = 1000 * (1 + tilt**2)
    away_m = focal * camera_m / (bottom - row)
    return row + focal * (camera_m - height_m) / (away_m + (SIZES[vehicle_class].depth - tilt) * height_m)


Waypoint = tuple[float, float, float]
"""(seconds since START, x, y) of the ground point."""
STRAIGHT_ON: Sequence[Waypoint] = [(1, 500, 700), (4, 500, 400), (7, 500, 150)]  # passes the line at 4 s
Lamps = Mapping[str, Sequence[tuple[float, str]]]
"""Phase changes by lamp head: (seconds since START, phase)."""


def camera(**changes: object) -> Camera:
    """The junction above, with one lamp head for every movement."""
    base = Camera(
        id="test",
        resolution_wh=(1000, 800),
        signals=(MAIN,),
        stop_lines=(LINE,),
        lanes=(AWAY, ONCOMING),
        rules=tuple(RuleName),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


HeadsAt = Callable[[float, Box], tuple[Head, ...] | None]
BoxAt = Callable[[float, Box], Box | None]


@dataclass(frozen=True)
class Drive:
    """One vehicle: its way, its class, and what happens to its box (`box_at`: None hides it; ids may switch)."""

    way: Sequence[Waypoint]
    vehicle_class: VehicleClass = VehicleClass.MOTORCYCLE
    track_id: int = 1
    scale: float = 1.0
    box_at: BoxAt = field(default=lambda t, box: box)
    heads_at: HeadsAt = field(default=lambda t, box: None)
    id_switch_at_s: float | None = None
    looks_like: Callable[[float], VehicleClass] | None = None  # what single looks say; the tracker's vote stays

    def ground(self, t: float) -> Point | None:
        """Linear between waypoints; None outside their times."""
        for (t0, x0, y0), (t1, x1, y1) in zip(self.way, self.way[1:], strict=False):
            if t0 <= t <= t1:
                share = (t - t0) / (t1 - t0)
                return (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
        return None

    def track(self, t: float, wobble: random.Random, jitter: float) -> Track | None:
        """What the tracker sees at `t`; `jitter` moves each edge by up to this share of the height."""
        ground = self.ground(t)
        if ground is None:
            return None
        height = 0.25 * ground[1] * self.scale
        width = 0.4 * height * (2.2 if self.vehicle_class is VehicleClass.CAR else 1.0)
        noise = [wobble.uniform(-jitter, jitter) * height for _ in range(4)]
        box = self.box_at(
            t,
            (
                ground[0] - width / 2 + noise[0],
                ground[1] - height + noise[1],
                ground[0] + width / 2 + noise[2],
                ground[1] + noise[3],
            ),
        )
        if box is None:
            return None
        switched = self.id_switch_at_s is not None and t >= self.id_switch_at_s
        track_id = self.track_id + (1000 if switched else 0)
        seen_class = self.looks_like(t) if self.looks_like else None
        return Track(track_id, self.vehicle_class, 0.9, box, self.heads_at(t, box), seen_class)


def scenes(
    drives: Iterable[Drive],
    lamps: Lamps,
    *,
    fps: float = 12.0,
    jitter: float = 0.0,
    drop: float = 0.0,
    seed: int = 1,
    until_s: float | None = None,
) -> list[Scene]:
    """The scenes of a whole story, two seconds beyond its last vehicle. `drop`: share of the frames that get lost."""
    drives = list(drives)
    wobble = random.Random(seed)
    end = until_s if until_s is not None else max(drive.way[-1][0] for drive in drives) + 4.0
    story: list[Scene] = []
    last_seen: dict[int, float] = {}
    for index in range(int(end * fps)):
        t = index / fps
        tracks = sorted(
            (track for drive in drives if (track := drive.track(t, wobble, jitter)) is not None),
            key=lambda track: track.track_id,
        )
        if wobble.random() < drop:
            continue
        last_seen.update({track.track_id: t for track in tracks})
        ended = tuple(sorted(key for key, seen in last_seen.items() if t - seen > LOST_AFTER_S))
        for key in ended:
            del last_seen[key]
        story.append(Scene(index, START + timedelta(seconds=t), tuple(tracks), _shown(lamps, t), ended))
    return story


def _shown(lamps: Lamps, t: float) -> dict[str, SignalPhase]:
    shown = {}
    for name, changes in lamps.items():
        told = [change for change in changes if change[0] + (CONFIRM_S if change[0] > 0 else 0) <= t]
        since, phase = told[-1] if told else (0.0, "unknown")
        shown[name] = SignalPhase(name, Phase(phase), START + timedelta(seconds=since))
    return shown


def judge(
    rule: RuleName, camera: Camera, thresholds: Thresholds, story: Iterable[Scene], horizon: Horizon | None = None
) -> list[Violation]:
    """What this rule alone asserts of the story; `HORIZON` where vehicles have shown it before."""
    rules = Judge(camera, thresholds, {rule}, horizon)
    return [violation for scene in story for violation in rules.see(scene)[0]]


def codes(violations: Iterable[Violation]) -> list[str]:
    return [violation.code for violation in violations]


def seconds_of(violation: Violation) -> float:
    return (violation.captured_at - START).total_seconds()
