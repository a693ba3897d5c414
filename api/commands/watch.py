"""`phatnguoi watch`: live cameras. One thread per camera; a lost stream is reconnected until Ctrl-C."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from api.composition import judgement_of, open_books
from api.footage_run import Judgement
from api.processing import LostCase, NewCase, Processing, Recording
from api.reports import finish, report_error, report_note
from api.run_book import Books
from api.settings import load_settings
from detector.camera import Camera, load_camera
from detector.live import LiveStream
from detector.pipeline import run
from detector.thresholds import load_thresholds
from models.errors import CameraFileError, UserError

LOOK_S = 0.5  # how often the main thread looks whether all cameras have ended
STOP_S = 120  # a camera of a full junction may have a minute's violations to seal when it is stopped


def watch(
    camera: Annotated[
        list[Path], typer.Option(help="A camera file (YAML) with its `source`; give the option once per camera.")
    ],
    home: Annotated[Path | None, typer.Option(help="The data folder (default: PHATNGUOI_HOME, then ./var).")] = None,
    thresholds: Annotated[Path | None, typer.Option(help="A YAML file with the thresholds that differ.")] = None,
    backend: Annotated[str, typer.Option(help="What runs the networks: openvino or cuda.")] = "openvino",
) -> None:
    """Watch live cameras and record cases until Ctrl-C."""
    limits = load_thresholds(thresholds)
    books = open_books(load_settings(home))
    watches, failed = [], 0
    for path in camera:
        try:
            watches.append(_Watch(judgement_of(_with_source(load_camera(path), path), limits, backend=backend), books))
        except UserError as error:
            failed += 1
            report_error(error)
    try:
        for each in watches:
            each.start()
        while any(each.is_alive() for each in watches):
            threading.Event().wait(LOOK_S)
    finally:
        for each in watches:
            each.stop()
    finish(failed + sum(each.failed for each in watches), len(camera))


class _Watch(threading.Thread):
    """One camera until it is stopped, or cannot be used at all."""

    def __init__(self, judgement: Judgement, books: Books) -> None:
        super().__init__(name=judgement.camera.id, daemon=True)
        self.failed = False
        self._judgement = judgement
        self._books = books
        self._stopped = threading.Event()

    def run(self) -> None:
        """Frames to cases; what cannot be mended by waiting ends this camera and leaves the others running."""
        judgement = self._judgement
        try:
            stream = LiveStream(str(judgement.camera.source), stop=self._stopped)
            observer = judgement.observer_of(judgement.camera)
            recording = Recording(self._books.recorder, stream, judgement.provenance)
            processing = Processing(judgement.camera, judgement.reader(), recording)
            report_note(f"{judgement.camera.id}: watching {stream.identity.name}")
            steps = run(stream.frames(), observer, judgement.camera, judgement.thresholds)
            for outcome in processing.outcomes(steps):
                if isinstance(outcome, LostCase):
                    report_error(outcome.error)
                if isinstance(outcome, NewCase):
                    report_note(f"{judgement.camera.id}: {' + '.join(outcome.codes)} {outcome.case_id}")
        except UserError as error:
            self.failed = True
            report_error(error)

    def stop(self) -> None:
        """Ask the thread to end and wait until what it is recording is whole."""
        self._stopped.set()
        if self.is_alive():
            self.join(timeout=STOP_S)


def _with_source(camera: Camera, path: Path) -> Camera:
    if not camera.source:
        raise CameraFileError(
            "a live camera needs its stream",
            where=f"{path}: source",
            remedy="Add `source: rtsp://…`, or use `process`.",
        )
    return camera
