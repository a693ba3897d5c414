"""The main job: frames of one source in, recorded cases and JSON lines out. Joins the rooms, decides nothing.

A violation waits until its vehicle has been seen for `AFTER_S` more (or the footage ends): its plate may become legible
only then, and the evidence clip must show what came after.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from detector.camera import Camera
from detector.gallery import Gallery
from detector.history import History
from detector.pipeline import Step
from detector.source import ClipSource
from detector.vocabulary import Violation
from evidence.recorder import Recorder
from evidence.vault.manifest import ProvenancePart
from models.errors import UserError
from ocr.reader import PlateReader
from ocr.reading import PlateReading

AFTER_S = 3.0
PENDING_MAX = 500  # violations waiting for their "after": more than any junction makes in three seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """One violation with its plate. `case_id` is None where no store was asked for or it was recorded before."""

    violation: Violation
    reading: PlateReading
    case_id: str | None


@dataclass(frozen=True, slots=True)
class Recording:
    """Where outcomes are recorded: the recorder, what the clip is cut from, and which programs and weights judged."""

    recorder: Recorder
    source: ClipSource
    provenance: ProvenancePart


class Processing:
    """Runs one source through the rooms. One instance per run of one camera."""

    def __init__(self, camera: Camera, reader: PlateReader, recording: Recording | None) -> None:
        self._camera = camera
        self._reader = reader
        self._recording = recording
        self._history = History()
        self._gallery = Gallery()
        self._pending: list[Violation] = []

    def outcomes(self, steps: Iterable[Step]) -> Iterator[Outcome | Step]:
        """Every step as it passes (for progress), and every outcome as soon as it is complete.

        Raises what `steps` raises (a picture of another size in mid-stream), after the outcomes of what came before.
        """
        failure: UserError | None = None
        try:
            for step in steps:
                self._history.update(step.scene)
                if step.frame is not None:
                    self._gallery.update(step.frame, step.scene)
                self._pending.extend(step.violations)
                yield step
                for violation in self._ready(step.scene.captured_at):
                    yield self._complete(violation)
        except UserError as failed:
            failure = failed
        for violation in self._ready(None):
            yield self._complete(violation)
        if failure is not None:
            raise failure

    def _ready(self, now: datetime | None) -> list[Violation]:
        """Violations that waited long enough, or all of them at the end of the footage (`now` None)."""
        after = timedelta(seconds=AFTER_S)
        overflow = max(0, len(self._pending) - PENDING_MAX)
        ready = [
            violation
            for position, violation in enumerate(self._pending)
            if now is None or position < overflow or now - violation.to_at >= after
        ]
        self._pending = [violation for violation in self._pending if violation not in ready]
        return ready

    def _complete(self, violation: Violation) -> Outcome:
        reading = self._reader.read_track(self._gallery.crops(violation.track_id))
        case_id = self._record(violation, reading) if self._recording else None
        return Outcome(violation=violation, reading=reading, case_id=case_id)

    def _record(self, violation: Violation, reading: PlateReading) -> str | None:
        assert self._recording is not None
        return self._recording.recorder.record(
            violation,
            camera=self._camera,
            reading=reading,
            source=self._recording.source,
            trail=self._history.trail(violation.track_id),
            signal_timeline=self._history.signal_timeline(violation.from_at, violation.to_at),
            provenance=self._recording.provenance,
        )
