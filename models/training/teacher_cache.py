"""The teacher's raw boxes, kept per picture in a JSON-lines file so that preparing again costs nothing."""

import json
from pathlib import Path
from typing import Any

from models.crops import Image
from models.labels import LabelledBox
from models.training.teacher import TEACHER_SIZE_PX, coco_boxes, load_yolo


class TeacherCache:
    """Asks the teacher once per key. A key names a picture and how it was scaled, never the picture's content."""

    def __init__(self, file: Path, teacher_weights: Path) -> None:
        self._file = file
        self._teacher_weights = teacher_weights
        self._model: Any = None
        self._known: dict[str, list[LabelledBox]] = {}
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._known[row["key"]] = [LabelledBox(label, tuple(xyxy), conf) for label, xyxy, conf in row["b"]]

    def boxes(self, key: str, image: Image, size_px: int = TEACHER_SIZE_PX) -> list[LabelledBox]:
        """Raw COCO boxes of the picture, in its pixels."""
        if key not in self._known:
            if self._model is None:
                self._model = load_yolo(self._teacher_weights)
            self._known[key] = coco_boxes(self._model, image, size_px)
            self._append(key, self._known[key])
        return self._known[key]

    def _append(self, key: str, boxes: list[LabelledBox]) -> None:
        rows = [[box.label, [round(v, 1) for v in box.xyxy], round(box.confidence, 3)] for box in boxes]
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"key": key, "b": rows}) + "\n")
