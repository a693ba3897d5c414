"""Clip 1: a junction with a stop line, a main lamp and a right arrow."""

from __future__ import annotations

from .camera import PoleCamera
from .cars import BodyStyle
from .clip import Actor, Clip, LaneArea, SignalPlan
from .figures import Design, Kind
from .lamps import Lamp, LampKind
from .motion import across, ahead, cruise, keys, right_turn
from .people import Headwear, Look
from .plates import Plate, PlateColour, PlateShape
from .pose import Daylight
from .street import LanePlan, StreetPlan

START = -16.0  # y where paths begin: way 16 is the stop line
LINE = -START

MAIN = SignalPlan(
    Lamp("main", LampKind.DISCS, (7.05, 0.1, 2.5), ("straight", "left", "right"), radius=0.13),
    ((0.0, "red"), (3.6, "green"), (8.2, "yellow"), (11.2, "red")),
)
ARROW = SignalPlan(
    Lamp("right_arrow", LampKind.RIGHT_ARROW, (7.05, 0.1, 1.76), ("right",), radius=0.15),
    ((0.0, "off"), (12.4, "green"), (20.4, "off")),
)

PLAN = StreetPlan(
    (LanePlan(3.1, ("left", "straight")), LanePlan(3.1, ("straight", "right"), solid_left=True)),
    (3.1, 3.1),
    median=0.8,
    near_y=-12.0,
    far_y=48.0,
    arrow_ys=(-4.6,),
    seed=20,
    tone=104.0,
    ppm=90.0,
    trees=8,
    pavement=2.5,
)
CAMERA = PoleCamera((3.5, -30.0, 5.8), (3.5, 6.2, 0.0), 14.9, 1920, 1080)


def _moto(
    text: str, *looks: Look, paint: tuple[float, float, float], scooter: bool = False, short_passenger: bool = False
) -> Design:
    """`short_passenger`: shorter and leaning aside, so that the driver's head shows from behind as well."""
    return Design(
        Kind.MOTORCYCLE,
        paint=paint,
        scooter=scooter,
        looks=looks,
        plate=Plate(text, PlateShape.MOTORBIKE),
        pillion_drop_m=0.15 if short_passenger else 0.0,
        pillion_aside_m=0.11 if short_passenger else 0.0,
    )


def _car(
    text: str,
    style: BodyStyle,
    paint: tuple[float, float, float],
    *,
    shape: PlateShape = PlateShape.SHORT,
    taxi: bool = False,
) -> Design:
    colour = PlateColour.YELLOW if taxi else PlateColour.WHITE
    return Design(
        Kind.CAR,
        paint=paint,
        style=style,
        taxi=taxi,
        plate=Plate(text, shape, colour),
        front_plate=Plate(text, PlateShape.LONG, colour),
    )


def _waiting_at_red() -> tuple[Actor, ...]:
    """Those who stand when the clip begins and go on at green."""
    stop = LINE - 1.27  # rear wheel before the line, front wheel on it
    return (
        Actor(
            "J01",
            _moto(
                "23AB26814",
                Look(Headwear.HALF_HELMET, hat=(186, 28, 34), stripe=(240, 240, 236), shirt=(70, 110, 160)),
                paint=(28, 56, 120),
            ),
            ahead(4.35),
            keys((0, stop, 0), (4.3, stop, 0), (7.0, stop + 8.2, 5.6), (8.0, stop + 13.8, 5.6)),
            ("stops_at_line", "goes_on_at_green"),
        ),
        Actor(
            "J02",
            _moto(
                "23K168255",
                Look(Headwear.OPEN_HELMET, hat=(236, 236, 232), shirt=(80, 120, 80)),
                Look(Headwear.HOOD_OVER_HELMET, hat=(226, 130, 165), shirt=(150, 90, 130)),
                paint=(168, 20, 26),
                scooter=True,
            ),
            ahead(5.75),
            keys((0, LINE - 2.9, 0), (4.7, LINE - 2.9, 0), (7.4, LINE + 5.3, 5.4), (8.4, LINE + 10.7, 5.4)),
            ("goes_on_at_green", "helmet_under_hood"),
        ),
        Actor(
            "J03",
            _car("22A18436", BodyStyle.SEDAN, (40, 150, 90), taxi=True),
            ahead(1.95),
            keys((0, LINE - 4.15, 0), (4.4, LINE - 4.15, 0), (7.6, LINE + 6.2, 6.2), (8.6, LINE + 12.4, 6.2)),
            ("goes_on_at_green",),
        ),
    )


def _on_green_and_yellow() -> tuple[Actor, ...]:
    return (
        Actor(
            "J04",
            _moto(
                "23L227463",
                Look(Headwear.HAIR, shirt=(216, 212, 200), trousers=(56, 68, 96), long_sleeves=False),
                paint=(26, 26, 30),
                scooter=True,
            ),
            ahead(3.55),
            cruise(7.3, LINE, 4.8),
        ),
        Actor(
            "J05",
            Design(
                Kind.BICYCLE,
                paint=(60, 84, 60),
                looks=(Look(Headwear.HAIR, shirt=(230, 140, 160), trousers=(40, 44, 60)),),
            ),
            ahead(6.15),
            cruise(7.7, LINE, 3.0),
            ("bare_cyclist",),
        ),
        Actor(
            "J06",
            _moto(
                "22AC51729", Look(Headwear.HALF_HELMET, hat=(20, 20, 22), shirt=(128, 130, 136)), paint=(232, 232, 230)
            ),
            ahead(5.0),
            cruise(9.6, LINE, 6.0),
            ("crosses_at_yellow", "black_helmet"),
        ),
        Actor(
            "J07",
            _car("29A93175", BodyStyle.SUV, (236, 236, 234), shape=PlateShape.LONG),
            ahead(1.95),
            cruise(10.2, LINE, 5.2),
            ("past_line_at_red_onset", "crosses_at_yellow"),
        ),
    )


