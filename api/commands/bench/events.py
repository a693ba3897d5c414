"""`phatnguoi bench events`: violations against truth, clip by clip."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.json_lines import json_lines
from detector.thresholds import load_thresholds
from detector.truth import EventScore, bench


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


def _which(score: EventScore) -> str:
    wrong = [f"wrong: {', '.join(score.wrong_ones)}"] if score.wrong_ones else []
    missed = [f"missed: {', '.join(score.missed_ones)}"] if score.missed_ones else []
    return "; ".join(wrong + missed)
