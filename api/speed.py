"""Speed as a ratio in one run: machines differ and are noisy, so both sides take turns on the same pictures."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.detect import VehicleDetector, make_backend
from detector.vocabulary import Pixels
from models.errors import UserError
from models.registry import load_weights

WARM_UP = 3
ROUNDS = 15
REFERENCE_SIZE_PX = 640


@dataclass(frozen=True, slots=True)
class SpeedRatio:
    """Median seconds a picture of both sides; `times` is how many times as fast ours is."""

    what: str
    ours_s: float
    reference_s: float

    @property
    def times(self) -> float:
        return self.reference_s / self.ours_s


def in_turn(
    what: str,
    pictures: Sequence[Pixels],
    ours: Callable[[Pixels], object],
    reference: Callable[[Pixels], object],
    rounds: int = ROUNDS,
) -> SpeedRatio:
    """Times both on each picture in turn, after a warm-up that is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(WARM_UP + rounds):
        picture = pictures[turn % len(pictures)]
        for side, run in enumerate((ours, reference)):
            started = time.perf_counter()
            run(picture)
            if turn >= WARM_UP:
                times[side].append(time.perf_counter() - started)
    return SpeedRatio(what, statistics.median(times[0]), statistics.median(times[1]))


def vehicles_against_ultralytics(pictures: Sequence[Pixels], checkpoint: Path, threads: int) -> SpeedRatio:
    """Our vehicle detector against a YOLOv8 checkpoint through ultralytics on PyTorch, both on `threads` cores.

    Raises `UserError` when ultralytics or the checkpoint is missing.
    """
    try:
        import torch
        from ultralytics import YOLO
    except ImportError as error:
        remedy = "pip install 'phatnguoi[train]'"
        raise UserError(f"{error.name} is not installed: nothing to compare with", remedy=remedy) from error
    if not checkpoint.is_file():
        raise UserError("no such checkpoint", where=str(checkpoint), remedy="Give a YOLOv8n checkpoint (.pt).")
    torch.set_num_threads(threads)
    model = YOLO(str(checkpoint))
    weights = load_weights("vehicles")
    detector = VehicleDetector(weights, make_backend("openvino", weights, threads))
    return in_turn(
        "vehicles, against YOLOv8n through ultralytics on PyTorch, 640 pixels",
        pictures,
        lambda picture: detector.detect([picture]),
        lambda picture: model.predict(picture, imgsz=REFERENCE_SIZE_PX, device="cpu", verbose=False),
    )
