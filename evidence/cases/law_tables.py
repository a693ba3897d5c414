"""The dated tables of law as read from `configs/penalties.csv` and `configs/signers.csv`: the typed door.

A table that overlaps itself, has a gap in its types or an average that is not the middle of its frame is refused as a
whole: half a law book is worse than none.
"""

import csv
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

import configs
from models.errors import LawError

_OptionalDate = Annotated[date | None, BeforeValidator(lambda value: value or None)]
_YesNo = Annotated[bool, BeforeValidator(lambda value: {"yes": True, "no": False}.get(value, value))]


class DatedRow(BaseModel):
    """A rule in force from one day to another, both included; `effective_to` None: until changed.

    `confidence`: A read in two transcriptions of the decree, B in one, C from memory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    effective_from: date
    effective_to: _OptionalDate
    confidence: Literal["A", "B", "C"]

    def covers(self, day: date) -> bool:
        """True where the rule is in force on that day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class PenaltyRow(DatedRow):
    """One penalty. Amounts in VND for an individual; `points` 0 where none are deducted."""

    code: str
    vehicle_class: str
    decree: Annotated[str, Field(pattern=r"^\d+/\d{4}(\+\d+/\d{4})?$")]
    article: str
    clause: str
    point: str
    fine_min: Annotated[int, Field(ge=0)]
    fine_max: Annotated[int, Field(ge=0)]
    fine_avg: Annotated[int, Field(ge=0)]
    points: Annotated[int, Field(ge=0, le=12)]
    additional: str
    note: str

    @model_validator(mode="after")
    def _average_is_the_middle(self) -> "PenaltyRow":
        if self.fine_min > self.fine_max or self.fine_min + self.fine_max != 2 * self.fine_avg:
            raise ValueError("fine_avg is not the middle of fine_min and fine_max")
        return self

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.vehicle_class


class SignerRow(DatedRow):
    """Up to which maximum of the frame (VND, individuals) a title may decide, and whether it may take points."""

    title_vi: str
    title_en: str
    fine_max: Annotated[int, Field(gt=0)]
    may_deduct_points: _YesNo
    source: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.title_vi,)


_Row = TypeVar("_Row", PenaltyRow, SignerRow)


@lru_cache(maxsize=8)
def penalty_rows(path: Path | None = None) -> tuple[PenaltyRow, ...]:
    """Every penalty in the order of the file. Raises `LawError` naming file and line."""
    return _rows(path or configs.folder() / "penalties.csv", PenaltyRow)


@lru_cache(maxsize=8)
def signer_rows(path: Path | None = None) -> tuple[SignerRow, ...]:
    """Every title in the order of the file, lowest first. Raises `LawError` naming file and line."""
    return _rows(path or configs.folder() / "signers.csv", SignerRow)


def _rows(path: Path, kind: type[_Row]) -> tuple[_Row, ...]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LawError("the law table cannot be read", where=str(path), remedy=str(error)) from error
    rows = tuple(_row(line, kind, f"{path}:{number}") for number, line in enumerate(lines, start=2))
    if not rows:
        raise LawError("the law table is empty", where=str(path), remedy="Reinstall phatnguoi.")
    _refuse_overlaps(rows, path)
    return rows


def _row(line: dict[str | Any, str | Any], kind: type[_Row], where: str) -> _Row:
    try:
        return kind.model_validate(line)
    except ValidationError as error:
        first = error.errors()[0]
        column = ".".join(str(part) for part in first["loc"]) or "row"
        raise LawError(f"column `{column}`: {first['msg']}", where=where, remedy="Correct the table.") from error


def _refuse_overlaps(rows: Sequence[_Row], path: Path) -> None:
    """Two rules for the same act on the same day would make the answer depend on their order."""
    for index, row in enumerate(rows):
        for earlier in rows[:index]:
            if row.key == earlier.key and (row.covers(earlier.effective_from) or earlier.covers(row.effective_from)):
                what = f"{', '.join(row.key)} is ruled twice on {max(row.effective_from, earlier.effective_from)}"
                raise LawError(what, where=f"{path}:{index + 2}", remedy="End the earlier rule.")
