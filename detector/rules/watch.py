"""What all rules of one camera share: the camera, the thresholds, every track's path, the road, and who was reported already."""

from collections.abc import Iterable
from dataclasses import dataclass

from detector.camera import Camera
from detector.rules.paths import Paths
from detector.rules.reports import Reports
from detector.rules.road import Road
from detector.rules.size_line import Horizon
from detector.thresholds import Thresholds
from detector.vocabulary import Scene


@dataclass(frozen=True, slots=True)
class Watch:
    """Kept up to date by `Judge`, read by the rules."""

    camera: Camera
    thresholds: Thresholds
    paths: Paths
    road: Road
    reports: Reports

    @classmethod
    def over(cls, camera: Camera, thresholds: Thresholds, horizon: Horizon | None = None) -> "Watch":
        """Of a camera that has seen nothing yet, but for its `horizon` where that is known."""
        horizon = horizon or Horizon()
        paths = Paths(thresholds.wheels, camera.resolution_wh, horizon)
        road = Road(camera.resolution_wh, horizon, camera.ground)
        return cls(camera, thresholds, paths, road, Reports(thresholds.identity))

    def update(self, scene: Scene) -> None:
        """This scene's looks."""
        self.paths.update(scene)
        self.reports.update(scene)

    def forget(self, track_ids: Iterable[int]) -> None:
        """Drop the paths of ended tracks."""
        self.paths.forget(track_ids)
