"""Events against truth as a page: every figure, and a still for every false alarm and every miss."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from api.report_page import figure, open_folder, table, write_page
from detector.event_score import ClipScore, EventScore, Mistake
from detector.footage import FootageFile
from detector.vocabulary import Pixels

COLUMNS = ("right", "wrong", "missed", "unjudged", "abstained", "precision", "recall", "crossings within ±1 frame")
RED, GREEN = (40, 40, 230), (60, 180, 60)
STILL_WIDTH_PX = 640


def totals(scores: Iterable[EventScore]) -> list[list[str]]:
    """One row of words and figures per code over all clips; its first cell is the code, the others `COLUMNS`."""
    by_code: dict[str, list[EventScore]] = defaultdict(list)
    for score in scores:
        by_code[score.code].append(score)
    return [[code, *_figures(rows)] for code, rows in sorted(by_code.items())]


def write_report(folder: Path, clips: Sequence[ClipScore]) -> Path:
    """Writes `index.html` and its stills into `folder`; returns the page. Raises `UserError` when it cannot."""
    open_folder(folder)
    rows = [row for clip in clips for row in clip.rows]
    sections = [f"<h2>All clips</h2>{table(('code', *COLUMNS), totals(rows))}", *(_section(folder, c) for c in clips)]
    return write_page(folder, "phatnguoi bench events", sections)


def _figures(rows: Sequence[EventScore]) -> list[str]:
    right, wrong, missed = (sum(getattr(row, name) for row in rows) for name in ("right", "wrong", "missed"))
    others = [str(sum(getattr(row, name) for row in rows)) for name in ("unjudged", "abstained")]
    errors = [error for row in rows for error in row.analysed_errors]
    near = f"{sum(error <= 1 for error in errors)} of {len(errors)}" if errors else ""
    return [str(right), str(wrong), str(missed), *others, _share(right, wrong), _share(right, missed), near]


def _share(right: int, others: int) -> str:
    return f"{right / (right + others):.3f}" if right + others else ""


def _section(folder: Path, clip: ClipScore) -> str:
    mistakes = [
        (row.code, kind, colour, mistake)
        for row in clip.rows
        for kind, colour, ones in (("wrong", RED, row.wrong_ones), ("missed", GREEN, row.missed_ones))
        for mistake in ones
    ]
    pictures = _frames(clip.clip, {mistake.frame for *_, mistake in mistakes})
    figures = []
    for number, (code, kind, colour, mistake) in enumerate(mistakes):
        caption = f"{escape(code)} {kind}, frame {mistake.frame}: {escape(mistake.who)}"
        caption += f"<br>the rules said: {escape(mistake.why)}" if mistake.why else ""
        if mistake.frame in pictures:
            still = _drawn(pictures[mistake.frame], mistake, colour)
            figures.append(figure(folder, f"{clip.clip.stem}_{number}.jpg", still, caption))
    heading = f"<h2>{escape(clip.clip.stem)}</h2>"
    rows = (
        table(("code", *COLUMNS), totals(clip.rows)) if clip.rows else "<p>Nothing happened, nothing was reported.</p>"
    )
    return f"{heading}{rows}<div class=errors>{''.join(figures)}</div>"


def _frames(clip: Path, wanted: set[int]) -> Mapping[int, Pixels]:
    """The wanted frames of the clip by index, without decoding beyond the last of them."""
    found: dict[int, Pixels] = {}
    if wanted:
        for frame in FootageFile(clip).frames():
            if frame.index in wanted:
                found[frame.index] = frame.pixels
            if frame.index >= max(wanted):
                break
    return found


def _drawn(pixels: Pixels, mistake: Mistake, colour: tuple[int, int, int]) -> Pixels:
    scale = STILL_WIDTH_PX / pixels.shape[1]
    height = max(1, round(pixels.shape[0] * scale))
    picture = cv2.resize(pixels, (STILL_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    x1, y1, x2, y2 = (round(side * scale) for side in mistake.box_xyxy)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 2)
    return np.asarray(picture, np.uint8)
