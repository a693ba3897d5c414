"""`phatnguoi bench speed`: ratios to reference networks, in one run."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.json_lines import json_lines
from api.speed import SpeedRatio, plate_text_against_paddle, vehicles_against_ultralytics
from models.errors import UserError
from ocr.images import load_picture


def speed(
    images: Annotated[
        list[Path] | None, typer.Argument(help="Pictures of a camera's view.", show_default=False)
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="A YOLOv8n checkpoint (.pt) to compare on them; needs ultralytics.")
    ] = None,
    plate: Annotated[list[Path] | None, typer.Option(help="A picture of a plate; may be given more than once.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processor cores for each side.")] = 2,
    jsonl: Annotated[str | None, typer.Option(help="Also one JSON line per comparison to FILE, or -.")] = None,
) -> None:
    """How many times as fast as a reference our networks are, one picture at a time, in turns in one run."""
    if bool(images) != bool(reference) or not (images or plate):
        what = "nothing to compare"
        raise UserError(what, remedy="Give pictures of a camera's view with --reference, or plates with --plate.")
    ratios: list[SpeedRatio] = []
    if images and reference:
        ratios.append(vehicles_against_ultralytics([load_picture(image) for image in images], reference, threads))
    if plate:
        ratios.append(plate_text_against_paddle([load_picture(one) for one in plate], threads))
    table = Table("what", "ours, ms", "reference, ms", "times as fast")
    with json_lines(jsonl) as write:
        for ratio in ratios:
            table.add_row(
                ratio.what, f"{ratio.ours_s * 1000:.1f}", f"{ratio.reference_s * 1000:.1f}", f"{ratio.times:.1f}"
            )
            write({"what": ratio.what, "ours_s": ratio.ours_s, "reference_s": ratio.reference_s, "times": ratio.times})
    Console(stderr=jsonl == "-").print(table)
