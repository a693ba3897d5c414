"""The second look at heads: a small network sees every head that was called bare once more, by itself.

    heads called bare ──cut──▶ crops ──network (one batch)──▶ probability of bare ──together──▶ label

The heads detector sees a whole rider, and takes some helmets for hair or caps in up to two looks of three.
The second look saves most of them; accusing is left to the detector (models/head_look.py).
"""

from collections.abc import Sequence
from dataclasses import replace

from detector.classifier import probabilities
from detector.detect import Backend, RawBox
from detector.vocabulary import Box, Pixels
from models.crops import HEAD_LOOK_SIZE_PX, cut_square, head_look_square_xyxy
from models.errors import WeightsError
from models.head_look import HELMET, NO_HELMET, together
from models.registry import Weights


class HeadLook:
    """How likely heads are bare. Its network is not shared between threads: each camera has its own."""

    def __init__(self, weights: Weights, backend: Backend) -> None:
        if set(weights.labels) != {HELMET, NO_HELMET}:
            what = f"labels {', '.join(weights.labels)} do not tell heads apart"
            raise WeightsError(what, where=str(weights.path), remedy=f"Heads are {HELMET}, {NO_HELMET}.")
        self._weights = weights
        self._backend = backend
        self._bare = weights.labels.index(NO_HELMET)

    def look(self, image: Pixels, found: Sequence[RawBox]) -> list[RawBox]:
        """The heads found in a picture (height, width, 3) BGR, boxes in its pixels, each with the label that detector
        and second look can both bear. Only bare ones are looked at. Raises `WeightsError` for a network of another kind."""
        bare = [index for index, raw in enumerate(found) if raw.label == NO_HELMET]
        looked = list(found)
        for index, probability in zip(
            bare, self.bare_probabilities(image, [found[index].box_xyxy for index in bare]), strict=True
        ):
            looked[index] = replace(found[index], label=together(NO_HELMET, probability))
        return looked

    def bare_probabilities(self, image: Pixels, heads: Sequence[Box]) -> list[float]:
        """How likely each head is bare, 0..1."""
        if not heads:
            return []
        crops = [cut_square(image, head_look_square_xyxy(head), HEAD_LOOK_SIZE_PX) for head in heads]
        rows = probabilities(self._backend, self._weights, crops, "The second look's weights are")
        return [float(row[self._bare]) for row in rows]
