"""How the boxes of a vehicle shrink with distance: its height against its bottom edge.

Seen from a pole, all boxes vanish at one row, the horizon, b and t rows below which their bottom and top edges lie. For a vehicle of
height h whose highest edge lies the depth D farther than its wheels, seen by a camera at height H with focal length F,
b = F H / x and t = F (H - h) / (x + D) give

    t = b (1 - a) / (1 + a k b),   a = h / H,   k = (D / h) / F

which is a straight line for a motorbike and bends for a car: nearby, the camera sees its roof as well. `a` is told by what was seen
of the vehicle; where the horizon is not known, the straight line through its own boxes has to do.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import combinations
from math import sqrt
from statistics import median

from detector.ground import LENS_WIDTHS
from detector.rules.sizes import ALIKE, SIZES
from detector.vocabulary import Box, VehicleClass

HALF_SHARE = 0.7  # of the usual height: what was seen of it was half of it. On the clips motorbikes differ by 5 to 7 %
SLOPE_MAX = 0.9  # growth of a box per pixel that its bottom moves down: a lorry seen from a pole of its own height
SLOPE_USUAL = 0.25  # a motorbike from a pole of 6 to 8 m, until any vehicle has shown its own
FORESHORTENING_USUAL = 3.0  # ...and of a way towards it
WAY_HEIGHTS = 0.5  # way in the picture that shows a slope, from the middle of its first third to that of its last
THIRD_MIN = 2  # looks in each third; with fewer, every pair of them...
STEP_HEIGHTS = 0.15  # ...this far apart shows a slope
HORIZON_SLOPE_MIN = 0.1  # flatter lines meet the horizon anywhere
HORIZON_TRACKS_MIN = 3  # that have shown it, before it is believed
HORIZON_TRACKS_MAX = 60  # the latest count


class Basis(Enum):
    """What tells how high a vehicle is."""

    BOXES = auto()  # its own alone
    HORIZON = auto()  # its own, and the horizon that others have shown
    USUAL = auto()  # others like it: half of it must have been hidden in all its boxes


@dataclass(frozen=True, slots=True)
class SizeLine:
    """height = offset + slope × bottom edge, both in px, where `bend` (1/px, `a k` of the module) is 0; else bent, and the
    straight line is the one it nears at the horizon. `own_row`: the horizon that the vehicle itself has shown, if any;
    `basis`: what its height is told by."""

    offset: float
    slope: float
    bend: float
    own_row: float | None
    basis: Basis

    @classmethod
    def of(
        cls, boxes: Sequence[Box], horizon: "Horizon", vehicle_class: VehicleClass, picture_wh: tuple[int, int]
    ) -> "SizeLine":
        """From boxes around the whole vehicle; ValueError for none."""
        by_bottom = sorted((box[3], box[3] - box[1]) for box in boxes)
        middle_bottom, tall = _middle(by_bottom)
        shown = _shown(by_bottom, tall)
        own_row = shown.row(vehicle_class, picture_wh) if shown else None
        row = horizon.row
        if row is not None and middle_bottom - row >= tall:  # by many vehicles: better than what one of them shows
            k = _bend(row, vehicle_class, picture_wh)
            slope = median(
                height / ((bottom - row) * (1 + k * (bottom - height - row))) for bottom, height in by_bottom
            )
            slope = min(SLOPE_MAX, max(0.0, slope))
            usual = horizon.usual_line(vehicle_class, picture_wh)
            if usual and slope < HALF_SHARE * usual.slope:
                return usual
            return cls(-slope * row, slope, slope * k, own_row, Basis.HORIZON)
        slope = min(SLOPE_MAX, max(0.0, shown.slope if shown else SLOPE_USUAL))
        return cls(median(height - slope * bottom for bottom, height in by_bottom), slope, 0.0, own_row, Basis.BOXES)

    def height_at_bottom(self, bottom: float) -> float:
        """The whole height of a vehicle whose wheels are seen at `bottom`, at least one pixel."""
        straight = self.offset + self.slope * bottom
        below = straight / self.slope if self.bend else 0.0
        return max(1.0, (straight + self.bend * below**2) / (1 + self.bend * below))

    def height_at_top(self, top: float) -> float:
        """The whole height of a vehicle whose rider's head is seen at `top`, at least one pixel."""
        straight = self.offset + self.slope * top
        below = straight / self.slope if self.bend else 0.0
        rest = max(1 - SLOPE_MAX, 1 - self.slope - self.bend * below)
        return max(1.0, (straight + self.bend * below**2) / rest)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What two looks far apart show: (bottom, height) of the far and the near one."""

    far: tuple[float, float]
    near: tuple[float, float]

    @property
    def slope(self) -> float:
        return (self.near[1] - self.far[1]) / (self.near[0] - self.far[0])

    def row(self, vehicle_class: VehicleClass, picture_wh: tuple[int, int]) -> float | None:
        """The horizon at which `a` of the module is the same for both; None where the line is too flat to tell."""
        if self.slope < HORIZON_SLOPE_MIN:
            return None
        (far, less), (near, more) = self.far, self.near
        straight = near - more / self.slope
        k = _bend(straight, vehicle_class, picture_wh)
        square = k * (less - more)
        linear = more * (1 + k * (2 * far - less)) - less * (1 + k * (2 * near - more))
        rest = less * near * (1 + k * (near - more)) - more * far * (1 + k * (far - less))
        under = linear**2 - 4 * square * rest
        if under < 0 or linear <= 0:
            return None
        # Of the two solutions the one that is the straight line's where k is 0.
        return -2 * rest / (linear + sqrt(under))


def _bend(row: float, vehicle_class: VehicleClass, picture_wh: tuple[int, int]) -> float:
    """`k` of the module with an ordinary lens. A camera that looks down sees the top of a thing nearer than its foot."""
    width, height = picture_wh
    focal_px = LENS_WIDTHS * width
    tilt = (height / 2 - row) / focal_px
    return (SIZES[vehicle_class].depth - tilt) / (focal_px * (1 + tilt**2))


def _shown(by_bottom: Sequence[tuple[float, float]], tall: float) -> _Shown | None:
    third = len(by_bottom) // 3
    if third >= THIRD_MIN:  # the far third against the near third: a few boxes that lie change no median
        shown = _Shown(_middle(by_bottom[:third]), _middle(by_bottom[-third:]))
        return shown if shown.near[0] - shown.far[0] >= WAY_HEIGHTS * tall else None
    first, last = by_bottom[0][0], by_bottom[-1][0]
    if last - first < WAY_HEIGHTS * tall:
        return None
    pairs = combinations(by_bottom, 2)  # fast, or seen by few frames a second
    slope = median((h - g) / (b - a) for (a, g), (b, h) in pairs if b - a >= STEP_HEIGHTS * tall)
    bottom, height = _middle(by_bottom)
    return _Shown((first, height + slope * (first - bottom)), (last, height + slope * (last - bottom)))


def _middle(by_bottom: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(bottom for bottom, _ in by_bottom), median(height for _, height in by_bottom)


class Horizon:
    """Where the camera hangs, as vehicles have shown that drove far enough: the row at which they vanish, and how high it is above
    the road by how high motorbikes and cars are seen below it. Bounded by `HORIZON_TRACKS_MAX`."""

    def __init__(self) -> None:
        self._rows: dict[int, float] = {}
        self._slopes: dict[VehicleClass, dict[int, float]] = {name: {} for name in ALIKE}
        self._usual: dict[VehicleClass, float] = {}
        self.row: float | None = None
        """In px, y down, above the picture where negative; None until enough vehicles have shown it."""
        self.camera_m: float | None = None
        """Height of the camera above the road; None until enough vehicles have shown it."""

    @classmethod
    def at(cls, row: float, camera_m: float | None = None, vehicles: int = HORIZON_TRACKS_MAX) -> "Horizon":
        """Of a camera that has watched so many vehicles drive by; its height is None where none of them told it."""
        known = cls()
        for number in range(1, vehicles + 1):
            known._rows[-number] = row
            if camera_m is not None:
                for name, slopes in known._slopes.items():
                    slopes[-number] = SIZES[name].height_m / camera_m
        known._sum_up()
        return known

    def foreshortening(self, y: float, width_px: int) -> float:
        """How many pixels across the picture are as far on the road as one pixel down it, at this row."""
        row = self.row
        return max(1.0, LENS_WIDTHS * width_px / (y - row)) if row is not None and y > row else FORESHORTENING_USUAL

    def usual_slope(self, vehicle_class: VehicleClass) -> float:
        """`a` of the module as vehicles of this class have shown it; 0 for those whose heights differ, and while it is not known."""
        return self._usual.get(vehicle_class, 0.0)

    def usual_line(self, vehicle_class: VehicleClass, picture_wh: tuple[int, int]) -> SizeLine | None:
        """Of a motorbike or car as high as usual; None for others, and while that is not known."""
        row, slope = self.row, self.usual_slope(vehicle_class)
        if row is None or not slope:
            return None
        bend = slope * _bend(row, vehicle_class, picture_wh)
        return SizeLine(-slope * row, slope, bend, None, Basis.USUAL)

    def learn(self, track_id: int, line: SizeLine, vehicle_class: VehicleClass) -> None:
        """What this vehicle shows now, in place of what it showed before."""
        if line.own_row is not None:
            _keep(self._rows, track_id, line.own_row)
        if line.basis is Basis.HORIZON and line.slope and vehicle_class in ALIKE:
            for slopes in self._slopes.values():  # its class may have been another one before
                slopes.pop(track_id, None)
            _keep(self._slopes[vehicle_class], track_id, line.slope)
        self._sum_up()

    def _sum_up(self) -> None:
        """Once for all the times that a look asks: rules ask at every one."""
        self.row = _median(self._rows.values())
        shown = ((name, _median(slopes.values())) for name, slopes in self._slopes.items())
        self._usual = {name: slope for name, slope in shown if slope is not None}
        heights = [SIZES[name].height_m / slope for name, slopes in self._slopes.items() for slope in slopes.values()]
        self.camera_m = _median(heights)


def _median(shown: Collection[float]) -> float | None:
    return median(shown) if len(shown) >= HORIZON_TRACKS_MIN else None


def _keep(known: dict[int, float], track_id: int, value: float) -> None:
    known.pop(track_id, None)
    known[track_id] = value
    if len(known) > HORIZON_TRACKS_MAX:
        del known[next(iter(known))]
