"""The main job: frames of one source in, JSON lines and recorded cases out. Joins the rooms, decides nothing.

A violation waits until its vehicle has been seen for `AFTER_S` more (or the footage ends): its plate may become legible
only then, and the evidence clip must show what came after. It is then complete, and waits on for what else its vehicle
does: all of that is one case (`evidence.gathering`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.reports import report_warning
from detector.camera import Camera
from detector.gallery import Gallery
from detector.history import History
from detector.pipeline import Step
from detector.source import ClipSource
from detector.vocabulary import Violation
from evidence.gathering import Gathering, SeenViolation, VehicleGroup
from evidence.recorder import Recorder
from evidence.vault.manifest import ProvenancePart
from models.errors import FootageError, UserError
from ocr.reader import PlateReader
from ocr.reading import PlateReading

AFTER_S = 3.0
PENDING_MAX = 500  # violations waiting for their "after": more than any junction makes in three seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """One violation with its plate, as soon as it is complete."""

    violation: Violation
    reading: PlateReading


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that was recorded just now. What was recorded before makes none."""

    case_id: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LostCase:
    """Violations of a live camera whose pictures are no longer kept, because the stream was gone for too long: they
    cannot be proved, and the camera goes on."""

    codes: tuple[str, ...]
    error: FootageError


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
        self._gathering = Gathering()
        self._pending: list[Violation] = []

    def outcomes(self, steps: Iterable[Step]) -> Iterator[Outcome | NewCase | LostCase | Step]:
        """Every step as it passes (for progress), every outcome as soon as it is complete, and every new case.

        Raises what `steps` raises, after recording what was found until then.
        """
        failure: UserError | None = None
        passing = iter(steps)
        while True:
            try:
                step = next(passing)
            except StopIteration:
                break
            except UserError as error:
                failure = error
                break
            yield from self._pass(step)
        for violation in self._ready(None):
            yield from self._complete(violation)
        yield from self._record(self._gathering.rest())
        if failure is not None:
            raise failure

    def _pass(self, step: Step) -> Iterator[Outcome | NewCase | LostCase | Step]:
        for fault in step.scene.signal_faults:
            report_warning(f"{self._camera.id}: {fault.line()}")
        self._history.update(step.scene)
        if step.frame is not None:
            self._gallery.update(step.frame, step.scene)
        self._pending.extend(step.violations)
        yield step
        for violation in self._ready(step.scene.captured_at):
            yield from self._complete(violation)
        yield from self._record(self._gathering.update(step.scene))

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

    def _complete(self, violation: Violation) -> Iterator[Outcome | NewCase | LostCase]:
        reading = self._reader.read_track(self._gallery.crops(violation.track_id))
        yield Outcome(violation, reading)
        trail = self._history.trail(violation.track_id)
        yield from self._record(self._gathering.add(SeenViolation(violation, reading, trail)))

    def _record(self, groups: Iterable[VehicleGroup]) -> Iterator[NewCase | LostCase]:
        if self._recording is None:
            return
        for group in groups:
            codes = tuple(violation.code for violation in group.violations)
            try:
                made = self._recorded(self._recording, group)
            except FootageError as error:
                if self._recording.source.identity.kind == "file":
                    raise  # the file is still there: processed again, nothing is lost
                yield LostCase(codes, error)
                continue
            yield from (NewCase(case_id, codes) for case_id in made)

    def _recorded(self, recording: Recording, group: VehicleGroup) -> tuple[str, ...]:
        return recording.recorder.record(
            group.violations,
            camera=self._camera,
            reading=group.reading,
            source=recording.source,
            trail=group.trail,
            signal_timeline=self._history.signal_timeline(
                min(violation.from_at for violation in group.violations),
                max(violation.to_at for violation in group.violations),
            ),
            provenance=recording.provenance,
        )
