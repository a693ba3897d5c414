"""`phatnguoi watch`: live cameras. One thread per camera; a lost stream is reconnected until Ctrl-C."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from api.composition import judgement_of, open_books
from api.footage_run import Judgement
from api.processing import LostCase, NewCase, Processing, Recording
from api.reports import finish, report_error, report_note, report_warning
from api.run_book import Books
from api.settings import load_settings
from api.signal_feeds import SignalFeeds
from api.suspended import SuspensionNotes
from detector.camera import Camera, load_camera
from detector.live import LiveStream
from detector.phase_log import LivePhases
from detector.pipeline import Step, run
from detector.thresholds import load_thresholds
from detector.told import ToldObserver, VersionedObserver
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
    settings = load_settings(home)
    books, feeds = open_books(settings), SignalFeeds(settings.feeds_folder)
    watches, failed = [], 0
    for path in camera:
        try:
            judgement = judgement_of(_with_source(load_camera(path), path), limits, backend=backend)
            watches.append(_Watch(judgement, books, feeds))
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

    def __init__(self, judgement: Judgement, books: Books, feeds: SignalFeeds) -> None:
        super().__init__(name=judgement.camera.id, daemon=True)
        self.failed = False
        self._judgement = judgement
        self._books = books
        self._feeds = feeds
        self._stopped = threading.Event()

    def run(self) -> None:
        """Frames to cases; what cannot be mended by waiting ends this camera and leaves the others running."""
        judgement = self._judgement
        try:
            stream = LiveStream(str(judgement.camera.source), stop=self._stopped)
            observer = self._told(judgement.observer_of(judgement.camera))
            recording = Recording(self._books.recorder, stream, judgement.provenance)
            processing = Processing(judgement.camera, judgement.reader(), recording)
            report_note(f"{judgement.camera.id}: watching {stream.identity.name}")
            steps = run(stream.frames(), observer, judgement.camera, judgement.thresholds)
            notes = SuspensionNotes(judgement.camera.id, report_warning)
            for outcome in processing.outcomes(steps):
                if isinstance(outcome, Step):
                    notes.look(outcome.scene)
                elif isinstance(outcome, LostCase):
                    report_error(outcome.error)
                elif isinstance(outcome, NewCase):
                    report_note(f"{judgement.camera.id}: {' + '.join(outcome.codes)} {outcome.case_id}")
        except UserError as error:
            self.failed = True
            report_error(error)

    def _told(self, observer: VersionedObserver) -> VersionedObserver:
        """The observer, with what the camera's signal controller pushes where its feed is open."""
        camera_id = self._judgement.camera.id
        if self._feeds.feed_of(camera_id) is None:
            return observer
        report_note(f"{camera_id}: listening to its signal controller")
        return ToldObserver(observer, LivePhases(self._feeds.messages_file(camera_id)))

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
