"""`phatnguoi bench speed`: ratios to reference networks, in one run."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.json_lines import json_lines
from api.speed import vehicles_against_ultralytics
from ocr.images import load_picture


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
