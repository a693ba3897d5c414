"""One answer from the readings of a track's frames: per-character, weighted, and honest about disagreement.

Values in, values out. Readings of one length vote together (characters cannot be aligned across lengths without
guessing); lengths compete by the weight of their readings. The voted text must be a plate and must have been read as a
whole in enough frames: a text that nobody read is a construction, and stays doubtful.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from detector.vocabulary import VehicleClass
from ocr.grammar import fits, stands_in_its_lines
from ocr.reading import PlateReading, ReadingStatus, unreadable

AGREEING_FRAMES_MIN = 2
"""LAW §6: one frame never suffices, whatever the reader says of itself."""
CHARACTER_CONFIDENCE_MIN = 0.85
"""For the least sure character after the vote. A frame that contradicts another as strongly leaves 0.5. No labelled tracks
have confirmed it."""
SINGLE_PICTURE_CONFIDENCE_MIN = 0.9
"""For every character where there is one picture only (LAW §6: below 0.9 a second frame must agree); the second reader
must read the same too. Of 173 calibration crops 94 % pass so, none of them wrong (models/cards/plate_text.md)."""
LEGIBILITY_MIN = 0.5
"""Of our reader's own answer: a plate that it calls illegible is not accepted, whatever it read."""
UNREADABLE_LEGIBILITY = 0.2
"""Below this what was read is an invention, and showing it would prompt the officer: plates 12 px high on a street camera
get 0.08 at the most and yield texts all the same; one of 505 crops with legible text gets less."""
FOUR_DIGIT_KINDS = frozenset({"car_or_old_moto4", "moto_old4", "moto_old_2letter4", "car_old4"})
SHORT_SPECIAL = 8
"""Characters of a special plate of four digits ("60LD-4379"); others have five."""
FOUR_DIGIT_LEGIBILITY_MIN = 0.9
"""A digit lost in glare turns a plate of five digits into another one of four that exists, and where glare took all of it
nothing looks illegible: with the first or last digit painted over, 187 of 256 calibration crops were accepted so. The last line
must therefore stand whole (`ocr/whole.py`; 1 of 256). Less legible than this a single line, of which few are known, is not
accepted, and of two lines the second reader must read the same in every view. (A car's five digits on two lines look the same
to the grammar when the vehicle is not known.)"""
LENGTH_MIN = 6
"""The shortest plate (military) has six characters: less is no reading of a plate."""
MEAN_CONFIDENCE_MIN = 0.4
"""Below this on average the reader saw texture, not text."""
MISFIT_WEIGHT = 0.25
"""A reading that is no plate still tells characters, but never outvotes one that is."""
NEVER_ACCEPTED_KINDS = frozenset({"military"})
"""Red plates follow other rules, and any two letters and four digits look like one: an officer decides."""
ELECTRIC_SERIAL = "MD"
"""All 64 electric motorcycles of our crops have a digit behind it ("29-MĐ1 052.00"); where that is lost, an old special plate is left
("29-MĐ 052.00"), of which we know none: an officer decides."""


def is_sure(reading: PlateReading) -> bool:
    """Whether a single picture's reading would be accepted if the second reader read the same."""
    sure = reading.confidence >= SINGLE_PICTURE_CONFIDENCE_MIN and not reading.repaired
    return reading.kind is not None and sure and _is_legible(reading)


def looks_needed(reading: PlateReading) -> int:
    """In how many views, of two, the second reader has to read the same."""
    return 2 if may_lack_a_digit(reading) and reading.legibility < FOUR_DIGIT_LEGIBILITY_MIN else 1


def may_lack_a_digit(reading: PlateReading) -> bool:
    """Whether it is a plate of four digits as much as one of five that lost one."""
    is_short = reading.kind == "special" and len(reading.text) == SHORT_SPECIAL
    return is_short or reading.kind in FOUR_DIGIT_KINDS


def _is_legible(reading: PlateReading) -> bool:
    if not stands_in_its_lines(reading.kind, reading.above):
        return False
    if not may_lack_a_digit(reading):
        return reading.legibility >= LEGIBILITY_MIN
    return reading.whole_row and reading.legibility >= (
        LEGIBILITY_MIN if reading.lines == 2 else FOUR_DIGIT_LEGIBILITY_MIN
    )


