"""A page of figures and pictures that a bench command leaves in a folder."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2

from detector.vocabulary import Pixels
from models.errors import UserError

ERROR_PICTURE_PX = 320

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2733 }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .3rem .8rem; border-bottom: 1px solid #d8dee4; text-align: left }
td.n { text-align: right; font-variant-numeric: tabular-nums } .errors { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; width: 320px } figcaption { font-size: 13px; overflow-wrap: anywhere; color: #46525e }
"""


def open_folder(folder: Path) -> None:
    """Makes the folder of a report. Raises `UserError` when it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def write_page(folder: Path, title: str, sections: Sequence[str]) -> Path:
    """Writes `index.html` of sections of HTML; returns it. Raises `UserError` when it cannot."""
    page = folder / "index.html"
    try:
        page.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
            f"<h1>{title}</h1>{''.join(sections)}</html>\n",
            encoding="utf-8",
        )
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return page


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is words and whose others are numbers."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        f"<tr><td>{escape(row[0])}</td>{''.join(f'<td class=n>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def figure(folder: Path, name: str, picture: Pixels, caption: str) -> str:
    """Writes a picture beside the page and shows it with a caption of HTML."""
    cv2.imwrite(str(folder / name), picture)
    return f'<figure><img src="{name}" width="{ERROR_PICTURE_PX}" alt=""><figcaption>{caption}</figcaption></figure>'


def _cannot_write(folder: Path, error: OSError) -> UserError:
    what = f"cannot write the report: {error.strerror}"
    return UserError(what, where=str(folder), remedy="Choose another folder.")
