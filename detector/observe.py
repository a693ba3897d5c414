"""Everything that models, lamp readers and picture checks say about one frame, and when a frame is worth asking.

`Observer` is the only place where a frame becomes an `Observation`; what follows is pure. A frame that is not due
costs nothing but its decoding; heads are looked for more rarely still.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from detector.camera import Camera, RuleName
from detector.cuts import CutDetector
from detector.detect import VehicleDetector, make_backend, run_by
from detector.heads import load_head_detector
from detector.lamp_network import LampReader
from detector.lamps import LampBox, read_lamps
from detector.picture import PictureChecker
from detector.precision import rounded
from detector.repeats import RepeatDetector
from detector.source import wrong_resolution
from detector.vocabulary import (
    Box,
    Detection,
    Frame,
    Head,
    LampReading,
    Observation,
    PictureCheck,
    Pixels,
    VehicleClass,
)
from models.registry import Weights, load_weights

# Cameras of 25 fps are analysed at 12.5, of 30 at 15, of 20 at 10; slower ones in full.
MIN_INTERVAL_S = 1 / 15.5
# A rider passes in two seconds or more: a dozen looks at each head. Times of frames jitter by a few milliseconds.
HEADS_INTERVAL_S = 0.15
JITTER_S = 0.005

# A head of a smaller rider has less than 8 pixels across and cannot be judged.
MIN_RIDER_HEIGHT_PX = 44.0
MIN_RIDER_CONFIDENCE = 0.3
# Looked at in one frame, the tallest first: a full stop line shows some forty, their heads behind each other.
MAX_RIDERS = 32


class VehicleFinder(Protocol):
    """Finds vehicles in whole pictures."""

    def detect(self, images: Sequence[Pixels]) -> list[tuple[Detection, ...]]: ...


class HeadFinder(Protocol):
    """Finds the heads of given motorcycle boxes."""

    def detect(
        self, image: Pixels, rider_boxes: Sequence[Box], bystanders: Sequence[Box] = ()
    ) -> list[tuple[Head, ...]]: ...


class LampFinder(Protocol):
    """Reads the lamp heads at given boxes of a picture."""

    def read(self, image: Pixels, lamp_boxes: Mapping[str, LampBox]) -> tuple[LampReading, ...]: ...


@dataclass(frozen=True, slots=True)
class ObserverModels:
    """The networks an observer asks. `versions` names the weights of each role by their SHA-256, for manifests.

    Without `lamps` colours alone are asked.
    """

    vehicles: VehicleFinder
    heads: HeadFinder | None
    versions: dict[str, str]
    lamps: LampFinder | None = None


def vehicle_weights(camera: Camera, overrides: Path | None = None) -> Weights:
    """The vehicles weights that a camera runs on: without the 8-bit file where the helmet rule looks at riders.

    Heads are looked for in squares cut around the boxes, and the 8-bit ones are a little off: of the three bare-headed
    bikes of the clips two are reported with the float file and none with the 8-bit one (models/cards/vehicles.md).
    """
    weights = load_weights("vehicles", overrides)
    return replace(weights, int8=None) if RuleName.HELMET in camera.rules else weights


def load_models(
    camera: Camera, backend: str = "openvino", weights_overrides: Path | None = None, threads: int | None = None
) -> ObserverModels:
    """The networks that a camera's rules need. Raises `UserError` for weights or a backend that cannot be used."""
    weights = vehicle_weights(camera, weights_overrides)
    vehicles = VehicleDetector(weights, make_backend(backend, weights, threads))
    versions = {"vehicles": run_by(backend, weights).sha256}
    heads = lamps = None
    if RuleName.HELMET in camera.rules:
        heads = load_head_detector(backend, weights_overrides, threads)
        versions["heads"] = run_by(backend, load_weights("heads", weights_overrides)).sha256
        versions["head_look"] = load_weights("head_look", weights_overrides).sha256
    if camera.signals:
        weights = load_weights("lamps", weights_overrides)
        # Always on the processor: a handful of crops of 32 x 64 is no work, and the graphics card runs YOLOv8 only.
        lamps = LampReader(weights, make_backend("openvino", weights, threads))
        versions["lamps"] = weights.sha256
    return ObserverModels(vehicles, heads, versions, lamps)


