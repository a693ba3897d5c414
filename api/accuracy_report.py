"""The accuracy of the detectors as a page: every figure, and pictures of the worst errors."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from api.accuracy import BoxError, Measured
from api.reports import write_table
from detector.vocabulary import Pixels
from models.errors import UserError

ERROR_PICTURE_PX = 320
COLUMNS = ("measured on", "label", "boxes", "AP50", "precision", "recall", "near boxes", "near AP50", "near recall")
RED, GREEN = (40, 40, 230), (60, 180, 60)

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2733 }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .3rem .8rem; border-bottom: 1px solid #d8dee4; text-align: left }
td.n { text-align: right; font-variant-numeric: tabular-nums } .errors { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; width: 320px } figcaption { font-size: 13px; overflow-wrap: anywhere; color: #46525e }
"""


def write_report(folder: Path, measured: Sequence[Measured]) -> Path:
    """Writes `index.html` and its pictures into `folder`; returns the page. Raises `UserError` when it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sections = [_section(folder, number, part) for number, part in enumerate(measured)]
        page = folder / "index.html"
        title = "phatnguoi bench accuracy"
        page.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
            f"<h1>{title}</h1>{''.join(sections)}</html>\n",
            encoding="utf-8",
        )
    except OSError as error:
        raise UserError(
            f"cannot write the report: {error.strerror}", where=str(folder), remedy="Choose another folder."
        ) from error
    return page


def write_markdown(file: Path, measured: Sequence[Measured]) -> None:
    """The figures as a Markdown table, labels that a part lacks left out. Raises `UserError` when it cannot."""
    rows = []
    for part in measured:
        for score, near in zip(part.scores, part.near_scores, strict=True):
            if score.boxes:
                figures = [f"{value:.3f}" for value in (score.ap50, score.precision, score.recall)]
                near_figures = [f"{near.ap50:.3f}", f"{near.recall:.3f}"] if near.boxes else ["–", "–"]
                what = [f"{part.part}, {part.pictures} pictures", score.label, str(score.boxes)]
                rows.append([*what, *figures, str(near.boxes), *near_figures])
    write_table(file, COLUMNS, 2, rows)


def _section(folder: Path, number: int, part: Measured) -> str:
    rows = [
        f"<tr><td>{escape(score.label)}</td><td class=n>{score.boxes}</td><td class=n>{score.ap50:.3f}</td>"
        f"<td class=n>{score.precision:.3f}</td><td class=n>{score.recall:.3f}</td><td class=n>{near.boxes}</td>"
        f"<td class=n>{near.ap50:.3f}</td><td class=n>{near.recall:.3f}</td></tr>"
        for score, near in zip(part.scores, part.near_scores, strict=True)
        if score.boxes
    ]
    figures = [_figure(folder, f"error_{number}_{rank}.jpg", error) for rank, error in enumerate(part.worst)]
    return (
        f"<h2>{escape(part.role)}: {escape(part.part)}, {part.pictures} pictures</h2>"
        f"<table><tr>{''.join(f'<th>{head}</th>' for head in COLUMNS[1:])}</tr>{''.join(rows)}</table>"
        f"<div class=errors>{''.join(figures)}</div>"
    )


def _figure(folder: Path, name: str, error: BoxError) -> str:
    cv2.imwrite(str(folder / name), _drawn(error))
    what = "missed" if error.missed else f"wrong, confidence {error.box.confidence:.2f}"
    caption = f"{error.box.label}: {what}<br>{escape(error.picture_name)}"
    return f'<figure><img src="{name}" width="{ERROR_PICTURE_PX}" alt=""><figcaption>{caption}</figcaption></figure>'


def _drawn(error: BoxError) -> Pixels:
    scale = ERROR_PICTURE_PX / error.surroundings.shape[1]
    size_wh = (ERROR_PICTURE_PX, max(1, round(error.surroundings.shape[0] * scale)))
    picture = cv2.resize(error.surroundings, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x1, y1, x2, y2 = (round(side * scale) for side in error.box_in_surroundings)
    cv2.rectangle(picture, (x1, y1), (x2, y2), GREEN if error.missed else RED, 2)
    return np.asarray(picture, np.uint8)
