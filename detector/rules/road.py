"""The road under the vehicles: as the operator measured it, else as the horizon that vehicles show and an ordinary lens
tell it.

    Horizon ──▶ GroundPlane (right angles are right) ──▶ metres, by how high vehicles of this class are
"""

import math
from collections.abc import Sequence
from statistics import fmean

from detector.geometry import between
from detector.ground import GroundPlane
from detector.rules.path import Path
from detector.rules.sample import Sample
from detector.rules.size_line import Horizon
from detector.rules.sizes import SIZES
from detector.vocabulary import VehicleClass

LONG = frozenset({VehicleClass.BUS, VehicleClass.TRUCK})


class Road:
    """The road of one camera; what it tells grows with its horizon."""

    def __init__(self, picture_wh: tuple[int, int], horizon: Horizon, measured: GroundPlane | None) -> None:
        self.measured = measured
        self.picture_wh = picture_wh
        self._horizon = horizon
        self._assumed: tuple[float, GroundPlane] | None = None  # of a row

    @property
    def plane(self) -> GroundPlane | None:
        """For directions on the road; None while neither points nor a horizon are known."""
        return self.measured or self._by_horizon(self._horizon.row)

    def metres(self, way: Sequence[Sample], vehicle_class: VehicleClass) -> float | None:
        """How long this way is: as measured where the operator did, else as assumed."""
        return self.metres_measured(way) if self.measured else self.metres_assumed(way, vehicle_class)

    def metres_measured(self, way: Sequence[Sample]) -> float | None:
        """How long this way is on the measured road; None where nobody measured it."""
        return self.measured.metres_between(way[0].ground, way[-1].ground) if self.measured else None

    def metres_assumed(self, way: Sequence[Sample], vehicle_class: VehicleClass) -> float | None:
        """How long this way is if the lens is an ordinary one and the vehicle as high as its class is; None while the
        horizon is not known. A tele lens makes it longer than this, a wide one shorter."""
        row = self._horizon.row
        plane = self._by_horizon(row)
        if row is None or plane is None:
            return None
        in_camera_heights = plane.metres_between(way[0].ground, way[-1].ground)
        if in_camera_heights is None:
            return None
        return in_camera_heights * self._camera_m(way, vehicle_class)

    def plane_unit_m(self, here: Sample, vehicle_class: VehicleClass) -> float:
        """Metres in one unit of `plane`; 0 while neither points nor a horizon are known."""
        return 1.0 if self.measured else self._camera_m((here,), vehicle_class)

    def lacks_px(self, sample: Sample, vehicle_class: VehicleClass) -> float:
        """How much lower its wheels may be than its box: what it lacks of the usual height of motorbikes and cars there; negative
        for a taller one, 0 where that is not known."""
        line = self._horizon.usual_line(vehicle_class, self.picture_wh)
        return line.height_at_top(sample.box[1]) - sample.height_px if line else 0.0

    def wheels_aside(self, start: Sample, end: Sample, vehicle_class: VehicleClass) -> float:
        """How far beside the middle of the box, in its heights (to the right positive), the wheels lie that touch its lower
        edge, told by a way just driven: the box reaches to the other end of the vehicle. 0 where the road is not known."""
        return _within_box(self._end_aside(start, end, vehicle_class), end, vehicle_class)

    def wheels_between(self, path: Path, way_heights: float) -> tuple[float, float] | None:
        """`wheels_aside` by the last way of `way_heights`, and how far aside they are at most: its box may be too narrow by
        as much as boxes wobble. None where it drove less, the road is not known, or it is too long to tell: nearby a bus
        fills half the picture."""
        start = path.before_way(way_heights) if self.plane and path.vehicle_class not in LONG else None
        if start is None:
            return None
        last = path.last
        aside = self._end_aside(start, last, path.vehicle_class)
        return _within_box(aside, last, path.vehicle_class), _at_most(last.width_px / last.height_px / 2, aside)

    def _end_aside(self, start: Sample, end: Sample, vehicle_class: VehicleClass) -> float:
        """How far beside its middle, in heights, the end of a vehicle is that is nearer to the camera, however wide its box."""
        metres = self.metres((start, end), vehicle_class)
        if not metres:
            return 0.0
        across, down = between(start.ground, end.ground)
        half = SIZES[vehicle_class].length_m / 2 * across / metres / end.height_px
        return half if down > 0 else -half  # the front wheels of who comes, the rear ones of who leaves

    def _camera_m(self, way: Sequence[Sample], vehicle_class: VehicleClass) -> float:
        """How high the camera hangs: as many vehicles have shown, else if this one is as high as its class is; 0 while the
        horizon is not known."""
        row, camera_m = self._horizon.row, self._horizon.camera_m
        if row is None or camera_m is not None:
            return camera_m or 0.0
        return fmean((sample.ground[1] - row) / sample.height_px for sample in way) * SIZES[vehicle_class].height_m

    def _by_horizon(self, row: float | None) -> GroundPlane | None:
        if row is None:
            return None
        if self._assumed is None or self._assumed[0] != row:
            self._assumed = (row, GroundPlane.of_horizon(row, self.picture_wh))
        return self._assumed[1]


def _within_box(aside: float, sample: Sample, vehicle_class: VehicleClass) -> float:
    """No farther aside than the box is wider than a vehicle seen from behind."""
    vehicle = SIZES[vehicle_class]
    spare = sample.width_px / sample.height_px - vehicle.width_m / vehicle.height_m
    return _at_most(max(0.0, spare / 2), aside)


def _at_most(size: float, aside: float) -> float:
    return math.copysign(min(abs(aside), size), aside)
