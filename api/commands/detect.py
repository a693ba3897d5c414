"""`phatnguoi detect`: the detectors alone, on pictures."""

from pathlib import Path
from typing import Annotated

import typer

from api.composition import WeightsPlateFinder
from api.json_lines import box_list, detection_lines, json_lines
from api.reports import finish, report_error
from detector.detect import VehicleDetector, make_backend
from detector.heads import load_head_detector
from detector.vocabulary import Box, Detection, JsonValue, Pixels, VehicleClass
from models.errors import UserError
from models.registry import load_weights
from ocr.find import PlateBox
from ocr.images import load_picture

CONFIDENCE = 0.25  # the field's usual working point for a list of boxes; the pipeline's tracker also uses weaker ones


def detect(
    images: Annotated[list[Path], typer.Argument(help="Pictures.", show_default=False)],
    heads: Annotated[bool, typer.Option("--heads", help="Also riders' heads: helmet, no_helmet.")] = False,
    plates: Annotated[bool, typer.Option("--plates", help="Also number plates.")] = False,
    jsonl: Annotated[
        str, typer.Option(help="Write one JSON line per picture to FILE, or - for standard output.")
    ] = "-",
    confidence: Annotated[float, typer.Option(min=0.01, max=1.0, help="Leave out weaker boxes.")] = CONFIDENCE,
    backend: Annotated[str, typer.Option(help="What runs the networks: openvino or cuda.")] = "openvino",
) -> None:
    """Find vehicles in pictures: car, motorcycle (riders included), bicycle, bus, truck."""
    eyes = _Eyes(backend, heads=heads, plates=plates, confidence=confidence)
    failed = 0
    with json_lines(jsonl) as write:
        for image in images:
            try:
                write({"file": str(image), **eyes.look(load_picture(image))})
            except UserError as error:
                failed += 1
                report_error(error)
    finish(failed, len(images))


class _Eyes:
    """The detectors that were asked for."""

    def __init__(self, backend: str, *, heads: bool, plates: bool, confidence: float) -> None:
        weights = load_weights("vehicles")
        self._confidence = confidence
        self._vehicles = VehicleDetector(weights, make_backend(backend, weights))
        self._plates = WeightsPlateFinder(backend) if plates else None
        self._heads = load_head_detector(backend) if heads else None

    def look(self, pixels: Pixels) -> dict[str, JsonValue]:
        """One picture (height, width, 3) BGR as a JSON value."""
        height, width = pixels.shape[:2]
        found = [seen for seen in self._vehicles.detect([pixels])[0] if seen.confidence >= self._confidence]
        rows = detection_lines(tuple(self._with_heads(pixels, found)))
        rows.extend(
            {"label": "plate", "confidence": plate.confidence, "box": box_list(plate.box_xyxy)}
            for plate in self._plates_of(pixels, found)
        )
        return {"width": width, "height": height, "detections": rows}

    def _with_heads(self, pixels: Pixels, found: list[Detection]) -> list[Detection]:
        if self._heads is None:
            return found
        riders = [seen for seen in found if seen.vehicle_class is VehicleClass.MOTORCYCLE]
        heads = iter(self._heads.detect(pixels, [rider.box_xyxy for rider in riders]))
        return [
            Detection(seen.vehicle_class, seen.confidence, seen.box_xyxy, next(heads)) if seen in riders else seen
            for seen in found
        ]

    def _plates_of(self, pixels: Pixels, found: list[Detection]) -> list[PlateBox]:
        """Plates are looked for inside each vehicle, where they have enough pixels; boxes are those of the picture."""
        if self._plates is None:
            return []
        plates: list[PlateBox] = []
        for seen in found:
            left, top, right, bottom = (round(side) for side in seen.box_xyxy)
            if right - left < 8 or bottom - top < 8:
                continue
            plates.extend(
                PlateBox(_moved(plate.box_xyxy, left, top), plate.confidence)
                for plate in self._plates(pixels[top:bottom, left:right])
                if plate.confidence >= self._confidence
            )
        return plates


def _moved(box: Box, left: int, top: int) -> Box:
    return (box[0] + left, box[1] + top, box[2] + left, box[3] + top)
