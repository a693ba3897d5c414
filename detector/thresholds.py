"""The thresholds of the rules: the typed door of `configs/rules.yaml`, where every value has its unit and reason.

A user's file holds only what differs; the rest comes from the shipped file. Values are frozen and reach the facts of
every violation, so that a verdict can be checked years later.
"""

import dataclasses
import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

import configs
from detector.vocabulary import JsonValue
from detector.yaml_lines import YamlLines
from models.errors import UserError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Cosine = Annotated[float, Field(ge=-1, le=1, strict=True)]
Degrees = Annotated[float, Field(ge=0, le=180, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
FORBID = ConfigDict(extra="forbid")

SHIPPED = Path(configs.__file__).parent / "rules.yaml"


class ThresholdsError(UserError):
    """A file of thresholds says what it may not say: `file:line: key: what. remedy`."""


@dataclass(frozen=True, slots=True)
class WheelThresholds:
    """Where the wheels touch the road, and which boxes can be one vehicle."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    jump_share: Share
    told_share: Share
    top_share: Share
    hidden_s: Positive
    memory_s: Positive
    gap_s: Positive
    odd_s: NotNegative
    speed_heights_s: Positive
    start_heights_s: Positive
    pace_ratio: Positive
    size_ratio: Positive


@dataclass(frozen=True, slots=True)
class IdentityThresholds:
    """When two tracks are one vehicle."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    gap_s: NotNegative
    distance_heights: NotNegative
    size_ratio: Positive
    duplicate_iou: Share
    duplicate_s: NotNegative


@dataclass(frozen=True, slots=True)
class MovementThresholds:
    """Straight on, left, right, from the way driven."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    heading_heights: Positive
    approach_heights: Positive
    turn_deg: Degrees
    turn_aside_heights: NotNegative
    straight_deg: Degrees
    bends_deg: Degrees
    straight_heights: Positive
    straight_m: Positive
    straight_aside_share: Share
    away_aside_heights: NotNegative
    away_heights: Positive
    away_deg: Degrees
    u_turn_deg: Degrees
    turn_shows_s: NotNegative
    left_turn_shows_s: NotNegative
    turn_shows_m: NotNegative
    left_turn_shows_m: NotNegative
    bicycle_turn_ratio: Positive


@dataclass(frozen=True, slots=True)
class RedLightThresholds:
    """Passing the stop line on red, and standing over it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    after_red_onset_s: NotNegative
    before_green_s: NotNegative
    settle_s: NotNegative
    line_margin_heights: NotNegative
    before_s: NotNegative
    after_s: NotNegative
    cross_gap_s: Positive
    approach_cos: Cosine
    goes_on_heights: Positive
    goes_on_least_m: NotNegative
    goes_on_m: Positive
    turned_heights: Positive
    far_heights: Positive
    far_m: Positive
    wait_s: Positive
    wait_heights: Positive
    wait_m: Positive
    resume_heights: Positive
    same_place_heights: NotNegative
    same_place_s: NotNegative
    pace_s: Positive
    pace_heights_s: NotNegative
    pace_m_s: Positive
    lost_pace_ratio: Share
    stop_over_line_s: NotNegative
    stop_over_line_m: NotNegative
    stop_over_line_least_heights: NotNegative
    stop_over_line_heights: NotNegative
    beside_left_lengths: NotNegative
    beside_widths: NotNegative
    movement_wait_s: Positive


@dataclass(frozen=True, slots=True)
class WrongLaneThresholds:
    """Driving in a closed lane, or against a painted arrow."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    dwell_s: NotNegative
    distance_heights: NotNegative
    distance_m: NotNegative
    inside_widths: NotNegative
    class_share: Share
    looks_min: Count
    along_cos: Share
    arrow_dwell_s: NotNegative
    movement_held_s: NotNegative


@dataclass(frozen=True, slots=True)
class SolidLineThresholds:
    """Crossing a solid line."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    clear_widths: NotNegative
    dwell_s: NotNegative
    looks_min: Count
    crossing_s: Positive


@dataclass(frozen=True, slots=True)
class WrongWayThresholds:
    """Driving against a lane's direction."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    dwell_s: NotNegative
    distance_heights: NotNegative
    distance_m: NotNegative
    looks_min: Count
    against_cos: Cosine
    pace_heights_s: NotNegative
    pace_m_s: NotNegative
    assumed_m: NotNegative
    assumed_m_s: NotNegative
    consistency_share: Share
    inside_widths: NotNegative
    whole_share: Share
    step_share: Share
    step_s: Positive


@dataclass(frozen=True, slots=True)
class HelmetThresholds:
    """Bare heads on motorcycles."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    head_px: NotNegative
    looks_min: Count
    span_s: NotNegative
    look_gap_s: NotNegative
    sure_bare_share: Share
    confidence_min: Share
    bare_confidence: Share
    verdict_looks: Count
    verdict_span_s: NotNegative
    same_head_share: Positive
    seen_share: Share
    rider_order_heights: NotNegative
    class_share: Share
    class_s: NotNegative
    motion_heights: NotNegative
    motion_s: NotNegative


@dataclass(frozen=True, slots=True)
class CareThresholds:
    """When a camera is not believed: its view, its picture, its clock."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    moved_share: Share
    moved_s: NotNegative
    transient_s: NotNegative
    dim_level: NotNegative
    dark_level: NotNegative
    fog_contrast_ratio: Share
    fog_contrast_levels: NotNegative
    fog_shadow_level: NotNegative
    blur_ratio: Share
    blind_ratio: Share
    hidden_share: Share
    glare_share: Share
    picture_s: NotNegative
    hidden_s: NotNegative
    frozen_s: NotNegative
    clear_s: NotNegative
    clock_s: Positive


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All of them, by room of use. `report_doubtful`: also report what a court would doubt."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    report_doubtful: Annotated[bool, Field(strict=True)]
    wheels: WheelThresholds
    identity: IdentityThresholds
    movement: MovementThresholds
    red_light: RedLightThresholds
    wrong_lane: WrongLaneThresholds
    wrong_way: WrongWayThresholds
    solid_line: SolidLineThresholds
    helmet: HelmetThresholds
    care: CareThresholds

    def facts(self, *rooms: str) -> dict[str, JsonValue]:
        """The named rooms as plain JSON values, for the facts of a violation."""
        return {room: dataclasses.asdict(getattr(self, room)) for room in rooms}


def load_thresholds(path: Path | None = None) -> Thresholds:
    """The shipped thresholds, with those of the file at `path` in their place.

    Raises ThresholdsError naming file, line and key for what the file may not say.
    """
    shipped = YamlLines(SHIPPED, error=ThresholdsError)
    if path is None:
        return _validated(shipped, shipped.content)
    own = YamlLines(path, error=ThresholdsError)
    if own.content is None:
        return _validated(shipped, shipped.content)
    if not isinstance(own.content, dict):
        raise ThresholdsError("is not a list of keys and values", where=str(path), remedy=f"See {SHIPPED.name}.")
    merged = dict(shipped.content)
    for room, values in own.content.items():
        both = isinstance(values, dict) and isinstance(merged.get(room), dict)
        merged[room] = {**merged[room], **values} if both else values
    return _validated(own, merged)


def _validated(document: YamlLines, content: object) -> Thresholds:
    try:
        return TypeAdapter(Thresholds).validate_python(content)
    except ValidationError as refused:
        raise _clear(document, refused.errors()[0]) from None


def _clear(document: YamlLines, error: ErrorDetails) -> ThresholdsError:
    location = error["loc"]
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        nearest = difflib.get_close_matches(str(location[-1]), _known_keys(location), n=1)
        remedy = f"Did you mean {nearest[0]}?" if nearest else f"Known keys here: {', '.join(_known_keys(location))}."
        return ThresholdsError("is not a threshold", where=document.where(location), remedy=remedy)
    message = error["msg"]
    return ThresholdsError(
        f"{error['input']!r}: {message[0].lower()}{message[1:]}",
        where=document.where(location),
        remedy="Units and reasons stand beside each value in configs/rules.yaml.",
    )


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    rooms = {field.name: field.type for field in dataclasses.fields(Thresholds)}
    room = rooms.get(str(location[0])) if len(location) > 1 else None
    if isinstance(room, type) and dataclasses.is_dataclass(room):
        return [field.name for field in dataclasses.fields(room)]
    return list(rooms)
