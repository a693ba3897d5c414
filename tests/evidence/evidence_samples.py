"""Sample values that the tests of evidence share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from detector.camera import Camera, Lane, Place, RuleName, Signal, StopLine
from detector.vocabulary import (
    Certainty,
    Movement,
    Phase,
    Pixels,
    SignalPhase,
    TrailPoint,
    VehicleClass,
    Violation,
)
from evidence.cases.accounts import Account, Role, create_user
from evidence.store import Store
from evidence.vault import HashedPart, ProvenancePart, UnitPart
from ocr.reading import PlateReading, ReadingStatus

Record = Callable[..., str | None]

START = datetime(2026, 11, 20, 1, 0, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
SIZE_WH = (320, 240)
FPS = 10
SECONDS = 8
UNIT = UnitPart(code="PC08", name="Phòng CSGT Công an tỉnh Tuyên Quang")
PROVENANCE = ProvenancePart(
    program="phatnguoi",
    program_version="0.1.0",
    models=(HashedPart(name="vehicles", version="1", sha256="1" * 64),),
    configs=(HashedPart(name="rules.yaml", version="1", sha256="2" * 64),),
)
CAMERA = Camera(
    id="tran-phu-01",
    name="Trần Phú – Nguyễn Trãi",
    resolution_wh=SIZE_WH,
    place=Place(address="Ngã tư Trần Phú – Nguyễn Trãi", commune="P. Hà Giang 2", province="Tuyên Quang"),
    signals=(Signal("main", (280, 10, 300, 50), frozenset({Movement.STRAIGHT})),),
    stop_lines=(StopLine("south", ((20, 150), (200, 150)), (0.0, -1.0)),),
    lanes=(Lane("L1", ((20, 230), (80, 60), (120, 60), (160, 230))),),
    rules=(RuleName.RED_LIGHT,),
)


def at_s(seconds: float) -> datetime:
    """A time of the footage."""
    return START + timedelta(seconds=seconds)


def make_violation(n: int = 0, **changes: object) -> Violation:
    """A red-light violation at second 4; `n` makes different ones."""
    violation = Violation(
        code="RED_LIGHT",
        rule="red_light",
        track_id=7 + n,
        vehicle_class=VehicleClass.MOTORCYCLE,
        captured_at=at_s(4) + timedelta(milliseconds=n),
        from_at=at_s(3),
        to_at=at_s(5),
        frame=40,
        from_frame=30,
        to_frame=50,
        box_xyxy=(100.0 + n, 120.5, 140.0 + n, 180.25),
        movement=Movement.STRAIGHT,
        signal_phase=Phase.RED,
        certainty=Certainty.SURE,
        facts={"red_elapsed_s": 3.25, "stop_line": "south"},
    )
    return replace(violation, **changes)  # type: ignore[arg-type]


def make_reading(text: str = "29B112345", **changes: object) -> PlateReading:
    reading = PlateReading(
        text=text,
        status=ReadingStatus.ACCEPTED,
        confidence=0.93,
        char_confidences=tuple(0.93 for _ in text),
        lines=2,
        kind="moto_letter_digit",
        frame_index=38,
        crop=np.full((40, 56, 3), 200, np.uint8),
    )
    return replace(reading, **changes)  # type: ignore[arg-type]


def numbered_picture(index: int) -> Pixels:
    """A grey picture with a white bar whose place tells the frame's number."""
    pixels = np.full((SIZE_WH[1], SIZE_WH[0], 3), 60, np.uint8)
    pixels[100:140, index * 4 : index * 4 + 4] = 255
    return pixels


def number_in(pixels: Pixels) -> int:
    """The frame number that a decoded picture shows."""
    return int(np.argmax(pixels[110:130].mean(axis=(0, 2)).reshape(-1, 4).mean(axis=1)))


def surroundings(violation: Violation, camera: Camera = CAMERA) -> dict[str, object]:
    """What a recorder is told besides violation, reading and source."""
    return {
        "camera": camera,
        "trail": [TrailPoint(30 + k, at_s(3 + k / 10), (100, 120 - k, 140, 180 - k)) for k in range(20)],
        "signal_timeline": [SignalPhase("main", Phase.RED, at_s(0.75))],
        "provenance": PROVENANCE,
    }


def make_account(store: Store, username: str, role: Role) -> Account:
    with store.session() as session:
        return create_user(
            session, username=username, full_name=username.title(), role=role, password="mot-mat-khau-dai", at=NOW
        )