def _on_red() -> tuple[Actor, ...]:
    waits = LINE - 1.24
    return (
        Actor(
            "J08",
            _car("23A04582", BodyStyle.HATCHBACK, (120, 20, 26)),
            ahead(1.95),
            keys((10.8, LINE - 13, 5.5), (14.6, LINE - 3.55, 0.0)),
            ("stops_before_line",),
        ),
        Actor(
            "J09",
            _moto(
                "23M148391",
                Look(
                    Headwear.FULL_HELMET,
                    hat=(28, 58, 150),
                    stripe=(236, 236, 232),
                    shirt=(40, 42, 48),
                    backpack=(60, 84, 60),
                ),
                paint=(110, 112, 116),
            ),
            ahead(3.42),
            keys((10.6, LINE - 12, 5.4), (14.6, waits, 0.0)),
            ("stops_at_line",),
        ),
        Actor(
            "J10",
            _moto(
                "23AH70352",
                Look(Headwear.HALF_HELMET, hat=(240, 200, 40), shirt=(190, 60, 60), long_sleeves=False),
                paint=(26, 26, 30),
            ),
            ahead(4.5),
            cruise(15.6, LINE, 5.6),
        ),
        Actor(
            "J11",
            _moto(
                "22B163947",
                Look(Headwear.OPEN_HELMET, hat=(40, 130, 80), shirt=(60, 90, 150)),
                paint=(150, 190, 200),
                scooter=True,
            ),
            right_turn(5.95, LINE + START + 3.6, 4.3, START),
            keys((12.0, LINE - 8.5, 5.2), (13.9, LINE, 3.8), (18.0, LINE + 15.6, 3.8)),
            ("right_turn_on_green_arrow",),
        ),
        Actor(
            "J12",
            _moto(
                "23AD35618",
                Look(Headwear.HALF_HELMET, hat=(90, 50, 120), shirt=(215, 180, 60)),
                Look(Headwear.OPEN_HELMET, hat=(140, 190, 215), shirt=(224, 222, 214)),
                paint=(190, 150, 120),
                scooter=True,
            ),
            right_turn(5.85, LINE + START + 3.6, 4.3, START),
            keys((14.6, LINE - 10, 5.0), (17.0, LINE, 3.7), (20.5, LINE + 13.0, 3.7)),
            ("right_turn_on_green_arrow",),
        ),
        Actor("J13", _car("30E27649", BodyStyle.SEDAN, (44, 50, 62)), ahead(5.2), cruise(18.8, LINE, 7.2)),
    )


def _others() -> tuple[Actor, ...]:
    def rider(hat: tuple[float, float, float], shirt: tuple[float, float, float]) -> Look:
        return Look(Headwear.HALF_HELMET, hat=hat, shirt=shirt)

    return (
        Actor(
            "J14",
            _moto("88B214725", rider((230, 110, 30), (110, 90, 70)), paint=(168, 20, 26)),
            across(8.4, -14.0, 30.0),
            cruise(13.0, 16.5, 7.0),
        ),
        Actor(
            "J15",
            _moto("22H139086", rider((236, 236, 232), (90, 160, 180)), paint=(28, 56, 120), scooter=True),
            across(12.8, 20.0, -30.0),
            cruise(14.6, 17.0, 6.5),
        ),
        Actor(
            "J16",
            _car("20A61528", BodyStyle.HATCHBACK, (196, 198, 202)),
            across(12.8, 22.0, -30.0),
            cruise(21.9, 17.0, 7.0),
        ),
        Actor(
            "J17",
            Design(Kind.PEDESTRIAN, looks=(Look(Headwear.HAIR, shirt=(90, 60, 110), trousers=(96, 90, 80)),)),
            across(3.2, -4.0, 20.0),
            cruise(17.0, 2.4, 1.25),
            ("bare_pedestrian",),
        ),
        Actor(
            "J18",
            Design(
                Kind.PEDESTRIAN,
                looks=(Look(Headwear.CONE, hat=(222, 200, 150), shirt=(140, 70, 80), trousers=(34, 33, 35)),),
            ),
            ahead(7.15, 15.0, 60.0),
            cruise(0.0, 1.0, 0.9),
            ("bare_pedestrian",),
        ),
    )


CLIP = Clip(
    name="nguyen_trai_junction",
    title="Nguyễn Trãi – Minh Khai",
    address="Ngã tư Nguyễn Trãi – Minh Khai",
    commune="Phường Hà Giang 2",
    latitude=22.8256,
    longitude=104.9842,
    started_at="2026-11-16T07:12:30",
    seconds=26.0,
    plan=PLAN,
    camera=CAMERA,
    light=Daylight((-0.42, -0.5, 0.76), sun_strength=0.85, sky_strength=0.55, shadow=0.42),
    actors=(*_waiting_at_red(), *_on_green_and_yellow(), *_on_red(), *_others()),
    lanes=(
        LaneArea("L1", (0.4, 3.5, -5.4, 0.0), 1.0, (), ("left", "straight")),
        LaneArea("L2", (3.5, 6.6, -5.4, 0.0), 1.0, (), ("straight", "right")),
    ),
    rules=("helmet", "red_light", "wrong_lane", "wrong_way"),
    signals=(MAIN, ARROW),
    exits=(("right", (6.75, 14.0, 5.0, 11.5)), ("straight", (0.4, 6.6, 13.5, 34.0))),
    stop_line=True,
)