def judged(reading: PlateReading, vehicle_class: VehicleClass | None = None) -> PlateReading:
    """A reading of a single picture with the status that it deserves on its own."""
    invented = _mean(reading.char_confidences) < MEAN_CONFIDENCE_MIN or reading.legibility < UNREADABLE_LEGIBILITY
    if len(reading.text) < LENGTH_MIN or invented:
        return unreadable(lines=reading.lines, frame_index=reading.frame_index, crop=reading.crop)
    accepted = (
        is_sure(reading)
        and reading.confirmed
        and _is_acceptable(fits(reading.text, reading.lines, vehicle_class), reading.text)
    )
    return replace(reading, status=ReadingStatus.ACCEPTED if accepted else ReadingStatus.DOUBTFUL)


def vote(readings: Sequence[PlateReading], vehicle_class: VehicleClass | None = None) -> PlateReading:
    """The plate of one track. `readings`: one per frame, in any order; the result does not depend on the order.

    The result's `frame_index` and `crop` are those of the frame that read the voted text best.
    """
    legible = sorted(
        (reading for reading in readings if reading.status is not ReadingStatus.UNREADABLE and reading.text),
        key=lambda reading: (-1 if reading.frame_index is None else reading.frame_index, reading.text),
    )
    if not legible:
        best = max(readings, key=lambda reading: reading.confidence, default=unreadable())
        return unreadable(lines=best.lines, frame_index=best.frame_index, crop=best.crop)
    group = _heaviest_length(legible)
    text, confidences = _vote_characters(group)
    agreeing = [reading for reading in group if reading.text == text]
    shown = max(agreeing or group, key=lambda reading: (reading.confidence, -(reading.frame_index or 0)))
    kind = fits(text, shown.lines, vehicle_class)
    legible = [reading for reading in agreeing if _is_legible(reading)]
    sure = min(confidences) >= CHARACTER_CONFIDENCE_MIN and len(legible) >= AGREEING_FRAMES_MIN
    confirmed = any(reading.confirmed for reading in legible)
    return PlateReading(
        text=text,
        status=ReadingStatus.ACCEPTED if sure and confirmed and _is_acceptable(kind, text) else ReadingStatus.DOUBTFUL,
        confidence=min(confidences),
        char_confidences=confidences,
        lines=shown.lines,
        kind=kind,
        frame_index=shown.frame_index,
        crop=shown.crop,
        repaired=shown.repaired if agreeing else (),
        legibility=shown.legibility,
        confirmed=confirmed,
    )


def _heaviest_length(readings: Sequence[PlateReading]) -> list[PlateReading]:
    groups: dict[int, list[PlateReading]] = defaultdict(list)
    for reading in readings:
        groups[len(reading.text)].append(reading)
    return max(groups.values(), key=lambda group: (sum(_weight(reading) for reading in group), len(group[0].text)))


def _vote_characters(group: Sequence[PlateReading]) -> tuple[str, tuple[float, ...]]:
    """Per position the symbol with the most weight, and its confidence: its share of the weight times the best
    reading of it. Frames of one track are alike, so agreement never raises a confidence above the best frame's."""
    text, confidences = "", []
    for position in range(len(group[0].text)):
        weight: dict[str, float] = defaultdict(float)
        best: dict[str, float] = defaultdict(float)
        for reading in group:
            symbol, confidence = reading.text[position], reading.char_confidences[position]
            weight[symbol] += confidence * _fit_weight(reading)
            best[symbol] = max(best[symbol], confidence)
        winner = max(sorted(weight), key=lambda symbol: weight[symbol])
        share = weight[winner] / max(sum(weight.values()), 1e-9)
        text += winner
        confidences.append(round(share * best[winner], 4))
    return text, tuple(confidences)


def _weight(reading: PlateReading) -> float:
    return _mean(reading.char_confidences) * _fit_weight(reading)


def _fit_weight(reading: PlateReading) -> float:
    return 1.0 if reading.kind is not None else MISFIT_WEIGHT


def _is_acceptable(kind: str | None, text: str) -> bool:
    if kind == "special" and text[2:4] == ELECTRIC_SERIAL:
        return False
    return kind is not None and kind not in NEVER_ACCEPTED_KINDS


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
