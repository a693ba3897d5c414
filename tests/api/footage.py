"""Footage made on the spot: a lamp, a road and a vehicle that drives up the picture, as a small H.264 file."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np

from detector.camera import Camera, load_camera
from detector.footage import FootageFile
from detector.vocabulary import (
    Box,
    Certainty,
    Movement,
    Phase,
    Pixels,
    SignalPhase,
    TrailPoint,
    VehicleClass,
    Violation,
)
from evidence.vault.manifest import HashedPart, ProvenancePart, UnitPart
from ocr.reading import PlateReading, ReadingStatus

SIZE_WH = (640, 360)
FPS = 25
FRAMES = 200
VIOLATION_FRAME = 110
RED_FRAME = 60
START = datetime(2026, 11, 20, 1, 15, 0, tzinfo=UTC)
UNIT = UnitPart(code="PC08", name="Phòng CSGT")
PROVENANCE = ProvenancePart(
    program="phatnguoi",
    program_version="0.1.0",
    models=(HashedPart(name="vehicles", version="1", sha256="a" * 64),),
    configs=(HashedPart(name="rules.yaml", version="1", sha256="b" * 64),),
)
CAMERA_YAML = """\
id: tran-phu-01
name: Trần Phú – Nguyễn Trãi
place: {address: Ngã tư Trần Phú – Nguyễn Trãi, commune: Phường Hà Giang 1, province: Tuyên Quang}
resolution: [640, 360]
signals:
  - {name: main, lamp_box: [560, 20, 584, 84], governs: [straight, left, right]}
stop_lines:
  - {name: south, line: [[120, 220], [520, 220]], direction: [0, -1]}
lanes:
  - {name: L1, polygon: [[120, 358], [520, 358], [400, 60], [240, 60]], direction: [0, -1], allowed: [car], arrows: [straight]}
rules: [red_light]
"""


def at(frame: int) -> datetime:
    """When a frame was captured."""
    return START + timedelta(seconds=frame / FPS)


def box_at(frame: int) -> Box:
    """Where the vehicle is: from the bottom of the picture up, smaller as it goes."""
    share = frame / FRAMES
    width, height = 92 - 40 * share, 78 - 34 * share
    x, y = 300 + 30 * share, 352 - 270 * share
    return (x - width / 2, y - height, x + width / 2, y)


def camera(folder: Path) -> Camera:
    """The camera of the footage, through the real door."""
    path = folder / "camera.yaml"
    path.write_text(CAMERA_YAML, encoding="utf-8")
    return load_camera(path)


def footage(folder: Path, seed: int) -> FootageFile:
    """A file that differs with `seed`, so that every case has a source of its own."""
    path = folder / f"junction-{seed}.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"g": "25", "preset": "ultrafast", "crf": "26"})
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        for frame in range(FRAMES):
            picture = av.VideoFrame.from_ndarray(_picture(frame, seed), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return FootageFile(path, START + timedelta(minutes=7 * seed))


def _picture(frame: int, seed: int) -> Pixels:
    width, height = SIZE_WH
    picture = np.full((height, width, 3), (92, 104, 98), np.uint8)
    cv2.fillPoly(picture, [np.array([(60, height), (580, height), (410, 60), (230, 60)], np.int32)], (74, 74, 76))
    cv2.line(picture, (120, 220), (520, 220), (235, 235, 235), 4)
    cv2.rectangle(picture, (560, 20), (584, 84), (20, 20, 20), -1)
    lamp = ((572, 32), (40, 40, 235)) if frame >= RED_FRAME else ((572, 72), (80, 220, 60))
    cv2.circle(picture, lamp[0], 8, lamp[1], -1)
    x1, y1, x2, y2 = (round(edge) for edge in box_at(frame))
    paint = ((40, 60, 190), (170, 110, 40), (60, 150, 60), (60, 60, 60), (200, 60, 160))[seed % 5]
    cv2.rectangle(picture, (x1, y1), (x2, y2), paint, -1)
    cv2.rectangle(picture, (x1 + 8, y1 + 6), (x2 - 8, y1 + (y2 - y1) // 3), (210, 200, 180), -1)
    cv2.rectangle(picture, ((x1 + x2) // 2 - 16, y2 - 20), ((x1 + x2) // 2 + 16, y2 - 8), (250, 250, 250), -1)
    return picture


def plate_crop(text: str) -> Pixels:
    """A white plate with black letters."""
    picture = np.full((60, 230, 3), 245, np.uint8)
    cv2.rectangle(picture, (3, 3), (226, 56), (30, 30, 30), 2)
    cv2.putText(picture, text, (12, 42), cv2.FONT_HERSHEY_DUPLEX, 1.15, (20, 20, 20), 2, cv2.LINE_AA)
    return picture


def reading(text: str, status: ReadingStatus, weakest: float = 0.97) -> PlateReading:
    """What the reader said: one weak character where `weakest` is low."""
    confidences = tuple(0.99 if position != 4 else weakest for position in range(len(text)))
    crop = plate_crop(text or "??????")
    return PlateReading(text, status, min(confidences, default=0.0), confidences, 1 if text else 0, "car", 100, crop)


def violation(
    start: datetime,
    code: str = "RED_LIGHT",
    *,
    rule: str = "red_light",
    vehicle: VehicleClass = VehicleClass.CAR,
    certainty: Certainty = Certainty.SURE,
) -> Violation:
    """The vehicle passes the line on red."""
    shift = start - START
    moment = at(VIOLATION_FRAME) + shift
    return Violation(
        code=code,
        rule=rule,
        track_id=7,
        vehicle_class=vehicle,
        captured_at=moment,
        from_at=at(VIOLATION_FRAME - 15) + shift,
        to_at=at(VIOLATION_FRAME + 25) + shift,
        frame=VIOLATION_FRAME,
        from_frame=VIOLATION_FRAME - 15,
        to_frame=VIOLATION_FRAME + 25,
        box_xyxy=box_at(VIOLATION_FRAME),
        movement=Movement.STRAIGHT,
        signal_phase=Phase.RED if rule == "red_light" else None,
        certainty=certainty,
        facts={
            "stop_line": "south",
            "crossed_at": moment.isoformat(timespec="milliseconds"),
            "red_for_s": 2.0,
            "beyond_line_heights": 1.42,
            "went_on": True,
            "thresholds": {"red_light": {"after_red_onset_s": 0.5, "before_green_s": 1.0, "goes_on_heights": 0.6}},
        },
    )


def trail(start: datetime) -> Sequence[TrailPoint]:
    """Where the vehicle was in every frame but the first and last few."""
    shift = start - START
    return [TrailPoint(frame, at(frame) + shift, box_at(frame)) for frame in range(10, FRAMES - 10)]


def signals(start: datetime) -> Sequence[SignalPhase]:
    """Green, a short yellow, red; a passing lorry hid how exactly the last change fell."""
    shift = start - START
    return [
        SignalPhase("main", Phase.GREEN, START + shift - timedelta(seconds=20)),
        SignalPhase("main", Phase.YELLOW, at(RED_FRAME - 18) + shift, at(RED_FRAME - 19) + shift),
        SignalPhase("main", Phase.RED, at(RED_FRAME) + shift, at(RED_FRAME - 10) + shift),
    ]
