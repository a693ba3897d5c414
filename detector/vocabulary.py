"""The words of the detector as values (DESIGN §2). Frozen: they travel through rooms and threads unchanged.

The way of one frame:

    Frame ──observe (models)──▶ Observation ──track, debounce (pure)──▶ Scene ──rules (pure)──▶ Violation

An `Observation` is all that models and picture checks said about one frame and nothing else: recorded as a JSON line it
replays the whole downstream without a model or a video. Boxes are (x1, y1, x2, y2) in pixels of the frame, x right, y down.
`captured_at` (UTC, from the stream's own timestamps) is the only clock that rules see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]
"""(x1, y1, x2, y2) in pixels of the frame."""
Point = tuple[float, float]
"""(x, y) in pixels of the frame."""
Pixels = npt.NDArray[np.uint8]
"""(height, width, 3) BGR."""
JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class VehicleClass(StrEnum):
    """What the vehicle detector tells apart. A motorcycle's or bicycle's box includes its riders."""

    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BICYCLE = "bicycle"
    BUS = "bus"
    TRUCK = "truck"


class Phase(StrEnum):
    """What a lamp head shows. `UNKNOWN` is an answer, and never the ground of a violation."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    OFF = "off"
    UNKNOWN = "unknown"


class Movement(StrEnum):
    """Where a vehicle goes in the junction; `UNKNOWN` while it cannot be told yet."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    U_TURN = "u_turn"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """`DOUBTFUL` violations are reported only where the operator asked for them."""

    SURE = "sure"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture. `index` counts decoded frames from 0; `pixels` is (height, width, 3) BGR. `received_at`: when
    a live picture came in by this machine's clock; None for footage."""

    index: int
    captured_at: datetime
    pixels: Pixels
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """One head found on a rider, judged in one frame."""

    has_helmet: bool
    confidence: float
    box_xyxy: Box


@dataclass(frozen=True, slots=True)
class Detection:
    """One vehicle box in one frame. `heads` is None where nobody looked for heads, () where none was found."""

    vehicle_class: VehicleClass
    confidence: float
    box_xyxy: Box
    heads: tuple[Head, ...] | None = None


@dataclass(frozen=True, slots=True)
class LampReading:
    """What one lamp head looks like in one frame, before debouncing. Confidence in [0, 1]."""

    signal: str
    phase: Phase
    confidence: float


@dataclass(frozen=True, slots=True)
class SignalTold:
    """What a signal controller said of one lamp head: it has shown `phase` since `at`, and does until `holds_until`.

    `uncertain_s`: how far the controller's clock and the frames' may be apart.
    """

    signal: str
    phase: Phase
    at: datetime
    holds_until: datetime
    uncertain_s: float


