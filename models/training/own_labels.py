"""Boxes that we drew or corrected by eye, kept as text beside the code: the pictures themselves are not ours to keep.

`models/own_labels/ROLE.csv` has one row per box: `picture` (its path in the data folder without the ending, or
`footage/CLIP_FRAME`), `width` and `height` of the picture that the box was measured in (some pictures of the data folder
are squashed; this is their true shape), `label`, and `x1,y1,x2,y2` in its pixels. The label `ignore` covers what cannot
be told: it is neither taught nor measured. A picture without boxes has one row with an empty label.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models.errors import UserError
from models.labels import LABELS, LabelledBox

FOLDER = Path(__file__).parent.parent / "own_labels"
IGNORE = "ignore"
COLUMNS = ("picture", "width", "height", "label", "x1", "y1", "x2", "y2")


class OwnLabelsError(UserError):
    """A row of an own labels file could not be understood."""


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """What we say of one picture, in pixels of the picture scaled to `size_wh`."""

    size_wh: tuple[int, int]
    boxes: tuple[LabelledBox, ...]
    ignored: tuple[LabelledBox, ...]


def read_own_labels(role: str, folder: Path = FOLDER) -> dict[str, OwnLabels]:
    """Our labels by picture. Raises `OwnLabelsError` naming file and line."""
    file = folder / f"{role}.csv"
    found: dict[str, OwnLabels] = {}
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise OwnLabelsError("wrong columns", where=str(file), remedy=f"The first line is {','.join(COLUMNS)}.")
            for row in rows:
                picture, size_wh, box = _read_row(row, role, f"{file}:{rows.line_num}")
                known = found.setdefault(picture, OwnLabels(size_wh, (), ()))
                found[picture] = _with(known, box) if box else known
    except (OSError, UnicodeDecodeError) as error:
        raise OwnLabelsError("own labels cannot be read", where=str(file), remedy=str(error)) from error
    return found


def label_key(picture_key: str) -> str:
    """The name under which the labels of a picture stand: its key (models/training/sets.py) without the ending."""
    return picture_key.rsplit(".", 1)[0]


def labelled_frames(own: Iterable[str], clip: str) -> set[int]:
    """The frames of a clip that are labelled, of the names in `own`."""
    return {int(name.rsplit("_", 1)[1]) for name in own if name.startswith(f"footage/{clip}_")}


def _with(known: OwnLabels, box: LabelledBox) -> OwnLabels:
    if box.label == IGNORE:
        return OwnLabels(known.size_wh, known.boxes, (*known.ignored, box))
    return OwnLabels(known.size_wh, (*known.boxes, box), known.ignored)


def _read_row(row: dict[str, str], role: str, where: str) -> tuple[str, tuple[int, int], LabelledBox | None]:
    try:
        size_wh = (int(row["width"]), int(row["height"]))
        if not row["label"]:
            return row["picture"], size_wh, None
        x1, y1, x2, y2 = (float(row[side]) for side in ("x1", "y1", "x2", "y2"))
    except (TypeError, ValueError) as error:
        raise OwnLabelsError("not a number", where=where, remedy=f"Columns are {','.join(COLUMNS)}.") from error
    if row["label"] not in (*LABELS[role], IGNORE):
        remedy = f"Labels are {', '.join((*LABELS[role], IGNORE))}."
        raise OwnLabelsError(f"unknown label `{row['label']}`", where=where, remedy=remedy)
    if not (0 <= x1 < x2 <= size_wh[0] and 0 <= y1 < y2 <= size_wh[1]):
        raise OwnLabelsError("box outside the picture or without area", where=where, remedy="Give pixels, x1 < x2.")
    return row["picture"], size_wh, LabelledBox(row["label"], (x1, y1, x2, y2))
