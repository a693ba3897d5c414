"""`phatnguoi process`: recorded footage in; cases and JSON lines out."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from api.composition import judgement_of, open_books
from api.explain import in_words
from api.footage_run import Judgement, RunReport, Watcher, run_footage
from api.json_lines import LineSink, json_lines
from api.reports import finish, report_error, report_note, report_warning
from api.run_book import Books
from api.settings import load_settings
from detector.camera import load_camera
from detector.footage import FootageFile
from detector.phase_log import PhaseLog
from detector.thresholds import load_thresholds
from detector.vocabulary import JsonValue
from models.errors import FootageError, UserError

VIDEO_SUFFIXES = {".mp4", ".mkv", ".avi", ".mov", ".ts", ".m4v", ".webm", ".flv", ".asf", ".dav", ".mpg", ".mpeg"}


def process(
    footage: Annotated[list[Path], typer.Argument(help="Video files, or folders of them.", show_default=False)],
    camera: Annotated[Path, typer.Option(help="The camera file (YAML) that says what the camera sees.")],
    start_time: Annotated[
        str | None, typer.Option(help="When the footage starts, with its zone: 2026-11-20T07:30:00+07:00.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep store and evidence in DIR (default: PHATNGUOI_HOME, then ./var).")
    ] = None,
    jsonl: Annotated[
        str | None, typer.Option(help="One JSON line per violation to FILE, or - for standard output.")
    ] = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Record no cases: only print JSON lines.")] = False,
    thresholds: Annotated[Path | None, typer.Option(help="A YAML file with the thresholds that differ.")] = None,
    observations: Annotated[
        Path | None, typer.Option(help="Keep what the models saw in FILE (one footage only) and use it when it fits.")
    ] = None,
    phases: Annotated[
        Path | None, typer.Option(help="What the signal controller logged: one JSON object a line, see README.")
    ] = None,
    backend: Annotated[str, typer.Option(help="What runs the networks: openvino or cuda.")] = "openvino",
    explain: Annotated[
        bool, typer.Option("--explain", help="Also say whom the rules acquitted for want of certainty, and why.")
    ] = False,
) -> None:
    """Find violations in recorded footage. The same command goes on where it was interrupted."""
    seen = load_camera(camera)
    told = PhaseLog(phases, [signal.name for signal in seen.signals]) if phases else None
    judgement = judgement_of(seen, load_thresholds(thresholds), backend=backend, phases=told)
    start_at = parse_start(start_time)
    books = None if no_store else open_books(load_settings(out))
    failed = inputs = 0
    with json_lines(jsonl) as write, footage_progress() as progress:
        for path in _files(footage):
            inputs += 1
            try:
                if isinstance(path, FootageError):
                    raise path
                report = process_file(path, start_at, judgement, books, write, progress, observations, explain=explain)
                report_note(f"{path}: {summary(report, stored=books is not None)}")
            except UserError as error:
                failed += 1
                report_error(error)
    finish(failed, inputs)


def process_file(
    path: Path,
    start_at: datetime | None,
    judgement: Judgement,
    books: Books | None,
    write: LineSink,
    progress: Progress,
    observations: Path | None = None,
    *,
    explain: bool = False,
) -> RunReport:
    """One file with its progress bar. Raises UserError."""

    def explained(line: Mapping[str, JsonValue]) -> None:
        if explain:
            report_note(f"{path}: {in_words(line)}")

    task: TaskID = progress.add_task(path.name, total=None)
    try:
        report = run_footage(
            FootageFile(path, start_at),
            judgement,
            books=books,
            observations=observations,
            write=write,
            explain=explained,
            watcher=Watcher(
                on_start=lambda frames: progress.update(task, total=frames),
                on_frame=lambda passed: progress.update(task, completed=passed),
            ),
        )
    finally:
        progress.stop_task(task)
    for line in report.warnings:
        report_warning(line)
    return report


def footage_progress() -> Progress:
    """Bars on standard error, so that JSON lines on standard output stay clean."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def summary(report: RunReport, *, stored: bool) -> str:
    """What came of one file, in a sentence."""
    found = f"{report.violations} violation{'' if report.violations == 1 else 's'}"
    if report.withheld:
        found += f", {report.withheld} withheld because their rule was suspended"
    if report.repeated:
        return f"{found} (processed before, nothing to do)"
    return f"{found}, {report.new_cases} new case{'' if report.new_cases == 1 else 's'}" if stored else found


def parse_start(text: str | None) -> datetime | None:
    """The time given by the user. Raises UserError where it has no zone: a guessed zone would date the act wrongly."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UserError(
            f"`{text}` is not a time with a zone", where="--start-time", remedy="Write it as 2026-11-20T07:30:00+07:00."
        )
    return moment


def _files(inputs: list[Path]) -> Iterator[Path | FootageError]:
    """Every file, and those of every folder in order of name; a folder that gives none is an error of its own."""
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        try:
            videos = sorted(child for child in path.iterdir() if child.suffix.lower() in VIDEO_SUFFIXES)
        except OSError as error:
            yield FootageError(
                f"the folder cannot be read ({error.strerror})", where=str(path), remedy="Check its permissions."
            )
            continue
        if not videos:
            yield FootageError("no video in this folder", where=str(path), remedy="Name a folder that holds footage.")
        yield from videos
