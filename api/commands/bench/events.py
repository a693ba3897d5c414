"""`phatnguoi bench events`: violations against truth, clip by clip and in all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.events_report import COLUMNS, totals, write_report
from api.json_lines import LineSink, json_lines
from api.reports import LeftOut, finish, report_note
from detector.event_score import ClipScore, EventScore, Mistake, bench
from detector.thresholds import Thresholds, load_thresholds
from detector.vocabulary import JsonValue
from models.errors import UserError

WIDTH = 150  # columns of the tables where there is no terminal to ask

Fps = float | None
Found = frozenset[tuple[str, str, str]]
"""(clip, code, act) of what was rightly reported."""


def events(
    clips: Annotated[list[Path], typer.Argument(help="Clips with NAME.yaml and NAME.truth.json beside them.")],
    thresholds: Annotated[Path | None, typer.Option(help="A YAML file with the thresholds that differ.")] = None,
    jsonl: Annotated[str | None, typer.Option(help="Also one JSON line per clip and code to FILE, or -.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Leave a page with a still of every mistake in this folder.")
    ] = None,
    fps: Annotated[
        list[float] | None,
        typer.Option(
            min=1.0, help="Frames analysed a second at most; given several times, their verdicts are compared."
        ),
    ] = None,
) -> None:
    """Violations found, wrong and missed, clip by clip, against truth. Red-light tolerances are set to 0: truth counts
    early starts."""
    limits = load_thresholds(thresholds)
    found: dict[Fps, Found] = {}
    left_out = LeftOut()
    console = Console(stderr=jsonl == "-")
    if not console.is_terminal:
        console = Console(stderr=jsonl == "-", width=WIDTH)
    with json_lines(jsonl) as write:
        rates: list[Fps] = [*fps] if fps else [None]
        for rate in rates:
            scored = _scored(clips, limits, rate, write, left_out)
            rows = [row for clip in scored for row in clip.rows]
            found[rate] = frozenset((row.clip, row.code, name) for row in rows for name in row.right_ones)
            _print(console, scored, rate)
            if report:
                report_note(f"{write_report(report / f'{rate:g}_fps' if rate else report, scored)}")
    if len(found) > 1:
        console.print(
            f"agreement at {', '.join(f'{rate:g}' for rate in fps or [])} fps: {agreement(list(found.values()))}"
        )
    finish(len(left_out), len(clips) * len(found))


def agreement(found: Sequence[Found]) -> str:
    """How many of the acts that any run reported rightly were reported by every run."""
    everywhere, anywhere = frozenset.intersection(*found), frozenset.union(*found)
    return f"{len(everywhere)} of {len(anywhere)} acts"


def _scored(clips: Sequence[Path], limits: Thresholds, fps: Fps, write: LineSink, left_out: LeftOut) -> list[ClipScore]:
    """The clips that could be judged; the others are told of and left out."""
    scored: list[ClipScore] = []
    for clip in clips:
        try:
            scored.extend(bench([clip], limits, fps))
        except UserError as error:
            left_out(error)
            continue
        for row in scored[-1].rows:
            write({**_line(row), "fps": fps})
    return scored


def _line(row: EventScore) -> dict[str, JsonValue]:
    return {
        "clip": row.clip,
        "code": row.code,
        "right": row.right,
        "wrong": row.wrong,
        "missed": row.missed,
        "unjudged": row.unjudged,
        "abstained": row.abstained,
        "right_ones": [*row.right_ones],
        "wrong_ones": [_mistake(mistake) for mistake in row.wrong_ones],
        "missed_ones": [_mistake(mistake) for mistake in row.missed_ones],
        "frame_errors": [*row.frame_errors],
        "analysed_errors": [round(error, 2) for error in row.analysed_errors],
    }


def _mistake(mistake: Mistake) -> dict[str, JsonValue]:
    return {"who": mistake.who, "frame": mistake.frame, "why": mistake.why}


def _print(console: Console, scored: Sequence[ClipScore], fps: Fps) -> None:
    clip_table = Table("clip", "code", *COLUMNS, title=f"{fps:g} frames/s" if fps else None)
    for clip in scored:
        for row in clip.rows:
            [[code, *figures]] = totals([row])
            clip_table.add_row(row.clip, code, *figures)
    console.print(clip_table)
    for row in (row for clip in scored for row in clip.rows):
        for line in _which(row):
            console.print(f"{row.clip}: {row.code} {line}", markup=False)
    rows = [row for clip in scored for row in clip.rows]
    in_all = Table("all clips", *COLUMNS)
    for cells in totals(rows):
        in_all.add_row(*cells)
    console.print(in_all)
    console.print(f"replayed with the same violations: {sum(clip.replays for clip in scored)} of {len(scored)} clips")


def _which(row: EventScore) -> list[str]:
    wrong = [f"wrong: {mistake.who}, frame {mistake.frame}" for mistake in row.wrong_ones]
    missed = [f"missed: {mistake.who} ({mistake.why or 'no doubt told'})" for mistake in row.missed_ones]
    return wrong + missed
