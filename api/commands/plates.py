"""`phatnguoi plates`: the plate reader alone, on pictures of plates."""

from pathlib import Path
from typing import Annotated

import typer

from api.json_lines import json_lines, reading_line
from api.reports import finish, report_error
from models.errors import UserError
from ocr.reader import PlateReader

app = typer.Typer(help="Read number plates.", no_args_is_help=True)


@app.callback()
def plates() -> None:
    """Read number plates."""


@app.command("read")
def read(
    images: Annotated[list[Path], typer.Argument(help="Pictures of one plate each.", show_default=False)],
    jsonl: Annotated[
        str, typer.Option(help="Write one JSON line per picture to FILE, or - for standard output.")
    ] = "-",
) -> None:
    """Read the plate in each picture: text without separators, status, confidence per character."""
    reader = PlateReader()
    failed = 0
    with json_lines(jsonl) as write:
        for image in images:
            try:
                write({"file": str(image), **reading_line(reader.read_image(image))})
            except UserError as error:
                failed += 1
                report_error(error)
    finish(failed, len(images))
