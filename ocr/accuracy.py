"""How well plates are read: pictures of plates against a list of what stands on them (models/plate_list.py)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from models.errors import UserError
from models.plate_list import read_plate_list
from ocr.reading import PlateReading, ReadingStatus

WORST_MAX = 24
CONFIDENCE_BINS = 10


@dataclass(frozen=True, slots=True)
class PlateTruth:
    """What stands on the plate in one picture."""

    picture: Path
    text: str
    lines: int
    legible: bool


@dataclass(frozen=True, slots=True)
class PlateError:
    """A plate read otherwise than it is, or an illegible one that was accepted."""

    truth: PlateTruth
    read: str
    confidence: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class PlateAccuracy:
    """Counts over pictures; `worst` are errors, accepted ones first, surest first.

    `calibration_error`: how far confidences are from the shares that are right, 0 where they say what they promise, over
    legible pictures in bins (expected calibration error: Guo et al., ICML 2017).
    """

    legible: int
    exact: int
    two_line: int
    two_line_exact: int
    accepted: int
    accepted_wrong: int
    illegible: int
    illegible_accepted: int
    calibration_error: float
    worst: tuple[PlateError, ...]


def read_truth(file: Path, pictures: Path) -> list[PlateTruth]:
    """The rows of a list, in order, with their pictures in a folder. Raises `PlateListError` naming file and line."""
    return [PlateTruth(pictures / row.name, row.text, row.lines, row.legible) for row in read_plate_list(file)]


def measure(
    plates: Iterable[PlateTruth], read: Callable[[Path], PlateReading], leave_out: Callable[[UserError], None]
) -> PlateAccuracy:
    """Reads every picture with `read`. Pictures that cannot be opened are given to `leave_out` and count nowhere."""
    answers: list[tuple[PlateTruth, PlateReading]] = []
    for truth in plates:
        try:
            answers.append((truth, read(truth.picture)))
        except UserError as error:
            leave_out(error)
    legible = [(truth, reading) for truth, reading in answers if truth.legible]
    two_line = [(truth, reading) for truth, reading in legible if truth.lines == 2]
    accepted = [(truth, reading) for truth, reading in legible if _is_accepted(reading)]
    illegible = [reading for truth, reading in answers if not truth.legible]
    return PlateAccuracy(
        legible=len(legible),
        exact=_exact(legible),
        two_line=len(two_line),
        two_line_exact=_exact(two_line),
        accepted=len(accepted),
        accepted_wrong=len(accepted) - _exact(accepted),
        illegible=len(illegible),
        illegible_accepted=sum(_is_accepted(reading) for reading in illegible),
        calibration_error=round(_calibration_error(legible), 4),
        worst=_worst(answers),
    )


def _exact(answers: list[tuple[PlateTruth, PlateReading]]) -> int:
    return sum(reading.text == truth.text for truth, reading in answers)


def _calibration_error(answers: list[tuple[PlateTruth, PlateReading]]) -> float:
    bins: dict[int, list[tuple[PlateTruth, PlateReading]]] = {}
    for truth, reading in answers:
        bins.setdefault(min(CONFIDENCE_BINS - 1, int(reading.confidence * CONFIDENCE_BINS)), []).append(
            (truth, reading)
        )
    gaps = (abs(sum(reading.confidence for _, reading in some) - _exact(some)) for some in bins.values())
    return sum(gaps) / len(answers) if answers else 0.0


def _is_accepted(reading: PlateReading) -> bool:
    return reading.status is ReadingStatus.ACCEPTED


def _worst(answers: list[tuple[PlateTruth, PlateReading]]) -> tuple[PlateError, ...]:
    errors = [
        PlateError(truth, reading.text, reading.confidence, _is_accepted(reading))
        for truth, reading in answers
        if (reading.text != truth.text if truth.legible else _is_accepted(reading))
    ]
    errors.sort(key=lambda error: (-error.accepted, -error.confidence, error.truth.picture))
    return tuple(errors[:WORST_MAX])
