"""Which way a vehicle goes in the junction: from the zone by which it leaves, else from the way driven.

A straight way on the road is a straight line in the picture, whatever the camera's height: the heading before the stop
line is therefore the yardstick for the heading beyond it. "Not yet known" is an answer; what can be excluded already
(this one does not turn right) often settles which signals govern. Turners go straight first, deep into the junction and
through the exit zone of those who go on: where it matters, "straight" is believed only of a vehicle that has left.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from detector.camera import ExitZone
from detector.geometry import Vector, between, contains, dot, length, to_the_right, turn_deg, unit
from detector.ground import GroundPlane
from detector.thresholds import MovementThresholds
from detector.vocabulary import Movement, Point, VehicleClass

MOVEMENTS = frozenset({Movement.STRAIGHT, Movement.LEFT, Movement.RIGHT, Movement.U_TURN})
TURNS = MOVEMENTS - {Movement.STRAIGHT}
SIDES = ((1, Movement.RIGHT), (-1, Movement.LEFT))
STRAIGHT_BACK_DEG = 170.0  # which way round does not show; else a U-turn goes to the left, as traffic keeps right
ROAD_SLACK_DEG = 20.0  # lanes fan out towards the camera: their direction tells a heading this much worse than the way


@dataclass(frozen=True, slots=True)
class MovementView:
    """What the way driven so far tells: the movement (`UNKNOWN` while open) and those still possible."""

    movement: Movement
    possible: frozenset[Movement]


OPEN = MovementView(Movement.UNKNOWN, MOVEMENTS)


@dataclass(frozen=True, slots=True)
class Way:
    """A vehicle's way over the stop line. `approach`: its own heading before the line, None where it moved too little;
    `road`: the direction of the lane or line there; `crossing`: where it passed; `here`: where it is; `heading`: its
    latest heading, None while it moved too little; `height_px`: its height where it is now; `plane`: the road, where known:
    seen along the road from a low pole, a right angle looks like 30 degrees; `metres`: from the line to here, where known."""

    approach: Vector | None
    road: Vector
    crossing: Point
    here: Point
    heading: Vector | None
    height_px: float
    plane: GroundPlane | None = None
    metres: float | None = None

    def turned_deg(self, before: Vector) -> float:
        """Angle from a heading at the line to the latest one, on the road where it is known, else in the picture."""
        assert self.heading is not None  # asked of none that moved too little
        if self.plane is not None:
            size = self.height_px / length(before)
            earlier = (self.crossing[0] - size * before[0], self.crossing[1] - size * before[1])
            start = (self.here[0] - self.heading[0], self.here[1] - self.heading[1])
            first, last = self.plane.way(earlier, self.crossing), self.plane.way(start, self.here)
            if first and last:
                return turn_deg(first, last)
        return turn_deg(before, self.heading)


def judge_movement(way: Way, exits: Sequence[ExitZone], thresholds: MovementThresholds) -> MovementView:
    """The movement from the exit zones; from the trajectory where the vehicle is in none of them."""
    for zone in exits:
        if contains(zone.polygon, way.here):
            return _decided(zone.movement)
    return _from_trajectory(way, thresholds)


def turns_show_after_s(
    turns: Collection[Movement], vehicle_class: VehicleClass, thresholds: MovementThresholds
) -> float:
    """Seconds beyond the line after which a vehicle that still keeps straight is not about to make one of `turns`."""
    longer = thresholds.bicycle_turn_ratio if vehicle_class is VehicleClass.BICYCLE else 1.0
    return longer * _last_to_show(turns, right=thresholds.turn_shows_s, left=thresholds.left_turn_shows_s)


def turns_show_after_m(turns: Collection[Movement], thresholds: MovementThresholds) -> float:
    """Metres beyond the line after which the same holds, however fast it went there."""
    return _last_to_show(turns, right=thresholds.turn_shows_m, left=thresholds.left_turn_shows_m)


def _last_to_show(turns: Collection[Movement], *, right: float, left: float) -> float:
    if Movement.LEFT in turns or Movement.U_TURN in turns:
        return left
    return right if Movement.RIGHT in turns else 0.0


def _decided(movement: Movement) -> MovementView:
    return MovementView(movement, frozenset({movement}))


def _from_trajectory(way: Way, thresholds: MovementThresholds) -> MovementView:
    """Compared with the vehicle's own approach, and not contradicted by the road's direction: who cuts the corner
    slants before the line already and would look as if he went straight on."""
    if way.heading is None:
        return OPEN
    approach = way.approach or way.road
    slack = 0.0 if way.approach else ROAD_SLACK_DEG
    driven = between(way.crossing, way.here)
    ahead = dot(unit(approach), driven) / way.height_px
    aside = dot(to_the_right(approach), driven) / way.height_px
    turned, off_road = way.turned_deg(approach), way.turned_deg(way.road)
    back_in_picture = dot(way.heading, approach) < 0  # on the road the wobble of a lower edge is metres back
    comes_back = -turned >= thresholds.u_turn_deg or abs(turned) >= STRAIGHT_BACK_DEG
    if back_in_picture and comes_back and abs(off_road) >= thresholds.u_turn_deg - ROAD_SLACK_DEG:
        return _decided(Movement.U_TURN)
    for side, movement in SIDES:
        off = side * turned >= thresholds.turn_deg + slack and side * aside >= thresholds.turn_aside_heights
        if off and side * off_road >= thresholds.turn_deg - ROAD_SLACK_DEG:
            return _decided(movement)
    along = abs(turned) <= thresholds.straight_deg and abs(off_road) <= thresholds.straight_deg + ROAD_SLACK_DEG
    way_heights = length(driven) / way.height_px
    keeps_line = abs(aside) <= thresholds.turn_aside_heights + thresholds.straight_aside_share * way_heights
    metres = way.metres or 0.0
    is_far = way_heights >= thresholds.straight_heights or metres >= thresholds.straight_m
    is_even = along and abs(turned) <= thresholds.bends_deg
    passed = {turn for turn in TURNS if is_even and metres >= turns_show_after_m({turn}, thresholds)}
    if along and is_far and (keeps_line or passed == TURNS):
        return _decided(Movement.STRAIGHT)
    excluded = {
        movement
        for side, movement in SIDES
        if ahead >= thresholds.away_heights
        and -side * aside >= thresholds.away_aside_heights
        and -side * turned >= thresholds.away_deg + slack
        and side * off_road <= ROAD_SLACK_DEG
    }
    return MovementView(Movement.UNKNOWN, MOVEMENTS - excluded - passed)
