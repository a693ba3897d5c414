"""The police unit that documents speak for: `configs/unit.yaml` or the file named by PHATNGUOI_UNIT."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

import configs
from detector.yaml_lines import YamlLines
from models.errors import LawError

UNIT_VARIABLE = "PHATNGUOI_UNIT"

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class Unit(BaseModel):
    """One unit as its documents print it. `sample`: not a real unit, and documents must say so.

    `code` is part of document numbers; `recipients` are the lines under "Nơi nhận" before the file copy.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample: bool = False
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,19}$")]
    superior_agency: _Line
    name: _Line
    place: _Line
    address: _Line
    phone: _Line
    office_hours: _Line
    appear_after_days: Annotated[int, Field(ge=1, le=60)]
    alternative_office: _Line
    documents: _Line
    recipients: Annotated[tuple[_Line, ...], Field(max_length=8)]


def load_unit(path: Path | None = None) -> Unit:
    """The unit in a file; without one, in that named by PHATNGUOI_UNIT, else the shipped sample.

    Raises `LawError` naming file, line and key.
    """
    named = os.environ.get(UNIT_VARIABLE, "")
    file = path or (Path(named) if named else configs.folder() / "unit.yaml")
    document = YamlLines(file, error=LawError)
    try:
        return Unit.model_validate(document.content)
    except ValidationError as error:
        first = error.errors()[0]
        remedy = f"Keys are {', '.join(Unit.model_fields)}."
        raise LawError(first["msg"], where=document.where(first["loc"]), remedy=remedy) from error
