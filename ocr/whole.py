"""Whether the last line of a plate has lost no digit to glare or dirt, told by where its characters stand.

A plate of five digits that lost one is another plate, of four digits, that may exist; where glare took all of a digit nothing
looks illegible. But a line of four stands under the middle of the line above, and its digits stand equally far apart;
what is left of five stands to one side, and has a gap where the dot was. Limits are chosen on the training and
calibration crops, but for cars of two lines, on digits that stood there and on crops with one painted over (models/cards/plate_text.md).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.reading import TextReading

SHORTENED_MAX = 0.08
"""How much four digits below look as five without the first or the last, at most: their middle is off that of the upper line, and
the gap where the dot was is wider than another. Of 249 lines of four 240 keep to it, of 874 that lost one 6."""
DOT_WEIGHT = 0.15
HOLE_MAX = 0.45
"""From one digit to the next, in widths of the upper line: at most 0.43 on 99 in 100 lines of four, at least 0.5 where one
in between was lost."""
FIVE_BESIDE_MAX, DASH_MAX = 0.055, 1.3
"""Five digits below a car's three characters, or a motorcycle's four that lost the last ("59-D1"): by how much the lower middle
is off the upper one, and how much wider the upper gap is where the dash was. 26 of 31 cars (8 of them kept-out crops) keep
to it, and 1 of 322 others."""
ROOM_MIN, ROOM_MAX = -0.037, 0.069
SINGLE_HOLE_MAX = 0.2
"""A single line: by how much, in its widths, its left margin is wider than its right one, and from one character to the next."""
CAR_CHARACTERS = 3
DIGITS_MAX = 5

Places = npt.NDArray[np.float64]


def single_line_stands_whole(reading: TextReading) -> bool:
    """Whether the characters of a single line stand in its middle and without a hole."""
    (line,) = (np.array(places) for places in reading.places)
    if len(line) < 2:
        return False
    return ROOM_MIN <= float(line[0] + line[-1]) - 1 <= ROOM_MAX and float(np.diff(line).max()) <= SINGLE_HOLE_MAX


def two_lines_stand_whole(views: Sequence[TextReading]) -> bool:
    """Whether the lower of two lines stands whole below the upper one. `views` read the same, with letters upright: their
    places are averaged, for one tells them no better than the network's steps."""
    counts = {tuple(len(line) for line in view.places) for view in views}
    if len(counts) != 1 or min(min(counts)) < 2:
        return False
    above, below = (np.mean([view.places[line] for view in views], axis=0) for line in (0, 1))
    width = float(above[-1] - above[0]) * (2 if len(above) == CAR_CHARACTERS else 1)  # of four characters and a dash
    beside = float(below[0] + below[-1] - above[0] - above[-1]) / 2 / width
    if len(above) == CAR_CHARACTERS and _dash(above) > DASH_MAX:
        return False
    if len(below) >= DIGITS_MAX:
        return abs(beside) <= FIVE_BESIDE_MAX
    return _shortened(beside, below) <= SHORTENED_MAX and float(np.diff(below).max()) / width <= HOLE_MAX


def _dash(above: Places) -> float:
    return float(above[2] - above[1]) / float(above[1] - above[0])


def _shortened(beside: float, below: Places) -> float:
    gaps = np.diff(below) / np.diff(below).mean()
    first, middle, last = float(gaps[0]), float(gaps[len(gaps) // 2]), float(gaps[-1])
    return max(beside + DOT_WEIGHT * (middle - last), -beside + DOT_WEIGHT * (last - first))