@dataclass(frozen=True, slots=True)
class PictureCheck:
    """What a picture is worth as evidence, measured about once a second. Grey levels are 0..255.

    `moved_share`: how far the view has moved from the reference view where the camera's geometry lies, as a share of
    the picture's diagonal; None where that cannot be told (night, fog). Compared with the first seconds of the run:
    `contrast_ratio`, `sharpness_ratio` (1: as then), `hidden_share` (of the patches that had structure and are not
    covered by a vehicle, those that have lost it) and `glare_share` (of the picture, newly without drawing for
    brightness); None until there is something to compare with.
    """

    moved_share: float | None
    upper_quarter_level: float  # a quarter of the picture is brighter
    highlight_level: float  # one part in twenty is brighter
    shadow_level: float  # one part in twenty is darker
    contrast_levels: float  # standard deviation
    contrast_ratio: float | None = None
    sharpness_ratio: float | None = None
    hidden_share: float | None = None
    glare_share: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """All that models and lamp readers said about one frame.

    `is_cut`: the picture jumped (hard cut, lost packets, another scene): nothing may be joined across it.
    `is_repeat`: the picture is the last one once more; nobody was asked about it. `clock_offset_s`: this machine's
    clock less the stream's when the picture came in (live streams only). `check` is None where none was due. `told`:
    what signal controllers said since the frame before.
    """

    frame_index: int
    captured_at: datetime
    frame_size_wh: tuple[int, int]
    detections: tuple[Detection, ...]
    lamps: tuple[LampReading, ...]
    is_cut: bool = False
    told: tuple[SignalTold, ...] = ()
    is_repeat: bool = False
    clock_offset_s: float | None = None
    check: PictureCheck | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One road user as seen in one frame; `track_id` is unique in one run of one camera. `vehicle_class`: by vote of all
    looks so far; `seen_class`: what this look alone says (None where it is not known)."""

    track_id: int
    vehicle_class: VehicleClass
    confidence: float
    box_xyxy: Box
    heads: tuple[Head, ...] | None = None
    seen_class: VehicleClass | None = None

    @property
    def ground_point(self) -> Point:
        """Bottom centre of the box, where the (rear) wheels touch."""
        x1, _, x2, y2 = self.box_xyxy
        return ((x1 + x2) / 2, y2)

    @property
    def height_px(self) -> float:
        """Height of the box in pixels: the yardstick for distances where no homography is given."""
        return self.box_xyxy[3] - self.box_xyxy[1]


@dataclass(frozen=True, slots=True, eq=False)
class VehicleCrop:
    """The pixels of one track's box in one frame, kept for reading its plate. `pixels` is (height, width, 3) BGR,
    `box_xyxy` where they were cut from the frame."""

    track_id: int
    vehicle_class: VehicleClass
    frame_index: int
    captured_at: datetime
    box_xyxy: Box
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class TrailPoint:
    """Where a track was in one frame."""

    frame_index: int
    captured_at: datetime
    box_xyxy: Box


@dataclass(frozen=True, slots=True)
class SignalPhase:
    """The debounced phase of one lamp head and the time since which it holds.

    The change to it happened somewhere from `not_before`, when the phase before was last seen, to `since`, when this one
    was first seen. None: no phase was seen before it, or it is no change of the lamp (off, unknown). `is_fed`: the
    signal's controller said so, not the picture.
    """

    signal: str
    phase: Phase
    since: datetime
    not_before: datetime | None = None
    is_fed: bool = False


@dataclass(frozen=True, slots=True)
class SignalFault:
    """A lamp head that the operator should look at: it contradicts its repeater or its controller, or stays dark.

    `what` goes on from the head's name: "has shown red for 95 s, but …".
    """

    signal: str
    at: datetime
    what: str

    def line(self) -> str:
        """The sentence for the operator."""
        return f"signal `{self.signal}` {self.what}."


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why the named rules are not believed on this camera since a moment. `reason` is a word of
    `detector.suspensions.Trouble`, `measured` what began it, in the unit of that trouble. `until` is None while it
    lasts."""

    reason: str
    since: datetime
    rules: tuple[str, ...]
    measured: float
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule sees of one moment: tracks in order of id, signals by name.

    `ended_track_ids`: tracks that will never be seen again (lost, or cut off by a hard cut). `signal_faults`: those
    found with this scene; no rule judges by them. `is_last`: the footage ended; nothing is in sight. `suspensions`:
    those in force; rules need not know them, for what they assert is withheld elsewhere (`detector.withhold`).
    """

    frame_index: int
    captured_at: datetime
    tracks: tuple[Track, ...]
    signals: Mapping[str, SignalPhase]
    ended_track_ids: tuple[int, ...] = ()
    signal_faults: tuple[SignalFault, ...] = ()
    is_last: bool = False
    suspensions: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule asserts. `frame` and `captured_at` are the moment at which it became complete in law
    (for red light: the ground point passes the line); from/to bound what the evidence must show.

    `facts` holds the measured facts and the thresholds used, as plain JSON values.
    """

    code: str
    rule: str
    track_id: int
    vehicle_class: VehicleClass
    captured_at: datetime
    from_at: datetime
    to_at: datetime
    frame: int
    from_frame: int
    to_frame: int
    box_xyxy: Box
    movement: Movement
    signal_phase: Phase | None
    certainty: Certainty
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why a rule that had somebody to judge asserted nothing: doubt acquits, and says so.

    `code`: the violation it would have been; `reason`: a word of `detector.rules.abstained.Reason`; `facts`: what was measured,
    as plain JSON values. `frame`, `captured_at`: when the act would have been complete in law.
    """

    code: str
    rule: str
    track_id: int
    vehicle_class: VehicleClass
    captured_at: datetime
    frame: int
    reason: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
