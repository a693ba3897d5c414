"""What a step of making weights is told on the command line."""

from dataclasses import dataclass
from pathlib import Path

from models.errors import UserError

DATA_VARIABLE = "PHATNGUOI_DATA"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `python -m models`; None where the step's own default holds. A step reads those that it needs."""

    name: str
    data: Path | None
    footage: Path | None
    renders: Path | None
    work: Path
    coco_teacher: Path | None
    plate_teacher: Path | None
    start: Path | None
    run: str | None
    epochs: int | None
    steps: int | None
    size: int | None
    learning_rate: float | None
    checkpoint: Path | None
    average_with: Path | None
    weights: Path | None

    @property
    def run_folder(self) -> Path:
        """Where the training run lies."""
        return self.work / "runs" / (self.run or self.name)

    @property
    def data_folder(self) -> Path:
        """The folder of the data sets. Raises `UserError` where none was given."""
        if self.data is None:
            raise UserError("no data folder", remedy=f"Give it with --data, or in the variable {DATA_VARIABLE}.")
        return self.data

    @property
    def footage_folder(self) -> Path:
        """The folder of clips."""
        return self.footage or self.data_folder.parent / "footage"
