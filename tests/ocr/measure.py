"""How well plates are read: `python tests/ocr/measure.py FOLDER TRUTH.csv`, with columns `file` and `text`.

Prints one line of JSON: exact matches, by status, and how often a confidence of at least so much was right. Rows without
text are left out.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

from ocr.reader import PlateReader
from ocr.reading import PlateReading

CONFIDENCES = (0.5, 0.7, 0.9, 0.95)


def scores(answers: list[tuple[PlateReading, str]]) -> dict[str, object]:
    """Counts over (reading, true text)."""
    by_status: dict[str, dict[str, int]] = {}
    for reading, text in answers:
        counted = by_status.setdefault(reading.status.value, {"read": 0, "right": 0})
        counted["read"] += 1
        counted["right"] += reading.text == text
    at_least = {}
    for confidence in CONFIDENCES:
        sure = [reading.text == text for reading, text in answers if reading.kind and reading.confidence >= confidence]
        at_least[str(confidence)] = {"read": len(sure), "right": sum(sure)}
    exact = sum(reading.text == text for reading, text in answers)
    return {"pictures": len(answers), "exact": exact, "by_status": by_status, "confidence_at_least": at_least}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("truth", type=Path)
    arguments = parser.parse_args()
    with arguments.truth.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["text"]]
    reader = PlateReader()
    answers = [(reader.read_image(arguments.folder / row["file"]), row["text"]) for row in rows]
    sys.stdout.write(json.dumps(scores(answers)) + "\n")


if __name__ == "__main__":
    main()
