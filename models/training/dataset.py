"""A training set on disk as ultralytics reads it: train/ and val/ with images/ and labels/, and `set.yaml`."""

from collections import Counter
from pathlib import Path
from shutil import rmtree

import cv2
import yaml

from models.crops import Image
from models.labels import LABELS, LabelledBox, yolo_lines


class DatasetWriter:
    """Writes pictures with boxes of one role; starts from an empty folder so that preparing twice gives the same."""

    def __init__(self, folder: Path, role: str) -> None:
        self._folder = folder
        self._labels = LABELS[role]
        self.counts: Counter[str] = Counter()
        for part in ("train", "val"):
            rmtree(folder / part, ignore_errors=True)
            for kind in ("images", "labels"):
                (folder / part / kind).mkdir(parents=True)

    def add(self, name: str, image: Image, boxes: list[LabelledBox], *, kept_out: bool) -> None:
        """One picture with its boxes in pixels; `kept_out` goes to val/, never to training."""
        part = "val" if kept_out else "train"
        cv2.imwrite(str(self._folder / part / "images" / f"{name}.jpg"), image, [int(cv2.IMWRITE_JPEG_QUALITY), 92])
        height, width = image.shape[:2]
        text = yolo_lines(boxes, (width, height), self._labels)
        (self._folder / part / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
        self.counts[f"{part} pictures"] += 1
        for box in boxes:
            self.counts[f"{part} {box.label}"] += 1

    def finish(self) -> Path:
        """Writes and returns `set.yaml`."""
        content = {"path": str(self._folder.resolve()), "train": "train/images", "val": "val/images"}
        file = self._folder / "set.yaml"
        file.write_text(yaml.safe_dump({**content, "names": dict(enumerate(self._labels))}), encoding="utf-8")
        return file
