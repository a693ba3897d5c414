"""The accuracy of the detectors as a page: every figure, and pictures of the worst errors."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from api.accuracy import BoxError, Measured
from api.report_page import ERROR_PICTURE_PX, figure, open_folder, table, write_page
from api.reports import write_table
from detector.vocabulary import Pixels

COLUMNS = ("measured on", "label", "boxes", "AP50", "precision", "recall", "near boxes", "near AP50", "near recall")
RED, GREEN = (40, 40, 230), (60, 180, 60)


def write_report(folder: Path, measured: Sequence[Measured]) -> Path:
    """Writes `index.html` and its pictures into `folder`; returns the page. Raises `UserError` when it cannot."""
    open_folder(folder)
    sections = [_section(folder, number, part) for number, part in enumerate(measured)]
    return write_page(folder, "phatnguoi bench accuracy", sections)


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
        [
            score.label,
            str(score.boxes),
            *(f"{value:.3f}" for value in (score.ap50, score.precision, score.recall)),
            str(near.boxes),
            *(f"{value:.3f}" for value in (near.ap50, near.recall)),
        ]
        for score, near in zip(part.scores, part.near_scores, strict=True)
        if score.boxes
    ]
    figures = [_figure(folder, f"error_{number}_{rank}.jpg", error) for rank, error in enumerate(part.worst)]
    heading = f"<h2>{escape(part.role)}: {escape(part.part)}, {part.pictures} pictures</h2>"
    return f"{heading}{table(COLUMNS[1:], rows)}<div class=errors>{''.join(figures)}</div>"


def _figure(folder: Path, name: str, error: BoxError) -> str:
    what = "missed" if error.missed else f"wrong, confidence {error.box.confidence:.2f}"
    return figure(folder, name, _drawn(error), f"{error.box.label}: {what}<br>{escape(error.picture_name)}")


def _drawn(error: BoxError) -> Pixels:
    scale = ERROR_PICTURE_PX / error.surroundings.shape[1]
    size_wh = (ERROR_PICTURE_PX, max(1, round(error.surroundings.shape[0] * scale)))
    picture = cv2.resize(error.surroundings, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x1, y1, x2, y2 = (round(side * scale) for side in error.box_in_surroundings)
    cv2.rectangle(picture, (x1, y1), (x2, y2), GREEN if error.missed else RED, 2)
    return np.asarray(picture, np.uint8)
