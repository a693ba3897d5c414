"""`python -m models card NAME`: brings a card's facts up to date: file, hash, version and measured scores.

The words of a card are written by hand; only what stands between the marks is replaced.
"""

import re
from pathlib import Path

from models.errors import UserError
from models.registry import Weights


class CardError(UserError):
    """A card lacks its marks, or there are no scores for it."""


def refresh(weights: Weights, card: Path, scores: Path) -> None:
    """Rewrites the marked parts `facts` and `scores` of a card from verified weights and a Markdown table of scores."""
    if not scores.exists():
        remedy = f"Run `python -m models evaluate {weights.role}` or `phatnguoi bench accuracy --markdown` first."
        raise CardError("no scores measured", where=str(scores), remedy=remedy)
    text = card.read_text(encoding="utf-8")
    text = _replaced(text, "facts", facts(weights), card)
    text = _replaced(text, "scores", scores.read_text(encoding="utf-8"), card)
    card.write_text(text, encoding="utf-8")


def facts(weights: Weights) -> str:
    """What identifies the weights, as a Markdown list."""
    width, height = weights.input_size_wh
    int8 = weights.int8
    fast = f"- In 8-bit integers, for processors: `weights/{int8.path.name}`, SHA-256 `{int8.sha256}`\n" if int8 else ""
    return (
        f"- File: `weights/{weights.path.name}`, version {weights.version}\n"
        f"- SHA-256: `{weights.sha256}`\n"
        f"{fast}"
        f"- Labels, in order: {', '.join(weights.labels)}\n"
        f"- Input: {width} × {height} pixels\n"
    )


def _replaced(text: str, mark: str, content: str, card: Path) -> str:
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    if not pattern.search(text):
        what = f"no place for {mark}"
        raise CardError(what, where=str(card), remedy=f"Put `<!-- {mark} -->` and `<!-- /{mark} -->` on own lines.")
    return pattern.sub(lambda match: match.group(1) + content + match.group(2), text)
