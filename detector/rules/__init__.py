"""The rules (DESIGN §3): Scene in, Violations out. Pure: no model, no video, no file, no clock but the stream's."""

from collections.abc import Callable

from detector.camera import Camera, RuleName
from detector.rules.base import Rule
from detector.rules.helmet import Helmet
from detector.rules.red_light import RedLight
from detector.rules.solid_line import SolidLines
from detector.rules.wrong_lane import WrongLane
from detector.rules.wrong_way import WrongWay
from detector.thresholds import Thresholds

RULES: dict[RuleName, Callable[[Camera, Thresholds], Rule]] = {
    RuleName.HELMET: Helmet,
    RuleName.RED_LIGHT: RedLight,
    RuleName.SOLID_LINE: SolidLines,
    RuleName.WRONG_LANE: WrongLane,
    RuleName.WRONG_WAY: WrongWay,
}


def rules_for(camera: Camera, thresholds: Thresholds) -> tuple[Rule, ...]:
    """The rules this camera may judge by, each fresh, in one order whatever the camera file says."""
    return tuple(make(camera, thresholds) for name, make in RULES.items() if name in camera.rules)


__all__ = ["RULES", "Rule", "rules_for"]
