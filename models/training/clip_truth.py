"""Helmets of riders in the shared clips, counted against their truth files.

A truth file names riders with a box in one frame and, driver first, whether each wears a helmet (yes, no, unclear).
Counted are heads per rider box, so a helmet found on the wrong head of the same motorbike still counts as found.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.boxes import holds, iou
from models.crops import Box, Image, cut_square, head_square_xyxy, to_frame_xyxy
from models.labels import LabelledBox
from models.training.heads import HEADS_SIZE_PX, heads_part
from models.training.predict import Finder

CONFIDENCE = 0.35
SAME_HEAD_IOU = 0.5


def helmets_against_truth(footage: Path, detector: Finder) -> dict[str, Counter[str]]:
    """Per clip: `helmets` and `helmets found`, `bare` and `bare found`, `helmets called bare` or bare heads invented."""
    counts: dict[str, Counter[str]] = {}
    for file in sorted(footage.glob("*.truth.json")):
        truth = json.loads(file.read_text(encoding="utf-8"))
        clip = footage / f"{file.name.removesuffix('.truth.json')}.mp4"
        counts[clip.stem] = sum((_counted(*rider, detector) for rider in _riders(clip, truth)), Counter())
    return counts


def _riders(clip: Path, truth: dict[str, Any]) -> Iterator[tuple[Image, Box, Counter[str]]]:
    """(frame, rider box, truth of the heads) of every motorcycle that the file gives a box and a frame for."""
    wanted: dict[int, list[tuple[Box, Counter[str]]]] = {}
    for entry in [*truth.get("vehicles", []), *truth.get("motorcycles", [])]:
        frame = next(
            (entry[key] for key in ("box_frame", "cross_frame", "best_frame") if entry.get(key) is not None), None
        )
        box = entry.get("box_at_cross") or entry.get("box_at_best")
        if entry.get("class", "motorcycle") == "motorcycle" and frame is not None and box:
            x1, y1, x2, y2 = (float(side) for side in box)
            wanted.setdefault(frame, []).append(((x1, y1, x2, y2), Counter(entry["helmets"])))
    video = cv2.VideoCapture(str(clip))
    for index in range(max(wanted, default=-1) + 1):
        read, frame = video.read()
        if not read:
            break
        for box, helmets in wanted.get(index, []):
            yield np.asarray(frame, np.uint8), box, helmets
    video.release()


def _counted(frame: Image, rider: Box, truth: Counter[str], detector: Finder) -> Counter[str]:
    found = Counter(box.label for box in _heads(frame, rider, detector))
    return Counter(
        {
            "helmets": truth["yes"],
            "helmets found": min(truth["yes"], found["helmet"]),
            "bare": truth["no"],
            "bare found": min(truth["no"], found["no_helmet"]),
            "wrongly bare": max(0, found["no_helmet"] - truth["no"] - truth["unclear"]),
        }
    )


def _heads(frame: Image, rider: Box, detector: Finder) -> list[LabelledBox]:
    square = head_square_xyxy(rider)
    kept: list[LabelledBox] = []
    for box in sorted(detector.boxes(cut_square(frame, square, HEADS_SIZE_PX)), key=lambda one: -one.confidence):
        x1, y1, x2, y2 = to_frame_xyxy(box.xyxy, square, HEADS_SIZE_PX)
        own = holds(heads_part(rider), ((x1 + x2) / 2, (y1 + y2) / 2))
        if box.confidence >= CONFIDENCE and own and all(iou(box.xyxy, other.xyxy) < SAME_HEAD_IOU for other in kept):
            kept.append(box)
    return kept


def as_table(counts: dict[str, Counter[str]]) -> str:
    """The counts as a Markdown table, clips without riders left out."""
    columns = ("helmets", "helmets found", "bare", "bare found", "wrongly bare")
    lines = [f"| clip | {' | '.join(columns)} |", "| --- |" + " --: |" * len(columns)]
    for clip, count in counts.items():
        if count:
            lines.append(f"| {clip} | {' | '.join(str(count[column]) for column in columns)} |")
    return "\n".join(lines) + "\n"
