"""The whole detector as a generator: frames in, scenes and violations out (DESIGN §1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detector.camera import Camera
from detector.precision import rounded
from detector.recording import Observing
from detector.rules import rules_for
from detector.scene import SceneBuilder
from detector.source import wrong_resolution
from detector.thresholds import Thresholds
from detector.vocabulary import Abstention, Frame, Observation, Scene, Violation


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One analysed frame and what came of it; `frame` is None in a replay. The last step of a run has no observation:
    the footage ended, and with it every track."""

    frame: Frame | None
    observation: Observation | None
    scene: Scene
    violations: tuple[Violation, ...]
    abstentions: tuple[Abstention, ...] = ()


def run(frames: Iterable[Frame], observer: Observing, camera: Camera, thresholds: Thresholds) -> Iterator[Step]:
    """Steps through the frames for which `observer` is due, as they come. Closing the generator early leaves nothing
    half done: it writes nothing itself, and what `observer` has recorded is whole.

    Raises FootageError, naming both sizes, for a picture that is not of the camera's resolution.
    """
    chain = _Chain(camera, thresholds)
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        if (width, height) != camera.resolution_wh:
            raise wrong_resolution((width, height), camera, where=f"frame {frame.index}")
        if observer.is_due(frame.captured_at):
            yield chain.step(frame, rounded(observer.observe(frame)))
    yield from chain.end()


def replay(observations: Iterable[Observation], camera: Camera, thresholds: Thresholds) -> Iterator[Step]:
    """The same steps from recorded observations: no model, no video, the same violations.

    Raises FootageError, naming both sizes, for an observation of a picture that is not of the camera's resolution.
    """
    chain = _Chain(camera, thresholds)
    for observation in observations:
        if observation.frame_size_wh != camera.resolution_wh:
            raise wrong_resolution(observation.frame_size_wh, camera, where=f"frame {observation.frame_index}")
        yield chain.step(None, observation)
    yield from chain.end()


class _Chain:
    """Tracking, signals and rules of one run: the pure part, driven by observations."""

    def __init__(self, camera: Camera, thresholds: Thresholds) -> None:
        self._scenes = SceneBuilder(camera)
        self._rules = rules_for(camera, thresholds)

    def step(self, frame: Frame | None, observation: Observation) -> Step:
        return self._judged(frame, observation, self._scenes.update(observation))

    def end(self) -> Iterator[Step]:
        """What is certain although nothing more will be seen: who drove well beyond the line has gone on."""
        scene = self._scenes.end()
        if scene is not None:
            yield self._judged(None, None, scene)

    def _judged(self, frame: Frame | None, observation: Observation | None, scene: Scene) -> Step:
        violations = [violation for rule in self._rules for violation in rule.update(scene)]
        if scene.ended_track_ids:
            for rule in self._rules:
                rule.forget(scene.ended_track_ids)
        abstentions = [abstention for rule in self._rules for abstention in rule.abstentions()]
        return Step(frame, observation, scene, tuple(violations), tuple(abstentions))
