"""`phatnguoi bench lamps`: how often the colour of a lamp head is right, wrong, or left open."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from api.json_lines import json_lines
from api.lamp_accuracy import LampCounts, folder_lamps, kept_out_lamps, lamp_reader, measure_lamps
from api.reports import LeftOut, finish, report_note, write_table
from detector.lamps import read_lamps
from models.errors import UserError
from models.training.lamps.set import LampPicture

COLUMNS = ("measured on", "true phase", "heads", "right", "another colour", "dark", "unknown", "right of named")


def lamps(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders with `images/` and YOLO `labels/`.", show_default=False)
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The shared data folder: measures its kept-out scenes.")] = None,
    footage: Annotated[Path | None, typer.Option(help="Its clips; default: footage/ beside the data folder.")] = None,
    weights: Annotated[Path | None, typer.Option(help="A YAML file with other weights to measure.")] = None,
    colours_only: Annotated[bool, typer.Option("--colours-only", help="Leave the network out.")] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Also the figures as a Markdown table, as cards show it.")
    ] = None,
    jsonl: Annotated[str | None, typer.Option(help="Also one JSON line per part and phase to FILE, or -.")] = None,
) -> None:
    """How right single readings of lamp heads are. Labels: 0 green, 1 red, 2 yellow, 3 off, 4 cannot be told. In clips
    LED heads flicker: a frame in which a lit head is dark is read as dark, rightly."""
    left_out = LeftOut()
    read = read_lamps if colours_only else lamp_reader(weights).read
    counts: list[LampCounts] = []
    for part, heads in _parts(folders or [], data, footage, left_out):
        measured, wrong = measure_lamps(part, track(heads, part, console=Console(stderr=True)), read, left_out)
        counts += measured
        for one in wrong:
            report_note(f"{one.name}: {one.phase} read as {one.reading.phase} ({one.reading.confidence:.2f})")
    _show(counts, jsonl)
    if markdown:
        write_table(markdown, COLUMNS, 2, map(_cells, counts))
    finish(len(left_out), len(left_out) + sum(count.heads for count in counts))


def _parts(
    folders: list[Path], data: Path | None, footage: Path | None, leave_out: Callable[[UserError], None]
) -> Iterator[tuple[str, Iterable[LampPicture]]]:
    if not folders and data is None:
        raise UserError("nothing to measure on", remedy="Give folders with `images/` and `labels/`, or --data.")
    for folder in folders:
        yield str(folder), folder_lamps(folder, leave_out)
    if data is not None:
        yield from kept_out_lamps(data, footage or data.parent / "footage")


def _cells(count: LampCounts) -> list[str]:
    share = "–" if count.right_of_named is None else f"{count.right_of_named:.3f}"
    return [*map(str, asdict(count).values()), share]


def _show(counts: list[LampCounts], jsonl: str | None) -> None:
    console = Console(stderr=jsonl == "-")
    with json_lines(jsonl) as write:
        for part, of_part in groupby(counts, key=lambda count: count.part):
            table = Table(*COLUMNS[1:], title=part, title_justify="left")
            for count in of_part:
                table.add_row(*_cells(count)[1:])
                write({**asdict(count), "right_of_named": count.right_of_named})
            console.print(table)
