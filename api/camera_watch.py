"""One live camera, from its stream to cases, until it is stopped; started anew when an operator clears its suspensions."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from api.footage_run import Judgement
from api.processing import LostCase, NewCase, Processing, Recording
from api.reports import report_error, report_note, report_warning
from api.run_book import Books
from api.signal_feeds import SignalFeeds
from api.suspended import SuspensionNotes
from api.watch_board import Clearance, WatchBoard
from detector.live import LiveStream
from detector.phase_log import LivePhases
from detector.pipeline import Step, run
from detector.told import ToldObserver, VersionedObserver
from detector.vocabulary import Suspension
from models.errors import CameraFileError, UserError

STOP_S = 120  # a camera of a full junction may have a minute's violations to seal when it is stopped


class CameraWatch(threading.Thread):
    """One camera until it is stopped, or cannot be used at all. `judge` reads the camera's file anew each time."""

    def __init__(self, judge: Callable[[], Judgement], books: Books, feeds: SignalFeeds, board: WatchBoard) -> None:
        """Raises UserError where the camera's file cannot be used."""
        self._judge = judge
        self._judgement = judge()
        self._camera_id = self._judgement.camera.id
        super().__init__(name=self._camera_id, daemon=True)
        self.failed = False
        self._books = books
        self._feeds = feeds
        self._board = board
        self._clearance = board.clearance(self._camera_id)  # what was cleared before this start is over
        self._suspensions: tuple[Suspension, ...] = ()
        self._is_over = False
        self._ended = threading.Event()
        self._halt = threading.Event()  # of the stream that is watched now

    @property
    def has_ended(self) -> bool:
        """Whether the camera's thread has done its work. Not by `is_alive`: a Ctrl-C inside that takes a living thread for
        a dead one (Python 3.11), and what it is recording would be lost."""
        return self._ended.is_set()

    def run(self) -> None:
        """Frames to cases; what cannot be mended by waiting ends this camera and leaves the others running."""
        try:
            while True:
                halt = self._halt = threading.Event()
                if self._is_over:  # looked at after there is an event to set: a stop is never missed
                    return
                self._watch(self._judgement, halt)
        except UserError as error:
            self.failed = True
            report_error(error)
        finally:
            self._ended.set()

    def look(self) -> None:
        """To be called often, by one other thread: tells what is suspended, and heeds an operator who has cleared it."""
        if self.has_ended:
            self._board.forget(self._camera_id)
            return
        self._board.tell(
            self._camera_id, tuple(suspension.reason for suspension in self._suspensions), now=datetime.now(UTC)
        )
        clearance = self._board.clearance(self._camera_id)
        if clearance is not None and clearance != self._clearance:
            self._clearance = clearance
            self._start_anew(clearance)

    def stop(self) -> None:
        """Ask the thread to end and wait until what it is recording is whole."""
        self._is_over = True
        self._halt.set()
        if self.ident is not None:
            self.join(timeout=STOP_S)
        self._board.forget(self._camera_id)

    def _start_anew(self, clearance: Clearance) -> None:
        """Only with the very geometry that the operator cleared; else everything stays as it is, also what is suspended."""
        try:
            judgement = self._judge()
            if judgement.camera.sha256 != clearance.camera_sha256:
                raise CameraFileError(
                    "the file that was cleared is not the one that is watched; nothing was cleared",
                    where=f"camera {self._camera_id}",
                    remedy="Give `camera clear` the file that `watch` was started with.",
                )
        except UserError as error:
            report_error(error)
            return
        version = judgement.camera.sha256[:8]
        report_warning(f"{self._camera_id}: cleared by an operator; its rules start anew with geometry {version}.")
        self._judgement = judgement
        self._halt.set()

    def _watch(self, judgement: Judgement, halt: threading.Event) -> None:
        """One run of the camera, until `halt`. What it has found by then is recorded."""
        stream = LiveStream(str(judgement.camera.source), stop=halt)
        observer = self._told(judgement.observer_of(judgement.camera))
        recording = Recording(self._books.recorder, stream, judgement.provenance)
        processing = Processing(judgement.camera, judgement.reader(), recording)
        report_note(f"{self._camera_id}: watching {stream.identity.name}")
        steps = run(stream.frames(), observer, judgement.camera, judgement.thresholds)
        notes = SuspensionNotes(self._camera_id, report_warning)
        self._suspensions = ()
        for outcome in processing.outcomes(steps):
            if isinstance(outcome, Step):
                notes.look(outcome.scene)
                if not outcome.scene.is_last:
                    self._suspensions = outcome.scene.suspensions
            elif isinstance(outcome, LostCase):
                report_error(outcome.error)
            elif isinstance(outcome, NewCase):
                report_note(f"{self._camera_id}: {' + '.join(outcome.codes)} {outcome.case_id}")

    def _told(self, observer: VersionedObserver) -> VersionedObserver:
        """The observer, with what the camera's signal controller pushes where its feed is open."""
        if self._feeds.feed_of(self._camera_id) is None:
            return observer
        report_note(f"{self._camera_id}: listening to its signal controller")
        return ToldObserver(observer, LivePhases(self._feeds.messages_file(self._camera_id)))
