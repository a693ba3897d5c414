"""Clip 2: a street with a mixed lane and a lane for buses only."""

from __future__ import annotations

from .camera import PoleCamera
from .cars import BodyStyle
from .clip import Actor, Clip, LaneArea
from .clip_junction import _car, _moto
from .figures import Design, Kind
from .motion import ahead, cruise, swerve
from .people import Headwear, Look
from .plates import Plate, PlateColour, PlateShape
from .pose import Daylight
from .street import LanePlan, StreetPlan

START = -16.0
SEEN = 12.4  # way at which a rear wheel comes into the picture (y = -3.6)

PLAN = StreetPlan(
    (LanePlan(3.1, ("straight",)), LanePlan(3.1)),
    (3.2,),
    median=0.8,
    junction=False,
    near_y=-12.0,
    far_y=52.0,
    arrow_ys=(-1.5, 24.0),
    seed=33,
    tone=98.0,
    ppm=90.0,
    trees=7,
    pavement=2.4,
    road_texts=((5.05, 3.0, "BUS"), (5.05, 18.0, "BUS")),
)
CAMERA = PoleCamera((3.5, -30.0, 5.8), (3.5, 10.5, 0.0), 14.9, 1920, 1080)
BUS_X, MIXED_X = 5.1, 1.9


def _bus(text: str) -> Design:
    plate = Plate(text, PlateShape.SHORT, PlateColour.YELLOW)
    return Design(
        Kind.BUS,
        paint=(40, 130, 80),
        trim=(250, 250, 250),
        length=8.4,
        plate=plate,
        front_plate=Plate(text, PlateShape.LONG, PlateColour.YELLOW),
    )


ACTORS = (
    Actor(
        "B01",
        _moto("23P144827", Look(Headwear.HALF_HELMET, hat=(28, 58, 150), shirt=(224, 222, 214)), paint=(168, 20, 26)),
        ahead(1.3),
        cruise(0.3, SEEN, 6.0),
        ("allowed_class",),
    ),
    Actor("B02", _bus("23B01937"), ahead(BUS_X + 0.05), cruise(1.9, SEEN, 5.6), ("allowed_class",)),
    Actor(
        "B03",
        _moto(
            "23AE58213",
            Look(Headwear.OPEN_HELMET, hat=(186, 28, 34), shirt=(60, 90, 150)),
            paint=(232, 232, 230),
            scooter=True,
        ),
        ahead(3.18),
        cruise(0.9, SEEN, 5.4),
        ("along_the_boundary",),
    ),
    Actor(
        "B04",
        _car("23A17259", BodyStyle.SUV, (30, 44, 80), shape=PlateShape.LONG),
        ahead(MIXED_X - 0.1),
        cruise(3.4, SEEN, 5.6),
        ("allowed_class",),
    ),
    Actor(
        "B05",
        _moto("22K271946", Look(Headwear.HALF_HELMET, hat=(24, 24, 26), shirt=(80, 120, 80)), paint=(26, 26, 30)),
        swerve(2.85, 1.2, 5.5, 9.6, ramp_m=3.4, y_from=START),
        cruise(5.6, SEEN, 5.4),
        ("short_swerve", "black_helmet"),
    ),
    Actor("B06", _car("30G48162", BodyStyle.HATCHBACK, (176, 30, 34)), ahead(BUS_X), cruise(8.0, SEEN, 5.6)),
    Actor(
        "B07",
        _moto(
            "23AC91574",
            Look(Headwear.FULL_HELMET, hat=(120, 124, 130), shirt=(40, 42, 48)),
            Look(Headwear.LONG_HAIR, shirt=(230, 140, 160), trousers=(56, 68, 96)),
            paint=(28, 56, 120),
            scooter=True,
            short_passenger=True,
        ),
        ahead(1.75),
        cruise(8.6, SEEN, 5.0),
    ),
    Actor(
        "B08",
        _moto(
            "23N135698",
            Look(Headwear.HALF_HELMET, hat=(230, 110, 30), shirt=(190, 60, 60), backpack=(40, 42, 48)),
            paint=(110, 112, 116),
        ),
        ahead(5.0),
        cruise(10.7, SEEN, 5.2),
    ),
    Actor(
        "B09",
        Design(
            Kind.BICYCLE, paint=(168, 20, 26), looks=(Look(Headwear.CAP, hat=(28, 58, 150), shirt=(224, 222, 214)),)
        ),
        ahead(3.0),
        cruise(10.4, SEEN, 3.4),
        ("bare_cyclist", "allowed_class"),
    ),
    Actor(
        "B10",
        Design(
            Kind.TRUCK,
            paint=(40, 90, 160),
            trim=(226, 226, 222),
            length=5.6,
            plate=Plate("22C08534", PlateShape.SHORT, PlateColour.YELLOW),
        ),
        ahead(1.5),
        cruise(13.0, SEEN, 5.0),
        ("allowed_class",),
    ),
    Actor(
        "B11",
        _moto("22B289147", Look(Headwear.HALF_HELMET, hat=(240, 200, 40), shirt=(150, 90, 130)), paint=(60, 84, 60)),
        ahead(-1.6, 60.0, -20.0),
        cruise(3.0, 40.0, 6.0),
    ),
    Actor("B12", _car("20A73516", BodyStyle.SEDAN, (236, 236, 234)), ahead(-1.9, 60.0, -20.0), cruise(9.0, 38.0, 6.5)),
    Actor(
        "B13",
        Design(Kind.PEDESTRIAN, looks=(Look(Headwear.HAIR, shirt=(215, 180, 60), trousers=(34, 33, 35)),)),
        ahead(7.25, 6.0, 40.0),
        cruise(0.0, 2.0, 1.1),
        ("bare_pedestrian",),
    ),
)
PARKED = (
    Actor(
        "B90",
        Design(Kind.MOTORCYCLE, paint=(232, 232, 230), scooter=True, plate=Plate("23T127735", PlateShape.MOTORBIKE)),
        ahead(8.4, 13.0, 40.0),
        cruise(0.0, 0.0, 0.0),
    ),
    Actor(
        "B91",
        Design(Kind.MOTORCYCLE, paint=(26, 26, 30), plate=Plate("23AF62081", PlateShape.MOTORBIKE)),
        ahead(8.5, 16.0, 40.0),
        cruise(0.0, 0.0, 0.0),
    ),
)

CLIP = Clip(
    name="tran_phu_bus_lane",
    title="Trần Phú – làn xe buýt",
    address="Đường Trần Phú, đoạn trước chợ",
    commune="Phường Hà Giang 2",
    latitude=22.8231,
    longitude=104.9805,
    started_at="2026-11-16T16:41:05",
    seconds=16.0,
    plan=PLAN,
    camera=CAMERA,
    light=Daylight((0.5, -0.35, 0.79), sun_strength=0.8, sky_strength=0.55, shadow=0.4, tint=(1.03, 1.0, 0.95)),
    actors=ACTORS,
    scenery=PARKED,
    lanes=(
        LaneArea("mixed", (0.4, 3.5, -3.4, 32.0), 1.0, ("car", "motorcycle", "bicycle", "truck", "bus"), ("straight",)),
        LaneArea("bus", (3.5, 6.6, -3.4, 32.0), 1.0, ("bus",)),
        LaneArea("opposite", (-3.6, -0.4, -3.4, 32.0), -1.0),
    ),
    rules=("helmet", "wrong_lane", "wrong_way"),
)
