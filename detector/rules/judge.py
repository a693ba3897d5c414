"""All rules of one camera, asked scene by scene: the one loop of the pipeline, the simulator and the tests."""

from collections.abc import Callable, Iterable

from detector.camera import Camera, RuleName
from detector.rules.base import Rule
from detector.rules.helmet import Helmet
from detector.rules.red_light import RedLight
from detector.rules.size_line import Horizon
from detector.rules.solid_line import SolidLines
from detector.rules.watch import Watch
from detector.rules.wrong_lane import WrongLane
from detector.rules.wrong_way import WrongWay
from detector.thresholds import Thresholds
from detector.vocabulary import Abstention, Scene, Violation

RULES: dict[RuleName, Callable[[Watch], Rule]] = {
    RuleName.HELMET: Helmet,
    RuleName.RED_LIGHT: RedLight,
    RuleName.SOLID_LINE: SolidLines,
    RuleName.WRONG_LANE: WrongLane,
    RuleName.WRONG_WAY: WrongWay,
}


class Judge:
    """The rules this camera may judge by, in one order whatever the camera file says, over one set of paths."""

    def __init__(
        self,
        camera: Camera,
        thresholds: Thresholds,
        only: Iterable[RuleName] = RuleName,
        horizon: Horizon | None = None,
    ) -> None:
        self._watch = Watch.over(camera, thresholds, horizon)
        asked = frozenset(camera.rules) & frozenset(only)
        self._rules = tuple(make(self._watch) for name, make in RULES.items() if name in asked)

    def see(self, scene: Scene) -> tuple[list[Violation], list[Abstention]]:
        """What the rules assert with the next scene, and whom they acquit for want of certainty."""
        for rule in self._rules:
            rule.forget(scene.ended_track_ids)
        self._watch.forget(scene.ended_track_ids)
        self._watch.update(scene)
        asserted = [violation for rule in self._rules for violation in rule.update(scene)]
        return asserted, [abstention for rule in self._rules for abstention in rule.abstentions()]
