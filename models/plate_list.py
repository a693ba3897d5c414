"""Lists of plate pictures: which file, what stands on the plate, on how many lines, and whether a person can read it.

CSV with the columns `name,text,lines,legible`: file name, text (separators do not count; empty where nobody can read it),
1 or 2 lines, and 1 or 0.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from models.errors import UserError
from models.plate_text import norm

COLUMNS = ("name", "text", "lines", "legible")


class PlateListError(UserError):
    """A row of a list of plates could not be understood."""


@dataclass(frozen=True, slots=True)
class PlateCrop:
    """One picture: `text` normalised, empty where it is not known; `lines` 0 where that is not known either."""

    name: str
    text: str
    lines: int
    legible: bool


def read_plate_list(file: Path) -> list[PlateCrop]:
    """The rows of the list, in order. Raises `PlateListError` naming file and line."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise PlateListError("wrong columns", where=str(file), remedy=f"The first line is {','.join(COLUMNS)}.")
            return [_crop(row, f"{file}:{rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError) as error:
        raise PlateListError("the list of plates cannot be read", where=str(file), remedy=str(error)) from error


def _crop(row: dict[str, str], where: str) -> PlateCrop:
    if None in row.values() or None in row:
        raise PlateListError("not four values", where=where, remedy=f"Write {','.join(COLUMNS)}.")
    if row["lines"] not in ("1", "2", "0", "") or row["legible"] not in ("0", "1"):
        raise PlateListError("`lines` is 1 or 2, `legible` 0 or 1", where=where, remedy="Correct the row.")
    legible, text = row["legible"] == "1", norm(row["text"])
    if legible and not (text and row["lines"] in ("1", "2")):
        raise PlateListError("a legible plate needs its text and lines", where=where, remedy="Correct the row.")
    return PlateCrop(row["name"], text, int(row["lines"] or 0), legible)
