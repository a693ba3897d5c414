"""The words of this room: what was read, how sure, and the port behind which a recogniser sits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from detector.vocabulary import Pixels


class ReadingStatus(StrEnum):
    """`ACCEPTED`: fits the grammar and enough evidence agrees. `DOUBTFUL`: shown to the officer, never relied on.
    `UNREADABLE`: an answer, not an error."""

    ACCEPTED = "accepted"
    DOUBTFUL = "doubtful"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Character:
    """One character as read: `symbol` in 0-9 A-Z, `confidence` and the `rivals`' shares (other symbols) in [0, 1].

    `hidden`: the share of another character that may stand beside it unread; `confidence` is never above the rest.
    """

    symbol: str
    confidence: float
    rivals: Mapping[str, float] = field(default_factory=dict)
    hidden: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class RectifiedPlate:
    """A plate seen straight on. `line_pixels` from top to bottom: one picture (height, width, 3) BGR per line."""

    pixels: Pixels
    line_pixels: tuple[Pixels, ...]

    @property
    def lines(self) -> int:
        """How many lines of text it has: 1 or 2."""
        return len(self.line_pixels)


@dataclass(frozen=True, slots=True)
class TextReading:
    """What one reader makes of one plate: its characters, lines joined, () where nothing was read.

    `legibility` in [0, 1] says whether a person could read all of it; 1 from readers that do not judge it. `places`:
    for each line where its characters' centres stand, in widths of the line, left to right; () from readers that do not say.
    """

    characters: tuple[Character, ...]
    legibility: float = 1.0
    places: tuple[tuple[float, ...], ...] = ()


class TextReader(Protocol):
    """Reads the characters of straightened plates. Ours and PaddleOCR's sit behind this port alike."""

    def read(self, plates: Sequence[RectifiedPlate]) -> list[TextReading]:
        """One reading per plate, in the order given."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PlateReading:
    """What a plate says, from one picture or from all of a track's.

    `text` without separators; `confidence` is that of the least sure character (a plate is only right as a whole);
    `lines` 0 when unknown; `kind` is the grammar's name for the form, None where it does not fit; `repaired` are the
    positions (from 0) changed by the grammar; `legibility` in [0, 1] is what our reader thinks of the picture;
    `whole_row`: no digit of it is lost (`ocr/whole.py`), False where nobody looked; `above`: how many characters stand on the
    upper of two lines, 0 where nobody counted; `confirmed` says that the second reader read the same there; `frame_index` and
    `crop` show the best picture it was read from.
    """

    text: str
    status: ReadingStatus
    confidence: float
    char_confidences: tuple[float, ...]
    lines: int
    kind: str | None
    frame_index: int | None = None
    crop: Pixels | None = None
    repaired: tuple[int, ...] = ()
    legibility: float = 1.0
    confirmed: bool = False
    whole_row: bool = False
    above: int = 0


def unreadable(*, lines: int = 0, frame_index: int | None = None, crop: Pixels | None = None) -> PlateReading:
    """The answer where nothing can be read."""
    return PlateReading("", ReadingStatus.UNREADABLE, 0.0, (), lines, None, frame_index, crop)
