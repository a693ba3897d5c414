"""One piece of recorded footage, from its file to cases and JSON lines; can be interrupted at any moment and resumed.

What the models saw is written down frame by frame. A run that was interrupted goes through the footage again from its
first frame, but asks the models only from where it stopped, so verdicts are the same as if it had never been
interrupted; what is already recorded as a case is recognised and not recorded twice. A run that is complete is not
repeated: its lines are printed again as they were.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.explain import abstention_line
from api.json_lines import LineSink, violation_line
from api.processing import LostCase, NewCase, Outcome, Processing, Recording
from api.run_book import Books, RunBook, RunLines
from api.suspended import SuspensionNotes
from detector.camera import Camera
from detector.footage import FootageFile
from detector.pipeline import run
from detector.recording import Observing, Recorded, RecordingHeader
from detector.rules.abstained import Reason
from detector.source import Clock, require_resolution
from detector.thresholds import Thresholds
from detector.told import VersionedObserver
from detector.vocabulary import Abstention
from evidence.store.queries_runs import RunKey, RunStatus
from evidence.vault.manifest import ProvenancePart
from models.errors import FootageError
from ocr.reader import PlateReader

FRAMES_BETWEEN_NOTES = 250  # how often a run notes in the store how far it has come


@dataclass(frozen=True, slots=True)
class Judgement:
    """What decides the verdicts on one camera's footage."""

    camera: Camera
    thresholds: Thresholds
    observer_of: Callable[[Camera], VersionedObserver]
    reader: Callable[[], PlateReader]
    provenance: ProvenancePart

    @property
    def sha256(self) -> str:
        """Changes whenever a verdict might."""
        return hashlib.sha256(self.provenance.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended. `repeated`: it was complete before. `warnings`: one line each, for the user, suspensions among
    them. `withheld`: violations that were none because their rule was suspended."""

    violations: int
    new_cases: int
    repeated: bool
    warnings: tuple[str, ...]
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how the run goes: how many frames are expected, and how many have passed."""

    on_start: Callable[[int | None], None]
    on_frame: Callable[[int], None]


def run_footage(
    footage: FootageFile,
    judgement: Judgement,
    *,
    books: Books | None,
    observations: Path | None,
    write: LineSink,
    explain: LineSink,
    watcher: Watcher,
) -> RunReport:
    """Process one file; `books` None records nothing, `observations` keeps what the models saw. `write` is given the
    violations, `explain` the acquittals for want of certainty.

    Raises UserError for footage that cannot be processed; what was recorded until then is kept.
    """
    require_resolution(footage, judgement.camera, where=str(footage.path))
    watcher.on_start(footage.frame_count_estimate)
    warnings = _clock_warning(footage)
    book = books.open(_run_key(footage, judgement)) if books else None
    if book and (lines := book.lines_of_complete_run()) is not None:
        for line in lines.violations:
            write(line)
        for line in lines.abstentions:
            explain(line)
        watcher.on_frame(footage.frame_count_estimate or 0)
        return RunReport(len(lines.violations), 0, True, tuple(warnings), _withheld(lines))
    recording = Recording(books.recorder, footage, judgement.provenance) if books else None
    lines, new_cases = RunLines([], []), 0
    notes = SuspensionNotes(str(footage.path), warnings.append)
    with _remembering(footage, judgement, observations or (book.observations_file if book else None)) as observer:
        for outcome in _outcomes(footage, judgement, recording, book, observer, watcher, notes):
            if isinstance(outcome, NewCase | LostCase):
                new_cases += isinstance(outcome, NewCase)
            elif isinstance(outcome, Abstention):
                lines.abstentions.append(abstention_line(outcome))
                explain(lines.abstentions[-1])
            else:
                lines.violations.append(violation_line(outcome.violation, outcome.reading))
                write(lines.violations[-1])
    _close(footage, book, lines)
    return RunReport(len(lines.violations), new_cases, False, tuple(warnings), _withheld(lines))


def _outcomes(
    footage: FootageFile,
    judgement: Judgement,
    recording: Recording | None,
    book: RunBook | None,
    observer: Observing,
    watcher: Watcher,
    notes: SuspensionNotes,
) -> Iterator[Outcome | NewCase | LostCase | Abstention]:
    """Every violation with its plate, every new case and every acquittal, while the watcher and the book are told how far
    it is, and the user what is suspended."""
    processing = Processing(judgement.camera, judgement.reader(), recording)
    steps = run(footage.frames(), observer, judgement.camera, judgement.thresholds)
    for count, outcome in enumerate(processing.outcomes(steps)):
        if isinstance(outcome, Outcome | NewCase | LostCase):
            yield outcome
            continue
        yield from outcome.abstentions
        notes.look(outcome.scene)
        watcher.on_frame(outcome.scene.frame_index + 1)
        if book and count % FRAMES_BETWEEN_NOTES == 0:
            book.note(RunStatus.RUNNING, outcome.scene.frame_index + 1)


@contextmanager
def _remembering(footage: FootageFile, judgement: Judgement, observations: Path | None) -> Iterator[Observing]:
    """An observer that writes down what it saw, where there is a place for it."""
    observer = judgement.observer_of(judgement.camera)
    if observations is None:
        yield observer
        return
    header = RecordingHeader(
        source=footage.sha256,
        started_at=footage.started_at.isoformat(),
        camera_sha256=judgement.camera.sha256,
        weights=observer.versions(),
    )
    with Recorded(observations, observer, header) as recorded:
        yield recorded


def _run_key(footage: FootageFile, judgement: Judgement) -> RunKey:
    settings = f"{judgement.sha256} {footage.started_at.isoformat()}"
    return RunKey(footage.sha256, judgement.camera.sha256, hashlib.sha256(settings.encode()).hexdigest())


def _close(footage: FootageFile, book: RunBook | None, lines: RunLines) -> None:
    """End the run. Of truncated footage, what could be decoded is kept, but the user must know that the rest is missing."""
    summary = footage.summary
    frames = summary.frames if summary else 0
    if summary is not None and summary.truncated is not None:
        if book:
            book.note(RunStatus.FAILED, frames)
        raise FootageError(
            f"{summary.truncated}; the {frames} frames before were processed and what they show is kept",
            where=str(footage.path),
            remedy="Export the footage again to have its end judged too.",
        )
    if book:
        book.finish(lines, frames)


def _withheld(lines: RunLines) -> int:
    return sum(1 for line in lines.abstentions if line["reason"] == Reason.SUSPENDED)


def _clock_warning(footage: FootageFile) -> list[str]:
    if footage.clock is not Clock.UNKNOWN:
        return []
    return [
        f"{footage.path}: the footage does not say when it was recorded; its cases can be seen but not confirmed. "
        "Give --start-time."
    ]
