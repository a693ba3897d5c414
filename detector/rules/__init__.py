"""The rules (DESIGN §3): Scene in, Violations out. Pure: no model, no video, no file, no clock but the stream's."""

from collections.abc import Callable, Iterable

from detector.camera import Camera, RuleName
from detector.rules.base import Rule
from detector.rules.helmet import Helmet
from detector.rules.red_light import RedLight
from detector.rules.solid_line import SolidLines
from detector.rules.wrong_lane import WrongLane
from detector.rules.wrong_way import WrongWay
from detector.thresholds import Thresholds
from detector.vocabulary import Abstention, Scene, Violation

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


def judge_scene(rules: Iterable[Rule], scene: Scene) -> tuple[list[Violation], list[Abstention]]:
    """What the rules assert with the next scene, and whom they acquit for want of certainty."""
    chosen = tuple(rules)
    violations = [violation for rule in chosen for violation in rule.update(scene)]
    if scene.ended_track_ids:
        for rule in chosen:
            rule.forget(scene.ended_track_ids)
    return violations, [abstention for rule in chosen for abstention in rule.abstentions()]


__all__ = ["RULES", "Rule", "judge_scene", "rules_for"]
