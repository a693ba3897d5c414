"""The plate reader: find → straighten → read → check → second reader → vote. What it stands on is injected.

    plate ──our network──▶ characters, legibility ──grammar, repair──▶ reading ──PaddleOCR agrees?──▶ judged, voted

Our own network reads every picture. PaddleOCR, which is slower and errs elsewhere, is only asked about readings that would
be accepted if it agreed.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from detector.vocabulary import Pixels, VehicleClass, VehicleCrop
from ocr.find import PlateFinder, cut_plate
from ocr.images import as_bgr, load_picture
from ocr.paddle_text import PaddleTextReader
from ocr.plate_text import PlateTextReader
from ocr.reading import PlateReading, ReadingStatus, RectifiedPlate, TextReader, TextReading, unreadable
from ocr.rectify import as_cut, is_too_small, rectify, upright_views
from ocr.repair import among_plates, repair
from ocr.vote import is_sure, judged, looks_needed, may_lack_a_digit, vote
from ocr.whole import single_line_stands_whole, two_lines_stand_whole

CROPS_MAX = 12
"""Pictures of one track that are read: more cost time and, being alike, add no certainty."""
VIEWS = (as_cut, rectify)
"""Ways to look at a plate: the second only where the first leaves doubt."""
SECOND_LOOKS_MAX = 3
"""Pictures of one track that the second reader sees, the surest first."""


class PlateReader:
    """Reads plates from pictures of plates, or of vehicles when it was given a `find_plates`.

    Loads its recogniser on first use. Not for use by two threads at once.
    """

    def __init__(
        self,
        find_plates: PlateFinder | None = None,
        text_reader: TextReader | None = None,
        second_reader: TextReader | None = None,
    ) -> None:
        self._find_plates = find_plates
        self._text_reader = text_reader or PlateTextReader()
        self._second_reader = second_reader or PaddleTextReader()

    def read_image(self, path: Path) -> PlateReading:
        """The plate in a picture file of one plate. Raises `PlateImageError` naming the file."""
        return self.read_crop(load_picture(path))

    def read_crop(self, plate_pixels: Pixels, vehicle_class: VehicleClass | None = None) -> PlateReading:
        """The plate in a picture of one plate; unreadable where the picture is empty or too small."""
        return self._read_plates([(plate_pixels, None)], vehicle_class)[0]

    def read_track(self, crops: Sequence[VehicleCrop]) -> PlateReading:
        """The plate of one track, voted over at most `CROPS_MAX` of its pictures.

        Raises `ValueError` where crops of several tracks are given, or no plate finder was.
        """
        if self._find_plates is None:
            raise ValueError("this PlateReader was made without a plate finder")
        if len({crop.track_id for crop in crops}) > 1:
            raise ValueError("crops of more than one track")
        if not crops:
            return unreadable()
        found: list[tuple[Pixels, int | None]] = []
        for crop in _spread(crops):
            pixels = as_bgr(crop.pixels)
            plate = None if pixels is None else cut_plate(pixels, self._find_plates(pixels))
            if plate is not None:
                found.append((plate, crop.frame_index))
        vehicle_class = crops[-1].vehicle_class
        return vote(self._read_plates(found, vehicle_class), vehicle_class)

    def _read_plates(
        self, pictures: Sequence[tuple[Pixels, int | None]], vehicle_class: VehicleClass | None
    ) -> list[PlateReading]:
        """One reading per picture: as it was cut and, where that leaves doubt, straightened too."""
        readings = [unreadable(frame_index=frame_index) for _, frame_index in pictures]
        usable = {
            index: pixels
            for index, (picture, _) in enumerate(pictures)
            if (pixels := as_bgr(picture)) is not None and not is_too_small(pixels)
        }
        for view in VIEWS:
            doubtful = [index for index in usable if not is_sure(readings[index])]
            plates = [view(usable[index]) for index in doubtful]
            for index, plate, read in zip(doubtful, plates, self._text_reader.read(plates), strict=True):
                reading = _checked(plate, read, vehicle_class)
                reading = replace(reading, frame_index=pictures[index][1], crop=usable[index])
                if may_lack_a_digit(reading) and read.places:
                    reading = replace(reading, whole_row=self._stands_whole(usable[index], read))
                readings[index] = max(readings[index], reading, key=_worth)
        confirmed = self._confirmed(readings, vehicle_class)
        return [
            judged(replace(reading, confirmed=index in confirmed), vehicle_class)
            for index, reading in enumerate(readings)
        ]

    def _stands_whole(self, plate_pixels: Pixels, read: TextReading) -> bool:
        """Whether no digit is lost: two lines are looked at upright, where those views count that read the same."""
        if len(read.places) == 1:
            return single_line_stands_whole(read)
        symbols = [character.symbol for character in read.characters]
        views = self._text_reader.read(upright_views(plate_pixels))
        same = [view for view in views if [character.symbol for character in view.characters] == symbols]
        return bool(same) and two_lines_stand_whole(same)

    def _confirmed(self, readings: Sequence[PlateReading], vehicle_class: VehicleClass | None) -> set[int]:
        """Which of the surest readings that could be accepted the second reader confirms, in as many views as each needs."""
        sure = [index for index, reading in enumerate(readings) if is_sure(reading)]
        asked = sorted(sure, key=lambda index: (-readings[index].confidence, index))[:SECOND_LOOKS_MAX]
        needed = {index: looks_needed(readings[index]) for index in asked}
        for view in VIEWS:
            left = {index: crop for index in asked if needed[index] and (crop := readings[index].crop) is not None}
            plates = [view(crop) for crop in left.values()]
            for index, plate, read in zip(left, plates, self._second_reader.read(plates), strict=True):
                needed[index] -= _checked(plate, read, vehicle_class).text == readings[index].text
        return {index for index in asked if not needed[index]}


def _checked(plate: RectifiedPlate, read: TextReading, vehicle_class: VehicleClass | None) -> PlateReading:
    """What was read, repaired where the grammar leaves one way only."""
    mended = repair(read.characters, plate.lines, vehicle_class)
    final = mended.characters if mended else read.characters
    if mended and not mended.repaired:
        final = among_plates(final, plate.lines, vehicle_class)
    confidences = tuple(character.confidence for character in final)
    return PlateReading(
        text="".join(character.symbol for character in final),
        status=ReadingStatus.DOUBTFUL,
        confidence=min(confidences, default=0.0),
        char_confidences=confidences,
        lines=plate.lines,
        kind=mended.kind if mended else None,
        repaired=mended.repaired if mended else (),
        legibility=read.legibility,
        above=len(read.places[0]) if len(read.places) == 2 else 0,
    )


def _worth(reading: PlateReading) -> tuple[bool, bool, bool, float]:
    """What could be accepted first, a plate before none, a reading before a repair, then the surer one; equal ones keep the
    picture as cut."""
    return (
        is_sure(reading),
        reading.kind is not None,
        reading.kind is not None and not reading.repaired,
        reading.confidence,
    )


def _spread(crops: Sequence[VehicleCrop]) -> list[VehicleCrop]:
    """At most `CROPS_MAX` crops, in time and evenly spread over it."""
    ordered = sorted(crops, key=lambda crop: crop.frame_index)
    if len(ordered) <= CROPS_MAX:
        return ordered
    return [ordered[index * (len(ordered) - 1) // (CROPS_MAX - 1)] for index in range(CROPS_MAX)]
