"""What may be written in a camera file (DESIGN §8): its keys and their types, and what to do about a wrong one."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from detector.camera import RuleName
from detector.vocabulary import Movement, VehicleClass

SIDE_PX_MAX = 16_384  # the largest side H.264 and H.265 can code; more is a slip of the keyboard

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Pair = tuple[Number, Number]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlaceEntry(_Entry):
    address: str | None = None
    commune: str | None = None
    province: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)] | None = None


class SignalEntry(_Entry):
    name: Name
    lamp_box: tuple[Number, Number, Number, Number]
    governs: Annotated[list[Movement], Field(min_length=1)]


class StopLineEntry(_Entry):
    name: Name
    line: Annotated[list[Pair], Field(min_length=2)]
    direction: Pair


class MovementEntry(_Entry):
    name: Movement
    exit: Annotated[list[Pair], Field(min_length=3)]


class LaneEntry(_Entry):
    name: Name
    polygon: Annotated[list[Pair], Field(min_length=3)]
    direction: Pair | None = None
    allowed: Annotated[list[VehicleClass], Field(min_length=1)] | None = None
    arrows: list[Movement] = []


class SolidLineEntry(_Entry):
    name: Name
    line: Annotated[list[Pair], Field(min_length=2)]
    free_direction: Pair | None = None


class GroundPointEntry(_Entry):
    pixel: Pair
    metres: Pair


class CameraEntry(_Entry):
    """The file as it may be written. Everything but `id` and `resolution` may be left out."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: Name | None = None
    source: str | None = None
    place: PlaceEntry | None = None
    resolution: tuple[
        Annotated[int, Field(strict=True, gt=0, le=SIDE_PX_MAX)],
        Annotated[int, Field(strict=True, gt=0, le=SIDE_PX_MAX)],
    ]
    signals: list[SignalEntry] = []
    stop_lines: list[StopLineEntry] = []
    movements: list[MovementEntry] = []
    lanes: list[LaneEntry] = []
    solid_lines: list[SolidLineEntry] = []
    ground_points: list[GroundPointEntry] = []
    reference: Annotated[str, Field(min_length=1)] | None = None
    rules: list[RuleName] | None = None


ENTRIES: dict[str, type[BaseModel]] = {
    "place": PlaceEntry,
    "signals": SignalEntry,
    "stop_lines": StopLineEntry,
    "movements": MovementEntry,
    "lanes": LaneEntry,
    "solid_lines": SolidLineEntry,
    "ground_points": GroundPointEntry,
}


REMEDY = {
    "id": "Use up to 64 letters a-z, digits, '-', '_' and '.', in quotes if they are only digits.",
    "resolution": "Write the picture's size in pixels: resolution: [1280, 720].",
    "name": "Give it a name in text, in quotes if it is a number.",
    "lamp_box": "Write lamp_box: [x1, y1, x2, y2] in pixels.",
    "direction": "Write direction: [dx, dy], the way of legal travel, y downwards.",
    "governs": "List the movements this lamp governs: straight, left, right, u_turn.",
    "signals": "Write - {name: main, lamp_box: [x1, y1, x2, y2], governs: [straight, left, right]}.",
    "stop_lines": "Write - {name: south, line: [[x1, y1], [x2, y2]], direction: [dx, dy]}.",
    "movements": "Write - {name: right, exit: [[x, y], [x, y], [x, y]]}.",
    "lanes": "Write - {name: L1, polygon: [[x, y], …], direction: [dx, dy], allowed: [car], arrows: [straight]}.",
    "solid_lines": "Write - {name: centre, line: [[x1, y1], [x2, y2]]}.",
    "ground_points": "Write - {pixel: [x, y], metres: [X, Y]} for four or more points of the road.",
    "reference": "Write reference: right_view.jpg, a picture beside this file or a whole path.",
    "free_direction": "Write free_direction: [dx, dy], the way of crossing that is allowed, y downwards.",
    "rules": "Write rules: [helmet, red_light, solid_line, wrong_lane, wrong_way].",
    "place": "Write place: {address: …, commune: …, province: …, latitude: 22.82, longitude: 104.98}.",
    "source": "Write source: rtsp://…, or leave it out for footage.",
}
