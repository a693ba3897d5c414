"""Voting, by hand: agreement accepts, contradiction and constructions do not."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from detector.vocabulary import VehicleClass
from ocr.grammar import fits
from ocr.reading import PlateReading, ReadingStatus, unreadable
from ocr.vote import judged, vote

ACCEPTED, DOUBTFUL, UNREADABLE = ReadingStatus.ACCEPTED, ReadingStatus.DOUBTFUL, ReadingStatus.UNREADABLE
MOTORCYCLE, CAR = VehicleClass.MOTORCYCLE, VehicleClass.CAR


def read(
    text: str,
    confidence: float = 0.95,
    frame: int = 0,
    lines: int = 2,
    weak: tuple[int, float] | None = None,
    legibility: float = 1.0,
    confirmed: bool = True,
    whole_row: bool = True,
    above: int = 0,
) -> PlateReading:
    confidences = [confidence] * len(text)
    if weak:
        confidences[weak[0]] = weak[1]
    return PlateReading(
        text,
        DOUBTFUL,
        min(confidences, default=0.0),
        tuple(confidences),
        lines,
        fits(text, lines),
        frame,
        np.zeros((4, 4, 3), np.uint8),
        legibility=legibility,
        confirmed=confirmed,
        whole_row=whole_row,
        above=above,
    )


@pytest.mark.parametrize(
    ("title", "readings", "text", "status"),
    [
        ("two frames agree", [read("59D167393", frame=1), read("59D167393", frame=2)], "59D167393", ACCEPTED),
        ("one very sure frame is not enough", [read("59D167393", 1.0)], "59D167393", DOUBTFUL),
        (
            "two frames contradict in one character",
            [read("59D167393", frame=1), read("59D167893", frame=2)],
            "59D167393",
            DOUBTFUL,
        ),
        (
            "two against one, and the one was unsure there",
            [read("59D167393", frame=1), read("59D167393", frame=2), read("59D167893", frame=3, weak=(6, 0.1))],
            "59D167393",
            ACCEPTED,
        ),
        (
            "two against one as sure: no acceptance",
            [read("59D167393", frame=1), read("59D167393", frame=2), read("59D167893", frame=3)],
            "59D167393",
            DOUBTFUL,
        ),
        (
            "a text that nobody read as a whole",
            [
                read("59D167393", frame=1, weak=(8, 0.3)),
                read("59D167398", frame=2, weak=(3, 0.3)),
                read("59D267398", frame=3, weak=(3, 0.3)),
                read("59D267393", frame=4, weak=(8, 0.3)),
            ],
            "59D167398",
            DOUBTFUL,
        ),
        (
            "a missing character does not outvote",
            [read("59D167393", frame=1), read("59D167393", frame=2), read("59D16793", frame=3)],
            "59D167393",
            ACCEPTED,
        ),
        (
            "what is no plate weighs little",
            [read("59W167393", frame=1), read("59W167393", frame=2), read("59V167393", 0.9, frame=3)],
            "59V167393",
            DOUBTFUL,
        ),
        (
            "agreeing on what is no plate",
            [read("59W167393", frame=1), read("59W167393", frame=2)],
            "59W167393",
            DOUBTFUL,
        ),
        (
            "agreeing but unsure",
            [read("59D167393", 0.6, frame=1), read("59D167393", 0.6, frame=2)],
            "59D167393",
            DOUBTFUL,
        ),
        (
            "a car's form on a motorcycle",
            [read("30F25658", lines=1, frame=1), read("30F25658", lines=1, frame=2)],
            "30F25658",
            DOUBTFUL,
        ),
        (
            "one of two that agree is confirmed by the second reader",
            [read("59D167393", frame=1, confirmed=False), read("59D167393", frame=2)],
            "59D167393",
            ACCEPTED,
        ),
        (
            "agreeing, but the second reader confirmed neither",
            [read("59D167393", frame=1, confirmed=False), read("59D167393", frame=2, confirmed=False)],
            "59D167393",
            DOUBTFUL,
        ),
        (
            "agreeing, but one of them nobody could read",
            [read("59D167393", frame=1), read("59D167393", frame=2, legibility=0.2)],
            "59D167393",
            DOUBTFUL,
        ),
        ("red plates are an officer's", [read("TM1234", frame=1), read("TM1234", frame=2)], "TM1234", DOUBTFUL),
    ],
)
def test_vote(title: str, readings: list[PlateReading], text: str, status: ReadingStatus) -> None:
    result = vote(readings, MOTORCYCLE)
    assert (result.text, result.status) == (text, status), title
    assert len(result.char_confidences) == len(text)
    assert result.confidence == min(result.char_confidences)


def test_order_of_frames_does_not_matter() -> None:
    readings = [
        read("59D167393", 0.8, 1),
        read("59D167893", 0.9, 2),
        read("59D16793", 0.7, 3),
        read("59D167393", 0.85, 4),
    ]
    answers = {
        (r.text, r.status, r.confidence, r.frame_index)
        for r in (vote(order, MOTORCYCLE) for order in permutations(readings))
    }
    assert answers == {("59D167393", DOUBTFUL, answers.copy().pop()[2], 4)}


def test_shows_the_frame_that_read_it_best() -> None:
    result = vote([read("59D167393", 0.8, 3), read("59D167393", 0.97, 7), read("59D167393", 0.9, 9)], MOTORCYCLE)
    assert result.frame_index == 7
    assert result.crop is not None
    assert result.kind == "moto_letter_digit"


def test_nothing_legible_is_unreadable() -> None:
    assert vote([], MOTORCYCLE).status is UNREADABLE
    result = vote([unreadable(frame_index=4), unreadable(frame_index=5)], CAR)
    assert (result.status, result.text, result.confidence) == (UNREADABLE, "", 0.0)


@pytest.mark.parametrize(
    ("reading", "status"),
    [
        (read("59D167393", 0.95), ACCEPTED),
        (read("59D167393", 0.95, weak=(4, 0.5)), DOUBTFUL),
        (read("59D167393", 0.95, confirmed=False), DOUBTFUL),
        (read("59D167393", 0.95, legibility=0.4), DOUBTFUL),
        (read("59D167393", 0.95, legibility=0.6), ACCEPTED),
        # Four digits: has glare eaten the fifth? The row tells, however legible the rest is
        (read("59D16739", 0.95, legibility=0.6), ACCEPTED),
        (read("59D16739", 0.95, legibility=0.6, whole_row=False), DOUBTFUL),
        (read("59D16739", 0.95, legibility=0.95, whole_row=False), DOUBTFUL),
        (read("59D16739", 0.95, legibility=0.4), DOUBTFUL),
        (read("59D167393", 0.95, legibility=0.6, whole_row=False), ACCEPTED),
        (read("30F25658", 0.95, legibility=0.6, lines=1), ACCEPTED),
        (read("30F2565", 0.95, legibility=0.6, lines=1), DOUBTFUL),
        (read("30F2565", 0.95, legibility=0.95, lines=1), ACCEPTED),
        (read("30F2565", 0.95, legibility=0.95, lines=1, whole_row=False), DOUBTFUL),
        (read("60LD4379", 0.95, legibility=0.95, lines=1), ACCEPTED),
        (read("60LD4379", 0.95, legibility=0.95, lines=1, whole_row=False), DOUBTFUL),
        (read("60LD43791", 0.95, legibility=0.95, lines=1, whole_row=False), ACCEPTED),
        # Each line has its share of the characters: "29-B1 / 052.00" without its first digit is no "29-B 152.00"
        (read("29B152345", 0.95, above=4), ACCEPTED),
        (read("29B152345", 0.95, above=5), DOUBTFUL),
        (read("29B15234", 0.95, above=4), ACCEPTED),
        (read("29B15234", 0.95, above=3), ACCEPTED),
        (read("29B15234", 0.95, above=2), DOUBTFUL),
        # An electric motorcycle's plate, and what is left of it without the digit of its serial
        (read("29MD105200", 0.95, above=5), ACCEPTED),
        (read("29MD05200", 0.95, above=4), DOUBTFUL),
        (read("29MA05200", 0.95, above=4), ACCEPTED),
        (read("59W167393", 0.99), DOUBTFUL),
        (read("TM1234", 0.99), DOUBTFUL),
        (read("59D167393", 0.3), UNREADABLE),
        (read("59D167393", 0.95, legibility=0.15), UNREADABLE),
        (read("59D167393", 0.95, legibility=0.25), DOUBTFUL),
        (read("59D1", 0.99), UNREADABLE),
    ],
)
def test_a_single_picture_on_its_own(reading: PlateReading, status: ReadingStatus) -> None:
    assert judged(reading).status is status


@pytest.mark.parametrize(
    ("vehicle_class", "above", "status"),
    [(MOTORCYCLE, 4, ACCEPTED), (MOTORCYCLE, 3, DOUBTFUL), (CAR, 3, ACCEPTED), (CAR, 4, DOUBTFUL)],
)
def test_one_text_is_a_cars_or_a_motorcycles_by_how_it_is_painted(
    vehicle_class: VehicleClass, above: int, status: ReadingStatus
) -> None:
    """On a motorcycle "29-B / 123.45" is what is left of "29-B1 / 123.45", not the old "29-B1 / 2345"."""
    kind = fits("29B12345", 2, vehicle_class)
    frames = [replace(read("29B12345", frame=frame, above=above), kind=kind) for frame in (1, 2)]
    assert judged(frames[0], vehicle_class).status is status
    assert vote(frames, vehicle_class).status is status


def test_a_repaired_single_picture_is_doubtful() -> None:
    reading = PlateReading("51Z74533", DOUBTFUL, 0.95, (0.95,) * 8, 2, "car_or_old_moto4", repaired=(2,))
    assert judged(reading).status is DOUBTFUL
