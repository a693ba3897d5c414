"""How right the readings of lamp heads are, one picture at a time: time, which helps in use, has no say here.

labelled lamp boxes ──LampRead, as the product reads a frame──▶ LampCounts per part and true phase
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.accuracy import folder_pictures
from detector.detect import make_backend
from detector.lamp_network import LampReader
from detector.lamps import LampBox
from detector.signals import LIT
from detector.vocabulary import LampReading, Phase, Pixels
from models.errors import UserError
from models.labels import LABELS
from models.registry import load_weights
from models.training.lamps.set import LampPicture, clip_lamps, light_lamps
from models.training.sets import KEPT_OUT_CLIPS

ALL_LIT = "all lit"
LampRead = Callable[[Pixels, Mapping[str, LampBox]], tuple[LampReading, ...]]


@dataclass(frozen=True, slots=True)
class LampCounts:
    """Heads of one true phase: how many were read as it, as another colour, as dark, and left open."""

    part: str
    phase: str
    heads: int
    right: int
    wrong: int
    dark: int
    unknown: int

    @property
    def right_of_named(self) -> float | None:
        """The share of right ones among lit heads that were given a colour; None where none was."""
        named = self.right + self.wrong
        return self.right / named if named and self.phase in (*LIT, ALL_LIT) else None


@dataclass(frozen=True, slots=True)
class WrongLamp:
    """A head read as a colour that it does not show."""

    name: str
    phase: str
    reading: LampReading


def lamp_reader(weights_file: Path | None = None) -> LampReader:
    """What reads lamp heads in the product. Raises `WeightsError`."""
    weights = load_weights("lamps", weights_file)
    return LampReader(weights, make_backend("openvino", weights))


def measure_lamps(
    part: str, lamps: Iterable[LampPicture], read: LampRead, leave_out: Callable[[UserError], None]
) -> tuple[list[LampCounts], list[WrongLamp]]:
    """Counts per true phase and over all lit heads, and the wrong ones; a box without pixels is reported and left out."""
    answers: dict[str, Counter[Phase]] = {}
    wrong: list[WrongLamp] = []
    for lamp in lamps:
        try:
            (reading,) = read(lamp.pixels, {lamp.name: lamp.box})
        except UserError as error:
            leave_out(error)
            continue
        answers.setdefault(lamp.phase, Counter())[reading.phase] += 1
        if reading.phase in LIT and reading.phase.value != lamp.phase:
            wrong.append(WrongLamp(lamp.name, lamp.phase, reading))
    counts = [_counts(part, phase, answers[phase]) for phase in LABELS["lamps"] if phase in answers]
    lit = [count for count in counts if count.phase in LIT]
    return counts + ([_together(part, lit)] if lit else []), wrong


def kept_out_lamps(data: Path, footage: Path) -> Iterator[tuple[str, Iterator[LampPicture]]]:
    """(part, its heads) that no network of ours was trained on. Raises `UserError` for what is missing or wrong."""
    yield "kept-out scenes of data/lights", (lamp for lamp in light_lamps(data) if lamp.part == "test")
    for clip in KEPT_OUT_CLIPS:
        if (footage / f"{clip}.mp4").exists():
            yield f"clip {clip}, every frame", clip_lamps(footage, (clip,), "test", frames_apart=1)


def folder_lamps(folder: Path, leave_out: Callable[[UserError], None]) -> Iterator[LampPicture]:
    """Heads of `folder/images` with YOLO labels in `folder/labels`: 0 green, 1 red, 2 yellow, 3 off, 4 cannot be told."""
    for picture in folder_pictures(folder, "lamps", leave_out):
        for box in picture.true:
            yield LampPicture(picture.name, str(folder), picture.pixels, box.xyxy, box.label)


def _counts(part: str, phase: str, answers: Counter[Phase]) -> LampCounts:
    wrong = sum(count for answer, count in answers.items() if answer in LIT and answer.value != phase)
    dark, unknown = (0 if phase == answer.value else answers[answer] for answer in (Phase.OFF, Phase.UNKNOWN))
    return LampCounts(part, phase, answers.total(), answers[Phase(phase)], wrong, dark, unknown)


def _together(part: str, counts: list[LampCounts]) -> LampCounts:
    def total(field: str) -> int:
        return sum(getattr(count, field) for count in counts)

    return LampCounts(part, ALL_LIT, *(total(field) for field in ("heads", "right", "wrong", "dark", "unknown")))