class Observer:
    """What one camera sees. Keeps a few small pictures and two times; frames come in order of time."""

    def __init__(
        self,
        camera: Camera,
        backend: str = "openvino",
        weights_overrides: Path | None = None,
        *,
        threads: int | None = None,
        models: ObserverModels | None = None,
        min_interval_s: float = MIN_INTERVAL_S,
    ) -> None:
        """`models` stands in for the weights of the register. `threads` limits processor cores (default: all)."""
        self._camera = camera
        self._models = models or load_models(camera, backend, weights_overrides, threads)
        self._read_lamps = self._models.lamps.read if self._models.lamps else read_lamps
        self._lamp_boxes = {signal.name: signal.lamp_box for signal in camera.signals}
        self._repeats = RepeatDetector()
        self._cuts = CutDetector()
        self._pictures = PictureChecker(camera)
        self._min_interval_s = min_interval_s
        self._backend = backend
        self._observed_at: datetime | None = None
        self._heads_at: datetime | None = None

    def versions(self) -> dict[str, str]:
        """SHA-256 of the weights by role, and every setting that changes what is observed."""
        return {**self._models.versions, "backend": self._backend, "min_interval_s": f"{self._min_interval_s:.6f}"}

    def is_due(self, captured_at: datetime) -> bool:
        """Whether a frame of this time is to be observed: enough time has passed since the last one, or it ran
        backwards (another scene)."""
        return _is_due(self._observed_at, captured_at, self._min_interval_s)

    def observe(self, frame: Frame) -> Observation:
        """What is seen in a frame. Of a repeat of the last picture nobody is asked; it keeps the rhythm of the analysis.

        Raises `FootageError` for another picture size than the camera's geometry.
        """
        height, width = frame.pixels.shape[:2]
        if (width, height) != self._camera.resolution_wh:
            raise wrong_resolution((width, height), self._camera, where=f"frame {frame.index}")
        offset_s = (frame.received_at - frame.captured_at).total_seconds() if frame.received_at else None
        seen = Observation(frame.index, frame.captured_at, (width, height), (), (), clock_offset_s=offset_s)
        self._observed_at = frame.captured_at
        if self._is_repeat(frame):
            return replace(seen, is_repeat=True)
        is_cut = self._cuts.is_cut(frame.pixels, frame.captured_at)
        detections = _inside(self._models.vehicles.detect([frame.pixels])[0], (width, height))
        if self._models.heads is not None and _is_due(self._heads_at, frame.captured_at, HEADS_INTERVAL_S):
            detections = _with_heads(self._models.heads, frame.pixels, detections)
            self._heads_at = frame.captured_at
        lamps = self._read_lamps(frame.pixels, self._lamp_boxes)
        seen = rounded(replace(seen, detections=detections, lamps=lamps, is_cut=is_cut))  # as `follow` will get it
        return replace(seen, check=self._check(frame, seen))

    def follow(self, frame: Frame, observation: Observation) -> None:
        """Take note of a frame whose observation is known already, as if it had been observed here."""
        self._observed_at = observation.captured_at
        if self._is_repeat(frame):
            return
        self._cuts.is_cut(frame.pixels, frame.captured_at)
        if self._models.heads is not None and _is_due(self._heads_at, observation.captured_at, HEADS_INTERVAL_S):
            self._heads_at = observation.captured_at
        self._check(frame, observation)

    def _is_repeat(self, frame: Frame) -> bool:
        is_repeat = self._repeats.is_repeat(frame.pixels)
        if is_repeat:
            self._cuts.stays(frame.captured_at)
        return is_repeat

    def _check(self, frame: Frame, seen: Observation) -> PictureCheck | None:
        return self._pictures.check(frame.pixels, frame.captured_at, seen.detections, is_cut=seen.is_cut)


def _is_due(last_at: datetime | None, captured_at: datetime, interval_s: float) -> bool:
    if last_at is None or captured_at < last_at:
        return True
    return captured_at - last_at >= timedelta(seconds=interval_s - JITTER_S)


def _inside(detections: Sequence[Detection], size_wh: tuple[int, int]) -> tuple[Detection, ...]:
    """Without boxes whose centre lies outside the picture: there is nothing to see of them."""
    kept = []
    for detection in detections:
        x1, y1, x2, y2 = detection.box_xyxy
        if 0 <= (x1 + x2) / 2 < size_wh[0] and 0 <= (y1 + y2) / 2 < size_wh[1]:
            kept.append(detection)
    return tuple(kept)


def _with_heads(finder: HeadFinder, pixels: Pixels, detections: Sequence[Detection]) -> tuple[Detection, ...]:
    """The detections, with heads on the motorcycles large and sure enough."""
    motorcycles = [i for i, seen in enumerate(detections) if seen.vehicle_class is VehicleClass.MOTORCYCLE]
    fit = [i for i in motorcycles if _height(detections[i]) >= MIN_RIDER_HEIGHT_PX]
    fit = [i for i in fit if detections[i].confidence >= MIN_RIDER_CONFIDENCE]
    asked = sorted(fit, key=lambda i: (-_height(detections[i]), i))[:MAX_RIDERS]
    if not asked:
        return tuple(detections)
    others = [detections[i].box_xyxy for i in motorcycles if i not in asked]
    answers = dict(zip(asked, finder.detect(pixels, [detections[i].box_xyxy for i in asked], others), strict=True))
    return tuple(replace(seen, heads=answers[i]) if i in answers else seen for i, seen in enumerate(detections))


def _height(detection: Detection) -> float:
    return detection.box_xyxy[3] - detection.box_xyxy[1]
