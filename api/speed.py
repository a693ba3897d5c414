"""Speed as a ratio in one run: machines differ and are noisy, so both sides take turns on the same pictures.

Each side lives in a process of its own and works in blocks, while the other only waits: the thread pools of two engines
in one process take each other's cores, even when one of them has nothing to do.
"""

import importlib.util
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from multiprocessing.connection import Connection
from pathlib import Path

from detector.detect import VehicleDetector, make_backend
from detector.vocabulary import Pixels
from models.errors import UserError
from models.registry import load_weights
from ocr.paddle_pipeline import paddle_pipeline
from ocr.plate_text import PlateTextReader
from ocr.rectify import as_cut

WARM_UP = 1
ROUNDS = 8
BLOCK_PICTURES = 6
SETTLE_S = 0.1  # after a block the threads of an engine may spin for some milliseconds before they sleep
REFERENCE_SIZE_PX = 640

Run = Callable[[Pixels], object]
Block = Callable[[Sequence[Pixels]], list[float]]


@dataclass(frozen=True, slots=True)
class SpeedRatio:
    """Median seconds a picture of both sides; `times` is how many times as fast ours is."""

    what: str
    ours_s: float
    reference_s: float

    @property
    def times(self) -> float:
        return self.reference_s / self.ours_s


def timed(run: Run, pictures: Sequence[Pixels]) -> list[float]:
    """Seconds of each picture, one after the other."""
    times = []
    for picture in pictures:
        started = time.perf_counter()
        run(picture)
        times.append(time.perf_counter() - started)
    return times


def in_turn(what: str, pictures: Sequence[Pixels], ours: Block, reference: Block, rounds: int = ROUNDS) -> SpeedRatio:
    """Times both in turn on blocks of the same pictures, after a warm-up that is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    supply = cycle(pictures)
    for turn in range(WARM_UP + rounds):
        block = list(islice(supply, BLOCK_PICTURES))
        for side, run_block in enumerate((ours, reference)):
            measured = run_block(block)
            if turn >= WARM_UP:
                times[side].extend(measured)
    return SpeedRatio(what, statistics.median(times[0]), statistics.median(times[1]))


@contextmanager
def in_own_process(make: Callable[[], Run]) -> Iterator[Block]:
    """A side in a process of its own: `make`, which must be picklable, is called there and gives what is timed.

    Raises the `UserError` that `make` raised there.
    """
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(there, make), daemon=True)
    process.start()
    there.close()

    def answer() -> list[float]:
        try:
            received: list[float] | UserError = here.recv()
        except EOFError as error:
            what = "one side of the comparison ended before it answered"
            raise UserError(what, remedy="Its message stands above.") from error
        if isinstance(received, UserError):
            raise received
        return received

    def block(pictures: Sequence[Pixels]) -> list[float]:
        time.sleep(SETTLE_S)
        here.send(list(pictures))
        return answer()

    try:
        answer()  # an empty list: ready
        yield block
    finally:
        here.close()
        process.join()


def _serve(connection: Connection, make: Callable[[], Run]) -> None:
    try:
        run = make()
    except UserError as error:
        connection.send(error)
        return
    connection.send([])
    while True:
        try:
            pictures: list[Pixels] = connection.recv()
        except EOFError:
            return
        connection.send(timed(run, pictures))


def vehicles_against_ultralytics(pictures: Sequence[Pixels], checkpoint: Path, threads: int) -> SpeedRatio:
    """Our vehicle detector against a YOLOv8 checkpoint through ultralytics on PyTorch, both on `threads` cores.

    Raises `UserError` when ultralytics or the checkpoint is missing.
    """
    for needed in ("torch", "ultralytics"):
        if importlib.util.find_spec(needed) is None:
            remedy = "pip install 'phatnguoi[train]'"
            raise UserError(f"{needed} is not installed: nothing to compare with", remedy=remedy)
    if not checkpoint.is_file():
        raise UserError("no such checkpoint", where=str(checkpoint), remedy="Give a YOLOv8n checkpoint (.pt).")
    what = "vehicles, against YOLOv8n through ultralytics on PyTorch, 640 pixels"
    with (
        in_own_process(partial(_our_vehicles, threads)) as ours,
        in_own_process(partial(_ultralytics, checkpoint, threads)) as reference,
    ):
        return in_turn(what, pictures, ours, reference)


def _our_vehicles(threads: int) -> Run:
    weights = load_weights("vehicles")
    detector = VehicleDetector(weights, make_backend("openvino", weights, threads))
    return lambda picture: detector.detect([picture])


def _ultralytics(checkpoint: Path, threads: int) -> Run:
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(threads)
    model = YOLO(str(checkpoint))
    return lambda picture: model.predict(picture, imgsz=REFERENCE_SIZE_PX, device="cpu", verbose=False)


def plate_text_against_paddle(plates: Sequence[Pixels], threads: int) -> SpeedRatio:
    """Our plate text network, cutting of lines included, against PaddleOCR's detection and recognition."""
    what = "plate text, against PaddleOCR's detection and recognition"
    with (
        in_own_process(partial(_our_plate_text, threads)) as ours,
        in_own_process(partial(paddle_pipeline, threads)) as reference,
    ):
        return in_turn(what, plates, ours, reference)


def _our_plate_text(threads: int) -> Run:
    reader = PlateTextReader(threads)
    return lambda picture: reader.read([as_cut(picture)])
