"""From a recogniser's answer, step by step, to characters with confidences (CTC: Graves et al., ICML 2006)."""

import numpy as np
import numpy.typing as npt

from models.plate_text import SYMBOLS
from ocr.reading import Character

RIVALS_MAX = 4
RIVAL_SHARE_MIN = 0.001

Shares = npt.NDArray[np.float32]


def decode(shares: Shares, silent: int = 1) -> tuple[Character, ...]:
    """Best symbol per step, repeats merged at their surest step.

    `shares`: (steps, silent + 36), each row what the step may be: first `silent` columns that are no character (the CTC
    blank, separators), then `SYMBOLS`. A step taken for silent may hide a character: where another than its neighbours
    was nearly seen, both neighbours are as unsure as that.
    """
    best = shares.argmax(axis=1)
    runs = runs_of(shares, silent)
    symbols = [int(best[start]) for start, _ in runs]
    hidden_beside = [0.0] * len(runs)
    ends = [0, *(end for _, end in runs)]
    for index, (gap_start, gap_end) in enumerate(zip(ends, [*(start for start, _ in runs), len(best)], strict=True)):
        beside = [place for place in (index - 1, index) if 0 <= place < len(runs)]
        hidden = _hidden(shares[gap_start:gap_end], silent, [symbols[place] for place in beside])
        for place in beside:
            hidden_beside[place] = max(hidden_beside[place], hidden)
    return tuple(
        _character(shares[start:end], symbol, hidden, silent)
        for (start, end), symbol, hidden in zip(runs, symbols, hidden_beside, strict=True)
    )


def runs_of(shares: Shares, silent: int = 1) -> list[tuple[int, int]]:
    """(first step, step after the last) of each character, as `decode` tells them apart."""
    best = shares.argmax(axis=1)
    starts = [0, *(step for step in range(1, len(best)) if best[step] != best[step - 1])]
    return [(start, end) for start, end in zip(starts, [*starts[1:], len(best)], strict=True) if best[start] >= silent]


def _hidden(gap: Shares, silent: int, neighbours: list[int]) -> float:
    """The largest share, in steps taken for silent, of a symbol that is not one of the neighbours."""
    others = [column for column in range(silent, gap.shape[1]) if column not in neighbours]
    return float(gap[:, others].max(initial=0.0))


def _character(run: Shares, best: int, hidden: float, silent: int) -> Character:
    surest = run[run[:, best].argmax()]
    confidence = min(float(surest[best]), 1.0 - hidden)
    order = [int(column) for column in np.argsort(-surest, kind="stable") if column >= silent and column != best]
    seen = [column for column in order[:RIVALS_MAX] if surest[column] >= RIVAL_SHARE_MIN]
    rivals = {SYMBOLS[column - silent]: round(float(surest[column]), 4) for column in seen}
    return Character(SYMBOLS[best - silent], round(min(1.0, confidence), 4), rivals, round(hidden, 4))
