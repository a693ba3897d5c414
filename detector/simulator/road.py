"""The road of a scenario in metres, and the camera file that an operator would draw of it."""

from dataclasses import dataclass, field

import numpy as np

from detector.camera import ALL_CLASSES, Camera, ExitZone, Lane, RuleName, Signal, StopLine, unit
from detector.simulator.lens import Lens
from detector.simulator.lights import Lights
from detector.vocabulary import Movement, Point, VehicleClass

BEHIND_M = -40.0  # lanes reach this far back, and...
BEYOND_M = 45.0  # ...the straight exit this far ahead
ZEBRA_M = 6.0  # from the line to the far side of the zebra: where the junction begins
PAINT_GAP_M = 0.3  # the painted line ends this far from kerb and centre
MIN_AREA_PX = 400.0  # nobody draws a lane or an exit smaller than this
LAMP_BOX = (4.0, 4.0, 16.0, 34.0)  # nothing reads the pixels of a scenario: where the head is does not matter

CARS = frozenset({VehicleClass.CAR, VehicleClass.BUS, VehicleClass.TRUCK})
TWO_WHEELS = frozenset({VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})


@dataclass(frozen=True, slots=True)
class Strip:
    """One lane: from `left_x` to `right_x`, along y from `from_y` to `to_y`. `ahead`: legal travel is towards +y."""

    name: str
    left_x: float
    right_x: float
    from_y: float
    to_y: float
    ahead: bool = True
    allowed: frozenset[VehicleClass] = ALL_CLASSES
    arrows: frozenset[Movement] = frozenset()

    @property
    def middle_x(self) -> float:
        """Where one drives in it."""
        return (self.left_x + self.right_x) / 2

    def depth(self, x: float, y: float) -> float:
        """Metres inside the lane's edges, negative outside."""
        return min(x - self.left_x, self.right_x - x, y - self.from_y, self.to_y - y)


@dataclass(frozen=True, slots=True)
class Road:
    """`strips`: lanes as drawn. `width_m`: of our half, from x = 0 to the kerb; `opposite_m`: of the opposite half, to the
    left of x = 0 (0: none in sight). `has_line`: a stop line at y = 0 with a junction behind it."""

    strips: tuple[Strip, ...]
    width_m: float
    opposite_m: float
    has_line: bool
    junction_m: float = 0.0  # from the line to its far side
    exits: tuple[tuple[Movement, tuple[Point, ...]], ...] = field(default=())

    @property
    def ours(self) -> tuple[Strip, ...]:
        """The lanes that lead ahead."""
        return tuple(strip for strip in self.strips if strip.ahead)

    @property
    def opposite(self) -> Strip | None:
        """The opposite half where it is drawn as a lane."""
        return next((strip for strip in self.strips if not strip.ahead), None)


def draw_road(rng: np.random.Generator, *, has_line: bool) -> Road:
    """One to four lanes of our half, with or without an opposite half, arrows, closed lanes and exit zones."""
    count = int(rng.integers(1, 5))
    lane_m = rng.uniform(3.0, 3.7)
    width = count * lane_m if count > 1 else rng.uniform(3.5, 7.0)
    two_way = bool(rng.random() < 0.6)
    to_y = 0.0 if has_line else BEYOND_M
    kinds = _lane_kinds(rng, count, has_line=has_line)
    step = width / count
    strips = [
        Strip(f"L{n + 1}", n * step, (n + 1) * step, BEHIND_M, to_y, True, allowed, arrows)
        for n, (allowed, arrows) in enumerate(kinds)
    ]
    opposite = rng.uniform(3.2, 8.0) if two_way else 0.0
    if two_way:
        strips.append(Strip("oncoming", -opposite, -0.15, BEHIND_M, to_y, ahead=False))
    junction = ZEBRA_M + rng.uniform(12, 22)
    exits = _exits(width, opposite, junction) if has_line and rng.random() < 0.5 else ()
    return Road(tuple(strips), width, opposite, has_line, junction if has_line else 0.0, exits)


def _lane_kinds(
    rng: np.random.Generator, count: int, *, has_line: bool
) -> list[tuple[frozenset[VehicleClass], frozenset[Movement]]]:
    """(allowed, arrows) from the centre to the kerb."""
    kinds: list[tuple[frozenset[VehicleClass], frozenset[Movement]]] = [(ALL_CLASSES, frozenset())] * count
    if count == 1:
        return kinds
    if has_line and rng.random() < 0.5:
        straight_or_right = frozenset({Movement.STRAIGHT, Movement.RIGHT})
        return [(ALL_CLASSES, frozenset({Movement.LEFT}))] + [(ALL_CLASSES, straight_or_right)] * (count - 1)
    if rng.random() < 0.6:
        kinds[-1] = (TWO_WHEELS, frozenset())
        kinds[:-1] = [(CARS, frozenset())] * (count - 1)
    return kinds


def _exits(width: float, opposite: float, junction: float) -> tuple[tuple[Movement, tuple[Point, ...]], ...]:
    right: tuple[Point, ...] = ((width + 6, 0), (width + 30, 0), (width + 30, junction), (width + 6, junction))
    left: tuple[Point, ...] = (
        (-opposite - 30, 0),
        (-opposite - 6, 0),
        (-opposite - 6, junction),
        (-opposite - 30, junction),
    )
    straight: tuple[Point, ...] = ((0, junction), (width, junction), (width, BEYOND_M), (0, BEYOND_M))
    return ((Movement.RIGHT, right), (Movement.LEFT, left), (Movement.STRAIGHT, straight))


def draw_camera(road: Road, lights: Lights, lens: Lens, rules: tuple[RuleName, ...]) -> Camera:
    """The camera file of this road, seen through this lens: the operator's polygons end at the picture's edges."""
    lanes = []
    for strip in road.strips:
        corners = [(strip.left_x, strip.from_y), (strip.left_x, strip.to_y), (strip.right_x, strip.to_y)]
        outline = lens.outline([*corners, (strip.right_x, strip.from_y)])
        if _area(outline) >= MIN_AREA_PX:
            direction = _direction(lens, strip.middle_x, 1 if strip.ahead else -1)
            lanes.append(Lane(strip.name, outline, direction, strip.allowed, strip.arrows))
    zones = [ExitZone(movement, lens.outline(list(corners))) for movement, corners in road.exits]
    return Camera(
        id="simulated",
        resolution_wh=lens.size_wh,
        signals=tuple(Signal(head.name, LAMP_BOX, head.governs) for head in lights.heads),
        stop_lines=(_stop_line(road, lens),) if road.has_line else (),
        movements=tuple(zone for zone in zones if _area(zone.polygon) >= MIN_AREA_PX),
        lanes=tuple(lanes),
        rules=rules,
    )


def _stop_line(road: Road, lens: Lens) -> StopLine:
    ends = [lens.pixel(PAINT_GAP_M, 0), lens.pixel(road.width_m - PAINT_GAP_M, 0)]
    points = tuple((round(x, 1), round(y, 1)) for x, y in ends)
    return StopLine("near", points, _direction(lens, road.width_m / 2, 1))


def _direction(lens: Lens, x: float, sign: int) -> Point:
    """The direction of legal travel in the picture, around the line."""
    (x0, y0), (x1, y1) = lens.pixel(x, -2 * sign), lens.pixel(x, 2 * sign)
    return unit((round(x1 - x0, 1), round(y1 - y0, 1)))


def _area(outline: tuple[Point, ...]) -> float:
    """The shoelace formula, in px²; 0 for less than three corners."""
    around = zip(outline, (*outline[1:], *outline[:1]), strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in around)) / 2
