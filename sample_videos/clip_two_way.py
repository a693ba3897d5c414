"""Clip 3: a narrow two-way street with a double yellow line."""

from __future__ import annotations

from .camera import PoleCamera
from .cars import BodyStyle
from .clip import Actor, Clip, LaneArea
from .clip_junction import _car, _moto
from .figures import Design, Kind
from .motion import ahead, cruise, keys, u_turn
from .people import Headwear, Look
from .plates import Plate, PlateShape
from .pose import Daylight
from .street import LanePlan, StreetPlan

START = -16.0
SEEN = 12.4

PLAN = StreetPlan(
    (LanePlan(3.6),),
    (3.5,),
    median=0.0,
    junction=False,
    near_y=-12.0,
    far_y=52.0,
    arrow_ys=(-2.5,),
    seed=51,
    tone=112.0,
    ppm=90.0,
    trees=7,
    pavement=2.6,
    zebra_y=20.0,
)
CAMERA = PoleCamera((0.2, -30.0, 5.8), (0.1, 10.5, 0.0), 15.0, 1920, 1080)

ACTORS = (
    Actor(
        "T01",
        _moto("23AK40286", Look(Headwear.HALF_HELMET, hat=(186, 28, 34), shirt=(40, 42, 48)), paint=(190, 150, 120)),
        ahead(-2.95),
        cruise(0.8, SEEN, 3.2),
    ),
    Actor(
        "T02",
        _moto("23H251938", Look(Headwear.CONE, hat=(222, 200, 150), shirt=(60, 90, 150)), paint=(168, 20, 26)),
        ahead(1.6),
        cruise(1.4, SEEN, 4.8),
    ),
    Actor(
        "T03",
        _moto(
            "22L168472",
            Look(Headwear.OPEN_HELMET, hat=(236, 236, 232), shirt=(215, 180, 60)),
            paint=(28, 56, 120),
            scooter=True,
        ),
        ahead(3.05),
        keys(
            (0.0, 19.0, 0.0), (3.0, 19.0, 0.0), (5.0, 18.0, 0.0), (6.4, 18.0, 0.0), (9.4, 24.5, 4.6), (10.4, 29.1, 4.6)
        ),
        ("rolls_back",),
    ),
    Actor(
        "T04",
        _moto(
            "23AB73915",
            Look(Headwear.HALF_HELMET, hat=(40, 130, 80), shirt=(224, 222, 214)),
            paint=(26, 26, 30),
            scooter=True,
        ),
        u_turn(1.5, 4.6, 1.5),
        keys((5.4, 7.6, 4.6), (8.6, 20.4, 2.6), (10.6, 25.4, 2.6), (13.2, 35.5, 4.6)),
        ("legal_u_turn",),
    ),
    Actor(
        "T05",
        _moto(
            "22M152639",
            Look(Headwear.HALF_HELMET, hat=(226, 130, 165), shirt=(150, 90, 130), mask=(120, 170, 210)),
            paint=(150, 190, 200),
            scooter=True,
        ),
        ahead(-1.0, 60.0, -20.0),
        cruise(1.4, 39.0, 6.0),
        ("opposite_half_legal",),
    ),
    Actor(
        "T06",
        _moto(
            "20B217364", Look(Headwear.HOOD_OVER_HELMET, hat=(240, 200, 40), shirt=(80, 120, 80)), paint=(232, 232, 230)
        ),
        ahead(-1.1, 60.0, -20.0),
        cruise(4.0, 38.0, 6.2),
        ("opposite_half_legal", "helmet_under_hood"),
    ),
    Actor(
        "T07",
        _car("22A50813", BodyStyle.SEDAN, (70, 74, 78)),
        ahead(-1.75, 60.0, -20.0),
        cruise(13.2, 40.0, 6.5),
        ("opposite_half_legal",),
    ),
    Actor(
        "T08",
        _moto(
            "23C184059",
            Look(Headwear.OPEN_HELMET, hat=(120, 124, 130), shirt=(128, 130, 136)),
            Look(Headwear.HAIR, shirt=(140, 70, 80)),
            paint=(110, 112, 116),
            short_passenger=True,
        ),
        ahead(1.7),
        cruise(10.6, SEEN, 4.8),
    ),
    Actor(
        "T09",
        Design(Kind.BICYCLE, paint=(28, 56, 120), looks=(Look(Headwear.CAP, hat=(186, 28, 34), shirt=(90, 160, 180)),)),
        ahead(3.15),
        cruise(7.4, SEEN, 3.2),
        ("bare_cyclist",),
    ),
    Actor(
        "T10",
        _moto("23AG16547", Look(Headwear.FULL_HELMET, hat=(20, 20, 22), shirt=(60, 42, 32)), paint=(168, 20, 26)),
        ahead(2.3),
        cruise(13.0, SEEN, 5.0),
        ("black_helmet",),
    ),
    Actor(
        "T11",
        Design(Kind.PEDESTRIAN, looks=(Look(Headwear.LONG_HAIR, shirt=(190, 60, 60), trousers=(224, 222, 214)),)),
        ahead(4.3, 4.0, 40.0),
        cruise(0.0, 0.0, 1.15),
        ("bare_pedestrian",),
    ),
    Actor(
        "T12",
        Design(Kind.PEDESTRIAN, looks=(Look(Headwear.CAP, hat=(24, 24, 26), shirt=(60, 84, 60)),)),
        ahead(-4.2, 26.0, -10.0),
        cruise(0.0, 3.0, 0.6),
        ("bare_pedestrian",),
    ),
)
PARKED = tuple(
    Actor(
        f"T9{k}",
        Design(Kind.MOTORCYCLE, paint=paint, scooter=scooter, plate=Plate(text, PlateShape.MOTORBIKE)),
        ahead(x, y, y + 30),
        cruise(0.0, 0.0, 0.0),
    )
    for k, (x, y, paint, scooter, text) in enumerate(
        [
            (-5.0, 8.0, (168, 20, 26), True, "23S128864"),
            (-5.1, 9.3, (232, 232, 230), False, "22F142097"),
            (5.6, 18.0, (28, 56, 120), True, "23AM57320"),
        ]
    )
)

CLIP = Clip(
    name="ly_thuong_kiet_two_way",
    title="Lý Thường Kiệt",
    address="Đường Lý Thường Kiệt, gần trường học",
    commune="Phường Hà Giang 1",
    latitude=22.8312,
    longitude=104.9870,
    started_at="2026-11-17T10:05:40",
    seconds=17.0,
    plan=PLAN,
    camera=CAMERA,
    light=Daylight((-0.3, -0.55, 0.78), sun_strength=0.75, sky_strength=0.6, shadow=0.36),
    actors=ACTORS,
    scenery=PARKED,
    lanes=(LaneArea("right", (0.0, 3.6, -3.4, 32.0), 1.0), LaneArea("left", (-3.5, 0.0, -3.4, 32.0), -1.0)),
    rules=("helmet", "wrong_way"),
)
