"""The whole detector as a generator: frames in, scenes and violations out (DESIGN §1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from detector.camera import Camera
from detector.precision import rounded
from detector.recording import Observing
from detector.rules import Judge
from detector.scene import SceneBuilder
from detector.source import wrong_resolution
from detector.suspensions import Suspensions
from detector.thresholds import Thresholds
from detector.vocabulary import Abstention, Frame, Observation, Scene, Violation
from detector.withhold import Withholding


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

    Raises FootageError, naming both sizes, for a picture that is not of the camera's resolution, after the steps of all
    that came before.
    """
    chain = _Chain(camera, thresholds)
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        if (width, height) != camera.resolution_wh:
            yield from chain.end()
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
            yield from chain.end()
            raise wrong_resolution(observation.frame_size_wh, camera, where=f"frame {observation.frame_index}")
        yield chain.step(None, observation)
    yield from chain.end()


class _Chain:
    """Tracking, signals, rules and their suspensions of one run: the pure part, driven by observations."""

    def __init__(self, camera: Camera, thresholds: Thresholds) -> None:
        self._scenes = SceneBuilder(camera)
        self._judge = Judge(camera, thresholds)
        self._suspensions = Suspensions(camera, thresholds.care)
        self._withholding = Withholding(self._suspensions)

    def step(self, frame: Frame | None, observation: Observation) -> Step:
        """The scene of an observation and what the rules say of it; of a repeat they are not asked."""
        self._suspensions.update(observation)
        scene = self._scenes.update(observation)
        scene = replace(scene, suspensions=self._suspensions.see(scene))
        asserted, abstentions = ([], []) if observation.is_repeat else self._judge.see(scene)
        believed, withheld = self._withholding.sift(asserted, scene.captured_at)
        return Step(frame, observation, scene, tuple(believed), (*abstentions, *withheld))

    def end(self) -> Iterator[Step]:
        """What is certain although nothing more will be seen: who drove well beyond the line has gone on."""
        scene = self._scenes.end()
        if scene is None:
            return
        asserted, abstentions = self._judge.see(scene)
        believed, withheld = self._withholding.sift(asserted, scene.captured_at)
        rest_believed, rest_withheld = self._withholding.rest()
        violations = (*believed, *rest_believed)
        yield Step(None, None, scene, violations, (*abstentions, *withheld, *rest_withheld))
