"""`phatnguoi bench`: accuracy and speed as figures that anyone can repeat."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from api.accuracy import LabelledPicture, Measured, finder_of, folder_pictures, measure, together
from api.accuracy_report import write_markdown, write_report
from api.commands.bench_lamps import lamps
from api.json_lines import json_lines
from api.reports import finish, report_error, report_note
from api.speed import vehicles_against_ultralytics
from detector.thresholds import load_thresholds
from detector.truth import EventScore, bench
from models.errors import UserError
from models.metrics import Score
from models.training.validation import validation_pictures
from ocr.accuracy import measure as measure_plates
from ocr.accuracy import read_truth
from ocr.images import load_picture
from ocr.reader import PlateReader


class Role(StrEnum):
    """Detectors whose boxes are measured."""

    VEHICLES = "vehicles"
    HEADS = "heads"
    PLATES = "plates"


app = typer.Typer(help="Measure accuracy and speed.", no_args_is_help=True)
app.command("lamps")(lamps)


@app.callback()
def bench_commands() -> None:
    """Measure accuracy and speed."""


@app.command("events")
def events(
    clips: Annotated[list[Path], typer.Argument(help="Clips with NAME.yaml and NAME.truth.json beside them.")],
    thresholds: Annotated[Path | None, typer.Option(help="A YAML file with the thresholds that differ.")] = None,
    jsonl: Annotated[str | None, typer.Option(help="Also one JSON line per clip and code to FILE, or -.")] = None,
) -> None:
    """Violations found, wrong and missed, clip by clip, against truth. Red-light tolerances are set to 0: truth counts
    early starts."""
    table = Table("clip", "code", "right", "wrong", "missed", "unjudged", "which")
    with json_lines(jsonl) as write:
        for score in bench(clips, load_thresholds(thresholds)):
            counts = (score.right, score.wrong, score.missed, score.unjudged)
            table.add_row(score.clip, score.code, *map(str, counts), _which(score))
            write(
                {
                    "clip": score.clip,
                    "code": score.code,
                    "right": score.right,
                    "wrong": score.wrong,
                    "missed": score.missed,
                    "unjudged": score.unjudged,
                    "wrong_ones": list(score.wrong_ones),
                    "missed_ones": list(score.missed_ones),
                    "frame_errors": list(score.frame_errors),
                }
            )
    Console(stderr=jsonl == "-").print(table)


@app.command("accuracy")
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
    failed: list[UserError] = []

    def leave_out(error: UserError) -> None:
        report_error(error)
        failed.append(error)

    for one in role or list(Role):
        parts = _parts(str(one), folders or [], data, footage, leave_out)
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
    finish(len(failed), len(failed) + sum(part.pictures for part in measured))


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


@app.command("plates")
def plates(
    pictures: Annotated[Path, typer.Argument(help="A folder with pictures of one plate each.")],
    truth: Annotated[Path, typer.Argument(help="CSV with the columns name,text,lines,legible.")],
    one_in: Annotated[int, typer.Option(min=1, help="Read only one picture in so many.")] = 1,
    jsonl: Annotated[str | None, typer.Option(help="Also the counts as a JSON line to FILE, or -.")] = None,
) -> None:
    """How well plates are read: exact readings, and how many are accepted, rightly and wrongly."""
    failed: list[UserError] = []

    def leave_out(error: UserError) -> None:
        report_error(error)
        failed.append(error)

    rows = read_truth(truth, pictures)[::one_in]
    console = Console(stderr=True)
    measured = measure_plates(track(rows, "plates", console=console), PlateReader().read_image, leave_out)
    table = Table("plates", "read exactly", "two-line", "exactly", "accepted", "wrongly", "illegible", "accepted")
    counts = {name: value for name, value in asdict(measured).items() if name != "worst"}
    table.add_row(*map(str, counts.values()))
    with json_lines(jsonl) as write:
        write(counts)
    Console(stderr=jsonl == "-").print(table)
    for error in measured.worst:
        read = f"{error.read or 'nothing'} ({'accepted' if error.accepted else 'not accepted'}, {error.confidence:.2f})"
        report_note(f"{error.truth.picture}: {error.truth.text or 'illegible'} read as {read}")
    finish(len(failed), len(rows))


@app.command("speed")
def speed(
    images: Annotated[list[Path], typer.Argument(help="Pictures of a camera's view.")],
    reference: Annotated[Path, typer.Option(help="A YOLOv8n checkpoint (.pt) to compare with; needs ultralytics.")],
    threads: Annotated[int, typer.Option(min=1, help="Processor cores for each side.")] = 2,
    jsonl: Annotated[str | None, typer.Option(help="Also one JSON line per comparison to FILE, or -.")] = None,
) -> None:
    """How many times as fast as a reference our networks are, one picture at a time, in turns in one run."""
    ratios = [vehicles_against_ultralytics([load_picture(image) for image in images], reference, threads)]
    table = Table("what", "ours, ms", "reference, ms", "times as fast")
    with json_lines(jsonl) as write:
        for ratio in ratios:
            table.add_row(
                ratio.what, f"{ratio.ours_s * 1000:.1f}", f"{ratio.reference_s * 1000:.1f}", f"{ratio.times:.1f}"
            )
            write({"what": ratio.what, "ours_s": ratio.ours_s, "reference_s": ratio.reference_s, "times": ratio.times})
    Console(stderr=jsonl == "-").print(table)


def _which(score: EventScore) -> str:
    wrong = [f"wrong: {', '.join(score.wrong_ones)}"] if score.wrong_ones else []
    missed = [f"missed: {', '.join(score.missed_ones)}"] if score.missed_ones else []
    return "; ".join(wrong + missed)
