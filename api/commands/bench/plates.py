"""`phatnguoi bench plates`: how well plates are read."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from api.json_lines import json_lines
from api.report_page import figure, open_folder, table, write_page
from api.reports import LeftOut, finish, report_note, write_table
from models.errors import UserError
from models.training.plate_text.data import own_plates, split
from ocr.accuracy import PlateAccuracy, PlateError, PlateTruth, read_truth
from ocr.accuracy import measure as measure_plates
from ocr.images import load_picture
from ocr.reader import PlateReader

JUDGING_PART = "validation"
COLUMNS = ("what", "crops", "of", "share")


def plates(
    pictures: Annotated[Path, typer.Argument(help="A folder with pictures of one plate each.")],
    truth: Annotated[Path, typer.Argument(help="CSV with the columns name,text,lines,legible.")],
    kept_out: Annotated[
        bool, typer.Option(help="Only the plates of our own list that nothing was trained on.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Also a page with pictures of the worst errors, here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also a Markdown table, as the card shows it.")] = None,
    jsonl: Annotated[str | None, typer.Option(help="Also the counts as a JSON line to FILE, or -.")] = None,
) -> None:
    """How well plates are read: exact readings, and how many are accepted, rightly and wrongly."""
    left_out = LeftOut()
    rows = read_truth(truth, pictures)
    if kept_out:
        rows = _kept_out(rows, truth)
    measured = measure_plates(track(rows, "plates", console=Console(stderr=True)), PlateReader().read_image, left_out)
    console_table = Table(
        "plates", "read exactly", "two-line", "exactly", "accepted", "wrongly", "illegible", "accepted", "ECE"
    )
    counts = {name: value for name, value in asdict(measured).items() if name != "worst"}
    console_table.add_row(*map(str, counts.values()))
    with json_lines(jsonl) as write:
        write(counts)
    Console(stderr=jsonl == "-").print(console_table)
    for error in measured.worst:
        report_note(f"{error.truth.picture}: {_what(error)}")
    if report:
        report_note(f"report: {_write_report(report, measured)}")
    if markdown:
        write_table(markdown, COLUMNS, 1, _table(measured))
    finish(len(left_out), len(rows))


def _kept_out(rows: list[PlateTruth], truth: Path) -> list[PlateTruth]:
    """Those of the list whose plates judge the plate text network. Raises `UserError` where there are none."""
    judging = {crop.name for crop in split(own_plates())[JUDGING_PART]}
    kept = [row for row in rows if row.picture.name in judging]
    if not kept:
        raise UserError("no plate that was kept out of training", where=str(truth), remedy="Leave out --kept-out.")
    return kept


def _table(measured: PlateAccuracy) -> list[list[str]]:
    rows = [
        ("legible crops read exactly", measured.exact, measured.legible),
        ("of them two-line", measured.two_line_exact, measured.two_line),
        ("legible crops accepted", measured.accepted, measured.legible),
        ("accepted ones that are right", measured.accepted - measured.accepted_wrong, measured.accepted),
        ("illegible crops accepted", measured.illegible_accepted, measured.illegible),
    ]
    cells = [[what, str(part), str(whole), f"{part / whole:.3f}"] for what, part, whole in rows if whole]
    return [*cells, ["expected calibration error of the confidence", "", "", f"{measured.calibration_error:.3f}"]]


def _what(error: PlateError) -> str:
    read = f"{error.read or 'nothing'} ({'accepted' if error.accepted else 'not accepted'}, {error.confidence:.2f})"
    return f"{error.truth.text or 'illegible'} read as {read}"


def _write_report(folder: Path, measured: PlateAccuracy) -> Path:
    open_folder(folder)
    figures = [
        figure(
            folder,
            f"error_{rank}.jpg",
            load_picture(error.truth.picture),
            f"{_what(error)}<br>{error.truth.picture.name}",
        )
        for rank, error in enumerate(measured.worst)
    ]
    section = f"{table(COLUMNS, _table(measured))}<div class=errors>{''.join(figures)}</div>"
    return write_page(folder, "phatnguoi bench plates", [section])
