"""`phatnguoi bench accuracy`: how right the detectors' boxes are."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from api.accuracy import LabelledPicture, Measured, finder_of, folder_pictures, measure, together
from api.accuracy_report import write_markdown, write_report
from api.json_lines import json_lines
from api.reports import LeftOut, finish, report_note
from models.errors import UserError
from models.metrics import Score
from models.training.validation import validation_pictures


class Role(StrEnum):
    """Detectors whose boxes are measured."""

    VEHICLES = "vehicles"
    HEADS = "heads"
    PLATES = "plates"


def accuracy(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders with `images/` and YOLO `labels/`.", show_default=False)
    ] = None,
    role: Annotated[list[Role] | None, typer.Option(help="Which detector; may be given more than once.")] = None,
    data: Annotated[Path | None, typer.Option(help="The shared data folder: measures its kept-out scenes.")] = None,
    footage: Annotated[Path | None, typer.Option(help="Its clips; default: footage/ beside the data folder.")] = None,
    weights: Annotated[Path | None, typer.Option(help="A YAML file with other weights to measure.")] = None,
    report: Annotated[Path | None, typer.Option(help="Also a page with pictures of the worst errors, here.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Also the figures as a Markdown table, as cards show it.")
    ] = None,
    jsonl: Annotated[str | None, typer.Option(help="Also one JSON line per part and label to FILE, or -.")] = None,
) -> None:
    """How right the detectors are on labelled pictures: average precision at IoU 0.5, precision and recall. `near` counts
    only boxes taller than 8 % of the picture."""
    measured: list[Measured] = []
    left_out = LeftOut()
    for one in role or list(Role):
        parts = _parts(str(one), folders or [], data, footage, left_out)
        find = finder_of(str(one), weights_file=weights)
        of_role = [
            measure(str(one), name, track(pictures, f"{one}: {name}", console=Console(stderr=True)), find)
            for name, pictures in parts
        ]
        measured += [*of_role, together(of_role)] if len(of_role) > 1 else of_role
    _show(measured, jsonl)
    if markdown:
        write_markdown(markdown, measured)
    if report:
        report_note(f"report: {write_report(report, measured)}")
    finish(len(left_out), len(left_out) + sum(part.pictures for part in measured))


def _parts(
    role: str, folders: list[Path], data: Path | None, footage: Path | None, leave_out: Callable[[UserError], None]
) -> Iterator[tuple[str, Iterable[LabelledPicture]]]:
    if not folders and data is None:
        raise UserError("nothing to measure on", remedy="Give folders with `images/` and `labels/`, or --data.")
    for folder in folders:
        yield str(folder), folder_pictures(folder, role, leave_out)
    if data is not None:
        for part, pictures in validation_pictures(role, data, footage or data.parent / "footage"):
            yield part, (LabelledPicture(one.key, one.image, one.true, one.ignored) for one in pictures)


def _show(measured: list[Measured], jsonl: str | None) -> None:
    console = Console(stderr=jsonl == "-")
    with json_lines(jsonl) as write:
        for part in measured:
            title = f"{part.role}: {part.part}, {part.pictures} pictures"
            columns = ("label", "boxes", "AP50", "precision", "recall", "near", "near AP50", "near recall")
            table = Table(*columns, title=title, title_justify="left")
            for score, near in zip(part.scores, part.near_scores, strict=True):
                if score.boxes:
                    line = _accuracy_line(score, near)
                    table.add_row(
                        *(f"{value:.3f}" if isinstance(value, float) else str(value) for value in line.values())
                    )
                    write({"role": part.role, "part": part.part, "pictures": part.pictures, **line})
            console.print(table)


def _accuracy_line(score: Score, near: Score) -> dict[str, str | int | float | None]:
    return {
        "label": score.label,
        "boxes": score.boxes,
        "ap50": round(score.ap50, 4),
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "near_boxes": near.boxes,
        "near_ap50": round(near.ap50, 4) if near.boxes else None,
        "near_recall": round(near.recall, 4) if near.boxes else None,
    }
